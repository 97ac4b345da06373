# SPDX-License-Identifier: MIT
"""What is measured. A stage is a function of the bench that returns its rows.

A row is a dictionary: `what`, `cohort`; `ours` and, where there is one, `theirs`, a value for each
round, with `rival` saying whose; `unit`; `ratio`, "speed" for theirs / ours (times faster) or
"share" for ours / theirs; `goal`.
"""
import os
import random
import threading
import time

import mounts
import timing

MIB = 1 << 20
FIRST = 64 << 10
SMALL = 256 << 10  # a BCF file of fewer bytes says how fast programs start, not how fast they are


def row(cohort, what, ours, unit, rival="", theirs=None, ratio="", goal=""):
    return {"cohort": cohort.name, "what": what, "ours": ours, "unit": unit, "rival": rival,
            "theirs": theirs or [], "ratio": ratio, "goal": goal}


def timed(bench):
    """The main cohort, and those others that are large enough."""
    return [c for i, c in enumerate(bench.cohorts) if i == 0 or os.path.getsize(c.bcf) >= SMALL]


# ---- read ----

def cold_cat(bench, store, **how):
    with mounts.StoreMount(bench, store, **how) as m:
        return m.cat(m.calls)


def cold_copy(bench, text, **how):
    with mounts.CopyMount(bench, text, **how) as m:
        return m.cat(m.calls)


def plink2_export(bench, cohort):
    made = os.path.join(bench.ram, "plink2")
    cost = timing.run(["plink2", "--pfile", cohort.pgen, "vzs", "--export", "vcf", "--threads",
                       "2", "--out", made])
    os.unlink(made + ".vcf")
    return cost


def compare_bytes(bench, cohort):
    """What either side shows is what bcftools prints; not timed."""
    text = cohort.text(bench)
    with mounts.StoreMount(bench, bench.store(cohort)) as m:
        timing.run(["cmp", text, m.calls])
    with mounts.CopyMount(bench, text) as m:
        timing.run(["cmp", text, m.calls])


def read_cold(bench, cohort):
    store, text = bench.store(cohort), cohort.text(bench)
    bcftools = ["bcftools", "view", "--no-version"]
    sides = {"ours": lambda: cold_cat(bench, store),
             "bcftools": lambda: timing.run(bcftools + [cohort.bcf]),
             "copyfs": lambda: cold_copy(bench, text)}
    if cohort.pgen:
        sides["plink2"] = lambda: plink2_export(bench, cohort)
    if bench.nobody:
        theirs = bench.for_nobody(store)
        sides["ours-nobody"] = lambda: cold_cat(bench, theirs, as_nobody=True)
        sides["copyfs-nobody"] = lambda: cold_copy(bench, text, as_nobody=True)
    costs = timing.in_turns(bench.rounds, sides)
    ours = timing.walls(costs["ours"])
    cat = "cold `cat calls.vcf`"
    rows = [
        row(cohort, cat, ours, "s", "`bcftools view` of the BCF",
            timing.walls(costs["bcftools"]), "speed", "≥ 3" if cohort.kind == "rich" else "≥ 7"),
        row(cohort, cat + ", CPU of reader and server", [c.cpu for c in costs["ours"]], "s",
            "`bcftools view` of the BCF", [c.cpu for c in costs["bcftools"]], "speed"),
        row(cohort, cat, ours, "s", "copyfs", timing.walls(costs["copyfs"]), "speed", "≥ 0.8")]
    if bench.nobody:
        rows.append(row(cohort, cat + " as an ordinary user", timing.walls(costs["ours-nobody"]),
                        "s", "copyfs as that user", timing.walls(costs["copyfs-nobody"]), "speed",
                        "≥ 0.9"))
    if cohort.pgen:
        rows.append(row(cohort, cat, ours, "s", "`plink2 --export vcf` of the .pgen to a RAM disk",
                        timing.walls(costs["plink2"]), "speed", "≥ 1.5"))
    return rows


def read_beside_bcftools(bench, cohort):
    store = bench.store(cohort)
    costs = timing.in_turns(bench.rounds, {
        "ours": lambda: cold_cat(bench, store),
        "theirs": lambda: timing.run(["bcftools", "view", "--no-version", cohort.bcf])})
    return [row(cohort, "cold `cat calls.vcf`", timing.walls(costs["ours"]), "s",
                "`bcftools view` of the BCF", timing.walls(costs["theirs"]), "speed",
                "≥ 3" if cohort.kind == "rich" else "")]


