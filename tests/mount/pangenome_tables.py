#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a mounted graph with tables that other programs made (shared/data/pangenome/expected).

usage: pangenome_tables.py FOLDER paths TABLE                 names, components, lengths and DNA
       pangenome_tables.py FOLDER blocks REFERENCE TABLE      the block of each node
       pangenome_tables.py FOLDER positions REFERENCE TABLE   nodes at places of contigs

FOLDER is MNT/NAME. Columns of a table of paths that paths.tsv has not are not compared.
"""
import hashlib
import os
import re
import sys


def rows_of(*names):
    with open(os.path.join(*names), encoding="utf-8") as f:
        head, *rows = [line.rstrip("\n").split("\t") for line in f]
    head[0] = head[0].lstrip("#")
    return [dict(zip(head, row)) for row in rows]


def dna_of(folder, row):
    """From the file of its sample, by the name that its path has there."""
    with open(os.path.join(folder, "sample", row["sample"].replace("/", "%2F"),
                           row["hap"] + ".fa"), encoding="ascii") as f:
        records = dict(r.partition("\n")[::2] for r in f.read().split(">")[1:])
    name = row["contig"] if row["sense"] == "generic" else "#".join(
        (row["sample"], row["hap"], row["contig"]))
    place = f"{name}:{int(row['start']) + 1}-{row['end']}"
    return records.get(place, records.get(name, "")).replace("\n", "")


def check_paths(folder, table):
    got, expected = rows_of(folder, "paths.tsv"), rows_of(table)
    if len(got) != len(expected):
        return f"{len(got)} paths, not {len(expected)}"
    for row, wanted in zip(got, expected):
        row.update(haplotype=row["hap"], fragment=row["start"],
                   length_bp=str(int(row["end"]) - int(row["start"])))
        row["sequence_sha256"] = hashlib.sha256(dna_of(folder, row).encode()).hexdigest()
        for column, value in wanted.items():
            if row.get(column, value) != value:
                return f"path {row['path_id']}: {column} is {row[column]}, not {value}"
    return None


def check_blocks(folder, reference, table):
    at = os.path.join(folder, "ref", reference)
    got = {}
    for contig in os.listdir(at):
        for block in os.listdir(os.path.join(at, contig, "blocks")):
            for row in rows_of(at, contig, "blocks", block, "nodes.tsv"):
                if row["node_id"] in got:
                    return f"node {row['node_id']} is in two blocks"
                got[row["node_id"]] = dict(row, contig=contig, block=str(int(block)))
    expected = rows_of(table)
    for wanted in expected:
        row = got.get(wanted["node_id"], {})
        if any(row.get(column) != value for column, value in wanted.items()):
            return f"{row}, not {wanted}"
    return f"{len(got)} nodes, not {len(expected)}" if len(got) != len(expected) else None


def check_positions(folder, reference, table):
    got = {}
    at = os.path.join(folder, "ref", reference)
    for contig in os.listdir(at):
        with open(os.path.join(at, contig, "graph.gfa"), encoding="utf-8") as f:
            lines = [line.rstrip("\n").split("\t") for line in f]
        lengths = {x[1]: len(x[2]) for x in lines if x[0] == "S"}
        for x in lines:
            if x[0] != "W" or x[1] != reference:
                continue
            start = int(x[4])
            for strand, node in re.findall("([<>])([0-9]+)", x[6]):
                for place in range(-(-start // 100) * 100, start + lengths[node], 100):
                    got[contig, str(place)] = (node, "+" if strand == ">" else "-",
                                               str(place - start), str(start))
                start += lengths[node]
    expected = {(r["contig"], r["pos0"]): (r["node_id"], r["strand"], r["offset_in_node"],
                                           r["node_start"]) for r in rows_of(table)}
    for key in sorted(set(got) | set(expected)):
        if got.get(key) != expected.get(key):
            return f"{key}: {got.get(key)}, not {expected.get(key)}"
    return None if expected else "an empty table"


def main():
    folder, what, *rest = sys.argv[1:]
    checks = {"paths": check_paths, "blocks": check_blocks, "positions": check_positions}
    problem = checks[what](folder, *rest)
    if problem:
        sys.exit(problem)


main()
