#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes up a GTB file, and beside it what must come out of it.

usage: make_gtb.py SEED OUT

Writes OUT.gtb, version 1 for even seeds and 2 for odd ones, and OUT.tsv: CHROM POS REF ALT, INFO
without AC, AN and AF, and GT of each sample, in the order of positions. Written from docs/gtb.md.
Zstandard frames hold their bytes raw, so that no compressor is needed.
"""

import gzip
import lzma
import random
import struct
import sys

CONTIGS = [str(i) for i in range(1, 23)] + ["X", "Y", "MT"]


def code_of(a, b):
    """The number of genotype a|b."""
    return (a + 1) ** 2 - b if a >= b else b * b + a + 1


# --- compressors ---


def zstd_raw(data, sized=True):
    """A Zstandard frame (RFC 8878) of raw blocks."""
    head = b"\x28\xb5\x2f\xfd"
    if sized:
        head += b"\xa0" + struct.pack("<I", len(data))
    else:
        head += b"\x00\x68"  # a window of 8 MiB, and no size
    blocks = b""
    pieces = [data[i : i + 100000] for i in range(0, len(data), 100000)] or [b""]
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        blocks += struct.pack("<I", len(piece) << 3 | last)[:3] + piece
    return head + blocks


def lzma_alone(data):
    """With its length in its head, as the format has it."""
    packed = lzma.compress(data, format=lzma.FORMAT_ALONE)
    return packed[:5] + struct.pack("<Q", len(data)) + packed[13:]


PACKERS = [zstd_raw, lzma_alone, gzip.compress]

# --- records ---


class Record:
    """One made-up record."""

    def __init__(self, rng, contig, pos, n_samples, most_alleles, phased):
        self.contig = contig
        self.pos = pos
        n = rng.choice([2, 2, 2, 2, 3, 4, rng.randint(2, most_alleles)])
        bases = ["".join(rng.choice("ACGT") for _ in range(rng.randint(1, 9))) for _ in range(n * 3)]
        self.ref = bases[0]
        alts = sorted(set(bases[1:]) - {self.ref})
        rng.shuffle(alts)
        self.alts = alts[: n - 1]
        if rng.random() < 0.1:
            self.alts[-1] = rng.choice(["<DEL>", "*", "G]17:198982]"])
        if rng.random() < 0.05:
            self.alts = ["."]
        self.n_alleles = 1 if self.alts == ["."] else 1 + len(self.alts)
        self.phased = phased
        self.calls = []
        rare = rng.random() < 0.5
        for _ in range(n_samples):
            if rng.random() < 0.1:
                self.calls.append(None)
            elif rare and rng.random() < 0.9:
                self.calls.append((0, 0))
            else:
                a, b = rng.randrange(self.n_alleles), rng.randrange(self.n_alleles)
                self.calls.append((a, b) if phased else (min(a, b), max(a, b)))
        self.info = ""
        self.values = {}

    def codes(self):
        return [0 if c is None else code_of(*c) for c in self.calls]

    def row(self):
        between = "|" if self.phased else "/"
        calls = [between.join("..") if c is None else f"{c[0]}{between}{c[1]}" for c in self.calls]
        place = [CONTIGS[self.contig], str(self.pos), self.ref, ",".join(self.alts)]
        return place + [self.info or "."] + calls


def pack(codes, phased, fill_last):
    """A packed row of codes 0 to 4."""
    n = 3 if phased else 4
    fill = codes[-1] if fill_last else 0
    codes = codes + [fill] * (-len(codes) % n)
    out = bytearray()
    for i in range(0, len(codes), n):
        byte = 0
        for c in codes[i : i + n]:
            byte = byte * (5 if phased else 4) + c
        out.append(byte)
    return bytes(out)


# --- version 1 ---


def write_v1(rng, records, samples, phased, path):
    codec = rng.randrange(3)
    packer = PACKERS[codec]
    size_class = rng.randrange(3)
    most = [64, 256, 512][size_class]
    blocks = []
    for contig in sorted({r.contig for r in records}):
        own = [r for r in records if r.contig == contig]
        # Blocks that overlap hold every other record.
        for half in [own[::2], own[1::2]] if rng.random() < 0.3 else [own]:
            while half:
                n = rng.randint(1, most)
                blocks.append(half[:n])
                half = half[n:]
    rng.shuffle(blocks)  # the directory need not be sorted
    data = b""
    directory = b""
    for rows in blocks:
        rows = rows[:]
        rng.shuffle(rows)
        packed = [r for r in rows if len(r.alts) == 1]
        whole = [r for r in rows if len(r.alts) > 1]
        rows = packed + whole
        streams = [
            b"".join(pack(r.codes(), phased, True) for r in packed)
            + b"".join(bytes(r.codes()) for r in whole),
            b"".join(struct.pack("<I", r.pos) for r in rows),
            "".join(f"{r.ref}\t{','.join(r.alts)}/" for r in rows).encode(),
        ]
        streams = [packer(s) for s in streams]
        lengths = [len(s) for s in streams]
        positions = [r.pos for r in rows]
        directory += struct.pack("<BII", rows[0].contig, min(positions), max(positions))
        directory += struct.pack("<HHI", len(packed), len(whole), lengths[0])
        directory += struct.pack("<I", lengths[1])[:3] + struct.pack("<IB", lengths[2], 0)
        data += b"".join(streams)
    subjects = packer("\t".join(samples).encode())
    flags = 3 | rng.randrange(2) << 4 | codec << 5 | phased << 7
    head = bytes([flags, size_class | 3 << 3]) + struct.pack("<I", len(blocks))[:3]
    head += rng.choice([b"", b"file:///reference.fa"]) + b"\n"
    with open(path, "wb") as out:
        out.write(head + struct.pack("<I", len(subjects)) + subjects + data + directory)
    for r in records:
        r.info = ""


# --- version 2 ---


def number(value, forms):
    """The shortest of (bytes, shift, low bits) that holds value."""
    for n, shift, bits in forms:
        if value < 1 << (8 * n - shift):
            return (value << shift | bits).to_bytes(n, "little")
    raise ValueError(value)


LENGTH = [(1, 2, 0), (2, 2, 1), (3, 2, 2), (4, 3, 3), (5, 4, 15), (6, 5, 7), (7, 5, 23)]
ITEM = [(1, 2, 0), (2, 2, 1), (3, 2, 2), (4, 2, 3)]
VARINT = [(1, 3, 0), (2, 3, 2), (3, 3, 4), (4, 4, 6), (5, 5, 30), (6, 6, 46), (7, 7, 14)]


def varint(value):
    sign = value < 0
    value = ~value if sign else value
    if value >= 1 << 49:
        return bytes([0x4E | sign]) + struct.pack("<Q", value)
    out = bytearray(number(value, VARINT))
    out[0] |= sign
    return bytes(out)


def nested(items, kind):
    count = len(items) // (2 if kind == 12 else 1)
    body = b"".join(number(len(i), ITEM) + i for i in items)
    k = 0 if count < 256 else 1
    return body + count.to_bytes(k + 1, "little") + bytes([kind | k << 6])


def tail(count, variable, width=None):
    k = 0 if count < 256 else 1 if count < 65536 else 2
    out = b"" if width is None else bytes([width])
    return out + count.to_bytes(k + 1, "little") + bytes([variable | k << 1])


def differences(values, bits):
    out = b""
    before = 0
    half = 1 << (bits - 1)
    for v in values:
        out += varint((v - before + half) % (1 << bits) - half)  # wraps around
        before = v
    return out + tail(len(values), 1)


def byte_strings(values):
    out = b""
    before = None
    for v in values:
        out += b"\x07" if v == before else number(len(v), LENGTH[:4]) + v
        before = v
    return out + tail(len(values), 1)


def fixed(values, width):
    return b"".join(values) + tail(len(values), 0, width)


def signed(value, width):
    return value.to_bytes(width, "little", signed=True)


def bits(values):
    out = bytearray((len(values) + 7) // 8)
    for i, v in enumerate(values):
        out[i // 8] |= v << (7 - i % 8)
    return bytes(out) + tail(len(values), 0)


def nibbles(values):
    out = bytearray((len(values) + 1) // 2)
    for i, v in enumerate(values):
        out[i // 2] |= (v & 15) << (4 * (i % 2))
    return bytes(out) + tail(len(values), 0)


FLOATS = {8: None, 16: "<e", 32: "<f", 64: "<d"}


def float_bytes(value, width):
    if width == 8:
        return struct.pack("<b", round(value * 100))
    return struct.pack(FLOATS[width], value)


def escape(text):
    return "".join(c if c >= " " and c not in "%;=,\x7f" else f"%{ord(c):02X}" for c in text)


def shown(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


class Field:
    """A field of some type: its values, its column, its text in INFO."""

    def __init__(self, name, make, column, text=shown):
        self.name, self.make, self.column, self.text = name, make, column, text


def quarter(rng):
    return rng.randint(-400, 400) / 4


def some_text(rng):
    return "".join(rng.choice("abcXYZ;=,% 0\x01") for _ in range(rng.randrange(6)))


def listed(one, most=4):
    return lambda rng: [one(rng) for _ in range(rng.randrange(most))]


def integers(width, low=None):
    top = 1 << (8 * width - 1)
    return lambda rng: rng.randint(-top + 8 if low is None else low, top - 1)


def all_fields():
    """Every type that there is."""
    join = lambda v: ",".join(shown(i) for i in v)
    texts = lambda v: ",".join(escape(i) or "." for i in v) if any(v) else ""
    utf = lambda v: v.encode()
    fields = [
        Field("bool", lambda g: g.randrange(2), bits, None),
        Field("int4", lambda g: g.randint(-8, 7), nibbles),
        Field("varint32", integers(4), lambda v: differences(v, 32)),
        Field("varint64", integers(8), lambda v: differences(v, 64)),
        Field("string", some_text, lambda v: byte_strings([utf(i) for i in v]), escape),
        Field("bytecode", some_text, lambda v: byte_strings([utf(i) for i in v]), escape),
    ]
    for kind, code in (("stringarray", 10), ("bytecodearray", 11)):
        fields.append(
            Field(
                kind,
                listed(some_text),
                lambda v, k=code: byte_strings([nested([utf(i) for i in x], k) for x in v]),
                texts,
            )
        )
    for b in (8, 16, 24, 32, 64):
        w = b // 8
        fields.append(
            Field(f"int{b}", integers(w), lambda v, w=w: fixed([signed(i, w) for i in v], w))
        )
        if b == 24:
            continue
        pack_all = lambda v, w=w: byte_strings([b"".join(signed(i, w) for i in x) for x in v])
        fields.append(Field(f"int{b}array", listed(integers(w)), pack_all, join))
        fields.append(map_of(f"int{b}map", integers(w), lambda i, w=w: signed(i, w), shown))
    for b in (8, 16, 32, 64):
        w = b // 8
        one = (lambda g: g.randint(-126, 126) / 100) if b == 8 else quarter
        column = lambda v, b=b, w=w: fixed([float_bytes(i, b) for i in v], w)
        fields.append(Field(f"float{b}", one, column))
        pack_all = lambda v, b=b: byte_strings([b"".join(float_bytes(i, b) for i in x) for x in v])
        fields.append(Field(f"float{b}array", listed(one), pack_all, join))
        fields.append(map_of(f"float{b}map", one, lambda i, b=b: float_bytes(i, b), shown))
    for kind, code in (("stringmap", 10), ("bytecodemap", 11)):
        fields.append(map_of(kind, some_text, None, escape, code))
    return fields


MAP_KEYS = ["AB", "C;D"]


def map_of(name, one, encode, text, code=10):
    def column(values):
        rows = [nested([k.encode() for k in MAP_KEYS], 10)]
        for v in values:
            if encode:
                rows.append(b"".join(encode(i) for i in v))
            else:
                rows.append(nested([i.encode() for i in v], code))
        return byte_strings(rows)

    def show(v):
        return ",".join(f"{escape(k)}:{text(i)}" for k, i in zip(MAP_KEYS, v))

    return Field(name, lambda rng: [one(rng) for _ in MAP_KEYS], column, show)


def gt_value(rng, r):
    codes = r.codes()
    kinds = [0, 3]
    if max(codes, default=0) <= 255:
        kinds.append(2)
    if max(codes, default=0) <= (4 if r.phased else 3):
        kinds.append(1)
        if not r.phased and 4 not in codes:
            kinds.append(4)
    kind = rng.choice(kinds)
    head = bytes([r.phased | kind << 1]) + struct.pack("<I", len(codes))
    if kind == 1:
        return head + pack(codes, r.phased, False)
    if kind == 2:
        return head + bytes(codes)
    if kind == 3:
        return head + b"".join(struct.pack("<H", c) for c in codes)
    if kind == 4:
        out = bytearray((len(codes) + 3) // 4)
        for i, c in enumerate(codes):
            out[i // 4] |= {1: 0, 0: 1, 2: 2, 3: 3}[c] << 2 * (i % 4)
        return head + bytes(out)
    default = max(set(codes), key=codes.count)
    out = struct.pack("<H", default)
    for code in sorted(set(codes) - {default}):
        where = [i for i, c in enumerate(codes) if c == code]
        out += struct.pack("<HI", code, len(where))
        out += b"".join(struct.pack("<I", i) for i in where)
    return head + out


def section(rng, name, fields, records):
    """A field group, cut into blocks in its own way. fields: (name, type, column of records)."""
    names = nested([name.encode()] + [x.encode() for f in fields for x in f[:2]], 10)
    data = b""
    index = b""
    at = 0
    while at < len(records):
        rows = records[at : at + rng.randint(1, 150)]
        at += len(rows)
        streams = [zstd_raw(f[2](rows), rng.random() < 0.9) for f in fields]
        lengths = differences([len(s) for s in streams], 32)
        block = b"".join(streams) + lengths + struct.pack("<I", len(lengths))
        data += block
        index += number(len(rows), LENGTH) + number(len(block), LENGTH)
    out = b"\x00" + number(len(names), LENGTH) + names + number(len(data), LENGTH)
    return out + number(len(index), LENGTH) + data + index


def write_v2(rng, records, samples, phased, path):
    fields = all_fields() if rng.random() < 0.7 else []
    for f in fields:
        for r in records:
            # Repeats are stored as such.
            r.values[f.name] = f.make(rng)
        for a, b in zip(records, records[1:]):
            if rng.random() < 0.2:
                b.values[f.name] = a.values[f.name]
    for r in records:
        parts = []
        for f in fields:
            value = r.values[f.name]
            if f.text is None:
                parts += [f"E_{f.name}"] if value else []
            elif f.text(value):
                parts.append(f"E_{f.name}={f.text(value)}")
        r.info = ";".join(parts)
    alleles = lambda r: nested([x.encode() for x in [r.ref] + r.alts], 11)
    sections = [
        section(
            rng,
            "GTB_COORDINATE",
            [
                ("CHROM", "chromosome", lambda v: differences([r.contig for r in v], 32)),
                ("POS", "varint32", lambda v: differences([r.pos for r in v], 32)),
                ("ALLELE", "bytecodearray", lambda v: byte_strings([alleles(r) for r in v])),
            ],
            records,
        )
    ]
    if samples:
        called = lambda r: [c for c in r.calls if c]
        ac = lambda r: sum((c[0] > 0) + (c[1] > 0) for c in called(r))
        sections.append(
            section(
                rng,
                "GTB_GENOTYPE",
                [
                    ("AC", "varint32", lambda v: differences([ac(r) for r in v], 32)),
                    ("AN", "varint32", lambda v: differences([2 * len(called(r)) for r in v], 32)),
                    ("GT", "bytecode", lambda v: byte_strings([gt_value(rng, r) for r in v])),
                ],
                records,
            )
        )
    if fields:
        columns = [
            (f.name, f.name.upper() if rng.random() < 0.1 else f.name,
             lambda v, f=f: f.column([r.values[f.name] for r in v]))
            for f in fields
        ]
        columns.insert(
            rng.randrange(len(columns)), ("strange", "quaternion", lambda v: b"any bytes at all")
        )
        sections.append(section(rng, "E", columns, records))
    meta = [("$gtbformat.phased", "true" if phased else "false"), ("source", "made up")]
    if samples:
        meta.append(("$gtbformat.subjects", ",".join(samples)))
    frame = zstd_raw(nested([x.encode() for pair in meta for x in pair], 12))
    sections.append(b"\x01" + struct.pack("<I", len(frame)) + frame)
    with open(path, "wb") as out:
        out.write(b"".join(sections))


def main():
    seed, out = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(seed)
    version = 1 + seed % 2
    n_samples = rng.choice([1, 2, 3, 4, 5, 11, 40])
    if version == 2 and rng.random() < 0.1:
        n_samples = 0
    samples = [f"sample_{i}" for i in range(n_samples)]
    phased = rng.random() < 0.5
    records = []
    for contig in sorted(rng.sample(range(24 + (version == 1)), rng.randint(1, 3))):
        pos = 0
        for _ in range(rng.randint(1, 250)):
            pos += rng.choice([1, 2, 40, 3000, 70000])
            row_phased = phased if version == 1 else rng.random() < (0.9 if phased else 0.1)
            most = 14 if version == 1 else rng.choice([4, 20, 100])
            records.append(Record(rng, contig, pos, n_samples, most, row_phased))
    stored = records[:]
    if version == 2 and rng.random() < 0.2:
        # Of contigs only the first is out of order: the others stay in the order in which they appear.
        first = [r for r in records if r.contig == records[0].contig]
        rng.shuffle(first)
        stored[: len(first)] = first
    (write_v1 if version == 1 else write_v2)(rng, stored, samples, phased, out + ".gtb")
    with open(out + ".tsv", "w", encoding="ascii") as table:
        for r in records:
            table.write("\t".join(r.row()) + "\n")


if __name__ == "__main__":
    main()
