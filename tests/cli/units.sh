#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The systemd units and the fstab example are what systemd takes without a word, and what the service
# starts is a mount.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need systemd-analyze
helpers=$root/mount-helpers
examples=$helpers/examples
built=$(dirname "$GENOFS")/../mount-helpers/genofs@.service

# takes UNIT...: systemd finds no fault with them
takes() {
	systemd-analyze verify --man=no "$@" >"$T/verify" 2>&1
	local status=$?

	# Of units of the machine it may say what it likes.
	! grep -E 'genofs|cohort' "$T/verify" && ((status == 0))
}

mkdir "$T/units"
sed "s,^ExecStart=[^ ]*genofs ,ExecStart=$GENOFS ," "$built" >"$T/units/genofs@.service"
check "the service starts the program where it is installed" grep -qE \
	'^ExecStart=/[^ ]*/bin/genofs mount -f ' "$built"
check "systemd takes the service" takes "$T/units/genofs@.service"
check "and an instance of it" takes "$T/units/genofs@cohorts.service"
cp "$examples"/mnt-cohorts.* "$T/units"
check "and the example of a mount and an automount" takes "$T/units/mnt-cohorts.mount" \
	"$T/units/mnt-cohorts.automount"
mkdir "$T/wrong"
sed 's/^RestartSec=/RestatSec=/' "$T/units/genofs@.service" >"$T/wrong/genofs@.service"
check_not "where it does not take a word that it does not know" takes "$T/wrong/genofs@.service"
exposure=$(systemd-analyze security --offline=true --threshold=60 "$T/units/genofs@.service" 2>&1)
check "the service is confined as far as a mount allows" grep -E 'Overall exposure level .*: [0-5]\.' <<<"$exposure"

# ---- fstab(5): what systemd makes of it ----

mkdir "$T/generated"
check "systemd takes the lines for fstab" env SYSTEMD_FSTAB="$examples/fstab" SYSTEMD_LOG_LEVEL=warning \
	SYSTEMD_LOG_TARGET=console \
	/lib/systemd/system-generators/systemd-fstab-generator "$T/generated" "$T/generated" "$T/generated"
check "as mounts" only_these "$T/generated" mnt-cohort.mount mnt-cohorts.automount mnt-cohorts.mount \
	mnt-mine.mount local-fs.target.wants remote-fs.target.wants
check "of ours" test "$(cat "$T"/generated/*.mount | grep -c '^Type=genofs')" -eq 3

# ---- what the service runs ----

cp "$data/joint-gatk-exome.vcf.gz" "$T/in.vcf.gz"
"$GENOFS" import -q "$T/in.vcf.gz" -o "$T/cohort.gst"
printf 'eur=cohort.gst\nafr=cohort.gst\n' >"$T/cohorts.list"
sed "s,/data/,$T/,; s,/mnt/cohorts,$T/mnt," "$examples/cohorts.conf" >"$T/cohorts.conf"

# start CONFIGURATION: the service's command line, with its words made as systemd makes them: ${X} is
# one, $X is split at blanks
start() {
	local OPTIONS='' SOURCES='' MNT='' word words=()

	# shellcheck source=/dev/null
	. "$1"
	read -ra words <<<"$(sed -n 's/^ExecStart=//p' "$T/units/genofs@.service")"
	set --
	for word in "${words[@]}"; do
		case $word in
		"\${OPTIONS}") set -- "$@" "$OPTIONS" ;;
		"\${MNT}") set -- "$@" "$MNT" ;;
		"\$SOURCES") read -ra words <<<"$SOURCES" && set -- "$@" "${words[@]}" ;;
		*) set -- "$@" "$word" ;;
		esac
	done
	"$@" 2>"$T/err" &
	server=$!
	for _ in {1..200}; do
		[[ -e $T/mnt/.genofs ]] && return
		sleep 0.05
	done
	cat "$T/err"
	return 1
}

stop() {
	kill -TERM "$server"
	wait "$server"
}

check "the example's configuration is a mount" start "$T/cohorts.conf" || finish
check "of what it lists" cmp "$T/mnt/eur/calls.vcf" "$T/mnt/afr/calls.vcf"
check "that all may read" test "$(stat -c %a "$T/mnt/eur/calls.vcf")" = 444
check "and ends on SIGTERM, well" stop
printf 'SOURCES=a=%s b=%s\nMNT=%s\n' "$T/cohort.gst" "$T/cohort.gst" "$T/mnt" >"$T/several.conf"
sed -i 's/^SOURCES=\(.*\)/SOURCES="\1"/' "$T/several.conf"
check "several sources need no list, and no options" start "$T/several.conf"
check "they are there" cmp "$T/mnt/a/calls.vcf" "$T/mnt/b/calls.vcf"
check "until the end" stop
finish
