/* SPDX-License-Identifier: MIT */
/*
 * A row of genotypes, as each of the ways of storing it has it, to codes, and codes to alleles.
 * Pure but for the scratch, which is one thread's.
 */
#ifndef GENOFS_GTB_CALLS_H
#define GENOFS_GTB_CALLS_H

#include "core/gtb/gtb.h"

/* How a row is stored, as version 2 numbers them; version 1 has packed rows and bytes. */
enum row_kind { ROW_SPARSE, ROW_PACKED, ROW_BYTES, ROW_WORDS, ROW_PLINK, N_ROW_KINDS };

/* What a code stands for: GTB_MISSING both where it is missing. */
struct call {
	uint8_t a;
	uint8_t b;
};

/* Of each code up to GTB_CODE_MAX; docs/gtb.md, "Genotype codes". */
const struct call *calls_by_code(void);

/* A row as it is stored, of a record that has @n_alleles. */
struct stored_row {
	enum row_kind kind;
	bool phased;
	bool has_counts; /* stored with it: version 2 */
	const uint8_t *bytes;
	size_t len;
	uint32_t code_max; /* larger codes are damage */
	uint32_t n_alleles;
	uint64_t ac;    /* alleles but REF */
	uint64_t an;    /* twice the samples that are called */
	uint32_t block; /* for messages: of version 1, block and row in it */
	uint32_t row;
};

struct calls_scratch {
	uint16_t *codes;  /* n_samples; owned */
	uint8_t *alleles; /* 2 * n_samples; owned */
	uint32_t n_samples;
};

int calls_scratch_init(struct calls_scratch *s, uint32_t n_samples); /* 0 or -ENOMEM */
void calls_scratch_done(struct calls_scratch *s);

enum { PHASED_A_BYTE = 3, UNPHASED_A_BYTE = 4 }; /* samples */

/* Bytes of a packed row. */
static inline size_t packed_row_size(uint32_t n_samples, bool phased)
{
	return phased ? n_samples / PHASED_A_BYTE + (n_samples % PHASED_A_BYTE != 0)
		      : n_samples / UNPHASED_A_BYTE + (n_samples % UNPHASED_A_BYTE != 0);
}

/**
 * calls_decode() - a row's genotypes, in @s
 *
 * Return: 0; -EBADMSG, also where they do not give the counts stored with them.
 */
int calls_decode(struct calls_scratch *s, const struct stored_row *row, struct gtb_calls *out,
		struct err *err);
/* Says that the counts stored with a row are not those of its @n_called samples. */
int calls_wrong_counts(
		const struct stored_row *row, uint64_t n_alts, uint64_t n_called, struct err *err);
/* Whether they are. Return: 0 or -EBADMSG. */
static inline int calls_check_counts(
		const struct stored_row *row, uint64_t n_alts, uint64_t n_called, struct err *err)
{
	if (!row->has_counts || (row->ac == n_alts && row->an == 2 * n_called))
		return 0;
	return calls_wrong_counts(row, n_alts, n_called, err);
}

/* Codes of 2 bytes to s->codes, of ROW_SPARSE and ROW_WORDS. Return: 0 or -EBADMSG. */
int calls_words(struct calls_scratch *s, const struct stored_row *row, struct err *err);

#endif
