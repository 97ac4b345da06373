/* SPDX-License-Identifier: MIT */
/* Records of an image: what holds for a sound one, and is relied on wherever it is walked. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/graph/image_parts.h"
#include "core/graph/record.h"

/* Progress is told after as many bytes. */
enum { PROGRESS_STEP = 1 << 20 };

/* The visits of records of as many bytes are kept: each of the edges to one would count them. */
enum { LONG_RECORD = 512 };

static int damaged(const char *what, uint64_t i, struct err *err)
{
	return err_set(err, -EBADMSG, "damaged: %s, at number %llu", what, (unsigned long long)i);
}

static uint64_t record_length(const struct graph *g, uint64_t r)
{
	return int_array_get(&g->record_starts, r + 1) - int_array_get(&g->record_starts, r);
}

struct long_record {
	uint64_t node;
	uint64_t visits;
};

/* Visits by the edge they take, of one record at a time, and those of all long records. */
struct counts {
	uint64_t *n; /* owned; of each edge */
	uint64_t cap;
	uint64_t visits; /* of all edges */

	struct long_record *longs; /* owned; n_longs of them, by node */
	uint64_t n_longs;
	uint64_t longs_cap;
};

static int counts_clear(struct counts *counts, uint64_t sigma, struct err *err)
{
	if (!counts->n || sigma > counts->cap) {
		free(counts->n);
		counts->cap = 2 * sigma;
		counts->n = malloc(counts->cap * sizeof(*counts->n));
		if (!counts->n) {
			counts->cap = 0;
			return err_set(err, -ENOMEM, "out of memory");
		}
	}
	memset(counts->n, 0, sigma * sizeof(*counts->n));
	counts->visits = 0;
	return 0;
}

/* Long records come in order, each once. Return: 0; -ENOMEM. */
static int keep_long(struct counts *counts, uint64_t node, struct err *err)
{
	if (counts->n_longs == counts->longs_cap) {
		uint64_t cap = counts->longs_cap ? 2 * counts->longs_cap : 64;
		struct long_record *more = realloc(counts->longs, cap * sizeof(*more));

		if (!more)
			return err_set(err, -ENOMEM, "out of memory");
		counts->longs = more;
		counts->longs_cap = cap;
	}
	counts->longs[counts->n_longs++] = (struct long_record){ node, counts->visits };
	return 0;
}

static uint64_t visits_of(const struct graph *g, uint64_t node, const struct counts *counts)
{
	uint64_t low = 0;
	uint64_t high = counts->n_longs;

	if (record_length(g, node - g->node_offset) < LONG_RECORD)
		return graph_visits(g, node);
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (counts->longs[mid].node < node)
			low = mid + 1;
		else
			high = mid;
	}
	return low < counts->n_longs && counts->longs[low].node == node ? counts->longs[low].visits
									: 0;
}

static bool put_item(const struct graph *g, uint64_t item, uint64_t value, bool make)
{
	if (make)
		int_array_set(&g->samples, item, value);
	return int_array_get(&g->samples, item) == value;
}

/* Sample @j is of the place that is @byte bytes into the record. False where it is another. */
static bool put_sample(const struct graph *g, const struct record_samples *s, uint64_t j,
		uint64_t byte, uint64_t sigma, const struct counts *counts, bool make)
{
	uint64_t item = s->first + j * s->stride;
	bool fits = put_item(g, item, byte, make) && put_item(g, item + 1, counts->visits, make);

	item += RECORD_SAMPLE_HEAD;
	for (uint64_t k = 0; fits && k < sigma; k++)
		fits = put_item(g, item + k, counts->n[k], make);
	return fits;
}

/* The edges of a record: ascending, to nodes that there can be. */
static bool check_edges(const struct graph *g, struct record *rec)
{
	uint64_t node = 0;
	uint64_t before = 0;
	uint64_t rank;
	uint64_t r;

	for (uint64_t k = 0; k < rec->sigma; k++, before = node) {
		record_edge(&rec->c, &node, &rank);
		if (k ? node <= before : node < before)
			return false;
		if (node != GRAPH_ENDMARKER && !graph_record(g, node, &r))
			return false;
	}
	return !rec->c.bad;
}

/* The runs of a record, whose cursor is at the first; @samples may be NULL. */
static bool count_runs(const struct graph *g, struct record *rec, struct counts *counts,
		const struct record_samples *samples, bool make)
{
	struct run_code code = run_code_of(rec->sigma);
	uint64_t j = 0;

	for (;;) {
		uint64_t byte = (uint64_t)(rec->c.at - (g->bwt + rec->start));
		uint64_t length;
		uint64_t k;

		for (; samples && j < samples->n && byte >= (j + 1) * samples->step; j++)
			if (!put_sample(g, samples, j, byte, rec->sigma, counts, make))
				return false;
		if (!cursor_left(&rec->c))
			return true;
		k = record_run(&rec->c, &code, &length);
		if (rec->c.bad || k >= rec->sigma || length > g->n_visits - counts->visits)
			return false;
		counts->n[k] += length;
		counts->visits += length;
	}
}

/* A record's form, and its samples. @counts: its visits. */
static int check_record(const struct graph *g, uint64_t r, struct counts *counts, bool make,
		struct err *err)
{
	static const char what[] = "record of the BWT";
	struct record_samples samples;
	struct record rec;
	int status;

