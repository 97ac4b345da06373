/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "mount-helpers/job/user.h"

static int write_text(const char *pathname, const char *text, struct err *err)
{
	CLEANUP(closep) int fd = open(pathname, O_WRONLY | O_CLOEXEC);
	const ssize_t n = (ssize_t)strlen(text);

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		return err_set(err, -errno, "%s: %m", pathname);
	return 0;
}

/* Each is who they were: no other ID is there, so that none can be taken. */
static int map_ids(uid_t uid, gid_t gid, struct err *err)
{
	char map[64];
	int r = write_text("/proc/self/setgroups", "deny", err);

	if (r < 0)
		return r;
	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	r = write_text("/proc/self/uid_map", map, err);
	if (r < 0)
		return r;
	snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
	return write_text("/proc/self/gid_map", map, err);
}

/* As a slave: with its own copy of others' mounts it would keep those from ending. */
static int take_no_part(struct err *err)
{
	return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0
			       ? err_set(err, -errno, "a mount namespace of its own: %m")
			       : 0;
}

static int enter_with_user(struct err *err)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return err_set(err, -errno, "a user namespace: %m");
	r = map_ids(uid, gid, err);
	return r < 0 ? r : take_no_part(err);
}

/* There is no way out of a namespace, and in some nothing may be mounted: where AppArmor says so,
 * or /dev/fuse is closed to the user. So it is tried in another process first. */
static int try_with_user(void *arg, int *fd, struct err *err)
{
	int r = enter_with_user(err);

	(void)arg;
	if (r < 0)
		return r;
	*fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	return *fd < 0 ? err_set(err, -errno, "/dev/fuse: %m") : 0;
}

int namespace_enter(enum job_way *way, struct err *why, struct err *err)
{
	CLEANUP(closep) int fd = -1;

	if (unshare(CLONE_NEWNS) == 0) {
		*way = JOB_WAY_MOUNT;
		return take_no_part(err);
	}
	if (user_run(NULL, try_with_user, NULL, &fd, why) < 0) {
		*way = JOB_WAY_FUSERMOUNT;
		return 0;
	}
	*way = JOB_WAY_USER;
	return enter_with_user(err);
}

const char *namespace_way_text(enum job_way way)
{
	static const char *const texts[] = {
		[JOB_WAY_MOUNT] = "in a mount namespace",
		[JOB_WAY_USER] = "in a user and mount namespace",
		[JOB_WAY_FUSERMOUNT] = "by fusermount3, without a namespace",
	};

	return texts[way];
}
