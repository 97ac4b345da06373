/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <htslib/hts.h>
#include <htslib/kstring.h>
#include <htslib/vcf.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/base/names.h"
#include "core/import/header.h"
#include "core/import/hts_cleanup.h"
#include "core/import/import.h"
#include "core/import/source_gtb.h"
#include "core/view/vcf_text.h"
#include "tools/verify.h"

/* Lines of one side, without regard to order: sums of their digests. */
struct line_set {
	uint64_t n;
	uint64_t low;
	uint64_t high;
};

struct comparison {
	struct verify *v;
	/* The store's side: its lines one by one. */
	const struct block *block; /* held; NULL before the first */
	uint32_t chunk;            /* the next */
	uint32_t record;           /* the next in block */
	struct vcf_text text;
	struct vcf_scratch scratch;
	kstring_t ours; /* owned */
	struct line_set our_lines;
	/* The inputs' side. */
	kstring_t theirs; /* owned */
	struct line_set their_lines;
	struct names *contigs; /* in order of first appearance; owned */
	uint32_t last_contig;
	int64_t last_pos;
	bool unsorted;
	struct err difference; /* the first, lines taken in order */
	char text_scratch[TEXT_SCRATCH];
};

static void add_line(struct line_set *set, const kstring_t *line)
{
	struct digest d = digest_of(line->s, line->l);

	set->n++;
	set->low += d.low;
	set->high += d.high;
}

static void put_text(void *arg, const char *p, size_t n)
{
	kputsn(p, n, arg);
}

/* The store's next line to c->ours. Return: 1; 0 at the end; a negative errno. */
static int next_own_line(struct comparison *c, struct err *err)
{
	const struct store *s = c->v->store;
	struct text_out o;
	int r;

	while (!c->block || c->record == c->block->n_records) {
		block_put(c->block);
		c->block = NULL;
		c->record = 0;
		if (c->chunk == store_n_chunks(s))
			return 0;
		c->text.contig = store_contig(s, store_chunk(s, c->chunk)->contig)->name;
		r = block_cache_get(c->v->cache, s, c->chunk++, BLOCK_CALLS, &c->block, err);
		if (r < 0)
			return r;
	}
	c->ours.l = 0;
	text_out_sink(&o, c->text_scratch, put_text, &c->ours);
	r = vcf_text_record(&c->text, &c->block->records[c->record++], VCF_CALLS, &c->scratch, &o);
	text_flush(&o);
	if (r < 0)
		return err_set(err, r, "a record cannot be rendered");
	add_line(&c->our_lines, &c->ours);
	return 1;
}

/* The first column in which the lines differ, from 1. */
static unsigned long differing_column(const kstring_t *a, const kstring_t *b)
{
	unsigned long column = 1;

	for (size_t i = 0; i < a->l && i < b->l && a->s[i] == b->s[i]; i++)
		column += a->s[i] == '\t';
	return column;
}

static void note_difference(struct comparison *c, const bcf_hdr_t *hdr, const bcf1_t *v, int status)
{
	if (c->difference.code)
		return;
	if (status == 0)
		err_set(&c->difference, -EBADMSG, "the store ends before record %llu of the input",
				(unsigned long long)c->their_lines.n);
	else
		err_set(&c->difference, -EBADMSG,
				"record %llu (%s:%lld in the input) differs in column %lu",
				(unsigned long long)c->their_lines.n, bcf_seqname_safe(hdr, v),
				(long long)v->pos + 1, differing_column(&c->ours, &c->theirs));
}

static int note_order(struct comparison *c, const bcf_hdr_t *hdr, const bcf1_t *v)
{
	const char *name = bcf_seqname_safe(hdr, v);
	uint32_t contig;
	int r = names_intern(c->contigs, name, strlen(name), &contig);

	if (r < 0)
		return r;
	if (c->their_lines.n > 1 &&
			(contig < c->last_contig ||
					(contig == c->last_contig && v->pos < c->last_pos)))
		c->unsorted = true;
	c->last_contig = contig;
	c->last_pos = v->pos;
	return 0;
}

