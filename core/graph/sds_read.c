/* SPDX-License-Identifier: MIT */
/* What the structures of simple_sds.h decode to. */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <zstd.h>

#include "core/base/cleanup.h"
#include "core/graph/simple_sds.h"

enum { LETTERS = 256 };

static int damaged(uint64_t at, const char *what, struct err *err)
{
	return err_set(err, -EBADMSG, "damaged at byte %llu: %s", (unsigned long long)at, what);
}

/* Integers of an integer vector, one after the other. */
struct int_reader {
	struct window w;
	uint64_t bits; /* the next ones, the lowest first */
	unsigned have; /* how many of them; less than 64 */
	unsigned width;
	uint64_t mask;
};

static int int_reader_init(struct int_reader *r, const struct sds_file *f, const struct sds_ints *v,
		struct err *err)
{
	*r = (struct int_reader){ .width = v->width };
	/* What a file does not have has no width. */
	if (v->width)
		r->mask = UINT64_MAX >> (64 - v->width);
	return window_init(&r->w, f->fd, v->bits.at, (v->bits.n + 63) / 64 * 8, f->progress, err);
}

static int int_reader_next(struct int_reader *r, uint64_t *out, struct err *err)
{
	uint64_t more;
	unsigned used;
	int status;

	if (r->have >= r->width) {
		*out = r->bits & r->mask;
		r->bits >>= r->width;
		r->have -= r->width;
		return 0;
	}
	status = window_u64(&r->w, &more, err);
	if (status < 0)
		return status;
	used = r->width - r->have;
	*out = (r->bits | more << r->have) & r->mask;
	r->bits = used < 64 ? more >> used : 0;
	r->have = 64 - used;
	return 0;
}

/* Values of a sparse vector, one after the other. */
struct sparse_reader {
	const struct sds_sparse *v;
	struct window high;
	struct int_reader low;
	uint64_t word;    /* bits of the high part that are still to come of its element */
	uint64_t word_at; /* the bit at which the element after it begins */
	uint64_t i;       /* values given */
	uint64_t last;    /* the last of them */
};

static int sparse_reader_init(struct sparse_reader *r, const struct sds_file *f,
		const struct sds_sparse *v, struct err *err)
{
	uint64_t n = v->high.n / 64 + (v->high.n % 64 != 0);
	int status;

	*r = (struct sparse_reader){ .v = v };
	status = window_init(&r->high, f->fd, v->high.at, 8 * n, f->progress, err);
	if (status == 0)
		status = int_reader_init(&r->low, f, &v->low, err);
	return status;
}

static void sparse_reader_done(struct sparse_reader *r)
{
	window_done(&r->high);
	window_done(&r->low.w);
}

/* Have a bit in the word. */
static int sparse_reader_fill(struct sparse_reader *r, struct err *err)
{
	while (!r->word) {
		int status;

		if (!window_left(&r->high))
			return damaged(r->high.end, "fewer ones in a sparse vector than it claims",
					err);
		status = window_u64(&r->high, &r->word, err);
		if (status < 0)
			return status;
		r->word_at += 64;
	}
	return 0;
}

static int sparse_reader_next(struct sparse_reader *r, uint64_t *out, struct err *err)
{
	const struct sds_sparse *v = r->v;
	uint64_t low = 0;
	uint64_t value;
	uint64_t high;
	int status = sparse_reader_fill(r, err);

	if (status == 0)
		status = int_reader_next(&r->low, &low, err);
	if (status < 0)
		return status;
	/* Of the bits before it, i are ones and the others each a step of the high part. */
	high = r->word_at - 64 + (unsigned)__builtin_ctzll(r->word) - r->i;
	r->word &= r->word - 1;
	if (high >= v->high.n - v->n)
		return damaged(v->high.at, "a value of a sparse vector is in no bucket", err);
	value = high << v->low.width | low;
	if (value >= v->universe || value < r->last)
		return damaged(v->high.at,
				"values of a sparse vector do not ascend in its universe", err);
	r->i++;
	r->last = value;
	*out = value;
	return 0;
}

/* All values were given: no ones are left over. */
static int sparse_reader_finish(struct sparse_reader *r, struct err *err)
{
	int status = 0;

	while (status == 0 && !r->word && window_left(&r->high))
		status = window_u64(&r->high, &r->word, err);
	if (status == 0 && r->word)
		status = damaged(r->v->high.at, "more ones in a sparse vector than it claims", err);
	return status;
}

