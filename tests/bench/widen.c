/* SPDX-License-Identifier: MIT */
/*
 * widen IN OUT SAMPLES RECORDS [SEED]: a cohort of other dimensions out of a diploid one, for
 * measuring how costs grow. Samples up to IN's are its columns; those beyond are haplotypes put
 * together from pieces of its columns, with a few carriers misplaced. Records that nobody varies
 * in are left out; when IN's are used up they come again, further along the contig. GT is the
 * only FORMAT field that stays, and AC, AF, AN and NS are those of the new genotypes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/genotypes.h"

static const double piece_ends = 1.0 / 500; /* a record begins another piece of a haplotype */
static const double misplaced = 0.005;

enum { GAP_BETWEEN_PASSES = 1000, MAX_ALLELES = 64 };

struct widen {
	const char *pathname;
	bcf_hdr_t *hdr_in;
	bcf_hdr_t *hdr_out;
	htsFile *out;
	struct genotypes narrow;
	struct genotypes wide;
	unsigned *source; /* column of IN that each haplotype is a copy of, at this record */
	struct chance chance;
	hts_pos_t shift; /* of this pass */
	hts_pos_t end;   /* of the last record written */
	long left;       /* records to write */
};

static bcf_hdr_t *new_header(const bcf_hdr_t *in, int n_samples)
{
	bcf_hdr_t *hdr = bcf_hdr_subset(in, 0, NULL, NULL);
	char name[16];

	if (!hdr)
		stop("out of memory");
	for (int s = 0; s < n_samples; s++) {
		snprintf(name, sizeof(name), "W%06d", s);
		if (bcf_hdr_add_sample(hdr, name) < 0)
			stop("out of memory");
	}
	if (bcf_hdr_sync(hdr) < 0)
		stop("out of memory");
	return hdr;
}

static void copy_haplotypes(struct widen *w)
{
	for (int h = 0; h < w->wide.n; h++) {
		int32_t phase = w->narrow.values[h % 2] & 1;

		if (h >= w->narrow.n && chance_of(&w->chance, piece_ends))
			w->source[h] = chance_below(&w->chance, (unsigned)w->narrow.n);
		w->wide.values[h] = (w->narrow.values[w->source[h]] & ~1) | phase;
	}
}

static void update_counts(struct widen *w, bcf1_t *rec, const int32_t *count)
{
	float af[MAX_ALLELES];
	int32_t an = 0;
	int32_t ns = 0;
	int n_alt = rec->n_allele - 1;

	for (int h = 0; h < w->wide.n; h += 2) {
		int called = !bcf_gt_is_missing(w->wide.values[h]) +
			     !bcf_gt_is_missing(w->wide.values[h + 1]);

		an += called;
		ns += called > 0;
	}
	for (int a = 0; a < n_alt; a++)
		af[a] = an ? (float)count[a + 1] / (float)an : 0;
	if (bcf_get_info(w->hdr_out, rec, "AC"))
		bcf_update_info_int32(w->hdr_out, rec, "AC", count + 1, n_alt);
	if (bcf_get_info(w->hdr_out, rec, "AF"))
		bcf_update_info_float(w->hdr_out, rec, "AF", af, n_alt);
	if (bcf_get_info(w->hdr_out, rec, "AN"))
		bcf_update_info_int32(w->hdr_out, rec, "AN", &an, 1);
	if (bcf_get_info(w->hdr_out, rec, "NS"))
		bcf_update_info_int32(w->hdr_out, rec, "NS", &ns, 1);
}

static void move_record(struct widen *w, bcf1_t *rec)
{
	bcf_info_t *end = bcf_get_info(w->hdr_out, rec, "END");

	rec->pos += w->shift;
	w->end = rec->pos + rec->rlen;
	if (end) {
		int32_t pos1 = (int32_t)(end->v1.i + w->shift);

		bcf_update_info_int32(w->hdr_out, rec, "END", &pos1, 1);
	}
}

/* False where the record was not written. */
static bool widen_record(struct widen *w, bcf1_t *rec)
{
	int32_t count[MAX_ALLELES] = { 0 };
	bool varies = false;

	if (rec->n_allele > MAX_ALLELES || !genotypes_read(&w->narrow, w->hdr_in, rec))
		return false;
	copy_haplotypes(w);
	for (int a = 1; a < rec->n_allele; a++) {
		if (w->wide.n > w->narrow.n)
			genotypes_misplace(&w->wide, a, misplaced, &w->chance);
		count[a] = genotypes_count(&w->wide, a);
		varies = varies || (count[a] > 0 && count[a] < w->wide.n);
	}
	if (!varies)
		return false;
	bcf_unpack(rec, BCF_UN_ALL);
	if (bcf_subset(w->hdr_in, rec, 0, NULL) < 0 ||
			bcf_update_genotypes(w->hdr_out, rec, w->wide.values, w->wide.n) < 0)
		stop("out of memory");
	update_counts(w, rec, count);
	move_record(w, rec);
	write_record(w->out, w->hdr_out, rec);
	return true;
}

/* All records of IN once. Return: those written. */
static long widen_pass(struct widen *w)
{
	bcf1_t *rec = bcf_init();
	bcf_hdr_t *hdr;
	htsFile *in = open_in(w->pathname, &hdr);
	long written = 0;
	int r = 0;

	while (rec && w->left > 0 && (r = bcf_read(in, hdr, rec)) == 0) {
		if (!widen_record(w, rec))
			continue;
		w->left--;
		written++;
	}
	if (r < -1)
		stop("%s: a damaged record", w->pathname);
	bcf_destroy(rec);
	bcf_hdr_destroy(hdr);
	bcf_close(in);
	return written;
}

static void prepare(struct widen *w, const char *out, int n_samples)
{
	htsFile *in = open_in(w->pathname, &w->hdr_in);
	unsigned n_in = 2U * (unsigned)bcf_hdr_nsamples(w->hdr_in);

	bcf_close(in);
	if (n_in == 0)
		stop("%s: no samples", w->pathname);
	w->hdr_out = new_header(w->hdr_in, n_samples);
	w->out = open_out(out, w->hdr_out);
	w->wide.n_samples = n_samples;
	w->wide.n = 2 * n_samples;
	w->wide.values = calloc((size_t)w->wide.n, sizeof(*w->wide.values));
	w->source = calloc((size_t)w->wide.n, sizeof(*w->source));
	if (!w->wide.values || !w->source)
		stop("out of memory");
	for (int h = 0; h < w->wide.n; h++)
		w->source[h] = (unsigned)h % n_in;
}

int main(int argc, char **argv)
{
	struct widen w = { 0 };

	if (argc < 5 || argc > 6)
		stop("usage: widen IN OUT SAMPLES RECORDS [SEED]");
	w.pathname = argv[1];
	w.left = (long)number_from(argv[4], 1, 1e9);
	w.chance = chance_from(argc > 5 ? (unsigned)number_from(argv[5], 0, UINT32_MAX) : 1);
	prepare(&w, argv[2], (int)number_from(argv[3], 1, 1e6));
	while (w.left > 0) {
		if (widen_pass(&w) == 0)
			stop("%s: no record varies in those samples", w.pathname);
		w.shift = w.end + GAP_BETWEEN_PASSES;
	}
	close_out(w.out);
	bcf_hdr_destroy(w.hdr_in);
	bcf_hdr_destroy(w.hdr_out);
	genotypes_done(&w.narrow);
	genotypes_done(&w.wide);
	free(w.source);
	return 0;
}
