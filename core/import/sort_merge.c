/* SPDX-License-Identifier: MIT */
#include "core/import/sort_merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/import/sort_chunks.h"
#include "core/import/sort_run.h"

enum { MERGED_BATCH_BYTES = 1 << 20 };

/* A record gathered in memory. */
struct entry {
	int64_t pos;
	uint64_t order; /* of the input */
	struct batch *batch;
	uint32_t index; /* in the batch */
	uint32_t contig;
};

/* Where sorted records come from: chunks, a run, or the entries in memory. */
struct input {
	struct chunk_reader *chunks; /* owned */
	struct run_reader *run;      /* owned */
	const struct entry *entries; /* n_entries of them left */
	size_t n_entries;
	struct record record; /* the next one */
	struct proof proof;
	uint32_t number; /* in the order of the input, for ties */
};

struct sorter {
	struct sorter_setup setup;
	struct chunk_reader *chunks; /* the first run, if there is one; owned */
	struct run_file *file;       /* owned; NULL before the first spill */
	struct run *runs;            /* n_runs of them; owned */
	uint32_t n_runs;
	uint32_t max_runs;
	struct entry *entries; /* n_entries of them, one reference to its batch each; owned */
	size_t n_entries;
	size_t max_entries;
	size_t batch_bytes; /* memory of the batches that they hold */
};

int sorter_new(const struct sorter_setup *setup, struct sorter **out)
{
	struct sorter *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->setup = *setup;
	*out = s;
	return 0;
}

static void drop_entries(struct sorter *s)
{
	for (size_t i = 0; i < s->n_entries; i++)
		batch_put(s->entries[i].batch);
	s->n_entries = 0;
	s->batch_bytes = 0;
}

void sorter_free(struct sorter *s)
{
	if (!s)
		return;
	chunk_reader_free(s->chunks);
	run_file_free(s->file);
	free(s->runs);
	drop_entries(s);
	free(s->entries);
	free(s);
}

void sorter_freep(struct sorter **s)
{
	sorter_free(*s);
}

static int check_stop(const struct sorter *s, struct err *err)
{
	if (s->setup.stop && atomic_load_explicit(s->setup.stop, memory_order_relaxed))
		return err_set(err, -EINTR, "interrupted");
	return 0;
}

