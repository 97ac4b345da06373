/* SPDX-License-Identifier: MIT */
/*
 * A file that is there when it is whole, or not at all: until then what stands under its name stays
 * as it is. Where the file system can, it has no name while it is written, and vanishes with its
 * writer, however that ends; elsewhere one beside the target's. Readable by its owner only.
 *
 * One thread at a time.
 */
#ifndef GENOFS_BASE_WHOLE_FILE_H
#define GENOFS_BASE_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

/* Begun as { .fd = -1 }. */
struct whole_file {
	int fd;          /* to write to, and to read what was written; owned */
	char *pathname;  /* of the target; owned */
	char *folder;    /* that it lies in; owned */
	char *temporary; /* by which the unfinished file can be opened; owned */
	bool named;      /* it has that name in the folder */
};

/* @f: for whole_file_done(), also on failure. Return: 0; -ENOMEM; what open(2) said. */
int whole_file_open(const char *pathname, struct whole_file *f, struct err *err);
/* All of @p to a descriptor; @pathname: for the message. Return: 0; what write(2) said. */
int write_all(int fd, const char *pathname, const void *p, size_t n, struct err *err);
/* Give it its name, over an older file. What was written is not synced here, the name is.
 * Return: 0 or a negative errno. */
int whole_file_publish(struct whole_file *f, struct err *err);
/* Close it. What was not published leaves nothing. */
void whole_file_done(struct whole_file *f);

#endif