int sds_read_sparse(const struct sds_file *f, const struct sds_sparse *v, uint64_t last,
		const struct int_array *out, struct err *err)
{
	struct sparse_reader r;
	int status = sparse_reader_init(&r, f, v, err);

	for (uint64_t i = 0; status == 0 && i < v->n; i++) {
		uint64_t value = 0;

		status = sparse_reader_next(&r, &value, err);
		if (status == 0 && value > last)
			status = damaged(v->high.at, "a value behind the end of what it counts",
					err);
		if (status == 0)
			int_array_set(out, i, value);
	}
	if (status == 0)
		status = sparse_reader_finish(&r, err);
	if (status == 0)
		int_array_set(out, v->n, last);
	sparse_reader_done(&r);
	return status;
}

static int read_symbols(const struct sds_file *f, const struct sds_strings *v, uint8_t *dst,
		struct err *err)
{
	struct int_reader r;
	int status = int_reader_init(&r, f, &v->symbols, err);

	for (uint64_t i = 0; status == 0 && i < v->length; i++) {
		uint64_t symbol = LETTERS;

		status = int_reader_next(&r, &symbol, err);
		if (status == 0 && symbol >= v->n_letters)
			status = damaged(v->symbols.bits.at, "a letter that is not in the alphabet",
					err);
		if (status == 0)
			dst[i] = v->alphabet[symbol];
	}
	window_done(&r.w);
	return status;
}

int sds_read_strings(const struct sds_file *f, const struct sds_strings *v, void *bytes,
		const struct int_array *starts, struct err *err)
{
	int r = sds_read_sparse(f, &v->index, v->length, starts, err);

	if (r == 0 && int_array_get(starts, 0) != 0)
		r = damaged(v->index.high.at, "the first string does not begin with the text", err);
	if (r < 0)
		return r;
	return v->compressed ? sds_read_zstd(f, &v->zstd, bytes, v->length, err)
			     : read_symbols(f, v, bytes, err);
}

int sds_read_bytes(const struct sds_file *f, const struct sds_bytes *v, void *dst, struct err *err)
{
	struct window w;
	int r = window_init(&w, f->fd, v->at, v->n, f->progress, err);

	if (r == 0)
		r = window_read(&w, dst, v->n, err);
	window_done(&w);
	return r;
}

/* One piece of input. @frame_open: the last frame has not ended. */
static int inflate_piece(ZSTD_DCtx *z, ZSTD_inBuffer *in, ZSTD_outBuffer *out, bool *frame_open,
		struct err *err)
{
	/* What is too much goes here. */
	char more[1];

	while (in->pos < in->size) {
		ZSTD_outBuffer excess = { .dst = more, .size = sizeof(more) };
		ZSTD_outBuffer *to = out->pos < out->size ? out : &excess;
		size_t left = ZSTD_decompressStream(z, to, in);

		if (ZSTD_isError(left))
			return err_set(err, -EBADMSG, "compressed bytes are damaged: %s",
					ZSTD_getErrorName(left));
		if (excess.pos)
			return err_set(err, -EBADMSG,
					"compressed bytes are damaged: more in them than they "
					"claim");
		*frame_open = left != 0;
	}
	return 0;
}

/* Input has ended: give out what the decoder still holds. */
static int inflate_rest(ZSTD_DCtx *z, ZSTD_outBuffer *out, bool *frame_open, struct err *err)
{
	ZSTD_inBuffer none = { 0 };

	while (*frame_open && out->pos < out->size) {
		size_t before = out->pos;
		size_t left = ZSTD_decompressStream(z, out, &none);

		if (ZSTD_isError(left) || (left && out->pos == before))
			break;
		*frame_open = left != 0;
	}
	if (*frame_open || out->pos != out->size)
		return err_set(err, -EBADMSG,
				"compressed bytes are damaged: they end after %llu of %llu bytes",
				(unsigned long long)out->pos, (unsigned long long)out->size);
	return 0;
}

static void free_dctx(ZSTD_DCtx **z)
{
	ZSTD_freeDCtx(*z);
}

int sds_read_zstd(const struct sds_file *f, const struct sds_bytes *v, void *dst, uint64_t length,
		struct err *err)
{
	CLEANUP(free_dctx) ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_outBuffer out = { .dst = dst, .size = length };
	bool frame_open = false;
	struct window w;
	int r;

	if (!z)
		return err_set(err, -ENOMEM, "out of memory");
	r = window_init(&w, f->fd, v->at, v->n, f->progress, err);
	while (r == 0 && window_left(&w)) {
		size_t n = window_left(&w) < WINDOW_SIZE ? (size_t)window_left(&w) : WINDOW_SIZE;
		const uint8_t *p;

		r = window_take(&w, n, &p, err);
		if (r == 0) {
			ZSTD_inBuffer in = { .src = p, .size = n };

			r = inflate_piece(z, &in, &out, &frame_open, err);
		}
	}
	if (r == 0)
		r = inflate_rest(z, &out, &frame_open, err);
	window_done(&w);
	return r;
}
