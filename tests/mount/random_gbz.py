#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""random_gbz.py SEED OUT.gbz: a small made-up graph, as a GBZ of version 1, odd on purpose.

Paths run along backbones that share nodes; they skip, repeat, invert and insert nodes, jump from one
backbone to another, run backwards, come in fragments that touch, lie apart or over each other.
References are visited backwards and twice, names are odd, ids have gaps, some letters are no bases.
The same for the same seed. The format is that of docs/gbz.md, made the plain way.
"""
import random
import struct
import sys

GENERIC, NONE = "_gbwt_ref", 0xFFFFFFFF


# ---- structures ----

def u64(*numbers):
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def raw_bits(values, width):
    """Integers of so many bits one after the other."""
    number = 0
    for i, v in enumerate(values):
        number |= v << (i * width)
    n = len(values) * width
    elements = -(-n // 64)
    return u64(n, elements) + number.to_bytes(8 * elements, "little")


def int_vector(values, width=None):
    width = width or max(max(values, default=0).bit_length(), 1)
    return u64(len(values), width) + raw_bits(values, width)


def byte_vector(data):
    return u64(len(data)) + data + bytes(-len(data) % 8)


def sparse(values, universe):
    width = max((universe // max(len(values), 1)).bit_length() - 1, 1)
    high = [0] * (len(values) + -(-universe // (1 << width)))
    for i, v in enumerate(values):
        high[i + (v >> width)] = 1
    return (u64(universe) + u64(len(values)) + raw_bits(high, 1) + u64(0, 0, 0)
            + int_vector([v & ((1 << width) - 1) for v in values], width))


def string_array(strings):
    data = [s.encode() for s in strings]
    text = b"".join(data)
    alphabet = bytes(sorted(set(text)))
    starts, at = [], 0
    for d in data:
        starts.append(at)
        at += len(d)
    rank = {c: i for i, c in enumerate(alphabet)}
    return (sparse(starts, starts[-1] + 1 if starts else 0) + byte_vector(alphabet)
            + int_vector([rank[c] for c in text]))


def dictionary(strings):
    order = sorted(range(len(strings)), key=lambda i: strings[i].encode())
    return string_array(strings) + int_vector(order)


def optional(structure):
    return u64(len(structure) // 8) + structure


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def run(value, length, sigma):
    if sigma >= 255:
        return varint(value) + varint(length - 1)
    most = 256 // sigma
    n = min(length, most)
    return bytes([value + sigma * (n - 1)]) + (varint(length - most) if n == most else b"")


# ---- the BWT ----

def records_of(walks, offset, alphabet_size):
    sequences = []
    for w in walks:
        sequences += [w, [s ^ 1 for s in reversed(w)]]
    visits = {0: [((), j, 0) for j in range(len(sequences))]}
    for j, s in enumerate(sequences):
        for i, node in enumerate(s):
            # By what was visited before, from there backwards, then by the sequence.
            visits.setdefault(node, []).append((tuple(s[i - 1::-1] if i else ()) + (0,), j, i + 1))
    nexts = {}
    for node, rows in visits.items():
        rows.sort()
        nexts[node] = [(sequences[j] + [0])[i] for _, j, i in rows]
    before, records = {}, []
    for node in [0, *range(offset + 1, alphabet_size)]:
        to = nexts.get(node, [])
        edges = sorted(set(to))
        out, last = bytearray(varint(len(edges))), 0
        for e in edges:
            out += varint(e - last) + varint(before.get(e, 0))
            last = e
        i = 0
        while i < len(to):
            k = i
            while k < len(to) and to[k] == to[i]:
                k += 1
            out += run(edges.index(to[i]), k - i, len(edges))
            i = k
        for e in to:
            before[e] = before.get(e, 0) + 1
        records.append(bytes(out))
    return records, sum(map(len, nexts.values()))


def gbz(paths, bases, reference_samples):
    """paths: (sample, hap, contig, fragment, steps); bases: of each id."""
    low, high = min(bases), max(bases)
    offset, alphabet_size = 2 * low - 1, 2 * high + 2
    records, size = records_of([p[4] for p in paths], offset, alphabet_size)
    samples = list(dict.fromkeys(p[0] for p in paths))
    contigs = list(dict.fromkeys(p[2] for p in paths))
    names = b"".join(struct.pack("<4I", samples.index(s), contigs.index(c),
                                 NONE if s == GENERIC else h, f) for s, h, c, f, _ in paths)
    metadata = (struct.pack("<IIQQQQ", 0x6B375E7A, 2, len(samples),
                            len({p[:2] for p in paths}), len(contigs), 7)
                + u64(len(paths)) + names + dictionary(samples) + dictionary(contigs))
    starts, at = [], 0
    for r in records:
        starts.append(at)
        at += len(r)
    tags = ["source", "random"]
    if reference_samples is not None:
        tags = ["reference_samples", " ".join(reference_samples)] + tags
    return (struct.pack("<IIQ", 0x205A4247, 1, 0) + string_array(["source", "random"])
            + struct.pack("<IIQQQQQ", 0x6B376B37, 5, 2 * len(paths), size, offset, alphabet_size, 7)
            + string_array(tags) + sparse(starts, at) + byte_vector(b"".join(records))
            + u64(0) + optional(metadata)
            + struct.pack("<IIQQ", 0x6B3764AF, 3, len(bases), 2)
            + string_array([bases.get(i, "") for i in range(low, high + 1)])
            + string_array([]) + sparse([], 0))


# ---- graphs ----

class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.next_id = self.r.choice((1, 1, 7, 1000))
        self.bases = {}

    def node(self):
        r = self.r
        self.next_id += r.choice((1, 1, 1, 1, 2, 5))
        n = r.choice((1, 1, 1, 2, 3, 5, 9, r.randint(10, 200)))
        letters = "ACGT" * 20 + ("N" if r.random() < 0.1 else "") + ("acgtRYS" * (
            r.random() < 0.05))
        self.bases[self.next_id] = "".join(r.choice(letters) for _ in range(n))
        return 2 * self.next_id

    def backbone(self, others):
        """New nodes, and some of those there are."""
        r, out = self.r, []
        for _ in range(r.randint(1, 25)):
            if others and r.random() < 0.15:
                part = r.choice(others)
                i = r.randrange(len(part))
                part = part[i:i + r.randint(1, 4)]
                out += [s ^ 1 for s in reversed(part)] if r.random() < 0.3 else part
            else:
                out.append(self.node())
        return out

    def walk(self, backbones, calm):
        """Along a backbone, with changes: fewer where calm."""
        r = self.r
        bone = r.choice(backbones)
        i, out = 0, []
        if r.random() < 0.3:
            i = r.randrange(len(bone))
        while i < len(bone):
            x = r.random() * (4 if calm else 1)
            if x < 0.1:
                i += r.randint(1, 3)  # a deletion
                continue
            if x < 0.18:
                out.append(r.choice(self.alternatives.setdefault(bone[i], [self.node()])))
                if r.random() < 0.3:
                    self.alternatives[bone[i]].append(self.node())
                if r.random() < 0.6:
                    i += 1
                continue
            if x < 0.21:
                k = i + r.randint(1, 4)
                out += [s ^ 1 for s in reversed(bone[i:k])]
                i = k
                continue
            if x < 0.24 and len(out) < 80:
                i = max(i - r.randint(1, 4), 0)  # a duplication
            elif x < 0.27 and len(out) < 80:
                bone = r.choice(backbones)
                i = r.randrange(len(bone))
            elif x < 0.275:
                break
            if i < len(bone):
                out.append(bone[i])
            i += 1
        if r.random() < 0.25:
            out = [s ^ 1 for s in reversed(out)]
        return out or [bone[0]]

    def length(self, steps):
        return sum(len(self.bases[s >> 1]) for s in steps)

    def fragments(self, steps):
        """(start, steps) of what it is cut into, mostly one."""
        r = self.r
        at = r.choice((0, 0, 0, 3, 1000, r.randint(0, 50)))
        while True:
            n = len(steps) if r.random() < 0.6 else r.randint(1, len(steps))
            yield at, steps[:n]
            at += self.length(steps[:n])
            if r.random() < 0.7:
                at += r.choice((0, 1, 7, 100))
            steps = steps[n + r.choice((0, 0, 1)):]
            if not steps:
                return

    def graph(self):
        r = self.r
        samples = ["ref", "other", "HG1", "a/b", ".dot", "@at", "p%q", "x|y", "é"]
        references = r.choice((["ref"], ["ref", "other"], ["ref"], [], None))
        paths, seen = [], set()

        def add(sample, hap, contig, steps):
            for at, part in self.fragments(steps):
                if (sample, hap, contig, at) not in seen:
                    seen.add((sample, hap, contig, at))
                    paths.append((sample, hap, contig, at, part))

        for c in range(r.randint(1, 3)):
            self.alternatives = {}
            backbones = []
            for _ in range(r.choice((1, 1, 2, 3))):
                backbones.append(self.backbone(backbones))
            for k, bone in enumerate(backbones):
                for sample in references or []:
                    if r.random() < 0.85:
                        add(sample, r.choice((0, 0, 0, 1)), f"c{c}{k}",
                            bone if r.random() < 0.8 else self.walk([bone], True))
            if r.random() < 0.3:
                add(GENERIC, 0, f"g{c}", self.walk(backbones, True))
            for sample in r.sample(samples[2:], r.randint(1, 5)):
                for hap in r.choice(((0,), (1, 2), (1, 2), (2,), (1, 2, 3))):
                    for n in range(r.choice((1, 1, 1, 2))):
                        add(sample, hap, f"t{c}{hap}{n}" if r.random() < 0.9 else "t",
                            self.walk(backbones, r.random() < 0.7))
        r.shuffle(paths)
        used = {s >> 1 for p in paths for s in p[4]}
        return gbz(paths, {i: b for i, b in self.bases.items() if i in used}, references)


def main():
    with open(sys.argv[2], "wb") as f:
        f.write(Maker(int(sys.argv[1])).graph())


main()
