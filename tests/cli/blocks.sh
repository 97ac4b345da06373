#!/bin/bash
# SPDX-License-Identifier: MIT
#
# genofs blocks: shares of a store's blocks that are whole, in order, each block in one, and of
# about as many bytes; what schedulers say in the environment; regions.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need bcftools awk cmp

# Records of very different length, a contig with a name that no folder can have, one that is
# called as a file.
{
	printf '##fileformat=VCFv4.2\n##contig=<ID=chr1>\n##contig=<ID=HLA*01/x>\n##contig=<ID=calls.vcf>\n##contig=<ID=none>\n'
	printf '##INFO=<ID=T,Number=1,Type=String,Description="Text">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n'
	awk 'BEGIN {
		srand(5)
		n = split("chr1 HLA*01/x calls.vcf", contig, " ")
		for (c = 1; c <= n; c++)
			for (i = 1; i <= 1000; i++) {
				text = sprintf("%0*d", c == 1 && i < 300 ? 400 : 1 + int(rand() * 60), i)
				printf "%s\t%d\t.\tA\tC\t.\t.\tT=x%s\n", contig[c], i * 100, text
			}
	}'
} >"$T/in.vcf"
check "a store of many blocks" "$GENOFS" import -q --chunk-records 25 "$T/in.vcf" -o "$T/s.gst" || finish
S=$T/s.gst

unset "${!SLURM_@}" "${!PBS_@}" "${!LSB_@}" "${!SGE_@}"

