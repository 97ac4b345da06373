/* SPDX-License-Identifier: MIT */
#include "core/import/chunk_encode.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/checksum.h"
#include "core/block/decode.h"
#include "core/import/column_build.h"
#include "core/import/column_model.h"
#include "core/import/set_dict.h"
#include "core/import/site_model.h"
#include "core/import/site_numbers.h"
#include "core/import/stream_out.h"

struct chunk_encoder {
	struct stream_out out;
	struct decoder *decoder;              /* made when first needed; owned */
	struct buf streams[STREAM_SITES_END]; /* of sites, those that belong to no column */
	struct buf format;                    /* layout of each record */
	struct buf list;                      /* u32s: the list that is being made */
	struct site_model sites;
	struct info_modeller info;
	struct site_numbers numbers;
	struct set_dict filters;
	struct set_dict layouts[2]; /* of INFO and FORMAT */
	struct column *columns;     /* n_columns in use, all initialised; owned */
	uint32_t n_columns;
	uint32_t max_columns;
	uint32_t record; /* that is being put */
	/* Column of the field at each place of the record before, by INFO and FORMAT: a guess that
	 * is nearly always right. */
	struct buf guess[2];
	uint32_t *slots; /* open addressing by key and class, column + 1; owned */
	uint32_t n_slots;
	/* What renumbering keys has added to the records' site and fmt bytes. */
	int64_t growth[2];
};

int chunk_encoder_new(struct chunk_encoder **out)
{
	struct chunk_encoder *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	r = stream_packer_new(&e->out.packer);
	if (r < 0) {
		chunk_encoder_free(e);
		return r;
	}
	*out = e;
	return 0;
}

void chunk_encoder_free(struct chunk_encoder *e)
{
	if (!e)
		return;
	stream_out_done(&e->out);
	decoder_free(e->decoder);
	for (unsigned i = 0; i < STREAM_SITES_END; i++)
		buf_done(&e->streams[i]);
	buf_done(&e->format);
	site_numbers_done(&e->numbers);
	buf_done(&e->list);
	site_model_done(&e->sites);
	info_modeller_done(&e->info);
	set_dict_done(&e->filters);
	for (unsigned i = 0; i < 2; i++) {
		set_dict_done(&e->layouts[i]);
		buf_done(&e->guess[i]);
	}
	for (uint32_t i = 0; i < e->max_columns; i++)
		column_done(&e->columns[i]);
	free(e->columns);
	free(e->slots);
	free(e);
}

void chunk_image_done(struct chunk_image *image)
{
	buf_done(&image->text_lens);
	buf_done(&image->bytes);
	buf_done(&image->index);
	buf_done(&image->bcf_blocks);
	buf_done(&image->key_uses);
	for (unsigned i = 0; i < N_BLOCK_PARTS; i++) {
		buf_done(&image->streams[i]);
		buf_done(&image->entries[i]);
	}
}

static void clear(struct chunk_encoder *e)
{
	for (unsigned i = 0; i < STREAM_SITES_END; i++)
		buf_clear(&e->streams[i]);
	buf_clear(&e->format);
	site_numbers_begin(&e->numbers);
	set_dict_clear(&e->filters);
	for (unsigned i = 0; i < 2; i++) {
		set_dict_clear(&e->layouts[i]);
		buf_clear(&e->guess[i]);
	}
	e->n_columns = 0;
	memset(e->growth, 0, sizeof(e->growth));
	if (e->n_slots)
		memset(e->slots, 0, e->n_slots * sizeof(*e->slots));
}

static bool column_is(const struct column *c, uint8_t flags, uint8_t class, uint32_t key)
{
	return c->key == key && c->class == class &&
	       (c->flags & (COLUMN_FORMAT | COLUMN_SITE)) == flags;
}

static uint32_t *slot_of(const struct chunk_encoder *e, uint8_t flags, uint8_t class, uint32_t key)
{
	uint32_t mask = e->n_slots - 1;
	uint32_t i = (key * 2654435761u + class * 97u + flags * 31u) & mask;

	while (e->slots[i] && !column_is(&e->columns[e->slots[i] - 1], flags, class, key))
		i = (i + 1) & mask;
	return &e->slots[i];
}

