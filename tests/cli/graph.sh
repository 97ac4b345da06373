#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Graphs as they are read, built, walked and written, against tables that other programs made:
# those of tests/data/graph, and of the folder pangenome of more data.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need python3 cmp

tool=$(dirname "$GENOFS")/../tests/unit/graph_tool
[[ -x $tool ]] || {
	fail "graph_tool is there" "build it: ninja -C build"
	finish
}

judge() {
	python3 "$here/check_graph.py" "$tool" "$@"
}

# What versions of one graph have in common is the same, byte for byte.
same_content() {
	cmp <("$tool" content "$1") <("$tool" content "$2")
}

# as_version_1 FILE.gbz [TABLE.tsv]: written as version 1, strictly read, and the same graph
as_version_1() {
	local name

	name=$(basename "$1")
	"$tool" gbz1 "$1" >"$T/v1.gbz"
	check "$name: as version 1" python3 "$here/read_gbz1.py" "$T/v1.gbz" "${@:2}"
	check "$name: as version 1, the same graph" same_content "$1" "$T/v1.gbz"
}

# all_of FILE.gbz: what holds for every graph
all_of() {
	local name

	name=$(basename "$1")
	check "$name: its laws" "$tool" laws "$1" || return
	check "$name: its own checksum" judge name "$1"
}

versions_agree() {
	local file one

	for file in "$1"/*-v[12].gbz; do
		one=${file%-v[12].gbz}
		for other in "$one.gbz" "$one-v2.gbz" "$one-v3.gbz"; do
			[[ -e $other && $other != "$file" ]] || continue
			check "$(basename "$file") and $(basename "$other"): the same graph" \
				same_content "$file" "$other"
		done
	done
}

for file in "$data"/graph/*.gbz; do
	name=$(basename "$file" .gbz)
	all_of "$file"
	table=$data/graph/${name%-v?}.paths.tsv
	if [[ -e $table ]]; then
		check "$name: paths" judge paths "$file" "$table"
		as_version_1 "$file" "$table"
	else
		as_version_1 "$file"
	fi
	[[ ! -e $data/graph/${name%-v?}.gfa ]] ||
		check "$name: GFA" judge gfa "$file" "$data/graph/${name%-v?}.gfa"
done
versions_agree "$data/graph"

made=$T/made.gbz
check "a graph is made up" "$(dirname "$tool")/../bench/gen-graph" --bases 30000 --haplotypes 9 "$made"
check "a made-up graph: its laws" "$tool" laws "$made"
check "a made-up graph: strictly read" python3 "$here/read_gbz1.py" "$made"

check_not "a GBWT alone is refused" "$tool" laws "$data/graph/with-empty.gbwt"
head -c 1000 "$data/graph/example.gbz" >"$T/cut.gbz"
check_not "a file that is cut is refused" "$tool" laws "$T/cut.gbz"

# gfa_of FILE.gbz: the GFA beside it, or the one that it was made of
gfa_of() {
	local name one

	name=$(basename "$1" .gbz)
	for one in "${1%.gbz}.gfa" "$more"/{gbwt-rs,gbwtgraph,vg,odgi,generated}/"${name%-v?}.gfa" \
		"$more/vg/${name%-v?}.named.gfa"; do
		[[ ! -e $one ]] || {
			echo "$one"
			return
		}
	done
}

more=$extra/pangenome
if [[ -n $extra && -d $more ]]; then
	for file in "$more"/*/*.gbz; do
		name=$(basename "$file" .gbz)
		folder=$(basename "$(dirname "$file")")
		all_of "$file"
		for table in "$more/expected/$folder.${name%-v?}"*.paths.tsv; do
			[[ $table =~ /$folder\.${name%-v?}(-v.)?\.paths\.tsv$ ]] || continue
			check "$name: paths of $(basename "$table")" judge paths "$file" "$table"
		done
		gfa=$(gfa_of "$file")
		# Names of nodes, where the graph has segments.
		[[ $gfa != */gbz-base/* ]] || gfa=$more/vg/$name.named.gfa
		[[ -z $gfa ]] || check "$name: GFA" judge gfa "$file" "$gfa"
	done
	check "micb-kir3dl1: places of its reference" judge positions \
		"$more/gbz-base/micb-kir3dl1.gbz" \
		"$more/expected/gbz-base.micb-kir3dl1.GRCh38.positions100.tsv"
	versions_agree "$more/generated"
	for version in 2 3; do
		check "micb-kir3dl1, versions 1 and $version: the same graph" same_content \
			"$more/gbz-base/micb-kir3dl1.gbz" "$more/generated/micb-kir3dl1-v$version.gbz"
	done
fi
finish
