/* SPDX-License-Identifier: MIT */
/*
 * The texts of a chunk's sites: IDs as prefixes and numbers, alleles by their number in a list of
 * those that many records have. One thread at a time; zero-initialised.
 */
#ifndef GENOFS_IMPORT_SITE_MODEL_H
#define GENOFS_IMPORT_SITE_MODEL_H

#include "core/base/names.h"
#include "core/import/column_build.h"
#include "core/record/record.h"

/* One record's. */
struct site_text {
	const uint8_t *id; /* borrowed of the record, as the alleles */
	size_t id_len;
	const uint8_t *alleles; /* as bytes each */
	size_t alleles_len;
	uint32_t n_allele;
	uint32_t form; /* number of them, before they are chosen from; or UINT32_MAX */
	uint32_t number;
	uint32_t set; /* as form */
};

/* Texts that are counted, and the most common of them. */
struct text_counts {
	struct names *names; /* owned */
	struct buf counts;   /* u32s */
	struct buf codes;    /* u32s: number in the list + 1; 0: not in it */
	struct buf order;    /* u32s: the texts of the list */
	uint32_t n_codes;
};

struct site_model {
	struct buf texts; /* struct site_text, one a record */
	struct text_counts forms;
	struct text_counts sets;
	struct buf key; /* scratch */
};

void site_model_done(struct site_model *m);
int site_model_begin(struct site_model *m); /* 0 or -ENOMEM */

/**
 * site_model_put() - take a record's ID and alleles
 * @site: at the record's site bytes; moved past its alleles. The bytes stay till site_model_end()
 * @ref_len, @text_len: bytes of REF; of ID and alleles, without what lies between them
 *
 * Return: 0; -ENOMEM; -EBADMSG where they are no texts.
 */
int site_model_put(struct site_model *m, const struct record *r, struct cursor *site,
		uint64_t *ref_len, uint64_t *text_len);

/* Append to @streams (by kind) and to the site columns. Return: 0 or -ENOMEM. */
int site_model_end(struct site_model *m, struct buf *streams, struct column *columns);

/* Append a value to a site column of integers. */
void site_column_put(struct column *c, int32_t value);

#endif
