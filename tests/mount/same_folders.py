#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""same_folders.py FOLDER STORE [SEED]: the folder of a GTB file shows what that of its import does.

Byte by byte, but where a file depends on how records are cut into chunks: those are compared by
what they hold."""

import gzip
import os
import random
import sqlite3
import subprocess
import sys

CHUNKED = {"blocks.tsv", "contigs.tsv", "calls.bcf", "calls.bgen.bgi"}
INDEXED = {"calls.vcf.gz.tbi": "calls.vcf.gz", "calls.vcf.gz.csi": "calls.vcf.gz", "calls.bcf.csi": "calls.bcf"}


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    assert os.stat(path).st_size == len(data), f"{path}: {os.stat(path).st_size} in stat, {len(data)} read"
    return data


def database(path):
    db = sqlite3.connect(":memory:")
    db.deserialize(read(path)) if hasattr(db, "deserialize") else None
    if not hasattr(db, "deserialize"):
        db = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    rows = db.execute("SELECT * FROM Variant ORDER BY file_start_position").fetchall()
    size = db.execute("SELECT file_size FROM Metadata").fetchall()
    db.close()
    return rows, size


def content(path):
    name = os.path.basename(path)
    if name == "calls.bcf":
        return gzip.decompress(read(path))
    if name == "calls.bgen.bgi":
        return database(path)
    if name == "contigs.tsv":
        return [line.split(b"\t")[:3] for line in read(path).splitlines()]
    return read(path)


def run(*args):
    return subprocess.run(args, capture_output=True, check=True).stdout


def regions_of(folder, rng):
    """Some of the folder's own positions, as regions."""
    lines = [line.split(b"\t")[:2] for line in read(f"{folder}/sites.tsv").splitlines()[1:]]
    for _ in range(min(2, len(lines))):
        contig, pos = rng.choice(lines)
        start = max(1, int(pos) - rng.randrange(3))
        yield f"{contig.decode()}:{start}-{start + rng.choice([0, 1, 500, 100000])}"


def same_indexes(ours, theirs, name, rng):
    """Regions by the index; it is chosen by its pathname."""
    file = INDEXED[name]
    a = f"{ours}/{file}##idx##{ours}/{name}"
    b = f"{theirs}/{file}##idx##{theirs}/{name}"
    for region in regions_of(ours, rng):
        view = ("bcftools", "view", "-H", "--no-version", "-r", region)
        assert run(*view, a) == run(*view, b), f"{ours}/{name}: {region}"
    assert run("bcftools", "index", "-s", a) == run("bcftools", "index", "-s", b), f"{ours}/{name}: counts"


def body(data):
    at = 0
    while data[at : at + 1] == b"#":
        at = data.index(b"\n", at) + 1
    return data[at:]


def same_files(ours, theirs, rng, indexes=True):
    names = set(os.listdir(ours))
    others = set(os.listdir(theirs))
    assert names == others, f"{ours}: {sorted(names ^ others)} are in one of both only"
    for name in sorted(names):
        a, b = f"{ours}/{name}", f"{theirs}/{name}"
        if not os.path.isfile(a) or name == "blocks.tsv":
            continue
        if name in INDEXED:
            read(a)
            if indexes:
                same_indexes(ours, theirs, name, rng)
        else:
            assert content(a) == content(b), f"{a} differs from {b}"
    return names


def same_blocks(folder):
    """A contig's blocks are its records, and the table says what they are."""
    table = [line.split(b"\t") for line in read(f"{folder}/blocks.tsv").splitlines()[1:]]
    assert [row[0].decode() for row in table] == sorted(os.listdir(f"{folder}/blocks"))
    calls, sites = [], []
    for row in table:
        block = f"{folder}/blocks/{row[0].decode()}"
        calls.append(body(read(f"{block}/calls.vcf")))
        sites.append(body(read(f"{block}/sites.vcf")))
        lines = calls[-1].splitlines()
        assert int(row[4]) == len(lines) and int(row[5]) == len(calls[-1]), block
        first = lines[0].split(b"\t")
        assert row[1] == first[0] and row[2] == first[1], block
        for line in lines:
            fields = line.split(b"\t", 4)
            assert int(row[2]) <= int(fields[1]) and int(fields[1]) + len(fields[3]) - 1 <= int(row[3]), block
    assert b"".join(calls) == body(read(f"{folder}/calls.vcf")), folder
    assert b"".join(sites) == body(read(f"{folder}/sites.vcf")), folder


def queries_of(folder, rng):
    samples = read(f"{folder}/samples.txt").decode().split("\n")[:-1]
    regions = list(regions_of(folder, rng))
    for region in regions:
        yield f"@region/{region}"
    yield f"@part/{rng.choice(['1-of-2', '2-of-3', '3-of-3'])}"
    yield f"@where/{rng.choice(['alleles=2', 'alleles>2', 'type=snp', 'qual>=100'])}"
    if not samples:
        return
    yield f"@where/{rng.choice(['ac>=2', 'maf>=0.05', 'missing<0.1'])}"
    some = rng.sample(samples, min(3, len(samples)))
    some = ",".join(s.replace("%", "%25").replace(",", "%2C").replace("/", "%2F") for s in some)
    yield f"@samples/{some}"
    yield f"@samples+/{some}"
    if regions:
        yield f"@region/{regions[0]}/@samples+/{some}/@where/ac>=1"
    yield f"@samples/{some}/@part/1-of-2"


def main():
    ours, theirs = sys.argv[1:3]
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    names = same_files(ours, theirs, rng)
    contigs = [name for name in names if os.path.isdir(f"{ours}/{name}/blocks")]
    assert contigs or not body(read(f"{ours}/calls.vcf")), f"{ours}: records, and no contigs"
    for contig in rng.sample(sorted(contigs), min(3, len(contigs))):
        same_files(f"{ours}/{contig}", f"{theirs}/{contig}", rng)
    for contig in contigs:
        same_blocks(f"{ours}/{contig}")
    for query in queries_of(ours, rng):
        same_files(f"{ours}/{query}", f"{theirs}/{query}", rng, rng.random() < 0.2)


main()
