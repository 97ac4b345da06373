/* SPDX-License-Identifier: MIT */
/*
 * Records to the coded bytes of a chunk, in two steps.
 *
 * chunk_encode() splits records into columns and compresses them. The caller then decodes the
 * result with chunk_image_decode(), checks and measures it, and adds what was measured with
 * chunk_seal(), which makes the image final: what store_writer_add() takes.
 */
#ifndef GENOFS_IMPORT_CHUNK_ENCODE_H
#define GENOFS_IMPORT_CHUNK_ENCODE_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/block/block.h"
#include "core/codec/stream.h"
#include "core/import/measures.h"
#include "core/record/record.h"
#include "core/store/reader.h"

/* Scratch of a thread that encodes: compressors and column buffers. */
struct chunk_encoder;

int chunk_encoder_new(struct chunk_encoder **out);
void chunk_encoder_free(struct chunk_encoder *e);

/* A key of the store as what it is used. */
struct key_use {
	uint32_t key;
	uint8_t use; /* bits KEY_IS_... */
};
enum { KEY_IS_FILTER = 1, KEY_IS_INFO = 2, KEY_IS_FORMAT = 4 };

struct chunk_image {
	struct buf bytes;       /* the chunk as it will lie in the file; empty before the seal */
	struct buf index;       /* its runs; empty before the seal */
	struct buf bcf_blocks;  /* its BGZF blocks in calls.bcf; the same */
	struct buf key_uses;    /* struct key_use, what its keys are used as; with repeats */
	struct chunk_info info; /* all but offset, first_record, view_offset and index */
	/* Kept until the seal: coded streams of sites and of FORMAT, and their table entries. */
	struct buf streams[N_BLOCK_PARTS];
	struct buf entries[N_BLOCK_PARTS];
	struct buf text_lens; /* u64s: of each record, bytes of the texts of ID and alleles */
	uint32_t n_streams;
};

void chunk_image_done(struct chunk_image *image);

/**
 * chunk_encode() - code @n records of one contig
 * @records:  n of them, n > 0, pos not descending, all with the same contig
 * @key_map:  record key -> number in the store's table of keys, n_keys of them
 * @choice:   CODEC_BARE for a chunk that goes to a group
 * @image:    zero-initialised; filled
 *
 * Return: 0; -ENOMEM; -EOVERFLOW when the chunk passes a limit of the format; -EBADMSG when a
 * record's bytes are not well-formed (a mistake of whoever made them).
 */
int chunk_encode(struct chunk_encoder *e, enum codec_choice choice, const struct record *records,
		uint32_t n, uint32_t n_samples, const uint32_t *key_map, uint32_t n_keys,
		struct chunk_image *image, struct err *err);

/**
 * chunk_image_decode() - the unsealed image back to records, with store keys
 * @out: as from block_cache_get(), but with no store and no view offsets; for block_put()
 */
int chunk_image_decode(struct chunk_encoder *e, const struct chunk_image *image, uint32_t n_samples,
		uint32_t n_keys, const struct block **out, struct err *err);

/* Add what was measured; the image is final then. */
int chunk_seal(struct chunk_encoder *e, struct chunk_image *image,
		const struct chunk_measures *measures, struct err *err);

#endif
