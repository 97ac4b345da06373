/* SPDX-License-Identifier: MIT */
#include "core/graph/graph.h"

#include <assert.h>
#include <errno.h>

#include "core/graph/record.h"

/* Up to as many edges are kept while a record is read; those of more are read twice. */
enum { FEW_EDGES = 8 };

/* --- nodes --- */

bool graph_has_id(const struct graph *g, uint64_t id)
{
	return graph_outdegree(g, node_of(id, false)) > 0;
}

uint64_t graph_next_id(const struct graph *g, uint64_t id)
{
	if (id < g->min_id)
		id = g->min_id;
	for (; id - g->min_id < g->n_ids; id++)
		if (graph_has_id(g, id))
			return id;
	return 0;
}

const char *graph_id_sequence(const struct graph *g, uint64_t id, uint64_t *length)
{
	uint64_t i = id - g->min_id;
	uint64_t start;
	uint64_t end;

	*length = 0;
	if (id < g->min_id || i >= g->n_ids)
		return NULL;
	start = int_array_get(&g->sequence_starts, i);
	end = int_array_get(&g->sequence_starts, i + 1);
	if (start > end || end > g->n_bases)
		return NULL;
	*length = end - start;
	return (const char *)g->sequences + start;
}

uint64_t graph_id_length(const struct graph *g, uint64_t id)
{
	uint64_t length;

	graph_id_sequence(g, id, &length);
	return length;
}

/* What is not here is N. S and W are their own complements, as are N and Q, which is no base. */
static const char complements[256] = { ['A'] = 'T',
	['C'] = 'G',
	['G'] = 'C',
	['T'] = 'A',
	['U'] = 'A',
	['R'] = 'Y',
	['Y'] = 'R',
	['K'] = 'M',
	['M'] = 'K',
	['B'] = 'V',
	['V'] = 'B',
	['D'] = 'H',
	['H'] = 'D',
	['S'] = 'S',
	['W'] = 'W',
	['N'] = 'N',
	['Q'] = 'Q',
	['a'] = 't',
	['c'] = 'g',
	['g'] = 'c',
	['t'] = 'a',
	['u'] = 'a',
	['r'] = 'y',
	['y'] = 'r',
	['k'] = 'm',
	['m'] = 'k',
	['b'] = 'v',
	['v'] = 'b',
	['d'] = 'h',
	['h'] = 'd',
	['s'] = 's',
	['w'] = 'w',
	['n'] = 'n',
	['q'] = 'q' };

char base_complement(char base)
{
	char c = complements[(unsigned char)base];

	return c ? c : 'N';
}

size_t graph_write_sequence(
		const struct graph *g, uint64_t node, uint64_t from, size_t n, char *dst)
{
	uint64_t length;
	const char *s = graph_id_sequence(g, node_id(node), &length);

	if (!s || from >= length)
		return 0;
	if (n > length - from)
		n = (size_t)(length - from);
	if (!node_is_reverse(node)) {
		memcpy(dst, s + from, n);
		return n;
	}
	s += length - from;
	for (size_t i = 0; i < n; i++)
		dst[i] = base_complement(*--s);
	return n;
}

/* --- edges --- */

uint64_t graph_outdegree(const struct graph *g, uint64_t node)
{
	struct record rec;
	uint64_t r;

	if (!graph_record(g, node, &r))
		return 0;
	record_open(&rec, g, r);
	return rec.sigma;
}

void edge_iter_init(struct edge_iter *it, const struct graph *g, uint64_t node)
{
	struct record rec;
	uint64_t r;

	*it = (struct edge_iter){ 0 };
	if (!graph_record(g, node, &r))
		return;
	record_open(&rec, g, r);
	it->at = rec.c.at;
	it->end = rec.c.end;
	it->left = rec.sigma;
}

