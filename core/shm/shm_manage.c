/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_manage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/base/deadline.h"
#include "core/shm/shm_lease.h"

const char *const shm_state_names[N_SHM_STATES] = {
	[SHM_READY] = "ready",
	[SHM_DAMAGED] = "damaged",
	[SHM_OTHER_VERSION] = "other version",
	[SHM_UNREADABLE] = "of another user",
};

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* NULL, and the reason in @r, where it cannot be read. */
static DIR *open_entries(const char *folder, int *r, struct err *err)
{
	int fd = shm_folder_open(folder, err);
	DIR *dir;

	*r = fd;
	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir) {
		*r = err_set(err, -ENOMEM, "out of memory");
		close(fd);
	}
	return dir;
}

static void describe_stat(const struct stat *st, struct shm_info *info)
{
	info->uid = st->st_uid;
	info->mode = st->st_mode & 07777;
	info->size = (uint64_t)st->st_size;
	info->last_used = (int64_t)st->st_atim.tv_sec * NS_PER_S + st->st_atim.tv_nsec;
}

/* What the open file is. -EBADMSG where it is not genofs's. */
static int describe(int fd, struct shm_info *info, struct shm_header *header)
{
	uint8_t magic[8];
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (pread(fd, magic, sizeof(magic), 0) != sizeof(magic) ||
			!shm_header_is_ours(magic, sizeof(magic)))
		return -EBADMSG;
	describe_stat(&st, info);
	r = shm_read_header(fd, info->size, header, NULL);
	if (r < 0 && r != -EBADMSG && r != -ENOTSUP)
		return r;
	info->state = r == 0 ? SHM_READY : r == -ENOTSUP ? SHM_OTHER_VERSION : SHM_DAMAGED;
	info->header = r == 0 ? header : NULL;
	return 0;
}

static unsigned count_holders(const struct stat *st)
{
	CLEANUP(buf_done) struct buf pids = { 0 };

	return shm_lease_pids(st, &pids) < 0 ? 0 : (unsigned)(pids.len / sizeof(pid_t));
}

/* Return: 0; -EBADMSG where the file is none of genofs's; a negative errno. */
static int list_one(int folder, const char *file, struct shm_info *info, struct shm_header *header)
{
	struct stat st;
	CLEANUP(closep) int fd = shm_file_open(folder, file, &st, NULL);

	if (fd == -EACCES && fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(st.st_mode)) {
		describe_stat(&st, info);
		info->state = SHM_UNREADABLE;
		return 0;
	}
	if (fd < 0)
		return fd;
	info->n_holders = count_holders(&st);
	return describe(fd, info, header);
}

int shm_list(const char *folder, int (*visit)(const struct shm_info *info, void *arg), void *arg,
		struct err *err)
{
	int r;
	CLEANUP(closedirp) DIR *dir = open_entries(folder, &r, err);
	CLEANUP(freep) struct shm_header *header = malloc(sizeof(*header));
	const struct dirent *entry;

	if (!dir)
		return r;
	if (!header)
		return err_set(err, -ENOMEM, "out of memory");
	while ((entry = readdir(dir))) {
		struct shm_info info = { 0 };

		/* What vanished meanwhile is no failure. */
		if (shm_file_parse(entry->d_name, &info.user, &info.name) != SHM_FILE_OBJECT ||
				list_one(dirfd(dir), entry->d_name, &info, header) < 0)
			continue;
		r = visit(&info, arg);
		if (r)
			return r;
	}
	return 0;
}

/* Open the folder, and in it the object's file. */
static int open_wanted(const struct shm_wanted *wanted, int *folder, char file[SHM_FILE_MAX],
		struct stat *st, struct err *err)
{
	int r = shm_name_check(wanted->name, err);

	if (r < 0)
		return r;
	*folder = shm_folder_open(wanted->folder, err);
	if (*folder < 0)
		return *folder;
	r = shm_find(*folder, wanted->name, wanted->any_owner, file);
	if (r < 0)
		return err_set(err, r, "%s: there is no such object in %s", wanted->name,
				wanted->folder ? wanted->folder : SHM_FOLDER);
	return shm_file_open(*folder, file, st, err);
}

int shm_holders(const struct shm_wanted *wanted, struct buf *pids, struct err *err)
{
	CLEANUP(closep) int folder = -1;
	char file[SHM_FILE_MAX];
	struct stat st;
	CLEANUP(closep) int fd = open_wanted(wanted, &folder, file, &st, err);
	int r = fd < 0 ? fd : shm_lease_pids(&st, pids);

	return fd < 0 || r == 0 ? r : err_set(err, r, "/proc/locks: %s", strerror(-r));
}

