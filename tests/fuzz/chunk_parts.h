/* SPDX-License-Identifier: MIT */
/*
 * A store's chunks taken apart into streams, and put together with everything that follows from
 * their bytes worked out anew: lengths, sums and, by reading the columns, what the records take.
 *
 * What a chunk's entry claims is kept as its difference from that, so that a wrong claim stays as
 * wrong as it was through any number of mutations.
 */
#ifndef GENOFS_TESTS_CHUNK_PARTS_H
#define GENOFS_TESTS_CHUNK_PARTS_H

#include <stdlib.h>

#include "core/block/column_read.h"
#include "core/block/site_cells.h"
#include "core/store/reader.h"
#include "tests/unit/store_parts.h"

/* Of an entry in the table of chunks, in order; a checksum follows FIELD_TABLE. */
enum chunk_field {
	FIELD_LENGTH,
	FIELD_HEAD,
	FIELD_TABLE,
	FIELD_RECORD_BYTES,
	FIELD_SITE_BYTES,
	FIELD_STREAM_BYTES,
	FIELD_COLUMNS,
	FIELD_TILES,    /* taken as claimed */
	FIELD_GT_SLOTS, /* taken as claimed */
	FIELD_RECORDS,
	FIELD_START,
	FIELD_SPAN,
	FIELD_VIEWS,
	N_CHUNK_FIELDS = FIELD_VIEWS + N_LINE_VIEWS
};

struct part_stream {
	uint8_t kind;
	uint8_t codec; /* STREAM_RAW, unless it would not decompress */
	uint64_t column;
	uint64_t raw_len; /* more than @data has */
	struct buf data;  /* owned */
};

struct part_chunk {
	uint64_t claim[N_CHUNK_FIELDS]; /* as read */
	uint64_t wrong[N_CHUNK_FIELDS]; /* claimed, less what is true */
	struct part_stream *streams;    /* n_streams of them; owned */
	uint32_t n_streams;
};

struct chunk_parts {
	struct store_parts store;
	struct part_chunk *chunks; /* n_chunks of them; owned */
	uint32_t n_chunks;
	uint32_t n_samples;
	uint32_t n_keys;
};

/* What true_fields() found. */
struct true_fields {
	uint64_t field[N_CHUNK_FIELDS];
	bool records; /* FIELD_RECORD_BYTES and FIELD_SITE_BYTES too */
};

enum { STREAMS_MAX = 4096, CHUNKS_MAX = 64, MEASURE_SLOTS = 1 << 16, MEASURE_TILES = 64 };

static inline void chunk_parts_done(struct chunk_parts *p)
{
	for (uint32_t k = 0; k < p->n_chunks; k++) {
		for (uint32_t i = 0; i < p->chunks[k].n_streams; i++)
			buf_done(&p->chunks[k].streams[i].data);
		free(p->chunks[k].streams);
	}
	free(p->chunks);
	store_parts_done(&p->store);
}

/* --- what the records of a chunk take in memory --- */

struct measure {
	struct cursor streams[N_STREAM_KINDS];
	struct column_reader *columns; /* owned */
	uint32_t n_columns;
	struct site_reader sites;
	struct byte_sink room;
	struct tile_set tiles;
	uint8_t *tile_bytes; /* copies of their streams, which preparing changes; owned */
	uint64_t bytes[2];   /* of sites, of FORMAT */
};

static inline bool measure_columns(struct measure *m, struct cursor raw, uint32_t n_keys)
{
	m->n_columns = cursor_varint32(&raw);
	if (m->n_columns > cursor_left(&raw) / 7 || !m->tiles.n_tiles ||
			m->tiles.n_tiles > MEASURE_TILES)
		return false;
	m->columns = calloc(m->n_columns + 1, sizeof(*m->columns));
	for (uint32_t k = 0; k < m->n_columns; k++)
		if (!column_reader_open(&m->columns[k], &raw, n_keys, MEASURE_SLOTS))
			return false;
	return tile_set_open(&m->tiles, m->columns, m->n_columns) == 0;
}

static inline bool measure_tile(struct measure *m, const struct part_stream *s, uint8_t **copy)
{
	uint8_t *at = *copy;

	if (s->data.len)
		memcpy(at, s->data.data, s->data.len);
	*copy += s->data.len;
	return s->column <= UINT32_MAX && tile_set_put(&m->tiles, m->columns, m->n_columns, s->kind,
							  (uint32_t)s->column, at, s->data.len);
}

