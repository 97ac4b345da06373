/* SPDX-License-Identifier: MIT */
#include "core/import/source.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <htslib/bgzf.h>
#include <htslib/hfile.h>
#include <htslib/hts.h>
#include <htslib/kstring.h>
#include <htslib/tbx.h>

#include "core/base/cleanup.h"
#include "core/import/header.h"
#include "core/import/source_gtb.h"

struct input {
	const char *pathname;   /* borrowed */
	const char *name;       /* for messages */
	htsFile *fp;            /* owned; NULL while not open */
	bcf_hdr_t *hdr;         /* owned */
	struct source_gtb *gtb; /* owned; NULL where it is no GTB, or its turn has passed */
	bool is_bcf;
	bool started;          /* its turn has come */
	bool by_index;         /* read by region through tbx or csi */
	tbx_t *tbx;            /* owned; for VCF */
	hts_idx_t *csi;        /* owned; for BCF */
	uint64_t header_lines; /* 0 where lines are not counted */
	uint64_t n_records;    /* read so far, for BCF */
	uint64_t size;         /* bytes of the file; 0 where not known */
};

struct source {
	struct source_options o;
	struct input *inputs; /* o.n_pathnames of them; owned */
	bcf_hdr_t *merged;    /* owned; NULL for a single input */
	uint32_t at;          /* input being read */
	uint32_t region;      /* being read, with an index */
	hts_itr_t *itr;       /* of that region; owned */
	kstring_t line;       /* owned */
	bcf1_t *record;       /* owned */
	struct buf carry;     /* text read past the last batch's last line */
	bool eof;             /* of the text input being read */
	uint64_t bytes_total;
	uint64_t bytes_before; /* of the inputs before this one */
	_Atomic uint64_t bytes_read;
	_Atomic uint64_t n_odd_genotypes;
	_Atomic uint32_t n_odd_fields;
};

static void input_close(struct input *in)
{
	if (in->tbx)
		tbx_destroy(in->tbx);
	if (in->csi)
		hts_idx_destroy(in->csi);
	if (in->fp)
		hts_close(in->fp);
	source_gtb_free(in->gtb);
	in->tbx = NULL;
	in->csi = NULL;
	in->fp = NULL;
	in->gtb = NULL;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	hts_itr_destroy(s->itr);
	for (unsigned i = 0; s->inputs && i < s->o.n_pathnames; i++) {
		input_close(&s->inputs[i]);
		if (s->inputs[i].hdr)
			bcf_hdr_destroy(s->inputs[i].hdr);
	}
	free(s->inputs);
	if (s->merged)
		bcf_hdr_destroy(s->merged);
	if (s->record)
		bcf_destroy(s->record);
	free(s->line.s);
	buf_done(&s->carry);
	free(s);
}

void source_freep(struct source **s)
{
	source_free(*s);
}

static int cut_short(const struct input *in, struct err *err)
{
	return err_set(err, -EBADMSG,
			"%s: cut short: the marker that ends every BGZF file is missing; copy the "
			"file again, or where it is whole but for the marker: bgzip -d, then bgzip",
			in->name);
}

static int damaged(const struct input *in, struct err *err)
{
	return err_set(err, -EBADMSG,
			"%s: cut short or damaged: the compressed data cannot be read on; copy the "
			"file again",
			in->name);
}

/* Open, and read past the header; the header itself is kept from the first time. */
static int input_open(struct input *in, struct err *err)
{
	bcf_hdr_t *hdr = NULL;
	struct stat st;
	int r;

	errno = 0;
	in->fp = hts_open(in->pathname, "r");
	if (!in->fp && errno == ENOEXEC)
		return header_wrong_format(in->name, "unknown, or damaged", err);
	if (!in->fp)
		return err_set(err, errno ? -errno : -EIO, "%s: %m", in->name);
	r = header_load(in->fp, in->pathname, &hdr, err);
	if (r < 0)
		return r;
	in->is_bcf = in->fp->format.format == bcf;
	in->header_lines = in->is_bcf ? 0 : (uint64_t)in->fp->lineno;
	if (in->hdr)
		bcf_hdr_destroy(hdr);
	else
		in->hdr = hdr;
	if (in->fp->format.compression == bgzf && bgzf_check_EOF(in->fp->fp.bgzf) == 0)
		return cut_short(in, err);
	if (strcmp(in->pathname, "-") != 0 && stat(in->pathname, &st) == 0 && S_ISREG(st.st_mode))
		in->size = (uint64_t)st.st_size;
	return 0;
}

