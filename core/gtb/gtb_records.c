/* SPDX-License-Identifier: MIT */
#include "core/gtb/gtb_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/large.h"
#include "core/gtb/ccf_column.h"
#include "core/gtb/gt_row.h"
#include "core/gtb/gtb_counts.h"
#include "core/gtb/gtb_private.h"
#include "core/gtb/info_text.h"
#include "core/gtb/vcf_private.h"

enum {
	ALLELES_MAX = UINT16_MAX, /* of a record of BCF */
	RECORD_BYTES = 64,        /* of the first block, guessed */
	CELL_LEAD = 1 + 4,        /* ploidy, 1 or 2 (a varint of one byte), and length of a cell */
	GT_HEAD_MAX = 16,         /* of a field of genotypes: key, type and what leads the cell */
	SPARE = 4096,             /* bytes of a record's site, but for long texts */
	SAMPLE_BYTES = 10         /* that making a row may have room for */
};

struct record_maker {
	const struct gtb_records *rs;
	struct gtb_reader *r;
	uint32_t n_samples;
	unsigned ploidy; /* of the block's contig */
	uint8_t gt_head[GT_HEAD_MAX];
	uint8_t gt_head_len;
	struct gt_row_maker rows;
	struct gt_tally tally;
	struct info_reader info;
	struct buf text;                    /* a column's */
	struct buf info_text;               /* INFO's, as it is stored */
	size_t record_bytes[N_BLOCK_PARTS]; /* of the last block, of each part */
	struct gtb_counts counts;
};

