/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

#include "core/base/cleanup.h"
#include "core/gtb/gtb.h"
#include "core/import/import.h"
#include "tools/gtb.h"
#include "tools/progress.h"

struct verification {
	const struct gtb *g;
	struct gtb_reader *r;       /* owned */
	_Atomic uint64_t n_records; /* read so far */
	uint64_t n_odd;             /* genotypes with alleles that their record does not have */
	uint64_t n_odd_records;
	uint64_t first_odd; /* record */
	struct gtb_site first_odd_site;
	bool unsorted;
	/* The record before. */
	uint32_t contig;
	int64_t pos;
};

static void describe(void *arg, double seconds, char *line, size_t size)
{
	const struct verification *v = arg;

	(void)seconds;
	snprintf(line, size, "%s: %llu of %llu records", gtb_pathname(v->g),
			(unsigned long long)atomic_load(&v->n_records),
			(unsigned long long)gtb_n_records(v->g));
}

/* Every field, to its last item. */
static int read_fields(struct verification *v, uint64_t record, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < gtb_n_fields(v->g); i++) {
		struct gtb_value value;
		struct gtb_item item;

		if (!gtb_field(v->g, i).type)
			continue;
		r = gtb_read_value(v->r, i, record, &value, err);
		while (r == 0 && gtb_value_next(&value, &item))
			;
	}
	return r;
}

static int verify_record(struct verification *v, uint64_t record, struct err *err)
{
	struct gtb_calls calls = { 0 };
	struct gtb_site site;
	int r = gtb_read_site(v->r, record, &site, err);

	if (r == 0 && gtb_n_samples(v->g))
		r = gtb_read_calls(v->r, record, &calls, err);
	if (r == 0)
		r = read_fields(v, record, err);
	if (r < 0)
		return r;
	if (calls.n_out_of_range && !v->n_odd) {
		v->first_odd = record;
		v->first_odd_site = site;
	}
	v->n_odd += calls.n_out_of_range;
	v->n_odd_records += calls.n_out_of_range > 0;
	if (record && site.contig == v->contig && site.pos < v->pos)
		v->unsorted = true;
	v->contig = site.contig;
	v->pos = site.pos;
	atomic_fetch_add(&v->n_records, 1);
	return 0;
}

static int judge(const struct verification *v, struct err *err)
{
	struct gtb_text contig;

	if (!v->n_odd)
		return 0;
	contig = gtb_contig(v->g, v->first_odd_site.contig).name;
	return err_set(err, -EBADMSG,
			"%s: %" PRIu64 " genotypes in %" PRIu64 " records have alleles that their "
			"record does not have, first in record %" PRIu64
			", %.*s:%lld; import makes "
			"them missing",
			gtb_pathname(v->g), v->n_odd, v->n_odd_records, v->first_odd + 1,
			(int)contig.len, contig.s, (long long)v->first_odd_site.pos + 1);
}

int verify_gtb(const char *pathname, const char *contigs, bool quiet, struct err *err)
{
	struct gtb_options o = { .contigs = contigs, .memory = import_default_memory() };
	CLEANUP(gtb_closep) struct gtb *g = NULL;
	struct progress *shown = NULL;
	struct verification v = { 0 };
	int r = gtb_open(pathname, &o, &g, err);

	if (r < 0)
		return r;
	v.g = g;
	r = gtb_reader_new(g, &v.r, err);
	if (r == 0 && !quiet)
		shown = progress_start(describe, &v);
	for (uint64_t i = 0; r == 0 && i < gtb_n_records(g); i++)
		r = verify_record(&v, i, err);
	progress_end(shown);
	gtb_reader_free(v.r);
	if (r == 0)
		r = judge(&v, err);
	if (r == 0 && !quiet)
		fprintf(stderr, "%s: all %llu records are well%s\n", pathname,
				(unsigned long long)gtb_n_records(g),
				v.unsorted ? ", though not in the order of positions: import sorts "
					     "them"
					   : "");
	return r;
}
