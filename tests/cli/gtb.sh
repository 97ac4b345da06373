#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GTB files through import and export, against what the program that made them exports, and made-up
# ones against what they were made of.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need python3 zcat awk

mkdir "$T/out"

# What both exports have: CHROM POS REF ALT and genotypes.
calls_of() {
	grep -v '^##' | cut -f 1,2,4,5,10-
}

# in_order: the records of calls_of in the order of positions, as import sorts them
in_order() {
	awk -F '\t' -v OFS='\t' 'NR == 1 { print 0, 0, $0; next }
		!($1 in contig) { contig[$1] = ++n }
		{ print contig[$1], $2, $0 }' | sort -s -t $'\t' -k1,1n -k2,2n | cut -f 3-
}

import() {
	"$GENOFS" import -q "$@" -o "$T/out/a.gst"
}

exported() {
	"$GENOFS" export "$T/out/a.gst"
}

# same_calls EXPECTED.vcf.gz [FILTER]
same_calls() {
	diff <(exported | calls_of) <(zcat "$1" | calls_of | "${2:-cat}")
}

# import_as FILE.gtb EXPECTED.vcf.gz [FILTER [OPTION...]]
import_as() {
	local file=$1 expected=$2 filter=${3:-cat}

	import "${@:4}" "$file" && same_calls "$expected" "$filter"
}

# same_export FILE.gtb [OPTION...]: itself, as text and as records, as the import that was just made
same_export() {
	local file=$1

	shift
	if ! "$GENOFS" export "$@" "$file" >"$T/own" 2>"$T/said"; then
		[[ ! -s $T/own && $file == *-un[os]* ]] && grep -q 'genofs import' "$T/said"
		return
	fi
	cmp "$T/own" <(exported) && "$GENOFS" export -Ou "$@" "$file" >"$T/own" &&
		cmp "$T/own" <("$GENOFS" export -Ou "$T/out/a.gst")
}

# all_of FILE.gtb: what holds for every file; its expected export stands beside it
all_of() {
	local file=$1 name filter=cat options=()

	name=$(basename "$file" .gtb)
	[[ ! -e ${file%.gtb}.contig ]] || options=(--contigs "${file%.gtb}.contig")
	[[ $name != *-unordered-* && $name != *-unsorted ]] || filter=in_order
	check "$name: comes out as its own program exports it" import_as "$file" \
		"${file%.gtb}.expected.vcf.gz" "$filter" "${options[@]}"
	check "$name: verify --against" "$GENOFS" verify -q "${options[@]}" --against "$file" "$T/out/a.gst"
	check "$name: verify" "$GENOFS" verify -q "${options[@]}" "$file"
	check "$name: exported as its import is, or refused" same_export "$file" "${options[@]}"
	check "$name: info" "$GENOFS" info "${options[@]}" "$file"
	check "$name: info as JSON" info_counts "$file" "${options[@]}"
}

# The records that info counts are the store's; those of contigs add up to them.
info_counts() {
	python3 -c 'import json, sys
gtb, store = (json.loads(text) for text in sys.argv[1:])
assert gtb["records"] == store["records"], (gtb, store)
assert gtb["samples"] == store["samples"]
assert sum(c["records"] for c in gtb["contigs"]) == gtb["records"]
assert sorted((c["name"], c["records"]) for c in gtb["contigs"]) == sorted(
	(c["name"], c["records"]) for c in store["contigs"])' \
		"$("$GENOFS" info --json "$@")" "$("$GENOFS" info --json "$T/out/a.gst")"
}

# says TEXT COMMAND...: it fails, and says TEXT
says() {
	local text=$1

	shift
	if "$@" >"$T/said" 2>&1; then
		echo "succeeded: $*"
		return 1
	fi
	grep -qF -- "$text" "$T/said" || {
		cat "$T/said"
		return 1
	}
}

# --- files of the program itself ---

for file in "$data"/gtb/*.gtb; do
	[[ $file == */v2-empty.gtb ]] || all_of "$file"
done

# MT haploid, in a list that is otherwise the one built in
{
	echo '#chromosome,ploidy,length'
	printf '%s,2,0\n' {1..22} X Y
	echo MT,1,16569
} >"$T/haploid.contig"
check "haploid contigs are printed so" import_as "$data/gtb/v1-mt-haploid.gtb" \
	"$data/gtb/v1-mt-haploid.ploidy1.expected.vcf.gz" cat --contigs "$T/haploid.contig"
haploid_counts() {
	exported >"$T/a.vcf" && grep -q '^##contig=<ID=MT,length=16569>$' "$T/a.vcf" &&
		awk -F '\t' '!/^#/ && !($8 ~ /AN=50(;|$)/) { wrong++ } END { exit !(NR && wrong < NR / 2) }' "$T/a.vcf"
}
check "a haploid call counts once, and lengths of the list are shown" haploid_counts

