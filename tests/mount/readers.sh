#!/bin/bash
# SPDX-License-Identifier: MIT
# Many readers at once: right bytes, each chunk decoded once, memory within its budget.
. "$(dirname "$0")/lib.sh"

make_store cohort 30000 400
calls=cohort/calls.vcf
seconds=${READERS_SECONDS:-4}
memory_times=${MEMORY_TIMES:-1} # what memory takes of memory, with that of a sanitizer
new_mnt

mount_again() {
	"$GENOFS" umount "$mnt" 2>/dev/null || true
	mount_at "$mnt" "$@" "$work/cohort.gst"
}

drop_pages() {
	dd if="$1" iflag=nocache count=0 status=none
}

readers() {
	"$TEST_PROGRAMS/random_readers" "$1" "$2" "$seconds" "$3" >"$work/out" || {
		cat "$work/out"
		return 1
	}
}

# The most that server and supervisor ever had in memory, in KiB.
peak() {
	local pid sum=0
	for pid in $(server_of "$mnt") $(supervisor_of "$mnt"); do
		sum=$((sum + $(awk '$1 == "VmHWM:" { print $2 }' "/proc/$pid/status")))
	done
	echo "$sum"
}

n_chunks_of() {
	# Not by a pattern: bash stats what it may match, and the size of an index takes decoding.
	tail -n +2 "$1/blocks.tsv" | wc -l
}

# ---- two readers of a fresh mount share the decodes ----

mount_again
n_chunks=$(n_chunks_of "$mnt/cohort")
cmp "$mnt/$calls" "$work/cohort.vcf" &
first=$!
check "two readers at once, one" cmp "$mnt/$calls" "$work/cohort.vcf"
check "and the other, get the right bytes" wait "$first"
check "each of the $n_chunks chunks was decoded once" [ "$(stat_of "$mnt" decodes)" -eq "$n_chunks" ]
check "some of them ahead of the readers" [ "$(stat_of "$mnt" prefetches)" -gt 0 ]
# The kernel may drop a page at any moment, unless it is locked.
coproc HOLD { exec python3 "$(dirname "$0")/hold_pages.py" "$mnt/$calls"; }
holder=$!
read -r held <&"${HOLD[0]}"
check "its pages can be held" [ "$held" = held ]
decodes=$(stat_of "$mnt" decodes)
reads=$(stat_of "$mnt" reads)
check "read again" cmp "$mnt/$calls" "$work/cohort.vcf"
check "it comes out of the kernel's pages" \
	[ "$(stat_of "$mnt" decodes) $(stat_of "$mnt" reads)" = "$decodes $reads" ]
eval "exec ${HOLD[1]}>&-"
wait "$holder"
drop_pages "$mnt/$calls"
check "without those" cmp "$mnt/$calls" "$work/cohort.vcf"
check "out of the server's blocks" [ "$(stat_of "$mnt" reads)" -gt "$reads" ]
check "which are still there" [ "$(stat_of "$mnt" decodes)" -eq "$decodes" ]

mount_again
head -c 1 "$mnt/cohort/chr2/blocks/000001/calls.vcf" >/dev/null
tail -c 1 "$mnt/cohort/chr2/blocks/000001/calls.vcf" >/dev/null
check "a byte of a block costs one decode" [ "$(stat_of "$mnt" decodes)" -eq 1 ]

# ---- a reader that goes backward ----

backward() {
	python3 - "$1" "$2" <<-'END'
		import os, sys
		step = 1 << 17
		fds = [os.open(path, os.O_RDONLY) for path in sys.argv[1:]]
		os.posix_fadvise(fds[0], 0, 0, os.POSIX_FADV_RANDOM)
		for off in range(os.fstat(fds[0]).st_size // step * step, -1, -step):
		    assert os.pread(fds[0], step, off) == os.pread(fds[1], step, off), off
	END
}

mount_again
check "backward" backward "$mnt/$calls" "$work/cohort.vcf"
check "each chunk was decoded once" [ "$(stat_of "$mnt" decodes)" -eq "$n_chunks" ]
check "most of them ahead of the reader" [ "$(stat_of "$mnt" prefetches)" -gt $((n_chunks / 2)) ]

# ---- random readers ----

mount_again
check "16 random readers for $seconds s" readers "$mnt/$calls" "$work/cohort.vcf" 16
check "without an error" [ "$(stat_of "$mnt" read_errors)" -eq 0 ]

# A budget that forces blocks out all the time.
"$GENOFS" umount "$mnt"
"$GENOFS" mount -o cache_size=1K "$work/cohort.gst" "$mnt" 2>"$work/err" || true
need=$(grep -o 'cache_size=[0-9]*M' "$work/err" | grep -o '[0-9]*')
mount_again -o "cache_size=${need}M,threads=4"
check "16 in the smallest cache, ${need} MiB" readers "$mnt/$calls" "$work/cohort.vcf" 16
check "without an error" [ "$(stat_of "$mnt" read_errors)" -eq 0 ]
check "where blocks were dropped" [ "$(stat_of "$mnt" evictions)" -gt 0 ]
check "a file read in order is right there too" cmp "$mnt/$calls" "$work/cohort.vcf"
check "the cache kept to its budget" [ "$(stat_of "$mnt" cache_peak_bytes)" -le $((need << 20)) ]
kib=$(peak)
check "the processes to that and 64 MiB: $kib KiB" [ "$kib" -le $(((need + 64) * 1024 * memory_times)) ]

mount_again -o "cache_size=$((4 * need))M"
check "a reader in order" cmp "$mnt/$calls" "$work/cohort.vcf"
check "has each chunk decoded once" [ "$(stat_of "$mnt" decodes)" -eq "$n_chunks" ]
check "leaves blocks behind that are dropped" [ "$(stat_of "$mnt" blocks_passed)" -gt 0 ]
check "for no want of room" [ "$(stat_of "$mnt" evictions)" -eq 0 ]
check "and with them the cache is half full at most" \
	[ "$(stat_of "$mnt" cache_bytes)" -le $((2 * need << 20)) ]

mount_again -o cache_size=64M,threads=8
check "64 readers, 8 threads, 64 MiB" readers "$mnt/$calls" "$work/cohort.vcf" 64
kib=$(peak)
check "memory stays within 128 MiB: $kib KiB" [ "$kib" -le $((128 * 1024 * memory_times)) ]

# ---- others are not held up ----

"$TEST_PROGRAMS/random_readers" "$mnt/$calls" "$work/cohort.vcf" 3 32 >"$work/out" &
readers=$!
slowest=0
for _ in $(seq 50); do
	before=${EPOCHREALTIME/./}
	cat "$mnt/.genofs/version" >/dev/null
	stat "$mnt/cohort/none$RANDOM" >/dev/null 2>&1 || true
	took=$((${EPOCHREALTIME/./} - before))
	[ "$took" -le "$slowest" ] || slowest=$took
done
check "the load goes well" wait "$readers"
check "files of .genofs answer meanwhile, in $slowest us at worst" [ "$slowest" -lt 2000000 ]

finish
