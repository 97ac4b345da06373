/* SPDX-License-Identifier: MIT */
/* The directory of GTB version 1: docs/gtb.md, "Version 1". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/pread_all.h"
#include "core/gtb/gtb_private.h"

enum {
	HEAD_SIZE = 5, /* two bytes of flags, three of the number of blocks */
	ENTRY_SIZE = 25,
	ENTRIES_A_PIECE = 256,
	REFERENCE_MAX = 64 << 10,
	CODEC_SHIFT = 5,
	CODEC_MASK = 3,
	PHASED_FLAG = 0x80,
	CLASS_MASK = 7
};

/* Most rows of a block, by class. */
static const uint32_t class_rows[CLASS_MASK + 1] = { 64, 256, 512, 1024, 2048, 4096, 8192, 16384 };

/* What is before the blocks. */
struct head {
	uint8_t flags1;
	uint8_t flags2;
	uint32_t n_blocks;
	uint32_t reference_len; /* bytes from HEAD_SIZE on, without the newline */
	uint32_t subjects_len;
	uint64_t subjects; /* offset in the file */
	uint64_t directory;
};

static uint32_t cursor_u24(struct cursor *c)
{
	uint32_t low = cursor_u16(c);

	return low | (uint32_t)cursor_u8(c) << 16;
}

static int not_this(struct err *err, const char *why)
{
	return err_set(err, -EBADMSG, "%s", why);
}

static int read_head(int fd, uint64_t size, struct head *h, struct err *err)
{
	size_t n = size < HEAD_SIZE + REFERENCE_MAX ? (size_t)size : HEAD_SIZE + REFERENCE_MAX;
	CLEANUP(freep) uint8_t *p = malloc(n + 1);
	const uint8_t *newline;
	uint8_t length[4];
	struct cursor c;
	int r;

	if (!p)
		return err_set(err, -ENOMEM, "out of memory");
	if (size < HEAD_SIZE + 1 + sizeof(length))
		return not_this(err, "it is shorter than any GTB file");
	r = pread_all(fd, p, n, 0, err);
	if (r < 0)
		return r;
	c = cursor_over(p, n);
	h->flags1 = cursor_u8(&c);
	h->flags2 = cursor_u8(&c);
	h->n_blocks = cursor_u24(&c);
	newline = memchr(p + HEAD_SIZE, '\n', n - HEAD_SIZE);
	if ((h->flags1 >> CODEC_SHIFT & CODEC_MASK) >= N_GTB_CODECS || !newline)
		return not_this(err, "its first bytes are those of no GTB file");
	h->reference_len = (uint32_t)(newline - p - HEAD_SIZE);
	h->subjects = HEAD_SIZE + h->reference_len + 1 + sizeof(length);
	if (h->subjects > size || h->n_blocks * (uint64_t)ENTRY_SIZE > size - h->subjects)
		return not_this(err, "its lengths do not add up to the file");
	h->directory = size - h->n_blocks * (uint64_t)ENTRY_SIZE;
	r = pread_all(fd, length, sizeof(length), h->subjects - sizeof(length), err);
	c = cursor_over(length, sizeof(length));
	h->subjects_len = cursor_u32(&c);
	return r;
}

static void read_entry(struct cursor *c, struct v1_block *b)
{
	b->contig = cursor_u8(c);
	b->pos1_min = cursor_u32(c);
	b->pos1_max = cursor_u32(c);
	b->n_biallelic = cursor_u16(c);
	b->n_multiallelic = cursor_u16(c);
	b->genotypes_len = cursor_u32(c);
	b->positions_len = cursor_u24(c);
	b->alleles_len = cursor_u32(c);
	cursor_u8(c); /* hints of sizes, which nobody needs */
}

/*
 * Entries in the order of the file; their lengths must lead from the subjects to the directory. In
 * pieces, up to where they cannot: whatever is no GTB is seen to be none by its first entries.
 */
static int read_directory(int fd, const struct head *h, struct v1_block *blocks, struct err *err)
{
	uint64_t at = h->subjects + h->subjects_len;
	uint8_t piece[ENTRIES_A_PIECE * ENTRY_SIZE];
	struct cursor c = { 0 };

	for (uint32_t i = 0; i < h->n_blocks && at <= h->directory; i++) {
		struct v1_block b = { .number = i };

		if (i % ENTRIES_A_PIECE == 0) {
			uint32_t left = h->n_blocks - i;
			size_t n = (left < ENTRIES_A_PIECE ? left : ENTRIES_A_PIECE) *
				   (size_t)ENTRY_SIZE;
			int r = pread_all(
					fd, piece, n, h->directory + i * (uint64_t)ENTRY_SIZE, err);

			if (r < 0)
				return r;
			c = cursor_over(piece, n);
		}
		b.offset = at;
		read_entry(&c, &b);
		at += (uint64_t)b.genotypes_len + b.positions_len + b.alleles_len;
		if (blocks)
			blocks[i] = b;
	}
	return at == h->directory ? 0 : not_this(err, "its lengths do not add up to the file");
}

