/* SPDX-License-Identifier: MIT */
/*
 * What making blocks of a GTB file costs, beside decompressing the streams that they come out of.
 *
 * usage: gtb_decode FILE.gtb [CONTIGS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <zstd.h>

#include "core/base/large.h"
#include "core/block/block.h"
#include "core/gtb/gtb_private.h"
#include "core/gtb/gtb_store.h"
#include "core/store/foreign.h"

enum { ROUNDS = 25, MEMORY = 1 << 30 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const struct err *err)
{
	fprintf(stderr, "gtb_decode: %s\n", err->msg);
	exit(1);
}

static void unpack(struct gtb *g, const uint8_t *in, size_t len)
{
	struct err err = { 0 };
	uint8_t *out = NULL;
	size_t n = 0;

	if (gtb_unpack(g->codec, in, len, UNPACK_ANY, &g->room, &out, &n, &err) < 0)
		die(&err);
	gtb_room_free(&g->room, out, n);
}

/* @n streams, one behind the other; of version 2 frames of Zstandard, that say where they end. */
static void unpack_all(
		struct gtb *g, uint64_t offset, uint64_t len, const uint32_t *lengths, uint32_t n)
{
	struct err err = { 0 };
	uint8_t *in = NULL;
	size_t at = 0;

	if (gtb_load(g, offset, len, &g->room, &in, &err) < 0)
		die(&err);
	for (uint32_t i = 0; i < n; i++) {
		size_t one = lengths ? lengths[i] : ZSTD_findFrameCompressedSize(in + at, len - at);

		unpack(g, in + at, one);
		at += one;
	}
	gtb_room_free(&g->room, in, len);
}

static double decompress(const struct gtb_options *o, const char *pathname)
{
	struct err err = { 0 };
	struct gtb *g = NULL;
	double start;

	if (gtb_open(pathname, o, &g, &err) < 0)
		die(&err);
	start = now();
	for (uint32_t i = 0; i < g->n_blocks; i++) {
		const struct v1_block *b = &g->blocks[i];
		const uint32_t lengths[] = { b->genotypes_len, b->positions_len, b->alleles_len };

		unpack_all(g, b->offset, (uint64_t)lengths[0] + lengths[1] + lengths[2], lengths,
				3);
	}
	for (uint32_t k = 0; k < g->n_groups; k++)
		for (uint32_t i = 0; i < g->groups[k].n_blocks; i++)
			unpack_all(g, g->groups[k].blocks[i].offset, g->groups[k].blocks[i].len,
					NULL, g->groups[k].n_fields);
	start = now() - start;
	gtb_close(g);
	return start;
}

static double decode(struct store *s, enum block_part part)
{
	const struct store_foreign *f = store_foreign(s);
	struct err err = { 0 };
	double start = now();

	for (uint32_t i = 0; i < store_n_chunks(s); i++) {
		struct block *b = NULL;

		if (f->decode(f->arg, i, part, &b, &err) < 0)
			die(&err);
		block_put(b);
	}
	return now() - start;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

int main(int argc, char **argv)
{
	const struct gtb_options o = { .contigs = argc > 2 ? argv[2] : NULL, .memory = MEMORY };
	double bare = 1e9;
	double calls = 1e9;
	double sites = 1e9;
	double open = 1e9;
	struct err err = { 0 };

	if (argc < 2)
		return 2;
	large_set_room(2 * (size_t)MEMORY);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct store *s = NULL;
		double start = now();

		if (gtb_store_open(argv[1], &o, &s, &err) < 0)
			die(&err);
		open = least(open, now() - start);
		bare = least(bare, decompress(&o, argv[1]));
		calls = least(calls, decode(s, BLOCK_CALLS));
		sites = least(sites, decode(s, BLOCK_SITES));
		if (i + 1 == ROUNDS)
			printf("%llu records, %u samples, %u chunks: open %.2f ms, decompress "
			       "%.2f ms, blocks %.2f ms, of sites %.2f ms: %.2f of decompression's "
			       "speed\n",
					(unsigned long long)store_n_records(s), store_n_samples(s),
					store_n_chunks(s), open * 1e3, bare * 1e3, calls * 1e3,
					sites * 1e3, bare / calls);
		store_close(s);
	}
	return 0;
}
