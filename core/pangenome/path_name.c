/* SPDX-License-Identifier: MIT */
#include "core/pangenome/path_name.h"

enum { DELETE = 0x7f };

void path_name_put_clean(struct buf *out, struct name name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = (uint8_t)name.s[i];

		buf_put_u8(out, c <= ' ' || c == DELETE ? '_' : c);
	}
	if (!name.len)
		buf_put_u8(out, '_');
}

void path_name_put(struct buf *out, const struct path_info *info)
{
	if (info->sense != PATH_GENERIC) {
		path_name_put_clean(out, info->sample);
		buf_printf(out, "#%u#", (unsigned)info->haplotype);
	}
	path_name_put_clean(out, info->contig);
}

void path_name_put_interval(struct buf *out, uint64_t start, uint64_t end)
{
	buf_printf(out, ":%llu-%llu", (unsigned long long)start + 1, (unsigned long long)end);
}
