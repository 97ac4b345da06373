/* SPDX-License-Identifier: MIT */
#include "core/pangenome/fasta_files.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/pangenome/fasta.h"
#include "core/pangenome/fasta_records.h"
#include "core/pangenome/pangenome.h"

enum { INDEX_LINES = 256 }; /* that the writer writes at a time */

/* What a file is made of. */
struct fasta_file {
	struct fasta fasta;
	const struct places *places; /* kept by the pangenome or the slice */
};

static void done(struct fasta_file *m)
{
	if (!m)
		return;
	fasta_done(&m->fasta);
	free(m);
}

static void donep(struct fasta_file **m)
{
	done(*m);
}

void fasta_file_free(struct pg_file *f)
{
	done(f->made);
	f->made = NULL;
}

/* --- records of the files --- */

/* Adds records, and says what places they are of. */
typedef int record_source(struct pg_file *f, struct fasta *out, const struct places **places,
		struct err *err);

static int hap_records(
		struct pg_file *f, struct fasta *out, const struct places **places, struct err *err)
{
	int r = pangenome_hap_places(f->pangenome, f->folder.number, places, err);

	return r < 0 ? r
		     : fasta_add_hap(out, pangenome_graph(f->pangenome),
				       pangenome_catalog(f->pangenome), f->folder.number, *places,
				       err);
}

static int ref_records(
		struct pg_file *f, struct fasta *out, const struct places **places, struct err *err)
{
	int r = pangenome_contig_places(f->pangenome, f->folder.number, places, err);
	uint64_t low;
	uint64_t high;

	if (r < 0)
		return r;
	pangenome_interval(f->pangenome, &f->folder, &low, &high);
	return fasta_add_fragments(out, pangenome_graph(f->pangenome),
			pangenome_catalog(f->pangenome), f->folder.number, *places, low, high, err);
}

static int padded_records(
		struct pg_file *f, struct fasta *out, const struct places **places, struct err *err)
{
	int r = pangenome_contig_places(f->pangenome, f->folder.number, places, err);

	out->plain = true;
	return r < 0 ? r
		     : fasta_add_padded(out, pangenome_graph(f->pangenome),
				       pangenome_catalog(f->pangenome), f->folder.number, *places,
				       err);
}

static int span_records(
		struct pg_file *f, struct fasta *out, const struct places **places, struct err *err)
{
	*places = &f->slice->layout->places;
	return fasta_add_spans(out, f->slice, pangenome_options(f->pangenome)->gap_bp, err);
}

static int distinct_records(
		struct pg_file *f, struct fasta *out, const struct places **places, struct err *err)
{
	CLEANUP(fasta_done) struct fasta spans = { 0 };
	int r = span_records(f, &spans, places, err);

	if (r == 0)
		r = fasta_finish(&spans, err);
	return r < 0 ? r
		     : fasta_add_distinct(out, &spans, pangenome_graph(f->pangenome), *places, err);
}

/* --- files --- */

static int make(struct pg_file *f, record_source *source, struct err *err)
{
	CLEANUP(donep) struct fasta_file *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return err_set(err, -ENOMEM, "out of memory");
	r = source(f, &m->fasta, &m->places, err);
	if (r == 0)
		r = fasta_finish(&m->fasta, err);
	if (r < 0)
		return r;
	f->made_bytes = sizeof(*m) + fasta_bytes(&m->fasta);
	f->size = m->fasta.size;
	f->made = m;
	m = NULL;
	return 0;
}

int fasta_hap_make(struct pg_file *f, struct err *err)
{
	return make(f, hap_records, err);
}

int fasta_ref_make(struct pg_file *f, struct err *err)
{
	return make(f, ref_records, err);
}

int fasta_padded_make(struct pg_file *f, struct err *err)
{
	return make(f, padded_records, err);
}

int fasta_spans_make(struct pg_file *f, struct err *err)
{
	return make(f, span_records, err);
}

int fasta_distinct_make(struct pg_file *f, struct err *err)
{
	return make(f, distinct_records, err);
}

int fasta_file_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err)
{
	const struct fasta_file *m = f->made;

	return fasta_read(&m->fasta, pangenome_graph(f->pangenome), m->places, buf, len, off, err);
}

int fasta_index_write(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct fasta_file *m = ((const struct pg_file *)of)->made;
	uint64_t n = fasta_n_records(&m->fasta);
	uint64_t end = n - state->v[0] < INDEX_LINES ? n : state->v[0] + INDEX_LINES;

	(void)err;
	if (state->v[0] == n)
		return 0;
	for (; state->v[0] < end && !text_full(out); state->v[0]++)
		fasta_fai_line(&m->fasta, state->v[0], out);
	return 1;
}
