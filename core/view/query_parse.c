/* SPDX-License-Identifier: MIT */
#include "core/view/query_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/store/sample_names.h"

void query_terms_done(struct query_terms *t)
{
	region_list_done(&t->regions);
	free(t->samples.of);
	*t = (struct query_terms){ 0 };
}

/* ---- percent-encoding ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* @len bytes of @s into @out, which has room for as many and a NUL. */
static size_t decode(const char *s, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int high = s[i] == '%' && i + 2 < len ? hex_value(s[i + 1]) : -1;
		int low = high >= 0 ? hex_value(s[i + 2]) : -1;

		if (low >= 0) {
			out[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			out[n++] = s[i];
		}
	}
	out[n] = '\0';
	return n;
}

static char *decoded(const char *s)
{
	size_t len = strlen(s);
	char *out = malloc(len + 1);

	if (out)
		decode(s, len, out);
	return out;
}

/* ---- regions ---- */

/* Whether the header has a line for the contig, which has no records. */
static bool is_declared(const struct store *store, const char *s, size_t len)
{
	static const char line[] = "\n##contig=<";
	size_t n;
	const char *text = store_header_text(store, &n);
	const char *end = text + n;

	for (const char *p = text; (p = memmem(p, (size_t)(end - p), line, sizeof(line) - 1));) {
		const char *stop;
		const char *id;

		p += sizeof(line) - 1;
		stop = memchr(p, '\n', (size_t)(end - p));
		stop = stop ? stop : end;
		id = memmem(p, (size_t)(stop - p), "ID=", 3);
		if (id && (size_t)(stop - id) > len + 3 && memcmp(id + 3, s, len) == 0 &&
				(id[3 + len] == ',' || id[3 + len] == '>'))
			return true;
	}
	return false;
}

static int find_contig(const void *arg, const char *s, size_t len, uint32_t *contig)
{
	const struct dataset *d = arg;

	for (uint32_t i = 0; i < store_n_contigs(d->store); i++) {
		const struct name *name = &store_contig(d->store, i)->name;

		if (name->len == len && memcmp(name->s, s, len) == 0) {
			*contig = i;
			return 0;
		}
	}
	return is_declared(d->store, s, len) ? 1 : -ENOENT;
}

int query_parse_regions(
		const struct dataset *d, const char *text, struct region_list *out, struct err *err)
{
	const struct region_names names = { .find = find_contig,
		.arg = d,
		.chosen = d->level == DATASET_STORE ? REGION_NO_CONTIG : d->contig };

	return region_list_parse(text, &names, out, err);
}

static int parse_regions(
		const struct dataset *d, const char *name, struct region_list *out, struct err *err)
{
	CLEANUP(freep) char *text = decoded(name);

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	return query_parse_regions(d, text, out, err);
}

/* ---- samples ---- */

/* What samples are chosen from, and those that were chosen. */
struct choice {
	const struct sample_names *names;
	const struct sample_set *from; /* NULL: all of the store */
	uint32_t n_store;
	uint8_t *state; /* by sample of the store: CHOICE_...; owned */
	struct sample_set set;
};
enum { CHOICE_ABSENT, CHOICE_FREE, CHOICE_TAKEN };

static void choice_done(struct choice *c)
{
	free(c->state);
	free(c->set.of);
}

static int choice_init(struct choice *c, const struct dataset *d)
{
	c->from = d->query ? query_samples(d->query) : NULL;
	c->n_store = store_n_samples(d->store);
	c->state = malloc(c->n_store + 1u);
	c->set.of = malloc((c->n_store + 1ull) * sizeof(*c->set.of));
	if (!c->state || !c->set.of)
		return -ENOMEM;
	memset(c->state, c->from ? CHOICE_ABSENT : CHOICE_FREE, c->n_store);
	for (uint32_t i = 0; c->from && i < c->from->n; i++)
		c->state[c->from->of[i]] = CHOICE_FREE;
	return store_sample_names(d->store, &c->names);
}

static int choose(struct choice *c, const char *s, size_t len, struct err *err)
{
	uint32_t sample;

	if (sample_find(c->names, s, len, &sample) < 0 || c->state[sample] == CHOICE_ABSENT)
		return err_set(err, -ENOENT, "there is no sample '%.*s'", (int)len, s);
	if (c->state[sample] == CHOICE_TAKEN)
		return err_set(err, -ENOENT, "sample '%.*s' is given twice", (int)len, s);
	c->state[sample] = CHOICE_TAKEN;
	c->set.of[c->set.n++] = sample;
	return 0;
}

