#!/bin/bash
# SPDX-License-Identifier: MIT
# genofs top: its numbers are those of what was read; the terminal is as it was when it ends.
# shellcheck disable=SC2016 # awk has variables too
. "$(dirname "$0")/lib.sh"

on_terminal=$(dirname "$0")/on_terminal.py
make_store cohort 8000 100
new_mnt
mount_at "$mnt" "$work/cohort.gst"
calls=$mnt/cohort/calls.vcf
sites=$mnt/cohort/sites.vcf
size=$(stat -c %s "$calls")

# metric_of NAME: its value, NAME with its labels.
metric_of() {
	awk -v name="genofs_$1" '$1 == name { print $2 }' "$mnt/.genofs/metrics"
}

# start_top OPTION...: in the background, into $work/log; ready when its first look is taken.
start_top() {
	: >"$work/log"
	"$GENOFS" top "$@" >"$work/log" 2>"$work/err" &
	top=$!
	own_pids+=("$top")
	wait_until 10 grep -q ^time "$work/log"
}

# sum_of COLUMN, last_of COLUMN: of the lines in $work/log.
sum_of() {
	awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
		{ sum += $c } END { printf "%.0f\n", sum }' "$work/log"
}
last_of() {
	awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
		{ last = $c } END { print last }' "$work/log"
}
n_lines() {
	wc -l <"$work/log"
}
more_lines_than() {
	[ "$(n_lines)" -gt "$1" ]
}

# ---- what the server counts ----

cat "$calls" >/dev/null
head -c 1 "$sites" >/dev/null
check "calls.vcf read once: its bytes are counted as such" \
	[ "$(metric_of 'file_read_bytes_total{file="calls.vcf"}')" -eq "$size" ]
