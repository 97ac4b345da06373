/* SPDX-License-Identifier: MIT */
/*
 * The folder that is mounted on: checked before, detached after.
 *
 * A server that died leaves a mount where every call fails with ENOTCONN; it is called dead here.
 */
#ifndef GENOFS_FS_MOUNTPOINT_H
#define GENOFS_FS_MOUNTPOINT_H

#include <sys/types.h>

#include "core/base/err.h"

/* N of "/dev/fd/N", by which a caller hands over a mount that is its own to unmount; else -1. */
int mountpoint_fd(const char *given);

/**
 * mountpoint_prepare() - make sure that @given can be mounted on
 * @out: its absolute pathname, free() it; untouched on failure
 *
 * A dead mount of ours that is there is detached.
 */
int mountpoint_prepare(const char *given, char **out, struct err *err);

/* Wait until the mount at @mnt answers; its device number. Return: 0 or a negative errno. */
int mountpoint_wait(const char *mnt, dev_t *device);

/* Take the mount out of the tree, where @device still is what @mnt shows; open files go on. */
int mountpoint_detach(const char *mnt, dev_t device);
/* Take it out of the tree where it is dead; nothing where not. */
int mountpoint_detach_dead(const char *mnt);

#endif
