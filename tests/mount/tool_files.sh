#!/bin/bash
# SPDX-License-Identifier: MIT
# Each tool's file: what bcftools, tabix, pysam, cyvcf2, numpy, plink and plink2 read of the mount is
# what they read of the files that they would have been given.
. "$(dirname "$0")/lib.sh"

here=$(realpath "$(dirname "$0")")
data=$(realpath "$here/../data")
regions=${REGIONS:-30}
new_mnt

# What bcftools makes of the file, with its indexes: $work/NAME.{vcf,bcf,vcf.gz}.
make_reference() {
	bcftools view --no-version "$1" >"$work/$2.vcf"
	bcftools view --no-version -Ob "$work/$2.vcf" -o "$work/$2.bcf"
	bcftools view --no-version -Oz "$work/$2.vcf" -o "$work/$2.vcf.gz"
	bcftools index -f "$work/$2.bcf"
	bcftools index -f "$work/$2.vcf.gz"
	tabix -f -p vcf "$work/$2.vcf.gz"
} 2>/dev/null

counted() {
	cmp <(bcftools index -s "$1" 2>/dev/null) <(bcftools index -s "$2" 2>/dev/null) &&
		[ "$(bcftools index -n "$1")" -eq "$(bcftools index -n "$2")" ]
}

same_records() {
	cmp <(bcftools view --no-version "$1" 2>/dev/null) "$2"
}

exact_size() {
	[ "$(wc -c < <(cat "$1"))" -eq "$(stat -c %s "$1")" ]
}

check_bcftools() {
	local d=$1 name=$2 index
	check "$name: calls.bcf is the import" same_records "$d/calls.bcf" "$work/$name.vcf"
	check "$name: calls.vcf.gz is the import" same_records "$d/calls.vcf.gz" "$work/$name.vcf"
	check "$name: gzip knows its checksums" gzip -t "$d/calls.vcf.gz"
	check "$name: bcftools index counts BCF alike" counted "$work/$name.bcf" "$d/calls.bcf"
	check "$name: and VCF" counted "$work/$name.vcf.gz" "$d/calls.vcf.gz"
	for index in calls.bcf.csi calls.vcf.gz.csi calls.vcf.gz.tbi; do
		check "$name: regions through $index" python3 "$here/regions.py" \
			"$d/${index%.*}" "$d/$index" "$work/$name.bcf" "$RANDOM" "$regions"
	done
	check "$name: tabix lists the contigs" cmp <(tabix -l "$d/calls.vcf.gz") \
		<(tabix -l "$work/$name.vcf.gz")
}

# What plink2 says of two sets of files: report NAME OPTIONS...
report() {
	local out=$work/plink/$1
	shift
	plink2 "$@" --allow-extra-chr --freq --missing --out "$out" >/dev/null 2>&1
	plink2 "$@" --allow-extra-chr --hardy --out "$out" >/dev/null 2>&1 || true
	plink2 "$@" --allow-extra-chr --export vcf --out "$out" >/dev/null 2>&1
	rm "$out".log
	sed -i '/^##/d' "$out".*
}

same_reports() {
	local file n=0
	for file in "$work/plink/$1".*; do
		cmp "$file" "$work/plink/$2.${file##*.}" || return 1
		n=$((n + 1))
	done
	[ "$n" -ge 4 ]
}

check_plink() {
	local d=$1 name=$2
	mkdir -p "$work/plink"
	rm -f "$work/plink/"*
	plink2 --vcf "$work/$name.vcf" --make-bed --max-alleles 2 --vcf-half-call m \
		--allow-extra-chr --out "$work/plink1" >/dev/null 2>&1
	for file in bed bim fam; do
		check "$name: plink.$file is plink2's" cmp "$d/plink.$file" "$work/plink1.$file"
	done
	check "$name: plink1.9 reads it" plink1.9 --bfile "$d/plink" --allow-extra-chr --freq \
		--missing --out "$work/plink19" --silent
	plink2 --vcf "$work/$name.vcf" --make-pgen --vcf-half-call m --allow-extra-chr \
		--out "$work/plink2" >/dev/null 2>&1
	check "$name: plink2.psam is plink2's" cmp "$d/plink2.psam" "$work/plink2.psam"
	check "$name: plink2.pgen is valid" plink2 --pfile "$d/plink2" --allow-extra-chr --validate \
		--out "$work/validate" --silent
	report of-vcf --pfile "$work/plink2"
	report of-mount --pfile "$d/plink2"
	check "$name: plink2 finds the same in it" same_reports of-vcf of-mount
}

