/* SPDX-License-Identifier: MIT */
#include "core/graph/simple_sds.h"

#include <errno.h>

static unsigned long long llu(uint64_t v)
{
	return v;
}

/* That @n items of @unit bytes are left, which does not overflow where the product would. */
static int claim(const struct window *w, uint64_t n, uint64_t unit, const char *what,
		struct err *err)
{
	if (n > window_left(w) / unit)
		return err_set(err, -EBADMSG,
				"%s at byte %llu claims %llu items of %llu bytes where %llu bytes "
				"are "
				"left: it is cut short or damaged",
				what, llu(w->at), llu(n), llu(unit), llu(window_left(w)));
	return 0;
}

static int damaged(uint64_t at, const char *what, struct err *err)
{
	return err_set(err, -EBADMSG, "damaged at byte %llu: %s", llu(at), what);
}

static uint64_t elements_of(uint64_t n_bits)
{
	return n_bits / 64 + (n_bits % 64 != 0);
}

static int scan_bits(struct window *w, struct sds_bits *out, struct err *err)
{
	uint64_t at = w->at;
	uint64_t n_elements = 0;
	uint64_t last = 0;
	int r = window_u64(w, &out->n, err);

	if (r == 0)
		r = window_u64(w, &n_elements, err);
	if (r == 0 && n_elements != elements_of(out->n))
		r = damaged(at, "bits and elements of a bit vector differ", err);
	if (r == 0)
		r = claim(w, n_elements, 8, "bit vector", err);
	if (r < 0)
		return r;
	out->at = w->at;
	if (!n_elements)
		return 0;
	window_skip(w, 8 * (n_elements - 1));
	r = window_u64(w, &last, err);
	if (r == 0 && out->n % 64 && last >> out->n % 64)
		r = damaged(w->at - 8, "bits behind the end of a bit vector are set", err);
	return r;
}

int sds_scan_ints(struct window *w, struct sds_ints *out, struct err *err)
{
	uint64_t at = w->at;
	uint64_t width = 0;
	uint64_t n_bits;
	int r = window_u64(w, &out->n, err);

	if (r == 0)
		r = window_u64(w, &width, err);
	if (r == 0 && (width < 1 || width > 64))
		r = damaged(at + 8, "integers of no width from 1 to 64", err);
	if (r == 0)
		r = scan_bits(w, &out->bits, err);
	if (r < 0)
		return r;
	out->width = (unsigned)width;
	if (__builtin_mul_overflow(out->n, width, &n_bits) || n_bits != out->bits.n)
		return damaged(at, "bits of an integer vector do not fit its items", err);
	return 0;
}

int sds_scan_optional(struct window *w, uint64_t *n_bytes, struct err *err)
{
	uint64_t n = 0;
	int r = window_u64(w, &n, err);

	if (r == 0)
		r = claim(w, n, 8, "optional structure", err);
	if (r == 0)
		*n_bytes = 8 * n;
	return r;
}

/* A bit vector with its supports, which are private to whoever wrote them. */
static int scan_supported_bits(
		struct window *w, uint64_t *ones, struct sds_bits *out, struct err *err)
{
	uint64_t at = w->at;
	int r = window_u64(w, ones, err);

	if (r == 0)
		r = scan_bits(w, out, err);
	for (unsigned i = 0; r == 0 && i < 3; i++) {
		uint64_t skip = 0;

		r = sds_scan_optional(w, &skip, err);
		if (r == 0)
			window_skip(w, skip);
	}
	if (r == 0 && *ones > out->n)
		r = damaged(at, "a bit vector has more ones than bits", err);
	return r;
}

/* How many bits of the high part are 0: one for each value that high bits may have. */
static uint64_t buckets_of(const struct sds_sparse *v)
{
	uint64_t bucket;

	if (v->low.width >= 64)
		return 0;
	bucket = (uint64_t)1 << v->low.width;
	return v->universe / bucket + (v->universe % bucket != 0);
}

