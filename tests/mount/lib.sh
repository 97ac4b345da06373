# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the mount tests share: a folder of their own, a store to mount, mounts that are gone when the
# test is, and lines `ok N - text`.
#
#	GENOFS         the program to test (build/tools/genofs)
#	TEST_PROGRAMS  the folder of the C helpers (build/tests/mount)

set -euo pipefail
export LC_ALL=C

GENOFS=$(realpath "${GENOFS:-build/tools/genofs}")
TEST_PROGRAMS=$(realpath "${TEST_PROGRAMS:-build/tests/mount}")

n_checks=0
n_failed=0
work=$(mktemp -d)
own_pids=()   # ended at the end; the test's own only
own_mounts=() # detached at the end

clean_up() {
	local mnt pid

	for mnt in "${own_mounts[@]}"; do
		while is_mounted "$mnt"; do
			"$GENOFS" umount -l "$mnt" || break
		done
	done
	for pid in "${own_pids[@]}"; do
		kill -9 "$pid" 2>/dev/null || true
	done
	rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# check TEXT COMMAND...: one line, ok when the command succeeds.
check() {
	local text=${1//#/%23} # of which TAP has it that a directive follows
	shift
	n_checks=$((n_checks + 1))
	if "$@"; then
		echo "ok $n_checks - $text"
	else
		echo "not ok $n_checks - $text"
		n_failed=$((n_failed + 1))
	fi
}

not() {
	! "$@"
}

finish() {
	echo "1..$n_checks"
	[ "$n_failed" -eq 0 ]
}

# status_is STATUS COMMAND...: what the command prints goes to $work/out.
status_is() {
	local want=$1 got=0
	shift
	"$@" >"$work/out" 2>&1 || got=$?
	[ "$got" -eq "$want" ] && return
	echo "# exit status $got, not $want: $*"
	sed 's/^/# /' "$work/out"
	return 1
}

# says TEXT: the last status_is() printed it.
says() {
	grep -qF -- "$1" "$work/out" && return
	sed 's/^/# /' "$work/out"
	return 1
}

# refused STATUS TEXT COMMAND...: fails with that status and a message that has the text.
refused() {
	local status=$1 text=$2
	shift 2
	status_is "$status" "$@" && says "$text"
}

# wait_until SECONDS COMMAND...: try until the command succeeds.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -le "$end" ] || return 1
		sleep 0.02
	done
}

is_mounted() {
	awk -v mnt="$1" '$5 == mnt { found = 1 } END { exit !found }' /proc/self/mountinfo
}

# A folder to mount on, in $mnt.
new_mnt() {
	mnt=$work/mnt${#own_mounts[@]}
	mkdir -p "$mnt"
	own_mounts+=("$mnt")
}

# mount_at MNT ARGUMENT...: mount in the background, ready on return.
mount_at() {
	local at=$1
	shift
	"$GENOFS" mount "$@" "$at"
}

config_of() {
	sed -n "s/^$2=//p" "$1/.genofs/config"
}

server_of() {
	config_of "$1" server_pid
}

supervisor_of() {
	config_of "$1" supervisor_pid
}

# stat_of MNT NAME: a counter.
stat_of() {
	awk -v name="$2" '$1 == name { print $2 }' "$1/.genofs/stats"
}

# Also true of what has ended and was not waited for by its parent.
has_ended() {
	! grep -qv '^State:[[:space:]]*Z' < <(grep '^State:' "/proc/$1/status" 2>/dev/null)
}

# make_vcf FILE RECORDS SAMPLES: three contigs, one of them with a name that cannot be a folder's.
make_vcf() {
	awk -v n="$2" -v samples="$3" 'BEGIN {
		srand(7)
		print "##fileformat=VCFv4.3"
		print "##FILTER=<ID=PASS,Description=\"All filters passed\">"
		print "##contig=<ID=chr1,length=10000000>"
		print "##contig=<ID=chr2,length=10000000>"
		print "##contig=<ID=HLA*01:01/x,length=10000000>"
		print "##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">"
		print "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">"
		printf "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
		for (s = 1; s <= samples; s++)
			printf "\tS%d", s
		printf "\n"
		split("chr1 chr2 HLA*01:01/x", contig, " ")
		split("A C G T", base, " ")
		for (i = 0; i < n; i++) {
			c = i < n * 0.6 ? 1 : i < n * 0.9 ? 2 : 3
			pos[c] += 1 + int(rand() * 20)
			r = int(rand() * 4)
			printf "%s\t%d\t.\t%s\t%s\t.\tPASS\tDP=%d\tGT", contig[c], pos[c],
				base[r + 1], base[(r + 1) % 4 + 1], int(rand() * 1000)
			for (s = 1; s <= samples; s++)
				printf "\t%d|%d", rand() < 0.1, rand() < 0.1
			printf "\n"
		}
	}' >"$1"
}

# make_store NAME [RECORDS [SAMPLES]]: $work/NAME.gst of chunks of 500 records, and what its
# calls.vcf has to be in $work/NAME.vcf.
make_store() {
	make_vcf "$work/$1.in.vcf" "${2:-8000}" "${3:-100}"
	bcftools view --no-version "$work/$1.in.vcf" >"$work/$1.vcf"
	"$GENOFS" import --chunk-records 500 "$work/$1.in.vcf" -o "$work/$1.gst" >"$work/out" 2>&1 || {
		cat "$work/out"
		return 1
	}
	rm "$work/$1.in.vcf"
}

# quietly COMMAND...: what it prints is shown when it fails
quietly() {
	"$@" >"$work/out" 2>&1 && return
	head -n 45 "$work/out" | cut -c 1-400 | sed 's/^/# /'
	return 1
}
