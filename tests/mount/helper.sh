#!/bin/bash
# SPDX-License-Identifier: MIT
# mount(8), umount(8), fstab(5) and autofs(5), with our helpers: in a mount namespace of its own, where
# /sbin has them and /etc is the test's.
if [ -z "${OWN_NAMESPACE:-}" ]; then
	OWN_NAMESPACE=yes exec unshare --mount --propagation private bash "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

helpers=$(realpath "$(dirname "$0")/../../mount-helpers")
make_store cohort 500 5
store=$work/cohort.gst
chmod 0755 "$work"
chmod 0644 "$store"
new_mnt

# ---- the namespace ----

# Installed as meson does it: sbin beside bin, links in /sbin.
mkdir -p "$work/usr/bin" "$work/usr/sbin" "$work/sbin" "$work/etc"
ln -s "$GENOFS" "$work/usr/bin/genofs"
cp "$helpers/mount.genofs" "$work/usr/sbin"
ln -s "$work/usr/sbin/mount.genofs" "$work/sbin/mount.genofs"
ln -s "$work/usr/sbin/mount.genofs" "$work/sbin/mount.fuse.genofs"
: >"$work/etc/fstab"
mount -t overlay genofs-test -o "lowerdir=$work/sbin:$(realpath /sbin)" "$(realpath /sbin)"
mount -t overlay genofs-test -o "lowerdir=$work/etc:/etc" /etc
mkdir -p /run/mount # where mount(8) notes who mounted
mount -t tmpfs genofs-test /run/mount
mknod "$work/fuse" c 10 229 # as udev makes it, for everybody
chmod 0666 "$work/fuse"
mount --bind "$work/fuse" /dev/fuse

nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

fstab() {
	printf '%s\n' "$@" >"$work/etc/fstab"
	mount -o remount /etc # or the overlay goes on showing the old file
}

layers() {
	awk -v mnt="$mnt" '$5 == mnt { n++ } END { print n + 0 }' /proc/self/mountinfo
}

# ---- by itself ----

helper=$work/usr/sbin/mount.genofs
check "mount.genofs mounts" status_is 0 "$helper" "$store" "$mnt" -n -v -o rw,nofail,mode=0444
check "with the options" [ "$(stat -c %a "$mnt/cohort/calls.vcf")" = 444 ]
"$GENOFS" umount "$mnt"
check "-v says what it does" says "mount -o nofail,mode=0444 -- $store $mnt"
check "no options are needed" status_is 0 "$helper" "$store" "$mnt"
"$GENOFS" umount "$mnt"
check "-f only pretends" status_is 0 "$helper" "$store" "$mnt" -f
check "to" not is_mounted "$mnt"
check "wrong usage is 1, as mount(8) has it" status_is 1 "$helper" "$store"
check "a word too many" status_is 1 "$helper" "$store" "$mnt" -n other
check "an option that is not known" refused 1 "unknown option 'bogus'" "$helper" "$store" "$mnt" -o bogus
check "unless it was -s" status_is 0 "$helper" "$store" "$mnt" -s -o bogus,mode=0440,also=bogus
check "which leaves the others" [ "$(stat -c %a "$mnt/cohort/calls.vcf")" = 440 ]
check "a remount is refused" refused 32 "unmount it and mount it again" "$helper" "$store" "$mnt" -o remount,ro
"$GENOFS" umount "$mnt"
check "failure is 32" refused 32 "none.gst" "$helper" "$work/none.gst" "$mnt"

# ---- by mount(8) ----

for type in genofs fuse.genofs; do
	check "mount -t $type" status_is 0 mount -t "$type" -o mode=0444,noatime "$store" "$mnt"
	check "is there at once" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
	check "as fuse.genofs, read-only, of that source" [ "$(findmnt -no FSTYPE,SOURCE "$mnt" | xargs) $(
		findmnt -no VFS-OPTIONS "$mnt")" = "fuse.genofs $store ro,nosuid,nodev,noatime" ]
	supervisor=$(supervisor_of "$mnt")
	check "umount ends it" status_is 0 umount "$mnt"
	check "and its server" wait_until 10 has_ended "$supervisor"
done
check "mount.fuse3(8) finds mount.genofs, where /sbin has none" status_is 0 env "PATH=$work/usr/sbin:$PATH" \
	mount.fuse3 "mount.genofs#$store" "$mnt" -o ro,mode=0444
check "to mount as we do" [ "$(findmnt -no FSTYPE,SOURCE,VFS-OPTIONS "$mnt" | xargs)" = \
	"fuse.genofs $store ro,nosuid,nodev,noatime" ]
umount "$mnt"
check "mount fails as mount(8) does, with our words" refused 32 "none.gst" mount -t genofs "$work/none.gst" "$mnt"
check "mount -f only pretends" status_is 0 mount -f -t genofs "$store" "$mnt"
check "as it says" not is_mounted "$mnt"
unshare --mount --propagation private sleep 60 &
other=$!
own_pids+=("$other")
is_apart() {
	[ "$(readlink "/proc/$other/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]
}
wait_until 5 is_apart
check "mount -N mounts in another namespace" status_is 0 mount -N "/proc/$other/ns/mnt" \
	-t genofs "$store" "$mnt"
