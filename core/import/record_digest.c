/* SPDX-License-Identifier: MIT */
#include "core/import/record_digest.h"

#include <errno.h>
#include <string.h>

static void put_name(struct buf *b, const struct record_names *names, int dict, int32_t id)
{
	const struct name *name;
	const char *key;

	if (names->hdr) {
		key = names->hdr->id[dict][id].key;
		buf_put_bytes(b, key, strlen(key));
		return;
	}
	name = names_get(dict == BCF_DT_CTG ? names->contigs : names->keys, (uint32_t)id);
	buf_put_bytes(b, name->s, name->len);
}

/* Short values as they are, long ones as a digest, so that they are not copied. */
static void put_values(struct buf *b, const void *p, size_t n)
{
	struct digest d;

	buf_put_varint(b, n);
	if (n <= 64) {
		buf_put(b, p, n);
		return;
	}
	d = digest_of(p, n);
	buf_put(b, &d, sizeof(d));
}

/* ID and the alleles: d.id and d.allele end at a NUL, so the bytes come from v->shared itself. */
static void put_strings(struct buf *b, const bcf1_t *v)
{
	uint8_t *p = (uint8_t *)v->shared.s;

	for (uint32_t i = 0; i < 1u + v->n_allele; i++) {
		int type;
		int n = bcf_dec_size(p, &p, &type);

		put_values(b, p, (size_t)n);
		p += n;
	}
}

static void put_site(struct buf *b, const bcf1_t *v, const struct record_names *names)
{
	uint32_t qual;

	memcpy(&qual, &v->qual, sizeof(qual));
	put_name(b, names, BCF_DT_CTG, v->rid);
	buf_put_zigzag(b, v->pos);
	buf_put_zigzag(b, v->rlen);
	buf_put_u32(b, qual);
	buf_put_u32(b, v->n_allele);
	put_strings(b, v);
	buf_put_u32(b, (uint32_t)v->d.n_flt);
	for (int i = 0; i < v->d.n_flt; i++)
		put_name(b, names, BCF_DT_ID, v->d.flt[i]);
	buf_put_u32(b, v->n_info);
	for (uint32_t i = 0; i < v->n_info; i++) {
		const bcf_info_t *info = &v->d.info[i];

		put_name(b, names, BCF_DT_ID, info->key);
		buf_put_u8(b, (uint8_t)info->type);
		buf_put_varint(b, (uint64_t)info->len);
		put_values(b, info->vptr, info->vptr_len);
	}
}

int record_digest(bcf1_t *v, const struct record_names *names, bool calls, struct buf *scratch,
		struct digest *out)
{
	if (bcf_unpack(v, calls ? BCF_UN_ALL : BCF_UN_SHR) < 0)
		return -ENOMEM;
	buf_clear(scratch);
	put_site(scratch, v, names);
	if (calls) {
		buf_put_u32(scratch, v->n_sample);
		buf_put_u32(scratch, v->n_sample ? v->n_fmt : 0);
		for (uint32_t i = 0; v->n_sample && i < v->n_fmt; i++) {
			const bcf_fmt_t *fmt = &v->d.fmt[i];

			put_name(scratch, names, BCF_DT_ID, fmt->id);
			buf_put_u8(scratch, (uint8_t)fmt->type);
			buf_put_varint(scratch, (uint64_t)fmt->n);
			put_values(scratch, fmt->p, fmt->p_len);
		}
	}
	if (buf_failed(scratch))
		return -ENOMEM;
	*out = digest_of(scratch->data, scratch->len);
	return 0;
}
