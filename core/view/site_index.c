/* SPDX-License-Identifier: MIT */
#include "core/view/site_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/view/bcf.h"
#include "core/view/bgzf.h"
#include "core/view/index_places.h"
#include "core/view/vcf_rows.h"

enum {
	TBI_DEPTH = 5, /* levels below the bin of everything: 2^29 bases */
	CSI_DEPTH_MAX = 10,
	TBX_VCF = 2, /* format of a tabix index */
};

static uint64_t meta_bin(unsigned depth)
{
	return index_first_bin(depth + 1) + 1;
}

static unsigned depth_for(int64_t end)
{
	unsigned depth = TBI_DEPTH;

	while (depth <= CSI_DEPTH_MAX &&
			end > INT64_C(1) << (INDEX_WINDOW_SHIFT + INDEX_LEVEL_SHIFT * depth))
		depth++;
	return depth;
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
static void put_meta_bin(const struct index_walk *w, uint64_t begin, uint64_t end, struct buf *out)
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
static void put_bins(const struct index_walk *w, const struct place *places,
		const struct place *sorted, size_t n, struct buf *out)
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

static int put_contig(struct index_walk *w, struct buf *out)
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

/* Columns of VCF and the contigs' names, as tabix writes them. */
static void put_tabix_head(const struct index_walk *w, struct buf *out)
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

		if (!index_walk_has(w, first))
			continue;
		buf_put(out, name->s, name->len);
		buf_put_u8(out, 0);
	}
	len = htole32((uint32_t)(out->len - at - sizeof(len)));
	if (!buf_failed(out))
		memcpy(out->data + at, &len, sizeof(len));
}

static void put_head(const struct index_walk *w, uint32_t n_contigs, struct buf *out)
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
static int put_vcf_contigs(struct index_walk *w, struct buf *out)
{
	uint32_t first;
	uint32_t end;
	uint32_t n = 0;
	int r = 0;

	contigs_of(w->d, &first, &end);
	for (uint32_t i = first; i < end; i++)
		n += index_walk_has(w, i);
	put_head(w, n, out);
	for (; r == 0 && first < end; first++) {
		if (!index_walk_has(w, first))
			continue;
		r = index_walk_contig(w, first);
		if (r == 0)
			r = put_contig(w, out);
	}
	return r;
}

/* Contigs in the order of the header, which may be another one: each made by itself first. */
static int put_bcf_contigs(struct index_walk *w, struct buf *out)
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
		r = index_walk_contig(w, first);
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

static int make_index(const struct view_kind *k, const struct dataset *d, struct buf *out,
		struct err *err)
{
	const struct made_kind *made = k->of;
	const struct index_kind *kind = made->of;
	const struct view_kind rows = {
		.name = k->name, .ops = &row_ops, .of = kind->rows, .part = BLOCK_CALLS
	};
	CLEANUP(index_walk_done) struct index_walk w = { 0 };
	CLEANUP(buf_done) struct buf plain = { 0 };
	int r = index_walk_begin(&w, kind, d, &rows, depth_for(dataset_end(d)), err);

	if (r < 0)
		return r;
	r = kind->file == INDEX_BCF ? put_bcf_contigs(&w, &plain) : put_vcf_contigs(&w, &plain);
	buf_put_u64(&plain, 0); /* records without a place */
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
