/* SPDX-License-Identifier: MIT */
/*
 * Where those meet who share a mount: a folder that is the user's own, with two files for each
 * mount that is shared, named by a digest of what is mounted, and how.
 *
 *	KEY.lock  locked (flock(2)) by whoever joins or starts, and by the keeper for its end
 *	KEY.sock  the keeper's socket
 */
#ifndef GENOFS_JOB_SHARE_PLACE_H
#define GENOFS_JOB_SHARE_PLACE_H

#include <limits.h>

#include "core/base/err.h"
#include "mount-helpers/job/job_mount.h"

enum { SHARE_KEY_MAX = 33 }; /* hexadecimal digits and the NUL */

struct share_place {
	char pathname[PATH_MAX];
	int folder; /* owned */
	char key[SHARE_KEY_MAX];
};

/*
 * The key is of the sources and what they are now (device, inode, size, time), the options, the
 * program's version, and the job and its step: a batch system ends all processes of one, and the
 * keeper is one of them.
 *
 * Return: 0; a negative errno.
 */
int share_place_open(const struct job_request *request, struct share_place *out, struct err *err);
void share_place_done(struct share_place *place);

/* Make the folder, if it is not there, and lock the key. Return: the lock's descriptor, which is
 * unlocked when its last copy is closed; a negative errno. */
int share_place_lock(struct share_place *place, struct err *err);
/* The same where nobody has the lock and it is there already; else -EWOULDBLOCK, or -ENOENT. */
int share_place_try_lock(const struct share_place *place, const char *key);

/* Return: a socket; a negative errno: -ECONNREFUSED and -ENOENT where there is no keeper. */
int share_place_connect(const struct share_place *place, const char *key);
int share_place_listen(const struct share_place *place);

/* Remove the files of @key, which is locked and has no keeper, and the folder if it is empty. */
void share_place_remove(const struct share_place *place, const char *key);
/* Remove what keepers and users left that were killed. The key of @place is locked. */
void share_place_sweep(const struct share_place *place);

#endif
