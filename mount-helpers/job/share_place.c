/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/share_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/base/job_tag.h"
#include "core/base/words.h"

#define LOCK_SUFFIX ".lock"

enum {
	NAME_SIZE = SHARE_KEY_MAX + 8, /* bytes of a file's name, with the NUL */
	WAITING_MAX = 1024,            /* who connect before the keeper looks */
	ATTEMPTS = 1000                /* to make a folder that others remove */
};

/* ---- the key ---- */

static void add_file(struct buf *b, const char *pathname)
{
	CLEANUP(freep) char *real = realpath(pathname, NULL);
	struct stat st;

	if (!real || stat(real, &st) < 0)
		return;
	buf_printf(b, "%s dev=%ju ino=%ju size=%jd time=%jd.%ld\n", real, (uintmax_t)st.st_dev,
			(uintmax_t)st.st_ino, (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			st.st_mtim.tv_nsec);
}

/* The folder's name comes from the source as it is given. */
static void add_source(struct buf *b, const char *source)
{
	const char *pathname = words_source(source);
	const char *name = strrchr(pathname, '/');

	buf_printf(b, "source %.*s %s\n", (int)(pathname - source), source,
			name ? name + 1 : pathname);
	add_file(b, pathname);
}

static int make_key(const struct job_request *request, char out[SHARE_KEY_MAX])
{
	const char *list = request->server.options ? request->server.options : "";
	const char *end = list + strlen(list);
	CLEANUP(freep) char *word = malloc(strlen(list) + 1);
	char tag[JOB_TAG_MAX];
	struct buf b = { 0 };
	struct digest digest;
	int r;

	if (!word)
		return -ENOMEM;
	job_tag(tag);
	buf_printf(&b, "genofs %s %s\n", GENOFS_VERSION, tag);
	while (words_next(&list, end, word)) {
		const char *value = strchr(word, '=');

		buf_printf(&b, "option %s\n", word);
		if (value)
			add_file(&b, value + 1);
	}
	for (size_t i = 0; i < request->server.n_sources; i++)
		add_source(&b, request->server.sources[i]);
	r = buf_failed(&b) ? -ENOMEM : 0;
	if (r == 0) {
		digest = digest_of(b.data, b.len);
		snprintf(out, SHARE_KEY_MAX, "%016" PRIx64 "%016" PRIx64, digest.high, digest.low);
	}
	buf_done(&b);
	return r;
}

/* ---- the folder ---- */

static int open_folder(struct share_place *place, struct err *err)
{
	struct stat st;

	if (place->folder >= 0)
		close(place->folder);
	place->folder = -1;
	if (mkdir(place->pathname, 0700) < 0 && errno != EEXIST)
		return err_set(err, -errno, "%s: %m", place->pathname);
	place->folder = open(place->pathname, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place->folder < 0 && errno == ENOENT)
		return -EAGAIN; /* removed by the last who was in there */
	if (place->folder < 0 || fstat(place->folder, &st) < 0)
		return err_set(err, -errno, "%s: %m", place->pathname);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return err_set(err, -EPERM,
				"%s is not yours alone, so nothing is shared there; remove it, or "
				"set XDG_RUNTIME_DIR",
				place->pathname);
	return 0;
}

static bool is_own_folder(const char *pathname)
{
	struct stat st;

	return pathname && *pathname == '/' && stat(pathname, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & 077);
}

int share_place_open(const struct job_request *request, struct share_place *out, struct err *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n;
	int r = make_key(request, out->key);

	if (r < 0)
		return err_set(err, r, "out of memory");
	out->folder = -1;
	if (is_own_folder(runtime))
		n = snprintf(out->pathname, sizeof(out->pathname), "%s/genofs", runtime);
	else
		n = snprintf(out->pathname, sizeof(out->pathname), "/tmp/genofs-%u", geteuid());
	return n < (int)sizeof(out->pathname) ? 0 : err_set(err, -ENAMETOOLONG, "XDG_RUNTIME_DIR");
}

void share_place_done(struct share_place *place)
{
	if (place->folder >= 0)
		close(place->folder);
	place->folder = -1;
}

/* ---- the lock ---- */

static void file_name(const char *key, const char *suffix, char out[NAME_SIZE])
{
	snprintf(out, NAME_SIZE, "%s%s", key, suffix);
}

/* Whether what was opened and locked still has its name: its last user removes it. */
static bool is_there(const struct share_place *place, const char *name, int fd)
{
	struct stat named;
	struct stat st;

	return fstatat(place->folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &st) == 0 && named.st_ino == st.st_ino && named.st_dev == st.st_dev;
}

static int lock_file(const struct share_place *place, const char *key, int flags, int how)
{
	char name[NAME_SIZE];
	int r = 0;
	int fd;

	file_name(key, LOCK_SUFFIX, name);
	fd = openat(place->folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | how) < 0 && r == 0)
		r = errno == EINTR ? 0 : -errno;
	if (r == 0 && !is_there(place, name, fd))
		r = -ENOENT;
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

int share_place_lock(struct share_place *place, struct err *err)
{
	int r = -EAGAIN;

	for (int i = 0; i < ATTEMPTS && (r == -EAGAIN || r == -ENOENT); i++) {
		r = open_folder(place, err);
		if (r == 0)
			r = lock_file(place, place->key, O_CREAT, 0);
		else if (r != -EAGAIN)
			return r;
	}
	return r < 0 ? err_set(err, r, "%s: %s", place->pathname, strerror(-r)) : r;
}

int share_place_try_lock(const struct share_place *place, const char *key)
{
	return lock_file(place, key, 0, LOCK_NB);
}

/* ---- the socket ---- */

/* By the folder's descriptor, since such names are short. */
static void address_of(const struct share_place *place, const char *key, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s.sock", place->folder,
			key);
}

