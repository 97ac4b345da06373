#!/bin/bash
# SPDX-License-Identifier: MIT
# Ways for a mount to begin (genofs run, genofs run --share, the SPANK plug-in) by ways for its job to
# end, where Slurm tracks processes by control group and by their parents. Then mistakes in --genofs.
# shellcheck source=tests/slurm/lib.sh
. "$(dirname "$0")/lib.sh"

make_store cohort 4000 20
store=$work/cohort.gst
chmod 0644 "$store" "$work/cohort.vcf"
server=$(realpath "${GENOFS%/*}/../fs/genofs-fuse")
spank=$(realpath "${GENOFS%/*}/../mount-helpers/slurm/spank_genofs.so")
check "the plug-in was built" test -e "$spank"
echo "required $spank server=$server options=threads=1" >"$work/plugstack.conf"
export SLURM_TEST_PLUGSTACK=$work/plugstack.conf SLURM_TEST_CPUS=32 SLURM_TEST_KILLWAIT=3
export STORE=$store WHOLE=$work/cohort.vcf GENOFS
export XDG_RUNTIME_DIR=$jobs/runtime
nobody mkdir -m 0700 "$XDG_RUNTIME_DIR"

ways=(run share spank)
ends=(normal fails scancel ignores leader server stepd all)

cat >"$jobs/job.sh" <<'END'
#!/bin/bash
way=$1 end=$2
dir=$PWD/$way.$end
mkdir "$dir"
echo $$ >"$dir/leader"
case $way in
run) exec "$GENOFS" run -o threads=1 "$STORE" "$dir/at" -- bash work.sh "$end" "$dir" ;;
share) exec "$GENOFS" run --share -o threads=1 "$STORE" "$dir/at" -- bash work.sh "$end" "$dir" ;;
spank) exec bash work.sh "$end" "$dir" ;;
esac
END
cat >"$jobs/work.sh" <<'END'
end=$1 dir=$2
[[ $end != ignores ]] || trap '' TERM
cat "$dir/at/.genofs/config" >"$dir/config"
echo $$ >"$dir/work.new" && mv "$dir/work.new" "$dir/work"
seconds=60
[[ $end != normal && $end != fails ]] || seconds=1
until ((SECONDS > seconds)); do
	cmp -s "$dir/at/cohort/calls.vcf" "$WHOLE" || exit 9
	echo >>"$dir/reads"
	sleep 0.1
done
[[ $end != fails ]] || exit 3
END

pid_of() {
	cat "$jobs/$1.$2/$3"
}

pid_in_config() {
	sed -n "s/^$3_pid=//p" "$jobs/$1.$2/config"
}

# ended_by WAY END: what is done to a job that reads
ended_by() {
	local way=$1 end=$2 stepd

	case $end in
	scancel | ignores) nobody scancel "${ids[$way.$end]}" ;;
	leader) kill -9 "$(pid_of "$way" "$end" leader)" ;;
	server) kill -9 "$(pid_in_config "$way" "$end" server)" ;;
	stepd)
		stepd=$(awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$way" "$end" leader)/status")
		[[ $(cat "/proc/$stepd/comm") == slurmstepd ]] && kill -9 "$stepd"
		;;
	all)
		kill -9 "$(pid_of "$way" "$end" leader)" "$(pid_of "$way" "$end" work)" \
			"$(pid_in_config "$way" "$end" supervisor)" \
			"$(pid_in_config "$way" "$end" server)" 2>/dev/null
		;;
	esac
	return 0
}

# What the job's state has to be, and its exit status: that of the batch script.
wanted() {
	case $2 in
	normal) echo COMPLETED 0:0 ;;
	fails) echo FAILED 3:0 ;;
	scancel) [ "$1" = spank ] && echo CANCELLED 0:15 || echo CANCELLED 143:0 ;;
	ignores | stepd) echo CANCELLED ;;
	leader | all) echo FAILED 0:9 ;;
	server) [ "$1" = spank ] && echo FAILED 9:0 || echo FAILED 74:0 ;;
	esac
}

ended_as() {
	local got

	got=$(scontrol -o show job "${ids[$1.$2]}" |
		sed -E 's/.*JobState=([A-Z_]+).* ExitCode=([0-9:]+).*/\1 \2/')
	[[ $got == "$(wanted "$1" "$2")"* ]] && return
	echo "# $got, not $(wanted "$1" "$2")"
	head -n 5 "$jobs/${ids[$1.$2]}".*
	return 1
}

