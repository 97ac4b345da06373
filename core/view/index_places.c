/* SPDX-License-Identifier: MIT */
#include "core/view/index_places.h"

#include <errno.h>
#include <stdlib.h>

#include "core/codec/deflate_runs.h"
#include "core/store/measured.h"
#include "core/view/bcf_packed.h"
#include "core/view/bgzf.h"

enum { INDEX_SHARE = 4 }; /* of the cache's budget, one part at most for the runs of a contig */

/* The last window that a record may reach: one without bases is taken to have one. */
static uint64_t last_window_of(const struct dataset *d)
{
	int64_t end = dataset_end(d);

	return end > 0 ? (uint64_t)end >> INDEX_WINDOW_SHIFT : 0;
}

/* Where byte @at of the file before its compression is; of a packed chunk in ascending order. */
static uint64_t virtual_offset(struct index_walk *w, uint64_t at)
{
	struct chunk_blocks *b = &w->blocks;
	uint64_t block = (at - b->at) / DEFLATE_RUNS_MAX;

	if (!w->packed)
		return bgzf_virtual_offset(w->head_blocks, at - w->head);
	while (b->next < block && b->next < b->n)
		b->place += b->blocks[b->next++].size;
	/* What ends with the chunk's last BGZF block ends where the next one begins. */
	if (b->next + 1 == b->n && at == b->end)
		b->place += b->blocks[b->next++].size;
	return b->place << 16 | (b->next < b->n ? (at - b->at) % DEFLATE_RUNS_MAX : 0);
}

static int take_run(struct index_walk *w, const struct index_run *run, uint64_t *at)
{
	struct buf *places = &w->contig.places;
	const struct place *last = places->len ? (const struct place *)(const void *)(places->data +
										      places->len) -
								   1
					       : NULL;
	uint64_t end;
	struct place p = { .level = run->level };

	if (run->level > w->depth || run->last_window > w->last_window)
		return -EBADMSG;
	if (places->len > block_cache_budget(w->d->cache) / INDEX_SHARE)
		return -EFBIG;
	p.bin_in_level = index_run_bin(run);
	p.bin = index_first_bin(w->depth - run->level) + p.bin_in_level;
	if (p.bin >= index_first_bin(w->depth - run->level + 1))
		return -EBADMSG;
	if (__builtin_add_overflow(*at, run->bytes[w->kind->file], &end))
		return -EBADMSG;
	p.begin = virtual_offset(w, *at);
	p.end = virtual_offset(w, end);
	*at = end;
	p.reach = last && last->reach > run->last_window ? last->reach : run->last_window;
	w->contig.n_records += run->n_records;
	buf_put(places, &p, sizeof(p));
	return 0;
}

/* The BGZF blocks of chunk w->chunk, which has bytes [@at, @end). */
static int find_blocks(struct index_walk *w, uint64_t at, uint64_t end)
{
	const struct store *s = w->d->store;
	const struct chunk_info *info = store_chunk(s, w->chunk);
	const struct chunk_info *first = store_chunk(s, w->d->first_chunk);
	struct chunk_blocks *b = &w->blocks;
	uint64_t n = info->view_bytes[STORE_VIEW_BCF_BLOCKS];

	free(b->blocks);
	*b = (struct chunk_blocks){ .blocks = calloc(n + 1, sizeof(*b->blocks)),
		.n = n,
		.at = at,
		.end = end,
		.place = w->head_blocks * BGZF_BLOCK + info->view_offset[STORE_VIEW_BCF_PACKED] -
			 first->view_offset[STORE_VIEW_BCF_PACKED] };
	return b->blocks ? store_read_bcf_blocks(s, w->chunk, b->blocks, NULL) : -ENOMEM;
}

/* The runs of the next chunk of the store; @wanted: to be kept. */
static int take_chunk(struct index_walk *w, bool wanted)
{
	const struct chunk_info *first = store_chunk(w->d->store, w->d->first_chunk);
	const struct chunk_info *info = store_chunk(w->d->store, w->chunk);
	const enum store_view view = w->kind->rows->view;
	uint64_t at = w->head + info->view_offset[view] - first->view_offset[view];
	uint64_t end = at + info->view_bytes[view];
	uint64_t last_first = 0;
	int ret = wanted && w->packed ? find_blocks(w, at, end) : 0;

	if (ret < 0)
		return ret;
	w->chunk++;
	for (uint64_t n = cursor_varint(&w->runs); n; n--) {
		struct index_run run;
		int r;

		if (!index_run_next(&w->runs, &last_first, &run))
			return -EBADMSG;
		r = wanted ? take_run(w, &run, &at) : 0;
		if (r < 0)
			return r;
	}
	if (wanted && at != end)
		return -EBADMSG;
	return buf_failed(&w->contig.places) ? -ENOMEM : 0;
}

