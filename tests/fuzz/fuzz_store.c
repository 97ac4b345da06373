/* SPDX-License-Identifier: MIT */
/*
 * A store's bytes, opened and read through every view.
 *
 * Flipped bytes of a file hardly get past its trailer and compressed streams, so mutations take
 * the store apart, change one part and put it together again (chunk_parts.h).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/base/checksum.h"
#include "core/ld/ld_store.h"
#include "core/view/view.h"
#include "tests/fuzz/chunk_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max_len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max_len, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
		uint8_t *out, size_t max_len, unsigned seed);

enum {
	BUDGET = 64 << 20,
	VIEW_MAX = 4 << 20,
	SHARE = 4 /* of the views are read each time: which, an input decides */
};

static void read_view(const struct view_kind *kind, const struct dataset *d)
{
	struct err err = { 0 };
	uint64_t size;
	size_t len;
	char *p;

	if (!view_exists(kind, d) || view_size(kind, d, &size, &err) < 0)
		return;
	len = size < VIEW_MAX ? (size_t)size : VIEW_MAX;
	p = malloc(len + 1);
	view_read(kind, d, p, len, 0, &err);
	/* From the middle: the first record is not the first of the block. */
	view_read(kind, d, p, len / 3, size / 2, &err);
	/* The second byte of a line to its last but one. */
	view_read(kind, d, p, len < 90 ? len : 90, size - size / 5, &err);
	if (kind->ops->chunk_at)
		kind->ops->chunk_at(kind, d, size / 2);
	free(p);
}

/* A share of the views of all of the store, from kind @first on; of its parts one kind each, other
 * ones each time. */
static void read_store(const struct store *s, struct block_cache *cache, unsigned first)
{
	struct dataset d = dataset_of_store(s, cache);

	for (unsigned k = first; k < n_view_kinds; k += SHARE)
		read_view(&view_kinds[k], &d);
	for (uint32_t i = 0; i < store_n_contigs(s) && i < 6; i++) {
		struct dataset contig = dataset_of_contig(&d, i);

		read_view(&view_kinds[i % n_view_kinds], &contig);
		/* Where one chunk cannot be read, the others are. */
		for (uint32_t k = 0; k < contig.n_chunks && k < 6; k++) {
			struct dataset block = dataset_of_block(&contig, k);

			read_view(&view_kinds[(i + k) % n_view_kinds], &block);
		}
	}
}

/* Its first sites as rows of bits, and r2 of neighbours. */
static void read_ld(const struct store *s, struct block_cache *cache, bool phased)
{
	struct dataset d = dataset_of_store(s, cache);
	struct ld_choice choice = {
		.multiallelic = LD_MOST_COMMON, .phased = phased, .with_y = true
	};
	struct ld_measure measure = { .phased = phased, .n_samples = dataset_n_samples(&d) };
	struct ld_store *sites = NULL;
	struct ld_source source;

	if (!measure.n_samples || ld_store_new(&d, &choice, &sites) < 0)
		return;
	source = ld_store_source(sites);
	for (uint64_t i = 0; i < 4; i++) {
		struct ld_sites b = { 0 };
		struct err err = { 0 };

		if (source.load(source.arg, i, &b, &err) > 0)
			for (size_t k = 0; k + 1 < b.n && k < 100; k++) {
				ld_may_reach(&measure, &b.sites[k], &b.sites[k + 1]);
				ld_r2(&measure, (struct ld_side){ &b, &b.sites[k] },
						(struct ld_side){ &b, &b.sites[k + 1] });
			}
		ld_sites_done(&b);
	}
	ld_store_free(sites);
}

static char pathname[64];

static void remove_file(void)
{
	unlink(pathname);
}

