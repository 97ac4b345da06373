/* SPDX-License-Identifier: MIT */
/*
 * A file that a command writes: whole or not at all (core/base/whole_file.h). Standard output,
 * pipes and devices get what is written at once.
 */
#ifndef GENOFS_TOOLS_OUT_FILE_H
#define GENOFS_TOOLS_OUT_FILE_H

#include <stddef.h>

#include "core/base/err.h"

struct out_file;

/* -EINVAL where the output would be written over its own source; else 0. */
int out_file_check(const char *pathname, const char *source, struct err *err);
/* @pathname: "-" is standard output. Return: 0; what open(2) said; -ENOMEM. */
int out_file_new(const char *pathname, struct out_file **out, struct err *err);
/* What is not finished leaves no file. NULL is nothing to do. */
void out_file_free(struct out_file *f);
void out_file_freep(struct out_file **f);

/* All of it. @f: void, as ld_sink.write has it. Return: 0; what write(2) said. */
int out_file_write(void *f, const void *p, size_t n, struct err *err);
/* Give it its name. Return: 0 or a negative errno. */
int out_file_finish(struct out_file *f, struct err *err);

#endif
