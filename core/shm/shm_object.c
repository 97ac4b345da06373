/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_object.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/shm/shm_lease.h"

struct shm_object {
	int fd;       /* holds the lease; owned */
	uint8_t *map; /* of header.total bytes; owned */
	struct shm_header header;
	char name[SHM_NAME_MAX + 1];
};

static const char *folder_name(const char *folder)
{
	return folder ? folder : SHM_FOLDER;
}

int shm_folder_open(const char *folder, struct err *err)
{
	int fd = open(folder_name(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(err, -errno, "%s: %m", folder_name(folder)) : fd;
}

static bool is_there(int folder, const char *file)
{
	struct stat st;

	return fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* The first of the folder that has this name, whoever it belongs to. */
static int find_any(int folder, const char *name, char file[SHM_FILE_MAX])
{
	CLEANUP(closedirp) DIR *dir = NULL;
	const struct dirent *entry;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		const char *found;
		uint32_t user;

		if (shm_file_parse(entry->d_name, &user, &found) == SHM_FILE_OBJECT &&
				strcmp(found, name) == 0) {
			shm_object_file(user, name, file);
			return 0;
		}
	}
	return -ENOENT;
}

int shm_find(int folder, const char *name, bool any_owner, char file[SHM_FILE_MAX])
{
	shm_object_file(shm_user(), name, file);
	if (is_there(folder, file))
		return 0;
	/* Root's, where it is for all. */
	shm_object_file(0, name, file);
	if (faccessat(folder, file, R_OK, AT_EACCESS) == 0)
		return 0;
	return any_owner ? find_any(folder, name, file) : -ENOENT;
}

int shm_read_header(int fd, uint64_t file_size, struct shm_header *out, struct err *err)
{
	uint8_t page[SHM_HEADER_LEN];
	ssize_t n;

	do
		n = pread(fd, page, sizeof(page), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(err, -errno, "cannot be read: %m");
	return shm_header_read(page, (size_t)n, file_size, out, err);
}

static int check_owner(const struct stat *st, bool any_owner, struct err *err)
{
	if (any_owner || st->st_uid == geteuid() || st->st_uid == 0)
		return 0;
	err_set(err, -EPERM, "belongs to user %u", st->st_uid);
	return err_cure(err, -EPERM, "use another name, or allow objects of other users");
}

static int check_wanted(
		const struct shm_header *h, const struct shm_wanted *wanted, struct err *err)
{
	static const char cure[] = "drop it and load it again, or use another name";

	if (wanted->kind && h->kind != wanted->kind) {
		err_set(err, -EINVAL, "holds something else: payload of kind %u, not %u", h->kind,
				wanted->kind);
		return err_cure(err, -EINVAL, cure);
	}
	if (wanted->kind && h->kind_version != wanted->kind_version) {
		err_set(err, -ENOTSUP, "has payload version %u, and this genofs reads %u",
				h->kind_version, wanted->kind_version);
		return err_cure(err, -ENOTSUP, cure);
	}
	return wanted->source ? shm_identity_compare(&h->source, wanted->source, err) : 0;
}

/* That it was used just now: the owner can say so, for others the kernel does once a day. */
static void mark_used(int fd)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_OMIT } };

	futimens(fd, times);
}

/* -EAGAIN where it was dropped meanwhile. */
static int attach_file(int folder, const char *file, const struct shm_wanted *wanted,
		struct shm_object *o, struct err *err)
{
	struct stat st;
	int r;

	o->fd = shm_file_open(folder, file, &st, err);
	if (o->fd < 0)
		return o->fd;
	r = check_owner(&st, wanted->any_owner, err);
	if (r == 0)
		r = shm_lease_take(o->fd, err);
	if (r == 0)
		r = shm_read_header(o->fd, (uint64_t)st.st_size, &o->header, err);
	if (r == 0)
		r = check_wanted(&o->header, wanted, err);
	if (r < 0)
		return err_prefix(err, r, "%s", wanted->name);
	o->map = mmap(NULL, o->header.total, PROT_READ, MAP_SHARED, o->fd, 0);
	if (o->map == MAP_FAILED) {
		o->map = NULL;
		return err_set(err, -errno, "%s: cannot be mapped: %m", wanted->name);
	}
	mark_used(o->fd);
	return 0;
}

static int attach_once(int folder, const struct shm_wanted *wanted, struct shm_object **out,
		struct err *err)
{
	CLEANUP(shm_detachp) struct shm_object *o = NULL;
	char file[SHM_FILE_MAX];
	int r = shm_find(folder, wanted->name, wanted->any_owner, file);

	if (r == -ENOENT)
		return err_set(err, r, "%s: there is no such object in %s", wanted->name,
				folder_name(wanted->folder));
	if (r < 0)
		return err_set(err, r, "%s: %s", folder_name(wanted->folder), strerror(-r));
	o = calloc(1, sizeof(*o));
	if (!o)
		return err_set(err, -ENOMEM, "%s: out of memory", wanted->name);
	o->fd = -1;
	r = attach_file(folder, file, wanted, o, err);
	if (r < 0)
		return r;
	memcpy(o->name, wanted->name, strlen(wanted->name) + 1);
	*out = o;
	o = NULL;
	return 0;
}

int shm_attach(const struct shm_wanted *wanted, struct shm_object **out, struct err *err)
{
	CLEANUP(closep) int folder = -1;
	struct err failure = { 0 };
	int r = shm_name_check(wanted->name, err);

	if (r < 0)
		return r;
	folder = shm_folder_open(wanted->folder, err);
	if (folder < 0)
		return folder;
	do
		r = attach_once(folder, wanted, out, &failure);
	while (r == -EAGAIN);
	if (r < 0 && err)
		*err = failure;
	return r;
}

void shm_detach(struct shm_object *o)
{
	if (!o)
		return;
	if (o->map) {
		munmap(o->map, o->header.total);
		mark_used(o->fd);
	}
	if (o->fd >= 0)
		close(o->fd);
	free(o);
}

void shm_detachp(struct shm_object **o)
{
	shm_detach(*o);
}

const void *shm_payload(const struct shm_object *o)
{
	return o->map + o->header.payload_offset;
}

uint64_t shm_payload_size(const struct shm_object *o)
{
	return o->header.payload_size;
}

const struct shm_header *shm_object_header(const struct shm_object *o)
{
	return &o->header;
}

const char *shm_object_name(const struct shm_object *o)
{
	return o->name;
}

int shm_verify(const struct shm_object *o, struct err *err)
{
	if (checksum_fits(shm_payload(o), o->header.payload_size, o->header.payload_checksum))
		return 0;
	err_set(err, -EBADMSG, "%s: is damaged: bad checksum of its payload", o->name);
	return err_cure(err, -EBADMSG, "drop it and load it again");
}
