#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""same_bgen.py REFERENCE <CALLS

Compare what read_bgen.py printed with the genotypes, and where a record has GP the probabilities, that
bcftools has of REFERENCE.
"""
import subprocess
import sys


def query(fmt):
    done = subprocess.run(["bcftools", "query", "-f", fmt, sys.argv[1]], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.stdout.decode().splitlines() if done.returncode == 0 else None


def certain(call, got):
    alleles = call.replace("|", "/").split("/")
    if "." in alleles:
        return not got.strip(".|/")
    if "/" in got:
        alleles.sort(key=int)
    return got.replace("|", "/").split("/") == alleles


def likely(gp, got):
    want = [float(p) for p in gp.split(",")]
    want = [p / sum(want) for p in want]
    values = [int(v) / 65535 for v in got[1:].split(",")]
    return all(abs(a - b) < 2 / 65535 for a, b in zip(values, want)) and len(values) + 1 == len(want)


bad = n = 0
calls = query("%CHROM\t%POS\t%ID\t%REF,%ALT[\t%GT]\n")
gps = query("%POS[\t%GP]\n") or [""] * len(calls)
lines = sys.stdin.read().splitlines()
assert len(lines) == len(calls), "another number of records"
for line, want, gp in zip(lines, calls, gps):
    got, want, gp = line.split("\t"), want.split("\t"), gp.split("\t")[1:]
    same = got[:4] == want[:4] and len(got) == len(want)
    for i, (a, b) in enumerate(zip(got[4:], want[4:])):
        same &= likely(gp[i], a) if a.startswith("p") and gp[i] != "." else certain(b, a)
        n += 1
    if not same:
        bad += 1
        print("# differs:", *want[:4])
print(f"# {n} genotypes, {bad} records differ")
sys.exit(bad > 0)
