/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_words.h"

#include <assert.h>

#include "core/base/inline.h"
#include "core/view/vcf_values.h"

enum {
	GT_SLOTS = 512,        /* made at once: they stay in the nearest cache */
	WORD_CHARS = 7,        /* at most */
	LONG = WORD_CHARS + 1, /* in place of the number of characters */
};

static inline uint64_t word(uint64_t chars, uint64_t n)
{
	return chars | n << 56;
}

/* The words of a field of some samples: where they go, and what is to be known of them. */
struct column {
	uint64_t *words;     /* the first sample's first */
	size_t n_per_sample; /* words of all fields */
	uint32_t n_samples;
	char before;
	struct known_floats *known;
	bool has_long;
	bool goes_on; /* the field at hand has values behind the end of a vector */
};

static uint64_t long_word(struct column *c)
{
	c->has_long = true;
	return word(0, LONG);
}

/* An integer that is not small, not missing, not the end. */
static uint64_t large_int_word(struct column *c, char before, int32_t v)
{
	char text[INT_TEXT_MAX + 1] = { before };
	size_t n = (size_t)(int_text(text + 1, v) - text);
	uint64_t chars = 0;

	if (n > WORD_CHARS)
		return long_word(c);
	memcpy(&chars, text, n);
	return word(le64toh(chars), n);
}

/* What fields of integers have in common. */
struct ints {
	struct column *c;
	const uint8_t *values;
	uint32_t n;      /* values of a sample */
	uint32_t k;      /* the one at hand */
	uint64_t *words; /* for that of the first sample */
	uint64_t before; /* what comes before it */
};

/* Of sample @s, whatever it is. */
static void put_int(const struct ints *f, uint8_t type, size_t s)
{
	struct column *c = f->c;
	const int32_t missing = missing_of(type);
	const int32_t v = int_at(type, f->values, s * f->n + f->k);
	uint64_t *w = f->words + s * c->n_per_sample;

	if ((uint32_t)v < SMALL_INTS) {
		*w = small_int_words[v] | f->before;
	} else if (v == missing) {
		*w = word(f->before | '.' << 8, 2);
	} else if (v == missing + 1) { /* end of vector */
		*w = f->k ? 0 : word(f->before, 1);
		c->goes_on |= f->k + 1 < f->n && int_at(type, f->values, s * f->n + f->k + 1) != v;
	} else {
		*w = large_int_word(c, (char)f->before, v);
	}
}

/* Value k of each sample: four at a time, of which hardly any is not small. */
INLINE void put_ints(const struct ints *f, uint8_t type)
{
	const size_t n_samples = f->c->n_samples;
	const size_t n_per_sample = f->c->n_per_sample;
	const size_t n = f->n;
	const size_t size = record_type_size(type);
	const uint8_t *p = f->values + f->k * size;
	const uint64_t before = f->before;
	uint64_t *w = f->words;
	size_t s = 0;

	for (; n_samples - s >= 4; s += 4, p += 4 * n * size, w += 4 * n_per_sample) {
		uint32_t v0 = (uint32_t)int_at(type, p, 0);
		uint32_t v1 = (uint32_t)int_at(type, p, n);
		uint32_t v2 = (uint32_t)int_at(type, p, 2 * n);
		uint32_t v3 = (uint32_t)int_at(type, p, 3 * n);

		if ((v0 | v1 | v2 | v3) >> SMALL_BITS) {
			for (size_t i = 0; i < 4; i++)
				put_int(f, type, s + i);
			continue;
		}
		w[0] = small_int_words[v0] | before;
		w[n_per_sample] = small_int_words[v1] | before;
		w[2 * n_per_sample] = small_int_words[v2] | before;
		w[3 * n_per_sample] = small_int_words[v3] | before;
	}
	for (; s < n_samples; s++)
		put_int(f, type, s);
}

/* What is behind the end of a vector is not printed. */
static void cut_ends(struct column *c, uint32_t n)
{
	for (size_t s = 0; s < c->n_samples; s++) {
		uint64_t *w = &c->words[s * c->n_per_sample];
		uint32_t k = 1;

		if (w[0] >> 56 != 1)
			while (k < n && w[k])
				k++;
		memset(w + k, 0, (n - k) * sizeof(*w));
	}
}

static void put_int_field(
		struct column *c, uint8_t type, const struct field *f, const uint8_t *values)
{
	struct ints ints = { .c = c, .values = values, .n = f->f.n };

	c->goes_on = false;
	for (; ints.k < ints.n; ints.k++) {
		ints.words = c->words + ints.k;
		ints.before = (uint8_t)(ints.k ? ',' : c->before);
		if (type == RECORD_INT8)
			put_ints(&ints, RECORD_INT8);
		else if (type == RECORD_INT16)
			put_ints(&ints, RECORD_INT16);
		else
			put_ints(&ints, RECORD_INT32);
	}
	if (c->goes_on)
		cut_ends(c, f->f.n);
}