int sds_scan_sparse(struct window *w, struct sds_sparse *out, struct err *err)
{
	uint64_t at = w->at;
	int r = window_u64(w, &out->universe, err);

	if (r == 0)
		r = scan_supported_bits(w, &out->n, &out->high, err);
	if (r == 0)
		r = sds_scan_ints(w, &out->low, err);
	if (r < 0)
		return r;
	if (out->low.n != out->n)
		return damaged(at, "high and low parts of a sparse vector differ in number", err);
	if (out->n && out->low.width >= 64)
		return damaged(at, "a sparse vector has nothing but low parts", err);
	if (out->high.n - out->n != buckets_of(out))
		return damaged(at, "a sparse vector's buckets do not fit its universe", err);
	return 0;
}

int sds_scan_bytes(struct window *w, struct sds_bytes *out, struct err *err)
{
	const uint8_t *pad;
	int r = window_u64(w, &out->n, err);

	if (r == 0)
		r = claim(w, out->n, 1, "byte vector", err);
	if (r < 0)
		return r;
	out->at = w->at;
	window_skip(w, out->n);
	if (out->n % 8 == 0)
		return 0;
	r = window_take(w, 8 - out->n % 8, &pad, err);
	for (unsigned i = 0; r == 0 && i < 8 - out->n % 8; i++)
		if (pad[i])
			r = damaged(w->at - 1, "padding that is not 0", err);
	return r;
}

static int scan_alphabet(struct window *w, struct sds_strings *out, struct err *err)
{
	struct sds_bytes bytes = { 0 };
	uint64_t at = w->at;
	uint64_t behind;
	int r = sds_scan_bytes(w, &bytes, err);

	if (r < 0)
		return r;
	if (bytes.n > sizeof(out->alphabet))
		return damaged(at, "an alphabet of more than 256 letters", err);
	behind = w->at;
	w->at = bytes.at;
	r = window_read(w, out->alphabet, (size_t)bytes.n, err);
	w->at = behind;
	out->n_letters = (uint32_t)bytes.n;
	for (uint32_t i = 1; r == 0 && i < out->n_letters; i++)
		if (out->alphabet[i] <= out->alphabet[i - 1])
			r = damaged(at, "letters of an alphabet that do not ascend", err);
	return r;
}

/* What holds for strings in either form. */
static int check_strings(const struct sds_strings *v, uint64_t at, struct err *err)
{
	if (v->length && !v->index.n)
		return damaged(at, "text of no string", err);
	/* Of any text the last string begins at its end at the latest. */
	if (v->index.n && v->index.universe - 1 > v->length)
		return damaged(at, "strings begin behind the end of their text", err);
	return 0;
}

int sds_scan_strings(struct window *w, struct sds_strings *out, struct err *err)
{
	uint64_t at = w->at;
	int r = sds_scan_sparse(w, &out->index, err);

	if (r == 0)
		r = scan_alphabet(w, out, err);
	if (r == 0)
		r = sds_scan_ints(w, &out->symbols, err);
	if (r < 0)
		return r;
	out->compressed = false;
	out->length = out->symbols.n;
	return check_strings(out, at, err);
}

int sds_scan_compressed_strings(struct window *w, struct sds_strings *out, struct err *err)
{
	uint64_t at = w->at;
	int r = sds_scan_sparse(w, &out->index, err);

	if (r == 0)
		r = window_u64(w, &out->length, err);
	if (r == 0)
		r = sds_scan_bytes(w, &out->zstd, err);
	if (r < 0)
		return r;
	out->compressed = true;
	return check_strings(out, at, err);
}

int sds_scan_dictionary(struct window *w, struct sds_strings *out, struct err *err)
{
	struct sds_ints order = { 0 };
	uint64_t at = w->at;
	int r = sds_scan_strings(w, out, err);

	if (r == 0)
		r = sds_scan_ints(w, &order, err);
	if (r == 0 && order.n != out->index.n)
		r = damaged(at, "a dictionary's order is not that of its strings", err);
	return r;
}

int sds_scan_tags(struct window *w, struct sds_strings *out, struct err *err)
{
	uint64_t at = w->at;
	int r = sds_scan_strings(w, out, err);

	if (r == 0 && out->index.n % 2)
		r = damaged(at, "a tag without value", err);
	return r;
}
