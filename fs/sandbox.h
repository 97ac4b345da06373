/* SPDX-License-Identifier: MIT */
/*
 * What the server may still ask of the kernel once it serves: reads of what it has open, memory,
 * and waiting. No pathname, no network, no program, no thread, no memory to execute.
 *
 * Tables of a pangenome are worked out when they are first asked for, and become objects in shared
 * memory. So a server of pangenomes may also make, open, lock, name and remove files; but Landlock
 * lets it do that in the folder of shared memory alone, and read what is beneath /proc and
 * /sys/fs/cgroup: how much memory there is left. A kernel that has no Landlock (before 5.13, or not
 * told to use it) leaves such a server with what its user may do by those calls.
 */
#ifndef GENOFS_FS_SANDBOX_H
#define GENOFS_FS_SANDBOX_H

#include <stdbool.h>

#include "core/base/err.h"

/**
 * sandbox_enter_files() - confine to the files that a server of pangenomes needs, for ever
 * @folder: of shared memory
 *
 * For the thread that calls it and those that it starts later: to be called before any is started,
 * and after the mount, since nothing can be mounted from then on. What is open stays so.
 *
 * Return: 0, also where the kernel has no Landlock; a negative errno.
 */
int sandbox_enter_files(const char *folder, struct err *err);

/**
 * sandbox_enter() - confine all threads of this process to some system calls, for ever
 * @files: allow those that make files too; sandbox_enter_files() was called
 *
 * To be called when all threads are started. Anything else that one of them then asks for fails
 * with EPERM.
 *
 * Return: 0 or a negative errno.
 *
 * Both do nothing in builds with a sanitizer, whose runtime asks for much more.
 */
int sandbox_enter(bool files, struct err *err);

#endif
