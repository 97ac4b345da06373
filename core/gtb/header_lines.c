/* SPDX-License-Identifier: MIT */
#include "core/gtb/header_lines.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/cleanup.h"

/* Of a structured line: KEY=VALUE or KEY="VALUE". */
struct line_attribute {
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
	bool quoted;
};

enum line_kind { LINE_FILTER, LINE_INFO, LINE_FORMAT, LINE_CONTIG, LINE_STRUCTURED, LINE_PLAIN };

/* Outcomes besides errors. */
enum { DROPPED, TAKEN };

static const char pass_line[] = "##FILTER=<ID=PASS,Description=\"All filters passed\">";

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

int header_lines_init(struct header_lines *h, bool drop_format)
{
	*h = (struct header_lines){ .drop_format = drop_format };
	return names_new(&h->keys.names) < 0 || names_new(&h->contigs.names) < 0 ||
					       names_new(&h->plain) < 0
			       ? -ENOMEM
			       : 0;
}

static void table_done(struct declared_table *t)
{
	names_free(t->names);
	buf_done(&t->items);
	buf_done(&t->by_id);
}

void header_lines_done(struct header_lines *h)
{
	buf_done(&h->vcf);
	buf_done(&h->bcf);
	table_done(&h->keys);
	table_done(&h->contigs);
	names_free(h->plain);
	free(h->attributes);
	*h = (struct header_lines){ 0 };
}

/* ---- tables ---- */

uint32_t declared_n_ids(const struct declared_table *t)
{
	return (uint32_t)(t->by_id.len / sizeof(uint32_t));
}

uint32_t declared_by_id(const struct declared_table *t, uint32_t id)
{
	uint32_t number;

	memcpy(&number, t->by_id.data + id * sizeof(number), sizeof(number));
	return number;
}

struct declared_key *declared_key(const struct header_lines *h, uint32_t number)
{
	return (struct declared_key *)(void *)h->keys.items.data + number;
}

struct declared_contig *declared_contig(const struct header_lines *h, uint32_t number)
{
	return (struct declared_contig *)(void *)h->contigs.items.data + number;
}

/* Give @number the id @idx, or the next where it is -1. */
static int take_id(
		struct declared_table *t, long idx, uint32_t number, uint32_t *id, struct err *err)
{
	const uint32_t hole = UINT32_MAX;

	*id = idx < 0 ? declared_n_ids(t) : (uint32_t)idx;
	if (*id >= NAMES_MAX)
		return err_set(err, -EBADMSG, "an IDX in a header line is too large");
	if (*id < declared_n_ids(t) && declared_by_id(t, *id) != hole)
		return err_set(err, -EBADMSG, "two header lines have IDX=%u", *id);
	while (declared_n_ids(t) <= *id && !buf_failed(&t->by_id))
		buf_put(&t->by_id, &hole, sizeof(hole));
	if (buf_failed(&t->by_id))
		return no_memory(err);
	memcpy(t->by_id.data + *id * sizeof(number), &number, sizeof(number));
	return 0;
}

/* ---- taking a line apart ---- */

