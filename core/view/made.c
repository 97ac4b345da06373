/* SPDX-License-Identifier: MIT */
#include "core/view/made.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/view/query.h"

struct made_file {
	const struct view_kind *kind;
	struct dataset dataset; /* its query may be gone once the content is made */
	uint64_t query;         /* number of that; 0 */
	struct buf content;     /* once it is made */
	bool making;            /* by lock, as all below */
	bool listed;
	int status;             /* of making it */
	unsigned refs;          /* one is the list's */
	struct made_file *next; /* in the list; the one used last comes first */
};

struct made_files {
	size_t budget;
	pthread_mutex_t lock;
	pthread_cond_t made;
	struct made_file *files; /* by lock */
	size_t used;             /* by lock */
};

int made_files_new(size_t budget, struct made_files **out)
{
	struct made_files *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->budget = budget;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->made, NULL);
	*out = m;
	return 0;
}

static void file_free(struct made_file *f)
{
	buf_done(&f->content);
	free(f);
}

void made_files_free(struct made_files *m)
{
	if (!m)
		return;
	while (m->files) {
		struct made_file *f = m->files;

		m->files = f->next;
		file_free(f);
	}
	pthread_cond_destroy(&m->made);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static uint64_t query_of(const struct dataset *d)
{
	return d->query ? query_serial(d->query) : 0;
}

static bool is_of(const struct made_file *f, const struct view_kind *k, const struct dataset *d)
{
	const struct dataset *of = &f->dataset;

	return f->kind == k && f->query == query_of(d) && of->store == d->store &&
	       of->level == d->level && of->contig == d->contig &&
	       of->first_chunk == d->first_chunk;
}

/* With the lock: the file first in the list, there already or new. NULL: no memory. */
static struct made_file *find(
		struct made_files *m, const struct view_kind *k, const struct dataset *d)
{
	struct made_file **at = &m->files;
	struct made_file *f;

	while (*at && !is_of(*at, k, d))
		at = &(*at)->next;
	f = *at;
	if (f) {
		*at = f->next;
	} else {
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		f->kind = k;
		f->dataset = *d;
		f->query = query_of(d);
		f->refs = 1;
		f->listed = true;
	}
	f->next = m->files;
	m->files = f;
	return f;
}

static void put(struct made_files *m, struct made_file *f)
{
	bool last;

	if (!m) {
		file_free(f);
		return;
	}
	pthread_mutex_lock(&m->lock);
	last = --f->refs == 0;
	pthread_mutex_unlock(&m->lock);
	if (last)
		file_free(f);
}

/* With the lock: let go of the ones that were not used for the longest, but for the first. */
static void make_room(struct made_files *m)
{
	while (m->used > m->budget && m->files->next) {
		struct made_file **at = &m->files->next;
		struct made_file *f;

		while ((*at)->next)
			at = &(*at)->next;
		f = *at;
		*at = NULL;
		f->listed = false;
		m->used -= f->making ? 0 : f->content.len;
		if (--f->refs == 0)
			file_free(f);
	}
}

/* With the lock: off the list, so that the next one who asks tries again. */
static void forget(struct made_files *m, struct made_file *f)
{
	struct made_file **at = &m->files;

	if (!f->listed)
		return;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->listed = false;
	f->refs--;
}

void made_files_forget(struct made_files *m, uint64_t query)
{
	struct made_file **at;

	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	at = &m->files;
	while (*at) {
		struct made_file *f = *at;

		if (f->query != query) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		f->listed = false;
		m->used -= f->making ? 0 : f->content.len;
		if (--f->refs == 0)
			file_free(f);
	}
	pthread_mutex_unlock(&m->lock);
}

static int make_content(struct made_file *f, struct err *err)
{
	const struct made_kind *made = f->kind->of;
	int r = made->make(f->kind, &f->dataset, &f->content, err);

	return r == 0 && buf_failed(&f->content) ? err_set(err, -ENOMEM, "out of memory") : r;
}

static int make(struct made_files *m, struct made_file *f, struct err *err)
{
	int r = make_content(f, err);

	pthread_mutex_lock(&m->lock);
	f->making = false;
	f->status = r;
	if (r < 0) {
		forget(m, f);
	} else if (f->listed) {
		m->used += f->content.len;
		make_room(m);
	}
	pthread_cond_broadcast(&m->made);
	pthread_mutex_unlock(&m->lock);
	return r;
}

/* Made for this once. */
static int get_unkept(const struct view_kind *k, const struct dataset *d, struct made_file **out,
		struct err *err)
{
	struct made_file *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(err, -ENOMEM, "out of memory");
	f->kind = k;
	f->dataset = *d;
	r = make_content(f, err);
	if (r < 0)
		file_free(f);
	else
		*out = f;
	return r;
}

/* The file, made; a reference for put(). */
static int get(struct made_files *m, const struct view_kind *k, const struct dataset *d,
		struct made_file **out, struct err *err)
{
	struct made_file *f;
	bool mine = false;
	int r = 0;

	if (!m)
		return get_unkept(k, d, out, err);

	pthread_mutex_lock(&m->lock);
	f = find(m, k, d);
	if (f) {
		f->refs++;
		mine = f->refs == 2 && !f->making && !f->content.len && f->status == 0;
		f->making |= mine;
		while (!mine && f->making)
			pthread_cond_wait(&m->made, &m->lock);
		r = f->status;
	}
	pthread_mutex_unlock(&m->lock);
	if (!f)
		return err_set(err, -ENOMEM, "out of memory");
	if (mine)
		r = make(m, f, err);
	else if (r < 0)
		err_set(err, r, "%s: %s: could not be made", store_pathname(d->store), k->name);
	if (r < 0)
		put(m, f);
	else
		*out = f;
	return r;
}

static int made_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	struct made_file *f = NULL;
	int r = get(d->made, k, d, &f, err);

	if (r < 0)
		return r;
	assert(f);
	*out = f->content.len;
	put(d->made, f);
	return 0;
}

static ssize_t made_read(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	struct made_file *f = NULL;
	int r = get(d->made, k, d, &f, err);

	if (r < 0)
		return r;
	assert(f);
	if (off >= f->content.len)
		len = 0;
	else if (len > f->content.len - off)
		len = f->content.len - (size_t)off;
	if (len)
		memcpy(buf, f->content.data + off, len);
	put(d->made, f);
	return (ssize_t)len;
}

const struct view_ops made_ops = { made_size, made_read, NULL };
