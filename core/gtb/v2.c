/* SPDX-License-Identifier: MIT */
/* The directory of GTB version 2: docs/gtb.md, "Version 2". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/pread_all.h"
#include "core/gtb/ccf_column.h"
#include "core/gtb/ccf_numbers.h"
#include "core/gtb/gtb_private.h"

enum {
	SECTION_GROUP = 0,
	SECTION_META = 1,
	SECTION_HIDDEN_GROUP = 2,
	NAMES_MAX_BYTES = 1 << 20,
	META_MAX = 16 << 20,
	GROUPS_MAX = 1 << 12,
	FIELDS_MAX = 1 << 16, /* of all groups */
	META_LINES_MAX = 1 << 20,
	BLOCK_RECORDS_MAX = 1048560, /* the writer's limit */
	FIELD_BYTES_MIN = 9          /* of any Zstandard frame */
};

static int damaged(struct err *err, const char *why)
{
	return err_set(err, -EBADMSG, "%s; copy the file again", why);
}

/* A walk over the sections. */
struct walk {
	struct gtb *g;
	uint64_t at;
};

/* A length at w->at, which what is left of the file must hold. */
static int read_length(struct walk *w, uint64_t *out, struct err *err)
{
	uint8_t bytes[8];
	uint64_t left = w->g->size - w->at;
	size_t n = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);
	struct cursor c;
	int r = pread_all(w->g->fd, bytes, n, w->at, err);

	if (r < 0)
		return r;
	c = cursor_over(bytes, n);
	*out = ccf_length(&c);
	if (cursor_bad(&c))
		return damaged(err, "a length is malformed");
	w->at += (uint64_t)(c.at - bytes);
	return *out <= w->g->size - w->at ? 0 : damaged(err, "a section is cut short");
}

static int parse_names(struct ccf_group *grp, struct err *err)
{
	struct ccf_nested names;
	int r = ccf_nested(grp->names.data, grp->names.len, false, &names, err);

	if (r < 0)
		return r;
	if (names.n_items < 3 || names.n_items % 2 == 0)
		return damaged(err, "a group does not have a name, and fields with types");
	if (names.n_items / 2 > FIELDS_MAX)
		return damaged(err, "there are too many fields");
	grp->n_fields = (uint32_t)(names.n_items / 2);
	grp->fields = calloc(grp->n_fields, sizeof(*grp->fields));
	if (!grp->fields)
		return err_set(err, -ENOMEM, "out of memory");
	grp->name = ccf_nested_next(&names.at, names.end);
	if (!gtb_is_printable((const uint8_t *)grp->name.s, grp->name.len, false))
		return damaged(err, "its name has control bytes");
	for (uint32_t i = 0; i < grp->n_fields; i++) {
		struct ccf_field *f = &grp->fields[i];

		f->name = ccf_nested_next(&names.at, names.end);
		f->type_name = ccf_nested_next(&names.at, names.end);
		f->type = ccf_type_find(f->type_name);
		if (!gtb_is_printable((const uint8_t *)f->name.s, f->name.len, false) ||
				!gtb_is_printable((const uint8_t *)f->type_name.s, f->type_name.len,
						false))
			return damaged(err, "the name of a field has control bytes");
	}
	return 0;
}

static int add_block(
		struct gtb *g, struct ccf_group *grp, const struct ccf_block *b, struct err *err)
{
	size_t size = grp->n_blocks * sizeof(*b);

	if (size == grp->blocks_size) {
		size_t more = size ? 2 * size : 16 * sizeof(*b);
		int r = 0;
		struct ccf_block *p = gtb_room_alloc(&g->room, more, &r, err);

		if (!p)
			return r;
		if (size)
			memcpy(p, grp->blocks, size);
		gtb_room_free(&g->room, grp->blocks, grp->blocks_size);
		grp->blocks = p;
		grp->blocks_size = more;
	}
	grp->blocks[grp->n_blocks++] = *b;
	return 0;
}

