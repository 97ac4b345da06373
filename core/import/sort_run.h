/* SPDX-License-Identifier: MIT */
/*
 * Sorted runs of records in a file without a name, which vanishes with the process.
 *
 * A run is a sequence of frames, each LZ4-compressed and with a checksum; no record is split
 * between frames. The file is private to the process, so records and proofs lie in it as in
 * memory. One thread at a time.
 */
#ifndef GENOFS_IMPORT_SORT_RUN_H
#define GENOFS_IMPORT_SORT_RUN_H

#include "core/base/err.h"
#include "core/import/batch.h"

struct run_file;

struct run {
	uint64_t start; /* bytes in the file */
	uint64_t end;
};

enum { RUN_READER_BYTES = 400 * 1024 }; /* memory of a reader, but for larger records */

/* In the folder of @target. */
int run_file_new(const char *target, struct run_file **out, struct err *err);
void run_file_free(struct run_file *f); /* NULL is nothing to do */

int run_file_put(
		struct run_file *f, const struct record *r, const struct proof *p, struct err *err);
/* End the run that was being put. */
int run_file_end(struct run_file *f, struct run *out, struct err *err);

struct run_reader;

int run_reader_new(const struct run_file *f, struct run run, struct run_reader **out);
void run_reader_free(struct run_reader *r); /* NULL is nothing to do */
/* Return: 1, with pointers valid until the next call; 0 at the end; a negative errno. */
int run_reader_next(
		struct run_reader *r, struct record *record, struct proof *proof, struct err *err);

#endif
