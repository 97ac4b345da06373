/* SPDX-License-Identifier: MIT */
#include "core/pangenome/gbz_write.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/pangenome/gbz_piece.h"

/* Headers, as readers know them. */
enum {
	TAG_GBZ = 0x205a4247,
	TAG_GBWT = 0x6b376b37,
	TAG_METADATA = 0x6b375e7a,
	TAG_GRAPH = 0x6b3764af,
	GBZ_VERSION = 1,
	GBWT_VERSION = 5,
	METADATA_VERSION = 2,
	GRAPH_VERSION = 3,
	GBWT_BIDIRECTIONAL = 1,
	GBWT_METADATA = 2,
	GBWT_SIMPLE_SDS = 4,
	METADATA_PATHS = 1,
	METADATA_SAMPLES = 2,
	METADATA_CONTIGS = 4,
	GRAPH_TRANSLATION = 1,
	GRAPH_SIMPLE_SDS = 2,
};

enum {
	PIECES_MAX = 64,
	N_TEXTS = 6, /* tags, GBWT tags, samples, contigs, sequences, segments */
	N_DICTIONARIES = 2,
};

struct gbz_writer {
	const struct graph *g;
	uint64_t size;    /* bytes of the file; of what is planned so far */
	struct buf heads; /* headers, lengths and alphabets, one behind the other */
	struct gbz_piece pieces[PIECES_MAX]; /* in the order of the file */
	unsigned n_pieces;
	uint8_t ranks[N_TEXTS][256]; /* numbers of letters */
	unsigned n_texts;
	uint64_t *orders[N_DICTIONARIES]; /* owned */
	unsigned n_orders;
};

static uint64_t elements_of(uint64_t n_bits)
{
	return n_bits / 64 + (n_bits % 64 != 0);
}

/* Bits that hold @max; 1 at least. */
static unsigned bits_of(uint64_t max)
{
	return max ? 64 - (unsigned)__builtin_clzll(max) : 1;
}

/* --- the plan: what goes where --- */

/* The next piece, of as many bits. */
static struct gbz_piece *add_piece(struct gbz_writer *w, enum gbz_piece_kind kind, uint64_t n_bits)
{
	struct gbz_piece *p = &w->pieces[w->n_pieces++];

	assert(w->n_pieces <= PIECES_MAX);
	*p = (struct gbz_piece){ .kind = kind, .at = w->size, .size = 8 * elements_of(n_bits) };
	w->size += p->size;
	return p;
}

static bool is_head(const struct gbz_piece *p)
{
	return p->kind == GBZ_PIECE_BYTES && !p->bytes;
}

/*
 * Bytes that are kept here: they join those before them if nothing is between. The piece's bytes
 * are not where they are in the end, so it has none yet.
 */
static void head_bytes(struct gbz_writer *w, const void *bytes, size_t n)
{
	static const char zeros[8] = { 0 };
	size_t pad = (8 - n % 8) % 8;
	struct gbz_piece *p;

	if (w->n_pieces && is_head(&w->pieces[w->n_pieces - 1]))
		p = &w->pieces[w->n_pieces - 1];
	else
		p = add_piece(w, GBZ_PIECE_BYTES, 0);
	buf_put(&w->heads, bytes, n);
	buf_put(&w->heads, zeros, pad);
	p->n += n + pad;
	p->size += n + pad;
	w->size += n + pad;
}

static void head(struct gbz_writer *w, uint64_t v)
{
	v = htole64(v);
	head_bytes(w, &v, sizeof(v));
}

static void head_tag(struct gbz_writer *w, uint32_t tag, uint32_t version)
{
	head(w, (uint64_t)version << 32 | tag);
}

/* What an integer vector begins with. */
static void head_ints(struct gbz_writer *w, uint64_t n, unsigned width)
{
	head(w, n);
	head(w, width);
	head(w, n * width);
	head(w, elements_of(n * width));
}

/*
 * Lower bits of a sparse vector: log2 of the universe for each value, times ln 2, which takes the
 * fewest bits in all. Readers take any; this is what others write, so that files are the same.
 */
static unsigned sparse_width(uint64_t n, uint64_t universe)
{
	double ideal;

	if (!n)
		return 64;
	if (n > universe)
		return 1;
	ideal = log2((double)universe * M_LN2 / (double)n);
	return ideal < 1 ? 1 : (unsigned)lround(ideal);
}

/* The first @n values, which are less than @universe. */
static void add_sparse(
		struct gbz_writer *w, const struct int_array *values, uint64_t n, uint64_t universe)
{
	unsigned width = sparse_width(n, universe);
	uint64_t buckets = 0;
	struct gbz_piece *p;

	if (n)
		buckets = (universe >> width) + (universe % ((uint64_t)1 << width) != 0);
	head(w, universe);
	head(w, n);
	head(w, n + buckets);
	head(w, elements_of(n + buckets));
	p = add_piece(w, GBZ_PIECE_HIGH, n + buckets);
	p->n = n;
	p->width = width;
	p->values = *values;
	/* Supports, of which there are none. */
	for (unsigned i = 0; i < 3; i++)
		head(w, 0);
	head_ints(w, n, width);
	p = add_piece(w, GBZ_PIECE_LOW, n * width);
	p->n = n;
	p->width = width;
	p->values = *values;
}