def read_warm(bench, cohort):
    text = cohort.text(bench)
    with mounts.StoreMount(bench, bench.store(cohort)) as m:
        m.cat(m.calls)
        costs = timing.in_turns(bench.rounds, {"ours": lambda: timing.run(["cat", m.calls]),
                                               "theirs": lambda: timing.run(["cat", text])})
    return [row(cohort, "warm `cat calls.vcf`", timing.walls(costs["ours"]), "s", "tmpfs",
                timing.walls(costs["theirs"]), "speed", "≥ 0.8")]


def read_orders(bench, cohort):
    """The whole file in pieces of 1 MiB, from the end or in any order, beside from the start."""
    store = bench.store(cohort)
    forward = range(0, os.path.getsize(cohort.text(bench)), MIB)
    shuffled = list(forward)
    random.Random(1).shuffle(shuffled)

    def pieces(offsets):
        with mounts.StoreMount(bench, store) as m:
            return timing.Cost(mounts.read_pieces(m.calls, offsets, MIB))

    costs = timing.in_turns(bench.rounds, {"forward": lambda: pieces(forward),
                                           "backward": lambda: pieces(forward[::-1]),
                                           "random": lambda: pieces(shuffled)})
    return [row(cohort, "cold reads of 1 MiB, " + what, timing.walls(costs[name]), "s",
                "the same forward", timing.walls(costs["forward"]), "speed")
            for name, what in (("backward", "backward"), ("random", "in random order"))]


def read_by_two(bench, cohort):
    """Two readers of one file decode each chunk once."""
    store = bench.store(cohort)
    decodes, seconds = [], []
    for _ in range(bench.rounds):
        with mounts.StoreMount(bench, store) as m:
            since = time.perf_counter()
            readers = [timing.start(["cat", m.calls]) for _ in range(2)]
            seconds.append(max(timing.finish(r, since).wall for r in readers))
            decodes.append(int(m.stat("decodes")))
    chunks = bench.info(store)["chunks"]
    return [row(cohort, "two readers at once: chunks decoded", decodes, "", "chunks",
                [chunks] * len(decodes), "share", "1"),
            row(cohort, "two readers at once: until both are through", seconds, "s")]


def first_bytes(bench, store, n):
    """Milliseconds to the first 64 KiB of random blocks, each in a mount of its own."""
    with mounts.StoreMount(bench, store) as m:
        blocks = [os.path.relpath(b, m.at) for b in m.blocks()]
    chosen = random.Random(2).choices(blocks, k=n)
    found = []
    for block in chosen:
        with mounts.StoreMount(bench, store) as m:
            found.append(1e3 * mounts.seconds_to_first(os.path.join(m.at, block), FIRST))
    return found


def read_first(bench, cohort):
    found = first_bytes(bench, bench.store(cohort), 10 * max(bench.rounds, 2))
    return [row(cohort, "first 64 KiB of a random block, cold: median", [timing.median(found)],
                "ms", goal="≤ 10 ms"),
            row(cohort, "first 64 KiB of a random block, cold: 90 of 100 within",
                [timing.percentile(found, 90)], "ms")]


def stage_read(bench):
    main = bench.cohorts[0]
    compare_bytes(bench, main)
    rows = read_cold(bench, main) + read_warm(bench, main) + read_orders(bench, main)
    rows += read_by_two(bench, main) + read_first(bench, main)
    for cohort in timed(bench)[1:]:
        compare_bytes(bench, cohort)
        os.unlink(cohort.text(bench))
        rows += read_beside_bcftools(bench, cohort)
    return rows


# ---- import ----

