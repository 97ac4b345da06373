/* SPDX-License-Identifier: MIT */
/*
 * Records of GTB version 2: of each group one block at a time, of its columns those that are asked
 * for. Groups are cut into blocks each in its own way, so a record is looked for in each.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/pread_all.h"
#include "core/base/search.h"
#include "core/gtb/ccf_column.h"
#include "core/gtb/ccf_numbers.h"
#include "core/gtb/gtb_private.h"

enum {
	TAIL_LENGTH = 4,
	VARINT32_MAX = 5,
	CONTROL_MAX = 5,
	UNPACKED_GUESS = 32 /* times its length, of a stream that does not say */
};

/* The block of a group that is loaded. */
struct loaded_group {
	uint32_t block;
	uint64_t first; /* record of the block */
	uint32_t n;     /* records of the block; 0: none is loaded */
	uint64_t *ends; /* of each field's stream, bytes from the block's start; owned */
	struct ccf_column *columns; /* of each field; room is NULL where not loaded; owned */
	bool complete;              /* those that every GTB has are loaded: enter_complete() */
};

struct v2_loaded {
	struct loaded_group *groups; /* one for each; owned */
};

void v2_reader_free(struct gtb_reader *r)
{
	if (!r->v2)
		return;
	for (uint32_t i = 0; r->v2->groups && i < r->g->n_groups; i++) {
		struct loaded_group *l = &r->v2->groups[i];

		for (uint32_t f = 0; l->columns && f < r->g->groups[i].n_fields; f++)
			ccf_column_done(&l->columns[f]);
		free(l->columns);
		free(l->ends);
	}
	free(r->v2->groups);
	free(r->v2);
	r->v2 = NULL;
}

int v2_reader_new(struct gtb_reader *r, struct err *err)
{
	const struct gtb *g = r->g;

	r->v2 = calloc(1, sizeof(*r->v2));
	if (!r->v2)
		return err_set(err, -ENOMEM, "out of memory");
	r->v2->groups = calloc(g->n_groups, sizeof(*r->v2->groups));
	if (!r->v2->groups)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < g->n_groups; i++) {
		struct loaded_group *l = &r->v2->groups[i];

		l->ends = calloc(g->groups[i].n_fields, sizeof(*l->ends));
		l->columns = calloc(g->groups[i].n_fields, sizeof(*l->columns));
		if (!l->ends || !l->columns)
			return err_set(err, -ENOMEM, "out of memory");
	}
	return 0;
}

static int damaged(struct err *err, const char *why)
{
	return err_set(err, -EBADMSG, "%s; copy the file again", why);
}

/* The lengths of a block's streams, from the column of them at its end. */
static int parse_lengths(const struct ccf_group *grp, const struct ccf_block *b,
		const uint8_t *column, uint64_t column_len, uint64_t *ends, struct err *err)
{
	struct cursor c = cursor_over(column, column_len);
	int32_t len = 0;
	uint64_t at = 0;

	for (uint32_t i = 0; i < grp->n_fields; i++) {
		len = (int32_t)((uint32_t)len + (uint32_t)ccf_varint(&c, 32));
		if (len < 0)
			return damaged(err, "a stream has no length that can be");
		at += (uint32_t)len;
		ends[i] = at;
	}
	/* The number of fields, and the control byte: bits 1 and 2 say how long the number is. */
	if (!cursor_bad(&c)) {
		unsigned n_bytes = (column[column_len - 1] >> 1 & 3) + 1u;

		if (!(column[column_len - 1] & 1) || cursor_left(&c) != n_bytes + 1 ||
				cursor_le(&c, n_bytes) != grp->n_fields)
			return damaged(err, "it does not have a stream for each field");
	}
	if (cursor_bad(&c) || at + column_len + TAIL_LENGTH != b->len)
		return damaged(err, "its streams do not add up to it");
	return 0;
}

