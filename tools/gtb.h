/* SPDX-License-Identifier: MIT */
/* GTB files, where `genofs info` and `genofs verify` are given one in place of a store. */
#ifndef GENOFS_TOOLS_GTB_H
#define GENOFS_TOOLS_GTB_H

#include <stdbool.h>

#include "core/base/err.h"

/* @contigs: pathname of a list of contigs, or NULL. */
int info_gtb(const char *pathname, const char *contigs, bool json, struct err *err);

/**
 * verify_gtb() - read all that a GTB file holds, with every check that there is
 *
 * Return: 0; -EBADMSG where it is damaged, or has genotypes that its records do not allow.
 */
int verify_gtb(const char *pathname, const char *contigs, bool quiet, struct err *err);

/* Control bytes must not reach a terminal. */
void print_safely(const char *s, size_t len);

#endif
