# SPDX-License-Identifier: MIT
"""report.py: results.json of BENCH_DATA as tables between the marks in BENCH_DOCS/performance.md,
and as the picture performance.svg beside it."""
import json
import os

import picture
import timing

BEGIN = "<!-- measured: begin (tests/bench/run writes what is below) -->"
END = "<!-- measured: end -->"

MACHINE = "%(processor)s, %(memory)s, Linux %(kernel)s; %(genofs)s, %(bcftools)s, %(plink2)s."
TITLES = {"read": "Reading", "import": "Import", "size": "Size", "memory": "Memory",
          "ld": "Linkage disequilibrium",
          "growth": "Growth", "chunks": "Length of chunks"}


def three_digits(x):
    """Without an exponent."""
    if x == 0:
        return "0"
    digits = 0
    while abs(x) * 10 ** digits < 100 and digits < 5:
        digits += 1
    text = "%.*f" % (digits, x)
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_unit(x, unit):
    if unit == "s" and x < 0.1:
        x, unit = x * 1e3, "ms"
    if unit == "B":
        for power, name in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
            if x >= 1 << power:
                x, unit = x / (1 << power), name
                break
    return (three_digits(x) + " " + unit).strip()


def table(head, lines):
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return out + ["| " + " | ".join(line) + " |" for line in lines] + [""]


def ratio_of(row):
    """The ratio of the medians, and between which ones those of single rounds lie."""
    pairs = list(zip(row["ours"], row["theirs"]))
    if row["ratio"] == "speed":
        found = [theirs / ours for ours, theirs in pairs]
        middle = timing.median(row["theirs"]) / timing.median(row["ours"])
    else:
        found = [ours / theirs for ours, theirs in pairs]
        middle = timing.median(row["ours"]) / timing.median(row["theirs"])
    text = "%.2f" % middle
    if len(found) > 1 and min(found) != max(found):
        text += " (%.2f to %.2f)" % (min(found), max(found))
    return text


def compared(rows):
    lines = []
    for r in rows:
        theirs = ratio = ""
        if r["theirs"]:
            theirs = r["rival"] + ": " + with_unit(timing.median(r["theirs"]), r["unit"])
            ratio = ratio_of(r)
        ours = with_unit(timing.median(r["ours"]), r["unit"])
        lines.append([r["what"], ours, theirs, ratio, r["goal"]])
    return table(["what", "genofs", "beside it", "ratio", "goal"], lines)


def by_cohort(found):
    out = []
    for cohort in found["cohorts"]:
        rows = [r for r in found["rows"] if r["cohort"] == cohort["name"]]
        if rows:
            out += ["%s: %d records, %d samples, %s of VCF text" % (
                cohort["name"], cohort["records"], cohort["samples"],
                with_unit(cohort["text"], "B")), ""] + compared(rows)
    return out


def sizes(found):
    """A line for each cohort; bytes by part in a table of their own."""
    lines, parts, names = [], [], []
    for cohort in found["cohorts"]:
        rows = [r for r in found["rows"] if r["cohort"] == cohort["name"]]
        rivals = {r["rival"]: r for r in rows if r["theirs"]}
        line = [cohort["name"], with_unit(rivals["BCF"]["ours"][0], "B")]
        for rival in ("BCF", ".pgen and .pvar.zst", "VCF.gz"):
            r = rivals.get(rival)
            line += ["%s (%s)%s" % (ratio_of(r), with_unit(r["theirs"][0], "B"),
                                    ", goal " + r["goal"] if r["goal"] else "") if r else ""]
        lines.append(line)
        own = {r["what"].split(": ")[1]: r["ours"][0] for r in rows if not r["theirs"]}
        names = list(own)
        parts.append([cohort["name"]] + [three_digits(n) for n in own.values()])
    return table(["cohort", "store", "/ BCF", "/ .pgen and .pvar.zst", "/ VCF.gz"], lines) + [
        "Bytes a record in the store:", ""] + table(["cohort"] + names, parts)


def growth(found):
    head = ["samples", "records", "import", "its CPU", "its memory", "cold read", "its CPU",
            "decoding", "store", "its genotypes"]
    out = ["Nanoseconds and bits for each genotype. Decoding is what the server's threads took for it "
           "by the clock: where nothing else runs, a part of the CPU of a cold read.", ""]
    for kind in ("samples", "records"):
        lines = []
        for r in found["rows"]:
            if r["kind"] == kind:
                nanoseconds = [three_digits(r[k] * 1e9) + " ns" for k in (
                    "import", "import_cpu", "wall", "cpu", "decode")]
                bits = [three_digits(r[k] * 8) + " bit" for k in ("bytes", "genotype_bytes")]
                lines.append(["%d" % r["samples"], "%d" % r["records"]] + nanoseconds[:2] +
                             [with_unit(r["memory"], "B")] + nanoseconds[2:] + bits)
        out += table(head, lines)
    return out


def chunks(found):
    head = ["records a chunk", "chunks", "store", "cold read", "text a CPU second of the server",
            "decoding", "first 64 KiB: median", "90 of 100"]
    return ["The main cohort, by `genofs import --chunk-records`.", ""] + table(head, [
        ["%d" % r["records"], "%d" % r["chunks"], with_unit(r["size"], "B"),
         with_unit(r["text"] / r["wall"] / 1e9, "GB/s"), with_unit(r["text"] / r["cpu"] / 1e9, "GB"),
         with_unit(r["decode"], "s"), three_digits(r["first"]) + " ms",
         three_digits(r["first90"]) + " ms"] for r in found["rows"]])


WRITERS = {"size": sizes, "growth": growth, "chunks": chunks}


def report(results):
    out = [BEGIN, "", "![Reading, import and size beside others](performance.svg)", ""]
    machine = ""
    for name, title in TITLES.items():
        if name not in results:
            continue
        found = results[name]
        c = found["circumstances"]
        out += ["### " + title, ""]
        if machine != MACHINE % c:
            machine = MACHINE % c
            out += [machine, ""]
        out += ["%(date)s; rounds: %(rounds)d; load before: %(load)s." % c, ""]
        out += WRITERS.get(name, by_cohort)(found)
    return "\n".join(out + [END])


def main():
    with open(os.path.join(os.environ["BENCH_DATA"], "results.json")) as f:
        results = json.load(f)
    page = os.path.join(os.environ["BENCH_DOCS"], "performance.md")
    with open(page) as f:
        before, rest = f.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(page, "w") as f:
        f.write(before + report(results) + after)
    with open(os.path.join(os.environ["BENCH_DOCS"], "performance.svg"), "w") as f:
        f.write(picture.draw(results))


if __name__ == "__main__":
    main()
