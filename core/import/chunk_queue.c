/* SPDX-License-Identifier: MIT */
#include "core/import/chunk_queue.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/import/check.h"
#include "core/import/chunk_encode.h"

/* Records [from, to) of a batch. */
struct span {
	struct batch *batch; /* one reference, owned */
	uint32_t from;
	uint32_t to;
};

struct chunk_job {
	struct pool_job job; /* first: the pool knows the job by it */
	struct chunk_queue *queue;
	struct chunk_job *next;
	struct span *spans; /* n_spans of them; owned */
	uint32_t n_spans;
	uint32_t max_spans;
	uint32_t n_records;
	uint32_t contig;
	size_t bytes;
	size_t weight; /* of them, as their limit counts */
	bool is_first; /* of all */
	bool first;    /* of its contig */
	bool last;
	uint32_t n_parsed_keys; /* sizes of the tables when the chunk was complete */
	uint32_t n_keys;
	struct name contig_name;
	uint32_t contig_in_bcf;
	struct chunk_image image;
	struct err err; /* of a failure, err.code; read once done */
	bool done;      /* by the queue's lock */
};

/* What a thread needs to code a chunk. */
struct kit {
	struct chunk_encoder *encoder;
	struct checker *checker;
	struct kit *next;
};

struct chunk_queue {
	struct chunk_queue_setup setup;
	struct chunk_job *filling; /* owned; NULL before its first record */
	struct chunk_job *oldest;  /* submitted and not written: a list; owned */
	struct chunk_job *newest;
	unsigned n_jobs;
	int64_t last_pos;
	uint32_t last_contig;       /* UINT32_MAX at first */
	struct chunk_info *written; /* n_written of them; owned */
	uint32_t n_written;
	uint32_t max_written;
	struct buf key_uses; /* a byte for each key */
	pthread_mutex_t lock;
	pthread_cond_t job_done;
	struct kit *kits; /* idle ones; by lock */
};

static void chunk_job_free(struct chunk_job *j)
{
	if (!j)
		return;
	for (uint32_t i = 0; i < j->n_spans; i++)
		batch_put(j->spans[i].batch);
	free(j->spans);
	chunk_image_done(&j->image);
	free(j);
}

static void kit_free(struct kit *kit)
{
	if (!kit)
		return;
	chunk_encoder_free(kit->encoder);
	checker_free(kit->checker);
	free(kit);
}

static void kit_freep(struct kit **kit)
{
	kit_free(*kit);
}

static void drop_kits(struct chunk_queue *q)
{
	while (q->kits) {
		struct kit *kit = q->kits;

		q->kits = kit->next;
		kit_free(kit);
	}
}

static struct kit *take_kit(struct chunk_queue *q)
{
	CLEANUP(kit_freep) struct kit *fresh = NULL;
	struct kit *kit;

	pthread_mutex_lock(&q->lock);
	kit = q->kits;
	if (kit)
		q->kits = kit->next;
	pthread_mutex_unlock(&q->lock);
	if (kit)
		return kit;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh || chunk_encoder_new(&fresh->encoder) < 0 || checker_new(&fresh->checker) < 0)
		return NULL;
	kit = fresh;
	fresh = NULL;
	return kit;
}

/* The records of a job side by side, with their proofs where they are wanted. */
static int gather(const struct chunk_job *j, struct record **records, struct proof **proofs)
{
	uint32_t n = 0;

	*records = malloc(j->n_records * sizeof(**records));
	*proofs = j->queue->setup.check ? malloc(j->n_records * sizeof(**proofs)) : NULL;
	if (!*records || (j->queue->setup.check && !*proofs))
		return -ENOMEM;
	for (uint32_t i = 0; i < j->n_spans; i++) {
		const struct span *s = &j->spans[i];
		uint32_t n_span = s->to - s->from;

		memcpy(*records + n, s->batch->records + s->from, n_span * sizeof(**records));
		if (*proofs)
			memcpy(*proofs + n, s->batch->proofs + s->from, n_span * sizeof(**proofs));
		n += n_span;
	}
	return 0;
}

