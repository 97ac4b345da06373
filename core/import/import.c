/* SPDX-License-Identifier: MIT */
#include "core/import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/gtb/gtb.h"
#include "core/import/chunk_queue.h"
#include "core/import/header.h"
#include "core/import/memory_plan.h"
#include "core/import/pipeline.h"
#include "core/import/sort_merge.h"

enum { DEFAULT_MEMORY_MAX = 2u << 30 };

struct import {
	const struct import_options *o;
	struct import_progress *progress;
	struct memory_plan plan;
	struct regions regions;
	struct numbering names;
	struct parse_setup parse;
	struct source *source;       /* owned, unless left to a reader that cannot be stopped */
	struct decode_pool *pool;    /* owned */
	struct pipeline *pipeline;   /* owned */
	struct store_writer *writer; /* owned */
	struct chunk_queue *queue;   /* owned */
	struct sorter *sorter;       /* owned; once the input proved unsorted */
	uint32_t n_samples;
};

/* In the order of who uses whom. */
static void import_done(struct import *im)
{
	bool reader_ended = pipeline_free(im->pipeline);

	chunk_queue_free(im->queue);
	decode_pool_free(im->pool);
	sorter_free(im->sorter);
	store_writer_free(im->writer);
	if (!reader_ended)
		return; /* what the reader may still touch ends with the process */
	source_free(im->source);
	numbering_done(&im->names);
	regions_done(&im->regions);
}

size_t import_default_memory(void)
{
	uint64_t quarter = limits_memory() / 4;

	return quarter < DEFAULT_MEMORY_MAX ? (size_t)quarter : DEFAULT_MEMORY_MAX;
}

static int refuse_same_file(const struct import_options *o, struct err *err)
{
	struct stat out;
	struct stat in;

	if (stat(o->output, &out) < 0)
		return 0;
	for (unsigned i = 0; i < o->n_inputs; i++)
		if (stat(o->inputs[i], &in) == 0 && in.st_dev == out.st_dev &&
				in.st_ino == out.st_ino)
			return err_set(err, -EINVAL,
					"%s: is an input and the output; name another output",
					o->output);
	return 0;
}

static int check_gtb(const struct import_options *o, bool *has_gtb, struct err *err)
{
	*has_gtb = false;
	for (unsigned i = 0; i < o->n_inputs; i++)
		*has_gtb = *has_gtb || gtb_looks_like(o->inputs[i]);
	if (o->gtb_contigs && !*has_gtb)
		return err_set(err, -EINVAL,
				"a list of contigs (--contigs) is for GTB files, and none is "
				"given");
	return 0;
}

/* Contigs of regions are numbered in a table of their own first: parsers share its numbers. */
static int prepare_regions(struct import *im, struct err *err)
{
	if (!im->o->regions)
		return 0;
	return regions_parse(im->o->regions, im->names.parsed_contigs, &im->regions, err);
}

static int open_source(struct import *im, struct err *err)
{
	struct source_options so = {
		.pathnames = im->o->inputs,
		.n_pathnames = im->o->n_inputs,
		.n_threads = (im->o->n_threads + 1) / 2,
		.regions = im->o->regions ? &im->regions : NULL,
		.contigs = im->names.parsed_contigs,
		.line_max = im->plan.line_max,
		.gtb_contigs = im->o->gtb_contigs,
		.gtb_memory = im->plan.gtb_bytes,
	};
	const bcf_hdr_t *hdr;
	int r = source_open(&so, &im->source, err);

	if (r < 0)
		return r;
	hdr = source_header(im->source);
	im->n_samples = (uint32_t)bcf_hdr_nsamples(hdr);
	r = header_number_keys(hdr, im->names.parsed_keys, err);
	if (r == 0)
		r = numbering_fix_declared(&im->names, err);
	if (r == 0 && header_bcf_contigs(hdr, im->names.bcf_contigs) < 0)
		r = err_set(err, -ENOMEM, "out of memory");
	atomic_store(&im->progress->bytes_total, source_bytes_total(im->source));
	return r;
}

static uint32_t chunk_records(const struct import *im)
{
	if (im->o->chunk_records)
		return im->o->chunk_records;
	return im->n_samples < IMPORT_WIDE ? IMPORT_CHUNK_RECORDS : IMPORT_CHUNK_RECORDS_WIDE;
}