matrix() {
	local way end

	declare -gA ids=()
	for way in "${ways[@]}"; do
		for end in "${ends[@]}"; do
			local more=()
			[ "$way" != spank ] || more=("--genofs=$store:$jobs/$way.$end/at")
			submit --mem=1 "${more[@]}" job.sh "$way" "$end"
			ids[$way.$end]=$job
		done
	done
	for way in "${ways[@]}"; do
		for end in "${ends[@]}"; do
			check "$tracker, $way, $end: reads" wait_until 30 test -s "$jobs/$way.$end/reads"
			ended_by "$way" "$end"
		done
	done
	sleep 1
	for way in "${ways[@]}"; do
		nobody scancel "${ids[$way.stepd]}" # Slurm does not know that its slurmstepd is gone
	done
	for way in "${ways[@]}"; do
		for end in "${ends[@]}"; do
			wait_job "${ids[$way.$end]}"
			check "$tracker, $way, $end: ends as it should" ended_as "$way" "$end"
		done
	done
	# Where all was killed at once, nobody was left to remove the meeting place.
	nobody "$GENOFS" run --share "$store" "$jobs/tmp/at" -- true
	check "$tracker: nothing is left" leaves_nothing
	check "$tracker: nor where those met who shared" wait_until 5 not test -e "$XDG_RUNTIME_DIR/genofs"
	check "$tracker: all nodes are idle" wait_until 20 nodes_are_idle
	rm -rf "$jobs"/{run,share,spank}.*
}

for tracker in cgroup linuxproc; do
	export SLURM_TEST_PROCTRACK=$tracker
	start_cluster ""
	matrix
	[ "$tracker" = linuxproc ] || "$cluster" clean
done

# ---- --genofs ----

srun_is() {
	status_is "$1" nobody srun -D "$jobs" "${@:2}"
}

check "srun has it too" srun_is 0 "--genofs=$store:$jobs/at" cmp "$jobs/at/cohort/calls.vcf" "$work/cohort.vcf"
check "on all nodes, for several tasks" srun_is 0 -N 2 -n 4 "--genofs=a=$store,b=$store:$jobs/at" \
	cmp "$jobs/at/a/calls.vcf" "$jobs/at/b/calls.vcf"
check "the mount's source is the step" srun_is 0 "--genofs=$store:$jobs/at" findmnt -no SOURCE "$jobs/at"
check "by its number" grep -qE '^genofs:job=[0-9]+\.0$' "$work/out"
submit "--genofs=$store:$jobs/at" --wrap "srun cmp $jobs/at/cohort/calls.vcf $work/cohort.vcf &&
	cmp $jobs/at/cohort/calls.vcf $work/cohort.vcf"
wait_job "$job"
check "given to sbatch it is the script's and its steps'" state_is "$job" COMPLETED
check "the folders are gone" not test -e "$jobs/at"
check "srun refuses what is no pathname" refused 255 "must be an absolute pathname" nobody srun \
	"--genofs=cohort.gst:$jobs/at" true
submit "--genofs=$store" --wrap true 2>"$work/out" || true
check "so does sbatch" says "SOURCE[,SOURCE...]:MNT is wanted"
check "a source that is not there fails the task" srun_is 1 "--genofs=$work/none.gst:$jobs/at" true
check "and is named" says "$work/none.gst: No such file"
check "so does a folder of others" srun_is 1 "--genofs=$store:/etc" true
check "which is named" says "/etc: the folder is not yours"
check "or one that cannot be made" srun_is 1 "--genofs=$store:/proc/at" true
check "which is named" says "/proc/at cannot be made: No such file"
chmod 0600 "$store"
check "what the user may not read is not shown" srun_is 1 "--genofs=$store:$jobs/at" true
check "but named" says "Permission denied"
chmod 0644 "$store"
submit "--genofs=$work/none.gst:$jobs/at" --wrap true
wait_job "$job"
check "a batch job fails too" state_is "$job" FAILED
check "no node was drained by all that" wait_until 20 nodes_are_idle
check "nothing is left" leaves_nothing

# Jobs see nothing of this machine's /tmp there, where the program may have been built.
"$cluster" clean
apart=$(mktemp -d /var/tmp/genofs-apart.XXXXXX)
cp "$store" "$work/cohort.vcf" "$work/plugstack.conf" "$apart"
install -d -o 65534 -g 65534 "$apart/jobs"
install -D -t "$apart/tools" "$GENOFS"
install -D -t "$apart/fs" "$(dirname "$GENOFS")/../fs/genofs-fuse"
chmod 0755 "$apart"
export SLURM_TEST_TMPFS=1 SLURM_TEST_PROCTRACK=cgroup SLURM_TEST_PLUGSTACK=$apart/plugstack.conf
unset TMPDIR
start_cluster ""
trap '"$cluster" clean; rm -rf "$apart"; clean_up' EXIT
jobs=$apart/jobs
# Slurm 22.05 often fails to make a job's namespace there ("ns base mount failed", in slurmd's log), with
# and without the plug-in: until it has made one nothing of ours is asked.
told_what_to_do() {
	srun_is 1 "--genofs=$apart/cohort.gst:/tmp/at" true && says "srun genofs run SOURCE" >/dev/null
}
check "beside job_container/tmpfs the plug-in says what to do" wait_until 150 told_what_to_do
check "which does" wait_until 150 srun_is 0 "$apart/tools/genofs" run "$apart/cohort.gst" /tmp/at -- \
	cmp /tmp/at/cohort/calls.vcf "$apart/cohort.vcf"
check "no node was drained" wait_until 20 nodes_are_idle

finish
