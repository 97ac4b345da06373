/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/fuse_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/base/mounts.h"
#include "core/base/number.h"
#include "core/base/words.h"
#include "mount-helpers/job/fd_pass.h"

static void set_flag(const char *word, const char *name, bool *flag)
{
	size_t n = strlen(name);

	if (strncmp(word, name, n) == 0 && (word[n] == '\0' || word[n] == '='))
		*flag = strcmp(word + n, "=no") != 0;
}

static void set_readahead(const char *word, unsigned *kib)
{
	static const char name[] = "readahead=";
	uint64_t n;

	if (strncmp(word, name, sizeof(name) - 1) == 0 &&
			number_parse(word + sizeof(name) - 1, 10, &n) && n <= UINT_MAX)
		*kib = (unsigned)n;
}

int fuse_mount_options_parse(const char *list, struct fuse_mount_options *out)
{
	struct fuse_mount_options o = { .readahead = mounts_readahead(limits_cpus()) };
	CLEANUP(freep) char *word = NULL;
	const char *end;

	if (!list)
		list = "";
	end = list + strlen(list);
	word = malloc(strlen(list) + 1);
	if (!word)
		return -ENOMEM;
	while (words_next(&list, end, word)) {
		set_flag(word, "allow_other", &o.allow_other);
		set_flag(word, "noexec", &o.noexec);
		set_readahead(word, &o.readahead);
	}
	*out = o;
	return 0;
}

static int mount_ourselves(const struct fuse_mount *m, int *out, struct err *err)
{
	unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOATIME;
	char data[160];
	int r;
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno,
				"/dev/fuse: %m; the machine needs its kernel's fuse module, a "
				"container the device");
	snprintf(data, sizeof(data),
			"fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions,"
			"max_read=%d%s",
			fd, m->uid, m->gid, MOUNTS_MAX_READ,
			m->options.allow_other ? ",allow_other" : "");
	if (m->options.noexec)
		flags |= MS_NOEXEC;
	if (mount(m->tag, m->at, "fuse.genofs", flags, data) < 0) {
		r = err_set(err, -errno, "mounting: %m");
		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

/* fusermount3's own protocol: it mounts, and sends the descriptor to the socket that it finds in
 * its environment. */
static int spawn_fusermount(const struct fuse_mount *m, int socket, pid_t *pid)
{
	char program[] = "fusermount3";
	char o[] = "-o";
	char end[] = "--";
	char options[384];
	char number[16];
	CLEANUP(freep) char *at = strdup(m->at);
	char *argv[] = { program, o, options, end, at, NULL };
	posix_spawn_file_actions_t actions;
	int r;

	if (!at)
		return -ENOMEM;
	snprintf(options, sizeof(options),
			"ro,nosuid,nodev,noatime,default_permissions,max_read=%d,subtype=genofs,"
			"fsname=%s%s%s",
			MOUNTS_MAX_READ, m->tag, m->options.allow_other ? ",allow_other" : "",
			m->options.noexec ? ",noexec" : "");
	snprintf(number, sizeof(number), "%d", socket);
	if (setenv("_FUSE_COMMFD", number, 1) < 0)
		return -ENOMEM;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, socket, socket); /* stays open there */
	r = posix_spawnp(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	unsetenv("_FUSE_COMMFD");
	return -r;
}

static int mount_by_program(const struct fuse_mount *m, int *fd, struct err *err)
{
	int pair[2];
	pid_t pid = -1;
	char byte;
	int r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set(err, -errno, "socketpair: %m");
	r = spawn_fusermount(m, pair[1], &pid);
	close(pair[1]);
	if (r < 0) {
		err_set(err, r, "fusermount3: %s; is the package fuse3 installed?", strerror(-r));
	} else if (fd_receive(pair[0], &byte, 1, fd) < 0 || *fd < 0) {
		r = err_set(err, -EPERM, "fusermount3 did not mount (it says why, above)");
	}
	close(pair[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

int fuse_mount_make(const struct fuse_mount *m, int *fd, struct err *err)
{
	return m->way == JOB_WAY_FUSERMOUNT ? mount_by_program(m, fd, err)
					    : mount_ourselves(m, fd, err);
}
