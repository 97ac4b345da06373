/* SPDX-License-Identifier: MIT */
/* Stores that do not say how long anything is show what those do that say it. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/block/decode_pool.h"
#include "core/import/import.h"
#include "core/store/measured.h"
#include "core/view/measure.h"
#include "core/view/query.h"
#include "core/view/vcf_rows.h"
#include "core/view/view.h"
#include "tests/unit/foreign_store.h"

enum { BUDGET = 64 << 20, N_RANDOM = 20, READ_MAX = 5000 };

static char folder[] = "/tmp/test-foreign.XXXXXX";
static char pathname[64];

static const char *const inputs[] = { "tests/data/pop-1kgp3-chr22.vcf.gz",
	"tests/data/joint-gatk-exome.vcf.gz", "tests/data/micro-mixed-ploidy.vcf",
	"tests/data/many-alleles.vcf", "tests/data/half-calls-maize.vcf.gz",
	"tests/data/sites-1kg.vcf.gz", "tests/data/header-only.vcf.gz",
	"tests/data/ploidy4-progeny.vcf.gz", "tests/data/imputed-gt-ds-gl.plain.vcf.gz",
	"tests/data/haploid-mito.vcf.gz", "tests/data/pangenome-chr8.vcf.gz" };

static const char *const queries[][2] = { { "part", "2-of-3" }, { "part", "1-of-1" },
	{ "where", "alleles=2" }, { "where", "ac>=2" } };

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(pathname, sizeof(pathname), "%s/a.gst", folder);
	return 0;
}

static int drop_folder(void **state)
{
	(void)state;
	unlink(pathname);
	return rmdir(folder);
}

/* Both of them, of a store of @input. */
struct pair {
	struct store *stored;
	struct store *foreign;
	struct foreign_of *of;
	struct block_cache *cache;
	struct decode_pool *pool;
};

static struct pair pair_of(const char *input)
{
	struct import_options o = { .n_threads = 2,
		.chunk_records = 40,
		.chunk_bytes = 1 << 20,
		.memory = 256 << 20,
		.inputs = &input,
		.n_inputs = 1,
		.output = pathname };
	struct import_progress progress = { 0 };
	struct store *again = NULL;
	struct pair p = { 0 };
	struct err err = { 0 };

	unlink(pathname);
	assert_int_equal(import_run(&o, &progress, NULL, &err), 0);
	assert_int_equal(store_open(pathname, &p.stored, &err), 0);
	assert_int_equal(store_open(pathname, &again, &err), 0);
	p.foreign = foreign_store_of(again, &p.of);
	assert_int_equal(block_cache_new(BUDGET, &p.cache), 0);
	assert_int_equal(decode_pool_new(3, 6, &p.pool), 0);
	return p;
}

static void pair_done(struct pair *p)
{
	decode_pool_free(p->pool);
	block_cache_free(p->cache);
	store_close(p->foreign);
	store_close(p->stored);
}

static struct dataset foreign_dataset(const struct pair *p)
{
	struct dataset d = dataset_of_store(p->foreign, p->cache);

	d.pool = p->pool;
	return d;
}

static char *read_all(const struct view_kind *k, const struct dataset *d, uint64_t *size)
{
	struct err err = { 0 };
	char *text;

	if (view_size(k, d, size, &err) < 0)
		fail_msg("%s: size: %s", k->name, err.msg);
	text = malloc(*size + 1);
	assert_non_null(text);
	if (view_read(k, d, text, *size, 0, &err) != (ssize_t)*size)
		fail_msg("%s: %s", k->name, err.msg);
	return text;
}

static void assert_same_file(
		const struct view_kind *k, const struct dataset *a, const struct dataset *b)
{
	uint64_t size_a = 0;
	uint64_t size_b = 0;
	char *text_a = read_all(k, a, &size_a);
	char *text_b;
	char piece[READ_MAX];

	/* Pieces first, so that they are read by who has not measured the block. */
	for (unsigned i = 0; i < N_RANDOM && size_a; i++) {
		uint64_t off = (uint64_t)rand() % size_a;
		size_t len = 1 + (size_t)rand() % (READ_MAX - 1);
		struct err err = { 0 };
		ssize_t n = view_read(k, b, piece, len, off, &err);

		if (n < 0)
			fail_msg("%s: %s", k->name, err.msg);
		assert_int_equal(n, len < size_a - off ? len : size_a - off);
		assert_memory_equal(piece, text_a + off, (size_t)n);
	}
	text_b = read_all(k, b, &size_b);
	assert_int_equal(size_a, size_b);
	assert_memory_equal(text_a, text_b, size_a);
	free(text_a);
	free(text_b);
}