static int check_and_seal(struct chunk_job *j, struct kit *kit, const struct proof *proofs)
{
	const struct chunk_queue_setup *setup = &j->queue->setup;
	CLEANUP(block_putp) const struct block *block = NULL;
	struct vcf_text text = { .keys = setup->names->keys,
		.n_keys = j->n_keys,
		.n_samples = setup->n_samples,
		.contig = j->contig_name,
		.contig_id = j->contig_in_bcf,
		.gt_key = UINT32_MAX };
	const struct chunk_measures *measures;
	uint32_t gt;
	int r;

	if (names_find(setup->names->keys, "GT", 2, &gt) == 0 && gt < j->n_keys)
		text.gt_key = gt;
	r = chunk_image_decode(
			kit->encoder, &j->image, setup->n_samples, j->n_keys, &block, &j->err);
	if (r == 0)
		r = check_block(kit->checker, &text, setup->names->contigs, block, proofs,
				&measures, &j->err);
	if (r == 0)
		r = chunk_seal(kit->encoder, &j->image, measures, &j->err);
	return r;
}

static int encode(struct chunk_job *j, struct kit *kit)
{
	const struct chunk_queue_setup *setup = &j->queue->setup;
	CLEANUP(freep) struct record *records = NULL;
	CLEANUP(freep) struct proof *proofs = NULL;
	bool bare = j->first && j->last && j->bytes <= GROUP_CHUNK_MAX;
	int r;

	if (!kit || gather(j, &records, &proofs) < 0)
		return err_set(&j->err, -ENOMEM, "out of memory");
	r = chunk_encode(kit->encoder, bare ? CODEC_BARE : setup->codec, records, j->n_records,
			setup->n_samples, setup->names->key_map, j->n_parsed_keys, &j->image,
			&j->err);
	/* Once coded, the records are in the image: make room for their decoded copy. */
	for (uint32_t i = 0; i < j->n_spans; i++)
		batch_put(j->spans[i].batch);
	j->n_spans = 0;
	return r < 0 ? r : check_and_seal(j, kit, proofs);
}

static void finish_job(struct chunk_job *j, struct kit *kit)
{
	struct chunk_queue *q = j->queue;

	pthread_mutex_lock(&q->lock);
	if (kit) {
		kit->next = q->kits;
		q->kits = kit;
	}
	j->done = true;
	pthread_cond_signal(&q->job_done);
	pthread_mutex_unlock(&q->lock);
}

static void run_job(struct pool_job *job)
{
	struct chunk_job *j = (struct chunk_job *)(void *)job;
	struct kit *kit = take_kit(j->queue);

	if (encode(j, kit) < 0 && !j->err.code)
		err_set(&j->err, -EIO, "a chunk could not be coded");
	finish_job(j, kit);
}

static void drop_job(struct pool_job *job)
{
	struct chunk_job *j = (struct chunk_job *)(void *)job;

	err_set(&j->err, -EINTR, "interrupted");
	finish_job(j, NULL);
}

int chunk_queue_new(const struct chunk_queue_setup *setup, struct chunk_queue **out)
{
	struct chunk_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->setup = *setup;
	q->last_contig = UINT32_MAX;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->job_done, NULL);
	*out = q;
	return 0;
}

/* The oldest job, once it is done; off the list. */
static struct chunk_job *wait_oldest(struct chunk_queue *q)
{
	struct chunk_job *j = q->oldest;

	pthread_mutex_lock(&q->lock);
	while (!j->done)
		pthread_cond_wait(&q->job_done, &q->lock);
	pthread_mutex_unlock(&q->lock);
	q->oldest = j->next;
	if (!q->oldest)
		q->newest = NULL;
	q->n_jobs--;
	return j;
}

