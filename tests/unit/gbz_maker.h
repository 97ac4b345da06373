/* SPDX-License-Identifier: MIT */
/*
 * Makes GBZ files for tests: of paths that the test gives, in any version, and odd in the ways
 * that it asks for. What it writes is small, and made the plain way rather than a fast one.
 */
#ifndef GENOFS_TESTS_GBZ_MAKER_H
#define GENOFS_TESTS_GBZ_MAKER_H

#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#include "core/base/buf.h"

/* What a file is made of. */
struct gbz_recipe {
	uint32_t version;      /* of the GBZ: 1, 2, 3; others are written as 1 with that number */
	unsigned more_letters; /* of id min_id */
	const uint64_t *steps; /* nodes (2 * id + strand) of all paths, each path ends with a 0 */
	size_t n_paths;
	uint64_t min_id;
	uint64_t max_id;
	const char *letters;   /* id i is letters[i % length], i % 3 + 1 times */
	const char *tags;      /* NUL-ended strings, key and value by turns; an empty key ends */
	const char *gbwt_tags; /* the same */
	uint64_t gbwt_flags;   /* 0 is what they should be */
	uint64_t extra_sequence_len; /* more decoded bytes claimed than there are */
	unsigned frames;             /* of each Zstandard stream; 0 is 1 */
	bool named;                  /* path p is sample "s", contig "c", haplotype 1, fragment p */
};

/* A visit of a node: step @at of all sequences' steps. */
struct made_visit {
	uint64_t node;
	size_t at;
};

static const uint64_t *made_steps; /* for qsort(3), which hands nothing over */

static inline int compare_before(size_t a, size_t b)
{
	/* What was visited before, from there backwards; sequences begin after a 0. */
	while (made_steps[--a] == made_steps[--b] && made_steps[a])
		;
	if (made_steps[a] != made_steps[b])
		return made_steps[a] < made_steps[b] ? -1 : 1;
	return a < b ? -1 : a > b;
}

static inline int compare_visits(const void *a, const void *b)
{
	const struct made_visit *x = a;
	const struct made_visit *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return x->at == y->at ? 0 : compare_before(x->at, y->at);
}

/* --- primitive structures --- */

static inline void make_ints(struct buf *out, const uint64_t *v, size_t n, unsigned width)
{
	uint64_t word = 0;
	unsigned have = 0;

	buf_put_u64(out, n);
	buf_put_u64(out, width);
	buf_put_u64(out, n * width);
	buf_put_u64(out, (n * width + 63) / 64);
	for (size_t i = 0; i < n; i++) {
		for (unsigned bit = 0; bit < width; bit++) {
			word |= (v[i] >> bit & 1) << have;
			if (++have == 64) {
				buf_put_u64(out, word);
				word = have = 0;
			}
		}
	}
	if (have)
		buf_put_u64(out, word);
}

static inline void make_sparse(struct buf *out, const uint64_t *v, size_t n, uint64_t universe)
{
	enum { WIDTH = 3 };
	size_t n_bits = n + (size_t)((universe + (1 << WIDTH) - 1) >> WIDTH);
	uint64_t *bits = calloc(n_bits / 64 + 1, sizeof(*bits));
	uint64_t *low = calloc(n + 1, sizeof(*low));

	for (size_t i = 0; i < n; i++) {
		uint64_t p = (v[i] >> WIDTH) + i;

		bits[p / 64] |= (uint64_t)1 << p % 64;
		low[i] = v[i] & ((1 << WIDTH) - 1);
	}
	buf_put_u64(out, universe);
	buf_put_u64(out, n);
	buf_put_u64(out, n_bits);
	buf_put_u64(out, (n_bits + 63) / 64);
	for (size_t i = 0; i < (n_bits + 63) / 64; i++)
		buf_put_u64(out, bits[i]);
	/* Supports: one that is private, two that are not there. */
	buf_put_u64(out, 2);
	buf_put_u64(out, 77);
	buf_put_u64(out, 78);
	buf_put_u64(out, 0);
	buf_put_u64(out, 0);
	make_ints(out, low, n, WIDTH);
	free(bits);
	free(low);
}

static inline void make_bytes(struct buf *out, const void *p, size_t n)
{
	buf_put_u64(out, n);
	if (p)
		buf_put(out, p, n);
	for (; n % 8; n++)
		buf_put_u8(out, 0);
}

static inline void make_zstd(struct buf *out, const void *p, size_t n, unsigned frames)
{
	struct buf z = { 0 };

	for (unsigned i = 0, left = frames ? frames : 1; left; i++, left--) {
		size_t piece = n / left;
		size_t room = ZSTD_compressBound(piece);

		buf_reserve(&z, room);
		z.len += ZSTD_compress(z.data + z.len, room, p, piece, 3);
		p = (const char *)p + piece;
		n -= piece;
	}
	make_bytes(out, z.data, z.len);
	buf_done(&z);
}

