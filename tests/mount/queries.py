#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""queries.py FOLDER REFERENCE SEED COUNT [KIND...]

Compare random queries of the dataset FOLDER (of a mount) with what bcftools makes of REFERENCE, the
indexed file that the store was imported from. Prints the seed, and for each kind of query how many
were compared and how many were not empty. Exits with 1 where any differs, or most were empty.
"""
import os
import random
import re
import subprocess
import sys
from collections import defaultdict, namedtuple
from functools import lru_cache

folder, reference, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rng = random.Random(seed)


def run(*args, data=None, source=None):
    done = subprocess.run(args, input=data, stdin=source, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    return done.returncode, done.stdout


def made_up_contigs():
    """Lines of the header that bcftools makes up from the index, and shows with it only."""
    with open(reference, "rb") as file:
        alone = run("bcftools", "view", "--no-version", "-h", "-", source=file)[1]
    with_index = run("bcftools", "view", "--no-version", "-h", reference)[1]
    return set(with_index.split(b"\n")) - set(alone.split(b"\n"))


MADE_UP = made_up_contigs()


def bcftools(*args, data=None):
    status, text = run("bcftools", "view", "--no-version", *args, data=data)
    if MADE_UP and "-Ou" not in args:
        text = b"".join(l + b"\n" for l in text.split(b"\n")[:-1] if l not in MADE_UP)
    return status, text


def piped(first, second):
    """What the second command makes of what the first does of the reference. BCF is between them:
    text has six digits of QUAL."""
    return bcftools(*second, "-", data=bcftools(*first, "-Ou", reference)[1])


def rows(text):
    return b"".join(l + b"\n" for l in text.split(b"\n")[:-1] if not l.startswith(b"#"))


# ---- what there is ----

Site = namedtuple("Site", "contig pos end qual n_alleles types passes")
Counts = namedtuple("Counts", "ac an af maf")
AC, AN = re.compile(rb"(?:^|;)AC=([0-9,]+)(?:;|$)"), re.compile(rb"(?:^|;)AN=([0-9]+)(?:;|$)")


def sites():
    form = "%CHROM\\t%POS\\t%END\\t%QUAL\\t%ALT\\t%TYPE\\t%FILTER\\n"
    text = run("bcftools", "query", "-f", form, reference)[1].decode()
    return [Site(contig, int(pos), int(end), qual, 1 if alt == "." else alt.count(",") + 2,
                 types.lower().split(","), filters == "PASS")
            for contig, pos, end, qual, alt, types, filters in
            (line.split("\t") for line in text.splitlines())]


@lru_cache(maxsize=None)
def counts_as(alts, an):
    """Of INFO's AC and AN."""
    alts, an = [int(n) for n in alts.split(b",")], int(an)
    ac = sum(alts)
    return Counts(ac, an, ac / an, (an - max(an - ac, *alts)) / an) if an else None


def counts_of(text):
    """Counts by INFO of each record; None where it has none, or nothing is called."""
    found = []
    for line in text.split(b"\n")[:-1]:
        if line.startswith(b"#"):
            continue
        info = line.split(b"\t", 8)[7]
        ac, an = AC.search(info), AN.search(info)
        found.append(counts_as(ac[1], an[1]) if ac and an else None)
    return found


def block_edges():
    """Indexes of the first and last record of each block."""
    edges, at = [], 0
    with open(os.path.join(folder, "blocks.tsv"), encoding="utf-8") as table:
        for line in list(table)[1:]:
            n = int(line.split("\t")[4])
            edges += [at, at + n - 1]
            at += n
    return edges


with open(os.path.join(folder, "samples.txt"), encoding="utf-8") as f:
    SAMPLES = f.read().split("\n")[:-1]
PLAIN = bcftools(reference)[1]
HEADER = b"".join(l + b"\n" for l in PLAIN.split(b"\n") if l.startswith(b"#"))
HAS_GT = b"##FORMAT=<ID=GT," in HEADER
SITES = sites()
COUNTS = OF_INFO = counts_of(PLAIN)
# An expression with AN is of INFO/AN alone where the header has it, and counts calls where not.
DECLARES_AN = b"##INFO=<ID=AN," in HEADER
KNOWS_AN = not DECLARES_AN or None not in OF_INFO or not any(OF_INFO)
if SAMPLES and HAS_GT and None in COUNTS:
    every = os.path.join(folder, "samples.txt")
    refused, counted = bcftools("-S", every, reference)
    if not refused:
        COUNTS = [known or c for known, c in zip(COUNTS, counts_of(counted))]
# F_MISSING of bcftools 1.16 does not count a sample for 0|. as it does for 0/. and .|0.
HALF_PHASED = re.search(rb"\t[0-9][0-9|/]*\|\.[|/:\t\n]", PLAIN) is not None
EDGES = block_edges()
LONG = [i for i, site in enumerate(SITES) if site.end - site.pos > 100]
drawn = defaultdict(int)


