#!/bin/bash
# SPDX-License-Identifier: MIT
# What docs/gtb.md says under "In the words of GBC's framework", run as it stands there.
. "$(dirname "$0")/lib.sh"

here=$(realpath "$(dirname "$0")")
doc=$(realpath "$here/../../docs/gtb.md")
ln -s "$GENOFS" "$work/genofs"
ln -s /usr/bin/python3 "$work/python3" # which has numpy
PATH=$work:$PATH
cd "$work"
mkdir mnt
own_mounts+=("$work/mnt")
python3 "$here/../cli/make_gtb.py" 42 cohort # of three contigs; cohort.tsv has what is in it


# example N: the Nth block of commands of the section, in this shell
example() {
	# shellcheck disable=SC2016 # awk's
	awk -v n="$1" '/^## / { ours = /GBC.s framework/ }
		ours && /^```sh/ { inside = ++block == n; next }
		/^```/ { inside = 0 }
		inside' "$doc" >commands
	# shellcheck disable=SC1091 # made just now
	[ -s commands ] && . ./commands
}

n_records=$(wc -l <cohort.tsv)
contigs=$(cut -f 1 cohort.tsv | uniq)
contig= # example 3 says which

counts() {
	for c in $contigs; do
		diff <(cut -f 1 cohort.tsv | grep -cx "$c") "count.$c" || return 1
	done
}
check "by chromosome" example 1
check "each is counted" counts

of_blocks() {
	local b

	for c in $contigs; do
		for b in mnt/cohort/"$c"/blocks/*; do
			cat "of.$(echo "$b" | tr / .)"
		done
	done | diff <(bcftools query -f '%CHROM\t%POS\t%AC\n' all.bcf) -
}
cp mnt/cohort/calls.bcf all.bcf
check "the whole has all records" test "$(bcftools view -H all.bcf | wc -l)" = "$n_records"
check "by block" example 2
check "blocks joined are the whole" of_blocks

parts() {
	cmp <(cat part.{1..8}) <(bcftools view --no-version -H all.bcf) &&
		[ "$(wc -l part.{1..8} | awk '$2 != "total" { print $1 }' | sort -n | uniq | wc -l)" -le 2 ]
}
of_contig() {
	cmp <(for i in 1 2 3; do tail -n +2 "sites.$i"; done | cut -f 1-4) \
		<(bcftools query -f '%CHROM\t%POS\t%ID\t%REF\n' all.bcf | awk -v c="$contig" '$1 == c')
}
check "by variant" example 3
check "parts joined are the whole, and as large as each other" parts
check "parts of a contig are the contig" of_contig

check "by number" example 4
check "those are the records" python3 -c '
import numpy
import sys
got = numpy.load("some.npy")
lines = [l.rstrip("\n").split("\t") for l in open("cohort.tsv")][100:200]
def alleles(gt):
    return [-1 if a == "." else int(a) for a in gt.replace("|", "/").split("/")]
want = numpy.array([[alleles(gt) for gt in line[5:]] for line in lines])
sys.exit(not numpy.array_equal(got, want))'

chosen() {
	cmp chosen.vcf <(bcftools view --no-version -I -r "$contig" -q 0.06:nonmajor all.bcf |
		bcftools view --no-version -I -i 'F_MISSING<0.5' |
		bcftools view --no-version -I -s "$(head -n 1 mnt/cohort/samples.txt)")
}
bcftools index all.bcf
check "filter, subset and range" example 5
check "are what bcftools makes of it" chosen
check "and its own filters work" cmp <(bcftools view -H filtered.bcf) \
	<(bcftools view -H -i 'N_ALT=1 && F_MISSING<0.2' all.bcf)

check "in order, sorted, LD" example 6
check "the text is whole" cmp <(grep -v '^#' all.vcf) <(bcftools view --no-version -H all.bcf)
check "the import has the same records" cmp <(genofs export cohort.gst | grep -v '^#') <(grep -v '^#' all.vcf)
check "LD of the store is that of the folder" cmp cohort.ld <(genofs ld --min-r2 0.5 cohort.gst)
check "and there is some" test "$(wc -l <cohort.ld)" -gt 1
check "nothing is mounted" not is_mounted "$work/mnt"

finish
