/* SPDX-License-Identifier: MIT */
/*
 * What server and supervisor tell each other: packets of one letter and a text, over a pair of
 * SOCK_SEQPACKET sockets. Either side's end shows as end-of-file at the other.
 */
#ifndef GENOFS_FS_CONTROL_H
#define GENOFS_FS_CONTROL_H

#include <stdbool.h>

#include "fs/log.h"

enum control_what {
	CONTROL_MOUNTED = 'M', /* server: the mount is in the mount table */
	CONTROL_INIT = 'I',    /* server: the kernel's first request is being answered */
	CONTROL_LOG = 'L',     /* server: a line of the log */
	CONTROL_READY = 'R',   /* supervisor: the mount answers, and nobody reads yet */
	CONTROL_STATS = 'S'    /* supervisor: log the counters */
};

struct control_msg {
	char what;
	char text[LOG_LINE_MAX]; /* NUL-terminated */
};

/* Never waits: what the other side is too slow for is dropped. */
void control_send(int fd, enum control_what what, const char *text);

/* The next packet, if one is there. Return: 1; 0 for none yet; -EPIPE: the other side is gone. */
int control_receive(int fd, struct control_msg *out);

#endif
