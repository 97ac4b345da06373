# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are the tests'
# SPDX-License-Identifier: MIT
#
# What the tests on a Slurm cluster share: all of tests/mount/lib.sh, and a cluster of their own in a
# mount namespace of its own, which is the nodes' table of mounts: what a job leaves is seen there and
# nowhere else. /dev/shm is the test's too, and /dev/fuse open to all, as udev makes it.
#
#	start_cluster [LINE...]   lines for slurm.conf; sets $node, the first node's name
#	submit ARGUMENT...        sbatch as nobody, from $jobs; sets $job
#	state_of JOB              COMPLETED, FAILED, ...; of an array all that there are
#	wait_job JOB              until it has ended
#	leaves_nothing            no mount, process, object in /dev/shm, folder called *mnt* in $jobs

if [ -z "${OWN_NAMESPACE:-}" ]; then
	OWN_NAMESPACE=yes exec unshare --mount --propagation private bash "$0" "$@"
fi
# shellcheck source=tests/mount/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../mount/lib.sh"

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
helpers=$root/mount-helpers
cluster=$root/tests/slurm/cluster
unset "${!SLURM_JOB@}" "${!SLURM_ARRAY@}" "${!SLURM_STEP@}"
export PATH="${GENOFS%/*}:$PATH"

# As on most machines, where systemd has made it so.
mount --make-rshared /
mount -t tmpfs genofs-test /dev/shm
mknod -m 0666 "$work/fuse" c 10 229
mount --bind "$work/fuse" /dev/fuse
chmod 0755 "$work"

jobs=$work/jobs # where jobs are submitted and write
mkdir "$jobs" "$jobs/tmp"
chown 65534:65534 "$jobs" "$jobs/tmp"
export TMPDIR=$jobs/tmp

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

is_free() {
	! ss -Hltn | awk '{ print $4 }' | grep -qE ":($(seq -s '|' "$1" "$(($1 + 8))"))\$"
}

start_cluster() {
	SLURM_TEST_DIR=$(mktemp -d /var/tmp/genofs-slurm.XXXXXX)
	SLURM_TEST_PORT=$((20000 + RANDOM % 1000 * 10))
	until is_free "$SLURM_TEST_PORT"; do
		SLURM_TEST_PORT=$((20000 + RANDOM % 1000 * 10))
	done
	printf '%s\n' "$@" >"$work/extra"
	export SLURM_TEST_DIR SLURM_TEST_PORT SLURM_TEST_EXTRA=$work/extra
	trap '"$cluster" clean; clean_up' EXIT
	"$cluster" start || exit 1
	eval "$("$cluster" env)"
	node=n$((SLURM_TEST_PORT + 1))
}

submit() {
	job=$(cd "$jobs" && nobody sbatch --parsable -o "$jobs/%j.out" -e "$jobs/%j.err" "$@")
}

state_of() {
	scontrol -o show job "$1" | grep -o 'JobState=[A-Z_]*' | cut -d= -f2 | sort -u | paste -sd,
}

state_is() {
	local state

	state=$(state_of "$1")
	[ "$state" = "$2" ] && return
	echo "# state $state, not $2"
	head -n 5 "$jobs/$1".* | sed 's/^/# /'
	return 1
}

has_finished() {
	[[ -n $(state_of "$1") && ! $(state_of "$1") =~ PENDING|RUNNING|COMPLETING|CONFIGURING|SUSPENDED ]]
}

wait_job() {
	wait_until 60 has_finished "$1"
}

nodes_are_idle() {
	[ "$(sinfo -h -o %T | sort -u)" = idle ]
}

# Whatever a job began ends a moment after it: epilogs run then.
nothing_left() {
	local left

	left=$(
		grep -F ' fuse.genofs ' /proc/self/mountinfo | grep -F " $work/"
		pgrep -fa -- "genofs.* $work/" | grep -vF "$0"
		find /dev/shm -mindepth 1
		find "$jobs" -type d \( -name '*mnt*' -o -name 'genofs-*' \)
	)
	[ -z "$left" ] && return
	printf '%s\n' "$left" >"$work/left"
	return 1
}

leaves_nothing() {
	wait_until 10 nothing_left && return
	sed 's/^/# /' "$work/left"
	return 1
}
