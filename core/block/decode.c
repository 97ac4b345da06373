/* SPDX-License-Identifier: MIT */
#include "core/block/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/base/large.h"
#include "core/base/sanitized.h"
#include "core/block/column_read.h"
#include "core/block/site_cells.h"
#include "core/codec/stream.h"
#include "core/record/bcf_length.h"

/* Lists of numbers, as core/import/set_dict.h writes them. */
struct set_reader {
	const uint8_t *data;
	size_t len;
	uint32_t *at; /* where each list begins in @data; owned */
	uint32_t n;
};

/* Memory that stays from one chunk to the next, as long as they are alike. */
struct room {
	uint8_t *p; /* owned */
	size_t size;
};

struct decoder {
	struct stream_unpacker *unpacker; /* owned */
	struct room coded;                /* what the caller reads a chunk into */
	struct room raw;                  /* its decompressed streams: info->stream_bytes */
	/* All below: of the chunk that is being decoded. */
	const struct chunk_info *info;
	size_t raw_len;                        /* used of the raw room */
	struct cursor streams[N_STREAM_KINDS]; /* those of no column */
	struct cursor view_len[N_LINE_VIEWS];
	struct column_reader *columns; /* info->n_columns; owned */
	struct site_reader sites;
	struct tile_set tiles; /* of those of FORMAT; none where only sites are wanted */
	struct set_reader filters;
	struct set_reader layouts[2]; /* of INFO and FORMAT */
};

int decoder_new(struct decoder **out)
{
	struct decoder *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	r = stream_unpacker_new(&d->unpacker);
	if (r < 0) {
		free(d);
		return r;
	}
	*out = d;
	return 0;
}

static void room_done(struct room *room)
{
	large_free(room->p);
	memset(room, 0, sizeof(*room));
}

/* As much as was kept, where that is not much too much; a sanitizer sees the end of each. */
static bool room_reserve(struct room *room, size_t size)
{
	if (room->p && room->size >= size && room->size / 2 <= size && !SANITIZED)
		return true;
	room_done(room);
	room->p = large_alloc(size + 1);
	room->size = room->p ? size : 0;
	return room->p != NULL;
}

uint8_t *decoder_room(struct decoder *d, size_t len)
{
	return room_reserve(&d->coded, len) ? d->coded.p : NULL;
}

size_t decoder_kept(const struct decoder *d)
{
	return d->coded.size + d->raw.size;
}

void decoder_trim(struct decoder *d)
{
	room_done(&d->coded);
	room_done(&d->raw);
}

/* Let go of the chunk. */
static void decoder_clear(struct decoder *d)
{
	for (uint32_t i = 0; d->columns && i < d->info->n_columns; i++)
		column_reader_done(&d->columns[i]);
	tile_set_done(&d->tiles);
	free(d->columns);
	free(d->filters.at);
	free(d->layouts[0].at);
	free(d->layouts[1].at);
	d->columns = NULL;
	memset(&d->filters, 0, sizeof(d->filters));
	memset(d->layouts, 0, sizeof(d->layouts));
	d->raw_len = 0;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	decoder_clear(d);
	decoder_trim(d);
	stream_unpacker_free(d->unpacker);
	free(d);
}

/* One stream of the table, checked and decompressed. */
struct stream {
	uint8_t kind;
	uint32_t column; /* or view */
	uint8_t *raw;
	size_t len;
};

/* A stream of values that a block of tile @tile does without; TILE_ALL: of no one. */
static bool is_of_other_tile(
		uint8_t kind, uint32_t number, const struct chunk_info *info, uint32_t tile)
{
	return tile != TILE_ALL && (kind == STREAM_FORMAT_VALUES || kind == STREAM_FORMAT_LEN) &&
	       number % info->n_tiles != tile;
}

static int unpack_stream(struct decoder *d, struct cursor *table, struct cursor *data,
		struct stream *s, struct err *err)
{
	uint8_t codec;
	uint64_t len;
	uint64_t raw_len;
	uint64_t sum;
	const uint8_t *p;