static int add_attribute(struct header_lines *h, const struct line_attribute *a)
{
	if (h->n_attributes == h->cap_attributes) {
		size_t cap = h->cap_attributes ? 2 * h->cap_attributes : 16;
		struct line_attribute *p = realloc(h->attributes, cap * sizeof(*p));

		if (!p)
			return -ENOMEM;
		h->attributes = p;
		h->cap_attributes = cap;
	}
	h->attributes[h->n_attributes++] = *a;
	return 0;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

static bool is_escaped(const char *start, const char *p)
{
	unsigned n = 0;

	while (p > start && *--p == '\\')
		n++;
	return n % 2;
}

/* To the end of a value that began at @p, which may be in quotes. */
static const char *value_end(const char *p, const char *end, char quote, unsigned *n_open)
{
	const char *q = p;

	for (; q < end; q++) {
		if (quote) {
			if (*q == quote && !is_escaped(p, q))
				break;
			continue;
		}
		if (*q == '<')
			++*n_open;
		if (*q == '>')
			--*n_open;
		if (!*n_open || (*q == ',' && *n_open == 1))
			break;
	}
	return q;
}

/* VALUE behind a '='. Return: where it goes on; NULL where a bracket is not closed. */
static const char *parse_value(
		struct line_attribute *a, const char *q, const char *end, unsigned *n_open)
{
	char first = q < end ? *q : '\0';
	char quote = first == '"' ? '"' : first == '[' ? ']' : '\0';
	const char *stop;

	a->quoted = quote == '"';
	a->value = q + a->quoted;
	/* A bracket is looked for from behind the one that opens, but is part of the value. */
	stop = value_end(a->value + (quote == ']'), end, quote, n_open);
	if (quote == ']') {
		if (stop == end)
			return NULL;
		stop++;
	}
	a->value_len = (size_t)(stop - a->value);
	while (a->value_len && a->value[a->value_len - 1] == ' ')
		a->value_len--;
	if (a->quoted && stop < end && *stop == '"')
		stop++;
	if (stop < end && *stop == '>') {
		if (*n_open)
			--*n_open;
		stop++;
	}
	return stop;
}

/* @q: at the '<'. Return: TAKEN, DROPPED or an error. */
static int parse_attributes(struct header_lines *h, const char *q, const char *end, struct err *err)
{
	unsigned n_open = 1;

	h->n_attributes = 0;
	while (q < end && n_open) {
		struct line_attribute a = { 0 };

		q = skip_blanks(q + 1, end);
		a.key = q;
		if (q < end && (isalpha((unsigned char)*q) || *q == '_'))
			while (q < end && (isalnum((unsigned char)*q) || *q == '_' || *q == '.'))
				q++;
		a.key_len = (size_t)(q - a.key);
		q = skip_blanks(q, end);
		if (q == end || *q != '=' || !a.key_len)
			return DROPPED;
		q = parse_value(&a, skip_blanks(q + 1, end), end, &n_open);
		if (!q)
			return err_set(err, -EBADMSG, "a bracket in a header line is not closed");
		if (add_attribute(h, &a) < 0)
			return no_memory(err);
	}
	return TAKEN;
}

/* ---- what it says ---- */

static bool is_text(const char *p, size_t len, const char *s)
{
	return len == strlen(s) && memcmp(p, s, len) == 0;
}

static const struct line_attribute *find_attribute(
		const struct header_lines *h, const char *key, bool any_case)
{
	for (size_t i = 0; i < h->n_attributes; i++) {
		const struct line_attribute *a = &h->attributes[i];

		if (a->key_len == strlen(key) && (any_case ? strncasecmp(a->key, key, a->key_len)
							   : strncmp(a->key, key, a->key_len)) == 0)
			return a;
	}
	return NULL;
}

/* As the value stands, with its quotes. */
static int put_value(struct buf *out, const struct line_attribute *a)
{
	if (a->quoted)
		buf_put_u8(out, '"');
	buf_put(out, a->value, a->value_len);
	if (a->quoted)
		buf_put_u8(out, '"');
	return buf_failed(out) ? -ENOMEM : 0;
}

/* A number as strtoll(3) takes it from the value; false: there is none, or @all and more. */
static bool value_number_of(const struct line_attribute *a, bool all, long long *out)
{
	char text[64];
	size_t n = a->value_len < sizeof(text) - 1 ? a->value_len : sizeof(text) - 1;
	char *end;

	if (a->quoted)
		return false;
	memcpy(text, a->value, n);
	text[n] = '\0';
	*out = strtoll(text, &end, 10);
	return all ? !*end && n == a->value_len : end != text;
}

/* The IDX of a line: -1 where it has none. Return: false where it is no number. */
static bool read_idx(const struct line_attribute *a, long *out)
{
	long long v;

	*out = -1;
	if (!a)
		return true;
	if (!value_number_of(a, true, &v) || (int)v < 0 || (int)v >= INT_MAX - 1)
		return false;
	*out = (int)v;
	return true;
}

/* It may be empty, but is somewhere. */
static int put_id(struct buf *id, const struct line_attribute *a)
{
	return buf_reserve(id, 1) ? put_value(id, a) : -ENOMEM;
}

static int declare_contig(struct header_lines *h, struct buf *id, int64_t *new_id, struct err *err)
{
	const struct line_attribute *length = find_attribute(h, "length", true);
	const struct line_attribute *name = find_attribute(h, "ID", true);
	struct declared_contig c = { 0 };
	uint32_t before = names_count(h->contigs.names);
	long long n = 0;
	uint32_t number;
	long idx;
	int r;

	if ((length && (!value_number_of(length, false, &n) || n < 0)) || !name)
		return DROPPED;
	if (put_id(id, name) < 0)
		return no_memory(err);
	if (names_find(h->contigs.names, (char *)id->data, id->len, &number) == 0 ||
			!read_idx(find_attribute(h, "IDX", true), &idx))
		return DROPPED;
	r = names_intern(h->contigs.names, (char *)id->data, id->len, &number);
	if (r < 0)
		return err_set(err, r, "the header declares too many contigs");
	r = take_id(&h->contigs, idx, before, &c.id, err);
	if (r < 0)
		return r;
	c.length = (uint64_t)n;
	buf_put(&h->contigs.items, &c, sizeof(c));
	*new_id = idx < 0 ? (int64_t)c.id : -1;
	return buf_failed(&h->contigs.items) ? no_memory(err) : TAKEN;
}

static enum info_type info_type_of(const struct header_lines *h)
{
	static const struct {
		const char *name;
		enum info_type type;
	} types[] = { { "Integer", INFO_INTEGER }, { "Float", INFO_FLOAT }, { "Flag", INFO_FLAG } };
	enum info_type type = INFO_STRING;

	/* Of several, the last one counts. */
	for (size_t i = 0; i < h->n_attributes; i++) {
		const struct line_attribute *a = &h->attributes[i];

		if (!is_text(a->key, a->key_len, "Type"))
			continue;
		type = INFO_STRING;
		for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++)
			if (!a->quoted && is_text(a->value, a->value_len, types[t].name))
				type = types[t].type;
	}
	return type;
}

