/* SPDX-License-Identifier: MIT */
#include "core/pangenome/contig_tables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

/* --- which components, which layout --- */

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

int contig_parts(struct pangenome *p, const struct pg_folder *folder, struct buf *out,
		struct err *err)
{
	const struct catalog *c = pangenome_catalog(p);
	const struct catalog_contig *contig;
	const struct parts *parts;
	uint32_t *all;
	size_t kept = 0;
	int r = pangenome_parts(p, &parts, err);

	if (r < 0)
		return r;
	if (folder->level == PG_UNPLACED) {
		if (folder->number >= parts->n_parts)
			return err_set(err, -ENOENT, "there is no component %u", folder->number);
		buf_put(out, &folder->number, sizeof(folder->number));
		return buf_failed(out) ? err_set(err, -ENOMEM, "out of memory") : 0;
	}
	contig = &c->contigs[folder->number];
	for (uint32_t i = 0; i < contig->n_paths; i++) {
		uint32_t part = parts->path_parts[c->paths[contig->first_path + i]];

		if (part != PARTS_NONE)
			buf_put(out, &part, sizeof(part));
	}
	if (buf_failed(out))
		return err_set(err, -ENOMEM, "out of memory");
	if (!out->len)
		return 0;
	all = (uint32_t *)out->data;
	qsort(all, out->len / sizeof(*all), sizeof(*all), by_number);
	for (size_t i = 0; i < out->len / sizeof(*all); i++)
		if (!i || all[i] != all[kept - 1])
			all[kept++] = all[i];
	out->len = kept * sizeof(*all);
	return 0;
}

bool contig_parts_have(const struct buf *components, const struct parts *parts, uint64_t path)
{
	uint32_t part = parts->path_parts[path];

	return part != PARTS_NONE && components->len &&
	       bsearch(&part, components->data, components->len / sizeof(part), sizeof(part),
			       by_number);
}

int contig_layout(
		struct pg_file *f, const struct layout **out, uint32_t *in_layout, struct err *err)
{
	if (f->folder.level != PG_UNPLACED)
		return pangenome_layout(f->pangenome, f->folder.number, out, in_layout, err);
	*out = f->slice->layout;
	*in_layout = f->slice->contig;
	return 0;
}

/* --- fragments.bed, blocks.bed --- */

/* A fragment of a contig: [start, end) in its coordinates. */
struct fragment {
	struct path_info info;
	uint64_t start;
	uint64_t end;
};

static int get_fragment(const struct pg_file *f, const struct places *places, uint64_t i,
		struct fragment *out, struct err *err)
{
	const struct graph *g = pangenome_graph(f->pangenome);
	const struct path_span *span = &places->spans[i];

	graph_path_info(g, span->path, &out->info);
	out->start = out->info.fragment;
	if (__builtin_add_overflow(out->start, span->n_bases, &out->end))
		return err_set(err, -EOVERFLOW, "path %" PRIu64 " is too long", span->path);
	return 0;
}

static struct name contig_name(const struct pg_file *f)
{
	return pangenome_catalog(f->pangenome)->contigs[f->folder.number].name;
}

static int write_fragment(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;
	const struct places *places;
	struct fragment fragment = { 0 };
	int r = pangenome_contig_places(f->pangenome, f->folder.number, &places, err);

	(void)item;
	(void)stop;
	if (r == 0)
		r = get_fragment(f, places, row, &fragment, err);
	if (r < 0)
		return r;
	text_name(out, contig_name(f));
	text_tab_number(out, fragment.start);
	text_tab_number(out, fragment.end);
	text_char(out, '\t');
	text_path_name(out, &fragment.info);
	text_char(out, '\n');
	return 1;
}

int fragments_bed_write(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;
	const struct places *places;
	int r = pangenome_contig_places(f->pangenome, f->folder.number, &places, err);

	if (r < 0)
		return r;
	return table_write(of, NULL, places->n_spans, write_fragment, state, out, err);
}

/* Where the last fragment ends, in @end. */
static int contig_end(const struct pg_file *f, const struct places *places, uint64_t *end,
		struct err *err)
{
	struct fragment fragment;
	int r = 0;

