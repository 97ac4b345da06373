/* SPDX-License-Identifier: MIT */
/*
 * A GTB file as a store, and the store that import makes of it: the same tables, the same bytes of
 * each record. Files of the formats' own programs, and made-up ones; with arguments, those.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <glob.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/block/block_cache.h"
#include "core/gtb/gtb_store.h"
#include "core/import/import.h"
#include "core/store/foreign.h"

enum { MEMORY = 256 << 20, N_MADE = 40 };

static char folder[] = "/tmp/genofs-test-gtb-XXXXXX";
static char **given;
static int n_given;

/* A store, and the block of it that is held. */
struct walk {
	struct store *s;
	struct block_cache *cache;
	enum block_part part;
	uint32_t chunk;
	uint32_t i;
	const struct block *b;
};

static void walk_done(struct walk *w)
{
	block_put(w->b);
	block_cache_free(w->cache);
	store_close(w->s);
}

static const struct record *walk_next(struct walk *w, const char *name)
{
	struct err err = { 0 };

	if (w->b && w->i < w->b->n_records)
		return &w->b->records[w->i++];
	block_put(w->b);
	w->b = NULL;
	if (w->chunk == store_n_chunks(w->s))
		return NULL;
	if (block_cache_get(w->cache, w->s, w->chunk++, w->part, &w->b, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	w->i = 1;
	return &w->b->records[0];
}

static int import(const char *pathname, const char *contigs, const char *to, struct err *err)
{
	const struct import_options o = { .inputs = &pathname,
		.n_inputs = 1,
		.output = to,
		.gtb_contigs = contigs,
		.memory = MEMORY,
		.n_threads = 2,
		.codec = CODEC_AUTO,
		.chunk_bytes = IMPORT_CHUNK_BYTES };
	struct import_progress progress = { 0 };

	return import_run(&o, &progress, NULL, err);
}

static void same_text(const char *name, const char *what,
		const char *(*text)(const struct store *s, size_t *len), const struct walk *w)
{
	size_t len[2];
	const char *t[2] = { text(w[0].s, &len[0]), text(w[1].s, &len[1]) };

	if (len[0] != len[1] || (len[0] && memcmp(t[0], t[1], len[0]) != 0))
		fail_msg("%s: %s:\n%.*s\nand\n%.*s", name, what, (int)len[0], t[0], (int)len[1],
				t[1]);
}

static const char *bcf_head(const struct store *s, size_t *len)
{
	return store_bcf_head(s, len);
}

static void same_keys(const struct walk *w)
{
	assert_int_equal(store_n_keys(w[0].s), store_n_keys(w[1].s));
	for (uint32_t i = 0; i < store_n_keys(w[0].s); i++)
		assert_string_equal(names_get(store_keys(w[0].s), i)->s,
				names_get(store_keys(w[1].s), i)->s);
	assert_int_equal(store_gt_key(w[0].s), store_gt_key(w[1].s));
	assert_int_equal(store_ac_key(w[0].s), store_ac_key(w[1].s));
	assert_int_equal(store_an_key(w[0].s), store_an_key(w[1].s));
}

static void same_contigs(const struct walk *w)
{
	assert_int_equal(store_n_contigs(w[0].s), store_n_contigs(w[1].s));
	for (uint32_t i = 0; i < store_n_contigs(w[0].s); i++) {
		const struct contig_info *a = store_contig(w[0].s, i);
		const struct contig_info *b = store_contig(w[1].s, i);

		assert_int_equal(a->name.len, b->name.len);
		assert_memory_equal(a->name.s, b->name.s, a->name.len);
		assert_int_equal(a->length, b->length);
		assert_int_equal(a->n_records, b->n_records);
		assert_int_equal(a->bcf_id, b->bcf_id);
		assert_true(b->end >= a->end && b->end <= a->end + (1 << 16));
		assert_true(b->shape.ploidy >= a->shape.ploidy);
		assert_true(b->shape.width >= a->shape.width);
	}
}

static void same_tables(const char *name, const struct walk *w)
{
	same_text(name, "header", store_header_text, w);
	same_text(name, "header of sites", store_sites_header_text, w);
	same_text(name, "samples", store_samples_text, w);
	same_text(name, "head of BCF", bcf_head, w);
	assert_int_equal(store_n_samples(w[0].s), store_n_samples(w[1].s));
	assert_int_equal(store_n_bcf_contigs(w[0].s), store_n_bcf_contigs(w[1].s));
	assert_int_equal(store_n_records(w[0].s), store_n_records(w[1].s));
	same_keys(w);
	same_contigs(w);
}

static void print_bytes(const char *what, const uint8_t *p, size_t n)
{
	fprintf(stderr, "%s:", what);
	for (size_t i = 0; i < n && i < 200; i++)
		fprintf(stderr, " %02x", p[i]);
	fprintf(stderr, "\n");
}

static void same_bytes(const char *name, uint64_t record, const char *what, const uint8_t *a,
		size_t n, const uint8_t *b, size_t m)
{
	if (n == m && (!n || memcmp(a, b, n) == 0))
		return;
	print_bytes("imported", a, n);
	print_bytes("GTB", b, m);
	fail_msg("%s: record %llu: %s", name, (unsigned long long)record + 1, what);
}

static void same_record(const char *name, uint64_t i, const struct record *a,
		const struct record *b, const struct chunk_info *in)
{
	if (a->pos != b->pos || a->rlen != b->rlen || a->qual != b->qual ||
			a->contig != b->contig || a->n_allele != b->n_allele ||
			a->n_info != b->n_info || a->n_fmt != b->n_fmt)
		fail_msg("%s: record %llu: numbers", name, (unsigned long long)i + 1);
	same_bytes(name, i, "site", a->site, a->site_len, b->site, b->site_len);
	same_bytes(name, i, "genotypes", a->fmt, a->fmt_len, b->fmt, b->fmt_len);
	assert_true(in->start <= b->pos && b->pos + b->rlen <= in->end);
}

static void same_records(const char *name, struct walk *w, enum block_part part)
{
	uint64_t i = 0;

	for (unsigned k = 0; k < 2; k++) {
		w[k].part = part;
		w[k].chunk = w[k].i = 0;
		block_put(w[k].b);
		w[k].b = NULL;
	}
	for (;; i++) {
		const struct record *a = walk_next(&w[0], name);
		const struct record *b = walk_next(&w[1], name);

		if (!a || !b) {
			assert_true(!a && !b);
			break;
		}
		same_record(name, i, a, b, store_chunk(w[1].s, w[1].chunk - 1));
	}
	assert_int_equal(i, store_n_records(w[0].s));
}

static void compare(const char *pathname, const char *contigs)
{
	const struct gtb_options o = { .contigs = contigs, .memory = MEMORY };
	struct walk w[2] = { 0 };
	struct err err = { 0 };
	char gst[64];

	snprintf(gst, sizeof(gst), "%s/a.gst", folder);
	if (import(pathname, contigs, gst, &err) < 0 || store_open(gst, &w[0].s, &err) < 0 ||
			gtb_store_open(pathname, &o, &w[1].s, &err) < 0)
		fail_msg("%s: %s", pathname, err.msg);
	for (unsigned k = 0; k < 2; k++)
		assert_int_equal(block_cache_new(MEMORY, &w[k].cache), 0);
	same_tables(pathname, w);
	same_records(pathname, w, BLOCK_CALLS);
	same_records(pathname, w, BLOCK_SITES);
	walk_done(&w[0]);
	walk_done(&w[1]);
	unlink(gst);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s);

	return n >= strlen(end) && strcmp(s + n - strlen(end), end) == 0;
}

static void assert_unsorted(const char *pathname)
{
	const struct gtb_options o = { .memory = MEMORY };
	struct store *s = NULL;
	struct err err = { 0 };

	assert_int_equal(gtb_store_open(pathname, &o, &s, &err), -EINVAL);
	assert_null(s);
	assert_non_null(strstr(err.msg, pathname));
	assert_non_null(strstr(err.msg, "not in the order of positions"));
	assert_non_null(strstr(err.msg, "genofs import"));
}

static void compare_files(const char *pattern, size_t at_least)
{
	glob_t found = { 0 };

	glob(pattern, 0, NULL, &found);
	assert_true(found.gl_pathc >= at_least);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *pathname = found.gl_pathv[i];
		char *contigs = strdup(pathname);

		assert_true(contigs && ends_with(contigs, ".gtb"));
		contigs = realloc(contigs, strlen(pathname) + sizeof("contig"));
		assert_non_null(contigs);
		memcpy(contigs + strlen(pathname) - strlen("gtb"), "contig", sizeof("contig"));
		if (ends_with(pathname, "-unsorted.gtb") ||
				ends_with(pathname, "-unordered-concat.gtb"))
			assert_unsorted(pathname);
		else
			compare(pathname, access(contigs, R_OK) == 0 ? contigs : NULL);
		free(contigs);
	}
	globfree(&found);
}

