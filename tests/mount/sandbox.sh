#!/bin/bash
# SPDX-License-Identifier: MIT
# What the server may do, and who may mount.
. "$(dirname "$0")/lib.sh"

make_store cohort 4000 50
store=$work/cohort.gst

status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

new_mnt
mount_at "$mnt" "$store"
server=$(server_of "$mnt")
all_confined() {
	local task
	for task in "/proc/$server/task"/*; do
		[ "$(status_of "$server/task/${task##*/}" Seccomp)" = 2 ] || return 1
	done
}
check "the server has a seccomp filter" [ "$(status_of "$server" Seccomp)" = 2 ]
check "on all its threads" all_confined
check "and takes no new privileges" [ "$(status_of "$server" NoNewPrivs)" = 1 ]
check "within which everything is read" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
check "listed" test "$(find "$mnt" | wc -l)" -gt 30
check "and told" grep -q ^genofs_reads_total "$mnt/.genofs/metrics"
kill -USR1 "$(supervisor_of "$mnt")"
check "and logged" wait_until 5 grep -q decodes= "$mnt/.genofs/log"
check "it holds nothing open but the store, /dev/fuse, a socket and /dev/null" [ -z "$(find \
	"/proc/$server/fd" -type l -printf '%l\n' | grep -vxE "$store|/dev/fuse|/dev/null|socket:.*")" ]
"$TEST_PROGRAMS/random_readers" "$mnt/cohort/calls.vcf" "$work/cohort.vcf" 2 8 >"$work/out"
check "it lives through a load" [ "$(server_of "$mnt")" = "$server" ]
"$GENOFS" umount "$mnt"
check "and ends well" has_ended "$server"

mount_at "$mnt" -o sandbox=no "$store"
check "sandbox=no leaves it out" [ "$(status_of "$(server_of "$mnt")" Seccomp)" = 0 ]
"$GENOFS" umount "$mnt"

# ---- without root ----

if [ "$(id -u)" -eq 0 ]; then
	fuse_mode=$(stat -c %a /dev/fuse)
	trap 'chmod "$fuse_mode" /dev/fuse; clean_up' EXIT
	chmod 0666 /dev/fuse
	# fusermount3 looks there for what it may unmount; the barest systems come without it.
	[ -e /etc/mtab ] || ln -s ../proc/self/mounts /etc/mtab
	chmod 0755 "$work"
	chmod 0644 "$store"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

	new_mnt
	chown 65534:65534 "$mnt"
	# The build may lie where only root looks: run a copy.
	mkdir -p "$work/prefix/bin" "$work/prefix/libexec"
	cp "$GENOFS" "$work/prefix/bin/genofs"
	cp "$(dirname "$GENOFS")/../fs/genofs-fuse" "$work/prefix/libexec"
	user_genofs=$work/prefix/bin/genofs

	check "an installation that was moved finds its server" status_is 0 "$user_genofs" mount --help
	check "a user mounts through fusermount3" status_is 0 "${nobody[@]}" "$user_genofs" mount \
		"$store" "$mnt"
	check "and reads" "${nobody[@]}" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
	check "what is the user's" [ "$("${nobody[@]}" stat -c %u "$mnt/cohort/calls.vcf")" = 65534 ]
	check "and nobody else's" not cat "$mnt/cohort/calls.vcf" 2>/dev/null
	server=$("${nobody[@]}" sed -n 's/^server_pid=//p' "$mnt/.genofs/config")
	supervisor=$("${nobody[@]}" sed -n 's/^supervisor_pid=//p' "$mnt/.genofs/config")
	own_pids+=("$server" "$supervisor")
	check "from a server that is confined" [ "$(status_of "$server" Seccomp)" = 2 ]
	kill -9 "$server"
	check "whose death detaches the mount" wait_until 5 not is_mounted "$mnt"
	"${nobody[@]}" "$user_genofs" mount "$store" "$mnt"
	check "the user unmounts" status_is 0 "${nobody[@]}" "$user_genofs" umount "$mnt"
	check "at once" not is_mounted "$mnt"
	"${nobody[@]}" "$user_genofs" mount "$store" "$mnt"
	supervisor=$("${nobody[@]}" sed -n 's/^supervisor_pid=//p' "$mnt/.genofs/config")
	kill -TERM "$supervisor"
	check "SIGTERM detaches it" wait_until 5 not is_mounted "$mnt"
	check "and ends it" wait_until 5 has_ended "$supervisor"

	in_namespace() {
		# shellcheck disable=SC2016
		"${nobody[@]}" unshare --user --map-root-user --mount sh -c \
			'"$1" mount "$2" "$3" && cmp "$3/cohort/calls.vcf" "$4" && "$1" umount "$3"' \
			sh "$user_genofs" "$store" "$mnt" "$work/cohort.vcf"
	}
	check "in a user namespace it is mounted without any help" in_namespace
fi

finish