void record_maker_free(struct record_maker *m)
{
	if (!m)
		return;
	gt_row_maker_done(&m->rows);
	info_reader_done(&m->info);
	buf_done(&m->text);
	buf_done(&m->info_text);
	gtb_counts_done(&m->counts);
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

static void make_gt_head(struct record_maker *m)
{
	struct buf head = { .data = m->gt_head, .cap = GT_HEAD_MAX };
	uint32_t key;

	/* gtb_head_make() saw to it that it is declared. */
	if (names_find(m->rs->head->keys, "GT", 2, &key) < 0)
		key = UINT32_MAX;
	buf_put_varint(&head, key);
	buf_put_u8(&head, RECORD_GT);
	m->gt_head_len = (uint8_t)(head.len + CELL_LEAD);
}

size_t record_maker_spare(uint32_t n_samples)
{
	return SPARE + (size_t)SAMPLE_BYTES * n_samples;
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
	m->record_bytes[BLOCK_SITES] = m->record_bytes[BLOCK_CALLS] = RECORD_BYTES;
	if (gt_row_maker_init(&m->rows, m->n_samples) < 0)
		return -ENOMEM;
	gtb_counts_init(&m->counts, rs->head->keys);
	make_gt_head(m);
	*out = m;
	m = NULL;
	return 0;
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
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

	if (m->rs->vcf->column[PLACE_ID] == UINT32_MAX) {
		buf_put_varint(out, 0);
		return 0;
	}
	buf_clear(&m->text);
	ret = vcf_put_names(m->rs->vcf, PLACE_ID, m->r, record, &m->text, err);
	if (ret < 0)
		return ret;
	if (m->text.len == 1 && *m->text.data == '.')
		m->text.len = 0;
	buf_put_bytes(out, m->text.data, m->text.len);
	return 0;
}

static void put_allele(struct gtb_text t, struct buf *out)
{
	buf_put_bytes(out, t.s, t.len);
}

static inline void put_two_alleles(struct gtb_text ref, struct gtb_text alt, struct buf *out)
{
	/* A letter each, as nearly all are: without calls for bytes. */
	if (ref.len == 1 && alt.len == 1 && buf_reserve(out, 4)) {
		const uint8_t both[4] = { 1, (uint8_t)*ref.s, 1, (uint8_t)*alt.s };

		memcpy(out->data + out->len, both, sizeof(both));
		out->len += sizeof(both);
		return;
	}
	put_allele(ref, out);
	put_allele(alt, out);
}

static void put_alleles(const struct gtb_site *site, struct buf *out)
{
	const char *at = site->alts.s;
	const char *end = at + site->alts.len;
	const uint8_t *item = (const uint8_t *)at;

	if (site->n_alleles == 2 && !site->alts_nested) {
		put_two_alleles(site->ref, site->alts, out);
		return;
	}
	put_allele(site->ref, out);
	for (uint32_t i = 1; i < site->n_alleles; i++) {
		const char *comma;

		if (site->alts_nested) {
			put_allele(ccf_nested_next(&item, (const uint8_t *)end), out);
			continue;
		}
		comma = memchr(at, ',', (size_t)(end - at));
		comma = comma ? comma : end;
		put_allele((struct gtb_text){ at, (size_t)(comma - at) }, out);
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

/* INFO as it is stored, to m->info_text. */
static int read_info(struct record_maker *m, uint64_t record, struct err *err)
{
	int ret;

	buf_clear(&m->info_text);
	if (m->rs->vcf->column[PLACE_INFO] == UINT32_MAX)
		return 0;
	ret = vcf_put_info(m->rs->vcf, m->r, record, &m->info_text, err);
	return ret < 0 ? ret : end_text(&m->info_text, err);
}

/* Of the cell that begins at @at. */
static void fill_cell_head(struct buf *out, size_t at, uint32_t ploidy)
{
	uint32_t len = htole32((uint32_t)(out->len - at));

	out->data[at - CELL_LEAD] = (uint8_t)ploidy;
	memcpy(out->data + at - sizeof(len), &len, sizeof(len));
}

/* The record's field of genotypes, and what is in it to m->tally. */
static int put_genotypes(struct record_maker *m, uint64_t record, const struct gtb_site *site,
		struct buf *out, struct err *err)
{
	struct stored_row row;
	uint32_t ploidy;
	size_t cell;
	int ret = gtb_read_row(m->r, record, site->n_alleles, &row, err);

	if (ret < 0)
		return ret;
	if (!buf_reserve(out, GT_HEAD_MAX))
		return no_memory(err);
	/* All that there may be, so that it is no call. */
	memcpy(out->data + out->len, m->gt_head, GT_HEAD_MAX);
	out->len += m->gt_head_len;
	cell = out->len;
	ret = gt_row_put(&m->rows, &m->r->calls, &row, m->ploidy, &m->tally, &ploidy, out, err);
	if (ret < 0)
		return gtb_row_failed(m->r, record, &row, ret, err);
	fill_cell_head(out, cell, ploidy);
	return 0;
}

/* ---- a record ---- */

/*
 * The bytes of all records so far are fresh memory, most of whose cost is that it is touched first:
 * so it is had as blocks have it, about as much as it will be. A record is put together in its
 * place: what was stored in pieces just before is slow to copy.
 */
struct making {
	struct record_maker *m;
	const struct record_range *range;
	enum block_part part;
	struct buf bytes;
	size_t most;  /* that bytes.len may be */
	size_t spare; /* more that it has room for: of one record, nearly always */
};

static int put_info(struct record_maker *m, uint64_t record, const struct gtb_site *site,
		unsigned counts, struct info_fields *fields, struct buf *out, struct err *err)
{
	const struct gtb_vcf *v = m->rs->vcf;
	const struct buf *text = &m->info_text;
	int ret = 0;

	if (text->len)
		ret = info_text_put(&m->info, (char *)text->data, text->len, fields, out, err);
	if (ret < 0)
		return ret;
	if (!gtb_counts_put(&m->counts, &m->tally, counts, site->n_alleles, out))
		return no_memory(err);
	for (unsigned c = 0; c < N_COUNTS; c++)
		fields->n += counts >> c & 1;
	if (!v->has_keys)
		return 0;
	buf_clear(&m->text);
	ret = vcf_put_keys(v, m->r, record, 0, &m->text, err);
	if (ret == 0)
		ret = end_text(&m->text, err);
	if (ret == 0)
		ret = info_text_put(&m->info, (char *)m->text.data, m->text.len, fields, out, err);
	return ret;
}

/* FORMAT first, since INFO has counts of it. @counts: a bit for each that INFO has. */
static int put_format(struct making *k, uint64_t record, const struct gtb_site *site,
		unsigned *counts, struct record *r, struct err *err)
{
	struct record_maker *m = k->m;
	struct gtb_text info;
	size_t start = k->bytes.len;
	int ret = read_info(m, record, err);

	if (ret < 0)
		return ret;
	info = (struct gtb_text){ (char *)m->info_text.data, m->info_text.len };
	for (unsigned c = 0; c < N_COUNTS; c++)
		if (vcf_shows_count(m->rs->vcf, c, site->n_alleles, info))
			*counts |= 1u << c;
	if (!m->n_samples || !(*counts || k->part == BLOCK_CALLS))
		return 0;
	ret = put_genotypes(m, record, site, &k->bytes, err);
	if (ret < 0)
		return ret;
	if (k->part == BLOCK_CALLS) {
		r->n_fmt = 1;
		r->fmt_len = k->bytes.len - start;
	} else if (!buf_failed(&k->bytes)) {
		k->bytes.len = start;
	}
	return 0;
}

static int put_site(struct making *k, uint64_t record, const struct gtb_site *site, unsigned counts,
		struct record *r, struct err *err)
{
	struct record_maker *m = k->m;
	struct buf *out = &k->bytes;
	struct info_fields fields = { .pos = site->pos, .end = -1 };
	size_t start = out->len;
	int ret = put_id(m, record, out, err);

	if (ret < 0)
		return ret;
	put_alleles(site, out);
	ret = put_filter(m, record, out, err);
	if (ret == 0)
		ret = read_qual(m, record, &r->qual, err);
	if (ret == 0)
		ret = put_info(m, record, site, counts, &fields, out, err);
	if (ret < 0)
		return ret;
	r->site_len = out->len - start;
	if (fields.n > UINT16_MAX)
		return err_set(err, -EBADMSG, "INFO has more than %u fields", UINT16_MAX);
	r->n_info = (uint16_t)fields.n;
	if (fields.end >= 0)
		r->rlen = fields.end - r->pos;
	return 0;
}

/* Behind those before it. */
static int make_record(struct making *k, uint64_t record, struct record *r, struct err *err)
{
	struct gtb_site site;
	unsigned counts = 0;
	int ret = gtb_read_site(k->m->r, record, &site, err);

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
	ret = put_format(k, record, &site, &counts, r, err);
	if (ret == 0)
		ret = put_site(k, record, &site, counts, r, err);
	if (ret < 0)
		return ret;
	if (r->pos + r->rlen > k->range->end)
		return err_set(err, -ENOTSUP,
				"record %llu covers %lld bases of the reference; import the file: "
				"genofs import",
				(unsigned long long)record + 1, (long long)r->rlen);
	return buf_failed(&k->bytes) ? no_memory(err) : 0;
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
			"give more %s",
			gtb_pathname(k->m->rs->vcf->g), (unsigned long long)k->range->first + 1,
			(unsigned long long)k->range->first + k->range->n,
			(unsigned long long)k->range->most, k->m->r->room->option);
}

/* Records lie one behind the other, genotypes then site. */
static void point_records(struct block *b)
{
	const uint8_t *at = b->bytes;

	for (uint32_t i = 0; i < b->n_records; i++) {
		struct record *r = &b->records[i];

		r->fmt = b->part == BLOCK_CALLS ? at : NULL;
		at += r->fmt_len;
		r->site = at;
		at += r->site_len;
	}
}

/* Room for another record. */
static int reserve_record(struct making *k, struct err *err)
{
	struct buf *b = &k->bytes;
	size_t cap;

	if (b->cap - b->len >= k->spare || b->cap >= k->most + k->spare)
		return 0;
	cap = b->cap > k->most / 2 ? k->most : 2 * b->cap;
	return buf_reserve(b, cap + k->spare - b->len) ? 0 : no_memory(err);
}

static int make_records(struct making *k, struct block *b, struct err *err)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < k->range->n; i++) {
		uint64_t record = k->range->first + i;

		ret = reserve_record(k, err);
		if (ret == 0)
			ret = make_record(k, record, &b->records[i], err);
		if (ret < 0)
			return in_record(k, record, ret, err);
		if (k->bytes.len > k->most)
			return too_large(k, err);
	}
	return ret;
}