int sorter_add_chunks(struct sorter *s, const struct written_chunks *written, struct err *err)
{
	int r = chunk_reader_new(
			written, s->setup.n_samples, s->setup.names, s->setup.check, &s->chunks);

	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	if (x->contig != y->contig)
		return x->contig < y->contig ? -1 : 1;
	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void sort_entries(struct sorter *s)
{
	if (s->n_entries)
		qsort(s->entries, s->n_entries, sizeof(*s->entries), by_place);
}

static int add_run(struct sorter *s, struct run run)
{
	if (s->n_runs == s->max_runs) {
		uint32_t max = s->max_runs ? s->max_runs * 2 : 16;
		struct run *runs = realloc(s->runs, max * sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		s->runs = runs;
		s->max_runs = max;
	}
	s->runs[s->n_runs++] = run;
	return 0;
}

static int spill(struct sorter *s, struct err *err)
{
	struct run run;
	int r = 0;

	if (!s->file)
		r = run_file_new(s->setup.target, &s->file, err);
	sort_entries(s);
	for (size_t i = 0; r == 0 && i < s->n_entries; i++) {
		const struct entry *e = &s->entries[i];

		r = run_file_put(s->file, &e->batch->records[e->index], &e->batch->proofs[e->index],
				err);
		if (r == 0 && i % 1024 == 0)
			r = check_stop(s, err);
	}
	if (r == 0)
		r = run_file_end(s->file, &run, err);
	if (r < 0)
		return r;
	drop_entries(s);
	free(s->entries);
	s->entries = NULL;
	s->max_entries = 0;
	return add_run(s, run) < 0 ? err_set(err, -ENOMEM, "out of memory") : 0;
}

static int reserve_entries(struct sorter *s, uint32_t n)
{
	size_t max = s->max_entries ? s->max_entries : 1024;
	struct entry *p;

	if (n <= s->max_entries - s->n_entries)
		return 0;
	while (max - s->n_entries < n)
		max *= 2;
	p = realloc(s->entries, max * sizeof(*p));
	if (!p)
		return -ENOMEM;
	s->entries = p;
	s->max_entries = max;
	return 0;
}

int sorter_add(struct sorter *s, struct batch *b, uint32_t from, uint32_t to, struct err *err)
{
	/* Twice: qsort() works on a copy. */
	size_t entry_bytes = 2 * sizeof(*s->entries);
	size_t more = batch_memory(b) + (to - from) * entry_bytes;
	int r = 0;

	if (s->n_entries &&
			s->batch_bytes + s->n_entries * entry_bytes + more > s->setup.sort_bytes)
		r = spill(s, err);
	if (r < 0)
		return r;
	if (reserve_entries(s, to - from) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	s->batch_bytes += batch_memory(b);
	for (uint32_t i = from; i < to; i++) {
		batch_ref(b);
		s->entries[s->n_entries] = (struct entry){ .pos = b->records[i].pos,
			.order = s->n_entries,
			.batch = b,
			.index = i,
			.contig = b->records[i].contig };
		s->n_entries++;
	}
	return check_stop(s, err);
}

/* The next record of @in. Return: 1; 0 at its end; a negative errno. */
static int input_next(struct input *in, struct err *err)
{
	const struct entry *e = in->entries;

	if (in->chunks)
		return chunk_reader_next(in->chunks, &in->record, &in->proof, err);
	if (in->run)
		return run_reader_next(in->run, &in->record, &in->proof, err);
	if (!in->n_entries)
		return 0;
	in->record = e->batch->records[e->index];
	in->proof = e->batch->proofs[e->index];
	in->entries++;
	in->n_entries--;
	return 1;
}

static bool input_before(const struct input *a, const struct input *b)
{
	if (a->record.contig != b->record.contig)
		return a->record.contig < b->record.contig;
	if (a->record.pos != b->record.pos)
		return a->record.pos < b->record.pos;
	return a->number < b->number;
}

/* Let the input at the top of a heap sink to its place. */
static void sift(struct input **heap, uint32_t n, uint32_t i)
{
	for (;;) {
		uint32_t least = i;
		struct input *in = heap[i];

		for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
			if (input_before(heap[child], heap[least]))
				least = child;
		if (least == i)
			return;
		heap[i] = heap[least];
		heap[least] = in;
		i = least;
	}
}

/* All records of @n inputs in order, one by one, to @put. */
static int merge_inputs(const struct sorter *s, struct input *inputs, uint32_t n,
		int (*put)(void *arg, const struct record *r, const struct proof *p,
				struct err *err),
		void *arg, struct err *err)
{
	CLEANUP(freep) struct input **heap = calloc(n ? n : 1, sizeof(struct input *));
	uint32_t n_heap = 0;
	uint64_t count = 0;
	int r = 0;

	if (!heap)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		r = input_next(&inputs[i], err);
		if (r < 0)
			return r;
		if (r > 0)
			heap[n_heap++] = &inputs[i];
	}
	for (uint32_t i = n_heap / 2; i-- > 0;)
		sift(heap, n_heap, i);
	while (n_heap) {
		r = ++count % 1024 ? 0 : check_stop(s, err);
		if (r == 0)
			r = put(arg, &heap[0]->record, &heap[0]->proof, err);
		if (r == 0)
			r = input_next(heap[0], err);
		if (r < 0)
			return r;
		if (r == 0)
			heap[0] = heap[--n_heap];
		sift(heap, n_heap, 0);
	}
	return 0;
}

/* The first run of chunks, if it is still there, and runs [from, to), as inputs of a merge. */
static int open_inputs(struct sorter *s, uint32_t from, uint32_t to, struct input *inputs,
		uint32_t *n, struct err *err)
{
	*n = 0;
	if (from == 0 && s->chunks) {
		inputs[(*n)++].chunks = s->chunks;
		s->chunks = NULL;
	}
	for (uint32_t i = from; i < to; i++, ++*n) {
		inputs[*n].number = *n;
		if (run_reader_new(s->file, s->runs[i], &inputs[*n].run) < 0)
			return err_set(err, -ENOMEM, "out of memory");
	}
	return 0;
}

static void close_inputs(struct input *inputs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		chunk_reader_free(inputs[i].chunks);
		run_reader_free(inputs[i].run);
	}
	free(inputs);
}

static int put_to_run(void *arg, const struct record *r, const struct proof *p, struct err *err)
{
	return run_file_put(arg, r, p, err);
}

/* Merge each @group runs that follow each other to one, in a new file. */
static int merge_pass(struct sorter *s, uint32_t group, struct err *err)
{
	struct run_file *file = NULL;
	uint32_t n_merged = 0;
	int r = run_file_new(s->setup.target, &file, err);

	for (uint32_t i = 0; r == 0 && i < s->n_runs; i += group) {
		uint32_t to = i + group < s->n_runs ? i + group : s->n_runs;
		struct input *inputs = calloc(group + 1, sizeof(*inputs));
		uint32_t n = 0;

		r = inputs ? open_inputs(s, i, to, inputs, &n, err) : -ENOMEM;
		if (r == 0)
			r = merge_inputs(s, inputs, n, put_to_run, file, err);
		if (r == 0)
			r = run_file_end(file, &s->runs[n_merged++], err);
		close_inputs(inputs, inputs ? n : 0);
	}
	if (r < 0) {
		run_file_free(file);
		return r;
	}
	run_file_free(s->file);
	s->file = file;
	s->n_runs = n_merged;
	return 0;
}

/* Merged records are gathered to batches again. */
struct gatherer {
	struct batch *batch; /* owned */
	int (*take)(void *arg, struct batch *b, struct err *err);
	void *arg;
};

static int hand_over(struct gatherer *g, struct err *err)
{
	CLEANUP(batch_putp) struct batch *b = g->batch;

	g->batch = NULL;
	if (!b)
		return 0;
	batch_seal(b);
	return g->take(g->arg, b, err);
}

static int put_to_batch(void *arg, const struct record *r, const struct proof *p, struct err *err)
{
	struct gatherer *g = arg;

	if (!g->batch && batch_new(&g->batch) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	buf_put(&g->batch->bytes, r->site, r->site_len);
	buf_put(&g->batch->bytes, r->fmt, r->fmt_len);
	if (batch_add(g->batch, r, p, false) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return g->batch->bytes.len < MERGED_BATCH_BYTES ? 0 : hand_over(g, err);
}

static int merge_all(struct sorter *s, struct gatherer *g, struct err *err)
{
	struct input *inputs = calloc((size_t)s->n_runs + 2, sizeof(*inputs));
	uint32_t n = 0;
	int r;

	if (!inputs)
		return err_set(err, -ENOMEM, "out of memory");
	r = open_inputs(s, 0, s->n_runs, inputs, &n, err);
	if (r == 0 && s->n_entries) {
		sort_entries(s);
		inputs[n].number = n;
		inputs[n].entries = s->entries;
		inputs[n++].n_entries = s->n_entries;
	}
	if (r == 0)
		r = merge_inputs(s, inputs, n, put_to_batch, g, err);
	if (r == 0)
		r = hand_over(g, err);
	close_inputs(inputs, n);
	return r;
}

int sorter_merge(struct sorter *s, int (*take)(void *arg, struct batch *b, struct err *err),
		void *arg, struct err *err)
{
	struct gatherer g = { .take = take, .arg = arg };
	uint32_t at_once = (uint32_t)(s->setup.merge_bytes / RUN_READER_BYTES);
	int r = 0;

	if (at_once < 2)
		at_once = 2;
	/* Memory is for the merge and for coding its output now, unless all fits as it is. */
	if (s->n_entries && (s->n_runs || s->batch_bytes > s->setup.merge_bytes))
		r = spill(s, err);
	while (r == 0 && s->n_runs > at_once)
		r = merge_pass(s, at_once, err);
	if (r == 0)
		r = merge_all(s, &g, err);
	batch_put(g.batch);
	return r;
}
