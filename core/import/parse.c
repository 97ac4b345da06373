/* SPDX-License-Identifier: MIT */
#include "core/import/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/import/flatten.h"
#include "core/import/gt_text.h"
#include "core/import/line_fault.h"
#include "core/import/record_digest.h"

struct parser {
	const struct parse_setup *setup;
	uint32_t input;  /* that hdr is of; UINT32_MAX at first */
	bcf_hdr_t *hdr;  /* owned */
	bool fast_gt;    /* hdr declares GT as VCF does */
	uint32_t gt_key; /* number of GT, with fast_gt */
	struct number_map keys;
	struct number_map contigs;
	bcf1_t *v;        /* owned */
	bcf1_t *borrowed; /* owned, but for its shared and indiv bytes */
	struct gt_text gt;
	struct flatten_scratch flatten;
	struct buf scratch;
};

void parser_free(struct parser *p)
{
	if (!p)
		return;
	number_map_done(&p->keys);
	number_map_done(&p->contigs);
	if (p->hdr)
		bcf_hdr_destroy(p->hdr);
	if (p->v)
		bcf_destroy(p->v);
	if (p->borrowed) {
		p->borrowed->shared = p->borrowed->indiv = (kstring_t){ 0 };
		bcf_destroy(p->borrowed);
	}
	gt_text_done(&p->gt);
	flatten_scratch_done(&p->flatten);
	buf_done(&p->scratch);
	free(p);
}