static int load_block(struct gtb_reader *r, uint32_t group, uint32_t block, struct err *err)
{
	const struct ccf_group *grp = &r->g->groups[group];
	struct loaded_group *l = &r->v2->groups[group];
	const struct ccf_block *b = &grp->blocks[block];
	uint64_t most = (uint64_t)grp->n_fields * VARINT32_MAX + CONTROL_MAX;
	uint8_t bytes[TAIL_LENGTH];
	struct cursor c = cursor_over(bytes, sizeof(bytes));
	uint8_t *column = NULL;
	uint32_t len;
	int ret;

	l->n = 0;
	l->complete = false;
	for (uint32_t f = 0; f < grp->n_fields; f++)
		ccf_column_done(&l->columns[f]);
	ret = pread_all(r->g->fd, bytes, sizeof(bytes), b->offset + b->len - sizeof(bytes), err);
	if (ret < 0)
		return ret;
	len = cursor_u32(&c);
	if (!len || len > most || len > b->len - sizeof(bytes))
		return damaged(err, "the lengths of its streams have no length that can be");
	ret = gtb_load(r->g, b->offset + b->len - sizeof(bytes) - len, len, r->room, &column, err);
	if (ret == 0)
		ret = parse_lengths(grp, b, column, len, l->ends, err);
	gtb_room_free(r->room, column, len);
	if (ret < 0)
		return ret;
	l->block = block;
	l->first = b->first;
	l->n = b->n;
	return 0;
}

static int enter_other_block(struct gtb_reader *r, uint32_t group, uint64_t record, struct err *err)
{
	const struct ccf_group *grp = &r->g->groups[group];
	uint32_t block = (uint32_t)search_last(
			grp->blocks, sizeof(*grp->blocks), 0, grp->n_blocks, record);
	int ret = load_block(r, group, block, err);

	return ret < 0 ? err_prefix(err, ret, "%.*s: block %u", (int)grp->name.len, grp->name.s,
					 block)
		       : 0;
}

/* Have the lengths of the streams of the block that has @record. */
static inline int enter_block(
		struct gtb_reader *r, uint32_t group, uint64_t record, struct err *err)
{
	const struct loaded_group *l = &r->v2->groups[group];

	return record - l->first < l->n ? 0 : enter_other_block(r, group, record, err);
}

/* A field's stream in the block that was entered. */
struct stream {
	uint64_t offset;
	uint64_t len;
};

static struct stream stream_of(const struct gtb_reader *r, uint32_t group, uint32_t field)
{
	const struct loaded_group *l = &r->v2->groups[group];
	uint64_t start = field ? l->ends[field - 1] : 0;

	return (struct stream){ r->g->groups[group].blocks[l->block].offset + start,
		l->ends[field] - start };
}

int v2_column_size(struct gtb_reader *r, uint32_t field, uint64_t record, struct column_size *out,
		struct err *err)
{
	const struct v2_field *f = &r->g->others[field];
	const struct ccf_block *b;
	uint8_t head[UNPACK_HEAD];
	struct stream s;
	size_t n;
	int ret = enter_block(r, f->group, record, err);

	if (ret < 0)
		return ret;
	b = &r->g->groups[f->group].blocks[r->v2->groups[f->group].block];
	s = stream_of(r, f->group, f->field);
	n = s.len < sizeof(head) ? (size_t)s.len : sizeof(head);
	ret = pread_all(r->g->fd, head, n, s.offset, err);
	if (ret < 0)
		return ret;
	out->end = b->first + b->n;
	out->bytes = gtb_unpacked_size(head, n);
	if (!out->bytes)
		out->bytes = s.len * UNPACKED_GUESS;
	/* What claims more cannot be read. */
	if (out->bytes > r->room->max)
		out->bytes = r->room->max;
	return 0;
}

static int load_column(struct gtb_reader *r, uint32_t group, uint32_t field, struct err *err)
{
	const struct ccf_group *grp = &r->g->groups[group];
	struct loaded_group *l = &r->v2->groups[group];
	struct stream s = stream_of(r, group, field);
	uint8_t *packed = NULL;
	uint8_t *raw = NULL;
	size_t raw_len = 0;
	int ret = gtb_load(r->g, s.offset, s.len, r->room, &packed, err);

	if (ret == 0)
		ret = gtb_unpack(GTB_ZSTD, packed, s.len, UNPACK_ANY, r->room, &raw, &raw_len, err);
	gtb_room_free(r->room, packed, s.len);
	if (ret < 0)
		return ret;
	return ccf_column_init(&l->columns[field], grp->fields[field].type, raw, raw_len, l->n,
			r->room, err);
}