/* What is made from rows is made of other pieces than what an import keeps, or not compressed. */
static bool is_of_rows(const struct view_kind *k)
{
	return strcmp(k->name, "calls.bcf") == 0 || (k->lazy && !k->decodes);
}

static void compare(const struct dataset *stored, const struct dataset *foreign)
{
	struct query *all = NULL;
	struct dataset rows;

	assert_int_equal(query_new(stored, QUERY_PART, "1-of-1", NULL, &all, NULL), 0);
	rows = query_dataset(all);
	assert_int_equal(dataset_prepare(&rows, NULL), 0);
	for (unsigned i = 0; i < n_view_kinds; i++) {
		const struct view_kind *k = &view_kinds[i];

		assert_int_equal(view_exists(k, stored), view_exists(k, foreign));
		if (view_exists(k, stored))
			assert_same_file(k, is_of_rows(k) ? &rows : stored, foreign);
	}
	query_put(all);
}

static void compare_query(const struct dataset *stored, const struct dataset *foreign,
		enum query_kind kind, const char *name)
{
	struct query *a = NULL;
	struct query *b = NULL;
	struct dataset of_a;
	struct dataset of_b;
	struct err err = { 0 };

	assert_int_equal(query_new(stored, kind, name, NULL, &a, &err), 0);
	assert_int_equal(query_new(foreign, kind, name, NULL, &b, &err), 0);
	of_a = query_dataset(a);
	of_b = query_dataset(b);
	assert_int_equal(dataset_prepare(&of_a, &err), 0);
	assert_int_equal(dataset_prepare(&of_b, &err), 0);
	for (unsigned i = 0; i < n_view_kinds; i++) {
		assert_int_equal(view_exists(&view_kinds[i], &of_a),
				view_exists(&view_kinds[i], &of_b));
		if (view_exists(&view_kinds[i], &of_a))
			assert_same_file(&view_kinds[i], &of_a, &of_b);
	}
	query_put(a);
	query_put(b);
}

/* The first and the last sample, in the other order. */
static void compare_samples(const struct dataset *stored, const struct dataset *foreign)
{
	char name[256];
	size_t len;
	const char *text = store_samples_text(stored->store, &len);
	size_t first = (size_t)(strchr(text, '\n') - text);
	const char *last = text + len - 1;

	while (last > text && last[-1] != '\n')
		last--;
	if (last == text)
		snprintf(name, sizeof(name), "%.*s", (int)first, text);
	else
		snprintf(name, sizeof(name), "%.*s,%.*s", (int)(text + len - 1 - last), last,
				(int)first, text);
	compare_query(stored, foreign, QUERY_SAMPLES, name);
	compare_query(stored, foreign, QUERY_SAMPLES_COUNTED, name);
}

static void compare_levels(const struct pair *p)
{
	struct dataset stored = dataset_of_store(p->stored, p->cache);
	struct dataset foreign = foreign_dataset(p);

	/* Blocks first, so that their sizes are found by themselves. */
	for (uint32_t c = 0; c < store_n_contigs(p->stored) && c < 3; c++) {
		struct dataset a = dataset_of_contig(&stored, c);
		struct dataset b = dataset_of_contig(&foreign, c);

		for (uint32_t i = 0; i < a.n_chunks && i < 3; i++) {
			struct dataset block_a = dataset_of_block(&a, i);
			struct dataset block_b = dataset_of_block(&b, i);

			compare(&block_a, &block_b);
		}
		compare(&a, &b);
	}
	for (unsigned i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		compare_query(&stored, &foreign, *queries[i][0] == 'p' ? QUERY_PART : QUERY_WHERE,
				queries[i][1]);
	if (store_n_samples(p->stored))
		compare_samples(&stored, &foreign);
	compare(&stored, &foreign);
}

static void test_every_file_of_every_folder_is_the_same(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct pair p = pair_of(inputs[i]);

		compare_levels(&p);
		pair_done(&p);
	}
}

