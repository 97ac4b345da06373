/* SPDX-License-Identifier: MIT */
/* What each haplotype has at each site. For the files calls*.c alone. */
#ifndef GENOFS_PANGENOME_CALLS_VALUES_H
#define GENOFS_PANGENOME_CALLS_VALUES_H

#include "core/pangenome/calls_chains.h"
#include "core/pangenome/calls_scan.h"
#include "core/pangenome/calls_sites.h"

/* Fill @s->values, from chains that were followed as far as the sites go, and count their bytes.
 * Return: 0; -ENOMEM. */
int call_values_make(const struct call_scan *scan, struct call_sites *s);

#endif
