#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is imported comes back, byte for byte as `bcftools view` prints the input: every file of
# tests/data, with different threads, chunks and codecs, from files and from a pipe.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need bcftools bgzip python3

# expect FILE: writes the reference of FILE to $T/want.vcf, $T/samples.txt and, where bcftools can
# make it, $T/sites.vcf; fails when bcftools refuses FILE
expect() {
	reference "$1" >"$T/as_is.vcf" || return 1
	sorted_reference "$T/as_is.vcf" >"$T/want.vcf"
	# Of the text: a header without FORMAT columns has no samples.
	grep -m 1 '^#CHROM' "$T/want.vcf" | cut -f 10- -s | tr '\t' '\n' | sed '/^$/d' \
		>"$T/samples.txt"
	if bcftools view -G --no-version "$1" >"$T/sites_as_is.vcf" 2>/dev/null; then
		sorted_reference "$T/sites_as_is.vcf" >"$T/sites.vcf"
	else
		rm -f "$T/sites.vcf"
	fi
}

samples_agree() {
	bcftools query -l "$1" 2>/dev/null | cmp - "$T/samples.txt"
}

tree_is_right() {
	local sites=()

	[[ -e $T/sites.vcf ]] && sites=("$T/sites.vcf")
	python3 "$here/check_tree.py" "$1" "$T/want.vcf" "$T/samples.txt" "${sites[@]}"
}

shows_the_same() {
	cmp "$T/want.vcf" "$1/calls.vcf"
}

# round_trip FILE: import twice, with the defaults and with small chunks, and look at both
round_trip() {
	local file=$1 name

	name=$(basename "$file")
	rm -rf "$T/s"
	mkdir "$T/s"
	if ! expect "$file"; then
		check "$name: refused, as bcftools does" \
			is_status 1 "$GENOFS" import -q "$file" -o "$T/s/x.gst"
		return
	fi
	check "$name: its samples" samples_agree "$file"
	check "$name: imported" "$GENOFS" import -q "$file" -o "$T/s/x.gst" || return
	check "$name: imported in small chunks" \
		"$GENOFS" import -q --threads 3 --chunk-records 61 "$file" -o "$T/s/small.gst" || return
	check "$name: nothing but the stores is left" only_these "$T/s" x.gst small.gst
	check "$name: mounted" mount_stores "$T/s/x.gst" "$T/s/small.gst" || return
	check "$name: calls.vcf" shows_the_same "$T/mnt/x"
	check "$name: all folders" tree_is_right "$T/mnt/x"
	check "$name: calls.vcf of small chunks" shows_the_same "$T/mnt/small"
	check "$name: all folders of small chunks" tree_is_right "$T/mnt/small"
	check "$name: unmounted" unmount
}

# with OPTIONS: the same store's text, whatever the options
with() {
	local file=$data/sv-refpanel.vcf.gz

	rm -f "$T/o.gst"
	check "import $*" "$GENOFS" import -q "$@" "$file" -o "$T/o.gst" || return
	check "import $*: export is the same" same_export "$T/o.gst"
}

same_export() {
	"$GENOFS" export "$1" | cmp "$T/want.vcf" -
}

for file in "$data"/*.vcf "$data"/*.vcf.gz "$data"/*.bcf; do
	round_trip "$file"
done
if [[ -n $extra && -d $extra/vcf ]]; then
	for file in "$extra"/vcf/*.vcf "$extra"/vcf/*.vcf.gz "$extra"/vcf/*.bcf; do
		round_trip "$file"
	done
fi

expect "$data/sv-refpanel.vcf.gz"
with --threads 1
with --threads 2 --chunk-records 1
with --threads 4 --chunk-records 17
with --chunk-bytes 65536
with --codec lz4
with --codec zstd
with --codec auto
with --memory 256M
with --no-check

# Stores do not depend on the threads that made them.
"$GENOFS" import -q --threads 1 --chunk-records 50 "$data/sv-refpanel.vcf.gz" -o "$T/one.gst"
"$GENOFS" import -q --threads 4 --chunk-records 50 "$data/sv-refpanel.vcf.gz" -o "$T/four.gst"
check "the same store from one thread and from four" cmp "$T/one.gst" "$T/four.gst"

# Standard input, in each container
from_stdin() {
	rm -f "$T/i.gst"
	"$GENOFS" import -q - -o "$T/i.gst" && same_export "$T/i.gst"
}
check "import - of BGZF" from_stdin <"$data/sv-refpanel.vcf.gz"
check "import - of BCF" from_stdin <"$data/sv-refpanel.bcf"
check "import - of text" from_stdin <"$T/as_is.vcf"
check "import - of plain gzip" from_stdin < <(gzip -c "$T/as_is.vcf")
check "import - of uncompressed BCF" from_stdin < <(bcftools view --no-version -Ou "$T/as_is.vcf")

# Several inputs: one per contig, in the order given
grep -v '^chrY' "$T/as_is.vcf" | bgzip -c >"$T/chr22.vcf.gz"
grep -v '^chr22' "$T/as_is.vcf" | bcftools view --no-version -Ob -o "$T/chrY.bcf" 2>/dev/null
rm -f "$T/i.gst"
check "two inputs" "$GENOFS" import -q "$T/chr22.vcf.gz" "$T/chrY.bcf" -o "$T/i.gst"
check "two inputs: export is the whole" same_export "$T/i.gst"
check "two inputs of different samples are refused" is_status 1 \
	"$GENOFS" import -q "$T/chr22.vcf.gz" "$data/sv-manta-bnd.vcf.gz" -o "$T/no.gst"
check "and leave nothing" test ! -e "$T/no.gst"

# A region of an indexed file
bcftools view --no-version -Oz -o "$T/pop.vcf.gz" "$data/pop-1kgp3-chr22.vcf.gz"
bcftools index "$T/pop.vcf.gz"
region=22:16052000-16100000
bcftools view --no-version -r $region "$T/pop.vcf.gz" >"$T/want.vcf" 2>/dev/null
check "the region has records" grep -q -m 1 -v '^#' "$T/want.vcf"
rm -f "$T/i.gst"
check "import --regions" "$GENOFS" import -q --regions $region "$T/pop.vcf.gz" -o "$T/i.gst"
check "import --regions: as bcftools view -r" same_export "$T/i.gst"

# The store as a file
(
	umask 022
	"$GENOFS" import -q "$data/ploidy16.vcf" -o "$T/mode.gst"
)
check "a store is for its owner only" test "$(stat -c %a "$T/mode.gst")" = 600
inode=$(stat -c %i "$T/mode.gst")
check "an existing store is replaced" "$GENOFS" import -q "$data/many-alleles.vcf" -o "$T/mode.gst"
expect "$data/many-alleles.vcf"
check "by the new one" same_export "$T/mode.gst"
check_not "which is a new file, renamed" test "$(stat -c %i "$T/mode.gst")" = "$inode"
check "an output in a folder that is not there is refused" is_status 1 \
	"$GENOFS" import -q "$data/ploidy16.vcf" -o "$T/nowhere/x.gst"
check "no output is a usage error" is_status 2 "$GENOFS" import -q "$data/ploidy16.vcf"
check "no input is a usage error" is_status 2 "$GENOFS" import -q -o "$T/x.gst"
check "an unknown option is a usage error" is_status 2 \
	"$GENOFS" import --unknown "$data/ploidy16.vcf" -o "$T/x.gst"

finish
