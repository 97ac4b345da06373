# SPDX-License-Identifier: MIT
"""Commands and their cost; sides of a comparison, in turns."""
import os
import signal
import statistics
import subprocess
import time

LIMIT = 900  # seconds that one command may take


class Cost:
    """Wall and CPU seconds, and the largest resident memory in bytes."""

    def __init__(self, wall, cpu=0.0, memory=0):
        self.wall, self.cpu, self.memory = wall, cpu, memory


def too_long(*_):
    raise TimeoutError("a command took more than %d seconds" % LIMIT)


signal.signal(signal.SIGALRM, too_long)


def start(argv, stdout=subprocess.DEVNULL):
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE)


def finish(process, since):
    """Wait for a process; its cost since the clock showed that."""
    signal.alarm(LIMIT)
    try:
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        raise
    finally:
        signal.alarm(0)
    wall = time.perf_counter() - since
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("%s: exit status %d: %s" % (
            " ".join(process.args), process.returncode, said.decode(errors="replace")))
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def run(argv, stdout=subprocess.DEVNULL):
    since = time.perf_counter()
    return finish(start(argv, stdout), since)


def output(argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, timeout=LIMIT).stdout.decode()


def in_turns(rounds, sides):
    """Each side once a round, another one first each time: {name: [Cost of each round]}."""
    costs = {name: [] for name in sides}
    names = list(sides)
    for i in range(rounds):
        for name in names[i % len(names):] + names[:i % len(names)]:
            costs[name].append(sides[name]())
    return costs


def walls(costs):
    return [c.wall for c in costs]


def median(values):
    return statistics.median(values)


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * p / 100))]
