/* SPDX-License-Identifier: MIT */
/* Some bytes and, with them, a descriptor through a Unix socket. */
#ifndef GENOFS_JOB_FD_PASS_H
#define GENOFS_JOB_FD_PASS_H

#include <stddef.h>
#include <sys/types.h>

/* @fd: -1 for none; stays the caller's. Return: 0; a negative errno. */
int fd_send(int socket, const void *data, size_t n, int fd);

/**
 * fd_receive() - what fd_send() has sent, on a socket that keeps packets apart
 * @fd: what came along, close-on-exec, the caller's; -1 for none
 *
 * Return: the bytes; 0 where the other side is gone; a negative errno.
 */
ssize_t fd_receive(int socket, void *data, size_t size, int *fd);

#endif
