/* SPDX-License-Identifier: MIT */
#include "core/gtb/gtb_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/large.h"
#include "core/gtb/ccf_column.h"
#include "core/gtb/gt_row.h"
#include "core/gtb/gtb_private.h"
#include "core/gtb/info_text.h"
#include "core/gtb/vcf_private.h"
#include "core/view/number_text.h"

enum {
	ALLELES_MAX = UINT16_MAX, /* of a record of BCF */
	FREQUENCIES = 1 << 10     /* kept, as many as a power of two */
};

/* A frequency as a record has it: what its text is as a float. */
struct frequency {
	uint64_t n; /* 0: none */
	uint32_t count;
	uint32_t bits;
};

struct record_maker {
	const struct gtb_records *rs;
	struct gtb_reader *r;
	uint32_t n_samples;
	uint32_t keys[N_COUNTS]; /* of what is counted */
	uint32_t gt_key;
	struct gt_row_maker rows;
	struct gt_tally tally;
	struct info_reader info;
	struct buf text;   /* a column's */
	struct buf cell;   /* the record's genotypes */
	uint32_t *values;  /* of AC or AF, by ALT; owned */
	uint32_t n_values; /* that there is room for */
	struct frequency frequencies[FREQUENCIES];
};

void record_maker_free(struct record_maker *m)
{
	if (!m)
		return;
	gt_row_maker_done(&m->rows);
	info_reader_done(&m->info);
	buf_done(&m->text);
	buf_done(&m->cell);
	free(m->values);
	free(m);
}

static void record_maker_freep(struct record_maker **m)
{
	record_maker_free(*m);
}

uint64_t record_maker_cost(uint32_t n_samples)
{
	return sizeof(struct record_maker) + gt_row_maker_cost(n_samples);
}