	record_open(&rec, g, r);
	if (!rec.sigma) {
		counts->visits = 0;
		/* One byte, 0, and nothing else. */
		return rec.end - rec.start == 1 && !g->bwt[rec.start] ? 0 : damaged(what, r, err);
	}
	status = counts_clear(counts, rec.sigma, err);
	if (status < 0)
		return status;
	samples = record_samples_of(rec.start, rec.end, rec.sigma);
	if (!check_edges(g, &rec) || !count_runs(g, &rec, counts, &samples, make))
		return damaged(what, r, err);
	return 0;
}

/* What was done since progress was told last. */
static int tell(struct progress *progress, uint64_t n, uint64_t *untold, struct err *err)
{
	*untold += n;
	if (*untold < PROGRESS_STEP)
		return 0;
	n = *untold;
	*untold = 0;
	return progress_add(progress, n, err);
}

/* All records by themselves, and what they sum up to. */
static int check_forms(const struct graph *g, bool make, struct counts *counts,
		struct progress *progress, struct err *err)
{
	uint64_t untold = 0;
	uint64_t visits = 0;
	uint64_t n_nodes = 0;
	bool forward = false;
	int status = 0;

	for (uint64_t r = 0; status == 0 && r < g->n_records; r++) {
		bool there;

		status = check_record(g, r, counts, make, err);
		if (status < 0)
			break;
		if (counts->visits > g->n_visits - visits)
			return damaged("more visits than there are", r, err);
		visits += counts->visits;
		there = g->bwt[int_array_get(&g->record_starts, r)] != 0;
		/* Odd records are of forward nodes, the next one is of the other strand. */
		if (r == 0 && counts->visits != g->n_sequences)
			return damaged("sequences are not as many as begin", r, err);
		if (r % 2)
			forward = there;
		else if (r && there != forward)
			return damaged("a node has one strand only", r, err);
		n_nodes += r % 2 && there;
		if (r && record_length(g, r) >= LONG_RECORD)
			status = keep_long(counts, r + g->node_offset, err);
		if (status == 0)
			status = tell(progress, record_length(g, r), &untold, err);
	}
	if (status == 0 && visits != g->n_visits)
		status = damaged("visits are not as many as stated", visits, err);
	if (status == 0 && n_nodes != g->n_nodes)
		status = damaged("nodes are not as many as stated", n_nodes, err);
	return status;
}

/* Where the edges of a record lead: to nodes that there are, and visits of them that there are. */
static int check_targets(const struct graph *g, uint64_t r, struct counts *counts, struct err *err)
{
	struct record rec;
	struct cursor edges;
	uint64_t node = 0;
	uint64_t rank;
	int status;

	record_open(&rec, g, r);
	if (!rec.sigma)
		return 0;
	edges = rec.c;
	status = counts_clear(counts, rec.sigma, err);
	if (status < 0)
		return status;
	if (!check_edges(g, &rec) || !count_runs(g, &rec, counts, NULL, false))
		return damaged("record of the BWT", r, err);
	for (uint64_t k = 0; k < rec.sigma; k++) {
		uint64_t visits;

		record_edge(&edges, &node, &rank);
		if (node == GRAPH_ENDMARKER)
			continue;
		visits = visits_of(g, node, counts);
		/* A node that exists has visits. */
		if (!visits || rank > visits || counts->n[k] > visits - rank)
			return damaged("an edge that leads to no visit", r, err);
	}
	return 0;
}

/* Sequence i begins where visit i of the endmarker leads. */
static int check_starts(const struct graph *g, bool make, struct err *err)
{
	CLEANUP(freep) struct position *edges = NULL;
	struct run_code code;
	struct record rec;
	uint64_t i = 0;

	if (!g->n_records)
		return 0;
	record_open(&rec, g, 0);
	if (!rec.sigma)
		return 0;
	edges = calloc(rec.sigma, sizeof(*edges));
	if (!edges)
		return err_set(err, -ENOMEM, "out of memory");
	record_edges(&rec, edges);
	code = run_code_of(rec.sigma);
	while (cursor_left(&rec.c)) {
		uint64_t length;
		struct position *e = &edges[record_run(&rec.c, &code, &length)];

		for (; length; length--, i++, e->offset++) {
			/* Visits of the endmarker have no numbers. */
			uint64_t offset = e->node ? e->offset : 0;

			if (make) {
				int_array_set(&g->start_nodes, i, e->node);
				int_array_set(&g->start_offsets, i, offset);
			}
			if (int_array_get(&g->start_nodes, i) != e->node ||
					int_array_get(&g->start_offsets, i) != offset)
				return damaged("start of a sequence", i, err);
		}
	}
	return 0;
}

static void counts_done(struct counts *counts)
{
	free(counts->n);
	free(counts->longs);
}

int image_check_records(
		const struct graph *g, bool make, struct progress *progress, struct err *err)
{
	CLEANUP(counts_done) struct counts counts = { 0 };
	uint64_t untold = 0;
	int r = check_forms(g, make, &counts, progress, err);

	/* Only with all forms and samples sound can visits be had of any node. */
	for (uint64_t i = 0; r == 0 && i < g->n_records; i++) {
		r = check_targets(g, i, &counts, err);
		if (r == 0)
			r = tell(progress, record_length(g, i), &untold, err);
	}
	if (r == 0)
		r = check_starts(g, make, err);
	return r;
}
