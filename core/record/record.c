/* SPDX-License-Identifier: MIT */
#include "core/record/record.h"

static bool type_is_known(uint8_t type)
{
	return type == RECORD_NULL || type == RECORD_GT || record_type_size(type) > 0;
}

bool record_field_long(struct cursor *c, uint32_t n_samples, struct record_field *out)
{
	size_t len;

	out->key = cursor_varint32(c);
	out->type = cursor_u8(c);
	out->n = cursor_varint32(c);
	if (!type_is_known(out->type)) {
		cursor_fail(c);
		return false;
	}
	if (out->type == RECORD_GT)
		len = cursor_u32(c);
	else if (__builtin_mul_overflow((size_t)out->n, record_type_size(out->type), &len) ||
			__builtin_mul_overflow(len, (size_t)n_samples, &len))
		cursor_fail(c);
	if (cursor_bad(c))
		return false;
	out->len = len;
	out->values = cursor_take(c, len);
	return !cursor_bad(c);
}
