#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a mounted graph's folder with what it has to hold by definition.

usage: check_pangenome.py FOLDER DUMP [--block-bp N] [--gap-bp G] [--references A,B]
                          [--regions COUNT] [--seed N] [--blocks COUNT]

FOLDER is MNT/NAME, DUMP what `graph_tool dump` prints of its graph (pangenome_truth.py), the rest
what it was mounted with. With --blocks, the files of so many blocks of each contig are compared,
chosen at random, and the listings of all. Prints what is not so; the last line counts what was
compared.
"""
import argparse
import json
import os
import random
import re
import stat
import sys

import pangenome_truth
from pangenome_truth import Graph, Reference, spans_of, step_text

LINE = 60
SHOWN = 40

GRAPH_FILES = {"info.json", "paths.tsv", "samples.txt", "contigs.txt", "tags.tsv",
               "components.tsv", "graph.gbz", "graph.v1.gbz", "graph.gfa"}
GRAPH_FOLDERS = {"sample", "ref", "unplaced"}
CONTIG_FILES = {"info.json", "ref.fa", "ref.fa.fai", "ref.padded.fa", "ref.padded.fa.fai",
                "fragments.bed", "blocks.bed", "haplotypes.tsv", "graph.gfa", "nodes.tsv",
                "edges.tsv", "calls.vcf"}
BLOCK_FILES = {"ref.fa", "ref.fa.fai", "nodes.tsv", "edges.tsv", "links.tsv", "graph.gfa",
               "walks.tsv", "haplotypes.fa", "haplotypes.fa.fai", "distinct.fa", "calls.vcf"}
# Without coordinates: nothing of a reference.
UNPLACED_FILES = {"info.json", "haplotypes.tsv", "graph.gfa", "nodes.tsv", "edges.tsv"}

PATHS_HEAD = "path_id sense sample hap contig start end steps component ref_contig"
COMPONENTS_HEAD = "component nodes bases edges paths min_node ref_contigs"
NODES_HEAD = "node_id length anchor_pos hops visits segment"
WALKS_HEAD = "path_id piece start end first_node last_node steps"
HAPLOTYPES_HEAD = "path_id name start end strand_share blocks"


def folder_name(name):
    """What a name is called as a folder: less what no folder can be called."""
    out = "".join(f"%{ord(c):02X}" if c in "/%" or ord(c) < 32 or ord(c) == 127 else c
                  for c in name)
    return f"%{ord(out[0]):02X}{out[1:]}" if out[:1] in (".", "@") else out


def ranges(numbers):
    """3-7,9"""
    out, numbers = [], sorted(numbers)
    for n in numbers:
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in out) or "."


def records_of(records):
    """What FASTA has of these: none without bases, a number behind names that are there before."""
    out, taken = [], {name for name, _ in records}
    seen = set()
    for name, bases in records:
        if not bases:
            continue
        called, n = name, 1
        while called in seen or (n > 1 and called in taken):
            n += 1
            called = f"{name}#{n}"
        seen.add(called)
        out.append((called, bases))
    return out


class Checker:
    def __init__(self, options):
        self.top = options.folder
        self.options = options
        self.random = random.Random(options.seed)
        self.n_checks = self.n_wrong = self.n_files = 0
        self.graph = Graph(options.dump)
        g = self.graph
        self.n = options.block_bp
        self.gap = options.gap_bp or options.block_bp
        self.references = [Reference(g, s) for s in g.reference_samples(options.references)]

    # ---- what is wrong is counted, and the first of it shown ----

    def wrong(self, where, what):
        self.n_wrong += 1
        if self.n_wrong <= SHOWN:
            print(f"{where.removeprefix(self.top).lstrip('/') or '.'}: {what}"[:600])

    def check(self, holds, where, what):
        self.n_checks += 1
        if not holds:
            self.wrong(where, what)
        return holds

    def same(self, where, what, got, expected):
        """Lists of rows, in that order."""
        self.n_checks += 1
        if got == expected:
            return
        for i, (a, b) in enumerate(zip(got, expected)):
            if a != b:
                self.wrong(where, f"{what} {i} is {str(a)[:200]}, not {str(b)[:200]}")
                return
        self.wrong(where, f"{len(got)} {what}s, not {len(expected)}; the first more is "
                   + str((got if len(got) > len(expected) else expected)
                         [min(len(got), len(expected))])[:200])

    def same_set(self, where, what, got, expected):
        """Rows in any order, each once."""
        self.check(len(set(got)) == len(got), where, f"a {what} is there twice")
        self.same(where, what, sorted(got), sorted(expected))

    # ---- files and folders ----

    def read(self, *names):
        """The text of a file, whose size is what stat says, the same at any offset."""
        where = os.path.join(self.top, *names)
        try:
            size = os.stat(where).st_size
            fd = os.open(where, os.O_RDONLY)
            try:
                parts = []
                while part := os.read(fd, self.random.choice((4096, 65536, 1 << 20))):
                    parts.append(part)
                data = b"".join(parts)
                for _ in range(4 if data else 0):
                    at = self.random.randrange(len(data))
                    n = self.random.choice((1, 100, 4096, 100000))
                    self.check(os.pread(fd, n, at) == data[at:at + n], where,
                               f"bytes {at}+{n} are others when read alone")
                self.check(os.fstat(fd).st_size == size, where, "its size changes")
            finally:
                os.close(fd)
        except OSError as e:
            self.check(False, where, f"cannot be read: {e.strerror}")
            return ""
        self.n_files += 1
        self.check(size == len(data), where, f"stat says {size} bytes, {len(data)} are read")
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.check(False, where, "no UTF-8")
            text = data.decode("latin-1")
        if text and not text.endswith("\n") and not names[-1].endswith(".json"):
            self.check(False, where, "the last line does not end")
        return text

    def listing(self, folder, files, folders, optional=()):
        """It lists these, all of them are there, and what is not listed is not."""
        where = os.path.join(self.top, folder)
        try:
            entries = list(os.scandir(where))
        except OSError as e:
            self.check(False, where, f"cannot be listed: {e.strerror}")
            return set()
        got = {e.name: e for e in entries}
        self.check(len(got) == len(entries), where, "a name is listed twice")
        for name in sorted((set(files) | set(folders)) - set(optional)):
            self.check(name in got, where, f"{name} is not listed")
        for name in sorted(set(got) - set(files) - set(folders)):
            self.check(False, where, f"lists {name}")
        for name, e in got.items():
            try:
                s = os.lstat(e.path)
            except OSError as error:
                self.check(False, e.path, f"is listed, but: {error.strerror}")
                continue
            self.check(s.st_ino == e.inode(), e.path, "its number is another in the listing")
            wanted = name in folders
            self.check(stat.S_ISDIR(s.st_mode) == wanted and e.is_dir(follow_symlinks=False)
                       == wanted, e.path, "a file, not a folder" if wanted else "a folder")
            self.check(s.st_mode & 0o222 == 0 or stat.S_ISLNK(s.st_mode), e.path, "is writable")
        for name in ("nope", "ref.fb", "@regions", "0", "-1", "%00", "nodes.tsv.fai", "000000000"):
            if name not in got:
                self.absent(os.path.join(folder, name))
        return set(got)

    def absent(self, path):
        where = os.path.join(self.top, path)
        try:
            os.lstat(where)
            self.check(False, where, "is there")
        except FileNotFoundError:
            self.check(True, where, "")
        except OSError as e:
            self.check(False, where, f"{e.strerror}, not that there is no such file")

    def table(self, head, *names):
        """Rows of a file with that line of column names."""
        where = os.path.join(self.top, *names)
        lines = self.read(*names).splitlines()
        columns = head.split()
        if not self.check(lines and lines[0] == "#" + "\t".join(columns), where,
                          f"its head is {lines[:1]}"):
            return []
        rows = [tuple(line.split("\t")) for line in lines[1:]]
        bad = [r for r in rows if len(r) != len(columns) or "" in r]
        self.check(not bad, where, f"a line with other columns: {bad[:1]}")
        return rows

    def lines(self, *names):
        return self.read(*names).splitlines()

    def fasta(self, *names):
        """(name, words, bases) of each record; checks its lines and its .fai."""
        where = os.path.join(self.top, *names)
        text = self.read(*names)
        records, index, at = [], [], 0
        if not self.check(text[:1] in ("", ">"), where, "does not begin with a record"):
            return []
        for record in re.split("^>", text, flags=re.M)[1:]:
            head, _, body = record.partition("\n")
            name, _, words = head.partition(" ")
            bases = body.replace("\n", "")
            self.check(body == "".join(bases[i:i + LINE] + "\n"
                                       for i in range(0, len(bases), LINE)),
                       where, f"lines of {name}")
            records.append((name, words, bases))
            index.append(at + len(head.encode()) + 2)
            at += len(record.encode()) + 1
        self.check(len({r[0] for r in records}) == len(records), where, "a name is there twice")
        if names[-1] + ".fai" in os.listdir(os.path.dirname(where)):
            expected = []
            for (name, _, bases), start in zip(records, index):
                width = min(LINE, len(bases))
                expected.append((name, len(bases), start, width, width + 1 if width else 0))
            got = [line.split("\t") for line in self.lines(*names[:-1], names[-1] + ".fai")]
            # Of an empty record only that it is one counts.
            self.same(where, "line of the .fai",
                      [tuple(r) if r[1:2] != ["0"] else (r[0], "0") for r in got],
                      [tuple(map(str, r)) if r[1] else (r[0], "0") for r in expected])
        return records

    # ---- the graph's own folder ----

    def ref_contigs(self, component):
        return [f"{r.sample}:{c.name}" for r in self.references for c in r.contigs
                if component in c.components]

    def path_row(self, p):
        contigs = self.ref_contigs(p.component)
        return (str(p.number), p.sense, p.sample, str(p.hap), p.contig, str(p.fragment),
                str(p.fragment + p.length), str(len(p.steps)),
                "." if p.component is None else str(p.component), ",".join(contigs) or ".")

    def check_graph(self):
        g = self.graph
        # Those that would be empty need not be there.
        empty = {"unplaced"} if not self.unplaced() else set()
        if not self.references:
            empty.add("ref")
        self.listing("", GRAPH_FILES, GRAPH_FOLDERS, empty)
        rows = [self.path_row(p) for p in g.paths]
        self.same("paths.tsv", "path", self.table(PATHS_HEAD, "paths.tsv"), rows)
        self.same("samples.txt", "sample", self.lines("samples.txt"), g.samples())
        self.same("contigs.txt", "contig", self.lines("contigs.txt"),
                  list(dict.fromkeys(p.contig for p in g.paths)))
        self.same("tags.tsv", "tag", [r for r in map(list, self.tags())], g.tags)
        self.same("components.tsv", "component", self.table(COMPONENTS_HEAD, "components.tsv"),
                  [self.component_row(c) for c in range(g.n_components)])
        self.check_whole_gfa()
        self.check_info("", {
            "nodes": len(g.bases), "bases": sum(g.lengths.values()), "paths": len(g.paths),
            "steps": sum(len(p.steps) for p in g.paths), "samples": len(g.samples()),
            "haplotypes": len({(p.sample, p.hap) for p in g.paths}),
            "contigs": len({p.contig for p in g.paths}),
            "references": [r.sample for r in self.references], "block_bp": self.n,
            "tags": {scope: {k: v for s, k, v in g.tags if s == scope}
                     for scope in ("gbz", "gbwt")}})
        self.check_samples(rows)

    def tags(self):
        """Values may be empty."""
        where = os.path.join(self.top, "tags.tsv")
        lines = self.read("tags.tsv").splitlines()
        self.check(lines[:1] == ["#scope\tkey\tvalue"], where, f"its head is {lines[:1]}")
        rows = [line.split("\t") for line in lines[1:]]
        return [r[:2] + [v if v != "." else "" for v in r[2:]] for r in rows]

    def component_row(self, c):
        g = self.graph
        nodes = [i for i in g.bases if g.component[i] == c]
        return tuple(map(str, (
            c, len(nodes), sum(g.lengths[i] for i in nodes),
            sum(g.component[a >> 1] == c for a, _ in g.edges),
            sum(p.component == c for p in g.paths), min(nodes),
            ",".join(self.ref_contigs(c)) or ".")))

    def json(self, *names):
        try:
            return json.loads(self.read(*names))
        except ValueError as e:
            self.check(False, os.path.join(self.top, *names), f"no JSON: {e}")
            return None

    def check_info(self, folder, expected):
        """What info.json says of these."""
        got = self.json(folder, "info.json")
        if self.check(isinstance(got, dict), f"{folder}/info.json", "no object"):
            for key, value in expected.items():
                self.check(got.get(key) == value, f"{folder}/info.json",
                           f"{key} is {got.get(key)}, not {value}")

    def segments(self):
        """name -> its nodes in order; where there is no translation each node is one."""
        g = self.graph
        if all(s == "." for s in g.segment.values()):
            return {str(i): [i] for i in sorted(g.bases)}
        found = {}
        for i in sorted(g.bases):
            found.setdefault(g.segment[i], []).append(i)
        return found

    def check_whole_gfa(self):
        g = self.graph
        segments = self.segments()
        first = {nodes[0]: name for name, nodes in segments.items()}
        last = {nodes[-1]: name for name, nodes in segments.items()}
        rows = [line.split("\t") for line in self.lines("graph.gfa")]
        where = os.path.join(self.top, "graph.gfa")
        self.check(rows and rows[0][:2] == ["H", "VN:Z:1.1"], where, "its first line")
        self.check(sum(r[1:2] == ["VN:Z:1.1"] for r in rows) == 1, where, "its first line twice")
        self.check({r[0] for r in rows} <= set("HSLPW"), where, "lines of another kind")
        self.same(where, "segment", [tuple(r[1:]) for r in rows if r[0] == "S"],
                  [(name, "".join(g.bases[i] for i in nodes)) for name, nodes in segments.items()])

        def entered(node):
            """The segment that a step enters, if it does."""
            return (last if node & 1 else first).get(node >> 1)

        def left(node):
            return (first if node & 1 else last).get(node >> 1)

        links = [(left(a), "+-"[a & 1], entered(b), "+-"[b & 1]) for a, b in g.edges
                 if left(a) and entered(b)]
        self.same_set(where, "link", [one_link(r[1:5]) for r in rows if r[0] == "L"],
                      map(one_link, links))
        self.check(all(r[5:] == ["0M"] for r in rows if r[0] == "L"), where, "an overlap")
        self.same(where, "path", [tuple(r) for r in rows if r[0] in "PW"],
                  [self.gfa_path(p, entered) for p in g.paths])

    def gfa_path(self, p, entered):
        steps = [(entered(s), s & 1) for s in p.steps if entered(s)]
        if p.sense == "generic":
            name = f"{p.contig}[{p.fragment}]" if p.fragment else p.contig
            return ("P", name, ",".join(n + "+-"[r] for n, r in steps), "*")
        return ("W", p.sample, str(p.hap), p.contig, str(p.fragment), str(p.fragment + p.length),
                "".join("><"[r] + n for n, r in steps))

    def check_samples(self, rows):
        g = self.graph
        self.listing("sample", set(), {folder_name(s) for s in g.samples()})
        for sample in g.samples():
            folder = os.path.join("sample", folder_name(sample))
            haps = g.haps_of(sample)
            self.listing(folder, {"paths.tsv"} | {f"{h}.fa{x}" for h in haps for x in ("", ".fai")},
                         set())
            self.same_set(f"{folder}/paths.tsv", "path",
                          self.table(PATHS_HEAD, folder, "paths.tsv"),
                          [r for r in rows if r[2] == sample])
            for hap in haps:
                self.same(f"{folder}/{hap}.fa", "record",
                          [(n, b) for n, _, b in self.fasta(folder, f"{hap}.fa")],
                          records_of([(g.record_name(p), g.dna(p))
                                      for p in g.paths_of(sample, hap)]))

    # ---- references ----

    def unplaced(self):
        placed = set().union(*(r.components for r in self.references))
        return [c for c in range(self.graph.n_components) if c not in placed]

    def check_references(self):
        if self.references:
            self.listing("ref", set(), {folder_name(r.sample) for r in self.references})
        for ref in self.references:
            folder = os.path.join("ref", folder_name(ref.sample))
            self.listing(folder, set(), {folder_name(c.name) for c in ref.contigs})
            for number, contig in enumerate(ref.contigs):
                self.check_contig(ref, number, contig,
                                  os.path.join(folder, folder_name(contig.name)))
            if not self.options.blocks:
                try:
                    self.check_partition(ref)
                except (ValueError, IndexError, KeyError) as e:
                    self.check(False, "ref", f"blocks cannot be joined: {e!r}")

    def check_contig(self, ref, number, contig, folder):
        g = self.graph
        self.listing(folder, CONTIG_FILES, {"blocks", "@region"}, {"@region"})
        records = [(f"{contig.name}:{p.fragment + 1}-{p.fragment + p.length}", g.dna(p))
                   for p in contig.fragments]
        self.same(f"{folder}/ref.fa", "record",
                  [(n, b) for n, _, b in self.fasta(folder, "ref.fa")], records_of(records))
        self.check_padded(contig, folder)
        bed = [line.split("\t") for line in self.lines(folder, "fragments.bed") if line[0] != "#"]
        self.same(f"{folder}/fragments.bed", "fragment", [r[:4] for r in bed],
                  [[contig.name, str(p.fragment), str(p.fragment + p.length), p.name()]
                   for p in contig.fragments])
        self.check_haplotypes(ref, number, contig, folder)
        pieces = ref.contig_pieces(number).get(0, [])
        inside = {i for i, a in ref.anchor.items() if a[0] == number}
        self.check_slice(ref, number, folder, inside, pieces, CONTIG_FILES)
        self.read(folder, "calls.vcf")
        blocks = self.check_block_list(ref, number, contig, folder)
        self.check_info(folder, {
            "reference": ref.sample, "contig": contig.name, "fragments": len(contig.fragments),
            "bases": sum(p.length for p in contig.fragments), "length": contig.end,
            "block_bp": self.n, "blocks": len(blocks), "nodes": len(inside),
            "node_bases": sum(g.lengths[i] for i in inside),
            "components": len(contig.components),
            "paths": sum(p.component in contig.components for p in g.paths)})
        self.check_blocks(ref, number, contig, folder, blocks)
        for _ in range(self.options.regions):
            self.check_region(ref, number, contig, folder)
        for name in ("x", "5-4", "0-5", "-", "1-2-3", "nope:1-2", "1-99999999999999999999"):
            self.absent(os.path.join(folder, "@region", name))

    def check_padded(self, contig, folder):
        bases = ""
        for p in contig.fragments:
            bases = bases.ljust(p.fragment, "N")
            bases = bases[:p.fragment] + self.graph.dna(p) + bases[p.fragment + p.length:]
        got = [(n, b) for n, _, b in self.fasta(folder, "ref.padded.fa")]
        # Letters that VCF has not are N, as they are in calls.vcf.
        self.same(f"{folder}/ref.padded.fa", "record", got,
                  [(contig.name, re.sub("[^ACGTacgt]", "N", bases))])

    def check_haplotypes(self, ref, number, contig, folder):
        """The share of strands is that of bases which the reference visits once."""
        blocks = {}
        for (c, k), pieces in ref.pieces(self.n).items():
            if c == number:
                for piece in pieces:
                    blocks.setdefault(piece.path.number, set()).add(k)
        expected, shares = [], []
        for p in self.graph.paths:
            if p.component in contig.components:
                expected.append((str(p.number), p.name(), str(p.fragment),
                                 str(p.fragment + p.length), ranges(blocks.get(p.number, ()))))
                forward, reverse = ref.strands(p)
                shares.append(forward / (forward + reverse) if forward + reverse else None)
        rows = self.table(HAPLOTYPES_HEAD, folder, "haplotypes.tsv")
        where = f"{folder}/haplotypes.tsv"
        self.same(where, "path", [r[:4] + (r[5],) for r in rows], expected)
        for row, share in zip(rows, shares):
            same = row[4] == "." if share is None else (
                re.fullmatch(r"[01](\.[0-9]+)?", row[4]) and abs(float(row[4]) - share) < 0.001)
            self.check(same, where, f"path {row[0]}: share {row[4]}, not {share}")

    def check_block_list(self, ref, number, contig, folder):
        """The numbers of blocks that are listed: all that have nodes or bases."""
        where = os.path.join(self.top, folder, "blocks")
        listed = sorted(os.listdir(where))
        with_bases = {k for p in contig.fragments if p.length for k in
                      range(p.fragment // self.n, (p.fragment + p.length - 1) // self.n + 1)}
        needed = {k for c, k in ref.pieces(self.n) if c == number} | with_bases
        self.check(all(re.fullmatch("[0-9]{6,}", k) and f"{int(k):06d}" == k for k in listed),
                   where, f"names of blocks: {listed[:3]}")
        numbers = [int(k) for k in listed if k.isdigit()]
        self.check(needed <= set(numbers), where, f"without {sorted(needed - set(numbers))[:5]}")
        self.check(not numbers or (min(numbers) == min(needed) and max(numbers) == max(needed)),
                   where, f"lists {numbers[:1]} to {numbers[-1:]}, not {min(needed)} to "
                   f"{max(needed)}")
        self.listing(os.path.join(folder, "blocks"), set(), set(listed))
        for bad in (f"{max(needed) + 1:06d}", f"0{listed[0]}", listed[0].lstrip("0") or "00"):
            if bad not in listed:
                self.absent(os.path.join(folder, "blocks", bad))
        bed = [line.split("\t") for line in self.lines(folder, "blocks.bed") if line[0] != "#"]
        self.check(all(len(r) >= 4 and r[0] == contig.name and int(r[3]) * self.n <= int(r[1])
                       < int(r[2]) <= (int(r[3]) + 1) * self.n for r in bed),
                   f"{folder}/blocks.bed", f"a block's range: {bed[:2]}")
        self.same(f"{folder}/blocks.bed", "block", [r[3] for r in bed],
                  [f"{k:06d}" for k in sorted(with_bases)])
        return numbers

    def check_blocks(self, ref, number, contig, folder, blocks):
        chosen = blocks
        if self.options.blocks and len(blocks) > self.options.blocks:
            chosen = self.random.sample(blocks, self.options.blocks)
        for k in sorted(chosen):
            inside = {i for i, a in ref.anchor.items() if a[0] == number and a[1] // self.n == k}
            pieces = ref.pieces(self.n).get((number, k), [])
            at = os.path.join(folder, "blocks", f"{k:06d}")
            self.listing(at, BLOCK_FILES, set())
            self.check_block(ref, number, contig, at, inside, pieces, k * self.n, (k + 1) * self.n)

    def check_block(self, ref, number, contig, folder, inside, pieces, low, high):
        """A block, or a region: the anchors [low, high)."""
        self.check_slice(ref, number, folder, inside, pieces, BLOCK_FILES)
        records = []
        for p in contig.fragments:
            a, b = max(low, p.fragment), min(high, p.fragment + p.length)
            if a < b:
                records.append((f"{contig.name}:{a + 1}-{b}",
                                self.graph.dna(p)[a - p.fragment:b - p.fragment]))
        self.same(f"{folder}/ref.fa", "record",
                  [(n, b) for n, _, b in self.fasta(folder, "ref.fa")], records_of(records))
        self.read(folder, "calls.vcf")

    def check_region(self, ref, number, contig, folder):
        p = self.random.choice(contig.fragments)
        a, b = sorted(self.random.randint(max(p.fragment - 5, 0), p.fragment + p.length + 5)
                      for _ in range(2))
        if self.random.random() < 0.5:
            b = min(b, a + self.random.randint(1, 3 * self.n))
        inside = {i for i, at in ref.anchor.items() if at[0] == number and a <= at[1] <= b}
        pieces = ref.region_pieces(number, a, b + 1).get(0, [])
        name = f"{a + 1}-{b + 1}"
        if self.random.random() < 0.5:
            name = f"{folder_name(contig.name)}:{name}"
        at = os.path.join(folder, "@region", name)
        self.listing(at, BLOCK_FILES, set())
        self.check_block(ref, number, contig, at, inside, pieces, a, b + 1)

    # ---- what blocks, regions, contigs and components have in common ----

    def node_row(self, ref, i):
        g = self.graph
        at, hops = (ref.anchor[i][1], ref.hops[i]) if ref else (".", ".")
        return (str(i), str(g.lengths[i]), str(at), str(hops), str(g.visits[i]), g.segment[i])

    def edge_rows(self, inside):
        return [(step_text(a), step_text(b)) for a, b in self.graph.edges
                if a >> 1 in inside and b >> 1 in inside]

    def link_rows(self, ref, number, inside):
        rows = []
        for a, b in self.graph.edges:
            if a >> 1 in inside and b >> 1 not in inside:
                contig, k = ref.block(b >> 1, self.n)
                where = str(k) if contig == number else f"{ref.contigs[contig].name}:{k}"
                rows.append((step_text(a), step_text(b), where))
        return rows

    def check_slice(self, ref, number, folder, inside, pieces, files):
        nodes = self.table(NODES_HEAD, folder, "nodes.tsv")
        expected = [self.node_row(ref, i) for i in sorted(inside)]
        if ref:
            expected.sort(key=lambda row: int(row[2]) // self.n)  # by block, then by id
        self.same(f"{folder}/nodes.tsv", "node", nodes, expected)
        self.same_set(f"{folder}/edges.tsv", "edge", self.table("from to", folder, "edges.tsv"),
                      self.edge_rows(inside))
        if "links.tsv" in files:
            self.same_set(f"{folder}/links.tsv", "link",
                          self.table("from to block", folder, "links.tsv"),
                          self.link_rows(ref, number, inside))
        self.check_gfa(folder, inside, pieces)
        if "walks.tsv" in files:
            self.check_walks(folder, pieces)
        if "haplotypes.fa" in files:
            self.check_spans(folder, pieces)

    def check_walks(self, folder, pieces):
        expected = [(str(p.path.number), str(p.number), str(p.path.fragment + p.start_base),
                     str(p.path.fragment + p.end_base), step_text(p.steps[0]),
                     step_text(p.steps[-1]), str(len(p.steps))) for p in pieces]
        self.same(f"{folder}/walks.tsv", "piece", self.table(WALKS_HEAD, folder, "walks.tsv"),
                  expected)

    def check_gfa(self, folder, inside, pieces):
        g = self.graph
        where = os.path.join(self.top, folder, "graph.gfa")
        rows = [line.split("\t") for line in self.lines(folder, "graph.gfa")]
        self.check(rows and rows[0][:2] == ["H", "VN:Z:1.1"], where, "its first line")
        self.check(sum(r[1:2] == ["VN:Z:1.1"] for r in rows) == 1, where, "its first line twice")
        self.check({r[0] for r in rows} <= set("HSLW"), where, "lines of another kind")
        self.same_set(where, "segment", [tuple(r[1:3]) for r in rows if r[0] == "S"],
                      [(str(i), g.bases[i]) for i in inside])
        self.same_set(where, "link", [tuple(r[1:]) for r in rows if r[0] == "L"],
                      [(str(a >> 1), "+-"[a & 1], str(b >> 1), "+-"[b & 1], "0M")
                       for a, b in g.edges if a >> 1 in inside and b >> 1 in inside])
        self.same(where, "walk", [tuple(r[1:]) for r in rows if r[0] == "W"],
                  [(p.path.sample, str(p.path.hap), p.path.contig,
                    str(p.path.fragment + p.start_base), str(p.path.fragment + p.end_base),
                    "".join(map(step_text, p.steps))) for p in pieces])

    def check_spans(self, folder, pieces):
        spans = [(path.place(start, end), self.graph.dna(path)[start:end])
                 for path, start, end in spans_of(pieces, self.gap)]
        spans = records_of(spans)
        got = self.fasta(folder, "haplotypes.fa")
        self.same(f"{folder}/haplotypes.fa", "record", [(n, b) for n, _, b in got], spans)
        distinct = {}
        for name, bases in spans:
            distinct.setdefault(bases, []).append(name)
        got = self.fasta(folder, "distinct.fa")
        where = f"{folder}/distinct.fa"
        self.same_set(where, "sequence", [b for _, _, b in got], list(distinct))
        for name, words, bases in got:
            names = distinct.get(bases, [])
            said = set(re.split("[ \t,;=]", f"{name} {words}"))
            self.check(said >= set(names), where, f"{name} does not name all of {names[:3]}")
            self.check(str(len(names)) in said, where, f"{name} does not say {len(names)}")
            self.check(sum("#" in w and ":" in w for w in said)
                       <= sum("#" in n for n in names), where, f"{name} names more than {names}")

    def check_partition(self, ref):
        """Blocks of a reference, as they were compared with the files, against the whole."""
        g = self.graph
        nodes = [i for i in g.bases if g.component[i] in ref.components]
        self.check(set(nodes) == set(ref.anchor), "", "nodes of the components have anchors")
        joined, sum_bases, edges = {}, 0, []
        for number, contig in enumerate(ref.contigs):
            folder = os.path.join(self.top, "ref", folder_name(ref.sample),
                                  folder_name(contig.name), "blocks")
            for k in sorted(os.listdir(folder)):
                at = os.path.join(folder, k)
                for row in rows_of(at, "nodes.tsv"):
                    sum_bases += int(row[1])
                edges += [tuple(r[:2]) for name in ("edges.tsv", "links.tsv")
                          for r in rows_of(at, name)]
                for row in rows_of(at, "walks.tsv"):
                    joined.setdefault(int(row[0]), []).append((int(row[2]), int(row[3]), at))
        self.check(sum_bases == sum(g.lengths[i] for i in nodes), "", "bases of all blocks")
        self.same_set("ref", "edge of all blocks", edges,
                      [(step_text(a), step_text(b)) for a, b in g.edges
                       if g.component[a >> 1] in ref.components])
        for p in g.paths:
            if p.component not in ref.components:
                continue
            pieces = sorted(joined.get(p.number, []))
            ends = [p.fragment] + [b for _, b, _ in pieces]
            self.check([a for a, _, _ in pieces] == ends[:-1]
                       and ends[-1] == p.fragment + p.length, "ref",
                       f"pieces of path {p.number} do not tile it")
        self.check_joined_dna(joined)

    def check_joined_dna(self, joined):
        """The DNA of a path is that of its pieces in the blocks' GFA."""
        g, cache = self.graph, {}
        for p in self.random.sample(g.paths, min(len(g.paths), 20)):
            if p.number not in joined:
                continue
            dna = []
            for start, end, at in sorted(joined[p.number]):
                if at not in cache:
                    with open(os.path.join(at, "graph.gfa"), encoding="utf-8") as f:
                        rows = [line.rstrip("\n").split("\t") for line in f]
                    cache[at] = ({r[1]: r[2] for r in rows if r[0] == "S"},
                                 {tuple(r[1:6]): r[6] for r in rows if r[0] == "W"})
                bases, walks = cache[at]
                walk = walks.get((p.sample, str(p.hap), p.contig, str(start), str(end)), "")
                dna += [pangenome_truth.reverse_complement(bases[n]) if s == "<" else bases[n]
                        for s, n in re.findall("([<>])([0-9]+)", walk)]
            self.check("".join(dna) == g.dna(p), "ref", f"joined pieces of path {p.number}")

    # ---- what no reference touches ----

    def check_unplaced(self):
        left = self.unplaced()
        if left or os.path.exists(os.path.join(self.top, "unplaced")):
            self.listing("unplaced", set(), {str(c) for c in left})
        g = self.graph
        for c in left:
            folder = os.path.join("unplaced", str(c))
            got = set(os.listdir(os.path.join(self.top, folder)))
            block_files = BLOCK_FILES - {"calls.vcf", "ref.fa", "ref.fa.fai"}
            self.listing(folder, UNPLACED_FILES | (got & block_files), got & {"blocks"})
            inside = {i for i in g.bases if g.component[i] == c}
            pieces = pangenome_truth.pieces_of(g, dict.fromkeys(inside, 0)).get(0, [])
            self.check_slice(None, 0, folder, inside, pieces,
                             (got & BLOCK_FILES) - {"links.tsv"})
            if "links.tsv" in got:
                self.same(f"{folder}/links.tsv", "link",
                          self.table("from to block", folder, "links.tsv"), [])
            rows = self.table(HAPLOTYPES_HEAD, folder, "haplotypes.tsv")
            self.same(f"{folder}/haplotypes.tsv", "path", [r[:4] for r in rows],
                      [(str(p.number), p.name(), str(p.fragment), str(p.fragment + p.length))
                       for p in g.paths if p.component == c])
            self.check_info(folder, dict(zip(
                ("component", "nodes", "bases", "edges", "paths"),
                map(int, self.component_row(c)[:5]))))


def one_link(fields):
    """The same of both forms of a link."""
    a, x, b, y = fields
    other = {"+": "-", "-": "+"}
    return min((a, x, b, y), (b, other[y], a, other[x]))


def rows_of(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return [line.rstrip("\n").split("\t") for line in f if line[0] != "#"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("dump")
    parser.add_argument("--block-bp", type=int, default=1000000)
    parser.add_argument("--gap-bp", type=int, default=0)
    parser.add_argument("--references", type=lambda s: s.split(","))
    parser.add_argument("--regions", type=int, default=3)
    parser.add_argument("--blocks", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    c = Checker(options)
    c.check_graph()
    c.check_references()
    c.check_unplaced()
    print(f"{c.n_checks} checks of {c.n_files} files, {c.n_wrong} wrong; --seed {options.seed}")
    sys.exit(c.n_wrong != 0 or c.n_checks == 0)


if __name__ == "__main__":
    main()
