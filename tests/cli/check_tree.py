#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare a store's folder in a mount with the VCF text that it must show.

usage: check_tree.py FOLDER EXPECTED.vcf SAMPLES.txt [SITES.vcf]

Every file of every folder is read, and its size compared with what stat says. The lines of a
contig's folder must be those of the contig, the lines of its blocks, joined, the same again.
Differences go to standard output, and make the exit status 1.
"""

import os
import sys

problems = []


def problem(path, text):
    if len(problems) < 20:
        problems.append(f"{os.fsdecode(path)}: {text}")


def content(path):
    """The bytes of a file, whose size is checked on the way."""
    try:
        size = os.stat(path).st_size
        with open(path, "rb") as f:
            data = f.read()
    except OSError as e:
        problem(path, e.strerror)
        return b""
    if len(data) != size:
        problem(path, f"stat says {size} bytes, {len(data)} are read")
    return data


def same(path, got, want):
    if got == want:
        return
    g, w = got.split(b"\n"), want.split(b"\n")
    for n, (a, b) in enumerate(zip(g, w), 1):
        if a != b:
            problem(path, f"line {n} is {a[:150]!r}, not {b[:150]!r}")
            return
    problem(path, f"{len(g) - 1} lines, not {len(w) - 1}")


def folder_name(contig):
    """The name of a contig's folder."""
    reserved = {b"calls.vcf", b"sites.vcf", b"header.vcf", b"samples.txt", b"contigs.tsv",
                b"blocks.tsv", b"blocks"}
    escape_first = contig[:1] in (b"@", b".") or contig in reserved
    return b"".join(
        b"%%%02X" % c if c < 32 or c in b"\x7f/%" or escape_first and i == 0 else bytes([c])
        for i, c in enumerate(contig))


def sites_of(lines):
    return b"".join(b"\t".join(line.rstrip(b"\n").split(b"\t", 8)[:8]) + b"\n" for line in lines)


def sites_header_of(header):
    lines = [h for h in header if not h.startswith(b"##FORMAT=")]
    return b"".join(lines[:-1]) + sites_of(lines[-1:])


def table(path):
    """The rows of a table below its one header line."""
    lines = content(path).decode("utf-8", "surrogateescape").splitlines()
    if not lines or not lines[0].startswith("#"):
        problem(path, "no header line")
        return []
    rows = [line.split("\t") for line in lines[1:]]
    if any(len(row) != len(lines[0].split("\t")) for row in rows):
        problem(path, "rows of different lengths")
    return rows


def check_dataset(path, header, sites_header, lines, samples):
    """The files that every folder has."""
    head = b"".join(header)
    same(path + b"/calls.vcf", content(path + b"/calls.vcf"), head + b"".join(lines))
    same(path + b"/sites.vcf", content(path + b"/sites.vcf"), sites_header + sites_of(lines))
    same(path + b"/header.vcf", content(path + b"/header.vcf"), head)
    same(path + b"/samples.txt", content(path + b"/samples.txt"), samples)


def check_block_rows(path, rows, contigs_blocks):
    """blocks.tsv: block, contig, start, end, records, bytes, in the order of the records."""
    if len(rows) != len(contigs_blocks):
        problem(path, f"{len(rows)} rows, not {len(contigs_blocks)}")
    for row, (contig, block, lines) in zip(rows, contigs_blocks):
        where = f"row of {row[:2]}"
        if row[0] != block.decode():
            problem(path, f"{where}: block is {block!r}")
        if row[1] != contig.decode("utf-8", "surrogateescape"):
            problem(path, f"{where}: contig is {contig!r}")
        first = int(lines[0].split(b"\t", 2)[1])
        last = int(lines[-1].split(b"\t", 2)[1])
        if int(row[2]) != first:
            problem(path, f"{where}: start is {row[2]}, the first record at {first}")
        if int(row[3]) < last:
            problem(path, f"{where}: end is {row[3]}, the last record at {last}")
        if int(row[4]) != len(lines):
            problem(path, f"{where}: {row[4]} records, not {len(lines)}")
        if int(row[5]) != sum(map(len, lines)):
            problem(path, f"{where}: {row[5]} bytes, not {sum(map(len, lines))}")


