/* SPDX-License-Identifier: MIT */
/*
 * The folder that is mounted on. Where it is missing it is made, with its missing parents, and
 * removed by the last of those that use it.
 *
 * A folder that was made so is marked by its mode: 01555, and 01755 of a parent (01755 is the
 * mark of both). Nothing can be
 * written there once the mount is gone, and nobody else makes folders that are sticky and not open
 * to others. Who uses a marked folder holds a shared lock of it (flock(2)), who removes it an
 * exclusive one: a folder that is removed takes along what is mounted on it in other namespaces.
 * Where folders cannot be locked (NFS) it stays.
 */
#ifndef GENOFS_JOB_FOLDER_H
#define GENOFS_JOB_FOLDER_H

#include <stdbool.h>

#include "core/base/err.h"

/**
 * folder_open() - the folder at @pathname, made where it is missing
 * @pathname: absolute
 * @foreign:  who asks does not mount with rights of their own: the folder must be theirs, or one
 *            that they may write to
 * @fd:       the folder, locked where it is marked; the caller's, who keeps it as long as it is
 *            mounted on. -1 at first.
 *
 * Return: 0; a negative errno.
 */
int folder_open(const char *pathname, bool foreign, int *fd, struct err *err);

/* A marked folder can, or cannot, be written to: fusermount3(1) mounts on no other. */
void folder_let_write(int fd, bool yes);

/* Nothing is mounted there any more for us: remove it if it is marked and nobody else's, with its
 * marked parents. @fd stays the caller's, who closes it right away. */
void folder_remove(const char *pathname, int fd);

#endif
