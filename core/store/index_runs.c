/* SPDX-License-Identifier: MIT */
#include "core/store/index_runs.h"

#include <string.h>

void index_builder_begin(struct index_builder *b)
{
	buf_clear(&b->runs);
	b->n_runs = 0;
	b->run.n_records = 0;
	b->last_first = 0;
}

void index_builder_done(struct index_builder *b)
{
	buf_done(&b->runs);
}

static void end_run(struct index_builder *b)
{
	const struct index_run *run = &b->run;

	if (!run->n_records)
		return;
	buf_put_zigzag(&b->runs, (int64_t)(run->first_window - b->last_first));
	buf_put_varint(&b->runs, run->level);
	buf_put_varint(&b->runs, run->last_window - run->first_window);
	buf_put_varint(&b->runs, run->n_records);
	for (unsigned i = 0; i < N_INDEX_FILES; i++)
		buf_put_varint(&b->runs, run->bytes[i]);
	b->last_first = run->first_window;
	b->n_runs++;
	b->run.n_records = 0;
}

/* Windows that [@pos, @pos + @rlen) touches, and the level of the bin that has them all. */
static struct index_run place(int64_t pos, int64_t rlen)
{
	struct index_run run = { .level = 0 };
	int64_t begin = pos < 0 ? 0 : pos;
	int64_t end = begin + 1;

	if (rlen > 0 && pos + rlen > end)
		end = pos + rlen;
	run.first_window = (uint64_t)begin >> INDEX_WINDOW_SHIFT;
	run.last_window = (uint64_t)(end - 1) >> INDEX_WINDOW_SHIFT;
	while (run.first_window >> (INDEX_LEVEL_SHIFT * run.level) !=
			run.last_window >> (INDEX_LEVEL_SHIFT * run.level))
		run.level++;
	return run;
}

void index_builder_add(struct index_builder *b, int64_t pos, int64_t rlen,
		const uint64_t bytes[N_INDEX_FILES])
{
	struct index_run at = place(pos, rlen);

	if (b->run.n_records &&
			(b->run.level != at.level || index_run_bin(&b->run) != index_run_bin(&at)))
		end_run(b);
	if (!b->run.n_records)
		b->run = at;
	if (at.last_window > b->run.last_window)
		b->run.last_window = at.last_window;
	b->run.n_records++;
	for (unsigned i = 0; i < N_INDEX_FILES; i++)
		b->run.bytes[i] += bytes[i];
}

void index_builder_end(struct index_builder *b, struct buf *out)
{
	end_run(b);
	buf_put_varint(out, b->n_runs);
	buf_put(out, b->runs.data, b->runs.len);
	out->failed |= buf_failed(&b->runs);
}

bool index_run_next(struct cursor *c, uint64_t *last_first, struct index_run *out)
{
	uint64_t span;

	out->first_window = *last_first + (uint64_t)cursor_zigzag(c);
	out->level = cursor_varint32(c);
	span = cursor_varint(c);
	out->n_records = cursor_varint(c);
	for (unsigned i = 0; i < N_INDEX_FILES; i++)
		out->bytes[i] = cursor_varint(c);
	*last_first = out->first_window;
	return !cursor_bad(c) && out->level <= INDEX_LEVEL_MAX &&
	       out->first_window <= (uint64_t)INT64_MAX >> INDEX_WINDOW_SHIFT &&
	       !__builtin_add_overflow(out->first_window, span, &out->last_window) &&
	       out->last_window <= (uint64_t)INT64_MAX >> INDEX_WINDOW_SHIFT;
}
