#!/bin/bash
# SPDX-License-Identifier: MIT
#
# genofs ld: the pairs, and the digits, of plink1.9 --r2 on what plink2 makes of the VCF, and of
# plink1.9's own reading of it; of haplotypes those of plink1.9 --r2 dprime, vcftools and a slow
# script; regions, samples and folders of a mount; limits and wrong usage.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need plink1.9 plink2 vcftools bcftools python3 awk cmp
mkdir "$T/w"
cd "$T/w" || exit 1

# ---- what the others say, in the form of ours ----

# plink_pairs FILE.ld: its first seven columns; chromosomes as plink2 has them
plink_pairs() {
	# shellcheck disable=SC2016 # awk's
	[[ ! -e $1 ]] || awk -v OFS='\t' '
		function name(c) { return c == 23 ? "X" : c == 24 ? "Y" : c == 26 ? "MT" : c }
		NR > 1 { print name($1), $2, $3, name($4), $5, $6, $7 }' "$1"
}

# our_pairs FILE.tsv: with chromosomes as plink2 has them
our_pairs() {
	awk -F '\t' -v OFS='\t' '
		function name(c) {
			if (c ~ /^chr([0-9]|1[0-9]|2[0-2]|X|Y|M|MT)$/)
				sub(/^chr/, "", c)
			return c == "M" ? "MT" : c
		}
		NR > 1 { print name($1), $2, $3, name($4), $5, $6, $7 }' "$1"
}

# plink_r2 OUT ARGUMENT...: plink1.9 --r2 ARGUMENT..., to OUT.ld; of no pairs there is no file
plink_r2() {
	local out=$1

	shift
	rm -f "$out.ld"
	plink1.9 --allow-extra-chr --out "$out" --r2 "$@"
}

# to_bed VCF OUT: as the mount shows it
to_bed() {
	plink2 --vcf "$1" --make-bed --max-alleles 2 --vcf-half-call m --allow-extra-chr --out "$2"
}

# ld OUT ARGUMENT...
ld() {
	local out=$1

	shift
	"$GENOFS" ld "$@" >"$out" 2>"$out.err" || { cat "$out.err"; return 1; }
}

same_pairs() { # FILE.ld OURS: and not none
	plink_pairs "$1" >want
	our_pairs "$2" >got
	diff want got >differences || { wc -l want got; head -n 5 differences; return 1; }
	[[ -s got ]]
}

n_pairs() {
	echo $(($(wc -l <"$1") - 1))
}

# ---- the defaults, and every pair of a wider window; missing calls, half calls, haploid calls, ----
# ---- several ALT alleles, chromosomes with names and without ----

# compare VCF WINDOW [most-common]: makes s.gst of it
compare() {
	local vcf=$1 name window=$2

	name=$(basename "$1")
	check "$name: a store" "$GENOFS" import -q "$vcf" -o s.gst || return
	check "$name: plink2 reads it" to_bed "$vcf" p || return
	check "$name: plink1.9 by default" plink_r2 d --bfile p
	check "$name: so do we" ld d.tsv s.gst
	check "$name: the same pairs" same_pairs d.ld d.tsv
	check "$name: plink1.9 with all r2" plink_r2 a --bfile p --ld-window "$window" --ld-window-r2 0
	check "$name: so do we" ld a.tsv --min-r2 0 --window-variants "$window" s.gst
	check "$name: the same $(n_pairs a.tsv) pairs" same_pairs a.ld a.tsv
	check "$name: plink1.9 less rare sites" plink_r2 m --bfile p --maf 0.05 --ld-window-kb 50.5 \
		--ld-window 99999 --ld-window-r2 0.1
	check "$name: so do we" ld m.tsv --min-maf 0.05 --window-kb 50.5 --window-variants 0 \
		--min-r2 0.1 s.gst
	check "$name: the same pairs" same_pairs m.ld m.tsv
	[[ ${3:-} ]] || return 0
	check "$name: plink1.9 of the VCF itself" plink_r2 v --vcf "$vcf" --vcf-half-call m --double-id \
		--ld-window "$window" --ld-window-r2 0
	check "$name: so do we" ld v.tsv --multiallelic most-common --min-r2 0 \
		--window-variants "$window" s.gst
	check "$name: the same $(n_pairs v.tsv) pairs" same_pairs v.ld v.tsv
	check "$name: which are more" test "$(n_pairs v.tsv)" -gt "$(n_pairs a.tsv)"
}

