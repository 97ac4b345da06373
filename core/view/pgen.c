/* SPDX-License-Identifier: MIT */
#include "core/view/pgen.h"

#include <errno.h>
#include <string.h>

#include "core/view/block_rows.h"
#include "core/view/pgen_record.h"
#include "core/view/plink.h"

enum {
	FIXED = 12,              /* magic, mode, two numbers, control byte */
	GROUP = 65536,           /* variants whose types and lengths lie together */
	CONTROL_WIDE_TYPES = 4,  /* types of 8 bits; lengths of 1 byte, plus 1 for each more */
	CONTROL_TRUSTED = 1 << 6 /* REF is the reference in all records */
};

/* ---- records ---- */

static int length(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t *out)
{
	struct pgen_record measured;
	int status = pgen_record_measure(v, r, s, &measured);

	*out = measured.len;
	return status;
}

static int put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	(void)len;
	return pgen_record_put(v, r, s, o);
}

static int no_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	(void)d;
	(void)room;
	*out = (struct row_head){ .p = "", .len = 0 };
	return 0;
}

const struct row_kind pgen_rows = {
	.view = STORE_VIEW_PGEN, .head = no_head, .length = length, .put = put
};
const struct view_kind pgen_body = {
	.name = "plink2.pgen", .ops = &row_ops, .of = &pgen_rows, .part = BLOCK_CALLS
};

bool pgen_exists(const struct dataset *d)
{
	return plink_exists(d) && store_has_view(d->store, STORE_VIEW_PGEN);
}

/* ---- the head ---- */

/* What lies where in it. */
struct head_plan {
	uint64_t n_records;
	uint64_t n_groups;
	unsigned width; /* bytes of a length */
	uint64_t size;
};

static struct head_plan plan(const struct dataset *d)
{
	struct head_plan p = { .n_records = rows_count(d), .width = 1 };
	uint64_t most = pgen_record_max(dataset_n_samples(d));

	while (p.width < 4 && most >> (8 * p.width))
		p.width++;
	p.n_groups = (p.n_records + GROUP - 1) / GROUP;
	p.size = FIXED + p.n_groups * sizeof(uint64_t) + p.n_records * (1 + p.width);
	return p;
}

static void put_fixed(const struct dataset *d, const struct head_plan *p, uint8_t out[FIXED])
{
	static const uint8_t magic[] = { 0x6c, 0x1b, 0x10 };
	uint32_t n_records = htole32((uint32_t)p->n_records);
	uint32_t n_samples = htole32(dataset_n_samples(d));

	memcpy(out, magic, sizeof(magic));
	memcpy(out + 3, &n_records, sizeof(n_records));
	memcpy(out + 7, &n_samples, sizeof(n_samples));
	out[11] = (uint8_t)(CONTROL_TRUSTED | (CONTROL_WIDE_TYPES + p->width - 1));
}

/* Bytes [at, end) of the head, which are wanted at @to. */
struct head_window {
	uint8_t *to;
	uint64_t at;
	uint64_t end;
};

/* Put the part of @n bytes for offset @off that lies in the window. */
static void put_window(const struct head_window *w, uint64_t off, const void *p, size_t n)
{
	uint64_t from = off > w->at ? off : w->at;
	uint64_t to = off + n < w->end ? off + n : w->end;

	if (from < to)
		memcpy(w->to + (from - w->at), (const uint8_t *)p + (from - off),
				(size_t)(to - from));
}

/* Where types and lengths of a group lie. */
static uint64_t types_at(const struct head_plan *p, uint64_t group)
{
	return FIXED + p->n_groups * sizeof(uint64_t) + group * GROUP * (1 + p->width);
}

static uint64_t group_records(const struct head_plan *p, uint64_t group)
{
	uint64_t left = p->n_records - group * GROUP;

	return left < GROUP ? left : GROUP;
}

static bool meets(const struct head_window *w, uint64_t at, uint64_t n)
{
	return at < w->end && at + n > w->at;
}

/* Whether the window has anything of records [@first, @first + @n). */
static bool wants_any(
		const struct head_window *w, const struct head_plan *p, uint64_t first, uint64_t n)
{
	uint64_t end = first + n;

	for (uint64_t group; first < end; first = (group + 1) * GROUP) {
		uint64_t in_group = first % GROUP;
		uint64_t left;

		group = first / GROUP;
		left = end - first < GROUP - in_group ? end - first : GROUP - in_group;
		if (meets(w, types_at(p, group) + in_group, left) ||
				meets(w,
						types_at(p, group) + group_records(p, group) +
								in_group * p->width,
						left * p->width) ||
				(!in_group && meets(w, FIXED + group * sizeof(uint64_t),
							      sizeof(uint64_t))))
			return true;
	}
	return false;
}

