/* SPDX-License-Identifier: MIT */
#include "tests/bench/graph_sites.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	MEAN_GAP = 97,  /* bases between sites */
	MEAN_INDEL = 4, /* bases, but of */
	MIN_LONG = 50,  /* long ones, up to */
	MAX_LONG = 1000,
	N_FOUNDERS = 16,
};
static const double indels = 0.12; /* of all sites */
static const double long_ones = 0.002;
static const double thirds = 0.02;   /* SNPs with another allele */
static const double switches = 1e-3; /* of a haplotype's founder, at each site */

struct maker {
	struct graph_sites *out;
	struct chance chance;
	unsigned *founders; /* owned; of each path, at the site */
};

static char random_base(struct maker *m)
{
	return "ACGT"[chance_below(&m->chance, 4)];
}

/* The next id, of @n bases. */
static void add_node(struct maker *m, unsigned n)
{
	buf_put_u64(&m->out->starts, m->out->bases.len);
	for (; n; n--)
		buf_put_u8(&m->out->bases, (uint8_t)random_base(m));
}

/* SNP alleles, all different. */
static void add_snp(struct maker *m, unsigned n)
{
	static const char letters[] = "ACGT";
	unsigned first = chance_below(&m->chance, 4);

	for (unsigned a = 0; a < n; a++) {
		buf_put_u64(&m->out->starts, m->out->bases.len);
		buf_put_u8(&m->out->bases, (uint8_t)letters[(first + a) % 4]);
	}
}

static void out_of_memory(void)
{
	fprintf(stderr, "out of memory\n");
	exit(1);
}

/* Which allele each path has; all of them are used. */
static void draw_alleles(struct maker *m, unsigned n)
{
	uint8_t of_founder[N_FOUNDERS];
	unsigned n_paths = m->out->n_paths;
	double frequency = chance_unit(&m->chance);
	unsigned sure = chance_below(&m->chance, n_paths - 1);
	struct buf *alleles = &m->out->alleles;
	uint8_t *row;

	/* Most are rare. */
	frequency *= frequency * frequency;
	for (unsigned f = 0; f < N_FOUNDERS; f++)
		of_founder[f] = chance_of(&m->chance, frequency)
						? (uint8_t)(1 + chance_below(&m->chance, n - 1))
						: 0;
	if (!buf_reserve(alleles, n_paths))
		out_of_memory();
	row = alleles->data + alleles->len;
	alleles->len += n_paths;
	row[0] = 0;
	for (unsigned p = 1; p < n_paths; p++) {
		if (chance_of(&m->chance, switches))
			m->founders[p] = chance_below(&m->chance, N_FOUNDERS);
		row[p] = of_founder[m->founders[p]];
	}
	for (unsigned a = 1; a < n; a++)
		row[1 + (sure + a) % (n_paths - 1)] = (uint8_t)a;
}

/* A site, of which the reference has no more than @left bases. Return: how many it has. */
static unsigned add_site(struct maker *m, struct site *s, uint64_t left)
{
	unsigned n_bases = 1;

	s->n = 2;
	s->empty = NO_ALLELE;
	if (chance_of(&m->chance, indels)) {
		n_bases = 1 + chance_gap(&m->chance, 1.0 / MEAN_INDEL);
		if (chance_of(&m->chance, long_ones / indels))
			n_bases = MIN_LONG + chance_below(&m->chance, MAX_LONG - MIN_LONG);
		s->empty = n_bases > left || chance_below(&m->chance, 2) ? 0 : 1;
		add_node(m, n_bases);
	} else {
		s->n = m->out->n_paths > 2 && chance_of(&m->chance, thirds) ? 3 : 2;
		add_snp(m, s->n);
	}
	draw_alleles(m, s->n);
	return s->empty == 0 ? 0 : n_bases;
}

void make_graph_sites(
		struct graph_sites *out, uint64_t n_bases, unsigned n_paths, struct chance chance)
{
	struct maker m = { .out = out, .chance = chance };
	bool is_last = false;
	uint64_t at = 0;

	*out = (struct graph_sites){ .n_paths = n_paths };
	m.founders = calloc(n_paths, sizeof(*m.founders));
	if (!m.founders)
		out_of_memory();
	for (unsigned p = 0; p < n_paths; p++)
		m.founders[p] = chance_below(&m.chance, N_FOUNDERS);
	while (!is_last) {
		uint64_t gap = 1 + chance_gap(&m.chance, 1.0 / MEAN_GAP) % MAX_LONG;
		struct site s = { .empty = NO_ALLELE };

		is_last = n_bases - at < gap + 2;
		gap = is_last ? n_bases - at : gap;
		add_node(&m, (unsigned)gap);
		at += gap;
		s.id = graph_sites_last_id(out);
		if (!is_last)
			at += add_site(&m, &s, n_bases - at - 1);
		buf_put(&out->sites, &s, sizeof(s));
	}
	free(m.founders);
	if (buf_failed(&out->sites) || buf_failed(&out->bases) || buf_failed(&out->starts))
		out_of_memory();
}

void graph_sites_done(struct graph_sites *s)
{
	buf_done(&s->sites);
	buf_done(&s->alleles);
	buf_done(&s->bases);
	buf_done(&s->starts);
}
