/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "core/base/checksum.h"
#include "core/codec/int_values.h"
#include "core/import/format_model.h"

/* The texts of a tile, one after the other, out of all those of a column. */
struct text_walk {
	struct cursor lens;
	struct cursor texts;
	uint32_t n_samples; /* of the column */
	uint32_t begin;     /* samples of the tile */
	uint32_t end;
	uint32_t sample; /* of the next text in @lens */
};

static struct text_walk walk_open(
		const struct column *c, const struct format_model *m, uint32_t tile)
{
	struct text_walk w = { .lens = cursor_over(c->lens.data, c->lens.len),
		.texts = cursor_over(c->values.data, c->values.len),
		.n_samples = m->n_samples,
		.begin = tile_begin(m->n_samples, m->n_tiles, tile),
		.end = tile_begin(m->n_samples, m->n_tiles, tile + 1) };

	return w;
}

static bool walk_next(struct text_walk *w, const uint8_t **text, size_t *len)
{
	while (cursor_left(&w->lens)) {
		uint32_t sample = w->sample;

		w->sample = sample + 1 < w->n_samples ? sample + 1 : 0;
		*len = (size_t)cursor_varint(&w->lens);
		*text = cursor_take(&w->texts, *len);
		if (!*text)
			return false;
		if (sample >= w->begin && sample < w->end)
			return true;
	}
	return false;
}

/* Distinct texts, numbered as they come. */
struct text_dictionary {
	struct buf lens;   /* u32s */
	struct buf texts;  /* side by side */
	struct buf begins; /* size_t: where each text begins */
	uint32_t *slots;   /* n_slots, open addressing: number + 1; owned */
	uint32_t n_slots;
	uint32_t n;
};

static void dictionary_clear(struct text_dictionary *d)
{
	buf_clear(&d->lens);
	buf_clear(&d->texts);
	buf_clear(&d->begins);
	d->n = 0;
	if (d->slots)
		memset(d->slots, 0, d->n_slots * sizeof(*d->slots));
}

static void dictionary_done(struct text_dictionary *d)
{
	buf_done(&d->lens);
	buf_done(&d->texts);
	buf_done(&d->begins);
	free(d->slots);
}

static const uint8_t *dictionary_text(const struct text_dictionary *d, uint32_t i, size_t *len)
{
	uint32_t le_len;
	size_t begin;

	memcpy(&le_len, d->lens.data + i * sizeof(le_len), sizeof(le_len));
	memcpy(&begin, d->begins.data + i * sizeof(begin), sizeof(begin));
	*len = le32toh(le_len);
	/* Where all texts are empty there is nothing to point into. */
	return d->texts.data ? d->texts.data + begin : NULL;
}

static uint32_t *dictionary_slot(
		const struct text_dictionary *d, const uint8_t *text, size_t len, uint64_t hash)
{
	uint32_t mask = d->n_slots - 1;
	uint32_t i = (uint32_t)hash & mask;

	for (; d->slots[i]; i = (i + 1) & mask) {
		size_t other_len;
		const uint8_t *other = dictionary_text(d, d->slots[i] - 1, &other_len);

		if (len == other_len && (!len || memcmp(text, other, len) == 0))
			break;
	}
	return &d->slots[i];
}

static int dictionary_grow(struct text_dictionary *d)
{
	uint32_t n_slots = d->n_slots ? d->n_slots * 2 : 1024;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(d->slots);
	d->slots = slots;
	d->n_slots = n_slots;
	for (uint32_t i = 0; i < d->n; i++) {
		size_t len;
		const uint8_t *text = dictionary_text(d, i, &len);

		*dictionary_slot(d, text, len, checksum(text, len)) = i + 1;
	}
	return 0;
}

static int dictionary_put(
		struct text_dictionary *d, const uint8_t *text, size_t len, uint32_t *number)
{
	uint32_t *slot;

	if (d->n >= d->n_slots / 2 && dictionary_grow(d) < 0)
		return -ENOMEM;
	slot = dictionary_slot(d, text, len, checksum(text, len));
	if (!*slot) {
		buf_put_u32(&d->lens, (uint32_t)len);
		buf_put(&d->begins, &d->texts.len, sizeof(d->texts.len));
		buf_put(&d->texts, text, len);
		if (buf_failed(&d->lens) || buf_failed(&d->begins) || buf_failed(&d->texts))
			return -ENOMEM;
		*slot = ++d->n;
	}
	*number = *slot - 1;
	return 0;
}

/* A column as texts in order of its tiles, and as numbers in dictionaries. */
struct text_forms {
	struct buf plain_texts;
	struct buf plain_lens;
	struct buf plain_ends; /* a tile_end for each tile, as are dictionary_ends */
	struct buf dictionaries;
	struct buf dictionary_ends;
	struct buf numbers; /* u32s */
	struct text_dictionary dictionary;
	uint32_t n_max;  /* of a dictionary */
	bool repetitive; /* the forms with dictionaries were made */
};

static void forms_done(struct text_forms *f)
{
	buf_done(&f->plain_texts);
	buf_done(&f->plain_lens);
	buf_done(&f->plain_ends);
	buf_done(&f->dictionaries);
	buf_done(&f->dictionary_ends);
	buf_done(&f->numbers);
	dictionary_done(&f->dictionary);
}