/* Names of which each ends with @stop, or with the text. */
static int choose_each(struct choice *c, const char *text, size_t len, char stop, bool encoded,
		struct err *err)
{
	CLEANUP(freep) char *name = malloc(len + 1);
	const char *end = text + len;
	int r = 0;

	if (!name)
		return err_set(err, -ENOMEM, "out of memory");
	while (r == 0 && text < end) {
		const char *p = memchr(text, stop, (size_t)(end - text));
		size_t n = (size_t)((p ? p : end) - text);

		if (encoded) {
			size_t decoded_len = decode(text, n, name);

			r = choose(c, name, decoded_len, err);
		} else {
			size_t bare = n && text[n - 1] == '\r' ? n - 1 : n;

			r = bare ? choose(c, text, bare, err) : 0;
		}
		text += n + 1;
	}
	return r;
}

/* All but those that were chosen, in the order of the dataset. */
static void choose_others(struct choice *c)
{
	c->set.n = 0;
	for (uint32_t i = 0; i < (c->from ? c->from->n : c->n_store); i++) {
		uint32_t sample = c->from ? c->from->of[i] : i;

		if (c->state[sample] == CHOICE_FREE)
			c->set.of[c->set.n++] = sample;
	}
}

static const struct sample_list *find_list(const struct sample_lists *lists, const char *name)
{
	for (unsigned i = 0; lists && i < lists->n; i++)
		if (strcmp(lists->lists[i].name, name) == 0)
			return &lists->lists[i];
	return NULL;
}

static int parse_samples(const struct dataset *d, const char *name,
		const struct sample_lists *lists, struct sample_set *out, struct err *err)
{
	CLEANUP(choice_done) struct choice c = { 0 };
	bool others = *name == '^';
	const struct sample_list *list = find_list(lists, name + others);
	uint32_t *fitting;
	int r;

	if (choice_init(&c, d) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	name += others;
	if (list)
		r = choose_each(&c, list->text, list->len, '\n', false, err);
	else
		r = choose_each(&c, name, strlen(name), ',', true, err);
	if (r < 0)
		return r;
	if (others)
		choose_others(&c);
	if (!c.set.n)
		return err_set(err, -ENOENT, "no samples are left");
	fitting = realloc(c.set.of, c.set.n * sizeof(*fitting));
	*out = c.set;
	if (fitting)
		out->of = fitting;
	c.set.of = NULL;
	return 0;
}

/* ---- parts ---- */

static bool parse_number(const char **at, uint64_t *out)
{
	const char *p = *at;
	uint64_t v = 0;

	if (*p == '0')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > UINT32_MAX)
			return false;
	}
	if (p == *at)
		return false;
	*at = p;
	*out = v;
	return true;
}

static int parse_part(const char *name, struct query_part *out, struct err *err)
{
	static const char of[] = "-of-";
	const char *p = name;

	if (!parse_number(&p, &out->k) || strncmp(p, of, sizeof(of) - 1) != 0)
		return err_set(err, -ENOENT, "'%s' is not like 3-of-16", name);
	p += sizeof(of) - 1;
	if (!parse_number(&p, &out->n) || *p)
		return err_set(err, -ENOENT, "'%s' is not like 3-of-16", name);
	if (out->k > out->n)
		return err_set(err, -ENOENT, "'%s': there are %llu parts", name,
				(unsigned long long)out->n);
	return 0;
}

int query_terms_parse(const struct dataset *d, enum query_kind kind, const char *name,
		const struct sample_lists *lists, struct query_terms *out, struct err *err)
{
	struct query_terms t = { .kind = kind };
	int r;

	switch (kind) {
	case QUERY_REGION:
		r = parse_regions(d, name, &t.regions, err);
		break;
	case QUERY_SAMPLES:
	case QUERY_SAMPLES_COUNTED:
		r = parse_samples(d, name, lists, &t.samples, err);
		break;
	case QUERY_PART:
		r = parse_part(name, &t.part, err);
		break;
	case QUERY_WHERE:
		r = site_filter_parse(name, &t.filter, err);
		break;
	case QUERY_CONTIG:
		r = find_contig(d, name, strlen(name), &t.contig) == 0
				    ? 0
				    : err_set(err, -ENOENT, "there is no contig '%s'", name);
		break;
	default:
		r = err_set(err, -ENOENT, "'%s' is no query", name);
		break;
	}
	if (r < 0)
		query_terms_done(&t);
	else
		*out = t;
	return r;
}