check_bgen() {
	local d=$1 name=$2
	python3 "$here/read_bgen.py" "$d/calls.bgen" "$d/calls.bgen.bgi" >"$work/bgen"
	check "$name: calls.bgen has the import's genotypes" \
		python3 "$here/same_bgen.py" "$work/$name.bcf" <"$work/bgen"
	# plink2 reads two alleles only.
	plink2 --vcf "$work/$name.vcf" --export bgen-1.2 bits=8 ref-first --max-alleles 2 \
		--vcf-half-call m --allow-extra-chr --out "$work/bgen2" >/dev/null 2>&1
	report bgen-of-vcf --bgen "$work/bgen2.bgen" ref-first --sample "$work/bgen2.sample"
	report bgen-of-mount --bgen "$d/@where/alleles<=2/calls.bgen" ref-first \
		--sample "$d/calls.sample"
	check "$name: plink2 finds the same in it" same_reports bgen-of-vcf bgen-of-mount
}

check_file() {
	local name=$1 d=$mnt/$1
	make_reference "$data/$2" "$name"
	"$GENOFS" import -q --chunk-records "$3" "$data/$2" -o "$work/$name.gst"
	mount_at "$mnt" "$work/$name.gst"
	check_bcftools "$d" "$name"
	check_plink "$d" "$name"
	check_bgen "$d" "$name"
	check "$name: the arrays are the import's genotypes" \
		/usr/bin/python3 "$here/arrays.py" "$d" "$work/$name.bcf"
	check "$name: sites.tsv has seven columns of sites.vcf" \
		cmp <(tail -n +2 "$d/sites.tsv") <(grep -v '^#' "$d/sites.vcf" | cut -f1-7)
	for file in "$d"/*; do
		[ -d "$file" ] || check "$name: ${file##*/} is as long as it says" exact_size "$file"
	done
	check "$name: at random offsets as from the start" random_offsets "$d"
	"$GENOFS" umount "$mnt"
}

# Every file read in odd pieces is the file read at once.
random_offsets() {
	local file
	for file in "$1"/*; do
		[ -f "$file" ] || continue
		cmp <(cat "$file") <(dd if="$file" bs=7777 status=none) || return 1
		cat "$file" >"$work/copy"
		"$TEST_PROGRAMS/read_ways" "$file" "$work/copy" || return 1
	done
}

check_file cohort pop-1kgp3-chr22.vcf.gz 50
check_file exome joint-gatk-exome.vcf.gz 40
check_file contigs gvcf-2842contigs.vcf.gz 3
check_file structural sv-refpanel.vcf.gz 30
check_file repeats str-hipstr.vcf.gz 20
check_file ploidies micro-mixed-ploidy.vcf 20
check_file mito haploid-mito.vcf.gz 50

# ---- probabilities ----

awk 'BEGIN {
	srand(3)
	print "##fileformat=VCFv4.2\n##contig=<ID=1,length=100000>"
	print "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"x\">"
	print "##FORMAT=<ID=GP,Number=G,Type=Float,Description=\"x\">"
	printf "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
	for (s = 1; s <= 20; s++) printf "\tS%d", s
	printf "\n"
	for (i = 1; i <= 50; i++) {
		n = i % 5 ? 3 : 6
		printf "1\t%d\t.\tA\t%s\t.\t.\t.\tGT:GP", i * 10, n == 3 ? "C" : "C,G"
		for (s = 1; s <= 20; s++) {
			sum = 0
			for (k = 0; k < n; k++) sum += p[k] = rand() ^ 4
			printf "\t%s:", s % 7 ? "0/1" : "./."
			for (k = 0; k < n; k++) printf "%s%.3f", k ? "," : "", p[k] / sum
		}
		printf "\n"
	}
}' >"$work/gp.in.vcf"
bcftools view --no-version -Ob "$work/gp.in.vcf" -o "$work/gp.bcf"
"$GENOFS" import -q "$work/gp.in.vcf" -o "$work/gp.gst"
mount_at "$mnt" "$work/gp.gst"
python3 "$here/read_bgen.py" "$mnt/gp/calls.bgen" "$mnt/gp/calls.bgen.bgi" >"$work/bgen"
check "a record with GP has its probabilities" grep -q 'p[0-9]*,[0-9]' "$work/bgen"
check "which are those of the import" python3 "$here/same_bgen.py" "$work/gp.bcf" <"$work/bgen"
"$GENOFS" umount "$mnt"

# ---- what some files cannot have ----

"$GENOFS" import -q "$data/positions-past-31-bits.vcf" -o "$work/far.gst"
"$GENOFS" import -q "$data/positions-past-tbi.vcf" -o "$work/tbi.gst"
"$GENOFS" import -q "$data/sites-1kg.vcf.gz" -o "$work/sites.gst"
mount_at "$mnt" "$work/far.gst" "$work/tbi.gst" "$work/sites.gst"
check "past 2^31 there is no BCF" not test -e "$mnt/far/calls.bcf"
check "and no TBI" not test -e "$mnt/far/calls.vcf.gz.tbi"
check "but CSI" test -s "$mnt/far/calls.vcf.gz.csi"
check "past 2^29 there is no TBI" not test -e "$mnt/tbi/calls.vcf.gz.tbi"
check "but BCF and its CSI" test -s "$mnt/tbi/calls.bcf.csi"
check "without samples there are no files of genotypes" not ls "$mnt/sites/plink.bed"
check "nor of samples" not ls "$mnt/sites/@samples"

finish
