#!/bin/bash
# SPDX-License-Identifier: MIT
# How mounts begin and end, by command, by signal and by accident.
. "$(dirname "$0")/lib.sh"

make_store cohort
store=$work/cohort.gst
calls=cohort/calls.vcf

# Sets $mnt, $server and $supervisor.
start() {
	new_mnt
	mount_at "$mnt" "$@" "$store"
	server=$(server_of "$mnt")
	supervisor=$(supervisor_of "$mnt")
	own_pids+=("$server" "$supervisor")
}

both_ended() {
	has_ended "$server" && has_ended "$supervisor"
}

gone() {
	! is_mounted "$mnt" && both_ended
}

# ---- begin and end ----

new_mnt
printed=$("$GENOFS" mount "$store" "$mnt" 2>&1)
check "the mount is ready when the command returns" test -s "$mnt/$calls"
check "which prints nothing and leaves no pipe open" [ -z "$printed" ]
server=$(server_of "$mnt")
supervisor=$(supervisor_of "$mnt")
check "the server holds no folder" [ "$(readlink "/proc/$server/cwd")" = / ]
check "nor does the supervisor" [ "$(readlink "/proc/$supervisor/cwd")" = / ]
check "neither holds a terminal" [ "$(readlink "/proc/$server/fd/2" "/proc/$supervisor/fd/2" |
	sort -u)" = /dev/null ]
kill -USR1 "$supervisor"
check "SIGUSR1 logs the counters" wait_until 5 grep -q 'decodes=' "$mnt/.genofs/log"
kill -TERM "$server"
kill -INT "$server"
check "signals to the server are nothing to it" cmp "$mnt/$calls" "$work/cohort.vcf"
check "umount ends the mount" status_is 0 "$GENOFS" umount "$mnt"
check "and the server has ended when it returns" gone

start
exec 3<"$mnt/$calls"
check "a mount in use is not unmounted" refused 1 "-l" "$GENOFS" umount "$mnt"
check "but by umount -l" status_is 0 "$GENOFS" umount -l "$mnt"
check "at once" not is_mounted "$mnt"
check "what is open is served on" cmp - "$work/cohort.vcf" <&3
check "as long as it is open" not has_ended "$server"
exec 3<&-
check "then the server ends" wait_until 5 both_ended

# ---- umount's manners ----

mkdir "$work/plain"
check "umount refuses what is no mount" refused 1 "nothing is mounted" "$GENOFS" umount "$work/plain"
check "and what is not ours" refused 1 "not one of genofs" "$GENOFS" umount /proc
check "which stays" test -e /proc/self/status
check "umount without a folder is wrong usage" status_is 2 "$GENOFS" umount
check "so is an option that it does not know" status_is 2 "$GENOFS" umount -x "$work/plain"

# ---- signals ----

start
kill -TERM "$supervisor"
check "SIGTERM ends the mount" wait_until 5 gone

start
exec 3<"$mnt/$calls"
head -c 1000 <&3 >"$work/head"
kill -TERM "$supervisor"
check "SIGTERM detaches a mount that is in use" wait_until 5 not is_mounted "$mnt"
check "what is open is served on after it" cmp <(cat "$work/head" - <&3) "$work/cohort.vcf"
exec 3<&-
check "the server ends with the last close" wait_until 5 both_ended

start
exec 3<"$mnt/$calls"
kill -TERM "$supervisor"
wait_until 5 not is_mounted "$mnt"
kill -TERM "$supervisor"
check "a second signal ends it at once" wait_until 5 both_ended
exec 3<&-

start -o grace=1
exec 3<"$mnt/$calls"
kill -TERM "$supervisor"
check "so does the end of the grace period" wait_until 5 both_ended
exec 3<&-

# ---- in the foreground ----

