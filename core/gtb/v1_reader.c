/* SPDX-License-Identifier: MIT */
/* Records of GTB version 1, one block at a time, its rows in the order in which they are shown. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/search.h"
#include "core/gtb/gtb_private.h"

enum {
	CODE_MAX = 225, /* of alleles up to 14 */
	SHORT_ROW = 4,  /* bytes */
	DIGIT = 11      /* bits, that rows are sorted by at a time */
};

/* As stored. */
struct v1_row {
	const char *ref; /* in alleles; a tab behind it, then ALT */
	uint32_t ref_len;
	uint32_t alts_len;
	uint32_t n_alleles; /* with REF; "." counts as an ALT, as for the order of rows */
	uint32_t n_shown;   /* and where it does not */
};

/* A row's place in the order of records. */
struct v1_place {
	uint32_t pos1;
	uint32_t number; /* of the row */
};

struct v1_loaded {
	uint32_t block;
	uint64_t first;   /* record of the block */
	uint32_t n;       /* records of the block; 0: none is loaded */
	bool has_calls;   /* genotypes are there too */
	uint8_t *alleles; /* owned */
	size_t alleles_len;
	struct v1_row *rows; /* of the block; owned */
	size_t rows_size;
	struct v1_place *places; /* of the block, and as many to sort them with; owned */
	size_t places_size;
	const struct v1_place *order; /* those of them that are sorted */
	uint8_t *genotypes;           /* owned */
	size_t genotypes_len;
};

static void forget(struct gtb_reader *r)
{
	struct v1_loaded *l = r->v1;

	gtb_room_free(r->room, l->alleles, l->alleles_len);
	gtb_room_free(r->room, l->rows, l->rows_size);
	gtb_room_free(r->room, l->places, l->places_size);
	gtb_room_free(r->room, l->genotypes, l->genotypes_len);
	*l = (struct v1_loaded){ 0 };
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
	return r->v1 ? 0 : err_set(err, -ENOMEM, "out of memory");
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
		uint32_t pos1 = cursor_u32(&c);

		l->places[i] = (struct v1_place){ pos1, i };
		if (pos1 < b->pos1_min || pos1 > b->pos1_max)
			ret = err_set(err, -EBADMSG,
					"POSITIONS: row %u is at %u, outside of the block's %u to "
					"%u; "
					"copy the file again",
					i, pos1, b->pos1_min, b->pos1_max);
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
	row->n_shown = row->alts_len == 1 && tab[1] == '.' ? 1 : row->n_alleles;
	return 0;
}

/* Whether what begins at @p is what nearly all rows are: two alleles of one letter each. */
static bool is_short(const uint8_t *p, const uint8_t *end)
{
	return end - p >= SHORT_ROW && gtb_is_letter(p[0]) && p[1] == '\t' && gtb_is_letter(p[2]) &&
	       p[3] == '/';
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
		const uint8_t *slash;

		if (i < b->n_biallelic && is_short(p, end)) {
			l->rows[i] = (struct v1_row){ (const char *)p, 1, 1, 2, 2 };
			p += SHORT_ROW;
			continue;
		}
		slash = memchr(p, '/', (size_t)(end - p));
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

/* Of places of one position, in @rows. */
static int by_alleles(const void *a, const void *b, void *rows)
{
	const struct v1_place *p = a;
	const struct v1_place *q = b;
	const struct v1_row *x = (const struct v1_row *)rows + p->number;
	const struct v1_row *y = (const struct v1_row *)rows + q->number;
	int r;

	if (x->n_alleles != y->n_alleles)
		return x->n_alleles < y->n_alleles ? -1 : 1;
	r = compare_text(x->ref, x->ref_len, y->ref, y->ref_len);
	if (r == 0)
		r = compare_text(x->ref + x->ref_len + 1, x->alts_len, y->ref + y->ref_len + 1,
				y->alts_len);
	return r ? r : p->number < q->number ? -1 : 1;
}

/* By position, from the lowest digit on. Return: @from or @to, whichever has them then. */
static struct v1_place *sort_by_position(
		struct v1_place *from, struct v1_place *to, uint32_t n, const struct v1_block *b)
{
	enum { DIGITS = 1 << DIGIT };

	for (unsigned shift = 0; shift < 32 && (b->pos1_max - b->pos1_min) >> shift;
			shift += DIGIT) {
		uint32_t at[DIGITS + 1] = { 0 };
		struct v1_place *sorted = to;

		for (uint32_t i = 0; i < n; i++)
			at[((from[i].pos1 - b->pos1_min) >> shift & (DIGITS - 1)) + 1]++;
		for (unsigned d = 1; d < DIGITS; d++)
			at[d] += at[d - 1];
		for (uint32_t i = 0; i < n; i++)
			to[at[(from[i].pos1 - b->pos1_min) >> shift & (DIGITS - 1)]++] = from[i];
		to = from;
		from = sorted;
	}
	return from;
}

static void sort_rows(struct v1_loaded *l, const struct v1_block *b)
{
	uint32_t n = n_rows(b);
	struct v1_place *p = sort_by_position(l->places, l->places + n, n, b);

	l->order = p;
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && p[end].pos1 == p[i].pos1;)
			end++;
		if (end - i > 1)
			qsort_r(p + i, end - i, sizeof(*p), by_alleles, l->rows);
	}
}

