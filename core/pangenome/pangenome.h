/* SPDX-License-Identifier: MIT */
/*
 * A pangenome that is mounted: its graph in shared memory, and what was worked out from it so far.
 *
 * Opening costs an attach, or a load where the graph is not in memory yet. All else is worked out
 * when it is first asked for, by one thread, others waiting; it is kept until the pangenome is
 * closed, in memory that all mounts of the machine share (index.h). From any thread.
 */
#ifndef GENOFS_PANGENOME_PANGENOME_H
#define GENOFS_PANGENOME_PANGENOME_H

#include <stddef.h>
#include <sys/stat.h>

#include "core/base/err.h"
#include "core/graph/graph_object.h"
#include "core/pangenome/file.h"
#include "core/pangenome/folder.h"
#include "core/pangenome/layout.h"

struct call_chains;
struct kept;
struct decode_pool;
struct pangenome;

#define PANGENOME_BLOCK_BP 1000000

struct pangenome_options {
	const char *source;     /* pathname of a GBZ, or shm:NAME */
	const char *folder;     /* of shared memory; NULL: SHM_FOLDER */
	const char *references; /* as catalog_make() */
	uint64_t block_bp;      /* bases of a block, 1 at least */
	uint64_t gap_bp;        /* bases between pieces that a span joins; 0: block_bp */
	size_t budget;          /* bytes of files that are kept */
	/* Told while a graph is loaded; may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

/* Whether the file is a GBZ, or the name one in shared memory, by how it begins. */
bool pangenome_is_source(const char *source);

/* @o: copied, with its texts. Return: 0; what graph_object_load() and catalog_make() return. */
int pangenome_open(const struct pangenome_options *o, struct pangenome **out, struct err *err);
void pangenome_close(struct pangenome *p); /* NULL is nothing to do */
/* Who helps with what is worked out; until it is NULL again. */
void pangenome_set_pool(struct pangenome *p, struct decode_pool *pool);

const struct graph *pangenome_graph(const struct pangenome *p);
const struct catalog *pangenome_catalog(const struct pangenome *p);
const struct pangenome_options *pangenome_options(const struct pangenome *p);
const struct shm_object *pangenome_object(const struct pangenome *p);
/* The time of the source. */
struct timespec pangenome_mtime(const struct pangenome *p);

/*
 * Tables, worked out where they are not there yet; they stay until the pangenome is closed.
 * Return: 0; what index_get() returns.
 */
int pangenome_parts(struct pangenome *p, const struct parts **out, struct err *err);
/* Spans in the order of the haplotype's paths in the catalog. */
int pangenome_hap_places(
		struct pangenome *p, uint32_t hap, const struct places **out, struct err *err);
/* Likewise of a reference's contig. */
int pangenome_contig_places(
		struct pangenome *p, uint32_t contig, const struct places **out, struct err *err);
/* The layout of the group of a contig, and the contig's number in it. */
int pangenome_layout(struct pangenome *p, uint32_t contig, const struct layout **out,
		uint32_t *in_layout, struct err *err);
/* The anchors [@low, @high) that the folder of a contig, block or region shows. */
void pangenome_interval(const struct pangenome *p, const struct pg_folder *folder, uint64_t *low,
		uint64_t *high);
/* Which chains of the haplotypes count where on a contig. */
int pangenome_call_chains(struct pangenome *p, uint32_t contig, const struct call_chains **out,
		struct err *err);
/* Where the sites of blocks are kept: calls.h. */
struct kept *pangenome_call_blocks(const struct pangenome *p);
/* How long the paths of the whole graph are: walks all of them. Spans by path. */
int pangenome_all_places(struct pangenome *p, const struct places **out, struct err *err);

/**
 * pg_file_get() - a file of a folder, made if need be
 * @row: of pg_file_kinds[]
 * @out: a reference, for pg_file_put()
 *
 * Return: 0; -ENOENT where the folder has no such file; what making it returns.
 */
int pg_file_get(struct pangenome *p, const struct pg_folder *folder, uint32_t row,
		struct pg_file **out, struct err *err);
void pg_file_put(struct pg_file *f);
/* All of [off, off + len), which is there. Return: 0; a negative errno. */
int pg_file_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err);

#endif