/* Blocks follow each other from the start of the data to its end. */
static int parse_index(
		struct gtb *g, struct ccf_group *grp, const uint8_t *p, size_t n, struct err *err)
{
	struct cursor c = cursor_over(p, n);
	uint64_t least = grp->n_fields * (uint64_t)FIELD_BYTES_MIN;
	uint64_t left = grp->data_len;
	int r = 0;

	while (r == 0 && cursor_left(&c)) {
		struct ccf_block b = { .first = grp->n_records,
			.offset = grp->data_offset + grp->data_len - left };
		uint64_t records = ccf_length(&c);

		b.len = ccf_length(&c);
		b.n = (uint32_t)records;
		if (cursor_bad(&c) || !records || records > BLOCK_RECORDS_MAX || b.len < least ||
				b.len > left)
			return damaged(err, "an entry of the index cannot be");
		left -= b.len;
		grp->n_records += records;
		r = add_block(g, grp, &b, err);
	}
	if (r == 0 && left)
		r = damaged(err, "the index does not cover the blocks");
	return r;
}

static int read_group(struct walk *w, struct ccf_group *grp, struct err *err)
{
	struct gtb *g = w->g;
	uint64_t names_len = 0;
	uint64_t index_len = 0;
	uint8_t *index = NULL;
	int r = read_length(w, &names_len, err);

	if (r == 0 && names_len > NAMES_MAX_BYTES)
		r = damaged(err, "its names are too long");
	if (r < 0)
		return r;
	if (!buf_reserve(&grp->names, names_len + 1))
		return err_set(err, -ENOMEM, "out of memory");
	r = pread_all(g->fd, grp->names.data, names_len, w->at, err);
	if (r < 0)
		return r;
	grp->names.len = names_len;
	w->at += names_len;
	r = parse_names(grp, err);
	if (r == 0)
		r = read_length(w, &grp->data_len, err);
	if (r == 0)
		r = read_length(w, &index_len, err);
	if (r < 0)
		return r;
	grp->data_offset = w->at;
	if (index_len > g->size - w->at - grp->data_len || grp->data_len > g->size - w->at)
		return damaged(err, "a section is cut short");
	w->at += grp->data_len;
	r = gtb_load(g, w->at, index_len, &g->room, &index, err);
	w->at += index_len;
	if (r == 0)
		r = parse_index(g, grp, index, index_len, err);
	gtb_room_free(&g->room, index, index_len);
	return r;
}

void ccf_group_done(struct gtb *g, struct ccf_group *grp)
{
	free(grp->fields);
	gtb_room_free(&g->room, grp->blocks, grp->blocks_size);
	buf_done(&grp->names);
	*grp = (struct ccf_group){ 0 };
}

/* The first group of a name wins. */
static int take_group(struct walk *w, struct err *err)
{
	struct gtb *g = w->g;
	struct ccf_group *p = realloc(g->groups, (g->n_groups + 1u) * sizeof(*p));
	struct ccf_group *grp;
	int r;

	if (!p)
		return err_set(err, -ENOMEM, "out of memory");
	g->groups = p;
	grp = &p[g->n_groups];
	*grp = (struct ccf_group){ 0 };
	g->n_groups++;
	if (g->n_groups > GROUPS_MAX)
		return damaged(err, "there are too many groups");
	r = read_group(w, grp, err);
	g->n_fields += grp->n_fields;
	if (r == 0 && g->n_fields > FIELDS_MAX)
		r = damaged(err, "there are too many fields");
	if (r < 0)
		return err_prefix(err, r, "group %u", g->n_groups - 1);
	for (uint32_t i = 0; i + 1 < g->n_groups; i++)
		if (gtb_same_text(p[i].name, grp->name)) {
			ccf_group_done(g, grp);
			g->n_groups--;
			break;
		}
	return 0;
}

