/* SPDX-License-Identifier: MIT */
/*
 * gen-graph --bases N --haplotypes K [--seed S] OUT.gbz: a made-up pangenome of one contig, as a
 * GBZ of version 1; the same for the same arguments. A reference of N bases, K haplotypes
 * (graph_sites.h), nodes of 34 bases on average, all passed forward. It needs about K / 100 + 4
 * bytes for each base.
 *
 * The graph is a row of sites. All paths pass the node before a site, then the node of one of its
 * alleles or, where that is empty, none, then the node before the next site. So the visits of a
 * node, which the BWT has in the order of the nodes they come from, are those of the site before,
 * stably sorted by allele: forward paths are taken through the row from its beginning, backward
 * ones from its end, and each site is seen twice.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/pangenome/gbz_write.h"
#include "tests/bench/graph_sites.h"

enum { MAX_HAPLOTYPES = 100000 };

struct made {
	struct graph_sites s;
	unsigned *order; /* owned; paths, as they visit the node */
	unsigned *next;  /* owned; and the node after the site */
	uint64_t n_visits;
	struct buf records[2]; /* forward by id; backward from the last id on */
	struct buf ends[2];    /* u64: where each ends */
};

static void fail(const char *what)
{
	fprintf(stderr, "gen-graph: %s\n", what);
	exit(1);
}

/* --- records --- */

static void put_run(struct buf *out, unsigned edge, uint64_t length, unsigned sigma)
{
	uint64_t most = 256 / sigma;
	uint64_t n = length < most ? length : most;

	buf_put_u8(out, (uint8_t)(edge + sigma * (n - 1)));
	if (n == most)
		buf_put_varint(out, length - most);
}

static void end_record(struct made *m, unsigned strand)
{
	buf_put_u64(&m->ends[strand], m->records[strand].len);
}

/* A node with one edge, which all @n visits take; @rank visits of that node come before. */
static void put_simple(struct made *m, unsigned strand, uint64_t to, uint64_t rank, uint64_t n)
{
	struct buf *out = &m->records[strand];

	buf_put_varint(out, 1);
	buf_put_varint(out, to);
	buf_put_varint(out, rank);
	put_run(out, 0, n, 1);
	end_record(m, strand);
	m->n_visits += n;
}

/* The node of allele @a, which is not empty. */
static uint64_t allele_id(const struct site *s, unsigned a)
{
	return s->id + 1 + a - (a > s->empty);
}

/* Alleles in the order of the nodes that paths which take them visit next or come from, where they
 * go to or come from @id if it is empty. */
static void sort_alleles(const struct site *s, uint64_t id, unsigned sorted[MAX_ALLELES])
{
	unsigned n = 0;

	if (s->empty != NO_ALLELE && id <= s->id)
		sorted[n++] = s->empty;
	for (unsigned a = 0; a < s->n; a++)
		if (a != s->empty)
			sorted[n++] = a;
	if (s->empty != NO_ALLELE && id > s->id)
		sorted[n++] = s->empty;
}

/* What comes out of a site, where paths of its empty allele come from @from. */
struct passing {
	unsigned counts[MAX_ALLELES]; /* paths, by allele */
	unsigned ranks[MAX_ALLELES];  /* those that are visits of the next node before them */
};

static void count_alleles(const struct made *m, const struct site *s, const uint8_t *alleles,
		uint64_t from, struct passing *out)
{
	unsigned sorted[MAX_ALLELES];
	unsigned n = 0;

	memset(out, 0, sizeof(*out));
	for (unsigned p = 0; p < m->s.n_paths; p++)
		out->counts[alleles[p]]++;
	sort_alleles(s, from, sorted);
	for (unsigned k = 0; k < s->n; k++) {
		out->ranks[sorted[k]] = n;
		n += out->counts[sorted[k]];
	}
}

/* The record of a node at which paths part; those of the empty allele go to @to. */
static void put_fork(struct made *m, unsigned strand, const struct site *s, const uint8_t *alleles,
		uint64_t to, const struct passing *passing)
{
	struct buf *out = &m->records[strand];
	unsigned sorted[MAX_ALLELES];
	unsigned edges[MAX_ALLELES];
	uint64_t before = 0;

	sort_alleles(s, to, sorted);
	buf_put_varint(out, s->n);
	for (unsigned k = 0; k < s->n; k++) {
		unsigned a = sorted[k];
		uint64_t node = node_of(a == s->empty ? to : allele_id(s, a), strand);

		edges[a] = k;
		buf_put_varint(out, node - before);
		buf_put_varint(out, a == s->empty ? passing->ranks[a] : 0);
		before = node;
	}
	for (unsigned i = 0, n; i < m->s.n_paths; i += n) {
		unsigned a = alleles[m->order[i]];

		for (n = 1; i + n < m->s.n_paths && alleles[m->order[i + n]] == a; n++)
			;
		put_run(out, edges[a], n, s->n);
	}
	end_record(m, strand);
	m->n_visits += m->s.n_paths;
}

