/* SPDX-License-Identifier: MIT */
#include "core/store/tables.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cursor.h"
#include "core/codec/deflate_runs.h"
#include "core/codec/gt_cell.h"
#include "core/codec/stream.h"

/* Sections that are read when they are needed. */
static bool stays_in_file(uint8_t id)
{
	return id == SECTION_INDEX || id == SECTION_BCF_BLOCKS;
}

static int unpack_sections(struct store *s, const struct buf *footer, struct err *err)
{
	struct cursor c = cursor_over(footer->data, footer->len);
	uint32_t n = cursor_u32(&c);
	struct cursor data = c;
	struct stream_unpacker *u = NULL;
	int r;

	if (n > cursor_left(&c) / 18 || !cursor_take(&data, (size_t)n * 18))
		return err_set(err, -EBADMSG, "footer is damaged");
	r = stream_unpacker_new(&u);
	for (uint32_t i = 0; i < n && r == 0; i++) {
		uint8_t id = cursor_u8(&c);
		uint8_t codec = cursor_u8(&c);
		uint64_t raw_len = cursor_u64(&c);
		uint64_t len = cursor_u64(&c);
		const uint8_t *p;

		if (len > cursor_left(&data) || raw_len > SECTION_MAX) {
			r = -EBADMSG;
			break;
		}
		p = cursor_take(&data, len);
		/* A section that this version does not know is none of its business. */
		if (id >= N_SECTIONS)
			continue;
		if (stays_in_file(id)) {
			s->in_file[id] = (struct packed_section){
				.offset = s->chunks_end + (uint64_t)(p - footer->data),
				.length = len,
				.raw_length = raw_len,
				.codec = codec
			};
			continue;
		}
		if (s->sections[id].len || !buf_reserve(&s->sections[id], raw_len + 1)) {
			r = s->sections[id].len ? -EBADMSG : -ENOMEM;
			break;
		}
		r = stream_unpack(u, codec, p, len, s->sections[id].data, raw_len);
		s->sections[id].len = raw_len;
	}
	stream_unpacker_free(u);
	return r < 0 ? err_set(err, r, "footer is damaged") : 0;
}

static struct cursor section(const struct store *s, enum footer_section id)
{
	return cursor_over(s->sections[id].data, s->sections[id].len);
}

static int read_samples(struct store *s, struct err *err)
{
	const struct buf *b = &s->sections[SECTION_SAMPLES];

	for (size_t i = 0; i < b->len; i++)
		s->n_samples += b->data[i] == '\n';
	if (b->len && b->data[b->len - 1] != '\n')
		return err_set(err, -EBADMSG, "list of samples is damaged");
	return 0;
}

static int read_keys(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_KEYS);
	uint32_t n = cursor_varint32(&c);
	int r = names_new(&s->keys);

	for (uint32_t i = 0; i < n && r == 0; i++) {
		uint32_t id;
		size_t len;
		const uint8_t *p = cursor_bytes(&c, &len);

		if (!p)
			r = -EBADMSG;
		else
			r = names_intern(s->keys, (const char *)p, len, &id);
		if (r == 0 && id != i)
			r = -EBADMSG;
	}
	if (r == 0 && !cursor_finished(&c))
		r = -EBADMSG;
	s->n_keys = n;
	if (r == 0 && names_find(s->keys, "GT", 2, &s->gt_key) < 0)
		s->gt_key = UINT32_MAX;
	if (r == 0)
		r = names_intern(s->keys, "AC", 2, &s->ac_key);
	if (r == 0)
		r = names_intern(s->keys, "AN", 2, &s->an_key);
	return r < 0 ? err_set(err, r, "table of keys is damaged") : 0;
}

static int read_contigs(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_CONTIGS);
	uint32_t n = cursor_varint32(&c);
	uint32_t n_chunks = 0;

	/* A contig takes at least a byte for each of its four values. */
	if (n > cursor_left(&c) / 4)
		return err_set(err, -EBADMSG, "table of contigs is damaged");
	s->contigs = calloc(n + 1u, sizeof(*s->contigs));
	if (!s->contigs)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct contig_info *contig = &s->contigs[i];

		contig->name.s = (const char *)cursor_bytes(&c, &contig->name.len);
		contig->length = cursor_varint(&c);
		contig->first_chunk = n_chunks;
		contig->n_chunks = cursor_varint32(&c);
		contig->n_records = cursor_varint(&c);
		if (cursor_bad(&c) || !contig->n_chunks ||
				__builtin_add_overflow(n_chunks, contig->n_chunks, &n_chunks))
			return err_set(err, -EBADMSG, "table of contigs is damaged");
	}
	if (!cursor_finished(&c))
		return err_set(err, -EBADMSG, "table of contigs is damaged");
	s->n_contigs = n;
	s->n_chunks = n_chunks;
	return 0;
}

