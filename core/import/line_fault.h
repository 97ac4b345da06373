/* SPDX-License-Identifier: MIT */
/*
 * Why htslib refuses a line.
 *
 * htslib says so on stderr only, for every line and in words for its own users, so the reason is
 * found again from its error code and the line. Messages hold no sample names and no genotypes.
 */
#ifndef GENOFS_IMPORT_LINE_FAULT_H
#define GENOFS_IMPORT_LINE_FAULT_H

#include <stddef.h>

#include <htslib/vcf.h>

#include "core/base/err.h"

/**
 * line_fault() - describe a line on which vcf_parse() failed
 * @v:       as vcf_parse() left it
 * @samples: the first sample column, or NULL where the line has none
 * @end:     of the line
 * @pos:     the POS column, with a NUL or tab after it
 *
 * Return: -EBADMSG.
 */
int line_fault(const bcf_hdr_t *hdr, const bcf1_t *v, const char *samples, const char *end,
		const char *pos, struct err *err);

/* A line, not parsed yet, whose byte number @nul is the first NUL byte. Return: -EBADMSG. */
int line_fault_nul(const char *line, size_t nul, struct err *err);

/* A record with another number of samples than the header. Return: -EBADMSG. */
int line_fault_columns(const bcf_hdr_t *hdr, const bcf1_t *v, struct err *err);

#endif
