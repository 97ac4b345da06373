/* SPDX-License-Identifier: MIT */
/* The columns of a record from ID to INFO, each as text, but for what is counted. */
#include <string.h>

#include "core/gtb/vcf_private.h"

/* What an item cannot have as it is. Text of a column that is stored whole can have all but spaces:
 * it is in the form of VCF. */
static const char in_info[] = "%;=,";
static const char in_list[] = "%; ";
static const char in_column[] = " ";

static void put(struct buf *out, const char *s)
{
	buf_put(out, s, strlen(s));
}

int vcf_put_names(const struct gtb_vcf *v, enum place place, struct gtb_reader *r, uint64_t record,
		struct buf *out, struct err *err)
{
	uint32_t field = v->column[place];
	size_t before = out->len;
	struct gtb_value value;
	int ret;

	if (field < UINT32_MAX) {
		ret = gtb_read_value(r, field, record, &value, err);
		if (ret < 0)
			return ret;
		value_put(&value, ';', value.type->shape == GTB_SCALAR ? in_column : in_list, out);
	}
	if (out->len == before)
		put(out, ".");
	return 0;
}

int vcf_put_qual(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, struct buf *out,
		struct err *err)
{
	uint32_t field = v->column[PLACE_QUAL];
	size_t before = out->len;
	struct gtb_value value;
	int ret;

	if (field == UINT32_MAX) {
		put(out, ".");
		return 0;
	}
	ret = gtb_read_value(r, field, record, &value, err);
	if (ret < 0)
		return ret;
	value_put(&value, ',', "", out);
	if (!buf_failed(out) && out->len - before == 3 &&
			memcmp(out->data + before, "nan", 3) == 0) {
		out->len = before;
		put(out, ".");
	}
	return 0;
}

int vcf_put_info(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, struct buf *out,
		struct err *err)
{
	struct gtb_value value;
	struct gtb_item item;
	int ret;

	if (v->column[PLACE_INFO] == UINT32_MAX)
		return 0;
	ret = gtb_read_value(r, v->column[PLACE_INFO], record, &value, err);
	if (ret < 0)
		return ret;
	if (gtb_value_next(&value, &item) && !(item.text.len == 1 && *item.text.s == '.'))
		text_put_encoded(item.text, "", out);
	return 0;
}

bool vcf_has_key(struct gtb_text info, const char *key)
{
	const char *text = info.s;
	const char *end = text + info.len;
	size_t n = strlen(key);

	while (text < end) {
		const char *stop = memchr(text, ';', (size_t)(end - text));
		size_t part = (size_t)((stop ? stop : end) - text);

		if (part >= n && memcmp(text, key, n) == 0 && (part == n || text[n] == '='))
			return true;
		text += part + 1;
	}
	return false;
}

void vcf_begin_part(struct buf *out, size_t start)
{
	if (out->len > start)
		put(out, ";");
}

static int put_key(const struct gtb_vcf *v, uint32_t field, struct gtb_reader *r, uint64_t record,
		size_t start, struct buf *out, struct err *err)
{
	size_t before = out->len;
	struct gtb_value value;
	int ret = gtb_read_value(r, field, record, &value, err);

	if (ret < 0)
		return ret;
	if (value.type->kind == GTB_BOOL && !value.number)
		return 0;
	vcf_begin_part(out, start);
	buf_put(out, v->keys[field].s, v->keys[field].len);
	if (value.type->kind == GTB_BOOL)
		return 0;
	put(out, "=");
	/* Nothing but empty text is no value. */
	if (!value_put(&value, ',', in_info, out))
		out->len = before;
	return 0;
}

int vcf_put_keys(const struct gtb_vcf *v, struct gtb_reader *r, uint64_t record, size_t start,
		struct buf *out, struct err *err)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && v->has_keys && i < gtb_n_fields(v->g); i++)
		if (v->places[i] == PLACE_KEY)
			ret = put_key(v, i, r, record, start, out, err);
	return ret;
}
