/* SPDX-License-Identifier: MIT */
#include "core/pangenome/layout.h"

#include <errno.h>

#include "core/base/search.h"
#include "core/pangenome/layout_parts.h"

bool layout_ordinal(const struct layout *l, uint64_t id, uint64_t *ordinal)
{
	const struct id_run *run = id_run_find(l->runs, l->n_runs, id);

	if (!run)
		return false;
	*ordinal = run->ordinal + (id - run->first);
	return *ordinal < l->n_ordinals && l->flags[*ordinal] & LAYOUT_EXISTS;
}

uint64_t layout_id(const struct layout *l, uint64_t ordinal)
{
	const struct id_run *run = &l->runs[search_last(
			&l->runs->ordinal, sizeof(*l->runs), 0, l->n_runs, ordinal)];

	return run->first + (ordinal - run->ordinal);
}

uint64_t layout_slot(const struct layout *l, uint64_t ordinal)
{
	const struct layout_contig *c = &l->contigs[int_array_get(&l->contig_of, ordinal)];

	return c->first_slot + int_array_get(&l->anchors, ordinal) / l->block_bp - c->first_block;
}

static bool open_tables(const struct index *x, struct layout *l, uint64_t *n_flags,
		uint64_t *n_paths, uint64_t *n_pieces, uint64_t *n_meta)
{
	uint64_t n_samples;
	uint64_t n_order_starts;
	uint64_t n_piece_starts;
	const uint64_t *meta = index_table(x, LAYOUT_META, sizeof(uint64_t), n_meta);

	l->runs = index_table(x, LAYOUT_RUNS, sizeof(struct id_run), &l->n_runs);
	l->contigs = index_table(x, LAYOUT_CONTIGS, sizeof(struct layout_contig), &l->n_contigs);
	l->flags = index_table(x, LAYOUT_FLAGS, 1, n_flags);
	l->order_starts = index_table(x, LAYOUT_ORDER_STARTS, sizeof(uint64_t), &n_order_starts);
	l->places.spans =
			index_table(x, LAYOUT_SPANS, sizeof(struct path_span), &l->places.n_spans);
	l->places.samples = index_table(x, LAYOUT_SAMPLES, sizeof(struct path_sample), &n_samples);
	l->paths = index_table(x, LAYOUT_PATHS, sizeof(struct layout_path), n_paths);
	l->pieces = index_table(x, LAYOUT_PIECES, sizeof(struct piece), n_pieces);
	l->piece_starts = index_table(x, LAYOUT_PIECE_STARTS, sizeof(uint64_t), &n_piece_starts);
	if (!meta || *n_meta < LAYOUT_N_META || !l->runs || !l->contigs || !l->flags ||
			!l->order_starts || !l->places.spans || !l->places.samples || !l->paths ||
			!l->pieces || !l->piece_starts ||
			!index_ints(x, LAYOUT_CONTIG_OF, &l->contig_of) ||
			!index_ints(x, LAYOUT_ANCHORS, &l->anchors) ||
			!index_ints(x, LAYOUT_HOPS, &l->hops) ||
			!index_ints(x, LAYOUT_ORDER, &l->order))
		return false;
	l->n_ordinals = *n_flags;
	l->block_bp = meta[LAYOUT_META_BLOCK_BP];
	l->n_slots = n_order_starts - 1;
	return n_order_starts > 0 && n_piece_starts == n_order_starts && l->block_bp > 0 &&
	       l->places.n_spans == *n_paths + 1;
}

/* Its checksum says that the tables are those that were made; this, that they fit each other. */
int layout_of_index(const struct graph *g, const struct index *index, struct layout *out,
		struct err *err)
{
	struct layout l = { 0 };
	uint64_t n_flags;
	uint64_t n_paths;
	uint64_t n_pieces;
	uint64_t n_meta;
	bool good = open_tables(index, &l, &n_flags, &n_paths, &n_pieces, &n_meta);

	(void)g;
	good = good && l.contig_of.n == n_flags && l.anchors.n == n_flags && l.hops.n == n_flags &&
	       l.order_starts[l.n_slots] == l.order.n && l.piece_starts[l.n_slots] == n_pieces;
	if (!good)
		return err_set(err, -EBADMSG, "the index of blocks is damaged");
	l.places.n_spans = n_paths;
	*out = l;
	return 0;
}
