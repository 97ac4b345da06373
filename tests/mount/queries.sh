#!/bin/bash
# SPDX-License-Identifier: MIT
# Paths as queries: the same as bcftools makes of the imported file; bad names; bounds.
. "$(dirname "$0")/lib.sh"

here=$(realpath "$(dirname "$0")")
data=$(realpath "$here/../data")
count=${QUERIES:-25}
new_mnt

# reference FILE NAME: the store of it, and what bcftools is asked about.
reference() {
	bcftools view --no-version -Ob "$1" -o "$work/$2.bcf" 2>/dev/null
	bcftools index -f "$work/$2.bcf"
	"$GENOFS" import -q --chunk-records "$3" "$1" -o "$work/$2.gst"
}

reference "$data/pop-1kgp3-chr22.vcf.gz" cohort 50
reference "$data/joint-gatk-exome.vcf.gz" exome 23
reference "$data/gvcf-2842contigs.vcf.gz" contigs 3
reference "$data/gvcf-ceutrio.bcf" trio 100
reference "$data/sv-refpanel.bcf" structural 30
head -n 3 < <(bcftools query -l "$work/exome.bcf") >"$work/list"
bcftools query -l "$work/exome.bcf" | tail -n 2 >>"$work/list"
mount_at "$mnt" -o "samples:five=$work/list" "$work"/{cohort,exome,contigs,trio,structural}.gst
for name in cohort exome contigs trio structural; do
	check "$name: queries are what bcftools makes of it" \
		python3 "$here/queries.py" "$mnt/$name" "$work/$name.bcf" "$RANDOM" "$count"
done

for op in '!=' '=' '<' '>='; do
	check "where QUAL is missing too, qual$op is as of bcftools" cmp \
		"$mnt/trio/@where/qual${op}144.77/calls.vcf" \
		<(bcftools view --no-version -I -i "QUAL${op}144.77" "$work/trio.bcf")
done

# ---- names ----

top=$mnt/exome
exome_vcf() {
	bcftools view --no-version "$@" "$work/exome.bcf"
}
check "a list has a name" cmp "$top/@samples/five/calls.vcf" <(exome_vcf -I -S "$work/list")
check "all but those" cmp "$top/@samples/^five/calls.vcf" <(exome_vcf -I -S "^$work/list")
contig=$(bcftools query -f '%CHROM\n' "$work/exome.bcf" | head -n 1)
check "the contig may be left out in its folder" \
	cmp "$top/$contig/@region/1-1000000/calls.vcf" <(exome_vcf -r "$contig:1-1000000")
second=$(sed -n 3p "$mnt/contigs/contigs.tsv" | cut -f1)
check "a contig of a query has a folder" cmp \
	<(cat "$mnt/contigs/@part/1-of-1/$second/calls.vcf") \
	<(bcftools view --no-version -r "$second" "$work/contigs.bcf")
sample=$(head -n 1 "$mnt/contigs/samples.txt")
check "which is listed" grep -qx "$second" < <(ls "$mnt/contigs/@samples/$sample")
check "one contig alone has none" not test -e "$mnt/contigs/@region/$second/$second"

# bad FOLDER REASON: it is not there, and the log says why.
bad() {
	! ls "$top/$1" >/dev/null 2>&1 && grep -qF -- "$2" "$mnt/.genofs/log"
}
check "no such contig" bad "@region/nope" "no contig 'nope'"
check "no range" bad "@region/$contig:x-y" "no range"
check "no such sample" bad "@samples/nobody" "no sample 'nobody'"
twice=$(head -n 1 "$work/list")
check "a sample twice" bad "@samples/$twice,$twice" "given twice"
check "no part" bad "@part/5-of-4" "there are 4 parts"
check "no filter" bad "@where/color=blue" "known are"
check "no number" bad "@where/maf>=x" "no number"
check "the README says how" grep -q 'NA12878' "$top/@samples/README"
check "a bad list is refused at mount" refused 2 "needs a file" \
	"$GENOFS" mount -o samples:x "$work/exome.gst" "$work"
check "and one that is not there" refused 1 "No such file" \
	"$GENOFS" mount -o "samples:x=$work/nothing" "$work/exome.gst" "$mnt"

# ---- each file of a query is the one that the same cut file would have ----

d=$top/@region/$contig/@samples/five
exome_vcf -I -S "$work/list" -r "$contig" >"$work/cut.vcf"
check "calls.bcf" cmp <(bcftools view --no-version "$d/calls.bcf") "$work/cut.vcf"
check "calls.vcf.gz" cmp <(bcftools view --no-version "$d/calls.vcf.gz") "$work/cut.vcf"
check "its index" cmp <(bcftools view --no-version -H -r "$contig:1-3000000" "$d/calls.bcf") \
	<(bcftools view --no-version -H -t "$contig:1-3000000" "$work/cut.vcf")
