/* SPDX-License-Identifier: MIT */
/*
 * The tables of a store: its footer, taken apart and checked. For reader.c alone.
 */
#ifndef GENOFS_STORE_TABLES_H
#define GENOFS_STORE_TABLES_H

#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/store/layout.h"
#include "core/store/reader.h"

struct store {
	char *pathname;      /* owned */
	int fd;              /* owned */
	struct stat st;      /* when it was opened */
	uint64_t chunks_end; /* offset of the footer */
	struct buf sections[N_SECTIONS];
	uint32_t n_samples;
	struct names *keys; /* owned */
	uint32_t n_keys;
	uint32_t gt_key;             /* UINT32_MAX where there is none */
	struct contig_info *contigs; /* n_contigs; owned */
	uint32_t n_contigs;
	struct chunk_info *chunks; /* n_chunks; owned */
	uint32_t n_chunks;
	uint64_t n_records;
	struct chunk_group *groups; /* n_groups; owned */
	uint32_t n_groups;
	struct last_group *last; /* owned */
};

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
