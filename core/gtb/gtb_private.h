/* SPDX-License-Identifier: MIT */
/* What the parts of the GTB reader share. */
#ifndef GENOFS_GTB_GTB_PRIVATE_H
#define GENOFS_GTB_GTB_PRIVATE_H

#include "core/base/cursor.h"
#include "core/base/names.h"
#include "core/gtb/calls.h"
#include "core/gtb/contig_list.h"
#include "core/gtb/gtb.h"
#include "core/gtb/unpack.h"

/* A block of version 1: an entry of the directory, in the order in which they are shown. */
struct v1_block {
	uint64_t first;  /* record: leads, for search_last() */
	uint64_t offset; /* bytes, of its first stream */
	uint32_t contig;
	uint32_t pos1_min;
	uint32_t pos1_max;
	uint32_t n_biallelic;
	uint32_t n_multiallelic;
	uint32_t genotypes_len; /* bytes of the streams */
	uint32_t positions_len;
	uint32_t alleles_len;
	uint32_t number; /* in the directory, for messages */
};

/* A field group of version 2. */
struct ccf_block {
	uint64_t first;  /* record: leads, for search_last() */
	uint64_t offset; /* bytes */
	uint64_t len;
	uint32_t n;
};

struct ccf_field {
	struct gtb_text name;
	struct gtb_text type_name;
	const struct gtb_type *type; /* NULL: not known */
};

struct ccf_group {
	struct gtb_text name;
	struct ccf_field *fields; /* n_fields of them; owned */
	uint32_t n_fields;
	uint32_t n_blocks;
	struct ccf_block *blocks; /* owned */
	size_t blocks_size;       /* bytes that they have */
	uint64_t n_records;
	uint64_t data_offset;
	uint64_t data_len;
	struct buf names; /* as read: what name, and those of fields, point into */
};

/* The fields that a GTB needs, by their place in their group. */
enum { SITE_CHROM, SITE_POS, SITE_ALLELE, N_SITE_FIELDS };
enum { CALLS_AC, CALLS_AN, CALLS_GT, N_CALLS_FIELDS };

/* Another field: of which group, and there which. */
struct v2_field {
	uint32_t group;
	uint32_t field;
};

struct gtb {
	char *pathname; /* owned */
	int fd;         /* owned */
	unsigned version;
	enum gtb_codec codec;
	bool phased;
	bool overlaps;
	uint64_t size;
	uint64_t n_records;
	size_t memory;
	struct gtb_room room;  /* of the directory */
	struct names *samples; /* owned */
	struct contig_list contigs;
	struct gtb_meta *meta; /* n_meta of them; owned */
	uint32_t n_meta;
	struct buf meta_text; /* that they point into */
	/* Version 1 */
	struct v1_block *blocks; /* n_blocks of them; owned */
	uint32_t n_blocks;
	/* Version 2 */
	struct ccf_group *groups; /* n_groups of them; owned */
	uint32_t n_groups;
	uint64_t n_fields; /* of all groups read */
	uint32_t sites;    /* group of sites */
	uint32_t calls;    /* group of genotypes; n_groups where there is none */
	uint32_t site_fields[N_SITE_FIELDS];
	uint32_t calls_fields[N_CALLS_FIELDS];
	struct v2_field *others; /* n_others of them; owned */
	uint32_t n_others;
};

bool gtb_same_text(struct gtb_text a, struct gtb_text b);
bool gtb_text_is(struct gtb_text t, const char *s);
/* Samples joined by @separator. Refuses what a header of VCF cannot have. */
int gtb_take_samples(struct gtb *g, const uint8_t *p, size_t n, char separator, struct err *err);
/* Says that it is in no list. */
int gtb_wrong_contig(const struct gtb *g, uint64_t contig, struct err *err);
/* A number of a contig that a file has, checked. */
static inline int gtb_check_contig(const struct gtb *g, uint64_t contig, struct err *err)
{
	return contig < g->contigs.n ? 0 : gtb_wrong_contig(g, contig, err);
}
/* Whether [p, p + n) is an allele as VCF writes it: visible characters, no comma, not empty. */
bool gtb_is_allele(const uint8_t *p, size_t n);
static inline bool gtb_is_letter(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26;
}
/* No control bytes, but for tabs where @tab. */
bool gtb_is_printable(const uint8_t *p, size_t n, bool tab);

/* The directory of each version. v1_matches(): whether the lengths in it add up to the file. */
int v1_open(struct gtb *g, struct err *err);
bool v1_matches(int fd, uint64_t size);
int v2_open(struct gtb *g, struct err *err);
void ccf_group_done(struct gtb *g, struct ccf_group *grp);

/* Reading records: one of these for each version. */
struct gtb_reader {
	const struct gtb *g;
	struct gtb_room *room; /* its own, or one that it shares */
	struct gtb_room own;
	size_t taken;               /* of it, for what follows */
	struct calls_scratch calls; /* of a record */
	struct v1_loaded *v1;       /* owned */
	struct v2_loaded *v2;       /* owned */
};

int v1_reader_new(struct gtb_reader *r, struct err *err);
void v1_reader_free(struct gtb_reader *r);
int v1_read_site(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err);
int v1_read_row(struct gtb_reader *r, uint64_t record, struct stored_row *out, struct err *err);

int v2_reader_new(struct gtb_reader *r, struct err *err);
void v2_reader_free(struct gtb_reader *r);
int v2_read_contig(struct gtb_reader *r, uint64_t record, uint32_t *out, struct err *err);
int v2_read_site(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err);
int v2_read_row(struct gtb_reader *r, uint64_t record, struct stored_row *out, struct err *err);

/*
 * Of another field of version 2: how large the column is decompressed that has the value of
 * @record, as far as its stream says, and where the next one begins.
 */
struct column_size {
	uint64_t bytes;
	uint64_t end; /* record */
};
int v2_column_size(struct gtb_reader *r, uint32_t field, uint64_t record, struct column_size *out,
		struct err *err);

/* A reader that shares a room with others. */
int gtb_reader_new_in(const struct gtb *g, struct gtb_room *room, struct gtb_reader **out,
		struct err *err);
/* A record's row as it is stored, until the reader goes to another block; of a file that has
 * samples. @n_alleles: of the record. */
int gtb_read_row(struct gtb_reader *r, uint64_t record, uint32_t n_alleles, struct stored_row *out,
		struct err *err);
/* What is wrong in @row, with where it is: for gtb_read_row()'s callers. Returns @ret. */
int gtb_row_failed(const struct gtb_reader *r, uint64_t record, const struct stored_row *row,
		int ret, struct err *err);

/* [offset, offset + len) of the file, of the reader's memory: for gtb_room_free(). */
int gtb_load(const struct gtb *g, uint64_t offset, uint64_t len, struct gtb_room *room,
		uint8_t **out, struct err *err);

#endif