static inline bool measure_open(struct measure *m, const struct part_chunk *c, uint32_t n_records,
		uint32_t n_samples, uint32_t n_keys)
{
	uint8_t *copy;
	size_t len = 1;

	for (uint32_t i = 0; i < c->n_streams; i++)
		len += c->streams[i].data.len;
	copy = m->tile_bytes = malloc(len);
	tile_set_choose(&m->tiles,
			c->claim[FIELD_TILES] <= MEASURE_TILES ? (uint32_t)c->claim[FIELD_TILES]
							       : 0,
			n_samples, TILE_ALL);
	for (unsigned i = 0; i < N_STREAM_KINDS; i++)
		m->streams[i] = cursor_over(NULL, 0);
	for (uint32_t i = 0; i < c->n_streams; i++) {
		const struct part_stream *s = &c->streams[i];
		struct cursor raw = cursor_over(s->data.data, s->data.len);
		struct cursor *place = s->kind < N_STREAM_KINDS ? &m->streams[s->kind] : NULL;

		if (!place || s->codec != STREAM_RAW)
			return false;
		if (s->kind == STREAM_COLUMNS && !m->columns) {
			if (!measure_columns(m, raw, n_keys))
				return false;
			continue;
		}
		if (s->kind == STREAM_FORMAT_VALUES || s->kind == STREAM_FORMAT_LEN) {
			if (!measure_tile(m, s, &copy))
				return false;
			continue;
		}
		if (s->column < m->n_columns) {
			struct cursor *of = column_reader_stream(&m->columns[s->column], s->kind);

			place = of ? of : place;
		}
		*place = raw;
	}
	return m->columns &&
	       column_readers_prepare(m->columns, m->n_columns, &m->tiles, &m->room) &&
	       site_reader_open(&m->sites, m->streams, m->columns, m->n_columns, 0, n_records,
			       &m->room);
}

/* List @id of a dictionary. */
static inline bool measure_list(struct cursor sets, uint64_t id, struct cursor *list, uint32_t *n)
{
	if (id >= cursor_varint(&sets))
		return false;
	for (;; id--) {
		*list = sets;
		*n = cursor_varint32(list);
		if (!id || cursor_bad(list))
			return !cursor_bad(list);
		sets = *list;
		for (uint32_t i = 0; i < *n && !cursor_bad(&sets); i++)
			cursor_varint(&sets);
	}
}

/* What measured records are appended to, each over the one before. */
static inline struct byte_sink measure_sink(unsigned flags)
{
	/* Cells of FORMAT may look at those of INFO. */
	static uint8_t of_part[2][1 << 20];

	return (struct byte_sink){ .at = of_part[flags],
		.end = of_part[flags] + sizeof(of_part[0]) };
}

static inline bool measure_fields(struct measure *m, unsigned flags, const struct record *r)
{
	struct byte_sink out = measure_sink(flags);
	const uint8_t *begin = out.at;
	struct cursor list;
	uint32_t n;

	if (!measure_list(m->streams[flags ? STREAM_FORMAT_LAYOUTS : STREAM_INFO_LAYOUTS],
			    cursor_varint(&m->streams[flags ? STREAM_FORMAT : STREAM_INFO]), &list,
			    &n))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t column = cursor_varint32(&list);

		if (cursor_bad(&list) || column >= m->n_columns ||
				!column_reader_next(&m->columns[column], &m->tiles, r, &out))
			return false;
	}
	m->bytes[flags] += (uint64_t)(out.at - begin);
	return true;
}

static inline bool measure_site(struct measure *m, struct record *r, uint64_t *text_len)
{
	struct cursor *s = m->streams;
	struct byte_sink out = measure_sink(0);
	const uint8_t *begin = out.at;
	struct cursor list;
	uint32_t n;

	if (!site_reader_next(&m->sites, &out, r, text_len))
		return false;
	m->bytes[0] += (uint64_t)(out.at - begin);
	if (!measure_list(s[STREAM_FILTER_SETS], cursor_varint(&s[STREAM_FILTER]), &list, &n))
		return false;
	m->bytes[0] += varint_size(n);
	for (; n && !cursor_bad(&list); n--)
		m->bytes[0] += varint_size(cursor_varint(&list));
	return measure_fields(m, 0, r);
}

/* Bytes of room that any chunk of the tests does with. */
enum { ROOM_MAX = 16 << 20, RECORDS_MAX = 1 << 16 };

