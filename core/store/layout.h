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

/* Far over any real footer: 10 million samples, a million chunks. A bound for what a damaged or
 * hostile one makes us allocate. */
enum { SECTION_MAX = 1 << 28 };

/* Sections of the footer. */
enum footer_section {
	SECTION_HEADER,       /* text */
	SECTION_SITES_HEADER, /* text */
	SECTION_SAMPLES,      /* names, a newline after each */
	SECTION_KEYS,         /* bytes each */
	SECTION_CONTIGS,      /* name as bytes, varint length, chunks, records */
	SECTION_CHUNKS,       /* see writer.c */
	SECTION_GROUPS,       /* see writer.c */
	SECTION_TOTALS,       /* varint n; n varints of each chunk, see enum chunk_total */
	SECTION_BCF,          /* varint n contigs; varint of each contig; head of a BCF file */
	SECTION_INDEX,        /* runs of each chunk, see core/store/index_runs.h */
	SECTION_BCF_BLOCKS,   /* of each BGZF block of calls.bcf; never compressed */
	N_SECTIONS
};

/* Of a BGZF block: u16 size - 1; u32 CRC-32 of what is in it. */
enum { BCF_BLOCK_ENTRY = 2 + 4 };

/* Of each chunk, in this order; a later version may add more. */
enum chunk_total {
	TOTAL_PLOIDY,       /* the largest of a genotype; 0 where there is none */
	TOTAL_ALLELE_WIDTH, /* bytes of its allele numbers, with a sign */
	TOTAL_VIEWS,        /* bytes of the views from N_LINE_VIEWS on */
};

/* Streams of a chunk. Kinds before STREAM_SITES_END make up the sites. */
enum stream_kind {
	STREAM_COLUMNS = 0,       /* what the numbers of columns mean */
	STREAM_POS = 1,           /* planes: distances to the record before */
	STREAM_RLEN = 2,          /* planes: zigzag of rlen - length of REF */
	STREAM_ID_FORMS = 3,      /* varint n forms; each u8 mode, bytes prefix, u8 separator */
	STREAM_ID_LEN = 4,        /* varints: of IDs that are of no form */
	STREAM_ID = 5,            /* bytes of those */
	STREAM_N_ALLELE = 6,      /* varints: of alleles that are in no set */
	STREAM_ALLELE_LEN = 7,    /* varints of those */
	STREAM_ALLELE = 8,        /* bytes of those */
	STREAM_FILTER_SETS = 9,   /* varint n sets; each varint n, n varint keys */
	STREAM_FILTER = 10,       /* varint set of each record */
	STREAM_INFO_LAYOUTS = 11, /* varint n layouts; each varint n, n varint columns */
	STREAM_INFO = 12,         /* varint layout of each record */
	STREAM_INFO_N = 13,       /* of a column: varint n of each cell, or of exceptions */
	STREAM_INFO_TYPE = 14,    /* of an integer column: u8 type of each cell */
	STREAM_INFO_VALUES = 15,  /* of a column */
	STREAM_VIEW_LEN = 16,     /* of a view: planes, from the bytes of each record's line */
	STREAM_ALLELE_SETS = 17,  /* varint n sets; each as bytes: varint n, n alleles as bytes */
	STREAM_INFO_EXCEPTIONS = 18, /* of a float column: varint distance, u32 bits */
	STREAM_INFO_TEXTS = 19,      /* of a text column: varint n; n texts as bytes */
	STREAM_POS_GAPS = 20,        /* planes: zigzag of distances to the end of the one before */
	STREAM_SITES_END = 32,
	STREAM_FORMAT_LAYOUTS = 32,
	STREAM_FORMAT = 33,
	STREAM_FORMAT_N = 34,
	STREAM_FORMAT_TYPE = 35,
	/* Of a column and tile: */
	STREAM_FORMAT_VALUES = 36,
	STREAM_FORMAT_LEN = 37, /* text: varint length of each sample's value; or a dictionary */
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
	COLUMN_SITE = 8,    /* of sites themselves: its key is an enum site_column */
	/* With COLUMN_VARYING: n follows from the number of alleles as the column's n, an enum
	 * allele_count, says; the n stream has exceptions. */
	COLUMN_BY_ALLELES = 16,
	COLUMN_GAPS = 32, /* FORMAT: that stream has n + 1 of each record, or 0: no cell */
	COLUMN_FLAGS_MAX = 63
};

