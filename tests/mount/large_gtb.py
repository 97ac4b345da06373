#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""large_gtb.py OUT BLOCKS ROWS SAMPLES: a version 1 GTB file that is quickly made and slowly read.

Contig 1, phased, 0|1 in every third sample; each line of calls.vcf without its POS is the same."""

import gzip
import struct
import sys


def main():
    out = sys.argv[1]
    n_blocks, rows, samples = map(int, sys.argv[2:])
    row = bytes([(2 * 5 + 1) * 5 + 1]) * (samples // 3)
    genotypes = gzip.compress(row * rows, 1)
    alleles = gzip.compress(b"A\tC/" * rows, 1)
    data, directory = b"", b""
    for i in range(n_blocks):
        first = 1 + i * rows
        positions = gzip.compress(b"".join(struct.pack("<I", first + k) for k in range(rows)), 1)
        directory += struct.pack("<BII", 0, first, first + rows - 1)
        directory += struct.pack("<HHI", rows, 0, len(genotypes))
        directory += struct.pack("<I", len(positions))[:3] + struct.pack("<IB", len(alleles), 0)
        data += genotypes + positions + alleles
    names = gzip.compress("\t".join(f"S{i}" for i in range(samples)).encode())
    head = bytes([3 | 2 << 5 | 1 << 7, 6 | 3 << 3]) + struct.pack("<I", n_blocks)[:3] + b"\n"
    with open(out, "wb") as f:
        f.write(head + struct.pack("<I", len(names)) + names + data + directory)


main()
