/* SPDX-License-Identifier: MIT */
/*
 * The pairs of some sites of a batch with the sites that follow them, as text.
 */
#ifndef GENOFS_LD_LD_PAIRS_H
#define GENOFS_LD_LD_PAIRS_H

#include "core/ld/ld_scan.h"

enum { LD_WAITING_BYTES = 2 << 20 }; /* of text that waits for its turn, for each thread */

enum ld_batch_state { LD_LOADING, LD_READY };

/* A batch in the list of those in memory, which are in order. */
struct ld_batch {
	struct ld_sites sites;
	struct ld_batch *next;
	uint64_t index;
	/* The scan's, by its lock: */
	enum ld_batch_state state;
	size_t memory;      /* bytes counted for it */
	size_t next_site;   /* the first whose pairs no thread has taken */
	unsigned n_running; /* threads that are at pairs of its sites */
};

/* Whether all sites that may be paired with site @i of @b are there; @all: no batch comes after the
 * last in the list. */
bool ld_window_is_there(
		const struct ld_scan_setup *setup, const struct ld_batch *b, size_t i, bool all);

/* A thread's memory, for its life; zero-initialised. */
struct ld_pairs_scratch {
	double *r2; /* a row for each first site; owned */
	size_t n;
	struct buf text;
};

void ld_pairs_scratch_done(struct ld_pairs_scratch *s);

/**
 * ld_pairs_run() - write the pairs of sites [@from, @to) of @b as piece @number of @output
 *
 * Their windows must be there. Return: 0; -ENOMEM; what the output said.
 */
int ld_pairs_run(const struct ld_scan_setup *setup, const struct ld_batch *b, size_t from,
		size_t to, struct ld_pairs_scratch *s, struct ld_output *output, uint64_t number,
		struct err *err);

/* r2, from 0 to 1, with six significant digits in the form of printf's %g; halves go to the even
 * digit, as PLINK's do. Return: the byte behind it; LD_R2_TEXT_MAX may be written. */
enum { LD_R2_TEXT_MAX = 16 };
char *ld_r2_text(char *p, double r2);

#endif