bool edge_iter_next(struct edge_iter *it, struct position *out)
{
	struct cursor c = { .at = it->at, .end = it->end };

	if (!it->left)
		return false;
	record_edge(&c, &it->node, &out->offset);
	if (c.bad) {
		it->left = 0;
		return false;
	}
	it->at = c.at;
	it->left--;
	out->node = it->node;
	return true;
}

struct edge_mark edge_iter_mark(const struct edge_iter *it, const struct graph *g)
{
	return (struct edge_mark){ .at = it->left ? (uint64_t)(it->at - g->bwt) : g->bwt_length,
		.left = it->left,
		.node = it->node };
}

void edge_iter_resume(struct edge_iter *it, const struct graph *g, uint64_t node,
		const struct edge_mark *mark)
{
	edge_iter_init(it, g, node);
	if (!mark->at)
		return;
	it->left = mark->left;
	if (it->left)
		it->at = g->bwt + mark->at;
	it->node = mark->node;
}

bool edge_is_canonical(uint64_t from, uint64_t to)
{
	if (to == GRAPH_ENDMARKER)
		return false;
	if (!node_is_reverse(from))
		return node_id(to) >= node_id(from);
	return node_id(to) > node_id(from) ||
	       (node_id(to) == node_id(from) && !node_is_reverse(to));
}

/* --- visits --- */

/* A place among the runs of a record. */
struct run_place {
	struct cursor c;
	uint64_t visits; /* before it */
	uint64_t counts; /* item of the samples: visits before it that take each edge */
	bool sampled;    /* else all counts are 0 */
};

static void skip_edges(struct cursor *c, uint64_t sigma)
{
	const uint64_t high_bits = 0x8080808080808080;
	uint64_t left = 2 * sigma;
	const uint8_t *at = c->at;

	/* Every number ends with a byte below 128: 8 bytes at a time have 8 of them at the most. */
	while (left >= 8 && c->end - at >= 8) {
		uint64_t bytes;

		memcpy(&bytes, at, sizeof(bytes));
		left -= (uint64_t)__builtin_popcountll(~bytes & high_bits);
		at += 8;
	}
	for (; left && at < c->end; at++)
		left -= *at < 0x80;
	c->at = at;
}

/* The last sample at or before visit @offset, or the first run. @c is at the edges. */
static void find_place(const struct graph *g, const struct record *rec, uint64_t offset,
		struct run_place *out)
{
	struct record_samples s = record_samples_of(rec->start, rec->end, rec->sigma);
	uint64_t low = 0;
	uint64_t high = s.n;
	uint64_t item;
	uint64_t byte;

	*out = (struct run_place){ .c = rec->c };
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (int_array_get(&g->samples, s.first + mid * s.stride + 1) <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low) {
		skip_edges(&out->c, rec->sigma);
		return;
	}
	item = s.first + (low - 1) * s.stride;
	byte = int_array_get(&g->samples, item);
	if (byte > rec->end - rec->start) {
		cursor_fail(&out->c);
		return;
	}
	out->c = cursor_over(g->bwt + rec->start + byte, rec->end - rec->start - byte);
	out->visits = int_array_get(&g->samples, item + 1);
	out->counts = item + RECORD_SAMPLE_HEAD;
	out->sampled = true;
}

/* The record of a node that exists. Return: false where there is none. */
static bool open_node(const struct graph *g, uint64_t node, struct record *out)
{
	uint64_t r;

	if (!graph_record(g, node, &r))
		return false;
	record_open(out, g, r);
	return out->sigma != 0;
}

uint64_t graph_visits(const struct graph *g, uint64_t node)
{
	struct run_code code;
	struct run_place p;
	struct record rec;
	uint64_t visits;

	if (!open_node(g, node, &rec))
		return 0;
	find_place(g, &rec, UINT64_MAX, &p);
	code = run_code_of(rec.sigma);
	visits = p.visits;
	while (cursor_left(&p.c)) {
		uint64_t length;

		record_run(&p.c, &code, &length);
		if (p.c.bad)
			return 0;
		visits += length;
	}
	return visits;
}

