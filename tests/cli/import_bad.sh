#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Invalid input: refused with a message that names the file and the place, or read exactly as
# bcftools reads it; never half a store, never a leftover, never a hang. The same for interrupted
# imports and full disks.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

need bcftools python3 timeout unshare

# names_the_place FILE: what import said names the file, and where in it or what of it is wrong
names_the_place() {
	cat "$T/stderr"
	grep -qF -- "$(basename "$1")" "$T/stderr" &&
		grep -qiE 'record|line|header|byte|truncated|cut|empty|not a |neither VCF nor BCF|format|end of|sample' \
			"$T/stderr"
}

export_is() {
	"$GENOFS" export "$1" | cmp "$2" -
}

refused_or_the_same() {
	local file=$1 name status

	name=$(basename "$file")
	rm -rf "$T/s"
	mkdir "$T/s"
	echo "an older store" >"$T/s/x.gst"
	timeout 60 "$GENOFS" import -q "$file" -o "$T/s/x.gst" >/dev/null 2>"$T/stderr"
	status=$?
	if ((status == 0)); then
		reference "$file" >"$T/as_is.vcf" || {
			fail "$name: bcftools refuses it" "but it was imported"
			return
		}
		sorted_reference "$T/as_is.vcf" >"$T/want.vcf"
		check "$name: as bcftools reads it" export_is "$T/s/x.gst" "$T/want.vcf"
	elif ((status == 1)); then
		check "$name: refused, naming the place" names_the_place "$file"
		check "$name: the store that was there is unchanged" \
			grep -qx "an older store" "$T/s/x.gst"
	else
		fail "$name: refused" "exit status $status: $(cat "$T/stderr")"
	fi
	check "$name: nothing is left behind" only_these "$T/s" x.gst
}

for file in "$data"/bad/*; do
	[[ $file == */README.md ]] || refused_or_the_same "$file"
done
if [[ -n $extra && -d $extra/vcf-bad ]]; then
	for file in "$extra"/vcf-bad/*; do
		[[ $file == */README.md ]] || refused_or_the_same "$file"
	done
fi

# Each cut or damaged file must be refused, since bcftools could have stopped without a word.
for file in "$data"/bad/made-{cut,flipped,no-eof}*; do
	rm -f "$T/s/"*
	check "$(basename "$file"): refused" is_status 1 \
		"$GENOFS" import -q "$file" -o "$T/s/x.gst"
done

rm -rf "$T/s"
mkdir "$T/s"
check "a file that is not there is refused" is_status 1 \
	"$GENOFS" import -q "$T/no-such.vcf.gz" -o "$T/s/x.gst"
check "a folder is refused" is_status 1 "$GENOFS" import -q "$T" -o "$T/s/x.gst"
check "an output that is a folder is refused" is_status 1 \
	"$GENOFS" import -q "$data/ploidy16.vcf" -o "$T/s"
cp "$data/ploidy16.vcf" "$T/s/in.vcf"
check_not "the input as output is refused" "$GENOFS" import -q "$T/s/in.vcf" -o "$T/s/in.vcf"
check "and the input is still there" cmp "$data/ploidy16.vcf" "$T/s/in.vcf"

# Interrupted, while the input waits: first and last a whole file, between them nothing at all
interrupted_by() {
	local signal=$1 pid tries status

	rm -rf "$T/s"
	mkdir "$T/s"
	echo "an older store" >"$T/s/x.gst"
	mkfifo "$T/pipe"
	# What runs in the background ignores SIGINT, unless told otherwise.
	env --default-signal=INT "$GENOFS" import -q --chunk-records 50 - -o "$T/s/x.gst" \
		<"$T/pipe" >/dev/null 2>"$T/stderr" &
	pid=$!
	exec 7>"$T/pipe"
	bcftools view --no-version "$data/pop-1kgp3-chr22.vcf.gz" | head -n 1300 >&7
	# Until it has begun to write beside the store; where it does not, it was given the time.
	for ((tries = 0; tries < 30; tries++)); do
		(($(find "$T/s" -type f -size +8k | wc -l) == 0)) || break
		sleep 0.1
	done
	kill -s "$signal" "$pid"
	for ((tries = 0; tries < 100; tries++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	if kill -0 "$pid" 2>/dev/null; then
		fail "SIG$signal ends an import" "still running after 10 seconds"
		kill -KILL "$pid"
	else
		pass "SIG$signal ends an import"
	fi
	exec 7>&-
	wait "$pid"
	status=$?
	check "SIG$signal: the exit status is not 0" test $status -ne 0
	check "SIG$signal: nothing is left behind" only_these "$T/s" x.gst
	check "SIG$signal: the store that was there is unchanged" \
		grep -qx "an older store" "$T/s/x.gst"
	rm "$T/pipe"
}
interrupted_by INT
interrupted_by TERM

# A disk too small for the store, in a mount namespace of its own
cat >"$T/on_small_disk" <<'SCRIPT'
mount -t tmpfs -o size=16k none "$2" || exit 90
"$1" import -q "$3" -o "$2/x.gst" 2>"$4"
status=$?
ls -A "$2" >"$4.left"
exit $status
SCRIPT
as_user=()
((EUID == 0)) || as_user=(-r)
mkdir "$T/disk"
check "a full disk fails the import" is_status 1 unshare -m --propagation slave "${as_user[@]}" \
	bash "$T/on_small_disk" "$GENOFS" "$T/disk" "$data/pop-1kgp3-chr22.vcf.gz" "$T/stderr"
check "and is named" grep -qi 'no space left' "$T/stderr"
check "and nothing is left behind" test ! -s "$T/stderr.left"

# A limit on the size of files comes as a signal, unless that is ignored.
limited() (
	ulimit -f 16
	"$GENOFS" import -q "$data/pop-1kgp3-chr22.vcf.gz" -o "$T/s/big.gst"
)
rm -f "$T/s/"*
check_not "a limit on the size of files fails the import" limited
check "and leaves nothing behind" only_these "$T/s"

finish
