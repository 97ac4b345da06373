/* SPDX-License-Identifier: MIT */
/*
 * FASTA of intervals of paths, 60 letters a line, served at any offset at the cost of the bases
 * that are read: sizes and offsets follow from lengths alone.
 *
 * Records are added, then it is finished, then it is read. One thread at a time adds and finishes;
 * from then on any thread may read. Finishing makes it a file that indexes can be made of:
 *
 * - Records without bases are left out: samtools leaves out those within a file, and takes no file
 *   that ends with one.
 * - Of records with equal names the second is called NAME#2, the third NAME#3, and so on, past
 *   names that are taken: an index would have only the first one.
 */
#ifndef GENOFS_PANGENOME_FASTA_H
#define GENOFS_PANGENOME_FASTA_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/pangenome/places.h"
#include "core/view/text_out.h"

enum { FASTA_LINE = 60 };

#define FASTA_GAP UINT64_MAX

struct fasta_piece {
	uint64_t span; /* of the places; FASTA_GAP: letters N */
	uint64_t from; /* base of the path */
	uint64_t n;
	uint64_t before;    /* bases of the record before it */
	struct position at; /* the node that begins at @from; of node 0 where it is not known */
};

struct fasta_record {
	uint64_t text; /* offset in texts */
	uint64_t text_len;
	uint64_t first_piece; /* up to the next record's */
	uint64_t n_bases;
	uint64_t at; /* offset in the file of its '>' */
};

/* Zero-initialised it has no records. */
struct fasta {
	struct buf texts;   /* of all records, as they stand behind '>': names, words behind them */
	struct buf records; /* struct fasta_record; one more once it is finished */
	struct buf pieces;  /* struct fasta_piece */
	uint64_t size;      /* of the file */
	bool plain;         /* letters other than A, C, G, T, in either case, are read as N */
};

/* @text: the name and, behind a space, any words; no line breaks. It is copied. */
void fasta_add_record(struct fasta *f, const char *text, size_t len);
/* To the record added last. @at: of the node that begins at @from, where it is known; else NULL. */
void fasta_add_piece(struct fasta *f, uint64_t span, uint64_t from, uint64_t n,
		const struct position *at);
/* Return: 0; -ENOMEM; -EOVERFLOW where no file can be so long. */
int fasta_finish(struct fasta *f, struct err *err);
void fasta_done(struct fasta *f);

/* Of what is finished: */

size_t fasta_bytes(const struct fasta *f);
uint64_t fasta_n_records(const struct fasta *f);
/* The name of record @i: its text up to the first space. Not NUL-terminated. */
struct name fasta_name(const struct fasta *f, uint64_t i);

static inline const struct fasta_record *fasta_record(const struct fasta *f, uint64_t i)
{
	return (const struct fasta_record *)f->records.data + i;
}

static inline const struct fasta_piece *fasta_piece(const struct fasta *f, uint64_t i)
{
	return (const struct fasta_piece *)f->pieces.data + i;
}

/**
 * fasta_read() - bytes [@off, @off + @len) of the file, which are there
 * @p: what the spans of the pieces are of
 *
 * Return: 0; -EBADMSG where the graph or the places are damaged.
 */
int fasta_read(const struct fasta *f, const struct graph *g, const struct places *p, char *buf,
		size_t len, uint64_t off, struct err *err);
/* The line of record @i in the file's .fai, as samtools faidx writes it. */
void fasta_fai_line(const struct fasta *f, uint64_t i, struct text_out *o);

#endif
