#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Many contigs of few records, whose chunks are compressed in groups, among longer ones.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need bcftools awk shuf cmp

# lines CONTIGS: 3 records on each, but 3,000 on every 200th; the genotypes of 12 samples
lines() {
	awk -v n="$1" 'BEGIN {
		srand(4)
		for (c = 1; c <= n; c++)
			for (i = 1; i <= (c % 200 ? 3 : 3000); i++) {
				printf "ctg%d\t%d\t.\tA\tG\t%d\tPASS\tDP=%d\tGT:AD", c, i * 40, 50 + i % 7, 10 * c % 97
				for (s = 0; s < 12; s++)
					printf "\t%d/%d:%d,%d", rand() < .2, rand() < .4, rand() * 30, rand() * 9
				print ""
			}
	}'
}

header() {
	printf '##fileformat=VCFv4.2\n'
	printf '##FILTER=<ID=PASS,Description="All filters passed">\n'
	printf '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
	printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
	printf '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">\n'
	for ((c = 1; c <= $1; c++)); do
		printf '##contig=<ID=ctg%d>\n' "$c"
	done
	printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT'
	printf '\ts%d' {1..12}
	echo
}

lines 900 >"$T/lines"
cat <(header 900) "$T/lines" >"$T/in.vcf"
bcftools view --no-version -Ob -o "$T/in.bcf" "$T/in.vcf"

check "import" "$GENOFS" import -q "$T/in.vcf" -o "$T/s.gst" || finish
check "export: the lines of the input" cmp <("$GENOFS" export "$T/s.gst") \
	<(bcftools view --no-version "$T/in.vcf")
check "verify" "$GENOFS" verify -q "$T/s.gst"
check "smaller than BCF" test "$(stat -c %s "$T/s.gst")" -lt "$(stat -c %s "$T/in.bcf")"

# Chunks of groups that were written already are read back to be sorted.
cat <(header 900) "$T/lines" <(lines 1 | sed 's/ctg1\t/ctg450\t/; s/\t80\t/\t7\t/') >"$T/late.vcf"
check "import with a contig that comes back" "$GENOFS" import -q "$T/late.vcf" -o "$T/late.gst"
check "its lines, in order" cmp <("$GENOFS" export "$T/late.gst" | grep -v '^#') \
	<(grep -v '^#' "$T/late.vcf" | sed 's/^ctg//' | sort -s -k1,1n -k2,2n | sed 's/^/ctg/')

check "mount" "$GENOFS" mount "$T/s.gst" "$T/mnt" || finish
check "a small contig" cmp "$T/mnt/s/ctg7/sites.vcf" \
	<(bcftools view --no-version -G -t ctg7 "$T/in.vcf")
for c in 3 450 899 200; do
	check "lines of contig $c" cmp <(grep -v '^#' "$T/mnt/s/ctg$c/calls.vcf") \
		<(grep -P "^ctg$c\t" "$T/lines")
done
check "all of them" cmp "$T/mnt/s/calls.vcf" <(bcftools view --no-version "$T/in.vcf")
"$GENOFS" umount "$T/mnt"

# A flipped bit in a group: an error, never other bytes.
cp "$T/s.gst" "$T/bad.gst"
printf '\xff' | dd of="$T/bad.gst" bs=1 seek=100 conv=notrunc 2>/dev/null
check_not "verify finds a damaged group" "$GENOFS" verify -q "$T/bad.gst"
check_not "and export stops at it" "$GENOFS" export "$T/bad.gst"
finish
