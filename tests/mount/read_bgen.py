#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""read_bgen.py BGEN [BGI]

Read a BGEN 1.2 file of layout 2, uncompressed, with nothing but the standard library, and print a
line for each variant: chromosome, position, ID, alleles joined by ',', and the genotype of each
sample: allele numbers joined by '|' where the variant is phased, else by '/' and in ascending order,
'.' where missing; probabilities of 16 bits, and those that are not certain, are printed as they are. With BGI, an index of
SQLite, also check that its rows are the variants and point at their blocks.
"""
import itertools
import sqlite3
import struct
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()


def take(at, fmt):
    return struct.unpack_from("<" + fmt, data, at), at + struct.calcsize("<" + fmt)


def text(at, fmt):
    (n,), at = take(at, fmt)
    return data[at:at + n].decode(), at + n


def genotypes(ploidy, n_alleles):
    """In the order of the format: by the largest allele, then by the next."""
    return sorted(itertools.combinations_with_replacement(range(n_alleles), ploidy),
                  key=lambda g: g[::-1])


def call(values, ploidy, n_alleles, phased, one):
    if phased:
        alleles = []
        for p in range(ploidy):
            row = values[p * (n_alleles - 1):(p + 1) * (n_alleles - 1)]
            row = list(row) + [one - sum(row)]
            if max(row) < one:
                return "p" + ",".join(map(str, values))
            alleles.append(row.index(one))
        return "|".join(map(str, alleles))
    row = list(values) + [one - sum(values)]
    if max(row) < one:
        return "p" + ",".join(map(str, values))
    return "/".join(map(str, genotypes(ploidy, n_alleles)[row.index(one)]))


def probabilities(at, n_samples):
    (n, k, low, high), at = take(at, "IHBB")
    assert n == n_samples, "another number of samples"
    ploidies, at = data[at:at + n], at + n
    (phased, bits), at = take(at, "BB")
    assert bits in (8, 16), bits
    calls = []
    for byte in ploidies:
        ploidy = byte & 63
        assert low <= ploidy <= high, "ploidy out of its bounds"
        n_values = ploidy * (k - 1) if phased else len(genotypes(ploidy, k)) - 1
        values, at = take(at, f"{n_values}{'B' if bits == 8 else 'H'}")
        if byte & 128:
            assert not any(values), "probabilities of a missing sample"
            calls.append(("|" if phased else "/").join("." * ploidy))
        else:
            calls.append("p" + ",".join(map(str, values)) if bits == 16
                         else call(values, ploidy, k, phased, (1 << bits) - 1))
    return calls, at


(offset, header, n_variants, n_samples, magic, flags), _ = take(0, "III I4sI".replace(" ", ""))
assert magic == b"bgen" and flags & 3 == 0 and flags >> 2 & 15 == 2, "not as expected"
at = offset + 4
rows = []
for _ in range(n_variants):
    start = at
    _, at = text(at, "H")
    rsid, at = text(at, "H")
    chromosome, at = text(at, "H")
    (position, k), at = take(at, "IH")
    alleles = []
    for _ in range(k):
        allele, at = text(at, "I")
        alleles.append(allele)
    (length,), at = take(at, "I")
    calls, end = probabilities(at, n_samples)
    assert end == at + length, "the data end elsewhere"
    at = end
    rows.append((chromosome, position, rsid, k, alleles[0], alleles[1] if k > 1 else None, start,
                 at - start))
    print(chromosome, position, rsid, ",".join(alleles), *calls, sep="\t")
assert at == len(data), "bytes behind the last variant"
if len(sys.argv) > 2:
    index = sqlite3.connect(f"file:{sys.argv[2]}?mode=ro&immutable=1", uri=True)
    found = index.execute("SELECT * FROM Variant ORDER BY file_start_position").fetchall()
    assert found == rows, "the index has other rows"
    size, first = index.execute("SELECT file_size, first_1000_bytes FROM Metadata").fetchone()
    assert size == len(data) and first == data[:1000], "the index is of another file"