static void test_a_block_decodes_itself_and_a_contig_its_own(void **state)
{
	struct pair p = pair_of("tests/data/pop-1kgp3-chr22.vcf.gz");
	struct dataset store = foreign_dataset(&p);
	struct dataset contig = dataset_of_contig(&store, 0);
	struct dataset block = dataset_of_block(&contig, contig.n_chunks - 1);
	uint64_t size;

	(void)state;
	assert_true(contig.n_chunks > 2);
	assert_int_equal(view_size(&view_kinds[0], &block, &size, NULL), 0);
	assert_int_equal(p.of->n_decodes, 1);
	assert_int_equal(view_size(&view_kinds[0], &contig, &size, NULL), 0);
	assert_int_equal(p.of->n_decodes, contig.n_chunks);
	/* With its lines those of sites were measured. */
	assert_string_equal(view_kinds[1].name, "sites.vcf");
	assert_int_equal(view_size(&view_kinds[1], &contig, &size, NULL), 0);
	assert_int_equal(view_size(&view_kinds[0], &block, &size, NULL), 0);
	assert_int_equal(p.of->n_decodes, contig.n_chunks);
	pair_done(&p);
}

static void *ask_size(void *arg)
{
	const struct dataset *d = arg;
	uint64_t size = 0;

	return view_size(&view_kinds[0], d, &size, NULL) < 0 ? NULL : (void *)(uintptr_t)size;
}

static void test_threads_that_ask_at_once_walk_once(void **state)
{
	struct pair p = pair_of("tests/data/pop-1kgp3-chr22.vcf.gz");
	struct dataset stored = dataset_of_store(p.stored, p.cache);
	struct dataset foreign = foreign_dataset(&p);
	pthread_t threads[6];
	uint64_t size = 0;

	(void)state;
	assert_int_equal(view_size(&view_kinds[0], &stored, &size, NULL), 0);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_size, &foreign), 0);
	for (unsigned i = 0; i < 6; i++) {
		void *got = NULL;

		pthread_join(threads[i], &got);
		assert_int_equal((uintptr_t)got, size);
	}
	assert_int_equal(p.of->n_decodes, store_n_chunks(p.foreign));
	pair_done(&p);
}

static void test_a_chunk_that_fails_is_said_and_tried_again(void **state)
{
	struct pair p = pair_of("tests/data/pop-1kgp3-chr22.vcf.gz");
	struct dataset foreign = foreign_dataset(&p);
	struct err err = { 0 };
	uint64_t size = 0;

	(void)state;
	p.of->bad = 1;
	assert_int_equal(view_size(&view_kinds[0], &foreign, &size, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "chunk 1 is bad"));
	p.of->bad = UINT32_MAX;
	assert_int_equal(view_size(&view_kinds[0], &foreign, &size, &err), 0);
	pair_done(&p);
}

struct called {
	struct block_waiter waiter;
	unsigned *n_called; /* by the cache's lock, and by the decode's end */
	unsigned turn;
	struct err err;
};

static void note_call(struct block_waiter *w, const struct err *err)
{
	struct called *c = (struct called *)w;

	c->turn = ++*c->n_called;
	if (err)
		c->err = *err;
}

static void *decode_first(void *arg)
{
	const struct pair *p = arg;
	const struct block *b = NULL;

	if (block_cache_get(p->cache, p->foreign, 0, BLOCK_CALLS, &b, NULL) == 0)
		block_put(b);
	return NULL;
}

static bool await_first(const struct pair *p, enum block_part part, struct called *c)
{
	return block_cache_await(p->cache, p->foreign, 0, part, &c->waiter);
}

static void test_who_awaits_a_decode_is_called_when_it_ends(void **state)
{
	struct pair p = pair_of("tests/data/pop-1kgp3-chr22.vcf.gz");

	(void)state;
	for (unsigned good = 0; good < 2; good++) {
		unsigned n_called = 0;
		unsigned n_decodes = p.of->n_decodes;
		struct called c = { { .ready = note_call }, &n_called, 0, { 0 } };
		struct called who[] = { c, c, c };
		pthread_t thread;

		assert_false(await_first(&p, BLOCK_CALLS, &who[0]));
		p.of->bad = good ? UINT32_MAX : 0;
		p.of->held = true;
		assert_int_equal(pthread_create(&thread, NULL, decode_first, &p), 0);
		while (p.of->n_decodes == n_decodes)
			sched_yield();
		assert_true(await_first(&p, BLOCK_CALLS, &who[0]));
		assert_true(await_first(&p, BLOCK_SITES, &who[1]));
		assert_false(block_cache_await(p.cache, p.foreign, 1, BLOCK_CALLS, &who[2].waiter));
		assert_int_equal(n_called, 0);
		p.of->held = false;
		pthread_join(thread, NULL);
		assert_int_equal(n_called, 2);
		/* The last one first: each goes in front of those before. */
		assert_int_equal(who[1].turn, 1);
		assert_int_equal(who[0].turn, 2);
		assert_int_equal(who[0].err.code, good ? 0 : -EBADMSG);
		assert_string_equal(who[0].err.msg, good ? "" : "chunk 0 is bad");
		assert_int_equal(block_cache_has(p.cache, p.foreign, 0, BLOCK_CALLS), good);
		assert_false(await_first(&p, BLOCK_CALLS, &who[0]));
	}
	pair_done(&p);
}

