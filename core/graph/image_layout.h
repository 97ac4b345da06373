/* SPDX-License-Identifier: MIT */
/*
 * Numbers of the image: docs/graph-image.md in C.
 *
 * Nothing here may change its meaning within a layout version.
 */
#ifndef GENOFS_GRAPH_IMAGE_LAYOUT_H
#define GENOFS_GRAPH_IMAGE_LAYOUT_H

#include <stdint.h>

#define IMAGE_MAGIC "GENOFSG\n" /* 8 bytes, without the NUL */

enum {
	IMAGE_MAGIC_LEN = 8,
	IMAGE_LAYOUT = 1,
	IMAGE_TABLE_AT = 512,   /* offset of the table of sections */
	IMAGE_PATH_AT = 4096,   /* of the source's pathname */
	IMAGE_PATH_LEN = 4096,  /* with its NUL */
	IMAGE_HEAD_LEN = 8192,  /* what comes before the first section */
	IMAGE_ALIGN = 64,       /* of sections */
	IMAGE_PAD = 8,          /* bytes at least behind each section */
	IMAGE_SAMPLE_STEP = 64, /* bytes of the BWT for each number of its samples */
};

enum image_section_id {
	IMAGE_SEQUENCES,       /* bytes: forward sequences of all ids */
	IMAGE_SEQUENCE_STARTS, /* where each begins; one more item: the end */
	IMAGE_BWT,             /* bytes: records */
	IMAGE_RECORD_STARTS,   /* where each begins; one more item: the end */
	IMAGE_SAMPLES,         /* what is before some places within long records */
	IMAGE_START_NODES,     /* first node of each sequence; 0 where it has none */
	IMAGE_START_OFFSETS,   /* which of that node's visits it is */
	IMAGE_PATH_NAMES,      /* struct image_path_name of each path */
	IMAGE_SAMPLE_NAMES,    /* from here on text, and where each string of it begins, by turns */
	IMAGE_SAMPLE_NAME_STARTS,
	IMAGE_CONTIG_NAMES,
	IMAGE_CONTIG_NAME_STARTS,
	IMAGE_TAGS,
	IMAGE_TAG_STARTS,
	IMAGE_GBWT_TAGS,
	IMAGE_GBWT_TAG_STARTS,
	IMAGE_SEGMENT_NAMES,
	IMAGE_SEGMENT_NAME_STARTS,
	IMAGE_MAPPING, /* the first id of each segment; one more item: the end */
	IMAGE_N_SECTIONS
};

enum { IMAGE_HAS_TRANSLATION = 1 }; /* flags */

/* All fields of these are little-endian. */
struct image_section {
	uint64_t offset; /* in the image; a multiple of IMAGE_ALIGN */
	uint64_t length; /* bytes: items * width */
	uint64_t items;
	uint32_t width; /* bytes of an item */
	uint32_t reserved;
};

struct image_head {
	char magic[IMAGE_MAGIC_LEN];
	uint32_t layout;
	uint32_t n_sections;
	uint64_t size;        /* bytes of the image */
	uint64_t content_low; /* XXH3, 128 bits, of all bytes behind the head */
	uint64_t content_high;
	uint64_t source_size; /* bytes */
	int64_t source_mtime; /* nanoseconds since 1970 */
	uint64_t source_low;  /* checksum of the source's bytes; 0 where the loader gave none */
	uint64_t source_high;
	uint32_t gbz_version;
	uint32_t gbwt_version;
	uint32_t graph_version;
	uint32_t flags;
	uint64_t n_sequences;
	uint64_t n_visits;
	uint64_t node_offset;   /* record r > 0 is of node r + node_offset */
	uint64_t alphabet_size; /* the largest node, and 1 */
	uint64_t min_id;
	uint64_t n_nodes; /* that exist */
};

struct image_path_name {
	uint32_t sample;
	uint32_t contig;
	uint32_t phase;
	uint32_t fragment;
};

_Static_assert(sizeof(struct image_head) == 136, "the head has no gaps");
_Static_assert(sizeof(struct image_section) == 32, "nor have entries of the table");
_Static_assert(sizeof(struct image_path_name) == 16, "nor path names");

#endif