/* One entry of the table of chunks, consistent in itself. */
static bool read_chunk_info(struct cursor *c, struct chunk_info *info)
{
	int64_t span;

	info->length = cursor_varint(c);
	info->head_length = cursor_varint(c);
	info->table_length = cursor_varint(c);
	info->checksum = cursor_u64(c);
	info->record_bytes = cursor_varint(c);
	info->site_bytes = cursor_varint(c);
	info->stream_bytes = cursor_varint(c);
	info->n_columns = cursor_varint32(c);
	info->n_tiles = cursor_varint32(c);
	info->gt_slots = cursor_varint32(c);
	info->n_records = cursor_varint32(c);
	info->start = cursor_zigzag(c);
	span = cursor_zigzag(c);
	for (unsigned v = 0; v < N_LINE_VIEWS; v++)
		info->view_bytes[v] = cursor_varint(c);
	return !cursor_bad(c) && info->n_records && info->n_records <= CHUNK_RECORDS_MAX &&
	       info->table_length <= info->head_length && info->head_length <= info->length &&
	       info->site_bytes <= info->record_bytes && info->record_bytes < UINT64_MAX / 4 &&
	       info->stream_bytes < UINT64_MAX / 4 &&
	       /* Streams are numbered by column and tile. */
	       info->n_tiles && (uint64_t)info->n_columns * info->n_tiles <= UINT32_MAX &&
	       info->start < INT64_MAX && /* it is printed 1-based */
	       !__builtin_add_overflow(info->start, span, &info->end);
}

/* Groups of chunks that follow each other, in order. */
static int read_groups(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_GROUPS);
	uint32_t n = cursor_varint32(&c);
	uint64_t next = 0;

	/* An entry takes at least a byte for each value, and eight for the checksum. */
	if (n > cursor_left(&c) / 12)
		return err_set(err, -EBADMSG, "table of groups is damaged");
	s->groups = calloc(n + 1u, sizeof(*s->groups));
	if (!s->groups)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct chunk_group *g = &s->groups[i];

		g->first_chunk = cursor_varint32(&c);
		g->n_chunks = cursor_varint32(&c);
		g->codec = cursor_u8(&c);
		g->length = cursor_varint(&c);
		g->checksum = cursor_u64(&c);
		if (cursor_bad(&c) || !g->n_chunks || g->first_chunk < next ||
				g->length > s->chunks_end)
			return err_set(err, -EBADMSG, "table of groups is damaged");
		next = (uint64_t)g->first_chunk + g->n_chunks;
	}
	if (!cursor_finished(&c) || next > s->n_chunks)
		return err_set(err, -EBADMSG, "table of groups is damaged");
	s->n_groups = n;
	return 0;
}

/* Where chunks lie, as their tables are gone through. */
struct places {
	uint64_t next;  /* offset of what comes next in the file */
	uint32_t group; /* the next that may begin, or the one that is being filled */
};

static bool place_chunk(
		const struct store *s, struct places *at, uint32_t k, struct chunk_info *info)
{
	struct chunk_group *g = at->group < s->n_groups ? &s->groups[at->group] : NULL;

	if (!g || k < g->first_chunk) {
		info->group = NO_GROUP;
		info->offset = at->next;
		at->next += info->length;
		return info->length <= s->chunks_end - info->offset;
	}
	if (k == g->first_chunk) {
		g->offset = at->next;
		at->next += g->length;
		if (g->length > s->chunks_end - g->offset)
			return false;
	}
	info->group = at->group;
	info->offset = g->raw_length;
	if (info->length > GROUP_RAW_MAX - g->raw_length)
		return false;
	g->raw_length += info->length;
	at->group += k == g->first_chunk + g->n_chunks - 1;
	return true;
}

/* What a chunk has from those before it. */
static bool follow_on(const struct chunk_info *last, struct chunk_info *info)
{
	bool overflow = false;

	info->first_record = last ? last->first_record + last->n_records : 0;
	for (unsigned v = 0; v < N_STORE_VIEWS; v++)
		if (last)
			overflow |= __builtin_add_overflow(last->view_offset[v],
					last->view_bytes[v], &info->view_offset[v]);
	return !overflow;
}

/* Once all lengths are known. */
static void count_read_bytes(struct store *s)
{
	for (uint32_t k = 0; k < s->n_chunks; k++) {
		struct chunk_info *info = &s->chunks[k];

		if (info->group != NO_GROUP)
			info->read_bytes = s->groups[info->group].length +
					   s->groups[info->group].raw_length;
	}
}

static int read_chunks(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_CHUNKS);
	const struct chunk_info *last = NULL;
	struct places at = { .next = STORE_HEAD_LEN };
	uint32_t k = 0;

	if (cursor_varint(&c) != s->n_chunks || s->n_chunks > cursor_left(&c) / 20)
		return err_set(err, -EBADMSG, "table of chunks is damaged");
	s->chunks = calloc(s->n_chunks + 1u, sizeof(*s->chunks));
	if (!s->chunks)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < s->n_contigs; i++) {
		uint64_t n_records = 0;

		for (uint32_t j = 0; j < s->contigs[i].n_chunks; j++, k++) {
			struct chunk_info *info = &s->chunks[k];

			if (!read_chunk_info(&c, info) || !follow_on(last, info) ||
					!place_chunk(s, &at, k, info))
				return err_set(err, -EBADMSG, "table of chunks is damaged at %u",
						k);
			info->contig = i;
			info->index = j;
			if (!j || info->end > s->contigs[i].end)
				s->contigs[i].end = info->end;
			if (info->end > s->end)
				s->end = info->end;
			n_records += info->n_records;
			last = info;
		}
		if (n_records != s->contigs[i].n_records)
			return err_set(err, -EBADMSG, "contig %u: number of records is wrong", i);
		s->n_records += n_records;
	}
	if (!cursor_finished(&c) || at.next != s->chunks_end)
		return err_set(err, -EBADMSG, "table of chunks is damaged");
	count_read_bytes(s);
	return 0;
}

