/* SPDX-License-Identifier: MIT */
#include "core/gtb/gtb_chunks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/gtb/gtb_private.h"
#include "core/gtb/vcf_private.h"

enum {
	/* As import cuts them. */
	RECORDS = 8192,
	RECORDS_WIDE = 4096,
	WIDE = 1000, /* samples */
	/* Of many samples fewer, so that the genotypes of a block take no more. */
	CALL_BYTES = 32 << 20,
	RECORDS_MIN = 64,
	SITE_BYTES = 128, /* of a record with short alleles */
	FIELD_BYTES = 16, /* and for each other field that version 2 has */
	TEXT_GROWS = 4    /* times, from what it stores of them: "%" becomes three characters */
};

/* Tables that grow, and what is being gone through. */
struct cutting {
	const struct gtb_records *rs;
	const struct gtb *g;
	struct gtb_chunks *out;
	uint32_t cap; /* chunks there is room for */
	size_t memory;
	uint32_t most;  /* records of a chunk */
	uint32_t *seen; /* of each contig of the file its number in the tables and one; owned */
	/* Of version 2: of each other field that is shown, its column; and together. */
	struct column_size *columns; /* owned */
	uint64_t column_bytes;
	uint64_t n_shown;
	uint64_t columns_end; /* record, where the first of them ends */
};

/* Some records of one contig. */
struct run {
	uint64_t first;
	uint32_t n;
	uint32_t gtb_contig;
	int64_t start;
	int64_t end;
	uint32_t width; /* of allele numbers */
	uint64_t site_bytes;
	uint64_t call_bytes;
};

void gtb_chunks_done(struct gtb_chunks *c)
{
	free(c->chunks);
	free(c->infos);
	free(c->contigs);
	*c = (struct gtb_chunks){ 0 };
}

static int unsorted(const struct gtb *g, const char *what, uint64_t record, struct err *err)
{
	if (record == UINT64_MAX)
		err_set(err, -EINVAL,
				"%s: %s overlap, so its records are not in the order of "
				"positions",
				g->pathname, what);
	else
		err_set(err, -EINVAL, "%s: record %llu is not in the order of positions",
				g->pathname, (unsigned long long)record + 1);
	return err_cure(err, -EINVAL, "genofs import FILE.gtb -o FILE.gst sorts them");
}

/* Bytes of the genotypes of a record, in a block, at most. */
static uint64_t call_bytes(uint32_t n_samples, uint32_t n_alleles)
{
	/* A row for each ALT and one for missing ones: bits, or lists, of all slots at most. */
	uint64_t bits = (n_samples / 4 + 6ull) * n_alleles;
	uint64_t lists = 8ull * n_samples + 5ull * n_alleles;

	return (bits < lists ? bits : lists) + 32;
}

static uint64_t site_bytes(uint64_t allele_bytes, uint32_t n_alleles)
{
	return SITE_BYTES + allele_bytes + 12ull * n_alleles;
}

static int grow(struct cutting *c, struct err *err)
{
	struct gtb_chunks *out = c->out;
	uint32_t cap = c->cap ? 2 * c->cap : 64;
	struct gtb_chunk *chunks;
	struct chunk_info *infos;

	if (cap > UINT32_MAX / 2 || cap > c->memory / (sizeof(*chunks) + sizeof(*infos)))
		return err_set(err, -EOVERFLOW,
				"%s: tables of more than %u chunks do not fit the memory; give "
				"more %s",
				c->g->pathname, c->cap, c->g->room.option);
	chunks = realloc(out->chunks, cap * sizeof(*chunks));
	if (!chunks)
		return err_set(err, -ENOMEM, "out of memory");
	out->chunks = chunks;
	infos = realloc(out->infos, cap * sizeof(*infos));
	if (!infos)
		return err_set(err, -ENOMEM, "out of memory");
	out->infos = infos;
	c->cap = cap;
	return 0;
}

