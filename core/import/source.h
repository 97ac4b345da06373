/* SPDX-License-Identifier: MIT */
/*
 * The inputs of an import, read one after the other as one stream of raw batches.
 *
 * VCF (plain, gzip, BGZF) comes as lines, cut but not looked into; BCF as records that htslib has
 * validated; GTB as the lines that core/gtb makes of it. Inputs with an index are read by region
 * where regions are asked for. Everything that htslib would take for a mere warning about a file
 * cut short is an error here.
 *
 * source_read() is for one thread at a time; the other functions may be called meanwhile.
 */
#ifndef GENOFS_IMPORT_SOURCE_H
#define GENOFS_IMPORT_SOURCE_H

#include <htslib/vcf.h>

#include "core/base/err.h"
#include "core/import/batch.h"
#include "core/import/regions.h"

struct source;

struct source_options {
	const char *const *pathnames; /* n_pathnames of them; "-" is standard input */
	unsigned n_pathnames;
	unsigned n_threads;            /* to help with decompression */
	const struct regions *regions; /* or NULL: everything */
	const struct names *contigs;   /* of the regions */
	size_t line_max;               /* bytes: a longer line or record is refused */
	const char *gtb_contigs;       /* pathname of a list of contigs for GTB inputs, or NULL */
	size_t gtb_memory;             /* bytes: for what is decompressed of a GTB input */
};

/**
 * source_open() - open all inputs, read and merge their headers
 *
 * Borrows what @o points to for the source's life.
 *
 * Return: 0; -EBADMSG, -EINVAL or an errno of open(2), with file and reason in @err.
 */
int source_open(const struct source_options *o, struct source **out, struct err *err);
void source_free(struct source *s); /* NULL is nothing to do */
void source_freep(struct source **s);

/* The merged header: of a single input its own, as read. */
const bcf_hdr_t *source_header(const struct source *s);
const bcf_hdr_t *source_input_header(const struct source *s, uint32_t input);
const char *source_input_name(const struct source *s, uint32_t input);
bool source_input_is_bcf(const struct source *s, uint32_t input);
/* Lines of the header in the input's text, for line numbers; 0 where lines are not counted. */
uint64_t source_input_header_lines(const struct source *s, uint32_t input);

/* What GTB inputs, as far as they were read, had that does not show: genotypes with alleles that
 * their record does not have, which are missing; fields whose type is not known. */
struct source_odd {
	uint64_t n_genotypes;
	uint32_t n_fields;
};
struct source_odd source_odd(const struct source *s);

/* Bytes of all inputs, or 0 where not known; bytes read so far (compressed ones). */
uint64_t source_bytes_total(const struct source *s);
uint64_t source_bytes_read(const struct source *s);

/**
 * source_read() - the next raw batch, of one input and region
 * @raw: emptied first; its memory is reused
 *
 * Return: 1; 0 at the end; -EBADMSG where an input is damaged or cut short; -ENOMEM.
 */
int source_read(struct source *s, struct raw_batch *raw, struct err *err);

#endif
