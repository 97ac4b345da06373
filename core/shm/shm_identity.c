/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <xxhash.h>

#include "core/base/cleanup.h"
#include "core/base/deadline.h"

enum {
	END = 1 << 20, /* bytes at either end that the quick digest has */
	SAMPLE = 4096,
	N_SAMPLES = 64,
	WHOLE_MAX = 4 << 20,
	PIECE = 64 << 10 /* read at a time: it stays in the processor's cache */
};

static void free_state(XXH3_state_t **state)
{
	XXH3_freeState(*state);
}

/* What a digest is being taken of. */
struct taken {
	int fd;
	const char *path;
	XXH3_state_t *state;
	uint8_t *piece; /* PIECE bytes */
};

static int add_range(const struct taken *t, uint64_t at, uint64_t n, struct err *err)
{
	while (n) {
		size_t want = n < PIECE ? (size_t)n : PIECE;
		ssize_t got = pread(t->fd, t->piece, want, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, -errno, "%s: cannot be read: %m", t->path);
		if (got == 0)
			return err_set(err, -ESTALE, "%s: became shorter while it was read",
					t->path);
		XXH3_128bits_update(t->state, t->piece, (size_t)got);
		at += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return 0;
}

static int add_samples(const struct taken *t, uint64_t size, struct err *err)
{
	uint64_t little = htole64(size);
	uint64_t step;
	int r;

	XXH3_128bits_update(t->state, &little, sizeof(little));
	if (size <= WHOLE_MAX)
		return add_range(t, 0, size, err);
	step = (size - END - END - SAMPLE) / N_SAMPLES;
	r = add_range(t, 0, END, err);
	for (unsigned i = 0; r == 0 && i < N_SAMPLES; i++)
		r = add_range(t, END + i * step, SAMPLE, err);
	return r < 0 ? r : add_range(t, size - END, END, err);
}

static int take_digest(int fd, const char *path, uint64_t size, bool all, struct digest *out,
		struct err *err)
{
	CLEANUP(free_state) XXH3_state_t *state = XXH3_createState();
	CLEANUP(freep) uint8_t *piece = malloc(PIECE);
	struct taken t = { .fd = fd, .path = path, .state = state, .piece = piece };
	XXH128_hash_t h;
	int r;

	if (!state || !piece)
		return err_set(err, -ENOMEM, "%s: out of memory", path);
	XXH3_128bits_reset(state);
	r = all ? add_range(&t, 0, size, err) : add_samples(&t, size, err);
	if (r < 0)
		return r;
	h = XXH3_128bits_digest(state);
	*out = (struct digest){ .low = h.low64, .high = h.high64 };
	return 0;
}

static int64_t mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec;
}

static int open_source(const char *pathname, int *fd, struct stat *st, struct err *err)
{
	/* O_NONBLOCK: a FIFO is refused, not waited for. */
	*fd = open(pathname, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0 || fstat(*fd, st) < 0)
		return err_set(err, -errno, "%s: cannot be read: %m", pathname);
	if (!S_ISREG(st->st_mode))
		return err_set(err, -EINVAL, "%s: is not a regular file", pathname);
	return 0;
}

/* Nothing was written while it was read, as far as size and time can tell. */
static int still_the_same(int fd, const char *path, const struct stat *before, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s: %m", path);
	if (st.st_size != before->st_size || mtime_of(&st) != mtime_of(before))
		return err_set(err, -ESTALE, "%s: was changed while it was read", path);
	return 0;
}

int shm_identity(const char *pathname, struct shm_identity *out, struct err *err)
{
	CLEANUP(freep) char *path = realpath(pathname, NULL);
	CLEANUP(closep) int fd = -1;
	struct digest quick;
	struct stat st = { 0 };
	int r;

	if (!path)
		return err_set(err, -errno, "%s: %m", pathname);
	if (strlen(path) >= SHM_SOURCE_MAX)
		return err_set(err, -ENAMETOOLONG, "%s: its pathname is longer than %d bytes",
				pathname, SHM_SOURCE_MAX - 1);
	r = open_source(path, &fd, &st, err);
	if (r == 0)
		r = take_digest(fd, path, (uint64_t)st.st_size, false, &quick, err);
	if (r == 0)
		r = still_the_same(fd, path, &st, err);
	if (r < 0)
		return r;
	memset(out, 0, sizeof(*out));
	memcpy(out->path, path, strlen(path) + 1);
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	out->size = (uint64_t)st.st_size;
	out->mtime = mtime_of(&st);
	out->quick = quick;
	return 0;
}

int shm_identity_full(struct shm_identity *id, struct err *err)
{
	CLEANUP(closep) int fd = -1;
	struct stat st = { 0 };
	int r = open_source(id->path, &fd, &st, err);

	if (r < 0)
		return r;
	if ((uint64_t)st.st_size != id->size || mtime_of(&st) != id->mtime)
		return err_set(err, -ESTALE, "%s: was changed while it was read", id->path);
	r = take_digest(fd, id->path, id->size, true, &id->full, err);
	return r < 0 ? r : still_the_same(fd, id->path, &st, err);
}

static const char *time_text(int64_t ns, char out[32])
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &tm))
		memcpy(out, "?", 2);
	return out;
}

static int refuse(const struct shm_identity *made, const struct shm_identity *now, struct err *err)
{
	char then[32];
	char today[32];
	const char *which = now->mtime > made->mtime   ? "newer than"
			    : now->mtime < made->mtime ? "older than"
						       : "as old as";

	time_text(made->mtime, then);
	time_text(now->mtime, today);
	/* The names are cut, so that the rest of the line is seen whatever their length. */
	if (strcmp(made->path, now->path) == 0)
		err_set(err, -ESTALE,
				"%.160s: the file (of %s) is %s and not the same as what was "
				"loaded "
				"(of %s)",
				now->path, today, which, then);
	else
		err_set(err, -ESTALE,
				"was loaded from another file: %.90s (of %s); %.90s (of %s) is %s "
				"it",
				made->path[0] ? made->path : "none", then, now->path, today, which);
	return err_cure(err, -ESTALE, "drop the object and load it again, or use another name");
}

int shm_identity_compare(
		const struct shm_identity *made, const struct shm_identity *now, struct err *err)
{
	CLEANUP(freep) struct shm_identity *all = NULL;
	int r;

	if (!made->path[0] || made->size != now->size || !digest_equal(made->quick, now->quick))
		return refuse(made, now, err);
	if (made->mtime == now->mtime)
		return 0;
	all = malloc(sizeof(*all));
	if (!all)
		return err_set(err, -ENOMEM, "%s: out of memory", now->path);
	*all = *now;
	r = shm_identity_full(all, err);
	if (r < 0)
		return r;
	return digest_equal(made->full, all->full) ? 0 : refuse(made, now, err);
}
