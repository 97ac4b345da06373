#!/bin/bash
# SPDX-License-Identifier: MIT
# Pangenomes as folders: the tree, its bytes by every way of reading, objects in shared memory, and
# what the server may do meanwhile.
. "$(dirname "$0")/lib.sh"

data=$(cd "$(dirname "$0")/../data/graph" && pwd)
graph=$work/example.gbz
shm=$work/shm
cp -p "$data/example.gbz" "$graph"
mkdir "$shm"
new_mnt

# mount_graph OPTION,...: the example, anew
mount_graph() {
	"$GENOFS" umount "$mnt" 2>/dev/null || true
	mount_at "$mnt" -o "shm=$shm${1:+,$1}" "$graph"
}

mount_graph block_bp=2
top=$mnt/example
contig=$top/ref/_gbwt_ref/A

# ---- the tree ----

names_in() {
	find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | paste -sd' '
}
folders_in() {
	find "$1" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | paste -sd' '
}
check "the folder is called as the file, less its .gbz" [ "$(names_in "$mnt")" = ".genofs example" ]
check "it has samples, references and the rest" [ "$(folders_in "$top")" = "ref sample unplaced" ]
check "samples are folders" [ "$(folders_in "$top/sample")" = "_gbwt_ref sample" ]
check "so are the reference's contigs" [ "$(folders_in "$top/ref/_gbwt_ref")" = "A B" ]
check "which have blocks and regions" [ "$(folders_in "$contig")" = "@region blocks" ]
check "five bases are three blocks of two" [ "$(names_in "$contig/blocks")" = "000000 000001 000002" ]
check "what would be listed for ever is looked up" [ "$(names_in "$contig/@region")" = README ]
check "a region has the files of a block" \
	[ "$(names_in "$contig/@region/1-3")" = "$(names_in "$contig/blocks/000000")" ]
check "its contig may be said" \
	[ "$(stat -c %i "$contig/@region/A:1-3")" != "$(stat -c %i "$contig/@region/2-3")" ]
for name in ref/nobody ref/_gbwt_ref/Z sample/nobody nothing ref/_gbwt_ref/A/blocks/0 \
	ref/_gbwt_ref/A/blocks/000003 ref/_gbwt_ref/A/blocks/-00001 ref/_gbwt_ref/A/@region/0-1 \
	ref/_gbwt_ref/A/@region/3-2 ref/_gbwt_ref/A/@region/x ref/_gbwt_ref/A/@region/B:1-2 unplaced/0x \
	unplaced/99999999999 unplaced/00 graph.gbz/x @samples; do
	check "there is no $name" not test -e "$top/$name"
done
check "a bad region's reason is in the log" grep -q "@region/3-2: " "$mnt/.genofs/log"
check "@region has a README" grep -q 1-based "$contig/@region/README"
check "graph.gbz leads to the source" [ "$(readlink "$top/graph.gbz")" = "$graph" ]
check "and has its bytes" cmp "$top/graph.gbz" "$graph"

# Of each folder: names, inode numbers and types as listed are those of stat; ".." is the folder above.
cat >"$work/agree.py" <<'EOF'
import os, stat, sys
def types(mode):
    return stat.S_ISDIR(mode), stat.S_ISREG(mode), stat.S_ISLNK(mode)
seen = set()
for folder, _, _ in os.walk(sys.argv[1]):
    for e in os.scandir(folder):
        s = os.lstat(e.path)
        assert e.inode() == s.st_ino, e.path
        assert (e.is_dir(follow_symlinks=False), e.is_file(follow_symlinks=False), e.is_symlink()) \
            == types(s.st_mode), e.path
        assert s.st_ino not in seen, e.path
        seen.add(s.st_ino)
        if e.is_dir(follow_symlinks=False):
            assert os.lstat(e.path + '/..').st_ino == os.lstat(folder).st_ino, e.path
