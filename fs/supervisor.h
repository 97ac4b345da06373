/* SPDX-License-Identifier: MIT */
/*
 * The process that owns the mount: it starts the server, says when the mount is ready, and sees
 * that it does not outlive the server.
 *
 *	launcher    the command that was called; in the foreground it is the supervisor itself
 *	supervisor  no thread, no store, no /dev/fuse; waits for signals and the server
 *	server      opens the stores, mounts, serves, in a sandbox
 *
 * SIGTERM or SIGINT: the mount is detached; what is open is served until it is closed, or the grace
 * period is over, or a second signal comes; of a mount that was passed as /dev/fd/N signals that
 * its caller ignores are ignored. SIGUSR1: the counters are logged. When the server dies, the mount
 * is detached. When the supervisor dies, the server ends: the mount is then dead, as nobody is left
 * who could unmount it (the sandbox forbids it to the server), and is detached by the next mount in
 * its place or by genofs umount.
 *
 * A service manager is told when the mount is ready and when it begins to end (notify.h).
 */
#ifndef GENOFS_FS_SUPERVISOR_H
#define GENOFS_FS_SUPERVISOR_H

#include "fs/options.h"

/* Mount and, in the foreground, stay until the mount is gone. Return: the exit status. */
int supervisor_run(const struct options *o);

#endif
