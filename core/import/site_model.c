/* SPDX-License-Identifier: MIT */
#include "core/import/site_model.h"

#include <errno.h>
#include <stdlib.h>

enum {
	KEY_MAX = 48,    /* bytes of a text that is counted */
	CODES_MAX = 126, /* so that a number takes one byte */
	COUNT_MIN = 3,   /* records that have a text, or it is spelt out */
	DIGITS_MAX = 10
};

static void text_counts_done(struct text_counts *t)
{
	names_free(t->names);
	buf_done(&t->counts);
	buf_done(&t->codes);
	buf_done(&t->order);
}

static int text_counts_begin(struct text_counts *t)
{
	names_free(t->names);
	t->names = NULL;
	buf_clear(&t->counts);
	buf_clear(&t->codes);
	buf_clear(&t->order);
	t->n_codes = 0;
	return names_new(&t->names);
}

void site_model_done(struct site_model *m)
{
	buf_done(&m->texts);
	text_counts_done(&m->forms);
	text_counts_done(&m->sets);
	buf_done(&m->key);
}

int site_model_begin(struct site_model *m)
{
	int r = text_counts_begin(&m->forms);

	buf_clear(&m->texts);
	return r < 0 ? r : text_counts_begin(&m->sets);
}

/* Count the text in m->key. */
static int count_text(const struct buf *key, struct text_counts *t, uint32_t *id)
{
	uint32_t one = 1;
	int r;

	*id = UINT32_MAX;
	if (buf_failed(key))
		return -ENOMEM;
	if (key->len > KEY_MAX)
		return 0;
	r = names_intern(t->names, (const char *)key->data, key->len, id);
	if (r < 0)
		return -ENOMEM;
	if (*id == t->counts.len / sizeof(one))
		buf_put(&t->counts, &one, sizeof(one));
	else
		((uint32_t *)(void *)t->counts.data)[*id]++;
	return buf_failed(&t->counts) ? -ENOMEM : 0;
}

/* How much of an ID's end is a decimal number of 32 bits that does not begin with 0. */
static size_t number_of(const uint8_t *id, size_t len, uint32_t *number)
{
	uint64_t value = 0;
	uint64_t unit = 1;
	size_t best = 0;

	for (size_t n = 1; n <= len && n <= DIGITS_MAX; n++, unit *= 10) {
		uint8_t digit = (uint8_t)(id[len - n] - '0');

		if (digit > 9)
			break;
		value += digit * unit;
		if (value > UINT32_MAX)
			break;
		if (digit || n == 1) {
			best = n;
			*number = (uint32_t)value;
		}
	}
	return best;
}

/* Whether @id ends in @text; what is before it then. */
static bool ends_in(const uint8_t *id, size_t *len, const uint8_t *text, size_t text_len)
{
	if (!text_len || text_len > *len || memcmp(id + *len - text_len, text, text_len) != 0)
		return false;
	*len -= text_len;
	return true;
}

/* An ID that ends in POS, REF and ALT with the same separator between them, before which may be a
 * number. */
static bool is_of_alleles(
		struct site_text *t, int64_t pos, size_t *prefix, uint8_t *separator, uint8_t *mode)
{
	struct cursor alleles = cursor_over(t->alleles, t->alleles_len);
	const uint8_t *ref;
	const uint8_t *alt;
	size_t ref_len;
	size_t alt_len;
	size_t len = t->id_len;
	uint32_t number;
	size_t digits;

	if (t->n_allele < 2)
		return false;
	ref = cursor_bytes(&alleles, &ref_len);
	alt = cursor_bytes(&alleles, &alt_len);
	if (cursor_bad(&alleles) || !ends_in(t->id, &len, alt, alt_len) || !len)
		return false;
	*separator = t->id[--len];
	if (!ends_in(t->id, &len, ref, ref_len) || !len || t->id[--len] != *separator)
		return false;
	digits = number_of(t->id, len, &number);
	if (!digits || number != (uint64_t)pos + 1)
		return false;
	len -= digits;
	*mode = ID_ALLELES;
	*prefix = len;
	if (len && t->id[len - 1] == *separator) {
		digits = number_of(t->id, len - 1, &t->number);
		*mode = digits ? ID_NUMBER_ALLELES : ID_ALLELES;
		*prefix = digits ? len - 1 - digits : len;
	}
	return true;
}

static int count_form(struct site_model *m, struct site_text *t, int64_t pos)
{
	size_t prefix = t->id_len;
	uint8_t separator = 0;
	uint8_t mode = ID_PREFIX;
	size_t digits;

	if (!is_of_alleles(t, pos, &prefix, &separator, &mode)) {
		separator = 0;
		digits = number_of(t->id, t->id_len, &t->number);
		prefix = t->id_len - digits;
		if (digits)
			mode = t->number == (uint64_t)pos + 1 ? ID_POS : ID_NUMBER;
	}
	buf_clear(&m->key);
	buf_put_u8(&m->key, mode);
	buf_put_bytes(&m->key, t->id, prefix);
	buf_put_u8(&m->key, separator);
	return count_text(&m->key, &m->forms, &t->form);
}