/* Also how many bytes of each record's line are its texts: 0 where that is not known. */
static inline void measure_records(const struct chunk_parts *p, const struct part_chunk *c,
		uint64_t n_records, struct true_fields *t, uint64_t text_len[RECORDS_MAX])
{
	struct measure m = { 0 };
	uint8_t *room = malloc(ROOM_MAX);
	bool ok = room && n_records <= RECORDS_MAX;

	m.room = (struct byte_sink){ .at = room, .end = room + ROOM_MAX };
	memset(text_len, 0, RECORDS_MAX * sizeof(*text_len));
	ok = ok && measure_open(&m, c, (uint32_t)n_records, p->n_samples, p->n_keys);
	for (uint64_t i = 0; i < n_records && ok; i++) {
		struct record r = { 0 };

		ok = measure_site(&m, &r, &text_len[i]) && measure_fields(&m, COLUMN_FORMAT, &r);
	}
	t->records = ok;
	t->field[FIELD_STREAM_BYTES] += ok ? (uint64_t)(m.room.at - room) : 0;
	t->field[FIELD_SITE_BYTES] = m.bytes[0];
	t->field[FIELD_RECORD_BYTES] = m.bytes[0] + m.bytes[1];
	for (uint32_t i = 0; m.columns && i < m.n_columns; i++)
		column_reader_done(&m.columns[i]);
	free(m.columns);
	tile_set_done(&m.tiles);
	free(m.tile_bytes);
	free(room);
}

/* What lines of both views take, where the streams of their lengths are as they should be. */
static inline void measure_lines(const struct part_chunk *c, uint64_t n_records,
		const uint64_t text_len[RECORDS_MAX], struct true_fields *t)
{
	static uint64_t at[N_LINE_VIEWS][RECORDS_MAX + 1];
	uint64_t *const offsets[N_LINE_VIEWS] = { at[0], at[1] };
	struct cursor lens[N_LINE_VIEWS] = { cursor_over(NULL, 0), cursor_over(NULL, 0) };

	for (uint32_t i = 0; i < c->n_streams; i++) {
		const struct part_stream *s = &c->streams[i];

		if (s->kind == STREAM_VIEW_LEN && s->column < N_LINE_VIEWS)
			lens[s->column] = cursor_over(s->data.data, s->data.len);
	}
	if (!n_records || n_records > RECORDS_MAX)
		return;
	memcpy(at[0] + 1, text_len, n_records * sizeof(*text_len));
	if (!line_offsets(lens, (uint32_t)n_records, offsets))
		return;
	for (unsigned v = 0; v < N_LINE_VIEWS; v++)
		t->field[FIELD_VIEWS + v] = at[v][n_records];
}

/* --- what follows from the streams --- */

static inline void chunk_table(const struct part_chunk *c, struct buf *table)
{
	buf_put_varint(table, c->n_streams);
	for (uint32_t i = 0; i < c->n_streams; i++) {
		const struct part_stream *s = &c->streams[i];

		buf_put_u8(table, s->kind);
		buf_put_u8(table, s->codec);
		buf_put_varint(table, s->column);
		buf_put_varint(table, s->data.len);
		buf_put_varint(table, s->data.len + s->raw_len);
		buf_put_u64(table, checksum(s->data.data, s->data.len));
	}
}

/* Streams and table, appended to @out. Returns the checksum of the table. */
static inline uint64_t chunk_bytes(
		const struct part_chunk *c, struct buf *out, struct true_fields *t)
{
	size_t start = out->len;
	size_t table;

	for (uint32_t i = 0; i < c->n_streams; i++)
		if (c->streams[i].kind < STREAM_SITES_END)
			buf_put(out, c->streams[i].data.data, c->streams[i].data.len);
	table = out->len;
	chunk_table(c, out);
	t->field[FIELD_TABLE] = out->len - table;
	t->field[FIELD_HEAD] = out->len - start;
	for (uint32_t i = 0; i < c->n_streams; i++)
		if (c->streams[i].kind >= STREAM_SITES_END)
			buf_put(out, c->streams[i].data.data, c->streams[i].data.len);
	t->field[FIELD_LENGTH] = out->len - start;
	return checksum(out->data + table, t->field[FIELD_TABLE]);
}

static inline uint64_t true_fields(const struct chunk_parts *p, const struct part_chunk *c,
		struct buf *out, struct true_fields *t)
{
	static uint64_t text_len[RECORDS_MAX];