static int column_failed(const struct gtb_reader *r, uint32_t group, uint32_t field, int ret,
		struct err *err)
{
	const struct ccf_group *grp = &r->g->groups[group];

	return err_prefix(err, ret, "%.*s: block %u: %.*s", (int)grp->name.len, grp->name.s,
			r->v2->groups[group].block, (int)grp->fields[field].name.len,
			grp->fields[field].name.s);
}

/* The column that has the field of @record, and where in it. */
static inline int find_column(struct gtb_reader *r, uint32_t group, uint32_t field, uint64_t record,
		const struct ccf_column **out, uint32_t *row, struct err *err)
{
	const struct loaded_group *l = &r->v2->groups[group];
	int ret = enter_block(r, group, record, err);

	if (ret < 0)
		return ret;
	if (!l->columns[field].room) {
		ret = load_column(r, group, field, err);
		if (ret < 0)
			return column_failed(r, group, field, ret, err);
	}
	*out = &l->columns[field];
	*row = (uint32_t)(record - l->first);
	return 0;
}

static int read_number(struct gtb_reader *r, uint32_t group, uint32_t field, uint64_t record,
		int64_t *out, struct err *err)
{
	const struct ccf_column *c = NULL;
	uint32_t row = 0;
	int ret = find_column(r, group, field, record, &c, &row, err);

	if (ret < 0)
		return ret;
	assert(c);
	*out = ccf_column_number(c, row);
	return 0;
}

/* Have all of @fields, @n of them, where @record is. */
static int complete_block(struct gtb_reader *r, uint32_t group, const uint32_t *fields, unsigned n,
		uint64_t record, struct err *err)
{
	const struct ccf_column *c;
	uint32_t row;
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < n; i++)
		ret = find_column(r, group, fields[i], record, &c, &row, err);
	r->v2->groups[group].complete = ret == 0;
	return ret;
}

/* Likewise, with a look at nothing else where they are there. @out: the block. */
static inline int enter_complete(struct gtb_reader *r, uint32_t group, const uint32_t *fields,
		unsigned n, uint64_t record, const struct loaded_group **out, struct err *err)
{
	const struct loaded_group *l = &r->v2->groups[group];

	*out = l;
	if (record - l->first < l->n && l->complete)
		return 0;
	return complete_block(r, group, fields, n, record, err);
}

int v2_read_contig(struct gtb_reader *r, uint64_t record, uint32_t *out, struct err *err)
{
	const struct gtb *g = r->g;
	int64_t contig = 0;
	int ret = read_number(r, g->sites, g->site_fields[SITE_CHROM], record, &contig, err);

	if (ret == 0)
		ret = gtb_check_contig(g, (uint64_t)contig, err);
	if (ret == 0)
		*out = (uint32_t)contig;
	return ret;
}

/* What nearly all are: two of one letter each, of which the second stands for a list of ALTs. */
static bool take_letters(struct gtb_site *out, const uint8_t *p, size_t n)
{
	enum { ONE = 1 << 2 }; /* the length of one byte */

	if (n != 6 || p[0] != ONE || !gtb_is_letter(p[1]) || p[2] != ONE || !gtb_is_letter(p[3]) ||
			p[4] != 2 || (p[5] != NESTED_STRINGS && p[5] != NESTED_BYTES))
		return false;
	out->ref = (struct gtb_text){ (const char *)p + 1, 1 };
	out->alts = (struct gtb_text){ (const char *)p + 3, 1 };
	out->alts_nested = false;
	out->n_alleles = 2;
	return true;
}