int parser_new(const struct parse_setup *setup, struct parser **out)
{
	struct parser *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->setup = setup;
	p->input = UINT32_MAX;
	p->v = bcf_init();
	p->borrowed = bcf_init();
	if (!p->v || !p->borrowed) {
		parser_free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

/* GT declared as a string: htslib reads other declarations differently. */
static bool gt_is_string(const bcf_hdr_t *hdr)
{
	int id = bcf_hdr_id2int(hdr, BCF_DT_ID, "GT");

	return bcf_hdr_idinfo_exists(hdr, BCF_HL_FMT, id) &&
	       bcf_hdr_id2type(hdr, BCF_HL_FMT, id) == BCF_HT_STR;
}

static int parser_use_input(struct parser *p, uint32_t input)
{
	if (p->input == input)
		return 0;
	number_map_done(&p->keys);
	number_map_done(&p->contigs);
	if (p->hdr)
		bcf_hdr_destroy(p->hdr);
	p->hdr = bcf_hdr_dup(source_input_header(p->setup->source, input));
	if (!p->hdr)
		return -ENOMEM;
	p->fast_gt = gt_is_string(p->hdr) && p->setup->n_samples > 0 &&
		     names_find(p->setup->keys, "GT", 2, &p->gt_key) == 0;
	number_map_init(&p->keys, p->setup->keys, p->hdr, BCF_DT_ID);
	number_map_init(&p->contigs, p->setup->contigs, p->hdr, BCF_DT_CTG);
	p->input = input;
	return 0;
}

/* Whether the record has a key whose number was not fixed before the start. */
static bool has_odd_key(const struct parser *p, const bcf1_t *v, bool calls)
{
	uint32_t n = p->setup->n_declared_keys;

	for (int i = 0; i < v->d.n_flt; i++)
		if (p->keys.numbers[v->d.flt[i]] >= n)
			return true;
	for (uint32_t i = 0; i < v->n_info; i++)
		if (p->keys.numbers[v->d.info[i].key] >= n)
			return true;
	for (uint32_t i = 0; calls && i < v->n_fmt; i++)
		if (p->keys.numbers[v->d.fmt[i].id] >= n)
			return true;
	return false;
}

static bool is_wanted(const struct parser *p, const struct raw_batch *raw, const struct record *r)
{
	uint32_t region;

	if (!raw->filter)
		return true;
	region = regions_find(p->setup->regions, r->contig, r->pos, r->pos + r->rlen);
	return raw->region == UINT32_MAX ? region != UINT32_MAX : region == raw->region;
}

/* @v, with genotypes read by gt_text where @gt, to the batch. */
static int add_record(struct parser *p, const struct raw_batch *raw, bcf1_t *v, bool gt,
		struct proof *proof, struct batch *b, struct err *err)
{
	struct record_names names = { .hdr = p->hdr };
	size_t start = b->bytes.len;
	size_t site_end;
	struct record r;
	int ret;

	ret = flatten_record(v, !gt, &p->keys, &p->contigs, &p->flatten, &b->bytes, &r, err);
	if (ret == 0 && gt) {
		site_end = b->bytes.len;
		ret = flatten_gt(p->gt_key, p->gt.type, p->gt.ploidy, p->gt.values,
				p->setup->n_samples, &p->flatten, &b->bytes);
		r.n_fmt = 1;
		r.fmt_len = b->bytes.len - site_end;
	}
	if (ret < 0)
		return ret;
	if (!is_wanted(p, raw, &r)) {
		b->bytes.len = start;
		return 0;
	}
	if (bcf_unpack(v, gt ? BCF_UN_SHR : BCF_UN_ALL) < 0)
		return -ENOMEM;
	if (p->setup->check)
		ret = record_digest(v, &names, !gt, &p->scratch, &proof->whole);
	return ret < 0 ? ret : batch_add(b, &r, proof, has_odd_key(p, v, !gt));
}

/* Where the columns of a line begin: the first nine, and the end. */
struct columns {
	char *at[10];
	unsigned n; /* columns found, at most 10 */
};

static void find_columns(char *line, size_t len, struct columns *c)
{
	char *end = line + len;

	c->n = 0;
	for (char *p = line; c->n < 10; p++) {
		c->at[c->n++] = p;
		p = memchr(p, '\t', (size_t)(end - p));
		if (!p)
			break;
	}
}

/* Whether the samples of the line hold GT alone, in a form that gt_text takes. */
static int read_fast_gt(struct parser *p, const struct columns *c, const char *end)
{
	if (!p->fast_gt || c->n < 10 || memcmp(c->at[8], "GT\t", 3) != 0)
		return 0;
	return gt_text_read(&p->gt, c->at[9], (size_t)(end - c->at[9]), p->setup->n_samples);
}

/* Bytes of a POS column to show. */
static int pos_len(const char *pos)
{
	size_t n = strcspn(pos, "\t");

	return n < 20 ? (int)n : 20;
}

static int parse_line(struct parser *p, const struct raw_batch *raw, char *line, size_t len,
		struct batch *b, struct err *err)
{
	kstring_t s = { .l = len, .m = len + 1, .s = line };
	struct proof proof = { .has_line = p->setup->check };
	struct columns c;
	size_t nul = strnlen(line, len);
	int ret = 0;
	int gt;

	/* To htslib it ends the line, and what follows would be lost. */
	if (nul < len)
		return line_fault_nul(line, nul, err);
	find_columns(line, len, &c);
	if (!len)
		return err_set(err, -EBADMSG, "the line is empty");
	if (c.n < 8)
		return err_set(err, -EBADMSG,
				"%u columns, separated by tabs, where VCF has 8 or more", c.n);
	gt = read_fast_gt(p, &c, line + len);
	if (gt < 0)
		return gt;
	if (p->setup->check)
		proof.line = digest_of(line, len);
	if (p->setup->check && gt) {
		proof.has_calls = true;
		proof.calls = digest_of(c.at[8], (size_t)(line + len - c.at[8]));
	}
	p->v->max_unpack = gt ? BCF_UN_SHR : 0;
	if (vcf_parse(&s, p->hdr, p->v) < 0)
		ret = line_fault(p->hdr, p->v, c.n > 9 ? c.at[9] : NULL, line + len, c.at[1], err);
	else if (!gt && p->v->n_sample != p->setup->n_samples)
		ret = line_fault_columns(p->hdr, p->v, err);
	if (ret < 0) /* htslib has ended CHROM with a NUL, and POS unless it refused CHROM */
		return err_prefix(err, ret, "%.40s:%.*s", c.at[0], pos_len(c.at[1]), c.at[1]);
	return add_record(p, raw, p->v, gt, &proof, b, err);
}

static int parse_lines(struct parser *p, struct raw_batch *raw, struct batch *b)
{
	char *text = (char *)raw->bytes.data;

	while (raw->at < raw->bytes.len && b->bytes.len < p->setup->batch_bytes) {
		char *line = text + raw->at;
		char *end = memchr(line, '\n', raw->bytes.len - raw->at);
		size_t len;
		int r;

		if (!end)
			end = text + raw->bytes.len; /* room for the NUL is there */
		raw->at = (size_t)(end - text) + 1;
		len = (size_t)(end - line);
		if (len && line[len - 1] == '\r')
			len--;
		line[len] = '\0';
		r = parse_line(p, raw, line, len, b, &b->err);
		if (r < 0)
			return r;
		b->n_items++;
	}
	return 0;
}

/* A BCF record in place: @v borrows its bytes from the batch. */
static void borrow_record(bcf1_t *v, const struct raw_bcf *head, uint8_t *bytes)
{
	v->shared = v->indiv = (kstring_t){ 0 };
	bcf_clear(v);
	v->pos = head->pos;
	v->rlen = head->rlen;
	v->rid = head->rid;
	v->qual = head->qual;
	v->n_info = (uint16_t)head->n_info;
	v->n_allele = (uint16_t)head->n_allele;
	v->n_fmt = (uint8_t)head->n_fmt;
	v->n_sample = head->n_sample & 0xffffff;
	v->shared = (kstring_t){ .s = (char *)bytes, .l = head->shared_len, .m = head->shared_len };
	v->indiv = (kstring_t){
		.s = (char *)bytes + head->shared_len, .l = head->indiv_len, .m = head->indiv_len
	};
}

static int parse_records(struct parser *p, struct raw_batch *raw, struct batch *b)
{
	while (raw->at < raw->bytes.len && b->bytes.len < p->setup->batch_bytes) {
		struct proof proof = { 0 };
		struct raw_bcf head;
		int r;

		memcpy(&head, raw->bytes.data + raw->at, sizeof(head));
		borrow_record(p->borrowed, &head, raw->bytes.data + raw->at + sizeof(head));
		raw->at += sizeof(head) + head.shared_len + head.indiv_len;
		if (head.n_sample != p->setup->n_samples)
			r = line_fault_columns(p->hdr, p->borrowed, &b->err);
		else
			r = add_record(p, raw, p->borrowed, false, &proof, b, &b->err);
		if (r < 0)
			return r;
		b->n_items++;
	}
	return 0;
}

int parser_run(struct parser *p, struct raw_batch *raw, struct batch **out)
{
	CLEANUP(batch_putp) struct batch *b = NULL;
	int r;

	r = batch_new(&b);
	if (r == 0)
		r = parser_use_input(p, raw->input);
	if (r < 0)
		return r;
	r = source_input_is_bcf(p->setup->source, raw->input) ? parse_records(p, raw, b)
							      : parse_lines(p, raw, b);
	if (r < 0 && !b->err.code)
		return -ENOMEM;
	batch_seal(b);
	*out = b;
	b = NULL;
	return 0;
}