static void test_files_in_turn_do_not_measure_again(void **state)
{
	struct pair p = pair_of("tests/data/pop-1kgp3-chr22.vcf.gz");
	struct dataset foreign = foreign_dataset(&p);
	const struct block *b = NULL;
	uint64_t size = 0;

	(void)state;
	assert_int_equal(view_size(&view_kinds[0], &foreign, &size, NULL), 0);
	assert_int_equal(block_cache_get(p.cache, p.foreign, 0, BLOCK_CALLS, &b, NULL), 0);
	assert_non_null(b);
	assert_non_null(block_offsets(b, &vcf_calls_rows));
	assert_non_null(block_offsets(b, &vcf_sites_rows));
	block_put(b);
	pair_done(&p);
}

static void test_sums_are_those_of_what_is_known(void **state)
{
	uint64_t bytes[137];
	struct measured *m = NULL;

	(void)state;
	for (uint32_t n = 1; n < 137; n += 17) {
		assert_int_equal(measured_new(n, &m), 0);
		assert_int_equal(measured_sum(m, STORE_VIEW_CALLS, 0, 0), 0);
		assert_true(measured_sum(m, STORE_VIEW_CALLS, 0, n) == MEASURED_UNKNOWN);
		assert_int_equal(measured_begin(m, STORE_VIEW_CALLS), 0);
		for (uint32_t i = 0; i < n; i++)
			bytes[i] = MEASURED_UNKNOWN;
		for (uint32_t k = 0; k < n; k++) {
			uint32_t i = (k * 31 + 7) % n;

			while (bytes[i] != MEASURED_UNKNOWN)
				i = (i + 1) % n;
			bytes[i] = (uint64_t)rand() % 1000;
			measured_set(m, STORE_VIEW_CALLS, i, bytes[i]);
			for (uint32_t first = 0; first < n; first++) {
				uint64_t sum = 0;

				for (uint32_t end = first; end < n; end++) {
					sum = sum == MEASURED_UNKNOWN || bytes[end] == MEASURED_UNKNOWN
							      ? MEASURED_UNKNOWN
							      : sum + bytes[end];
					assert_true(measured_sum(m, STORE_VIEW_CALLS, first,
								    end + 1 - first) == sum);
				}
			}
		}
		measured_free(m);
	}
}

static void test_a_sum_past_64_bits_is_the_largest(void **state)
{
	struct measured *m = NULL;

	(void)state;
	assert_int_equal(measured_new(2, &m), 0);
	assert_int_equal(measured_begin(m, STORE_VIEW_CALLS), 0);
	measured_set(m, STORE_VIEW_CALLS, 0, UINT64_MAX);
	measured_set(m, STORE_VIEW_CALLS, 1, 5);
	assert_true(measured_sum(m, STORE_VIEW_CALLS, 0, 2) == MEASURED_UNKNOWN - 1);
	measured_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums_are_those_of_what_is_known),
		cmocka_unit_test(test_a_sum_past_64_bits_is_the_largest),
		cmocka_unit_test(test_a_block_decodes_itself_and_a_contig_its_own),
		cmocka_unit_test(test_threads_that_ask_at_once_walk_once),
		cmocka_unit_test(test_a_chunk_that_fails_is_said_and_tried_again),
		cmocka_unit_test(test_who_awaits_a_decode_is_called_when_it_ends),
		cmocka_unit_test(test_files_in_turn_do_not_measure_again),
		cmocka_unit_test(test_every_file_of_every_folder_is_the_same),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
