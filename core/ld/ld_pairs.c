/* SPDX-License-Identifier: MIT */
#include "core/ld/ld_pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MATRIX_MAX = 1 << 18, /* values of r2 at a time, but for one site's */
	TEXT_MAX = 2 << 20,   /* bytes of a piece before it waits for its turn */
};
/* A buf may have twice the room that it needs. */
_Static_assert((size_t)MATRIX_MAX * sizeof(double) + (size_t)2 * TEXT_MAX + LD_WAITING_BYTES <=
				LD_THREAD_BYTES,
		"a thread's memory");

void ld_pairs_scratch_done(struct ld_pairs_scratch *s)
{
	free(s->r2);
	buf_done(&s->text);
}

/* ---- the sites that follow one ---- */

/* A place in the list of batches. */
struct place {
	const struct ld_batch *batch; /* NULL: at the end */
	size_t i;
};

/* To the next site, over batches that have none. */
static void step(struct place *p)
{
	p->i++;
	while (p->batch && p->i >= p->batch->sites.n) {
		p->batch = p->batch->next;
		p->i = 0;
	}
}

static const struct ld_site *site_at(const struct place *p)
{
	return &p->batch->sites.sites[p->i];
}

/* Further than the window reaches. Of sites out of order, as only a store made to harm has them,
 * no: then what is apart from a site is apart from those before it too. */
static bool are_apart(const struct ld_scan_setup *setup, int64_t first, int64_t second)
{
	return second > first && (uint64_t)second - (uint64_t)first > (uint64_t)setup->window_bases;
}

bool ld_window_is_there(
		const struct ld_scan_setup *setup, const struct ld_batch *b, size_t i, bool all)
{
	const int64_t last = b->sites.sites[i].pos;
	uint64_t n = b->sites.n - 1 - i;

	if (n && are_apart(setup, last, b->sites.sites[b->sites.n - 1].pos))
		return true;
	for (const struct ld_batch *w = b->next; n < setup->window_sites; w = w->next) {
		if (!w)
			return all;
		if (w->state != LD_READY)
			return false;
		if (!w->sites.n)
			continue;
		if (w->sites.contig != b->sites.contig ||
				are_apart(setup, last, w->sites.sites[w->sites.n - 1].pos))
			return true;
		n += w->sites.n;
	}
	return true;
}

/* Sites [from, to) of a batch, and how many sites from from + 1 on are in the window of one. */
struct strip {
	const struct ld_batch *b;
	size_t from;
	size_t to;
	size_t width;
};

/* How many sites after @from are in the window of it or of one up to @to. */
static size_t width_of(
		const struct ld_scan_setup *setup, const struct ld_batch *b, size_t from, size_t to)
{
	const int64_t last = b->sites.sites[to - 1].pos;
	const uint64_t most = setup->window_sites > SIZE_MAX - (to - from)
					      ? SIZE_MAX
					      : setup->window_sites + (to - 1 - from);
	struct place p = { b, from };
	size_t n = 0;

	while (n < most) {
		step(&p);
		if (!p.batch || p.batch->sites.contig != b->sites.contig ||
				are_apart(setup, last, site_at(&p)->pos))
			break;
		n++;
	}
	return n;
}

/* ---- r2 ---- */

static int reserve(struct ld_pairs_scratch *s, size_t n)
{
	double *r2;

	if (n <= s->n)
		return 0;
	r2 = n > SIZE_MAX / sizeof(*r2) ? NULL : realloc(s->r2, n * sizeof(*r2));
	if (!r2)
		return -ENOMEM;
	s->r2 = r2;
	s->n = n;
	return 0;
}

/* Of one pair: r2; -1 where it is not to be written. */
static double pair(const struct ld_measure *m, struct ld_side a, struct ld_side b)
{
	double r2;

	if (ld_is_alike(a.site) || !ld_may_reach(m, a.site, b.site))
		return -1;
	r2 = ld_r2(m, a, b);
	return r2 >= ld_threshold(m->min_r2) ? r2 : -1;
}

/* Each second site is held against all first ones while it is in the processor's cache. */
static void fill(const struct ld_scan_setup *setup, const struct strip *strip, double *r2)
{
	const struct ld_sites *first = &strip->b->sites;
	struct place p = { strip->b, strip->from };
	size_t low = strip->from;

	for (size_t i = 0; i < (strip->to - strip->from) * strip->width; i++)
		r2[i] = -1;
	for (size_t k = 0; k < strip->width; k++) {
		size_t number = strip->from + 1 + k; /* counted from the batch's first on */
		size_t high = number < strip->to ? number : strip->to;
		struct ld_side b;

		step(&p);
		b = (struct ld_side){ &p.batch->sites, site_at(&p) };
		while (low < high && (are_apart(setup, first->sites[low].pos, b.site->pos) ||
						     number - low > setup->window_sites))
			low++;
		if (ld_is_alike(b.site))
			continue;
		for (size_t a = low; a < high; a++)
			r2[(a - strip->from) * strip->width + k] = pair(&setup->measure,
					(struct ld_side){ first, &first->sites[a] }, b);
	}
}

