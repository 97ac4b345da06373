/* SPDX-License-Identifier: MIT */
#include "core/gtb/info_text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/record/record.h"

enum {
	FIELDS_MAX = UINT16_MAX,
	DIGITS_MAX = 14, /* that a double has any number of, and a point among them */
	/* BCF keeps the lowest eight integers of each width for other ends (VCFv4.3 6.3.3). */
	LOWEST_INT8 = INT8_MIN + 8,
	LOWEST_INT16 = INT16_MIN + 8,
	LOWEST_INT32 = INT32_MIN + 8,
	MISSING = INT32_MIN
};

void info_reader_done(struct info_reader *r)
{
	free(r->values);
	free(r->order);
	r->values = NULL;
	r->order = NULL;
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

/* ---- values ---- */

static uint8_t *write_varint(uint8_t *to, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		*to++ = (uint8_t)(v | 0x80);
	*to++ = (uint8_t)v;
	return to;
}

/* A field of @n values. Return: where they go; NULL where memory is out. */
static uint8_t *put_field(struct buf *out, uint32_t key, uint8_t type, uint32_t n)
{
	size_t size = n * record_type_size(type);
	uint8_t *to;

	if (!buf_reserve(out, 2 * VARINT_MAX + 1 + size))
		return NULL;
	to = write_varint(out->data + out->len, key);
	*to++ = type;
	to = write_varint(to, n);
	out->len = (size_t)(to - out->data) + size;
	return to;
}

static void write_integers(uint8_t *to, uint8_t type, const int32_t *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		bool missing = values[i] == MISSING;
		uint16_t u16 = htole16((uint16_t)(missing ? INT16_MIN : values[i]));
		uint32_t u32 = htole32((uint32_t)values[i]);

		if (type == RECORD_INT8)
			*to++ = (uint8_t)(missing ? INT8_MIN : values[i]);
		else if (type == RECORD_INT16)
			to = (uint8_t *)mempcpy(to, &u16, sizeof(u16));
		else
			to = (uint8_t *)mempcpy(to, &u32, sizeof(u32));
	}
}

void info_put_integers(struct buf *out, uint32_t key, const int32_t *values, uint32_t n)
{
	int32_t least = INT32_MAX;
	int32_t most = INT32_MIN;
	uint8_t type = RECORD_INT32;
	uint8_t *to;

	for (uint32_t i = 0; i < n; i++) {
		if (values[i] == MISSING)
			continue;
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	if (most <= INT8_MAX && least >= LOWEST_INT8)
		type = RECORD_INT8;
	else if (most <= INT16_MAX && least >= LOWEST_INT16)
		type = RECORD_INT16;
	to = put_field(out, key, type, n);
	if (to)
		write_integers(to, type, values, n);
}

void info_put_floats(struct buf *out, uint32_t key, const uint32_t *bits, uint32_t n)
{
	uint8_t *to = put_field(out, key, RECORD_FLOAT, n);

	for (uint32_t i = 0; to && i < n; i++) {
		uint32_t u32 = htole32(bits[i]);

		to = (uint8_t *)mempcpy(to, &u32, sizeof(u32));
	}
}

/* A sign and digits; what is not in BCF's range, or begins otherwise, is missing. */
static int32_t integer_of(const char *p)
{
	bool negative = *p == '-';
	const char *first = p + (*p == '-' || *p == '+');
	int64_t v = 0;

	for (const char *q = first; *q >= '0' && *q <= '9'; q++)
		v = v > INT_MAX ? v : v * 10 + (*q - '0');
	/* A sign alone is 0, to htslib. */
	if (first == p && (*p < '0' || *p > '9'))
		return MISSING;
	v = negative ? -v : v;
	return v < LOWEST_INT32 || v > INT32_MAX ? MISSING : (int32_t)v;
}

static uint32_t bits_of(double d)
{
	float f = (float)d;
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	return bits;
}

/*
 * A number of few digits without an exponent: digits and power of ten are doubles as they are, and
 * their quotient is rounded once, which is what strtod() gives. False where it is anything else.
 */
static bool short_number(const char *text, double *out)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15 };
	bool negative = *text == '-';
	const char *point = NULL;
	const char *p = text + negative;
	const char *first = p;
	uint64_t digits = 0;
	double d;

	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
		if (*p == '.')
			point = p;
		else if (p - first > DIGITS_MAX)
			return false;
		else
			digits = digits * 10 + (uint64_t)(*p - '0');
	}
	if (p - first == (point != NULL) || (*p && *p != ',' && *p != ';'))
		return false;
	d = (double)digits / powers[point ? p - point - 1 : 0];
	*out = negative ? -d : d;
	return true;
}

uint32_t float_text_bits(const char *text)
{
	char *end;
	double d;

	if (short_number(text, &d))
		return bits_of(d);
	d = strtod(text, &end);
	return end == text ? RECORD_QUAL_MISSING : bits_of(d);
}

uint32_t qual_text_bits(const char *text)
{
	return strcmp(text, ".") == 0 ? RECORD_QUAL_MISSING : bits_of(strtod(text, NULL));
}

