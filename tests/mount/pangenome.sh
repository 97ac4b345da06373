#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Graphs as folders: what check_pangenome.py and check_calls.py work out by definition, what
# samtools and bcftools make of the files, and tables of other programs.
# RANDOM_GRAPHS is how many made-up graphs; with GENOFS_EXTRA_DATA also the graphs in its folder pangenome.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

here=$(realpath "$(dirname "$0")")
data=$(realpath "$here/../data/graph")
extra=${GENOFS_EXTRA_DATA-$here/../../../shared/data}/pangenome
tool=$(dirname "$GENOFS")/../tests/unit/graph_tool
export PYTHONDONTWRITEBYTECODE=1

is_there() {
	command -v "$1" >/dev/null
}
for need in python3 samtools bcftools bgzip "$tool"; do
	check "$(basename "$need") is there" is_there "$need"
done

shm=$work/shm
mkdir "$shm"

# mount_graph FILE BLOCK_BP [OPTION...]: as $mnt/graph
mount_graph() {
	local file=$1 options

	options=$(IFS=, && echo "block_bp=$2,shm=$shm${*:3:1}")
	new_mnt
	mount_at "$mnt" -o "$options" "graph=$file"
}

umount_graph() {
	"$GENOFS" umount "$mnt"
}

# ---- each file ----

# files_of FOLDER NAME COUNT: some of the files called so, not empty ones
files_of() {
	find "$1" -name "$2" -size +0 | shuf -n "$3" --random-source=<(yes)
}

# A copy of the file, indexed, is what the mount's own index says, to samtools.
same_fai() {
	local copy=$work/copy.fa regions

	cp --no-preserve=mode "$1" "$copy"
	rm -f "$copy.fai"
	samtools faidx "$copy" 2>"$work/said" && cmp "$copy.fai" "$1.fai" || return
	regions=$(awk -v seed="$RANDOM" 'BEGIN { srand(seed) } $2 > 0 {
		a = int(rand() * $2) + 1
		b = a + int(rand() * ($2 - a + 1))
		print "{" $1 "}:" a "-" b
	}' "$copy.fai" | shuf -n 20)
	[[ -z $regions ]] || cmp <(samtools faidx "$1" -r <(echo "$regions")) \
		<(samtools faidx "$copy" -r <(echo "$regions"))
}

same_fais() {
	local file n=0

	while read -r file; do
		same_fai "$file" || {
			echo "${file#"$mnt/"}"
			return 1
		}
		n=$((n + 1))
	done
	((n > 0))
}

# The file as GBZ 1 is the same graph, and the link leads to the file.
same_graphs() {
	cmp <("$tool" dump "$mnt/graph/graph.gbz") "$work/dump" &&
		cmp <("$tool" dump "$mnt/graph/graph.v1.gbz") "$work/dump" &&
		[[ $(od -An -tu4 -j4 -N4 "$mnt/graph/graph.v1.gbz") -eq 1 ]] &&
		cmp "$mnt/graph/graph.gbz" "$1"
}

# A store made of calls.vcf is what bcftools makes of it.
import_calls() {
	local calls

	calls=$(find "$mnt/graph/ref" -path '*/blocks/*' -prune -o -name calls.vcf -print | head -n 1)
	[[ $calls ]] || return 0 # no reference
	rm -f "$work/calls.gst"
	"$GENOFS" import -q "$calls" -o "$work/calls.gst" &&
		cmp <("$GENOFS" export "$work/calls.gst") <(bcftools view --no-version "$calls")
}

# all_of FILE BLOCK_BP [OPTIONS [ARGUMENT...]]: with what to tell the checkers of the options
all_of() {
	local file=$1 bp=$2 options=${3:-} name
	shift $(($# < 3 ? $# : 3))

	name="$(basename "$file"), blocks of $bp$options"
	check "$name: mounted" mount_graph "$file" "$bp" "$options" || return 0
	check "$name: its files" quietly python3 "$here/check_pangenome.py" "$mnt/graph" \
		"$work/dump" --block-bp "$bp" "$@"
	grep ' checks of ' "$work/out" | sed 's/^/# /' || true
	check "$name: samtools" same_fais < <(files_of "$mnt/graph/" '*.fa' 12 | while read -r fa; do
		[[ ! -e $fa.fai ]] || echo "$fa"
	done)
	case $* in *--references*) set -- --references "${*##* }" ;; *) set -- ;; esac
	check "$name: calls" quietly python3 "$here/check_calls.py" "$mnt/graph" "$work/dump" \
		--block-bp "$bp" --consensus 10 "$@"
	grep ' by bcftools consensus;' "$work/out" | tee -a "$work/chains" | sed 's/^/# /' || true
	check "$name: calls as a store" import_calls
	check "$name: as a file" same_graphs "$file"
	check "$name: unmounted" umount_graph
}