static void put_record(const struct head_window *w, const struct head_plan *p, uint64_t i,
		uint8_t type, uint64_t begin, uint64_t len)
{
	uint64_t group = i / GROUP;
	uint64_t le_begin = htole64(p->size + begin);
	uint64_t le_len = htole64(len);

	if (i % GROUP == 0)
		put_window(w, FIXED + group * sizeof(uint64_t), &le_begin, sizeof(le_begin));
	put_window(w, types_at(p, group) + i % GROUP, &type, 1);
	put_window(w, types_at(p, group) + group_records(p, group) + i % GROUP * p->width, &le_len,
			p->width);
}

/* Records of the dataset's chunk @chunk that the window wants; the first is number @first. */
static int put_block(const struct dataset *d, const struct head_window *w,
		const struct head_plan *p, uint32_t chunk, uint64_t first, const struct block *b)
{
	struct view_scratch *s = view_scratch();
	uint64_t before = rows_before(&pgen_rows, d, chunk);
	struct block_rows found;
	int r = s ? block_rows_find(&pgen_rows, d, chunk, b, s, &found) : -ENOMEM;

	for (uint32_t i = 0; r == 0 && i < found.n; i++) {
		const struct record *record;
		struct pgen_record measured;
		struct record room;

		if (!wants_any(w, p, first + i, 1))
			continue;
		r = block_rows_record(&found, i, s, &record, &room);
		if (r == 0)
			r = pgen_record_measure(&found.v, record, s, &measured);
		if (r == 0)
			put_record(w, p, first + i, measured.type, before + found.begin[i],
					measured.len);
	}
	return r;
}

static int read_head(const struct dataset *d, const struct head_plan *p,
		const struct head_window *w, struct err *err)
{
	uint8_t fixed[FIXED];
	uint64_t first = 0;
	int r = 0;

	put_fixed(d, p, fixed);
	put_window(w, 0, fixed, sizeof(fixed));
	for (uint32_t i = 0; r == 0 && i < d->n_chunks; i++) {
		uint64_t n = rows_count_chunk(d, i);
		const struct block *b;

		if (wants_any(w, p, first, n)) {
			r = block_cache_get(d->cache, d->store, dataset_chunk(d, i),
					rows_part(&pgen_body, d, i), &b, err);
			if (r < 0)
				return r;
			r = put_block(d, w, p, i, first, b);
			block_put(b);
		}
		first += n;
	}
	return r < 0 ? err_set(err, r, "%s: plink2.pgen: %s", store_pathname(d->store),
				       strerror(-r))
		     : 0;
}

/* ---- the file ---- */

static int pgen_size(
		const struct view_kind *k, const struct dataset *d, uint64_t *out, struct err *err)
{
	struct head_plan p = plan(d);
	uint64_t body = 0;
	int r = view_size(&pgen_body, d, &body, err);

	(void)k;
	if (r < 0)
		return r;
	if (p.n_records > UINT32_MAX || __builtin_add_overflow(body, p.size, out) ||
			*out > INT64_MAX)
		return err_set(err, -EOVERFLOW, "%s: view is too large", store_pathname(d->store));
	return 0;
}

static ssize_t pgen_read(const struct view_kind *k, const struct dataset *d, void *buf, size_t len,
		uint64_t off, struct err *err)
{
	struct head_plan p = plan(d);
	struct head_window w = { .to = buf, .at = off, .end = off + len };
	uint64_t size = 0;
	size_t done = 0;
	int r = pgen_size(k, d, &size, err);

	if (r < 0)
		return r;
	if (off >= size)
		return 0;
	len = len < size - off ? len : (size_t)(size - off);
	if (off < p.size) {
		w.end = off + len < p.size ? off + len : p.size;
		r = read_head(d, &p, &w, err);
		if (r < 0)
			return r;
		done = (size_t)(w.end - off);
	}
	if (done < len) {
		ssize_t n = view_read(&pgen_body, d, (char *)buf + done, len - done,
				off + done - p.size, err);

		if (n < 0)
			return n;
	}
	return (ssize_t)len;
}

static uint32_t pgen_chunk_at(const struct view_kind *k, const struct dataset *d, uint64_t off)
{
	struct head_plan p = plan(d);

	(void)k;
	return off < p.size ? UINT32_MAX : row_ops.chunk_at(&pgen_body, d, off - p.size);
}

const struct view_ops pgen_ops = { pgen_size, pgen_read, pgen_chunk_at };