/* The contig that the next chunk is of. Return: false where its chunks ended before. */
static bool enter_contig(struct cutting *c, uint32_t in_file, uint32_t *contig)
{
	struct gtb_chunks *out = c->out;
	struct gtb_text name = gtb_contig(c->g, in_file).name;

	if (c->seen[in_file]) {
		*contig = c->seen[in_file] - 1;
		return *contig + 1 == out->n_contigs;
	}
	*contig = out->n_contigs++;
	c->seen[in_file] = out->n_contigs;
	out->contigs[*contig] = (struct contig_info){
		.name = { name.s, name.len }, .first_chunk = out->n, .shape = { .width = 1 }
	};
	return true;
}

static int add_chunk(struct cutting *c, const struct run *run, struct err *err)
{
	struct gtb_chunks *out = c->out;
	struct gt_shape shape = { gtb_n_samples(c->g) ? 2 : 0, run->width };
	struct contig_info *contig;
	uint32_t number;
	int r = out->n == c->cap ? grow(c, err) : 0;

	if (r < 0)
		return r;
	if (!enter_contig(c, run->gtb_contig, &number))
		return unsorted(c->g, "contigs", run->first, err);
	out->chunks[out->n] = (struct gtb_chunk){ .first = run->first,
		.n = run->n,
		.contig = number,
		.gtb_contig = run->gtb_contig,
		.end = run->end,
		.site_bytes = run->site_bytes,
		.call_bytes = run->call_bytes };
	out->infos[out->n] = (struct chunk_info){
		.n_records = run->n, .start = run->start, .end = run->end, .shape = shape
	};
	contig = &out->contigs[number];
	contig->n_chunks++;
	contig->n_records += run->n;
	contig->end = contig->end > run->end ? contig->end : run->end;
	contig->shape = gt_shape_join(contig->shape, shape);
	out->n++;
	return 0;
}

/* ---- version 1: blocks together, or cut ---- */

static void take_block(const struct cutting *c, struct run *run, const struct gtb_block *b,
		uint32_t n_multiallelic)
{
	uint32_t n_samples = gtb_n_samples(c->g);
	uint32_t n_multi = n_multiallelic < b->n ? n_multiallelic : b->n;
	int64_t end = b->end + GTB_REF_MAX;

	if (!run->n)
		*run = (struct run){
			.first = b->first, .gtb_contig = b->contig, .start = b->start, .width = 1
		};
	run->end = end > run->end ? end : run->end;
	run->n += b->n;
	run->site_bytes += b->n * site_bytes(0, 4);
	run->call_bytes += (b->n - n_multi) * call_bytes(n_samples, 2) +
			   n_multi * call_bytes(n_samples, 15);
}

/* A block of more records than a chunk may have, in parts as large as each other. */
static int cut_block(struct cutting *c, const struct gtb_block *b, uint32_t n_multiallelic,
		struct err *err)
{
	uint32_t n_parts = (b->n - 1) / c->most + 1;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < n_parts; i++) {
		struct gtb_block part = *b;
		uint32_t from = (uint32_t)((uint64_t)b->n * i / n_parts);
		struct run run = { 0 };

		part.first += from;
		part.n = (uint32_t)((uint64_t)b->n * (i + 1) / n_parts) - from;
		take_block(c, &run, &part, n_multiallelic);
		r = add_chunk(c, &run, err);
	}
	return r;
}

static int cut_blocks(struct cutting *c, struct err *err)
{
	struct run run = { 0 };
	int r = 0;

	if (gtb_overlaps(c->g))
		return unsorted(c->g, "its blocks", UINT64_MAX, err);
	for (uint32_t i = 0; r == 0 && i < gtb_n_blocks(c->g); i++) {
		struct gtb_block b = gtb_block(c->g, i);
		uint32_t n_multiallelic = c->g->blocks[i].n_multiallelic;

		if (run.n && (run.gtb_contig != b.contig || b.n > c->most - run.n)) {
			r = add_chunk(c, &run, err);
			run = (struct run){ 0 };
		}
		if (r == 0 && b.n > c->most)
			r = cut_block(c, &b, n_multiallelic, err);
		else if (r == 0)
			take_block(c, &run, &b, n_multiallelic);
	}
	return r == 0 && run.n ? add_chunk(c, &run, err) : r;
}

/* ---- version 2: record by record ---- */

/* Columns of other fields at @record, of which some begin anew; added to @run, which has it. */
static int take_columns(struct cutting *c, struct gtb_reader *r, uint64_t record, struct run *run,
		struct err *err)
{
	const struct gtb_vcf *v = c->rs->vcf;
	int ret = 0;