static int start_queue(struct import *im, struct err *err)
{
	struct chunk_queue_setup setup = {
		.pool = im->pool,
		.names = &im->names,
		.n_samples = im->n_samples,
		.codec = im->o->codec,
		.chunk_records = chunk_records(im),
		.chunk_bytes = im->o->chunk_bytes,
		.first_bytes = im->o->chunk_records ? SIZE_MAX : IMPORT_FIRST_BYTES,
		.record_max = im->plan.record_max,
		.max_encoders = im->plan.max_encoders,
		.check = im->o->check,
		.n_chunks = &im->progress->chunks,
	};
	int r = store_writer_new(im->o->output, &im->writer, err);

	if (r < 0)
		return r;
	setup.writer = im->writer;
	r = chunk_queue_new(&setup, &im->queue);
	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

static int start_pipeline(struct import *im, struct err *err)
{
	struct pipeline_setup setup = { .source = im->source,
		.pool = im->pool,
		.parse = &im->parse,
		.n_slots = im->plan.n_slots,
		.stop = &im->progress->stop };

	im->parse = (struct parse_setup){
		.source = im->source,
		.keys = im->names.parsed_keys,
		.contigs = im->names.parsed_contigs,
		.n_declared_keys = im->names.n_declared,
		.n_samples = im->n_samples,
		.regions = im->o->regions ? &im->regions : NULL,
		.batch_bytes = im->plan.batch_bytes,
		.check = im->o->check,
	};
	return pipeline_new(&setup, &im->pipeline, err);
}

static int import_start(struct import *im, void (*start)(const struct import_progress *progress),
		struct err *err)
{
	bool has_gtb;
	int r;

	r = check_gtb(im->o, &has_gtb, err);
	if (r == 0)
		r = memory_plan_make(im->o->memory, has_gtb, im->o->n_threads, im->o->chunk_bytes,
				&im->plan, err);
	if (r == 0)
		r = refuse_same_file(im->o, err);
	if (r == 0 && numbering_init(&im->names) < 0)
		r = err_set(err, -ENOMEM, "out of memory");
	if (r == 0)
		r = prepare_regions(im, err);
	if (r == 0)
		r = open_source(im, err);
	if (r < 0)
		return r;
	im->progress->memory_estimate = im->plan.estimate;
	if (start)
		start(im->progress);
	r = decode_pool_new(im->o->n_threads, im->plan.n_slots, &im->pool);
	if (r < 0)
		return err_set(err, r, "cannot start threads: %s; give fewer --threads",
				strerror(-r));
	r = start_queue(im, err);
	return r < 0 ? r : start_pipeline(im, err);
}

static int take_unsorted(void *arg, struct batch *b, uint32_t from, uint32_t to, struct err *err)
{
	struct import *im = arg;

	return sorter_add(im->sorter, b, from, to, err);
}

/* What the unfinished store has, for reading back when its writer is gone. */
static int hold_written(struct import *im, struct written_chunks *out, struct err *err)
{
	const struct chunk_info *chunks;
	const struct chunk_group *groups;
	uint32_t n_groups;
	int r = store_writer_end_group(im->writer, err);

	*out = (struct written_chunks){ .fd = -1 };
	if (r < 0)
		return r;
	chunks = chunk_queue_written(im->queue, &out->n_chunks);
	groups = store_writer_groups(im->writer, &n_groups);
	out->fd = open(store_writer_temporary(im->writer), O_RDONLY | O_CLOEXEC);
	if (out->fd < 0)
		return err_set(err, -errno, "cannot read back: %m");
	out->chunks = malloc((out->n_chunks + 1u) * sizeof(*chunks));
	out->groups = malloc((n_groups + 1u) * sizeof(*groups));
	if (!out->chunks || !out->groups)
		return err_set(err, -ENOMEM, "out of memory");
	if (out->n_chunks)
		memcpy(out->chunks, chunks, out->n_chunks * sizeof(*chunks));
	if (n_groups)
		memcpy(out->groups, groups, n_groups * sizeof(*groups));
	return 0;
}

/*
 * The input is not sorted: what was written becomes the sorter's first run, and a new store is
 * begun once all is in order.
 */
static int start_sorting(struct import *im, struct err *err)
{
	struct sorter_setup setup = { .target = im->o->output,
		.names = &im->names,
		.n_samples = im->n_samples,
		.sort_bytes = im->plan.sort_bytes,
		.merge_bytes = im->plan.merge_bytes,
		.check = im->o->check,
		.stop = &im->progress->stop };
	struct written_chunks written;
	int r = sorter_new(&setup, &im->sorter);

	if (r < 0)
		return err_set(err, r, "out of memory");
	atomic_store(&im->progress->sorting, 1);
	r = chunk_queue_withdraw(im->queue, take_unsorted, im, err);
	if (r < 0)
		return r;
	r = hold_written(im, &written, err);
	if (r == 0 && written.n_chunks)
		r = sorter_add_chunks(im->sorter, &written, err);
	else
		written_chunks_done(&written);
	if (r < 0)
		return r;
	chunk_queue_free(im->queue);
	im->queue = NULL;
	store_writer_free(im->writer);
	im->writer = NULL;
	atomic_store(&im->progress->chunks, 0);
	return r;
}

static int take_batch(struct import *im, struct batch *b, struct err *err)
{
	uint32_t taken = 0;
	int r = numbering_apply(&im->names, im->n_samples, b, err);

	if (r == 0 && !im->sorter)
		r = chunk_queue_add(im->queue, b, 0, &taken, err);
	if (r == 0 && !im->sorter && taken < b->n)
		r = start_sorting(im, err);
	if (r == 0 && im->sorter)
		r = sorter_add(im->sorter, b, taken, b->n, err);
	atomic_fetch_add(&im->progress->records, b->n);
	return r;
}

static int take_sorted(void *arg, struct batch *b, struct err *err)
{
	struct import *im = arg;
	uint32_t taken;

	atomic_fetch_add(&im->progress->sorted, b->n);
	return chunk_queue_add(im->queue, b, 0, &taken, err);
}

static int import_records(struct import *im, struct err *err)
{
	int r;

	for (;;) {
		CLEANUP(batch_putp) struct batch *b = NULL;

		r = pipeline_next(im->pipeline, &b, err);
		if (r <= 0)
			break;
		atomic_store(&im->progress->bytes_read, source_bytes_read(im->source));
		r = take_batch(im, b, err);
		if (r < 0)
			break;
	}
	if (r == 0 && im->sorter) {
		r = start_queue(im, err);
		if (r == 0)
			r = sorter_merge(im->sorter, take_sorted, im, err);
	}
	return r < 0 ? r : chunk_queue_flush(im->queue, err);
}

/* The header's lengths of the contigs that occur, and what it does not declare. */
static int contig_lengths(struct import *im, uint64_t **out, struct err *err)
{
	const bcf_hdr_t *hdr = source_header(im->source);
	uint32_t n = names_count(im->names.contigs);
	uint64_t *lengths = calloc(n ? n : 1, sizeof(*lengths));

	if (!lengths)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		int declared;

		lengths[i] = header_contig_length(
				hdr, names_get(im->names.contigs, i)->s, &declared);
		im->progress->n_undeclared_contigs += !declared;
	}
	im->progress->n_contigs = n;
	im->progress->odd = source_odd(im->source);
	im->progress->n_undeclared_keys = names_count(im->names.keys) - im->names.n_declared;
	*out = lengths;
	return 0;
}

