/* SPDX-License-Identifier: MIT */
/* A store as one whose records lie in another format: the same tables and records, no lengths. */
#ifndef GENOFS_TESTS_FOREIGN_STORE_H
#define GENOFS_TESTS_FOREIGN_STORE_H

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/block/decode.h"
#include "core/store/foreign.h"

/* What the foreign store owns. */
struct foreign_of {
	struct store *store; /* owned */
	_Atomic unsigned n_decodes;
	_Atomic uint32_t bad; /* a chunk that cannot be decoded; UINT32_MAX */
	_Atomic bool held;    /* decodes that have begun do not go on */
};

static inline uint64_t foreign_cost(const void *arg, uint32_t chunk, unsigned part)
{
	const struct foreign_of *f = arg;

	return chunk_decode_cost(store_chunk(f->store, chunk), part);
}

static inline int foreign_decode(
		void *arg, uint32_t chunk, unsigned part, struct block **out, struct err *err)
{
	struct foreign_of *f = arg;
	const struct chunk_info *info = store_chunk(f->store, chunk);
	struct chunk_bytes bytes = { 0 };
	struct decoder *d = NULL;
	uint8_t *data;
	int r = decoder_new(&d);

	atomic_fetch_add(&f->n_decodes, 1);
	while (atomic_load(&f->held))
		sched_yield();
	if (r < 0)
		return r;
	if (atomic_load(&f->bad) == chunk)
		r = err_set(err, -EBADMSG, "chunk %u is bad", chunk);
	data = decoder_room(d, info->length);
	if (r == 0)
		r = store_read_chunk(f->store, chunk, 0, data, info->length, err);
	bytes.streams[BLOCK_SITES] = data;
	bytes.streams_len[BLOCK_SITES] = info->head_length - info->table_length;
	bytes.table = data + bytes.streams_len[BLOCK_SITES];
	bytes.table_len = info->table_length;
	bytes.streams[BLOCK_CALLS] = data + info->head_length;
	bytes.streams_len[BLOCK_CALLS] = info->length - info->head_length;
	if (r == 0)
		r = chunk_decode(d, &bytes, info, N_STORE_VIEWS, store_n_samples(f->store),
				store_n_keys(f->store), part, out, err);
	decoder_free(d);
	if (r < 0)
		return r;
	for (unsigned v = 0; v < N_LINE_VIEWS; v++) {
		free((*out)->view_offset[v]);
		(*out)->view_offset[v] = NULL;
	}
	if (part != BLOCK_SITES)
		(*out)->cost -= chunk_print_cost(info);
	return 0;
}

static inline void foreign_close(void *arg)
{
	store_close(((struct foreign_of *)arg)->store);
	free(arg);
}

/* @s: the foreign store's from here on. @of: to look at. */
static inline struct store *foreign_store_of(struct store *s, struct foreign_of **of)
{
	struct foreign_of *f = calloc(1, sizeof(*f));
	struct store_tables_given t = { .pathname = store_pathname(s),
		.file_size = store_file_size(s),
		.mtime = store_mtime(s),
		.n_samples = store_n_samples(s),
		.n_bcf_contigs = store_n_bcf_contigs(s),
		.n_contigs = store_n_contigs(s),
		.n_chunks = store_n_chunks(s) };
	struct store_foreign how = { f, foreign_cost, foreign_decode, foreign_close };
	struct store *out = NULL;
	const void *text;
	size_t len;
	uint32_t id;

	f->store = s;
	f->bad = UINT32_MAX;
	text = store_header_text(s, &len);
	buf_put(&t.header_text, text, len);
	text = store_sites_header_text(s, &len);
	buf_put(&t.sites_header_text, text, len);
	text = store_samples_text(s, &len);
	buf_put(&t.samples_text, text, len);
	text = store_bcf_head(s, &len);
	buf_put(&t.bcf_head, text, len);
	if (names_new(&t.keys) < 0)
		abort();
	for (uint32_t i = 0; i < store_n_keys(s); i++) {
		const struct name *key = names_get(store_keys(s), i);

		names_intern(t.keys, key->s, key->len, &id);
	}
	t.contigs = calloc(t.n_contigs + 1u, sizeof(*t.contigs));
	for (uint32_t i = 0; i < t.n_contigs; i++)
		t.contigs[i] = *store_contig(s, i);
	t.chunks = calloc(t.n_chunks + 1u, sizeof(*t.chunks));
	for (uint32_t i = 0; i < t.n_chunks; i++) {
		const struct chunk_info *info = store_chunk(s, i);

		t.chunks[i] = (struct chunk_info){ .n_records = info->n_records,
			.start = info->start,
			.end = info->end,
			.shape = info->shape };
	}
	if (store_new_foreign(&t, &how, &out, NULL) < 0)
		abort();
	if (of)
		*of = f;
	return out;
}

#endif
