# SPDX-License-Identifier: MIT
"""r2 of haplotypes, worked out from VCF text the slow way: usage: check_ld.py IN.vcf LD.tsv WINDOW

LD.tsv must be what `genofs ld --phased --min-r2 0 --window-variants WINDOW --with-y` prints, to five
digits: frequencies that are searched for step by step are not exact to the last.
"""
import math
import sys


def call(text):
    """Two haplotypes and whether they are told apart; None where PLINK has no call."""
    text = text.split(":")[0]
    alleles = text.replace("|", "/").split("/")
    if "." in alleles or len(alleles) > 2 or not text:
        return None
    two = [min(int(a), 1) for a in alleles * (3 - len(alleles))]
    return two[0], two[1], "/" not in text or two[0] == two[1]


def read(pathname):
    for line in open(pathname, encoding="utf-8"):
        if not line.startswith("#"):
            f = line.rstrip("\n").split("\t")
            if "," not in f[4]:
                gt = f[8].split(":")[0] == "GT"
                yield f[0], int(f[1]), f[2], [call(c) if gt else None for c in f[9:]]


def likelihood(known, unknown, f):
    sum_ = unknown * math.log(f[0][0] * f[1][1] + f[0][1] * f[1][0])
    return sum_ + sum(known[a][b] * math.log(f[a][b])
                      for a in (0, 1) for b in (0, 1) if known[a][b])


def frequency(known, unknown):
    """Of 11, the most likely one: where a step of expectation and maximisation goes nowhere."""
    n = sum(map(sum, known)) + 2 * unknown

    def frequencies(same):
        return [[(known[a][b] + unknown * (same if a == b else 1 - same)) / n for b in (0, 1)]
                for a in (0, 1)]

    def step(same):
        f = frequencies(same)
        together, apart = f[0][0] * f[1][1], f[0][1] * f[1][0]
        return together / (together + apart) - same

    if not unknown:
        return known[1][1] / n
    best = -math.inf, 0
    grid = [i / 200 for i in range(201)]
    grid[0], grid[-1] = 1e-12, 1 - 1e-12
    steps = [step(x) for x in grid]
    rests = [grid[0], grid[-1]]
    for low, high, s, t in zip(grid, grid[1:], steps, steps[1:]):
        if s > 0 >= t:
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if step(middle) > 0 else (low, middle)
            rests.append(low)
    for x in rests:
        f = frequencies(x)
        best = max(best, (round(likelihood(known, unknown, f), 9), f[1][1]))
    return best[1]


def r2(a, b):
    known, unknown = [[0, 0], [0, 0]], 0
    p = q = n = 0
    for x, y in zip(a, b):
        if not x or not y:
            continue
        n, p, q = n + 2, p + x[0] + x[1], q + y[0] + y[1]
        if x[0] != x[1] and y[0] != y[1] and not (x[2] and y[2]):
            unknown += 1
        else:
            known[x[0]][y[0]] += 1
            known[x[1]][y[1]] += 1
    if not n or p in (0, n) or q in (0, n):
        return None
    p, q = p / n, q / n
    return (frequency(known, unknown) - p * q) ** 2 / (p * (1 - p) * q * (1 - q))


def main():
    sites = list(read(sys.argv[1]))
    lines = iter(open(sys.argv[2], encoding="utf-8").read().splitlines()[1:])
    n = 0
    for i, a in enumerate(sites):
        for b in sites[i + 1:i + int(sys.argv[3])]:
            want = r2(a[3], b[3]) if a[0] == b[0] and b[1] - a[1] <= 1000000 else None
            if want is None:
                continue
            got = next(lines, "nothing more").split("\t")
            pair = [a[0], str(a[1]), a[2], b[0], str(b[1]), b[2]]
            if got[:6] != pair or abs(float(got[6]) - want) > 1e-5 * max(want, 0.01):
                sys.exit("%s and not %s %g" % (got, pair, want))
            n += 1
    if next(lines, None):
        sys.exit("more pairs than there are")
    print(n)
    sys.exit(n == 0)


main()