	*end = 0;
	for (uint64_t i = 0; r == 0 && i < places->n_spans; i++) {
		r = get_fragment(f, places, i, &fragment, err);
		if (r == 0 && fragment.end > *end)
			*end = fragment.end;
	}
	return r;
}

static void text_block(const struct pg_file *f, uint64_t block, uint64_t end, struct text_out *out)
{
	uint64_t block_bp = pangenome_options(f->pangenome)->block_bp;
	uint64_t start = block * block_bp;
	char name[TABLE_NUMBER_MAX];

	text_name(out, contig_name(f));
	text_tab_number(out, start);
	text_tab_number(out, end - start < block_bp ? end : start + block_bp);
	snprintf(name, sizeof(name), "\t%06" PRIu64 "\n", block);
	text_words(out, name);
}

/* Fragments are in order of their starts, and may overlap: blocks behind the last one that was
 * written are taken from each. */
int blocks_bed_write(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;
	uint64_t block_bp = pangenome_options(f->pangenome)->block_bp;
	uint64_t *i = &state->v[0];
	uint64_t *next = &state->v[1];
	uint64_t stop = text_written(out) + TABLE_CALL;
	const struct places *places;
	bool wrote = false;
	uint64_t end = 0;
	int r = pangenome_contig_places(f->pangenome, f->folder.number, &places, err);

	if (r == 0)
		r = contig_end(f, places, &end, err);
	for (; r == 0 && *i < places->n_spans; (*i)++) {
		struct fragment fragment;

		r = get_fragment(f, places, *i, &fragment, err);
		if (r < 0)
			break;
		if (*next < fragment.start / block_bp)
			*next = fragment.start / block_bp;
		while (fragment.start < fragment.end && *next <= (fragment.end - 1) / block_bp) {
			if (wrote && (text_written(out) >= stop || text_full(out)))
				return 1;
			text_block(f, (*next)++, end, out);
			wrote = true;
		}
	}
	return r < 0 ? r : wrote;
}

/* --- haplotypes.tsv --- */

/* Blocks of the contig, from its first: [first, last]. */
struct block_range {
	uint32_t first;
	uint32_t last;
};

/* A path of the layout. */
struct haplotype {
	uint64_t span;
	uint64_t first_range; /* of the table's items */
	uint64_t n_ranges;
	uint64_t next; /* behind the block looked at last; 0 where there was none */
};

/*
 * Look at all pieces of the contig's blocks, and count the ranges of each haplotype; write them to
 * @ranges too, where it is not NULL and they were counted before.
 */
static int find_ranges(const struct layout *l, const struct layout_contig *c,
		struct haplotype *haps, struct block_range *ranges, struct err *err)
{
	for (uint64_t i = 0; i < l->places.n_spans; i++)
		haps[i].n_ranges = haps[i].next = 0;
	for (uint64_t block = 0; block < c->n_blocks; block++) {
		const uint64_t *starts = &l->piece_starts[c->first_slot + block];

		for (uint64_t k = starts[0]; k < starts[1]; k++) {
			struct haplotype *hap;

			if (l->pieces[k].span >= l->places.n_spans)
				return err_set(err, -EBADMSG, "a piece of no path in the layout");
			hap = &haps[l->pieces[k].span];
			if (hap->next == block + 1)
				continue;
			if (!hap->next || hap->next != block) {
				if (ranges)
					ranges[hap->first_range + hap->n_ranges].first =
							(uint32_t)block;
				hap->n_ranges++;
			}
			if (ranges)
				ranges[hap->first_range + hap->n_ranges - 1].last = (uint32_t)block;
			hap->next = block + 1;
		}
	}
	return 0;
}

/* The ranges of all haplotypes, one behind the other, in t->items. */
static int gather_ranges(struct table *t, const struct layout_contig *c, struct haplotype *haps,
		struct err *err)
{
	struct block_range *ranges;
	uint64_t n = 0;
	int r;