int record_maker_new(const struct gtb_records *rs, struct gtb_reader *r, struct record_maker **out)
{
	CLEANUP(record_maker_freep) struct record_maker *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->rs = rs;
	m->r = r;
	m->n_samples = gtb_n_samples(rs->vcf->g);
	m->info.head = rs->head;
	if (gt_row_maker_init(&m->rows, m->n_samples) < 0)
		return -ENOMEM;
	/* gtb_head_make() saw to it that they are declared. */
	for (unsigned c = 0; c < N_COUNTS; c++)
		if (names_find(rs->head->keys, count_keys[c].id, strlen(count_keys[c].id),
				    &m->keys[c]) < 0)
			m->keys[c] = UINT32_MAX;
	if (names_find(rs->head->keys, "GT", 2, &m->gt_key) < 0)
		m->gt_key = UINT32_MAX;
	*out = m;
	m = NULL;
	return 0;
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

/* ---- what is counted ---- */

/* AF is what its text is as a float: import reads it so. */
static uint32_t frequency_bits(struct record_maker *m, uint32_t count, uint64_t n)
{
	struct frequency *f = &m->frequencies[(count ^ n * 31) % FREQUENCIES];
	char text[FLOAT_TEXT_MAX + 1];

	if (!n)
		return RECORD_QUAL_MISSING;
	if (f->n != n || f->count != count) {
		*float_text(text, (float)((double)count / (double)n)) = '\0';
		*f = (struct frequency){ n, count, float_text_bits(text) };
	}
	return f->bits;
}

static uint32_t count_of(const struct gt_tally *t, uint32_t allele)
{
	return allele < t->n_alleles ? t->counts[allele] : 0;
}

static bool reserve_values(struct record_maker *m, uint32_t n)
{
	uint32_t *values;

	if (n <= m->n_values)
		return true;
	values = realloc(m->values, n * sizeof(*values));
	if (!values)
		return false;
	m->values = values;
	m->n_values = n;
	return true;
}

static void put_count(struct record_maker *m, enum count c, uint32_t n_alleles, struct buf *out)
{
	const struct gt_tally *t = &m->tally;
	const int32_t n = (int32_t)t->n; /* of at most 2^22 samples */

	if (c == COUNT_AN) {
		info_put_integers(out, m->keys[c], &n, 1);
		return;
	}
	for (uint32_t i = 1; i < n_alleles; i++)
		m->values[i - 1] = c == COUNT_AC ? count_of(t, i)
						 : frequency_bits(m, count_of(t, i), t->n);
	if (c == COUNT_AC)
		info_put_integers(out, m->keys[c], (int32_t *)m->values, n_alleles - 1);
	else
		info_put_floats(out, m->keys[c], m->values, n_alleles - 1);
}

/* ---- columns ---- */

/* The text with a NUL behind it. */
static int end_text(struct buf *text, struct err *err)
{
	buf_put_u8(text, '\0');
	if (buf_failed(text))
		return no_memory(err);
	text->len--;
	return 0;
}

static int put_id(struct record_maker *m, uint64_t record, struct buf *out, struct err *err)
{
	int ret;

	buf_clear(&m->text);
	ret = vcf_put_names(m->rs->vcf, PLACE_ID, m->r, record, &m->text, err);
	if (ret < 0)
		return ret;
	if (m->text.len == 1 && *m->text.data == '.')
		m->text.len = 0;
	buf_put_bytes(out, m->text.data, m->text.len);
	return 0;
}

static void put_alleles(const struct gtb_site *site, struct buf *out)
{
	const char *at = site->alts.s;
	const char *end = at + site->alts.len;
	const uint8_t *item = (const uint8_t *)at;

	buf_put_bytes(out, site->ref.s, site->ref.len);
	for (uint32_t i = 1; i < site->n_alleles; i++) {
		const char *comma;
		struct gtb_text t;

		if (site->alts_nested) {
			t = ccf_nested_next(&item, (const uint8_t *)end);
			buf_put_bytes(out, t.s, t.len);
			continue;
		}
		comma = memchr(at, ',', (size_t)(end - at));
		comma = comma ? comma : end;
		buf_put_bytes(out, at, (size_t)(comma - at));
		at = comma + 1;
	}
}

static int put_filter(struct record_maker *m, uint64_t record, struct buf *out, struct err *err)
{
	int ret;

	if (m->rs->vcf->column[PLACE_FILTER] == UINT32_MAX) {
		buf_put_varint(out, 0);
		return 0;
	}
	buf_clear(&m->text);
	ret = vcf_put_names(m->rs->vcf, PLACE_FILTER, m->r, record, &m->text, err);
	if (ret == 0)
		ret = end_text(&m->text, err);
	return ret < 0 ? ret
		       : filter_text_put(&m->info, (char *)m->text.data, m->text.len, out, err);
}

static int read_qual(struct record_maker *m, uint64_t record, uint32_t *out, struct err *err)
{
	int ret;

	*out = RECORD_QUAL_MISSING;
	if (m->rs->vcf->column[PLACE_QUAL] == UINT32_MAX)
		return 0;
	buf_clear(&m->text);
	ret = vcf_put_qual(m->rs->vcf, m->r, record, &m->text, err);
	if (ret == 0)
		ret = end_text(&m->text, err);
	if (ret == 0)
		*out = qual_text_bits((char *)m->text.data);
	return ret;
}

/* INFO as it is stored, to m->text. */
static int read_info(struct record_maker *m, uint64_t record, struct err *err)
{
	int ret;

	buf_clear(&m->text);
	if (m->rs->vcf->column[PLACE_INFO] == UINT32_MAX)
		return 0;
	ret = vcf_put_info(m->rs->vcf, m->r, record, &m->text, err);
	return ret < 0 ? ret : end_text(&m->text, err);
}

/* The record's cell to m->cell, and what is in it to m->tally. */
static int read_genotypes(struct record_maker *m, uint64_t record, const struct gtb_site *site,
		uint32_t *ploidy, struct err *err)
{
	struct stored_row row = { 0 };
	int ret = gtb_read_row(m->r, record, site->n_alleles, &row, err);

	if (ret < 0)
		return ret;
	buf_clear(&m->cell);
	ret = gt_row_put(&m->rows, &m->r->calls, &row,
			gtb_contig(m->rs->vcf->g, site->contig).ploidy, &m->tally, ploidy, &m->cell,
			err);
	return ret < 0 ? gtb_row_failed(m->r, record, &row, ret, err) : 0;
}

/* ---- a record ---- */

struct making {
	struct record_maker *m;
	const struct record_range *range;
	enum block_part part;
	struct buf bytes; /* of all records so far */
};

static int put_info(struct record_maker *m, uint64_t record, const struct gtb_site *site,
		const bool *counts, struct info_fields *fields, struct buf *out, struct err *err)
{
	const struct gtb_vcf *v = m->rs->vcf;
	int ret = reserve_values(m, site->n_alleles) ? 0 : no_memory(err);

	if (ret == 0 && m->text.len)
		ret = info_text_put(&m->info, (char *)m->text.data, m->text.len, fields, out, err);
	for (unsigned c = 0; ret == 0 && c < N_COUNTS; c++)
		if (counts[c]) {
			put_count(m, c, site->n_alleles, out);
			fields->n++;
		}
	if (ret < 0 || !v->has_keys)
		return ret;
	buf_clear(&m->text);
	ret = vcf_put_keys(v, m->r, record, 0, &m->text, err);
	if (ret == 0)
		ret = end_text(&m->text, err);
	if (ret == 0)
		ret = info_text_put(&m->info, (char *)m->text.data, m->text.len, fields, out, err);
	return ret;
}

static int put_site(struct making *k, uint64_t record, const struct gtb_site *site,
		struct record *r, uint32_t *ploidy, struct err *err)
{
	struct record_maker *m = k->m;
	struct info_fields fields = { .pos = site->pos, .end = -1 };
	bool counts[N_COUNTS];
	bool wanted = k->part == BLOCK_CALLS;
	int ret = put_id(m, record, &k->bytes, err);

	if (ret < 0)
		return ret;
	put_alleles(site, &k->bytes);
	ret = put_filter(m, record, &k->bytes, err);
	if (ret == 0)
		ret = read_qual(m, record, &r->qual, err);
	if (ret == 0)
		ret = read_info(m, record, err);
	for (unsigned c = 0; c < N_COUNTS; c++) {
		counts[c] = vcf_shows_count(m->rs->vcf, c, site->n_alleles,
				(struct gtb_text){ (char *)m->text.data, m->text.len });
		wanted = wanted || counts[c];
	}
	if (ret == 0 && wanted && m->n_samples)
		ret = read_genotypes(m, record, site, ploidy, err);
	if (ret == 0)
		ret = put_info(m, record, site, counts, &fields, &k->bytes, err);
	if (ret < 0)
		return ret;
	r->n_info = fields.n;
	if (fields.end >= 0)
		r->rlen = fields.end - r->pos;
	return 0;
}

static int put_record(struct making *k, uint64_t record, struct record *r, struct err *err)
{
	struct record_maker *m = k->m;
	size_t start = k->bytes.len;
	struct gtb_site site;
	uint32_t ploidy = 0;
	int ret = gtb_read_site(m->r, record, &site, err);

	if (ret < 0)
		return ret;
	if (site.contig != k->range->gtb_contig || site.n_alleles > ALLELES_MAX)
		return err_set(err, -EBADMSG, "record %llu: %s", (unsigned long long)record + 1,
				site.n_alleles > ALLELES_MAX ? "it has too many alleles"
							     : "it is of another contig");
	r->pos = site.pos;
	r->rlen = (int64_t)site.ref.len;
	r->contig = k->range->contig;
	r->n_allele = site.n_alleles;
	ret = put_site(k, record, &site, r, &ploidy, err);
	if (ret < 0)
		return ret;
	if (r->pos + r->rlen > k->range->end)
		return err_set(err, -ENOTSUP,
				"record %llu covers %lld bases of the reference; import the file: "
				"genofs import",
				(unsigned long long)record + 1, (long long)r->rlen);
	r->site_len = k->bytes.len - start;
	if (k->part == BLOCK_CALLS && m->n_samples) {
		r->n_fmt = 1;
		buf_put_varint(&k->bytes, m->gt_key);
		buf_put_u8(&k->bytes, RECORD_GT);
		buf_put_varint(&k->bytes, ploidy);
		buf_put_u32(&k->bytes, (uint32_t)m->cell.len);
		buf_put(&k->bytes, m->cell.data, m->cell.len);
	}
	r->fmt_len = k->bytes.len - start - r->site_len;
	return 0;
}

/* A message of reading says of which file and record already. */
static int in_record(const struct making *k, uint64_t record, int ret, struct err *err)
{
	const char *pathname = gtb_pathname(k->m->rs->vcf->g);

	if (err && strncmp(err->msg, pathname, strlen(pathname)) == 0)
		return ret;
	if (err && strncmp(err->msg, "record ", strlen("record ")) != 0)
		err_prefix(err, ret, "record %llu", (unsigned long long)record + 1);
	return err_prefix(err, ret, "%s", pathname);
}

static int too_large(const struct making *k, struct err *err)
{
	return err_set(err, -EOVERFLOW,
			"%s: records %llu to %llu take more than %llu bytes when they are decoded; "
			"give more cache_size",
			gtb_pathname(k->m->rs->vcf->g), (unsigned long long)k->range->first + 1,
			(unsigned long long)k->range->first + k->range->n,
			(unsigned long long)k->range->most);
}

/* Records lie one behind the other, site then genotypes. */
static void point_records(struct block *b)
{
	const uint8_t *at = b->bytes;

	for (uint32_t i = 0; i < b->n_records; i++) {
		struct record *r = &b->records[i];

		r->site = at;
		at += r->site_len;
		r->fmt = b->part == BLOCK_CALLS ? at : NULL;
		at += r->fmt_len;
	}
}

static int make_records(struct making *k, struct block *b, struct err *err)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < k->range->n; i++) {
		uint64_t record = k->range->first + i;

		ret = put_record(k, record, &b->records[i], err);
		if (ret < 0)
			return in_record(k, record, ret, err);
		if (buf_failed(&k->bytes))
			return no_memory(err);
		if (b->cost + k->bytes.len > k->range->most)
			return too_large(k, err);
	}
	return 0;
}

