/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_values.h"

enum { VALUES_AT_ONCE = TEXT_NEED_MAX / VALUE_TEXT_MAX };

void text_any_string(struct text_out *o, const uint8_t *s, size_t n)
{
	if (!n) {
		text_char(o, '.');
		return;
	}
	if (n <= 16) {
		text_need(o, 16);
		o->at = string_text(o->at, s, n);
		return;
	}
	n = strnlen((const char *)s, n);
	if (!memchr(s, CHAR_MISSING, n)) {
		text_bytes(o, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		text_char(o, s[i] == CHAR_MISSING ? '.' : (char)s[i]);
}

static bool ends_vector(uint8_t type, const uint8_t *value)
{
	switch (type) {
	case RECORD_INT8:
		return int_at(RECORD_INT8, value, 0) == INT8_MISSING + 1;
	case RECORD_INT16:
		return int_at(RECORD_INT16, value, 0) == INT16_MISSING + 1;
	case RECORD_INT32:
		return int_at(RECORD_INT32, value, 0) == INT32_MIN + 1;
	default:
		return (uint32_t)int_at(RECORD_INT32, value, 0) == FLOAT_END;
	}
}

static char *numbers_text(char *p, char before, uint8_t type, const uint8_t *values, uint32_t n)
{
	switch (type) {
	case RECORD_INT8:
		return ints_text(p, before, RECORD_INT8, values, n);
	case RECORD_INT16:
		return ints_text(p, before, RECORD_INT16, values, n);
	case RECORD_INT32:
		return ints_text(p, before, RECORD_INT32, values, n);
	default:
		return floats_text(p, before, values, n);
	}
}

/* Values before the one that ends the vector, if any does. */
static uint32_t vector_length(uint8_t type, const uint8_t *values, uint32_t n)
{
	uint32_t i = 0;

	while (i < n && !ends_vector(type, values + record_type_size(type) * i))
		i++;
	return i;
}

void text_values(struct text_out *o, char before, uint8_t type, const uint8_t *values, uint32_t n)
{
	size_t size = record_type_size(type);

	if (!n || !size || type == RECORD_CHAR) {
		text_char(o, before);
		if (!n || size)
			text_string(o, values, n);
		return;
	}
	if (n > VALUES_AT_ONCE) {
		n = vector_length(type, values, n);
		if (!n)
			text_char(o, before);
	}
	for (uint32_t i = 0; i < n && !text_full(o); i += VALUES_AT_ONCE, before = ',') {
		uint32_t left = n - i < VALUES_AT_ONCE ? n - i : VALUES_AT_ONCE;

		text_need(o, left * (size_t)VALUE_TEXT_MAX);
		o->at = numbers_text(o->at, before, type, values + size * i, left);
	}
}

/* htslib prints a single INFO value by other rules than a vector: what ends a vector is printed. */
void text_info_value(struct text_out *o, char before, uint8_t type, const uint8_t *value,
		struct known_floats *known)
{
	int32_t v = type == RECORD_INT8    ? int_at(RECORD_INT8, value, 0)
		    : type == RECORD_INT16 ? int_at(RECORD_INT16, value, 0)
		    : type == RECORD_CHAR  ? value[0]
					   : int_at(RECORD_INT32, value, 0);
	char *p;

	text_need(o, VALUE_TEXT_MAX);
	p = o->at;
	if (type <= RECORD_INT32 && (uint32_t)v < SMALL_INTS) {
		o->at = small_int_text(p, before, (uint32_t)v);
		return;
	}
	*p++ = before;
	if (type == RECORD_CHAR)
		*p++ = (char)v;
	else if (type == RECORD_FLOAT && v != FLOAT_MISSING)
		p = known_float_put(p, known, (uint32_t)v);
	else if (type == RECORD_FLOAT || v == missing_of(type))
		*p++ = '.';
	else
		p = int_text(p, v);
	o->at = p;
}