check "samples.txt" cmp "$d/samples.txt" "$work/list"
check "sites.vcf" cmp <(grep -v '^#' "$d/sites.vcf") <(grep -v '^#' "$work/cut.vcf" | cut -f1-8)
check "sites.vcf has the counts of its samples" \
	cmp <(grep -v '^#' "$top/@samples+/five/sites.vcf") \
	<(bcftools view -S "$work/list" "$work/exome.bcf" | bcftools view -H -G)
plink2 --vcf "$work/cut.vcf" --make-bed --max-alleles 2 --vcf-half-call m --allow-extra-chr \
	--out "$work/cut" >/dev/null 2>&1
for file in bed bim fam; do
	check "plink.$file" cmp "$d/plink.$file" "$work/cut.$file"
done
check "plink2.pgen" plink2 --pfile "$d/plink2" --allow-extra-chr --validate \
	--out "$work/cut2" --silent
bcftools view -Ob "$work/cut.vcf" -o "$work/cut.bcf"
check "the arrays" /usr/bin/python3 "$here/arrays.py" "$d" "$work/cut.bcf"
python3 "$here/read_bgen.py" "$d/calls.bgen" "$d/calls.bgen.bgi" >"$work/bgen"
check "calls.bgen" python3 "$here/same_bgen.py" "$work/cut.bcf" <"$work/bgen"
parts() {
	for k in 1 2 3 4 5 6 7; do
		grep -v '^#' "$top/@part/$k-of-7/calls.vcf"
	done
}
check "parts are disjoint and complete" cmp <(parts) <(grep -v '^#' "$top/calls.vcf")

# ---- one sample of many reads its tile alone ----

awk 'BEGIN {
	srand(5)
	print "##fileformat=VCFv4.2\n##contig=<ID=1,length=100000>"
	print "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">"
	print "##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"x\">"
	print "##FORMAT=<ID=PL,Number=G,Type=Integer,Description=\"x\">"
	printf "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
	for (s = 1; s <= 2500; s++) printf "\tS%d", s
	printf "\n"
	for (i = 1; i <= 60; i++) {
		printf "1\t%d\t.\tA\tC\t.\t.\t.\tGT:AD:PL", i * 10
		for (s = 1; s <= 2500; s++)
			printf "\t%d/%d:%d,%d:%d,%d,%d", rand() < 0.1, rand() < 0.1, rand() * 40,
				rand() * 400, rand() * 90, rand() * 90, rand() * 900
		printf "\n"
	}
}' >"$work/wide.vcf"
"$GENOFS" umount "$mnt"
"$GENOFS" import -q "$work/wide.vcf" -o "$work/wide.gst"
bcftools view --no-version -Ob "$work/wide.vcf" -o "$work/wide.bcf"
bcftools index "$work/wide.bcf"
mount_at "$mnt" "$work/wide.gst" "$work/cohort.gst"
check "one sample is that of bcftools" cmp "$mnt/wide/@samples/S700/calls.vcf" \
	<(bcftools view --no-version -I -s S700 "$work/wide.bcf")
one=$(stat_of "$mnt" store_bytes)
check "two in one tile too" cmp "$mnt/wide/@samples+/S702,S701/calls.vcf" \
	<(bcftools view --no-version -s S702,S701 "$work/wide.bcf")
check "and of two tiles" cmp "$mnt/wide/@samples/S2500,S1/calls.vcf" \
	<(bcftools view --no-version -I -s S2500,S1 "$work/wide.bcf")
check "others after that" python3 "$here/queries.py" "$mnt/wide" "$work/wide.bcf" "$RANDOM" 10 samples \
	"where of samples"
check "for a fifth of the store's bytes at most ($one)" \
	[ "$one" -le $(($(stat -c %s "$work/wide.gst") / 5)) ]

# ---- bounds ----

memory() {
	awk '$1 == "VmRSS:" { print $2 }' "/proc/$(server_of "$mnt")/status"
}
many() {
	python3 - "$mnt/cohort" "$1" "$2" <<-'EOF'
		import os, sys
		folder, first, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		for i in range(first, first + n):
		    path = f"{folder}/@region/22:{16000000 + i}-{17000000 + 3 * i}/calls.vcf"
		    size = os.stat(path).st_size
		    if i % 100 == 0:
		        with open(path, "rb") as file:
		            assert len(file.read()) == size
	EOF
}
check "1,000 queries" many 0 1000
before=$(memory)
check "10,000 more" many 1000 10000
check "leave memory where it was ($before, $(memory) KiB)" \
	[ "$(memory)" -le $((before + before / 4 + 2048)) ]
exec 3<"$mnt/cohort/@region/22:16000000-17000000/calls.vcf"
cat "$mnt/cohort/@region/22:16000000-17000000/calls.vcf" >"$work/before"
check "500 queries while one is open" many 20000 500
check "leave it as it was" cmp "$work/before" /dev/fd/3
exec 3<&-
check "a folder that was let go of comes again" \
	cmp "$work/before" "$mnt/cohort/@region/22:16000000-17000000/calls.vcf"

finish