def import_one(bench, cohort, source, what, goal):
    made = os.path.join(bench.work, "import")
    costs = timing.in_turns(bench.rounds, {
        "ours": lambda: bench.import_(source, made + ".gst", "--memory", "1G"),
        "theirs": lambda: timing.run(["bcftools", "view", "--no-version", "-Ob", "--threads", "2",
                                      "-o", made + ".bcf", source])})
    rival = "`bcftools view -Ob --threads 2`"
    rows = [row(cohort, "import of %s, with its check" % what, timing.walls(costs["ours"]), "s",
                rival, timing.walls(costs["theirs"]), "share", goal),
            row(cohort, "import of %s: CPU" % what, [c.cpu for c in costs["ours"]], "s",
                rival, [c.cpu for c in costs["theirs"]], "share")]
    if cohort is bench.cohorts[0]:
        rows.append(row(cohort, "import of %s: memory, --memory 1G" % what,
                        [c.memory for c in costs["ours"]], "B", goal="≤ 1 GiB"))
    return rows


def stage_import(bench):
    rows = []
    for cohort in timed(bench):
        rows += import_one(bench, cohort, cohort.vcf, "VCF.gz", "≤ 0.4")
        rows += import_one(bench, cohort, cohort.bcf, "BCF", "≤ 0.8")
    return rows


# ---- size ----

def stage_size(bench):
    rows = []
    for cohort in bench.cohorts:
        store = bench.store(cohort)
        size = os.path.getsize(store)
        rivals = [("BCF", cohort.bcf), ("VCF.gz", cohort.vcf)]
        if cohort.pgen:
            rivals.append((".pgen and .pvar.zst", cohort.pgen + ".pgen", cohort.pgen + ".pvar.zst"))
        for rival, *files in rivals:
            goal = cohort.size_goal if rival == "BCF" else "≤ 0.70" if "pgen" in rival else ""
            rows.append(row(cohort, "store", [size], "B", rival,
                            [sum(map(os.path.getsize, files))], "share", goal))
        records = bench.info(store)["records"]
        for part, n in bench.parts(store).items():
            rows.append(row(cohort, "bytes a record: " + part, [n / records], ""))
    return rows


# ---- memory ----

def memory_under_load(bench, cohort):
    """Readers of every kind at once."""
    with mounts.StoreMount(bench, bench.store(cohort), "cache_size=64M") as m:
        offsets = list(range(0, os.path.getsize(m.calls), MIB))
        shuffled = random.Random(3).sample(offsets, len(offsets))
        threads = [threading.Thread(target=mounts.read_pieces, args=(m.calls, order, MIB))
                   for order in (offsets[::-1], shuffled)]
        since = time.perf_counter()
        readers = [timing.start(["cat", os.path.join(m.folder, f)])
                   for f in ("calls.vcf", "sites.vcf")]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for r in readers:
            timing.finish(r, since)
        return m.peak_memory()


def many_chunks(bench, cohort):
    """A store of chunks of 5 records: what mounting costs by the chunk."""
    store = os.path.join(bench.work, "many.gst")
    bench.import_(cohort.bcf, store, "--chunk-records", "5", "--no-check")
    seconds, memory = [], []
    for _ in range(bench.rounds):
        with mounts.StoreMount(bench, store) as m:
            since = time.perf_counter()
            m.blocks()
            seconds.append(1e3 * (m.seconds + time.perf_counter() - since))
            memory.append(m.peak_memory())
    what = "mount and `ls` of a store of %d chunks" % bench.info(store)["chunks"]
    os.unlink(store)
    return [row(cohort, what, seconds, "ms", goal="≤ 100 ms"),
            row(cohort, what + ": memory", memory, "B", goal="≤ 32 MiB")]


def stage_memory(bench):
    rows = []
    rich = [c for c in bench.cohorts[1:] if c.kind == "rich"]
    for cohort in bench.cohorts[:1] + rich[:1]:
        peaks = [memory_under_load(bench, cohort) for _ in range(bench.rounds)]
        rows.append(row(cohort, "server and supervisor under load, cache_size=64M: most memory",
                        peaks, "B", goal="≤ 128 MiB"))
    return rows + many_chunks(bench, bench.cohorts[0])


# ---- growth and chunks: tables of their own, a row for each step ----

def decode_cost(bench, store):
    """Seconds of wall, of decoding threads, of CPU in all, for one cold read."""
    found = []
    for _ in range(bench.rounds):
        with mounts.StoreMount(bench, store) as m:
            cost = m.cat(m.calls)
            found.append((cost.wall, m.stat("decode_seconds"), m.server_cpu()))
    return [timing.median(v) for v in zip(*found)]