check "the kinds of file add up to all reads" [ "$(awk '/^genofs_file_reads_total/ { n += $2 }
	END { print n }' "$mnt/.genofs/metrics")" -eq "$(metric_of reads_total)" ]
check "and to all bytes" [ "$(awk '/^genofs_file_read_bytes_total/ { n += $2 }
	END { print n }' "$mnt/.genofs/metrics")" -eq "$(metric_of read_bytes_total)" ]
check "each read was timed" \
	[ "$(metric_of read_duration_seconds_count)" -eq "$(metric_of reads_total)" ]
check "and is in the last bucket" [ "$(metric_of 'read_duration_seconds_bucket{le="+Inf"}')" -eq \
	"$(metric_of reads_total)" ]
check "what was decoded was missed or fetched ahead" [ "$(metric_of decodes_total)" -eq \
	$(($(metric_of misses_total) + $(metric_of prefetches_total))) ]
check "decoding took time" [ "$(metric_of decode_seconds_total | tr -d .)" -gt 0 ]
exec 3<"$calls"
check "an open file is counted" [ "$(metric_of open_files)" -eq 1 ]
exec 3<&-
no_file_open() {
	[ "$(metric_of open_files)" -eq 0 ]
}
check "until it is closed" wait_until 5 no_file_open
check "the budget is told" [ "$(metric_of cache_limit_bytes)" -eq "$(config_of "$mnt" cache_size)" ]
check "the start too" [ $(($(date +%s) - $(metric_of start_time_seconds))) -lt 100 ]

# ---- the log ----

reads=$(stat_of "$mnt" reads)
bytes=$(stat_of "$mnt" read_bytes)
start_top -d 0.1 "$mnt"
dd if="$calls" iflag=nocache count=0 status=none
check "reading while it watches" cmp "$calls" "$work/cohort.vcf"
n=$(n_lines)
check "lines go on" wait_until 10 more_lines_than $((n + 3))
kill -TERM "$top"
check "SIGTERM ends it well" wait "$top"
check "it says nothing else" [ ! -s "$work/err" ]
check "its reads are those that were made" \
	[ "$(sum_of reads)" -eq $(($(stat_of "$mnt" reads) - reads)) ]
check "so are its bytes" [ "$(sum_of read_bytes)" -eq "$size" ]
check "which are what the server says" [ $(($(stat_of "$mnt" read_bytes) - bytes)) -eq "$size" ]
check "out of the cache" [ "$(sum_of hits)" -gt 0 ]
check "with nothing decoded" [ "$(sum_of decodes)" -eq 0 ]
check "a line with reads has its times" awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
	NR > 1 && $c["reads"] > 0 { n++; if (!($c["p50_seconds"] > 0 &&
		$c["p50_seconds"] <= $c["p90_seconds"] && $c["p90_seconds"] <= $c["p99_seconds"])) bad = 1 }
	END { exit !(n && !bad) }' "$work/log"
check "one without has none" awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
	NR > 1 && $c["reads"] == 0 { n++; if ($c["p99_seconds"] != "-") bad = 1 }
	END { exit !(n && !bad) }' "$work/log"
check "every line has all columns" awk -F '\t' 'NR == 1 { n = NF } NF != n { bad = 1 } END { exit bad }' \
	"$work/log"
rss=$(awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/$(server_of "$mnt")/status")
check "the memory is the server's" awk -v a="$(last_of resident_bytes)" -v b="$rss" \
	'BEGIN { exit !(a > 0.8 * b && a < 1.25 * b) }' # it moves a little

reads=$(stat_of "$mnt" reads)
check "-n 3 ends after three lines" status_is 0 "$GENOFS" top -n 3 -d 0.1 "$mnt"
check "and the names" [ "$(wc -l <"$work/out")" -eq 4 ]
check "its own looks are not reads" [ "$(stat_of "$mnt" reads)" -eq "$reads" ]
check "the folder with a slash, from elsewhere" status_is 0 sh -c \
	"cd '$work' && '$GENOFS' top -n 1 -d 0.1 './${mnt##*/}/'"
check "output that cannot be written is a failure" status_is 1 sh -c "'$GENOFS' top -n 1 '$mnt' >/dev/full"

# ---- on a terminal ----

said() {
	grep -qx -- "$1" "$work/said"
}
# on_screen SIZE THINGS COMMAND...
on_screen() {
	timeout 60 python3 "$on_terminal" "$work/tty" "$@" >"$work/said" || {
		sed 's/^/# /' "$work/said"
		return 1
	}
}
alternate_screen() {
	python3 - "$work/tty" <<'END'
import sys
data = open(sys.argv[1], "rb").read()
sys.exit(not (data.startswith(b"\x1b[?1049h\x1b[?25l") and b"\x1b[?25h\x1b[?1049l" in data
              and data.rindex(b"\x1b[J") < data.rindex(b"\x1b[?1049l")))
END
}
ended_well() {
	said status=0 && said restored=True && alternate_screen
}

cat "$mnt"/cohort/*.{vcf,txt,tsv} >/dev/null
check "q ends it" on_screen 24x80 key:x,key:q "$GENOFS" top -d 0.1 "$mnt"
check "and the terminal is as it was" ended_well
check "the screen shows the mount" grep -qaF "genofs top: $mnt" "$work/tty"
check "and each kind of file that was read" [ "$(grep -oaE '(calls|sites|header)\.vcf|(samples\.txt)|(contigs|blocks)\.tsv' \
	"$work/tty" | sort -u | wc -l)" -eq 6 ]
fits() {
	local rows=$1 columns=$2 IFS=x got
	read -ra got < <(sed -n "s/^$3=//p" "$work/said")
	[ "${got[0]}" -le "$rows" ] && [ "${got[1]}" -le "$columns" ]
}
check "in 24 lines of 80" fits 24 80 largest
check "Ctrl-C ends it" on_screen 24x80 key:^C "$GENOFS" top "$mnt"
check "and the terminal is as it was" ended_well
check "SIGTERM ends it" on_screen 24x80 signal:TERM "$GENOFS" top "$mnt"
check "and the terminal is as it was" ended_well
check "-n 2 ends it" on_screen 24x80 key:x "$GENOFS" top -n 2 -d 0.1 "$mnt"
check "after two screens" said screens=2
check "and the terminal is as it was" ended_well
check "it follows the size of the terminal" on_screen 24x80 resize:9x40,key:q "$GENOFS" top -d 30 "$mnt"
check "at once" fits 9 40 last
check "to a larger one too" on_screen 2x10 resize:50x200,key:q "$GENOFS" top -d 30 "$mnt"
check "where all is shown" [ "$(sed -n 's/^last=\([0-9]*\)x.*/\1/p' "$work/said")" -ge 20 ]
check "and the terminal is as it was" ended_well
check "without -n or keys it goes on" on_screen 24x80 key:x,key:y,key:z,key:q "$GENOFS" top -d 0.1 "$mnt"
check "for as many screens as there were" said screens=4

# ---- the mount goes away ----

check "unmounted while it draws: it ends" on_screen 24x80 "run:'$GENOFS' umount '$mnt'" \
	"$GENOFS" top -d 0.1 "$mnt"
check "with status 1" said status=1
check "saying so" grep -qaF "$mnt: the mount is gone" "$work/tty"
check "on a terminal as it was" said restored=True

mount_at "$mnt" "$work/cohort.gst"
start_top -d 0.1 "$mnt"
check "a mount that is watched can be unmounted" status_is 0 "$GENOFS" umount "$mnt"
top_status=0
wait "$top" || top_status=$?
check "the log ends with status 1" [ "$top_status" -eq 1 ]
check "saying so" grep -qF "$mnt: the mount is gone" "$work/err"

mount_at "$mnt" "$work/cohort.gst"
server=$(server_of "$mnt")
start_top -d 0.1 "$mnt"
kill -STOP "$server"
top_status=0
wait "$top" || top_status=$?
kill -CONT "$server"
check "a server that hangs does not hang it" [ "$top_status" -eq 1 ]
check "which it says" grep -qF "has not answered" "$work/err"

# ---- which mount ----

# Mounts of other tests of this user are none of ours: look only from a namespace without them.
in_own_namespace() {
	unshare --mount sh -c '
		awk '\''$3 == "fuse.genofs" { print $2 }'\'' /proc/self/mounts | while read -r at; do
			case $at in "$1"/*) ;; *) umount -l "$at" ;; esac
		done
		shift
		exec "$@"' sh "$work" "$@"
}
check "the only mount need not be named" status_is 0 in_own_namespace "$GENOFS" top -n 1 -d 0.1
first=$mnt
new_mnt
mount_at "$mnt" "$work/cohort.gst"
check "of two, one must be" refused 1 "which mount?" in_own_namespace "$GENOFS" top -n 1
check "the first is listed" says "  $first"
check "and the second" says "  $mnt"
"$GENOFS" umount "$mnt"
"$GENOFS" umount "$first"
check "without any it says how to make one" refused 1 "genofs mount" in_own_namespace "$GENOFS" top -n 1

check "a folder that is no mount" refused 1 "$mnt: nothing is mounted there" "$GENOFS" top "$mnt"
check "another's mount" refused 1 "/proc: the mount there is not one of genofs" "$GENOFS" top /proc
check "no such folder" refused 1 "/none/such: No such file" "$GENOFS" top /none/such
check "two mounts" refused 2 "one MNT" "$GENOFS" top a b
check "no such delay" refused 2 "-d 0" "$GENOFS" top -d 0 "$mnt"
check "nor that one" refused 2 "-d 1s" "$GENOFS" top -d 1s "$mnt"
check "no such count" refused 2 "-n 0" "$GENOFS" top -n 0 "$mnt"
check "no such option" status_is 2 "$GENOFS" top --frobnicate "$mnt"
"$GENOFS" top --help >"$work/help"
check "the help fits a screen" [ "$(wc -l <"$work/help")" -le 24 ]

if [ "$(id -u)" -eq 0 ]; then
	mount_at "$first" "$work/cohort.gst"
	chmod 0755 "$work"
	mkdir "$work/bin"
	cp "$GENOFS" "$work/bin" # the build may lie where only root looks
	check "a mount of somebody else's" refused 1 "$first: only the user who mounted it" \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$work/bin/genofs" top -n 1 "$first"
fi

finish
