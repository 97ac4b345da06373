#!/bin/bash
# SPDX-License-Identifier: MIT
# What a batch system runs before and after jobs: mount-helpers/slurm/prolog and epilog, called as it
# calls them. In a mount namespace of its own, for /etc/fstab.
if [ -z "${OWN_NAMESPACE:-}" ]; then
	OWN_NAMESPACE=yes exec unshare --mount --propagation private bash "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
unset "${!SLURM_@}" "${!LSB_@}" "${!PBS_@}" "${!SGE_@}" JOB_ID

helpers=$(realpath "$(dirname "$0")/../../mount-helpers")
make_store cohort 500 5
store=$work/cohort.gst
chmod 0755 "$work"
chmod 0644 "$store"
mknod "$work/fuse" c 10 229 # for everybody, as udev makes it
chmod 0666 "$work/fuse"
mount --bind "$work/fuse" /dev/fuse

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# start VARIABLE=VALUE...: a mount in that job; sets $mnt, $server, $supervisor
start() {
	new_mnt
	env "$@" "$GENOFS" mount "$store" "$mnt"
	server=$(server_of "$mnt")
	supervisor=$(supervisor_of "$mnt")
	own_pids+=("$server" "$supervisor")
}

epilog() {
	env "$@" "$helpers/slurm/epilog"
}

# A scheduler's environment is all that a Prolog or Epilog has.
bare() {
	env -i "$@"
}

gone() {
	! is_mounted "$mnt" && has_ended "$server" && has_ended "$supervisor"
}

served() {
	cmp "$1/cohort/calls.vcf" "$work/cohort.vcf"
}

# ends TEXT JOB-VARIABLES...: their mount is ended by an epilog with the same
ends() {
	local text=$1

	shift
	start "$@"
	check "$text: a mount of the job is there" served "$mnt"
	check "and ended by the epilog" status_is 0 epilog "$@"
	check "with its processes" wait_until 5 gone
}

# leaves TEXT EPILOG-VARIABLE... -- JOB-VARIABLE...: it is not
leaves() {
	local text=$1 job=()

	shift
	while [ "$1" != -- ]; do
		job+=("$1")
		shift
	done
	shift
	start "$@"
	epilog "${job[@]}"
	check "$text is left alone" served "$mnt"
	check "with its processes" not has_ended "$supervisor"
	"$GENOFS" umount "$mnt"
}

ends "Slurm" SLURM_JOB_ID=17
ends "Slurm, a step" SLURM_JOB_ID=17 SLURM_STEP_ID=3
ends "LSF" LSB_JOBID=17 LSB_JOBINDEX=0
ends "LSF, a task" LSB_JOBID=17 LSB_JOBINDEX=2
ends "Grid Engine" JOB_ID=17 SGE_TASK_ID=undefined
ends "Grid Engine, a task" JOB_ID=17 SGE_TASK_ID=2
ends "PBS" PBS_JOBID=17.server
ends "PBS, a task" "PBS_JOBID=17[2].server"
start PBS_JOBID=17.server
check "PBS's epilogue has the job as an argument" status_is 0 "$helpers/slurm/epilog" 17.server nobody
check "and ends it" wait_until 5 gone

leaves "a mount of another job" SLURM_JOB_ID=1 -- SLURM_JOB_ID=17
leaves "one of a job whose number begins so" SLURM_JOB_ID=1 -- SLURM_JOB_ID=17 SLURM_STEP_ID=1
leaves "another task" LSB_JOBID=17 LSB_JOBINDEX=1 -- LSB_JOBID=17 LSB_JOBINDEX=12
leaves "another task" "PBS_JOBID=17[1].server" -- "PBS_JOBID=17[2].server"
leaves "another task" "PBS_JOBID=1?.*" -- "PBS_JOBID=17.server"
leaves "a mount of no job" SLURM_JOB_ID=17 -- X=1
leaves "a mount without a job that ended" X=1 -- SLURM_JOB_ID=17
leaves "another user's mount" SLURM_JOB_ID=17 SLURM_JOB_UID=65534 -- SLURM_JOB_ID=17
start SLURM_JOB_ID=17
other=$mnt other_server=$server
start SLURM_JOB_ID=18
exec 3<"$other/cohort/calls.vcf"
epilog SLURM_JOB_ID=17 SLURM_JOB_UID=0
check "of two jobs with one store, one is ended" not is_mounted "$other"
check "though a file is open there" wait_until 5 has_ended "$other_server"
check "the other is unhurt" served "$mnt"
exec 3<&-

