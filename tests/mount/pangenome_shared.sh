#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Graphs in shared memory as mounts use them: side by side, what they cost, and mounts that are killed.
# shellcheck source=tests/mount/lib.sh
. "$(dirname "$0")/lib.sh"

here=$(realpath "$(dirname "$0")")
data=$(realpath "$here/../data/graph")
tool=$(dirname "$GENOFS")/../tests/unit/graph_tool
gen_graph=$(dirname "$GENOFS")/../tests/bench/gen-graph
: "${KILLS:=40}"
export PYTHONDONTWRITEBYTECODE=1

shm=$work/shm
mkdir "$shm"

# mount_graph FILE BLOCK_BP: as $mnt/graph
mount_graph() {
	new_mnt
	mount_at "$mnt" -o "block_bp=$2,shm=$shm" "graph=$1"
}

umount_graph() {
	"$GENOFS" umount "$mnt"
}

# ---- mounts side by side ----

big=$work/big.gbz
bp=1000000
"$gen_graph" --bases 10000000 --haplotypes 20 "$big" >"$work/out"
clean_shm() {
	"$GENOFS" pangenome gc --folder "$shm" >"$work/out" 2>&1 && [[ -z $(ls -A "$shm") ]] && return
	sed 's/^/# /' "$work/out"
	find "$shm" -mindepth 1 | sed 's/^/# left: /'
	return 1
}
# What of a mount makes indexes of all kinds.
read_some() {
	local contigs=("$1"/graph/ref/*/*)

	cat "$1/graph/paths.tsv" "$1/graph/components.tsv" \
		"${contigs[0]}"/{haplotypes.tsv,ref.fa,nodes.tsv} \
		"${contigs[0]}"/blocks/000000/{walks.tsv,haplotypes.fa,calls.vcf} &&
		find "$1/graph/sample" -name '*.fa' | sort | sed -n 1,5p | xargs cat
}

list_shm() {
	stat -c '%n %i %s %y' "$shm"/* | sort
}

file=$data/stress-v3.gbz
"$tool" dump "$file" >"$work/dump"
mount_graph "$file" 10
first=$mnt
mount_graph "$file" 10
second=$mnt
at_once() {
	local one status=0

	python3 "$here/check_pangenome.py" "$first/graph" "$work/dump" --block-bp 10 >"$work/first" &
	one=$!
	python3 "$here/check_pangenome.py" "$second/graph" "$work/dump" --block-bp 10 || status=$?
	wait "$one" || {
		cat "$work/first"
		status=1
	}
	return "$status"
}
check "two mounts of one graph, read at once" quietly at_once
list_shm >"$work/before"
mount_graph "$file" 10
check "a third shows the same" cmp <(read_some "$mnt") <(read_some "$first")
check "with the indexes of the others" cmp <(list_shm) "$work/before"
for mnt in "$first" "$second" "$mnt"; do
	umount_graph
done
mount_graph "$file" 10
read_some "$mnt" >"$work/said"
check "so does one after them" cmp <(list_shm) "$work/before"
umount_graph
check "gc leaves nothing of them" clean_shm

first_answers() {
	local i pids=() status=0

	for i in {0..7}; do
		new_mnt
		mount_at "$mnt" -o "block_bp=$bp,shm=$shm" "graph=$big" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || status=1
	done
	return "$status"
}
check "eight mounts at once load it" first_answers
check "into one object" test "$(find "$shm" -type f | wc -l)" = 1
eight=("${own_mounts[@]: -8}")
for i in 1 2 3; do
	cat "${eight[i]}/graph/paths.tsv" >"$work/said.$i" &
done
wait
check "and make each index once" test "$(find "$shm" -type f | wc -l)" = 3 # parts and paths
check "with the same in it" cmp "$work/said.1" "$work/said.3"
for mnt in "${eight[@]}"; do
	umount_graph
done
check "gc leaves nothing of these" clean_shm

# cost_of MNT...: KiB of their servers, less what they map of $shm, and of $shm
cost_of() {
	local at pid

	{
		for at; do
			for pid in $(server_of "$at") $(supervisor_of "$at"); do
				awk -v own="$shm/" '
					/^[0-9a-f]+-[0-9a-f]+ / { shared = index($0, own) }
					/^Pss:/ && !shared { n += $2 }
					END { print n }' "/proc/$pid/smaps"
			done
		done
		du -sk "$shm" | cut -f 1
	} | awk '{ n += $1 } END { print n }'
}

# four_of FILE: mounts it four times, reading; the cost of one and of four in $one and $four
four_of() {
	local i mounts=()

	for i in 1 2 3 4; do
		mount_graph "$1" "$bp"
		mounts+=("$mnt")
		read_some "$mnt" >"$work/said"
		((i > 1)) || one=$(cost_of "${mounts[@]}")
	done
	four=$(cost_of "${mounts[@]}")
	for mnt in "${mounts[@]}"; do
		umount_graph
	done
}

four_of "$data/example.gbz"
small=$((four - one))
clean_shm
# A server's buffers and kept files are some MiB, however large the graph.
large=$work/large.gbz
"$gen_graph" --bases 60000000 --haplotypes 20 "$large" >"$work/out"
four_of "$large"
rm "$large"
image=$(find "$shm" -name "*$(basename "$large")*" -printf '%s\n' | sort -n | tail -n 1)
growth=$((four - one - small))
echo "# image $((image / 1024)) KiB; one mount $one KiB, four $four KiB; of a tiny graph three more" \
	"cost $small KiB; so of this one $growth KiB"
check "three more mounts cost less than a fifth of the image" test $((growth * 5)) -lt $((image / 1024))
check "gc leaves nothing of this" clean_shm

# ---- killed ----

# tree_of PID: it and all below it
tree_of() {
	local child

	echo "$1"
	for child in $(ps -o pid= --ppid "$1"); do
		tree_of "$child"
	done
}

detach() {
	while is_mounted "$1"; do
		# What was not killed may have been faster.
		umount -l "$1" || ! is_mounted "$1" || return
	done
}

# kill_all PID...: until none is left, for a process that is being ended still has its locks
kill_all() {
	local pid

	kill -9 "$@" 2>/dev/null
	for pid; do
		wait_until 10 has_ended "$pid" || return
	done
}

# killed MILLISECONDS: a mount that gets so far, and then is no more
killed() {
	local pid pids

	new_mnt
	setsid "$GENOFS" mount -f -o "block_bp=$bp,shm=$shm" "graph=$big" "$mnt" >"$work/out" 2>&1 &
	pid=$!
	sleep "$(awk -v ms="$1" 'BEGIN { print ms / 1000 }')"
	mapfile -t pids < <(tree_of "$pid")
	kill_all "${pids[@]}" || return
	wait "$pid" 2>/dev/null
	if is_mounted "$mnt"; then
		echo mounted
	elif "$GENOFS" pangenome list --folder "$shm" | grep -q ready; then
		echo loaded
	elif [[ -n $(ls -A "$shm") ]]; then
		echo unfinished
	else
		echo "not begun"
	fi >>"$work/killed"
	detach "$mnt"
}

# killed_reading NAME: while an index is made for it
killed_reading() {
	local reader

	mount_graph "$big" "$bp" || return
	local pids=("$(supervisor_of "$mnt")" "$(server_of "$mnt")")
	cat "$mnt/graph/$1" >"$work/said" 2>&1 &
	reader=$!
	sleep "0.0$((RANDOM % 10))"
	kill_all "${pids[@]}" || return
	detach "$mnt"
	wait_until 10 has_ended "$reader"
	wait "$reader" 2>/dev/null || true
}

# How long a whole load and mount takes, in milliseconds.
took=$(date +%s%N)
mount_graph "$big" "$bp"
took=$((($(date +%s%N) - took) / 1000000))
cat "$mnt/graph/paths.tsv" >"$work/paths"
contigs=("$mnt"/graph/ref/*/*)
contig=${contigs[0]}
contig=${contig#"$mnt/graph/"}
cat "$mnt/graph/$contig/blocks/000000/walks.tsv" >"$work/walks"
umount_graph
clean_shm

# later_mount: is not blocked, and shows what is right
later_mount() {
	new_mnt
	timeout 60 "$GENOFS" mount -o "block_bp=$bp,shm=$shm" "graph=$big" "$mnt" || return
	cmp "$work/paths" <(timeout 60 cat "$mnt/graph/paths.tsv") &&
		cmp "$work/walks" <(timeout 60 cat "$mnt/graph/$contig/blocks/000000/walks.tsv")
	umount_graph
}

kill_mounts() {
	local i

	for ((i = 0; i < KILLS; i++)); do
		((i % 4)) || clean_shm || return
		killed $((RANDOM % (took * 5 / 4 + 2))) || return
	done
	return 0
}
echo "# a mount takes $took ms"
check "$KILLS mounts killed on the way" kill_mounts
sort "$work/killed" | uniq -c | sed 's/^/# when killed:/'
check "the next is not held up" later_mount
check "gc leaves nothing of those" clean_shm

# traced [STRACE-OPTION...]: a mount of a small graph in the foreground, to its end
traced() {
	strace -f -qq -o "$work/calls" "$@" "$GENOFS" mount -f -o "block_bp=10,shm=$shm" \
		"graph=$data/stress-v3.gbz" "$mnt" >"$work/out" 2>&1 &
	wait_until 10 has_ended_or_answers "$!"
	"$GENOFS" umount "$mnt" >"$work/out" 2>&1
	wait "$!" 2>/dev/null
	detach "$mnt"
}

has_ended_or_answers() {
	has_ended "$1" || [[ -e $mnt/.genofs/version ]]
}

# Supervisor and server as they open, load or attach, mount and end: of the system calls that any of
# their threads makes, each $1th.
killed_at_calls() {
	local call n i=0 killed=0

	new_mnt
	traced || return
	cp "$work/calls" "$work/all"
	while read -r call n; do
		((i++ % $1 == 0)) || continue
		((i % 2)) || clean_shm || return
		(traced -e inject="$call:signal=KILL:when=$n") 2>/dev/null || {
			echo "killed at $call $n"
			return 1
		}
		! grep -q 'killed by SIGKILL' "$work/calls" || killed=$((killed + 1))
		if ! mount_at "$mnt" -o "block_bp=10,shm=$shm" "graph=$data/stress-v3.gbz" ||
			! cmp "$work/small" "$mnt/graph/paths.tsv" || ! umount_graph; then
			echo "the mount after one that was killed at $call $n"
			return 1
		fi
	done < <(awk '{ call = $2; sub(/\(.*/, "", call); n[$1 call]++ }
		call ~ /^[a-z]/ && /stress-v3/ { seen++ }
		seen > 3 && call ~ /^[a-z]/ { print call, n[$1 call] }' "$work/all" | sort -u)
	echo "# $killed of $i killed"
	((killed > 20))
}
new_mnt
mount_graph "$data/stress-v3.gbz" 10
cat "$mnt/graph/paths.tsv" >"$work/small"
umount_graph
check "killed at system calls of all kinds" killed_at_calls 5
check "gc leaves nothing of that" clean_shm

kill_readers() {
	local i names=(paths.tsv "$contig/haplotypes.tsv" "$contig/blocks/000000/walks.tsv"
		components.tsv "$contig/blocks/000000/haplotypes.fa" "$contig/ref.fa")

	for ((i = 0; i < KILLS / 2; i++)); do
		((i % 4)) || clean_shm || return
		killed_reading "${names[RANDOM % ${#names[@]}]}" || return
	done
	return 0
}
check "$((KILLS / 2)) killed while an index is made" kill_readers
check "the one after them is not held up" later_mount
check "gc leaves nothing of what they began" clean_shm

finish
