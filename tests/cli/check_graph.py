#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what graph_tool says of a graph with what is expected.

usage: check_graph.py TOOL paths FILE.gbz TABLE.tsv   names, lengths, walks and DNA of all paths
       check_graph.py TOOL gfa FILE.gbz GRAPH.gfa     lines of GFA, in any order
       check_graph.py TOOL name FILE.gbz              the checksum of the graph in its tags
       check_graph.py TOOL positions FILE.gbz TABLE.tsv   nodes at places of contigs of references

TABLE has a line for each path, under a line of column names; columns that it lacks are not
compared. In GFA, a link may be written from either end, and overlaps and segments and links of no
path do not count; a file without links has those that its paths take.
"""
import hashlib
import re
import subprocess
import sys


def lines_of(tool, command, pathname):
    said = subprocess.run([tool, command, pathname], stdout=subprocess.PIPE, check=True)
    return said.stdout.decode().splitlines()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def reverse_complement(text):
    return text[::-1].translate(str.maketrans(
        "ACGTURYKMBDHVacgturykmbdhv", "TGCAAYRMKVHDBtgcaayrmkvhdb"))


def check_paths(tool, gbz, table):
    paths = [line.split("\t") for line in lines_of(tool, "paths", gbz)]
    walks = lines_of(tool, "walks", gbz)
    dna = lines_of(tool, "dna", gbz)
    names = ["path_id", "sense", "sample", "haplotype", "contig", "fragment", "steps", "length_bp"]
    with open(table, encoding="ascii") as f:
        columns, *rows = [line.rstrip("\n").lstrip("#").split("\t") for line in f]
    columns = ["haplotype" if c == "hap" else c for c in columns]
    if not len(rows) == len(paths) == len(walks) or len(dna) != 2 * len(rows):
        return f"{len(paths)} paths, not {len(rows)}"
    for i, row in enumerate(rows):
        got = dict(zip(names, paths[i]))
        got["sequence_sha256"] = sha256(dna[2 * i])
        got["walk_sha256"] = sha256(walks[i])
        for column, value in zip(columns, row):
            if column in got and got[column] != value:
                return f"path {i}: {column} is {got[column]}, not {value}"
        if reverse_complement(dna[2 * i]) != dna[2 * i + 1]:
            return f"path {i}: its reverse is not its complement"
    return None


def canonical_link(a, a_strand, b, b_strand):
    other = {"+": "-", "-": "+"}
    return min((a, a_strand, b, b_strand), (b, other[b_strand], a, other[a_strand]))


def steps_of(line):
    if line[0] == "P":
        return [(s[:-1], s[-1]) for s in line[2].split(",")]
    return [(n, "+" if s == ">" else "-") for s, n in re.findall("([<>])([^<>]+)", line[6])]


def name_of(line, lengths):
    """Sample, haplotype, contig, start, end; of a generic path the contig only."""
    if line[0] == "W":
        length = sum(lengths[s] for s, _ in steps_of(line))
        start = "0" if line[4] == "*" else line[4]
        return (*line[1:4], start, str(int(start) + length))
    name = line[1]
    part = re.fullmatch(r"(.*)\[(\d+)(-\d+)?\]", name)
    start = part[2] if part else "0"
    words = (part[1] if part else name).split("#")
    length = sum(lengths[s] for s, _ in steps_of(line))
    if len(words) == 1:
        return (words[0], start)
    haplotype = words[1] if len(words) > 2 else "0"
    return (words[0], haplotype, "#".join(words[2:] if len(words) > 2 else words[1:]), start,
            str(int(start) + length))


def content_of(lines):
    """What of a GFA file a graph of its paths has."""
    rows = [line.split("\t") for line in lines if line]
    paths = [r for r in rows if r[0] in ("P", "W")]
    walks = [steps_of(r) for r in paths]
    sequences = {r[1]: r[2] for r in rows if r[0] == "S"}
    lengths = {name: len(s) for name, s in sequences.items()}
    used = {s for w in walks for s, _ in w}
    taken = {canonical_link(*a, *b) for w in walks for a, b in zip(w, w[1:])}
    links = {canonical_link(*r[1:5]) for r in rows if r[0] == "L"}
    return {
        "segments": sorted((n, s) for n, s in sequences.items() if n in used),
        "links": sorted(links & taken if links else taken),
        "paths": sorted((name_of(r, lengths), w) for r, w in zip(paths, walks)),
    }


def check_gfa(tool, gbz, gfa):
    written = lines_of(tool, "gfa", gbz)
    with open(gfa, encoding="ascii") as f:
        expected = content_of([line.rstrip("\n") for line in f])
    got = content_of(written)
    n_links = sum(line[0] == "L" for line in written)
    n_segments = sum(line[0] == "S" for line in written)
    if n_links != len(got["links"]) or n_segments != len(got["segments"]):
        return "it has segments or links of no path, or twice"
    for part, lines in expected.items():
        if got[part] != lines:
            for a, b in zip(got[part], lines):
                if a != b:
                    return f"{part}: {str(a)[:200]}, not {str(b)[:200]}"
            return f"{len(got[part])} {part}, not {len(lines)}"
    return None


def check_name(tool, gbz):
    tags = dict(line.split("\t") for line in lines_of(tool, "tags", gbz))
    own = sha256("".join(line + "\n" for line in lines_of(tool, "canonical", gbz)))
    if tags.get("pggname", own) != own:
        return f"the graph's checksum is {own}, not {tags['pggname']}"
    return None


def check_positions(tool, gbz, table):
    lengths = {line.split("\t")[1]: len(line.split("\t")[2])
               for line in lines_of(tool, "canonical", gbz) if line[0] == "S"}
    with open(table, encoding="ascii") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line[0] != "#"]
    expected = {(r[0], int(r[1])): r[2:] for r in rows}
    sample = table.split(".")[-3]
    left = set(expected)
    for path, walk in zip(lines_of(tool, "paths", gbz), lines_of(tool, "walks", gbz)):
        path = path.split("\t")
        if path[2] != sample:
            continue
        at = int(path[5])
        for strand, node in re.findall("([<>])([0-9]+)", walk):
            for place in range(-(-at // 100) * 100, at + lengths[node], 100):
                got = [node, "+" if strand == ">" else "-", str(place - at), str(at)]
                if expected.get((path[4], place)) != got:
                    return f"{path[4]} {place}: {got}, not {expected.get((path[4], place))}"
                left.discard((path[4], place))
            at += lengths[node]
    return f"{len(left)} places are on no path" if left else None


def main():
    tool, what, *files = sys.argv[1:]
    checks = {"paths": check_paths, "gfa": check_gfa, "name": check_name,
              "positions": check_positions}
    problem = checks[what](tool, *files)
    if problem:
        sys.exit(problem)


main()
