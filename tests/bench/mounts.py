# SPDX-License-Identifier: MIT
"""Mounts to measure on: of a store, and of copyfs with the same bytes. Each is a context."""
import os
import re
import select
import tempfile
import time

import timing

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class Mount:
    def __init__(self, bench, as_nobody=False):
        self.bench = bench
        self.who = NOBODY if as_nobody else []
        self.at = tempfile.mkdtemp(prefix="mnt.", dir=bench.work)
        if as_nobody:
            os.chown(self.at, 65534, 65534)
        self.pids = []
        self.seconds = 0.0  # that mounting took

    def __enter__(self):
        since = time.perf_counter()
        said = timing.output(self.who + self.command())
        self.seconds = time.perf_counter() - since
        self.pids = self.find_pids(said)
        return self

    def __exit__(self, *failure):
        """Unmounted, and its processes gone: what they do at their end disturbs nobody."""
        ends = [os.pidfd_open(pid) for pid in self.pids]
        # As root, whoever mounted
        timing.run(["umount"] + (["-l"] if failure[0] else []) + [self.at])
        for fd in ends:
            select.select([fd], [], [], timing.LIMIT)
            os.close(fd)
        os.rmdir(self.at)

    def cat(self, pathname):
        """What reading a file costs, its reader and its server together."""
        before = self.server_cpu()
        cost = timing.run(self.who + ["cat", pathname])
        cost.cpu += self.server_cpu() - before
        return cost

    def server_cpu(self):
        """Seconds of all threads so far."""
        total = 0
        for pid in self.pids:
            for task in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/schedstat" % (pid, task)) as f:
                    total += int(f.read().split()[0])
        return total / 1e9


class StoreMount(Mount):
    """`genofs mount` of a store, as anybody would."""

    def __init__(self, bench, store, options="", as_nobody=False):
        super().__init__(bench, as_nobody)
        self.store, self.options = store, options
        self.folder = os.path.join(self.at, "s")
        self.calls = os.path.join(self.folder, "calls.vcf")

    def command(self):
        return [self.bench.genofs, "mount"] + (["-o", self.options] if self.options else []) + [
            "s=" + self.store, self.at]

    def find_pids(self, _):
        # A mount of another user is closed to root.
        config = timing.output(self.who + ["cat", os.path.join(self.at, ".genofs", "config")])
        return [int(n) for n in re.findall(r"^(?:server|supervisor)_pid=(\d+)", config, re.M)]

    def stat(self, name):
        with open(os.path.join(self.at, ".genofs", "stats")) as f:
            return float(re.search(r"^%s +([0-9.]+)" % name, f.read(), re.M).group(1))

    def peak_memory(self):
        total = 0
        for pid in self.pids:
            with open("/proc/%d/status" % pid) as f:
                total += int(re.search(r"VmHWM:\s*(\d+) kB", f.read()).group(1)) * 1024
        return total

    def blocks(self):
        """The calls.vcf of each block."""
        found = []
        for contig in sorted(os.listdir(self.folder)):
            folder = os.path.join(self.folder, contig, "blocks")
            if os.path.isdir(folder):
                found += [os.path.join(folder, b, "calls.vcf") for b in sorted(os.listdir(folder))]
        return found


class CopyMount(Mount):
    """copyfs with the bytes of a file, as many threads and the readahead of `genofs mount`."""

    def __init__(self, bench, text, as_nobody=False):
        super().__init__(bench, as_nobody)
        self.text = text
        self.calls = os.path.join(self.at, "file")

    def command(self):
        threads = os.cpu_count()
        readahead = 0 if self.who else min(512 * threads, 4096)
        return [self.bench.program("copyfs"), self.text, self.at, str(threads), str(readahead)]

    def find_pids(self, said):
        return [int(said)]


# Readers of this process: what cat does not do.

def read_pieces(pathname, offsets, length):
    """Seconds to read those pieces of a file, in this order."""
    buffer = bytearray(length)
    fd = os.open(pathname, os.O_RDONLY)
    since = time.perf_counter()
    for offset in offsets:
        if os.preadv(fd, [buffer], offset) <= 0:
            raise OSError("%s: nothing at %d" % (pathname, offset))
    seconds = time.perf_counter() - since
    os.close(fd)
    return seconds


def seconds_to_first(pathname, length):
    """From open to the first bytes."""
    since = time.perf_counter()
    fd = os.open(pathname, os.O_RDONLY)
    os.pread(fd, length, 0)
    seconds = time.perf_counter() - since
    os.close(fd)
    return seconds
