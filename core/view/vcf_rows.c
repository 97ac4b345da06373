/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_rows.h"

static int calls_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	(void)room;
	out->p = store_header_text(d->store, &out->len);
	return 0;
}

static int sites_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	(void)room;
	out->p = store_sites_header_text(d->store, &out->len);
	return 0;
}

static int put_calls(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	(void)len;
	return vcf_text_record(v, r, VCF_CALLS, &s->vcf, o);
}

static int put_sites(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	(void)len;
	return vcf_text_record(v, r, VCF_SITES, &s->vcf, o);
}

const struct row_kind vcf_calls_rows = {
	.view = STORE_VIEW_CALLS, .head = calls_head, .put = put_calls
};
const struct row_kind vcf_sites_rows = {
	.view = STORE_VIEW_SITES, .head = sites_head, .put = put_sites
};
