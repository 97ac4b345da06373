/* SPDX-License-Identifier: MIT */
#include "core/graph/image.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "core/graph/image_parts.h"

/* --- the plan: what goes where --- */

struct planner {
	struct image_section *sections;
	uint64_t end; /* of the last one, with its padding */
	bool overflow;
};

static void plan_section(
		struct planner *plan, enum image_section_id id, uint64_t items, uint32_t width)
{
	struct image_section *s = &plan->sections[id];
	uint64_t end;

	*s = (struct image_section){ .items = items, .width = width };
	if (__builtin_add_overflow(plan->end, IMAGE_ALIGN - 1, &s->offset))
		plan->overflow = true;
	s->offset -= s->offset % IMAGE_ALIGN;
	if (__builtin_mul_overflow(items, width, &s->length) ||
			__builtin_add_overflow(s->offset, s->length, &end) ||
			__builtin_add_overflow(end, IMAGE_PAD, &plan->end))
		plan->overflow = true;
}

/* Integers up to @max, and one more that says where the last one ends. */
static void plan_ints(struct planner *plan, enum image_section_id id, uint64_t n, uint64_t max)
{
	if (n == UINT64_MAX)
		plan->overflow = true;
	plan_section(plan, id, n + 1, int_array_width(max));
}

static void plan_strings(
		struct planner *plan, enum image_section_id id, const struct sds_strings *v)
{
	plan_section(plan, id, v->length, 1);
	plan_ints(plan, id + 1, v->index.n, v->length);
}

int image_plan(const struct gbz_parts *p, struct image_section sections[IMAGE_N_SECTIONS],
		uint64_t *size, struct err *err)
{
	struct planner plan = { .sections = sections, .end = IMAGE_HEAD_LEN };

	plan_strings(&plan, IMAGE_SEQUENCES, &p->sequences);
	plan_section(&plan, IMAGE_BWT, p->bwt_length, 1);
	plan_ints(&plan, IMAGE_RECORD_STARTS, p->n_records, p->bwt_length);
	plan_section(&plan, IMAGE_SAMPLES, p->bwt_length / IMAGE_SAMPLE_STEP,
			int_array_width(p->bwt_length | p->n_visits));
	plan_section(&plan, IMAGE_START_NODES, p->n_sequences, int_array_width(p->alphabet_size));
	plan_section(&plan, IMAGE_START_OFFSETS, p->n_sequences, int_array_width(p->n_visits));
	plan_section(&plan, IMAGE_PATH_NAMES, p->n_path_names, sizeof(struct image_path_name));
	plan_strings(&plan, IMAGE_SAMPLE_NAMES, &p->samples);
	plan_strings(&plan, IMAGE_CONTIG_NAMES, &p->contigs);
	plan_strings(&plan, IMAGE_TAGS, &p->tags);
	plan_strings(&plan, IMAGE_GBWT_TAGS, &p->gbwt_tags);
	plan_strings(&plan, IMAGE_SEGMENT_NAMES, &p->segments);
	plan_ints(&plan, IMAGE_MAPPING, p->mapping.n, p->mapping.universe);
	if (plan.overflow)
		return err_set(err, -EOVERFLOW, "damaged: it claims more than any memory holds");
	*size = plan.end;
	return 0;
}

int image_size(const struct gbz *gbz, uint64_t *size, struct err *err)
{
	struct image_section sections[IMAGE_N_SECTIONS];
	int r = image_plan(gbz_parts(gbz), sections, size, err);

	return r < 0 ? err_prefix(err, r, "%s", gbz_pathname(gbz)) : 0;
}

/* --- attaching --- */

static int damaged(const char *what, struct err *err)
{
	return err_set(err, -EBADMSG, "image of a graph is damaged: %s; load the graph again",
			what);
}

static struct image_section section_of(const struct image_head *head, unsigned id)
{
	const struct image_section *table = (const void *)((const char *)head + IMAGE_TABLE_AT);

	return (struct image_section){ .offset = le64toh(table[id].offset),
		.length = le64toh(table[id].length),
		.items = le64toh(table[id].items),
		.width = le32toh(table[id].width),
		.reserved = table[id].reserved };
}