/* Where regions are asked for and the input has an index. */
static void input_load_index(struct input *in)
{
	if (!in->size || !in->fp->is_bgzf || in->fp->format.compression != bgzf)
		return;
	if (in->is_bcf)
		in->csi = hts_idx_load3(in->pathname, NULL, HTS_FMT_CSI, HTS_IDX_SILENT_FAIL);
	else
		in->tbx = tbx_index_load3(in->pathname, NULL, HTS_IDX_SILENT_FAIL);
	in->by_index = in->csi || in->tbx;
	if (in->by_index)
		in->header_lines = 0;
}

static int open_gtb(struct source *s, struct input *in, struct err *err)
{
	const struct gtb_options o = { .contigs = s->o.gtb_contigs, .memory = s->o.gtb_memory };
	int r = source_gtb_open(in->pathname, &o, &in->gtb, &in->hdr, err);

	if (r < 0)
		return r;
	in->size = source_gtb_bytes(in->gtb);
	atomic_fetch_add(&s->n_odd_fields, source_gtb_n_unknown(in->gtb));
	return 0;
}

static int open_first_time(struct source *s, struct input *in, struct err *err)
{
	bool is_gtb = gtb_looks_like(in->pathname);
	int r = is_gtb ? open_gtb(s, in, err) : input_open(in, err);

	if (r < 0)
		return r;
	if (s->o.n_pathnames > 1)
		r = header_merge(&s->merged, in->hdr, err);
	if (r < 0)
		return err_prefix(err, r, "%s", in->name);
	/* Many inputs would hold many buffers: whatever can be opened again is, when its turn
	 * comes. */
	if (in->size && !is_gtb)
		input_close(in);
	return 0;
}

static int start_input(struct source *s, struct err *err)
{
	struct input *in = &s->inputs[s->at];
	int r = 0;

	in->started = true;
	if (in->gtb)
		return 0;
	if (!in->fp)
		r = input_open(in, err);
	if (r < 0)
		return r;
	if (s->o.regions)
		input_load_index(in);
	if (s->o.n_threads && in->fp->is_bgzf && in->fp->format.compression == bgzf)
		hts_set_threads(in->fp, (int)s->o.n_threads);
	s->region = 0;
	s->eof = false;
	return 0;
}

int source_open(const struct source_options *o, struct source **out, struct err *err)
{
	CLEANUP(source_freep) struct source *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return err_set(err, -ENOMEM, "out of memory");
	s->o = *o;
	s->inputs = calloc(o->n_pathnames, sizeof(*s->inputs));
	s->record = bcf_init();
	if (!s->inputs || !s->record)
		return err_set(err, -ENOMEM, "out of memory");
	for (unsigned i = 0; r == 0 && i < o->n_pathnames; i++) {
		struct input *in = &s->inputs[i];

		in->pathname = o->pathnames[i];
		in->name = strcmp(in->pathname, "-") == 0 ? "standard input" : in->pathname;
		r = open_first_time(s, in, err);
		s->bytes_total += in->size;
	}
	for (unsigned i = 0; i < o->n_pathnames; i++)
		if (!s->inputs[i].size)
			s->bytes_total = 0;
	if (r < 0)
		return r;
	*out = s;
	s = NULL;
	return 0;
}

const bcf_hdr_t *source_header(const struct source *s)
{
	return s->merged ? s->merged : s->inputs[0].hdr;
}

const bcf_hdr_t *source_input_header(const struct source *s, uint32_t input)
{
	return s->inputs[input].hdr;
}

const char *source_input_name(const struct source *s, uint32_t input)
{
	return s->inputs[input].name;
}

bool source_input_is_bcf(const struct source *s, uint32_t input)
{
	return s->inputs[input].is_bcf;
}

uint64_t source_input_header_lines(const struct source *s, uint32_t input)
{
	return s->inputs[input].header_lines;
}

struct source_odd source_odd(const struct source *s)
{
	return (struct source_odd){ .n_genotypes = atomic_load(&s->n_odd_genotypes),
		.n_fields = atomic_load(&s->n_odd_fields) };
}

uint64_t source_bytes_total(const struct source *s)
{
	return s->bytes_total;
}

