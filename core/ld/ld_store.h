/* SPDX-License-Identifier: MIT */
/*
 * The sites of a dataset, a store's or what a query leaves of it, for core/ld/ld_scan.h.
 */
#ifndef GENOFS_LD_LD_STORE_H
#define GENOFS_LD_LD_STORE_H

#include "core/ld/ld_scan.h"
#include "core/view/dataset.h"

struct ld_store;

/**
 * ld_store_new() - the records of @d that are chosen
 * @d: prepared; borrowed, with its store, cache and query
 *
 * Return: 0; -ENOMEM.
 */
int ld_store_new(const struct dataset *d, const struct ld_choice *choice, struct ld_store **out);
void ld_store_free(struct ld_store *s); /* NULL is nothing to do */
void ld_store_freep(struct ld_store **s);

/* As long as the store is there. */
struct ld_source ld_store_source(struct ld_store *s);

/* Records of chromosome Y were left out. */
bool ld_store_lacks_y(const struct ld_store *s);

/* Whether PLINK knows the contig for chromosome Y. */
bool ld_is_y(struct name contig);

#endif
