/* SPDX-License-Identifier: MIT */
#include "core/import/sort_chunks.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/block/decode.h"
#include "core/import/check.h"
#include "core/store/file_read.h"

struct chunk_reader {
	struct written_chunks from; /* owned */
	uint32_t group;             /* that @raw is; NO_GROUP for none */
	uint8_t *raw;               /* owned */
	uint32_t n_samples;
	const struct numbering *names; /* borrowed */
	bool check;
	struct decoder *decoder; /* owned */
	struct checker *checker; /* owned */
	uint32_t chunk;          /* the next to be read */
	struct block *block;     /* of the one before; owned */
	uint32_t record;         /* in it */
	struct buf reverted;
};

void written_chunks_done(struct written_chunks *w)
{
	if (w->fd >= 0)
		close(w->fd);
	free(w->chunks);
	free(w->groups);
}

int chunk_reader_new(const struct written_chunks *written, uint32_t n_samples,
		const struct numbering *names, bool check, struct chunk_reader **out)
{
	struct written_chunks from = *written;
	struct chunk_reader *c = calloc(1, sizeof(*c));

	if (!c) {
		written_chunks_done(&from);
		return -ENOMEM;
	}
	c->from = from;
	c->group = NO_GROUP;
	c->n_samples = n_samples;
	c->names = names;
	c->check = check;
	if (decoder_new(&c->decoder) < 0 || checker_new(&c->checker) < 0) {
		chunk_reader_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

void chunk_reader_free(struct chunk_reader *c)
{
	if (!c)
		return;
	written_chunks_done(&c->from);
	free(c->raw);
	block_put(c->block);
	decoder_free(c->decoder);
	checker_free(c->checker);
	buf_done(&c->reverted);
	free(c);
}

static int read_bytes(struct chunk_reader *c, const struct chunk_info *info, uint8_t *out,
		struct err *err)
{
	int r = 0;

	if (info->group == NO_GROUP) {
		r = file_read(c->from.fd, out, info->length, info->offset, err);
	} else if (info->group != c->group) {
		free(c->raw);
		c->raw = NULL;
		r = chunk_group_read(c->from.fd, &c->from.groups[info->group], &c->raw, err);
		c->group = info->group;
	}
	if (r < 0)
		return err_prefix(err, r, "reading back what was written");
	if (info->group != NO_GROUP)
		memcpy(out, c->raw + info->offset, info->length);
	return 0;
}

static int next_block(struct chunk_reader *c, struct err *err)
{
	const struct chunk_info *info = &c->from.chunks[c->chunk++];
	CLEANUP(freep) uint8_t *bytes = malloc(info->length);
	struct chunk_bytes parts = { .table_len = info->table_length };
	int r;

	block_put(c->block);
	c->block = NULL;
	c->record = 0;
	if (!bytes)
		return err_set(err, -ENOMEM, "out of memory");
	r = read_bytes(c, info, bytes, err);
	if (r < 0)
		return r;
	parts.streams[BLOCK_SITES] = bytes;
	parts.streams_len[BLOCK_SITES] = info->head_length - info->table_length;
	parts.table = bytes + parts.streams_len[BLOCK_SITES];
	parts.streams[BLOCK_CALLS] = bytes + info->head_length;
	parts.streams_len[BLOCK_CALLS] = info->length - info->head_length;
	return chunk_decode(c->decoder, &parts, info, N_STORE_VIEWS, c->n_samples,
			names_count(c->names->keys), BLOCK_CALLS, &c->block, err);
}

int chunk_reader_next(
		struct chunk_reader *c, struct record *record, struct proof *proof, struct err *err)
{
	const struct vcf_text text = { .keys = c->names->keys, .n_samples = c->n_samples };
	int r = 0;

	while (!c->block || c->record == c->block->n_records) {
		if (c->chunk == c->from.n_chunks)
			return 0;
		r = next_block(c, err);
		if (r < 0)
			return r;
	}
	*record = c->block->records[c->record++];
	record->bcf_shared = 0; /* its keys may become others */
	*proof = (struct proof){ 0 };
	if (c->check)
		r = check_prove(c->checker, &text, c->names->contigs, record, proof);
	if (r == 0 && c->names->renumbered) {
		buf_clear(&c->reverted);
		r = numbering_revert(c->names, c->n_samples, record, &c->reverted);
		record->site = c->reverted.data;
		record->fmt = c->reverted.data + record->site_len;
	}
	return r < 0 ? err_set(err, r, "a record that was written cannot be read back") : 1;
}
