#!/bin/bash
# SPDX-License-Identifier: MIT
# Mounts of GTB files: they show what mounts of their imports do, decode what was asked for and no
# more, and say what they cannot show. More files: GENOFS_EXTRA_DATA.
. "$(dirname "$0")/lib.sh"

here=$(realpath "$(dirname "$0")")
data=$(realpath "$here/../data")
extra=${GENOFS_EXTRA_DATA-$here/../../../shared/data}
unset MALLOC_PERTURB_ # meson's: it would take a walk's time
new_mnt

calls_of() {
	grep -v '^##' "$1" | cut -f 1,2,4,5,10-
}

# beside FILE NAME [OPTION...]: the file, and a store of it as imported, in one mount
beside() {
	local import=()

	[ ! -e "${1%.gtb}.contig" ] || import=(--contigs "${1%.gtb}.contig")
	"$GENOFS" import -q --chunk-records 300 "${import[@]}" "$1" -o "$work/imported.gst" &&
		mount_at "$mnt" "${@:3}" "$2=$1" "$work/imported.gst"
}

as_import() {
	quietly python3 "$here/same_folders.py" "$mnt/$1" "$mnt/imported" "$RANDOM"
}

as_exported() {
	cmp <(calls_of "$mnt/$1/calls.vcf") <(zcat "$2" | grep -v '^##' | cut -f 1,2,4,5,10-)
}

sum_of() {
	[ "$(calls_of "$1" | grep -v '^#' | sha256sum)" = "$2  -" ]
}

# all_of FILE: what holds for every file that can be mounted
all_of() {
	local name options=()

	name=$(basename "$1" .gtb)
	[ ! -e "${1%.gtb}.contig" ] || options=(-o "contigs=${1%.gtb}.contig")
	check "$name: is mounted" beside "$1" "$name" "${options[@]}" || return 0
	case $name in
	v2-empty | v1-allele-out-of-range) ;; # have no export, or another
	*) check "$name: calls are those of its export" as_exported "$name" "${1%.gtb}.expected.vcf.gz" ;;
	esac
	check "$name: shows what its import does" as_import "$name"
	check "$name: nothing failed" [ "$(stat_of "$mnt" read_errors)" -eq 0 ]
	"$GENOFS" umount "$mnt"
}