assert len(seen) > 15, len(seen)
EOF
check "listing and lookup agree" python3 "$work/agree.py" "$top"
above() {
	# shellcheck disable=SC2012 # what a listing says of ".."
	[ "$(ls -ai1U "$1" | awk '$2 == ".." { print $1 }')" = "$(stat -c %i "$1/..")" ]
}
for folder in "$top" "$top/ref" "$contig" "$contig/blocks/000001" "$contig/@region/1-2"; do
	check "the listing of ${folder#"$mnt"/} knows what is above" above "$folder"
done

# ---- attributes ----

check "files are 0400, folders 0500, all ours" [ -z "$(find "$top" \( -type f ! -perm 0400 \) -o \
	\( -type d ! -perm 0500 \) -o ! -uid "$(id -u)" -o ! -gid "$(id -g)")" ]
check "times are the source's" \
	[ "$(find "$top" -printf '%T@ %C@\n' | sort -u)" = "$(stat -c '%.10Y %.10Y' "$graph")" ]
check "a link is as long as its target" [ "$(stat -c %s "$top/graph.gbz")" -eq ${#graph} ]
exact_sizes() {
	local file

	while IFS= read -r -d '' file; do
		[ "$(dd status=none if="$file" | wc -c)" -eq "$(stat -c %s "$file")" ] || {
			echo "# $file"
			return 1
		}
	done < <(find "$top" -type f -print0)
}
check "every file is as long as it says" exact_sizes
check "df knows the mount" [ "$(df --output=fstype "$mnt" | tail -n 1)" = fuse.genofs ]

# ---- reading ----

# What is of the moment is read in one way only.
lasting_files() {
	find "$1" -type f ! -name info.json "${@:2}"
}
every_way() {
	local file

	while IFS= read -r -d '' file; do
		cat "$file" >"$work/copy"
		"$TEST_PROGRAMS/read_ways" "$file" "$work/copy" || {
			echo "# $file"
			return 1
		}
	done < <(lasting_files "$top" -size +0 -print0)
}
check "every file is the same by read, pread, mmap and lseek" every_way
sums() {
	(cd "$1" && lasting_files . -print0 | sort -z | xargs -0 md5sum)
}
stat_all() {
	(cd "$1" && lasting_files . -printf '%i %s %P\n' -o -type d -printf '%i %P\n' | sort)
}
sums "$top" >"$work/sums"
stat_all "$top" >"$work/stats"
mount_graph block_bp=2
for i in 1 2 3 4 5 6; do
	sums "$top" >"$work/sums.$i" &
	readers[i]=$!
done
wait "${readers[@]}"
same_sums() {
	for i in 1 2 3 4 5 6; do
		cmp "$work/sums" "$work/sums.$i" || return 1
	done
}
check "six at once read the same, in the next mount" same_sums
stat_all "$top" >"$work/stats.2"
check "where inode numbers and sizes are the same" cmp "$work/stats" "$work/stats.2"
# shellcheck disable=SC2016 # the fields are awk's
check "reads are counted" awk '/^genofs_file_reads_total\{file="pangenome"\}/ { n = $2 } END { exit !(n > 0) }' \
	"$mnt/.genofs/metrics"
check "none failed" [ "$(stat_of "$mnt" read_errors)" -eq 0 ]
none_open() {
	[ "$(stat_of "$mnt" open_files)" -eq 0 ]
}
check "none is open any more" wait_until 5 none_open

# ---- regions that are let go of ----

many_regions() (
	cd "$contig/@region/1-4" || return
	for ((i = 10; i < 300; i++)); do
		[ ! -e "$contig/@region/1-$i/nothing" ] || return
	done
	ls "$contig/@region/1-4" >/dev/null
)
check "after 290 regions the first is there again" many_regions

# ---- not writing ----

erofs() {
	refused 1 "Read-only file system" "$@"
}
check "no file is made" erofs touch "$top/new"
check "no folder" erofs mkdir "$contig/@region/folder"
check "none is removed" erofs rmdir "$contig/blocks/000000"

# ---- objects ----

objects() {
	find "$shm" -type f -name 'genofs-*' -printf '%f\n' | sort
}
name=$("$GENOFS" pangenome load -q --folder "$shm" "$graph")
pangenome() {
	"$GENOFS" pangenome "$1" --folder "$shm" "${@:2}"
}
check "the graph is in shared memory once" \
	[ "$(pangenome list --json | grep -c '"kind": "graph"')" -eq 1 ]
check "with what was worked out from it" [ "$(pangenome list --json | grep -c '"kind": "index"')" -gt 0 ]
check "all is as it was when it was made" [ -z "$(find "$shm" -type f -name 'genofs-lock-*')" ]
before=$(objects)
first=$mnt
new_mnt
mount_at "$mnt" -o "shm=$shm,block_bp=2" "here=$graph"
sums "$mnt/here" >"$work/sums.2"
check "a second mount shows the same" cmp "$work/sums" "$work/sums.2"
check "of the same objects" [ "$(objects)" = "$before" ]
check "what is mounted is not dropped" refused 1 "in use by process" pangenome drop "$name"
check "nor is anything of it" [ "$(objects)" = "$before" ]
"$GENOFS" umount "$mnt"
check "as long as one mount is left" refused 1 "in use by process" pangenome drop "$name"
"$GENOFS" umount "$first"
check "then it goes" status_is 0 "$GENOFS" pangenome drop --folder "$shm" "$name"
check "and nothing is left" [ -z "$(ls -A "$shm")" ]

pangenome load -q --name mine "$graph" >/dev/null
check "what is loaded is mounted by name" mount_at "$mnt" -o "shm=$shm,block_bp=2" shm:mine
sums "$mnt/mine" >"$work/sums.2"
check "and shows the same" cmp "$work/sums" "$work/sums.2"
"$GENOFS" umount "$mnt"
(cd "$work" && mount_at "$mnt" -o "shm=shm,block_bp=2" example.gbz)
sums "$mnt/example" >"$work/sums.2"
check "pathnames may be relative" cmp "$work/sums" "$work/sums.2"
"$GENOFS" umount "$mnt"
check "gc leaves nothing" status_is 0 "$GENOFS" pangenome gc --folder "$shm"
check "at all" [ -z "$(ls -A "$shm")" ]

# ---- beside a store ----

make_store cohort 2000 20
mount_at "$mnt" -o "shm=$shm,block_bp=2,threads=1" "$work/cohort.gst" "$graph" "other=$data/translation.gbz"
check "stores and pangenomes lie side by side" [ "$(names_in "$mnt")" = ".genofs cohort example other" ]
check "the store is what it was" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
sums "$mnt/example" >"$work/sums.2"
check "so is the pangenome, with one thread" cmp "$work/sums" "$work/sums.2"
check "queries of the store too" [ -e "$mnt/cohort/@region/chr1:1-5000/calls.vcf" ]
check "the third has one contig" [ "$(folders_in "$mnt/other/ref/_gbwt_ref")" = A ]
check "listing and lookup agree here too" python3 "$work/agree.py" "$mnt"
"$GENOFS" umount "$mnt"

# ---- options ----

mount_at "$mnt" -o "shm=$shm,block_bp=3,gap_bp=7,reference=_gbwt_ref+sample" "$graph"
check "block_bp= is the size of blocks" \
	[ "$(names_in "$mnt/example/ref/_gbwt_ref/A/blocks")" = "000000 000001" ]
check "reference= may name several" [ "$(folders_in "$mnt/example/ref")" = "_gbwt_ref sample" ]
check "config shows what is in force" [ "$(grep -E '^(block_bp|gap_bp|reference|shm)=' \
	"$mnt/.genofs/config" | paste -sd' ')" = "block_bp=3 gap_bp=7 reference=_gbwt_ref+sample shm=$shm" ]
"$GENOFS" umount "$mnt"
mount_at "$mnt" -o "shm=$shm" "$graph"
check "by default blocks are of a million" \
	[ "$(config_of "$mnt" block_bp) $(config_of "$mnt" gap_bp)" = "1000000 1000000" ]
"$GENOFS" umount "$mnt"
for wrong in block_bp=0 block_bp=1M block_bp gap_bp=0 gap_bp=-1 reference= reference shm= shm; do
	check "$wrong is refused" refused 2 "${wrong%%=*}" "$GENOFS" mount -o "$wrong" "$graph" "$mnt"
done
fails() {
	refused 1 "$@" "$mnt" && not is_mounted "$mnt"
}
check "a reference that is not there is refused" \
	fails nobody "$GENOFS" mount -o "shm=$shm,reference=nobody" "$graph"
check "so is a folder that is not" fails "shm=$work/nowhere" "$GENOFS" mount -o "shm=$work/nowhere" "$graph"
check "an object that is not" fails "no such object" "$GENOFS" mount -o "shm=$shm" shm:nobody
check "a file that is not" fails "No such file" "$GENOFS" mount -o "shm=$shm" "$work/none.gbz"
check "two of one name" fails "comes twice" "$GENOFS" mount -o "shm=$shm" "$graph" "$graph"
head -c 1500 "$graph" >"$work/cut.gbz"
check "and half a graph" fails "cut.gbz" "$GENOFS" mount -o "shm=$shm" "$work/cut.gbz"
pangenome gc >/dev/null
check "nothing of them is left" [ -z "$(ls -A "$shm")" ]

# ---- the sandbox ----

status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}
mount_graph block_bp=2
server=$(server_of "$mnt")
all_confined() {
	local task
	for task in "/proc/$server/task"/*; do
		[ "$(status_of "$server/task/${task##*/}" Seccomp)" = 2 ] || return 1
	done
}
check "the server is confined on all its threads" all_confined
check "and works out what it needs" [ "$(names_in "$mnt/example/ref/_gbwt_ref/B/blocks")" = "000000 000001" ]
has_landlock() {
	python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)'
}
if has_landlock; then
	# Another folder in its place is not the one that it was let into.
	mv "$shm" "$shm.away"
	mkdir "$shm"
	check "it makes files in its folder alone" not ls "$mnt/example/ref/_gbwt_ref/A/blocks" 2>/dev/null
	check "and says so" grep -q "$shm: Permission denied" "$mnt/.genofs/log"
	check "nothing is made" [ -z "$(ls -A "$shm")" ]
	rmdir "$shm"
	mv "$shm.away" "$shm"
	check "once it has its folder back, it goes on" test -d "$mnt/example/ref/_gbwt_ref/A/blocks/000002"