	s->kind = cursor_u8(table);
	codec = cursor_u8(table);
	s->column = cursor_varint32(table);
	len = cursor_varint(table);
	raw_len = codec == STREAM_BARE ? len : cursor_varint(table);
	sum = codec == STREAM_BARE ? 0 : cursor_u64(table);
	if (cursor_bad(table) || s->kind >= N_STREAM_KINDS || len > cursor_left(data) ||
			raw_len > d->info->stream_bytes - d->raw_len)
		return err_set(err, -EBADMSG, "stream table is damaged");
	p = cursor_take(data, (size_t)len);
	s->raw = NULL;
	if (is_of_other_tile(s->kind, s->column, d->info, d->tiles.tile))
		return 0;
	if (codec != STREAM_BARE && !checksum_fits(p, (size_t)len, sum))
		return err_set(err, -EBADMSG, "stream %u of column %u: bad checksum", s->kind,
				s->column);
	if (stream_unpack(d->unpacker, codec, p, (size_t)len, d->raw.p + d->raw_len,
			    (size_t)raw_len) < 0)
		return err_set(err, -EBADMSG, "stream %u of column %u does not decompress", s->kind,
				s->column);
	s->raw = d->raw.p + d->raw_len;
	s->len = (size_t)raw_len;
	d->raw_len += (size_t)raw_len;
	return 0;
}

static int open_columns(struct decoder *d, struct cursor *c, uint32_t n_keys, enum block_part part)
{
	unsigned n_gt = 0;

	/* The budget was made from the table's number of columns. */
	if (d->columns || cursor_varint(c) != d->info->n_columns)
		return -EBADMSG;
	d->columns = calloc(d->info->n_columns + 1, sizeof(*d->columns));
	if (!d->columns)
		return -ENOMEM;
	for (uint32_t i = 0; i < d->info->n_columns; i++) {
		if (!column_reader_open(&d->columns[i], c, n_keys, d->info->gt_slots))
			return -EBADMSG;
		n_gt += d->columns[i].class == COLUMN_GT;
	}
	/* The budget has room for the order of one. */
	if (n_gt > 1)
		return -EBADMSG;
	if (!cursor_finished(c))
		return -EBADMSG;
	return part != BLOCK_SITES ? tile_set_open(&d->tiles, d->columns, d->info->n_columns) : 0;
}

/* Put a stream where its reader finds it. */
static int place_stream(
		struct decoder *d, const struct stream *s, uint32_t n_keys, enum block_part part)
{
	struct cursor raw = cursor_over(s->raw, s->len);
	struct cursor *place;

	if (s->kind == STREAM_COLUMNS)
		return open_columns(d, &raw, n_keys, part);
	if (s->kind == STREAM_VIEW_LEN) {
		/* A view that this version does not know is none of its business. */
		if (s->column < N_LINE_VIEWS)
			d->view_len[s->column] = raw;
		return 0;
	}
	if (!d->columns)
		return -EBADMSG;
	if (s->kind == STREAM_FORMAT_VALUES || s->kind == STREAM_FORMAT_LEN)
		return tile_set_put(&d->tiles, d->columns, d->info->n_columns, s->kind, s->column,
				       s->raw, s->len)
				       ? 0
				       : -EBADMSG;
	place = &d->streams[s->kind];
	if (s->column < d->info->n_columns) {
		struct cursor *of_column = column_reader_stream(&d->columns[s->column], s->kind);

		if (of_column)
			place = of_column;
	}
	if (cursor_left(place))
		return -EBADMSG;
	*place = raw;
	return 0;
}

static int unpack_streams(struct decoder *d, const struct chunk_bytes *bytes, uint32_t n_keys,
		enum block_part part, struct err *err)
{
	struct cursor table = cursor_over(bytes->table, bytes->table_len);
	struct cursor data[N_BLOCK_PARTS];
	uint64_t n = cursor_varint(&table);
	struct stream s = { 0 };
	int r;

	for (unsigned i = 0; i < N_BLOCK_PARTS; i++)
		data[i] = cursor_over(bytes->streams[i], bytes->streams_len[i]);
	for (unsigned i = 0; i < N_STREAM_KINDS; i++)
		d->streams[i] = cursor_over(NULL, 0);
	for (unsigned i = 0; i < N_LINE_VIEWS; i++)
		d->view_len[i] = cursor_over(NULL, 0);
	if (!room_reserve(&d->raw, d->info->stream_bytes))
		return err_set(err, -ENOMEM, "out of memory");