static bool forms_failed(const struct text_forms *f)
{
	return buf_failed(&f->plain_texts) || buf_failed(&f->plain_lens) ||
	       buf_failed(&f->plain_ends) || buf_failed(&f->dictionaries) ||
	       buf_failed(&f->dictionary_ends) || buf_failed(&f->numbers);
}

static void put_end(struct buf *ends, size_t values, size_t lens)
{
	struct tile_end end = { .values = values, .lens = lens };

	buf_put(ends, &end, sizeof(end));
}

static int split_plain(struct text_forms *f, const struct format_model *m, const struct column *c)
{
	for (uint32_t t = 0; t < m->n_tiles; t++) {
		struct text_walk w = walk_open(c, m, t);
		const uint8_t *text;
		size_t len;

		while (walk_next(&w, &text, &len)) {
			buf_put_varint(&f->plain_lens, len);
			buf_put(&f->plain_texts, text, len);
		}
		put_end(&f->plain_ends, f->plain_texts.len, f->plain_lens.len);
	}
	return forms_failed(f) ? -ENOMEM : 0;
}

/* Return: 1, or 0 where most texts are new ones. */
static int index_tile(struct text_forms *f, const struct format_model *m, const struct column *c,
		uint32_t tile)
{
	struct text_walk w = walk_open(c, m, tile);
	struct text_dictionary *d = &f->dictionary;
	const uint8_t *text;
	uint32_t number;
	uint32_t n = 0;
	size_t len;

	dictionary_clear(d);
	for (; walk_next(&w, &text, &len); n++) {
		if (dictionary_put(d, text, len, &number) < 0)
			return -ENOMEM;
		buf_put_u32(&f->numbers, number);
	}
	f->n_max = d->n > f->n_max ? d->n : f->n_max;
	buf_put_u32(&f->dictionaries, d->n);
	buf_put(&f->dictionaries, d->lens.data, d->lens.len);
	buf_put(&f->dictionaries, d->texts.data, d->texts.len);
	put_end(&f->dictionary_ends, 0, f->dictionaries.len);
	return forms_failed(f) ? -ENOMEM : d->n <= n / 2;
}

static int index_tiles(struct text_forms *f, const struct format_model *m, const struct column *c)
{
	int r = 1;

	for (uint32_t t = 0; t < m->n_tiles && r == 1; t++)
		r = index_tile(f, m, c, t);
	f->repetitive = r == 1;
	return r < 0 ? r : 0;
}

/* The numbers into the column, as planes: those of each tile are one element. */
static int take_numbers(struct text_forms *f, struct format_model *m, struct column *c)
{
	struct cell_ns ns = { .n = 1 };
	struct cursor numbers = cursor_over(f->numbers.data, f->numbers.len);

	c->format.width = f->n_max <= 1 << 8 ? 1 : f->n_max <= 1 << 16 ? 2 : 4;
	if (!format_layout_make(&c->format.layout, &ns, c->n_cells, 1) ||
			!format_planes_reserve(&m->scratch, c))
		return -ENOMEM;
	for (uint32_t t = 0; t < m->n_tiles; t++) {
		struct column planes = { .class = COLUMN_TEXT,
			.values = m->scratch,
			.format = { .n_samples = m->n_samples, .width = c->format.width } };
		struct tile_values tile;
		struct element_planes p;

		planes.format.layout = c->format.layout;
		tile = format_tile(&planes, m->n_tiles, t);
		p = tile_element(&tile, 0);
		for (size_t i = 0; i < p.n; i++) {
			uint32_t number = cursor_u32(&numbers);

			for (uint8_t b = 0; b < tile.width; b++)
				p.data[b * p.n + i] = (uint8_t)(number >> 8 * b);
		}
	}
	return 0;
}

static void swap(struct buf *a, struct buf *b)
{
	struct buf t = *a;

	*a = *b;
	*b = t;
}

static int size_of_both(
		struct format_model *m, const struct buf *a, const struct buf *b, size_t *out)
{
	size_t size;
	int r = format_packed_size(m, a, NULL, &size);

	return r < 0 || format_packed_size(m, b, NULL, out) < 0 ? -ENOMEM : (*out += size, 0);
}

static int choose_form(struct text_forms *f, struct format_model *m, struct column *c)
{
	size_t plain = 0;
	size_t indexed = 0;

	if (f->repetitive && (take_numbers(f, m, c) < 0 ||
					     size_of_both(m, &f->plain_texts, &f->plain_lens,
							     &plain) < 0 ||
					     size_of_both(m, &m->scratch, &f->dictionaries,
							     &indexed) < 0))
		return -ENOMEM;
	if (f->repetitive && indexed < plain) {
		c->coding = VALUES_INDEXED;
		swap(&c->values, &m->scratch);
		swap(&c->lens, &f->dictionaries);
		swap(&c->format.tiles, &f->dictionary_ends);
		return 0;
	}
	c->coding = VALUES_PLAIN;
	c->format.width = 0;
	swap(&c->values, &f->plain_texts);
	swap(&c->lens, &f->plain_lens);
	swap(&c->format.tiles, &f->plain_ends);
	return 0;
}

int format_text_column(struct format_model *m, struct column *c)
{
	struct text_forms f = { 0 };
	int r = split_plain(&f, m, c);

	if (r == 0)
		r = index_tiles(&f, m, c);
	if (r == 0)
		r = choose_form(&f, m, c);
	forms_done(&f);
	return r;
}
