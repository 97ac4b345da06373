#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The commands on stores: export, verify, info, and what they say of damaged ones.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need bcftools python3 cmp

input=$data/sv-refpanel.vcf.gz
store=$T/sv.gst
reference "$input" >"$T/want.vcf"
check "import" "$GENOFS" import -q --chunk-records 100 "$input" -o "$store" || finish

# Of a binary form, the text that bcftools prints
same_text() {
	bcftools view --no-version "$1" 2>/dev/null | cmp "$T/want.vcf" -
}

to_pipe() {
	"$GENOFS" export "$@" >"$T/out"
}

check "export to a pipe" to_pipe "$store"
check "export: what bcftools prints" cmp "$T/want.vcf" "$T/out"
check "export -o" "$GENOFS" export "$store" -o "$T/out.vcf"
check "export -o: the same" cmp "$T/want.vcf" "$T/out.vcf"
check "export -Ob" to_pipe -Ob "$store"
check "export -Ob: bcftools reads the same" same_text "$T/out"
check "export -Oz" to_pipe -Oz "$store"
check "export -Oz: bcftools reads the same" same_text "$T/out"

# A reader that goes away is no crash.
first_line() {
	"$GENOFS" export "$store" | head -n 1
	((PIPESTATUS[0] < 128 || PIPESTATUS[0] == 141))
}
check "export into head" first_line
onto_itself() {
	cp "$store" "$T/both.gst" && ! "$GENOFS" export "$T/both.gst" -o "$T/both.gst" 2>"$T/said" &&
		grep -q 'name another output' "$T/said" && cmp "$store" "$T/both.gst"
}
check "export onto its own source is refused" onto_itself
keeps_other() {
	echo kept >"$T/other.vcf"
	! "$GENOFS" export --contigs "$T/other.vcf" "$store" -o "$T/other.vcf" 2>"$T/said" &&
		[[ $(<"$T/other.vcf") == kept ]]
}
check "what fails before it has begun leaves the output's place alone" keeps_other
check_not "export to a full device fails" sh -c "'$GENOFS' export '$store' >/dev/full"

check "verify" "$GENOFS" verify "$store"
check "verify --against its input" "$GENOFS" verify --against "$input" "$store"
check "verify --against the same as BCF" "$GENOFS" verify --against "$data/sv-refpanel.bcf" "$store"
grep -v $'^chr22\t1071' "$T/want.vcf" | sed '$d' >"$T/less.vcf"
check "verify --against less is a failure" is_status 1 \
	"$GENOFS" verify --against "$T/less.vcf" "$store"
awk -F '\t' -v OFS='\t' '/^#/ { print; next } ++n == 250 { sub(/0\/0/, "0/1") } { print }' \
	"$T/want.vcf" >"$T/other.vcf"
check_not "the other input differs" cmp -s "$T/want.vcf" "$T/other.vcf"
check "verify --against one other genotype is a failure" is_status 1 \
	"$GENOFS" verify --against "$T/other.vcf" "$store"

info_is_json() {
	"$GENOFS" info --json "$store" | python3 -c '
import json, sys
text = json.dumps(json.load(sys.stdin))
missing = [v for v in sys.argv[1:] if v not in text]
sys.exit("not in it: %s: %s" % (missing, text) if missing else 0)' 156 400 chr22 chrY
}
info_says() {
	"$GENOFS" info "$store" >"$T/out" || return 1
	cat "$T/out"
	grep -qw 156 "$T/out" && grep -qw 400 "$T/out"
}
check "info: samples and records" info_says
check "info --json: is JSON, with samples, records, contigs" info_is_json

# Damage: one byte at a time, all over the file
size=$(stat -c %s "$store")
n_missed=0
n_crashed=0
for ((i = 0; i < 40; i++)); do
	at=$((i * (size - 1) / 39))
	cp "$store" "$T/damaged.gst"
	byte=$(od -An -tu1 -j $at -N 1 "$store")
	printf '%b' "\\x$(printf %x $((byte ^ 0x55)))" |
		dd of="$T/damaged.gst" bs=1 seek=$at conv=notrunc status=none
	timeout 60 "$GENOFS" verify "$T/damaged.gst" >/dev/null 2>"$T/stderr"
	status=$?
	((status != 0)) || n_missed=$((n_missed + 1))
	((status <= 1)) || n_crashed=$((n_crashed + 1))
done
check "verify finds each of 40 damaged bytes" test $n_missed -eq 0
check "and ends with 1 on each" test $n_crashed -eq 0

n_taken=0
n_crashed=0
for ((i = 0; i < 20; i++)); do
	head -c $((i * size / 20)) "$store" >"$T/cut.gst"
	for command in verify info export; do
		timeout 60 "$GENOFS" $command "$T/cut.gst" >/dev/null 2>"$T/stderr"
		status=$?
		((status != 0)) || n_taken=$((n_taken + 1))
		((status <= 1)) || n_crashed=$((n_crashed + 1))
		grep -qF cut.gst "$T/stderr" || n_crashed=$((n_crashed + 1))
	done
done
check "stores cut short are refused by verify, info, export" test $n_taken -eq 0
check "with a message that names the store" test $n_crashed -eq 0

for command in verify info export; do
	check "$command of a VCF is refused" is_status 1 "$GENOFS" $command "$input"
	check "$command of nothing is refused" is_status 1 "$GENOFS" $command "$T/no-such.gst"
	check "$command without a store is a usage error" is_status 2 "$GENOFS" $command
	check "$command with an unknown option is a usage error" is_status 2 \
		"$GENOFS" $command --unknown "$store"
done

# Help for people
fits_a_screen() {
	"$GENOFS" "$@" >"$T/out" || return 1
	cat "$T/out"
	(($(wc -l <"$T/out") <= 40 && $(wc -L <"$T/out") <= 100))
}
check "--help" fits_a_screen --help
for command in import mount umount ld info verify export; do
	check "$command --help" fits_a_screen $command --help
done
check "--version" "$GENOFS" --version
check "no command is a usage error" is_status 2 "$GENOFS"
check "an unknown command is a usage error" is_status 2 "$GENOFS" frobnicate

finish
