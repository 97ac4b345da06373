/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls_text.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"

/* A record on its way out. */
struct record {
	const struct call_ground *ground;
	const struct call_sites *sites;
	uint32_t number; /* of the site */
	const struct call_site *site;
	struct text_out *o;
	struct buf scratch;
	/* Of its values: */
	uint64_t *counts; /* of each allele; owned */
	uint64_t n_called;
	uint64_t n_samples; /* with a value at least */
};

static void record_done(struct record *r)
{
	buf_done(&r->scratch);
	free(r->counts);
}

static void put(struct text_out *o, const char *s)
{
	text_bytes(o, s, strlen(s));
}

static void put_node(struct text_out *o, uint64_t node)
{
	text_char(o, node_is_reverse(node) ? '<' : '>');
	text_i64(o, (int64_t)node_id(node));
}

static const struct catalog_contig *contig_of(const struct call_ground *c)
{
	return &c->catalog->contigs[c->layout->contigs[c->contig].contig];
}

static bool has_columns(const struct call_ground *c)
{
	return c->catalog->n_samples > 1;
}

void call_put_header(const struct call_ground *c, struct text_out *o)
{
	const struct name contig = contig_of(c)->name;
	const struct name reference = c->catalog->samples[c->sample].name;

	put(o, "##fileformat=VCFv4.2\n##source=genofs\n##reference=");
	text_bytes(o, reference.s, reference.len);
	put(o, "\n##contig=<ID=");
	text_bytes(o, contig.s, contig.len);
	put(o, ",length=");
	text_i64(o, (int64_t)c->layout->contigs[c->contig].end);
	put(o, ">\n"
	       "##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Haplotypes with each ALT "
	       "allele\">\n"
	       "##INFO=<ID=AF,Number=A,Type=Float,Description=\"Share of the haplotypes that span "
	       "the site\">\n"
	       "##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Haplotypes that span the "
	       "site\">\n"
	       "##INFO=<ID=NS,Number=1,Type=Integer,Description=\"Samples with such a "
	       "haplotype\">\n"
	       "##INFO=<ID=AT,Number=R,Type=String,Description=\"Walk of each allele through the "
	       "graph\">\n"
	       "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Allele of each haplotype\">\n"
	       "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO");
	if (has_columns(c))
		put(o, "\tFORMAT");
	for (uint32_t i = 0; i < c->catalog->n_samples; i++) {
		const struct name name = c->catalog->samples[i].name;

		if (i == c->sample)
			continue;
		text_char(o, '\t');
		text_bytes(o, name.s, name.len);
	}
	text_char(o, '\n');
}

static const struct call_walk *allele_walk(const struct record *r, uint32_t allele)
{
	return &r->sites->alleles[r->site->first_allele + allele];
}

/* Its bases, the last one of a before them, without what is cut off. */
static int put_allele(struct record *r, uint32_t allele)
{
	const struct call_site *s = r->site;
	struct text_out *o = r->o;
	uint64_t from = s->prefix;
	uint64_t end;
	int e = call_walk_bases(r->ground->graph, allele_walk(r, allele), &r->scratch);

	if (e < 0)
		return e;
	end = r->scratch.len - s->suffix;
	if (!from) {
		char base = 'N';

		graph_write_sequence(
				r->ground->graph, s->a.node, s->a.end - s->a.pos - 1, 1, &base);
		text_char(o, call_letter(base));
		from = 1;
	}
	for (uint64_t i = from - 1; i < end; i++)
		r->scratch.data[i] = (uint8_t)call_letter((char)r->scratch.data[i]);
	text_bytes(o, r->scratch.data + from - 1, end - (from - 1));
	return 0;
}

static int put_walk(struct record *r, uint32_t allele)
{
	const uint64_t *nodes;
	int e = call_walk_nodes(r->ground->graph, allele_walk(r, allele), &r->scratch);

	if (e < 0)
		return e;
	nodes = (const uint64_t *)r->scratch.data;
	put_node(r->o, r->site->a.node);
	for (uint64_t i = 0; i < r->scratch.len / sizeof(*nodes); i++)
		put_node(r->o, nodes[i]);
	put_node(r->o, r->site->b.node);
	return 0;
}

static uint64_t value_of(const struct record *r, uint32_t hap)
{
	return int_array_get(
			&r->sites->values, (uint64_t)r->number * r->ground->catalog->n_haps + hap);
}

static int count(struct record *r)
{
	const struct catalog *c = r->ground->catalog;

	r->counts = calloc(r->site->n_alleles + 1u, sizeof(*r->counts));
	if (!r->counts)
		return -ENOMEM;
	for (uint32_t i = 0; i < c->n_samples; i++) {
		uint64_t before = r->n_called;

		for (uint32_t k = 0; k < c->samples[i].n_haps; k++) {
			uint64_t value = value_of(r, c->samples[i].first_hap + k);

			if (!value)
				continue;
			r->counts[value - 1]++;
			r->n_called++;
		}
		r->n_samples += r->n_called > before;
	}
	return 0;
}

static int put_info(struct record *r)
{
	struct text_out *o = r->o;
	uint32_t n = r->site->n_alleles;
	int e = count(r);

	if (e < 0)
		return e;
	for (uint32_t i = 1; i < n; i++) {
		put(o, i == 1 ? "AC=" : ",");
		text_i64(o, (int64_t)r->counts[i]);
	}
	for (uint32_t i = 1; i < n; i++) {
		put(o, i == 1 ? ";AF=" : ",");
		if (!r->n_called) {
			put(o, ".");
			continue;
		}
		text_need(o, FLOAT_TEXT_MAX);
		o->at = float_text(o->at, (float)((double)r->counts[i] / (double)r->n_called));
	}
	put(o, ";AN=");
	text_i64(o, (int64_t)r->n_called);
	put(o, ";NS=");
	text_i64(o, (int64_t)r->n_samples);
	for (uint32_t i = 0; e == 0 && i < n; i++) {
		put(o, i == 0 ? ";AT=" : ",");
		e = put_walk(r, i);
	}
	return e;
}

static void put_values(const struct record *r)
{
	const struct catalog *c = r->ground->catalog;
	struct text_out *o = r->o;

	put(o, "\tGT");
	for (uint32_t i = 0; i < c->n_samples; i++) {
		if (i == r->ground->sample)
			continue;
		for (uint32_t k = 0; k < c->samples[i].n_haps; k++) {
			uint64_t value = value_of(r, c->samples[i].first_hap + k);

			text_char(o, k ? '|' : '\t');
			if (value)
				text_i64(o, (int64_t)(value - 1));
			else
				text_char(o, '.');
		}
	}
	text_char(o, '\n');
}

int call_put_record(const struct call_ground *c, const struct call_sites *s, uint32_t i,
		struct text_out *o)
{
	const struct name contig = contig_of(c)->name;
	CLEANUP(record_done)
	struct record r = { .ground = c, .sites = s, .number = s->order[i], .o = o };
	int e = 0;

	r.site = &s->sites[r.number];
	text_bytes(o, contig.s, contig.len);
	text_char(o, '\t');
	text_i64(o, (int64_t)call_site_pos(r.site) + 1);
	text_char(o, '\t');
	put_node(o, r.site->a.node);
	put_node(o, r.site->b.node);
	for (uint32_t k = 0; e == 0 && k < r.site->n_alleles; k++) {
		text_char(o, k < 2 ? '\t' : ',');
		e = put_allele(&r, k);
	}
	put(o, "\t.\t.\t");
	if (e == 0)
		e = put_info(&r);
	if (e == 0)
		put_values(&r);
	return e;
}