/* Appends to the text; meta[] is made of it when all is there, since the text may move. */
static int read_meta(struct walk *w, struct err *err)
{
	struct gtb *g = w->g;
	uint8_t bytes[4];
	struct cursor c = cursor_over(bytes, sizeof(bytes));
	struct ccf_nested pairs;
	uint8_t *packed = NULL;
	uint8_t *raw = NULL;
	size_t raw_len = 0;
	uint32_t n;
	int r = g->size - w->at < sizeof(bytes)
				? damaged(err, "it is cut short")
				: pread_all(g->fd, bytes, sizeof(bytes), w->at, err);

	if (r < 0)
		return r;
	n = cursor_u32(&c);
	w->at += sizeof(bytes);
	if (n > g->size - w->at)
		return damaged(err, "it is cut short");
	r = gtb_load(g, w->at, n, &g->room, &packed, err);
	w->at += n;
	if (r == 0)
		r = gtb_unpack(GTB_ZSTD, packed, n, UNPACK_ANY, &g->room, &raw, &raw_len, err);
	gtb_room_free(&g->room, packed, n);
	if (r == 0 && raw_len > META_MAX)
		r = damaged(err, "it is longer than any that is written");
	if (r == 0)
		r = ccf_nested(raw, raw_len, true, &pairs, err);
	if (r == 0 && pairs.n_items > META_LINES_MAX - g->n_meta)
		r = damaged(err, "there are more than 1,048,576 header lines");
	for (uint64_t i = 0; r == 0 && i < 2 * pairs.n_items; i++) {
		struct gtb_text t = ccf_nested_next(&pairs.at, pairs.end);

		if (!gtb_is_printable((const uint8_t *)t.s, t.len, i % 2))
			r = damaged(err, "it has control bytes");
		buf_put_bytes(&g->meta_text, t.s, t.len);
	}
	if (r == 0)
		g->n_meta += (uint32_t)pairs.n_items;
	gtb_room_free(&g->room, raw, raw_len);
	if (r == 0 && (buf_failed(&g->meta_text) || g->meta_text.len > META_MAX))
		r = damaged(err, "there are more than 16 MiB of header lines");
	return r;
}

static int read_sections(struct gtb *g, struct err *err)
{
	struct walk w = { .g = g };
	int r = 0;

	while (r == 0 && w.at < g->size) {
		uint64_t start = w.at;
		uint8_t type;

		r = pread_all(g->fd, &type, 1, w.at++, err);
		if (r < 0)
			break;
		if (type == SECTION_GROUP || type == SECTION_HIDDEN_GROUP)
			r = take_group(&w, err);
		else if (type == SECTION_META)
			r = read_meta(&w, err);
		else
			r = damaged(err, "its type is unknown");
		if (r < 0)
			err_prefix(err, r, "section at byte %llu", (unsigned long long)start);
	}
	return r;
}

/* Whether an entry of the meta says something of the file itself. */
static bool is_own(struct gtb_text key)
{
	static const char begin[] = "$gtbformat";

	return key.s && key.len >= strlen(begin) && memcmp(key.s, begin, strlen(begin)) == 0;
}

static struct gtb_text next_meta(struct cursor *c)
{
	size_t n;
	const uint8_t *p = cursor_bytes(c, &n);

	return (struct gtb_text){ (const char *)p, n };
}

/* The file's own entries are obeyed, the others kept. */
static int sort_meta(struct gtb *g, struct err *err)
{
	struct cursor c = cursor_over(g->meta_text.data, g->meta_text.len);
	uint32_t kept = 0;
	int r = 0;

	g->meta = calloc(g->n_meta + 1ull, sizeof(*g->meta));
	if (!g->meta)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; r == 0 && i < g->n_meta; i++) {
		struct gtb_meta m = { .key = next_meta(&c) };

		m.value = next_meta(&c);
		if (!is_own(m.key))
			g->meta[kept++] = m;
		if (gtb_text_is(m.key, "$gtbformat.phased"))
			g->phased = gtb_text_is(m.value, "true");
		if (gtb_text_is(m.key, "$gtbformat.subjects") && m.value.len &&
				!names_count(g->samples))
			r = gtb_take_samples(g, (const uint8_t *)m.value.s, m.value.len, ',', err);
	}
	if (r < 0)
		return err_prefix(err, r, "names of samples");
	/* They come behind all else: without them a file that was cut between two sections would be
	 * one of sites alone. */
	if (kept == g->n_meta)
		return damaged(err, "it does not say that it is a GTB, or was cut short");
	g->n_meta = kept;
	return 0;
}

