/* SPDX-License-Identifier: MIT */
#include "core/view/heads.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/store/sample_names.h"
#include "core/view/query.h"

/* What stands in front of the text of a BCF file's header. */
enum { BCF_MAGIC = 5, BCF_TEXT_AT = BCF_MAGIC + 4 };

static const struct sample_set *samples_of(const struct dataset *d)
{
	return d->query ? query_samples(d->query) : NULL;
}

static bool counts(const struct dataset *d)
{
	return d->query && query_counts(d->query);
}

int put_sample_names(const struct dataset *d, char end, struct buf *out)
{
	const struct sample_set *set = samples_of(d);
	const struct sample_names *names;
	int r = store_sample_names(d->store, &names);

	for (uint32_t i = 0; r == 0 && i < dataset_n_samples(d); i++) {
		struct name name = sample_name(names, set ? set->of[i] : i);

		buf_put(out, name.s, name.len);
		buf_put_u8(out, (uint8_t)end);
	}
	return r < 0 || buf_failed(out) ? -ENOMEM : 0;
}

/* Where the line of columns begins. */
static size_t columns_at(const char *text, size_t len)
{
	static const char line[] = "\n#CHROM\t";
	const char *p = memmem(text, len, line, sizeof(line) - 1);

	return p ? (size_t)(p - text) + 1 : len;
}

/* A line for @key, where there is none, as bcftools adds it. @idx: its number in BCF; -1. */
static void declare(const char *text, size_t len, const char *key, const char *rest, int64_t idx,
		struct buf *out)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "\n##INFO=<ID=%s,", key);

	if (memmem(text, len, line, (size_t)n))
		return;
	buf_printf(out, "%s%s", line + 1, rest);
	if (idx >= 0)
		buf_printf(out, ",IDX=%lld", (long long)idx);
	buf_printf(out, ">\n");
}

/* @text with other samples; what comes before its columns stays. @bcf: keys are numbered. */
static int put_header(const struct dataset *d, const char *text, size_t len, bool samples, bool bcf,
		struct buf *out)
{
	size_t columns = columns_at(text, len);
	int r = 0;

	buf_put(out, text, columns);
	if (counts(d)) {
		declare(text, columns, "AC",
				"Number=A,Type=Integer,Description=\"Allele count in genotypes\"",
				bcf ? (int64_t)store_ac_key(d->store) : -1, out);
		declare(text, columns, "AN",
				"Number=1,Type=Integer,Description=\"Total number of alleles in "
				"called genotypes\"",
				bcf ? (int64_t)store_an_key(d->store) : -1, out);
	}
	if (!samples) {
		buf_put(out, text + columns, len - columns);
		return buf_failed(out) ? -ENOMEM : 0;
	}
	buf_printf(out, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t");
	r = put_sample_names(d, '\t', out);
	if (r == 0)
		out->data[out->len - 1] = '\n';
	return r;
}

static int head(const struct dataset *d, const char *text, size_t len, bool samples,
		struct buf *room, struct row_head *out)
{
	int r;

	if (!samples_of(d)) {
		*out = (struct row_head){ .p = text, .len = len };
		return 0;
	}
	r = put_header(d, text, len, samples, false, room);
	*out = (struct row_head){ .p = room->data, .len = room->len };
	return r;
}

int head_of_calls(const struct dataset *d, struct buf *room, struct row_head *out)
{
	size_t len;
	const char *text = store_header_text(d->store, &len);

	return head(d, text, len, true, room, out);
}

int head_of_sites(const struct dataset *d, struct buf *room, struct row_head *out)
{
	size_t len;
	const char *text = store_sites_header_text(d->store, &len);

	return head(d, text, len, false, room, out);
}

int head_of_bcf(const struct dataset *d, struct buf *room, struct row_head *out)
{
	size_t len;
	const uint8_t *store_head = store_bcf_head(d->store, &len);
	uint32_t text_len;
	int r;

	*out = (struct row_head){ .p = store_head, .len = len };
	if (!samples_of(d) || !store_head || len <= BCF_TEXT_AT)
		return 0;
	buf_put(room, store_head, BCF_TEXT_AT);
	r = put_header(d, (const char *)store_head + BCF_TEXT_AT, len - BCF_TEXT_AT - 1, true, true,
			room);
	buf_put_u8(room, 0);
	if (r < 0 || buf_failed(room))
		return -ENOMEM;
	text_len = htole32((uint32_t)(room->len - BCF_TEXT_AT));
	memcpy(room->data + BCF_MAGIC, &text_len, sizeof(text_len));
	*out = (struct row_head){ .p = room->data, .len = room->len };
	return 0;
}

int put_sample_lines(const struct dataset *d, const char *before, const char *after,
		struct buf *room, struct row_head *out)
{
	struct buf names = { 0 };
	int r = put_sample_names(d, '\n', &names);
	const char *p = (const char *)names.data;
	const char *end = p + names.len;

	while (r == 0 && p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));

		buf_put(room, before, strlen(before));
		buf_put(room, p, (size_t)(stop - p));
		buf_put(room, after, strlen(after));
		p = stop + 1;
	}
	buf_done(&names);
	*out = (struct row_head){ .p = room->data, .len = room->len };
	return r < 0 || buf_failed(room) ? -ENOMEM : 0;
}
