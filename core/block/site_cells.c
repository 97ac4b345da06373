/* SPDX-License-Identifier: MIT */
#include "core/block/site_cells.h"

#include <stddef.h>

#include "core/block/column_cells.h"
#include "core/block/info_cells.h"
#include "core/record/bcf_length.h"

/* Alleles that many records have. */
struct allele_set {
	const uint8_t *bytes; /* as a record has them */
	uint32_t len;
	uint32_t n;
	uint32_t ref_len;
	uint32_t text_len;
	uint64_t bcf_more;
};

struct id_form {
	const uint8_t *prefix;
	uint32_t len;
	uint8_t mode; /* enum id_mode */
	uint8_t separator;
};

/* Two texts in the streams. */
struct allele_text {
	const uint8_t *p;
	size_t len;
};

_Static_assert(sizeof(struct allele_set) <= ROOM_ENTRY && sizeof(struct id_form) <= ROOM_ENTRY,
		"the writer counts them as that");

static bool find_columns(struct site_reader *s, struct column_reader *columns, uint32_t n_columns)
{
	for (uint32_t i = 0; i < n_columns; i++) {
		struct column_reader *c = &columns[i];

		if (!(c->flags & COLUMN_SITE))
			continue;
		if (s->columns[c->key] || c->n != 1 ||
				c->class != (c->key == SITE_QUAL ? COLUMN_FLOAT : COLUMN_INT) ||
				c->info.plus_end)
			return false;
		s->columns[c->key] = c;
	}
	for (unsigned i = 0; i < N_SITE_COLUMNS; i++)
		if (!s->columns[i])
			return false;
	return true;
}

/* Room for @n things of @size bytes, or NULL. */
static void *take_room(struct byte_sink *room, uint32_t n, size_t size)
{
	size_t pad = -(uintptr_t)room->at % _Alignof(max_align_t);
	void *p;

	if (sink_left(room) < pad || n > (sink_left(room) - pad) / size)
		return NULL;
	p = room->at + pad;
	room->at += pad + n * size;
	return p;
}

static bool read_set(struct cursor *list, struct allele_set *set)
{
	struct cursor alleles;
	const uint8_t *p;
	size_t len;

	p = cursor_bytes(list, &len);
	if (!p || len > UINT32_MAX)
		return false;
	alleles = cursor_over(p, len);
	*set = (struct allele_set){ .n = cursor_varint32(&alleles) };
	set->bytes = alleles.at;
	set->len = (uint32_t)cursor_left(&alleles);
	for (uint32_t a = 0; a < set->n && !cursor_bad(&alleles); a++) {
		cursor_bytes(&alleles, &len);
		set->ref_len = a ? set->ref_len : (uint32_t)len;
		set->text_len += (uint32_t)len;
		set->bcf_more += bcf_text_size(len);
	}
	/* They are copied as they are: a length may have more bytes than it needs. */
	set->bcf_more -= set->len;
	return cursor_finished(&alleles);
}

static bool open_sets(struct site_reader *s, struct byte_sink *room)
{
	struct cursor *list = &s->streams[STREAM_ALLELE_SETS];
	uint32_t n = cursor_left(list) ? cursor_varint32(list) : 0;
	struct allele_set *sets = take_room(room, n, sizeof(*sets));

	if (!sets)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!read_set(list, &sets[i]))
			return false;
	s->sets = sets;
	s->n_sets = n;
	return cursor_finished(list);
}

static bool open_forms(struct site_reader *s, struct byte_sink *room)
{
	struct cursor *list = &s->streams[STREAM_ID_FORMS];
	uint32_t n = cursor_left(list) ? cursor_varint32(list) : 0;
	struct id_form *forms = take_room(room, n, sizeof(*forms));

	if (!forms)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct id_form *f = &forms[i];
		size_t len;

		f->mode = cursor_u8(list);
		f->prefix = cursor_bytes(list, &len);
		f->separator = cursor_u8(list);
		f->len = (uint32_t)len;
		if (cursor_bad(list) || f->mode >= N_ID_MODES || len > UINT32_MAX)
			return false;
	}
	s->forms = forms;
	s->n_forms = n;
	return cursor_finished(list);
}

static bool open_planes(const struct cursor *c, uint32_t n, uint8_t *width)
{
	size_t w = cursor_left(c) / n;

	if (w * n != cursor_left(c) || (w != 1 && w != 2 && w != 4 && w != 8))
		return false;
	*width = (uint8_t)w;
	return true;
}