check "there" nsenter --mount="/proc/$other/ns/mnt" cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
check "and not here" not is_mounted "$mnt"
nsenter --mount="/proc/$other/ns/mnt" umount "$mnt"
kill "$other"

# ---- by fstab(5): the lines of the example, of files that are there ----

mkdir "$work/data"
cp "$store" "$work/data/cohort.gst"
printf 'eur=cohort.gst\nafr=cohort.gst\n' >"$work/data/cohorts.list"
chmod -R a+rX "$work/data"
mkdir "$work/mnt"
own_mounts+=("$work/mnt/cohort" "$work/mnt/mine" "$work/mnt/cohorts")
mkdir "$work/mnt/cohort" "$work/mnt/mine" "$work/mnt/cohorts"
chown 65534:65534 "$work/mnt/mine"
mapfile -t lines < <(sed -e "s,/data/,$work/data/,; s,/mnt/,$work/mnt/," "$helpers/examples/fstab")
fstab "${lines[@]}"
check "findmnt finds no fault with the example" status_is 0 findmnt --verify --fstab
check "mount -a" status_is 0 mount -a
mnt=$work/mnt/cohort
check "mounts what is not noauto" is_mounted "$mnt"
check "that everybody may read" nobody cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
check "not the rest" not is_mounted "$work/mnt/cohorts"
check "mount -a once more" status_is 0 mount -a
check "mounts nothing again" [ "$(layers)" -eq 1 ]
check "umount -a -t takes ours" status_is 0 umount -a -t fuse.genofs
check "mount DIR, by what the table says" status_is 0 mount "$work/mnt/cohorts"
check "with all sources of a list" cmp "$work/mnt/cohorts/eur/calls.vcf" "$work/mnt/cohorts/afr/calls.vcf"
check "and mount -a knows it" status_is 0 mount -a -O no_netdev
check "umount DIR" status_is 0 umount "$work/mnt/cohorts"
mnt=$work/mnt/mine
check "a user mounts what user allows" status_is 0 nobody mount "$mnt"
check "for himself" nobody cmp "$mnt/cohort/calls.vcf" "$work/cohort.vcf"
check "alone" not cat "$mnt/cohort/calls.vcf" 2>/dev/null
check "with nothing to be run" [ "$(findmnt -no VFS-OPTIONS "$mnt")" = ro,nosuid,nodev,noexec,noatime ]
check "and unmounts it" status_is 0 nobody umount "$mnt"
check "really" not is_mounted "$mnt"
check "but nothing else" refused 32 "" nobody mount "$work/mnt/cohort"
fstab "$work/none.gst $work/mnt/cohort genofs ro,nofail 0 0" "$store $work/mnt/cohorts genofs ro 0 0"
check "nofail does not hide what is wrong from who calls" refused 32 "none.gst" mount "$work/mnt/cohort"
check "mount -a goes on behind it" status_is 64 mount -a
check "to the next" is_mounted "$work/mnt/cohorts"
umount "$work/mnt/cohorts"

# ---- by autofs(5): the example's map ----

mkdir "$work/genofs" "$work/direct"
sed "s,/data/,$work/data/," "$helpers/examples/auto.genofs" >"$work/auto.genofs"
echo "$work/direct -fstype=genofs,ro :$work/data/cohorts.list" >"$work/auto.direct"
printf '%s\n' "$work/genofs $work/auto.genofs --timeout=600" "/- $work/auto.direct" >"$work/auto.master"
# In a process group of its own: what is in the automounter's sees the folder as it is.
setsid automount --foreground --dont-check-daemon "$work/auto.master" >"$work/automount" 2>&1 &
automount=$!
own_pids+=("$automount")
check "automount takes the map" wait_until 10 is_mounted "$work/genofs"
check "a folder that is looked at is mounted" timeout 20 cmp "$work/genofs/cohort/cohort/calls.vcf" "$work/cohort.vcf"
check "as ours" [ "$(findmnt -no FSTYPE,SOURCE "$work/genofs/cohort" | xargs)" = "fuse.genofs $work/data/cohort.gst" ]
check "one that has no store is not there" not ls "$work/genofs/none" 2>/dev/null
check "so is one of a direct map" timeout 20 cmp "$work/direct/eur/calls.vcf" "$work/cohort.vcf"
supervisor=$(supervisor_of "$work/genofs/cohort")
kill -USR1 "$automount"
check "what expires is unmounted" wait_until 10 has_ended "$supervisor"
check "to be mounted again" timeout 20 cmp "$work/genofs/cohort/cohort/calls.vcf" "$work/cohort.vcf"
kill -TERM "$automount"
check "automount ends" wait_until 20 has_ended "$automount"

finish