def check_blocks(path, contig, header, sites_header, lines, samples):
    """The blocks of one contig, whose lines they share out. Returns (contig, block, lines)s."""
    found = []
    at = 0
    names = sorted(os.listdir(path))
    head = b"".join(header)
    for name in names:
        calls = content(path + b"/" + name + b"/calls.vcf")
        if not calls.startswith(head):
            problem(path + b"/" + name, "calls.vcf begins otherwise than its header")
        n = calls.count(b"\n", len(head))
        if n == 0:
            problem(path + b"/" + name, "has no records")
            continue
        check_dataset(path + b"/" + name, header, sites_header, lines[at:at + n], samples)
        found.append((contig, name, lines[at:at + n]))
        at += n
    if at != len(lines):
        problem(path, f"{at} records in all blocks, not {len(lines)}")
    if names != [b"%06d" % i for i in range(len(names))]:
        problem(path, f"blocks are named {names[:5]}...")
    for _, name, part in found:
        check_block_rows(path + b"/" + name, table(path + b"/" + name + b"/blocks.tsv"),
                         [(contig, name, part)])
    return found


def check_contig_rows(path, rows, contigs, n_blocks):
    """contigs.tsv: contig, length, records, blocks."""
    seen = {row[0].encode("utf-8", "surrogateescape"): row for row in rows}
    for contig, lines in contigs.items():
        row = seen.get(contig)
        if row is None:
            problem(path, f"has no row for {contig!r}")
        elif [row[2], row[3]] != [str(len(lines)), str(n_blocks[contig])]:
            problem(path, f"{row}: {len(lines)} records in {n_blocks[contig]} blocks are there")
    for contig, row in seen.items():
        if contig not in contigs and row[2] != "0":
            problem(path, f"{row}: no such records")


def main():
    top, expected = os.fsencode(sys.argv[1]), sys.argv[2]
    with open(expected, "rb") as f:
        all_lines = f.readlines()
    n = next(i for i, line in enumerate(all_lines) if line.startswith(b"#CHROM")) + 1
    header, lines = all_lines[:n], all_lines[n:]
    with open(sys.argv[3], "rb") as f:
        samples = f.read()
    sites_header = sites_header_of(header)
    if len(sys.argv) > 4:
        # Where bcftools view -G works it judges the header too: it may add a ##fileformat line.
        with open(sys.argv[4], "rb") as f:
            judged = f.read()
        sites_header = b"".join(h for h in judged.splitlines(True) if h.startswith(b"#"))
        same(b"sites.vcf, judged by bcftools view -G", sites_header + sites_of(lines), judged)

    contigs = {}
    for line in lines:
        contigs.setdefault(line.split(b"\t", 1)[0], []).append(line)

    check_dataset(top, header, sites_header, lines, samples)
    blocks = []
    n_blocks = {}
    for contig, part in contigs.items():
        path = top + b"/" + folder_name(contig)
        check_dataset(path, header, sites_header, part, samples)
        try:
            found = check_blocks(path + b"/blocks", contig, header, sites_header, part, samples)
        except OSError as e:
            problem(path + b"/blocks", e.strerror)
            found = []
        n_blocks[contig] = len(found)
        check_block_rows(path + b"/blocks.tsv", table(path + b"/blocks.tsv"), found)
        check_contig_rows(path + b"/contigs.tsv", table(path + b"/contigs.tsv"), {contig: part},
                          n_blocks)
        blocks += found
    check_block_rows(top + b"/blocks.tsv", table(top + b"/blocks.tsv"), blocks)
    check_contig_rows(top + b"/contigs.tsv", table(top + b"/contigs.tsv"), contigs, n_blocks)

    for text in problems:
        print(text)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
