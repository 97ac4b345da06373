/* SPDX-License-Identifier: MIT */
/*
 * The structures that a GBZ is made of (the simple-sds encoding): where they lie in a file, and
 * what they decode to.
 *
 * A file is an array of 64-bit little-endian elements and has no table of contents: structures are
 * walked in order, each saying how long it is. sds_scan_*() take the next structure of a window,
 * check every length that it claims against what is left of the file before anything is multiplied
 * or allocated, note where the content lies, and pass over it. sds_read_*() decode the content
 * later, through windows of their own, into memory of the caller.
 *
 * All return 0; -EBADMSG where the file is damaged; -EIO where it could not be read; -ENOMEM;
 * -ECANCELED. Messages have no file name; the caller puts it in front. Any thread may call these
 * with windows and outputs of its own.
 */
#ifndef GENOFS_GRAPH_SIMPLE_SDS_H
#define GENOFS_GRAPH_SIMPLE_SDS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/graph/int_array.h"
#include "core/graph/window.h"

/* Bytes, in a file. */
struct sds_bytes {
	uint64_t at; /* offset in the file */
	uint64_t n;
};

/* A raw bit vector: bit i is bit i % 64, from the lowest, of element i / 64. */
struct sds_bits {
	uint64_t at; /* offset in the file of the first element */
	uint64_t n;  /* bits */
};

/* n integers of width bits each, in a raw bit vector. */
struct sds_ints {
	struct sds_bits bits;
	uint64_t n;
	unsigned width; /* 1 to 64 */
};

/* A sparse (Elias-Fano) vector: ascending integers below universe, equal ones allowed. */
struct sds_sparse {
	uint64_t universe;
	uint64_t n; /* integers */
	struct sds_bits high;
	struct sds_ints low;
};

/* Strings, one after the other; packed (each byte a number in an alphabet) or Zstandard. */
struct sds_strings {
	struct sds_sparse index; /* where each begins in the decoded bytes */
	uint64_t length;         /* decoded bytes of all */
	bool compressed;
	struct sds_bytes zstd;   /* if compressed */
	struct sds_ints symbols; /* if not */
	uint32_t n_letters;      /* if not; 0 to 256 */
	uint8_t alphabet[256];   /* if not */
};

int sds_scan_ints(struct window *w, struct sds_ints *out, struct err *err);
int sds_scan_sparse(struct window *w, struct sds_sparse *out, struct err *err);
int sds_scan_bytes(struct window *w, struct sds_bytes *out, struct err *err);
int sds_scan_strings(struct window *w, struct sds_strings *out, struct err *err);
int sds_scan_compressed_strings(struct window *w, struct sds_strings *out, struct err *err);
/* Strings and their order, which is passed over. */
int sds_scan_dictionary(struct window *w, struct sds_strings *out, struct err *err);
/* Keys and values by turns, so an even number of strings. */
int sds_scan_tags(struct window *w, struct sds_strings *out, struct err *err);
/* How many bytes an optional structure has; 0 where it is not there. The window has them. */
int sds_scan_optional(struct window *w, uint64_t *n_bytes, struct err *err);

/* Where in a file what is read lies, and who is told of it. */
struct sds_file {
	int fd;
	struct progress *progress; /* may be NULL */
};

/* All values of @v, and behind them @last, as an array: @out has v->n + 1 items. */
int sds_read_sparse(const struct sds_file *f, const struct sds_sparse *v, uint64_t last,
		const struct int_array *out, struct err *err);

/*
 * The strings' bytes, and where they begin.
 * @bytes:  v->length bytes
 * @starts: v->index.n + 1 items, of which the last is v->length
 */
int sds_read_strings(const struct sds_file *f, const struct sds_strings *v, void *bytes,
		const struct int_array *starts, struct err *err);

int sds_read_bytes(const struct sds_file *f, const struct sds_bytes *v, void *dst, struct err *err);
/* Zstandard frames, one or more, that decode to exactly @length bytes. */
int sds_read_zstd(const struct sds_file *f, const struct sds_bytes *v, void *dst, uint64_t length,
		struct err *err);

#endif
