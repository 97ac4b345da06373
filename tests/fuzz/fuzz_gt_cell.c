/* SPDX-License-Identifier: MIT */
/*
 * A genotype cell from raw bytes, and one from the streams of a column: both as values and as text.
 *
 * The first three bytes are ploidy, samples and what the rest is. Beside staying within bounds: a
 * cell that came from streams is sound, values that a cell gives make a cell that gives them again,
 * and that cell is printed like the plain integers, in whole and through any window.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/codec/gt_cell.h"
#include "core/codec/gt_streams.h"
#include "core/view/vcf_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TEXT_MAX = 1 << 20, CELL_MAX = 1 << 16, SLOTS_MAX = 67000, KEY_GT = 0, KEY_OTHER = 1 };

struct shape {
	uint32_t ploidy;
	uint32_t n_samples;
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static const struct names *key_names(void)
{
	static struct names *keys;
	uint32_t id;

	if (!keys) {
		check(names_new(&keys) == 0);
		check(names_intern(keys, "GT", 2, &id) == 0);
		check(names_intern(keys, "XX", 2, &id) == 0);
	}
	return keys;
}

static void put_field(struct buf *fmt, uint32_t key, uint8_t type, struct shape shape,
		const void *values, size_t len)
{
	buf_put_varint(fmt, key);
	buf_put_u8(fmt, type);
	buf_put_varint(fmt, shape.ploidy);
	if (type == RECORD_GT)
		buf_put_u32(fmt, (uint32_t)len);
	buf_put(fmt, values, len);
}

/* The line of a record that has these FORMAT fields, bytes [@skip, @skip + @len) of it. */
static int print(const struct buf *fmt, uint16_t n_fmt, struct shape shape, char *text, size_t *len,
		uint64_t skip)
{
	static const uint8_t site[] = { 0, 1, 'A', 0 }; /* no ID, REF A, no FILTER */
	static struct vcf_scratch scratch;
	static char piece[TEXT_SCRATCH];
	struct record r = { .n_allele = 1,
		.n_fmt = n_fmt,
		.site = site,
		.site_len = sizeof(site),
		.fmt = fmt->data,
		.fmt_len = fmt->len };
	struct vcf_text v = { .keys = key_names(),
		.n_keys = 2,
		.gt_key = KEY_GT,
		.n_samples = shape.n_samples,
		.contig = { .s = "1", .len = 1 } };
	struct text_out o;
	int status;

	text_out_window(&o, piece, text, *len, skip);
	status = vcf_text_record(&v, &r, VCF_CALLS, &scratch, &o);
	text_flush(&o);
	*len -= o.left;
	return status;
}

static char *buffer(unsigned i)
{
	static char *buffers[2];

	if (!buffers[i])
		buffers[i] = malloc(TEXT_MAX);
	return buffers[i];
}

/* A sound cell's text is that of the integers that it stands for. */
static void compare_text(const uint8_t *cell, size_t cell_len, uint8_t type, const uint8_t *values,
		size_t values_len, struct shape shape)
{
	size_t len[2] = { TEXT_MAX, TEXT_MAX };
	struct buf as_cell = { 0 };
	struct buf as_ints = { 0 };

	put_field(&as_cell, KEY_GT, RECORD_GT, shape, cell, cell_len);
	put_field(&as_ints, KEY_GT, type, shape, values, values_len);
	check(print(&as_cell, 1, shape, buffer(0), &len[0], 0) == 0);
	check(print(&as_ints, 1, shape, buffer(1), &len[1], 0) == 0);
	check(len[0] == len[1] && !memcmp(buffer(0), buffer(1), len[0]));

	for (size_t skip = 1; skip < len[0]; skip = skip * 3 + cell_len) {
		size_t piece = len[0] - skip < 7 * skip ? len[0] - skip : 7 * skip;
		size_t got = piece;

		check(print(&as_cell, 1, shape, buffer(1), &got, skip) == 0);
		check(got == piece && !memcmp(buffer(0) + skip, buffer(1), piece));
	}
	buf_done(&as_cell);
	buf_done(&as_ints);
}