bool v1_matches(int fd, uint64_t size)
{
	struct head h = { 0 };

	return read_head(fd, size, &h, NULL) == 0 && h.flags1 & 15 &&
	       read_directory(fd, &h, NULL, NULL) == 0;
}

static int by_place(const void *a, const void *b)
{
	const struct v1_block *x = a;
	const struct v1_block *y = b;

	if (x->contig != y->contig)
		return x->contig < y->contig ? -1 : 1;
	if (x->pos1_min != y->pos1_min)
		return x->pos1_min < y->pos1_min ? -1 : 1;
	if (x->pos1_max != y->pos1_max)
		return x->pos1_max < y->pos1_max ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static int check_block(
		const struct gtb *g, const struct v1_block *b, uint32_t most, struct err *err)
{
	uint32_t n = b->n_biallelic + b->n_multiallelic;
	int r = gtb_check_contig(g, b->contig, err);

	if (r == 0 && (!n || n > most))
		r = err_set(err, -EBADMSG, "it has %u rows, where 1 to %u can be", n, most);
	if (r == 0 && (b->pos1_min > b->pos1_max || !b->pos1_min))
		r = err_set(err, -EBADMSG, "its positions are %u to %u", b->pos1_min, b->pos1_max);
	return r < 0 ? err_prefix(err, r, "block %u of the directory", b->number) : 0;
}

/* Check and order the blocks, and number their records. */
static int arrange(struct gtb *g, uint32_t most, struct err *err)
{
	uint32_t end = 0; /* of the contig's positions so far */

	for (uint32_t i = 0; i < g->n_blocks; i++) {
		int r = check_block(g, &g->blocks[i], most, err);

		if (r < 0)
			return r;
	}
	if (g->n_blocks)
		qsort(g->blocks, g->n_blocks, sizeof(*g->blocks), by_place);
	for (uint32_t i = 0; i < g->n_blocks; i++) {
		struct v1_block *b = &g->blocks[i];

		if (i && b[-1].contig != b->contig)
			end = 0;
		g->overlaps = g->overlaps || b->pos1_min < end;
		end = b->pos1_max > end ? b->pos1_max : end;
		b->first = g->n_records;
		g->n_records += b->n_biallelic + b->n_multiallelic;
	}
	return 0;
}

static int take_reference(struct gtb *g, const struct head *h, struct err *err)
{
	size_t n = h->reference_len;
	int r;

	if (!n)
		return 0;
	g->meta = calloc(1, sizeof(*g->meta));
	if (!g->meta || !buf_reserve(&g->meta_text, n))
		return err_set(err, -ENOMEM, "out of memory");
	r = pread_all(g->fd, g->meta_text.data, n, HEAD_SIZE, err);
	if (r < 0)
		return r;
	g->meta_text.len = n;
	if (!gtb_is_printable(g->meta_text.data, n, true))
		return err_set(err, -EBADMSG, "the name of its reference has control bytes");
	g->meta[0] = (struct gtb_meta){ { "reference", strlen("reference") },
		{ (const char *)g->meta_text.data, n } };
	g->n_meta = 1;
	return 0;
}

static int take_subjects(struct gtb *g, const struct head *h, struct err *err)
{
	uint8_t *names = NULL;
	uint8_t *p = NULL;
	size_t n = 0;
	int r;

	if (h->subjects_len > h->directory - h->subjects)
		return not_this(err, "its lengths do not add up to the file");
	r = gtb_load(g, h->subjects, h->subjects_len, &g->room, &p, err);
	if (r == 0)
		r = gtb_unpack(g->codec, p, h->subjects_len, UNPACK_ANY, &g->room, &names, &n, err);
	gtb_room_free(&g->room, p, h->subjects_len);
	if (r == 0)
		r = gtb_take_samples(g, names, n, '\t', err);
	gtb_room_free(&g->room, names, n);
	return r < 0 ? err_prefix(err, r, "names of samples") : 0;
}

int v1_open(struct gtb *g, struct err *err)
{
	struct head h = { 0 };
	int r = read_head(g->fd, g->size, &h, err);

	if (r < 0)
		return r;
	if (!(h.flags1 & 15))
		return err_set(err, -EBADMSG,
				"it was never finished: whatever wrote it stopped before its end; "
				"make it again");
	g->codec = h.flags1 >> CODEC_SHIFT & CODEC_MASK;
	g->phased = h.flags1 & PHASED_FLAG;
	g->n_blocks = h.n_blocks;
	g->blocks = gtb_room_alloc(&g->room, h.n_blocks * sizeof(*g->blocks), &r, err);
	if (!g->blocks)
		return r;
	r = read_directory(g->fd, &h, g->blocks, err);
	if (r == 0)
		r = arrange(g, class_rows[h.flags2 & CLASS_MASK], err);
	if (r == 0)
		r = take_reference(g, &h, err);
	return r < 0 ? r : take_subjects(g, &h, err);
}
