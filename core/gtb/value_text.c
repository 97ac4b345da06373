/* SPDX-License-Identifier: MIT */
/* Values of fields as VCF has them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gtb/vcf_private.h"

/* BCF keeps the eight lowest integers for other ends (VCFv4.3 6.3.3). */
enum { INTEGER_MIN = -2147483647 - 1 + 8, INTEGER_BITS = 32 };

static const char in_map_key[] = "%;=,:";

const char *value_number(const struct gtb_type *type)
{
	if (type->shape != GTB_SCALAR)
		return ".";
	return type->kind == GTB_BOOL ? "0" : "1";
}

/* Integers that VCF has no room for are text, digit by digit. So are maps, for their keys. */
const char *value_type(const struct gtb_type *type)
{
	if (type->shape == GTB_MAP)
		return "String";
	switch (type->kind) {
	case GTB_BOOL:
		return "Flag";
	case GTB_FLOAT:
		return "Float";
	case GTB_INT:
		return type->bits > INTEGER_BITS ? "String" : "Integer";
	default:
		return "String";
	}
}

void text_put_encoded(struct gtb_text t, const char *reserved, struct buf *out)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.s[i];

		if (c < ' ' || c == 0x7f || strchr(reserved, c))
			buf_printf(out, "%%%02X", c);
		else
			buf_put_u8(out, c);
	}
}

/* The fewest digits that are the same float again, which is what VCF keeps. */
static void put_float(double v, struct buf *out)
{
	char text[32] = "";
	float f = (float)v;

	if (isnan(f)) {
		buf_put(out, "nan", 3);
		return;
	}
	for (int digits = 6; digits <= 9; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, (double)f);
		if (isinf(f) || (float)strtod(text, NULL) == f)
			break;
	}
	buf_put(out, text, strlen(text));
}

static void put_item(const struct gtb_type *type, const struct gtb_item *item, const char *reserved,
		struct buf *out)
{
	switch (type->kind) {
	case GTB_TEXT:
		text_put_encoded(item->text, reserved, out);
		break;
	case GTB_FLOAT:
		put_float(item->f, out);
		break;
	default:
		if (type->bits == INTEGER_BITS && type->shape != GTB_MAP && item->i < INTEGER_MIN)
			buf_put_u8(out, '.');
		else
			buf_printf(out, "%" PRId64, item->i);
	}
}

uint64_t value_put(struct gtb_value *v, char separator, const char *reserved, struct buf *out)
{
	const struct gtb_type *type = v->type;
	struct gtb_item item;
	uint64_t full = 0;

	for (bool first = true; gtb_value_next(v, &item); first = false) {
		size_t before;

		if (!first)
			buf_put_u8(out, (uint8_t)separator);
		if (type->shape == GTB_MAP) {
			text_put_encoded(item.key, in_map_key, out);
			buf_put_u8(out, ':');
		}
		before = out->len;
		put_item(type, &item, reserved, out);
		full += out->len > before || type->shape == GTB_MAP;
		if (out->len == before && type->shape == GTB_ARRAY)
			buf_put_u8(out, '.');
	}
	return full;
}
