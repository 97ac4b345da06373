/* SPDX-License-Identifier: MIT */
/* Which sequences of a FASTA are equal. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/pangenome/fasta_records.h"

enum { STRETCH = 32 << 10 }; /* bases read at a time */

/* A record's sequence. */
struct sequence {
	struct digest digest;
	uint64_t n_bases;
	uint64_t record;
	uint64_t first; /* the first record that has the same */
};

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_letters(const struct sequence *a, const struct sequence *b)
{
	int r = compare_u64(a->n_bases, b->n_bases);

	r = r ? r : compare_u64(a->digest.high, b->digest.high);
	return r ? r : compare_u64(a->digest.low, b->digest.low);
}

static int by_letters(const void *a, const void *b)
{
	const struct sequence *x = a;
	const struct sequence *y = b;
	int r = compare_letters(x, y);

	return r ? r : compare_u64(x->record, y->record);
}

static int by_first(const void *a, const void *b)
{
	const struct sequence *x = a;
	const struct sequence *y = b;
	int r = compare_u64(x->first, y->first);

	return r ? r : compare_u64(x->record, y->record);
}

/* Begin a walk where the piece does. */
static int begin(const struct graph *g, const struct places *p, const struct fasta_piece *piece,
		struct place *out)
{
	if (piece->at.node != GRAPH_ENDMARKER) {
		walk_from(&out->walk, g, piece->at);
		out->base = piece->from;
		return 0;
	}
	if (piece->span >= p->n_spans)
		return -EBADMSG;
	return places_find(g, p, piece->span, piece->from, out);
}

static int read_sequence(const struct graph *g, const struct places *p,
		const struct fasta_piece *piece, char *room, struct digest_sum *sum)
{
	struct place place;
	int r = begin(g, p, piece, &place);

	for (uint64_t done = 0; r == 0 && done < piece->n;) {
		uint64_t left = piece->n - done;
		size_t n = left < STRETCH ? (size_t)left : STRETCH;

		r = place_read(&place, piece->from + done, n, room);
		if (r == 0)
			digest_sum_add(sum, room, n);
		done += n;
	}
	return r;
}

static int read_sequences(const struct fasta *of, const struct graph *g, const struct places *p,
		struct sequence *out, struct err *err)
{
	CLEANUP(digest_sum_done) struct digest_sum sum = { 0 };
	CLEANUP(freep) char *room = malloc(STRETCH);

	for (uint64_t i = 0; i < fasta_n_records(of); i++) {
		const struct fasta_record *record = fasta_record(of, i);

		if (!room || digest_sum_begin(&sum) < 0)
			return err_set(err, -ENOMEM, "out of memory");
		if (read_sequence(g, p, fasta_piece(of, record->first_piece), room, &sum) < 0)
			return err_set(err, -EBADMSG,
					"a path of the graph is damaged; load the graph again");
		out[i].digest = digest_sum_end(&sum);
		out[i].n_bases = record->n_bases;
		out[i].record = i;
	}
	return 0;
}

/* The record of @n equal sequences, the @number-th one. */
static void add_sequence(struct fasta *out, const struct fasta *of, const struct sequence *s,
		uint64_t n, uint64_t number, struct buf *text)
{
	const struct fasta_piece *piece = fasta_piece(of, fasta_record(of, s->record)->first_piece);

	buf_clear(text);
	buf_printf(text, "%llu count=%llu names=", (unsigned long long)number,
			(unsigned long long)n);
	for (uint64_t i = 0; i < n; i++) {
		struct name name = fasta_name(of, s[i].record);

		if (i)
			buf_put_u8(text, ',');
		buf_put(text, name.s, name.len);
	}
	fasta_add_record(out, (const char *)text->data, text->len);
	fasta_add_piece(out, piece->span, piece->from, piece->n, &piece->at);
}

/* Records of the sequences, which are in the order of their first ones. */
static int add_sequences(struct fasta *out, const struct fasta *of, const struct sequence *s,
		uint64_t n, struct err *err)
{
	CLEANUP(buf_done) struct buf text = { 0 };
	uint64_t number = 0;

	for (uint64_t i = 0; i < n;) {
		uint64_t end = i;

		while (end < n && s[end].first == s[i].first)
			end++;
		add_sequence(out, of, s + i, end - i, ++number, &text);
		i = end;
	}
	return buf_failed(&text) ? err_set(err, -ENOMEM, "out of memory") : 0;
}

int fasta_add_distinct(struct fasta *f, const struct fasta *of, const struct graph *g,
		const struct places *p, struct err *err)
{
	uint64_t n = fasta_n_records(of);
	CLEANUP(freep) struct sequence *s = calloc(n ? n : 1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "out of memory");
	r = read_sequences(of, g, p, s, err);
	if (r < 0)
		return r;
	qsort(s, n, sizeof(*s), by_letters);
	for (uint64_t i = 0; i < n; i++)
		s[i].first = i && compare_letters(&s[i - 1], &s[i]) == 0 ? s[i - 1].first
									 : s[i].record;
	qsort(s, n, sizeof(*s), by_first);
	return add_sequences(f, of, s, n, err);
}
