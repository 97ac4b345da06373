/* SPDX-License-Identifier: MIT */
/*
 * Sources as they are named: on the command line, or in a file that lists them.
 *
 * A list is a text file, so it is told from stores and graphs by what they begin with; VCF, which
 * is text too, is told by its first line. A line of a list is [NAME=]SOURCE, where blanks around it
 * are none of it; empty lines and those that begin with '#' say nothing. A relative pathname is
 * looked up from the list's folder. Lists do not list lists.
 */
#ifndef GENOFS_FS_SOURCES_H
#define GENOFS_FS_SOURCES_H

#include "core/base/err.h"

#define SHM_PREFIX "shm:"

struct source_arg {
	char *name;     /* of its folder, as given; NULL for the file's stem; owned */
	char *pathname; /* owned */
	char *listed;   /* "LIST: line N" where a list names it, else NULL; owned */
};

/* Take [NAME=]SOURCE apart. @out: for source_arg_done(), also on failure. Return: 0; -EINVAL where
 * there is no SOURCE; -ENOMEM. */
int source_arg_parse(const char *arg, struct source_arg *out, struct err *err);
void source_arg_done(struct source_arg *source);

/**
 * source_args_expand() - put what lists name in the lists' places
 * @args: @n sources, in memory of malloc(3); left as they were on failure
 *
 * A file that cannot be read is none of the lists: whoever opens it will say why.
 *
 * Return: 0; -EINVAL for a list that cannot be used, with its name and the line; -ENOMEM.
 */
int source_args_expand(struct source_arg **args, unsigned *n, struct err *err);

#endif
