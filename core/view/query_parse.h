/* SPDX-License-Identifier: MIT */
/* What the name of a folder in an `@` folder says. */
#ifndef GENOFS_VIEW_QUERY_PARSE_H
#define GENOFS_VIEW_QUERY_PARSE_H

#include "core/record/region.h"
#include "core/view/query.h"
#include "core/view/site_filter.h"

/* Part @k of @n, from 1. */
struct query_part {
	uint64_t k;
	uint64_t n;
};

struct query_terms {
	enum query_kind kind;
	struct region_list regions; /* QUERY_REGION; owned */
	struct sample_set samples;  /* QUERY_SAMPLES...: numbers of the store; owned */
	struct query_part part;     /* QUERY_PART */
	struct site_filter filter;  /* QUERY_WHERE */
	uint32_t contig;            /* QUERY_CONTIG */
};

/* Return: 0; -ENOENT where @name is no such name, with the reason in @err; -ENOMEM. */
int query_terms_parse(const struct dataset *d, enum query_kind kind, const char *name,
		const struct sample_lists *lists, struct query_terms *out, struct err *err);
void query_terms_done(struct query_terms *t);

/* The regions of @text on contigs of @d, as of QUERY_REGION but not percent-encoded.
 * Return: as region_list_parse(). */
int query_parse_regions(const struct dataset *d, const char *text, struct region_list *out,
		struct err *err);

/* The first of @total records that is in a part after the first @k: parts differ by one at most. */
static inline uint64_t part_start(const struct query_part *p, uint64_t total, uint64_t k)
{
	return (uint64_t)((unsigned __int128)total * k / p->n);
}

#endif
