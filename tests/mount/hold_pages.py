#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# hold_pages.py FILE: keep the kernel from dropping any page of FILE. Says "held" once all are there,
# and lets go of them when its standard input ends.
import ctypes
import mmap
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mlock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

fd = os.open(sys.argv[1], os.O_RDONLY)
size = os.fstat(fd).st_size
at = libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, fd, 0)
if at == ctypes.c_void_p(-1).value or libc.mlock(at, size):
    sys.exit(f"{sys.argv[1]}: {os.strerror(ctypes.get_errno())}")
print("held", flush=True)
sys.stdin.read()