	memset(t, 0, sizeof(*t));
	for (uint32_t i = 0; i < c->n_streams; i++) {
		const struct part_stream *s = &c->streams[i];
		struct cursor raw = cursor_over(s->data.data, s->data.len);

		t->field[FIELD_STREAM_BYTES] += s->data.len + s->raw_len;
		if (s->kind == STREAM_COLUMNS)
			t->field[FIELD_COLUMNS] = cursor_varint(&raw);
	}
	measure_records(p, c, c->claim[FIELD_RECORDS], t, text_len);
	measure_lines(c, c->claim[FIELD_RECORDS], text_len, t);
	return chunk_bytes(c, out, t);
}

/* --- apart and together --- */

static inline bool take_stream(struct stream_unpacker *u, struct cursor *table,
		struct cursor data[2], struct part_stream *s)
{
	uint64_t len;
	uint64_t raw_len;
	const uint8_t *p;

	s->kind = cursor_u8(table);
	s->codec = cursor_u8(table);
	s->column = cursor_varint(table);
	len = cursor_varint(table);
	raw_len = s->codec == STREAM_BARE ? len : cursor_varint(table);
	if (s->codec == STREAM_BARE)
		s->codec = STREAM_RAW;
	else
		cursor_u64(table);
	p = cursor_take(&data[s->kind >= STREAM_SITES_END], len);
	if (!p || cursor_bad(table))
		return false;
	if (s->codec != STREAM_RAW && raw_len <= PART_MAX && buf_reserve(&s->data, raw_len + 1) &&
			stream_unpack(u, s->codec, p, len, s->data.data, raw_len) == 0) {
		s->codec = STREAM_RAW;
		s->data.len = raw_len;
		return true;
	}
	buf_put(&s->data, p, len);
	s->raw_len = raw_len - len;
	return true;
}

static inline bool take_entry(struct cursor *entries, struct part_chunk *c)
{
	for (unsigned f = 0; f < N_CHUNK_FIELDS; f++) {
		c->claim[f] = cursor_varint(entries);
		if (f == FIELD_TABLE)
			cursor_u64(entries);
	}
	return !cursor_bad(entries);
}

/* The chunks that lie outside of groups, and those of groups, as if no chunk were in one. */
static inline bool ungroup(struct stream_unpacker *u, const struct chunk_parts *p,
		struct cursor *file, struct buf *out)
{
	struct cursor groups = cursor_over(p->store.sections[SECTION_GROUPS].data,
			p->store.sections[SECTION_GROUPS].len);
	uint64_t n = cursor_varint(&groups);
	uint32_t k = 0;

	for (uint64_t i = 0; i <= n; i++) {
		uint32_t first = i < n ? cursor_varint32(&groups) : p->n_chunks;
		uint32_t n_chunks = i < n ? cursor_varint32(&groups) : 0;
		uint8_t codec = i < n ? cursor_u8(&groups) : STREAM_RAW;
		uint64_t len = i < n ? cursor_varint(&groups) : 0;
		uint64_t raw_len = 0;
		const uint8_t *bytes;

		if (i < n)
			cursor_u64(&groups);
		if (cursor_bad(&groups) || first > p->n_chunks || n_chunks > p->n_chunks - first)
			return false;
		for (; k < first; k++) {
			bytes = cursor_take(file, p->chunks[k].claim[FIELD_LENGTH]);
			if (!bytes)
				return false;
			buf_put(out, bytes, p->chunks[k].claim[FIELD_LENGTH]);
		}
		for (; k < first + n_chunks; k++)
			if (p->chunks[k].claim[FIELD_LENGTH] > PART_MAX ||
					(raw_len += p->chunks[k].claim[FIELD_LENGTH]) > PART_MAX)
				return false;
		bytes = cursor_take(file, len);
		if (!bytes || !buf_reserve(out, raw_len + 1) ||
				stream_unpack(u, codec, bytes, len, out->data + out->len, raw_len) <
						0)
			return false;
		out->len += raw_len;
	}
	return true;
}

static inline bool take_chunk(struct stream_unpacker *u, struct cursor *file, struct part_chunk *c)
{
	const uint8_t *p;
	struct cursor data[2];
	struct cursor table;
	uint64_t site_end;
	uint64_t n;

	p = cursor_take(file, c->claim[FIELD_LENGTH]);
	if (!p || c->claim[FIELD_HEAD] > c->claim[FIELD_LENGTH] ||
			c->claim[FIELD_TABLE] > c->claim[FIELD_HEAD])
		return false;
	site_end = c->claim[FIELD_HEAD] - c->claim[FIELD_TABLE];
	table = cursor_over(p + site_end, c->claim[FIELD_TABLE]);
	data[0] = cursor_over(p, site_end);
	data[1] = cursor_over(
			p + c->claim[FIELD_HEAD], c->claim[FIELD_LENGTH] - c->claim[FIELD_HEAD]);
	n = cursor_varint(&table);
	if (!n || n > STREAMS_MAX)
		return false;
	c->streams = calloc(n, sizeof(*c->streams));
	for (; c->n_streams < n; c->n_streams++)
		if (!take_stream(u, &table, data, &c->streams[c->n_streams]))
			return false;
	return true;
}

