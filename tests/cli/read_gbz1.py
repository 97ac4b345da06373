#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads a GBZ of version 1 strictly, by the description of the format alone.

usage: read_gbz1.py FILE.gbz [TABLE.tsv]

Every length, width, unused bit and byte of padding is checked, that sparse vectors are made of
ascending values, that runs of records lead where there are visits, and that each path backwards is
the path. TABLE has a line for each path, under a line of column names; what it tells of names,
lengths, walks and DNA is compared. Says nothing where all is well.
"""
import hashlib
import math
import struct
import sys

GENERIC = "_gbwt_ref"
COMPLEMENT = bytes.maketrans(b"ACGTURYKMBDHVacgturykmbdhv", b"TGCAAYRMKVHDBtgcaayrmkvhdb")


def need(holds, what):
    if not holds:
        raise ValueError(what)


class File:
    """Structures, taken from the file one after the other."""

    def __init__(self, pathname):
        with open(pathname, "rb") as f:
            self.data = f.read()
        self.at = 0
        need(len(self.data) % 8 == 0, "whole elements")

    def take(self, n):
        need(n <= len(self.data) - self.at, f"{n} bytes at {self.at}")
        self.at += n
        return self.data[self.at - n:self.at]

    def numbers(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))

    def u64(self):
        return self.numbers("Q")[0]

    def bits(self):
        """A raw bit vector: how many, and the number that they make."""
        n, elements = self.numbers("QQ")
        need(elements == -(-n // 64), "elements of a bit vector")
        value = int.from_bytes(self.take(8 * elements), "little")
        need(value.bit_length() <= n, "nothing behind the end of a bit vector")
        return n, value

    def ints(self):
        n, width = self.numbers("QQ")
        need(1 <= width <= 64, "width of integers")
        n_bits, value = self.bits()
        need(n_bits == n * width, "bits of integers")
        digits = f"{value:0{n_bits}b}" if n else ""
        return [int(digits[n_bits - (i + 1) * width:n_bits - i * width], 2)
                for i in range(n)], width

    def packed(self):
        """Integers of no more bits than the largest needs."""
        values, width = self.ints()
        need(width == max(1, max(values, default=0).bit_length()), "fewest bits for integers")
        return values

    def sparse(self):
        universe, ones = self.numbers("QQ")
        n_bits, high = self.bits()
        need(self.numbers("QQQ") == (0, 0, 0), "no supports")
        low, width = self.ints()
        need(len(low) == ones == bin(high).count("1"), "items of a sparse vector")
        if not ones:
            need(universe == n_bits == 0, "an empty sparse vector")
            return [], 0
        need(n_bits == ones + -(-universe // 2 ** width), "buckets of a sparse vector")
        ideal = 1 if ones > universe else math.log2(universe * math.log(2) / ones)
        need(abs(max(1, ideal) - width) <= 0.5, "width of a sparse vector")
        places = [i for i, bit in enumerate(reversed(f"{high:b}")) if bit == "1"]
        values = [((p - i) << width) + low[i] for i, p in enumerate(places)]
        need(values == sorted(values) and values[-1] < universe, "values of a sparse vector")
        return values, universe

    def bytes(self):
        n = self.u64()
        value = self.take(n)
        need(not any(self.take(-n % 8)), "padding of 0")
        return value

    def strings(self):
        starts, universe = self.sparse()
        alphabet = self.bytes()
        symbols = self.packed()
        need(sorted(set(alphabet)) == list(alphabet), "letters that ascend")
        need(sorted(set(symbols)) == list(range(len(alphabet))), "letters that are used")
        text = bytes(alphabet[s] for s in symbols)
        need(not starts or (starts[0] == 0 and starts[-1] <= len(text)), "starts of strings")
        need(starts or not text, "text of a string")
        need(universe <= len(text) + 1, "a universe of strings")
        return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)])]

    def dictionary(self):
        names = self.strings()
        order = self.packed()
        need(sorted(order) == list(range(len(names))), "an order of all names")
        need([names[i] for i in order] == sorted(names), "names in order")
        return [n.decode() for n in names]

    def tags(self):
        strings = [s.decode() for s in self.strings()]
        tags = dict(zip(strings[::2], strings[1::2]))
        need(2 * len(tags) == len(strings), "tags, each once")
        return tags


class Record:
    """Edges of a node, and the edge that each of its visits takes."""

    def __init__(self, data):
        self.data = data
        self.at = 0
        sigma = self.code()
        self.edges = []
        node = 0
        for k in range(sigma):
            step = self.code()
            need(k == 0 or step, "edges that ascend")
            node += step
            self.edges.append((node, self.code()))
        self.taken = []
        while self.at < len(data):
            edge, length = self.run(sigma)
            need(edge < sigma, "an edge that there is")
            self.taken += [edge] * length
        seen = [0] * sigma
        self.next = []
        for edge in self.taken:
            self.next.append((self.edges[edge][0], self.edges[edge][1] + seen[edge]))
            seen[edge] += 1

    def code(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def run(self, sigma):
        need(sigma, "no runs without edges")
        if sigma >= 255:
            edge = self.code()
            return edge, self.code() + 1
        byte = self.data[self.at]
        self.at += 1
        edge, length = byte % sigma, byte // sigma + 1
        return edge, length + (self.code() if length >= 256 // sigma else 0)


class Graph:
    """All of a file."""

    def __init__(self, f):
        need(f.numbers("4sIQ") == (b"GBZ ", 1, 0), "header of a GBZ of version 1")
        self.tags = f.tags()
        self.read_gbwt(f)
        tag, version, n_nodes, flags = f.numbers("IIQQ")
        need((tag, version) == (0x6B3764AF, 3), "header of the graph")
        self.sequences = f.strings()
        need(len(self.sequences) == (len(self.records) - 1) // 2, "a sequence for each id")
        there = [bool(r.edges) for r in self.records[1:]]
        need(there[::2] == there[1::2], "both strands of a node")
        need(sum(there[::2]) == n_nodes, "nodes that are there")
        segments = f.strings()
        mapping, end = f.sparse()
        need(flags == 2 + bool(segments) and len(segments) == len(mapping), "segments")
        if segments:
            need(mapping[0] == 1 and end == len(self.sequences) + 1, "nodes of segments")
        need(f.at == len(f.data), "nothing behind the end")

    def read_gbwt(self, f):
        tag, version, n, n_visits, self.offset, alphabet, flags = f.numbers("IIQQQQQ")
        need((tag, version) == (0x6B376B37, 5), "header of the GBWT")
        self.gbwt_tags = f.tags()
        starts, length = f.sparse()
        data = f.bytes()
        need(len(starts) == alphabet - self.offset and length == len(data), "index of records")
        self.records = [Record(data[a:b]) for a, b in zip(starts, [*starts[1:], length])]
        need(len(self.records[0].taken) == n, "a start for each sequence")
        need(sum(len(r.taken) for r in self.records) == n_visits, "visits")
        f.take(8 * f.u64())
        end = f.at + 8 * (n_metadata := f.u64()) + 8
        need(flags == 5 + 2 * bool(n_metadata), "flags of the GBWT")
        self.names = self.read_metadata(f, n // 2) if n_metadata else []
        need(f.at == end, "length of the metadata")

    def read_metadata(self, f, n_paths):
        tag, version, n_samples, n_haplotypes, n_contigs, flags = f.numbers("IIQQQQ")
        need((tag, version) == (0x6B375E7A, 2), "header of the metadata")
        paths = [f.numbers("IIII") for _ in range(f.u64())]
        samples = f.dictionary()
        contigs = f.dictionary()
        need(flags == bool(paths) + 2 * bool(samples) + 4 * bool(contigs), "flags of metadata")
        need(len(paths) in (0, n_paths), "a name for each path")
        need(len(samples) in (0, n_samples) and len(contigs) in (0, n_contigs), "names")
        need(n_haplotypes == len({(p[0], p[2]) for p in paths}), "number of haplotypes")
        return [(samples[s] if samples else str(s), contigs[c] if contigs else str(c), phase,
                 fragment) for s, c, phase, fragment in paths]

    def walk(self, sequence):
        record, visit = self.records[0], sequence
        while True:
            node, visit = record.next[visit]
            if not node:
                return
            yield node
            record = self.records[node - self.offset]

    def bases(self, node):
        forward = self.sequences[node // 2 - (self.offset + 1) // 2]
        return forward.translate(COMPLEMENT)[::-1] if node & 1 else forward

    def paths(self):
        references = self.gbwt_tags.get("reference_samples", "").split(" ")
        for p in range(len(self.records[0].taken) // 2):
            nodes = list(self.walk(2 * p))
            need(list(self.walk(2 * p + 1)) == [n ^ 1 for n in reversed(nodes)],
                 "a path backwards")
            sample, contig, phase, fragment = (
                self.names[p] if self.names else (GENERIC, str(p), 0, 0))
            dna = b"".join(map(self.bases, nodes))
            walk = "".join(f"{'><'[n & 1]}{n // 2}" for n in nodes)
            yield {
                "path_id": p, "sample": sample, "contig": contig, "fragment": fragment,
                "haplotype": 0 if phase == 0xFFFFFFFF else phase, "steps": len(nodes),
                "sense": "generic" if sample == GENERIC
                         else "reference" if sample in references else "haplotype",
                "length_bp": len(dna), "sequence_sha256": hashlib.sha256(dna).hexdigest(),
                "walk_sha256": hashlib.sha256(walk.encode()).hexdigest()}


def main():
    pathname, *table = sys.argv[1:]
    paths = list(Graph(File(pathname)).paths())
    if not table:
        return
    with open(table[0], encoding="ascii") as f:
        columns, *rows = [line.rstrip("\n").lstrip("#").split("\t") for line in f]
    need(len(rows) == len(paths), f"{len(rows)} paths")
    columns = ["haplotype" if c == "hap" else c for c in columns]
    for path, row in zip(paths, rows):
        for column, value in zip(columns, row):
            need(str(path.get(column, value)) == value,
                 f"{column} {value} of path {path['path_id']}: it is {path.get(column)}")


try:
    main()
except (ValueError, IndexError, struct.error) as error:
    sys.exit(f"not so: {error}")