uint64_t source_bytes_read(const struct source *s)
{
	return atomic_load_explicit(&s->bytes_read, memory_order_relaxed);
}

static void count_bytes(struct source *s)
{
	const struct input *in = &s->inputs[s->at];
	off_t at = in->gtb                    ? (off_t)source_gtb_bytes_read(in->gtb)
		   : !in->fp->is_bgzf         ? htell(in->fp->fp.hfile)
		   : in->fp->fp.bgzf->is_gzip ? htell(in->fp->fp.bgzf->fp)
					      : in->fp->fp.bgzf->block_address;

	atomic_store_explicit(&s->bytes_read, s->bytes_before + (uint64_t)at, memory_order_relaxed);
}

/* The end of a stream, where only reading to it shows whether its end marker was there. */
static int check_end(const struct input *in, struct err *err)
{
	if (in->fp->is_bgzf && in->fp->format.compression == bgzf && !in->fp->fp.bgzf->is_gzip &&
			in->fp->fp.bgzf->no_eof_block)
		return cut_short(in, err);
	return 0;
}

static ssize_t read_text(struct input *in, void *p, size_t n)
{
	return in->fp->is_bgzf ? bgzf_read(in->fp->fp.bgzf, p, n) : hread(in->fp->fp.hfile, p, n);
}

/* Whole lines: RAW_BATCH_BYTES of text, up to the last newline in it; the rest is carried on. */
static int read_lines(struct source *s, struct input *in, struct raw_batch *raw, struct err *err)
{
	struct buf *b = &raw->bytes;
	uint8_t *last = NULL;
	size_t want = RAW_BATCH_BYTES;

	buf_put(b, s->carry.data, s->carry.len);
	buf_clear(&s->carry);
	while (!s->eof && (b->len < RAW_BATCH_BYTES || !last)) {
		ssize_t n;

		if (!buf_reserve(b, want + 1)) /* 1: for the NUL after a last line without end */
			return err_set(err, -ENOMEM, "%s: out of memory", in->name);
		n = read_text(in, b->data + b->len, want);
		if (n < 0)
			return damaged(in, err);
		s->eof = (size_t)n < want;
		b->len += (size_t)n;
		last = n ? memrchr(b->data + b->len - n, '\n', (size_t)n) : NULL;
		if (!last && b->len > s->o.line_max)
			return err_set(err, -EOVERFLOW,
					"%s: a line is longer than %zu bytes; give more --memory",
					in->name, s->o.line_max);
		want = b->len < RAW_BATCH_BYTES ? RAW_BATCH_BYTES - b->len : b->len;
	}
	if (s->eof)
		return b->len ? 1 : check_end(in, err);
	buf_put(&s->carry, last + 1, (size_t)(b->data + b->len - last - 1));
	b->len = (size_t)(last + 1 - b->data);
	if (buf_failed(&s->carry) || buf_failed(b))
		return err_set(err, -ENOMEM, "%s: out of memory", in->name);
	return 1;
}

static const char *record_fault(const bcf1_t *v)
{
	if (v->errcode & BCF_ERR_CTG_INVALID)
		return "its contig is not in the header";
	if (v->errcode & BCF_ERR_TAG_UNDEF)
		return "a FILTER, INFO or FORMAT number is not in the header, or it has no REF";
	if (v->errcode & (BCF_ERR_TAG_INVALID | BCF_ERR_CHAR))
		return "a field has a type that BCF 2.2 does not allow there";
	return "the file is cut short or the record malformed";
}

static int put_record(struct source *s, struct input *in, struct raw_batch *raw, struct err *err)
{
	const bcf1_t *v = s->record;
	struct raw_bcf head = { .pos = v->pos,
		.rlen = v->rlen,
		.qual = v->qual,
		.rid = v->rid,
		.n_info = v->n_info,
		.n_allele = v->n_allele,
		.n_fmt = v->n_fmt,
		.n_sample = v->n_sample,
		.shared_len = v->shared.l,
		.indiv_len = v->indiv.l };

	in->n_records++;
	if (v->shared.l + v->indiv.l > s->o.line_max)
		return err_set(err, -EOVERFLOW,
				"%s: record %lu is larger than %zu bytes; give more --memory",
				in->name, (unsigned long)in->n_records, s->o.line_max);
	buf_put(&raw->bytes, &head, sizeof(head));
	buf_put(&raw->bytes, v->shared.s, v->shared.l);
	buf_put(&raw->bytes, v->indiv.s, v->indiv.l);
	return buf_failed(&raw->bytes) ? err_set(err, -ENOMEM, "out of memory") : 0;
}

