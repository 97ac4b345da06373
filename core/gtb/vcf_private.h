/* SPDX-License-Identifier: MIT */
/* What the parts of showing GTB as VCF share. */
#ifndef GENOFS_GTB_VCF_PRIVATE_H
#define GENOFS_GTB_VCF_PRIVATE_H

#include "core/base/names.h"
#include "core/gtb/vcf.h"

/* What is counted of the genotypes, in the order in which INFO has it. */
enum count { COUNT_AC, COUNT_AN, COUNT_AF, N_COUNTS };

/* Where a field is shown. */
enum place { PLACE_ID, PLACE_QUAL, PLACE_FILTER, PLACE_INFO, PLACE_KEY, PLACE_NONE, N_PLACES };

struct gtb_vcf {
	const struct gtb *g;
	bool *contigs;              /* of the list, whether it occurs; owned */
	enum place *places;         /* of each field; owned */
	struct gtb_text *keys;      /* of each field in INFO, its key; in names; owned */
	struct names *names;        /* keys of INFO that are taken; owned */
	uint32_t column[PLACE_KEY]; /* of each column its field; UINT32_MAX: none */
	bool counts[N_COUNTS];      /* shown */
	bool has_keys;              /* fields in INFO */
	uint32_t n_unknown;
};

struct count_key {
	const char *id;
	const char *number;
	const char *type;
	const char *description;
};
extern const struct count_key count_keys[N_COUNTS];

/*
 * Columns of a record as text, appended to @out. Return: 0, or what reading the record may return.
 *
 * vcf_put_names(): PLACE_ID or PLACE_FILTER: a list's items joined by ';', or one text as it is;
 * "." for none. vcf_put_info(): INFO as stored; nothing for none. vcf_put_keys(): KEY=VALUE of each
 * other field, behind a ';' where @out is longer than @start.
 */
int vcf_put_names(const struct gtb_vcf *v, enum place place, struct gtb_reader *r, uint64_t record,
		struct buf *out, struct err *err);
int vcf_put_qual(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, struct buf *out,
		struct err *err);
int vcf_put_info(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, struct buf *out,
		struct err *err);
int vcf_put_keys(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, size_t start,
		struct buf *out, struct err *err);
void vcf_begin_part(struct buf *out, size_t start);
/* Whether KEY or KEY=... is one of the parts, separated by ';', of the text. */
bool vcf_has_key(struct gtb_text info, const char *key);
/* Whether a count stands in INFO, of a record that has @n_alleles, where @info is stored. */
static inline bool vcf_shows_count(
		const struct gtb_vcf *v, enum count c, uint32_t n_alleles, struct gtb_text info)
{
	/* There is no AC, nor AF, of no ALT. */
	return v->counts[c] && (c == COUNT_AN || n_alleles > 1) &&
	       !(info.len && vcf_has_key(info, count_keys[c].id));
}

/* The header's last line, with the samples where @samples. */
void vcf_put_chrom_line(const struct gtb *g, bool samples, struct buf *out);

/* An attribute of a header line's <ID=...,...>: empty where it does not have it. */
struct gtb_text meta_attribute(struct gtb_text value, const char *name);
/* The count that the meta declares in INFO; N_COUNTS: none. */
enum count meta_count(struct gtb_meta m);
bool meta_declares_as(struct gtb_text value, const char *number, const char *type);

/* As INFO declares a field of that type. */
const char *value_number(const struct gtb_type *type);
const char *value_type(const struct gtb_type *type);
/*
 * A value's items joined by @separator, appended to @out, with controls and @reserved characters in
 * percent encoding (VCFv4.3 1.2). Return: how many there were that are not empty.
 */
uint64_t value_put(struct gtb_value *v, char separator, const char *reserved, struct buf *out);
void text_put_encoded(struct gtb_text t, const char *reserved, struct buf *out);

#endif
