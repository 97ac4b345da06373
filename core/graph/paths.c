/* SPDX-License-Identifier: MIT */
/* Paths, names, tags and segments of a graph. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>

#include "core/graph/graph.h"

/* The sample whose paths have no name but their contig's. */
static const char generic_sample[] = "_gbwt_ref";

static const uint32_t NO_PHASE = UINT32_MAX;

/* --- names and tags --- */

uint64_t graph_n_strings(const struct graph_strings *s)
{
	return s->starts.n ? s->starts.n - 1 : 0;
}

struct name graph_string(const struct graph_strings *s, uint64_t i)
{
	struct name none = { .s = "" };
	uint64_t start;
	uint64_t end;

	if (i >= graph_n_strings(s))
		return none;
	start = int_array_get(&s->starts, i);
	end = int_array_get(&s->starts, i + 1);
	if (start > end || end > s->length)
		return none;
	return (struct name){ .s = s->text + start, .len = end - start };
}

static bool name_is(struct name a, const char *s, size_t len)
{
	return a.len == len && memcmp(a.s, s, len) == 0;
}

/* As keys of tags are compared: the letters of ASCII in any case. */
static bool key_is(struct name a, const char *key)
{
	return strlen(key) == a.len && strncasecmp(a.s, key, a.len) == 0;
}

bool graph_tag(const struct graph_strings *tags, const char *key, struct name *value)
{
	for (uint64_t i = 0; i + 1 < graph_n_strings(tags); i += 2) {
		if (!key_is(graph_string(tags, i), key))
			continue;
		*value = graph_string(tags, i + 1);
		return true;
	}
	return false;
}

/* --- what paths are called --- */

/* Whether a list, whose items are parted by single spaces, has the sample. */
static bool is_listed(struct name list, struct name sample)
{
	while (list.len) {
		const char *space = memchr(list.s, ' ', list.len);
		size_t len = space ? (size_t)(space - list.s) : list.len;

		if (len && name_is(sample, list.s, len))
			return true;
		if (!space)
			return false;
		list.s += len + 1;
		list.len -= len + 1;
	}
	return false;
}

static enum path_sense sense_of(const struct graph *g, struct name sample)
{
	struct name list;

	if (name_is(sample, generic_sample, sizeof(generic_sample) - 1))
		return PATH_GENERIC;
	if (graph_tag(&g->gbwt_tags, "reference_samples", &list) && is_listed(list, sample))
		return PATH_REFERENCE;
	return PATH_HAPLOTYPE;
}

static struct name name_or_number(
		const struct graph_strings *names, uint64_t i, char number[PATH_NUMBER_LEN])
{
	struct name n = { .s = number };

	if (graph_n_strings(names))
		return graph_string(names, i);
	n.len = (size_t)snprintf(number, PATH_NUMBER_LEN, "%llu", (unsigned long long)i);
	return n;
}

void graph_path_info(const struct graph *g, uint64_t path, struct path_info *out)
{
	const struct image_path_name *p;
	uint32_t phase;

	*out = (struct path_info){ .sense = PATH_GENERIC };
	if (!g->n_path_names) {
		out->sample = (struct name){ generic_sample, sizeof(generic_sample) - 1 };
		out->contig.s = out->contig_number;
		out->contig.len = (size_t)snprintf(out->contig_number, PATH_NUMBER_LEN, "%llu",
				(unsigned long long)path);
		return;
	}
	p = &g->path_names[path];
	out->sample = name_or_number(&g->sample_names, le32toh(p->sample), out->sample_number);
	out->contig = name_or_number(&g->contig_names, le32toh(p->contig), out->contig_number);
	phase = le32toh(p->phase);
	out->haplotype = phase == NO_PHASE ? 0 : phase;
	out->fragment = le32toh(p->fragment);
	out->sense = sense_of(g, out->sample);
}

const char *path_sense_name(enum path_sense sense)
{
	static const char *const names[] = { [PATH_GENERIC] = "generic",
		[PATH_REFERENCE] = "reference",
		[PATH_HAPLOTYPE] = "haplotype" };

	return names[sense];
}

/* --- walks --- */

void walk_begin(struct walk *w, const struct graph *g, uint64_t path, bool reverse)
{
	uint64_t sequence = 2 * path + reverse;
	struct position at = { int_array_get(&g->start_nodes, sequence),
		int_array_get(&g->start_offsets, sequence) };

	walk_from(w, g, at);
}

void walk_from(struct walk *w, const struct graph *g, struct position at)
{
	*w = (struct walk){ .g = g, .at = at, .left = g->n_visits };
}

int walk_next(struct walk *w, uint64_t *node)
{
	struct position next = { 0 };

	if (w->at.node == GRAPH_ENDMARKER)
		return 0;
	/* No path has more nodes than all have together: it goes round and round. */
	if (!w->left || graph_step(w->g, w->at, &next) < 0)
		return -EBADMSG;
	w->left--;
	*node = w->at.node;
	w->at = next;
	return 1;
}

int graph_path_length(const struct graph *g, uint64_t path, uint64_t *n_steps, uint64_t *n_bases)
{
	uint64_t steps = 0;
	uint64_t bases = 0;
	struct walk w;
	uint64_t node;
	int r;

	walk_begin(&w, g, path, false);
	while ((r = walk_next(&w, &node)) == 1) {
		steps++;
		bases += graph_id_length(g, node_id(node));
	}
	if (r < 0)
		return r;
	*n_steps = steps;
	*n_bases = bases;
	return 0;
}

/* --- segments --- */

struct segment graph_segment(const struct graph *g, uint64_t segment)
{
	struct segment s = { .first = int_array_get(&g->mapping, segment),
		.end = int_array_get(&g->mapping, segment + 1),
		.name = graph_string(&g->segment_names, segment) };
	uint64_t end = g->min_id + g->n_ids;

	/* The last one may claim ids that no graph has. */
	if (s.end > end)
		s.end = end;
	if (s.first > s.end)
		s.first = s.end;
	return s;
}

/* The last segment that begins at or before the id, of [@low, @high) or the one before them. */
static bool last_segment(
		const struct graph *g, uint64_t id, uint64_t low, uint64_t high, uint64_t *segment)
{
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (int_array_get(&g->mapping, mid) <= id)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || id >= int_array_get(&g->mapping, low))
		return false;
	*segment = low - 1;
	return true;
}

bool graph_segment_of(const struct graph *g, uint64_t id, uint64_t *segment)
{
	return last_segment(g, id, 0, g->n_segments, segment);
}

bool graph_segment_near(const struct graph *g, uint64_t id, uint64_t hint, uint64_t *segment)
{
	uint64_t low = 0;
	uint64_t high = g->n_segments;

	if (hint >= high)
		return graph_segment_of(g, id, segment);
	/* Away from the hint in steps that double. */
	if (int_array_get(&g->mapping, hint) <= id) {
		low = hint + 1;
		for (uint64_t step = 1; step < high - low; step *= 2) {
			if (int_array_get(&g->mapping, low + step) > id)
				high = low + step;
			else
				low += step + 1;
		}
	} else {
		high = hint;
		for (uint64_t step = 1; step < high - low; step *= 2) {
			if (int_array_get(&g->mapping, high - step) <= id)
				low = high - step + 1;
			else
				high -= step;
		}
	}
	return last_segment(g, id, low, high, segment);
}