fields_of() {
	zcat "$1" | tail -n +2 | cut -f 1-6 | awk -F '\t' -v OFS='\t' '{ $4 = $4 + 0; print }'
}
same_fields() {
	import "$data/gtb/v2-fields.gtb" &&
		diff <(exported | awk -F '\t' -v OFS='\t' '!/^#/ { print $1, $2, $3, $6 + 0, $7, $8 }') \
			<(fields_of "$data/gtb/v2-fields.expected-fields.tsv.gz")
}
check "v2-fields: ID, QUAL, FILTER and INFO" same_fields
header_is_kept() {
	exported >"$T/a.vcf" &&
		grep -q '^##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in genotypes, for each ALT' "$T/a.vcf" &&
		grep -q '^##FILTER=<ID=VQSRTrancheSNP98.50to98.60,' "$T/a.vcf" &&
		(($(grep -c '^##FORMAT=<ID=GT,' "$T/a.vcf") == 1))
}
check "v2-fields: header lines" header_is_kept

plink_ids() {
	import "$data/gtb/v2-plinkbed.gtb" &&
		exported | awk -F '\t' '!/^#/ && $3 !~ /^1:[0-9]+_[ACGT]+_/ { wrong++ } END { exit wrong || !NR }'
}
check "v2-plinkbed: names of variants" plink_ids

empty_is_empty() {
	import "$data/gtb/v2-empty.gtb" && (($(exported | grep -vc '^#') == 0)) &&
		(($(exported | tail -n 1 | wc -w) == 59))
}
check "v2-empty: no records, 50 samples" empty_is_empty

# --- made-up ones: every type, compressor and way of storing ---

# INFO without what is counted, and the rest as the table has it
table_of() {
	grep -v '^#' | awk -F '\t' -v OFS='\t' '{
		n = split($8, part, ";")
		info = ""
		for (i = 1; i <= n; i++)
			if (part[i] !~ /^A[CNF]=/)
				info = info (info == "" ? "" : ";") part[i]
		line = $1 OFS $2 OFS $4 OFS $5 OFS (info == "" ? "." : info)
		for (i = 10; i <= NF; i++)
			line = line OFS $i
		print line
	}'
}
made_up() {
	python3 "$here/make_gtb.py" "$1" "$T/made" && import "$T/made.gtb" &&
		diff <(exported | table_of) "$T/made.tsv" && "$GENOFS" verify -q "$T/made.gtb" &&
		info_counts "$T/made.gtb"
}
for seed in {0..15}; do
	check "made up, $seed: comes out as it was made" made_up "$seed"
done

# What is counted is what bcftools counts.
same_counts() {
	import "$1" || return
	exported >"$T/a.vcf"
	cmp <(grep -v '^#' "$T/a.vcf" | cut -f 1-8) \
		<(bcftools +fill-tags "$T/a.vcf" -- -t AC,AN,AF 2>/dev/null | grep -v '^#' | cut -f 1-8)
}
for name in v1-oddities v1-unphased-noreorder-missing v2-str-many-alleles v2-tiny-phased; do
	check "$name: AC, AN and AF" same_counts "$data/gtb/$name.gtb"
done

# --- options ---

tiny=$data/gtb/v1-tiny-phased.gtb
region() {
	import -r 1:200-260 "$tiny" && [[ $(exported | grep -v '^#' | cut -f 2) == 250 ]]
}
check "regions" region
both() {
	import "$tiny" "$data/gtb/v2-tiny-phased.gtb" && (($(exported | grep -vc '^#') == 8))
}
check "inputs of both versions together" both
with_vcf() {
	import "$tiny" && exported >"$T/tiny.vcf" && import "$T/tiny.vcf" "$tiny" &&
		(($(exported | grep -vc '^#') == 8))
}
check "a GTB beside a VCF" with_vcf
same_store() {
	import -t 1 "$data/gtb/v2-fields.gtb" && cp "$T/out/a.gst" "$T/one.gst" &&
		import -t 4 "$data/gtb/v2-fields.gtb" && cmp "$T/one.gst" "$T/out/a.gst"
}
check "the store does not depend on threads" same_store
other_records() {
	import "$tiny" && "$GENOFS" verify -q --against "$data/gtb/v1-tiny-unphased.gtb" "$T/out/a.gst"
}
check "verify --against another file" says "record 1 (1:100 in the input) differs in column" other_records
by_content() {
	cp "$tiny" "$T/any-name" && import "$T/any-name" && (($(exported | grep -vc '^#') == 4))
}
check "GTB is known by its content" by_content