static int put_numbers(struct info_reader *r, uint32_t key, bool is_float, const char *value,
		size_t len, struct info_fields *fields, struct buf *out, struct err *err)
{
	const char *end = value + len;
	const char *p = value;
	uint32_t n = 0;

	for (;;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));

		if (n == r->cap) {
			size_t cap = r->cap ? 2 * r->cap : 64;
			int32_t *values = realloc(r->values, cap * sizeof(*values));

			if (!values)
				return no_memory(err);
			r->values = values;
			r->cap = cap;
		}
		r->values[n++] = is_float ? (int32_t)float_text_bits(p) : integer_of(p);
		if (!comma)
			break;
		p = comma + 1;
	}
	if (is_float) {
		info_put_floats(out, key, (uint32_t *)r->values, n);
		return 0;
	}
	info_put_integers(out, key, r->values, n);
	if (n == 1 && r->values[0] > fields->pos &&
			strcmp(names_get(r->head->keys, key)->s, "END") == 0)
		fields->end = r->values[0];
	return 0;
}

/* ---- keys ---- */

static bool is_key(const struct gtb_head *h, uint32_t key, const char *name, size_t len)
{
	const struct name *n = names_get(h->keys, key);

	return n->len == len && memcmp(n->s, name, len) == 0;
}

/* The key, the @nth of the record, that is declared for @use. */
static int find_key(struct info_reader *r, const char *name, size_t len, uint32_t nth, uint8_t use,
		uint32_t *out, struct err *err)
{
	const struct gtb_head *h = r->head;
	uint32_t *order;

	if (nth < r->n_order && is_key(h, r->order[nth], name, len)) {
		*out = r->order[nth];
	} else if (names_find(h->keys, name, len, out) < 0) {
		*out = UINT32_MAX;
	} else if (nth < FIELDS_MAX) {
		if (!r->order) {
			order = calloc(FIELDS_MAX, sizeof(*order));
			if (!order)
				return no_memory(err);
			r->order = order;
		}
		while (r->n_order <= nth)
			r->order[r->n_order++] = *out;
		r->order[nth] = *out;
	}
	if (*out < h->n_keys && h->uses[*out].uses & use)
		return 0;
	return err_set(err, -ENOTSUP,
			"%s has %.*s, which no line of the header declares; import the file: "
			"genofs import",
			use == DECLARES_INFO ? "INFO" : "FILTER", (int)(len < 64 ? len : 64), name);
}

static int put_info(struct info_reader *r, const char *name, size_t name_len, const char *value,
		size_t len, struct info_fields *fields, struct buf *out, struct err *err)
{
	uint32_t key;
	int ret = find_key(r, name, name_len, fields->n, DECLARES_INFO, &key, err);
	enum info_type type;
	uint8_t *to;

	if (ret < 0)
		return ret;
	if (fields->n++ == FIELDS_MAX)
		return err_set(err, -EBADMSG, "INFO has more than %u fields", FIELDS_MAX);
	type = r->head->uses[key].type;
	if (!value) {
		put_field(out, key, RECORD_NULL, 0);
		return 0;
	}
	if (type == INFO_INTEGER || type == INFO_FLOAT)
		return put_numbers(r, key, type == INFO_FLOAT, value, len, fields, out, err);
	to = put_field(out, key, RECORD_CHAR, (uint32_t)len);
	if (to)
		memcpy(to, value, len);
	return 0;
}

/* KEY or KEY=VALUE. */
struct part {
	const char *key;
	const char *value; /* NULL: none */
	size_t key_len;
	size_t len;
};

/* The part at *@at, which moves behind it. */
static struct part next_part(const char **at, const char *end)
{
	const char *p = *at;
	const char *stop = memchr(p, ';', (size_t)(end - p));
	const char *equals;

	stop = stop ? stop : end;
	equals = memchr(p, '=', (size_t)(stop - p));
	*at = stop + 1;
	return (struct part){ .key = p,
		.value = equals ? equals + 1 : NULL,
		.key_len = (size_t)((equals ? equals : stop) - p),
		.len = equals ? (size_t)(stop - equals - 1) : 0 };
}

int info_text_put(struct info_reader *r, const char *text, size_t len, struct info_fields *fields,
		struct buf *out, struct err *err)
{
	const char *end = text + len;
	int ret = 0;

	while (ret == 0 && text < end) {
		struct part p = next_part(&text, end);

		/* Nothing between two semicolons, or before a '=', is passed over. */
		if (p.key_len)
			ret = put_info(r, p.key, p.key_len, p.value, p.len, fields, out, err);
	}
	return ret;
}

int64_t info_text_end(const char *text, size_t len, int64_t pos)
{
	const char *end = text + len;
	int64_t found = -1;

	while (text < end) {
		struct part p = next_part(&text, end);
		int32_t v;

		if (p.key_len != 3 || memcmp(p.key, "END", 3) != 0 || !p.value ||
				memchr(p.value, ',', p.len))
			continue;
		v = integer_of(p.value);
		found = v > pos ? v : found;
	}
	return found;
}

int filter_text_put(struct info_reader *r, const char *text, size_t len, struct buf *out,
		struct err *err)
{
	const char *end = text + len;
	const char *p = text;
	uint32_t n = 1;

	if (len == 1 && *text == '.') {
		buf_put_varint(out, 0);
		return 0;
	}
	if (len && end[-1] == ';')
		end--;
	for (const char *q = text; q < end; q++)
		n += *q == ';';
	buf_put_varint(out, n);
	for (;;) {
		const char *stop = memchr(p, ';', (size_t)(end - p));
		uint32_t key;
		int ret;

		ret = find_key(r, p, (size_t)((stop ? stop : end) - p), UINT32_MAX, DECLARES_FILTER,
				&key, err);
		if (ret < 0)
			return ret;
		buf_put_varint(out, key);
		if (!stop)
			return 0;
		p = stop + 1;
	}
}
