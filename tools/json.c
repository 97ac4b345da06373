/* SPDX-License-Identifier: MIT */
#include "tools/json.h"

#include <stdio.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"

void json_string(const char *p, size_t n)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	json_put_string(&b, p, n);
	if (!buf_failed(&b))
		fwrite(b.data, 1, b.len, stdout);
}
