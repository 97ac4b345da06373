/* SPDX-License-Identifier: MIT */
/*
 * A digest of all that htslib knows of a record: what two records share that are the same.
 *
 * Made from htslib's own unpacked fields, with names in place of their numbers in a header, so that
 * a record as parsed and the same record rebuilt from a store give the same digest. The widths of
 * descriptors and of FILTER's numbers, which carry nothing, are not in it.
 */
#ifndef GENOFS_IMPORT_RECORD_DIGEST_H
#define GENOFS_IMPORT_RECORD_DIGEST_H

#include <htslib/vcf.h>

#include "core/base/buf.h"
#include "core/base/checksum.h"
#include "core/base/names.h"

/* Where the names are that a record's numbers stand for: a header, or tables of names. */
struct record_names {
	const bcf_hdr_t *hdr; /* or NULL, then: */
	const struct names *keys;
	const struct names *contigs;
};

/**
 * record_digest() - the digest of @v
 * @v:       unpacked on the way
 * @calls:   whether FORMAT and the samples are part of it
 * @scratch: reused from call to call
 * @out:     written where the Return is 0
 *
 * Return: 0 or -ENOMEM.
 */
int record_digest(bcf1_t *v, const struct record_names *names, bool calls, struct buf *scratch,
		struct digest *out);

#endif
