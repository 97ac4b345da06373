/* SPDX-License-Identifier: MIT */
/* Records of GTB version 1, one block at a time, its rows in the order in which they are shown. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/search.h"
#include "core/gtb/gtb_private.h"

enum { CODE_MAX = 225 }; /* of alleles up to 14 */

struct v1_row {
	uint32_t pos1;
	uint32_t n_alleles; /* with REF; "." counts as an ALT, as for the order of rows */
	uint32_t ref_len;
	uint32_t alts_len;
	const char *ref; /* in alleles; a tab behind it, then ALT */
	uint32_t number; /* in the block as stored */
};

struct v1_loaded {
	uint32_t block;   /* UINT32_MAX: none */
	bool has_calls;   /* genotypes are there too */
	uint8_t *alleles; /* owned */
	size_t alleles_len;
	struct v1_row *rows; /* of the block; owned */
	size_t rows_size;
	uint8_t *genotypes; /* owned */
	size_t genotypes_len;
};

static void forget(struct gtb_reader *r)
{
	struct v1_loaded *l = r->v1;

	gtb_room_free(r->room, l->alleles, l->alleles_len);
	gtb_room_free(r->room, l->rows, l->rows_size);
	gtb_room_free(r->room, l->genotypes, l->genotypes_len);
	*l = (struct v1_loaded){ .block = UINT32_MAX };
}

void v1_reader_free(struct gtb_reader *r)
{
	if (!r->v1)
		return;
	forget(r);
	free(r->v1);
	r->v1 = NULL;
}

int v1_reader_new(struct gtb_reader *r, struct err *err)
{
	r->v1 = calloc(1, sizeof(*r->v1));
	if (!r->v1)
		return err_set(err, -ENOMEM, "out of memory");
	r->v1->block = UINT32_MAX;
	return 0;
}

static int damaged(struct err *err, const char *why)
{
	return err_set(err, -EBADMSG, "%s; copy the file again", why);
}

static int load_stream(struct gtb_reader *r, uint64_t offset, uint32_t len, int64_t want,
		uint8_t **out, size_t *out_len, const char *name, struct err *err)
{
	uint8_t *packed = NULL;
	int ret = gtb_load(r->g, offset, len, r->room, &packed, err);

	if (ret == 0)
		ret = gtb_unpack(r->g->codec, packed, len, want, r->room, out, out_len, err);
	gtb_room_free(r->room, packed, len);
	return ret < 0 ? err_prefix(err, ret, "%s", name) : 0;
}

static uint32_t n_rows(const struct v1_block *b)
{
	return b->n_biallelic + b->n_multiallelic;
}

static int load_positions(struct gtb_reader *r, const struct v1_block *b, struct err *err)
{
	struct v1_loaded *l = r->v1;
	uint8_t *p = NULL;
	size_t n = 0;
	struct cursor c;
	int ret = load_stream(r, b->offset + b->genotypes_len, b->positions_len,
			4 * (int64_t)n_rows(b), &p, &n, "POSITIONS", err);

	if (ret < 0)
		return ret;
	c = cursor_over(p, n);
	for (uint32_t i = 0; i < n_rows(b); i++) {
		l->rows[i] = (struct v1_row){ .pos1 = cursor_u32(&c), .number = i };
		if (l->rows[i].pos1 < b->pos1_min || l->rows[i].pos1 > b->pos1_max)
			ret = err_set(err, -EBADMSG,
					"POSITIONS: row %u is at %u, outside of the block's %u to "
					"%u; "
					"copy the file again",
					i, l->rows[i].pos1, b->pos1_min, b->pos1_max);
	}
	gtb_room_free(r->room, p, n);
	return ret;
}

/* [p, end) is alleles joined by commas. Return: how many; 0 where it is not. */
static uint32_t count_alleles(const uint8_t *p, const uint8_t *end)
{
	uint32_t n = 0;

	for (;; n++) {
		const uint8_t *comma = memchr(p, ',', (size_t)(end - p));

		if (!gtb_is_allele(p, (size_t)((comma ? comma : end) - p)))
			return 0;
		if (!comma)
			return n + 1;
		p = comma + 1;
	}
}

static int parse_row(struct v1_row *row, const uint8_t *p, const uint8_t *end, bool multiallelic,
		struct err *err)
{
	const uint8_t *tab = memchr(p, '\t', (size_t)(end - p));
	uint32_t n;

	if (!tab || !gtb_is_allele(p, (size_t)(tab - p)))
		return damaged(err, "its REF is no text that VCF can have");
	n = count_alleles(tab + 1, end);
	if (!n)
		return damaged(err, "its ALT is no text that VCF can have");
	if ((n > 1) != multiallelic)
		return damaged(err, "its number of alleles is not that of its place in the block");
	row->n_alleles = n + 1;
	row->ref = (const char *)p;
	row->ref_len = (uint32_t)(tab - p);
	row->alts_len = (uint32_t)(end - tab - 1);
	return 0;
}