static inline void find_wrong(const struct chunk_parts *p, struct part_chunk *c)
{
	struct true_fields t;
	struct buf bytes = { 0 };

	true_fields(p, c, &bytes, &t);
	for (unsigned f = 0; f < N_CHUNK_FIELDS; f++)
		c->wrong[f] = c->claim[f] - t.field[f];
	if (!t.records)
		c->wrong[FIELD_RECORD_BYTES] = c->wrong[FIELD_SITE_BYTES] = 0;
	/* The table grows when a stream is stored decompressed: nothing is wrong with that. */
	c->wrong[FIELD_LENGTH] = c->wrong[FIELD_HEAD] = c->wrong[FIELD_TABLE] = 0;
	buf_done(&bytes);
}

/* False where the bytes are not a store; chunk_parts_done() is the caller's in any case. */
static inline bool chunk_parts_take(const uint8_t *data, size_t len, struct chunk_parts *p)
{
	struct stream_unpacker *u = NULL;
	struct cursor entries;
	struct cursor keys;
	struct cursor file;
	struct buf chunks = { 0 };
	const struct buf *samples = &p->store.sections[SECTION_SAMPLES];
	uint64_t n;
	bool ok = true;

	memset(p, 0, sizeof(*p));
	if (!store_parts_take(data, len, &p->store))
		return false;
	entries = cursor_over(p->store.sections[SECTION_CHUNKS].data,
			p->store.sections[SECTION_CHUNKS].len);
	n = cursor_varint(&entries);
	if (n > CHUNKS_MAX || stream_unpacker_new(&u) < 0)
		return false;
	for (size_t i = 0; i < samples->len; i++)
		p->n_samples += samples->data[i] == '\n';
	keys = cursor_over(
			p->store.sections[SECTION_KEYS].data, p->store.sections[SECTION_KEYS].len);
	p->n_keys = cursor_varint32(&keys);
	p->chunks = calloc(n + 1, sizeof(*p->chunks));
	file = cursor_over(data + STORE_HEAD_LEN, p->store.footer_at - STORE_HEAD_LEN);
	while (ok && p->n_chunks < n)
		ok = take_entry(&entries, &p->chunks[p->n_chunks++]);
	ok = ok && ungroup(u, p, &file, &chunks);
	file = cursor_over(chunks.data, chunks.len);
	for (uint32_t k = 0; ok && k < n; k++) {
		ok = take_chunk(u, &file, &p->chunks[k]);
		if (ok)
			find_wrong(p, &p->chunks[k]);
	}
	stream_unpacker_free(u);
	buf_done(&chunks);
	return ok;
}

/* Head and chunks into @out, their entries into the section of chunks. */
static inline void chunk_parts_put(struct chunk_parts *p, struct buf *out)
{
	struct buf *entries = &p->store.sections[SECTION_CHUNKS];

	buf_put(out, STORE_MAGIC, STORE_MAGIC_LEN);
	buf_put_u32(out, STORE_VERSION);
	buf_clear(entries);
	buf_put_varint(entries, p->n_chunks);
	buf_clear(&p->store.sections[SECTION_GROUPS]);
	buf_put_varint(&p->store.sections[SECTION_GROUPS], 0);
	for (uint32_t k = 0; k < p->n_chunks; k++) {
		const struct part_chunk *c = &p->chunks[k];
		struct true_fields t;
		uint64_t sum = true_fields(p, c, out, &t);

		if (!t.records) {
			t.field[FIELD_RECORD_BYTES] = c->claim[FIELD_RECORD_BYTES];
			t.field[FIELD_SITE_BYTES] = c->claim[FIELD_SITE_BYTES];
		}
		for (unsigned f = 0; f < N_CHUNK_FIELDS; f++) {
			buf_put_varint(entries, t.field[f] + c->wrong[f]);
			if (f == FIELD_TABLE)
				buf_put_u64(entries, sum);
		}
	}
}

#endif