	if (c->n_blocks > UINT32_MAX)
		return err_set(err, -EOVERFLOW, "more than 2^32 blocks");
	r = find_ranges(t->layout, c, haps, NULL, err);
	if (r < 0)
		return r;
	for (uint64_t i = 0; i < t->layout->places.n_spans; i++) {
		haps[i].first_range = n;
		n += haps[i].n_ranges;
	}
	if (!n)
		return 0;
	if (n > SIZE_MAX / sizeof(*ranges) || !buf_reserve(&t->items, n * sizeof(*ranges)))
		return err_set(err, -ENOMEM, "out of memory");
	t->items.len = n * sizeof(*ranges);
	ranges = (struct block_range *)t->items.data;
	return find_ranges(t->layout, c, haps, ranges, err);
}

static int gather_haplotypes(struct pg_file *f, struct table *t, struct err *err)
{
	CLEANUP(buf_done) struct buf components = { 0 };
	CLEANUP(freep) struct haplotype *haps = NULL;
	const struct places *places;
	uint32_t contig = 0;
	int r = pangenome_parts(f->pangenome, &t->parts, err);

	if (r == 0)
		r = contig_parts(f->pangenome, &f->folder, &components, err);
	if (r == 0)
		r = contig_layout(f, &t->layout, &contig, err);
	if (r < 0)
		return r;
	places = &t->layout->places;
	t->first = t->layout->contigs[contig].first_block;
	if (!places->n_spans)
		return 0;
	haps = calloc(places->n_spans, sizeof(*haps));
	if (!haps)
		return err_set(err, -ENOMEM, "out of memory");
	r = gather_ranges(t, &t->layout->contigs[contig], haps, err);
	for (uint64_t i = 0; r == 0 && i < places->n_spans; i++) {
		haps[i].span = i;
		if (contig_parts_have(&components, t->parts, places->spans[i].path))
			buf_put(&t->rows, &haps[i], sizeof(haps[i]));
	}
	return r;
}

/* Of the bases whose direction is known, those that run as the reference does. */
static void text_strand_share(struct text_out *out, const struct layout_path *p)
{
	double all = (double)p->forward_bases + (double)p->reverse_bases;
	char share[TABLE_NUMBER_MAX] = ".";

	if (all > 0)
		snprintf(share, sizeof(share), "%.3f", (double)p->forward_bases / all);
	text_char(out, '\t');
	text_words(out, share);
	text_char(out, '\t');
}

static void text_range(struct text_out *out, struct block_range range, uint64_t first_block)
{
	text_i64(out, (int64_t)(first_block + range.first));
	if (range.first == range.last)
		return;
	text_char(out, '-');
	text_i64(out, (int64_t)(first_block + range.last));
}

static int write_haplotype(const void *of, uint64_t row, uint64_t *item, uint64_t stop,
		struct text_out *out, struct err *err)
{
	const struct table *t = of;
	const struct haplotype *hap = (const struct haplotype *)t->rows.data + row;
	const struct block_range *ranges = (const struct block_range *)t->items.data;
	const struct path_span *span = &t->layout->places.spans[hap->span];
	struct path_info info;
	uint64_t i = *item;

	(void)err;
	if (!i) {
		graph_path_info(t->graph, span->path, &info);
		text_i64(out, (int64_t)span->path);
		text_char(out, '\t');
		text_path_name(out, &info);
		text_tab_number(out, info.fragment);
		text_tab_number(out, info.fragment + span->n_bases);
		text_strand_share(out, &t->layout->paths[hap->span]);
	}
	if (!hap->n_ranges)
		text_char(out, '.');
	/* One at least, so that it goes on. */
	while (i < hap->n_ranges) {
		if (i)
			text_char(out, ',');
		text_range(out, ranges[hap->first_range + i], t->first);
		*item = ++i;
		if (i < hap->n_ranges && text_written(out) >= stop)
			return 0;
	}
	text_char(out, '\n');
	return 1;
}

static int write_haplotypes(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct table *t = of;

	return table_write(of, "#path_id\tname\tstart\tend\tstrand_share\tblocks\n",
			t->rows.len / sizeof(struct haplotype), write_haplotype, state, out, err);
}

int haplotypes_tsv_make(struct pg_file *f, struct err *err)
{
	return table_make(f, gather_haplotypes, write_haplotypes, err);
}
