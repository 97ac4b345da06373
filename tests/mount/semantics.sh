#!/bin/bash
# SPDX-License-Identifier: MIT
# What programs see of the tree: names, attributes, bytes by every way of reading, no way of writing.
. "$(dirname "$0")/lib.sh"

make_store cohort
new_mnt
mount_at "$mnt" "$work/cohort.gst"
top=$mnt/cohort
hla='HLA*01:01%2Fx'
queries='@part @region @samples @samples+ @where'

names_in() {
	find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | paste -sd' '
}

# ---- the tree ----

check "the root holds .genofs and the source" \
	[ "$(names_in "$mnt")" = ".genofs cohort" ]
check "a store has a folder for each contig" \
	[ "$(find "$top" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | paste -sd' ')" = \
	"$queries $hla chr1 chr2" ]
files_of() {
	find "$1" -maxdepth 1 -type f -printf '%f\n' | sort
}
check "every dataset has the same files" \
	[ "$( (files_of "$top" && files_of "$top/chr1" && files_of "$top/chr1/blocks/000000") |
		uniq -c | sort | awk '{print $2}' | sort | uniq -c | awk '$1 != 3' | wc -l)" -eq 0 ]
check "a contig has blocks beside its files" test -d "$top/$hla/blocks/000000"
check "blocks are numbered from 0 within the contig" \
	[ "$(names_in "$top/chr2/blocks" | cut -d' ' -f1)" = 000000 ]
for name in 0 00000 0000000 -00001 000000x 999999 ..; do
	[ "$name" = .. ] || check "no block folder is called '$name'" not test -e "$top/chr1/blocks/$name"
done
check "a name that is not there is not there" not test -e "$top/chr9"
check "nor below a file" not test -e "$top/calls.vcf/x"

# stat must see what the listing said: inode numbers and types of names looked up one by one.
listed() {
	find "$mnt" -printf '%i %y %P\n' | sort -k3
}
looked_up() {
	find "$mnt" -printf '%P\0' | sort -z | while IFS= read -r -d '' name; do
		type=f
		[ ! -d "$mnt/$name" ] || type=d
		echo "$(stat -c %i "$mnt/$name") $type $name"
	done | sort -k3
}
listed >"$work/listed"
looked_up >"$work/looked-up"
check "listing and lookup agree" cmp -s "$work/listed" "$work/looked-up"
check "inode numbers are all different" \
	[ -z "$(cut -d' ' -f1 "$work/listed" | sort | uniq -d)" ]
check "find sees every folder that the link counts promise" \
	[ "$(find "$top" -type d | wc -l)" -eq "$(find "$top" -noleaf -type d | wc -l)" ]

# ---- attributes ----

check "files are 0400, folders 0500, both ours" \
	[ "$(find "$mnt" \( -type f ! -perm 0400 \) -o \( -type d ! -perm 0500 \) -o ! -uid "$(id -u)" \
		-o ! -gid "$(id -g)" | wc -l)" -eq 0 ]
check "times are the store's" \
	[ "$(stat -c '%y %z %x' "$top/calls.vcf")" = "$(stat -c '%y %y %y' "$work/cohort.gst")" ]
check "st_blksize is 128 KiB" [ "$(stat -c %o "$top/calls.vcf")" -eq 131072 ]
size=$(stat -c %s "$work/cohort.vcf")
check "st_size is exact" [ "$(stat -c %s "$top/calls.vcf")" -eq "$size" ]
check "st_blocks says that no file is sparse" \
	[ "$(stat -c %b "$top/calls.vcf")" -eq $(((size + 511) / 512)) ]
exact_sizes() {
	find "$top" -type f -size +0 -print0 | while IFS= read -r -d '' file; do
		[ "$(dd status=none if="$file" | wc -c)" -eq "$(stat -c %s "$file")" ] || exit 1
	done
}
check "every file is as long as it says" exact_sizes
check "df knows the mount" [ "$(df --output=fstype "$mnt" | tail -n 1)" = fuse.genofs ]
check "the mount is ro,nosuid,nodev" \
	[ "$(findmnt -no OPTIONS "$mnt" | tr , '\n' | grep -cxE 'ro|nosuid|nodev')" -ge 3 ]

# ---- reading ----