int record_maker_block(struct record_maker *m, const struct record_range *range,
		enum block_part part, struct block **out, struct err *err)
{
	struct making k = { .m = m, .range = range, .part = part };
	struct block *b = block_new(range->n, 0);
	uint8_t *bytes;
	int ret;

	if (!b)
		return no_memory(err);
	b->part = part;
	b->n_samples = m->n_samples;
	ret = make_records(&k, b, err);
	if (ret == 0 && !buf_reserve(&k.bytes, 1))
		ret = no_memory(err);
	if (ret < 0) {
		buf_done(&k.bytes);
		block_free(b);
		return ret;
	}
	bytes = realloc(k.bytes.data, k.bytes.len + 1);
	large_free(b->bytes);
	b->bytes = bytes ? bytes : k.bytes.data;
	b->cost += k.bytes.len;
	point_records(b);
	*out = b;
	return 0;
}

bool gtb_records_have_end(const struct gtb_records *rs)
{
	uint32_t key;

	return rs->vcf->column[PLACE_INFO] != UINT32_MAX &&
	       names_find(rs->head->keys, "END", 3, &key) == 0 &&
	       rs->head->uses[key].uses & DECLARES_INFO && rs->head->uses[key].type == INFO_INTEGER;
}

int record_maker_rlen(struct record_maker *m, uint64_t record, const struct gtb_site *site,
		int64_t *out, struct err *err)
{
	int64_t end;
	int ret;

	*out = (int64_t)site->ref.len;
	if (!gtb_records_have_end(m->rs))
		return 0;
	ret = read_info(m, record, err);
	if (ret < 0)
		return ret;
	end = info_text_end((char *)m->text.data, m->text.len, site->pos);
	if (end >= 0)
		*out = end - site->pos;
	return 0;
}