static int load_alleles(struct gtb_reader *r, const struct v1_block *b, struct err *err)
{
	struct v1_loaded *l = r->v1;
	const uint8_t *p;
	const uint8_t *end;
	int ret = load_stream(r, b->offset + b->genotypes_len + b->positions_len, b->alleles_len,
			UNPACK_ANY, &l->alleles, &l->alleles_len, "ALLELES", err);

	if (ret < 0)
		return ret;
	p = l->alleles;
	end = p + l->alleles_len;
	for (uint32_t i = 0; ret == 0 && i < n_rows(b); i++) {
		const uint8_t *slash = memchr(p, '/', (size_t)(end - p));

		if (!slash)
			return damaged(err, "ALLELES: it has fewer rows than the block");
		ret = parse_row(&l->rows[i], p, slash, i >= b->n_biallelic, err);
		if (ret < 0)
			err_prefix(err, ret, "ALLELES: row %u", i);
		p = slash + 1;
	}
	if (ret == 0 && p != end)
		ret = err_set(err, -EBADMSG,
				"ALLELES: it has more rows than the block: damaged, or an ALT with "
				"a slash, which the format cannot hold");
	return ret;
}

static int compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return r ? r : (a_len > b_len) - (a_len < b_len);
}

static int by_place(const void *a, const void *b)
{
	const struct v1_row *x = a;
	const struct v1_row *y = b;
	int r;

	if (x->pos1 != y->pos1)
		return x->pos1 < y->pos1 ? -1 : 1;
	if (x->n_alleles != y->n_alleles)
		return x->n_alleles < y->n_alleles ? -1 : 1;
	r = compare_text(x->ref, x->ref_len, y->ref, y->ref_len);
	if (r == 0)
		r = compare_text(x->ref + x->ref_len + 1, x->alts_len, y->ref + y->ref_len + 1,
				y->alts_len);
	return r ? r : x->number < y->number ? -1 : 1;
}

static int load_rows(struct gtb_reader *r, const struct v1_block *b, struct err *err)
{
	struct v1_loaded *l = r->v1;
	int ret = 0;

	l->rows = gtb_room_alloc(r->room, n_rows(b) * sizeof(*l->rows), &ret, err);
	if (!l->rows)
		return ret;
	l->rows_size = n_rows(b) * sizeof(*l->rows);
	ret = load_positions(r, b, err);
	if (ret == 0)
		ret = load_alleles(r, b, err);
	if (ret == 0)
		qsort(l->rows, n_rows(b), sizeof(*l->rows), by_place);
	return ret;
}

static int load_calls(struct gtb_reader *r, const struct v1_block *b, struct err *err)
{
	struct v1_loaded *l = r->v1;
	uint64_t n = r->calls.n_samples;
	uint64_t want = b->n_biallelic * packed_row_size((uint32_t)n, r->g->phased) +
			b->n_multiallelic * n;
	int ret = load_stream(r, b->offset, b->genotypes_len, (int64_t)want, &l->genotypes,
			&l->genotypes_len, "GENOTYPES", err);

	l->has_calls = ret == 0;
	return ret;
}

/* A record's row, and the block that has it. */
struct place {
	const struct v1_block *block;
	const struct v1_row *row;
};

/* Of @record, with the block's genotypes where @calls. */
static int find_row(struct gtb_reader *r, uint64_t record, bool calls, struct place *out,
		struct err *err)
{
	const struct gtb *g = r->g;
	struct v1_loaded *l = r->v1;
	uint32_t i = l->block;
	int ret = 0;

	if (i == UINT32_MAX || record - g->blocks[i].first >= n_rows(&g->blocks[i])) {
		forget(r);
		i = (uint32_t)search_last(g->blocks, sizeof(*g->blocks), 0, g->n_blocks, record);
		ret = load_rows(r, &g->blocks[i], err);
		if (ret == 0)
			l->block = i;
	}
	if (ret == 0 && calls && !l->has_calls)
		ret = load_calls(r, &g->blocks[i], err);
	if (ret < 0) {
		forget(r);
		return err_prefix(err, ret, "block %u", g->blocks[i].number);
	}
	out->block = &g->blocks[i];
	out->row = &l->rows[record - out->block->first];
	return 0;
}

static uint32_t n_alleles(const struct v1_row *row)
{
	return row->alts_len == 1 && row->ref[row->ref_len + 1] == '.' ? 1 : row->n_alleles;
}

int v1_read_site(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err)
{
	struct place p = { 0 };
	int ret = find_row(r, record, false, &p, err);

	if (ret < 0)
		return ret;
	assert(p.block && p.row);
	*out = (struct gtb_site){ .contig = p.block->contig,
		.pos = (int64_t)p.row->pos1 - 1,
		.n_alleles = n_alleles(p.row),
		.ref = { p.row->ref, p.row->ref_len },
		.alts = { p.row->ref + p.row->ref_len + 1, p.row->alts_len } };
	return 0;
}

int v1_read_row(struct gtb_reader *r, uint64_t record, struct stored_row *out, struct err *err)
{
	bool phased = r->g->phased;
	size_t n = r->calls.n_samples;
	size_t packed = packed_row_size((uint32_t)n, phased);
	struct place p = { 0 };
	bool is_packed;
	size_t at;
	int ret = find_row(r, record, true, &p, err);

	if (ret < 0)
		return ret;
	assert(p.block && p.row);
	is_packed = p.row->number < p.block->n_biallelic;
	at = is_packed ? p.row->number * packed
		       : p.block->n_biallelic * packed + (p.row->number - p.block->n_biallelic) * n;
	*out = (struct stored_row){ .kind = is_packed ? ROW_PACKED : ROW_BYTES,
		.phased = phased,
		.bytes = r->v1->genotypes + at,
		.len = is_packed ? packed : n,
		.code_max = CODE_MAX,
		.block = p.block->number,
		.row = p.row->number };
	return 0;
}