fi
mount_graph block_bp=2,sandbox=no
check "sandbox=no leaves it out" [ "$(status_of "$(server_of "$mnt")" Seccomp)" = 0 ]
sums "$mnt/example" >"$work/sums.2"
check "and shows the same" cmp "$work/sums" "$work/sums.2"
"$GENOFS" umount "$mnt"

# ---- without root ----

if [ "$(id -u)" -eq 0 ]; then
	fuse_mode=$(stat -c %a /dev/fuse)
	trap 'chmod "$fuse_mode" /dev/fuse; clean_up' EXIT
	chmod 0666 /dev/fuse
	[ -e /etc/mtab ] || ln -s ../proc/self/mounts /etc/mtab
	chmod 0755 "$work"
	chmod 0644 "$graph"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	# The build may lie where only root looks: run a copy.
	mkdir -p "$work/prefix/bin" "$work/prefix/libexec"
	cp "$GENOFS" "$work/prefix/bin/genofs"
	cp "$(dirname "$GENOFS")/../fs/genofs-fuse" "$work/prefix/libexec"
	user_genofs=$work/prefix/bin/genofs
	new_mnt
	mkdir "$work/user-shm"
	chown 65534:65534 "$mnt" "$work/user-shm"
	check "a user mounts it" status_is 0 "${nobody[@]}" "$user_genofs" mount \
		-o "shm=$work/user-shm,block_bp=2" "$graph" "$mnt"
	# shellcheck disable=SC2016
	"${nobody[@]}" bash -c 'cd "$1" && find . -type f ! -name info.json -print0 | sort -z | xargs -0 md5sum' \
		sh "$mnt/example" >"$work/sums.2"
	check "and reads the same" cmp "$work/sums" "$work/sums.2"
	check "objects are the user's" [ "$(stat -c %u "$work/user-shm"/* | sort -u)" = 65534 ]
	check "who unmounts it" status_is 0 "${nobody[@]}" "$user_genofs" umount "$mnt"
fi

finish
