/* SPDX-License-Identifier: MIT */
/* Tables and texts of an image: what holds for a sound one, and is relied on wherever it is read.
 */
#include <endian.h>
#include <errno.h>
#include <strings.h>

#include "core/graph/image_parts.h"

/* Tags that a graph may have; each is compared with each. Real ones have less than 10. */
enum { TAGS_MAX = 4096 };

static int damaged(const char *what, uint64_t i, struct err *err)
{
	return err_set(err, -EBADMSG, "damaged: %s, at number %llu", what, (unsigned long long)i);
}

/* From @first to @last, each at least @step more than the one before. */
static int check_ascending(const struct int_array *a, uint64_t first, uint64_t last, uint64_t step,
		const char *what, struct err *err)
{
	uint64_t before = int_array_get(a, 0);

	if (before != first)
		return damaged(what, 0, err);
	for (uint64_t i = 1; i < a->n; i++) {
		uint64_t v = int_array_get(a, i);

		if (v < before || v - before < step)
			return damaged(what, i, err);
		before = v;
	}
	return before == last ? 0 : damaged(what, a->n - 1, err);
}

/* Names reach lines of text, where control bytes would end them. */
static int check_strings(const struct graph_strings *s, const char *what, struct err *err)
{
	int r = check_ascending(&s->starts, 0, s->length, 0, what, err);

	for (uint64_t i = 0; r == 0 && i < s->length; i++)
		if ((unsigned char)s->text[i] < ' ' || s->text[i] == 0x7f)
			r = err_set(err, -EBADMSG, "damaged: control bytes in %s", what);
	return r;
}

static int check_tags(const struct graph_strings *tags, const char *what, struct err *err)
{
	uint64_t n = graph_n_strings(tags);
	int r = check_strings(tags, what, err);

	if (r == 0 && n / 2 > TAGS_MAX)
		r = err_set(err, -EBADMSG, "damaged: more than %d of %s", TAGS_MAX, what);
	for (uint64_t i = 2; r == 0 && i < n; i += 2) {
		struct name key = graph_string(tags, i);

		for (uint64_t j = 0; r == 0 && j < i; j += 2) {
			struct name other = graph_string(tags, j);

			if (key.len == other.len && !strncasecmp(key.s, other.s, key.len))
				r = err_set(err, -EBADMSG, "damaged: %s have a key twice", what);
		}
	}
	return r;
}

static int check_path_names(const struct graph *g, struct err *err)
{
	uint64_t n_samples = graph_n_strings(&g->sample_names);
	uint64_t n_contigs = graph_n_strings(&g->contig_names);

	for (uint64_t i = 0; i < g->n_path_names; i++) {
		const struct image_path_name *p = &g->path_names[i];

		if (n_samples && le32toh(p->sample) >= n_samples)
			return damaged("a path of no known sample", i, err);
		if (n_contigs && le32toh(p->contig) >= n_contigs)
			return damaged("a path of no known contig", i, err);
	}
	return 0;
}

/* Sequences reach lines of text too: nothing in them but what can be a letter. */
static int check_bases(const struct graph *g, struct err *err)
{
	enum { PIECE = 1 << 16 };

	for (uint64_t at = 0; at < g->n_bases; at += PIECE) {
		uint64_t end = g->n_bases - at < PIECE ? g->n_bases : at + PIECE;
		unsigned bad = 0;

		for (uint64_t i = at; i < end; i++)
			bad |= (unsigned char)(g->sequences[i] - '!') > '~' - '!';
		if (bad)
			return err_set(err, -EBADMSG,
					"damaged: bytes in sequences that are no letters");
	}
	return 0;
}

static int check_mapping(const struct graph *g, struct err *err)
{
	uint64_t end;

	if (!g->n_segments)
		return 0;
	end = int_array_get(&g->mapping, g->n_segments);
	if (g->min_id != 1 || end <= g->n_ids)
		return damaged("nodes that are in no segment", end, err);
	return check_ascending(&g->mapping, 1, end, 0, "nodes of segments", err);
}

int image_check_tables(const struct graph *g, struct err *err)
{
	int r = check_ascending(&g->sequence_starts, 0, g->n_bases, 0, "starts of sequences", err);

	if (r == 0)
		r = check_ascending(
				&g->record_starts, 0, g->bwt_length, 1, "starts of records", err);
	if (r == 0)
		r = check_bases(g, err);
	if (r == 0)
		r = check_strings(&g->sample_names, "names of samples", err);
	if (r == 0)
		r = check_strings(&g->contig_names, "names of contigs", err);
	if (r == 0)
		r = check_strings(&g->segment_names, "names of segments", err);
	if (r == 0)
		r = check_tags(&g->tags, "tags", err);
	if (r == 0)
		r = check_tags(&g->gbwt_tags, "GBWT tags", err);
	if (r == 0)
		r = check_path_names(g, err);
	if (r == 0)
		r = check_mapping(g, err);
	return r;
}