/* The last one of the name. Return: false where an IDX is no number. */
static bool key_attributes(
		const struct header_lines *h, const struct line_attribute **id, long *idx)
{
	*id = NULL;
	*idx = -1;
	for (size_t i = 0; i < h->n_attributes; i++) {
		const struct line_attribute *a = &h->attributes[i];

		if (is_text(a->key, a->key_len, "ID"))
			*id = a;
		else if (is_text(a->key, a->key_len, "IDX") && !read_idx(a, idx))
			return false;
	}
	return true;
}

static int declare_key(struct header_lines *h, enum line_kind kind, struct buf *id, int64_t *new_id,
		struct err *err)
{
	const uint8_t use = (uint8_t)(1 << kind);
	const struct line_attribute *name;
	struct declared_key *known;
	struct declared_key k = { .uses = use, .type = (uint8_t)info_type_of(h) };
	uint32_t number;
	long idx;
	int r;

	if (!key_attributes(h, &name, &idx) || !name)
		return DROPPED;
	if (put_id(id, name) < 0)
		return no_memory(err);
	if (names_find(h->keys.names, (char *)id->data, id->len, &number) == 0) {
		known = declared_key(h, number);
		if (known->uses & use)
			return DROPPED;
		known->uses |= use;
		if (kind == LINE_INFO)
			known->type = k.type;
		*new_id = idx < 0 ? (int64_t)known->id : -1;
		return TAKEN;
	}
	r = names_intern(h->keys.names, (char *)id->data, id->len, &number);
	if (r < 0)
		return err_set(err, r, "the header declares too many names");
	r = take_id(&h->keys, idx, number, &k.id, err);
	if (r < 0)
		return r;
	buf_put(&h->keys.items, &k, sizeof(k));
	*new_id = idx < 0 ? (int64_t)k.id : -1;
	return buf_failed(&h->keys.items) ? no_memory(err) : TAKEN;
}

static int take_plain(struct header_lines *h, const char *line, size_t key_len, size_t len,
		struct err *err)
{
	uint32_t before = names_count(h->plain);
	uint32_t number;
	int r;

	if (is_text(line, key_len, "fileformat")) {
		if (h->has_version)
			return DROPPED;
		h->has_version = true;
		return TAKEN;
	}
	r = names_intern(h->plain, line, len, &number);
	if (r < 0)
		return err_set(err, r, "too many header lines");
	return number < before ? DROPPED : TAKEN;
}