start SLURM_JOB_ID=17
kill -STOP "$server"
check "a server that hangs does not hold the epilog up" timeout 20 env SLURM_JOB_ID=17 "$helpers/slurm/epilog"
check "and is ended" wait_until 5 gone

start SLURM_JOB_ID=17
kill -9 "$supervisor"
wait_until 5 has_ended "$server"
check "a dead mount" status_is 0 epilog SLURM_JOB_ID=17
check "is ended" not is_mounted "$mnt"

new_mnt
chown 65534:65534 "$mnt"
at="$mnt/a b"
nobody mkdir "$at"
nobody env SLURM_JOB_ID=17 "$GENOFS" mount "$store" "$at"
check "a user's mount, with a blank in its name" grep -qF "${at// /\\040} " /proc/self/mountinfo
check "which root may not look into" not ls "$at" 2>/dev/null
check "is ended with nothing in the environment but the job" status_is 0 bare SLURM_JOB_ID=17 \
	SLURM_JOB_UID=65534 "$helpers/slurm/epilog"
check "too" not grep -qF "${at// /\\040} " /proc/self/mountinfo
check "no job is no reason to fail" status_is 0 bare "$helpers/slurm/epilog"
check "nor is one that cannot be" status_is 0 bare SLURM_JOB_ID='17;false' "$helpers/slurm/epilog"

# ---- prolog ----

mkdir "$work/etc"
: >"$work/etc/fstab"
mount -t overlay genofs-test -o "lowerdir=$work/etc:/etc" /etc
# mount(8) finds its helper in /sbin alone
mkdir -p "$work/sbin" "$work/usr/sbin" "$work/usr/bin"
ln -s "$GENOFS" "$work/usr/bin/genofs"
cp "$helpers/mount.genofs" "$work/usr/sbin"
ln -s "$work/usr/sbin/mount.genofs" "$work/sbin/mount.genofs"
mount -t overlay genofs-test -o "lowerdir=$work/sbin:$(realpath /sbin)" "$(realpath /sbin)"

prolog() {
	bare SLURM_JOB_ID=17 "$helpers/slurm/prolog"
}

new_mnt
printf '%s\n' "# $store $work/none genofs x-genofs.job 0 0" \
	"$work/none.gst $work/etc genofs x-genofs.job 0 0" "$store $work/none genofs x-genofs.job 0 0" \
	"$store $work/other genofs ro 0 0" "$store $mnt genofs ro,x-genofs.job,noauto,allow_other,mode=0444 0 0" \
	>"$work/etc/fstab"
mount -o remount /etc
mkdir "$work/other"
check "a prolog does not fail, whatever is in fstab" status_is 0 prolog
check "and mounts what is for jobs" served "$mnt"
check "nothing else" not is_mounted "$work/other"
supervisor=$(supervisor_of "$mnt")
own_pids+=("$supervisor")
check "the next" status_is 0 prolog
check "finds it there" [ "$(supervisor_of "$mnt")" = "$supervisor" ]
server=$(server_of "$mnt")
kill -9 "$supervisor"
wait_until 5 has_ended "$server"
check "one whose server is dead" not stat "$mnt/cohort" 2>/dev/null
check "is mounted anew by the next" status_is 0 prolog
check "to be read" served "$mnt"
check "once" [ "$(grep -c " $mnt " /proc/self/mountinfo)" -eq 1 ]
umount "$mnt"

new_mnt
dead=$mnt
chown 65534:65534 "$dead"
nobody env SLURM_JOB_ID=16 "$GENOFS" mount "$store" "$dead"
new_mnt
alive=$mnt
chown 65534:65534 "$alive"
nobody env SLURM_JOB_ID=15 "$GENOFS" mount "$store" "$alive"
kill -9 "$(nobody sed -n 's/^supervisor_pid=//p' "$dead/.genofs/config")"
is_dead() {
	[[ $(nobody stat -f "$1" 2>&1) == *"not connected"* ]]
}
wait_until 5 is_dead "$dead"
check "a user's mount that is dead" status_is 0 prolog
check "is taken away" not is_mounted "$dead"
check "one that is not stays" nobody cmp "$alive/cohort/calls.vcf" "$work/cohort.vcf"

finish
