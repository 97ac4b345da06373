#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""regions.py FILE INDEX REFERENCE SEED COUNT

Compare COUNT random regions of FILE, read through INDEX, with those of the indexed file REFERENCE.
Prints how many were compared and not empty; exits with 1 where any differs.
"""
import random
import subprocess
import sys

file, index, reference, seed, count = sys.argv[1:4] + [int(a) for a in sys.argv[4:]]
rng = random.Random(seed)


def view(name, region):
    done = subprocess.run(["bcftools", "view", "--no-version", "-H", "-r", region, name],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout


text = subprocess.run(["bcftools", "query", "-f", "%CHROM\t%POS\t%END\n", reference],
                      stdout=subprocess.PIPE, check=True).stdout.decode()
sites = [line.split("\t") for line in text.splitlines()]
bad = full = 0
for _ in range(count):
    contig, pos, end = rng.choice(sites)
    at = rng.choice([int(pos), int(end), rng.randint(int(pos), max(int(pos), int(end)))])
    width = rng.choice([1, 10, 1000, 20000, 1000000, 30000000])
    start = max(1, at - rng.randint(0, width))
    region = f"{contig}:{start}-{start + width}"
    want = view(reference, region)
    full += bool(want[1])
    if view(f"{file}##idx##{index}", region) != want:
        bad += 1
        print(f"# {region} differs")
print(f"# seed {seed}: {count} regions, {full} not empty, {bad} different")
sys.exit(bad > 0 or full < count // 2)
