/* SPDX-License-Identifier: MIT */
/*
 * What the numbers of contigs in a GTB file stand for: a list built in, or one of the user's.
 * Immutable once made; from any thread.
 */
#ifndef GENOFS_GTB_CONTIG_LIST_H
#define GENOFS_GTB_CONTIG_LIST_H

#include "core/gtb/gtb.h"

enum {
	GTB_CONTIGS_V1 = 25, /* 1 to 22, X, Y, MT */
	GTB_CONTIGS_V2 = 24  /* without MT */
};

struct contig_list {
	struct gtb_contig *contigs; /* n of them; owned */
	uint32_t n;
	char *text; /* the user's list, into which names point; owned */
};

/* The first @n of the contigs built in. 0 or -ENOMEM. */
int contig_list_default(uint32_t n, struct contig_list *out);
/**
 * contig_list_read() - the user's: a text with the line #chromosome,ploidy,length (the last two may
 * be left out, columns have any order), then a line for each contig
 *
 * Return: 0; -EINVAL with the line in @err; -ENOMEM; an errno of open(2).
 */
int contig_list_read(const char *pathname, struct contig_list *out, struct err *err);
void contig_list_done(struct contig_list *l);

#endif