compare "$data/joint-gatk-exome.vcf.gz" 40 most-common
compare "$data/pop-1kgp3-chr22.vcf.gz" 30 most-common
compare "$data/haploid-mito.vcf.gz" 30 most-common
compare "$data/haploid-sarscov2.vcf.gz" 60 most-common
compare "$data/half-calls-maize.vcf.gz" 99
compare "$data/nonhuman-wheat.vcf.gz" 99
compare "$data/sv-truvari-multi.vcf.gz" 99
if [[ $extra ]]; then
	for vcf in chrx-mixed-ploidy-26s joint-ceu-exome-60s pop-1kgp3-sub-chr20; do
		[[ ! -e $extra/vcf/$vcf.vcf.gz ]] || compare "$extra/vcf/$vcf.vcf.gz" 50
	done
fi

# Sites that lack calls in all combinations, alike, of X, Y and mitochondria
# shellcheck disable=SC2016 # awk's
awk -v OFS='\t' 'BEGIN {
	srand(7)
	print "##fileformat=VCFv4.2\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"GT\">"
	n = split("chr1 chrX chrY chrM scaffold_9", contigs, " ")
	for (c = 1; c <= n; c++)
		print "##contig=<ID=" contigs[c] ">"
	printf "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
	for (s = 0; s < 70; s++) {
		printf "\tS%d", s
		first[s] = rand() < 0.3
		second[s] = rand() < 0.4
	}
	print ""
	for (c = 1; c <= n; c++)
		for (i = 0; i < 40; i++) {
			printf "%s\t%d\tv%d\tA\tC\t.\t.\t.\tGT", contigs[c], 100 + int(i / 2) * 1000, i
			lack = i % 3 ? 0.1 * (i % 5) : 0
			for (s = 0; s < 70; s++) {
				a = i % 11 == 3 ? 0 : rand() < 0.1 ? !first[s] : first[s]
				b = i % 11 == 3 ? 0 : rand() < 0.1 ? !second[s] : second[s]
				if (i % 13 == 7)
					a = !(b = s % 2) # all heterozygous
				if (rand() < lack)
					printf rand() < 0.5 ? "\t." : "\t%d/.", a
				else if (c > 1 && s % 3 == 0)
					printf "\t%d", a
				else
					printf "\t%d%s%d", a, (mode == "mixed" ? rand() < 0.6 : 0) ? "|" : "/", b
			}
			print ""
		}
}' >unphased.vcf
compare unphased.vcf 40
check "chromosome Y has no pairs, which is said" grep -q 'chromosome Y is left out' a.tsv.err
check "of chromosome Y with --with-y" ld y.tsv --with-y --min-r2 0 --window-variants 40 s.gst
check "all others are the same" cmp <(grep -v chrY y.tsv) a.tsv

# Where the sex is known and nothing is heterozygous, plink has pairs of Y.
grep -P '^(#|chrY)' unphased.vcf | sed '/^#/! s,[/|][01.],,g' >men.vcf
check "haploid calls of Y: a store" "$GENOFS" import -q men.vcf -o men.gst
check "plink2 reads them" to_bed men.vcf men
sed -i 's/\t0\t-9$/\t1\t-9/' men.fam
check "plink1.9 of men" plink_r2 men --bfile men --ld-window 40 --ld-window-r2 0
check "so do we" ld men.tsv --with-y --min-r2 0 --window-variants 40 men.gst
check "the same $(n_pairs men.tsv) pairs" same_pairs men.ld men.tsv

# ---- haplotypes ----

check "plink1.9 --r2 dprime: the most likely haplotypes" plink_r2 h dprime --bfile p \
	--ld-window 40 --ld-window-r2 0
