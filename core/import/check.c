/* SPDX-License-Identifier: MIT */
#include "core/import/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <htslib/vcf.h>

#include "core/import/flatten.h"
#include "core/import/record_digest.h"

struct checker {
	bcf1_t *v; /* owned */
	struct vcf_scratch render;
	struct buf line;
	struct buf scratch;
	uint64_t *lengths[N_LINE_VIEWS]; /* n_lengths of each; owned */
	uint32_t n_lengths;
	struct chunk_measures measures;
	char text_scratch[TEXT_SCRATCH];
};

void checker_free(struct checker *c)
{
	if (!c)
		return;
	if (c->v)
		bcf_destroy(c->v);
	vcf_scratch_done(&c->render);
	buf_done(&c->line);
	buf_done(&c->scratch);
	for (unsigned i = 0; i < N_LINE_VIEWS; i++)
		free(c->lengths[i]);
	measures_done(&c->measures);
	free(c);
}

int checker_new(struct checker **out)
{
	struct checker *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->v = bcf_init();
	if (!c->v) {
		checker_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

/* The line of @r to c->line, without its newline. */
static int render_line(struct checker *c, const struct vcf_text *text, const struct record *r)
{
	const size_t least = 4 * (size_t)TEXT_SCRATCH;
	size_t room = c->line.cap > least ? c->line.cap : least;

	for (;; room = 2 * c->line.cap) {
		struct text_out o;
		int ret;

		buf_clear(&c->line);
		if (!buf_reserve(&c->line, room))
			return -ENOMEM;
		text_out_window(&o, c->text_scratch, (char *)c->line.data, c->line.cap, 0);
		ret = vcf_text_record(text, r, VCF_CALLS, &c->render, &o);
		if (ret < 0)
			return ret;
		text_flush(&o);
		if (o.left) {
			c->line.len = (size_t)o.total - 1;
			return 0;
		}
	}
}

static void drop(void *arg, const char *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
}

/* Bytes of the line of @r in sites.vcf. */
static int measure_site(struct checker *c, const struct vcf_text *text, const struct record *r,
		uint64_t *out)
{
	struct text_out o;
	int ret;

	text_out_sink(&o, c->text_scratch, drop, NULL);
	ret = vcf_text_record(text, r, VCF_SITES, &c->render, &o);
	text_flush(&o);
	*out = o.total;
	return ret;
}

/* Digest of the record in htslib's form. */
static int digest_record(struct checker *c, const struct vcf_text *text,
		const struct names *contigs, const struct record *r, bool calls, struct digest *out)
{
	struct record_names names = { .keys = text->keys, .contigs = contigs };
	int ret = unflatten_record(r, text->n_samples, NULL, (int32_t)r->contig, c->v);

	return ret < 0 ? ret : record_digest(c->v, &names, calls, &c->scratch, out);
}

/* From FORMAT on: after the eighth tab. */
static struct digest digest_calls(const struct buf *line)
{
	const uint8_t *end = line->data + line->len;
	const uint8_t *p = line->data;

	for (unsigned i = 0; p && i < 8; i++) {
		p = memchr(p, '\t', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	return digest_of(p ? p : end, p ? (size_t)(end - p) : 0);
}

/* Whether @r, whose line was rendered, is what was read. Return: 1 or 0; a negative errno. */
static int is_proved(struct checker *c, const struct vcf_text *text, const struct names *contigs,
		const struct record *r, const struct proof *proof)
{
	struct digest whole;
	int ret;

	if (proof->has_line && digest_equal(digest_of(c->line.data, c->line.len), proof->line))
		return 1;
	if (proof->has_calls && !digest_equal(digest_calls(&c->line), proof->calls))
		return 0;
	ret = digest_record(c, text, contigs, r, !proof->has_calls, &whole);
	return ret < 0 ? ret : digest_equal(whole, proof->whole);
}

static int reserve_lengths(struct checker *c, uint32_t n)
{
	if (n <= c->n_lengths)
		return 0;
	for (unsigned i = 0; i < N_LINE_VIEWS; i++) {
		uint64_t *p = realloc(c->lengths[i], n * sizeof(*p));

		if (!p)
			return -ENOMEM;
		c->lengths[i] = p;
	}
	c->n_lengths = n;
	return 0;
}

static int check_record(struct checker *c, const struct vcf_text *text, const struct names *contigs,
		const struct record *r, const struct proof *proof, uint32_t i)
{
	struct record_lines lines;
	int ret = render_line(c, text, r);

	if (ret < 0)
		return ret;
	lines.bytes[STORE_VIEW_CALLS] = c->line.len + 1;
	lines.bytes[STORE_VIEW_SITES] = c->line.len + 1;
	lines.text = (const char *)c->line.data;
	/* Without samples a line has nothing past its site. */
	if (text->n_samples)
		ret = measure_site(c, text, r, &lines.bytes[STORE_VIEW_SITES]);
	if (ret == 0)
		ret = measures_put(&c->measures, text, r, &lines);
	for (unsigned v = 0; v < N_LINE_VIEWS; v++)
		c->lengths[v][i] = lines.bytes[v];
	if (ret < 0 || !proof)
		return ret;
	ret = is_proved(c, text, contigs, r, proof);
	return ret == 0 ? -EBADMSG : ret;
}

int check_block(struct checker *c, const struct vcf_text *text, const struct names *contigs,
		const struct block *b, const struct proof *proofs,
		const struct chunk_measures **out, struct err *err)
{
	if (reserve_lengths(c, b->n_records) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	measures_begin(&c->measures);
	for (uint32_t i = 0; i < b->n_records; i++) {
		const struct record *r = &b->records[i];
		int ret = check_record(c, text, contigs, r, proofs ? &proofs[i] : NULL, i);

		if (ret == -EBADMSG)
			return err_set(err, ret,
					"the record at %s:%lld would not come back exactly, so "
					"nothing was written; please report it",
					text->contig.s, (long long)r->pos + 1);
		if (ret < 0)
			return err_set(err, ret, "out of memory");
	}
	if (measures_end(&c->measures) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	for (unsigned i = 0; i < N_LINE_VIEWS; i++)
		c->measures.lengths[i] = c->lengths[i];
	*out = &c->measures;
	return 0;
}

int check_prove(struct checker *c, const struct vcf_text *text, const struct names *contigs,
		const struct record *r, struct proof *out)
{
	*out = (struct proof){ 0 };
	return digest_record(c, text, contigs, r, true, &out->whole);
}