static int grow_slots(struct chunk_encoder *e)
{
	uint32_t n_slots = e->n_slots ? e->n_slots * 2 : 256;
	uint32_t *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(e->slots);
	e->slots = slots;
	e->n_slots = n_slots;
	for (uint32_t i = 0; i < e->n_columns; i++) {
		const struct column *c = &e->columns[i];

		if (!(c->flags & COLUMN_SITE))
			*slot_of(e, c->flags & COLUMN_FORMAT, c->class, c->key) = i + 1;
	}
	return 0;
}

static int new_column(struct chunk_encoder *e, uint8_t flags, uint8_t class, uint32_t key)
{
	if (e->n_columns == e->max_columns) {
		uint32_t max = e->max_columns ? e->max_columns * 2 : 64;
		struct column *columns = realloc(e->columns, max * sizeof(*columns));

		if (!columns)
			return -ENOMEM;
		e->columns = columns;
		memset(columns + e->max_columns, 0, (max - e->max_columns) * sizeof(*columns));
		e->max_columns = max;
	}
	column_reset(&e->columns[e->n_columns++], flags, class, key);
	return 0;
}

/* The column of the @place-th field of a record. */
static int find_column(struct chunk_encoder *e, uint32_t place, uint8_t flags, uint8_t class,
		uint32_t key, uint32_t *out)
{
	struct buf *guess = &e->guess[flags];
	uint32_t *guesses = (uint32_t *)(void *)guess->data;
	uint32_t *slot;
	int r;

	if (place < guess->len / sizeof(*out) &&
			column_is(&e->columns[guesses[place]], flags, class, key)) {
		*out = guesses[place];
		return 0;
	}
	if ((e->n_columns + 1) * 2 > e->n_slots) {
		r = grow_slots(e);
		if (r < 0)
			return r;
	}
	slot = slot_of(e, flags, class, key);
	if (!*slot) {
		r = new_column(e, flags, class, key);
		if (r < 0)
			return r;
		*slot = e->n_columns;
	}
	*out = *slot - 1;
	if (place < guess->len / sizeof(*out))
		guesses[place] = *out;
	else
		buf_put(guess, out, sizeof(*out));
	return buf_failed(guess) ? -ENOMEM : 0;
}

static int64_t growth_of(uint32_t key, uint32_t new_key)
{
	return (int64_t)varint_size(new_key) - (int64_t)varint_size(key);
}

/* INFO or FORMAT of a record: its cells to their columns, its layout to @layout_stream. */
static int put_fields(struct chunk_encoder *e, struct cursor *c, const struct record *rec,
		uint8_t flags, uint32_t n_samples, const uint32_t *key_map, uint32_t n_keys,
		struct buf *layout_stream)
{
	uint32_t n_fields = flags ? rec->n_fmt : rec->n_info;
	struct record_field f;
	uint32_t column;
	uint32_t layout;
	int r;

	buf_clear(&e->list);
	for (uint32_t i = 0; i < n_fields; i++) {
		if (!record_field_next(c, flags ? n_samples : 1, &f) || f.key >= n_keys)
			return -EBADMSG;
		r = find_column(e, i, flags, column_class_of(f.type), key_map[f.key], &column);
		if (r == 0)
			r = column_put(&e->columns[column], &f, n_samples, rec->n_allele,
					e->record);
		if (r < 0)
			return r;
		if (!flags)
			column_put_end(&e->columns[column], rec->pos + rec->rlen);
		buf_put(&e->list, &column, sizeof(column));
		e->growth[flags] += growth_of(f.key, key_map[f.key]);
	}
	if (buf_failed(&e->list))
		return -ENOMEM;
	r = set_dict_put(&e->layouts[flags], (const uint32_t *)(const void *)e->list.data, n_fields,
			&layout);
	buf_put_varint(layout_stream, layout);
	return r;
}

static int put_filters(
		struct chunk_encoder *e, struct cursor *c, const uint32_t *key_map, uint32_t n_keys)
{
	uint32_t n = cursor_varint32(c);
	uint32_t set;
	int r;

	buf_clear(&e->list);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = cursor_varint32(c);