check "so do we" ld h.tsv --phased --min-r2 0 --window-variants 40 s.gst
check "the same $(n_pairs h.tsv) pairs" same_pairs h.ld h.tsv
check "a slow script says so too" python3 "$here/check_ld.py" <(grep -v ^chrY unphased.vcf) h.tsv 40

# mixed.vcf: six of ten calls are phased
awk 'BEGIN { srand(8); FS = OFS = "\t" } /^#/ { print; next } {
	for (i = 10; i <= NF; i++)
		if (rand() < 0.6)
			sub("/", "|", $i)
	print
}' unphased.vcf >mixed.vcf
sed 's,/,|,g; 1,/^#CHROM/ s/|/\//g' unphased.vcf >phased.vcf
for vcf in mixed phased; do
	check "$vcf: a store" "$GENOFS" import -q $vcf.vcf -o $vcf.gst
	check "$vcf: haplotypes" ld $vcf.tsv --with-y --phased --min-r2 0 --window-variants 40 $vcf.gst
	check "$vcf: as the slow script has them" python3 "$here/check_ld.py" $vcf.vcf $vcf.tsv 40
done
check_not "phase matters" cmp -s phased.tsv mixed.tsv
check "but not to genotypes" ld g.tsv --min-r2 0 --window-variants 40 phased.gst
check "which are the same" cmp g.tsv a.tsv

# bcftools: of 300 samples, with sites that are never missing, for vcftools takes its time
bcftools query -l "$data/pop-1kgp3-chr22.vcf.gz" | head -n 300 >names
bcftools view -m 2 -M 2 -S names "$data/pop-1kgp3-chr22.vcf.gz" 2>/dev/null | bcftools view -c 1:minor \
	>few.vcf 2>/dev/null
check "vcftools --hap-r2" vcftools --vcf few.vcf --hap-r2 --ld-window-bp 30000 --min-r2 0.01 --out vt
check "a store" "$GENOFS" import -q few.vcf -o few.gst
check "haplotypes" ld few.tsv --phased --min-r2 0.01 --window-variants 0 --window-kb 30 few.gst
check "the same $(n_pairs few.tsv) pairs as vcftools" cmp <(sed 1d vt.hap.ld | cut -f 1,2,3,5 | sort) \
	<(sed 1d few.tsv | cut -f 1,2,5,7 | sort)
check "more than a thousand" test "$(n_pairs few.tsv)" -gt 1000

# ---- regions, samples, folders ----

"$GENOFS" import -q --chunk-records 100 "$data/pop-1kgp3-chr22.vcf.gz" -o k.gst
whole=(--min-r2 0.05 --window-variants 300)
check "all of a store" ld all.tsv "${whole[@]}" k.gst
for threads in 1 2 3 8; do
	check "by $threads threads" ld t.tsv "${whole[@]}" --threads $threads k.gst
	check "it is the same" cmp all.tsv t.tsv
done
region=22:16060000-16080000
check "a region" ld region.tsv "${whole[@]}" --region $region k.gst
check "some samples" ld samples.tsv "${whole[@]}" --samples HG00096,HG00099,NA18486,NA18489,NA19625,HG02610 k.gst
check "mount" mount_stores k.gst s.gst || finish
M=$T/mnt
check "the folder of a store" ld t.tsv "${whole[@]}" "$M/k"
check "is the same" cmp all.tsv t.tsv
check "of a contig" ld t.tsv "${whole[@]}" "$M/k/22/"
check "is the same" cmp all.tsv t.tsv
check "of a region" ld t.tsv "${whole[@]}" "$M/k/@region/$region"
check "is as --region has it" cmp region.tsv t.tsv
check "of samples" ld t.tsv "${whole[@]}" "$M/k/@samples/HG00096,HG00099,NA18486,NA18489,NA19625,HG02610"
check "is as --samples has it" cmp samples.tsv t.tsv
check "of haplotypes" ld t.tsv --phased "$M/k/22/blocks/000003"
check "has pairs" test "$(n_pairs t.tsv)" -gt 0
check "of a store of several contigs" ld t.tsv --min-r2 0 --window-variants 40 "$M/s"
check "is the same" cmp a.tsv t.tsv
check "chromosome Y is left out there too" grep -q 'chromosome Y is left out' t.tsv.err
check "of one of its contigs" ld t.tsv --min-r2 0 --window-variants 40 "$M/s/chr1"
check "is as --region has it" cmp t.tsv <("$GENOFS" ld --min-r2 0 --window-variants 40 -r chr1 s.gst)
check "plink1.9 of plink.bed in a mount" plink_r2 b --bfile "$M/k/plink" --ld-window 300 --ld-window-r2 0.05
check "has the same pairs" same_pairs b.ld all.tsv
unmount

