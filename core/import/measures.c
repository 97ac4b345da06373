/* SPDX-License-Identifier: MIT */
#include "core/import/measures.h"

#include <errno.h>
#include <stdlib.h>

#include <libdeflate.h>

#include "core/codec/deflate_runs.h"
#include "core/codec/gt_cell.h"
#include "core/view/bcf.h"
#include "core/view/bgen.h"
#include "core/view/bgzf.h"
#include "core/view/pgen_record.h"
#include "core/view/plink.h"

/* Records of BCF on their way to a BGZF block. */
struct bcf_pack {
	size_t len;
	uint8_t bytes[DEFLATE_RUNS_MAX];
	uint8_t packed[DEFLATE_RUNS_ROOM];
};

static void end_block(struct chunk_measures *m)
{
	const struct bcf_pack *pack = m->pack;
	uint64_t size = deflate_runs(pack->bytes, pack->len, m->pack->packed) + BGZF_FRAME;

	buf_put_u16(&m->bcf_blocks, (uint16_t)(size - 1));
	buf_put_u32(&m->bcf_blocks, libdeflate_crc32(0, pack->bytes, pack->len));
	m->bytes[STORE_VIEW_BCF_PACKED] += size;
	m->bytes[STORE_VIEW_BCF_BLOCKS]++;
	m->pack->len = 0;
}

static void pack_bytes(void *arg, const char *p, size_t n)
{
	struct chunk_measures *m = arg;
	struct bcf_pack *pack = m->pack;

	while (n) {
		size_t left = sizeof(pack->bytes) - pack->len;
		size_t part = n < left ? n : left;

		memcpy(pack->bytes + pack->len, p, part);
		pack->len += part;
		p += part;
		n -= part;
		if (pack->len == sizeof(pack->bytes))
			end_block(m);
	}
}

static int pack_record(struct chunk_measures *m, const struct vcf_text *v, const struct record *r,
		uint64_t len, struct view_scratch *scratch)
{
	struct text_out o;
	int status;

	text_out_sink(&o, scratch->text, pack_bytes, m);
	status = bcf_rows.put(v, r, len, scratch, &o);
	text_flush(&o);
	if (status < 0)
		return status;
	return o.total == len ? 0 : -EBADMSG;
}

void measures_begin(struct chunk_measures *m)
{
	memset(m->bytes, 0, sizeof(m->bytes));
	m->shape = (struct gt_shape){ .width = 1 };
	buf_clear(&m->index);
	buf_clear(&m->bcf_blocks);
	if (m->pack)
		m->pack->len = 0;
	index_builder_begin(&m->runs);
}

void measures_done(struct chunk_measures *m)
{
	buf_done(&m->index);
	buf_done(&m->bcf_blocks);
	free(m->pack);
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
		m->shape = gt_shape_join(m->shape,
				(struct gt_shape){ f.n, cell.n_alt > INT8_MAX ? 2u : 1u });
	}
	return true;
}

/* Bytes of the first seven columns and a newline. */
static uint64_t fixed_columns(const struct record_lines *lines)
{
	const char *p = lines->text;

	for (unsigned i = 0; i < 7; i++) {
		p = memchr(p, '\t', (size_t)(lines->text + lines->bytes[STORE_VIEW_SITES] - p));
		if (!p)
			return 0;
		p++;
	}
	return (uint64_t)(p - lines->text);
}

int measures_put(struct chunk_measures *m, const struct vcf_text *v, const struct record *r,
		const struct record_lines *lines)
{
	uint64_t indexed[N_INDEX_FILES];
	struct bcf_size bcf;
	struct pgen_record pgen = { 0 };
	struct view_scratch *scratch = view_scratch();
	uint64_t bgen = 0;
	uint64_t bim;
	int status = bcf_record_size(v, r, &bcf);

	if (!m->pack)
		m->pack = calloc(1, sizeof(*m->pack));
	if (!scratch || !m->pack)
		return -ENOMEM;
	if (status == 0 && v->n_samples)
		status = pgen_record_measure(v, r, scratch, &pgen);
	if (status == 0 && v->n_samples)
		status = bgen_record_length(v, r, scratch, &bgen);

	if (status < 0)
		return status;
	if (!put_shape(m, v, r) || !plink_bim_length(v, r, &bim))
		return -EBADMSG;
	for (unsigned i = 0; i < N_LINE_VIEWS; i++)
		m->bytes[i] += lines->bytes[i];
	indexed[INDEX_CALLS] = lines->bytes[STORE_VIEW_CALLS];
	indexed[INDEX_BCF] = BCF_LENGTHS + bcf.shared + bcf.indiv + bcf.per_sample * v->n_samples;
	status = pack_record(m, v, r, indexed[INDEX_BCF], scratch);
	if (status < 0)
		return status;
	m->bytes[STORE_VIEW_BCF] += indexed[INDEX_BCF];
	m->bytes[STORE_VIEW_BCF_SAMPLE] += bcf.per_sample;
	m->bytes[STORE_VIEW_SITES_TSV] += fixed_columns(lines);
	m->bytes[STORE_VIEW_BIM] += bim;
	m->bytes[STORE_VIEW_BIALLELIC] += r->n_allele <= 2;
	m->bytes[STORE_VIEW_PVAR] += lines->bytes[STORE_VIEW_SITES] - v->contig.len +
				     plink_chromosome(v->contig).len;
	m->bytes[STORE_VIEW_RECORDS]++;
	m->bytes[STORE_VIEW_PGEN] += pgen.len;
	m->bytes[STORE_VIEW_BGEN] += bgen;
	m->bytes[STORE_VIEW_BGEN_VARIANTS] += bgen > 0;
	index_builder_add(&m->runs, r->pos, r->rlen, indexed);
	return 0;
}

int measures_end(struct chunk_measures *m)
{
	if (m->pack && m->pack->len)
		end_block(m);
	index_builder_end(&m->runs, &m->index);
	return buf_failed(&m->index) || buf_failed(&m->bcf_blocks) ? -ENOMEM : 0;
}
