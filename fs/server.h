/* SPDX-License-Identifier: MIT */
/* The server process: from the stores to the last request. */
#ifndef GENOFS_FS_SERVER_H
#define GENOFS_FS_SERVER_H

#include "fs/options.h"

/**
 * server_run() - open the stores, mount, serve until the mount is gone
 * @mnt:     absolute, or "/dev/fd/N"
 * @control: socket to the supervisor; where that ends, so does the server
 *
 * What fails is logged. Return: the exit status of the process.
 */
int server_run(const struct options *o, const char *mnt, int control);

#endif