static int bcf_head(struct import *im, struct header_bcf *out, struct err *err)
{
	uint32_t n_uses;
	const uint8_t *uses = chunk_queue_key_uses(im->queue, &n_uses);
	int r = header_bcf_make(source_header(im->source), im->names.keys, uses, n_uses,
			im->names.contigs, im->progress->n_contigs, out);

	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

/* Whether the chunks were made with the numbers that contigs have in the head. */
static bool has_bcf_numbers(const struct import *im, const struct header_bcf *bcf)
{
	for (uint32_t i = 0; i < im->progress->n_contigs; i++) {
		const struct name *name = names_get(im->names.contigs, i);
		uint32_t number;

		if (names_find(im->names.bcf_contigs, name->s, name->len, &number) < 0 ||
				number != bcf->contigs[i])
			return false;
	}
	return true;
}

static int import_finish(struct import *im, struct err *err)
{
	const bcf_hdr_t *hdr = source_header(im->source);
	CLEANUP(freep) uint64_t *lengths = NULL;
	struct header_text text = { 0 };
	struct header_bcf bcf = { 0 };
	struct store_meta meta;
	int r = header_text_make(hdr, &text, err);

	if (r == 0)
		r = contig_lengths(im, &lengths, err);
	if (r == 0)
		r = bcf_head(im, &bcf, err);
	if (r == 0) {
		meta = (struct store_meta){
			.header = text.calls,
			.header_len = text.calls_len,
			.sites_header = text.sites,
			.sites_header_len = text.sites_len,
			.samples = (const char *const *)hdr->samples,
			.n_samples = im->n_samples,
			.keys = im->names.keys,
			.n_keys = names_count(im->names.keys),
			.contigs = im->names.contigs,
			.contig_lengths = lengths,
			.n_contigs = im->progress->n_contigs,
			.bcf_head = bcf.head.len ? bcf.head.data : NULL,
			.bcf_head_len = bcf.head.len,
			.bcf_contigs = bcf.contigs,
			.n_bcf_contigs = bcf.n_contigs,
			.bcf_blocks = bcf.head.len && has_bcf_numbers(im, &bcf),
		};
		r = store_writer_finish(im->writer, &meta, err);
	}
	if (r == 0)
		im->progress->store_bytes = store_writer_bytes(im->writer);
	header_text_done(&text);
	header_bcf_done(&bcf);
	return r;
}

int import_run(const struct import_options *o, struct import_progress *progress,
		void (*start)(const struct import_progress *progress), struct err *err)
{
	struct import im = { .o = o, .progress = progress };
	int r;

	memory_plan_tune_malloc();
	hts_set_log_level(HTS_LOG_OFF);
	r = import_start(&im, start, err);
	if (r == 0)
		r = import_records(&im, err);
	if (r == 0)
		r = import_finish(&im, err);
	import_done(&im);
	return r;
}
