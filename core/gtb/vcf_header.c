/* SPDX-License-Identifier: MIT */
/* What a GTB file shows as VCF, and its header. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/gtb/gtb_private.h"
#include "core/gtb/vcf_private.h"

const struct count_key count_keys[N_COUNTS] = {
	[COUNT_AC] = { "AC", "A", "Integer", "Allele count in genotypes" },
	[COUNT_AN] = { "AN", "1", "Integer", "Total number of alleles in called genotypes" },
	[COUNT_AF] = { "AF", "A", "Float", "Allele frequency" },
};

static const char gt_line[] = "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n";

/* Fields that have a column of their own, where their type allows it. */
static const struct {
	const char *group;
	const char *field;
	enum place place;
} column_fields[] = {
	{ "VCF", "ID", PLACE_ID },
	{ "ID", "ID", PLACE_ID }, /* of what was made from PLINK files */
	{ "VCF", "QUAL", PLACE_QUAL },
	{ "VCF", "FILTER", PLACE_FILTER },
	{ "VCF", "INFO", PLACE_INFO },
};

void gtb_vcf_free(struct gtb_vcf *v)
{
	if (!v)
		return;
	free(v->contigs);
	free(v->places);
	free(v->keys);
	names_free(v->names);
	free(v);
}

void gtb_vcf_freep(struct gtb_vcf **v)
{
	gtb_vcf_free(*v);
}

struct gtb_text meta_attribute(struct gtb_text value, const char *name)
{
	const char *at = value.s;
	const char *end = at + value.len;
	size_t len = strlen(name);

	if (at == end || *at != '<')
		return (struct gtb_text){ value.s, 0 };
	while (at < end) {
		const char *start = at + 1;
		bool quoted = false;

		for (at = start; at < end && (quoted || (*at != ',' && *at != '>')); at++)
			quoted ^= *at == '"' && at[-1] != '\\';
		if ((size_t)(at - start) > len && memcmp(start, name, len) == 0 &&
				start[len] == '=')
			return (struct gtb_text){ start + len + 1, (size_t)(at - start) - len - 1 };
	}
	return (struct gtb_text){ value.s, 0 };
}

enum count meta_count(struct gtb_meta m)
{
	unsigned i = 0;

	if (!gtb_text_is(m.key, "INFO"))
		return N_COUNTS;
	while (i < N_COUNTS && !gtb_text_is(meta_attribute(m.value, "ID"), count_keys[i].id))
		i++;
	return i;
}

bool meta_declares_as(struct gtb_text value, const char *number, const char *type)
{
	return gtb_text_is(meta_attribute(value, "Number"), number) &&
	       gtb_text_is(meta_attribute(value, "Type"), type);
}

/* Whether values of the type can stand in the column. */
static bool fits(enum place place, const struct gtb_type *type)
{
	switch (place) {
	case PLACE_QUAL:
		return type->shape == GTB_SCALAR &&
		       (type->kind == GTB_FLOAT || type->kind == GTB_INT);
	case PLACE_INFO:
		return type->shape == GTB_SCALAR && type->kind == GTB_TEXT;
	default:
		return type->shape != GTB_MAP && type->kind == GTB_TEXT;
	}
}

static enum place place_of(const struct gtb_vcf *v, const struct gtb_field *f)
{
	if (!f->type)
		return PLACE_NONE;
	for (size_t i = 0; i < sizeof(column_fields) / sizeof(column_fields[0]); i++) {
		enum place place = column_fields[i].place;

		if (gtb_text_is(f->group, column_fields[i].group) &&
				gtb_text_is(f->name, column_fields[i].field) &&
				fits(place, f->type) && v->column[place] == UINT32_MAX)
			return place;
	}
	return PLACE_KEY;
}

/* GROUP_FIELD in the characters that VCFv4.3 1.6.1 has for keys, and none that is taken. */
static int make_key(struct gtb_vcf *v, uint32_t field, const struct gtb_field *f)
{
	struct buf b = { 0 };
	uint32_t before = names_count(v->names);
	uint32_t number = 0;
	size_t len;
	int r;

	buf_printf(&b, "%.*s_%.*s", (int)f->group.len, f->group.s, (int)f->name.len, f->name.s);
	for (size_t i = 0; i < b.len; i++)
		if (!isalnum(b.data[i]) && b.data[i] != '.' && b.data[i] != '_')
			b.data[i] = '_';
	if (b.len && isdigit(b.data[0]))
		b.data[0] = '_';
	len = b.len;
	r = buf_failed(&b) ? -ENOMEM : names_intern(v->names, (const char *)b.data, b.len, &number);
	for (unsigned i = 2; r == 0 && number < before; i++) {
		b.len = len;
		buf_printf(&b, "_%u", i);
		r = buf_failed(&b) ? -ENOMEM
				   : names_intern(v->names, (const char *)b.data, b.len, &number);
	}
	buf_done(&b);
	if (r < 0)
		return r;
	v->keys[field] = (struct gtb_text){ names_get(v->names, number)->s,
		names_get(v->names, number)->len };
	return 0;
}

