/* SPDX-License-Identifier: MIT */
#include "core/gtb/ccf_column.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "core/base/inline.h"
#include "core/gtb/ccf_numbers.h"

enum {
	REPEATED = 7, /* in place of an element */
	AHEAD = 16    /* elements */
};

/* How elements are stored. */
enum storage { DIFFERENCES, FIXED, BITS, NIBBLES, BYTES };

struct type_row {
	struct gtb_type type; /* first: a pointer to it is one to the row */
	enum storage storage;
};

static const struct type_row types[] = {
	{ { "varint32", GTB_SCALAR, GTB_INT, 32 }, DIFFERENCES },
	{ { "varint64", GTB_SCALAR, GTB_INT, 64 }, DIFFERENCES },
	{ { "chromosome", GTB_SCALAR, GTB_INT, 32 }, DIFFERENCES },
	{ { "bytecode", GTB_SCALAR, GTB_TEXT, 0 }, BYTES },
	{ { "string", GTB_SCALAR, GTB_TEXT, 0 }, BYTES },
	{ { "bool", GTB_SCALAR, GTB_BOOL, 1 }, BITS },
	{ { "int4", GTB_SCALAR, GTB_INT, 4 }, NIBBLES },
	{ { "int8", GTB_SCALAR, GTB_INT, 8 }, FIXED },
	{ { "int16", GTB_SCALAR, GTB_INT, 16 }, FIXED },
	{ { "int24", GTB_SCALAR, GTB_INT, 24 }, FIXED },
	{ { "int32", GTB_SCALAR, GTB_INT, 32 }, FIXED },
	{ { "int64", GTB_SCALAR, GTB_INT, 64 }, FIXED },
	{ { "float8", GTB_SCALAR, GTB_FLOAT, 8 }, FIXED },
	{ { "float16", GTB_SCALAR, GTB_FLOAT, 16 }, FIXED },
	{ { "float32", GTB_SCALAR, GTB_FLOAT, 32 }, FIXED },
	{ { "float64", GTB_SCALAR, GTB_FLOAT, 64 }, FIXED },
	{ { "int8array", GTB_ARRAY, GTB_INT, 8 }, BYTES },
	{ { "int16array", GTB_ARRAY, GTB_INT, 16 }, BYTES },
	{ { "int32array", GTB_ARRAY, GTB_INT, 32 }, BYTES },
	{ { "int64array", GTB_ARRAY, GTB_INT, 64 }, BYTES },
	{ { "float8array", GTB_ARRAY, GTB_FLOAT, 8 }, BYTES },
	{ { "float16array", GTB_ARRAY, GTB_FLOAT, 16 }, BYTES },
	{ { "float32array", GTB_ARRAY, GTB_FLOAT, 32 }, BYTES },
	{ { "float64array", GTB_ARRAY, GTB_FLOAT, 64 }, BYTES },
	{ { "stringarray", GTB_ARRAY, GTB_TEXT, 0 }, BYTES },
	{ { "bytecodearray", GTB_ARRAY, GTB_TEXT, 0 }, BYTES },
	{ { "int8map", GTB_MAP, GTB_INT, 8 }, BYTES },
	{ { "int16map", GTB_MAP, GTB_INT, 16 }, BYTES },
	{ { "int32map", GTB_MAP, GTB_INT, 32 }, BYTES },
	{ { "int64map", GTB_MAP, GTB_INT, 64 }, BYTES },
	{ { "float8map", GTB_MAP, GTB_FLOAT, 8 }, BYTES },
	{ { "float16map", GTB_MAP, GTB_FLOAT, 16 }, BYTES },
	{ { "float32map", GTB_MAP, GTB_FLOAT, 32 }, BYTES },
	{ { "float64map", GTB_MAP, GTB_FLOAT, 64 }, BYTES },
	{ { "stringmap", GTB_MAP, GTB_TEXT, 0 }, BYTES },
	{ { "bytecodemap", GTB_MAP, GTB_TEXT, 0 }, BYTES },
};

