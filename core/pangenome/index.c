/* SPDX-License-Identifier: MIT */
#include "core/pangenome/index.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/shm/shm_create.h"

enum { ALIGN = 64, PAD = 8, NAME_PREFIX_MAX = 64 };

#define INDEX_MAGIC 0x5844494e454e4547 /* "GENNINDX", read as a number */

/* What the payload begins with; then the sections, each at a multiple of ALIGN. */
struct head {
	uint64_t magic;
	uint64_t graph; /* checksum of the graph's image, its low half */
	uint64_t size;  /* bytes of the payload */
	uint64_t n;
	struct {
		uint64_t at;
		uint64_t items;
		uint64_t width;
	} sections[INDEX_SECTIONS_MAX];
};

struct making {
	const struct index_home *home;
	int (*build)(void *arg, struct index_parts *out, struct err *err);
	void *arg;
	struct index_parts parts;
	struct head head;
};

void index_parts_done(struct index_parts *parts)
{
	for (unsigned i = 0; i < INDEX_SECTIONS_MAX; i++)
		buf_done(&parts->sections[i]);
}

static uint64_t content_of(const struct graph *g)
{
	return le64toh(g->head->content_low);
}

static int plan(struct making *m, struct err *err)
{
	struct head *h = &m->head;
	uint64_t at = (sizeof(*h) + ALIGN - 1) / ALIGN * ALIGN;

	*h = (struct head){
		.magic = INDEX_MAGIC, .graph = content_of(m->home->graph), .n = m->parts.n
	};
	for (unsigned i = 0; i < m->parts.n; i++) {
		const struct buf *b = &m->parts.sections[i];

		if (buf_failed(b))
			return err_set(err, -ENOMEM, "out of memory");
		h->sections[i].at = at;
		h->sections[i].width = m->parts.widths[i];
		h->sections[i].items = b->len / m->parts.widths[i];
		at += (b->len + PAD + ALIGN - 1) / ALIGN * ALIGN;
	}
	h->size = at;
	return 0;
}

static int prepare(uint64_t *size, void *arg, struct err *err)
{
	struct making *m = arg;
	int r = m->build(m->arg, &m->parts, err);

	if (r == 0)
		r = plan(m, err);
	if (r == 0)
		*size = m->head.size;
	return r;
}

/* A section's bytes are let go of once they are in the object. */
static int fill(void *payload, uint64_t size, void *arg, struct err *err)
{
	struct making *m = arg;

	(void)size;
	(void)err;
	memcpy(payload, &m->head, sizeof(m->head));
	for (unsigned i = 0; i < m->parts.n; i++) {
		struct buf *b = &m->parts.sections[i];

		if (b->len)
			memcpy((char *)payload + m->head.sections[i].at, b->data, b->len);
		buf_done(b);
	}
	return 0;
}

static bool section_fits(const struct head *h, uint64_t i)
{
	uint64_t bytes;
	uint64_t end;

	return !__builtin_mul_overflow(h->sections[i].items, h->sections[i].width, &bytes) &&
	       !__builtin_add_overflow(h->sections[i].at, bytes, &end) &&
	       !__builtin_add_overflow(end, PAD, &end) && end <= h->size &&
	       h->sections[i].at % ALIGN == 0 && h->sections[i].width > 0;
}

static int open_sections(const struct index_home *home, struct index *x, struct err *err)
{
	const struct head *h = shm_payload(x->object);
	uint64_t size = shm_payload_size(x->object);
	bool good = size >= sizeof(*h) && h->magic == INDEX_MAGIC && h->size == size &&
		    h->n <= INDEX_SECTIONS_MAX && h->graph == content_of(home->graph);

	for (uint64_t i = 0; good && i < h->n; i++)
		good = section_fits(h, i);
	if (!good)
		return err_set(err, -EBADMSG,
				"%s: no index of this graph; remove it (genofs pangenome drop)",
				shm_object_name(x->object));
	x->n = (unsigned)h->n;
	for (unsigned i = 0; i < x->n; i++)
		x->sections[i] = (struct index_section){ (const char *)h + h->sections[i].at,
			h->sections[i].items, h->sections[i].width };
	return 0;
}

void index_name_prefix(const char *graph_name, char out[SHM_NAME_MAX + 1])
{
	size_t len = strlen(graph_name);
	size_t cut = len > NAME_PREFIX_MAX ? len - NAME_PREFIX_MAX : 0;

	/* The end of a long name stays: the digest of the file is there. */
	snprintf(out, SHM_NAME_MAX + 1, "%s.", graph_name + cut);
	if (*out == '-')
		*out = '_';
}

int index_get(const struct index_home *home, const char *what,
		int (*build)(void *arg, struct index_parts *out, struct err *err), void *arg,
		struct index *out, struct err *err)
{
	struct making m = { .home = home, .build = build, .arg = arg };
	struct index x = { 0 };
	char prefix[SHM_NAME_MAX + 1];
	char name[SHM_NAME_MAX + 1];
	struct shm_wanted wanted = { .folder = home->folder,
		.name = name,
		.kind = INDEX_OBJECT_KIND,
		.kind_version = INDEX_LAYOUT };
	struct shm_maker maker = {
		.mode = home->mode, .prepare = prepare, .fill = fill, .arg = &m
	};
	int r;

	index_name_prefix(home->graph_name, prefix);
	r = snprintf(name, sizeof(name), "%s%08x.%s", prefix,
			(unsigned)(content_of(home->graph) & UINT32_MAX), what);
	if (r < 0 || (size_t)r >= sizeof(name))
		return err_set(err, -ENAMETOOLONG, "%s: too long a name", what);
	r = shm_create(&wanted, &maker, &x.object, err);
	index_parts_done(&m.parts);
	if (r < 0)
		return r;
	/* What was made here a moment ago is right. */
	r = r == 1 ? shm_verify(x.object, err) : 0;
	if (r == 0)
		r = open_sections(home, &x, err);
	if (r < 0) {
		index_done(&x);
		return r;
	}
	*out = x;
	return 0;
}

int index_of_parts(const struct index_parts *parts, struct index *out, struct err *err)
{
	static const uint64_t nothing[2];

	*out = (struct index){ .n = parts->n };
	for (unsigned i = 0; i < parts->n; i++) {
		const struct buf *b = &parts->sections[i];

		if (buf_failed(b))
			return err_set(err, -ENOMEM, "out of memory");
		out->sections[i] =
				(struct index_section){ b->data ? (const void *)b->data : nothing,
					b->len / parts->widths[i], parts->widths[i] };
	}
	return 0;
}

void index_done(struct index *index)
{
	shm_detach(index->object);
	*index = (struct index){ 0 };
}

const void *index_table(const struct index *index, unsigned i, size_t width, uint64_t *n)
{
	if (i >= index->n || index->sections[i].width != width)
		return NULL;
	*n = index->sections[i].items;
	return index->sections[i].at;
}

bool index_ints(const struct index *index, unsigned i, struct int_array *out)
{
	const struct index_section *s = &index->sections[i];

	if (i >= index->n || s->width > 8)
		return false;
	*out = int_array_over((uint8_t *)(uintptr_t)s->at, s->items, (unsigned)s->width);
	return true;
}
