/* SPDX-License-Identifier: MIT */
/*
 * What the server may still ask of the kernel once it serves: reads of what it has open, memory,
 * and waiting. No pathname, no network, no program, no thread, no memory to execute.
 */
#ifndef GENOFS_FS_SANDBOX_H
#define GENOFS_FS_SANDBOX_H

#include "core/base/err.h"

/**
 * sandbox_enter() - confine all threads of this process, for ever
 *
 * To be called when all threads are started. Anything else that one of them then asks for ends the
 * process. Does nothing in builds with a sanitizer, whose runtime asks for much more.
 *
 * Return: 0 or a negative errno.
 */
int sandbox_enter(struct err *err);

#endif