static uint64_t plane_number(const uint8_t *planes, uint8_t width, uint32_t n, uint32_t i)
{
	uint64_t v = 0;

	for (unsigned b = 0; b < width; b++)
		v |= (uint64_t)planes[(size_t)b * n + i] << (8 * b);
	return v;
}

bool site_reader_open(struct site_reader *s, struct cursor *streams, struct column_reader *columns,
		uint32_t n_columns, int64_t start, uint32_t n_records, struct byte_sink *room)
{
	struct cursor *pos = &streams[STREAM_POS];
	struct cursor *rlen = &streams[STREAM_RLEN];

	memset(s, 0, sizeof(*s));
	if (!cursor_left(pos)) {
		pos = &streams[STREAM_POS_GAPS];
		s->gaps = true;
	}
	s->streams = streams;
	s->n_records = n_records;
	s->last_pos = start;
	s->last_end = start;
	if (!n_records || !find_columns(s, columns, n_columns) ||
			!open_planes(pos, n_records, &s->pos_width) ||
			!open_planes(rlen, n_records, &s->rlen_width) || !open_sets(s, room) ||
			!open_forms(s, room))
		return false;
	s->pos = cursor_take(pos, cursor_left(pos));
	s->rlen = cursor_take(rlen, cursor_left(rlen));
	return true;
}

/* The next alleles of those that are spelt out; they are left to be read again. */
static bool peek_alleles(const struct site_reader *s, struct allele_text texts[2])
{
	struct cursor lens = s->streams[STREAM_ALLELE_LEN];
	struct cursor bytes = s->streams[STREAM_ALLELE];

	for (unsigned a = 0; a < 2; a++) {
		uint64_t len = cursor_varint(&lens);

		if (cursor_bad(&lens) || len > cursor_left(&bytes))
			return false;
		texts[a].len = (size_t)len;
		texts[a].p = cursor_take(&bytes, texts[a].len);
	}
	return true;
}

static bool first_alleles(const struct site_reader *s, const struct allele_set *set,
		struct allele_text texts[2])
{
	struct cursor c;

	if (!set)
		return peek_alleles(s, texts);
	c = cursor_over(set->bytes, set->len);
	texts[0].p = cursor_bytes(&c, &texts[0].len);
	texts[1].p = cursor_bytes(&c, &texts[1].len);
	return !cursor_bad(&c);
}

enum { DECIMAL_MAX = 20 }; /* digits of the largest number */

static size_t put_decimal(uint64_t v, char out[DECIMAL_MAX])
{
	char digits[DECIMAL_MAX];
	size_t at = DECIMAL_MAX;

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	memcpy(out, digits + at, DECIMAL_MAX - at);
	return DECIMAL_MAX - at;
}

/* What an ID is of a form; @tail is all between its prefix and alleles. */
static bool put_id(struct site_reader *s, const struct id_form *f, const char *tail,
		size_t tail_len, const struct allele_set *set, struct byte_sink *out,
		uint64_t *text_len)
{
	struct allele_text texts[2] = { { NULL, 0 }, { NULL, 0 } };
	bool alleles = f->mode == ID_ALLELES || f->mode == ID_NUMBER_ALLELES;
	size_t len;

	if (alleles && !first_alleles(s, set, texts))
		return false;
	len = f->len + tail_len + texts[0].len + texts[1].len + alleles;
	*text_len += len;
	out->bcf_more += bcf_text_more(len);
	return sink_put_varint(out, len) && sink_put(out, f->prefix, f->len) &&
	       sink_put(out, tail, tail_len) && sink_put(out, texts[0].p, texts[0].len) &&
	       sink_put(out, &f->separator, alleles) && sink_put(out, texts[1].p, texts[1].len);
}

/* Bytes that are spelt out in two streams. */
static bool put_spelt(
		struct cursor *lens, struct cursor *bytes, struct byte_sink *out, uint64_t *len)
{
	const uint8_t *p;

	*len = cursor_varint(lens);
	if (cursor_bad(lens) || *len > cursor_left(bytes))
		return false;
	p = cursor_take(bytes, (size_t)*len);
	out->bcf_more += bcf_text_more(*len);
	return sink_put_varint(out, *len) && sink_put(out, p, (size_t)*len);
}

static bool next_id(struct site_reader *s, int64_t pos, const struct allele_set *set,
		struct byte_sink *out, uint64_t *text_len)
{
	const struct id_form *f;
	char tail[2 * DECIMAL_MAX + 2];
	size_t len = 0;
	int32_t form;
	int32_t number;

