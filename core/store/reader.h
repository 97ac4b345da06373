/* SPDX-License-Identifier: MIT */
/*
 * A genotype store, opened for reading: its tables, and the coded bytes of its chunks.
 *
 * docs/format.md says the file byte by byte. Opening reads the footer only (proportional to the
 * number of chunks, not of records). Everything in it is checked before it is believed: after
 * store_open() all table values are consistent with each other and with the file's size. The
 * tables never change, so every function may be called from any thread.
 */
#ifndef GENOFS_STORE_READER_H
#define GENOFS_STORE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/names.h"
#include "core/store/chunk_group.h"

struct store;

/* The views whose bytes are stored, chunk by chunk; of the first ones also record by record. */
enum store_view {
	STORE_VIEW_CALLS, /* body lines of calls.vcf */
	STORE_VIEW_SITES, /* body lines of sites.vcf */
	N_LINE_VIEWS,
	STORE_VIEW_BCF = N_LINE_VIEWS, /* records of calls.bcf */
	STORE_VIEW_BCF_SAMPLE,         /* of those bytes, what one sample takes */
	STORE_VIEW_SITES_TSV,          /* lines of sites.tsv */
	STORE_VIEW_BIM,                /* lines of plink.bim */
	STORE_VIEW_BIALLELIC,          /* records of at most two alleles: rows of plink.bed */
	STORE_VIEW_PVAR,               /* lines of plink2.pvar */
	STORE_VIEW_PGEN,               /* records of plink2.pgen */
	STORE_VIEW_BGEN,               /* variant blocks of calls.bgen */
	STORE_VIEW_BGEN_VARIANTS,      /* how many */
	STORE_VIEW_BCF_PACKED,         /* BGZF blocks of calls.bcf */
	STORE_VIEW_BCF_BLOCKS,         /* how many: each of DEFLATE_RUNS_MAX bytes, but the last */
	N_STORED_VIEWS,
	STORE_VIEW_RECORDS = N_STORED_VIEWS, /* records: known without being stored */
	N_STORE_VIEWS
};

/* What holds the genotypes of several records. */
struct gt_shape {
	uint32_t ploidy; /* the largest; 0 where there are none */
	uint32_t width;  /* bytes of an allele number, with its sign: 1 or 2 */
};

struct chunk_info {
	uint64_t offset;       /* of the chunk's bytes in the file, or in its group */
	uint64_t length;       /* bytes there */
	uint64_t read_bytes;   /* of memory that reading it takes beside them */
	uint64_t head_length;  /* of them, those that sites need: their streams, the table */
	uint64_t table_length; /* of them, the stream table's, at the end of the head */
	uint64_t checksum;     /* of the stream table */
	uint64_t record_bytes; /* of its records in memory: site and fmt bytes */
	uint64_t stream_bytes; /* of its streams, decompressed */
	uint64_t site_bytes;   /* of record_bytes, the site bytes */
	uint64_t first_record; /* records in the chunks before it */
	/* Bytes of the view in the chunks before it, and of this chunk: where they are stored, else
	 * core/store/measured.h has them. */
	uint64_t view_offset[N_STORE_VIEWS];
	uint64_t view_bytes[N_STORE_VIEWS];
	int64_t start;      /* smallest pos, 0-based */
	int64_t end;        /* largest pos + rlen */
	uint32_t n_records; /* > 0 */
	uint32_t gt_slots;  /* the most that a genotype row coded as runs has */
	uint32_t n_columns; /* of INFO and FORMAT */
	uint32_t n_tiles;   /* that FORMAT's samples are cut into: 1 at least */
	struct gt_shape shape;
	uint32_t contig;
	uint32_t index; /* within its contig */
	uint32_t group; /* NO_GROUP: it lies in the file as it is */
};

struct contig_info {
	struct name name;   /* no NUL behind it */
	uint64_t length;    /* of its header line; 0 where not given */
	uint64_t n_records; /* > 0: contigs without records are not listed */
	int64_t end;        /* largest end of a record */
	struct gt_shape shape;
	uint32_t bcf_id;      /* in the header of BCF; 0 where the store has none */
	uint32_t first_chunk; /* its chunks lie side by side */
	uint32_t n_chunks;
};