/* Columns that every chunk has, with one value a record but for the last. */
enum site_column {
	SITE_QUAL,      /* floats */
	SITE_ALLELES,   /* number of a set of alleles + 1; 0: spelt out */
	SITE_ID,        /* number of a form + 1; 0: spelt out */
	SITE_ID_NUMBER, /* of IDs that have one */
	N_SITE_COLUMNS
};

/* What an ID is after its prefix. */
enum id_mode {
	ID_PREFIX,         /* nothing */
	ID_NUMBER,         /* a number of its column, as decimals */
	ID_POS,            /* POS */
	ID_ALLELES,        /* POS, separator, REF, separator, first ALT */
	ID_NUMBER_ALLELES, /* a number, separator, and as ID_ALLELES */
	N_ID_MODES
};

static inline int id_has_number(int mode)
{
	return mode == ID_NUMBER || mode == ID_NUMBER_ALLELES;
}

/* What n of a cell is when there are so many alleles. */
enum allele_count {
	COUNT_ALTS,  /* n_allele - 1; 0 of none */
	COUNT_ALL,   /* n_allele */
	COUNT_PAIRS, /* n_allele * (n_allele + 1) / 2 */
	N_ALLELE_COUNTS
};

static inline uint64_t allele_count(enum allele_count count, uint64_t n_allele)
{
	switch (count) {
	case COUNT_ALTS:
		return n_allele ? n_allele - 1 : 0;
	case COUNT_PAIRS:
		return n_allele * (n_allele + 1) / 2;
	default:
		return n_allele;
	}
}

/* How the values of a column are stored. */
enum value_coding {
	VALUES_PLAIN = 0, /* planes, cell by cell; text as it is */
	/* Of FORMAT: */
	VALUES_ELEMENTS = 1, /* integers, floats: the first of each cell, the second, ...; predicted
			      */
	VALUES_INDEXED = 2,  /* text: numbers in a dictionary, as integers of coding 1 */
	VALUES_DECIMALS = 3, /* floats: integers of coding 1 without their decimal point */
	VALUES_INTS = 16,    /* INFO integers: what other columns do not tell */
	VALUES_QUOTIENT = 17, /* INFO floats: integers / integers */
	VALUES_TEXTS = 18,    /* INFO text: numbers in a list of texts */
	VALUES_GT_GIVEN = 32, /* genotypes: counts are those of an INFO column */
	N_VALUE_CODINGS
};

/* VALUES_DECIMALS: the first value that BCF reserves in a width stands for a float that is none. */
static inline int32_t format_exception(unsigned width)
{
	return width == 1 ? INT8_MIN + 2 : width == 2 ? INT16_MIN + 2 : INT32_MIN + 2;
}

/* Of the integers of VALUES_INTS and of the codings made of them. */
enum ints_flags {
	INTS_ZIGZAG = 1,   /* stored as zigzag numbers */
	INTS_PREVIOUS = 2, /* less the value before */
	INTS_END = 4,      /* less pos + rlen of the record; no other column may refer to it */
	INTS_FLAGS_MAX = 7
};

enum {
	INTS_TERMS_MAX = 16, /* columns of a sum */
	INTS_DEPTH_MAX = 24, /* columns that refer to one another, in a row */
};

/* What a chunk's stream bytes count beside its streams: memory that readers make values in. */
enum {
	ROOM_PAD = 16,  /* for each of the arrays below, to align it */
	ROOM_INT = 4,   /* for each integer of a column of INFO or sites, and for each text */
	ROOM_ENTRY = 32 /* for each set of alleles, each form of IDs */
};

enum {
	FORMAT_PASSES = 8, /* in which columns are predicted from one another */
	FORMAT_DECIMALS_MAX = 7,
	FORMAT_ZERO_NEGATIVE = 128, /* with the decimals: 0 stands for -0, as in likelihoods */
	STREAM_ENTRY_MIN = 4,       /* bytes of the shortest entry of a stream table */
	CHUNK_RECORDS_MAX = 1 << 20,
};

#endif
