/* SPDX-License-Identifier: MIT */
/* What kinds of variants a record has, as `bcftools view -v` knows them. */
#ifndef GENOFS_RECORD_VARIANT_TYPE_H
#define GENOFS_RECORD_VARIANT_TYPE_H

#include <stddef.h>

#include "core/record/record.h"

enum variant_type {
	VARIANT_REF = 0,
	VARIANT_SNP = 1,
	VARIANT_MNP = 2,
	VARIANT_INDEL = 4,
	VARIANT_OTHER = 8,
	VARIANT_BND = 16,
	VARIANT_OVERLAP = 32,
};

/* Of one ALT allele. */
unsigned variant_type_of(const char *ref, size_t ref_len, const char *alt, size_t alt_len);

/* Those of all ALT alleles together; UINT_MAX where the record's bytes are not well-formed. */
unsigned record_variant_types(const struct record *r);

#endif
