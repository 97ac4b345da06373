#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Runs a program on a terminal of its own and does things to it, each once a screen was drawn since
the last: key:CHARACTERS, signal:NAME, resize:ROWSxCOLUMNS, run:COMMAND.

usage: on_terminal.py OUT ROWSxCOLUMNS THING[,THING...] PROGRAM [ARGUMENT...]

What the program prints goes to OUT. Says on standard output, as one `name=value` a line: the exit
status of the program; whether the terminal is as it was before; how many screens were drawn; the
rows and columns of the largest of them, and of the last. Fails where the program hangs.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

SECONDS = 20  # for all of it
HOME = b"\x1b[H"  # begins a screen
DONE = b"\x1b[J"  # ends it
ESCAPES = re.compile(rb"\x1b\[[?0-9;]*[A-Za-z]")


def resize(fd, size):
    rows, columns = map(int, size.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def do(thing, master, program):
    what, how = thing.split(":", 1)
    if what == "key":
        os.write(master, how.replace("^C", "\x03").encode())
    elif what == "signal":
        program.send_signal(getattr(signal, "SIG" + how))
    elif what == "resize":
        resize(master, how)
    elif what == "run":
        subprocess.run(how, shell=True, check=True, stdout=subprocess.DEVNULL)
    else:
        sys.exit(f"{thing}: not a thing to do")


def take_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def extent(screen):
    lines = ESCAPES.sub(b"", screen.split(DONE)[0]).decode().split("\n")
    return len(lines), max(len(line.rstrip("\r")) for line in lines)


def watch(master, program, things):
    """All that it prints; None where it hangs."""
    output = b""
    seen = 0  # screens when the last thing was done
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if select.select([master], [], [], 0.05)[0]:
            try:
                output += os.read(master, 65536)
            except OSError:  # the terminal has no more programs
                return output
        elif program.poll() is not None:
            return output
        if things and output.count(DONE) > seen:
            seen = output.count(DONE)
            do(things.pop(0), master, program)
    return None


def main():
    out, size, things, *command = sys.argv[1:]
    master, slave = pty.openpty()
    resize(master, size)
    before = termios.tcgetattr(slave)
    program = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave,
                               preexec_fn=take_terminal, env={**os.environ, "TERM": "xterm"})
    output = watch(master, program, things.split(","))
    if output is None:
        program.kill()
        sys.exit("it hangs")
    with open(out, "wb") as f:
        f.write(output)
    screens = output.split(HOME)[1:]
    print(f"status={program.wait()}")
    print(f"restored={termios.tcgetattr(slave) == before}")
    print(f"screens={len(screens)}")
    if screens:
        print("largest=%dx%d" % tuple(map(max, zip(*map(extent, screens)))))
        print("last=%dx%d" % extent(screens[-1]))


main()