const struct gtb_type *ccf_type_find(struct gtb_text name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].type.name) == name.len &&
				strncasecmp(types[i].type.name, name.s, name.len) == 0)
			return &types[i].type;
	return NULL;
}

/* All types are of the table. */
static enum storage storage_of(const struct gtb_type *type)
{
	return ((const struct type_row *)(const void *)type)->storage;
}

static int damaged(struct err *err, const char *why)
{
	return err_set(err, -EBADMSG, "%s; copy the file again", why);
}

/* What stands behind the elements of a column, from its last byte on. */
struct tail {
	bool variable;
	uint64_t n;
	uint64_t width; /* of fixed elements, where it is there */
	size_t content; /* bytes before it */
};

static int read_tail(const uint8_t *raw, size_t len, enum storage storage, struct tail *t,
		struct err *err)
{
	bool has_width = storage == FIXED;
	unsigned control;
	unsigned n_bytes;
	unsigned width_bytes;
	struct cursor c;

	if (!len)
		return damaged(err, "the column is empty");
	control = raw[len - 1];
	n_bytes = (control >> 1 & 3) + 1;
	width_bytes = has_width ? (control >> 3 & 3) + 1 : 0;
	if (len - 1 < n_bytes + width_bytes)
		return damaged(err, "the column has no room for the number of its elements");
	t->variable = control & 1;
	t->content = len - 1 - n_bytes - width_bytes;
	c = cursor_over(raw + t->content, n_bytes + width_bytes);
	t->width = cursor_le(&c, width_bytes);
	t->n = cursor_le(&c, n_bytes);
	if (t->variable != (storage == DIFFERENCES || storage == BYTES))
		return damaged(err, "the column is of another kind than its type");
	return 0;
}

/*
 * Differences of up to three bytes, added to *@at; or eight of 0 at a time, since many columns have
 * the same number all through. Return: how many there were before another one, or near the end.
 */
INLINE uint32_t take_short(struct cursor *in, uint64_t *at, int64_t *out, uint32_t n, unsigned bits)
{
	static const uint32_t masks[] = { 0xff, 0xffff, 0xffffff };
	const uint8_t *p = in->at;
	uint64_t sum = *at;
	uint32_t i = 0;
	uint64_t eight;

	while (n - i >= sizeof(eight) && (size_t)(in->end - p) >= sizeof(eight)) {
		unsigned more;
		uint64_t v;

		memcpy(&eight, p, sizeof(eight));
		if (!eight) {
			for (unsigned k = 0; k < sizeof(eight); k++)
				out[i++] = bits == 32 ? (int32_t)sum : (int64_t)sum;
			p += sizeof(eight);
			continue;
		}
		eight = le64toh(eight);
		more = eight >> 1 & 3;
		if (more == 3)
			break;
		v = (eight & masks[more]) >> 3;
		sum += v ^ -(eight & 1);
		out[i++] = bits == 32 ? (int32_t)sum : (int64_t)sum;
		p += more + 1;
	}
	in->at = p;
	*at = sum;
	return i;
}

INLINE int read_differences_of(
		struct ccf_column *c, const struct tail *t, unsigned bits, struct err *err)
{
	struct cursor in = cursor_over(c->raw, t->content);
	int64_t *out = c->elements;
	uint64_t at = 0;

	for (uint32_t i = 0; i < c->n; i++) {
		i += take_short(&in, &at, out + i, c->n - i, bits);
		if (i == c->n)
			break;
		at += (uint64_t)ccf_varint(&in, bits);
		out[i] = bits == 32 ? (int32_t)at : (int64_t)at;
	}
	return cursor_finished(&in) ? 0 : damaged(err, "a number of the column does not end in it");
}

static int read_differences(struct ccf_column *c, const struct tail *t, struct err *err)
{
	return c->type->bits == 32 ? read_differences_of(c, t, 32, err)
				   : read_differences_of(c, t, 64, err);
}

