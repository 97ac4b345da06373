/* SPDX-License-Identifier: MIT */
/*
 * Numbers and limits of the store's file format: docs/format.md in C.
 *
 * Nothing here may change its meaning once a version is released.
 */
#ifndef GENOFS_STORE_LAYOUT_H
#define GENOFS_STORE_LAYOUT_H

#include <stdint.h>

/* First bytes of the file, and the last ones of its trailer: a carriage return, a line feed and a
 * byte over 127 show up a transfer that was not binary. */
#define STORE_MAGIC "GENOFS\r\n\x1a\xf7\n" /* 11 bytes and the NUL */
enum {
	STORE_MAGIC_LEN = 12,
	STORE_VERSION = 1,
	STORE_HEAD_LEN = 16,    /* magic, u32 version */
	STORE_TRAILER_LEN = 40, /* u64 footer offset, length, checksum; u32 version; magic */
};

/* Sections of the footer. */
enum footer_section {
	SECTION_HEADER,       /* text */
	SECTION_SITES_HEADER, /* text */
	SECTION_SAMPLES,      /* names, a newline after each */
	SECTION_KEYS,         /* bytes each */
	SECTION_CONTIGS,      /* name as bytes, varint length, chunks, records */
	SECTION_CHUNKS,       /* see writer.c */
	SECTION_GROUPS,       /* see writer.c */
	N_SECTIONS
};

/* Streams of a chunk. Kinds before STREAM_SITES_END make up the sites. */
enum stream_kind {
	STREAM_COLUMNS = 0,       /* what the numbers of columns mean */
	STREAM_POS = 1,           /* zigzag deltas */
	STREAM_RLEN = 2,          /* zigzag of rlen - length of REF */
	STREAM_QUAL = 3,          /* 4 planes */
	STREAM_ID_LEN = 4,        /* varints */
	STREAM_ID = 5,            /* bytes */
	STREAM_N_ALLELE = 6,      /* varints */
	STREAM_ALLELE_LEN = 7,    /* varints */
	STREAM_ALLELE = 8,        /* bytes */
	STREAM_FILTER_SETS = 9,   /* varint n sets; each varint n, n varint keys */
	STREAM_FILTER = 10,       /* varint set of each record */
	STREAM_INFO_LAYOUTS = 11, /* varint n layouts; each varint n, n varint columns */
	STREAM_INFO = 12,         /* varint layout of each record */
	STREAM_INFO_N = 13,       /* of a column: varint n of each cell */
	STREAM_INFO_TYPE = 14,    /* of an integer column: u8 type of each cell */
	STREAM_INFO_VALUES = 15,  /* of a column */
	STREAM_VIEW_LEN = 16,     /* of a view: varint bytes of each record's line */
	STREAM_SITES_END = 32,
	STREAM_FORMAT_LAYOUTS = 32,
	STREAM_FORMAT = 33,
	STREAM_FORMAT_N = 34,
	STREAM_FORMAT_TYPE = 35,
	STREAM_FORMAT_VALUES = 36,
	STREAM_FORMAT_LEN = 37, /* of a text column: varint length of each sample's value */
	/* Of a genotype column, in the order of enum gt_stream: see core/codec/gt_streams.h. */
	STREAM_GT_META = 38,
	STREAM_GT_COUNTS = 39,
	STREAM_GT_OTHERS = 40,
	STREAM_GT_FORMS = 41,
	STREAM_GT_LISTS = 42,
	STREAM_GT_BITS = 43,
	STREAM_GT_ZEROS = 44,
	STREAM_GT_ONES = 45,
	N_STREAM_KINDS
};

/* What the cells of a column are. */
enum column_class {
	COLUMN_NULL,  /* INFO flags: no values */
	COLUMN_INT,   /* planes of 1, 2 or 4 bytes */
	COLUMN_FLOAT, /* 4 planes */
	COLUMN_TEXT,  /* INFO: n bytes. FORMAT: n bytes a sample, less the NULs at their end */
	COLUMN_GT,
	N_COLUMN_CLASSES
};

enum column_flags {
	COLUMN_FORMAT = 1,  /* else INFO */
	COLUMN_TYPED = 2,   /* integers that are not all in the narrowest type: a type stream */
	COLUMN_VARYING = 4, /* n differs from cell to cell: an n stream */
};

/* How the values of a column are stored. */
enum value_coding {
	VALUES_PLAIN = 0,     /* planes, cell by cell; text as it is */
	VALUES_GT_GIVEN = 32, /* genotypes: counts are those of an INFO column */
	N_VALUE_CODINGS
};

enum {
	STREAM_ENTRY_MIN = 4, /* bytes of the shortest entry of a stream table */
	CHUNK_RECORDS_MAX = 1 << 20,
};

#endif