/* Keys that fields must not take: those of the header, and of what is counted. */
static int reserve_keys(struct gtb_vcf *v)
{
	uint32_t number;
	int r = names_new(&v->names);

	for (unsigned i = 0; r == 0 && i < N_COUNTS; i++)
		r = names_intern(v->names, count_keys[i].id, strlen(count_keys[i].id), &number);
	for (uint32_t i = 0; r == 0 && i < gtb_n_meta(v->g); i++) {
		struct gtb_meta m = gtb_meta(v->g, i);
		struct gtb_text id = meta_attribute(m.value, "ID");

		if (gtb_text_is(m.key, "INFO") && id.len)
			r = names_intern(v->names, id.s, id.len, &number);
	}
	return r;
}

static int place_fields(struct gtb_vcf *v)
{
	uint32_t n = gtb_n_fields(v->g);
	int r = reserve_keys(v);

	v->places = calloc(n + 1ull, sizeof(*v->places));
	v->keys = calloc(n + 1ull, sizeof(*v->keys));
	if (r < 0 || !v->places || !v->keys)
		return -ENOMEM;
	for (unsigned i = 0; i < PLACE_KEY; i++)
		v->column[i] = UINT32_MAX;
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		struct gtb_field f = gtb_field(v->g, i);

		v->places[i] = place_of(v, &f);
		v->n_unknown += v->places[i] == PLACE_NONE;
		if (v->places[i] < PLACE_KEY)
			v->column[v->places[i]] = i;
		if (v->places[i] == PLACE_KEY) {
			v->has_keys = true;
			r = make_key(v, i, &f);
		}
	}
	return r;
}

/*
 * Counts are shown beside an INFO that is stored only where the header declares them as we do, or
 * not at all: what is stored is under the header's declaration.
 */
static void settle_counts(struct gtb_vcf *v)
{
	for (unsigned i = 0; i < N_COUNTS; i++)
		v->counts[i] = gtb_n_samples(v->g) > 0;
	for (uint32_t i = 0; v->column[PLACE_INFO] < UINT32_MAX && i < gtb_n_meta(v->g); i++) {
		struct gtb_meta m = gtb_meta(v->g, i);
		enum count c = meta_count(m);

		if (c < N_COUNTS && !meta_declares_as(m.value, count_keys[c].number,
						    count_keys[c].type))
			v->counts[c] = false;
	}
}

static int find_contigs(struct gtb_vcf *v, struct gtb_reader *r, struct err *err)
{
	const struct gtb *g = v->g;
	uint64_t n = gtb_version(g) == 1 ? gtb_n_blocks(g) : gtb_n_records(g);

	v->contigs = calloc(gtb_n_contigs(g) + 1ull, sizeof(*v->contigs));
	if (!v->contigs)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint64_t i = 0; i < n; i++) {
		uint32_t contig;
		int ret;

		if (gtb_version(g) == 1) {
			v->contigs[gtb_block(g, (uint32_t)i).contig] = true;
			continue;
		}
		ret = gtb_read_contig(r, i, &contig, err);
		if (ret < 0)
			return ret;
		v->contigs[contig] = true;
	}
	return 0;
}

int gtb_vcf_new(const struct gtb *g, struct gtb_reader *r, struct gtb_vcf **out, struct err *err)
{
	CLEANUP(gtb_vcf_freep) struct gtb_vcf *v = calloc(1, sizeof(*v));
	int ret;

	if (!v)
		return err_set(err, -ENOMEM, "out of memory");
	v->g = g;
	if (place_fields(v) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	settle_counts(v);
	ret = find_contigs(v, r, err);
	if (ret < 0)
		return ret;
	*out = v;
	v = NULL;
	return 0;
}

bool gtb_vcf_has_contig(const struct gtb_vcf *v, uint32_t contig)
{
	return v->contigs[contig];
}

uint32_t gtb_vcf_n_unknown(const struct gtb_vcf *v)
{
	return v->n_unknown;
}

static void put(struct buf *out, const char *s)
{
	buf_put(out, s, strlen(s));
}

static void put_text(struct buf *out, struct gtb_text t)
{
	buf_put(out, t.s, t.len);
}

/* The version of VCF that the header says it is in. */
static void put_first_line(const struct gtb *g, struct buf *out)
{
	struct gtb_text version = { "VCFv4.2", strlen("VCFv4.2") };

	for (uint32_t i = 0; i < gtb_n_meta(g); i++) {
		struct gtb_meta m = gtb_meta(g, i);

		if (gtb_text_is(m.key, "fileformat") && m.value.len > 5 &&
				memcmp(m.value.s, "VCFv4", 5) == 0)
			version = m.value;
	}
	put(out, "##fileformat=");
	put_text(out, version);
	put(out, "\n");
}

static bool is_key(struct gtb_text key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.s[i] <= ' ' || key.s[i] == '=')
			return false;
	return key.len > 0;
}