/* As large as the block will be, if its records are like those of the last one. */
static int open_bytes(struct making *k, const struct block *b, struct err *err)
{
	size_t cap;

	k->spare = record_maker_spare(k->m->n_samples);
	k->most = k->range->most > b->cost + k->spare ? k->range->most - b->cost - k->spare : 0;
	if (__builtin_mul_overflow(k->m->record_bytes[k->part], k->range->n, &cap) || cap > k->most)
		cap = k->most;
	k->bytes.large = true;
	return buf_reserve(&k->bytes, cap + k->spare) ? 0 : no_memory(err);
}

static void take_bytes(struct making *k, struct block *b)
{
	struct buf *from = &k->bytes;
	size_t each = b->n_records ? from->len / b->n_records : 0;

	k->m->record_bytes[k->part] = each + each / 4 + 1;
	large_free(b->bytes);
	b->bytes = large_shrink(from->data, from->len);
	b->cost += from->len;
}

int record_maker_block(struct record_maker *m, const struct record_range *range,
		enum block_part part, struct block **out, struct err *err)
{
	struct making k = { .m = m, .range = range, .part = part };
	struct block *b = block_new(range->n, 0);
	int ret;

	if (!b)
		return no_memory(err);
	b->part = part;
	b->n_samples = m->n_samples;
	m->ploidy = gtb_contig(m->rs->vcf->g, range->gtb_contig).ploidy;
	ret = open_bytes(&k, b, err);
	if (ret == 0)
		ret = make_records(&k, b, err);
	if (ret < 0) {
		buf_done(&k.bytes);
		block_free(b);
		return ret;
	}
	take_bytes(&k, b);
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
	end = info_text_end((char *)m->info_text.data, m->info_text.len, site->pos);
	if (end >= 0)
		*out = end - site->pos;
	return 0;
}