		if (cursor_bad(c) || key >= n_keys)
			return -EBADMSG;
		buf_put(&e->list, &key_map[key], sizeof(key));
		e->growth[0] += growth_of(key, key_map[key]);
	}
	if (buf_failed(&e->list))
		return -ENOMEM;
	r = set_dict_put(&e->filters, (const uint32_t *)(const void *)e->list.data, n, &set);
	buf_put_varint(&e->streams[STREAM_FILTER], set);
	return r;
}

static int put_record(struct chunk_encoder *e, const struct record *r, uint32_t n_samples,
		const uint32_t *key_map, uint32_t n_keys)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);
	uint64_t ref_len;
	uint64_t text_len;
	int status = site_model_put(&e->sites, r, &site, &ref_len, &text_len);

	if (status < 0)
		return status;
	site_numbers_put(&e->numbers, r, ref_len, text_len, e->out.image);
	site_column_put(&e->columns[SITE_QUAL], (int32_t)r->qual);
	status = put_filters(e, &site, key_map, n_keys);
	if (status == 0)
		status = put_fields(e, &site, r, 0, 1, key_map, n_keys, &e->streams[STREAM_INFO]);
	if (status == 0)
		status = put_fields(
				e, &fmt, r, COLUMN_FORMAT, n_samples, key_map, n_keys, &e->format);
	if (status == 0 && !(cursor_finished(&site) && cursor_finished(&fmt)))
		status = -EBADMSG;
	return status;
}

static void put_use(struct buf *uses, uint32_t key, uint8_t use)
{
	struct key_use u = { .key = key, .use = use };

	buf_put(uses, &u, sizeof(u));
}

/* What the keys of the chunk are used as: columns, and the sets of FILTER as they are stored. */
static int put_uses(const struct chunk_encoder *e, struct buf *uses)
{
	const struct buf *sets = &e->streams[STREAM_FILTER_SETS];
	struct cursor c = cursor_over(sets->data, sets->len);

	for (uint32_t i = N_SITE_COLUMNS; i < e->n_columns; i++)
		put_use(uses, e->columns[i].key,
				e->columns[i].flags & COLUMN_FORMAT ? KEY_IS_FORMAT : KEY_IS_INFO);
	for (uint64_t n = cursor_varint(&c); n; n--)
		for (uint64_t k = cursor_varint(&c); k; k--)
			put_use(uses, cursor_varint32(&c), KEY_IS_FILTER);
	return buf_failed(uses) ? -ENOMEM : 0;
}

/* The columns that every chunk has come first, in their order. */
static int new_site_columns(struct chunk_encoder *e)
{
	int r = 0;

	for (uint32_t i = 0; i < N_SITE_COLUMNS && r == 0; i++) {
		r = new_column(e, COLUMN_SITE, i == SITE_QUAL ? COLUMN_FLOAT : COLUMN_INT, i);
		if (r == 0) {
			e->columns[i].n = 1;
			e->columns[i].width = sizeof(int32_t);
		}
	}
	return r == 0 ? site_model_begin(&e->sites) : r;
}

static int put_gt(struct chunk_encoder *e, uint32_t number)
{
	const struct column *c = &e->columns[number];
	int r = 0;

	for (unsigned i = 0; i < N_GT_STREAMS && r == 0; i++)
		if (i != GT_COUNTS || c->coding != VALUES_GT_GIVEN)
			r = stream_out_put(&e->out, STREAM_GT_META + i, number, &c->gt.streams[i]);
	if (c->gt_slots > e->out.image->info.gt_slots)
		e->out.image->info.gt_slots = c->gt_slots;
	return r;
}

static int put_column(struct chunk_encoder *e, uint32_t number)
{
	struct column *c = &e->columns[number];
	struct stream_out *out = &e->out;
	bool fmt = c->flags & COLUMN_FORMAT;
	int r = 0;

	if (c->flags & COLUMN_VARYING)
		r = stream_out_put(out, fmt ? STREAM_FORMAT_N : STREAM_INFO_N, number,
				c->flags & COLUMN_BY_ALLELES ? &c->rules[c->n].exceptions : &c->ns);
	if (r == 0 && c->flags & COLUMN_TYPED)
		r = stream_out_put(out, fmt ? STREAM_FORMAT_TYPE : STREAM_INFO_TYPE, number,
				&c->types);
	if (r == 0 && c->class == COLUMN_GT)
		return put_gt(e, number);
	if (r == 0)
		r = fmt ? format_values_put(e->columns, number, out)
			: info_values_put(c, number, out);
	return r;
}

