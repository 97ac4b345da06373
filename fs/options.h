/* SPDX-License-Identifier: MIT */
/*
 * What the command line asks for. One table holds the names, types and help of the -o options; it
 * is read to parse them, to print the help and to write .genofs/config.
 */
#ifndef GENOFS_FS_OPTIONS_H
#define GENOFS_FS_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "fs/sources.h"

#define READAHEAD_AUTO UINT_MAX

/* A list of samples with a name: -o samples:NAME=FILE. */
struct list_arg {
	char *name;     /* owned */
	char *pathname; /* owned */
};

struct options {
	size_t cache_size; /* bytes */
	unsigned threads;
	unsigned mode; /* of files; folders have x where these have r */
	unsigned uid;
	unsigned gid;
	unsigned grace;     /* seconds */
	unsigned readahead; /* KiB, or READAHEAD_AUTO */
	bool allow_other;
	bool noexec;
	bool sandbox;
	bool sloppy;   /* options that come after and are not known are left out */
	char *contigs; /* of GTB files: pathname of a list; NULL: the one built in; owned */
	/* Of pangenomes: */
	uint64_t block_bp; /* bases of a block */
	uint64_t gap_bp;   /* and between pieces that one sequence joins */
	char *reference;   /* samples, joined by '+'; NULL: those that the graph names; owned */
	char *shm;         /* folder of shared memory; owned; not NULL */
	bool foreground;
	bool help;                  /* asked for: nothing else is set */
	bool version;               /* likewise */
	struct source_arg *sources; /* owned */
	unsigned n_sources;         /* > 0 */
	struct list_arg *lists;     /* owned */
	unsigned n_lists;
	const char *device; /* what the mount table calls it: the first SOURCE as given; argv's */
	const char *mountpoint; /* argv's */
};

/**
 * options_parse() - read a command line, with defaults for what it leaves out
 * @out: the caller's to give to options_done(); untouched on failure
 *
 * Return: 0; -EINVAL for wrong usage; -ENOMEM.
 */
int options_parse(int argc, char **argv, struct options *out, struct err *err);
void options_done(struct options *o);

void options_print_help(FILE *to);

/* The effective -o options, one "name=value" a line. */
void options_write(const struct options *o, struct buf *out);

#endif
