#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Packs a phased VCF or BCF as the programs for GTB do, so that decoding can be measured.

usage: pack_gtb.py IN OUT

Writes OUT.v1.gtb and OUT.v2.gtb: blocks of 16,384 rows, rows in the order of positions, zstd at
level 16. Alleles past the first 15 become missing, as in version 1.
"""

import ctypes
import ctypes.util
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
import make_gtb as gtb  # noqa: E402

ROWS = 16384
LEVEL = 16
MOST = 14  # the highest allele
ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
for name in ("ZSTD_compress", "ZSTD_compressBound"):
    getattr(ZSTD, name).restype = ctypes.c_size_t


def zstd(data):
    """One frame, which says how much it holds."""
    room = ZSTD.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(room)
    n = ZSTD.ZSTD_compress(
        out, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)), ctypes.c_int(LEVEL)
    )
    return out.raw[:n]


class Row:
    """A record: contig number, POS, alleles, the code of each sample."""

    def __init__(self, contig, fields):
        self.contig = contig
        self.pos = int(fields[1])
        self.ref = fields[2]
        self.alts = fields[3].split(",")
        self.codes = [CODES[call] for call in fields[4:]]
        self.n_alts = sum(ALTS[c] for c in self.codes)
        self.n_called = sum(c > 0 for c in self.codes)


class Codes(dict):
    def __missing__(self, call):
        a, b = call.split("|")
        known = a != "." and b != "." and int(a) <= MOST and int(b) <= MOST
        self[call] = gtb.code_of(int(a), int(b)) if known else 0
        return self[call]


CODES = Codes()
ALTS = {gtb.code_of(a, b): (a > 0) + (b > 0) for a in range(MOST + 1) for b in range(MOST + 1)}
ALTS[0] = 0


def packed(codes):
    """Three a byte."""
    codes = codes + [0] * (-len(codes) % 3)
    return bytes(25 * a + 5 * b + c for a, b, c in zip(codes[::3], codes[1::3], codes[2::3]))


def write_v1(rows, samples, path):
    data = b""
    directory = b""
    n_blocks = 0
    while rows:
        block = [r for r in rows[:ROWS] if r.contig == rows[0].contig]
        rows = rows[len(block) :]
        two = [r for r in block if len(r.alts) == 1]
        more = [r for r in block if len(r.alts) > 1]
        streams = [
            b"".join(packed(r.codes) for r in two) + b"".join(bytes(r.codes) for r in more),
            b"".join(struct.pack("<I", r.pos) for r in two + more),
            "".join(f"{r.ref}\t{','.join(r.alts)}/" for r in two + more).encode(),
        ]
        streams = [zstd(s) for s in streams]
        lengths = [len(s) for s in streams]
        directory += struct.pack("<BII", block[0].contig, block[0].pos, block[-1].pos)
        directory += struct.pack("<HHI", len(two), len(more), lengths[0])
        directory += struct.pack("<I", lengths[1])[:3] + struct.pack("<IB", lengths[2], 0)
        data += b"".join(streams)
        n_blocks += 1
    subjects = zstd("\t".join(samples).encode())
    head = bytes([3 | 1 << 4 | 1 << 7, 7]) + struct.pack("<I", n_blocks)[:3] + b"\n"
    with open(path, "wb") as out:
        out.write(head + struct.pack("<I", len(subjects)) + subjects + data + directory)


def group(name, fields, rows):
    names = gtb.nested([name.encode()] + [x.encode() for f in fields for x in f[:2]], 10)
    data = b""
    index = b""
    for at in range(0, len(rows), ROWS):
        part = rows[at : at + ROWS]
        streams = [zstd(f[2](part)) for f in fields]
        lengths = gtb.differences([len(s) for s in streams], 32)
        block = b"".join(streams) + lengths + struct.pack("<I", len(lengths))
        data += block
        index += gtb.number(len(part), gtb.LENGTH) + gtb.number(len(block), gtb.LENGTH)
    out = b"\x00" + gtb.number(len(names), gtb.LENGTH) + names
    return out + gtb.number(len(data), gtb.LENGTH) + gtb.number(len(index), gtb.LENGTH) + data + index


def element(row):
    kind = 1 if len(row.alts) == 1 else 2
    body = packed(row.codes) if kind == 1 else bytes(row.codes)
    return bytes([1 | kind << 1]) + struct.pack("<I", len(row.codes)) + body


def write_v2(rows, samples, path):
    def alleles(r):
        return gtb.nested([x.encode() for x in [r.ref] + r.alts], 11)

    sites = [
        ("CHROM", "chromosome", lambda v: gtb.differences([r.contig for r in v], 32)),
        ("POS", "varint32", lambda v: gtb.differences([r.pos for r in v], 32)),
        ("ALLELE", "bytecodearray", lambda v: gtb.byte_strings([alleles(r) for r in v])),
    ]
    calls = [
        ("AC", "varint32", lambda v: gtb.differences([r.n_alts for r in v], 32)),
        ("AN", "varint32", lambda v: gtb.differences([2 * r.n_called for r in v], 32)),
        ("GT", "bytecode", lambda v: gtb.byte_strings([element(r) for r in v])),
    ]
    meta = [("$gtbformat.phased", "true"), ("$gtbformat.subjects", ",".join(samples))]
    frame = zstd(gtb.nested([x.encode() for pair in meta for x in pair], 12))
    with open(path, "wb") as out:
        out.write(group("GTB_COORDINATE", sites, rows) + group("GTB_GENOTYPE", calls, rows))
        out.write(b"\x01" + struct.pack("<I", len(frame)) + frame)


def main():
    source, to = sys.argv[1:]
    query = ["bcftools", "query", "-f", "%CHROM\t%POS\t%REF\t%ALT[\t%GT]\n", source]
    samples = subprocess.run(
        ["bcftools", "query", "-l", source], check=True, capture_output=True, text=True
    ).stdout.split()
    rows = []
    with subprocess.Popen(query, stdout=subprocess.PIPE, text=True) as lines:
        for line in lines.stdout:
            fields = line.rstrip("\n").split("\t")
            contig = fields[0].removeprefix("chr")
            rows.append(Row(gtb.CONTIGS.index(contig), fields))
    write_v1(rows, samples, to + ".v1.gtb")
    write_v2(rows, samples, to + ".v2.gtb")


main()