/* Columns whose n follows from the number of alleles, mostly. */
static void choose_rule(struct column *c)
{
	size_t best = c->ns.len;

	/* Those of FORMAT are wanted before their records are. */
	if ((c->flags & (COLUMN_VARYING | COLUMN_FORMAT)) != COLUMN_VARYING)
		return;
	for (uint32_t i = 0; i < N_ALLELE_COUNTS; i++) {
		const struct n_rule *rule = &c->rules[i];

		if (rule->dead || rule->exceptions.len >= best)
			continue;
		best = rule->exceptions.len;
		c->flags |= COLUMN_BY_ALLELES;
		c->n = i;
	}
}

static void describe_columns(struct chunk_encoder *e)
{
	struct buf *out = &e->streams[STREAM_COLUMNS];

	buf_put_varint(out, e->n_columns);
	for (uint32_t i = 0; i < e->n_columns; i++) {
		const struct column *c = &e->columns[i];

		buf_put_u8(out, c->flags);
		buf_put_u8(out, c->class);
		buf_put_u8(out, c->class == COLUMN_INT ? c->width : 0);
		buf_put_varint(out, c->key);
		buf_put_varint(out, c->flags & COLUMN_VARYING && !(c->flags & COLUMN_BY_ALLELES)
						    ? 0
						    : c->n);
		buf_put_u8(out, c->coding);
		buf_put_bytes(out, c->params.data, c->params.len);
	}
}

static int put_streams(struct chunk_encoder *e, uint32_t n_samples)
{
	struct stream_out *out = &e->out;
	int r = gt_counts_model(e->columns, e->n_columns, out->image->info.n_records);

	if (r == 0)
		r = site_model_end(&e->sites, e->streams, e->columns);
	if (r == 0)
		r = info_columns_model(&e->info, e->columns, e->n_columns, n_samples);
	for (uint32_t i = 0; i < e->n_columns; i++)
		choose_rule(&e->columns[i]);
	out->image->info.stream_bytes +=
			2ull * ROOM_PAD +
			ROOM_ENTRY * ((uint64_t)e->sites.sets.n_codes + e->sites.forms.n_codes);
	if (r == 0)
		r = format_columns_model(e->columns, e->n_columns, n_samples, out);
	if (r < 0)
		return r;
	describe_columns(e);
	set_dict_write(&e->filters, &e->streams[STREAM_FILTER_SETS]);
	set_dict_write(&e->layouts[0], &e->streams[STREAM_INFO_LAYOUTS]);
	for (unsigned kind = 0; kind < STREAM_SITES_END && r == 0; kind++)
		r = stream_out_put(out, kind, 0, &e->streams[kind]);
	for (uint32_t i = 0; i < e->n_columns && r == 0; i++)
		r = put_column(e, i);

	buf_clear(&e->list);
	set_dict_write(&e->layouts[COLUMN_FORMAT], &e->list);
	if (r == 0)
		r = stream_out_put(out, STREAM_FORMAT_LAYOUTS, 0, &e->list);
	if (r == 0)
		r = stream_out_put(out, STREAM_FORMAT, 0, &e->format);
	return r;
}

int chunk_encode(struct chunk_encoder *e, enum codec_choice choice, const struct record *records,
		uint32_t n, uint32_t n_samples, const uint32_t *key_map, uint32_t n_keys,
		struct chunk_image *image, struct err *err)
{
	struct chunk_info *info = &image->info;
	int r;

