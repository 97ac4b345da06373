/* SPDX-License-Identifier: MIT */
/*
 * streams STORE: the bytes that each part of a store takes, one "name bytes" a line; together they
 * are its size. Genotypes are the streams of genotype columns; text and numbers of other FORMAT
 * fields are apart, and so are the lengths of lines, without which no file could have a size.
 * Groups of small contigs count as tables.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cursor.h"
#include "core/store/layout.h"
#include "core/store/reader.h"

enum part { PART_GENOTYPES, PART_SITES, PART_FORMAT, PART_LENGTHS, PART_TABLES, N_PARTS };

static const char *const part_names[N_PARTS] = {
	[PART_GENOTYPES] = "genotypes",
	[PART_SITES] = "sites",
	[PART_FORMAT] = "format",
	[PART_LENGTHS] = "lengths",
	[PART_TABLES] = "tables",
};

/* Ranges of kinds, the first that holds a kind counts; kinds to come fall into them too. */
static const struct {
	unsigned below;
	enum part part;
} ranges[] = {
	{ STREAM_VIEW_LEN, PART_SITES },
	{ STREAM_VIEW_LEN + 1, PART_LENGTHS },
	{ STREAM_SITES_END, PART_SITES },
	{ STREAM_GT_META, PART_FORMAT },
	{ UINT8_MAX + 1, PART_GENOTYPES },
};

static enum part part_of(uint8_t kind)
{
	unsigned i = 0;

	while (kind >= ranges[i].below)
		i++;
	return ranges[i].part;
}

static bool add_table(struct cursor table, uint64_t *bytes)
{
	for (uint64_t n = cursor_varint(&table); n > 0 && !cursor_bad(&table); n--) {
		uint8_t kind = cursor_u8(&table);

		cursor_u8(&table);       /* codec */
		cursor_varint32(&table); /* column */
		bytes[part_of(kind)] += cursor_varint(&table);
		cursor_varint(&table); /* decompressed */
		cursor_u64(&table);    /* checksum */
	}
	return cursor_finished(&table);
}

static int add_chunk(const struct store *s, uint32_t chunk, uint64_t *bytes, struct err *err)
{
	const struct chunk_info *info = store_chunk(s, chunk);
	uint8_t *head;
	int r;

	/* Small contigs are compressed together: what is whose cannot be told. */
	if (info->group != NO_GROUP)
		return 0;
	head = malloc((size_t)info->head_length + 1);
	r = head ? 0 : err_set(err, -ENOMEM, "out of memory");

	if (r == 0)
		r = store_read_chunk(s, chunk, 0, head, (size_t)info->head_length, err);
	if (r == 0 && !add_table(cursor_over(head + info->head_length - info->table_length,
						 (size_t)info->table_length),
				      bytes))
		r = err_set(err, -EBADMSG, "chunk %" PRIu32 ": a damaged table", chunk);
	free(head);
	return r;
}

int main(int argc, char **argv)
{
	uint64_t bytes[N_PARTS] = { 0 };
	struct store *s = NULL;
	struct err err = { 0 };
	uint64_t streams = 0;
	int r;

	if (argc != 2) {
		fputs("usage: streams STORE\n", stderr);
		return 2;
	}
	r = store_open(argv[1], &s, &err);
	for (uint32_t i = 0; r == 0 && i < store_n_chunks(s); i++)
		r = add_chunk(s, i, bytes, &err);
	if (r < 0) {
		fprintf(stderr, "streams: %s\n", err.msg);
		store_close(s);
		return 1;
	}
	for (unsigned i = 0; i < PART_TABLES; i++)
		streams += bytes[i];
	bytes[PART_TABLES] = store_file_size(s) - streams; /* the footer's too */
	for (unsigned i = 0; i < N_PARTS; i++)
		printf("%s %" PRIu64 "\n", part_names[i], bytes[i]);
	store_close(s);
	return 0;
}