for file in "$data"/gtb/*.gtb; do
	all_of "$file"
done
if [ -n "$extra" ] && [ -d "$extra/gtb" ]; then
	for file in "$extra"/gtb/*.gtb; do
		case $(basename "$file" .gtb) in
		v1-unordered-concat | v2-unsorted)
			check "$(basename "$file"): is refused" refused 1 "genofs import FILE.gtb -o FILE.gst" \
				"$GENOFS" mount "$file" "$mnt"
			;;
		v1-public-simu100)
			mount_at "$mnt" "$file"
			check "v1-public-simu100: 199,894 records" sum_of "$mnt/v1-public-simu100/calls.vcf" \
				e18fb23a7bf1bbabc80aab23d19f866b8ae97bf2d0853975788fdb375d4f8e38
			"$GENOFS" umount "$mnt"
			;;
		*) [ -e "$data/gtb/$(basename "$file")" ] || all_of "$file" ;;
		esac
	done
fi

# Made-up files; those out of order are refused, with the reason.
n_shown=0
n_refused=0
for seed in {0..11}; do
	python3 "$here/../cli/make_gtb.py" "$seed" "$work/made"
	if mount_at "$mnt" "$work/made.gtb" 2>"$work/out"; then
		"$GENOFS" umount "$mnt"
		n_shown=$((n_shown + 1))
		check "made up, $seed: is mounted" beside "$work/made.gtb" made
		check "made up, $seed: shows what its import does" as_import made
		"$GENOFS" umount "$mnt"
	else
		n_refused=$((n_refused + 1))
		check "made up, $seed: is refused for its order" says "genofs import FILE.gtb -o FILE.gst"
	fi
done
check "both kinds were among them" [ "$n_shown" -ge 3 -a "$n_refused" -ge 1 ]

# ---- what is decoded ----

python3 "$here/large_gtb.py" "$work/large.gtb" 400 2000 900
large=$mnt/large
decodes() {
	stat_of "$mnt" decodes
}
n_blocks_of() {
	"$GENOFS" blocks "$1" | wc -l
}

file=$data/gtb/v1-gzip-phased-chr22.gtb
mount_at "$mnt" small="$file" "$work/large.gtb"
ls -R "$mnt" >"$work/listed"
check "a listing has all files" grep -q calls.bgen "$work/listed"
find "$mnt/small" -name 'calls*' >"$work/listed"
cat "$mnt"/small/{header.vcf,samples.txt,contigs.tsv,plink.fam} >"$work/listed"
stat "$mnt"/small/{genotypes,positions}.npy >"$work/listed"
check "names, and what follows from the tables, decode nothing" [ "$(decodes)" -eq 0 ]
ls -l "$mnt/small/22/blocks/000001" >"$work/listed"
check "a block decodes itself alone" [ "$(decodes)" -eq 1 ]
n=$(n_blocks_of "$file")
stat "$mnt/small/calls.vcf" >"$work/listed" &
pids=($!)
stat "$mnt/small/calls.vcf" >"$work/listed2" &
pids+=($!)
wait "${pids[@]}"
check "two that ask at once have each block decoded once" [ "$n" -ge 2 -a "$(decodes)" -eq "$n" ]
check "and are told the same" cmp <(grep Size "$work/listed") <(grep Size "$work/listed2")
ls -l "$mnt/small" "$mnt/small/22" >"$work/listed"
check "other sizes were found with it" [ "$(decodes)" -eq "$n" ]
check "the table of blocks is what genofs blocks lists" cmp <("$GENOFS" blocks "$file") \
	<(tail -n +2 "$mnt/small/blocks.tsv" | awk '{ print $2 "/blocks/" $1 }')
check "and its shares are all of them" cmp <("$GENOFS" blocks "$work/large.gtb") \
	<("$GENOFS" blocks -p 1/3 "$work/large.gtb" && "$GENOFS" blocks -p 2/3 "$work/large.gtb" &&
		"$GENOFS" blocks -p 3/3 "$work/large.gtb")

# ---- a walk of a large file ----

start_walk() {
	stat -c %s "$large/calls.vcf" >"$work/size" 2>"$work/error" &
	walk=$!
}
walks() {
	[ "$(stat_of "$mnt" decodes)" -gt "$((at_first + 4))" ]
}
at_first=$(decodes)
start_walk
check "a walk begins" wait_until 10 walks
timeout 20 md5sum "$mnt/small/@part/2-of-3/calls.vcf" >"$work/listed"
check "others are answered while it goes on" kill -0 "$walk"
kill -9 "$walk" || true
wait "$walk" 2>/dev/null || true
for _ in 1 2 3 4 5; do
	start_walk
	cat "$large/sites.vcf" >/dev/null 2>&1 &
	reader=$!
	sleep 0.1
	kill -9 "$walk" "$reader" 2>/dev/null || true
	wait "$walk" "$reader" 2>/dev/null || true
done
start_walk
wait "$walk" || true
size=$(cat "$work/size")
# Digits of 1 to 800,000, and what else a line has
lines=$((800000 * $(sed -n '/^[^#]/ { p; q }' "$large/calls.vcf" | wc -c) - 800000 + 4688895))
check "its size is right after readers that were killed in it" \
	[ "$size" -eq "$((lines + $(wc -c <"$large/header.vcf")))" ]
nothing_open() {
	[ "$(stat_of "$mnt" open_files)" -eq 0 ] && [ "$(stat_of "$mnt" busy_threads)" -eq 0 ]
}
check "nothing of theirs is left" wait_until 20 nothing_open
check "each block was decoded for it once at most, and read" \
	[ "$(decodes)" -le "$((at_first + 2 * $(n_blocks_of "$work/large.gtb")))" ]
check "nothing failed" [ "$(stat_of "$mnt" decode_errors)" -eq 0 ]
"$GENOFS" umount "$mnt"

mount_at "$mnt" "$work/large.gtb"
server=$(server_of "$mnt")
at_first=0
start_walk
check "a walk begins again" wait_until 10 walks
kill -9 "$walk" || true
wait "$walk" 2>/dev/null || true
check "a mount ends in the midst of a walk" wait_until 5 "$GENOFS" umount "$mnt"
check "and so does its server" wait_until 5 has_ended "$server"

# ---- names and options ----

cp "$data/gtb/v1-mt-haploid.gtb" "$work/any name"
{
	echo '#chromosome,ploidy,length'
	printf '%s,2,0\n' {1..22} X Y
	echo MT,1,16569
} >"$work/haploid.contig"
printf '%s\n' "one=$data/gtb/v2-fields.gtb" "$data/gtb/v2-tiny-phased.gtb" >"$work/list"
mount_at "$mnt" -o "contigs=$work/haploid.contig" "$work/any name" "$work/list"
check "GTB is known by its content" test -d "$mnt/any name/MT"
check "lists name it, and their names are less .gtb" test -d "$mnt/one/1" -a -d "$mnt/v2-tiny-phased"
check "a list of contigs says their ploidy" cmp <(calls_of "$mnt/any name/calls.vcf") \
	<(zcat "$data/gtb/v1-mt-haploid.ploidy1.expected.vcf.gz" | grep -v '^##' | cut -f 1,2,4,5,10-)
check "and is in the configuration" [ "$(config_of "$mnt" contigs)" = "$work/haploid.contig" ]
"$GENOFS" umount "$mnt"
check "no list of that name" refused 1 "No such file" \
	"$GENOFS" mount -o "contigs=$work/nothing" "$data/gtb/v1-tiny-phased.gtb" "$mnt"
check "a cache too small is refused, with the size it takes" refused 1 "at least" \
	"$GENOFS" mount -o cache_size=1M "$work/large.gtb" "$mnt"
run_prints() {
	[ "$("$GENOFS" run "$data/gtb/v1-tiny-phased.gtb" "$work/run" -- \
		grep -vc '^#' "$work/run/v1-tiny-phased/calls.vcf")" -eq 4 ]
}
check "genofs run has them too" run_prints

# ---- damage ----

tiny=$data/gtb/v1-tiny-phased.gtb
for size in 1 100 199; do
	head -c "$size" "$tiny" >"$work/cut.gtb"
	check "cut at $size" refused 1 "it is no GTB file, or damaged" "$GENOFS" mount "$work/cut.gtb" "$mnt"
done
python3 -c 'import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[2], "wb").write(data.replace(bytes.fromhex("1f00275d"), bytes.fromhex("1f007e5d")))' \
	"$tiny" "$work/patched.gtb"
cp "$data/gtb/v2-fields.gtb" "$work/changed.gtb"
mount_at "$mnt" "$work/patched.gtb" "$work/changed.gtb"
check "a block that is damaged cannot be read" not cat "$mnt/patched/calls.vcf" 2>"$work/out"
check "which is an I/O error" says "Input/output error"
check "and the log says what is wrong" \
	grep -qF "block 0: GENOTYPES: row 1: a byte of packed genotypes is 126" "$mnt/.genofs/log"
check "the file beside it is well" [ "$(grep -vc '^#' "$mnt/changed/sites.vcf")" -eq 854 ]
printf x >>"$work/changed.gtb"
check "a file that was changed cannot be read" not cat "$mnt/changed/plink2.pgen" "$mnt/changed/calls.bcf" \
	"$mnt/changed/@part/1-of-7/calls.vcf" 2>"$work/out"
check "and the log says so" grep -qF "was changed while in use; mount it again" "$mnt/.genofs/log"
"$GENOFS" umount "$mnt"
finish