# --- what is refused, and what is said ---

rm -f "$T/out/a.gst"
check "a list of contigs without a GTB" says "is for GTB files, and none is given" \
	import --contigs "$T/haploid.contig" "$data/many-alleles.vcf"
printf '#chromosome,ploidy\nchr1,2\n' >"$T/short.contig"
check "a contig that is not in the list" says "is not in the list of 1 contigs; give the list" \
	import --contigs "$T/short.contig" "$tiny"
check "no list of that name" says "none.contig: No such file" import --contigs "$T/none.contig" "$tiny"
check "--against a GTB in place of a store" says "--against is for a store" \
	"$GENOFS" verify --against "$tiny" "$tiny"
for size in 1 10 100 196 199; do
	head -c "$size" "$tiny" >"$T/cut.gtb"
	check "cut at $size: import" says "it is no GTB file, or damaged" import "$T/cut.gtb"
done
check "cut: verify" says "it is no GTB file, or damaged" "$GENOFS" verify "$T/cut.gtb"
check "cut: info" says "it is no GTB file, or damaged" "$GENOFS" info "$T/cut.gtb"

# patch FROM TO: bytes of the tiny file, in hexadecimal, to $T/patched.gtb
patch() {
	python3 -c 'import sys
old, new = (bytes.fromhex(x) for x in sys.argv[3:])
data = open(sys.argv[1], "rb").read()
assert data.count(old) == 1
open(sys.argv[2], "wb").write(data.replace(old, new))' "$tiny" "$T/patched.gtb" "$@"
}
check "bytes of a genotype are changed" patch 1f00275d 1f007e5d
check "a byte that packs no genotypes: import" says "block 0: GENOTYPES: row 1: a byte of packed genotypes is 126" \
	import "$T/patched.gtb"
check "a byte that packs no genotypes: verify" says "record 1: block 0: GENOTYPES: row 1" \
	"$GENOFS" verify "$T/patched.gtb"
check "the position of a row is changed" patch 2c01000064000000fa000000 2c01000064000000fa010000
check "a position outside of its block" says "block 0: POSITIONS: row 2 is at 506" import "$T/patched.gtb"
check "alleles of a row are changed" patch 5409432c435454 5409432f435454
check "a row too many" says "block 0: ALLELES: row 2" import "$T/patched.gtb"
check "nothing was written" only_these "$T/out"

check "a genotype is changed to an allele that is not there" patch 02080006 020a0006
import "$T/patched.gtb" 2>"$T/said"
check "its import says how many are missing" grep -q '1 genotypes with alleles that their record does not have are missing now' "$T/said"
missing_there() {
	exported | awk -F '\t' '$2 == 250 && $11 == ".|." && $8 == "AC=2,1;AN=4;AF=0.5,0.25" { found = 1 } END { exit !found }'
}
check "it is missing, and not counted" missing_there
check "verify names it" says "1 genotypes in 1 records have alleles that their record does not have, first in record 2, 1:250" \
	"$GENOFS" verify "$T/patched.gtb"

# --- more files ---

if [[ -n $extra && -d $extra/gtb ]]; then
	for file in "$extra"/gtb/*.gtb; do
		name=$(basename "$file" .gtb)
		case $name in
		v2-empty | v1-public-simu100 | v1-allele-out-of-range) ;;
		*) all_of "$file" ;;
		esac
	done
	sum_of_simu100() {
		import "$extra/gtb/v1-public-simu100.gtb" &&
			[[ $(exported | calls_of | grep -v '^#' | sha256sum) == \
			e18fb23a7bf1bbabc80aab23d19f866b8ae97bf2d0853975788fdb375d4f8e38* ]]
	}
	check "v1-public-simu100: 199,894 records" sum_of_simu100
	all_types() {
		import "$extra/gtb/v2-all-types.gtb" &&
			exported | grep -v '^#' | python3 "$here/check_gtb_fields.py" \
				"$extra/gtb/v2-all-types.expected-fields.jsonl.gz"
	}
	check "v2-all-types: values of every type" all_types
	only_one_differs() {
		import "$extra/gtb/v1-allele-out-of-range.gtb" &&
			[[ $(diff <(exported | calls_of) <(zcat "$extra/gtb/v1-allele-out-of-range.expected.vcf.gz" | calls_of) |
				grep '^<' | cut -f 2) == 1479105 ]]
	}
	check "v1-allele-out-of-range: one record differs" only_one_differs
	check "v1-allele-out-of-range: verify" says "983 genotypes in 1 records" \
		"$GENOFS" verify -q "$extra/gtb/v1-allele-out-of-range.gtb"
fi
finish