/* Strings that begin at @starts of @text. */
static inline void make_packed(
		struct buf *out, const uint64_t *starts, size_t n, const char *text, size_t len)
{
	uint64_t rank[256] = { 0 };
	uint8_t alphabet[256];
	unsigned letters = 0;
	uint64_t *symbols = calloc(len + 1, sizeof(*symbols));

	for (size_t i = 0; i < len; i++)
		rank[(uint8_t)text[i]] = 1;
	for (unsigned c = 0; c < 256; c++) {
		if (!rank[c])
			continue;
		rank[c] = letters;
		alphabet[letters++] = (uint8_t)c;
	}
	for (size_t i = 0; i < len; i++)
		symbols[i] = rank[(uint8_t)text[i]];
	make_sparse(out, starts, n, n ? starts[n - 1] + 1 : 0);
	make_bytes(out, alphabet, letters);
	make_ints(out, symbols, len, 8);
	free(symbols);
}

/* NUL-ended strings, as many as @n. */
static inline void make_strings(struct buf *out, const char *list, size_t n)
{
	struct buf text = { 0 };
	uint64_t *starts = calloc(n + 1, sizeof(*starts));

	for (size_t i = 0; i < n; i++) {
		starts[i] = text.len;
		buf_put(&text, list, strlen(list));
		list += strlen(list) + 1;
	}
	make_packed(out, starts, n, (const char *)text.data, text.len);
	buf_done(&text);
	free(starts);
}

static inline void make_tags(struct buf *out, const char *list)
{
	const char *at = list ? list : "";
	size_t n = 0;

	for (; *at; n += 2) {
		at += strlen(at) + 1;
		at += strlen(at) + 1;
	}
	make_strings(out, list ? list : "", n);
}

/* --- the BWT --- */

static inline void make_run(struct buf *out, uint64_t value, uint64_t length, uint64_t sigma)
{
	uint64_t threshold = sigma < 255 ? 256 / sigma : 0;

	if (!threshold) {
		buf_put_varint(out, value);
		buf_put_varint(out, length - 1);
	} else if (length < threshold) {
		buf_put_u8(out, (uint8_t)(value + sigma * (length - 1)));
	} else {
		buf_put_u8(out, (uint8_t)(value + sigma * (threshold - 1)));
		buf_put_varint(out, length - threshold);
	}
}

/* The record of visits [@v, @v + @n), all of one node, of @all. */
static inline void make_record(struct buf *out, const struct made_visit *v, size_t n,
		const struct made_visit *all, size_t n_all)
{
	uint64_t *to = calloc(n + 1, sizeof(*to));
	size_t sigma = 0;
	uint64_t before = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t next = made_steps[v[i].at + 1];
		size_t k = 0;

		/* Into the list, which is kept in order. */
		while (k < sigma && to[k] < next)
			k++;
		if (k < sigma && to[k] == next)
			continue;
		memmove(to + k + 1, to + k, (sigma - k) * sizeof(*to));
		to[k] = next;
		sigma++;
	}
	buf_put_varint(out, sigma);
	for (size_t k = 0; k < sigma; before = to[k], k++) {
		uint64_t rank = 0;

		for (size_t i = 0; to[k] && i < n_all && all[i].node <= to[k]; i++)
			rank += all[i].node == to[k] && made_steps[all[i].at - 1] < v->node;
		buf_put_varint(out, to[k] - before);
		buf_put_varint(out, rank);
	}
	for (size_t i = 0; i < n;) {
		uint64_t next = made_steps[v[i].at + 1];
		size_t k = 0;
		size_t end = i + 1;

		while (to[k] != next)
			k++;
		while (end < n && made_steps[v[end].at + 1] == next)
			end++;
		make_run(out, k, end - i, sigma);
		i = end;
	}
	free(to);
}

/* A path and the same from its end, all of them, each after a 0: steps, whose number is given. */
static inline uint64_t *make_sequences(const struct gbz_recipe *r, size_t *n)
{
	const uint64_t *path = r->steps;
	uint64_t *all;
	size_t total = 0;
	size_t at = 1;

	for (size_t p = 0; p < r->n_paths; total++)
		p += !r->steps[total];
	all = calloc(2 * total + 2, sizeof(*all));
	for (size_t p = 0; p < r->n_paths; p++) {
		size_t len = 0;

		for (; path[len]; len++)
			all[at + len] = path[len];
		at += len + 1;
		for (size_t i = len; i--;)
			all[at++] = path[i] ^ 1;
		at++;
		path += len + 1;
	}
	*n = at;
	return all;
}

/* A made file's BWT. */
struct made_bwt {
	struct buf data;
	uint64_t *starts; /* owned; n_records */
	size_t n_records;
	uint64_t n_visits;
	uint64_t n_nodes;
};

