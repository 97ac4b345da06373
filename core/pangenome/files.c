/* SPDX-License-Identifier: MIT */
/* Files and slices that are kept while there is room. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/base/deadline.h"
#include "core/base/stats.h"
#include "core/pangenome/pangenome_private.h"

enum { FILES_MAX = 1024, SLICES_MAX = 64 };

struct kept_slice {
	struct kept_item kept; /* first: the table's */
	struct slice slice;
	struct pangenome *pangenome;
	struct pg_folder folder;
	struct layout layout;     /* of a component that no reference touches; else unused */
	struct index_parts parts; /* its memory */
};

struct kept_file {
	struct kept_item kept; /* first: the table's */
	struct pg_file file;
	uint64_t number;
};

/* ---- slices ---- */

static bool is_of_folder(const struct kept_item *item, const void *key)
{
	const struct pg_folder *a = &((const struct kept_slice *)item)->folder;
	const struct pg_folder *b = &((const struct kept_slice *)key)->folder;

	return a->level == b->level && a->number == b->number && a->block == b->block &&
	       a->low == b->low && a->high == b->high;
}

static struct kept_item *alloc_slice(const void *key)
{
	const struct kept_slice *like = key;
	struct kept_slice *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->pangenome = like->pangenome;
	s->folder = like->folder;
	return &s->kept;
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

static int make_slice(struct kept_item *item, struct err *err)
{
	struct kept_slice *s = (struct kept_slice *)item;
	struct pangenome *p = s->pangenome;
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
	item->bytes = sizeof(*s) - sizeof(s->slice) + slice_bytes(&s->slice);
	for (unsigned i = 0; i < s->parts.n; i++)
		item->bytes += s->parts.sections[i].cap;
	return r;
}

static void free_slice(struct kept_item *item)
{
	struct kept_slice *s = (struct kept_slice *)item;

	slice_done(&s->slice);
	index_parts_done(&s->parts);
	free(s);
}

static const struct kept_kind slice_kind = {
	.is = is_of_folder, .alloc = alloc_slice, .make = make_slice, .free = free_slice
};

int pangenome_slice(struct pangenome *p, const struct pg_folder *folder, struct slice **out,
		struct err *err)
{
	const struct kept_slice key = { .pangenome = p, .folder = *folder };
	struct kept_item *item;
	int r = kept_get(p->slices, &key, &item, err);

	if (r == 0)
		*out = &((struct kept_slice *)item)->slice;
	return r;
}

void pangenome_slice_put(struct pangenome *p, struct slice *slice)
{
	if (slice)
		kept_put(p->slices, (void *)((char *)slice - offsetof(struct kept_slice, slice)));
}

/* ---- files ---- */

static bool is_of_node(const struct kept_item *item, const void *key)
{
	return ((const struct kept_file *)item)->number == ((const struct kept_file *)key)->number;
}

static struct kept_item *alloc_file(const void *key)
{
	const struct kept_file *like = key;
	struct kept_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->file.pangenome = like->file.pangenome;
	f->file.kind = like->file.kind;
	f->file.folder = like->file.folder;
	f->number = like->number;
	return &f->kept;
}

static int make_file(struct kept_item *item, struct err *err)
{
	struct pg_file *file = &((struct kept_file *)item)->file;
	const struct pg_file_kind *kind = file->kind;
	int r = 0;

	if (kind->slice)
		r = pangenome_slice(file->pangenome, &file->folder, &file->slice, err);
	if (r == 0 && kind->make)
		r = kind->make(file, err);
	if (r == 0 && kind->write) {
		r = text_make(kind->write, file, &file->text, err);
		file->size = file->text.size;
		file->at_hand = r == 0 && text_is_whole(&file->text);
	}
	item->bytes = sizeof(struct kept_file) + text_bytes_kept(&file->text) + file->made_bytes;
	return r;
}

static void free_file(struct kept_item *item)
{
	struct kept_file *f = (struct kept_file *)item;

	if (f->file.kind->free && f->file.made)
		f->file.kind->free(&f->file);
	text_done(&f->file.text);
	pangenome_slice_put(f->file.pangenome, f->file.slice);
	free(f);
}

/* Of a moment that is gone. */
static bool is_past(const struct kept_item *item)
{
	return ((const struct kept_file *)item)->file.kind->momentary &&
	       stat_clock() - item->made_at > NS_PER_S;
}

static const struct kept_kind file_kind = { .is = is_of_node,
	.alloc = alloc_file,
	.make = make_file,
	.free = free_file,
	.is_past = is_past };

int pg_file_get(struct pangenome *p, const struct pg_folder *folder, uint32_t row,
		struct pg_file **out, struct err *err)
{
	const struct pg_node node = { .folder = *folder, .type = PG_IS_FILE, .row = row };
	struct kept_file key = { .number = pg_number(&node) };
	struct kept_item *item;
	int r;

	if (row >= n_pg_file_kinds || !(pg_file_kinds[row].levels & 1u << folder->level))
		return err_set(err, -ENOENT, "no such file");
	key.file.pangenome = p;
	key.file.kind = &pg_file_kinds[row];
	key.file.folder = *folder;
	r = kept_get(p->files, &key, &item, err);
	if (r < 0)
		return err_prefix(err, r, "%s", pg_file_kinds[row].name);
	*out = &((struct kept_file *)item)->file;
	return 0;
}

void pg_file_put(struct pg_file *file)
{
	if (file)
		kept_put(file->pangenome->files,
				(void *)((char *)file - offsetof(struct kept_file, file)));
}

int pg_file_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err)
{
	if (f->kind->write)
		return text_read(&f->text, f->kind->write, f, buf, len, off, err);
	return f->kind->read(f, buf, len, off, err);
}

int pangenome_keep_files(struct pangenome *p, struct err *err)
{
	int r = kept_new(&slice_kind, p->o.budget / 2, SLICES_MAX, &p->slices);

	if (r == 0)
		r = kept_new(&file_kind, p->o.budget / 2, FILES_MAX, &p->files);
	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

void pangenome_drop_files(struct pangenome *p)
{
	kept_free(p->files); /* they hold slices */
	kept_free(p->slices);
}
