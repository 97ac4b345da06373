# SPDX-License-Identifier: MIT
"""Results as a picture: bars of genofs and of what it is measured beside, in panels."""
import html

import timing

WIDTH, LABEL, VALUE = 760, 250, 110
BAR, STEP, GAP, MARGIN = 16, 24, 30, 16

# Colours that keep their contrast on white and on dark pages.
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .value { font-variant-numeric: tabular-nums }
  .ours { fill: #0969da } .theirs { fill: #8c959f } .axis { stroke: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ours { fill: #4493f8 } .theirs { fill: #6e7681 } .axis { stroke: #6e7681 }
  }
"""


def plain(text):
    return html.escape(text.replace("`", ""))


def main_rows(results, stage):
    found = results.get(stage)
    if not found:
        return [], None
    cohort = found["cohorts"][0]
    return [r for r in found["rows"] if r["cohort"] == cohort["name"]], cohort


def reading(results):
    """Bytes of text a second."""
    rows, cohort = main_rows(results, "read")
    bars = []
    for r in rows:
        if r["unit"] == "s" and r["what"] == "cold `cat calls.vcf`":
            if not bars:
                bars.append(("genofs, cold cat", cohort["text"] / timing.median(r["ours"]), True))
            bars.append((r["rival"].replace(" of the .pgen to a RAM disk", ""),
                         cohort["text"] / timing.median(r["theirs"]), False))
    return "Reading VCF text, GB/s", [(n, v / 1e9, o) for n, v, o in bars], "%.2f"


def importing(results):
    rows, _ = main_rows(results, "import")
    bars = []
    for r in rows:
        if "with its check" in r["what"]:
            source = r["what"].split(" of ")[1].split(",")[0]
            bars += [("genofs import of " + source, timing.median(r["ours"]), True),
                     ("bcftools view -Ob of " + source, timing.median(r["theirs"]), False)]
    return "Import, seconds", bars, "%.1f"


def sizes(results):
    rows, _ = main_rows(results, "size")
    bars = []
    for r in rows:
        if r["theirs"]:
            if not bars:
                bars.append(("store", r["ours"][0] / 1e6, True))
            bars.append((r["rival"], r["theirs"][0] / 1e6, False))
    return "Size, MB", bars, "%.2f"


def panel(title, bars, form, top):
    """Its lines, and where it ends."""
    out = ['<text class="title" x="%d" y="%d">%s</text>' % (MARGIN, top + 13, plain(title))]
    room = WIDTH - LABEL - VALUE
    most = max(value for _, value, _ in bars)
    first = y = top + 24
    for name, value, ours in bars:
        length = max(1, room * value / most)
        out += ['<text x="%d" y="%d" text-anchor="end">%s</text>' % (LABEL - 8, y + 13, plain(name)),
                '<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>' % (
                    "ours" if ours else "theirs", LABEL, y, length, BAR),
                '<text class="value" x="%.1f" y="%d">%s</text>' % (
                    LABEL + length + 6, y + 13, form % value)]
        y += STEP
    out.append('<line class="axis" x1="%d" x2="%d" y1="%d" y2="%d"/>' % (
        LABEL, LABEL, first - 4, y - 4))
    return out, y


def caption(results):
    """Which data the panels are of: the main cohort's."""
    found = next((results[s] for s in ("read", "import", "size") if s in results), None)
    if not found:
        return ""
    return "%(name)s: %(records)d records, %(samples)d samples" % found["cohorts"][0]


def draw(results):
    lines = ['<text x="%d" y="%d">%s</text>' % (MARGIN, MARGIN + 13, plain(caption(results)))]
    y = MARGIN + GAP
    for make in (reading, importing, sizes):
        title, bars, form = make(results)
        if bars:
            more, y = panel(title, bars, form, y)
            lines += more
            y += GAP
    height = y - GAP + MARGIN
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" ' \
           'role="img" aria-label="genofs beside other programs">' % (WIDTH, height, WIDTH, height)
    return "\n".join([head, "<style>" + STYLE + "</style>"] + lines + ["</svg>", ""])
