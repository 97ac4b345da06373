/* SPDX-License-Identifier: MIT */
#include "core/base/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"

static const char fs_type[] = "fuse.genofs";

/* Of what cannot be looked at: the folder above, and the last component. */
char *mounts_pathname(const char *given)
{
	CLEANUP(freep) char *above = NULL;
	CLEANUP(freep) char *folder = NULL;
	char *out = realpath(given, NULL);
	char *name;

	if (out)
		return out;
	above = strdup(given);
	if (!above)
		return NULL;
	for (size_t n = strlen(above); n > 1 && above[n - 1] == '/'; n--)
		above[n - 1] = '\0';
	name = strrchr(above, '/');
	if (name)
		*name++ = '\0';
	folder = realpath(!name ? "." : *above ? above : "/", NULL);
	if (!folder || asprintf(&out, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder,
				       name ? name : above) < 0)
		return NULL;
	return out;
}

unsigned mounts_at(const char *mnt, bool *ours)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	char line[2 * PATH_MAX];
	struct mntent entry;
	unsigned n = 0;

	*ours = false;
	if (!table)
		return 0;
	while (getmntent_r(table, &entry, line, sizeof(line))) {
		if (strcmp(entry.mnt_dir, mnt) != 0)
			continue;
		*ours = strcmp(entry.mnt_type, fs_type) == 0;
		n++;
	}
	endmntent(table);
	return n;
}

void mounts_free_list(char **list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static bool is_of_user(const struct mntent *entry, uid_t uid)
{
	static const char key[] = "user_id";
	const char *option = hasmntopt(entry, key);

	return strcmp(entry->mnt_type, fs_type) == 0 && option &&
	       strtoul(option + sizeof(key), NULL, 10) == uid;
}

/* Once, where several lie on one another. */
static int add_to_list(const char *mnt, char ***list, unsigned *n)
{
	char **longer;

	for (unsigned i = 0; i < *n; i++)
		if (strcmp((*list)[i], mnt) == 0)
			return 0;
	longer = reallocarray(*list, *n + 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	*list = longer;
	longer[*n] = strdup(mnt);
	if (!longer[*n])
		return -ENOMEM;
	++*n;
	return 0;
}

int mounts_of_user(uid_t uid, char ***list, unsigned *n)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	char line[2 * PATH_MAX];
	struct mntent entry;
	char **found = NULL;
	unsigned n_found = 0;
	int r = 0;

	if (!table)
		return -errno;
	while (r == 0 && getmntent_r(table, &entry, line, sizeof(line)))
		if (is_of_user(&entry, uid))
			r = add_to_list(entry.mnt_dir, &found, &n_found);
	endmntent(table);
	if (r < 0) {
		mounts_free_list(found, n_found);
		return r;
	}
	*list = found;
	*n = n_found;
	return 0;
}

/* Run @argv with no signal blocked, whatever the caller blocks. */
static int run(char **argv)
{
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid;
	int status;
	int r;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawnp(&pid, argv[0], NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (r)
		return -r;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

/* What a user without privileges has for umount2(2). */
static int detach_as_user(const char *mnt, bool lazy, bool quiet)
{
	char program[] = "fusermount3";
	char how[] = "-uzq";
	char end[] = "--";
	CLEANUP(freep) char *folder = strdup(mnt);
	char *argv[] = { program, how, end, folder, NULL };

	snprintf(how, sizeof(how), "-u%s%s", lazy ? "z" : "", quiet ? "q" : "");
	return folder ? run(argv) : -ENOMEM;
}

int mounts_detach(const char *mnt, bool lazy, bool quiet)
{
	if (umount2(mnt, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)) == 0)
		return 0;
	return errno == EPERM ? detach_as_user(mnt, lazy, quiet) : -errno;
}

unsigned mounts_readahead(unsigned n_threads)
{
	const unsigned most = MOUNTS_READAHEAD_MAX / MOUNTS_READAHEAD_THREAD;

	return MOUNTS_READAHEAD_THREAD * (n_threads < most ? n_threads : most);
}

int mounts_set_readahead(dev_t device, unsigned kib)
{
	char text[64];
	CLEANUP(closep) int fd = -1;
	int n;

	snprintf(text, sizeof(text), "/sys/class/bdi/%u:%u/read_ahead_kb", major(device),
			minor(device));
	fd = open(text, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = snprintf(text, sizeof(text), "%u\n", kib);
	return write(fd, text, (size_t)n) == n ? 0 : -EIO;
}