/* The element at *@in, where *@ref is the one before it, if @repeats is allowed. */
INLINE bool next_ref(
		const struct ccf_column *c, struct cursor *in, bool repeats, struct ccf_ref *ref)
{
	uint64_t len;

	if (repeats && cursor_left(in) && *in->at == REPEATED) {
		in->at++;
		return true;
	}
	len = ccf_element_length(in);
	if (cursor_bad(in) || len > cursor_left(in))
		return false;
	*ref = (struct ccf_ref){ (uint32_t)(in->at - c->raw), (uint32_t)len };
	in->at += len;
	/* Where one begins is known only from the one before: as far as they are alike, what says
	 * how long they are comes from memory ahead of it. */
	__builtin_prefetch((const void *)((uintptr_t)in->at + AHEAD * len));
	return true;
}

/*
 * Elements as long as the last one, @ref, which began at @head: for as long as they begin as that
 * one did, where the next one begins is known without a look at this one. Return: how many.
 */
static uint32_t take_alike(const struct ccf_column *c, struct cursor *in, const uint8_t *head,
		struct ccf_ref ref, uint32_t n, struct ccf_ref *out)
{
	static const uint32_t masks[] = { 0, 0xff, 0xffff, 0xffffff };
	const size_t n_head = (size_t)(c->raw + ref.at - head);
	const size_t size = n_head + ref.len;
	const uint8_t *at = in->at;
	uint32_t i = 0;
	uint32_t first;
	uint32_t next;

	if (n_head >= sizeof(masks) / sizeof(masks[0]) || size < sizeof(first))
		return 0;
	memcpy(&first, head, sizeof(first));
	for (; i < n && (size_t)(in->end - at) >= size; i++, at += size) {
		memcpy(&next, at, sizeof(next));
		if ((next ^ first) & htole32(masks[n_head]))
			break;
		out[i] = (struct ccf_ref){ (uint32_t)(at + n_head - c->raw), ref.len };
		__builtin_prefetch((const void *)((uintptr_t)at + AHEAD * size));
	}
	in->at = at;
	return i;
}

static int read_refs(struct ccf_column *c, const struct tail *t, struct err *err)
{
	struct cursor in = cursor_over(c->raw, t->content);
	struct ccf_ref *out = c->elements;
	struct ccf_ref ref = { 0 };
	struct ccf_nested keys;
	bool map = c->type->shape == GTB_MAP;
	int r = 0;

	if (t->content > UINT32_MAX)
		return damaged(err, "the column is longer than any that is written");
	/* A map's column begins with its keys. */
	if (map) {
		if (!next_ref(c, &in, false, &ref))
			return damaged(err, "an element of the column does not end in it");
		c->keys = c->raw + ref.at;
		c->keys_len = ref.len;
		r = ccf_nested(c->keys, c->keys_len, false, &keys, err);
	}
	for (uint32_t i = 0; r == 0 && i < c->n; i++) {
		const uint8_t *head = in.at;
		uint32_t last = ref.at;

		if (!next_ref(c, &in, map || i, &ref))
			return damaged(err, "an element of the column does not end in it");
		out[i] = ref;
		if (ref.at != last)
			i += take_alike(c, &in, head, ref, c->n - i - 1, out + i + 1);
		ref = out[i];
	}
	if (r < 0)
		return r;
	return cursor_finished(&in) ? 0 : damaged(err, "the column has more than its elements");
}

/* Content of elements that all have the same number of bits. */
static int check_fixed(
		struct ccf_column *c, enum storage storage, const struct tail *t, struct err *err)
{
	uint64_t want = storage == BITS      ? (c->n + 7ull) / 8
			: storage == NIBBLES ? (c->n + 1ull) / 2
					     : (uint64_t)c->n * c->width;

	if (storage == FIXED && t->width != c->width)
		return damaged(err, "the width of the column's elements is not that of its type");
	return t->content == want ? 0 : damaged(err, "the column does not hold its elements");
}

