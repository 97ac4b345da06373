/* SPDX-License-Identifier: MIT */
/* What --genofs=SOURCE[,SOURCE...]:MNT says. */
#ifndef GENOFS_SLURM_SPANK_OPTION_H
#define GENOFS_SLURM_SPANK_OPTION_H

#include <stddef.h>

#include "core/base/err.h"

struct spank_mount {
	char **sources; /* [NAME=]PATHNAME, or shm:NAME; absolute; owned */
	size_t n_sources;
	char *mnt; /* absolute; owned */
};

/**
 * spank_option_parse() - take an option's value apart
 *
 * MNT is what comes behind the last ':'. Sources are a list of words (core/base/words.h). Pathnames
 * are absolute: where a job begins, its folder is not known. Return: 0; -EINVAL; -ENOMEM.
 */
int spank_option_parse(const char *value, struct spank_mount *out, struct err *err);
void spank_mount_done(struct spank_mount *m);

#endif