/* A float that is not one short word: in two, or none. */
static void put_long_float(
		struct column *c, uint64_t *w, char before, uint32_t bits, struct short_text t)
{
	w[1] = 0;
	if (bits == FLOAT_MISSING) {
		w[0] = word((uint8_t)before | '.' << 8, 2);
	} else if (!short_text_length(t)) {
		w[0] = long_word(c);
	} else {
		w[0] = word((t.low << 16 >> 8) | (uint8_t)before, WORD_CHARS);
		w[1] = word((t.low >> 48 | t.high << 16) & low_chars,
				short_text_length(t) + 1 - WORD_CHARS);
	}
}

static inline void put_float(struct column *c, uint64_t *w, char before, uint32_t bits)
{
	struct short_text t = known_float_text(c->known, bits);
	unsigned n = short_text_length(t);

	if (n - 1 < WORD_CHARS - 1) {
		w[0] = word((t.low << 16 >> 8) | (uint8_t)before, n + 1);
		w[1] = 0;
	} else {
		put_long_float(c, w, before, bits, t);
	}
}

/* Of a sample. */
static void put_floats(struct column *c, uint64_t *w, const uint8_t *values, size_t n)
{
	char before = c->before;

	for (size_t k = 0; k < n; k++, before = ',') {
		uint32_t bits = (uint32_t)int_at(RECORD_INT32, values, k);

		if (bits == FLOAT_END) {
			memset(w + 2 * k, 0, (n - k) * 2 * sizeof(*w));
			w[0] = k ? w[0] : word((uint8_t)before, 1);
			return;
		}
		put_float(c, w + 2 * k, before, bits);
	}
}

static void put_float_field(struct column *c, const struct field *f, const uint8_t *values)
{
	for (size_t s = 0; s < c->n_samples; s++)
		put_floats(c, &c->words[s * c->n_per_sample], values + s * f->stride, f->f.n);
}

static uint64_t string_word(struct column *c, const uint8_t *s, size_t n)
{
	uint64_t chars = (uint8_t)c->before;
	size_t i;

	for (i = 0; i < n && s[i]; i++) {
		if (i + 1 == WORD_CHARS)
			return long_word(c);
		chars |= (uint64_t)(s[i] == CHAR_MISSING ? '.' : s[i]) << 8 * (i + 1);
	}
	return word(chars, i + 1);
}

static void put_string_field(struct column *c, const struct field *f, const uint8_t *values)
{
	for (size_t s = 0; s < c->n_samples; s++)
		c->words[s * c->n_per_sample] = string_word(c, values + s * f->stride, f->f.n);
}

/* Of genotypes of two bytes a slot, up to three slots: @n bytes of text. */
INLINE uint64_t gt_word(struct column *c, const char *text, size_t n)
{
	uint64_t chars;

	if (n > WORD_CHARS)
		return long_word(c);
	memcpy(&chars, text, sizeof(chars)); /* within the slack */
	chars = le64toh(chars) & (((uint64_t)1 << 8 * n) - 0x100);
	return word(chars | (uint8_t)c->before, n);
}

static void put_gt_field(struct column *c, const struct samples *all, uint32_t first)
{
	const uint32_t ploidy = all->gt.ploidy;
	const size_t n = 2 * (size_t)ploidy;
	const char *text = all->gt_samples + n * (first - all->first_sample);
	uint64_t *w = c->words;

	for (size_t s = 0; s < c->n_samples; s++, text += n, w += c->n_per_sample)
		*w = gt_word(c, text, all->gt.ends ? gt_text_length(text, ploidy) : n);
}

static void put_same(struct column *c, uint64_t same)
{
	for (size_t s = 0; s < c->n_samples; s++)
		c->words[s * c->n_per_sample] = same;
}

static void put_field(
		struct column *c, const struct samples *all, const struct field *f, uint32_t first)
{
	const uint8_t *values = field_values(f, first);

	switch (f->way) {
	case AS_INT8:
	case AS_INT16:
	case AS_INT32:
		put_int_field(c, f->f.type, f, values);
		break;
	case AS_FLOATS:
		put_float_field(c, f, values);
		break;
	case AS_STRING:
		put_string_field(c, f, values);
		break;
	case AS_GT_TEXT:
		put_gt_field(c, all, first);
		break;
	case AS_DOT:
		put_same(c, word((uint8_t)c->before | '.' << 8, 2));
		break;
	case AS_NOTHING:
		put_same(c, word((uint8_t)c->before, 1));
		break;
	default:
		put_same(c, long_word(c));
		break;
	}
}

/* Words of a sample's field. */
static uint64_t words_of(const struct field *f)
{
	switch (f->way) {
	case AS_INT8:
	case AS_INT16:
	case AS_INT32:
		return f->f.n;
	case AS_FLOATS:
		return 2 * (uint64_t)f->f.n;
	default:
		return 1;
	}
}