/* Bytes of an item; 0 where the table of sections says. */
static const uint32_t fixed_widths[IMAGE_N_SECTIONS] = {
	[IMAGE_SEQUENCES] = 1,
	[IMAGE_BWT] = 1,
	[IMAGE_PATH_NAMES] = sizeof(struct image_path_name),
	[IMAGE_SAMPLE_NAMES] = 1,
	[IMAGE_CONTIG_NAMES] = 1,
	[IMAGE_TAGS] = 1,
	[IMAGE_GBWT_TAGS] = 1,
	[IMAGE_SEGMENT_NAMES] = 1,
};

/* Sections lie within the image, one behind the other. */
static int check_sections(const struct image_head *head, uint64_t size, struct err *err)
{
	uint64_t end = IMAGE_HEAD_LEN;

	for (unsigned id = 0; id < IMAGE_N_SECTIONS; id++) {
		struct image_section s = section_of(head, id);
		uint32_t width = fixed_widths[id];
		uint64_t length;

		if (width ? s.width != width : s.width < 1 || s.width > 8)
			return damaged("a section's items are of no known width", err);
		if (__builtin_mul_overflow(s.items, s.width, &length) || length != s.length)
			return damaged("a section's length is not that of its items", err);
		if (s.offset % IMAGE_ALIGN || s.offset < end || s.offset > size - IMAGE_PAD ||
				s.length > size - IMAGE_PAD - s.offset)
			return damaged("a section is not where it can be", err);
		if (s.reserved)
			return damaged("a section has what is not known", err);
		end = s.offset + s.length + IMAGE_PAD;
	}
	return 0;
}

static const uint8_t *bytes_of(const struct graph *g, unsigned id, uint64_t *n)
{
	struct image_section s = section_of(g->head, id);

	*n = s.items;
	return (const uint8_t *)g->head + s.offset;
}

static struct int_array ints_of(const struct graph *g, unsigned id)
{
	struct image_section s = section_of(g->head, id);

	/* Nobody writes through it but image_build(), whose memory it is. */
	return int_array_over((uint8_t *)(uintptr_t)g->head + s.offset, s.items, s.width);
}

static struct graph_strings strings_of(const struct graph *g, unsigned id)
{
	struct graph_strings s = { .starts = ints_of(g, id + 1) };

	s.text = (const char *)bytes_of(g, id, &s.length);
	return s;
}

static void set_counts(struct graph *g)
{
	const struct image_head *h = g->head;

	g->n_sequences = le64toh(h->n_sequences);
	g->n_visits = le64toh(h->n_visits);
	g->node_offset = le64toh(h->node_offset);
	g->alphabet_size = le64toh(h->alphabet_size);
	g->min_id = le64toh(h->min_id);
	g->n_nodes = le64toh(h->n_nodes);
	g->n_records = g->alphabet_size - g->node_offset;
	g->n_ids = g->n_records ? (g->n_records - 1) / 2 : 0;
	g->n_paths = g->n_sequences / 2;
}

static void set_sections(struct graph *g)
{
	uint64_t n;

	g->sequences = bytes_of(g, IMAGE_SEQUENCES, &g->n_bases);
	g->sequence_starts = ints_of(g, IMAGE_SEQUENCE_STARTS);
	g->bwt = bytes_of(g, IMAGE_BWT, &g->bwt_length);
	g->record_starts = ints_of(g, IMAGE_RECORD_STARTS);
	g->samples = ints_of(g, IMAGE_SAMPLES);
	g->start_nodes = ints_of(g, IMAGE_START_NODES);
	g->start_offsets = ints_of(g, IMAGE_START_OFFSETS);
	g->path_names = (const void *)bytes_of(g, IMAGE_PATH_NAMES, &n);
	g->n_path_names = n;
	g->sample_names = strings_of(g, IMAGE_SAMPLE_NAMES);
	g->contig_names = strings_of(g, IMAGE_CONTIG_NAMES);
	g->tags = strings_of(g, IMAGE_TAGS);
	g->gbwt_tags = strings_of(g, IMAGE_GBWT_TAGS);
	g->segment_names = strings_of(g, IMAGE_SEGMENT_NAMES);
	g->mapping = ints_of(g, IMAGE_MAPPING);
	g->n_segments = g->mapping.n - 1;
}

