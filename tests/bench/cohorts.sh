# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The cohorts of the benchmark, made once in BENCH_DATA. Sourced by tests/bench/run, which sets
# BENCH_DATA, BENCH_PROGRAMS and RECORDS. They are listed in cohorts.tsv, the main one first:
#
#	name, gt or rich, goal of the store's size against BCF, BCF file, VCF.gz file, prefix of .pgen
#
# and in growth.tsv: samples or records (what grows), BCF file.

# fresh OUT SOURCE...: OUT is there, and none of what it is made of is newer
fresh() {
	local out=$1 source

	shift
	[[ -e $out ]] || return 1
	for source; do
		[[ ! $source -nt $out ]] || return 1
	done
}

# make OUT SOURCE... -- COMMAND...: COMMAND with the name of a new file for @, unless OUT is fresh;
# OUT is there when it is complete
make() {
	local out=$1 new sources=()

	shift
	while [[ $1 != -- ]]; do
		sources+=("$1")
		shift
	done
	shift
	! fresh "$out" "${sources[@]}" || return 0
	echo "making $out" >&2
	new=$(dirname "$out")/new.$(basename "$out")
	"${@/#@/"$new"}" || {
		echo "bench: $out could not be made by: $*" >&2
		rm -f "$new"
		return 1
	}
	mv "$new" "$out"
}

# to_bcf FILE OUT: also where the header lacks contigs or FORMAT keys, which BCF cannot do without
to_bcf() {
	local text=$BENCH_WORK/text.vcf

	bcftools view --no-version -Ob --threads 2 -o "$2" "$1" 2>/dev/null && return
	bcftools view --no-version "$1" >"$text" 2>/dev/null || return
	awk -F '\t' '
		FNR == NR && match($0, /^##[A-Za-z]+=<ID=[^,>]+/) { have[substr($0, 1, RLENGTH)] }
		FNR == NR && !/^#/ {
			want["##contig=<ID=" $1] = ">"
			n = split($9, keys, ":")
			for (i = 1; i <= n; i++)
				want["##FORMAT=<ID=" keys[i]] = ",Number=1,Type=String,Description=\"\">"
		}
		FNR == NR { next }
		/^#CHROM/ {
			for (line in want)
				if (!(line in have)) print line want[line]
		}
		{ print }' "$text" "$text" | bcftools view --no-version -Ob --threads 2 -o "$2"
}

# pgen BCF PREFIX: as plink2 keeps it, with .pvar compressed; no matter where it cannot
pgen() {
	local new=$BENCH_WORK/pgen suffix

	! fresh "$2.pgen" "$1" || return 0
	plink2 --bcf "$1" --make-pgen vzs --threads 2 --allow-extra-chr --out "$new" >/dev/null ||
		return
	for suffix in psam pvar.zst pgen; do
		mv "$new.$suffix" "$2.$suffix"
	done
}

# add_cohort NAME gt|rich GOAL FILE
add_cohort() {
	local name=$1 kind=$2 goal=$3 file=$4 at=$BENCH_DATA/$1 prefix=

	[[ $file == "$at.bcf" ]] ||
		make "$at.bcf" "$file" -- to_bcf "$file" @ || return
	make "$at.vcf.gz" "$at.bcf" -- bcftools view --no-version -Oz --threads 2 -o @ "$at.bcf" ||
		return
	if [[ $kind == gt ]]; then
		if pgen "$at.bcf" "$at"; then
			prefix=$at
		else
			echo "plink2 does not take $file: its rows are left out" >&2
		fi
	fi
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$kind" "$goal" "$at.bcf" "$at.vcf.gz" "$prefix" \
		>>"$BENCH_DATA/cohorts.tsv"
}

# A simulated population, as it is and as it would be read, and one with fields of sequencing. The
# simulator is GEN_COHORT where there is one, else the one in this folder.
made_cohorts() {
	local gen=${GEN_COHORT-../shared/bench/gen-cohort} at=$BENCH_DATA n=${RECORDS:?}

	if [[ -x $gen ]]; then
		main=gen-2504x$n reads=gen-reads-1000
		make "$at/$main.bcf" -- "$gen" --quiet --samples 2504 --length $((n * 66)) \
			--chrom chr20 --seed 7 --out @ || return
		make "$at/$reads.bcf" -- "$gen" --quiet --samples 1000 --length 1e6 --chrom chr20 \
			--extra-fields --max-variants $((n * 6 / 100)) --seed 7 --out @ || return
	else
		main=made-2504x$n reads=made-reads-1000
		make "$at/$main.bcf" -- "$BENCH_PROGRAMS/cohort" @ 2504 "$n" gt 7 || return
		make "$at/$reads.bcf" -- "$BENCH_PROGRAMS/cohort" @ 1000 $((n * 6 / 100)) \
			reads 7 || return
	fi
	make "$at/$main-noise.bcf" "$at/$main.bcf" -- \
		"$BENCH_PROGRAMS/noise" "$at/$main.bcf" @ || return
	add_cohort "$main" gt '≤ 0.18' "$at/$main.bcf" || return
	add_cohort "$main-noise" gt '' "$at/$main-noise.bcf" || return
	add_cohort "$reads" rich '' "$at/$reads.bcf"
}

# Excerpts of published files, from the folder REAL_DATA
real_cohorts() {
	local name kind goal

	while read -r name kind goal; do
		[[ -e $REAL_DATA/$name.vcf.gz ]] || continue
		add_cohort "$name" "$kind" "${goal//_/ }" "$REAL_DATA/$name.vcf.gz" || return
	done <<-'END'
		pop-1kgp3-chr22-9750v gt ≤_0.35
		pop-1kgp3-chip-chr1 gt
		joint-pinfestans-18s rich
		joint-ceu-exome-60s rich
		imputed-1kg-191s-gt-ds-gl rich
		imputed-1000s-gt-ds-gp rich
	END
}

# given_cohorts FILE...: instead of all others
given_cohorts() {
	local file name kind

	for file; do
		name=$(basename "$file")
		name=${name%.gz}
		kind=gt
		bcftools view -h "$file" | grep -q '^##FORMAT=<ID=\(AD\|DP\|PL\|GL\|GP\|DS\|GQ\),' &&
			kind=rich
		add_cohort "${name%.*}" "$kind" '' "$file" || return
	done
}

# growth_cohorts: as many genotypes in more samples, then more records of 500 samples
growth_cohorts() {
	local name source folder n records

	read -r name _ <"$BENCH_DATA/cohorts.tsv"
	source=$BENCH_DATA/$name.bcf folder=$BENCH_DATA/growth-$name
	mkdir -p "$folder"
	: >"$BENCH_DATA/growth.tsv"
	for n in 500 2504 10000 50000; do
		records=$((RECORDS * 500 / n))
		growth_step samples "$n" "$records" || return
	done
	for records in $((RECORDS / 10)) "$RECORDS" $((RECORDS * 10)); do
		growth_step records 500 "$records" || return
	done
}

# growth_step samples|records SAMPLES RECORDS, with source and folder of growth_cohorts()
growth_step() {
	local out=$folder/$2x$3.bcf

	make "$out" "$source" -- "$BENCH_PROGRAMS/widen" "$source" @ "$2" "$3" || return
	printf '%s\t%s\n' "$1" "$out" >>"$BENCH_DATA/growth.tsv"
}