new_mnt
"$GENOFS" mount -f "$store" "$mnt" 2>"$work/err" &
job=$!
own_pids+=("$job")
check "-f mounts too" wait_until 5 test -s "$mnt/$calls"
check "and stays" [ "$(supervisor_of "$mnt")" = "$job" ]
kill -USR1 "$job"
check "and logs to stderr" wait_until 5 grep -q 'decodes=' "$work/err"
kill -INT "$job"
ended_well() {
	local status=0
	wait "$job" || status=$?
	[ "$status" -eq 0 ]
}
check "until Ctrl-C, with status 0" ended_well
check "which unmounts" not is_mounted "$mnt"

# ---- accidents ----

start
kill -9 "$server"
check "when the server is killed the mount goes" wait_until 5 gone
check "and its folder is a folder again" [ -z "$(ls -A "$mnt")" ]
mount_at "$mnt" "$store"
check "to be mounted on anew" cmp "$mnt/$calls" "$work/cohort.vcf"
"$GENOFS" umount "$mnt"

start
exec 3<"$mnt/$calls"
kill -9 "$server"
wait_until 5 gone
check "reads of what was open then fail, they do not hang" not timeout 5 cat <&3 2>/dev/null
exec 3<&-

start
kill -9 "$supervisor"
check "when the supervisor is killed the server ends" wait_until 5 both_ended
check "and leaves a dead mount" not stat "$mnt" 2>/dev/null
mount_at "$mnt" "$store"
check "which the next mount in its place replaces" cmp "$mnt/$calls" "$work/cohort.vcf"
check "leaving nothing under it" status_is 0 "$GENOFS" umount "$mnt"
check "at all" not is_mounted "$mnt"

start
kill -9 "$supervisor"
wait_until 5 both_ended
cd "$work"
check "a dead mount is unmounted by its relative name too" status_is 0 "$GENOFS" umount \
	"$(basename "$mnt")/"
cd - >/dev/null
check "and is gone" not is_mounted "$mnt"

start
kill -STOP "$server"
echo 3 >/proc/sys/vm/drop_caches 2>/dev/null || true
check "umount is not held up by a server that hangs" timeout 30 "$GENOFS" umount -l "$mnt"
kill -CONT "$server"
check "which then ends" wait_until 5 both_ended

# ---- several, passed on, many times ----

start
first=$mnt
start
check "one store may be mounted twice" cmp "$first/$calls" "$mnt/$calls"
check "with the same inode numbers" [ "$(stat -c %i "$first/$calls")" = "$(stat -c %i "$mnt/$calls")" ]
check "and both end in one command" status_is 0 "$GENOFS" umount "$first" "$mnt"

new_mnt
mkdir "$work/above" "$work/twice"
mount_at "$mnt" "$store" "again=$store"
check "one mount may show a store twice" cmp "$mnt/$calls" "$mnt/again/calls.vcf"
"$GENOFS" umount "$mnt"

new_mnt
"$TEST_PROGRAMS/pass_fd" "$mnt" "$GENOFS" mount -f "$store" &
job=$!
own_pids+=("$job")
check "a mount passed as /dev/fd/N is served" wait_until 5 test -s "$mnt/$calls"
check "whole" cmp "$mnt/$calls" "$work/cohort.vcf"
check "and read-only without the mount being so" refused 1 "Read-only file system" \
	touch "$mnt/$calls"
umount "$mnt"
check "and ends when its owner unmounts it" ended_well

new_mnt
check "so in the background" "$TEST_PROGRAMS/pass_fd" "$mnt" "$GENOFS" mount "$store"
check "where it is ready too" cmp "$mnt/$calls" "$work/cohort.vcf"
server=$(server_of "$mnt")
supervisor=$(supervisor_of "$mnt")
umount "$mnt"
check "and ends" wait_until 5 both_ended

cycles() {
	for _ in $(seq 50); do
		mount_at "$mnt" "$store" && head -c 100 "$mnt/$calls" >/dev/null || return 1
		server=$(server_of "$mnt")
		supervisor=$(supervisor_of "$mnt")
		"$GENOFS" umount "$mnt" && gone || return 1
	done
}
new_mnt
check "50 mounts one after the other" cycles

finish
