#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a pangenome is, worked out from a dump of its graph by the definitions of docs/views.md.

A dump is what `graph_tool dump FILE.gbz` prints: lines `T scope key value`, `S id bases segment`,
`L from to`, and `W sense sample haplotype contig fragment walk` for each path. Nodes are 2 * id, and
2 * id + 1 in reverse. Positions are 0-based, ranges half-open.

As a program: pangenome_truth.py DUMP blocks REFERENCE BLOCK_BP    the block of each node
              pangenome_truth.py DUMP positions REFERENCE STEP     nodes at places of contigs
              pangenome_truth.py DUMP paths                        paths with their components
"""
import hashlib
import re
import sys
from itertools import accumulate

COMPLEMENT = str.maketrans("ACGTURYKMBDHVacgturykmbdhv", "TGCAAYRMKVHDBtgcaayrmkvhdb")


def reverse_complement(bases):
    return bases[::-1].translate(COMPLEMENT)


def step_text(node):
    return "<>"[node % 2 == 0] + str(node // 2)


def canonical(a, b):
    """The one of the two forms of an edge that is written (formats/gbz.md, 7)."""
    if a % 2 == 0:
        keep = b // 2 >= a // 2
    else:
        keep = b // 2 > a // 2 or (b // 2 == a // 2 and b % 2 == 0)
    return (a, b) if keep else (b ^ 1, a ^ 1)


class Path:
    def __init__(self, number, fields, lengths):
        self.number = number
        self.sense, self.sample, hap, self.contig, fragment, walk = fields
        self.hap = int(hap)
        self.fragment = int(fragment)
        self.steps = [2 * int(w[1:]) + (w[0] == "<") for w in re.findall("[<>][0-9]+", walk)]
        # Where each step begins, and where the last one ends.
        self.starts = list(accumulate((lengths[s >> 1] for s in self.steps), initial=0))
        self.length = self.starts[-1]

    def name(self):
        generic = self.sense == "generic"
        return self.contig if generic else f"{self.sample}#{self.hap}#{self.contig}"

    def place(self, start, end):
        """The name of bases [start, end) of the path, as samtools writes regions."""
        return f"{self.name()}:{self.fragment + start + 1}-{self.fragment + end}"


class Graph:
    def __init__(self, pathname):
        self.tags, self.bases, self.segment, self.edges, self.paths = [], {}, {}, set(), []
        walks = []
        with open(pathname, encoding="utf-8", newline="\n") as f:
            for line in f:
                kind, *fields = line.rstrip("\n").split("\t")
                if kind == "T":
                    self.tags.append(fields)
                elif kind == "S":
                    self.bases[int(fields[0])] = fields[1]
                    self.segment[int(fields[0])] = fields[2]
                elif kind == "L":
                    self.edges.add(tuple(2 * int(x[1:]) + (x[0] == "<") for x in fields))
                else:
                    walks.append(fields)
        self.lengths = {i: len(s) for i, s in self.bases.items()}
        self.paths = [Path(i, w, self.lengths) for i, w in enumerate(walks)]
        taken = {canonical(a, b) for p in self.paths for a, b in zip(p.steps, p.steps[1:])}
        if taken != self.edges:
            sys.exit(f"{pathname}: its edges are not those that its paths take")
        self.visits = dict.fromkeys(self.bases, 0)
        for p in self.paths:
            for s in p.steps:
                self.visits[s >> 1] += 1
        self._find_components()
        self._kept_dna = {}

    def _find_components(self):
        parent = {i: i for i in self.bases}

        def root(i):
            while parent[i] != i:
                parent[i] = parent[parent[i]]
                i = parent[i]
            return i

        for a, b in self.edges:
            a, b = sorted((root(a >> 1), root(b >> 1)))
            parent[b] = a  # so that the root is the smallest id
        roots = sorted({root(i) for i in self.bases})
        number = {r: n for n, r in enumerate(roots)}
        self.component = {i: number[root(i)] for i in self.bases}
        self.n_components = len(roots)
        self.component_min = roots
        for p in self.paths:
            p.component = self.component[p.steps[0] >> 1] if p.steps else None

    def oriented(self, node):
        bases = self.bases[node >> 1]
        return reverse_complement(bases) if node & 1 else bases

    def dna_of(self, steps):
        return "".join(map(self.oriented, steps))

    def dna(self, path):
        if path.number not in self._kept_dna:
            self._kept_dna[path.number] = self.dna_of(path.steps)
        return self._kept_dna[path.number]

    def samples(self):
        return list(dict.fromkeys(p.sample for p in self.paths))

    def haps_of(self, sample):
        return sorted({p.hap for p in self.paths if p.sample == sample})

    def paths_of(self, sample, hap):
        """By contig in order of first appearance, then by fragment."""
        own = [p for p in self.paths if (p.sample, p.hap) == (sample, hap)]
        order = {c: i for i, c in enumerate(dict.fromkeys(p.contig for p in own))}
        return sorted(own, key=lambda p: (order[p.contig], p.fragment, p.number))

    def record_name(self, path):
        """Of a whole path, in FASTA."""
        same = [p for p in self.paths if (p.sample, p.hap, p.contig)
                == (path.sample, path.hap, path.contig)]
        if len(same) > 1 or path.fragment:
            return path.place(0, path.length)
        return path.name()

    def reference_samples(self, chosen=None):
        """Those that are chosen, in that order, or those of the graph, in the order of samples."""
        if chosen:
            return chosen
        named = [w for scope, key, value in self.tags if scope == "gbwt"
                 and key.lower() == "reference_samples" for w in value.split()]
        return [s for s in self.samples() if s in named
                or any(p.sense == "generic" for p in self.paths if p.sample == s)]


class Contig:
    """Of a reference: its fragments in order."""

    def __init__(self, name, paths):
        self.name = name
        self.fragments = sorted(paths, key=lambda p: (p.fragment, p.number))
        self.components = {p.component for p in paths if p.steps}
        self.end = max(p.fragment + p.length for p in paths)


class Reference:
    """Contigs of a sample, and where all nodes lie along them."""

    def __init__(self, graph, sample):
        self.graph, self.sample = graph, sample
        own = [p for p in graph.paths if p.sample == sample]
        several = len({p.hap for p in own}) > 1
        contigs = {}
        for p in own:
            name = f"{p.hap}#{p.contig}" if several else p.contig
            contigs.setdefault(name, []).append(p)
        # By haplotype, then as paths first name them.
        self.contigs = sorted((Contig(n, paths) for n, paths in contigs.items()),
                              key=lambda c: c.fragments[0].hap)
        self.components = set().union(*(c.components for c in self.contigs))
        self._find_anchors()
        self._pieces = {}

    def _find_anchors(self):
        self.anchor, self.hops = {}, {}
        self.n_visits = {}
        self.reversed, self.visitor = {}, {}  # of the last visit, and the number of its path
        for number, contig in enumerate(self.contigs):
            for path in contig.fragments:
                for step, start in zip(path.steps, path.starts):
                    node, at = step >> 1, (number, path.fragment + start)
                    self.anchor[node] = min(at, self.anchor.get(node, at))
                    self.hops[node] = 0
                    self.n_visits[node] = self.n_visits.get(node, 0) + 1
                    self.reversed[node] = step & 1
                    self.visitor[node] = path.number
        neighbours = {}
        for a, b in self.graph.edges:
            neighbours.setdefault(a >> 1, set()).add(b >> 1)
            neighbours.setdefault(b >> 1, set()).add(a >> 1)
        # By distance, so that all nodes that are one edge nearer have their anchor.
        nearest, distance = list(self.anchor), 0
        while nearest:
            distance += 1
            found = {}
            for node in nearest:
                for other in neighbours.get(node, ()):
                    if other not in self.anchor:
                        at = self.anchor[node]
                        found[other] = min(at, found.get(other, at))
            self.anchor.update(found)
            self.hops.update(dict.fromkeys(found, distance))
            nearest = list(found)

    def once(self, node):
        """Whether its paths visit the id exactly once."""
        return self.n_visits.get(node, 0) == 1

    def block(self, node, block_bp):
        contig, at = self.anchor[node]
        return contig, at // block_bp

    def pieces(self, block_bp):
        """(contig, block) -> list of Piece, by path and start."""
        if block_bp not in self._pieces:
            of = {i: self.block(i, block_bp) for i in self.anchor}
            self._pieces[block_bp] = pieces_of(self.graph, of)
        return self._pieces[block_bp]

    def contig_pieces(self, contig):
        return pieces_of(self.graph, {i: 0 for i, a in self.anchor.items() if a[0] == contig})

    def region_pieces(self, contig, low, high):
        return pieces_of(self.graph, {i: 0 for i, a in self.anchor.items()
                                      if a[0] == contig and low <= a[1] < high})

    def strands(self, path):
        """Bases of nodes that the reference visits once: in its direction, against it."""
        both = [0, 0]
        for step in path.steps:
            if self.once(step >> 1):
                both[(step & 1) ^ self.reversed[step >> 1]] += self.graph.lengths[step >> 1]
        return both


class Piece:
    """Steps [first, end) of a path."""

    def __init__(self, path, number, first, end):
        self.path, self.number, self.first, self.end = path, number, first, end
        self.start_base, self.end_base = path.starts[first], path.starts[end]
        self.steps = path.steps[first:end]


def pieces_of(graph, group):
    """Maximal runs of steps in one group: group -> list of Piece, numbered by path and group."""
    found = {}
    for path in graph.paths:
        own = {}
        steps, n = path.steps, len(path.steps)
        groups = [group.get(s >> 1) for s in steps]
        i = 0
        while i < n:
            j = i + 1
            while j < n and groups[j] == groups[i]:
                j += 1
            if groups[i] is not None:
                mine = own.setdefault(groups[i], [])
                mine.append(Piece(path, len(mine), i, j))
            i = j
        for key, pieces in own.items():
            found.setdefault(key, []).extend(pieces)
    return found


def spans_of(pieces, gap):
    """(path, start, end) of pieces that are at most @gap bases apart, with what is between."""
    spans = []
    for p in pieces:
        if spans and spans[-1][0] is p.path and p.start_base - spans[-1][2] <= gap:
            spans[-1][2] = p.end_base
        else:
            spans.append([p.path, p.start_base, p.end_base])
    return spans


def print_blocks(graph, sample, block_bp):
    ref = Reference(graph, sample)
    print("#node_id\tlength\tcontig\tanchor_pos\thops\tblock")
    for i in sorted(ref.anchor):
        contig, at = ref.anchor[i]
        print(i, graph.lengths[i], ref.contigs[contig].name, at, ref.hops[i], at // block_bp,
              sep="\t")


def print_positions(graph, sample, step):
    print("#contig\tpos0\tnode_id\tstrand\toffset_in_node\tnode_start")
    for contig in Reference(graph, sample).contigs:
        for path in contig.fragments:
            for node, start in zip(path.steps, path.starts):
                at = path.fragment + start
                for place in range(-(-at // step) * step, at + graph.lengths[node >> 1], step):
                    print(contig.name, place, node >> 1, "+-"[node & 1], place - at, at, sep="\t")


def print_paths(graph):
    print("#path_id\tsense\tsample\thaplotype\tcontig\tfragment\tcomponent\tsteps\tlength_bp"
          "\tsequence_sha256\twalk_sha256")
    for p in graph.paths:
        walk = "".join(map(step_text, p.steps))
        print(p.number, p.sense, p.sample, p.hap, p.contig, p.fragment, p.component, len(p.steps),
              p.length, hashlib.sha256(graph.dna(p).encode()).hexdigest(),
              hashlib.sha256(walk.encode()).hexdigest(), sep="\t")


def main():
    graph = Graph(sys.argv[1])
    if sys.argv[2] == "blocks":
        print_blocks(graph, sys.argv[3], int(sys.argv[4]))
    elif sys.argv[2] == "positions":
        print_positions(graph, sys.argv[3], int(sys.argv[4]))
    else:
        print_paths(graph)


if __name__ == "__main__":
    main()
