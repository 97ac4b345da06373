/* SPDX-License-Identifier: MIT */
/*
 * The lines of a VCF header as htslib understands them: what it takes a line for, what it drops,
 * how it numbers names, how it prints it all again. So that a header shown without htslib is the
 * one that import, which uses it, puts into a store. The unit test compares the two.
 *
 * One thread at a time.
 */
#ifndef GENOFS_GTB_HEADER_LINES_H
#define GENOFS_GTB_HEADER_LINES_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/names.h"

/* Tables in which a name may be declared: bits. */
enum { DECLARES_FILTER = 1, DECLARES_INFO = 2, DECLARES_FORMAT = 4 };
/* Of an INFO key. */
enum info_type { INFO_FLAG, INFO_INTEGER, INFO_FLOAT, INFO_STRING };

struct declared_key {
	uint32_t id;
	uint8_t uses; /* DECLARES_... */
	uint8_t type; /* enum info_type, where DECLARES_INFO is among them */
};

struct declared_contig {
	uint32_t id;
	uint64_t length; /* 0: not given */
};

/* A table of names, in the order in which they came, and their ids. */
struct declared_table {
	struct names *names; /* owned */
	struct buf items;    /* struct declared_key or struct declared_contig by name's number */
	struct buf by_id;    /* uint32_t: the name's number, UINT32_MAX in a hole */
};

struct header_lines {
	struct buf vcf; /* the lines, each with its newline */
	struct buf bcf; /* with IDX, as a header of BCF has them */
	struct declared_table keys;
	struct declared_table contigs;
	struct names *plain; /* KEY=VALUE of lines that are not structured; owned */
	bool has_version;    /* a line ##fileformat */
	bool drop_format;    /* lines of FORMAT are declared but not shown */
	/* Scratch: the attributes of a line. */
	struct line_attribute *attributes; /* owned */
	size_t n_attributes;
	size_t cap_attributes;
};

int header_lines_init(struct header_lines *h, bool drop_format); /* 0 or -ENOMEM */
void header_lines_done(struct header_lines *h);

/**
 * header_lines_take() - all lines of @text that begin with ##
 *
 * The filter PASS comes first, or behind a first line ##fileformat.
 *
 * Return: 0; -ENOMEM; -EBADMSG where htslib refuses the whole for a line.
 */
int header_lines_take(struct header_lines *h, const char *text, size_t len, struct err *err);
/* One more line, without a newline. */
int header_lines_add(struct header_lines *h, const char *line, size_t len, struct err *err);

uint32_t declared_n_ids(const struct declared_table *t); /* with holes */
/* The number in the names of who has the id, or UINT32_MAX. */
uint32_t declared_by_id(const struct declared_table *t, uint32_t id);
struct declared_key *declared_key(const struct header_lines *h, uint32_t number);
struct declared_contig *declared_contig(const struct header_lines *h, uint32_t number);

#endif
