/* SPDX-License-Identifier: MIT */
#include "core/import/measures.h"

#include <errno.h>

#include "core/codec/gt_cell.h"
#include "core/view/bcf.h"

void measures_begin(struct chunk_measures *m)
{
	memset(m->bytes, 0, sizeof(m->bytes));
	m->max_ploidy = 0;
	m->max_allele = 0;
	buf_clear(&m->index);
	index_builder_begin(&m->runs);
}

void measures_done(struct chunk_measures *m)
{
	buf_done(&m->index);
	index_builder_done(&m->runs);
}

/* The shape of the record's genotypes. */
static bool put_shape(struct chunk_measures *m, const struct vcf_text *v, const struct record *r)
{
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);

	for (uint32_t i = 0; i < r->n_fmt; i++) {
		struct record_field f;
		struct gt_cell cell;

		if (!record_field_next(&fmt, v->n_samples, &f))
			return false;
		if (f.type != RECORD_GT || f.key != v->gt_key)
			continue;
		if (!gt_cell_open(f.values, f.len, &cell))
			return false;
		m->max_ploidy = f.n > m->max_ploidy ? f.n : m->max_ploidy;
		m->max_allele = cell.n_alt > m->max_allele ? cell.n_alt : m->max_allele;
	}
	return true;
}

int measures_put(struct chunk_measures *m, const struct vcf_text *v, const struct record *r,
		const uint64_t lines[N_LINE_VIEWS])
{
	uint64_t indexed[N_INDEX_FILES];
	struct bcf_size bcf;
	int status = bcf_record_size(v, r, &bcf);

	if (status < 0 || !put_shape(m, v, r))
		return -EBADMSG;
	for (unsigned i = 0; i < N_LINE_VIEWS; i++)
		m->bytes[i] += lines[i];
	indexed[INDEX_CALLS] = lines[STORE_VIEW_CALLS];
	indexed[INDEX_BCF] = BCF_LENGTHS + bcf.shared + bcf.indiv + bcf.per_sample * v->n_samples;
	m->bytes[STORE_VIEW_BCF] += indexed[INDEX_BCF];
	m->bytes[STORE_VIEW_BCF_SAMPLE] += bcf.per_sample;
	index_builder_add(&m->runs, r->pos, r->rlen, indexed);
	return 0;
}

int measures_end(struct chunk_measures *m)
{
	index_builder_end(&m->runs, &m->index);
	return buf_failed(&m->index) ? -ENOMEM : 0;
}
