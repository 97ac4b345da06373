#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""queries.py FOLDER REFERENCE SEED COUNT [KIND...]

Compare random queries of the dataset FOLDER (of a mount) with what bcftools makes of REFERENCE, the
indexed file that the store was imported from. Prints the seed, and for each kind of query how many
were compared and how many were not empty. Exits with 1 where any differs.
"""
import os
import random
import subprocess
import sys
from collections import defaultdict

folder, reference, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rng = random.Random(seed)


def run(*args):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout


def bcftools(*args):
    return run("bcftools", "view", "--no-version", *args)


def sites():
    """(contig, pos, end) of each record, in order."""
    text = run("bcftools", "query", "-f", "%CHROM\t%POS\t%END\n", reference)[1].decode()
    rows = (line.split("\t") for line in text.splitlines())
    return [(contig, int(pos), int(end)) for contig, pos, end in rows]


def block_edges():
    """Indexes of the first and last record of each block."""
    edges, at = [], 0
    with open(os.path.join(folder, "blocks.tsv"), encoding="utf-8") as table:
        for line in list(table)[1:]:
            n = int(line.split("\t")[4])
            edges += [at, at + n - 1]
            at += n
    return edges


SITES = sites()
EDGES = block_edges()
LONG = [i for i, (_, pos, end) in enumerate(SITES) if end - pos > 100]
with open(os.path.join(folder, "samples.txt"), encoding="utf-8") as f:
    SAMPLES = f.read().split("\n")[:-1]


def random_region():
    where = rng.random()
    i = rng.choice(EDGES if where < 0.3 else LONG if where < 0.5 and LONG else range(len(SITES)))
    contig, pos, end = SITES[i]
    if ":" in contig or "," in contig:
        return None
    at = rng.choice([pos, end, pos + rng.randint(-50, 50), rng.randint(pos, max(pos, end))])
    width = rng.choice([1, 10, 1000, 100000, 1000000, 3000000])
    start = max(1, at - rng.randint(0, width))
    form = rng.random()
    if form < 0.05:
        return contig
    if form < 0.1:
        return f"{contig}:{start}-"
    return f"{contig}:{start}-{start + width}"


def random_regions():
    regions = [random_region() for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    return ",".join(r for r in regions if r) or None


def random_samples():
    n = rng.choice([1, 1, 2, 3, rng.randint(1, len(SAMPLES))])
    chosen = rng.sample(SAMPLES, min(n, len(SAMPLES)))
    name = ",".join(quote(s) for s in chosen)
    return (chosen, name) if len(name) < 250 else random_samples()


def quote(sample):
    return "".join(f"%{ord(c):02X}" if c in ",/%" else c for c in sample)


def random_part():
    n = rng.choice([1, 2, 3, 7, 16, len(SITES) + 3])
    return rng.randint(1, n), n


def part_of(text, k, n):
    lines = text.split(b"\n")[:-1]
    head = [line for line in lines if line.startswith(b"#")]
    rows = lines[len(head):]
    rows = rows[len(rows) * (k - 1) // n:len(rows) * k // n]
    return b"".join(line + b"\n" for line in head + rows)


def region_query():
    regions = random_regions()
    return regions and (f"@region/{regions}", bcftools("-r", regions, reference))


def samples_query(folder_name="@samples", extra=("-I",)):
    chosen, name = random_samples()
    return f"{folder_name}/{name}", bcftools(*extra, "-s", ",".join(chosen), reference)


def part_query():
    k, n = random_part()
    status, text = bcftools(reference)
    return f"@part/{k}-of-{n}", (status, part_of(text, k, n))


def nested_query():
    regions = random_regions()
    chosen, name = random_samples()
    n = rng.choice([1, 2, 2, 3])
    k = rng.randint(1, n)
    if not regions:
        return None
    status, text = bcftools("-I", "-r", regions, "-s", ",".join(chosen), reference)
    folders = [f"@region/{regions}", f"@samples/{name}", f"@part/{k}-of-{n}"]
    if rng.random() < 0.5:
        folders = [folders[1], folders[0], folders[2]]
    return "/".join(folders), (status, part_of(text, k, n))


def where_terms():
    """Filters, each with the options of bcftools view that do the same."""
    n, x = rng.choice([0, 1, 2, 5, 20]), rng.choice([0, 0.0123, 0.0517, 0.113, 0.317, 0.497])
    counts = [(f"ac>={n}", ["-c", str(n)]), (f"ac<={n}", ["-C", str(n)]),
              (f"af>={x}", ["-q", str(x)]), (f"maf>={x}", ["-q", f"{x}:nonmajor"]),
              (f"af<={x}", ["-Q", str(x)])]
    kind = rng.choice(["snp", "indel", "mnp", "other", "ref"])
    # bcftools 1.16 takes -v ref for other kinds than TYPE="ref".
    if kind in ("ref", "other"):
        types = [(f"type={kind}", ["-i", f'TYPE{"=" if kind == "ref" else "~"}"{kind}"'])]
    else:
        types = [(f"type={kind}", ["-v", kind + "s"]), (f"type!={kind}", ["-V", kind + "s"])]
    quality = rng.choice([0, 10, 30, 50.5, 100])
    expressions = [(f"qual>={quality}", ["-i", f"QUAL>={quality}"]),
                   (f"qual<{quality}", ["-i", f"QUAL<{quality}"]),
                   (f"alleles={n}", ["-i", f"N_ALT+1={n}"])]
    if SAMPLES and HAS_GT:
        expressions += [(f"missing<{x}", ["-i", f"F_MISSING<{x}"]),
                        (f"missing>={x}", ["-i", f"F_MISSING>={x}"])]
    groups = [counts, types, expressions, [("pass", ["-f", "PASS"])]]
    chosen = [rng.choice(group) for group in rng.sample(groups, rng.choice([1, 1, 1, 1, 2, 3]))]
    twice = sum(options[0] == "-i" for _, options in chosen) > 1
    return where_terms() if twice else chosen


def where_query():
    terms = where_terms()
    options = [option for _, given in terms for option in given]
    return "@where/" + ",".join(name for name, _ in terms), bcftools("-I", *options, reference)


def where_of_samples_query():
    chosen, name = random_samples()
    term, options = rng.choice([t for t in where_terms() + where_terms() + [("ac>=1", ["-c", "1"])]
                                if t[0][:2] in ("ac", "af", "ma")])
    return f"@samples/{name}/@where/{term}", bcftools("-I", "-s", ",".join(chosen), *options, reference)


HAS_GT = b"##FORMAT=<ID=GT," in bcftools("-h", reference)[1]
KINDS = {"region": region_query, "part": part_query, "where": where_query}
if SAMPLES:
    KINDS["samples"] = samples_query
    KINDS["samples+"] = lambda: samples_query("@samples+", ())
    KINDS["nested"] = nested_query
    if HAS_GT:
        KINDS["where of samples"] = where_of_samples_query


def read(path):
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read()
    return data, size == len(data) == os.stat(path).st_size


def compare(path, want):
    """Text and BCF of the query; what differs."""
    text, exact = read(os.path.join(folder, path, "calls.vcf"))
    if not exact:
        return "another size than stat says"
    if text != want:
        return "calls.vcf differs"
    bcf = os.path.join(folder, path, "calls.bcf")
    if os.path.exists(bcf) and rng.random() < 0.3:
        status, rows = run("bcftools", "view", "--no-version", "-H", bcf)
        if status or rows != b"".join(
                line + b"\n" for line in want.split(b"\n")[:-1] if not line.startswith(b"#")):
            return "calls.bcf differs"
    return None


only = sys.argv[5:]
bad = 0
print(f"# seed {seed}")
for kind, query in KINDS.items():
    if only and kind not in only:
        continue
    tally = defaultdict(int)
    for _ in range(count):
        made = query()
        if not made:
            continue
        path, (status, want) = made
        if status:
            tally["refused by bcftools"] += 1
            continue
        fault = compare(path, want)
        tally["compared"] += 1
        tally["not empty"] += any(not l.startswith(b"#") for l in want.split(b"\n")[:-1])
        if fault:
            bad += 1
            print(f"# {path}: {fault}")
    print(f"# {kind}: " + ", ".join(f"{n} {what}" for what, n in tally.items()))
sys.exit(bad > 0)