	if (!info_int_next(s->columns[SITE_ID], &form) || form < 0 || (uint32_t)form > s->n_forms)
		return false;
	if (!form)
		return put_spelt(&s->streams[STREAM_ID_LEN], &s->streams[STREAM_ID], out, text_len);
	f = &s->forms[form - 1];
	if (id_has_number(f->mode)) {
		if (!info_int_next(s->columns[SITE_ID_NUMBER], &number))
			return false;
		len = put_decimal((uint32_t)number, tail);
	}
	if (f->mode == ID_NUMBER_ALLELES)
		tail[len++] = (char)f->separator;
	if (f->mode >= ID_POS)
		len += put_decimal((uint64_t)pos + 1, tail + len);
	if (f->mode >= ID_ALLELES)
		tail[len++] = (char)f->separator;
	return put_id(s, f, tail, len, set, out, text_len);
}

static bool next_alleles(struct site_reader *s, const struct allele_set *set, struct byte_sink *out,
		struct record *r, uint64_t *text_len)
{
	uint64_t ref_len = 0;
	uint64_t len;

	if (set) {
		r->n_allele = set->n;
		r->rlen = set->ref_len;
		*text_len += set->text_len;
		out->bcf_more += set->bcf_more;
		return sink_put(out, set->bytes, set->len);
	}
	r->n_allele = cursor_varint32(&s->streams[STREAM_N_ALLELE]);
	for (uint32_t a = 0; a < r->n_allele; a++) {
		if (!put_spelt(&s->streams[STREAM_ALLELE_LEN], &s->streams[STREAM_ALLELE], out,
				    &len))
			return false;
		ref_len = a ? ref_len : len;
		*text_len += len;
	}
	r->rlen = (int64_t)ref_len;
	return true;
}

static bool next_pos(struct site_reader *s, int64_t *pos)
{
	uint64_t distance = plane_number(s->pos, s->pos_width, s->n_records, s->next);
	bool past = s->gaps ? __builtin_add_overflow(s->last_end, unzigzag(distance), pos)
			    : __builtin_add_overflow(s->last_pos, distance, pos);

	/* It is printed 1-based. */
	return !past && *pos >= s->last_pos && *pos != INT64_MAX;
}

bool site_reader_next(
		struct site_reader *s, struct byte_sink *out, struct record *r, uint64_t *text_len)
{
	const struct allele_set *set = NULL;
	uint8_t qual[4];
	int32_t number;
	int64_t more;

	if (s->next == s->n_records || !next_pos(s, &r->pos) ||
			!info_floats_next(s->columns[SITE_QUAL], 1, qual))
		return false;
	memcpy(&r->qual, qual, sizeof(qual));
	r->qual = le32toh(r->qual);

	if (!info_int_next(s->columns[SITE_ALLELES], &number) || number < 0 ||
			(uint32_t)number > s->n_sets)
		return false;
	if (number)
		set = &s->sets[number - 1];
	*text_len = 0;
	if (!next_id(s, r->pos, set, out, text_len) || !next_alleles(s, set, out, r, text_len))
		return false;
	more = unzigzag(plane_number(s->rlen, s->rlen_width, s->n_records, s->next++));
	s->last_pos = r->pos;
	return !__builtin_add_overflow(r->rlen, more, &r->rlen) &&
	       !__builtin_add_overflow(r->pos, r->rlen, &s->last_end);
}

/* @at[i + 1] and the i-th number, added up: where each line begins. False where past 64 bits. */
static bool add_up(const struct cursor *lens, uint32_t n, uint64_t *at)
{
	uint8_t width;

	if (!open_planes(lens, n, &width))
		return false;
	at[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t len = at[i + 1] + plane_number(lens->at, width, n, i);

		if (__builtin_add_overflow(at[i], len, &at[i + 1]))
			return false;
	}
	return true;
}

bool line_offsets(const struct cursor *lens, uint32_t n_records, uint64_t *const *at)
{
	uint64_t *calls = at[STORE_VIEW_CALLS];
	uint64_t *sites = at[STORE_VIEW_SITES];

	memcpy(sites, calls, (n_records + 1ull) * sizeof(*sites));
	if (!add_up(&lens[STORE_VIEW_SITES], n_records, sites))
		return false;
	for (uint32_t i = 0; i < n_records; i++)
		calls[i + 1] = sites[i + 1] - sites[i];
	return add_up(&lens[STORE_VIEW_CALLS], n_records, calls);
}
