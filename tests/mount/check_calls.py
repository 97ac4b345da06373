#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares calls.vcf of a mounted graph's contigs and blocks with its walks, and with bcftools.

usage: check_calls.py FOLDER DUMP [--block-bp N] [--references A,B] [--consensus COUNT] [--seed N]

FOLDER is MNT/NAME, DUMP what `graph_tool dump` prints of its graph (pangenome_truth.py). Each
haplotype's walk is laid along the reference here once more: nodes that the reference visits once,
on this contig, are shared; those that follow each other on the walk and on the reference, forward,
are a chain.
Of a haplotype's chains that reach over each other the longest leads. Where one leads, the calls put
into the reference give the haplotype's own bases: by own counting for all of them, by bcftools
consensus for COUNT haplotypes of each contig. Prints what is not so; the
last line counts what was compared.
"""
import argparse
import os
import random
import re
import subprocess
import sys
import tempfile

from check_pangenome import folder_name
from pangenome_truth import Graph, Reference, step_text

SHOWN = 40
# What a letter may be in VCF: itself, N, or the first of the bases that it stands for.
FIRST = dict(zip("RYSWKMBDHV", "ACCAGACAAA"))


def plain(bases):
    return re.sub("[^ACGT]", "N", bases)


def alike(got, expected):
    if got == expected:
        return True
    return len(got) == len(expected) and all(
        a == b or (b in FIRST and a in ("N", FIRST[b])) for a, b in zip(got, expected))


class Record:
    def __init__(self, line):
        fields = line.split("\t")
        self.line, self.contig, self.pos = line, fields[0], int(fields[1]) - 1
        self.ref = fields[3].upper()  # case means nothing in VCF
        self.alts = [] if fields[4] == "." else fields[4].upper().split(",")
        self.end = self.pos + len(self.ref)
        self.site = (self.pos, self.end)  # what it may reach, once its shared nodes are known
        self.info = dict(x.partition("=")[::2] for x in fields[7].split(";"))
        gt = fields[8].split(":").index("GT") if len(fields) > 8 else 0
        self.gt = [f.split(":")[gt] for f in fields[9:]]
        self.calls = [[None if a == "." else int(a) for a in re.split("[|/]", g)]
                      for g in self.gt]

    def allele(self, i):
        return self.alts[i - 1] if i else self.ref

    def walks(self):
        return [[2 * int(n) + (s == "<") for s, n in re.findall("([<>])([0-9]+)", w)]
                for w in self.info.get("AT", "").split(",")]


class Chain:
    """Visits of a walk, (step, start, end) each, as the reference has them. It reaches from the last
    base of the first one up to the last one, and so does a part of it."""

    def __init__(self, walk, visits, path=0, turn=0):
        self.walk, self.visits = walk, visits
        self.start, self.end = visits[0][2] - 1, visits[-1][1]
        self.rank = (self.start - self.end, path, turn)

    def touches(self, start, end):
        return self.start < end and start < self.end

    def parts(self, chains):
        """Where it leads."""
        before = [c for c in chains if c.rank < self.rank]
        part = self.visits[:1]
        for a, b in zip(self.visits, self.visits[1:]):
            if any(c.touches(a[2] - 1, b[1]) for c in before):
                if len(part) > 1:
                    yield Chain(self.walk, part)
                part = []
            part = part + [b] if part else [b]
        if len(part) > 1:
            yield Chain(self.walk, part)

    def has(self, record):
        return self.start <= record.site[0] and record.site[1] <= self.end

    def steps(self):
        return self.walk[self.visits[0][0]:self.visits[-1][0] + 1]


class Checker:
    def __init__(self, options):
        self.top, self.options = options.folder, options
        self.random = random.Random(options.seed)
        self.graph = Graph(options.dump)
        self.n_checks = self.n_wrong = 0
        self.n_records = self.n_chains = self.n_consensus = self.n_alts = self.n_cut = 0
        self.n_haplotypes = self.n_there = 0

    def check(self, holds, where, what):
        self.n_checks += 1
        if not holds:
            self.n_wrong += 1
            if self.n_wrong <= SHOWN:
                print(f"{where}: {what}"[:700])
        return holds

    def all(self):
        names = self.graph.reference_samples(self.options.references)
        for ref in (Reference(self.graph, s) for s in names):
            for number, contig in enumerate(ref.contigs):
                folder = os.path.join("ref", folder_name(ref.sample), folder_name(contig.name))
                self.check_contig(ref, number, contig, folder)
        self.check(self.n_chains or not self.n_there, "all", "no chain was compared")

    # ---- the walks ----

    def is_forward(self, ref, path):
        """The direction that more bases of shared nodes have."""
        forward, reverse = ref.strands(path)
        return forward >= reverse

    def chains(self, ref, number, path):
        """Those with two shared nodes at least."""
        forward = self.is_forward(ref, path)
        walk = path.steps if forward else [s ^ 1 for s in reversed(path.steps)]
        found, visits, at = [], [], None

        def end():
            if len(visits) > 1:
                turn = visits[0][0] if forward else len(walk) - visits[-1][0]
                found.append(Chain(walk, visits, path.number, turn))

        for i, step in enumerate(walk):
            node = step >> 1
            # Those of other contigs are no more than what lies between.
            if not ref.once(node) or ref.anchor[node][0] != number:
                continue
            start = ref.anchor[node][1]
            place = ref.visitor[node] if (step & 1) == ref.reversed[node] else None
            if not (visits and place is not None and place == at and start >= visits[-1][2]):
                end()
                visits = []
            if place is not None:
                visits.append((i, start, start + self.graph.lengths[node]))
            at = place
        end()
        return found

    # ---- the file ----

    def read(self, folder):
        with open(os.path.join(self.top, folder, "calls.vcf"), encoding="utf-8") as f:
            lines = f.read().splitlines()
        return ([x for x in lines if x.startswith("#")],
                [x for x in lines if not x.startswith("#")])

    def check_contig(self, ref, number, contig, folder):
        head, lines = self.read(folder)
        self.check(head and head[0].startswith("##fileformat=VCFv4."), folder, "its first line")
        columns = head[-1].split("\t")
        samples = columns[9:]
        self.check(samples == [s for s in self.graph.samples() if s != ref.sample], folder,
                   f"samples {samples[:5]}")
        blocks = os.path.join(self.top, folder, "blocks")
        joined = [x for k in sorted(os.listdir(blocks))
                  for x in self.read(os.path.join(folder, "blocks", k))[1]]
        self.check(joined == lines, folder, f"{len(lines)} records, {len(joined)} of its blocks; "
                   f"other: {next((p for p in zip(joined, lines) if p[0] != p[1]), '')}")
        records = [Record(x) for x in lines]
        self.n_records += len(records)
        padded = self.padded(folder)
        for r in records:
            self.check_record(ref, number, r, padded, folder)
        self.check_sites(ref, number, contig, records, padded, folder)
        with tempfile.TemporaryDirectory() as work:
            self.bcftools(folder, "norm", "-c", "e", "-f", self.copy(folder, "ref.padded.fa", work),
                          os.path.join(self.top, folder, "calls.vcf"))
            self.bcftools(folder, "view", "-Oz", "-o", f"{work}/calls.vcf.gz",
                          os.path.join(self.top, folder, "calls.vcf"))
            self.bcftools(folder, "index", f"{work}/calls.vcf.gz")
            self.check_haplotypes(ref, number, contig, folder, head, samples, records, padded, work)

    def copy(self, folder, name, work):
        """With an index of its own, as the mount's folder cannot take one."""
        with open(os.path.join(self.top, folder, name), "rb") as f:
            data = f.read()
        with open(os.path.join(work, name), "wb") as f:
            f.write(data)
        return os.path.join(work, name)

    def padded(self, folder):
        with open(os.path.join(self.top, folder, "ref.padded.fa"), encoding="ascii") as f:
            return "".join(x.rstrip("\n") for x in f if x[0] != ">").upper()

    def bcftools(self, where, *arguments, **keys):
        done = subprocess.run(["bcftools", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, **keys)
        said = done.stderr.decode(errors="replace").strip().splitlines()
        self.check(done.returncode == 0, where, f"bcftools {arguments[0]}: {said[-3:]}")
        # A graph may call a contig as VCF may not.
        strange = [x for x in said if (x.startswith(("[W::", "[E::")) or "Warning" in x)
                   and "Invalid contig name" not in x]
        self.check(not strange, where, f"bcftools {arguments[0]}: {strange[:2]}")
        return done.stdout.decode(), said

    # ---- a record by itself ----

    def check_record(self, ref, number, r, padded, folder):
        where = f"{folder} {r.contig}:{r.pos + 1}"
        self.check(r.contig == ref.contigs[number].name, where, "another contig")
        self.check(alike(r.ref, padded[r.pos:r.end]), where, f"REF {r.ref} is not the reference's")
        alleles = [r.ref, *r.alts]
        self.check(r.alts and len(set(alleles)) == len(alleles), where, f"alleles {alleles}")
        self.check(all(re.fullmatch("[ACGTN]+", a) for a in alleles), where, f"alleles {alleles}")
        # Trimmed: no base at the end that all have, none at the beginning but an anchor.
        short = min(map(len, alleles)) == 1
        self.check(short or len({a[-1] for a in alleles}) > 1, where, f"not trimmed: {alleles}")
        if not short and len({a[0] for a in alleles}) == 1 and r.walks()[0]:
            # In front no further than behind the block's last shared node.
            block = ref.block(r.walks()[0][0] >> 1, self.options.block_bp)
            limit = max(ref.anchor[i][1] + self.graph.lengths[i] for i in ref.n_visits
                        if ref.once(i) and ref.block(i, self.options.block_bp) == block)
            self.check(r.pos >= limit, where, f"not trimmed: {alleles}")
        for call, gt in zip(r.calls, r.gt):
            self.check("/" not in gt, where, f"GT {gt} is not phased")
            self.check(all(a is None or a < len(alleles) for a in call), where, f"GT {gt}")
        self.check_walks(ref, number, r, where)

    def check_walks(self, ref, number, r, where):
        """Each allele's walk goes from one shared node to the other, and has its bases."""
        walks = r.walks()
        if not self.check(len(walks) == len(r.alts) + 1 and all(walks), where,
                          f"AT={r.info.get('AT')} of {len(r.alts)} ALT"):
            return
        ends = {(w[0], w[-1]) for w in walks}
        if not self.check(len(ends) == 1 and all(
                ref.once(n >> 1) and ref.anchor[n >> 1][0] == number
                and (n & 1) == ref.reversed[n >> 1] for n in next(iter(ends))),
                where, f"walks between {ends}"):
            return
        ends = step_text(walks[0][0]) + step_text(walks[0][-1])
        self.check(r.line.split("\t")[2] == ends, where, f"its ID is not {ends}")
        start = ref.anchor[walks[0][0] >> 1][1]
        last = walks[0][-1] >> 1
        r.site = (start + self.graph.lengths[walks[0][0] >> 1] - 1, ref.anchor[last][1])
        whole = self.graph.dna_of(walks[0]).upper()
        for i, walk in enumerate(walks):
            made = whole[:r.pos - start] + r.allele(i) + whole[r.end - start:]
            self.check(alike(made, self.graph.dna_of(walk).upper()), where,
                       f"allele {i} is not what AT says: {r.allele(i)[:50]}")

    def check_sites(self, ref, number, contig, records, padded, folder):
        """There is a record for each place where a walk leaves the reference and comes back."""
        expected = {}
        for path in self.graph.paths:
            if path.component not in contig.components or path.sample == ref.sample:
                continue
            for chain in self.chains(ref, number, path):
                for a, b in zip(chain.visits, chain.visits[1:]):
                    bases = self.graph.dna_of(chain.walk[a[0] + 1:b[0]]).upper()
                    if plain(bases) != padded[a[2]:b[1]]:
                        expected.setdefault((chain.walk[a[0]], chain.walk[b[0]]),
                                            set()).add(bases)
        got = {}
        for r in records:
            walks = r.walks()
            if walks and walks[0]:
                ends = (walks[0][0], walks[0][-1])
                self.check(ends not in got, folder, f"two records between {ends}")
                got[ends] = {self.graph.dna_of(w[1:-1]).upper() for w in walks[1:]}
        for ends in sorted(set(got) | set(expected)):
            self.check(got.get(ends) == expected.get(ends), folder,
                       f"between nodes {ends}: {sorted(got.get(ends, []))[:3]}, "
                       f"not {sorted(expected.get(ends, []))[:3]}")

    # ---- haplotypes ----

    def check_haplotypes(self, ref, number, contig, folder, head, samples, records, padded, work):
        wanted = []
        for sample in self.graph.samples():
            for k, hap in enumerate(self.graph.haps_of(sample)):
                paths = [p for p in self.graph.paths if (p.sample, p.hap) == (sample, hap)
                         and p.component in contig.components]
                if not paths or sample == ref.sample:
                    continue
                self.n_haplotypes += 1
                where = f"{folder} {sample}#{hap}"
                if not self.check(sample in samples, where, "has no column"):
                    continue
                chains = [c for p in paths for c in self.chains(ref, number, p)]
                self.check_calls(where, records, samples.index(sample), k, chains,
                                 len(self.graph.haps_of(sample)))
                parts = [p for c in chains for p in c.parts(chains)]
                self.n_there += len(parts)
                self.n_cut += len(chains) - len(parts)
                if parts:
                    wanted.append((where, sample, k, parts))
        for w in wanted:
            self.count(*w, samples, records, padded)
        n = min(len(wanted), self.options.consensus)
        for w in self.random.sample(wanted, n):
            self.consensus(*w, contig, head, records, padded, work)

    def check_calls(self, where, records, column, k, chains, n_haps):
        """Called where the chain that leads runs through both ends of the site, with its bases."""
        places = {id(c): {c.walk[v[0]]: i for i, v in enumerate(c.visits)} for c in chains}
        at_end = 0
        for r in records:
            call = r.calls[column]
            if not self.check(len(call) == n_haps, where, f"{r.pos + 1}: GT {r.gt[column]}"):
                return
            walks = r.walks()
            if not walks or not walks[0]:
                continue
            if call[k]:
                self.check(r.pos >= at_end, where, f"{r.pos + 1}: overlaps the call before it")
                at_end = r.end
            a, b = walks[0][0], walks[0][-1]
            others = [self.graph.dna_of(w[1:-1]) for w in walks]
            touching = [c for c in chains if c.touches(*r.site)]
            c = min(touching, key=lambda c: c.rank) if touching else None
            expected = None
            if c and a in places[id(c)] and b in places[id(c)]:
                i, j = places[id(c)][a], places[id(c)][b]
                between = self.graph.dna_of(c.walk[c.visits[i][0] + 1:c.visits[j][0]])
                expected = others.index(between) if j == i + 1 and between in others else 0
            self.check(call[k] == expected, where, f"{r.pos + 1}: {call[k]}, not {expected}")

    def bases(self, part):
        steps = part.steps()
        first, last = (self.graph.lengths[steps[i] >> 1] for i in (0, -1))
        return self.graph.dna_of(steps).upper()[first - 1:-last]

    def count(self, where, sample, k, parts, samples, records, padded):
        column = samples.index(sample)
        for part in parts:
            made, at = [], part.start
            for r in records:
                if not part.has(r) or not r.calls[column][k]:
                    continue
                made += [padded[at:r.pos], r.allele(r.calls[column][k])]
                at = r.end
                self.n_alts += 1
            made = "".join(made) + padded[at:part.end]
            self.n_chains += 1
            self.check(alike(made, self.bases(part)), where, f"{part.start + 1}-{part.end}: "
                       + first_difference(made, self.bases(part)))

    def consensus(self, where, sample, k, parts, contig, head, records, padded, work):
        """bcftools consensus -H k -s SAMPLE over the chains, with the records inside them."""
        parts = sorted(parts, key=lambda p: p.start)
        inside = [r.line for r in records
                  if any(p.has(r) for p in parts)]
        vcf = f"{work}/inside.vcf.gz"
        text = "\n".join(head + inside) + "\n"
        self.bcftools(where, "view", "-Oz", "-o", vcf, input=text.encode())
        self.bcftools(where, "index", "-f", vcf)
        regions = "".join(f">{contig.name}:{p.start + 1}-{p.end}\n{padded[p.start:p.end]}\n"
                          for p in parts)
        out, said = self.bcftools(where, "consensus", "-H", str(k + 1), "-s", sample, vcf,
                                  input=regions.encode())
        self.check(not any("overlap" in x for x in said), where, f"bcftools consensus: {said[:2]}")
        made = ["".join(r.splitlines()[1:]).upper() for r in out.split(">")[1:]]
        self.check(len(made) == len(parts), where, f"{len(made)} records of bcftools consensus")
        for bases, part in zip(made, parts):
            self.n_consensus += 1
            self.check(alike(bases, self.bases(part)), where,
                       f"{part.start + 1}-{part.end}: bcftools consensus, "
                       + first_difference(bases, self.bases(part)))


def first_difference(a, b):
    i = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"{len(a)} bases, not {len(b)}; base {i} on: {a[i:i + 20]}, not {b[i:i + 20]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("dump")
    parser.add_argument("--block-bp", type=int, default=1000000)
    parser.add_argument("--references", type=lambda s: s.split(","))
    parser.add_argument("--consensus", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    c = Checker(options)
    c.all()
    print(f"{c.n_checks} checks, {c.n_wrong} wrong: {c.n_records} records, {c.n_haplotypes} "
          f"haplotypes, {c.n_chains} chains with {c.n_alts} ALT calls, {c.n_consensus} by bcftools "
          f"consensus; {c.n_cut} cut away; --seed {options.seed}")
    sys.exit(c.n_wrong != 0 or c.n_checks == 0)


if __name__ == "__main__":
    main()
