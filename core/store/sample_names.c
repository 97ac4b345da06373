/* SPDX-License-Identifier: MIT */
#include "core/store/sample_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/tables.h"

struct sample_names {
	struct name *names; /* n of them; owned */
	uint32_t *by_name;  /* numbers in the order of names; owned */
	uint32_t n;
};

void sample_names_free(struct sample_names *t)
{
	if (!t)
		return;
	free(t->names);
	free(t->by_name);
	free(t);
}

static int compare(const struct name *a, const struct name *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int r = memcmp(a->s, b->s, n);

	return r ? r : (a->len > b->len) - (a->len < b->len);
}

static int by_name(const void *a, const void *b, void *names)
{
	const struct name *all = names;

	return compare(&all[*(const uint32_t *)a], &all[*(const uint32_t *)b]);
}

int sample_names_new(const char *text, size_t len, uint32_t n, struct sample_names **out)
{
	struct sample_names *t = calloc(1, sizeof(*t));
	const char *end = text + len;

	if (!t)
		return -ENOMEM;
	t->names = malloc((n + 1ull) * sizeof(*t->names));
	t->by_name = malloc((n + 1ull) * sizeof(*t->by_name));
	if (!t->names || !t->by_name) {
		sample_names_free(t);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n && text < end; i++) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			break;
		t->names[i] = (struct name){ .s = text, .len = (size_t)(stop - text) };
		t->by_name[i] = i;
		t->n = i + 1;
		text = stop + 1;
	}
	qsort_r(t->by_name, t->n, sizeof(*t->by_name), by_name, t->names);
	*out = t;
	return 0;
}

struct name sample_name(const struct sample_names *t, uint32_t sample)
{
	return t->names[sample];
}

int sample_find(const struct sample_names *t, const char *s, size_t len, uint32_t *sample)
{
	const struct name wanted = { .s = s, .len = len };
	uint32_t low = 0;
	uint32_t high = t->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int r = compare(&t->names[t->by_name[middle]], &wanted);

		if (r == 0) {
			*sample = t->by_name[middle];
			return 0;
		}
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -ENOENT;
}

int store_sample_names(const struct store *s, const struct sample_names **out)
{
	struct lazy_names *lazy = s->names;
	int r = 0;

	pthread_mutex_lock(&lazy->lock);
	if (!lazy->names) {
		size_t len;
		const char *text = store_samples_text(s, &len);

		r = sample_names_new(text, len, s->n_samples, &lazy->names);
	}
	*out = lazy->names;
	pthread_mutex_unlock(&lazy->lock);
	return r;
}
