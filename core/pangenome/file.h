/* SPDX-License-Identifier: MIT */
/*
 * The files of a pangenome's folders: one row of a table for each name, made when first looked at
 * and kept while there is room.
 */
#ifndef GENOFS_PANGENOME_FILE_H
#define GENOFS_PANGENOME_FILE_H

#include "core/pangenome/folder.h"
#include "core/pangenome/slice.h"
#include "core/pangenome/text.h"

struct pangenome;
struct fasta;

/* A file, made: it can be read at any offset. */
struct pg_file {
	struct pangenome *pangenome;
	const struct pg_file_kind *kind;
	struct pg_folder folder; /* that it lies in */
	uint64_t size;           /* bytes, exact */
	bool at_hand;            /* to read it is to copy memory */
	struct slice *slice;     /* a reference, for kinds that ask for one */
	struct text text;        /* for kinds that are a writer */
	void *made;              /* for others; freed by kind->free */
	size_t made_bytes;       /* how much memory that is */
};

struct pg_file_kind {
	const char *name;
	unsigned levels;    /* bits 1 << enum pg_level: folders that have it */
	bool slice;         /* it is of the folder's slice */
	bool momentary;     /* it tells of the moment: not kept for longer than a second */
	text_writer *write; /* of a struct pg_file, after @make where there is both; or else: */
	int (*make)(struct pg_file *f, struct err *err);
	/* All of [off, off + len), which is there. Return: 0 or a negative errno. */
	int (*read)(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err);
	void (*free)(struct pg_file *f);
};

extern const struct pg_file_kind pg_file_kinds[];
extern const unsigned n_pg_file_kinds;

#endif