	for (uint64_t i = 0; i < n; i++) {
		enum block_part of;

		if (!cursor_left(&table))
			return err_set(err, -EBADMSG, "stream table is damaged");
		of = *table.at < STREAM_SITES_END ? BLOCK_SITES : BLOCK_CALLS;
		/* Streams of sites come first: the rest is not wanted, and was not read. */
		if (of == BLOCK_CALLS && part == BLOCK_SITES)
			return 0;
		r = unpack_stream(d, &table, &data[of], &s, err);
		if (r < 0)
			return r;
		if (s.raw)
			r = place_stream(d, &s, n_keys, part);
		if (r < 0)
			return err_set(err, r, "stream %u of column %u is damaged", s.kind,
					s.column);
	}
	if (!d->columns || !cursor_finished(&table))
		return err_set(err, -EBADMSG, "stream table is damaged");
	return 0;
}

static int open_sets(struct set_reader *s, struct cursor *c, uint32_t n_max)
{
	uint64_t n = cursor_varint(c);

	/* Every list is some record's. */
	if (n > n_max)
		return -EBADMSG;
	s->data = c->at;
	s->len = cursor_left(c);
	s->n = (uint32_t)n;
	if (s->len > UINT32_MAX)
		return -EBADMSG;
	s->at = malloc((n + 1) * sizeof(*s->at));
	if (!s->at)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		s->at[i] = (uint32_t)(c->at - s->data);
		for (uint32_t k = cursor_varint32(c); k && !cursor_bad(c); k--)
			cursor_varint32(c);
	}
	return cursor_finished(c) ? 0 : -EBADMSG;
}

static int open_dictionaries(struct decoder *d, enum block_part part, struct err *err)
{
	uint32_t n_max = d->info->n_records;
	int r = open_sets(&d->filters, &d->streams[STREAM_FILTER_SETS], n_max);

	if (r == 0)
		r = open_sets(&d->layouts[0], &d->streams[STREAM_INFO_LAYOUTS], n_max);
	if (r == 0 && part != BLOCK_SITES)
		r = open_sets(&d->layouts[COLUMN_FORMAT], &d->streams[STREAM_FORMAT_LAYOUTS],
				n_max);
	return r < 0 ? err_set(err, r, "dictionaries are damaged") : 0;
}

static bool set_at(const struct set_reader *s, uint64_t id, struct cursor *list, uint32_t *n)
{
	if (id >= s->n)
		return false;
	*list = cursor_over(s->data + s->at[id], s->len - s->at[id]);
	*n = cursor_varint32(list);
	return true;
}

static bool next_filters(struct decoder *d, uint32_t n_keys, struct byte_sink *out)
{
	struct cursor list;
	uint32_t highest = 0;
	uint32_t n;

	if (!set_at(&d->filters, cursor_varint(&d->streams[STREAM_FILTER]), &list, &n))
		return false;
	if (!sink_put_varint(out, n))
		return false;
	out->bcf_more += bcf_text_more(n);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = cursor_varint32(&list);

		if (key >= n_keys || !sink_put_varint(out, key))
			return false;
		highest = key > highest ? key : highest;
		out->bcf_more -= varint_size(key);
	}
	out->bcf_more += (uint64_t)n * bcf_int_width(highest);
	return !cursor_bad(&list);
}

static bool next_fields(struct decoder *d, uint8_t flags, const struct record *r,
		uint16_t *n_fields, struct byte_sink *out)
{
	const uint8_t kind = COLUMN_FORMAT | COLUMN_SITE;
	struct cursor *ids = &d->streams[flags ? STREAM_FORMAT : STREAM_INFO];
	struct cursor list;
	uint32_t n;

	if (!set_at(&d->layouts[flags], cursor_varint(ids), &list, &n) || n > UINT16_MAX)
		return false;
	*n_fields = (uint16_t)n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t column = cursor_varint32(&list);

		if (cursor_bad(&list) || column >= d->info->n_columns ||
				(d->columns[column].flags & kind) != flags ||
				!column_reader_next(&d->columns[column], &d->tiles, r, out))
			return false;
	}
	return true;
}

