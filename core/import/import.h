/* SPDX-License-Identifier: MIT */
/*
 * VCF, BCF and GTB to a genotype store.
 *
 * One thread reads the inputs, a pool of workers parses them and codes and checks chunks, the
 * caller's thread puts all in order and writes. The store's bytes depend on the input and on the
 * chunk limits, not on threads, timing or memory. The target appears when it is complete, or stays
 * as it was.
 */
#ifndef GENOFS_IMPORT_IMPORT_H
#define GENOFS_IMPORT_IMPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/codec/stream.h"
#include "core/import/source.h"

enum {
	IMPORT_CHUNK_RECORDS = 8192, /* defaults */
	IMPORT_CHUNK_RECORDS_WIDE = 4096,
	IMPORT_WIDE = 1000, /* samples: from so many on a chunk takes long to decode */
	IMPORT_CHUNK_BYTES = 4 << 20,
	/* What the kernel reads ahead for whoever looks at a header, 384 KiB of calls.bcf, is
	 * mostly of the first chunk. */
	IMPORT_FIRST_BYTES = 192 << 10,
	IMPORT_CHUNK_BYTES_MIN = 64 << 10
};

struct import_options {
	const char *const *inputs; /* n_inputs of them; "-" is standard input */
	unsigned n_inputs;
	const char *output;
	const char *regions;     /* bcftools' syntax, or NULL */
	const char *gtb_contigs; /* pathname of a list of contigs for GTB inputs, or NULL */
	size_t memory;           /* bytes: resident size of the whole process */
	unsigned n_threads;      /* workers; at least 1 */
	enum codec_choice codec;
	uint32_t chunk_records; /* 0: the default for so many samples */
	size_t chunk_bytes;     /* see struct chunk_queue_setup */
	bool check;
};

/* What an import is doing, for whoever shows it; and in the end what it did. */
struct import_progress {
	_Atomic uint64_t bytes_total; /* of the inputs; 0: not known */
	_Atomic uint64_t bytes_read;
	_Atomic uint64_t records; /* taken from the input */
	_Atomic uint64_t sorted;  /* records written after sorting */
	_Atomic uint64_t chunks;  /* written */
	_Atomic int sorting;      /* 1 once the input proved unsorted */
	_Atomic int stop;         /* set this to end the import early, with -EINTR */
	uint64_t memory_estimate; /* bytes; set before the start() callback */
	uint64_t store_bytes;     /* these at the end */
	uint32_t n_contigs;
	uint32_t n_undeclared_contigs; /* served as htslib reads them */
	uint32_t n_undeclared_keys;
	struct source_odd odd; /* of GTB inputs */
};

/**
 * import_run() - make a store
 * @start: called when the inputs are open, before there is anything to clean up; may be NULL
 *
 * Threads are started and joined; blocks the caller's thread until the end. For the whole process
 * it tunes malloc to give memory back, and turns htslib's own messages off.
 *
 * Return: 0; -EINTR when stopped; -EBADMSG where an input cannot be used; -EINVAL for options that
 * do not fit together; -ENOMEM, -ENOSPC and others as they come. @err names file, place and cure.
 */
int import_run(const struct import_options *o, struct import_progress *progress,
		void (*start)(const struct import_progress *progress), struct err *err);

/* The memory to use by default: the smaller of 2 GiB and a quarter of what this process may have.
 */
size_t import_default_memory(void);

#endif