static int read_elements(struct ccf_column *c, struct err *err)
{
	enum storage storage = storage_of(c->type);
	size_t each = storage == DIFFERENCES ? sizeof(int64_t) : sizeof(struct ccf_ref);
	struct tail t = { 0 };
	int r = read_tail(c->raw, c->raw_len, storage, &t, err);

	if (r < 0)
		return r;
	if (t.n != c->n + (uint64_t)(c->type->shape == GTB_MAP))
		return err_set(err, -EBADMSG,
				"the column has %llu elements for %u records; copy the file again",
				(unsigned long long)t.n, c->n);
	c->width = c->type->bits / 8;
	if (storage != DIFFERENCES && storage != BYTES)
		return check_fixed(c, storage, &t, err);
	/* An element has a byte at least. */
	if (t.n > t.content)
		return damaged(err, "the column is too short for its elements");
	c->elements = gtb_room_alloc(c->room, c->n * each, &r, err);
	if (!c->elements)
		return r;
	c->elements_size = c->n * each;
	return storage == DIFFERENCES ? read_differences(c, &t, err) : read_refs(c, &t, err);
}

int ccf_column_init(struct ccf_column *c, const struct gtb_type *type, uint8_t *raw, size_t raw_len,
		uint32_t n, struct gtb_room *room, struct err *err)
{
	int r;

	*c = (struct ccf_column){
		.type = type, .raw = raw, .raw_len = raw_len, .n = n, .room = room
	};
	r = read_elements(c, err);
	if (r < 0)
		ccf_column_done(c);
	return r;
}

void ccf_column_done(struct ccf_column *c)
{
	if (!c->room)
		return;
	gtb_room_free(c->room, c->raw, c->raw_len);
	gtb_room_free(c->room, c->elements, c->elements_size);
	*c = (struct ccf_column){ 0 };
}

/* In items of @type, whose bytes are [at, end). */
static int split_items(struct gtb_value *v, const struct ccf_column *c, struct err *err)
{
	size_t len = (size_t)(v->end - v->at);
	struct ccf_nested nested;
	int r;

	if (c->type->shape != GTB_SCALAR && c->type->kind == GTB_TEXT) {
		r = ccf_nested(v->at, len, false, &nested, err);
		if (r < 0)
			return r;
		v->at = nested.at;
		v->end = nested.end;
		v->n_items = nested.n_items;
	} else if (c->type->shape != GTB_SCALAR) {
		if (len % c->width)
			return damaged(err, "a list of numbers ends within one");
		v->n_items = len / c->width;
	}
	if (c->type->shape != GTB_MAP)
		return 0;
	r = ccf_nested(c->keys, c->keys_len, false, &nested, err);
	if (r < 0)
		return r;
	if (nested.n_items != v->n_items)
		return damaged(err, "a map has more or fewer values than keys");
	v->keys = nested.at;
	v->keys_end = nested.end;
	return 0;
}

int ccf_column_value(const struct ccf_column *c, uint32_t i, struct gtb_value *out, struct err *err)
{
	struct gtb_value v = { .type = c->type, .n_items = 1 };
	size_t len;

	switch (storage_of(c->type)) {
	case DIFFERENCES:
		v.number = ccf_column_number(c, i);
		break;
	case BITS:
		v.number = c->raw[i / 8] >> (7 - i % 8) & 1;
		break;
	case NIBBLES:
		v.number = (int8_t)(uint8_t)(c->raw[i / 2] << (i % 2 ? 0 : 4)) >> 4;
		break;
	case FIXED:
		v.at = c->raw + (size_t)i * c->width;
		v.end = v.at + c->width;
		break;
	case BYTES:
		v.at = ccf_column_bytes(c, i, &len);
		v.end = v.at + len;
		break;
	}
	if (v.at) {
		int r = split_items(&v, c, err);

		if (r < 0)
			return r;
	}
	*out = v;
	return 0;
}