static void test_files_of_other_programs(void **state)
{
	const char *more = getenv("GENOFS_EXTRA_DATA");
	char pattern[4096];

	(void)state;
	compare_files("tests/data/gtb/*.gtb", 14);
	if (!more || !*more)
		return;
	snprintf(pattern, sizeof(pattern), "%s/gtb/*.gtb", more);
	compare_files(pattern, 1);
}

static void test_haploid_contigs(void **state)
{
	char contigs[64];
	FILE *fp;

	(void)state;
	snprintf(contigs, sizeof(contigs), "%s/haploid.contig", folder);
	fp = fopen(contigs, "we");
	assert_non_null(fp);
	fprintf(fp, "#chromosome,ploidy,length\n");
	for (unsigned i = 1; i <= 22; i++)
		fprintf(fp, "%u,%u,0\n", i, i % 2 + 1);
	fprintf(fp, "X,1,156040895\nY,1,0\nMT,1,16569\n");
	fclose(fp);
	compare("tests/data/gtb/v1-mt-haploid.gtb", contigs);
	compare("tests/data/gtb/v1-oddities.gtb", contigs);
	compare("tests/data/gtb/v1-tiny-unphased.gtb", contigs);
	compare("tests/data/gtb/v2-tiny-phased.gtb", contigs);
	compare("tests/data/gtb/v2-str-many-alleles.gtb", contigs);
	unlink(contigs);
}