/* Where the first @n strings begin: the universe ends with the last one's. */
static void add_starts(struct gbz_writer *w, const struct int_array *starts, uint64_t n)
{
	add_sparse(w, starts, n, n ? int_array_get(starts, n - 1) + 1 : 0);
}

/* The letters of a text: how many there are, and the number of each. */
static unsigned rank_letters(
		const uint8_t *text, uint64_t length, uint8_t ranks[256], uint8_t alphabet[256])
{
	unsigned n = 0;

	memset(ranks, 0, 256);
	for (uint64_t i = 0; i < length; i++)
		ranks[text[i]] = 1;
	for (unsigned c = 0; c < 256; c++) {
		if (!ranks[c])
			continue;
		alphabet[n] = (uint8_t)c;
		ranks[c] = (uint8_t)n++;
	}
	return n;
}

static void add_strings(struct gbz_writer *w, const void *text, uint64_t length,
		const struct int_array *starts)
{
	uint8_t *ranks = w->ranks[w->n_texts++];
	struct gbz_piece *p;
	uint8_t alphabet[256];
	unsigned width;
	unsigned n;

	add_starts(w, starts, starts->n - 1);
	n = rank_letters(text, length, ranks, alphabet);
	width = bits_of(n ? n - 1 : 0);
	head(w, n);
	head_bytes(w, alphabet, n);
	head_ints(w, length, width);
	p = add_piece(w, GBZ_PIECE_LETTERS, length * width);
	p->n = length;
	p->width = width;
	p->bytes = text;
	p->ranks = ranks;
}

static void add_names(struct gbz_writer *w, const struct graph_strings *s)
{
	add_strings(w, s->text, s->length, &s->starts);
}

static void add_bytes(struct gbz_writer *w, const void *bytes, uint64_t n)
{
	struct gbz_piece *p = add_piece(w, GBZ_PIECE_BYTES, 8 * n);

	p->n = n;
	p->bytes = bytes;
}

static int compare_names(const void *a, const void *b, void *arg)
{
	const uint64_t *i = a;
	const uint64_t *j = b;
	struct name x = graph_string(arg, *i);
	struct name y = graph_string(arg, *j);
	int c = memcmp(x.s, y.s, x.len < y.len ? x.len : y.len);

	if (c)
		return c;
	if (x.len != y.len)
		return x.len < y.len ? -1 : 1;
	return *i < *j ? -1 : *i > *j;
}

/* Names, and their numbers in the names' order. */
static int add_dictionary(struct gbz_writer *w, const struct graph_strings *s, struct err *err)
{
	uint64_t n = graph_n_strings(s);
	unsigned width = bits_of(n ? n - 1 : 0);
	/* For qsort_r(3), which hands it on as it is. */
	struct graph_strings names = *s;
	struct gbz_piece *p;
	uint64_t *order = calloc(n + 1, sizeof(*order));

	if (!order)
		return err_set(err, -ENOMEM, "out of memory");
	w->orders[w->n_orders++] = order;
	for (uint64_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), compare_names, &names);
	add_names(w, s);
	head_ints(w, n, width);
	p = add_piece(w, GBZ_PIECE_ORDER, n * width);
	p->n = n;
	p->width = width;
	p->order = order;
	return 0;
}

static int compare_u64(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What a header of metadata counts. */
struct name_counts {
	uint64_t samples;
	uint64_t haplotypes; /* pairs of sample and phase */
	uint64_t contigs;
};

static int count_names(const struct graph *g, struct name_counts *out, struct err *err)
{
	CLEANUP(freep) uint64_t *keys = calloc(g->n_path_names + 1, sizeof(*keys));
	struct name_counts n = { 0 };

	if (!keys)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint64_t i = 0; i < g->n_path_names; i++) {
		const struct image_path_name *p = &g->path_names[i];
		uint64_t sample = le32toh(p->sample);
		uint64_t contig = le32toh(p->contig);

		n.samples = sample < n.samples ? n.samples : sample + 1;
		n.contigs = contig < n.contigs ? n.contigs : contig + 1;
		keys[i] = sample << 32 | le32toh(p->phase);
	}
	qsort(keys, g->n_path_names, sizeof(*keys), compare_u64);
	for (uint64_t i = 0; i < g->n_path_names; i++)
		n.haplotypes += !i || keys[i] != keys[i - 1];
	/* Where they have names, those count. */
	if (graph_n_strings(&g->sample_names))
		n.samples = graph_n_strings(&g->sample_names);
	if (graph_n_strings(&g->contig_names))
		n.contigs = graph_n_strings(&g->contig_names);
	*out = n;
	return 0;
}

