/* SPDX-License-Identifier: MIT */
/* Files and slices that are kept while there is room. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/deadline.h"
#include "core/base/stats.h"
#include "core/pangenome/pangenome_private.h"

enum { FILES_MAX = 1024, SLICES_MAX = 64 };

struct kept_slice {
	struct slice slice; /* first: what is handed out is this */
	struct pg_folder folder;
	struct layout layout;     /* of a component that no reference touches; else unused */
	struct index_parts parts; /* its memory */
	size_t bytes;
	unsigned refs; /* by lock; one is the list's */
	struct kept_slice *next;
};

struct kept_file {
	struct pg_file file; /* first: what is handed out is this */
	uint64_t number;
	bool making; /* by lock, as all below */
	bool listed;
	int status;
	unsigned refs; /* one is the list's */
	size_t bytes;
	uint64_t made_at; /* stat_clock() */
	struct kept_file *next;
};

/* ---- slices ---- */

static void slice_free(struct kept_slice *s)
{
	slice_done(&s->slice);
	index_parts_done(&s->parts);
	free(s);
}

static bool is_same(const struct pg_folder *a, const struct pg_folder *b)
{
	return a->level == b->level && a->number == b->number && a->block == b->block &&
	       a->low == b->low && a->high == b->high;
}

void pangenome_interval(
		const struct pangenome *p, const struct pg_folder *f, uint64_t *low, uint64_t *high)
{
	*low = 0;
	*high = UINT64_MAX;
	if (f->level == PG_BLOCK) {
		if (__builtin_mul_overflow(f->block, p->o.block_bp, low))
			*low = UINT64_MAX;
		if (__builtin_add_overflow(*low, p->o.block_bp, high))
			*high = UINT64_MAX;
	} else if (f->level == PG_REGION) {
		*low = f->low;
		*high = f->high;
	}
}

static int make_slice(struct pangenome *p, struct kept_slice *s, struct err *err)
{
	const struct layout *l = &s->layout;
	uint32_t contig = 0;
	uint64_t low;
	uint64_t high;
	int r;

	pangenome_interval(p, &s->folder, &low, &high);
	if (s->folder.level == PG_UNPLACED)
		r = pangenome_component(p, s->folder.number, &s->parts, &s->layout, err);
	else
		r = pangenome_layout(p, s->folder.number, &l, &contig, err);
	if (r == 0)
		r = slice_init(&s->slice, &p->graph, &p->catalog, l, contig, low, high, err);
	s->bytes = slice_bytes(&s->slice);
	for (unsigned i = 0; i < s->parts.n; i++)
		s->bytes += s->parts.sections[i].cap;
	return r;
}

/* With the lock: let go of those that were not used for the longest, but for the first. */
static void make_room_for_slices(struct pangenome *p)
{
	struct kept_slice **at = &p->slices;
	unsigned n = 0;
	size_t bytes = 0;

	while (*at) {
		struct kept_slice *s = *at;

		bytes += s->bytes;
		if (n++ == 0 || (n <= SLICES_MAX && bytes <= p->o.budget / 2)) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		bytes -= s->bytes;
		if (--s->refs == 0)
			slice_free(s);
	}
}

/* With the lock: the slice, moved to the front, with a reference. */
static struct slice *find_slice(struct pangenome *p, const struct pg_folder *folder)
{
	for (struct kept_slice **at = &p->slices; *at; at = &(*at)->next) {
		struct kept_slice *s = *at;

		if (!is_same(&s->folder, folder))
			continue;
		*at = s->next;
		s->next = p->slices;
		p->slices = s;
		s->refs++;
		return &s->slice;
	}
	return NULL;
}

int pangenome_slice(struct pangenome *p, const struct pg_folder *folder, struct slice **out,
		struct err *err)
{
	struct kept_slice *s;
	int r;

	pthread_mutex_lock(&p->lock);
	*out = find_slice(p, folder);
	pthread_mutex_unlock(&p->lock);
	if (*out)
		return 0;
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, -ENOMEM, "out of memory");
	s->folder = *folder;
	r = make_slice(p, s, err);
	if (r < 0) {
		slice_free(s);
		return r;
	}
	s->refs = 2;
	pthread_mutex_lock(&p->lock);
	s->next = p->slices;
	p->slices = s;
	make_room_for_slices(p);
	pthread_mutex_unlock(&p->lock);
	*out = &s->slice;
	return 0;
}

void pangenome_slice_put(struct pangenome *p, struct slice *slice)
{
	struct kept_slice *s = (struct kept_slice *)slice;
	bool last;

	if (!s)
		return;
	pthread_mutex_lock(&p->lock);
	last = --s->refs == 0;
	pthread_mutex_unlock(&p->lock);
	if (last)
		slice_free(s);
}

/* ---- files ---- */

static void file_free(struct kept_file *f)
{
	if (f->file.kind->free && f->file.made)
		f->file.kind->free(&f->file);
	text_done(&f->file.text);
	pangenome_slice_put(f->file.pangenome, f->file.slice);
	free(f);
}

