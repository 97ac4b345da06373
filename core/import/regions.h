/* SPDX-License-Identifier: MIT */
/*
 * The regions that an import is limited to, in bcftools' syntax: CHR, CHR:POS, CHR:BEG-,
 * CHR:BEG-END, 1-based and closed, several separated by commas; {NAME} for contigs with a ':' in
 * their names. A record is in a region when any base that it covers is.
 *
 * Immutable once made.
 */
#ifndef GENOFS_IMPORT_REGIONS_H
#define GENOFS_IMPORT_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/names.h"

struct region {
	uint32_t contig; /* number in the table of names given */
	int64_t start;   /* 0-based, half-open */
	int64_t end;
};

/* Contigs in the order in which they were first named; of one contig by start, and disjoint. */
struct regions {
	struct region *v; /* n of them; owned */
	uint32_t n;
};

/* Return: 0; -EINVAL where @text is not a list of regions; -ENOMEM. @contigs gets the names. */
int regions_parse(const char *text, struct names *contigs, struct regions *out, struct err *err);
void regions_done(struct regions *r);

/* The first region that [start, end) of @contig touches, or UINT32_MAX. */
uint32_t regions_find(const struct regions *r, uint32_t contig, int64_t start, int64_t end);

#endif