/* ---- text ---- */

/* To a whole number; what is a half but for what floats lose goes to the even one. */
static uint32_t rounded(double x)
{
	const double loss = 5e-9;
	uint32_t n = (uint32_t)x;
	double rest = x - n;

	return n + (rest > 0.5 + loss || (rest >= 0.5 - loss && n % 2));
}

char *ld_r2_text(char *p, double r2)
{
	static const char nothing[] = { '0', '.', '0', '0', '0' };
	enum { DIGITS = 6, ZEROS_MAX = 4, EXPONENT_MAX = 98 };
	char digits[DIGITS];
	unsigned n_digits = DIGITS;
	unsigned zeros = 0; /* behind the point */
	uint32_t n;

	if (!(r2 < 1)) {
		*p = '1';
		return p + 1;
	}
	for (; r2 < 0.1 && zeros < EXPONENT_MAX; zeros++)
		r2 *= 10;
	n = rounded(r2 * 1e6);
	if (n == 1000000) {
		n = 100000;
		if (!zeros--) {
			*p = '1';
			return p + 1;
		}
	}
	if (n < 100000) { /* less than there is an exponent for */
		*p = '0';
		return p + 1;
	}
	for (unsigned i = DIGITS; i-- > 0; n /= 10)
		digits[i] = (char)('0' + n % 10);
	while (digits[n_digits - 1] == '0')
		n_digits--;
	if (zeros < ZEROS_MAX) {
		memcpy(p, nothing, sizeof(nothing));
		memcpy(p + 2 + zeros, digits, n_digits);
		return p + 2 + zeros + n_digits;
	}
	*p++ = digits[0];
	if (n_digits > 1) {
		*p++ = '.';
		memcpy(p, digits + 1, n_digits - 1);
		p += n_digits - 1;
	}
	p[0] = 'e';
	p[1] = '-';
	p[2] = (char)('0' + (zeros + 1) / 10);
	p[3] = (char)('0' + (zeros + 1) % 10);
	return p + 4;
}

static int put_pair(struct buf *text, struct ld_side a, struct ld_side b, double r2)
{
	size_t n = (size_t)a.site->text_len + b.site->text_len + LD_R2_TEXT_MAX + 1;
	char *p;

	if (!buf_reserve(text, n))
		return -ENOMEM;
	p = (char *)text->data + text->len;
	memcpy(p, a.sites->text.data + a.site->text, a.site->text_len);
	p += a.site->text_len;
	memcpy(p, b.sites->text.data + b.site->text, b.site->text_len);
	p = ld_r2_text(p + b.site->text_len, r2);
	*p++ = '\n';
	text->len = (size_t)(p - (char *)text->data);
	return 0;
}

static int put_strip(const struct strip *strip, struct ld_pairs_scratch *s,
		struct ld_output *output, uint64_t number, struct err *err)
{
	const double *r2 = s->r2;
	int r = 0;

	for (size_t a = strip->from; r == 0 && a < strip->to; a++) {
		struct ld_side first = { &strip->b->sites, &strip->b->sites.sites[a] };
		struct place p = { strip->b, strip->from };

		for (size_t k = 0; r == 0 && k < strip->width; k++, r2++) {
			step(&p);
			if (*r2 < 0)
				continue;
			r = put_pair(&s->text, first,
					(struct ld_side){ &p.batch->sites, site_at(&p) }, *r2);
			if (r < 0)
				return err_set(err, r, "out of memory");
			if (s->text.len > TEXT_MAX)
				r = ld_output_part(output, number, &s->text, err);
		}
	}
	return r;
}

int ld_pairs_run(const struct ld_scan_setup *setup, const struct ld_batch *b, size_t from,
		size_t to, struct ld_pairs_scratch *s, struct ld_output *output, uint64_t number,
		struct err *err)
{
	size_t width = width_of(setup, b, from, to);
	size_t rows = width ? MATRIX_MAX / width : to - from;
	int r = 0;

	rows += !rows;
	for (size_t at = from; r == 0 && at < to; at += rows) {
		struct strip strip = { .b = b, .from = at, .to = to - at > rows ? at + rows : to };

		strip.width = width_of(setup, b, at, strip.to);
		r = reserve(s, (strip.to - at) * strip.width);
		if (r < 0)
			return err_set(err, r, "out of memory");
		fill(setup, &strip, s->r2);
		r = put_strip(&strip, s, output, number, err);
	}
	return r == 0 ? ld_output_end(output, number, &s->text, err) : r;
}
