/* SPDX-License-Identifier: MIT */
#include "core/base/json.h"

/* Bytes of the character that begins at @p, of @n > 0; 0 where there is none (RFC 3629, 4). */
static size_t utf8_length(const uint8_t *p, size_t n)
{
	uint8_t low = 0x80; /* of the second byte */
	uint8_t high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	/* Forms that are too long, surrogates, numbers above U+10FFFF. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (n < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

void json_put_string(struct buf *b, const char *p, size_t n)
{
	const uint8_t *at = (const uint8_t *)p;

	buf_put_u8(b, '"');
	while (n) {
		size_t len = utf8_length(at, n);

		if (*at == '"' || *at == '\\')
			buf_put_u8(b, '\\');
		if (!len)
			buf_put(b, "\\ufffd", 6);
		else if (*at < ' ')
			buf_printf(b, "\\u%04x", *at);
		else
			buf_put(b, at, len);
		len += !len;
		at += len;
		n -= len;
	}
	buf_put_u8(b, '"');
}