	if (!n || n > CHUNK_RECORDS_MAX)
		return err_set(err, -EOVERFLOW, "a chunk of %u records", n);
	clear(e);
	stream_out_begin(&e->out, image, choice);
	info->group = choice == CODEC_BARE ? 0 : NO_GROUP;
	if (new_site_columns(e) < 0)
		return err_set(err, -ENOMEM, "out of memory for a chunk");
	info->n_records = n;
	info->contig = records[0].contig;
	info->start = records[0].pos;
	info->end = records[0].pos;
	for (uint32_t i = 0; i < n; i++) {
		const struct record *rec = &records[i];

		e->record = i;
		r = put_record(e, rec, n_samples, key_map, n_keys);
		if (r < 0)
			return err_set(err, r, "record %u of a chunk cannot be coded", i + 1);
		if (rec->pos + rec->rlen > info->end)
			info->end = rec->pos + rec->rlen;
		info->site_bytes += rec->site_len;
		info->record_bytes += rec->site_len + rec->fmt_len;
	}
	info->site_bytes += (uint64_t)e->growth[0];
	info->record_bytes += (uint64_t)(e->growth[0] + e->growth[COLUMN_FORMAT]);
	info->n_columns = e->n_columns;
	r = put_streams(e, n_samples);
	if (r == 0)
		r = site_numbers_end(&e->numbers, records, n, &e->out);
	if (r == 0)
		r = put_uses(e, &image->key_uses);
	return r < 0 ? err_set(err, r, "out of memory for a chunk") : 0;
}

/* The stream table of an image that is not sealed. */
static void put_table(const struct chunk_image *image, struct buf *table)
{
	buf_put_varint(table, image->n_streams);
	for (unsigned i = 0; i < N_BLOCK_PARTS; i++)
		buf_put(table, image->entries[i].data, image->entries[i].len);
}

int chunk_image_decode(struct chunk_encoder *e, const struct chunk_image *image, uint32_t n_samples,
		uint32_t n_keys, const struct block **out, struct err *err)
{
	struct chunk_bytes bytes = { 0 };
	struct buf table = { 0 };
	struct block *b = NULL;
	int r = 0;

	if (!e->decoder)
		r = decoder_new(&e->decoder);
	put_table(image, &table);
	if (r < 0 || buf_failed(&table))
		return err_set(err, -ENOMEM, "out of memory for a chunk");
	bytes.table = table.data;
	bytes.table_len = table.len;
	for (unsigned i = 0; i < N_BLOCK_PARTS; i++) {
		bytes.streams[i] = image->streams[i].data;
		bytes.streams_len[i] = image->streams[i].len;
	}
	r = chunk_decode(e->decoder, &bytes, &image->info, 0, n_samples, n_keys, BLOCK_CALLS, &b,
			err);
	buf_done(&table);
	if (r == 0)
		*out = b;
	return r;
}

int chunk_seal(struct chunk_encoder *e, struct chunk_image *image,
		const struct chunk_measures *measures, struct err *err)
{
	struct chunk_info *info = &image->info;
	struct buf table = { 0 };
	int r;

	stream_out_begin(&e->out, image, info->group == NO_GROUP ? CODEC_AUTO : CODEC_BARE);
	r = site_lengths_put(&e->numbers, measures->lengths, &e->out);
	if (r < 0)
		return err_set(err, r, "out of memory for a chunk");
	memcpy(info->view_bytes, measures->bytes, sizeof(info->view_bytes));
	info->shape = measures->shape;
	buf_put(&image->index, measures->index.data, measures->index.len);
	buf_put(&image->bcf_blocks, measures->bcf_blocks.data, measures->bcf_blocks.len);

	put_table(image, &table);
	buf_put(&image->bytes, image->streams[BLOCK_SITES].data, image->streams[BLOCK_SITES].len);
	buf_put(&image->bytes, table.data, table.len);
	info->table_length = table.len;
	info->checksum = checksum(table.data, table.len);
	info->head_length = image->bytes.len;
	buf_put(&image->bytes, image->streams[BLOCK_CALLS].data, image->streams[BLOCK_CALLS].len);
	info->length = image->bytes.len;
	if (buf_failed(&table) || buf_failed(&image->bytes) || buf_failed(&image->index) ||
			buf_failed(&image->bcf_blocks))
		r = err_set(err, -ENOMEM, "out of memory for a chunk");
	buf_done(&table);
	return r;
}
