#!/bin/bash
# SPDX-License-Identifier: MIT
# Jobs that mount, on a Slurm cluster with our Prolog and Epilog: two on one node, arrays, what they
# leave when they are killed, mistakes, and the examples.
# shellcheck source=tests/slurm/lib.sh
. "$(dirname "$0")/lib.sh"

make_store cohort 20000 50
store=$work/cohort.gst
chmod 0644 "$store"
bcftools query -f '%CHROM\t%POS\t%REF\t%ALT\n' "$work/cohort.vcf" >"$work/sites.tsv"
calls=cohort/calls.vcf

start_cluster "Prolog=$helpers/slurm/prolog" "Epilog=$helpers/slurm/epilog"
check "a job runs" status_is 0 nobody srun true

# ---- two jobs on one node ----

cat >"$jobs/hold.sh" <<'END'
#!/bin/bash
mnt=$PWD/mnt.$SLURM_JOB_ID
exec genofs run "$STORE" "$mnt" -- bash -c '
	head -c 100000 "$1/cohort/calls.vcf" >/dev/null && touch "reading.$SLURM_JOB_ID"
	until [[ -e go ]]; do sleep 0.05; done
	cat "$1/cohort/calls.vcf" >"whole.$SLURM_JOB_ID"' hold "$mnt"
END
export STORE=$store
submit -w "$node" hold.sh
first=$job
submit -w "$node" hold.sh
second=$job
check "one job reads" wait_until 20 test -e "$jobs/reading.$first"
check "and another of the same node, the same store" wait_until 20 test -e "$jobs/reading.$second"
check "what they mount is seen by nobody else" not grep -q " $jobs/.* fuse.genofs " /proc/self/mountinfo
nobody scancel -s KILL --full "$first"
check "one is killed" wait_job "$first"
touch "$jobs/go"
check "the other ends" wait_job "$second"
check "well" state_is "$second" COMPLETED
check "with the right bytes" cmp "$jobs/whole.$second" "$work/cohort.vcf"
rm "$jobs/whole.$second"
rmdir "$jobs/mnt.$first" 2>/dev/null || true # a folder may be left where all was killed at once
check "nothing is left of both" leaves_nothing

# ---- arrays ----

for example in array blocks; do
	OUT=out.$example submit --cpus-per-task=1 --mem=10 "$helpers/examples/$example.sbatch"
	check "$example.sbatch: 24 tasks" wait_job "$job"
	check "all went well" state_is "$job" COMPLETED
	check "there are 24 results" [ "$(find "$jobs/out.$example" -name '*.tsv' | wc -l)" -eq 24 ]
	check "joined they are the whole" cmp <(cat "$jobs/out.$example"/*.tsv) "$work/sites.tsv"
	check "nothing is left" leaves_nothing
done
OUT=out.odd submit --array=10-40:10 --cpus-per-task=1 --mem=10 "$helpers/examples/blocks.sbatch"
wait_job "$job"
check "an array of other numbers" cmp <(cat "$jobs/out.odd"/*.tsv) "$work/sites.tsv"

mkdir "$jobs/out.snakemake"
cp "$helpers/examples/Snakefile" "$jobs/out.snakemake"
chown -R 65534:65534 "$jobs/out.snakemake"
workflow() {
	(cd "$jobs/out.snakemake" && nobody env HOME="$jobs/out.snakemake" XDG_CACHE_HOME="$jobs/out.snakemake" \
		timeout 100 snakemake --quiet --config "store=$store" parts=2 "$@")
}
check "the workflow, on the cluster" quietly workflow --jobs 2 --latency-wait 20 \
	--cluster-sync 'srun --mem=10'
check "joins to the whole" cmp "$jobs/out.snakemake/sites.tsv" "$work/sites.tsv"
touch -d '2001-01-01' "$store"
check "has nothing to do again" quietly workflow --cores 1 --quiet rules
check "and here, where the store is newer" quietly workflow --cores 2 --forceall
check "as well" cmp "$jobs/out.snakemake/sites.tsv" "$work/sites.tsv"
check "nothing is left" leaves_nothing

# ---- jobs that mount and do not unmount ----

cat >"$jobs/careless.sh" <<'END'
#!/bin/bash
mkdir -p "kept.$SLURM_JOB_ID"
genofs mount "$STORE" "kept.$SLURM_JOB_ID"
exec 3<"kept.$SLURM_JOB_ID/cohort/calls.vcf"
touch "reading.$SLURM_JOB_ID"
[[ $1 == end ]] || sleep 600
END
submit careless.sh end
check "a mount that is never ended" wait_job "$job"
check "is ended by the epilog" leaves_nothing
submit careless.sh
wait_until 20 test -e "$jobs/reading.$job"
check "it has its job in the mount table" grep -q " $jobs/kept.$job .* fuse.genofs genofs:job=$job " \
	/proc/self/mountinfo
nobody scancel -s KILL --full "$job"
check "so is that of a job that was killed" wait_job "$job"
check "with all processes" leaves_nothing
submit -w "$node" careless.sh
wait_until 20 test -e "$jobs/reading.$job"
kept=$job
submit -w "$node" careless.sh end
wait_job "$job"
check "the epilog of one job" wait_until 10 not is_mounted "$jobs/kept.$job"
check "leaves the mount of another" nobody cmp "$jobs/kept.$kept/$calls" "$work/cohort.vcf"
nobody scancel --full "$kept"
wait_job "$kept"
check "until that ends" leaves_nothing

# ---- mistakes are the job's, never the node's ----

submit --wrap "genofs run $work/none.gst mnt -- true"
wait_job "$job"
check "a store that is not there fails the job" state_is "$job" FAILED
check "which is told why" grep -q "none.gst" "$jobs/$job.err"
submit --wrap "genofs run $store /proc/mnt -- true"
wait_job "$job"
check "so does a folder that cannot be" state_is "$job" FAILED
submit --wrap "genofs run -o cache_size=1K $store mnt -- true"
wait_job "$job"
check "and a cache that is too small" state_is "$job" FAILED
submit --wrap "genofs run $store mnt -- sh -c 'exit 7'"
wait_job "$job"
check "a command's failure is the job's" [ "$(scontrol -o show job "$job" | grep -o ' ExitCode=[0-9]*')" = " ExitCode=7" ]
mkdir "$work/etc"
echo "$work/none.gst $work/etc genofs x-genofs.job 0 0" >"$work/etc/fstab"
mount -t overlay genofs-test -o "lowerdir=$work/etc:/etc" /etc
check "a prolog that cannot mount lets the job run" status_is 0 nobody srun true
umount -l /etc # whose files somebody may be reading
check "all nodes are idle after all that" wait_until 20 nodes_are_idle
check "and nothing is left" leaves_nothing

finish
