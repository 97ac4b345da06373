/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_rows.h"

#include "core/view/heads.h"

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
	.view = STORE_VIEW_CALLS, .head = head_of_calls, .put = put_calls
};
const struct row_kind vcf_sites_rows = {
	.view = STORE_VIEW_SITES, .of_sites = true, .head = head_of_sites, .put = put_sites
};

static int tsv_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	static const char columns[] = "chrom\tpos\tid\tref\talt\tqual\tfilter\n";

	(void)d;
	(void)room;
	*out = (struct row_head){ .p = columns, .len = sizeof(columns) - 1 };
	return 0;
}

static int put_tsv(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	(void)len;
	return vcf_text_record(v, r, VCF_FIXED, &s->vcf, o);
}

const struct row_kind sites_tsv_rows = {
	.view = STORE_VIEW_SITES_TSV, .of_sites = true, .head = tsv_head, .put = put_tsv
};