/* What every chunk has of one kind; @total past what is known is passed over. */
static bool take_total(struct chunk_info *info, unsigned total, uint64_t value)
{
	if (total == TOTAL_PLOIDY) {
		info->shape.ploidy = (uint32_t)value;
		return value <= GT_PLOIDY_MAX;
	}
	if (total == TOTAL_ALLELE_WIDTH) {
		info->shape.width = (uint32_t)value;
		return value == 1 || value == 2;
	}
	if (total - TOTAL_VIEWS < N_STORED_VIEWS - N_LINE_VIEWS) {
		info->view_bytes[total - TOTAL_VIEWS + N_LINE_VIEWS] = value;
	}
	return true;
}

/* BGZF blocks, where there are any, are as many as the chunks have. */
static bool bcf_blocks_fit(struct store *s)
{
	struct packed_section *blocks = &s->in_file[SECTION_BCF_BLOCKS];
	uint64_t n = store_view_bytes(s, STORE_VIEW_BCF_BLOCKS);

	if (blocks->length == n * sizeof(uint16_t)) /* an older store: sizes alone */
		blocks->length = 0;
	if (!blocks->length)
		return true;
	for (uint32_t i = 0; i < s->n_chunks; i++) {
		const uint64_t *bytes = s->chunks[i].view_bytes;

		if (bytes[STORE_VIEW_BCF_BLOCKS] !=
				bytes[STORE_VIEW_BCF] / DEFLATE_RUNS_MAX +
						(bytes[STORE_VIEW_BCF] % DEFLATE_RUNS_MAX != 0))
			return false;
	}
	return blocks->codec == STREAM_RAW && blocks->length == blocks->raw_length &&
	       n <= SECTION_MAX && blocks->length == n * BCF_BLOCK_ENTRY;
}

static int read_totals(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_TOTALS);
	uint32_t n = cursor_left(&c) ? cursor_varint32(&c) : 0;
	bool ok = !s->n_chunks || n <= cursor_left(&c) / s->n_chunks;

	for (uint32_t k = 0; ok && k < s->n_chunks; k++) {
		struct chunk_info *info = &s->chunks[k];

		for (uint32_t i = 0; ok && i < n; i++)
			ok = take_total(info, i, cursor_varint(&c)) && !cursor_bad(&c);
		info->view_bytes[STORE_VIEW_RECORDS] = info->n_records;
		ok = ok && follow_on(k ? &s->chunks[k - 1] : NULL, info);
		s->contigs[info->contig].shape =
				gt_shape_join(s->contigs[info->contig].shape, info->shape);
		s->shape = gt_shape_join(s->shape, info->shape);
	}
	s->n_totals = n;
	return ok && cursor_finished(&c) && bcf_blocks_fit(s)
			       ? 0
			       : err_set(err, -EBADMSG, "totals are damaged");
}

static int read_bcf(struct store *s, struct err *err)
{
	struct buf *b = &s->sections[SECTION_BCF];
	struct cursor c = cursor_over(b->data, b->len);

	if (!b->len)
		return 0;
	s->n_bcf_contigs = cursor_varint32(&c);
	for (uint32_t i = 0; i < s->n_contigs; i++) {
		s->contigs[i].bcf_id = cursor_varint32(&c);
		if (s->contigs[i].bcf_id >= s->n_bcf_contigs)
			cursor_fail(&c);
	}
	if (cursor_bad(&c) || !cursor_left(&c))
		return err_set(err, -EBADMSG, "head of BCF is damaged");
	/* What is left is the head itself. */
	b->len = cursor_left(&c);
	memmove(b->data, c.at, b->len);
	return 0;
}

int store_tables_read(struct store *s, const struct buf *footer, struct err *err)
{
	int r = unpack_sections(s, footer, err);

	if (r == 0)
		r = read_samples(s, err);
	if (r == 0)
		r = read_keys(s, err);
	if (r == 0)
		r = read_contigs(s, err);
	if (r == 0)
		r = read_groups(s, err);
	if (r == 0)
		r = read_chunks(s, err);
	if (r == 0)
		r = read_totals(s, err);
	if (r == 0)
		r = read_bcf(s, err);
	/* What the tables were read from is not needed any more, but for the contigs' names. */
	buf_done(&s->sections[SECTION_CHUNKS]);
	buf_done(&s->sections[SECTION_GROUPS]);
	buf_done(&s->sections[SECTION_TOTALS]);
	buf_done(&s->sections[SECTION_KEYS]);
	return r;
}