/* REF and ALTs: items of a nested array; no ALT is one ".". */
static int take_alleles(struct gtb_site *out, const uint8_t *p, size_t n, struct err *err)
{
	struct ccf_nested nested;
	const uint8_t *at;
	int r = ccf_nested(p, n, false, &nested, err);

	if (r < 0)
		return r;
	if (nested.n_items < 2 || nested.n_items > GTB_MISSING)
		return damaged(err, "its alleles are less than two or more than 255");
	at = nested.at;
	for (uint64_t i = 0; i < nested.n_items; i++) {
		struct gtb_text t = ccf_nested_next(&at, nested.end);

		if (!gtb_is_allele((const uint8_t *)t.s, t.len))
			return damaged(err, "an allele is no text that VCF can have");
	}
	out->ref = ccf_nested_next(&nested.at, nested.end);
	out->alts = (struct gtb_text){ (const char *)nested.at, (size_t)(nested.end - nested.at) };
	out->alts_nested = true;
	at = nested.at;
	out->n_alleles = (uint32_t)nested.n_items;
	if (nested.n_items == 2 && gtb_text_is(ccf_nested_next(&at, nested.end), "."))
		out->n_alleles = 1;
	return 0;
}

int v2_read_site(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err)
{
	const struct gtb *g = r->g;
	const struct loaded_group *l;
	const uint8_t *p;
	uint64_t contig;
	int64_t pos1;
	uint32_t row;
	size_t n;
	int ret = enter_complete(r, g->sites, g->site_fields, N_SITE_FIELDS, record, &l, err);

	if (ret < 0)
		return ret;
	row = (uint32_t)(record - l->first);
	contig = (uint64_t)ccf_column_number(&l->columns[g->site_fields[SITE_CHROM]], row);
	pos1 = ccf_column_number(&l->columns[g->site_fields[SITE_POS]], row);
	p = ccf_column_bytes(&l->columns[g->site_fields[SITE_ALLELE]], row, &n);
	ret = gtb_check_contig(g, contig, err);
	if (ret < 0)
		return ret;
	if (pos1 < 1)
		return err_set(err, -EBADMSG, "its position is %lld; copy the file again",
				(long long)pos1);
	out->contig = (uint32_t)contig;
	out->pos = pos1 - 1;
	if (take_letters(out, p, n))
		return 0;
	return take_alleles(out, p, n, err);
}

int v2_read_row(struct gtb_reader *r, uint64_t record, struct stored_row *out, struct err *err)
{
	const struct gtb *g = r->g;
	const struct loaded_group *l;
	struct cursor c;
	const uint8_t *p;
	uint32_t row;
	uint32_t n;
	uint8_t head;
	size_t len;
	int ret = enter_complete(r, g->calls, g->calls_fields, N_CALLS_FIELDS, record, &l, err);

	if (ret < 0)
		return ret;
	row = (uint32_t)(record - l->first);
	p = ccf_column_bytes(&l->columns[g->calls_fields[CALLS_GT]], row, &len);
	c = cursor_over(p, len);
	head = cursor_u8(&c);
	n = cursor_u32(&c);
	if (cursor_bad(&c) || head >> 1 >= N_ROW_KINDS || n != r->calls.n_samples)
		return damaged(err, "its genotypes are of an unknown kind, or of other samples");
	*out = (struct stored_row){ .kind = head >> 1,
		.phased = head & 1 && head >> 1 != ROW_PLINK,
		.has_counts = true,
		.bytes = c.at,
		.len = cursor_left(&c),
		.code_max = GTB_CODE_MAX };
	out->ac = (uint64_t)ccf_column_number(&l->columns[g->calls_fields[CALLS_AC]], row);
	out->an = (uint64_t)ccf_column_number(&l->columns[g->calls_fields[CALLS_AN]], row);
	return 0;
}

int gtb_read_value(struct gtb_reader *r, uint32_t field, uint64_t record, struct gtb_value *out,
		struct err *err)
{
	const struct v2_field *f = &r->g->others[field];
	const struct ccf_column *c = NULL;
	uint32_t row = 0;
	int ret = find_column(r, f->group, f->field, record, &c, &row, err);

	if (ret == 0)
		ret = ccf_column_value(c, row, out, err);
	return ret < 0 ? err_prefix(err, ret, "%s: record %llu", r->g->pathname,
					 (unsigned long long)record + 1)
		       : 0;
}