/* The text of word @i of a sample, which is marked as long: of a field, or a value of one. */
static void put_long(const struct samples *all, uint32_t sample, size_t i, struct text_out *o)
{
	const struct field *f = all->fields;
	char before = '\t';
	size_t k; /* value of the field */

	for (; i >= words_of(f); f++, before = ':')
		i -= words_of(f);
	k = f->way == AS_FLOATS ? i / 2 : i;
	if (words_of(f) > 1)
		text_values(o, k ? ',' : before, f->f.type,
				field_values(f, sample) + k * record_type_size(f->f.type), 1);
	else
		field_text(all, f, sample, before, o);
}

static inline char *put_short_word(char *p, uint64_t w)
{
	uint64_t text = htole64(w);

	memcpy(p, &text, sizeof(text));
	return p + (w >> 56);
}

/* Words up to one that is long. Return: how many. */
static size_t put_short_words(const uint64_t *words, size_t n, bool has_long, struct text_out *o)
{
	char *p = o->at;
	size_t i = 0;

	if (!has_long)
		for (; n - i >= 4; i += 4) {
			p = put_short_word(p, words[i]);
			p = put_short_word(p, words[i + 1]);
			p = put_short_word(p, words[i + 2]);
			p = put_short_word(p, words[i + 3]);
		}
	for (; i < n && words[i] >> 56 != LONG; i++)
		p = put_short_word(p, words[i]);
	o->at = p;
	return i;
}

/* Pass over words that lie wholly before the window. */
static bool pass(const uint64_t *words, size_t n, struct text_out *o)
{
	uint64_t skip = text_before_window(o) ? text_to_skip(o) : 0;
	uint64_t length = 0;

	if (!skip)
		return false;
	for (size_t i = 0; i < n; i++)
		length += words[i] >> 56;
	if (length > skip)
		return false;
	text_skip(o, length);
	return true;
}

/* Samples from @first on. */
static void put_words(const struct samples *all, uint32_t first, const uint64_t *words,
		size_t n_per_sample, size_t n, bool has_long, struct text_out *o)
{
	if (!has_long && pass(words, n, o))
		return;
	for (size_t i = 0; i < n && !text_full(o);) {
		size_t room;

		text_need(o, sizeof(*words));
		room = (size_t)(o->end - o->at) / sizeof(*words);
		i += put_short_words(words + i, room < n - i ? room : n - i, has_long, o);
		if (i < n && words[i] >> 56 == LONG) {
			put_long(all, first + (uint32_t)(i / n_per_sample), i % n_per_sample, o);
			i++;
		}
	}
}

/* Have the genotypes of samples from @first on made. */
static void make_gt(struct samples *all, uint32_t first)
{
	uint32_t unit = gt_text_unit(&all->gt);
	uint32_t n = (GT_SLOTS + unit - 1) / unit * 8;

	if (n > all->n_samples - first)
		n = all->n_samples - first;
	gt_text_slots(&all->gt, first * all->gt.ploidy, n * all->gt.ploidy,
			gt_text_samples(&all->gt));
	all->gt_samples = gt_text_samples(&all->gt);
	all->first_sample = first;
	all->end_sample = first + n;
}

/* A sample with more values than there is room for: one field after the other. */
static void put_sample(const struct samples *all, uint32_t sample, struct text_out *o)
{
	for (uint32_t i = 0; i < all->n_fields && !text_full(o); i++)
		field_text(all, &all->fields[i], sample, i ? ':' : '\t', o);
}

static void put_samples(const struct samples *all, uint32_t first, uint32_t n, size_t n_per_sample,
		struct vcf_scratch *scratch, struct text_out *o)
{
	struct column c = { .words = scratch->words,
		.n_per_sample = n_per_sample,
		.n_samples = n,
		.before = '\t',
		.known = scratch->known };

	for (uint32_t i = 0; i < all->n_fields; i++) {
		put_field(&c, all, &all->fields[i], first);
		c.words += words_of(&all->fields[i]);
		c.before = ':';
	}
	put_words(all, first, scratch->words, n_per_sample, n * n_per_sample, c.has_long, o);
}

void vcf_words_text(struct samples *all, struct vcf_scratch *scratch, struct text_out *o)
{
	uint64_t n_per_sample = 0;
	uint32_t n;

	for (uint32_t i = 0; i < all->n_fields; i++)
		n_per_sample += words_of(&all->fields[i]);
	assert(n_per_sample > 0);
	for (uint32_t s = 0; s < all->n_samples && !text_full(o); s += n) {
		if (all->has_gt_text && s == all->end_sample)
			make_gt(all, s);
		n = all->has_gt_text ? all->end_sample - s : all->n_samples - s;
		if (n_per_sample > VCF_WORDS) {
			n = 1;
			put_sample(all, s, o);
			continue;
		}
		if (n > VCF_WORDS / n_per_sample)
			n = (uint32_t)(VCF_WORDS / n_per_sample);
		put_samples(all, s, n, (size_t)n_per_sample, scratch, o);
	}
}