check "calls.vcf is what bcftools prints" cmp "$top/calls.vcf" "$work/cohort.vcf"
check "by read, pread, mmap and lseek" "$TEST_PROGRAMS/read_ways" "$top/calls.vcf" "$work/cohort.vcf"
check "the end is found by tail" \
	[ "$(tail -c 1000 "$top/calls.vcf" | md5sum)" = "$(tail -c 1000 "$work/cohort.vcf" | md5sum)" ]
check "cp copies all" cp "$top/calls.vcf" "$work/copy"
check "and right" cmp "$work/copy" "$work/cohort.vcf"
check "bcftools reads it" \
	[ "$(bcftools view -H "$top/calls.vcf" | wc -l)" -eq "$(grep -vc '^#' "$work/cohort.vcf")" ]
bodies() {
	grep -h '^#' "$top/calls.vcf"
	cat "$top"/chr1/blocks/*/calls.vcf "$top"/chr2/blocks/*/calls.vcf "$top/$hla"/blocks/*/calls.vcf |
		grep -v '^#'
}
check "the blocks add up to the whole" cmp <(bodies) "$work/cohort.vcf"

# ---- not writing ----

erofs() {
	refused 1 "Read-only file system" "$@"
}
check "no file is opened for writing" erofs bash -c "exec 3<>'$top/calls.vcf' || exit 1"
check "none appended to" erofs dd if=/dev/null of="$top/calls.vcf" conv=notrunc oflag=append
check "none truncated" erofs truncate -s 0 "$top/calls.vcf"
check "none made" erofs touch "$top/new"
check "none removed" erofs rm -f "$top/calls.vcf"
check "none renamed" erofs mv "$top/calls.vcf" "$top/x.vcf"
check "none linked" erofs ln "$top/calls.vcf" "$top/x.vcf"
check "none linked to by name" erofs ln -s x "$top/link"
check "no folder is made" erofs mkdir "$top/folder"
check "none removed either" erofs rmdir "$top/chr1"
check "no pipe is made" erofs mkfifo "$top/pipe"
check "no mode is changed" erofs chmod 0644 "$top/calls.vcf"
check "no owner" erofs chown 1 "$top/calls.vcf"
check "no time" erofs touch "$top/calls.vcf"

# ---- .genofs ----

check ".genofs lists its files" [ "$(names_in "$mnt/.genofs")" = "config log metrics stats version" ]
check "version is one line" [ "$(wc -l <"$mnt/.genofs/version")" -eq 1 ]
check "config names the source" grep -q "^source.cohort=$work/cohort.gst\$" "$mnt/.genofs/config"
check "stats count the reads" [ "$(stat_of "$mnt" reads)" -gt 0 ]
# shellcheck disable=SC2016 # the fields are awk's
check "metrics has a type for every value" awk '/^# TYPE/ { type[$3] = $4; next }
	!/^#/ { n++; name = $1; sub(/\{.*/, "", name)
		if (!(name in type) && sub(/_(bucket|sum|count)$/, "", name) && type[name] != "histogram")
			bad = 1
		if (!(name in type)) bad = 1 }
	END { exit !n || bad }' "$mnt/.genofs/metrics"
check "its counters end in _total" not grep -qE '^# TYPE genofs_.*[^l] counter' "$mnt/.genofs/metrics"
check "an open one stays as it was when opened" sh -c \
	"exec 3<'$mnt/.genofs/stats'; head -c 10 '$top/samples.txt' >/dev/null; cat <&3 >'$work/s1'; test -s '$work/s1'"
many_open() (
	ulimit -n 1024
	fds=()
	for _ in $(seq 300); do
		{ exec {fd}<"$mnt/.genofs/stats"; } 2>/dev/null || break
		fds+=("$fd")
	done
	[ ${#fds[@]} -lt 300 ] && [ ${#fds[@]} -ge 64 ]
)
check "open ones are bounded" many_open
check "and come back" grep -q genofs "$mnt/.genofs/version"
check "no sample's name is in any of them" not grep -rqw S1 "$mnt/.genofs"

# ---- the same in every mount ----

stat_all() {
	(cd "$1" && find cohort -printf '%i %s %t %P\n' | sort)
}
stat_all "$mnt" >"$work/first"
"$GENOFS" umount "$mnt"
mount_at "$mnt" "$work/cohort.gst"
stat_all "$mnt" >"$work/second"
check "inode numbers, sizes and times are the same in the next mount" cmp "$work/first" "$work/second"

finish