int share_place_connect(const struct share_place *place, const char *key)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	int r = 0;

	if (fd < 0)
		return -errno;
	address_of(place, key, &address);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		close(fd);
	}
	return r < 0 ? r : fd;
}

int share_place_listen(const struct share_place *place)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	int r = 0;

	if (fd < 0)
		return -errno;
	address_of(place, place->key, &address);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
			listen(fd, WAITING_MAX) < 0) {
		r = -errno;
		close(fd);
	}
	return r < 0 ? r : fd;
}

/* ---- what is left ---- */

void share_place_remove(const struct share_place *place, const char *key)
{
	char name[NAME_SIZE];

	file_name(key, ".sock", name);
	unlinkat(place->folder, name, 0);
	file_name(key, LOCK_SUFFIX, name);
	unlinkat(place->folder, name, 0); /* last: who waits for it then makes another */
	rmdir(place->pathname);
}

static void sweep_key(const struct share_place *place, const char *key)
{
	CLEANUP(closep) int lock = share_place_try_lock(place, key);
	int fd;

	if (lock < 0)
		return;
	fd = share_place_connect(place, key);
	if (fd >= 0)
		close(fd);
	else if (fd == -ECONNREFUSED || fd == -ENOENT)
		share_place_remove(place, key);
}

void share_place_sweep(const struct share_place *place)
{
	int fd = openat(place->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(folder))) { /* NOLINT(concurrency-mt-unsafe): this stream is ours */
		char key[SHARE_KEY_MAX];
		size_t n = strlen(entry->d_name);

		if (n != SHARE_KEY_MAX - 1 + strlen(LOCK_SUFFIX) ||
				strcmp(entry->d_name + SHARE_KEY_MAX - 1, LOCK_SUFFIX) != 0)
			continue;
		memcpy(key, entry->d_name, SHARE_KEY_MAX - 1);
		key[SHARE_KEY_MAX - 1] = '\0';
		if (strcmp(key, place->key) != 0)
			sweep_key(place, key);
	}
	closedir(folder);
}
