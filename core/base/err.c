/* SPDX-License-Identifier: MIT */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names and values out of untrusted files reach messages: no control byte may reach a terminal. */
static void make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	make_printable(err->msg);
	err->code = code;
	return code;
}

int err_prefix(struct err *err, int code, const char *fmt, ...)
{
	char head[sizeof(err->msg)];
	char tail[sizeof(err->msg)];
	va_list ap;
	size_t n;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(head, sizeof(head), fmt, ap);
	va_end(ap);
	make_printable(head);
	memcpy(tail, err->msg, sizeof(tail));
	n = strnlen(head, sizeof(head) - 1);
	if (n > sizeof(err->msg) - 3)
		n = sizeof(err->msg) - 3;
	memcpy(err->msg, head, n);
	snprintf(err->msg + n, sizeof(err->msg) - n, ": %.*s", (int)(sizeof(err->msg) - n - 3),
			tail);
	err->code = code;
	return code;
}

int err_cure(struct err *err, int code, const char *cure)
{
	size_t room = sizeof(err->msg) - 1;
	size_t n = strlen(cure) + 2;
	size_t at;

	if (!err)
		return code;
	at = strnlen(err->msg, n < room ? room - n : 0);
	snprintf(err->msg + at, sizeof(err->msg) - at, "; %s", cure);
	err->code = code;
	return code;
}