static void reorder(struct made *m, const uint8_t *alleles, const struct passing *passing)
{
	struct passing at = *passing;
	unsigned *swap = m->order;

	for (unsigned i = 0; i < m->s.n_paths; i++)
		m->next[at.ranks[alleles[m->order[i]]]++] = m->order[i];
	m->order = m->next;
	m->next = swap;
}

/* One strand: sites in their order, or from the last one on. */
static void make_strand(struct made *m, unsigned strand)
{
	const struct site *sites = (const struct site *)m->s.sites.data;
	size_t n = m->s.sites.len / sizeof(*sites) - 1;

	for (unsigned p = 0; p < m->s.n_paths; p++)
		m->order[p] = p;
	for (size_t i = 0; i < n; i++) {
		const struct site *s = &sites[strand ? n - 1 - i : i];
		const uint8_t *alleles = m->s.alleles.data + (size_t)(s - sites) * m->s.n_paths;
		uint64_t from = strand ? s[1].id : s->id;
		uint64_t to = strand ? s->id : s[1].id;
		struct passing passing;

		count_alleles(m, s, alleles, from, &passing);
		put_fork(m, strand, s, alleles, to, &passing);
		reorder(m, alleles, &passing);
		for (unsigned k = 0; k < s->n; k++) {
			unsigned a = strand ? s->n - 1 - k : k;

			if (a != s->empty)
				put_simple(m, strand, node_of(to, strand), passing.ranks[a],
						passing.counts[a]);
		}
	}
	put_simple(m, strand, GRAPH_ENDMARKER, 0, m->s.n_paths);
}

/* --- the graph --- */

/* The endmarker's record, then those of both strands of each id; where they begin. */
static void join_records(struct made *m, struct buf *bwt, struct buf *starts)
{
	uint32_t n = graph_sites_last_id(&m->s);
	const uint64_t *forward = (const uint64_t *)m->ends[0].data;
	const uint64_t *backward = (const uint64_t *)m->ends[1].data;

	buf_reserve(bwt, m->records[0].len + m->records[1].len + 2 * (size_t)m->s.n_paths + 64);
	buf_put_u64(starts, 0);
	buf_put_varint(bwt, 2);
	buf_put_varint(bwt, node_of(1, 0));
	buf_put_varint(bwt, 0);
	buf_put_varint(bwt, node_of(n, 1) - node_of(1, 0));
	buf_put_varint(bwt, 0);
	for (unsigned i = 0; i < 2 * m->s.n_paths; i++)
		put_run(bwt, i % 2, 1, 2);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t f = i ? forward[i - 1] : 0;
		uint64_t b = i + 1 < n ? backward[n - 2 - i] : 0;

		buf_put_u64(starts, bwt->len);
		buf_put(bwt, m->records[0].data + f, forward[i] - f);
		buf_put_u64(starts, bwt->len);
		buf_put(bwt, m->records[1].data + b, backward[n - 1 - i] - b);
	}
	buf_put_u64(starts, bwt->len);
	m->n_visits += 2 * (uint64_t)m->s.n_paths;
	for (unsigned strand = 0; strand < 2; strand++) {
		buf_done(&m->records[strand]);
		buf_done(&m->ends[strand]);
	}
}

static struct int_array offsets_of(const struct buf *b)
{
	return int_array_over(b->data, b->len / sizeof(uint64_t), sizeof(uint64_t));
}

struct strings {
	struct buf text;
	struct buf starts;
};

static void put_string(struct strings *s, const char *text)
{
	if (!s->starts.len)
		buf_put_u64(&s->starts, 0);
	buf_put(&s->text, text, strlen(text));
	buf_put_u64(&s->starts, s->text.len);
}

static void strings_done(struct strings *s)
{
	buf_done(&s->text);
	buf_done(&s->starts);
}

static struct graph_strings strings_of(const struct strings *s)
{
	return (struct graph_strings){ .text = (const char *)s->text.data,
		.length = s->text.len,
		.starts = offsets_of(&s->starts) };
}

/* Two haplotypes a sample, and a reference. */
static void make_names(const struct made *m, struct strings *samples, struct buf *paths)
{
	put_string(samples, "REF");
	for (unsigned p = 0; p < m->s.n_paths; p++) {
		struct image_path_name name = { .sample = htole32((p + 1) / 2),
			.phase = htole32(p ? 1 + (p + 1) % 2 : 0) };
		char sample[16];

		buf_put(paths, &name, sizeof(name));
		snprintf(sample, sizeof(sample), "S%03u", p / 2);
		if (p % 2)
			put_string(samples, sample);
	}
}