/* ---- printing it again ---- */

static void put_structured(const struct header_lines *h, const char *key, size_t key_len,
		int64_t new_id, bool bcf, struct buf *out)
{
	bool first = true;

	buf_put(out, "##", 2);
	buf_put(out, key, key_len);
	buf_put(out, "=<", 2);
	for (size_t i = 0; i < h->n_attributes; i++) {
		const struct line_attribute *a = &h->attributes[i];

		if (!bcf && is_text(a->key, a->key_len, "IDX"))
			continue;
		if (!first)
			buf_put_u8(out, ',');
		first = false;
		buf_put(out, a->key, a->key_len);
		buf_put_u8(out, '=');
		put_value(out, a);
	}
	if (bcf && new_id >= 0)
		buf_printf(out, "%sIDX=%lld", first ? "" : ",", (long long)new_id);
	buf_put(out, ">\n", 2);
}

static void put_plain(const char *line, size_t len, struct buf *out)
{
	buf_put(out, "##", 2);
	buf_put(out, line, len);
	buf_put_u8(out, '\n');
}

static enum line_kind kind_of(const struct header_lines *h, const char *key, size_t key_len)
{
	static const char *const names[] = { [LINE_FILTER] = "FILTER",
		[LINE_INFO] = "INFO",
		[LINE_FORMAT] = "FORMAT",
		[LINE_CONTIG] = "contig" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_text(key, key_len, names[i]))
			return i;
	return h->n_attributes ? LINE_STRUCTURED : LINE_PLAIN;
}

static int register_line(struct header_lines *h, enum line_kind kind, const char *line,
		size_t key_len, size_t len, int64_t *new_id, struct err *err)
{
	struct buf id = { 0 };
	int r = TAKEN;

	switch (kind) {
	case LINE_CONTIG:
		r = declare_contig(h, &id, new_id, err);
		break;
	case LINE_STRUCTURED:
		break;
	case LINE_PLAIN:
		r = take_plain(h, line, key_len, len, err);
		break;
	default:
		r = declare_key(h, kind, &id, new_id, err);
	}
	buf_done(&id);
	return r;
}

int header_lines_add(struct header_lines *h, const char *line, size_t len, struct err *err)
{
	const char *end = line + len;
	const char *key = line + 2;
	const char *equals;
	enum line_kind kind;
	int64_t new_id = -1;
	size_t key_len;
	int r = TAKEN;

	if (len < 2 || memcmp(line, "##", 2) != 0)
		return 0;
	equals = memchr(key, '=', (size_t)(end - key));
	if (!equals || equals == key)
		return 0;
	key_len = (size_t)(equals - key);
	h->n_attributes = 0;
	if (equals + 1 < end && equals[1] == '<')
		r = parse_attributes(h, equals + 1, end, err);
	if (r != TAKEN)
		return r < 0 ? r : 0;
	kind = kind_of(h, key, key_len);
	r = register_line(h, kind, key, key_len, (size_t)(end - key), &new_id, err);
	if (r != TAKEN || (kind == LINE_FORMAT && h->drop_format))
		return r < 0 ? r : 0;
	if (kind == LINE_PLAIN) {
		put_plain(key, (size_t)(end - key), &h->vcf);
		put_plain(key, (size_t)(end - key), &h->bcf);
	} else {
		put_structured(h, key, key_len, new_id, false, &h->vcf);
		put_structured(h, key, key_len, new_id, true, &h->bcf);
	}
	return buf_failed(&h->vcf) || buf_failed(&h->bcf) ? no_memory(err) : 0;
}

int header_lines_take(struct header_lines *h, const char *text, size_t len, struct err *err)
{
	static const char version[] = "##fileformat=";
	const char *end = text + len;
	int r = 0;

	if (len < strlen(version) || memcmp(text, version, strlen(version)) != 0)
		r = header_lines_add(h, pass_line, strlen(pass_line), err);
	while (r == 0 && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		bool had_version = h->has_version;

		newline = newline ? newline : end;
		r = header_lines_add(h, text, (size_t)(newline - text), err);
		if (r == 0 && h->has_version && !had_version)
			r = header_lines_add(h, pass_line, strlen(pass_line), err);
		text = newline + 1;
	}
	return r;
}