/* Numbers of the head fit each other: nothing is computed with them before. */
static int check_counts(const struct graph *g, struct err *err)
{
	if (g->alphabet_size < g->node_offset || g->alphabet_size > UINT64_MAX / 32)
		return damaged("numbers of nodes that cannot be", err);
	if (g->n_records && (g->n_records % 2 == 0 || (g->n_ids && g->node_offset % 2 == 0)))
		return damaged("a node has one strand only", err);
	if (g->min_id != (g->n_ids ? (g->node_offset + 1) / 2 : 1))
		return damaged("its first node is not the first", err);
	if (g->n_sequences % 2 || g->n_sequences > g->n_visits || g->n_nodes > g->n_ids)
		return damaged("numbers of paths or nodes that cannot be", err);
	return 0;
}

static int check_lengths(const struct graph *g, struct err *err)
{
	uint32_t flags = le32toh(g->head->flags);

	if (g->sequence_starts.n != g->n_ids + 1 || g->record_starts.n != g->n_records + 1)
		return damaged("sections of nodes are not of their number", err);
	if (g->samples.n != g->bwt_length / IMAGE_SAMPLE_STEP)
		return damaged("samples are not as many as the BWT has", err);
	if (g->start_nodes.n != g->n_sequences || g->start_offsets.n != g->n_sequences ||
			(g->n_path_names && g->n_path_names != g->n_paths))
		return damaged("sections of paths are not of their number", err);
	if (!g->sample_names.starts.n || !g->contig_names.starts.n || !g->mapping.n ||
			g->segment_names.starts.n != g->mapping.n || g->tags.starts.n % 2 == 0 ||
			g->gbwt_tags.starts.n % 2 == 0)
		return damaged("sections of names are not of their number", err);
	if (flags != (g->n_segments ? IMAGE_HAS_TRANSLATION : 0))
		return damaged("flags that are not known", err);
	return 0;
}

int image_attach_parts(const void *mem, size_t size, struct graph *out, struct err *err)
{
	struct graph g = { .head = mem };
	uint64_t own;
	int r;

	if ((uintptr_t)mem % sizeof(uint64_t))
		return err_set(err, -EINVAL, "memory of an image is not aligned");
	own = le64toh(g.head->size);
	if (own > size || own < IMAGE_HEAD_LEN + IMAGE_PAD)
		return damaged("it is cut short", err);
	if (le32toh(g.head->n_sections) != IMAGE_N_SECTIONS)
		return damaged("its number of sections is not that of its layout", err);
	r = check_sections(g.head, own, err);
	if (r < 0)
		return r;
	set_counts(&g);
	r = check_counts(&g, err);
	if (r < 0)
		return r;
	set_sections(&g);
	r = check_lengths(&g, err);
	if (r < 0)
		return r;
	*out = g;
	return 0;
}

int image_attach(const void *mem, size_t size, struct graph *out, struct err *err)
{
	const struct image_head *head = mem;

	if (size < IMAGE_HEAD_LEN || memcmp(head->magic, IMAGE_MAGIC, IMAGE_MAGIC_LEN) != 0)
		return err_set(err, -EBADMSG, "is no image of a graph, or not a complete one");
	if (le32toh(head->layout) != IMAGE_LAYOUT)
		return err_set(err, -ENOTSUP,
				"image of a graph has layout %u and this genofs reads %u; load the "
				"graph again",
				le32toh(head->layout), IMAGE_LAYOUT);
	return image_attach_parts(mem, size, out, err);
}

int image_verify_content(const void *mem, size_t size, struct err *err)
{
	const struct image_head *head = mem;
	struct graph g;
	int r = image_attach(mem, size, &g, err);

	if (r < 0)
		return r;
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	struct digest stated = { le64toh(head->content_low), le64toh(head->content_high) };
	struct digest own = digest_of(
			(const char *)mem + IMAGE_HEAD_LEN, le64toh(head->size) - IMAGE_HEAD_LEN);

	if (!digest_equal(stated, own))
		return damaged("bad checksum", err);
#else
	(void)head;
#endif
	return 0;
}

int image_verify(const void *mem, size_t size, struct err *err)
{
	struct graph g;
	int r = image_attach(mem, size, &g, err);

	if (r == 0)
		r = image_check_tables(&g, err);
	if (r == 0)
		r = image_check_records(&g, false, NULL, err);
	return r < 0 ? r : image_verify_content(mem, size, err);
}
