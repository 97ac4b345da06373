/* SPDX-License-Identifier: MIT */
#include "core/view/site_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/codec/deflate_runs.h"
#include "core/store/index_runs.h"
#include "core/view/bcf.h"
#include "core/view/bcf_packed.h"
#include "core/view/bgzf.h"
#include "core/view/vcf_rows.h"

enum {
	TBI_DEPTH = 5, /* levels below the bin of everything: 2^29 bases */
	CSI_DEPTH_MAX = 10,
	TBX_VCF = 2,     /* format of a tabix index */
	INDEX_SHARE = 4, /* of the cache's budget, one part at most for the runs of a contig */
};

struct index_kind {
	enum index_file file;
	bool csi;
	const struct row_kind *rows; /* of the file before its compression */
};

/* A run in the file that is indexed. */
struct place {
	uint64_t begin; /* virtual offset */
	uint64_t end;
	uint64_t bin;   /* its number in the index */
	uint64_t reach; /* the last window that it or a run before it reaches */
	uint32_t level;
	uint64_t bin_in_level;
};

/* One contig while its index is made. */
struct contig_places {
	struct buf places; /* struct place, in the order of the file */
	uint64_t n_records;
};

/* The BGZF blocks of one chunk, where they are not all alike. */
struct chunk_blocks {
	uint32_t *size; /* n of them; owned */
	uint64_t n;
	uint64_t at;    /* bytes of the file before its compression before the chunk, */
	uint64_t end;   /* and with it */
	uint64_t next;  /* the one that was found last, */
	uint64_t place; /* and where in the file it begins */
};

/* What is known while the runs of a dataset are gone through. */
struct walk {
	const struct index_kind *kind;
	const struct dataset *d;
	unsigned depth;
	struct cursor runs;   /* of all chunks of the store */
	uint32_t chunk;       /* whose runs come next */
	uint64_t head;        /* bytes before the first record */
	uint64_t head_blocks; /* BGZF blocks that they fill */
	bool packed;          /* BGZF blocks of records are by chunk (core/view/bcf_packed.h) */
	struct chunk_blocks blocks;
	uint64_t last_window; /* that a record of the dataset may reach */
	struct contig_places contig;
	struct contig_places *of_query; /* of a query: by contig, made before; owned */
};

static uint64_t first_bin(unsigned level_from_top)
{
	return ((1ull << (INDEX_LEVEL_SHIFT * level_from_top)) - 1) / 7;
}

static uint64_t meta_bin(unsigned depth)
{
	return first_bin(depth + 1) + 1;
}

static unsigned depth_for(int64_t end)
{
	unsigned depth = TBI_DEPTH;

	while (depth <= CSI_DEPTH_MAX &&
			end > INT64_C(1) << (INDEX_WINDOW_SHIFT + INDEX_LEVEL_SHIFT * depth))
		depth++;
	return depth;
}

/* The last window that a record may reach: one without bases is taken to have one. */
static uint64_t last_window_of(const struct dataset *d)
{
	int64_t end = dataset_end(d);

	return end > 0 ? (uint64_t)end >> INDEX_WINDOW_SHIFT : 0;
}

bool index_tbi_exists(const struct dataset *d)
{
	return depth_for(dataset_end(d)) == TBI_DEPTH;
}

bool index_csi_exists(const struct dataset *d)
{
	return depth_for(dataset_end(d)) <= CSI_DEPTH_MAX;
}

bool index_bcf_exists(const struct dataset *d)
{
	return bcf_exists(d) && index_csi_exists(d);
}

/* ---- runs ---- */

/* Where byte @at of the file before its compression is; of a packed chunk in ascending order. */
static uint64_t virtual_offset(struct walk *w, uint64_t at)
{
	struct chunk_blocks *b = &w->blocks;
	uint64_t block = (at - b->at) / DEFLATE_RUNS_MAX;

	if (!w->packed)
		return bgzf_virtual_offset(w->head_blocks, at - w->head);
	while (b->next < block && b->next < b->n)
		b->place += b->size[b->next++];
	/* What ends with the chunk's last BGZF block ends where the next one begins. */
	if (b->next + 1 == b->n && at == b->end)
		b->place += b->size[b->next++];
	return b->place << 16 | (b->next < b->n ? (at - b->at) % DEFLATE_RUNS_MAX : 0);
}

