/* SPDX-License-Identifier: MIT */
/*
 * A folder for objects, of one test's own: a tmpfs of 64 MiB in a mount namespace that ends with
 * the program, or plain. Each has a file of a pattern as payload.
 */
#ifndef GENOFS_TESTS_SHM_FOLDER_H
#define GENOFS_TESTS_SHM_FOLDER_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/shm/shm_create.h"
#include "core/shm/shm_lease.h"
#include "core/shm/shm_manage.h"
#include "core/shm/shm_object.h"

enum { KIND = 0x74736574, KIND_VERSION = 3, SIZE = 300000 };

static char folder[64];
static bool folder_is_tmpfs;
static bool have_mounts;

static inline bool write_proc(const char *pathname, const char *text)
{
	int fd = open(pathname, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/*
 * Mounts of ours are seen by us alone. Root, or whoever may have a user namespace; where neither
 * may, all folders are plain ones.
 */
static inline int own_mounts(void **state)
{
	char users[32];
	char groups[32];
	bool root = geteuid() == 0;

	(void)state;
	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	have_mounts = unshare(root ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0;
	if (have_mounts && !root &&
			!(write_proc("/proc/self/uid_map", users) &&
					write_proc("/proc/self/setgroups", "deny") &&
					write_proc("/proc/self/gid_map", groups)))
		return -1;
	return have_mounts ? mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) : 0;
}

static inline int folder_make(void **state)
{
	folder_is_tmpfs = have_mounts && *(const char *)*state == 't';
	snprintf(folder, sizeof(folder), "/tmp/test-shm.XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	return folder_is_tmpfs ? mount("none", folder, "tmpfs", 0, "size=64m") : 0;
}

/* For tests of what only a file system of that kind or size does. */
static inline bool lacks_tmpfs(void)
{
	if (!folder_is_tmpfs)
		print_message("# no file system may be mounted here: not tested\n");
	return !folder_is_tmpfs;
}

static inline const char *in_folder(const char *file)
{
	static char pathname[2][PATH_MAX];
	static unsigned which;

	which = !which;
	snprintf(pathname[which], PATH_MAX, "%s/%s", folder, file);
	return pathname[which];
}

static inline unsigned files_in_folder(void)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* What a test leaves is what gc removes: the folder is empty after it. */
static inline int folder_drop(void **state)
{
	int r = shm_gc(folder, 0, NULL, NULL, NULL, NULL);

	(void)state;
	if (r == 0 && files_in_folder())
		r = -1;
	if (folder_is_tmpfs && umount(folder) < 0)
		r = -1;
	return rmdir(folder) < 0 ? -1 : r;
}

static char on_tmpfs[] __attribute__((unused)) = "tmpfs";
static char on_disk[] __attribute__((unused)) = "disk";

#define ON_TMPFS(f) cmocka_unit_test_prestate_setup_teardown(f, folder_make, folder_drop, on_tmpfs)
#define ON_DISK(f) cmocka_unit_test_prestate_setup_teardown(f, folder_make, folder_drop, on_disk)

static inline struct shm_wanted wanted_named(const char *name)
{
	struct shm_wanted w = {
		.folder = folder, .name = name, .kind = KIND, .kind_version = KIND_VERSION
	};

	return w;
}

/* Byte @i of each payload. */
static inline uint8_t pattern(uint64_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static inline int fill_pattern(void *payload, uint64_t size, void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	for (uint64_t i = 0; i < size; i++)
		((uint8_t *)payload)[i] = pattern(i);
	return 0;
}

static inline int check_pattern(const void *payload, uint64_t size, void *arg, struct err *err)
{
	(void)arg;
	for (uint64_t i = 0; i < size; i++)
		if (((const uint8_t *)payload)[i] != pattern(i))
			return err_set(err, -EBADMSG, "byte %llu", (unsigned long long)i);
	return 0;
}

static inline bool is_whole(const struct shm_object *o)
{
	return shm_verify(o, NULL) == 0 &&
	       check_pattern(shm_payload(o), shm_payload_size(o), NULL, NULL) == 0;
}

static inline struct shm_maker pattern_maker(void)
{
	struct shm_maker m = { .size = SIZE, .fill = fill_pattern, .verify = check_pattern };

	return m;
}

/* Make the object @name, or attach to it; the return value of shm_create(). */
static inline int make_named(const char *name, struct shm_object **out)
{
	struct shm_wanted wanted = wanted_named(name);
	struct shm_maker maker = pattern_maker();

	return shm_create(&wanted, &maker, out, NULL);
}

static inline int drop_named(const char *name, struct err *err)
{
	struct shm_wanted wanted = wanted_named(name);

	return shm_drop(&wanted, err);
}

/* An object that nobody has attached. */
static inline void leave_named(const char *name)
{
	struct shm_object *o = NULL;

	assert_int_equal(make_named(name, &o), 0);
	shm_detach(o);
}

static inline void write_file(const char *pathname, const void *bytes, size_t n)
{
	int fd = open(pathname, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* The file of our object @name. */
static inline const char *object_path(const char *name)
{
	char file[SHM_FILE_MAX];

	shm_object_file(shm_user(), name, file);
	return in_folder(file);
}

#endif