static int load_rows(struct gtb_reader *r, const struct v1_block *b, struct err *err)
{
	struct v1_loaded *l = r->v1;
	size_t places_size = 2 * sizeof(*l->places) * n_rows(b);
	int ret = 0;

	l->rows = gtb_room_alloc(r->room, n_rows(b) * sizeof(*l->rows), &ret, err);
	if (!l->rows)
		return ret;
	l->rows_size = n_rows(b) * sizeof(*l->rows);
	l->places = gtb_room_alloc(r->room, places_size, &ret, err);
	if (!l->places)
		return ret;
	l->places_size = places_size;
	ret = load_positions(r, b, err);
	if (ret == 0)
		ret = load_alleles(r, b, err);
	if (ret == 0)
		sort_rows(l, b);
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

/* Have the block of @record, with its genotypes where @calls. */
static int enter_block(struct gtb_reader *r, uint64_t record, bool calls, struct err *err)
{
	const struct gtb *g = r->g;
	struct v1_loaded *l = r->v1;
	uint32_t i = l->block;
	int ret = 0;

	if (record - l->first >= l->n) {
		forget(r);
		i = (uint32_t)search_last(g->blocks, sizeof(*g->blocks), 0, g->n_blocks, record);
		ret = load_rows(r, &g->blocks[i], err);
		l->block = i;
		l->first = g->blocks[i].first;
		l->n = n_rows(&g->blocks[i]);
	}
	if (ret == 0 && calls && !l->has_calls)
		ret = load_calls(r, &g->blocks[i], err);
	if (ret == 0)
		return 0;
	forget(r);
	return err_prefix(err, ret, "block %u", g->blocks[i].number);
}

/* Likewise; where its row is to @out. */
static inline int find_row(struct gtb_reader *r, uint64_t record, bool calls, struct v1_place *out,
		struct err *err)
{
	const struct v1_loaded *l = r->v1;

	if (record - l->first >= l->n || (calls && !l->has_calls)) {
		int ret = enter_block(r, record, calls, err);

		if (ret < 0)
			return ret;
	}
	*out = l->order[record - l->first];
	return 0;
}

int v1_read_site(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err)
{
	const struct v1_row *row;
	struct v1_place p;
	int ret = find_row(r, record, false, &p, err);

	if (ret < 0)
		return ret;
	row = &r->v1->rows[p.number];
	*out = (struct gtb_site){ .contig = r->g->blocks[r->v1->block].contig,
		.pos = (int64_t)p.pos1 - 1,
		.n_alleles = row->n_shown,
		.ref = { row->ref, row->ref_len },
		.alts = { row->ref + row->ref_len + 1, row->alts_len } };
	return 0;
}

int v1_read_row(struct gtb_reader *r, uint64_t record, struct stored_row *out, struct err *err)
{
	bool phased = r->g->phased;
	size_t n = r->calls.n_samples;
	size_t packed = packed_row_size((uint32_t)n, phased);
	const struct v1_block *b;
	struct v1_place p;
	bool is_packed;
	size_t at;
	int ret = find_row(r, record, true, &p, err);

	if (ret < 0)
		return ret;
	b = &r->g->blocks[r->v1->block];
	is_packed = p.number < b->n_biallelic;
	at = is_packed ? p.number * packed
		       : b->n_biallelic * packed + (p.number - b->n_biallelic) * n;
	*out = (struct stored_row){ .kind = is_packed ? ROW_PACKED : ROW_BYTES,
		.phased = phased,
		.bytes = r->v1->genotypes + at,
		.len = is_packed ? packed : n,
		.code_max = CODE_MAX,
		.block = b->number,
		.row = p.number };
	return 0;
}