static int read_records(struct source *s, struct input *in, struct raw_batch *raw, struct err *err)
{
	while (raw->bytes.len < RAW_BATCH_BYTES) {
		int r = s->itr ? bcf_itr_next(in->fp, s->itr, s->record)
			       : bcf_read(in->fp, in->hdr, s->record);

		if (r == -1)
			break;
		if (r < -1)
			return err_set(err, -EBADMSG,
					"%s: record %lu cannot be used: %s; copy the file again, "
					"or mend it",
					in->name, (unsigned long)in->n_records + 1,
					record_fault(s->record));
		r = put_record(s, in, raw, err);
		if (r < 0)
			return r;
	}
	return raw->bytes.len || s->itr ? raw->bytes.len > 0 : check_end(in, err);
}

static int read_indexed_lines(
		struct source *s, struct input *in, struct raw_batch *raw, struct err *err)
{
	while (raw->bytes.len < RAW_BATCH_BYTES) {
		int r = tbx_itr_next(in->fp, in->tbx, s->itr, &s->line);

		if (r == -1)
			break;
		if (r < -1)
			return damaged(in, err);
		buf_put(&raw->bytes, s->line.s, s->line.l);
		buf_put_u8(&raw->bytes, '\n');
	}
	if (buf_failed(&raw->bytes))
		return err_set(err, -ENOMEM, "out of memory");
	return raw->bytes.len > 0;
}

/* The iterator of region s->region; none where the input does not have its contig. */
static int start_region(struct source *s, struct input *in, struct err *err)
{
	const struct region *region = &s->o.regions->v[s->region];
	const char *contig = names_get(s->o.contigs, region->contig)->s;
	int64_t start = region->start < 0 ? 0 : region->start;
	int64_t end = region->end < HTS_POS_MAX ? region->end : HTS_POS_MAX;
	int tid = in->tbx ? tbx_name2id(in->tbx, contig) : bcf_hdr_name2id(in->hdr, contig);

	if (tid < 0)
		return 0;
	s->itr = in->tbx ? tbx_itr_queryi(in->tbx, tid, start, end)
			 : bcf_itr_queryi(in->csi, tid, start, end);
	if (!s->itr)
		return err_set(err, -EBADMSG, "%s: its index cannot be used; index it again",
				in->name);
	return 0;
}

static int read_by_index(struct source *s, struct input *in, struct raw_batch *raw, struct err *err)
{
	assert(s->o.regions);
	for (; s->region < s->o.regions->n; s->region++) {
		int r = s->itr ? 0 : start_region(s, in, err);

		if (r < 0)
			return r;
		if (s->itr) {
			raw->region = s->region;
			r = in->tbx ? read_indexed_lines(s, in, raw, err)
				    : read_records(s, in, raw, err);
			if (r != 0)
				return r;
		}
		hts_itr_destroy(s->itr);
		s->itr = NULL;
	}
	return 0;
}

static int read_gtb(struct source *s, struct input *in, struct raw_batch *raw, struct err *err)
{
	uint64_t odd = 0;
	int r = source_gtb_read(in->gtb, s->o.line_max, raw, &odd, err);

	atomic_fetch_add(&s->n_odd_genotypes, odd);
	return r;
}

int source_read(struct source *s, struct raw_batch *raw, struct err *err)
{
	for (; s->at < s->o.n_pathnames; s->at++) {
		struct input *in = &s->inputs[s->at];
		int r = 0;

		buf_clear(&raw->bytes);
		raw->at = 0;
		raw->input = s->at;
		raw->filter = s->o.regions != NULL;
		raw->region = UINT32_MAX;
		if (!in->started)
			r = start_input(s, err);
		if (r == 0)
			r = in->gtb        ? read_gtb(s, in, raw, err)
			    : in->by_index ? read_by_index(s, in, raw, err)
			    : in->is_bcf   ? read_records(s, in, raw, err)
					   : read_lines(s, in, raw, err);
		if (r < 0)
			return r;
		count_bytes(s);
		if (r > 0)
			return 1;
		s->bytes_before += in->size;
		input_close(in);
	}
	return 0;
}