static int make_file(struct kept_file *f, struct err *err)
{
	struct pg_file *file = &f->file;
	const struct pg_file_kind *kind = file->kind;
	int r = 0;

	if (kind->slice)
		r = pangenome_slice(file->pangenome, &file->folder, &file->slice, err);
	if (r == 0 && kind->make)
		r = kind->make(file, err);
	if (r == 0 && kind->write) {
		r = text_make(kind->write, file, &file->text, err);
		file->size = file->text.size;
	}
	f->bytes = sizeof(*f) + text_bytes_kept(&file->text) + file->made_bytes;
	return r;
}

/* With the lock: off the list. Return: whether that was its last reference. */
static bool unlist(struct pangenome *p, struct kept_file *f)
{
	struct kept_file **at = &p->files;

	if (!f->listed)
		return false;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	f->listed = false;
	return --f->refs == 0;
}

/* With the lock: the ones that are let go of, those that were not used for the longest. A file that
 * is made or used, and the first one, are kept. Freed by the caller, without the lock. */
static struct kept_file *make_room_for_files(struct pangenome *p)
{
	struct kept_file *gone = NULL;
	struct kept_file **at = &p->files;
	size_t bytes = 0;
	unsigned n = 0;

	while (*at) {
		struct kept_file *f = *at;

		bytes += f->bytes;
		if (n++ == 0 || f->refs > 1 || (n <= FILES_MAX && bytes <= p->o.budget / 2)) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		f->listed = false;
		bytes -= f->bytes;
		f->next = gone;
		gone = f;
	}
	return gone;
}

static void free_all(struct kept_file *gone)
{
	while (gone) {
		struct kept_file *next = gone->next;

		file_free(gone);
		gone = next;
	}
}

/* Of a moment that is gone, and nobody reads it. */
static bool is_past(const struct kept_file *f)
{
	return f->file.kind->momentary && f->refs == 1 && !f->making &&
	       stat_clock() - f->made_at > NS_PER_S;
}

/* With the lock: the file, first in the list, with a reference. NULL: no memory. */
static struct kept_file *find_file(struct pangenome *p, const struct pg_node *node)
{
	uint64_t number = pg_number(node);
	struct kept_file **at = &p->files;
	struct kept_file *f;

	while (*at && (*at)->number != number)
		at = &(*at)->next;
	f = *at;
	if (f)
		*at = f->next;
	if (f && is_past(f)) {
		file_free(f); /* such kinds have no slice, whose release takes the lock */
		f = NULL;
	}
	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		f->file.pangenome = p;
		f->file.kind = &pg_file_kinds[node->row];
		f->file.folder = node->folder;
		f->number = number;
		f->listed = true;
		f->refs = 1;
		f->status = 1; /* not made yet */
	}
	f->refs++;
	f->next = p->files;
	p->files = f;
	return f;
}

static int make_and_tell(struct pangenome *p, struct kept_file *f, struct err *err)
{
	struct kept_file *gone = NULL;
	int r = make_file(f, err);

	pthread_mutex_lock(&p->lock);
	f->status = r;
	f->made_at = stat_clock();
	f->making = false;
	if (r < 0)
		unlist(p, f);
	else
		gone = make_room_for_files(p);
	pthread_cond_broadcast(&p->made);
	pthread_mutex_unlock(&p->lock);
	free_all(gone);
	return r;
}

int pg_file_get(struct pangenome *p, const struct pg_folder *folder, uint32_t row,
		struct pg_file **out, struct err *err)
{
	struct pg_node node = { .folder = *folder, .type = PG_IS_FILE, .row = row };
	struct kept_file *f;
	bool mine = false;
	int r = 0;

	if (row >= n_pg_file_kinds || !(pg_file_kinds[row].levels & 1u << folder->level))
		return err_set(err, -ENOENT, "no such file");
	pthread_mutex_lock(&p->lock);
	f = find_file(p, &node);
	if (f) {
		while (f->making)
			pthread_cond_wait(&p->made, &p->lock);
		mine = f->status == 1;
		f->making = mine;
		r = f->status;
	}
	pthread_mutex_unlock(&p->lock);
	if (!f)
		return err_set(err, -ENOMEM, "out of memory");
	if (mine)
		r = make_and_tell(p, f, err);
	else if (r < 0)
		err_set(err, r, "%s: %s: could not be made", p->o.source, f->file.kind->name);
	if (r < 0)
		pg_file_put(&f->file);
	else
		*out = &f->file;
	return r;
}

void pg_file_put(struct pg_file *file)
{
	struct kept_file *f = (struct kept_file *)file;
	struct pangenome *p;
	bool last;

	if (!f)
		return;
	p = file->pangenome;
	pthread_mutex_lock(&p->lock);
	last = --f->refs == 0;
	pthread_mutex_unlock(&p->lock);
	if (last)
		file_free(f);
}

int pg_file_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err)
{
	if (f->kind->write)
		return text_read(&f->text, f->kind->write, f, buf, len, off, err);
	return f->kind->read(f, buf, len, off, err);
}

void pangenome_drop_files(struct pangenome *p)
{
	free_all(p->files);
	p->files = NULL;
	while (p->slices) {
		struct kept_slice *s = p->slices;

		p->slices = s->next;
		slice_free(s);
	}
}
