# SPDX-License-Identifier: MIT
"""Start a command as a service manager does, and print what it is told.

usage: notified.py SOCKET FILE COMMAND...

SOCKET is a pathname, or @NAME for one without a file. Each word goes to FILE as a line: the pid of
who sent it ("main" for the command itself), a blank, the word. Goes on after the command has ended,
until it is ended itself.
"""
import os
import socket
import struct
import subprocess
import sys

name, out, command = sys.argv[1], sys.argv[2], sys.argv[3:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind("\0" + name[1:] if name[0] == "@" else name)
main = subprocess.Popen(command, env=dict(os.environ, NOTIFY_SOCKET=name))
with open(out, "w", buffering=1) as f:
    f.write("started %d\n" % main.pid)
    while True:
        text, ancillary, _, _ = s.recvmsg(4096, 1024)
        pid = [struct.unpack("3i", data)[0] for _, kind, data in ancillary
               if kind == socket.SCM_CREDENTIALS][0]
        for word in text.decode().split("\n"):
            f.write("%s %s\n" % ("main" if pid == main.pid else pid, word))
