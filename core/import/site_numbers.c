/* SPDX-License-Identifier: MIT */
#include "core/import/site_numbers.h"

#include <errno.h>

#include "core/import/int_choose.h"

void site_numbers_done(struct site_numbers *s)
{
	buf_done(&s->rlens);
	buf_done(&s->work);
	buf_done(&s->bytes);
}

void site_numbers_begin(struct site_numbers *s)
{
	buf_clear(&s->rlens);
}

void site_numbers_put(struct site_numbers *s, const struct record *r, uint64_t ref_len,
		uint64_t text_len, struct chunk_image *image)
{
	uint64_t rlen = zigzag(r->rlen - (int64_t)ref_len);

	buf_put(&s->rlens, &rlen, sizeof(rlen));
	buf_put(&image->text_lens, &text_len, sizeof(text_len));
}

/* As planes of the least width that holds them all. */
static int put_numbers(struct site_numbers *s, enum stream_kind kind, uint32_t column,
		const uint64_t *numbers, uint32_t n, struct stream_out *out)
{
	uint64_t all = 0;
	uint8_t width = 1;

	for (uint32_t i = 0; i < n; i++)
		all |= numbers[i];
	while (width < 8 && all >> (8 * width))
		width *= 2;
	buf_clear(&s->bytes);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t le = htole64(numbers[i]);

		buf_put(&s->bytes, &le, width);
	}
	if (buf_failed(&s->bytes))
		return -ENOMEM;
	return stream_out_put_planes(out, kind, column, &s->bytes, width);
}

/* @n numbers of scratch, or NULL. */
static uint64_t *reserve(struct site_numbers *s, size_t n)
{
	buf_clear(&s->work);
	return buf_reserve(&s->work, n * sizeof(uint64_t)) ? (uint64_t *)(void *)s->work.data
							   : NULL;
}

/* Positions as what they are past the record before, or past its end: records of a gVCF follow one
 * another without a gap. */
static int put_positions(struct site_numbers *s, const struct record *records, uint32_t n,
		struct stream_out *out)
{
	uint64_t *distances = reserve(s, 2ull * n);
	uint64_t *gaps;
	double cost;

	if (!distances)
		return -ENOMEM;
	gaps = distances + n;
	distances[0] = gaps[0] = 0;
	for (uint32_t i = 1; i < n; i++) {
		const struct record *last = &records[i - 1];

		distances[i] = (uint64_t)(records[i].pos - last->pos);
		gaps[i] = zigzag(records[i].pos - (last->pos + last->rlen));
	}
	cost = bytes_cost((const uint8_t *)distances, sizeof(*distances), n);
	/* Where it is close, the plain ones are more alike. */
	if (bytes_cost((const uint8_t *)gaps, sizeof(*gaps), n) < 0.9 * cost)
		return put_numbers(s, STREAM_POS_GAPS, 0, gaps, n, out);
	return put_numbers(s, STREAM_POS, 0, distances, n, out);
}

int site_numbers_end(struct site_numbers *s, const struct record *records, uint32_t n,
		struct stream_out *out)
{
	int r = buf_failed(&s->rlens) ? -ENOMEM : put_positions(s, records, n, out);

	return r < 0 ? r
		     : put_numbers(s, STREAM_RLEN, 0, (const uint64_t *)(const void *)s->rlens.data,
				       n, out);
}

/* Lines of sites less the texts in them, then what lines of calls have more. */
int site_lengths_put(struct site_numbers *s, const uint64_t *const lengths[N_LINE_VIEWS],
		struct stream_out *out)
{
	struct chunk_image *image = out->image;
	const uint64_t *sites = lengths[STORE_VIEW_SITES];
	const uint64_t *calls = lengths[STORE_VIEW_CALLS];
	const uint64_t *texts = (const uint64_t *)(const void *)image->text_lens.data;
	uint32_t n = image->info.n_records;
	uint64_t *less = reserve(s, n);
	int r;

	if (!less || buf_failed(&image->text_lens))
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		less[i] = sites[i] - texts[i];
	r = put_numbers(s, STREAM_VIEW_LEN, STORE_VIEW_SITES, less, n, out);
	for (uint32_t i = 0; i < n; i++)
		less[i] = calls[i] - sites[i];
	return r < 0 ? r : put_numbers(s, STREAM_VIEW_LEN, STORE_VIEW_CALLS, less, n, out);
}