# ---- limits, output, wrong usage ----

check "little memory" ld t.tsv "${whole[@]}" -m 40M k.gst
check "it is the same" cmp all.tsv t.tsv
check "too little is refused, with the cure" refused 1 "give more (--memory)" "$GENOFS" ld -m 4M k.gst
mkdir o
check "-o" "$GENOFS" ld "${whole[@]}" -o o/out k.gst
check "it is the same" cmp all.tsv o/out
cp k.gst damaged.gst
printf '\xff\xff\xff\xff' | dd of=damaged.gst bs=1 seek=2000 conv=notrunc 2>/dev/null
check "a damaged store is refused" refused 1 "damaged.gst" "$GENOFS" ld "${whole[@]}" -o o/damaged damaged.gst
check "a failure leaves no file, nor changes one" only_these o out
check "a full disk is a failure" refused 1 "cannot write" "$GENOFS" ld "${whole[@]}" -o /dev/full k.gst
check "output to a folder that is not there" refused 1 "none/out" "$GENOFS" ld -o none/out k.gst
cp k.gst same.gst
check "output over the source" refused 1 "name another output" "$GENOFS" ld -o same.gst same.gst
check "which is as it was" cmp k.gst same.gst
check "a device" "$GENOFS" ld -o /dev/null k.gst

check "what is no store is refused" is_status 1 "$GENOFS" ld few.vcf
check "nothing is" refused 1 "no-such" "$GENOFS" ld no-such.gst
check "a folder without calls.bcf is" refused 1 "o/calls.bcf" "$GENOFS" ld o
check "--region of a folder is, with the cure" refused 1 "o/@region/chr1" "$GENOFS" ld -r chr1 o
check "a contig that is not there is named" refused 1 "--region chr9: " "$GENOFS" ld -r chr9 k.gst
check "a sample that is not there is" refused 1 "--samples me: " "$GENOFS" ld -s me k.gst
"$GENOFS" import -q "$data/sites-1kg.vcf.gz" -o sites.gst
check "a store without samples is refused" refused 1 "no samples" "$GENOFS" ld sites.gst
for name in header-only ploidy4-progeny no-gt-mpileup; do
	"$GENOFS" import -q "$data/$name.vcf.gz" -o none.gst
	if [[ $("$GENOFS" info --json none.gst) == *'"samples": 0'* ]]; then
		check "$name: no samples" refused 1 "no samples" "$GENOFS" ld none.gst
	else
		check "$name: no pairs" ld t.tsv --min-r2 0 none.gst
		check "$name: but the head" test "$(cat t.tsv)" = \
			$'CHR_A\tBP_A\tSNP_A\tCHR_B\tBP_B\tSNP_B\tR2'
	fi
done
for wrong in '--min-r2 2' '--min-r2 x' '--min-r2 nan' '--min-maf 0.6' '--min-maf -1' '--window-kb -1' \
	'--window-variants 1' '--window-variants x' '--multiallelic all' '--threads 0' '--memory x' \
	'--unknown'; do
	# shellcheck disable=SC2086 # words
	check "$wrong is wrong usage" is_status 2 "$GENOFS" ld $wrong k.gst
done
check "--help fits a screen" test "$("$GENOFS" ld --help | wc -l)" -le 40 -a "$("$GENOFS" ld --help | wc -L)" -le 100
check "no SOURCE is" is_status 2 "$GENOFS" ld
check "two are" is_status 2 "$GENOFS" ld k.gst k.gst
finish
