#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The benchmark, on cohorts so small that its numbers mean nothing: that it runs, and that what it
# measures with is what it says.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need bcftools python3 plink1.9 plink2 cmp fusermount3
bench=$root/tests/bench
programs=$(dirname "$GENOFS")/../tests/bench
if [[ ! -x $programs/copyfs ]]; then
	fail "the bench's programs are there" "build them: ninja -C build"
	finish
fi

# counts VCF: of each record its position, and AC and AN both as INFO has them and as counted
counts() {
	bcftools query -f '%POS\t%AC\t%AN[\t%GT]\n' "$1" | awk '{
		split("", n)
		an = 0
		for (i = 4; i <= NF; i++) {
			split($i, gt, "[|/]")
			for (h in gt)
				if (gt[h] != ".") {
					n[gt[h]]++
					an++
				}
		}
		ac = n[1] + 0 (n[2] ? "," n[2] : "")
		print $1, $2, $3, ac, an
	}'
}

# counted FILE RECORDS: so many records, and INFO is right
counted() {
	counts "$1" | awk -v want="$2" '
		$2 != $4 || $3 != $5 { print "INFO is wrong: " $0; bad = 1 }
		END { if (NR != want) print NR " records"; exit bad || NR != want }'
}

# Allele frequencies of a population: most sites rare, some common
frequencies() {
	counts "$1" | awk '$4 == 1 { one++ } $4 > 16 { common++ } END {
		print one + 0, common + 0, NR
		exit !(one > NR / 4 && common > NR / 20) }'
}

is_sorted() {
	bcftools query -f '%POS\n' "$1" | sort -nc
}

# ---- cohorts ----

check "cohort" "$programs/cohort" "$T/c.bcf" 120 600 gt 5 || finish
check "cohort: 600 records with the counts that INFO says" counted "$T/c.bcf" 600
check "cohort: in order" is_sorted "$T/c.bcf"
check "cohort: rare sites and common ones" frequencies "$T/c.bcf"
check "cohort again" "$programs/cohort" "$T/again.bcf" 120 600 gt 5
check "cohort: the same for the same seed" cmp "$T/c.bcf" "$T/again.bcf"
check "cohort: another seed" "$programs/cohort" "$T/again.bcf" 120 600 gt 6
check_not "cohort: another for another seed" cmp -s "$T/c.bcf" "$T/again.bcf"
check "cohort with reads" "$programs/cohort" "$T/reads.bcf" 40 200 reads 5

# Depths add up, the genotype is the likeliest, and its quality is the distance to the next.
reads_agree() {
	bcftools query -f '[%GT %AD %DP %GQ %PL\n]' "$1" | awk '
		$1 == "./." { missing++; next }
		{
			split($1, gt, "/"); split($2, ad, ","); split($5, pl, ",")
			second = 1e9
			for (i = 1; i <= 3; i++)
				if (i != gt[1] + gt[2] + 1 && pl[i] < second) second = pl[i]
			if (ad[1] + ad[2] != $3 || pl[gt[1] + gt[2] + 1] != 0 ||
			    $4 != (second < 99 ? second : 99)) { print; bad = 1 }
		}
		END { exit bad || !missing || NR != 200 * 40 }'
}
check "cohort with reads: fields agree" reads_agree "$T/reads.bcf"

check "noise" "$programs/noise" "$T/c.bcf" "$T/noise.bcf" 5
check "noise: counts stay" cmp <(counts "$T/c.bcf") <(counts "$T/noise.bcf")
check "noise: sites stay" cmp <(bcftools view -HG "$T/c.bcf") <(bcftools view -HG "$T/noise.bcf")
# By the sites where they differ and not by the genotypes: a switched phase stays switched
differing_sites() {
	local n

	n=$(diff <(bcftools query -f '%POS[ %GT]\n' "$T/c.bcf") \
		<(bcftools query -f '%POS[ %GT]\n' "$T/noise.bcf") | grep -c '^<')
	echo "$n sites differ"
	((n > 10 && n < 590))
}
check "noise: some genotypes change, not all" differing_sites