static int count_set(struct site_model *m, struct site_text *t)
{
	buf_clear(&m->key);
	buf_put_varint(&m->key, t->n_allele);
	buf_put(&m->key, t->alleles, t->alleles_len);
	return count_text(&m->key, &m->sets, &t->set);
}

int site_model_put(struct site_model *m, const struct record *r, struct cursor *site,
		uint64_t *ref_len, uint64_t *text_len)
{
	struct site_text t = { .n_allele = r->n_allele };
	int status;

	t.id = cursor_bytes(site, &t.id_len);
	t.alleles = site->at;
	*ref_len = 0;
	*text_len = t.id_len;
	for (uint32_t i = 0; i < r->n_allele && !cursor_bad(site); i++) {
		size_t len;

		cursor_bytes(site, &len);
		*ref_len = i ? *ref_len : len;
		*text_len += len;
	}
	if (cursor_bad(site))
		return -EBADMSG;
	t.alleles_len = (size_t)(site->at - t.alleles);
	status = count_form(m, &t, r->pos);
	if (status == 0)
		status = count_set(m, &t);
	buf_put(&m->texts, &t, sizeof(t));
	return status < 0 ? status : buf_failed(&m->texts) ? -ENOMEM : 0;
}

static int compare_counts(const void *a, const void *b, void *counts)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	const uint32_t *n = counts;

	if (n[x] != n[y])
		return n[x] < n[y] ? 1 : -1;
	return x < y ? -1 : x > y;
}

/* The most common texts are numbered, the most common one first. */
static int choose_texts(struct text_counts *t, struct buf *list, bool as_bytes)
{
	uint32_t n = (uint32_t)(t->counts.len / sizeof(uint32_t));
	uint32_t *counts = (uint32_t *)(void *)t->counts.data;
	uint32_t *order;
	uint32_t *codes;

	if (!buf_reserve(&t->order, (n + 1ull) * sizeof(*order)) ||
			!buf_reserve(&t->codes, (n + 1ull) * sizeof(*codes)))
		return -ENOMEM;
	order = (uint32_t *)(void *)t->order.data;
	codes = (uint32_t *)(void *)t->codes.data;
	for (uint32_t i = 0; i < n; i++) {
		order[i] = i;
		codes[i] = 0;
	}
	if (n)
		qsort_r(order, n, sizeof(*order), compare_counts, counts);
	while (t->n_codes < n && t->n_codes < CODES_MAX && counts[order[t->n_codes]] >= COUNT_MIN)
		t->n_codes++;
	if (t->n_codes)
		buf_put_varint(list, t->n_codes);
	for (uint32_t i = 0; i < t->n_codes; i++) {
		const struct name *text = names_get(t->names, order[i]);

		codes[order[i]] = i + 1;
		if (as_bytes)
			buf_put_varint(list, text->len);
		buf_put(list, text->s, text->len);
	}
	return buf_failed(list) ? -ENOMEM : 0;
}

static uint32_t code_of(const struct text_counts *t, uint32_t id)
{
	return id == UINT32_MAX ? 0 : ((const uint32_t *)(const void *)t->codes.data)[id];
}

void site_column_put(struct column *c, int32_t value)
{
	uint32_t le = htole32((uint32_t)value);

	buf_put(&c->values, &le, sizeof(le));
	c->n_cells++;
}

static void spell_alleles(const struct site_text *t, struct buf *streams)
{
	struct cursor alleles = cursor_over(t->alleles, t->alleles_len);

	buf_put_varint(&streams[STREAM_N_ALLELE], t->n_allele);
	for (uint32_t i = 0; i < t->n_allele; i++) {
		size_t len;
		const uint8_t *p = cursor_bytes(&alleles, &len);

		buf_put_varint(&streams[STREAM_ALLELE_LEN], len);
		buf_put(&streams[STREAM_ALLELE], p, len);
	}
}

int site_model_end(struct site_model *m, struct buf *streams, struct column *columns)
{
	const struct site_text *texts = (const struct site_text *)(const void *)m->texts.data;
	int r = choose_texts(&m->forms, &streams[STREAM_ID_FORMS], false);

	if (r == 0)
		r = choose_texts(&m->sets, &streams[STREAM_ALLELE_SETS], true);
	for (size_t i = 0; r == 0 && i < m->texts.len / sizeof(*texts); i++) {
		const struct site_text *t = &texts[i];
		uint32_t form = code_of(&m->forms, t->form);
		uint32_t set = code_of(&m->sets, t->set);

		site_column_put(&columns[SITE_ID], (int32_t)form);
		site_column_put(&columns[SITE_ALLELES], (int32_t)set);
		if (!form) {
			buf_put_varint(&streams[STREAM_ID_LEN], t->id_len);
			buf_put(&streams[STREAM_ID], t->id, t->id_len);
		} else if (id_has_number(names_get(m->forms.names, t->form)->s[0])) {
			site_column_put(&columns[SITE_ID_NUMBER], (int32_t)t->number);
		}
		if (!set)
			spell_alleles(t, streams);
	}
	for (unsigned i = 0; i < N_SITE_COLUMNS && r == 0; i++)
		r = buf_failed(&columns[i].values) ? -ENOMEM : 0;
	return r;
}