/* Which names there are; 0 where there are no metadata. */
static uint64_t metadata_flags(const struct graph *g)
{
	return (g->n_path_names ? METADATA_PATHS : 0) |
	       (graph_n_strings(&g->sample_names) ? METADATA_SAMPLES : 0) |
	       (graph_n_strings(&g->contig_names) ? METADATA_CONTIGS : 0);
}

static int add_metadata(struct gbz_writer *w, struct err *err)
{
	const struct graph *g = w->g;
	uint64_t length_at = w->heads.len;
	uint64_t begin = w->size + 8;
	struct name_counts n = { 0 };
	uint64_t length;
	int r;

	head(w, 0); /* how long they are, which is not known yet */
	if (!metadata_flags(g))
		return 0;
	r = count_names(g, &n, err);
	if (r < 0)
		return r;
	head_tag(w, TAG_METADATA, METADATA_VERSION);
	head(w, n.samples);
	head(w, n.haplotypes);
	head(w, n.contigs);
	head(w, metadata_flags(g));
	head(w, g->n_path_names);
	add_bytes(w, g->path_names, g->n_path_names * sizeof(*g->path_names));
	r = add_dictionary(w, &g->sample_names, err);
	if (r == 0)
		r = add_dictionary(w, &g->contig_names, err);
	length = htole64((w->size - begin) / 8);
	if (r == 0 && !buf_failed(&w->heads))
		memcpy(w->heads.data + length_at, &length, sizeof(length));
	return r;
}

static int add_gbwt(struct gbz_writer *w, struct err *err)
{
	const struct graph *g = w->g;

	head_tag(w, TAG_GBWT, GBWT_VERSION);
	head(w, g->n_sequences);
	head(w, g->n_visits);
	head(w, g->node_offset);
	head(w, g->alphabet_size);
	head(w, GBWT_BIDIRECTIONAL | GBWT_SIMPLE_SDS | (metadata_flags(g) ? GBWT_METADATA : 0));
	add_names(w, &g->gbwt_tags);
	add_sparse(w, &g->record_starts, g->n_records, g->bwt_length);
	head(w, g->bwt_length);
	add_bytes(w, g->bwt, g->bwt_length);
	head(w, 0); /* samples of the document array */
	return add_metadata(w, err);
}

static void add_graph(struct gbz_writer *w)
{
	const struct graph *g = w->g;

	head_tag(w, TAG_GRAPH, GRAPH_VERSION);
	head(w, g->n_nodes);
	head(w, GRAPH_SIMPLE_SDS | (g->n_segments ? GRAPH_TRANSLATION : 0));
	add_strings(w, g->sequences, g->n_bases, &g->sequence_starts);
	add_names(w, &g->segment_names);
	add_sparse(w, &g->mapping, g->n_segments, int_array_get(&g->mapping, g->n_segments));
}

/* Heads are where they stay: their pieces, which are in the same order, know where. */
static void place_heads(struct gbz_writer *w)
{
	const uint8_t *at = w->heads.data;

	for (unsigned i = 0; i < w->n_pieces; i++) {
		if (!is_head(&w->pieces[i]))
			continue;
		w->pieces[i].bytes = at;
		at += w->pieces[i].n;
	}
}

int gbz_writer_new(const struct graph *g, struct gbz_writer **out, struct err *err)
{
	CLEANUP(gbz_writer_freep) struct gbz_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return err_set(err, -ENOMEM, "out of memory");
	w->g = g;
	head_tag(w, TAG_GBZ, GBZ_VERSION);
	head(w, 0);
	add_names(w, &g->tags);
	r = add_gbwt(w, err);
	if (r < 0)
		return r;
	add_graph(w);
	if (buf_failed(&w->heads))
		return err_set(err, -ENOMEM, "out of memory");
	place_heads(w);
	*out = w;
	w = NULL;
	return 0;
}

void gbz_writer_free(struct gbz_writer *w)
{
	if (!w)
		return;
	buf_done(&w->heads);
	for (unsigned i = 0; i < w->n_orders; i++)
		free(w->orders[i]);
	free(w);
}

void gbz_writer_freep(struct gbz_writer **w)
{
	gbz_writer_free(*w);
}

size_t gbz_writer_bytes(const struct gbz_writer *w)
{
	size_t names = graph_n_strings(&w->g->sample_names) + graph_n_strings(&w->g->contig_names);

	return sizeof(*w) + w->heads.cap + names * sizeof(uint64_t);
}

/* --- reading --- */

uint64_t gbz_writer_size(const struct gbz_writer *w)
{
	return w->size;
}

void gbz_writer_read(const struct gbz_writer *w, char *buf, size_t len, uint64_t off)
{
	for (unsigned i = 0; i < w->n_pieces && len; i++) {
		const struct gbz_piece *p = &w->pieces[i];
		uint64_t left;
		size_t n;

		if (off - p->at >= p->size)
			continue;
		left = p->size - (off - p->at);
		n = left < len ? (size_t)left : len;
		gbz_piece_read(p, buf, n, off - p->at);
		buf += n;
		off += n;
		len -= n;
	}
}
