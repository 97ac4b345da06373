#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""arrays.py FOLDER REFERENCE

Compare genotypes.npy and positions.npy of a dataset with what pysam reads of REFERENCE, and what
pysam and cyvcf2 read of the dataset's own files with that too.
"""
import os
import sys

import cyvcf2
import numpy
import pysam

folder, reference = sys.argv[1:]
pysam.set_verbosity(0)
positions = numpy.load(os.path.join(folder, "positions.npy"), mmap_mode="r")
genotypes = numpy.load(os.path.join(folder, "genotypes.npy"), mmap_mode="r")
variants, samples, ploidy = genotypes.shape


def row(record):
    for sample in record.samples.values():
        call = sample.get("GT") if "GT" in record.format else None
        if call is None:
            yield [-1] * ploidy
        else:
            yield [-1 if a is None else a for a in call] + [-2] * (ploidy - len(call))


n = 0
for n, record in enumerate(pysam.VariantFile(reference), 1):
    assert positions[n - 1] == record.pos, f"record {n}: another position"
    want = numpy.array(list(row(record)), dtype=genotypes.dtype)
    assert numpy.array_equal(genotypes[n - 1], want), f"record {n}: other genotypes"
assert n == variants == len(positions), "another number of records"

for name in "calls.bcf", "calls.vcf.gz", "calls.vcf":
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        continue
    here = [(r.chrom, r.pos, r.alleles) for r in pysam.VariantFile(path)]
    assert here == [(r.chrom, r.pos, r.alleles) for r in pysam.VariantFile(reference)], name
    there = [(v.CHROM, v.POS, v.REF, list(v.ALT)) for v in cyvcf2.VCF(path)]
    assert there == [(v.CHROM, v.POS, v.REF, list(v.ALT)) for v in cyvcf2.VCF(reference)], name
print(f"# {variants} records of {samples} samples, {genotypes.dtype}")
