/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <htslib/hts.h>
#include <htslib/vcf.h>

#include "core/base/cleanup.h"
#include "core/import/flatten.h"
#include "core/view/vcf_text.h"
#include "tools/export.h"

/* A walk through the chunks of a store. */
struct walk {
	const struct export *e;
	BGZF *out;
	struct vcf_text text;
	struct vcf_scratch scratch;
	char *text_scratch; /* TEXT_SCRATCH bytes; owned */
	bool failed;        /* a write did */
	bcf_hdr_t *hdr;     /* owned; for BCF, as all below */
	htsFile *file;      /* owned */
	bcf1_t *record;     /* owned */
	int32_t *key_ids;   /* header numbers of the store's keys; owned */
	int32_t rid;        /* header number of the chunk's contig */
};

BGZF *export_open(const struct export *e, struct err *err)
{
	BGZF *out = bgzf_open(e->output, e->compress ? "w" : "wu");

	if (!out) {
		err_set(err, errno ? -errno : -EIO, "%s: %m", e->output);
		return NULL;
	}
	*e->opened = true;
	if (e->compress)
		bgzf_mt(out, (int)e->n_threads, 64);
	return out;
}

int export_close(BGZF *out, struct err *err)
{
	return bgzf_close(out) < 0 ? err_set(err, -EIO, "cannot write: %m") : 0;
}

/* The first chunk from @from on that touches a region; store_n_chunks() where none does. */
static uint32_t next_chunk(const struct export *e, uint32_t from)
{
	uint32_t n = store_n_chunks(e->store);
	uint32_t i = from;

	for (; e->regions && i < n; i++) {
		const struct chunk_info *c = store_chunk(e->store, i);
		const struct name *name = &store_contig(e->store, c->contig)->name;
		uint32_t contig;
		struct names *contigs = (struct names *)(uintptr_t)e->contigs;

		if (names_find(contigs, name->s, name->len, &contig) == 0 &&
				regions_find(e->regions, contig, c->start, c->end + 1) !=
						UINT32_MAX)
			break;
	}
	return i;
}

static void write_text(void *arg, const char *p, size_t n)
{
	struct walk *w = arg;

	if (n) /* for BCF nothing is ever written here */
		w->failed |= bgzf_write(w->out, p, n) != (ssize_t)n;
}

static int put_line(struct walk *w, const struct record *r, struct text_out *o)
{
	(void)w;
	return vcf_text_record(&w->text, r, VCF_CALLS, &w->scratch, o);
}

/* The header number of a name, which is declared if it is not. */
static int32_t id_of(bcf_hdr_t *hdr, int dict, const struct name *name)
{
	CLEANUP(freep) char *s = strndup(name->s, name->len);
	int32_t id = s ? bcf_hdr_id2int(hdr, dict, s) : -1;

	if (!s || id >= 0)
		return id;
	if (dict == BCF_DT_CTG)
		bcf_hdr_printf(hdr, "##contig=<ID=%s>", s);
	else
		bcf_hdr_printf(hdr, "##INFO=<ID=%s,Number=1,Type=String,Description=\"Dummy\">", s);
	return bcf_hdr_sync(hdr) < 0 ? -1 : bcf_hdr_id2int(hdr, dict, s);
}

/* BCF has 32 bits for positions. */
static int put_bcf(struct walk *w, const struct record *r)
{
	int ret = unflatten_record(r, w->text.n_samples, w->key_ids, w->rid, w->record);

	if (ret == 0 && (r->pos >= INT32_MAX || r->rlen > INT32_MAX))
		return -EOVERFLOW;
	if (ret == 0 && bcf_write(w->file, w->hdr, w->record) < 0)
		w->failed = true;
	return ret;
}

/* The records of a chunk that are wanted. */
static int walk_chunk(struct walk *w, uint32_t chunk, struct err *err)
{
	const struct export *e = w->e;
	struct names *contigs = (struct names *)(uintptr_t)e->contigs;
	CLEANUP(block_putp) const struct block *block = NULL;
	uint32_t contig = 0;
	struct text_out o;
	int r = block_cache_get(e->cache, e->store, chunk, BLOCK_CALLS, &block, err);

	if (r < 0)
		return r;
	w->text.contig = store_contig(e->store, store_chunk(e->store, chunk)->contig)->name;
	w->rid = w->hdr ? id_of(w->hdr, BCF_DT_CTG, &w->text.contig) : -1;
	if (e->regions)
		names_find(contigs, w->text.contig.s, w->text.contig.len, &contig);
	text_out_sink(&o, w->text_scratch, write_text, w);
	for (uint32_t i = 0; r == 0 && !w->failed && i < block->n_records; i++) {
		const struct record *rec = &block->records[i];

		if (e->regions && regions_find(e->regions, contig, rec->pos,
						  rec->pos + rec->rlen) == UINT32_MAX)
			continue;
		r = e->bcf ? put_bcf(w, rec) : put_line(w, rec, &o);
	}
	text_flush(&o);
	if (w->failed)
		return err_set(err, -EIO, "%s: cannot write: %m", e->output);
	if (r == -EOVERFLOW)
		return err_set(err, r, "BCF cannot hold positions past 2^31; write VCF");
	return r < 0 ? err_set(err, r, "a record cannot be written") : 0;
}