/* Any bytes, as they would come out of a block: printed in every way there is. */
static void print_cell(const uint8_t *cell, size_t len, struct shape shape)
{
	struct buf fmt = { 0 };
	size_t text_len = TEXT_MAX;

	put_field(&fmt, KEY_GT, RECORD_GT, shape, cell, len);
	print(&fmt, 1, shape, buffer(0), &text_len, 0);
	text_len = 100;
	print(&fmt, 1, shape, buffer(0), &text_len, 3ull * shape.n_samples);
	put_field(&fmt, KEY_OTHER, RECORD_GT, shape, cell, len);
	text_len = TEXT_MAX;
	print(&fmt, 2, shape, buffer(0), &text_len, 0);
	buf_done(&fmt);
}

/* Return: the cell was sound. */
static bool try_cell(const uint8_t *cell, size_t len, struct shape shape)
{
	static struct gt_scratch scratch;
	size_t n_slots = (size_t)shape.ploidy * shape.n_samples;
	uint8_t *values = malloc(4 * n_slots + 1);
	uint8_t *again = malloc(4 * n_slots + 1);
	struct buf out = { 0 };
	struct gt_cell head;
	bool sound;

	print_cell(cell, len, shape);
	sound = gt_cell_values(cell, len, shape.ploidy, shape.n_samples, values);
	if (sound) {
		check(gt_cell_open(cell, len, &head));
		/* Not all are: an allele may be too high for the type that the cell claims. */
		if (gt_cell_encode(head.type, values, shape.ploidy, shape.n_samples, &scratch,
				    &out) == 1) {
			size_t size = n_slots * record_type_size(head.type);

			check(gt_cell_values(
					out.data, out.len, shape.ploidy, shape.n_samples, again));
			check(!memcmp(values, again, size));
			compare_text(out.data, out.len, head.type, values, size, shape);
		}
	}
	buf_done(&out);
	free(values);
	free(again);
	return sound;
}

/* The next stream, of as many bytes as the next byte says. */
static struct cursor take_stream(struct cursor *data)
{
	size_t len = cursor_u8(data);

	if (len > cursor_left(data))
		len = cursor_left(data);
	return cursor_over(cursor_take(data, len), len);
}

/* Cells that were written are read, to the end of their streams. */
static void read_back(const struct gt_writer *w, uint32_t n_slots)
{
	static uint8_t cell[CELL_MAX];
	struct gt_reader r = { .max_slots = n_slots };
	size_t len;

	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		r.streams[i] = cursor_over(w->streams[i].data, w->streams[i].len);
	while (cursor_left(&r.streams[GT_META]))
		check(gt_reader_next(&r, n_slots, NULL, cell, sizeof(cell), &len));
	for (unsigned i = 0; i < N_GT_STREAMS; i++)
		check(cursor_finished(&r.streams[i]));
	gt_reader_done(&r);
}

/* Streams, one after the other; the last one has the rest. */
static void try_streams(const uint8_t *data, size_t len, struct shape shape)
{
	static uint8_t cell[CELL_MAX];
	uint32_t n_slots = shape.ploidy * shape.n_samples;
	struct cursor rest = cursor_over(data, len);
	struct gt_writer w = { 0 };
	struct gt_reader r = { .max_slots = SLOTS_MAX };
	size_t cell_len;

	for (unsigned i = 0; i + 1 < N_GT_STREAMS; i++)
		r.streams[i] = take_stream(&rest);
	r.streams[N_GT_STREAMS - 1] = rest;
	while (cursor_left(&r.streams[GT_META]) &&
			gt_reader_next(&r, n_slots, NULL, cell, sizeof(cell), &cell_len)) {
		check(try_cell(cell, cell_len, shape));
		check(gt_writer_put(&w, cell, cell_len, n_slots) == 0);
	}
	gt_reader_done(&r);
	read_back(&w, n_slots);
	gt_writer_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct shape shape = { .ploidy = 2, .n_samples = 1 };

	if (len < 3) {
		try_cell(data, len, shape);
		return 0;
	}
	/* More slots than 16 bits have are rarely worth their time. */
	shape.ploidy = data[0];
	shape.n_samples = 1 + (data[2] & 2 ? data[1] * 33u : data[1] % 32);
	if (shape.ploidy * shape.n_samples > SLOTS_MAX)
		shape.n_samples = SLOTS_MAX / shape.ploidy;
	if (data[2] & 1)
		try_cell(data + 3, len - 3, shape);
	else
		try_streams(data + 3, len - 3, shape);
	return 0;
}