/* The fields @names of a group, in this order, of the types @wanted. */
static int find_fields(const struct ccf_group *grp, const char *const *names,
		const char *const *wanted, unsigned n, uint32_t *out, struct err *err)
{
	for (unsigned f = 0; f < n; f++) {
		uint32_t i = 0;

		while (i < grp->n_fields && !gtb_text_is(grp->fields[i].name, names[f]))
			i++;
		if (i == grp->n_fields)
			return err_set(err, -EBADMSG, "field %s is not there", names[f]);
		if (!grp->fields[i].type || strcmp(grp->fields[i].type->name, wanted[f]) != 0)
			return err_set(err, -EBADMSG, "field %s is not of type %s", names[f],
					wanted[f]);
		out[f] = i;
	}
	return 0;
}

static uint32_t find_group(const struct gtb *g, const char *name)
{
	uint32_t i = 0;

	while (i < g->n_groups && !gtb_text_is(g->groups[i].name, name))
		i++;
	return i;
}

static int find_known(struct gtb *g, struct err *err)
{
	static const char *const site_names[] = { "CHROM", "POS", "ALLELE" };
	static const char *const site_types[] = { "chromosome", "varint32", "bytecodearray" };
	static const char *const call_names[] = { "AC", "AN", "GT" };
	static const char *const call_types[] = { "varint32", "varint32", "bytecode" };
	int r;

	g->sites = find_group(g, "GTB_COORDINATE");
	g->calls = find_group(g, "GTB_GENOTYPE");
	if (g->sites == g->n_groups)
		return damaged(err, "it has no group GTB_COORDINATE, so it is no GTB");
	r = find_fields(&g->groups[g->sites], site_names, site_types, N_SITE_FIELDS, g->site_fields,
			err);
	if (r == 0 && g->calls < g->n_groups)
		r = find_fields(&g->groups[g->calls], call_names, call_types, N_CALLS_FIELDS,
				g->calls_fields, err);
	if (r < 0)
		return r;
	if ((g->calls < g->n_groups) != (names_count(g->samples) > 0))
		return damaged(err, g->calls < g->n_groups
						    ? "it has genotypes, but no names of samples"
						    : "it has names of samples, but no genotypes");
	g->n_records = g->groups[g->sites].n_records;
	for (uint32_t i = 0; i < g->n_groups; i++)
		if (g->groups[i].n_records != g->n_records)
			return damaged(err, "its groups do not have the same number of records");
	return 0;
}

static bool is_known(const struct gtb *g, uint32_t group, uint32_t field)
{
	bool known = false;

	for (unsigned i = 0; group == g->sites && i < N_SITE_FIELDS; i++)
		known = known || g->site_fields[i] == field;
	for (unsigned i = 0; group == g->calls && i < N_CALLS_FIELDS; i++)
		known = known || g->calls_fields[i] == field;
	return known;
}

static int list_others(struct gtb *g, struct err *err)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < g->n_groups; i++)
		n += g->groups[i].n_fields;
	g->others = calloc(n + 1, sizeof(*g->others));
	if (!g->others)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < g->n_groups; i++)
		for (uint32_t f = 0; f < g->groups[i].n_fields; f++)
			if (!is_known(g, i, f))
				g->others[g->n_others++] = (struct v2_field){ i, f };
	return 0;
}

int v2_open(struct gtb *g, struct err *err)
{
	int r = read_sections(g, err);

	g->codec = GTB_ZSTD;
	if (r == 0)
		r = sort_meta(g, err);
	if (r == 0)
		r = find_known(g, err);
	return r < 0 ? r : list_others(g, err);
}