static int compare_record(struct comparison *c, const bcf_hdr_t *hdr, bcf1_t *v, struct err *err)
{
	int r;

	c->theirs.l = 0;
	if (vcf_format(hdr, v, &c->theirs) < 0)
		return err_set(err, -EBADMSG, "htslib cannot print record %llu",
				(unsigned long long)c->their_lines.n + 1);
	add_line(&c->their_lines, &c->theirs);
	if (note_order(c, hdr, v) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	r = next_own_line(c, err);
	if (r < 0)
		return r;
	if (r == 0 || c->ours.l != c->theirs.l || memcmp(c->ours.s, c->theirs.s, c->ours.l) != 0)
		note_difference(c, hdr, v, r);
	atomic_fetch_add(&c->v->n_records, 1);
	return 0;
}

static int compare_input(struct comparison *c, htsFile *fp, bcf_hdr_t *hdr, const char *pathname,
		struct err *err)
{
	bcf1_t *v = bcf_init();
	int r = 0;
	int status = 0;

	if (!v)
		return err_set(err, -ENOMEM, "out of memory");
	hts_set_threads(fp, (int)c->v->n_threads);
	while (r == 0 && (status = bcf_read(fp, hdr, v)) == 0)
		r = compare_record(c, hdr, v, err);
	if (r == 0 && status < -1)
		r = err_set(err, -EBADMSG, "%s: record %llu cannot be read", pathname,
				(unsigned long long)c->their_lines.n + 1);
	bcf_destroy(v);
	return r;
}

static int compare_headers(const struct store *s, const bcf_hdr_t *hdr, struct err *err)
{
	struct header_text text = { 0 };
	size_t len;
	const char *ours = store_header_text(s, &len);
	int r = header_text_make(hdr, &text, err);

	if (r == 0 && (len != text.calls_len || memcmp(ours, text.calls, len) != 0))
		r = err_set(err, -EBADMSG, "the header differs");
	header_text_done(&text);
	return r;
}

/* To be called before records are read: reading VCF adds to a header what it does not declare. */
static int compare_or_merge(
		struct comparison *c, const bcf_hdr_t *hdr, bcf_hdr_t **merged, struct err *err)
{
	return c->v->n_inputs == 1 ? compare_headers(c->v->store, hdr, err)
				   : header_merge(merged, hdr, err);
}

static int compare_hts(
		struct comparison *c, const char *pathname, bcf_hdr_t **merged, struct err *err)
{
	CLEANUP(hts_closep) htsFile *fp = hts_open(pathname, "r");
	CLEANUP(hdr_destroyp) bcf_hdr_t *hdr = NULL;
	int r;

	if (!fp)
		return err_set(err, errno ? -errno : -EIO, "%s: %m", pathname);
	r = header_load(fp, pathname, &hdr, err);
	if (r == 0)
		r = compare_or_merge(c, hdr, merged, err);
	return r < 0 ? r : compare_input(c, fp, hdr, pathname, err);
}

/* The lines of a batch, as htslib reads them. */
static int compare_lines(
		struct comparison *c, bcf_hdr_t *hdr, struct buf *lines, bcf1_t *v, struct err *err)
{
	char *at = (char *)lines->data;
	char *end = at + lines->len;
	int r = 0;

	while (r == 0 && at < end) {
		char *stop = memchr(at, '\n', (size_t)(end - at));
		kstring_t line = {
			.l = (size_t)(stop - at), .m = (size_t)(stop - at) + 1, .s = at
		};

		*stop = '\0';
		if (vcf_parse(&line, hdr, v) < 0)
			return err_set(err, -EBADMSG, "htslib cannot read record %llu",
					(unsigned long long)c->their_lines.n + 1);
		r = compare_record(c, hdr, v, err);
		at = stop + 1;
	}
	return r;
}

static int compare_gtb(
		struct comparison *c, const char *pathname, bcf_hdr_t **merged, struct err *err)
{
	const struct gtb_options o = { .contigs = c->v->gtb_contigs,
		.memory = import_default_memory() };
	CLEANUP(hdr_destroyp) bcf_hdr_t *hdr = NULL;
	struct source_gtb *source = NULL;
	struct raw_batch raw = { 0 };
	bcf1_t *v = bcf_init();
	uint64_t n_odd;
	int r = v ? source_gtb_open(pathname, &o, &source, &hdr, err)
		  : err_set(err, -ENOMEM, "out of memory");

	if (r == 0)
		r = compare_or_merge(c, hdr, merged, err);
	while (r == 0 && (r = source_gtb_read(source, SIZE_MAX, &raw, &n_odd, err)) > 0) {
		r = compare_lines(c, hdr, &raw.bytes, v, err);
		buf_clear(&raw.bytes);
	}
	buf_done(&raw.bytes);
	source_gtb_free(source);
	if (v)
		bcf_destroy(v);
	return r;
}

/* One input after the other: compare its records, and merge its header with the others'. */
static int compare_inputs(struct comparison *c, bcf_hdr_t **merged, struct err *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < c->v->n_inputs; i++) {
		const char *pathname = c->v->inputs[i];

		r = gtb_looks_like(pathname) ? compare_gtb(c, pathname, merged, err)
					     : compare_hts(c, pathname, merged, err);
	}
	return r == 0 && *merged ? compare_headers(c->v->store, *merged, err) : r;
}

static int conclude(struct comparison *c, struct err *err)
{
	const struct line_set *a = &c->our_lines;
	const struct line_set *b = &c->their_lines;
	int r;

	while ((r = next_own_line(c, err)) > 0)
		;
	if (r < 0)
		return r;
	if (a->n != b->n)
		return err_set(err, -EBADMSG, "%llu records in the store, %llu in the input",
				(unsigned long long)a->n, (unsigned long long)b->n);
	if (!c->difference.code)
		return 0;
	if (!c->unsorted)
		return err_set(err, c->difference.code, "%s", c->difference.msg);
	if (a->low != b->low || a->high != b->high)
		return err_set(err, -EBADMSG,
				"the records differ (the input is not sorted, so the "
				"place is not known)");
	return 0;
}

int verify_against(struct verify *v, struct err *err)
{
	CLEANUP(hdr_destroyp) bcf_hdr_t *merged = NULL;
	struct comparison *c = calloc(1, sizeof(*c));
	int r;

	if (!c || names_new(&c->contigs) < 0) {
		free(c);
		return err_set(err, -ENOMEM, "out of memory");
	}
	hts_set_log_level(HTS_LOG_OFF);
	c->v = v;
	c->text = (struct vcf_text){ .keys = store_keys(v->store),
		.n_keys = store_n_keys(v->store),
		.gt_key = store_gt_key(v->store),
		.n_samples = store_n_samples(v->store) };
	r = compare_inputs(c, &merged, err);
	if (r == 0)
		r = conclude(c, err);
	block_put(c->block);
	names_free(c->contigs);
	vcf_scratch_done(&c->scratch);
	free(c->ours.s);
	free(c->theirs.s);
	free(c);
	return r;
}