	c->columns_end = UINT64_MAX;
	c->n_shown = gtb_n_fields(c->g) - v->n_unknown;
	for (uint32_t i = 0; ret == 0 && i < gtb_n_fields(c->g); i++) {
		struct column_size *column = &c->columns[i];

		if (v->places[i] == PLACE_NONE)
			continue;
		if (column->end <= record) {
			c->column_bytes -= column->bytes;
			ret = v2_column_size(r, i, record, column, err);
			c->column_bytes += column->bytes;
			run->site_bytes += TEXT_GROWS * column->bytes;
		}
		c->columns_end = column->end < c->columns_end ? column->end : c->columns_end;
	}
	return ret < 0 ? err_prefix(err, ret, "%s", c->g->pathname) : 0;
}

static void take_record(const struct cutting *c, struct run *run, uint64_t record,
		const struct gtb_site *site, int64_t rlen)
{
	int64_t end = site->pos + rlen;

	if (!run->n)
		*run = (struct run){ .first = record,
			.gtb_contig = site->contig,
			.start = site->pos,
			.width = 1,
			.site_bytes = TEXT_GROWS * c->column_bytes };
	run->n++;
	run->end = end > run->end ? end : run->end;
	if (site->n_alleles > INT8_MAX + 1)
		run->width = 2;
	run->site_bytes += site_bytes(site->ref.len + site->alts.len, site->n_alleles) +
			   c->n_shown * FIELD_BYTES;
	run->call_bytes += call_bytes(gtb_n_samples(c->g), site->n_alleles);
}

static int cut_records(
		struct cutting *c, struct record_maker *m, struct gtb_reader *r, struct err *err)
{
	struct run run = { 0 };
	int64_t last = 0;
	int ret = 0;

	for (uint64_t i = 0; ret == 0 && i < gtb_n_records(c->g); i++) {
		struct gtb_site site;
		int64_t rlen = 0;

		ret = gtb_read_site(r, i, &site, err);
		if (ret == 0)
			ret = record_maker_rlen(m, i, &site, &rlen, err);
		if (ret < 0)
			break;
		if (i && run.n && run.gtb_contig == site.contig && site.pos < last)
			return unsorted(c->g, NULL, i, err);
		if (run.n && (run.gtb_contig != site.contig || run.n == c->most)) {
			ret = add_chunk(c, &run, err);
			run = (struct run){ 0 };
		}
		if (ret == 0) {
			take_record(c, &run, i, &site, rlen);
			last = site.pos;
		}
		if (ret == 0 && i >= c->columns_end)
			ret = take_columns(c, r, i, &run, err);
	}
	return ret == 0 && run.n ? add_chunk(c, &run, err) : ret;
}

static uint32_t records_a_chunk(uint32_t n_samples)
{
	uint32_t most = n_samples < WIDE ? RECORDS : RECORDS_WIDE;
	uint64_t fit = CALL_BYTES / call_bytes(n_samples, 2);

	if (fit < RECORDS_MIN)
		return RECORDS_MIN;
	return fit < most ? (uint32_t)fit : most;
}

int gtb_chunks_make(const struct gtb_records *rs, struct record_maker *m, struct gtb_reader *r,
		size_t memory, struct gtb_chunks *out, struct err *err)
{
	const struct gtb *g = rs->vcf->g;
	struct cutting c = { .rs = rs,
		.g = g,
		.out = out,
		.memory = memory,
		.most = records_a_chunk(gtb_n_samples(g)) };
	int ret = -ENOMEM;

	c.seen = calloc(gtb_n_contigs(g) + 1ull, sizeof(*c.seen));
	c.columns = calloc(gtb_n_fields(g) + 1ull, sizeof(*c.columns));
	out->contigs = calloc(gtb_n_contigs(g) + 1ull, sizeof(*out->contigs));
	if (c.seen && c.columns && out->contigs)
		ret = gtb_version(g) == 1 ? cut_blocks(&c, err) : cut_records(&c, m, r, err);
	else
		err_set(err, ret, "out of memory");
	free(c.seen);
	free(c.columns);
	return ret;
}