/* Decode a chunk ahead, in the pool. */
struct ahead {
	struct pool_job job; /* first: the pool knows it by that */
	const struct export *e;
	uint32_t chunk;
};

static void run_ahead(struct pool_job *job)
{
	struct ahead *a = (struct ahead *)(void *)job;

	block_cache_prefetch(a->e->cache, a->e->store, a->chunk, BLOCK_CALLS);
	free(a);
}

static void drop_ahead(struct pool_job *job)
{
	free(job);
}

static void prefetch(const struct export *e, uint32_t chunk)
{
	struct ahead *a = malloc(sizeof(*a));

	if (!a)
		return;
	*a = (struct ahead){
		.job = { .run = run_ahead, .drop = drop_ahead }, .e = e, .chunk = chunk
	};
	if (decode_pool_submit(e->pool, POOL_AHEAD, &a->job) < 0)
		free(a);
}

static int walk_chunks(struct walk *w, struct err *err)
{
	const struct export *e = w->e;
	uint32_t n = store_n_chunks(e->store);
	uint32_t ahead = next_chunk(e, 0);
	unsigned n_ahead = 0;
	int r = 0;

	for (uint32_t i = ahead; r == 0 && i < n; i = next_chunk(e, i + 1)) {
		for (; ahead < n && n_ahead < e->n_threads; n_ahead++) {
			if (ahead != i)
				prefetch(e, ahead);
			ahead = next_chunk(e, ahead + 1);
		}
		r = walk_chunk(w, i, err);
		n_ahead--;
	}
	return r;
}

/*
 * BCF needs a line for every name. What the header lacks gets the lines that htslib invents; a key
 * stands in one numbering for FILTER, INFO and FORMAT, so one line is enough.
 */
static int make_bcf_header(struct walk *w, struct err *err)
{
	const struct store *s = w->e->store;
	size_t len;
	const char *text = store_header_text(s, &len);
	CLEANUP(freep) char *copy = strndup(text, len);

	w->hdr = bcf_hdr_init("r");
	w->key_ids = calloc((size_t)store_n_keys(s) + 1, sizeof(*w->key_ids));
	if (!copy || !w->hdr || !w->key_ids)
		return err_set(err, -ENOMEM, "out of memory");
	if (bcf_hdr_parse(w->hdr, copy) < 0)
		return err_set(err, -EBADMSG, "the store's header cannot be used");
	for (uint32_t i = 0; i < store_n_contigs(s); i++)
		if (id_of(w->hdr, BCF_DT_CTG, &store_contig(s, i)->name) < 0)
			return err_set(err, -EINVAL,
					"BCF cannot hold a contig of the name %.*s; write VCF",
					(int)store_contig(s, i)->name.len,
					store_contig(s, i)->name.s);
	for (uint32_t i = 0; i < store_n_keys(s); i++) {
		w->key_ids[i] = id_of(w->hdr, BCF_DT_ID, names_get(store_keys(s), i));
		if (w->key_ids[i] < 0)
			return err_set(err, -EINVAL,
					"BCF cannot hold a key of the name %s; write VCF",
					names_get(store_keys(s), i)->s);
	}
	return bcf_hdr_sync(w->hdr) < 0 ? err_set(err, -ENOMEM, "out of memory") : 0;
}

static int open_bcf(struct walk *w, struct err *err)
{
	int r = make_bcf_header(w, err);

	if (r < 0)
		return r;
	w->record = bcf_init();
	w->file = hts_open(w->e->output, w->e->compress ? "wb" : "wbu");
	if (!w->record || !w->file)
		return err_set(err, errno ? -errno : -EIO, "%s: %m", w->e->output);
	*w->e->opened = true;
	if (w->e->compress)
		hts_set_threads(w->file, (int)w->e->n_threads);
	if (bcf_hdr_write(w->file, w->hdr) < 0)
		return err_set(err, -EIO, "%s: cannot write: %m", w->e->output);
	return 0;
}

static int open_text(struct walk *w, struct err *err)
{
	size_t len;
	const char *header = store_header_text(w->e->store, &len);

	w->out = export_open(w->e, err);
	if (!w->out)
		return err->code;
	write_text(w, header, len);
	return 0;
}

static int walk_close(struct walk *w, struct err *err)
{
	int r = 0;

	if (w->out)
		r = export_close(w->out, err);
	if (w->file && hts_close(w->file) < 0)
		r = err_set(err, -EIO, "%s: cannot write: %m", w->e->output);
	if (w->hdr)
		bcf_hdr_destroy(w->hdr);
	if (w->record)
		bcf_destroy(w->record);
	free(w->key_ids);
	free(w->text_scratch);
	vcf_scratch_done(&w->scratch);
	return r;
}

int export_records(const struct export *e, struct err *err)
{
	struct walk w = { .e = e,
		.text_scratch = malloc(TEXT_SCRATCH),
		.text = { .keys = store_keys(e->store),
				.n_keys = store_n_keys(e->store),
				.gt_key = store_gt_key(e->store),
				.n_samples = store_n_samples(e->store) } };
	struct err ignored;
	int r;

	if (!w.text_scratch)
		return err_set(err, -ENOMEM, "out of memory");
	r = e->bcf ? open_bcf(&w, err) : open_text(&w, err);
	if (r == 0)
		r = walk_chunks(&w, err);
	if (r < 0) {
		walk_close(&w, &ignored);
		return r;
	}
	return walk_close(&w, err);
}