/* Whether the line is kept, and not one of ours in its place. */
static bool is_kept(const struct gtb_vcf *v, struct gtb_meta m)
{
	enum count c = meta_count(m);

	if (!is_key(m.key) || gtb_text_is(m.key, "fileformat"))
		return false;
	if (gtb_text_is(m.key, "FORMAT") && gtb_text_is(meta_attribute(m.value, "ID"), "GT"))
		return meta_declares_as(m.value, "1", "String");
	return c == N_COUNTS || !v->counts[c] ||
	       meta_declares_as(m.value, count_keys[c].number, count_keys[c].type);
}

static void put_counts(const struct gtb_vcf *v, const bool *declared, struct buf *out)
{
	for (unsigned i = 0; i < N_COUNTS; i++)
		if (v->counts[i] && !declared[i])
			buf_printf(out, "##INFO=<ID=%s,Number=%s,Type=%s,Description=\"%s\">\n",
					count_keys[i].id, count_keys[i].number, count_keys[i].type,
					count_keys[i].description);
}

static void put_fields(const struct gtb_vcf *v, struct buf *out)
{
	for (uint32_t i = 0; i < gtb_n_fields(v->g); i++) {
		struct gtb_field f = gtb_field(v->g, i);

		if (v->places[i] != PLACE_KEY)
			continue;
		put(out, "##INFO=<ID=");
		put_text(out, v->keys[i]);
		buf_printf(out, ",Number=%s,Type=%s,Description=\"Field ", value_number(f.type),
				value_type(f.type));
		text_put_encoded(f.group, "\"\\", out);
		put(out, "::");
		text_put_encoded(f.name, "\"\\", out);
		buf_printf(out, " of type %s\">\n", f.type->name);
	}
}

static void put_contigs(const struct gtb_vcf *v, struct names *declared, struct buf *out)
{
	for (uint32_t i = 0; i < gtb_n_contigs(v->g); i++) {
		struct gtb_contig c = gtb_contig(v->g, i);
		uint32_t number;

		if (!v->contigs[i] || names_find(declared, c.name.s, c.name.len, &number) == 0)
			continue;
		put(out, "##contig=<ID=");
		put_text(out, c.name);
		if (c.length)
			buf_printf(out, ",length=%llu", (unsigned long long)c.length);
		put(out, ">\n");
	}
}

void vcf_put_chrom_line(const struct gtb *g, bool samples, struct buf *out)
{
	uint32_t n = samples ? gtb_n_samples(g) : 0;

	put(out, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO");
	if (n)
		put(out, "\tFORMAT");
	for (uint32_t i = 0; i < n; i++) {
		put(out, "\t");
		put_text(out, gtb_sample(g, i));
	}
	put(out, "\n");
}

void gtb_vcf_header(const struct gtb_vcf *v, struct buf *out)
{
	CLEANUP(names_freep) struct names *contigs = NULL;
	bool declared[N_COUNTS] = { false };
	bool has_gt = false;

	if (names_new(&contigs) < 0) {
		out->failed = true;
		return;
	}
	put_first_line(v->g, out);
	for (uint32_t i = 0; i < gtb_n_meta(v->g); i++) {
		struct gtb_meta m = gtb_meta(v->g, i);
		struct gtb_text id = meta_attribute(m.value, "ID");
		uint32_t number;

		if (!is_kept(v, m))
			continue;
		if (meta_count(m) < N_COUNTS)
			declared[meta_count(m)] = true;
		has_gt = has_gt || (gtb_text_is(m.key, "FORMAT") && gtb_text_is(id, "GT"));
		if (gtb_text_is(m.key, "contig") &&
				names_intern(contigs, id.s, id.len, &number) < 0)
			out->failed = true;
		put(out, "##");
		put_text(out, m.key);
		put(out, "=");
		put_text(out, m.value);
		put(out, "\n");
	}
	put_contigs(v, contigs, out);
	put_counts(v, declared, out);
	put_fields(v, out);
	if (!has_gt && gtb_n_samples(v->g))
		put(out, gt_line);
	vcf_put_chrom_line(v->g, true, out);
}
