#!/bin/bash
# SPDX-License-Identifier: MIT
# What a service manager is told of a mount.
. "$(dirname "$0")/lib.sh"

make_store cohort 500 5
store=$work/cohort.gst
notified=$(realpath "$(dirname "$0")/notified.py")

# start SOCKET COMMAND...: in the background, words in $work/said
start() {
	local socket=$1

	shift
	rm -f "$work/said"
	python3 "$notified" "$socket" "$work/said" "$@" &
	manager=$!
	own_pids+=("$manager")
	wait_until 10 test -s "$work/said"
}

told() {
	grep -qx -- "$1" "$work/said"
}

said_is() {
	[ "$(grep -v ^started "$work/said" | paste -sd,)" = "$1" ] && return
	sed 's/^/# /' "$work/said"
	return 1
}

stop() {
	kill -9 "$manager"
	wait "$manager" 2>/dev/null || true
}

for socket in "$work/manager" "@genofs-test-$$"; do
	new_mnt
	start "$socket" "$GENOFS" mount -f "$store" "$mnt"
	check "in the foreground, ${socket/$$/N}: ready is told" wait_until 10 told "main READY=1"
	check "when the mount is" test -s "$mnt/cohort/calls.vcf"
	kill -TERM "$(supervisor_of "$mnt")"
	check "and that it is stopping" wait_until 10 told "main STOPPING=1"
	check "by the process that was started, each once" said_is "main READY=1,main STATUS=serving,main STOPPING=1"
	stop
done

new_mnt
start "$work/manager2" "$GENOFS" mount "$store" "$mnt"
check "in the background: ready is told" wait_until 10 told "main READY=1"
supervisor=$(supervisor_of "$mnt")
own_pids+=("$supervisor")
check "with the process to watch" wait_until 10 told "main MAINPID=$supervisor"
kill -TERM "$supervisor"
check "which tells that it is stopping" wait_until 10 told "$supervisor STOPPING=1"
stop

new_mnt
start "$work/manager3" "$GENOFS" mount -f "$work/none.gst" "$mnt"
wait_until 10 has_ended "$(sed -n 's/^started //p' "$work/said")"
check "a mount that fails is never ready" said_is ""
stop

new_mnt
start "$work/manager4" "$TEST_PROGRAMS/pass_fd" "$mnt" "$GENOFS" mount -f "$store"
check "a mount that is handed over" wait_until 10 test -s "$mnt/cohort/calls.vcf"
umount "$mnt"
wait_until 10 has_ended "$(sed -n 's/^started //p' "$work/said")"
check "is told by who made it" said_is ""
stop

new_mnt
for wrong in "$work/nobody" relative "/$(printf 'x%.0s' {1..200})"; do
	check "a manager that is not there is no reason not to mount" status_is 0 env \
		NOTIFY_SOCKET="$wrong" "$GENOFS" mount "$store" "$mnt"
	check "but one to say so" says "NOTIFY_SOCKET=${wrong:0:20}"
	"$GENOFS" umount "$mnt"
done
check "no socket is none" status_is 0 env NOTIFY_SOCKET= "$GENOFS" mount "$store" "$mnt"
check "without a word" not says NOTIFY
"$GENOFS" umount "$mnt"

finish
