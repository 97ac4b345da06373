/* SPDX-License-Identifier: MIT */
/*
 * GTB files, versions 1 and 2 (docs/gtb.md), read by record.
 *
 * An open file is its directory: where blocks lie, names of samples and contigs, header lines. It
 * never changes, and any thread may use it. What is decompressed belongs to a reader, one block of
 * each kind of data at a time; a reader is for one thread at a time.
 *
 * Records are numbered from 0 in the order in which they are shown: of version 1, blocks by contig
 * and position and a block's rows by (POS, alleles, REF, ALT); of version 2, as stored. That order
 * is the order of positions within a contig, unless gtb_overlaps(), or a version 2 file that was
 * made without sorting.
 *
 * Neither version has checksums. What is checked is structure, and what the file says twice: sizes,
 * counts, ranges of positions, AC and AN. Bytes are claims: nothing is allocated past the memory
 * that the caller gives.
 *
 * What can fail returns 0 or: -EBADMSG, damaged, or no GTB; -EOVERFLOW, needs more memory than it
 * may have; -EIO; -ENOMEM. @err names file, place and cure.
 */
#ifndef GENOFS_GTB_GTB_H
#define GENOFS_GTB_GTB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct gtb;
struct gtb_reader;

/* Bytes, without a NUL behind them. */
struct gtb_text {
	const char *s;
	size_t len;
};

enum {
	GTB_MISSING = 255,   /* of alleles */
	GTB_CODE_MAX = 65025 /* the largest genotype code: 254|254 has a smaller one */
};

struct gtb_options {
	const char *contigs; /* pathname of a list of contigs; NULL: the one built in */
	size_t memory;       /* bytes: the most that the directory, and then a reader may hold */
	const char *option;  /* what gives more memory, for messages; NULL: --memory, of a
			      * mount cache_size */
};

/* Whether @pathname is to be read as GTB: it is called so, or its content fits. */
bool gtb_looks_like(const char *pathname);

/* @out: the caller's to gtb_close(). A list of contigs that cannot be used is -EINVAL. */
int gtb_open(const char *pathname, const struct gtb_options *o, struct gtb **out, struct err *err);
void gtb_close(struct gtb *g); /* NULL is nothing to do */
void gtb_closep(struct gtb **g);

const char *gtb_pathname(const struct gtb *g);
unsigned gtb_version(const struct gtb *g); /* 1 or 2 */
uint64_t gtb_file_size(const struct gtb *g);
const char *gtb_compressor(const struct gtb *g); /* "zstd", "lzma" or "gzip" */
/* As the file says of itself; in version 2 each row says it for its own. */
bool gtb_phased(const struct gtb *g);
uint64_t gtb_n_records(const struct gtb *g);
uint32_t gtb_n_samples(const struct gtb *g);
struct gtb_text gtb_sample(const struct gtb *g, uint32_t sample);

/*
 * Records that are decompressed together: [first, first + n). Version 1 knows of each its contig,
 * and positions, 0-based and half-open; in version 2 n_contigs is 0.
 */
struct gtb_block {
	uint64_t first;
	uint32_t n;
	uint32_t n_contigs; /* 1, or 0 where it is not known */
	uint32_t contig;
	int64_t start;
	int64_t end;
};

uint32_t gtb_n_blocks(const struct gtb *g);
struct gtb_block gtb_block(const struct gtb *g, uint32_t block);
/* The block of a record that there is. */
uint32_t gtb_block_of(const struct gtb *g, uint64_t record);
/* Whether blocks of a contig overlap, so that its records are not in the order of positions. From
 * the directory, whatever flag the file carries; of version 2 not known before all is read. */
bool gtb_overlaps(const struct gtb *g);

/* The list of contigs: the file names its contigs by number alone. */
struct gtb_contig {
	struct gtb_text name;
	unsigned ploidy; /* 1: homozygous calls are printed as one allele */
	uint64_t length; /* bases; 0: not known */
};

