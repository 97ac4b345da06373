#!/bin/bash
# SPDX-License-Identifier: MIT
# genofs run: what its command sees, how it ends, and what is left then. As root and as nobody.
# shellcheck disable=SC2016 # scripts in single quotes are their commands'
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || {
	echo "not ok 1 - this takes root, to be nobody too"
	exit 1
}
make_store cohort
store=$work/cohort.gst
chmod 0755 "$work"
chmod 0644 "$store" "$work/cohort.vcf"
# The build may lie where only root looks: run a copy.
mkdir -p "$work/prefix/bin" "$work/prefix/libexec"
cp "$GENOFS" "$work/prefix/bin/genofs"
cp "$(dirname "$GENOFS")/../fs/genofs-fuse" "$work/prefix/libexec"
genofs=$work/prefix/bin/genofs
# As udev(7) makes it, whatever this machine has.
mknod -m 0666 "$work/fuse" c 10 229

# Whoever was started and still runs: all have this in their environment.
mark=GENOFS_TEST_RUN=$work
left() {
	local status pid

	for status in /proc/[0-9]*/status; do
		pid=${status//[!0-9]/}
		grep -qzxF "$mark" "/proc/$pid/environ" 2>/dev/null || continue
		! has_ended "$pid" || continue
		echo "# $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
}

none_left() {
	[ -z "$(left)" ]
}

gone() {
	wait_until 5 none_left || {
		left
		return 1
	}
	! grep -F " $work/" /proc/self/mountinfo
}

ended_with() {
	local status=0

	wait_until 10 has_ended "$job" || kill -9 "$job"
	wait "$job" 2>/dev/null || status=$?
	[ "$status" -eq "$1" ] && return
	echo "# exit status $status, not $1"
	return 1
}

# start COMMAND...: genofs run in the background, whose pid is $job; its command is told $at, and
# says on $box/ready when it is there. Its standard error goes to $box/err.
start() {
	rm -f "$box"/ready "$box"/told
	"${as[@]}" "$genofs" run "${flags[@]}" "$store" "$at" -- \
		sh -c 'box=$1 at=$2 calls=$2/cohort/calls.vcf; cat $2/.genofs/config >$1/config; eval "$3"' sh "$box" "$at" "$1" \
		2>"$box/err" &
	job=$!
	own_pids+=("$job")
	wait_until 10 test -e "$box/ready" || sed 's/^/# /' "$box/err"
}

pid_in_config() {
	sed -n "s/^$1_pid=//p" "$box/config"
}

run_is() {
	local status=$1
	shift
	status_is "$status" "${as[@]}" "$genofs" run "$@"
}

the_command() {
	check "$name: the command has the mount" run_is 0 "$store" "$at" -- \
		cmp "$at/cohort/calls.vcf" "$work/cohort.vcf"
	check "$name: which was made for it and is gone" not test -e "$box/made"
	check "$name: nothing is left of it" gone
	check "$name: standard output is the command's alone" [ "$("${as[@]}" "$genofs" run "$store" \
		"$at" -- wc -c <"$work/sites")" = "$(stat -c %s "$work/sites")" ]
	check "$name: two sources, with names and options" run_is 0 -o mode=0444 -o cache_size=64M \
		"a=$store" "b=$store" "$at" -- cmp "$at/a/calls.vcf" "$at/b/calls.vcf"
	check "$name: closed standard files are no matter" run_is 0 "$store" "$at" -- true \
		<&- 2>&-
	check "$name: relative names" run_relative
	check "$name: --stats says what was read" run_is 0 --stats "$store" "$at" -- \
		cmp "$at/cohort/calls.vcf" "$work/cohort.vcf"
	check "$name: all of it" says "read_bytes=$(wc -c <"$work/cohort.vcf") "
	check "$name: and decoded: 17 chunks" says " decodes=17"
	check "$name: -v says how it is mounted" run_is 0 -v "$store" "$at" -- true
	check "$name: so" says "$way"
}

run_relative() (
	cd "$box" && run_is 0 ../../cohort.gst made/mnt -- cat made/mnt/cohort/samples.txt
)

exit_statuses() {
	check "$name: the command's exit status is passed on" run_is 7 "$store" "$at" -- sh -c 'exit 7'
	check "$name: also 74, when it is the command's own" run_is 74 "$store" "$at" -- \
		sh -c 'exit 74'
	check "$name: 128+N when a signal ended it" run_is 137 "$store" "$at" -- sh -c 'kill -9 $$'
	check "$name: 127 when there is no such command" run_is 127 "$store" "$at" -- "$box/no-such"
	check "$name: saying so" says "$box/no-such: No such file"
	check "$name: 126 when it is none" run_is 126 "$store" "$at" -- "$store"
	check "$name: 125 without a command" run_is 125 "$store" "$at"
	check "$name: 125 without a folder" run_is 125 "$store" -- true
	check "$name: 125 for an option that is none" run_is 125 -x "$store" "$at" -- true
	check "$name: an option of the mount that is none" run_is 125 -o shiny "$store" "$at" -- true
	check "$name: is named" says "unknown option 'shiny'"
	check "$name: 125 for a source that is not there" run_is 125 "$box/no.gst" "$at" -- \
		touch "$box/ran"
	check "$name: which is named" says "$box/no.gst: No such file"
	check "$name: and the command not run" not test -e "$box/ran"
	check "$name: 125 for a source that is none" run_is 125 "$work/cohort.vcf" "$at" -- true
	check "$name: 125 for a folder that is a file" run_is 125 "$store" "$box/file" -- true
	check "$name: which is named" says "$box/file: not a folder"
	check "$name: 125 for a source beneath the folder" run_is 125 "$box/../../cohort.gst" "$work" \
		-- true
	check "$name: which the mount would cover" says "lies beneath $work"
	check "$name: 125 for a folder that cannot be made" run_is 125 "$store" /proc/at -- true
	check "$name: which is named" says "/proc/at cannot be made: No such file"
	check "$name: nothing is left of all these" gone
	check "$name: and no folder" not test -e "$box/made"
}

by_threads() {
	local kib threads

	kib=$(head -n 1 "$work/out")
	threads=$(sed -n 's/^threads=//p' "$work/out")
	[ "$kib" -eq $((threads < 8 ? 512 * threads : 4096)) ]
}

readahead() {
	check "root: readahead= is set as it is given" run_is 0 "$@" -o readahead=512 "$store" "$at" -- \
		sh -c "cat /sys/class/bdi/\$(stat -c %Hd:%Ld $at)/read_ahead_kb"
	check "root: so" grep -qx 512 "$work/out"
	check "root: or as the mount's default" run_is 0 "$@" "$store" "$at" -- \
		sh -c "cat /sys/class/bdi/\$(stat -c %Hd:%Ld $at)/read_ahead_kb $at/.genofs/config"
	check "root: so, by its threads" by_threads
}

folders() {
	local first second

	"${who[@]}" mkdir "$box/own"
	check "$name: a folder that was there" run_is 0 "$store" "$box/own" -- \
		test -s "$box/own/cohort/calls.vcf"
	check "$name: is there after" test -d "$box/own"
	at=$box/own
	start 'echo >$box/ready; read -r _ <$box/pipe; cmp $calls '"$work/cohort.vcf"
	first=$job
	check "$name: a mount is its command's alone" [ -z "$(ls -A "$at")" ]
	echo >"$box/pipe"
	job=$first
	check "$name: and served to its end" ended_with 0

	at=$box/made/mnt
	start 'echo >$box/ready; read -r _ <$box/pipe; cmp $calls '"$work/cohort.vcf"
	first=$job
	check "$name: nothing can be written below" [ "$(stat -c %a "$at")" = 1555 ]
	start 'echo >$box/ready; read -r _ <$box/pipe2; cmp $calls '"$work/cohort.vcf"
	second=$job
	echo >"$box/pipe"
	job=$first
	check "$name: of two with one folder the first ends" ended_with 0
	check "$name: and leaves it to the other" test -d "$at"
	echo >"$box/pipe2"
	job=$second
	check "$name: whose mount is still there" ended_with 0
	check "$name: who removes it" not test -e "$box/made"
}

signals() {
	local signal

	for signal in TERM INT HUP QUIT USR1 USR2 ALRM RTMIN; do
		start 'trap "echo '$signal' >$box/told; exit 5" '$signal'
			echo >$box/ready; while :; do sleep 0.05; done'
		kill -"$signal" "$job"
		check "$name: SIG$signal is passed on" ended_with 5
		check "$name: as it is" grep -qx "$signal" "$box/told"
	done
	start 'trap "" TERM; echo >$box/ready; read -r _ <$box/pipe; cmp $calls '"$work/cohort.vcf"
	server=$(pid_in_config server)
	supervisor=$(pid_in_config supervisor)
	kill -TERM "$job" "$server" "$supervisor"
	kill -HUP "$server" "$supervisor"
	kill -INT "$server" "$supervisor"
	kill -TERM "$job"
	sleep 0.3
	check "$name: a command that ignores SIGTERM is waited for" not has_ended "$job"
	echo >"$box/pipe"
	check "$name: and served, also when all of the job was told" ended_with 0
	check "$name: nothing is left of these" gone
}

accidents() {
	local loop='echo >$box/ready; while :; do sleep 0.05; done'

	start 'trap "echo TERM >$box/told; exit 5" TERM; '"$loop"
	kill -9 "$job"
	check "$name: when genofs run is killed, its command is told" wait_until 5 test -e "$box/told"
	check "$name: and nothing is left" gone

	start "$loop"
	kill -9 "$(pid_in_config server)"
	check "$name: when the server is killed, 74" ended_with 74
	check "$name: it says so" grep -qF "the server of $at died; ending sh" "$box/err"
	check "$name: and nothing is left" gone

	start "$loop"
	kill -9 "$(pid_in_config supervisor)"
	check "$name: when its supervisor is killed, 74" ended_with 74
	check "$name: and nothing is left" gone

	# What reads may end on its own before it is told.
	start 'echo >$box/ready; exec tail -f -n 1 --pid=$PPID $calls >/dev/null'
	kill -9 "$(pid_in_config server)"
	check "$name: 74 whatever a reader makes of it" ended_with 74

	start "trap '' TERM; $loop"
	kill -9 "$(pid_in_config server)"
	check "$name: a command that does not end then is killed" ended_with 74
	check "$name: and nothing is left" gone

	start 'echo $$ >$box/ready; while :; do sleep 0.05; done'
	kill -9 "$(cat "$box/ready")"
	check "$name: when the command is killed, 137" ended_with 137
	check "$name: and nothing is left" gone

	start 'echo $$ >$box/ready; while :; do sleep 0.05; done'
	kill -9 "$job" "$(cat "$box/ready")" "$(pid_in_config server)"
	check "$name: when all are killed, nothing is left" gone

	start 'echo $$ >$box/ready; while :; do sleep 0.05; done'
	kill -STOP "$(pid_in_config server)"
	kill -9 "$(cat "$box/ready")"
	check "$name: a server that hangs is not waited for" ended_with 137
	check "$name: and is gone too" gone

	"${as[@]}" sh -c '"$1" run "$2" "$3" -- sh -c "echo \$PPID >$4/ready; exec sleep 60" & wait' \
		sh "$genofs" "$store" "$at" "$box" &
	job=$!
	rm -f "$box/ready"
	wait_until 5 test -s "$box/ready"
	kill -9 "$job"
	check "$name: when whoever started it is killed, it ends too" gone
	wait "$job" 2>/dev/null || true

	check "$name: what the command leaves behind does not keep the mount" run_is 0 "$store" "$at" \
		-- sh -c "tail -f $at/cohort/calls.vcf >/dev/null 2>&1 & echo \$! >$box/tail"
	check "$name: whose server is gone" not pgrep -f "^genofs-fuse .*$store /dev/fd"
	kill "$(cat "$box/tail")"
	# What was killed with genofs run could not remove its folder; the next one there does.
	check "$name: the next one removes what it left" run_is 0 "$store" "$at" -- true
	check "$name: so that there is nothing" not test -e "$box/made"
}

# A group for memory, of which processes may have 96 MiB; its folder in $group. False where this
# machine lets nobody make one.
limit_memory() {
	local limit=memory.max

	group=/sys/fs/cgroup/genofs-test.$$
	if [ -d /sys/fs/cgroup/memory ]; then
		group=/sys/fs/cgroup/memory/genofs-test.$$ limit=memory.limit_in_bytes
	fi
	mkdir "$group" 2>/dev/null || return
	trap 'clean_up; rmdir "$group"' EXIT
	[ -e "$group/$limit" ] && echo 96M >"$group/$limit"
}

# out_of_memory STATUS COMMAND: where all of the job is in the group
out_of_memory() {
	status_is "$1" sh -c 'echo 0 >"$1/cgroup.procs"; shift; exec "$@"' sh "$group" "${as[@]}" \
		"$genofs" run -o cache_size=16M,threads=1 "$store" "$at" -- sh -c "$2"
}

memory() {
	check "$name: a command without memory is killed, 137" out_of_memory 137 \
		'head -c 300M /dev/zero | tail -n 1 >/dev/null'
	check "$name: a server without, 74" out_of_memory 74 \
		"echo 1000 >/proc/\$(sed -n 's/^server_pid=//p' $at/.genofs/config)/oom_score_adj
			head -c 300M /dev/zero | tail -n 1 >/dev/null; exec sleep 60"
	check "$name: and nothing is left" gone
}

tags() {
	check "$name: the mount's source is the job" run_is 0 "$store" "$at" -- \
		findmnt -no SOURCE "$at"
	check "$name: a process" grep -qE '^genofs:pid=[0-9]+$' "$work/out"
	check "$name: or one of a batch system" env SLURM_JOB_ID=77 SLURM_STEP_ID=2 "${as[@]}" \
		"$genofs" run "$store" "$at" -- sh -c "findmnt -no SOURCE $at |
			grep -qxF genofs:job=77.2"
	check "$name: it is read-only, without set-user-ID and devices" run_is 0 -o noexec "$store" \
		"$at" -- sh -c "findmnt -no OPTIONS $at | tr , '\n' | grep -cxE 'ro|nosuid|nodev|noexec'"
	check "$name: by request without programs" grep -qx 4 "$work/out"
}

many_at_once() {
	local pids=() pid bad=0 began=$EPOCHREALTIME

	for _ in $(seq 100); do
		"${as[@]}" "$genofs" run -o threads=1 "$store" "$at" -- \
			cmp "$at/cohort/chr2/sites.vcf" "$box/sites" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || bad=$((bad + 1))
	done
	echo "# $name: 100 at once in $(awk -v a="$began" -v b="$EPOCHREALTIME" \
		'BEGIN { printf "%.1f", b - a }') s"
	[ "$bad" -eq 0 ] && not test -e "$box/made"
}

# nothing_shared: the keeper has ended, and taken its files along
nothing_shared() {
	gone && wait_until 5 not test -e "$XDG_RUNTIME_DIR/genofs"
}

# readers_at_once N: each with a folder of its own, and there until all have read the whole file;
# what they say is in $box/shared.*.
readers_at_once() {
	local pids=() pid bad=0 n

	for n in $(seq "$1"); do
		"${as[@]}" "$genofs" run --share --stats "$store" "$at/$n" -- sh -c \
			"cmp $at/$n/cohort/calls.vcf $work/cohort.vcf && echo >$box/there.$n &&
			until [ -e $box/go ]; do sleep 0.05; done" >"$work/shared.$name.$n" 2>&1 &
		pids+=($!)
	done
	own_pids+=("${pids[@]}")
	wait_until 20 all_are_there "$1" || bad=1
	touch "$box/go"
	for pid in "${pids[@]}"; do
		wait "$pid" || bad=1
	done
	[ "$bad" -eq 0 ]
}

all_are_there() {
	[ "$(find "$box" -name 'there.*' | wc -l)" -eq "$1" ]
}

keeper_of() {
	awk '/^PPid:/ { print $2 }' "/proc/$(pid_in_config supervisor)/status"
}

sharing() {
	local loop='echo >$box/ready; while :; do sleep 0.05; done' first second keeper

	export XDG_RUNTIME_DIR=$box/runtime
	"${who[@]}" mkdir -m 0700 "$XDG_RUNTIME_DIR"
	flags=(--share)
	check "$name: 24 share one mount" readers_at_once 24
	check "$name: which decodes each block once" [ "$(cat "$work/shared.$name".* | grep -c "decodes=17$")" = 24 ]
	check "$name: it ends with them" nothing_shared
	check "$name: -v says that it is shared" run_is 0 -v --share "$store" "$at" -- true
	check "$name: so" says "$way, and shared"
	check "$name: what is wrong with a source is said" run_is 125 --share "$box/no.gst" "$at" -- true
	check "$name: as it is" says "$box/no.gst: No such file"
	check "$name: and nothing left" nothing_shared

	start 'echo >$box/ready; read -r _ <$box/pipe; cmp $calls '"$work/cohort.vcf"
	first=$job
	keeper=$(keeper_of)
	start 'echo >$box/ready; read -r _ <$box/pipe2; cmp $calls '"$work/cohort.vcf"
	second=$job
	check "$name: the second joins the first" [ "$(keeper_of)" = "$keeper" ]
	kill -9 "$first"
	kill -TERM "$keeper" "$(pid_in_config server)"
	echo >"$box/pipe2"
	job=$second
	check "$name: and is served when that was killed, and the keeper told to end" ended_with 0
	check "$name: which ends with its last user" nothing_shared

	start "$loop"
	first=$job
	keeper=$(keeper_of)
	start "$loop"
	kill -9 "$first" "$job"
	check "$name: also when all are killed" nothing_shared
	check "$name: the keeper first of all" has_ended "$keeper"

	start "$loop"
	kill -9 "$(pid_in_config server)"
	check "$name: when the server is killed, 74" ended_with 74
	check "$name: and nothing is left" nothing_shared
	start "$loop"
	kill -9 "$(keeper_of)"
	check "$name: when the keeper is killed, 74" ended_with 74
	check "$name: and nothing is left of it" nothing_shared

	# Whoever comes next must not take the dead keeper for one that lives.
	start "$loop"
	keeper=$(keeper_of)
	kill -STOP "$job" # or it would remove it
	kill -9 "$keeper" "$job"
	check "$name: what is left where all are killed" test -e "$XDG_RUNTIME_DIR/genofs"
	check "$name: is no matter to the next" run_is 0 --share "$store" "$at" -- \
		cmp "$at/cohort/calls.vcf" "$work/cohort.vcf"
	check "$name: who removes it" nothing_shared

	start "$loop"
	keeper=$(keeper_of)
	check "$name: a step of a job shares with its own tasks only" env SLURM_JOB_ID=5 \
		"${as[@]}" "$genofs" run --share "$store" "$at.2" -- sh -c \
		"! grep -x \"supervisor_pid=$(pid_in_config supervisor)\" $at.2/.genofs/config"
	check "$name: who wants other options has another mount" run_is 0 --share -o threads=1 \
		"$store" "$at.2" -- grep -x threads=1 "$at.2/.genofs/config"
	check "$name: a store of the same name that is another" other_store
	kill -9 "$job"
	check "$name: all of them end" nothing_shared

	"${who[@]}" mkdir -m 0755 "$XDG_RUNTIME_DIR/genofs"
	check "$name: a folder that others may enter is not used" run_is 125 --share "$store" "$at" -- true
	check "$name: which is said" says "is not yours alone"
	rmdir "$XDG_RUNTIME_DIR/genofs"
	unset XDG_RUNTIME_DIR
	flags=()
}

# The file is replaced while its mount is in use.
other_store() {
	cp "$store" "$box/copy.gst" && mv "$store" "$work/kept.gst" && mv "$box/copy.gst" "$store" &&
		run_is 0 --share "$store" "$at.2" -- cmp "$at.2/cohort/calls.vcf" "$work/cohort.vcf" &&
		mv "$work/kept.gst" "$store"
}

# begin NAME WAY COMMAND...: what follows is as whoever the command makes of us
begin() {
	name=$1
	way=$2
	shift 2
	# bash has its background processes ignore SIGINT and SIGQUIT.
	as=(env --default-signal "$mark" "$@")
	flags=()
	box=$work/$name/box
	mkdir -p "$box"
	mkfifo "$box/pipe" "$box/pipe2"
	touch "$box/file"
	cp "$work/sites" "$box"
	[ "$name" = root ] || chown -R 65534:65534 "$work/$name"
	at=$box/made/mnt
	echo "# $name, $way"
}

"$GENOFS" run "$store" "$work/first" -- cp "$work/first/cohort/chr2/sites.vcf" "$work/sites"
chmod 0644 "$work/sites"

who=(env)
begin root "in a mount namespace"
the_command
exit_statuses
tags
folders
signals
accidents
sharing
readahead
readahead --share
if limit_memory; then
	memory
else
	echo "# no group for memory can be made here"
fi

who=(setpriv --reuid 65534 --regid 65534 --clear-groups)
with_fuse=(unshare --mount sh -c 'mount --bind "$0" /dev/fuse && exec "$@"' "$work/fuse")
begin nobody "in a user and mount namespace" "${with_fuse[@]}" "${who[@]}"
the_command
exit_statuses
tags
folders
signals
accidents
sharing
check "$name: 100 at once" many_at_once
check "$name: leave nothing" gone

# fusermount3 looks there for what it may unmount; the barest systems come without it.
[ -e /etc/mtab ] || ln -s ../proc/self/mounts /etc/mtab
begin user "by fusermount3" "${with_fuse[@]}" "$TEST_PROGRAMS/without_namespaces" "${who[@]}"
the_command
exit_statuses
tags
check "$name: there is no sharing without a namespace" run_is 0 -v --share "$store" "$at" -- true
check "$name: it says so, and has a mount of its own" says "not shared: no namespace"
start 'echo >$box/ready; while :; do sleep 0.05; done'
kill -9 "$(pid_in_config server)"
check "$name: when the server is killed, 74" ended_with 74
check "$name: and nothing is left" gone

finish
