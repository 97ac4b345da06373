/* SPDX-License-Identifier: MIT */
/*
 * Values of INFO and FORMAT as text, byte for byte what htslib prints.
 *
 * Each is written with the character that comes before it: numbers then come as one word. Writers
 * return the byte behind their text, and may write over VALUE_TEXT_MAX bytes for each value.
 */
#ifndef GENOFS_VIEW_VCF_VALUES_H
#define GENOFS_VIEW_VCF_VALUES_H

#include "core/base/inline.h"
#include "core/record/record.h"
#include "core/view/text_out.h"

/* BCF's special values (VCFv4.3 6.3.3), by type. */
enum {
	INT8_MISSING = INT8_MIN,
	INT16_MISSING = INT16_MIN,
	FLOAT_MISSING = 0x7f800001,
	FLOAT_END = 0x7f800002,
	CHAR_MISSING = 0x07,
};

enum { VALUE_TEXT_MAX = 1 + INT_TEXT_MAX };

/* Always inlined: @type is known where it is called, and nothing is left of the switch. */
INLINE int32_t int_at(uint8_t type, const uint8_t *p, size_t i)
{
	uint16_t u16;
	uint32_t u32;

	switch (type) {
	case RECORD_INT8:
		return (int8_t)p[i];
	case RECORD_INT16:
		memcpy(&u16, p + 2 * i, sizeof(u16));
		return (int16_t)le16toh(u16);
	default:
		memcpy(&u32, p + 4 * i, sizeof(u32));
		return (int32_t)le32toh(u32);
	}
}

/* One more is the end of a vector. */
static inline int32_t missing_of(uint8_t type)
{
	return type == RECORD_INT8    ? INT8_MISSING
	       : type == RECORD_INT16 ? INT16_MISSING
				      : INT32_MIN;
}

/* @n > 0 integers, or fewer where the vector ends, with commas between them. */
INLINE char *ints_text(char *p, char before, uint8_t type, const uint8_t *values, uint32_t n)
{
	const int32_t missing = missing_of(type);

	for (uint32_t i = 0; i < n; i++, before = ',') {
		int32_t v = int_at(type, values, i);

		if ((uint32_t)v < SMALL_INTS) {
			p = small_int_text(p, before, (uint32_t)v);
			continue;
		}
		if (v == missing + 1 && i) /* end of vector */
			return p;
		*p++ = before;
		if (v == missing + 1)
			return p;
		if (v == missing)
			*p++ = '.';
		else
			p = int_text(p, v);
	}
	return p;
}

static inline float float_of_bits(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

/* The same for floats. */
static inline char *floats_text(char *p, char before, const uint8_t *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++, before = ',') {
		uint32_t bits = (uint32_t)int_at(RECORD_INT32, values, i);

		if (bits == FLOAT_END && i)
			return p;
		*p++ = before;
		if (bits == FLOAT_END)
			return p;
		if (bits == FLOAT_MISSING)
			*p++ = '.';
		else
			p = float_text(p, float_of_bits(bits));
	}
	return p;
}

/* A float that comes alone. */
static inline char *known_float_put(char *p, struct known_floats *known, uint32_t bits)
{
	struct short_text t = known_float_text(known, bits);
	uint64_t low = htole64(t.low);
	uint64_t high = htole64(t.high);

	if (!short_text_length(t))
		return float_text(p, float_of_bits(bits));
	memcpy(p, &low, sizeof(low));
	memcpy(p + sizeof(low), &high, sizeof(high));
	return p + short_text_length(t);
}

/* A string: its @n bytes up to the first NUL; @n bytes may be written over. */
static inline char *string_text(char *p, const uint8_t *s, size_t n)
{
	for (size_t i = 0; i < n && s[i]; i++)
		*p++ = s[i] == CHAR_MISSING ? '.' : (char)s[i];
	return p;
}

void text_any_string(struct text_out *o, const uint8_t *s, size_t n);

/* A string of any length; "." where it has no bytes at all. Most are an allele of one base. */
static inline void text_string(struct text_out *o, const uint8_t *s, size_t n)
{
	if (n == 1 && *s > CHAR_MISSING)
		text_char(o, (char)*s);
	else
		text_any_string(o, s, n);
}

/* A vector of any length, @before in front of it; "." where it has no values at all. */
void text_values(struct text_out *o, char before, uint8_t type, const uint8_t *values, uint32_t n);
/* The single value of an INFO field. */
void text_info_value(struct text_out *o, char before, uint8_t type, const uint8_t *value,
		struct known_floats *known);

/* record_field_next(), without a call for what nearly all fields are: a small key, few values. */
static inline bool next_field(struct cursor *c, uint32_t n_samples, struct record_field *out)
{
	static const uint8_t sizes[] = { [RECORD_INT8] = 1,
		[RECORD_INT16] = 2,
		[RECORD_INT32] = 4,
		[RECORD_FLOAT] = 4,
		[RECORD_CHAR] = 1 };
	const uint8_t *p = c->at;
	size_t left = cursor_left(c);
	size_t len;

	if (left < 3 || (p[0] | p[2]) & 0x80 || p[1] >= sizeof(sizes) || !sizes[p[1]])
		return record_field_next(c, n_samples, out);
	len = (size_t)p[2] * sizes[p[1]] * n_samples;
	if (len > left - 3)
		return record_field_next(c, n_samples, out);
	out->key = p[0];
	out->type = p[1];
	out->n = p[2];
	out->values = p + 3;
	out->len = len;
	c->at = p + 3 + len;
	return true;
}

#endif
