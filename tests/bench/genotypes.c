/* SPDX-License-Identifier: MIT */
#include "tests/bench/genotypes.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMPRESSING_THREADS = 2 };

struct chance chance_from(unsigned seed)
{
	struct chance c = { { 0x330e, (unsigned short)seed, (unsigned short)(seed >> 16) } };

	return c;
}

double chance_unit(struct chance *c)
{
	double u;

	do
		u = erand48(c->state);
	while (u <= 0);
	return u;
}

unsigned chance_below(struct chance *c, unsigned n)
{
	return (unsigned)(erand48(c->state) * n);
}

bool chance_of(struct chance *c, double p)
{
	return erand48(c->state) < p;
}

unsigned chance_gap(struct chance *c, double p)
{
	double gap;

	if (p >= 1)
		return 0;
	if (p <= 0)
		return UINT32_MAX;
	gap = floor(log(chance_unit(c)) / log1p(-p));
	return gap < UINT32_MAX ? (unsigned)gap : UINT32_MAX;
}

void stop(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

double number_from(const char *text, double min, double max)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= min && v <= max))
		stop("'%s' is not a number from %g to %g", text, min, max);
	return v;
}

htsFile *open_in(const char *pathname, bcf_hdr_t **hdr)
{
	htsFile *in = bcf_open(pathname, "r");

	if (!in)
		stop("%s: %s", pathname, strerror(errno));
	*hdr = bcf_hdr_read(in);
	if (!*hdr)
		stop("%s: no header", pathname);
	return in;
}

static const char *mode_of(const char *pathname)
{
	const char *dot = strrchr(pathname, '.');

	if (dot && strcmp(dot, ".bcf") == 0)
		return "wb";
	return dot && strcmp(dot, ".gz") == 0 ? "wz" : "w";
}

htsFile *open_out(const char *pathname, bcf_hdr_t *hdr)
{
	htsFile *out = bcf_open(pathname, mode_of(pathname));

	if (!out)
		stop("%s: %s", pathname, strerror(errno));
	if (out->format.compression == bgzf)
		hts_set_threads(out, COMPRESSING_THREADS);
	if (bcf_hdr_write(out, hdr) < 0)
		stop("%s: %s", pathname, strerror(errno));
	return out;
}

void write_record(htsFile *out, bcf_hdr_t *hdr, bcf1_t *rec)
{
	if (bcf_write(out, hdr, rec) < 0)
		stop("%s: %s", out->fn, strerror(errno));
}

void close_out(htsFile *out)
{
	if (bcf_close(out) < 0)
		stop("closing the output: %s", strerror(errno));
}

bool genotypes_read(struct genotypes *g, bcf_hdr_t *hdr, bcf1_t *rec)
{
	g->n_samples = bcf_hdr_nsamples(hdr);
	g->n = bcf_get_genotypes(hdr, rec, &g->values, &g->capacity);
	if (g->n <= 0 || g->n != 2 * g->n_samples)
		return false;
	for (int i = 1; i < g->n; i += 2)
		if (g->values[i] == bcf_int32_vector_end)
			return false;
	return true;
}

void genotypes_done(struct genotypes *g)
{
	free(g->values);
}

int genotypes_count(const struct genotypes *g, int allele)
{
	int n = 0;

	for (int i = 0; i < g->n; i++)
		n += bcf_gt_allele(g->values[i]) == allele;
	return n;
}

int32_t genotypes_value(int haplotype, int allele)
{
	return haplotype % 2 ? bcf_gt_phased(allele) : bcf_gt_unphased(allele);
}

void genotypes_swap(struct genotypes *g, int i, int j)
{
	int32_t differ = (g->values[i] ^ g->values[j]) & ~1;

	g->values[i] ^= differ;
	g->values[j] ^= differ;
}

/* A haplotype that carries another allele than @allele and no missing one. */
static int find_other(const struct genotypes *g, int allele, struct chance *c)
{
	for (int tries = 0; tries < 1000; tries++) {
		int i = (int)chance_below(c, (unsigned)g->n);

		if (!bcf_gt_is_missing(g->values[i]) && bcf_gt_allele(g->values[i]) != allele)
			return i;
	}
	return -1;
}

void genotypes_misplace(struct genotypes *g, int allele, double p, struct chance *c)
{
	unsigned gap = chance_gap(c, p);

	for (int i = 0; i < g->n; i++) {
		int other;

		if (bcf_gt_allele(g->values[i]) != allele || gap-- > 0)
			continue;
		gap = chance_gap(c, p);
		other = find_other(g, allele, c);
		if (other >= 0)
			genotypes_swap(g, i, other);
	}
}