def stage_growth(bench):
    rows = []
    for step in bench.growth:
        store = os.path.join(bench.work, "growth.gst")
        costs = [bench.import_(step.bcf, store) for _ in range(min(bench.rounds, 3))]
        info = bench.info(store)
        genotypes = info["records"] * info["samples"]
        wall, decode, cpu = decode_cost(bench, store)
        rows.append({
            "kind": step.kind, "samples": info["samples"], "records": info["records"],
            "import": timing.median([c.wall for c in costs]) / genotypes,
            "import_cpu": timing.median([c.cpu for c in costs]) / genotypes,
            "memory": max(c.memory for c in costs),
            "wall": wall / genotypes, "decode": decode / genotypes, "cpu": cpu / genotypes,
            "bytes": os.path.getsize(store) / genotypes,
            "genotype_bytes": bench.parts(store)["genotypes"] / genotypes})
        os.unlink(store)
    return rows


def stage_chunks(bench):
    rows = []
    cohort = bench.cohorts[0]
    for records in (1024, 2048, 4096, 8192, 16384):
        store = os.path.join(bench.work, "chunks.gst")
        bench.import_(cohort.bcf, store, "--chunk-records", str(records))
        info = bench.info(store)
        wall, decode, cpu = decode_cost(bench, store)
        first = first_bytes(bench, store, 4 * max(bench.rounds, 2))
        rows.append({"records": records, "chunks": info["chunks"],
                     "size": os.path.getsize(store), "wall": wall, "decode": decode, "cpu": cpu,
                     "text": info["views"]["calls.vcf"], "first": timing.median(first),
                     "first90": timing.percentile(first, 90)})
        os.unlink(store)
    return rows


# ---- linkage disequilibrium ----

def pair_of(line):
    """Positions, names and r2, without the chromosomes, which have other names there."""
    columns = line.split()
    return columns[1:3] + columns[4:]


def ld_window(bench, cohort, bed, what, ours, theirs):
    """r2 of genotypes in one window, decoding or reading included; both write a file."""
    made = os.path.join(bench.ram, "ld")
    costs = timing.in_turns(bench.rounds, {
        "ours": lambda: timing.run([bench.genofs, "ld", "--threads", "2", "-o", made + ".tsv"] +
                                   ours + [bench.store(cohort)]),
        "theirs": lambda: timing.run(["plink1.9", "--bfile", bed, "--allow-extra-chr", "--r2",
                                      "--threads", "2", "--out", made] + theirs)})
    with open(made + ".tsv", encoding="utf-8") as f, open(made + ".ld", encoding="utf-8") as g:
        differ = [a for a, b in zip(f, g) if pair_of(a) != pair_of(b)]
        if differ or f.read() or g.read():
            raise RuntimeError("plink1.9 has other pairs: %s" % differ[:1])
    rival = "`plink1.9 --r2 --threads 2` of the .bed"
    return [row(cohort, "r2 of pairs, " + what, timing.walls(costs["ours"]), "s", rival,
                timing.walls(costs["theirs"]), "speed", "≥ 3"),
            row(cohort, "r2 of pairs, %s: CPU" % what, [c.cpu for c in costs["ours"]], "s", rival,
                [c.cpu for c in costs["theirs"]], "speed"),
            row(cohort, "r2 of pairs, %s: memory" % what, [c.memory for c in costs["ours"]], "B",
                rival, [c.memory for c in costs["theirs"]], "share")]


def stage_ld(bench):
    cohort = bench.cohorts[0]
    bed = os.path.join(bench.ram, "ld-bed")
    timing.run(["plink2", "--bcf", cohort.bcf, "--make-bed", "--max-alleles", "2",
                "--vcf-half-call", "m", "--allow-extra-chr", "--out", bed])
    rows = ld_window(bench, cohort, bed, "9 sites apart, as by default", [], [])
    rows += ld_window(bench, cohort, bed, "999 sites apart", ["--window-variants", "1000"],
                      ["--ld-window", "1000"])
    for end in ("bed", "bim", "fam"):
        os.unlink(bed + "." + end)
    return rows


STAGES = {"read": stage_read, "import": stage_import, "size": stage_size, "memory": stage_memory,
          "ld": stage_ld,
          "growth": stage_growth, "chunks": stage_chunks}