static inline void make_bwt(const struct gbz_recipe *r, struct made_bwt *out)
{
	size_t n;
	uint64_t *steps = make_sequences(r, &n);
	/* A sequence's end is a visit of the endmarker, from which the next one begins. */
	struct made_visit *visits = calloc(n, sizeof(*visits));
	size_t n_visits = n - 1;
	size_t n_starts;
	size_t at = 0;

	made_steps = steps;
	/* Those of the endmarker are in the order of sequences. */
	for (size_t i = 0; i < n_visits; i++)
		if (!steps[i])
			visits[at++] = (struct made_visit){ 0, i };
	n_starts = at;
	for (size_t i = 0; i < n_visits; i++)
		if (steps[i])
			visits[at++] = (struct made_visit){ steps[i], i };
	qsort(visits + n_starts, n_visits - n_starts, sizeof(*visits), compare_visits);
	out->n_records = 2 * (size_t)(r->max_id - r->min_id + 1) + 1;
	out->starts = calloc(out->n_records, sizeof(*out->starts));
	out->n_visits = n_visits;
	for (size_t k = 0, i = 0; k < out->n_records; k++) {
		uint64_t node = k ? 2 * r->min_id + k - 1 : 0;
		size_t end = i;

		while (end < n_visits && visits[end].node == node)
			end++;
		out->starts[k] = out->data.len;
		if (end > i)
			make_record(&out->data, visits + i, end - i, visits, n_visits);
		else
			buf_put_u8(&out->data, 0);
		out->n_nodes += k % 2 && end > i;
		i = end;
	}
	free(visits);
	free(steps);
}

/* --- the file --- */

static inline void make_metadata(struct buf *out, const struct gbz_recipe *r)
{
	struct buf m = { 0 };
	const uint64_t order = 0;

	if (!r->named) {
		buf_put_u64(out, 0);
		return;
	}
	buf_put_u32(&m, 0x6b375e7a);
	buf_put_u32(&m, 2);
	buf_put_u64(&m, 1);
	buf_put_u64(&m, 1);
	buf_put_u64(&m, 1);
	buf_put_u64(&m, 7);
	buf_put_u64(&m, r->n_paths);
	for (size_t p = 0; p < r->n_paths; p++) {
		buf_put_u32(&m, 0);
		buf_put_u32(&m, 0);
		buf_put_u32(&m, 1);
		buf_put_u32(&m, (uint32_t)p);
	}
	make_strings(&m, "s", 1);
	make_ints(&m, &order, 1, 1);
	make_strings(&m, "c", 1);
	make_ints(&m, &order, 1, 1);
	buf_put_u64(out, m.len / 8);
	buf_put(out, m.data, m.len);
	buf_done(&m);
}

static inline void make_sequence_texts(struct buf *out, const struct gbz_recipe *r)
{
	size_t n = (size_t)(r->max_id - r->min_id + 1);
	uint64_t *starts = calloc(n + 1, sizeof(*starts));
	struct buf text = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint64_t id = r->min_id + i;

		starts[i] = text.len;
		for (unsigned k = 0; k < id % 3 + 1 + (i ? 0 : r->more_letters); k++)
			buf_put_u8(&text, (uint8_t)r->letters[id % strlen(r->letters)]);
	}
	if (r->version == 2 || r->version == 3) {
		make_sparse(out, starts, n, n ? starts[n - 1] + 1 : 0);
		buf_put_u64(out, text.len + r->extra_sequence_len);
		make_zstd(out, text.data, text.len, r->frames);
	} else {
		make_packed(out, starts, n, (const char *)text.data, text.len);
	}
	buf_done(&text);
	free(starts);
}

static inline void make_gbz(const struct gbz_recipe *r, struct buf *out)
{
	struct made_bwt bwt = { 0 };
	uint64_t flags = 5 | (r->named ? 2 : 0);

	make_bwt(r, &bwt);
	buf_put_u32(out, 0x205a4247);
	buf_put_u32(out, r->version);
	buf_put_u64(out, 0);
	make_tags(out, r->tags);
	buf_put_u32(out, 0x6b376b37);
	buf_put_u32(out, r->version == 3 ? 6 : 5);
	buf_put_u64(out, 2 * r->n_paths);
	buf_put_u64(out, bwt.n_visits);
	buf_put_u64(out, 2 * r->min_id - 1);
	buf_put_u64(out, 2 * r->max_id + 2);
	buf_put_u64(out, r->gbwt_flags ? r->gbwt_flags : flags);
	make_tags(out, r->gbwt_tags);
	make_sparse(out, bwt.starts, bwt.n_records, bwt.data.len);
	if (r->version == 3)
		make_zstd(out, bwt.data.data, bwt.data.len, r->frames);
	else
		make_bytes(out, bwt.data.data, bwt.data.len);
	buf_put_u64(out, 0);
	make_metadata(out, r);
	buf_put_u32(out, 0x6b3764af);
	buf_put_u32(out, r->version == 2 || r->version == 3 ? 4 : 3);
	buf_put_u64(out, bwt.n_nodes);
	buf_put_u64(out, 2);
	make_sequence_texts(out, r);
	make_strings(out, "", 0);
	make_sparse(out, NULL, 0, 0);
	buf_done(&bwt.data);
	free(bwt.starts);
}

#endif
