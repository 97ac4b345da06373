/* SPDX-License-Identifier: MIT */
#include "tools/array_task.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/base/number.h"

/* Names of variables. Those that a scheduler does not set are NULL. */
struct scheduler {
	const char *id;
	const char *first; /* NULL: 1 */
	const char *last;
	const char *step; /* NULL: 1 */
	const char *count;
	const char *none; /* what the id is outside of arrays; NULL: not set */
};

static const struct scheduler schedulers[] = {
	{ "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
			"SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", NULL },
	{ "PBS_ARRAY_INDEX", NULL, NULL, NULL, NULL, NULL },
	{ "LSB_JOBINDEX", NULL, "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", NULL, "0" },
	{ "SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", NULL,
			"undefined" },
};

struct bounds {
	uint64_t id;
	uint64_t first;
	uint64_t last;
	uint64_t step;
	uint64_t count; /* 0: not said */
};

/* Leaves @out where the variable is not set. */
static int number_of(const char *(*get)(const char *name), const char *name, uint64_t *out,
		struct err *err)
{
	const char *text = name ? get(name) : NULL;

	if (text && !number_parse(text, 10, out))
		return err_set(err, -EINVAL, "%s is '%s', which is no number", name, text);
	return 0;
}

/* Tasks numbered @first, @first + @step, ..., @last. */
static int count(const struct scheduler *s, const struct bounds *b, struct array_task *out,
		struct err *err)
{
	if (!b->step || b->id < b->first || (b->id - b->first) % b->step || b->last < b->id ||
			(b->count && (b->last - b->first) / b->step + 1 != b->count))
		return err_set(err, -EINVAL,
				"%s=%" PRIu64 ": the ids of the array do not run in equal steps "
				"from %" PRIu64 ", so they cannot be counted; submit it as 1-N",
				s->id, b->id, b->first);
	out->k = (b->id - b->first) / b->step + 1;
	out->n = b->last == UINT64_MAX ? 0 : (b->last - b->first) / b->step + 1;
	return 0;
}

int array_task_find(const char *(*get)(const char *name), struct array_task *out, struct err *err)
{
	for (size_t i = 0; i < sizeof(schedulers) / sizeof(schedulers[0]); i++) {
		const struct scheduler *s = &schedulers[i];
		struct bounds b = { .first = 1, .last = UINT64_MAX, .step = 1 };
		const char *id = get(s->id);
		int r;

		if (!id || (s->none && strcmp(id, s->none) == 0))
			continue;
		r = number_of(get, s->id, &b.id, err);
		if (r == 0)
			r = number_of(get, s->first, &b.first, err);
		if (r == 0)
			r = number_of(get, s->last, &b.last, err);
		if (r == 0)
			r = number_of(get, s->step, &b.step, err);
		if (r == 0)
			r = number_of(get, s->count, &b.count, err);
		if (r == 0)
			r = count(s, &b, out, err);
		return r < 0 ? r : 1;
	}
	return 0;
}
