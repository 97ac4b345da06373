#!/bin/bash
# SPDX-License-Identifier: MIT
# Stores that are damaged, cut short or replaced under a mount: errors, never other bytes, and other
# stores go on.
. "$(dirname "$0")/lib.sh"

make_store cohort
cp "$work/cohort.gst" "$work/good.gst"
reference=$work/cohort.vcf

# fresh: $work/bad.gst is a good store again, mounted beside another.
fresh() {
	[ ! -d "${mnt-}" ] || "$GENOFS" umount "$mnt"
	cp "$work/good.gst" "$work/bad.gst"
	new_mnt
	mount_at "$mnt" "$work/bad.gst" "$work/good.gst"
	server=$(server_of "$mnt")
	bad=$mnt/bad/calls.vcf
}

# What was read before the error is right, and there is an error.
fails_rightly() {
	local n
	! cat "$bad" >"$work/got" 2>"$work/err" || return 1
	grep -q "Input/output error" "$work/err" || return 1
	n=$(stat -c %s "$work/got")
	cmp -n "$n" "$work/got" "$reference"
}

# Every block alone: either right, or an error.
blocks_right_or_failed() {
	local block good
	n_failed_blocks=0
	for block in "$mnt"/bad/*/blocks/*/calls.vcf; do
		good=$mnt/good/${block#"$mnt/bad/"}
		if cat "$block" >"$work/got" 2>/dev/null; then
			cmp "$work/got" "$good" || return 1
		else
			n_failed_blocks=$((n_failed_blocks + 1))
		fi
	done
}

unharmed() {
	cmp "$mnt/good/calls.vcf" "$reference" && [ "$(server_of "$mnt")" = "$server" ]
}

# ---- a chunk damaged on disk before it is mounted ----

new_mnt
mount_at "$mnt" "$work/good.gst"
n_blocks=$(find "$mnt/good" -path '*/blocks/*' -name calls.vcf | wc -l)
"$GENOFS" umount "$mnt"
rmdir "$mnt"
size=$(stat -c %s "$work/good.gst")
damage() {
	printf '\377\000\377\000\377\000\377\000' |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
cp "$work/good.gst" "$work/damaged.gst"
damage "$work/damaged.gst" $((size / 4))
new_mnt
mount_at "$mnt" "bad=$work/damaged.gst" "$work/good.gst"
server=$(server_of "$mnt")
bad=$mnt/bad/calls.vcf
check "a damaged chunk fails the whole file, no byte of it wrong" fails_rightly
check "of the blocks all others are right" blocks_right_or_failed
check "the damaged one fails, and it alone" [ "$n_failed_blocks" -eq 1 ]
check "of $n_blocks blocks" [ "$n_blocks" -gt 10 ]
check "the log names store, chunk and byte" \
	grep -qE "damaged.gst.*chunk [0-9]+.* byte [0-9]+" "$mnt/.genofs/log"
check "the errors are counted" [ "$(stat_of "$mnt" read_errors)" -gt 0 ]
check "no sample's name is logged" not grep -qw S1 "$mnt/.genofs/log"
check "other stores go on" unharmed
many_errors() {
	for _ in $(seq 200); do
		head -c 1 <(tail -c +$(($(stat -c %s "$bad") / 4)) "$bad" 2>/dev/null) >/dev/null || true
	done
	[ "$(wc -l <"$mnt/.genofs/log")" -le 60 ]
}
check "errors in hundreds do not flood the log" many_errors

# ---- changed while mounted ----

fresh
damage "$work/bad.gst" $((size / 3))
check "overwritten in place: an error" fails_rightly
check "no block of it is wrong" blocks_right_or_failed
check "logged" grep -q "bad.gst" "$mnt/.genofs/log"
check "other stores go on" unharmed

fresh
truncate -s $((size / 2)) "$work/bad.gst"
check "cut short: an error" fails_rightly
check "no block of it is wrong" blocks_right_or_failed
check "logged" grep -q "bad.gst" "$mnt/.genofs/log"
check "other stores go on" unharmed

fresh
make_vcf "$work/other.vcf" 8000 90
"$GENOFS" import "$work/other.vcf" -o "$work/other.gst" >/dev/null 2>&1
mv "$work/other.gst" "$work/bad.gst"
right_or_fails() {
	cmp "$bad" "$reference" 2>/dev/null || fails_rightly
}
check "replaced by rename: the bytes of the old store, or an error" right_or_fails
check "other stores go on" unharmed

fresh
cp "$work/good.gst" "$work/bad.gst" # the same bytes, but written anew
check "written anew in place: an error" fails_rightly
check "other stores go on" unharmed

# ---- a reader that is in the middle of it ----

fresh
exec 3<"$bad"
head -c 70000 <&3 >"$work/head"
damage "$work/bad.gst" $((size / 2))
cat <&3 >"$work/tail" 2>"$work/err" && status=0 || status=$?
exec 3<&-
check "a reader gets an error, not an early end" [ "$status" -ne 0 ]
check "and right bytes before it" cmp -n "$(cat "$work/head" "$work/tail" | wc -c)" \
	<(cat "$work/head" "$work/tail") "$reference"
check "the size has not changed for others" \
	[ "$(stat -c %s "$bad")" -eq "$(stat -c %s "$reference")" ]

# The errors are not kept: what is whole again is read again.
new_mnt_was=$mnt
"$GENOFS" umount "$new_mnt_was"
cp "$work/good.gst" "$work/bad.gst"
mkdir -p "$mnt"
mount_at "$mnt" "$work/bad.gst" "$work/good.gst"
check "a new mount of the mended store reads it" cmp "$bad" "$reference"

finish
