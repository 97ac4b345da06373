/* SPDX-License-Identifier: MIT */
/* How something went in another process: what came of it, in words, and a descriptor. */
#ifndef GENOFS_JOB_REPORT_H
#define GENOFS_JOB_REPORT_H

#include "core/base/err.h"

/* @r: 0 or a negative errno, which @err then describes. @fd: -1 for none. Return: as fd_send(). */
int report_send(int socket, int r, const struct err *err, int fd);

/**
 * report_receive() - wait for what report_send() sends
 * @fd: the caller's; -1 for none
 *
 * Return: the @r of the other side, with its words in @err; -EPIPE where that ended without.
 */
int report_receive(int socket, int *fd, struct err *err);

#endif