"$GENOFS" blocks "$S" >"$T/all"
check "all blocks are listed" test "$(wc -l <"$T/all")" -eq 120
check "mount" mount_stores "$S" || finish
check "as the mount has them, in order" cmp "$T/all" \
	<(for c in chr1 'HLA*01%2Fx' '%63alls.vcf'; do
		(cd "$T/mnt/s" && printf '%s\n' "$c"/blocks/*)
	done)

# bytes FILE: of calls.vcf in the blocks that it lists, without headers
bytes() {
	local block sum=0

	while read -r block; do
		sum=$((sum + $(grep -v '^#' "$T/mnt/s/$block/calls.vcf" | wc -c)))
	done <"$1"
	echo "$sum"
}

shares() { # N: into $T/share.K
	local k

	rm -f "$T"/share.*
	for ((k = 1; k <= $1; k++)); do
		"$GENOFS" blocks --part "$k/$1" "$S" >"$T/share.$k" || return 1
	done
}

joined() {
	local k

	for ((k = 1; k <= $1; k++)); do
		cat "$T/share.$k"
	done
}

for n in 1 2 7 24 119 120 121 1000; do
	check "$n shares" shares "$n"
	check "one after the other they are all blocks" cmp "$T/all" <(joined "$n")
done

shares 7
total=$(bytes "$T/all")
largest=0
while read -r block; do
	echo "$block" >"$T/one"
	size=$(bytes "$T/one")
	((size <= largest)) || largest=$size
done <"$T/all"
for k in 1 2 3 4 5 6 7; do
	size=$(bytes "$T/share.$k")
	check "share $k has a 7th of the bytes, give or take a block" \
		test $((size * 7)) -le $((total + 7 * largest)) -a $((size * 7)) -ge $((total - 7 * largest))
done
check "not of the records" test "$(wc -l <"$T/share.1")" -lt "$(wc -l <"$T/share.7")"

# ---- regions ----

for region in chr1:2400-2600 'chr1:25001-60000,calls.vcf' 'HLA*01/x:99999-' chr1:2501-2501 none; do
	"$GENOFS" blocks --region "$region" "$S" >"$T/some"
	(cd "$T/mnt/s" && while read -r block; do
		grep -v '^#' "$block/calls.vcf"
	done <"$T/some") >"$T/lines"
	check "$region: all its records are in its blocks" cmp \
		<(cat <(grep '^#' "$T/in.vcf") "$T/lines" | bcftools view --no-version -H -t "$region") \
		<(bcftools view --no-version -H -t "$region" "$T/in.vcf")
	check "and no block without" test "$(wc -l <"$T/some")" -eq "$(while read -r block; do
		bcftools view --no-version -H -t "$region" "$T/mnt/s/$block/calls.vcf" | head -n 1
	done <"$T/some" | wc -l)"
done
check "a gap between blocks has none" test -z "$("$GENOFS" blocks -r chr1:2501-2599 "$S")"
joined_region=$(for k in 1 2 3; do "$GENOFS" blocks -r calls.vcf -p "$k/3" "$S"; done)
check "shares of a region" test "$joined_region" = "$("$GENOFS" blocks -r calls.vcf "$S")"
check "a contig that is not there is named" refused 1 "--region chr9: " "$GENOFS" blocks -r chr9 "$S"
unmount

# ---- tasks of arrays ----

same_as() { # K N VARIABLE=VALUE...
	local k=$1 n=$2

	shift 2
	cmp <(env "$@" "$GENOFS" blocks "$S") <("$GENOFS" blocks -p "$k/$n" "$S")
}
slurm=(SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_MAX=13 SLURM_ARRAY_TASK_STEP=3 SLURM_ARRAY_TASK_COUNT=4)
check "Slurm's tasks" same_as 2 4 "${slurm[@]}" SLURM_ARRAY_TASK_ID=7
check "LSF's" same_as 3 5 LSB_JOBINDEX=3 LSB_JOBINDEX_END=5 LSB_JOBINDEX_STEP=1
check "Grid Engine's" same_as 3 3 SGE_TASK_ID=5 SGE_TASK_FIRST=1 SGE_TASK_LAST=5 SGE_TASK_STEPSIZE=2
check "PBS does not say how many there are, which is told with the cure" \
	refused 1 "give --part /N" env PBS_ARRAY_INDEX=2 "$GENOFS" blocks "$S"
check "then /N says it" cmp <(PBS_ARRAY_INDEX=2 "$GENOFS" blocks -p /5 "$S") <("$GENOFS" blocks -p 2/5 "$S")
check "a job that is no array has all" same_as 1 1 SLURM_JOB_ID=7 LSB_JOBINDEX=0 SGE_TASK_ID=undefined
check "--part comes first" cmp "$T/share.6" \
	<(env "${slurm[@]}" SLURM_ARRAY_TASK_ID=7 "$GENOFS" blocks -p 6/7 "$S")
check "a list of ids is refused, as it cannot be counted" refused 1 "cannot be counted" env SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=1 \
	SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_STEP=1 "$GENOFS" blocks "$S"
check "more tasks than shares are refused" refused 1 "more tasks" env PBS_ARRAY_INDEX=6 "$GENOFS" blocks -p /5 "$S"
check "/N outside of an array too" refused 1 "no task of an array" "$GENOFS" blocks -p /5 "$S"

# ---- usage, and no more work than the tables ----

for part in 0/3 4/3 3 3/ / /0 a/b 1/2/3 -1/2; do
	check "--part $part is refused" is_status 2 "$GENOFS" blocks -p "$part" "$S"
done
check "no STORE is wrong usage" is_status 2 "$GENOFS" blocks
check "two are" is_status 2 "$GENOFS" blocks "$S" "$S"
check "what is no store is refused" is_status 1 "$GENOFS" blocks "$T/in.vcf"
cp "$S" "$T/damaged.gst"
printf '\xff\xff\xff\xff' | dd of="$T/damaged.gst" bs=1 seek=40 conv=notrunc 2>/dev/null
check_not "a store whose blocks cannot be decoded" "$GENOFS" verify -q "$T/damaged.gst"
check "has its blocks listed" cmp <("$GENOFS" blocks "$T/damaged.gst") "$T/all"
printf '##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n' >"$T/empty.vcf"
"$GENOFS" import -q "$T/empty.vcf" -o "$T/empty.gst"
check "a store without records has none" test -z "$("$GENOFS" blocks -p 2/3 "$T/empty.gst")"
finish