static bool next_site(struct decoder *d, uint32_t n_keys, struct byte_sink *out, struct record *r,
		uint64_t *text_len)
{
	r->contig = d->info->contig;
	r->site = out->at;
	if (!site_reader_next(&d->sites, out, r, text_len) || !next_filters(d, n_keys, out) ||
			!next_fields(d, 0, r, &r->n_info, out))
		return false;
	r->site_len = (size_t)(out->at - r->site);
	return true;
}

/* Lengths of the record as BCF, of which @shared and @indiv were counted. */
static void set_bcf_lengths(struct record *r, uint64_t shared, uint64_t indiv)
{
	if (shared > UINT32_MAX || indiv > UINT32_MAX || !bcf_has_numbers_for(r))
		return;
	r->bcf_shared = (uint32_t)shared;
	r->bcf_indiv = (uint32_t)indiv;
}

static bool all_finished(struct decoder *d)
{
	for (unsigned i = 0; i < N_STREAM_KINDS; i++)
		if (!cursor_finished(&d->streams[i]))
			return false;
	for (uint32_t i = 0; i < d->info->n_columns; i++)
		if (!column_reader_finished(&d->columns[i], &d->tiles))
			return false;
	return true;
}

static int make_records(struct decoder *d, struct block *b, uint32_t n_keys, struct err *err)
{
	struct byte_sink out = { .at = b->bytes };
	uint64_t *text_len = b->view_offset[0] + 1;

	out.end = b->bytes + (b->part != BLOCK_SITES ? d->info->record_bytes : d->info->site_bytes);
	for (uint32_t i = 0; i < b->n_records; i++) {
		struct record *r = &b->records[i];
		uint64_t shared;

		out.bcf_more = 0;
		if (!next_site(d, n_keys, &out, r, &text_len[i]))
			return err_set(err, -EBADMSG, "site %u is damaged", i);
		shared = BCF_FIXED + r->site_len + out.bcf_more;
		if (b->part != BLOCK_SITES) {
			r->fmt = out.at;
			out.bcf_more = 0;
			if (!next_fields(d, COLUMN_FORMAT, r, &r->n_fmt, &out))
				return err_set(err, -EBADMSG, "FORMAT of record %u is damaged", i);
			r->fmt_len = (size_t)(out.at - r->fmt);
			set_bcf_lengths(r, shared, r->fmt_len + out.bcf_more);
		}
	}
	/* How much a tile comes to is not known before. */
	if ((out.at != out.end && d->tiles.tile == TILE_ALL) ||
			(b->part != BLOCK_SITES && !all_finished(d)))
		return err_set(err, -EBADMSG, "streams do not end with the last record");
	return 0;
}

/* What comes before the first record: values made ready. */
static int prepare(struct decoder *d, struct err *err)
{
	const struct chunk_info *info = d->info;
	struct byte_sink room = { .at = d->raw.p + d->raw_len,
		.end = d->raw.p + info->stream_bytes };

	if (!column_readers_prepare(d->columns, info->n_columns, &d->tiles, &room))
		return err_set(err, -EBADMSG, "columns are damaged");
	if (!site_reader_open(&d->sites, d->streams, d->columns, info->n_columns, info->start,
			    info->n_records, &room))
		return err_set(err, -EBADMSG, "sites are damaged");
	return 0;
}

static int make_offsets(struct decoder *d, struct block *b, struct err *err)
{
	bool ok = line_offsets(d->view_len, b->n_records, b->view_offset);

	for (unsigned v = 0; v < N_LINE_VIEWS && ok; v++)
		ok = b->view_offset[v][b->n_records] == d->info->view_bytes[v];
	return ok ? 0 : err_set(err, -EBADMSG, "line lengths are damaged");
}

uint64_t chunk_print_cost(const struct chunk_info *info)
{
	return info->gt_slots * sizeof(uint16_t);
}

uint64_t chunk_block_cost(const struct chunk_info *info, enum block_part part)
{
	return block_fixed_cost(info->n_records) +
	       (part != BLOCK_SITES ? info->record_bytes + chunk_print_cost(info)
				    : info->site_bytes);
}