static void write_graph(const struct graph *g, const char *pathname)
{
	enum { PIECE = 1 << 20 };
	struct gbz_writer *w = NULL;
	struct err err = { 0 };
	char *piece = malloc(PIECE);
	FILE *f = fopen(pathname, "w");

	if (!f || !piece)
		fail(strerror(errno));
	if (gbz_writer_new(g, &w, &err) < 0)
		fail(err.msg);
	for (uint64_t at = 0, n; at < gbz_writer_size(w); at += n) {
		n = gbz_writer_size(w) - at < PIECE ? gbz_writer_size(w) - at : PIECE;
		gbz_writer_read(w, piece, n, at);
		fwrite(piece, 1, n, f);
	}
	if (ferror(f) || fclose(f) != 0)
		fail("could not write");
	gbz_writer_free(w);
	free(piece);
}

static void make_graph(struct made *m, const char *pathname)
{
	CLEANUP(buf_done) struct buf bwt = { 0 };
	CLEANUP(buf_done) struct buf records = { 0 };
	CLEANUP(buf_done) struct buf paths = { 0 };
	CLEANUP(strings_done) struct strings samples = { 0 };
	CLEANUP(strings_done) struct strings contigs = { 0 };
	CLEANUP(strings_done) struct strings tags = { 0 };
	CLEANUP(strings_done) struct strings gbwt_tags = { 0 };
	CLEANUP(strings_done) struct strings none = { 0 };
	uint64_t n = graph_sites_last_id(&m->s);
	struct graph g = { .n_ids = n, .n_nodes = n, .min_id = 1, .node_offset = 1 };

	join_records(m, &bwt, &records);
	make_names(m, &samples, &paths);
	put_string(&contigs, "chr1");
	put_string(&tags, "source");
	put_string(&tags, "genofs/gen-graph");
	put_string(&gbwt_tags, "reference_samples");
	put_string(&gbwt_tags, "REF");
	put_string(&gbwt_tags, "source");
	put_string(&gbwt_tags, "genofs/gen-graph");
	buf_put_u64(&none.starts, 0);
	buf_put_u64(&m->s.starts, m->s.bases.len);
	if (buf_failed(&bwt) || buf_failed(&records) || buf_failed(&paths))
		fail("out of memory");
	g.n_paths = g.n_path_names = m->s.n_paths;
	g.n_sequences = 2 * g.n_paths;
	g.n_visits = m->n_visits;
	g.n_records = 2 * n + 1;
	g.alphabet_size = g.n_records + g.node_offset;
	g.sequences = m->s.bases.data;
	g.n_bases = m->s.bases.len;
	g.sequence_starts = offsets_of(&m->s.starts);
	g.bwt = bwt.data;
	g.bwt_length = bwt.len;
	g.record_starts = offsets_of(&records);
	g.path_names = (const struct image_path_name *)paths.data;
	g.sample_names = strings_of(&samples);
	g.contig_names = strings_of(&contigs);
	g.tags = strings_of(&tags);
	g.gbwt_tags = strings_of(&gbwt_tags);
	g.segment_names = strings_of(&none);
	g.mapping = g.segment_names.starts;
	write_graph(&g, pathname);
}

static uint64_t number_of(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 10);

	if (!*text || *end || v < min || v > max)
		fail("a number is not one, or not in its range");
	return v;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "bases", required_argument, NULL, 'b' },
		{ "haplotypes", required_argument, NULL, 'k' },
		{ "seed", required_argument, NULL, 's' }, { 0 } };
	struct chance chance = chance_from(1);
	struct made m = { 0 };
	uint64_t n_bases = 0;
	unsigned n_paths = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'b')
			n_bases = number_of(optarg, 1, (uint64_t)1 << 36);
		else if (c == 'k')
			n_paths = 1 + (unsigned)number_of(optarg, 1, MAX_HAPLOTYPES);
		else if (c == 's')
			chance = chance_from((unsigned)number_of(optarg, 0, UINT32_MAX));
		else
			return 2;
	}
	if (!n_bases || !n_paths || optind + 1 != argc)
		fail("usage: gen-graph --bases N --haplotypes K [--seed S] OUT.gbz");
	m.order = calloc(n_paths, sizeof(*m.order));
	m.next = calloc(n_paths, sizeof(*m.next));
	if (!m.order || !m.next)
		fail("out of memory");
	make_graph_sites(&m.s, n_bases, n_paths, chance);
	make_strand(&m, 0);
	make_strand(&m, 1);
	make_graph(&m, argv[optind]);
	graph_sites_done(&m.s);
	free(m.order);
	free(m.next);
	return 0;
}
