/* SPDX-License-Identifier: MIT */
/*
 * The sites of a folder of a mount, for core/ld/ld_scan.h: those of its calls.bcf, read as any
 * program would.
 */
#ifndef GENOFS_TOOLS_LD_FOLDER_H
#define GENOFS_TOOLS_LD_FOLDER_H

#include "core/ld/ld_scan.h"

struct ld_folder;

/* @n_threads: to help with decompression. Return: 0; -ENOENT where the folder has no such file;
 * -EBADMSG; -ENOMEM. */
int ld_folder_new(const char *pathname, const struct ld_choice *choice, unsigned n_threads,
		struct ld_folder **out, struct err *err);
void ld_folder_free(struct ld_folder *f); /* NULL is nothing to do */

uint32_t ld_folder_n_samples(const struct ld_folder *f);
/* As long as the folder is there. */
struct ld_source ld_folder_source(struct ld_folder *f);
/* Records of chromosome Y were left out, of those read so far. */
bool ld_folder_lacks_y(const struct ld_folder *f);

#endif