static int refuse_held(const char *name, const struct stat *st, struct err *err)
{
	CLEANUP(buf_done) struct buf pids = { 0 };
	CLEANUP(buf_done) struct buf text = { 0 };
	size_t n;

	if (shm_lease_pids(st, &pids) < 0)
		buf_clear(&pids);
	n = pids.len / sizeof(pid_t);
	for (size_t i = 0; i < n && i < 20; i++) {
		pid_t pid;

		memcpy(&pid, pids.data + i * sizeof(pid), sizeof(pid));
		buf_printf(&text, "%s%d", i ? ", " : "", (int)pid);
	}
	buf_printf(&text, "%s", n > 20 ? ", ..." : "");
	if (n == 0 || buf_failed(&text))
		err_set(err, -EBUSY, "%s: in use by processes that cannot be seen from here", name);
	else
		err_set(err, -EBUSY, "%s: in use by process%s %.*s", name, n > 1 ? "es" : "",
				(int)text.len, (const char *)text.data);
	return err_cure(err, -EBUSY, "drop it when they have ended");
}

int shm_drop(const struct shm_wanted *wanted, struct err *err)
{
	CLEANUP(closep) int folder = -1;
	CLEANUP(freep) struct shm_header *header = malloc(sizeof(*header));
	struct shm_info info = { 0 };
	char file[SHM_FILE_MAX];
	struct stat st;
	CLEANUP(closep) int fd = open_wanted(wanted, &folder, file, &st, err);
	int r;

	if (fd < 0)
		return fd;
	if (!header)
		return err_set(err, -ENOMEM, "%s: out of memory", wanted->name);
	r = describe(fd, &info, header);
	if (r < 0)
		return err_set(err, r, "%s: was not made by genofs, and stays", wanted->name);
	r = shm_lease_exclude(fd, err);
	if (r == -EBUSY)
		return refuse_held(wanted->name, &st, err);
	if (r < 0)
		return err_prefix(err, r, "%s", wanted->name);
	/* Another dropped it just now: under the lock, what has the name keeps it. */
	if (!shm_file_is_named(folder, file, fd))
		return err_set(err, -ENOENT, "%s: was dropped by another", wanted->name);
	if (unlinkat(folder, file, 0) < 0)
		return err_set(err, -errno, "%s: cannot be dropped: %m", wanted->name);
	return 0;
}

/* One run of shm_gc(). */
struct gc {
	int folder;
	int64_t before; /* nanoseconds since 1970: what was used later stays */
	void (*removed)(const struct shm_info *info, void *arg);
	void *arg;
	struct shm_gone gone;
	struct shm_header header; /* scratch */
};

/* A descriptor of the file if it is ours to remove and nobody uses it, with the exclusive lock. */
static int claim(const struct gc *gc, const char *file)
{
	struct stat st;
	CLEANUP(closep) int fd = shm_file_open(gc->folder, file, &st, NULL);

	if (fd < 0 || (st.st_uid != geteuid() && geteuid() != 0))
		return -1;
	if (shm_lease_exclude(fd, NULL) < 0 || !shm_file_is_named(gc->folder, file, fd))
		return -1;
	return shm_fd_take(&fd);
}

static void gc_lock(struct gc *gc, const char *file)
{
	CLEANUP(closep) int fd = claim(gc, file);
	struct stat st;

	/* One that died while it made an object: who makes one holds it. It is empty. */
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size == 0 && unlinkat(gc->folder, file, 0) == 0)
		gc->gone.locks++;
}

static void gc_object(struct gc *gc, const char *file, struct shm_info *info)
{
	CLEANUP(closep) int fd = claim(gc, file);

	if (fd < 0 || describe(fd, info, &gc->header) < 0)
		return;
	if (info->state == SHM_OTHER_VERSION ||
			(info->state == SHM_READY && info->last_used > gc->before))
		return;
	if (unlinkat(gc->folder, file, 0) < 0)
		return;
	gc->gone.objects++;
	gc->gone.bytes += info->size;
	if (gc->removed)
		gc->removed(info, gc->arg);
}

static int64_t now_less(uint64_t seconds)
{
	struct timespec now;
	int64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
	return seconds > (uint64_t)ns / NS_PER_S ? 0 : ns - (int64_t)seconds * NS_PER_S;
}

int shm_gc(const char *folder, uint64_t unused_seconds,
		void (*removed)(const struct shm_info *info, void *arg), void *arg,
		struct shm_gone *out, struct err *err)
{
	int r;
	CLEANUP(closedirp) DIR *dir = open_entries(folder, &r, err);
	CLEANUP(freep) struct gc *gc = calloc(1, sizeof(*gc));
	const struct dirent *entry;

	if (!dir)
		return r;
	if (!gc)
		return err_set(err, -ENOMEM, "out of memory");
	gc->folder = dirfd(dir);
	gc->before = unused_seconds ? now_less(unused_seconds) : INT64_MAX;
	gc->removed = removed;
	gc->arg = arg;
	while ((entry = readdir(dir))) {
		struct shm_info info = { 0 };

		switch (shm_file_parse(entry->d_name, &info.user, &info.name)) {
		case SHM_FILE_LOCK:
			gc_lock(gc, entry->d_name);
			break;
		case SHM_FILE_OBJECT:
			gc_object(gc, entry->d_name, &info);
			break;
		case SHM_FILE_FOREIGN:
			break;
		}
	}
	if (out)
		*out = gc->gone;
	return 0;
}