# blocks_for FILE: the bases of blocks, so that there are several but not thousands
blocks_for() {
	local size

	size=$(stat -c %s "$1")
	case $(basename "$1") in
	stress*) echo 10 ;;
	LPA* | cactus*) echo 10000 ;;
	chr*) echo 50 ;;
	*) echo $((size < 10000 ? 3 : 1000)) ;;
	esac
}

for file in "$data"/*.gbz; do
	"$tool" dump "$file" >"$work/dump"
	all_of "$file" "$(blocks_for "$file")"
done
"$tool" dump "$data/example.gbz" >"$work/dump"
all_of "$data/example.gbz" 1 ",gap_bp=2" --gap-bp 2
all_of "$data/example.gbz" 1000000 ",reference=sample" --references sample

if [[ -d $extra ]]; then
	for file in "$extra"/*/*.gbz; do
		# Of versions of one graph, which tests/cli/graph.sh proves to be the same, the last one.
		case $file in
		*synthetic-4mb* | */example-v1.gbz | */translation-v1.gbz) continue ;;
		*-v[12].gbz) [[ ! -e ${file%-v?.gbz}-v3.gbz ]] || continue ;;
		esac
		"$tool" dump "$file" >"$work/dump"
		all_of "$file" "$(blocks_for "$file")"
	done
	file=$extra/gbz-base/micb-kir3dl1.gbz
	"$tool" dump "$file" >"$work/dump"
	all_of "$file" 1000 ",reference=HG00438+GRCh38" --references HG00438,GRCh38
	all_of "$file" 3000 ",gap_bp=1" --gap-bp 1
fi

# Of the last, letters that VCF has not lie under records.
for seed in $(seq 1 "${RANDOM_GRAPHS:=10}") 94 104; do
	file=$work/random-$seed.gbz
	python3 "$here/random_gbz.py" "$seed" "$file"
	"$tool" dump "$file" >"$work/dump"
	gap=$((seed % 3 * 4 + 1))
	all_of "$file" $((seed % 7 * 5 + 2)) ",gap_bp=$gap" --gap-bp "$gap"
done
check "chains were compared, of haplotypes with ALT calls" \
	grep -Eq ', [1-9][0-9]* chains with [1-9][0-9]* ALT calls, [1-9][0-9]* by' "$work/chains"

# ---- tables ----

judge() {
	quietly python3 "$here/pangenome_tables.py" "$mnt/graph" "$@"
}

for table in "$data"/*.paths.tsv "$extra"/expected/*.paths.tsv; do
	[[ -e $table ]] || continue
	name=$(basename "$table" .paths.tsv)
	file=$data/$name.gbz
	[[ -e $file ]] || file=$extra/${name%%.*}/${name#*.}.gbz
	mount_graph "$file" 1000
	check "$name: its table of paths" judge paths "$table"
	umount_graph
done
if [[ -d $extra ]]; then
	expected=$extra/expected/gbz-base.micb-kir3dl1
	mount_graph "$extra/gbz-base/micb-kir3dl1.gbz" 1000
	for ref in GRCh38 CHM13; do
		check "micb-kir3dl1: its table of blocks along $ref" \
			judge blocks "$ref" "$expected.$ref.blocks1000.nodes.tsv"
	done
	check "micb-kir3dl1: its table of positions" \
		judge positions GRCh38 "$expected.GRCh38.positions100.tsv"
	umount_graph
fi

"$GENOFS" pangenome gc --folder "$shm" >"$work/out" || true
check "gc leaves nothing of all these" test -z "$(ls -A "$shm")"
finish
