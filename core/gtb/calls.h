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

struct calls_scratch {
	uint16_t *codes;  /* n_samples; owned */
	uint8_t *alleles; /* 2 * n_samples; owned */
	uint32_t n_samples;
	/* Of the row decoded last, as stored: calls that are there, and alleles in them but REF. */
	uint64_t n_called;
	uint64_t n_alts;
};

int calls_scratch_init(struct calls_scratch *s, uint32_t n_samples); /* 0 or -ENOMEM */
void calls_scratch_done(struct calls_scratch *s);

/* Bytes of a packed row. */
size_t packed_row_size(uint32_t n_samples, bool phased);

/**
 * calls_decode() - a row's codes to s->codes
 * @code_max: larger ones are damage
 *
 * Return: 0; -EBADMSG.
 */
int calls_decode(struct calls_scratch *s, enum row_kind kind, bool phased, const uint8_t *row,
		size_t len, uint32_t code_max, struct err *err);
/* The codes of s->codes to alleles, of a record that has @n_alleles. */
void calls_resolve(struct calls_scratch *s, bool phased, uint32_t n_alleles, struct gtb_calls *out);

#endif
