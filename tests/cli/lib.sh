# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For the tests of the commands. A test sources this, makes its checks and ends with `finish`:
#
#	check "what holds" command arguments...     passes when the command succeeds
#	check_not "what holds" command arguments... passes when it fails
#	pass "what holds"; fail "what holds" "why"  where a command would not do
#
# Each check prints one TAP line, a failed one also what the command said. $T is a folder that
# goes away at the end, with whatever is mounted in it. GENOFS is the program under test.
set -uo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for the tests
here=$root/tests/cli data=$root/tests/data
: "${GENOFS:=$root/build/tools/genofs}"
GENOFS=$(realpath -m "$GENOFS")
# More data, which need not be there; GENOFS_EXTRA_DATA= turns it off.
# shellcheck disable=SC2034
extra=${GENOFS_EXTRA_DATA-$root/../shared/data}

n_checks=0
n_failed=0
T=$(mktemp -d "${TMPDIR:-/tmp}/genofs-cli.XXXXXX")
mkdir "$T/mnt"

clean_up() {
	local at

	while read -r _ at _; do
		[[ $at == "$T"/* ]] && umount -l "$at" 2>/dev/null
	done </proc/mounts
	rm -rf "$T"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

pass() {
	printf 'ok %d - %s\n' $((++n_checks)) "$1"
}

fail() {
	n_failed=$((n_failed + 1))
	printf 'not ok %d - %s\n' $((++n_checks)) "$1"
	[[ -z ${2:-} ]] || printf '%s\n' "$2" | head -n 20 | cut -c 1-500 | sed 's/^/# /'
}

check() {
	local what=$1

	shift
	if "$@" >"$T/.said" 2>&1; then
		pass "$what"
	else
		fail "$what" "exit status $? of: $*
$(cat "$T/.said")"
		return 1
	fi
}

check_not() {
	local what=$1

	shift
	if "$@" >"$T/.said" 2>&1; then
		fail "$what" "succeeded: $*"
		return 1
	fi
	pass "$what"
}

finish() {
	printf '1..%d\n' "$n_checks"
	((n_checks > 0 && n_failed == 0))
	exit
}

need() {
	local command

	for command; do
		command -v "$command" >/dev/null || fail "$command is there" "install it (tools/deps)"
	done
	[[ -x $GENOFS ]] || fail "$GENOFS is there" "build it: ninja -C build"
	((n_failed == 0)) || finish
}

# is_status N COMMAND...: exits with N
is_status() {
	local want=$1 got=0

	shift
	"$@" || got=$?
	((got == want)) || {
		echo "exit status $got, not $want"
		return 1
	}
}

# refused STATUS TEXT COMMAND...: ends with that status and a message that has the text
refused() {
	local status=$1 text=$2

	shift 2
	is_status "$status" "$@" 2>"$T/err" && grep -F -- "$text" "$T/err" && return
	cat "$T/err"
	return 1
}

# only_these FOLDER NAME...: holds these and nothing else, no hidden leftovers either
only_these() {
	local folder=$1

	shift
	diff <(printf '%s\n' "$@" | sed '/^$/d' | sort) <(find "$folder" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)
}

# What bcftools makes of the file, to standard output; fails where it refuses the file.
reference() {
	bcftools view --no-version "$1" 2>/dev/null
}

# sorted_reference VCF: header, then the records stably sorted by the first appearance of their
# contig and by position
sorted_reference() {
	awk -F '\t' -v OFS='\t' '
		/^#/ { print 0, 0, $0; next }
		!($1 in contig) { contig[$1] = ++n }
		{ print contig[$1], $2, $0 }' "$1" | sort -s -t $'\t' -k1,1n -k2,2n | cut -f 3-
}

mount_stores() {
	"$GENOFS" mount "$@" "$T/mnt"
}

unmount() {
	"$GENOFS" umount "$T/mnt"
}