int ccf_nested(const uint8_t *p, size_t n, bool pairs, struct ccf_nested *out, struct err *err)
{
	unsigned n_bytes;
	unsigned type;
	struct cursor c;
	uint64_t items;

	*out = (struct ccf_nested){ .at = p, .end = p };
	if (!n)
		return 0;
	n_bytes = (p[n - 1] >> 6) + 1u;
	if (n - 1 < n_bytes)
		return damaged(err, "a nested list is cut short");
	type = p[n - 1] & 63;
	if (pairs ? type != NESTED_PAIRS : type != NESTED_STRINGS && type != NESTED_BYTES)
		return damaged(err, "a nested list is of another type than it should be");
	c = cursor_over(p + n - 1 - n_bytes, n_bytes);
	out->n_items = cursor_le(&c, n_bytes);
	out->end = p + n - 1 - n_bytes;
	c = cursor_over(p, (size_t)(out->end - p));
	items = out->n_items * (pairs ? 2 : 1);
	for (uint64_t i = 0; i < items && !cursor_bad(&c); i++) {
		uint64_t len = ccf_item_length(&c);

		if (len > cursor_left(&c))
			cursor_fail(&c);
		else
			cursor_take(&c, len);
	}
	return cursor_finished(&c) ? 0 : damaged(err, "a nested list has not the items it counts");
}

struct gtb_text ccf_nested_next(const uint8_t **at, const uint8_t *end)
{
	struct cursor c = cursor_over(*at, (size_t)(end - *at));
	size_t len = ccf_item_length(&c);
	struct gtb_text t = { (const char *)cursor_take(&c, len), len };

	*at = c.at;
	return t;
}

/* IEEE 754 binary16 */
static double half_float(uint16_t h)
{
	int exponent = h >> 10 & 31;
	double mantissa = h & 1023;
	double v;

	if (exponent == 31)
		v = mantissa > 0 ? (double)NAN : (double)INFINITY;
	else if (exponent)
		v = ldexp(1024 + mantissa, exponent - 25);
	else
		v = ldexp(mantissa, -24);
	return h & 0x8000 ? -v : v;
}

/* Hundredths, three of the bytes being something else. */
static double byte_float(int8_t b)
{
	switch (b) {
	case -128:
		return (double)NAN;
	case 127:
		return (double)INFINITY;
	case -127:
		return (double)-INFINITY;
	default:
		return b / 100.0;
	}
}

static double float_of(uint64_t bits, unsigned n)
{
	uint32_t low = (uint32_t)bits;
	double d;
	float f;

	switch (n) {
	case 8:
		return byte_float((int8_t)bits);
	case 16:
		return half_float((uint16_t)bits);
	case 32:
		memcpy(&f, &low, sizeof(f));
		return (double)f;
	default:
		memcpy(&d, &bits, sizeof(d));
		return d;
	}
}

bool gtb_value_next(struct gtb_value *v, struct gtb_item *out)
{
	unsigned bits = v->type->bits;
	struct cursor c;

	if (!v->n_items)
		return false;
	v->n_items--;
	*out = (struct gtb_item){ 0 };
	if (v->type->shape == GTB_MAP)
		out->key = ccf_nested_next(&v->keys, v->keys_end);
	if (!v->at) {
		out->i = v->number;
	} else if (v->type->kind == GTB_TEXT && v->type->shape == GTB_SCALAR) {
		out->text = (struct gtb_text){ (const char *)v->at, (size_t)(v->end - v->at) };
	} else if (v->type->kind == GTB_TEXT) {
		out->text = ccf_nested_next(&v->at, v->end);
	} else {
		uint64_t raw;

		c = cursor_over(v->at, bits / 8);
		raw = cursor_le(&c, bits / 8);
		v->at += bits / 8;
		if (v->type->kind == GTB_FLOAT)
			out->f = float_of(raw, bits);
		else
			out->i = (int64_t)(raw << (64 - bits)) >> (64 - bits);
	}
	return true;
}