/**
 * store_open() - open and validate the store at @pathname
 * @out: the caller's to give to store_close(); untouched on failure
 *
 * Return: 0; -EBADMSG when it is no store or is damaged; -ENOTSUP for a newer format version;
 * else what open(2) or read(2) said.
 */
int store_open(const char *pathname, struct store **out, struct err *err);
void store_close(struct store *s); /* NULL is nothing to do */
void store_closep(struct store **s);

const char *store_pathname(const struct store *s);
uint64_t store_file_size(const struct store *s);
struct timespec store_mtime(const struct store *s);
uint32_t store_format_version(const struct store *s);

uint32_t store_n_samples(const struct store *s);
/* Sample names, each followed by a newline: what samples.txt shows. */
const char *store_samples_text(const struct store *s, size_t *len);
/* The header as `bcftools view --no-version -h` prints it, with the #CHROM line. */
const char *store_header_text(const struct store *s, size_t *len);
/* The same without FORMAT lines and samples: the header of sites.vcf. */
const char *store_sites_header_text(const struct store *s, size_t *len);

/* Magic and header of a BCF file, whose keys are the store's; NULL where the store has none. */
const void *store_bcf_head(const struct store *s, size_t *len);
/* Contigs of that header, those without records too. */
uint32_t store_n_bcf_contigs(const struct store *s);

/* Whether the bytes of @view are stored, or can be measured (core/store/measured.h). */
bool store_has_view(const struct store *s, enum store_view view);

uint32_t store_n_contigs(const struct store *s);
const struct contig_info *store_contig(const struct store *s, uint32_t contig);
uint32_t store_n_chunks(const struct store *s);
const struct chunk_info *store_chunk(const struct store *s, uint32_t chunk);
uint64_t store_n_records(const struct store *s);
/* The largest end of a record; 0 where there is none. */
int64_t store_end(const struct store *s);
struct gt_shape store_shape(const struct store *s);
/* The sum of a view's bytes, which are stored. */
uint64_t store_view_bytes(const struct store *s, enum store_view view);
/* That holds what both hold. */
struct gt_shape gt_shape_join(struct gt_shape a, struct gt_shape b);
/* Names of FILTER, INFO and FORMAT keys, by number. */
const struct names *store_keys(const struct store *s);
uint32_t store_n_keys(const struct store *s);
/* The key named GT, or UINT32_MAX. */
uint32_t store_gt_key(const struct store *s);
/* The keys named AC and AN: numbers from store_n_keys() on where no record has them. */
uint32_t store_ac_key(const struct store *s);
uint32_t store_an_key(const struct store *s);

/**
 * store_read_index() - append the runs of all chunks (core/store/index_runs.h) to @out
 *
 * They are not kept in memory. An older store may have none: nothing is appended.
 *
 * Return: 0; -ENOMEM; -EBADMSG; -EIO as of store_read_chunk().
 */
int store_read_index(const struct store *s, struct buf *out, struct err *err);

/* Whether what store_read_bcf_blocks() reads is there. */
bool store_has_bcf_blocks(const struct store *s);

struct bcf_block {
	uint32_t size; /* bytes */
	uint32_t crc;  /* CRC-32 of what is in it, decompressed */
};

/**
 * store_read_bcf_blocks() - each BGZF block that a chunk is in calls.bcf
 * @out: as many as STORE_VIEW_BCF_BLOCKS says; their sizes add up to STORE_VIEW_BCF_PACKED
 *
 * They are not kept in memory.
 *
 * Return: 0; -EBADMSG; -EIO as of store_read_chunk().
 */
int store_read_bcf_blocks(
		const struct store *s, uint32_t chunk, struct bcf_block *out, struct err *err);

/**
 * store_read_chunk() - bytes [@at, @at + @len) of a coded chunk
 * @at, @len: within chunk_info.length; the first head_length are enough for sites
 *
 * Also checks that the file is still the one that was opened (size and times).
 *
 * Return: 0; -EIO when the file was changed, replaced, cut short or cannot be read.
 */
int store_read_chunk(const struct store *s, uint32_t chunk, uint64_t at, void *buf, size_t len,
		struct err *err);

#endif