void chunk_queue_free(struct chunk_queue *q)
{
	if (!q)
		return;
	while (q->oldest)
		chunk_job_free(wait_oldest(q));
	chunk_job_free(q->filling);
	drop_kits(q);
	free(q->written);
	buf_done(&q->key_uses);
	pthread_cond_destroy(&q->job_done);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static int remember_written(struct chunk_queue *q, const struct chunk_info *info)
{
	if (q->n_written == q->max_written) {
		uint32_t max = q->max_written ? q->max_written * 2 : 64;
		struct chunk_info *p = realloc(q->written, max * sizeof(*p));

		if (!p)
			return -ENOMEM;
		q->written = p;
		q->max_written = max;
	}
	q->written[q->n_written++] = *info;
	return 0;
}

static int remember_uses(struct chunk_queue *q, const struct chunk_image *image)
{
	const struct key_use *uses = (const struct key_use *)(const void *)image->key_uses.data;

	for (size_t i = 0; i < image->key_uses.len / sizeof(*uses); i++) {
		while (q->key_uses.len <= uses[i].key && !buf_failed(&q->key_uses))
			buf_put_u8(&q->key_uses, 0);
		if (buf_failed(&q->key_uses))
			return -ENOMEM;
		q->key_uses.data[uses[i].key] |= uses[i].use;
	}
	return 0;
}

const uint8_t *chunk_queue_key_uses(const struct chunk_queue *q, uint32_t *n)
{
	*n = (uint32_t)q->key_uses.len;
	return q->key_uses.data;
}

static int write_oldest(struct chunk_queue *q, struct err *err)
{
	struct chunk_job *j = wait_oldest(q);
	int r = j->err.code;

	if (r < 0)
		err_set(err, r, "%s", j->err.msg);
	else
		r = store_writer_add(q->setup.writer, &j->image.bytes, &j->image.index,
				&j->image.bcf_blocks, &j->image.info, err);
	if (r == 0 && (remember_written(q, &j->image.info) < 0 || remember_uses(q, &j->image) < 0))
		r = err_set(err, -ENOMEM, "out of memory");
	if (r == 0 && q->setup.n_chunks)
		atomic_fetch_add_explicit(q->setup.n_chunks, 1, memory_order_relaxed);
	chunk_job_free(j);
	return r;
}

static int write_down_to(struct chunk_queue *q, unsigned n_jobs, struct err *err)
{
	int r = 0;

	while (r == 0 && q->n_jobs > n_jobs)
		r = write_oldest(q, err);
	return r;
}

/* The chunk being filled is complete, and may be the @last of its contig: to the pool with it. */
static int submit(struct chunk_queue *q, bool last, struct err *err)
{
	struct chunk_job *j = q->filling;
	bool huge;
	int r;

	if (!j)
		return 0;
	j->last = last;
	/* A record beyond the usual bounds has the memory to itself. */
	huge = j->bytes > q->setup.chunk_bytes;
	r = write_down_to(q, huge ? 0 : q->setup.max_encoders - 1, err);
	if (r < 0)
		return r;
	if (huge)
		drop_kits(q);
	q->filling = NULL;
	j->n_parsed_keys = q->setup.names->n_keys;
	j->n_keys = names_count(q->setup.names->keys);
	j->contig_name = *names_get(q->setup.names->contigs, j->contig);
	names_find(q->setup.names->bcf_contigs, j->contig_name.s, j->contig_name.len,
			&j->contig_in_bcf);
	if (q->newest)
		q->newest->next = j;
	else
		q->oldest = j;
	q->newest = j;
	q->n_jobs++;
	r = decode_pool_submit(q->setup.pool, POOL_WANTED, &j->job);
	if (r < 0) {
		drop_job(&j->job);
		return err_set(err, r, "a chunk cannot be queued");
	}
	if (huge) {
		r = write_down_to(q, 0, err);
		drop_kits(q);
	}
	return r;
}

static int start_chunk(struct chunk_queue *q, uint32_t contig)
{
	struct chunk_job *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->job.run = run_job;
	j->job.drop = drop_job;
	j->queue = q;
	j->contig = contig;
	j->is_first = q->last_contig == UINT32_MAX;
	j->first = q->last_contig != contig;
	q->filling = j;
	return 0;
}

static int reserve_span(struct chunk_job *j)
{
	uint32_t max = j->max_spans ? j->max_spans * 2 : 16;
	struct span *p;

	if (j->n_spans < j->max_spans)
		return 0;
	p = realloc(j->spans, max * sizeof(*p));
	if (!p)
		return -ENOMEM;
	j->spans = p;
	j->max_spans = max;
	return 0;
}

enum { RICH_WEIGHT = 4, RICH_RECORD = 1 << 10 };

/* Values of FORMAT take several times as long to decode as genotypes of as many bytes, and that
 * they are of many columns takes time for each record. */
static size_t weight(const struct record *r)
{
	if (r->n_fmt < 2)
		return r->site_len + r->fmt_len;
	return r->site_len + RICH_WEIGHT * r->fmt_len + RICH_RECORD;
}

static int put_record(struct chunk_job *j, struct batch *b, uint32_t i)
{
	const struct record *r = &b->records[i];
	struct span *last = j->n_spans ? &j->spans[j->n_spans - 1] : NULL;

	j->n_records++;
	j->bytes += r->site_len + r->fmt_len;
	j->weight += weight(r);
	if (last && last->batch == b && last->to == i) {
		last->to++;
		return 0;
	}
	if (reserve_span(j) < 0)
		return -ENOMEM;
	assert(j->spans);
	batch_ref(b);
	j->spans[j->n_spans++] = (struct span){ .batch = b, .from = i, .to = i + 1 };
	return 0;
}

/* Contigs are numbered by first appearance, so one that comes back has a lower number. */
static bool in_order(const struct chunk_queue *q, const struct record *r)
{
	if (q->last_contig == UINT32_MAX || r->contig > q->last_contig)
		return true;
	return r->contig == q->last_contig && r->pos >= q->last_pos;
}

static bool is_full(const struct chunk_queue *q, const struct chunk_job *j, const struct record *r)
{
	return j->contig != r->contig || j->n_records == q->setup.chunk_records ||
	       j->weight + weight(r) > q->setup.chunk_bytes ||
	       (j->is_first && j->bytes >= q->setup.first_bytes);
}

static int add_one(struct chunk_queue *q, struct batch *b, uint32_t i, struct err *err)
{
	const struct record *r = &b->records[i];
	const struct chunk_job *j = q->filling;
	size_t bytes = r->site_len + r->fmt_len;
	int ret = 0;

	if (bytes > q->setup.record_max)
		return err_set(err, -EOVERFLOW,
				"the record at %s:%lld takes %zu MiB in memory; give --memory %zuM",
				names_get(q->setup.names->contigs, r->contig)->s,
				(long long)r->pos + 1, (bytes >> 20) + 1, (bytes >> 20) * 10 + 256);
	if (j && is_full(q, j, r))
		ret = submit(q, j->contig != r->contig, err);
	if (ret < 0)
		return ret;
	if (!q->filling)
		ret = start_chunk(q, r->contig);
	if (ret == 0)
		ret = put_record(q->filling, b, i);
	if (ret < 0)
		return err_set(err, ret, "out of memory");
	q->last_contig = r->contig;
	q->last_pos = r->pos;
	/* One that is over the size of a chunk does not wait for company. */
	return bytes > q->setup.chunk_bytes ? submit(q, false, err) : 0;
}

int chunk_queue_add(struct chunk_queue *q, struct batch *b, uint32_t from, uint32_t *taken,
		struct err *err)
{
	*taken = 0;
	for (uint32_t i = from; i < b->n && in_order(q, &b->records[i]); i++) {
		int r = add_one(q, b, i, err);

		if (r < 0)
			return r;
		++*taken;
	}
	return 0;
}

int chunk_queue_flush(struct chunk_queue *q, struct err *err)
{
	int r = submit(q, true, err);

	return r < 0 ? r : write_down_to(q, 0, err);
}

int chunk_queue_withdraw(struct chunk_queue *q,
		int (*take)(void *arg, struct batch *b, uint32_t from, uint32_t to,
				struct err *err),
		void *arg, struct err *err)
{
	int r = write_down_to(q, 0, err);

	for (uint32_t i = 0; r == 0 && q->filling && i < q->filling->n_spans; i++) {
		const struct span *s = &q->filling->spans[i];

		r = take(arg, s->batch, s->from, s->to, err);
	}
	chunk_job_free(q->filling);
	q->filling = NULL;
	q->last_contig = UINT32_MAX;
	drop_kits(q);
	return r;
}

const struct chunk_info *chunk_queue_written(const struct chunk_queue *q, uint32_t *n)
{
	*n = q->n_written;
	return q->written;
}
