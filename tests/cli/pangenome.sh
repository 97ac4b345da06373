#!/bin/bash
# SPDX-License-Identifier: MIT
#
# genofs pangenome: graphs in shared memory, loaded once, never half, gone when dropped.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need python3 flock mount strace

folder=$T/shm
mkdir "$folder"
graph=$T/example.gbz
cp "$data/graph/example.gbz" "$graph"

pangenome() {
	local command=$1

	shift
	"$GENOFS" pangenome "$command" --folder "$folder" "$@"
}

# json FILE EXPRESSION: what it says of the object d
json() {
	python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$@"
}

# refuses "what" COMMAND...: it fails with exit status 1; what it says is in $T/why
refuses() {
	local what=$1

	shift
	"$@" >/dev/null 2>"$T/why"
	check "$what" test $? = 1
}

is_empty() {
	[[ -z $(ls -A "$1") ]]
}

# ---- load, stat, verify, list, drop ----

check "a graph is loaded" pangenome load -q "$graph"
name=$(pangenome load -q "$graph")
check "its name has the file's" test "${name%-*}" = example.gbz
pangenome load --json "$graph" >"$T/said"
check "it is there already" json "$T/said" "d['loaded'] is False and d['name'] == '$name'"
pangenome stat --json "$name" >"$T/said"
check "stat says what it is" json "$T/said" \
	"(d['nodes'], d['paths'], d['steps'], d['gbz_version']) == (12, 6, 28, 2) and d['holders'] == []"
check "and where it is from" json "$T/said" "d['source']['path'] == '$(realpath "$graph")' and d['source']['bytes'] == 2000"
check "stat of the file is that of its object" cmp "$T/said" <(pangenome stat --json "$graph")
check "nobody else can read it" test "$(stat -c %a "$folder"/genofs-*)" = 400
check "it is whole" pangenome verify "$name"
pangenome list --json >"$T/said"
check "list has it" json "$T/said" "[r['name'] for r in d] == ['$name'] and d[0]['state'] == 'ready'"
pangenome load -q --name mine --mode 0444 "$graph" >"$T/said"
check "another name, for all" test "$(cat "$T/said") $(stat -c %a "$folder"/genofs-*-mine)" = "mine 444"

file=$(echo "$folder"/genofs-*-mine)
exec 9<"$file"
flock -s 9
refuses "what is held stays" pangenome drop mine
check "and it is said by whom" grep -q "in use by process" "$T/why"
pangenome stat --json mine >"$T/said"
check "stat says it too" json "$T/said" "len(d['holders']) == 1"
exec 9<&-
check "once nobody holds it, it goes" pangenome drop mine
refuses "a second time there is none" pangenome drop mine
refuses "nor anything to look at" pangenome stat mine

# ---- indexes, which mounts make ----

kinds() {
	pangenome list --json | grep -o '"kind": "[a-z]*"' | sort | uniq -c | awk '{ printf "%s%s %s", sep, $3, $1; sep = " " }'
}
check "list says that it is a graph" test "$(kinds)" = '"graph" 1'
check "it is mounted" mount_stores -o "shm=$folder,block_bp=2" "$graph"
check "its blocks are listed" test -d "$T/mnt/example/ref/_gbwt_ref/A/blocks/000002"
ls "$T/mnt/example/ref/_gbwt_ref/B/blocks" >/dev/null
before=$(ls -A "$folder")
kinds >"$T/said"
check "what was worked out is there too" grep -q '"graph" 1 "index" [1-9]' "$T/said"
refuses "what is mounted stays" pangenome drop "$name"
check "all of it" test "$(ls -A "$folder")" = "$before"
check "it is unmounted" unmount
index=$(pangenome list | awk '$2 == "index" { print $1; exit }')
exec 9<"$(echo "$folder"/genofs-*-"$index")"
flock -s 9
refuses "nor does a graph go whose index is held" pangenome drop "$name"
check "and that is said" grep -q "$index: in use by process" "$T/why"
check "and nothing is gone" test "$(ls -A "$folder")" = "$before"
exec 9<&-
# One that is only called like an index of it.
pangenome load -q --name "$name.01234567.x" "$graph" >/dev/null
pangenome drop --json "$name" >"$T/said"
check "a graph is dropped with its indexes" json "$T/said" "d['dropped'] and d['indexes'] > 0"
check "and nothing else" test "$(kinds)" = '"graph" 1'
check "an object is dropped alone" pangenome drop "$name.01234567.x"
check "and all is gone" is_empty "$folder"
pangenome load -q "$graph" >/dev/null

# ---- sources that change ----

cp "$data/graph/translation.gbz" "$T/moving.gbz"
pangenome load -q --name moving "$T/moving.gbz" >/dev/null
cp "$data/graph/example-v1.gbz" "$T/moving.gbz"
refuses "an object of another content is refused" pangenome load -q --name moving "$T/moving.gbz"
check "and the cure is said" grep -q "load it again" "$T/why"
check "it can be dropped" pangenome drop moving

