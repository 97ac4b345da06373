#!/bin/bash
# SPDX-License-Identifier: MIT
# The command line of genofs mount: options, names of sources, and what is refused.
. "$(dirname "$0")/lib.sh"

make_store cohort 2000 20
store=$work/cohort.gst
new_mnt

# with OPTIONS: mounted with them, to be looked at.
with() {
	"$GENOFS" umount "$mnt" 2>/dev/null || true
	mount_at "$mnt" -o "$1" "$store"
}

# ---- usage ----

check "--help succeeds" status_is 0 "$GENOFS" mount --help
check "and fits a screen" [ "$(wc -l <"$work/out")" -le 24 ]
check "of 80 columns" not grep -qE '.{81}' "$work/out"
check "no argument is wrong usage" status_is 2 "$GENOFS" mount
check "one too" refused 2 "MNT" "$GENOFS" mount "$store"
check "an unknown option is named, with those that are known" \
	refused 2 "unknown option 'cache_sise'; known are cache_size=, threads=" \
	"$GENOFS" mount -o cache_sise=1G "$store" "$mnt"
check "an unknown flag is named" refused 2 "'-x'" "$GENOFS" mount -x "$store" "$mnt"
for wrong in cache_size=0 cache_size=1X cache_size=-1 cache_size cache_size= threads=0 threads=two \
	mode=0644 mode=9 uid=-1 grace=1.5 readahead=fast sandbox=maybe cache_size=99999999999999G; do
	check "$wrong is refused" refused 2 "${wrong%%=*}" "$GENOFS" mount -o "$wrong" "$store" "$mnt"
done
for always in rw suid dev; do
	check "$always is refused" refused 2 "always ro,nosuid,nodev" \
		"$GENOFS" mount -o "$always" "$store" "$mnt"
done
check "and nothing is mounted by all that" not is_mounted "$mnt"

# ---- what options do ----

with "mode=0444,uid=12,gid=34,threads=3,cache_size=96M,grace=7,readahead=1024"
check "mode= is the files' mode" [ "$(stat -c %a "$mnt/cohort/calls.vcf")" = 444 ]
check "and gives the folders x" [ "$(stat -c %a "$mnt/cohort")" = 555 ]
check "uid= and gid= own them" [ "$(stat -c %u:%g "$mnt/cohort/calls.vcf")" = 12:34 ]
check "config shows what is in force" [ "$(grep -E \
	'^(cache_size|threads|mode|uid|gid|grace|readahead|sandbox)=' "$mnt/.genofs/config" |
	sort | paste -sd' ')" = \
	"cache_size=100663296 gid=34 grace=7 mode=0444 readahead=1024 sandbox=yes threads=3 uid=12" ]
check "threads= is the number of threads that decode, and of those that answer" \
	[ "$(grep -h ^Threads: "/proc/$(server_of "$mnt")/status" | cut -f2)" -eq 7 ]
if [ "$(id -u)" -eq 0 ]; then
	check "readahead= is the kernel's" \
		[ "$(cat "/sys/class/bdi/$(mountpoint -d "$mnt")/read_ahead_kb")" -eq 1024 ]
	with threads=3
	check "which goes by the threads by default" \
		[ "$(cat "/sys/class/bdi/$(mountpoint -d "$mnt")/read_ahead_kb")" -eq 1536 ]
fi
if [ "$(id -u)" -eq 0 ]; then
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chmod 0755 "$work"
	with mode=0444
	check "nobody else is let in" not "${nobody[@]}" cat "$mnt/cohort/calls.vcf" 2>/dev/null
	with mode=0444,allow_other
	check "but with allow_other" "${nobody[@]}" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
	with allow_other
	check "as far as the mode permits" not "${nobody[@]}" cat "$mnt/cohort/calls.vcf" 2>/dev/null
fi
with noexec
check "noexec is passed on" grep -q "^[^ ]* $mnt .*noexec" /proc/self/mounts
with "ro,nosuid,nodev,noatime,exec,auto,noauto,user,nofail,_netdev,x-systemd.automount,defaults"
check "words of mount(8) and fstab do no harm" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
with "threads=1"
check "one thread is enough" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
"$GENOFS" umount "$mnt"
check "-o may come twice" status_is 0 "$GENOFS" mount -o threads=1 -o mode=0440 "$store" "$mnt"
check "and both count" [ "$(stat -c %a "$mnt/cohort/calls.vcf") $(config_of "$mnt" threads)" = "440 1" ]
"$GENOFS" umount "$mnt"

# ---- the cache's size ----

check "a cache too small for the store is refused" refused 1 "cache_size=" \
	"$GENOFS" mount -o cache_size=1K "$store" "$mnt"
need=$(grep -o 'cache_size=[0-9]*M at least' "$work/out" | grep -o '[0-9]*M')
check "with the number needed" [ -n "$need" ]
check "which is enough" status_is 0 "$GENOFS" mount -o "cache_size=$need" "$store" "$mnt"
check "to read it all" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
"$GENOFS" umount "$mnt"

# ---- names of sources ----

cp "$store" "$work/a,b=c.gst"
cp "$store" "$work/.hidden.gst"
cp "$store" "$work/no-suffix"
mkdir "$work/other"
cp "$store" "$work/other/cohort.gst"
check "NAME= names the folder" status_is 0 "$GENOFS" mount "my data=$store" "$work/a,b=c.gst" \
	"$work/.hidden.gst" "$work/no-suffix" "$mnt"
check "else the file does" [ "$(find "$mnt" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort |
	paste -sd'|')" = "%2Ehidden|.genofs|a,b=c|my data|no-suffix" ]
check "all with what is in them" cmp "$mnt/my data/calls.vcf" "$mnt/a,b=c/calls.vcf"
"$GENOFS" umount "$mnt"
check "commas in a source's name are kept in the mount table" status_is 0 "$GENOFS" mount \
	"$work/a,b=c.gst" "$mnt"
check "whole" [ "$(findmnt -no SOURCE "$mnt")" = "$work/a,b=c.gst" ]
"$GENOFS" umount "$mnt"
check "two of one name are refused" refused 1 "comes twice" "$GENOFS" mount "$store" \
	"$work/other/cohort.gst" "$mnt"
check "saying how to tell them apart" says "NAME=SOURCE"
for name in .genofs @x %x "$(printf 'a\tb')" ''; do
	check "the NAME '$name' is refused" refused 1 "NAME" "$GENOFS" mount "$name=$store" "$mnt"
done

# ---- what cannot be mounted ----

check "a missing store is refused" refused 1 "$work/none.gst" "$GENOFS" mount "$work/none.gst" "$mnt"
echo "this is not a store" >"$work/text"
check "so is a file that is none" refused 1 "$work/text" "$GENOFS" mount "$work/text" "$mnt"
check "also as the second" refused 1 "$work/text" "$GENOFS" mount "$store" "$work/text" "$mnt"
check "a missing folder" refused 1 "No such file" "$GENOFS" mount "$store" "$work/nowhere"
check "a file as folder" refused 1 "not a folder" "$GENOFS" mount "$store" "$work/text"
check "and nothing is mounted by all that" not is_mounted "$mnt"

finish