/* Whether a file has a record before the one that comes before it in its contig. */
static bool is_unsorted(const char *pathname)
{
	const struct gtb_options o = { .memory = MEMORY };
	struct gtb_reader *r = NULL;
	struct gtb_site site = { 0 };
	struct gtb *g = NULL;
	bool unsorted = false;

	assert_int_equal(gtb_open(pathname, &o, &g, NULL), 0);
	assert_int_equal(gtb_reader_new(g, &r, NULL), 0);
	for (uint64_t i = 0; i < gtb_n_records(g); i++) {
		struct gtb_site last = site;

		assert_int_equal(gtb_read_site(r, i, &site, NULL), 0);
		unsorted = unsorted || (i && last.contig == site.contig && site.pos < last.pos);
	}
	gtb_reader_free(r);
	gtb_close(g);
	return unsorted;
}

/* folder/made.gtb */
static void make_file(unsigned number)
{
	char seed[16];
	char to[64];
	const char *const argv[] = { "python3", "tests/cli/make_gtb.py", seed, to, NULL };
	char **args = (char **)(uintptr_t)argv;
	pid_t pid;
	int status;

	snprintf(seed, sizeof(seed), "%u", number);
	snprintf(to, sizeof(to), "%s/made", folder);
	assert_int_equal(posix_spawnp(&pid, argv[0], NULL, NULL, args, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_made_up_files(void **state)
{
	unsigned n_unsorted = 0;

	(void)state;
	for (unsigned i = 0; i < N_MADE; i++) {
		char pathname[64];

		make_file(i);
		snprintf(pathname, sizeof(pathname), "%s/made.gtb", folder);
		if (is_unsorted(pathname)) {
			assert_unsorted(pathname);
			n_unsorted++;
		} else {
			compare(pathname, NULL);
		}
	}
	assert_true(n_unsorted > 0 && n_unsorted < N_MADE / 2);
}

/* A thread that decodes all chunks of a store that others read too, and sums up their bytes. */
struct summing {
	const struct store *s;
	uint64_t sum;
	struct err err;
	unsigned number;
};

static void *sum_chunks(void *arg)
{
	struct summing *t = arg;
	const struct store_foreign *f = store_foreign(t->s);
	uint32_t n = store_n_chunks(t->s);

	assert_true(n > 0);
	for (uint32_t i = 0; i < 2 * n && !t->err.code; i++) {
		/* Each in an order of its own. */
		uint32_t chunk = (i * (t->number + 1) + t->number) % n;
		struct block *b = NULL;

		if (i >= n)
			chunk = i - n;
		if (f->decode(f->arg, chunk, BLOCK_CALLS, &b, &t->err) < 0)
			break;
		for (uint32_t k = 0; i >= n && k < b->n_records; k++)
			for (size_t at = 0; at < b->records[k].fmt_len; at++)
				t->sum = t->sum * 31 + b->records[k].fmt[at];
		block_put(b);
	}
	return NULL;
}

static void sum_in_threads(const char *pathname, size_t memory, int status)
{
	enum { N_THREADS = 4 };
	const struct gtb_options o = { .memory = memory };
	struct summing t[N_THREADS] = { 0 };
	pthread_t threads[N_THREADS];
	struct store *s = NULL;
	struct err err = { 0 };

	if (gtb_store_open(pathname, &o, &s, &err) < 0)
		fail_msg("%s", err.msg);
	for (unsigned i = 0; i < N_THREADS; i++) {
		t[i].s = s;
		t[i].number = i;
		assert_int_equal(pthread_create(&threads[i], NULL, sum_chunks, &t[i]), 0);
	}
	for (unsigned i = 0; i < N_THREADS; i++) {
		pthread_join(threads[i], NULL);
		if (t[i].err.code != status)
			fail_msg("%s: %zu bytes: %s", pathname, memory, t[i].err.msg);
		assert_int_equal(t[i].sum, t[0].sum);
		assert_true(status < 0 || t[i].sum > 0);
	}
	store_close(s);
}

/* Also with memory for hardly more than one of them: they then wait for each other. */
static void test_threads_decode_one_store(void **state)
{
	(void)state;
	sum_in_threads("tests/data/gtb/v1-gzip-phased-chr22.gtb", MEMORY, 0);
	sum_in_threads("tests/data/gtb/v1-gzip-phased-chr22.gtb", 400 << 10, 0);
	sum_in_threads("tests/data/gtb/v1-gzip-phased-chr22.gtb", 200 << 10, 0);
	sum_in_threads("tests/data/gtb/v1-gzip-phased-chr22.gtb", 120 << 10, -EOVERFLOW);
	sum_in_threads("tests/data/gtb/v2-fields.gtb", 700 << 10, 0);
}

static void test_a_file_that_changes_is_read_no_more(void **state)
{
	const struct gtb_options o = { .memory = MEMORY };
	const struct store_foreign *f;
	struct store *s = NULL;
	struct block *b = NULL;
	struct err err = { 0 };
	char pathname[64];

	(void)state;
	make_file(2); /* which is sorted */
	snprintf(pathname, sizeof(pathname), "%s/made.gtb", folder);
	assert_int_equal(gtb_store_open(pathname, &o, &s, &err), 0);
	f = store_foreign(s);
	assert_int_equal(f->decode(f->arg, 0, BLOCK_SITES, &b, &err), 0);
	block_put(b);
	assert_int_equal(truncate(pathname, 100), 0);
	assert_int_equal(f->decode(f->arg, 0, BLOCK_SITES, &b, &err), -EIO);
	assert_non_null(strstr(err.msg, "was changed while in use"));
	assert_int_equal(unlink(pathname), 0);
	assert_int_equal(f->decode(f->arg, 0, BLOCK_CALLS, &b, &err), -EIO);
	assert_non_null(strstr(err.msg, "was deleted or replaced"));
	store_close(s);
}

static void test_given_files(void **state)
{
	(void)state;
	for (int i = 0; i < n_given; i++)
		compare(given[i], NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_of_other_programs),
		cmocka_unit_test(test_haploid_contigs),
		cmocka_unit_test(test_made_up_files),
		cmocka_unit_test(test_threads_decode_one_store),
		cmocka_unit_test(test_a_file_that_changes_is_read_no_more),
	};
	const struct CMUnitTest some[] = { cmocka_unit_test(test_given_files) };
	char pathname[64];
	int r;

	given = argv + 1;
	n_given = argc - 1;
	if (!mkdtemp(folder))
		return 1;
	r = n_given ? cmocka_run_group_tests(some, NULL, NULL)
		    : cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(pathname, sizeof(pathname), "%s/made.gtb", folder);
	unlink(pathname);
	snprintf(pathname, sizeof(pathname), "%s/made.tsv", folder);
	unlink(pathname);
	return rmdir(folder) == 0 || r ? r : 1;
}