uint32_t gtb_n_contigs(const struct gtb *g);
struct gtb_contig gtb_contig(const struct gtb *g, uint32_t contig);

/* Header lines kept: of version 1 "reference" at most, of version 2 all, without control bytes. */
struct gtb_meta {
	struct gtb_text key;
	struct gtb_text value;
};

uint32_t gtb_n_meta(const struct gtb *g);
struct gtb_meta gtb_meta(const struct gtb *g, uint32_t i);

/* What a version 2 file holds for each record besides sites and genotypes. */
enum gtb_shape { GTB_SCALAR, GTB_ARRAY, GTB_MAP };
enum gtb_item_kind { GTB_INT, GTB_FLOAT, GTB_BOOL, GTB_TEXT };

struct gtb_type {
	const char *name; /* in lower case */
	enum gtb_shape shape;
	enum gtb_item_kind kind;
	unsigned bits; /* of a number; 0 for GTB_TEXT */
};

struct gtb_field {
	struct gtb_text group;
	struct gtb_text name;
	struct gtb_text type_name;   /* as the file has it */
	const struct gtb_type *type; /* NULL: not known here, so its values cannot be read */
};

uint32_t gtb_n_fields(const struct gtb *g);
struct gtb_field gtb_field(const struct gtb *g, uint32_t field);

int gtb_reader_new(const struct gtb *g, struct gtb_reader **out, struct err *err);
void gtb_reader_free(struct gtb_reader *r); /* NULL is nothing to do */
void gtb_reader_freep(struct gtb_reader **r);

/*
 * REF and ALT of a record. What it points to is valid until the reader goes to another block.
 * n_alleles counts REF; 1 where there is no ALT.
 */
struct gtb_site {
	uint32_t contig;
	uint32_t n_alleles;
	int64_t pos;
	struct gtb_text ref;
	struct gtb_text alts; /* as stored: see gtb_put_alts() */
	bool alts_nested;
};

/**
 * gtb_read_site() - site of record @record < gtb_n_records()
 *
 * Does not touch genotypes.
 */
int gtb_read_site(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err);
/* The contig alone, for which less is read. */
int gtb_read_contig(struct gtb_reader *r, uint64_t record, uint32_t *out, struct err *err);
/* The ALT column: alleles joined by commas, or ".". */
void gtb_put_alts(const struct gtb_site *s, struct buf *out);

/*
 * Genotypes of a record, until the next call. Of sample i the code (0: missing), and in
 * alleles[2 * i] and [2 * i + 1] what it stands for, GTB_MISSING both where it is missing, or where
 * it names an allele that the record does not have; an unphased one has the lower allele first.
 */
struct gtb_calls {
	const uint16_t *codes;
	const uint8_t *alleles;
	bool phased;
	uint32_t n_out_of_range; /* genotypes with alleles that the record does not have */
};

/* Likewise, of a file that has samples. */
int gtb_read_calls(struct gtb_reader *r, uint64_t record, struct gtb_calls *out, struct err *err);

/*
 * The value of a field: its items one after the other, with gtb_value_next(). A scalar has one, an
 * array any number, a map as many as it has keys. Valid until the reader goes to another block.
 */
struct gtb_value {
	const struct gtb_type *type;
	uint64_t n_items; /* left */
	int64_t number;   /* of what is stored as difference or in bits */
	const uint8_t *at;
	const uint8_t *end;
	const uint8_t *keys; /* of a map */
	const uint8_t *keys_end;
};

struct gtb_item {
	int64_t i;            /* GTB_INT, GTB_BOOL */
	double f;             /* GTB_FLOAT */
	struct gtb_text text; /* GTB_TEXT: any bytes */
	struct gtb_text key;  /* in a map */
};

/* Of a field whose type is known. */
int gtb_read_value(struct gtb_reader *r, uint32_t field, uint64_t record, struct gtb_value *out,
		struct err *err);
/* False where there are no more. */
bool gtb_value_next(struct gtb_value *v, struct gtb_item *out);

#endif