check "widen to more" "$programs/widen" "$T/c.bcf" "$T/wide.vcf.gz" 300 900 5
check "widen to more: counts" counted "$T/wide.vcf.gz" 900
check "widen to more: samples" [ "$(bcftools query -l "$T/wide.vcf.gz" | wc -l)" -eq 300 ]
check "widen to more: in order, past the end of what it is made of" is_sorted "$T/wide.vcf.gz"
check "widen to fewer" "$programs/widen" "$T/c.bcf" "$T/narrow.bcf" 20 100
check "widen to fewer: counts" counted "$T/narrow.bcf" 100
check "widen to fewer: the first columns" cmp \
	<(bcftools view -S <(bcftools query -l "$T/c.bcf" | head -n 20) -c 1:minor -Ou "$T/c.bcf" |
		bcftools query -f '%POS[ %GT]\n' | head -n 100) \
	<(bcftools query -f '%POS[ %GT]\n' "$T/narrow.bcf")
check_not "a number that is none" "$programs/widen" "$T/c.bcf" "$T/x.bcf" 20x 100

# ---- measuring ----

check "import" "$GENOFS" import -q --chunk-records 100 "$T/c.bcf" \
	-o "$T/c.gst"
all_bytes() {
	local sum

	"$programs/streams" "$T/c.gst" || return
	sum=$("$programs/streams" "$T/c.gst" | awk '{ n += $2 } $1 == "genotypes" && $2 > 0 { ok = 1 }
		END { print ok * n }')
	((sum == $(stat -c %s "$T/c.gst")))
}
check "streams: the parts are the whole" all_bytes
head -c 3000000 /dev/urandom >"$T/random"
check "copyfs" "$programs/copyfs" "$T/random" "$T/mnt" 2 0
check "copyfs: the same bytes" cmp "$T/random" "$T/mnt/file"
check "copyfs: from an offset too" cmp -i 1234567 "$T/random" "$T/mnt/file"
check "copyfs: ends with its mount" fusermount3 -u "$T/mnt"

for script in "$bench"/*.py; do
	check "$(basename "$script") compiles" python3 -c \
		'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$script"
done

# ---- all of it ----

if ((EUID != 0)); then # what follows mounts with a readahead of its own
	finish
fi
run_bench() {
	ROUNDS=2 BENCH_DATA=$T/data BENCH_DOCS=$T/docs BENCH_BUILD=$(dirname "$GENOFS")/.. \
		RECORDS=200 "$bench/run" "$@"
}
mkdir "$T/docs"
chmod 0755 "$T" # an ordinary user has a part in it
cp "$root/docs/performance.md" "$T/docs"
# Headings and tables of the stages given, and of no others
has_sections() {
	diff <(printf '### %s\n' "$@") <(grep '^###' "$T/docs/performance.md") &&
		(($(grep -c '^|---' "$T/docs/performance.md") >= $#))
}
rm_measured() {
	sed -i '/^<!-- measured: begin/,/^<!-- measured: end/{/^<!--/!d}' "$T/docs/performance.md"
}
rm_measured
check "the bench on a file" run_bench read size "$T/c.bcf"
check "an ordinary user too" grep -q 'as that user' "$T/docs/performance.md"
check "its tables" has_sections Reading Size
check "text around them stays" cmp \
	<(sed '/^<!-- measured: begin/,/^<!-- measured: end/d' "$root/docs/performance.md") \
	<(sed '/^<!-- measured: begin/,/^<!-- measured: end/d' "$T/docs/performance.md")
check "the bench again, another stage" run_bench chunks "$T/c.bcf"
check "tables of before stay" has_sections Reading Size "Length of chunks"
check "the bench again, one with plink1.9 beside it" run_bench ld "$T/c.bcf"
check "tables of before stay" has_sections Reading Size "Linkage disequilibrium" "Length of chunks"
check "the picture is XML" python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
	"$T/docs/performance.svg"
check_not "an unknown stage" run_bench reed
nothing_left() {
	! find "$T/data" /dev/shm -maxdepth 1 \( -name 'work.*' -o -name 'genofs-bench.*' \) \
		-newer "$T/c.bcf" | grep .
}
check "nothing is left behind" nothing_left

finish