static int damaged(void)
{
	return -EBADMSG;
}

/* Edges are kept; the visit that each leads to next is counted up in them. */
static int step_few(const struct graph *g, const struct record *rec, uint64_t offset,
		struct position *next)
{
	struct run_code code = run_code_of(rec->sigma);
	struct position edges[FEW_EDGES];
	struct record behind = *rec;
	uint64_t visits = 0;
	struct cursor c;

	record_edges(&behind, edges);
	c = behind.c;
	if (rec->end - rec->start >= RECORD_SAMPLED) {
		struct run_place p;

		find_place(g, rec, offset, &p);
		c = p.c;
		visits = p.visits;
		for (uint64_t k = 0; p.sampled && k < rec->sigma; k++)
			edges[k].offset += int_array_get(&g->samples, p.counts + k);
	}
	while (cursor_left(&c)) {
		uint64_t length;
		uint64_t k = record_run(&c, &code, &length);

		if (c.bad)
			return damaged();
		if (offset - visits < length) {
			next->node = edges[k].node;
			next->offset = edges[k].offset + (offset - visits);
			return next->node != GRAPH_ENDMARKER;
		}
		visits += length;
		edges[k].offset += length;
	}
	return damaged();
}

/* The edge that the visit takes is found first, then what took it before. */
static int step_many(const struct graph *g, const struct record *rec, uint64_t offset,
		struct position *next)
{
	struct run_code code = run_code_of(rec->sigma);
	uint64_t edge = rec->sigma;
	uint64_t count = 0;
	uint64_t visits;
	struct run_place p;
	struct cursor c;

	find_place(g, rec, offset, &p);
	visits = p.visits;
	for (c = p.c; cursor_left(&c) && edge == rec->sigma;) {
		uint64_t length;
		uint64_t k = record_run(&c, &code, &length);

		if (c.bad)
			return damaged();
		if (offset - visits < length)
			edge = k;
		else
			visits += length;
	}
	if (edge >= rec->sigma)
		return damaged();
	if (p.sampled)
		count = int_array_get(&g->samples, p.counts + edge);
	count += offset - visits;
	for (visits = p.visits, c = p.c; cursor_left(&c);) {
		uint64_t length;
		uint64_t k = record_run(&c, &code, &length);

		if (offset - visits < length)
			break;
		visits += length;
		if (k == edge)
			count += length;
	}
	c = rec->c;
	next->node = 0;
	for (uint64_t k = 0; k <= edge; k++)
		record_edge(&c, &next->node, &next->offset);
	next->offset += count;
	return next->node != GRAPH_ENDMARKER;
}

int graph_step(const struct graph *g, struct position from, struct position *next)
{
	struct record rec;

	if (!open_node(g, from.node, &rec))
		return damaged();
	if (rec.sigma == 1) {
		/* All visits take the one edge, in their order. */
		next->node = 0;
		record_edge(&rec.c, &next->node, &next->offset);
		next->offset += from.offset;
		return rec.c.bad ? damaged() : next->node != GRAPH_ENDMARKER;
	}
	if (rec.sigma <= FEW_EDGES)
		return step_few(g, &rec, from.offset, next);
	return step_many(g, &rec, from.offset, next);
}

int64_t graph_steps(const struct graph *g, uint64_t node, struct position *edges,
		struct position *out, uint64_t n)
{
	struct run_code code;
	struct record rec;
	uint64_t done = 0;

	if (!open_node(g, node, &rec))
		return 0;
	assert(rec.c.at);
	code = run_code_of(rec.sigma);
	record_edges(&rec, edges);
	while (done < n && cursor_left(&rec.c)) {
		uint64_t length;
		uint64_t k = record_run(&rec.c, &code, &length);

		if (rec.c.bad || k >= rec.sigma)
			return damaged();
		for (; length && done < n; length--)
			out[done++] = (struct position){ edges[k].node, edges[k].offset++ };
	}
	return (int64_t)done;
}
