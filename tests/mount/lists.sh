#!/bin/bash
# SPDX-License-Identifier: MIT
# Text files that list sources, and what tells them from stores, graphs and other text.
. "$(dirname "$0")/lib.sh"

make_store cohort 500 5
store=$work/cohort.gst
data=$(realpath "$(dirname "$0")/../data")
mkdir "$work/deep" "$work/deep/er"
cp "$store" "$work/deep/other.gst"
cp "$store" "$work/deep/er/a store, with = and #.gst"
new_mnt

shown() {
	find "$mnt" -mindepth 1 -maxdepth 1 -not -name .genofs -printf '%f\n' | sort | paste -sd'|'
}

# list LINE...: $work/deep/list
list=$work/deep/list
list() {
	printf '%s\n' "$@" >"$list"
}

# mounts TEXT SOURCE...: they are shown as TEXT, and the mount ended again
mounts() {
	local want=$1

	shift
	mount_at "$mnt" "$@" || return 1
	if [ "$(shown)" != "$want" ]; then
		echo "# $(shown)"
		return 1
	fi
	"$GENOFS" umount "$mnt"
}

list '# what there is' '' 'other.gst' "	eur=$store  " '  # nothing' 'er/a store, with = and #.gst' \
	"afr=../cohort.gst"$'\r'
check "a list's sources are mounted, with names and blanks, from its own folder" \
	mounts 'a store, with = and #|afr|eur|other' "$list"
(cd "$work/deep" && mount_at "$mnt" list)
check "also where it is named without a folder" [ "$(shown)" = 'a store, with = and #|afr|eur|other' ]
check "they are what they are" cmp "$mnt/eur/calls.vcf" "$mnt/afr/calls.vcf"
check "the mount table has the list" [ "$(findmnt -no SOURCE "$mnt")" = list ]
check "and the configuration the sources" [ "$(config_of "$mnt" source.eur)" = "$store" ]
"$GENOFS" umount "$mnt"
printf 'b=cohort.gst' >"$work/short"
check "a list needs no newline at its end" mounts 'a|b' "a=$store" "$work/short"
check "several lists" mounts 'a store, with = and #|afr|b|eur|other' "$list" "$work/short"
check "a named source is called so in the mount table" status_is 0 mount_at "$mnt" "x=$store"
check "as it was given" [ "$(findmnt -no SOURCE "$mnt")" = "x=$store" ]
"$GENOFS" umount "$mnt"

# ---- graphs ----

mkdir "$work/shm"
list "g=$data/graph/example.gbz" "$store"
check "a graph may be listed" status_is 0 mount_at "$mnt" -o "shm=$work/shm" "$list"
check "and is shown" [ -s "$mnt/g/paths.tsv" ]
"$GENOFS" umount "$mnt"
"$GENOFS" pangenome load -q --folder "$work/shm" --name loaded "$data/graph/example.gbz" >"$work/out"
list "h=shm:loaded"
check "as one in shared memory" status_is 0 mount_at "$mnt" -o "shm=$work/shm" "$list"
check "which no folder is put before" [ -s "$mnt/h/paths.tsv" ]
"$GENOFS" umount "$mnt"

# ---- what is wrong is told with file and line ----

list '#' "$store" 'none.gst'
check "a source that is not there" refused 1 "$list: line 3: $work/deep/none.gst: No such file" \
	"$GENOFS" mount "$list" "$mnt"
list "$store" 'x='
check "a line without a source" refused 1 "$list: line 2: 'x='" "$GENOFS" mount "$list" "$mnt"
list "$store" '@x=other.gst'
check "a name that cannot be a folder's" refused 1 "$list: line 2: " "$GENOFS" mount "$list" "$mnt"
list "$store" 'cohort=other.gst'
check "one that comes twice" refused 1 "$list: line 2: " "$GENOFS" mount "$list" "$mnt"
list "$store" "x=$work/short"
check "a list in a list" refused 1 "$list: line 2: $work/short is text" "$GENOFS" mount "$list" "$mnt"
list "$list"
check "even in itself" refused 1 "$list: line 1: $list is text" "$GENOFS" mount "$list" "$mnt"
list '# nothing' ''
check "nothing in it" refused 1 "$list: a list without sources" "$GENOFS" mount "$list" "$mnt"
list "$store"
check "a name for a list" refused 1 "has no NAME" "$GENOFS" mount "x=$list" "$mnt"
head -c 3000 "$store" >"$work/deep/cut.gst"
list "$store" cut.gst
check "a store that is damaged" refused 1 "$list: line 2: $work/deep/cut.gst: " \
	"$GENOFS" mount "$list" "$mnt"

# ---- what is no list ----

check "text that was not meant as a list is told what one is" \
	refused 1 "a text file lists sources, one [NAME=]SOURCE a line" \
	"$GENOFS" mount "$data/graph/example.gfa" "$mnt"
check "VCF is none" refused 1 "is not a genofs store; make one with genofs import" \
	"$GENOFS" mount "$work/cohort.vcf" "$mnt"
head -n 6 "$work/cohort.vcf" >"$work/short.vcf"
check "a short one neither" refused 1 "is not a genofs store; make one with genofs import" \
	"$GENOFS" mount "$work/short.vcf" "$mnt"
printf '%s\n\0' "$store" >"$work/zero"
printf '%s\n\033' "$store" >"$work/escape"
: >"$work/empty"
awk 'BEGIN { for (i = 0; i < 524288; i++) print "#" }' >"$work/long"
echo "$store" >>"$work/long"
for file in zero escape empty long; do
	check "nor is what has other bytes, none, or too many: $file" refused 1 \
		"is not a genofs store" "$GENOFS" mount "$work/$file" "$mnt"
done
tail -c 1048576 "$work/long" >"$work/full"
check "just not too many are read" mounts cohort "$work/full"
check "a folder is none" refused 1 "not a regular file" "$GENOFS" mount "$work/deep" "$mnt"
mkfifo "$work/fifo"
list ../fifo
check "a pipe that is listed is not waited for" refused 1 "line 1" \
	timeout 20 "$GENOFS" mount "$list" "$mnt"
check "and nothing is mounted by all that" not is_mounted "$mnt"

finish
