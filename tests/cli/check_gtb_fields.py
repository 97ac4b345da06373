#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the INFO of VCF lines on standard input with values of GTB fields.

usage: check_gtb_fields.py FIELDS.jsonl.gz <LINES

FIELDS has an object for each line, of values by GROUP::FIELD. A field that a line does not have is
false, an empty text or an empty list.
"""

import gzip
import json
import math
import sys


def same_number(text, value):
    if isinstance(value, str) or isinstance(value, float):
        # VCF prints six digits.
        a, b = float(text), float(value)
        return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-5 * abs(b)
    # BCF keeps the eight lowest of 32 bits for itself.
    low = -(2**31) <= value < -(2**31) + 8
    return (low and text == ".") or int(text) == value


def same_item(text, value):
    try:
        return text == value or same_number(text, value)
    except ValueError:
        return False


def same(text, value):
    if isinstance(value, dict):
        parts = dict(p.split(":", 1) for p in text.split(",")) if text else {}
        return parts.keys() == value.keys() and all(same_item(parts[k], value[k]) for k in parts)
    if isinstance(value, list):
        parts = text.split(",") if text else []
        return len(parts) == len(value) and all(map(same_item, parts, value))
    return same_item(text, value)


def main():
    n = 0
    with gzip.open(sys.argv[1], "rt") as fields:
        for line, want in zip(sys.stdin, fields, strict=True):
            info = line.rstrip("\n").split("\t")[7]
            have = dict((p.split("=", 1) + [""])[:2] for p in info.split(";"))
            for name, value in json.loads(want).items():
                key = name.replace("::", "_")
                n += 1
                if name.endswith("::bool"):
                    ok = (key in have) == bool(value)
                else:
                    ok = same(have.get(key, ""), value)
                if not ok:
                    sys.exit(f"{line[:40]!r}: {name} is {have.get(key)!r}, not {value!r}")
    if not n:
        sys.exit("no values")


main()
