/* SPDX-License-Identifier: MIT */
/*
 * The tables of a store: its footer, taken apart and checked. For core/store alone.
 */
#ifndef GENOFS_STORE_TABLES_H
#define GENOFS_STORE_TABLES_H

#include <pthread.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/store/foreign.h"
#include "core/store/layout.h"
#include "core/store/reader.h"

/* A section where it lies in the file. */
struct packed_section {
	uint64_t offset;
	uint64_t length; /* 0: the store has none */
	uint64_t raw_length;
	uint8_t codec;
};

/* The samples by name, once somebody asked. */
struct lazy_names {
	pthread_mutex_t lock;
	struct sample_names *names; /* by lock; owned */
};

struct store {
	char *pathname;      /* owned */
	int fd;              /* owned */
	struct stat st;      /* when it was opened */
	uint64_t chunks_end; /* offset of the footer */
	struct buf sections[N_SECTIONS];
	uint32_t n_samples;
	struct names *keys; /* owned */
	uint32_t n_keys;
	uint32_t gt_key; /* UINT32_MAX where there is none */
	uint32_t ac_key; /* those of no record have numbers from n_keys on */
	uint32_t an_key;
	struct contig_info *contigs; /* n_contigs; owned */
	uint32_t n_contigs;
	struct chunk_info *chunks; /* n_chunks; owned */
	uint32_t n_chunks;
	uint64_t n_records;
	int64_t end; /* of its records, the largest */
	struct gt_shape shape;
	struct chunk_group *groups; /* n_groups; owned */
	uint32_t n_groups;
	struct last_group *last;  /* owned */
	struct lazy_names *names; /* owned */
	unsigned n_totals;        /* of each chunk */
	uint32_t n_bcf_contigs;
	struct packed_section in_file[N_SECTIONS]; /* those that are left there */
	/* Of one whose records lie in another format (core/store/foreign.h): */
	struct store_foreign foreign; /* decode is NULL where it is none */
	struct measured *measured;    /* NULL where it is none; owned */
};

/* A store without tables, for store_close(). Return: 0 or -ENOMEM. */
int store_alloc(const char *pathname, struct store **out);

/**
 * store_tables_read() - fill in all that the footer says
 * @s:      with chunks_end; on failure half filled, which store_close() copes with
 * @footer: its bytes, whose checksum fits
 *
 * Afterwards all tables are consistent with each other and with the file's size. One thread.
 *
 * Return: 0; -ENOMEM; -EBADMSG: @err says which table is damaged.
 */
int store_tables_read(struct store *s, const struct buf *footer, struct err *err);

#endif