uint64_t chunk_decode_cost(const struct chunk_info *info, enum block_part part)
{
	return chunk_block_cost(info, part) +
	       (part != BLOCK_SITES ? info->length : info->head_length) + info->stream_bytes +
	       info->n_columns * sizeof(struct column_reader) +
	       3ull * (info->n_records + 1ull) * sizeof(uint32_t) + info->read_bytes +
	       (part != BLOCK_SITES ? gt_reader_cost(info->gt_slots) +
							       tile_set_cost(info->n_columns,
									       info->n_tiles)
				    : 0);
}

static struct block *block_alloc(const struct chunk_info *info, enum block_part part)
{
	uint64_t bytes = part != BLOCK_SITES ? info->record_bytes : info->site_bytes;
	struct block *b = block_new(info->n_records, bytes);

	if (!b)
		return NULL;
	b->part = part;
	b->cost = chunk_block_cost(info, part);
	for (unsigned v = 0; v < N_LINE_VIEWS; v++)
		b->view_offset[v] = large_alloc((info->n_records + 1ull) * sizeof(uint64_t));
	if (!b->view_offset[0] || !b->view_offset[1]) {
		block_free(b);
		return NULL;
	}
	return b;
}

int chunk_table_check(
		const struct chunk_bytes *bytes, const struct chunk_info *info, struct err *err)
{
	if (!checksum_fits(bytes->table, bytes->table_len, info->checksum))
		return err_set(err, -EBADMSG, "stream table: bad checksum");
	return 0;
}

int chunk_tile_ranges(const struct chunk_bytes *bytes, const struct chunk_info *info, uint32_t tile,
		int (*take)(void *arg, uint64_t at, size_t len, struct err *err), void *arg,
		struct err *err)
{
	struct cursor c = cursor_over(bytes->table, bytes->table_len);
	uint64_t end = info->length;
	uint64_t at = info->head_length;
	uint64_t begin = at; /* of what is wanted and was not taken yet, up to @at */
	int r = 0;

	for (uint64_t n = cursor_varint(&c); r == 0 && n; n--) {
		uint8_t kind = cursor_u8(&c);
		uint8_t codec = cursor_u8(&c);
		uint32_t number = cursor_varint32(&c);
		uint64_t len = cursor_varint(&c);

		if (codec != STREAM_BARE) {
			cursor_varint(&c);
			cursor_u64(&c);
		}
		if (cursor_bad(&c) || (kind >= STREAM_SITES_END && len > end - at))
			return err_set(err, -EBADMSG, "stream table is damaged");
		if (kind < STREAM_SITES_END)
			continue;
		if (is_of_other_tile(kind, number, info, tile)) {
			if (at > begin)
				r = take(arg, begin, (size_t)(at - begin), err);
			begin = at + len;
		}
		at += len;
	}
	return r == 0 && at > begin ? take(arg, begin, (size_t)(at - begin), err) : r;
}

int chunk_decode(struct decoder *d, const struct chunk_bytes *bytes, const struct chunk_info *info,
		unsigned n_views, uint32_t n_samples, uint32_t n_keys, enum block_part part,
		struct block **out, struct err *err)
{
	struct block *b;
	int r;

	if (part >= BLOCK_TILE && part - BLOCK_TILE >= info->n_tiles)
		return err_set(err, -EINVAL, "there is no tile %u", part - BLOCK_TILE);
	if (info->n_tiles > 1 && info->n_tiles > n_samples)
		return err_set(err, -EBADMSG, "%u tiles of %u samples", info->n_tiles, n_samples);
	b = block_alloc(info, part);
	if (!b)
		return err_set(err, -ENOMEM, "out of memory");
	d->info = info;
	tile_set_choose(&d->tiles, info->n_tiles, n_samples,
			part >= BLOCK_TILE ? part - BLOCK_TILE : TILE_ALL);
	b->first_sample = d->tiles.first;
	b->n_samples = d->tiles.n_samples;
	r = unpack_streams(d, bytes, n_keys, part, err);
	if (r == 0)
		r = open_dictionaries(d, part, err);
	if (r == 0)
		r = prepare(d, err);
	if (r == 0)
		r = make_records(d, b, n_keys, err);
	if (r == 0 && n_views)
		r = make_offsets(d, b, err);
	decoder_clear(d);
	if (r < 0) {
		block_free(b);
		return r;
	}
	*out = b;
	return 0;
}