static int take_run(struct walk *w, const struct index_run *run, uint64_t *at)
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
	p.bin = first_bin(w->depth - run->level) + p.bin_in_level;
	if (p.bin >= first_bin(w->depth - run->level + 1))
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
static int find_blocks(struct walk *w, uint64_t at, uint64_t end)
{
	const struct store *s = w->d->store;
	const struct chunk_info *info = store_chunk(s, w->chunk);
	const struct chunk_info *first = store_chunk(s, w->d->first_chunk);
	struct chunk_blocks *b = &w->blocks;
	uint64_t n = info->view_bytes[STORE_VIEW_BCF_BLOCKS];

	free(b->size);
	*b = (struct chunk_blocks){ .size = calloc(n + 1, sizeof(*b->size)),
		.n = n,
		.at = at,
		.end = end,
		.place = w->head_blocks * BGZF_BLOCK + info->view_offset[STORE_VIEW_BCF_PACKED] -
			 first->view_offset[STORE_VIEW_BCF_PACKED] };
	return b->size ? store_read_bcf_blocks(s, w->chunk, b->size, NULL) : -ENOMEM;
}

/* The runs of the next chunk of the store; @wanted: to be kept. */
static int take_chunk(struct walk *w, bool wanted)
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

/* Those of the dataset's chunks of @contig. */
static int take_contig(struct walk *w, uint32_t contig)
{
	const struct dataset *d = w->d;
	const struct contig_info *info = store_contig(d->store, contig);
	uint32_t first = info->first_chunk > d->first_chunk ? info->first_chunk : d->first_chunk;
	uint32_t end = info->first_chunk + info->n_chunks;
	int r = 0;

	if (w->of_query) {
		buf_done(&w->contig.places);
		w->contig = w->of_query[contig];
		w->of_query[contig] = (struct contig_places){ 0 };
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

/* ---- the same of a query, from its rows ---- */

/* Records of a query come one by one; runs of one contig are followed by its places. */
struct query_walk {
	struct walk *w;
	struct buf runs; /* of the contigs so far, as a chunk's each */
	struct index_builder builder;
	uint64_t at; /* end of the row before */
	uint32_t contig;
	bool some;
	struct contig_places *contigs; /* by the store's number */
};

static int end_contig(struct query_walk *q)
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
	struct query_walk *q = arg;
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
static int walk_query(struct walk *w, const struct view_kind *rows, struct contig_places *out,
		struct err *err)
{
	struct query_walk q = { .w = w, .contigs = out };
	int r;

	index_builder_begin(&q.builder);
	r = rows_each(rows, w->d, visit, &q, err);
	if (r == 0 && q.some)
		r = end_contig(&q);
	index_builder_done(&q.builder);
	buf_done(&q.runs);
	return r;
}

/* ---- one contig's index ---- */

static int by_bin(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;

	if (x->bin != y->bin)
		return x->bin < y->bin ? -1 : 1;
	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Where the first record begins that reaches window @window or lies behind it. */
static uint64_t offset_for(const struct place *places, size_t n, uint64_t window)
{
	size_t low = 0;
	size_t high = n - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (places[middle].reach >= window)
			high = middle;
		else
			low = middle + 1;
	}
	return places[low].begin;
}

/* Runs of a bin so close that reading what is between costs nothing are one. */
static bool adjoin(const struct place *last, const struct place *next)
{
	return next->begin >> 16 <= last->end >> 16;
}

static void put_bin_chunks(const struct place *p, size_t n, struct buf *out)
{
	size_t at = out->len;
	uint32_t n_chunks = 0;

	buf_put_u32(out, 0);
	for (size_t i = 0; i < n; n_chunks++) {
		size_t k = i + 1;

		while (k < n && adjoin(&p[k - 1], &p[k]))
			k++;
		buf_put_u64(out, p[i].begin);
		buf_put_u64(out, p[k - 1].end);
		i = k;
	}
	n_chunks = htole32(n_chunks);
	if (!buf_failed(out))
		memcpy(out->data + at, &n_chunks, sizeof(n_chunks));
}

/* The bin that is none, with the range of the contig's records and how many there are. */
static void put_meta_bin(const struct walk *w, uint64_t begin, uint64_t end, struct buf *out)
{
	buf_put_u32(out, (uint32_t)meta_bin(w->depth));
	if (w->kind->csi)
		buf_put_u64(out, 0);
	buf_put_u32(out, 2);
	buf_put_u64(out, begin);
	buf_put_u64(out, end);
	buf_put_u64(out, w->contig.n_records);
	buf_put_u64(out, 0);
}

/* @places: in the order of the file; @sorted: by bin. */
static void put_bins(const struct walk *w, const struct place *places, const struct place *sorted,
		size_t n, struct buf *out)
{
	size_t at = out->len;
	uint32_t n_bins = 1;

	buf_put_u32(out, 0);
	for (size_t i = 0; i < n; n_bins++) {
		size_t k = i;

		while (k < n && sorted[k].bin == sorted[i].bin)
			k++;
		buf_put_u32(out, (uint32_t)sorted[i].bin);
		if (w->kind->csi)
			buf_put_u64(out,
					offset_for(places, n,
							sorted[i].bin_in_level << (INDEX_LEVEL_SHIFT *
										   sorted[i].level)));
		put_bin_chunks(sorted + i, k - i, out);
		i = k;
	}
	put_meta_bin(w, places[0].begin, places[n - 1].end, out);
	n_bins = htole32(n_bins);
	if (!buf_failed(out))
		memcpy(out->data + at, &n_bins, sizeof(n_bins));
}

static void put_linear(const struct place *places, size_t n, struct buf *out)
{
	uint64_t n_windows = places[n - 1].reach + 1;

	buf_put_u32(out, (uint32_t)n_windows);
	for (uint64_t i = 0; i < n_windows; i++)
		buf_put_u64(out, offset_for(places, n, i));
}

static int put_contig(struct walk *w, struct buf *out)
{
	const struct place *places = (const struct place *)(const void *)w->contig.places.data;
	size_t n = w->contig.places.len / sizeof(*places);
	struct place *sorted;

	if (!n) {
		buf_put_u32(out, 0);
		if (!w->kind->csi)
			buf_put_u32(out, 0);
		return 0;
	}
	sorted = malloc(n * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, places, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_bin);
	put_bins(w, places, sorted, n, out);
	free(sorted);
	if (!w->kind->csi)
		put_linear(places, n, out);
	return 0;
}

/* ---- whole files ---- */

/* The contigs that the dataset has records of: [first, end). */
static void contigs_of(const struct dataset *d, uint32_t *first, uint32_t *end)
{
	*first = d->level == DATASET_STORE ? 0 : d->contig;
	*end = d->level == DATASET_STORE ? store_n_contigs(d->store) : d->contig + 1;
}

/* A query may have no records of a contig. */
static bool is_there(const struct walk *w, uint32_t contig)
{
	return !w->of_query || w->of_query[contig].n_records;
}

/* Columns of VCF and the contigs' names, as tabix writes them. */
static void put_tabix_head(const struct walk *w, struct buf *out)
{
	const struct dataset *d = w->d;
	const uint32_t head[] = { TBX_VCF, 1, 2, 0, '#', 0 };
	uint32_t first;
	uint32_t end;
	size_t at;
	uint32_t len;

	for (unsigned i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		buf_put_u32(out, head[i]);
	at = out->len;
	buf_put_u32(out, 0);
	contigs_of(d, &first, &end);
	for (; first < end; first++) {
		const struct name *name = &store_contig(d->store, first)->name;

		if (!is_there(w, first))
			continue;
		buf_put(out, name->s, name->len);
		buf_put_u8(out, 0);
	}
	len = htole32((uint32_t)(out->len - at - sizeof(len)));
	if (!buf_failed(out))
		memcpy(out->data + at, &len, sizeof(len));
}

static void put_head(const struct walk *w, uint32_t n_contigs, struct buf *out)
{
	struct buf aux = { 0 };

	if (!w->kind->csi) {
		buf_put(out, "TBI\1", 4);
		buf_put_u32(out, n_contigs);
		put_tabix_head(w, out);
		return;
	}
	if (w->kind->file == INDEX_CALLS)
		put_tabix_head(w, &aux);
	buf_put(out, "CSI\1", 4);
	buf_put_u32(out, INDEX_WINDOW_SHIFT);
	buf_put_u32(out, w->depth);
	buf_put_u32(out, (uint32_t)aux.len);
	buf_put(out, aux.data, aux.len);
	out->failed |= buf_failed(&aux);
	buf_done(&aux);
	buf_put_u32(out, n_contigs);
}

/* Contigs in the order of the records, as the names in the index are. */
static int put_vcf_contigs(struct walk *w, struct buf *out)
{
	uint32_t first;
	uint32_t end;
	uint32_t n = 0;
	int r = 0;

	contigs_of(w->d, &first, &end);
	for (uint32_t i = first; i < end; i++)
		n += is_there(w, i);
	put_head(w, n, out);
	for (; r == 0 && first < end; first++) {
		if (!is_there(w, first))
			continue;
		r = take_contig(w, first);
		if (r == 0)
			r = put_contig(w, out);
	}
	return r;
}

/* Contigs in the order of the header, which may be another one: each made by itself first. */
static int put_bcf_contigs(struct walk *w, struct buf *out)
{
	uint32_t n = store_n_bcf_contigs(w->d->store);
	struct buf *contigs = calloc(n + 1ull, sizeof(*contigs));
	uint32_t first;
	uint32_t end;
	int r = 0;

	if (!contigs)
		return -ENOMEM;
	contigs_of(w->d, &first, &end);
	for (; r == 0 && first < end; first++) {
		r = take_contig(w, first);
		if (r == 0)
			r = put_contig(w, &contigs[store_contig(w->d->store, first)->bcf_id]);
	}
	put_head(w, n, out);
	for (uint32_t i = 0; i < n; i++) {
		if (contigs[i].len)
			buf_put(out, contigs[i].data, contigs[i].len);
		else
			buf_put_u32(out, 0);
		out->failed |= buf_failed(&contigs[i]);
	}
	/* Without a header all contigs are number 0, one past the last. */
	for (uint32_t i = 0; i <= n; i++)
		buf_done(&contigs[i]);
	free(contigs);
	return r;
}

static void walk_done(struct walk *w)
{
	buf_done(&w->contig.places);
	free(w->blocks.size);
	for (uint32_t i = 0; w->of_query && i < store_n_contigs(w->d->store); i++)
		buf_done(&w->of_query[i].places);
	free(w->of_query);
}

static int make_index(const struct view_kind *k, const struct dataset *d, struct buf *out,
		struct err *err)
{
	const struct made_kind *made = k->of;
	const struct index_kind *kind = made->of;
	const struct view_kind rows = {
		.name = k->name, .ops = &row_ops, .of = kind->rows, .part = BLOCK_CALLS
	};
	CLEANUP(buf_done) struct buf runs = { 0 };
	CLEANUP(buf_done) struct buf plain = { 0 };
	struct walk w = { .kind = kind, .d = d };
	int r = rows_head_size(&rows, d, &w.head, err);

	w.depth = depth_for(dataset_end(d));
	w.head_blocks = bgzf_head_blocks(w.head);
	w.packed = kind->file == INDEX_BCF && bcf_is_packed(d);
	w.last_window = last_window_of(d);
	if (r == 0 && d->query) {
		w.of_query = calloc(store_n_contigs(d->store) + 1u, sizeof(*w.of_query));
		r = w.of_query ? walk_query(&w, &rows, w.of_query, err)
			       : err_set(err, -ENOMEM, "out of memory");
	} else if (r == 0) {
		r = store_read_index(d->store, &runs, err);
	}
	if (r < 0) {
		walk_done(&w);
		return r;
	}
	w.runs = cursor_over(runs.data, runs.len);
	r = kind->file == INDEX_BCF ? put_bcf_contigs(&w, &plain) : put_vcf_contigs(&w, &plain);
	buf_put_u64(&plain, 0); /* records without a place */
	walk_done(&w);
	if (r == 0 && buf_failed(&plain))
		r = -ENOMEM;
	if (r < 0)
		return err_set(err, r, "%s: %s: %s", store_pathname(d->store), k->name,
				r == -EBADMSG ? "the index is damaged"
				: r == -EFBIG ? "it is too large for cache_size; give it more"
					      : strerror(-r));
	bgzf_put_file(out, plain.data, plain.len);
	return 0;
}

static const struct index_kind vcf_tbi = { INDEX_CALLS, false, &vcf_calls_rows };
static const struct index_kind vcf_csi = { INDEX_CALLS, true, &vcf_calls_rows };
static const struct index_kind bcf_csi = { INDEX_BCF, true, &bcf_rows };

const struct made_kind index_vcf_tbi = { make_index, &vcf_tbi };
const struct made_kind index_vcf_csi = { make_index, &vcf_csi };
const struct made_kind index_bcf_csi = { make_index, &bcf_csi };