/* A file with a name: a store that has none any more is not read. */
static void write_file(const uint8_t *data, size_t len)
{
	int fd;

	if (!*pathname) {
		snprintf(pathname, sizeof(pathname), "/dev/shm/fuzz-store-%d.gst", (int)getpid());
		atexit(remove_file);
	}
	fd = open(pathname, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct block_cache *cache = NULL;
	struct store *s = NULL;
	struct err err = { 0 };

	write_file(data, len);
	if (store_open(pathname, &s, &err) == 0 && block_cache_new(BUDGET, &cache) == 0) {
		read_store(s, cache, (unsigned)(checksum(data, len) % SHARE));
		read_ld(s, cache, false);
		read_ld(s, cache, true);
	}
	block_cache_free(cache);
	store_close(s);
	return 0;
}

/* --- mutations --- */

static unsigned random_below(unsigned *seed, unsigned n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

/* @keep_len: as values that lie side by side need it */
static void mutate_buf(struct buf *b, bool keep_len)
{
	size_t len = b->len;
	size_t room = keep_len ? len : len + len / 4 + 16;

	if (!buf_reserve(b, room + 1 - len))
		abort();
	b->len = LLVMFuzzerMutate(b->data, len, room ? room : 1);
	if (keep_len && b->len < len) {
		memset(b->data + b->len, 0, len - b->len);
		b->len = len;
	}
}

static void mutate_u64(uint64_t *v, unsigned *seed)
{
	static const uint64_t edges[] = { 0, 1, 2, 0x7f, 0xff, 1 << 20, INT32_MAX, UINT32_MAX,
		INT64_MAX, UINT64_MAX, UINT64_MAX - 1, 1ull << 63 };

	switch (random_below(seed, 4)) {
	case 0:
		*v = edges[random_below(seed, sizeof(edges) / sizeof(edges[0]))];
		break;
	case 1:
		*v += random_below(seed, 2) ? 1 : UINT64_MAX;
		break;
	case 2:
		*v ^= 1ull << random_below(seed, 64);
		break;
	default:
		LLVMFuzzerMutate((uint8_t *)v, sizeof(*v), sizeof(*v));
		break;
	}
}

static struct part_stream *random_stream(struct part_chunk *c, unsigned *seed)
{
	return &c->streams[random_below(seed, c->n_streams)];
}

/* Leave a stream out, give it twice, or change places with another. */
static void mutate_order(struct part_chunk *c, unsigned *seed)
{
	struct part_stream *s = random_stream(c, seed);
	struct part_stream *other = random_stream(c, seed);
	struct part_stream swap = *s;

	switch (random_below(seed, 3)) {
	case 0:
		*s = *other;
		*other = swap;
		break;
	case 1:
		if (s != other) {
			buf_clear(&other->data);
			buf_put(&other->data, s->data.data, s->data.len);
		}
		break;
	default:
		if (c->n_streams > 1) {
			buf_done(&s->data);
			*s = c->streams[--c->n_streams];
		}
		break;
	}
}

static void mutate_entry(struct part_chunk *c, unsigned *seed)
{
	struct part_stream *s = random_stream(c, seed);
	unsigned dice = random_below(seed, 12);

	if (dice < 3)
		s->column = random_below(seed, 40);
	else if (dice < 5)
		s->kind = (uint8_t)random_below(seed, N_STREAM_KINDS + 1);
	else if (dice < 6)
		s->codec = (uint8_t)random_below(seed, N_STREAM_CODECS + 1);
	else if (dice < 7)
		mutate_u64(&s->raw_len, seed);
	else if (dice < 8)
		mutate_u64(&s->column, seed);
	else
		mutate_order(c, seed);
}

static bool side_by_side(uint8_t kind)
{
	return kind == STREAM_POS || kind == STREAM_VIEW_LEN || kind == STREAM_INFO_VALUES ||
	       kind == STREAM_FORMAT_VALUES || kind == STREAM_GT_BITS || kind == STREAM_GT_ZEROS ||
	       kind == STREAM_GT_ONES;
}

/* What says how other streams are read is mutated more often than they. */
static struct part_stream *stream_to_mutate(struct part_chunk *c, unsigned *seed)
{
	static const uint8_t kinds[] = { STREAM_COLUMNS, STREAM_COLUMNS, STREAM_INFO_LAYOUTS,
		STREAM_FORMAT_LAYOUTS, STREAM_FILTER_SETS, STREAM_ALLELE_SETS, STREAM_ID_FORMS,
		STREAM_INFO_EXCEPTIONS, STREAM_GT_META, STREAM_GT_FORMS, STREAM_GT_ZEROS,
		STREAM_GT_ONES };
	uint8_t kind = kinds[random_below(seed, sizeof(kinds))];

	if (random_below(seed, 4) == 0)
		for (uint32_t i = 0; i < c->n_streams; i++)
			if (c->streams[i].kind == kind)
				return &c->streams[i];
	return random_stream(c, seed);
}

static void mutate_chunk(struct part_chunk *c, unsigned *seed)
{
	unsigned dice = random_below(seed, 16);
	struct part_stream *s;

	if (dice == 0) {
		mutate_u64(&c->wrong[random_below(seed, N_CHUNK_FIELDS)], seed);
		c->claim[FIELD_RECORDS] = c->wrong[FIELD_RECORDS];
		c->claim[FIELD_TILES] = c->wrong[FIELD_TILES];
	} else if (dice < 3) {
		mutate_entry(c, seed);
	} else {
		s = stream_to_mutate(c, seed);
		mutate_buf(&s->data, random_below(seed, 4) < (side_by_side(s->kind) ? 3 : 1));
	}
}

/* One part of a store; true where it is the section of chunks, to be mutated as it is put. */
static bool mutate_parts(struct chunk_parts *p, unsigned *seed)
{
	unsigned k = random_below(seed, N_SECTIONS);

	if (p->n_chunks && random_below(seed, 8)) {
		struct part_chunk *c = &p->chunks[random_below(seed, p->n_chunks)];

		for (unsigned n = 1 + random_below(seed, 2); n; n--)
			mutate_chunk(c, seed);
		return false;
	}
	if (k != SECTION_CHUNKS)
		mutate_buf(&p->store.sections[k], random_below(seed, 2));
	return k == SECTION_CHUNKS;
}

/* Returns 0 where it does not fit @max_len. */
static size_t put_together(struct chunk_parts *p, bool mutate_entries, uint8_t *out, size_t max_len)
{
	struct buf b = { 0 };
	size_t len;

	chunk_parts_put(p, &b);
	if (mutate_entries)
		mutate_buf(&p->store.sections[SECTION_CHUNKS], true);
	store_parts_put(&p->store, &b);
	len = b.len <= max_len ? b.len : 0;
	if (len)
		memcpy(out, b.data, len);
	buf_done(&b);
	return len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max_len, unsigned seed)
{
	struct chunk_parts p;
	size_t n = 0;

	if (chunk_parts_take(data, len, &p) && random_below(&seed, 32))
		n = put_together(&p, mutate_parts(&p, &seed), data, max_len);
	chunk_parts_done(&p);
	return n ? n : LLVMFuzzerMutate(data, len, max_len);
}

/* A stream or section of one store in the place of another's. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
		uint8_t *out, size_t max_len, unsigned seed)
{
	struct chunk_parts p;
	struct chunk_parts q = { 0 };
	size_t n = 0;

	if (chunk_parts_take(a, a_len, &p) && chunk_parts_take(b, b_len, &q) && p.n_chunks &&
			q.n_chunks) {
		struct part_stream *to =
				random_stream(&p.chunks[random_below(&seed, p.n_chunks)], &seed);
		struct part_chunk *c = &q.chunks[random_below(&seed, q.n_chunks)];
		uint32_t first = random_below(&seed, c->n_streams);

		for (uint32_t i = 0; i < c->n_streams; i++) {
			const struct part_stream *from = &c->streams[(first + i) % c->n_streams];

			if (from->kind != to->kind)
				continue;
			buf_clear(&to->data);
			buf_put(&to->data, from->data.data, from->data.len);
			n = put_together(&p, false, out, max_len);
			break;
		}
	}
	chunk_parts_done(&p);
	chunk_parts_done(&q);
	return n;
}
