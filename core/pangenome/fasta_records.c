/* SPDX-License-Identifier: MIT */
#include "core/pangenome/fasta_records.h"

#include <errno.h>

#include "core/base/cleanup.h"
#include "core/pangenome/path_name.h"

static int do_not_agree(struct err *err)
{
	return err_set(err, -EBADMSG, "the lengths of the paths are damaged");
}

/* Positions of @n bases that begin at @start. */
static int end_of(uint64_t start, uint64_t n, uint64_t *end, struct err *err)
{
	if (__builtin_add_overflow(start, n, end))
		return err_set(err, -EOVERFLOW, "a path ends at a position above 2^64");
	return 0;
}

static void add_record(struct fasta *f, const struct buf *name)
{
	fasta_add_record(f, (const char *)name->data, name->len);
	if (buf_failed(name))
		f->texts.failed = true;
}

/* --- whole paths --- */

/* Whether both paths, of one haplotype, are of the same contig. */
static bool are_of_one_contig(const struct graph *g, uint64_t a, uint64_t b)
{
	struct path_info x;
	struct path_info y;

	graph_path_info(g, a, &x);
	graph_path_info(g, b, &y);
	return x.contig.len == y.contig.len && memcmp(x.contig.s, y.contig.s, x.contig.len) == 0;
}

/* Whether path @i of the haplotype is the only one of its name. */
static bool is_alone(const struct graph *g, const uint32_t *paths, uint32_t n, uint32_t i)
{
	if (i && are_of_one_contig(g, paths[i - 1], paths[i]))
		return false;
	return i + 1 == n || !are_of_one_contig(g, paths[i], paths[i + 1]);
}

int fasta_add_hap(struct fasta *f, const struct graph *g, const struct catalog *c, uint32_t hap,
		const struct places *p, struct err *err)
{
	const struct catalog_hap *h = &c->haps[hap];
	const uint32_t *paths = c->paths + h->first_path;
	CLEANUP(buf_done) struct buf name = { 0 };

	if (p->n_spans < h->n_paths)
		return do_not_agree(err);
	for (uint32_t i = 0; i < h->n_paths; i++) {
		struct path_info info;
		uint64_t n = p->spans[i].n_bases;
		uint64_t end;
		int r;

		graph_path_info(g, paths[i], &info);
		r = end_of(info.fragment, n, &end, err);
		if (r < 0)
			return r;
		buf_clear(&name);
		path_name_put(&name, &info);
		if (info.fragment || !is_alone(g, paths, h->n_paths, i))
			path_name_put_interval(&name, info.fragment, end);
		add_record(f, &name);
		fasta_add_piece(f, i, 0, n, NULL);
	}
	return 0;
}

/* --- a reference's contig --- */

/* Positions of fragment @i. */
static int fragment_at(const struct graph *g, const struct catalog_contig *contig,
		const struct catalog *c, const struct places *p, uint32_t i, uint64_t *start,
		uint64_t *end, struct err *err)
{
	struct path_info info;

	if (p->n_spans < contig->n_paths)
		return do_not_agree(err);
	graph_path_info(g, c->paths[contig->first_path + i], &info);
	*start = info.fragment;
	return end_of(info.fragment, p->spans[i].n_bases, end, err);
}

int fasta_add_fragments(struct fasta *f, const struct graph *g, const struct catalog *c,
		uint32_t contig, const struct places *p, uint64_t low, uint64_t high,
		struct err *err)
{
	const struct catalog_contig *of = &c->contigs[contig];
	CLEANUP(buf_done) struct buf name = { 0 };

	for (uint32_t i = 0; i < of->n_paths; i++) {
		uint64_t start = 0;
		uint64_t end = 0;
		uint64_t from;
		uint64_t to;
		int r = fragment_at(g, of, c, p, i, &start, &end, err);

		if (r < 0)
			return r;
		from = start > low ? start : low;
		to = end < high ? end : high;
		if (from >= to)
			continue;
		buf_clear(&name);
		path_name_put_clean(&name, of->name);
		path_name_put_interval(&name, from, to);
		add_record(f, &name);
		fasta_add_piece(f, i, from - start, to - from, NULL);
	}
	return 0;
}

int fasta_add_padded(struct fasta *f, const struct graph *g, const struct catalog *c,
		uint32_t contig, const struct places *p, struct err *err)
{
	const struct catalog_contig *of = &c->contigs[contig];
	CLEANUP(buf_done) struct buf name = { 0 };
	uint64_t at = 0; /* all before it is there */

	path_name_put_clean(&name, of->name);
	add_record(f, &name);
	for (uint32_t i = 0; i < of->n_paths; i++) {
		uint64_t start = 0;
		uint64_t end = 0;
		int r = fragment_at(g, of, c, p, i, &start, &end, err);

		if (r < 0)
			return r;
		if (start > at && end > start) {
			fasta_add_piece(f, FASTA_GAP, 0, start - at, NULL);
			at = start;
		}
		if (end <= at)
			continue;
		fasta_add_piece(f, i, at - start, end - at, NULL);
		at = end;
	}
	return 0;
}

/* --- spans of a slice --- */

/* Whether a piece lies in its path, which there is. */
static bool is_there(const struct slice *s, const struct piece *piece)
{
	const struct places *p = &s->layout->places;

	return piece->span < p->n_spans && p->spans[piece->span].path < s->graph->n_paths &&
	       piece->start <= piece->end && piece->end <= p->spans[piece->span].n_bases;
}

static int add_span(struct fasta *f, const struct slice *s, const struct piece *first, uint64_t end,
		struct buf *name, struct err *err)
{
	struct path_info info;
	uint64_t start_position;
	uint64_t end_position;
	int r;

	graph_path_info(s->graph, s->layout->places.spans[first->span].path, &info);
	r = end_of(info.fragment, end, &end_position, err);
	if (r < 0)
		return r;
	start_position = info.fragment + first->start;
	buf_clear(name);
	path_name_put(name, &info);
	path_name_put_interval(name, start_position, end_position);
	add_record(f, name);
	fasta_add_piece(f, first->span, first->start, end - first->start, &first->at);
	return 0;
}

int fasta_add_spans(struct fasta *f, const struct slice *s, uint64_t gap, struct err *err)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	for (uint64_t i = 0; i < s->n_pieces;) {
		const struct piece *first = &s->pieces[i];
		uint64_t end = first->start;
		int r;

		for (; i < s->n_pieces; i++) {
			const struct piece *piece = &s->pieces[i];

			if (!is_there(s, piece))
				return do_not_agree(err);
			if (piece->span != first->span)
				break;
			if (piece->start < end)
				return do_not_agree(err);
			if (piece->start - end > gap)
				break;
			end = piece->end;
		}
		r = add_span(f, s, first, end, &name, err);
		if (r < 0)
			return r;
	}
	return 0;
}
