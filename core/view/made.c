/* SPDX-License-Identifier: MIT */
#include "core/view/made.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/view/query.h"

struct made_file {
	struct kept_item kept; /* first: the table's */
	const struct view_kind *kind;
	struct dataset dataset; /* its query may be gone once the content is made */
	uint64_t query;         /* number of that; 0 */
	struct buf content;
};

static uint64_t query_of(const struct dataset *d)
{
	return d->query ? query_serial(d->query) : 0;
}

static bool is_of(const struct kept_item *item, const void *key)
{
	const struct made_file *f = (const struct made_file *)item;
	const struct made_file *like = key;
	const struct dataset *a = &f->dataset;
	const struct dataset *b = &like->dataset;

	return f->kind == like->kind && f->query == like->query && a->store == b->store &&
	       a->level == b->level && a->contig == b->contig && a->first_chunk == b->first_chunk;
}

static struct kept_item *alloc_file(const void *key)
{
	struct made_file *f = malloc(sizeof(*f));

	if (!f)
		return NULL;
	*f = *(const struct made_file *)key;
	return &f->kept;
}

static int make_content(struct kept_item *item, struct err *err)
{
	struct made_file *f = (struct made_file *)item;
	const struct made_kind *made = f->kind->of;
	int r = made->make(f->kind, &f->dataset, &f->content, err);

	item->bytes = f->content.len;
	return r == 0 && buf_failed(&f->content) ? err_set(err, -ENOMEM, "out of memory") : r;
}

static void free_file(struct kept_item *item)
{
	buf_done(&((struct made_file *)item)->content);
	free(item);
}

static const struct kept_kind file_kind = {
	.is = is_of, .alloc = alloc_file, .make = make_content, .free = free_file
};

int made_files_new(size_t budget, struct kept **out)
{
	return kept_new(&file_kind, budget, UINT_MAX, out);
}

static bool is_of_query(const struct kept_item *item, const void *query)
{
	return ((const struct made_file *)item)->query == *(const uint64_t *)query;
}

void made_files_forget(struct kept *m, uint64_t query)
{
	if (m)
		kept_drop(m, is_of_query, &query);
}

/* The file, made; for put(). Where there is no table, made for this once. */
static int get(const struct view_kind *k, const struct dataset *d, struct made_file **out,
		struct err *err)
{
	const struct made_file key = { .kind = k, .dataset = *d, .query = query_of(d) };
	struct kept_item *item;
	int r;

	if (d->made) {
		r = kept_get(d->made, &key, &item, err);
		if (r < 0)
			return err_prefix(err, r, "%s", k->name);
		*out = (struct made_file *)item;
		return 0;
	}
	item = alloc_file(&key);
	if (!item)
		return err_set(err, -ENOMEM, "out of memory");
	r = make_content(item, err);
	if (r < 0)
		free_file(item);
	else
		*out = (struct made_file *)item;
	return r;
}

static void put(const struct dataset *d, struct made_file *f)
{
	if (d->made)
		kept_put(d->made, &f->kept);
	else
		free_file(&f->kept);
}

static int made_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	struct made_file *f = NULL;
	int r = get(k, d, &f, err);

	if (r < 0)
		return r;
	assert(f);
	*out = f->content.len;
	put(d, f);
	return 0;
}

static ssize_t made_read(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	struct made_file *f = NULL;
	int r = get(k, d, &f, err);

	if (r < 0)
		return r;
	assert(f);
	if (off >= f->content.len)
		len = 0;
	else if (len > f->content.len - off)
		len = f->content.len - (size_t)off;
	if (len)
		memcpy(buf, f->content.data + off, len);
	put(d, f);
	return (ssize_t)len;
}

const struct view_ops made_ops = { made_size, made_read, NULL };
