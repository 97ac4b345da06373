# SPDX-License-Identifier: MIT
"""measure.py STAGE...: measure, and keep what was found in BENCH_DATA/results.json.

Run by tests/bench/run, which makes the cohorts and says where everything is:

    GENOFS, BENCH_PROGRAMS   what is measured, and the folder of copyfs and streams
    BENCH_DATA               cohorts.tsv, growth.tsv, results.json
    BENCH_WORK, BENCH_RAM    folders that go away at the end, on disk and on a RAM disk
    BENCH_NOBODY             not empty: an ordinary user may mount here
    ROUNDS
"""
import json
import os
import platform
import shutil
import subprocess
import sys
import time

import stages
import timing


class Cohort:
    def __init__(self, name, kind, size_goal, bcf, vcf, pgen):
        self.name, self.kind, self.size_goal = name, kind, size_goal
        self.bcf, self.vcf, self.pgen = bcf, vcf, pgen

    def text(self, bench):
        """The bytes that calls.vcf has to have, on a RAM disk."""
        pathname = os.path.join(bench.ram, self.name + ".vcf")
        if not os.path.exists(pathname):
            with open(pathname, "wb") as f:
                timing.run(["bcftools", "view", "--no-version", self.bcf], f)
        return pathname


class Step:
    def __init__(self, kind, bcf):
        self.kind, self.bcf = kind, bcf


def table(pathname, make):
    if not os.path.exists(pathname):
        return []
    with open(pathname) as f:
        return [make(*line.rstrip("\n").split("\t")) for line in f]


class Bench:
    def __init__(self, env):
        self.genofs, self.programs = env["GENOFS"], env["BENCH_PROGRAMS"]
        self.data, self.work, self.ram = env["BENCH_DATA"], env["BENCH_WORK"], env["BENCH_RAM"]
        self.nobody = bool(env.get("BENCH_NOBODY"))
        self.rounds = int(env["ROUNDS"])
        self.cohorts = table(os.path.join(self.data, "cohorts.tsv"), Cohort)
        self.growth = table(os.path.join(self.data, "growth.tsv"), Step)
        self.stores = {}

    def program(self, name):
        return os.path.join(self.programs, name)

    def import_(self, source, store, *options):
        if os.path.exists(store):
            os.unlink(store)
        return timing.run([self.genofs, "import", "-q", *options, source, "-o", store])

    def store(self, cohort):
        """Of a cohort, made by this build, once."""
        if cohort.name not in self.stores:
            store = os.path.join(self.work, cohort.name + ".gst")
            self.import_(cohort.bcf, store)
            timing.run(["cat", store, cohort.bcf])  # into the page cache
            self.stores[cohort.name] = store
        return self.stores[cohort.name]

    def for_nobody(self, store):
        copy = store + ".nobody"
        shutil.copy(store, copy)
        os.chown(copy, 65534, 65534)
        return copy

    def info(self, store):
        return json.loads(timing.output([self.genofs, "info", "--json", store]))

    def parts(self, store):
        lines = timing.output([self.program("streams"), store]).splitlines()
        return {name: int(n) for name, n in map(str.split, lines)}


def processor():
    with open("/proc/cpuinfo") as f:
        models = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    return "%d x %s" % (os.cpu_count(), models[0] if models else platform.machine())


def first_line(*argv):
    try:
        said = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError:
        return argv[0] + " is not there"
    return said.stdout.decode(errors="replace").split("\n", 1)[0]


def circumstances(bench):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"date": time.strftime("%Y-%m-%d"), "processor": processor(),
            "memory": "%.0f GiB" % (memory / 2**30), "kernel": platform.release(),
            "genofs": first_line(bench.genofs, "--version"),
            "bcftools": first_line("bcftools", "--version"),
            "plink2": first_line("plink2", "--version"), "rounds": bench.rounds,
            "load": "%.1f" % os.getloadavg()[0]}


def describe(bench, cohort):
    """Of a cohort, for the heading of its tables."""
    info = bench.info(bench.store(cohort))
    return {"name": cohort.name, "kind": cohort.kind, "records": info["records"],
            "samples": info["samples"], "text": info["views"]["calls.vcf"]}


def main():
    bench = Bench(os.environ)
    pathname = os.path.join(bench.data, "results.json")
    results = {}
    if os.path.exists(pathname):
        with open(pathname) as f:
            results = json.load(f)
    for name in sys.argv[1:]:
        since = time.time()
        print("measuring: %s" % name, file=sys.stderr)
        found = {"circumstances": circumstances(bench), "rows": stages.STAGES[name](bench)}
        found["cohorts"] = [describe(bench, c) for c in bench.cohorts]
        results[name] = found
        with open(pathname + ".new", "w") as f:
            json.dump(results, f, indent=1)
        os.replace(pathname + ".new", pathname)
        print("measured: %s in %.0f s" % (name, time.time() - since), file=sys.stderr)


if __name__ == "__main__":
    main()