# ---- damage ----

head -c 1000 "$data/graph/example.gbz" >"$T/cut.gbz"
before=$(ls -A "$folder")
refuses "half a file is no graph" pangenome load -q "$T/cut.gbz"
refuses "nor is a VCF" pangenome load -q "$data/graph/example.gfa"
check "nothing of them is left" test "$(ls -A "$folder")" = "$before"
file=$folder/genofs-$(id -u)-$name
chmod 600 "$file"
printf 'X' | dd of="$file" bs=1 seek=9000 conv=notrunc status=none
refuses "a damaged object is not whole" pangenome verify "$name"
check "it goes with gc" pangenome gc
check "as all did" is_empty "$folder"

# ---- many at once, and killed ----

for i in 1 2 3 4 5 6 7 8; do
	pangenome load --json "$graph" >"$T/load.$i" &
done
wait
cat "$T"/load.* | grep -c '"loaded": true' >"$T/said"
check "of eight loads at once one decodes" test "$(cat "$T/said")" = 1
check "all get the same" test "$(cat "$T"/load.* | grep -c "$name")" = 8
check "unused for an hour is none" pangenome gc --unused 1h
check "so it stays" test -e "$file"
pangenome drop "$name"
for ((i = 0; i < 40; i++)); do
	"$GENOFS" pangenome load -q --folder "$folder" "$data/graph/stress-v3.gbz" >/dev/null &
	pid=$!
	sleep "0.00$((RANDOM % 10))"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
done
check "after 40 that were killed it loads at once" timeout 20 "$GENOFS" pangenome load -q \
	--folder "$folder" "$data/graph/stress-v3.gbz"
check "and is whole" pangenome verify "$data/graph/stress-v3.gbz"
check "gc leaves nothing" pangenome gc
check "at all" is_empty "$folder"

# Leaks cannot be looked for by who is traced; who looks after memory makes many calls more.
traced() {
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -qq "$@" "$GENOFS" pangenome load -q \
		--folder "$folder" "$data/graph/example.gbz" >/dev/null
}
every=1
[[ -z ${ASAN_OPTIONS:-} ]] || every=10

# killed_at CALL N: a load that is killed as it makes its Nth system call of that name
killed_at() {
	# The shell would tell of its end, which strace takes on.
	(traced -o "$T/killed" -e inject="$1:signal=KILL:when=$2" || true) >/dev/null 2>&1
	grep -q 'killed by SIGKILL' "$T/killed"
}

# killed_at_each load|attach: from the first call on that has to do with the graph
killed_at_each() {
	local call n calls=0

	[[ $1 = load ]] || pangenome load -q "$data/graph/example.gbz" || return
	traced -o "$T/calls" || return
	[[ $1 = attach ]] || pangenome gc || return
	while read -r call n; do
		((++calls % every == 0)) || continue
		if ! killed_at "$call" "$n" || { [[ $1 = attach ]] && is_empty "$folder"; } ||
			! timeout 20 "$GENOFS" pangenome load -q --folder "$folder" "$data/graph/example.gbz" \
				>"$T/said" || ! pangenome verify "$data/graph/example.gbz" >"$T/said" ||
			{ [[ $1 = load ]] && ! { pangenome gc && is_empty "$folder"; }; }; then
			echo "killed at $call $n"
			return 1
		fi
	done < <(awk '{ call = $2; sub(/\(.*/, "", call); n[call]++ }
		/example\.gbz/ { seen++ }
		seen > 1 { print call, n[call] }' "$T/calls")
	echo "$calls calls" >"$T/said"
	((calls > 20))
}
check "killed at each system call of a load, it leaves nothing in the way" killed_at_each load
sed 's/^/# /' "$T/said"
check "and of an attach" killed_at_each attach
sed 's/^/# /' "$T/said"
check "which leaves nothing to gc but the graph" pangenome gc
check "no more" is_empty "$folder"

# ---- no room ----

mkdir "$T/small"
if mount -t tmpfs -o size=16k none "$T/small"; then
	refuses "a folder that is too small" "$GENOFS" pangenome load -q --folder "$T/small" \
		"$data/graph/stress-v3.gbz"
	check "is said to be, with the bytes" grep -Eq '[0-9].*(free|available)' "$T/why"
	check "and has nothing in it" is_empty "$T/small"
	umount "$T/small"
else
	fail "a tmpfs of 16 KiB"
fi

# ---- usage ----

for wrong in "" "fly" "load" "load a b" "drop" "list x" "gc --unused yes" "load --mode 999 x.gbz"; do
	# shellcheck disable=SC2086
	"$GENOFS" pangenome $wrong >/dev/null 2>"$T/said"
	check "wrong usage: pangenome $wrong" test $? = 2
done
check "help" "$GENOFS" pangenome --help
finish