int index_walk_contig(struct index_walk *w, uint32_t contig)
{
	const struct dataset *d = w->d;
	const struct contig_info *info = store_contig(d->store, contig);
	uint32_t first = info->first_chunk > d->first_chunk ? info->first_chunk : d->first_chunk;
	uint32_t end = info->first_chunk + info->n_chunks;
	int r = 0;

	if (w->of_rows) {
		buf_done(&w->contig.places);
		w->contig = w->of_rows[contig];
		w->of_rows[contig] = (struct contig_places){ 0 };
		return 0;
	}
	if (end > d->first_chunk + d->n_chunks)
		end = d->first_chunk + d->n_chunks;
	buf_clear(&w->contig.places);
	w->contig.n_records = 0;
	/* The index of an older store is an empty one. */
	if (!cursor_left(&w->runs) && w->chunk < end)
		return -ENOTSUP;
	while (r == 0 && w->chunk < end)
		r = take_chunk(w, w->chunk >= first);
	return r;
}

/* ---- the same where no runs are stored, from rows ---- */

/* Records come one by one; runs of one contig are followed by its places. */
struct row_walk {
	struct index_walk *w;
	struct buf runs; /* of the contigs so far, as a chunk's each */
	struct index_builder builder;
	uint64_t at; /* end of the row before */
	uint32_t contig;
	bool some;
	struct contig_places *contigs; /* by the store's number */
};

static int end_contig(struct row_walk *q)
{
	struct cursor c;
	uint64_t last_first = 0;
	uint64_t at = q->at;
	uint64_t bytes = 0;
	int r = 0;

	buf_clear(&q->runs);
	index_builder_end(&q->builder, &q->runs);
	if (buf_failed(&q->runs))
		return -ENOMEM;
	for (int pass = 0; pass < 2; pass++) {
		c = cursor_over(q->runs.data, q->runs.len);
		last_first = 0;
		for (uint64_t n = cursor_varint(&c); r == 0 && n; n--) {
			struct index_run run;

			if (!index_run_next(&c, &last_first, &run))
				return -EBADMSG;
			if (pass == 0)
				bytes += run.bytes[q->w->kind->file];
			else
				r = take_run(q->w, &run, &at);
		}
		if (pass == 0)
			at -= bytes;
	}
	q->contigs[q->contig] = q->w->contig;
	q->w->contig = (struct contig_places){ 0 };
	index_builder_begin(&q->builder);
	return r;
}

static int visit(void *arg, uint32_t contig, const struct record *r, uint64_t begin, uint64_t len)
{
	struct row_walk *q = arg;
	const uint64_t bytes[N_INDEX_FILES] = { len, len };
	int ret = 0;

	if (q->some && contig != q->contig)
		ret = end_contig(q);
	q->some = true;
	q->contig = contig;
	q->at = begin + len;
	index_builder_add(&q->builder, r->pos, r->rlen, bytes);
	return ret;
}

/* @out: n_contigs of the store. */
static int walk_rows(struct index_walk *w, const struct view_kind *rows, struct contig_places *out,
		struct err *err)
{
	struct row_walk q = { .w = w, .contigs = out };
	int r;

	index_builder_begin(&q.builder);
	r = rows_each(rows, w->d, visit, &q, err);
	if (r == 0 && q.some)
		r = end_contig(&q);
	index_builder_done(&q.builder);
	buf_done(&q.runs);
	return r;
}

bool index_walk_has(const struct index_walk *w, uint32_t contig)
{
	return !w->of_rows || w->of_rows[contig].n_records;
}

int index_walk_begin(struct index_walk *w, const struct index_kind *kind, const struct dataset *d,
		const struct view_kind *rows, unsigned depth, struct err *err)
{
	int r;

	*w = (struct index_walk){ .kind = kind,
		.d = d,
		.depth = depth,
		.packed = kind->file == INDEX_BCF && bcf_is_packed(d),
		.last_window = last_window_of(d) };
	r = rows_head_size(rows, d, &w->head, err);
	if (r < 0)
		return r;
	w->head_blocks = bgzf_head_blocks(w->head);
	if (d->query || store_measured(d->store)) {
		w->of_rows = calloc(store_n_contigs(d->store) + 1u, sizeof(*w->of_rows));
		return w->of_rows ? walk_rows(w, rows, w->of_rows, err)
				  : err_set(err, -ENOMEM, "out of memory");
	}
	r = store_read_index(d->store, &w->stored, err);
	w->runs = cursor_over(w->stored.data, w->stored.len);
	return r;
}

void index_walk_done(struct index_walk *w)
{
	buf_done(&w->contig.places);
	buf_done(&w->stored);
	free(w->blocks.blocks);
	for (uint32_t i = 0; w->of_rows && i < store_n_contigs(w->d->store); i++)
		buf_done(&w->of_rows[i].places);
	free(w->of_rows);
}