# ---- regions, samples, parts ----


def random_site():
    """Index of a site: those at edges of blocks and the long ones more often than others."""
    where = rng.random()
    source = "at an edge" if where < 0.3 else "long" if where < 0.5 and LONG else "anywhere"
    drawn[source] += 1
    return rng.choice({"at an edge": EDGES, "long": LONG, "anywhere": range(len(SITES))}[source])


def region_at(site):
    contig, pos, end = site[:3]
    if ":" in contig or "," in contig:
        return None
    at = rng.choice([pos, end, pos + rng.randint(-50, 50), rng.randint(pos, max(pos, end))])
    width = rng.choice([1, 10, 1000, 100000, 1000000, 3000000])
    start = max(1, at - rng.randint(0, width))
    form = rng.random()
    if form < 0.05:
        return contig
    if form < 0.1:
        return f"{contig}:{start}-"
    return f"{contig}:{start}-{start + width}"


def random_regions():
    regions = [region_at(SITES[random_site()]) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    return ",".join(r for r in regions if r) or None


def random_samples():
    n = rng.choice([1, 1, 2, 3, rng.randint(1, len(SAMPLES))])
    chosen = rng.sample(SAMPLES, min(n, len(SAMPLES)))
    name = ",".join(quote(s) for s in chosen)
    return (chosen, name) if len(name) < 250 else random_samples()


def quote(sample):
    return "".join(f"%{ord(c):02X}" if c in ",/%" else c for c in sample)


def random_part(n_records):
    n = min(rng.choice([1, 2, 3, 7, 16, n_records + 3]), n_records + 3)
    return rng.randint(1, n), n


def part_of(text, k, n):
    lines = text.split(b"\n")[:-1]
    head = [line for line in lines if line.startswith(b"#")]
    rows = lines[len(head):]
    rows = rows[len(rows) * (k - 1) // n:len(rows) * k // n]
    return b"".join(line + b"\n" for line in head + rows)


def region_query():
    regions = random_regions()
    return regions and (f"@region/{regions}", bcftools("-r", regions, reference))


def samples_query(folder_name="@samples", extra=("-I",)):
    chosen, name = random_samples()
    return f"{folder_name}/{name}", bcftools(*extra, "-s", ",".join(chosen), reference)


def part_query():
    k, n = random_part(len(SITES))
    text = part_of(PLAIN, k, n)
    if rng.random() < 0.7:
        return f"@part/{k}-of-{n}", (0, text)
    k2, n2 = rng.choice([(1, 1), (1, 2), (2, 2), (2, 3)])
    return f"@part/{k}-of-{n}/@part/{k2}-of-{n2}", (0, part_of(text, k2, n2))


# ---- filters ----

# A filter, and what of bcftools view does the same: options, or an expression for -i.
Term = namedtuple("Term", "name options expression")
OPS = [">=", "<=", ">", "<", "=", "!="]


def exact(values, value, ops=tuple(OPS)):
    """An operator and a limit, one of the values, that hold for the value (all are text)."""
    op, other = rng.choice(ops), rng.choice(values)
    if op in (">=", "<=", "="):
        return op, value
    if float(other) == float(value):
        return "=", value
    return op if op == "!=" else ">" if float(value) > float(other) else "<", other


def between(values, value):
    """
    An operator and a limit that hold for the value. Floats, in which bcftools compares, tell the
    limit from all of the sorted values: it is between two, or a sum of few powers of two, which is
    the limit of bcftools where it is met.
    """
    at = rng.randrange(len(values) + 1)
    low = values[at - 1] if at else 0
    high = values[at] if at < len(values) else 1
    if high - low <= 1e-6 or rng.random() < 0.1:
        limit = rng.choice(["0", "0.125", "0.25", "0.5", "1"])
        return ">=" if value >= float(limit) else "<=", limit
    limit = shortest(low + (high - low) / 4, high - (high - low) / 4)
    return rng.choice([">", ">="] if value > float(limit) else ["<", "<="]), limit


def shortest(low, high):
    digits = 1
    while not low < round((low + high) / 2, digits) < high:
        digits += 1
    return f"{(low + high) / 2:.{digits}f}"


def count_term(counts, i):
    """Of one of the counts that most sites of the query have."""
    c = counts[i]
    known = sorted(set(counts) - {None})
    if rng.random() < 0.4:
        op, n = exact([str(other.ac) for other in known], str(c.ac), tuple(OPS[:5]))
        least = {">=": [int(n)], ">": [int(n) + 1], "=": [int(n)]}.get(op, [])
        most = {"<=": [int(n)], "<": [int(n) - 1], "=": [int(n)]}.get(op, [])
        options = [o for x in least for o in ("-c", str(x))]
        return Term(f"ac{op}{n}", options + [o for x in most for o in ("-C", str(x))], None)
    name = rng.choice(["af", "maf"])
    op, x = between(sorted({getattr(other, name) for other in known}), getattr(c, name))
    least = "-q" if op[0] == ">" else "-Q"
    return Term(f"{name}{op}{x}", [least, x + (":nonmajor" if name == "maf" else "")], None)


def an_term(counts, i):
    op, n = exact([str(other.an) for other in sorted(set(counts) - {None})], str(counts[i].an))
    return Term(f"an{op}{n}", [], f"AN{op}{n}")


def missing_term(counts, i, n_samples):
    """Limits are numbers of samples: those which the site may have without a call."""
    most = max(c.an for c in set(counts) - {None})
    n = round((1 - counts[i].an / most) * n_samples)
    op, x = rng.choice([("<=", n), (">=", n), ("=", n), ("<", n + 1), (">=", 0), ("!=", n + 1)])
    x = rng.choice([f"{x / n_samples:.4g}", repr(x / n_samples)])
    return Term(f"missing{op}{x}", [], f"F_MISSING{op}{x}")


def type_term(i):
    """bcftools 1.16 takes -v ref for other kinds than TYPE="ref"."""
    kinds = ["snp", "indel", "mnp", "other", "bnd", "ref"]
    has = [kind for kind in kinds if kind in SITES[i].types]
    if has and rng.random() < 0.5:
        kind = rng.choice(has)
        sign, option = "=", "-v"
    else:
        kind = rng.choice([kind for kind in kinds if kind not in has])
        sign, option = "!=", "-V"
    if kind in ("ref", "other"):
        match = "=" if kind == "ref" else "~"
        return Term(f"type{sign}{kind}", [], f'TYPE{"!" * (sign == "!=")}{match}"{kind}"')
    return Term(f"type{sign}{kind}", [option, kind + "s" * (kind != "bnd")], None)


def site_term(i):
    """Of a site alone; half of them of its type, for that is what differs in most files."""
    site = SITES[i]
    what = rng.choice(["type", "type", "qual", "alleles", "pass"])
    if what == "pass" and site.passes:
        return Term("pass", ["-f", "PASS"], None)
    if what == "qual" and site.qual != ".":
        op, x = exact([s.qual for s in SITES if s.qual != "."], site.qual)
        return Term(f"qual{op}{x}", [], f"QUAL{op}{x}")
    if what == "alleles":
        op, n = exact([str(s.n_alleles) for s in SITES], str(site.n_alleles))
        return Term(f"alleles{op}{n}", [], f"N_ALT+1{op}{n}")
    return type_term(i)


def random_terms(counts, i, n_samples, has_an):
    """Filters that the site @i passes, but for a few."""
    makers = {"site": site_term}
    if counts[i]:
        makers["count"] = lambda at: count_term(counts, at)
    if counts[i] and has_an:
        makers["an"] = lambda at: an_term(counts, at)
    if counts[i] and n_samples and HAS_GT and not HALF_PHASED:
        makers["missing"] = lambda at: missing_term(counts, at, n_samples)
    n = min(len(makers), rng.choice([1, 1, 1, 1, 2, 3]))
    return [makers[name](other_site(counts, i) if rng.random() < 0.1 else i)
            for name in rng.sample(sorted(makers), n)]


def other_site(counts, i):
    other = rng.randrange(len(SITES))
    return other if counts[other] else i


def options_of(terms):
    expressions = [f"({t.expression})" for t in terms if t.expression]
    options = [option for t in terms for option in t.options]
    return options + (["-i", " && ".join(expressions)] if expressions else [])


def where(terms):
    return "@where/" + ",".join(t.name for t in terms)


def where_query():
    terms = random_terms(COUNTS, random_site(), len(SAMPLES), KNOWS_AN)
    options = ["-I", *options_of(terms)]
    if not any(t.name.startswith("an") for t in terms) or not DECLARES_AN or any(OF_INFO):
        return where(terms), bcftools(*options, reference)
    # No record has what the header declares: without that, bcftools counts.
    undeclared = run("bcftools", "annotate", "--no-version", "-x", "INFO/AN", "-Ou", reference)[1]
    status, text = bcftools(*options, "-", data=undeclared)
    return where(terms), (status, HEADER + rows(text))


@lru_cache(maxsize=16)
def counts_of_samples(names):
    status, text = bcftools("-s", names, reference)
    return status, counts_of(text)


def where_of_samples_query():
    """
    Filters of the counts of chosen samples: one command that counts and filters; or one for each,
    where the first one's AC and AN are shown, or the filter is an expression, which bcftools would
    have of all samples.
    """
    chosen, name = random_samples()
    names = ",".join(chosen)
    i = random_site()
    if rng.random() < 0.2:
        terms = [site_term(i)]
        made = piped(["-I", "-s", names], options_of(terms))
        return f"@samples/{name}/{where(terms)}", made
    status, counts = counts_of_samples(",".join(sorted(chosen)))
    if status:
        return name, (status, b"")
    if not counts[i] or rng.random() < 0.4:
        terms = random_terms(counts, i, len(chosen), True)
        made = piped(["-s", names], ["-I", *options_of(terms)])
        return f"@samples+/{name}/{where(terms)}", made
    if HALF_PHASED or rng.random() < 0.8:
        terms = [count_term(counts, i)]
        made = bcftools("-I", "-s", names, *options_of(terms), reference)
    else:
        terms = [missing_term(counts, i, len(chosen))]
        made = piped(["-I", "-s", names], options_of(terms))
    return f"@samples/{name}/{where(terms)}", made


# ---- nested ones ----


def contig_folder(contig):
    """Whether a contig's folder is called as the contig; and no name of a file can be one."""
    return contig.replace("_", "").isalnum() and contig != "blocks"


def nested_query():
    """A region, samples and filters in any order, in a contig's folder or not; a part of that."""
    i = random_site()
    regions = region_at(SITES[i])
    contig = SITES[i].contig
    if not regions:
        return None
    inside = contig_folder(contig) and rng.random() < 0.3
    if not inside and rng.random() < 0.4:
        regions += "," + (region_at(SITES[random_site()]) or regions)
    chosen, name = random_samples()
    folders, options = [f"@region/{regions}", f"@samples/{name}"], []
    if rng.random() < 0.4:
        terms = [site_term(i)]
        folders, options = folders + [where(terms)], options_of(terms)
    rng.shuffle(folders)
    status, text = bcftools("-I", "-r", regions, "-s", ",".join(chosen), *options, reference)
    n = min(rng.choice([1, 2, 2, 3]), max(1, text.count(b"\n") - HEADER.count(b"\n")))
    k = rng.randint(1, n)
    path = "/".join([contig] * inside + folders + [f"@part/{k}-of-{n}"])
    return path, (status, part_of(text, k, n))


def part_of_nested_query():
    """Samples of a part, and a contig of samples."""
    chosen, name = random_samples()
    names = ",".join(chosen)
    contig = SITES[random_site()].contig
    if len({site.contig for site in SITES}) > 1 and contig_folder(contig) and rng.random() < 0.5:
        return f"@samples/{name}/{contig}", bcftools("-I", "-s", names, "-r", contig, reference)
    k, n = random_part(len(SITES))
    status, text = bcftools("-I", "-s", names, reference)
    return f"@part/{k}-of-{n}/@samples/{name}", (status, part_of(text, k, n))


# ---- comparing ----

KINDS = {"region": region_query, "part": part_query, "where": where_query}
if SAMPLES:
    KINDS["samples"] = samples_query
    KINDS["samples+"] = lambda: samples_query("@samples+", ())
    KINDS["nested"] = lambda: nested_query() if rng.random() < 0.8 else part_of_nested_query()
    if HAS_GT:
        KINDS["where of samples"] = where_of_samples_query


def read(path):
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read()
    return data, size == len(data) == os.stat(path).st_size


def compare(path, want):
    """Text and BCF of the query; what differs."""
    text, exact_size = read(os.path.join(folder, path, "calls.vcf"))
    if not exact_size:
        return "another size than stat says"
    if text != want:
        return "calls.vcf differs"
    bcf = os.path.join(folder, path, "calls.bcf")
    if os.path.exists(bcf) and rng.random() < 0.3:
        status, found = run("bcftools", "view", "--no-version", "-H", bcf)
        if status or found != rows(want):
            return "calls.bcf differs"
    return None


def compare_kind(kind, query):
    """True where all are the same, and half of them at least not empty; of few, any may be."""
    tally = defaultdict(int)
    drawn.clear()
    for _ in range(count):
        made = query()
        if not made:
            continue
        path, (status, want) = made
        if status:
            tally["refused by bcftools"] += 1
            continue
        fault = compare(path, want)
        tally["compared"] += 1
        tally["not empty"] += want[want.rfind(b"\n", 0, -1) + 1:][:1] != b"#"
        if fault:
            tally["different"] += 1
            print(f"# {path}: {fault}")
    sources = "; sites: " + ", ".join(f"{n} {what}" for what, n in drawn.items()) if drawn else ""
    print(f"# {kind}: " + ", ".join(f"{n} {what}" for what, n in tally.items()) + sources)
    enough = tally["compared"] < 10 or tally["not empty"] * 2 >= tally["compared"]
    return enough and not tally["different"]


only = sys.argv[5:]
print(f"# seed {seed}")
good = [compare_kind(kind, query) for kind, query in KINDS.items() if not only or kind in only]
sys.exit(not all(good))
