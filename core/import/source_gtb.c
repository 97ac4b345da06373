/* SPDX-License-Identifier: MIT */
#include "core/import/source_gtb.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/gtb/vcf.h"
#include "core/import/hts_cleanup.h"

struct source_gtb {
	struct gtb *g;        /* owned */
	struct gtb_reader *r; /* owned; NULL before its turn, since it holds blocks */
	struct gtb_vcf *vcf;  /* owned */
	uint64_t record;      /* the next */
};

void source_gtb_free(struct source_gtb *s)
{
	if (!s)
		return;
	gtb_vcf_free(s->vcf);
	gtb_reader_free(s->r);
	gtb_close(s->g);
	free(s);
}

static void source_gtb_freep(struct source_gtb **s)
{
	source_gtb_free(*s);
}

static int make_header(const struct source_gtb *s, bcf_hdr_t **out, struct err *err)
{
	CLEANUP(hdr_destroyp) bcf_hdr_t *hdr = bcf_hdr_init("r");
	struct buf text = { 0 };
	int r = 0;

	gtb_vcf_header(s->vcf, &text);
	buf_put_u8(&text, '\0');
	if (!hdr || buf_failed(&text))
		r = err_set(err, -ENOMEM, "out of memory");
	else if (bcf_hdr_parse(hdr, (char *)text.data) < 0)
		r = err_set(err, -EBADMSG, "%s: htslib cannot use the header lines in it",
				gtb_pathname(s->g));
	buf_done(&text);
	if (r < 0)
		return r;
	*out = hdr;
	hdr = NULL;
	return 0;
}

int source_gtb_open(const char *pathname, const struct gtb_options *o, struct source_gtb **out,
		bcf_hdr_t **hdr, struct err *err)
{
	CLEANUP(source_gtb_freep) struct source_gtb *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "out of memory");
	r = gtb_open(pathname, o, &s->g, err);
	if (r == 0)
		r = gtb_reader_new(s->g, &s->r, err);
	if (r == 0)
		r = gtb_vcf_new(s->g, s->r, &s->vcf, err);
	if (r == 0)
		r = make_header(s, hdr, err);
	if (r < 0)
		return r;
	gtb_reader_free(s->r);
	s->r = NULL;
	*out = s;
	s = NULL;
	return 0;
}

uint64_t source_gtb_bytes(const struct source_gtb *s)
{
	return gtb_file_size(s->g);
}

uint64_t source_gtb_bytes_read(const struct source_gtb *s)
{
	uint64_t n = gtb_n_records(s->g);

	return n ? (uint64_t)((double)gtb_file_size(s->g) * ((double)s->record / (double)n))
		 : gtb_file_size(s->g);
}

uint32_t source_gtb_n_unknown(const struct source_gtb *s)
{
	return gtb_vcf_n_unknown(s->vcf);
}

int source_gtb_read(struct source_gtb *s, size_t line_max, struct raw_batch *raw, uint64_t *n_odd,
		struct err *err)
{
	struct gtb_vcf_odd odd = { 0 };
	int r = s->r ? 0 : gtb_reader_new(s->g, &s->r, err);

	while (r == 0 && s->record < gtb_n_records(s->g) && raw->bytes.len < RAW_BATCH_BYTES) {
		size_t before = raw->bytes.len;

		r = gtb_vcf_line(s->vcf, s->r, s->record, &raw->bytes, &odd, err);
		if (r == 0 && raw->bytes.len - before > line_max)
			r = err_set(err, -EOVERFLOW,
					"%s: record %llu is longer than %zu bytes as a line; give "
					"more --memory",
					gtb_pathname(s->g), (unsigned long long)s->record + 1,
					line_max);
		s->record++;
	}
	*n_odd = odd.n_out_of_range;
	return r < 0 ? r : raw->bytes.len > 0;
}
