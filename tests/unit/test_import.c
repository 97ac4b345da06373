/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <htslib/hts.h>
#include <htslib/kstring.h>
#include <htslib/vcf.h>

#include "core/import/header.h"
#include "core/import/import.h"
#include "core/view/view.h"

static char folder[] = "/tmp/test-import.XXXXXX";
static char target[64];
static char input[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(target, sizeof(target), "%s/out.gst", folder);
	snprintf(input, sizeof(input), "%s/in.vcf", folder);
	return 0;
}

static int drop_folder(void **state)
{
	(void)state;
	unlink(target);
	unlink(input);
	return rmdir(folder); /* fails where anything was left behind */
}

static int import(const char *pathname, const struct import_options *extra, struct err *err)
{
	struct import_options o = { .n_threads = 3,
		.chunk_records = 50,
		.chunk_bytes = 1 << 20,
		.memory = 256 << 20,
		.check = true };
	struct import_progress progress = { 0 };

	if (extra)
		o = *extra;
	o.inputs = &pathname;
	o.n_inputs = 1;
	o.output = target;
	return import_run(&o, &progress, NULL, err);
}

static int import_text(const char *text, struct err *err)
{
	FILE *f = fopen(input, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return import(input, NULL, err);
}

/* calls.vcf of the target. */
static kstring_t read_target(void)
{
	struct store *s = NULL;
	struct block_cache *cache = NULL;
	struct err err = { 0 };
	struct dataset d;
	kstring_t out = { 0 };
	uint64_t size;

	assert_int_equal(store_open(target, &s, &err), 0);
	assert_int_equal(block_cache_new(block_cache_need(s), &cache), 0);
	d = dataset_of_store(s, cache);
	assert_string_equal(view_kinds[0].name, "calls.vcf");
	assert_int_equal(view_size(&view_kinds[0], &d, &size, &err), 0);
	ks_resize(&out, size + 1);
	assert_int_equal(view_read(&view_kinds[0], &d, out.s, size, 0, &err), (ssize_t)size);
	out.l = size;
	out.s[size] = '\0';
	block_cache_free(cache);
	store_close(s);
	return out;
}

/* What htslib itself prints of a file. */
static kstring_t read_by_htslib(const char *pathname)
{
	htsFile *fp = hts_open(pathname, "r");
	bcf_hdr_t *hdr;
	bcf1_t *v = bcf_init();
	kstring_t out = { 0 };

	assert_non_null(fp);
	hdr = bcf_hdr_read(fp);
	bcf_hdr_format(hdr, 0, &out);
	while (bcf_read(fp, hdr, v) == 0)
		vcf_format(hdr, v, &out);
	bcf_destroy(v);
	bcf_hdr_destroy(hdr);
	hts_close(fp);
	return out;
}

static void assert_target_is(const char *pathname)
{
	kstring_t ours = read_target();
	kstring_t theirs = read_by_htslib(pathname);

	assert_int_equal(ours.l, theirs.l);
	assert_memory_equal(ours.s, theirs.s, ours.l);
	free(ours.s);
	free(theirs.s);
}

static void test_sorted_files_come_back_as_htslib_prints_them(void **state)
{
	DIR *d = opendir("tests/data");
	struct dirent *e;
	unsigned n = 0;

	(void)state;
	assert_non_null(d);
	while ((e = readdir(d))) {
		struct err err = { 0 };
		char pathname[512];

		if (!strstr(e->d_name, ".vcf") && !strstr(e->d_name, ".bcf"))
			continue;
		if (strstr(e->d_name, "unsorted"))
			continue;
		snprintf(pathname, sizeof(pathname), "tests/data/%s", e->d_name);
		if (import(pathname, NULL, &err) < 0)
			fail_msg("%s", err.msg);
		assert_target_is(pathname);
		n++;
	}
	closedir(d);
	assert_true(n > 10);
}

#define HEADER                                                                                     \
	"##fileformat=VCFv4.2\n##contig=<ID=1>\n"                                                  \
	"##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n"                                \
	"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\n"

static void test_unsorted_input_is_sorted_stably(void **state)
{
	struct err err = { 0 };
	kstring_t s;
	const char *body;

	(void)state;
	assert_int_equal(import_text(HEADER "2\t9\tx\tA\tC\t.\t.\t.\tGT\t0|0\t0|1\n"
					    "1\t5\tp\tA\tC\t.\t.\t.\tGT\t0|0\t0|1\n"
					    "2\t3\ty\tA\tC\t.\t.\tX\tGT\t0|0\t0|1\n"
					    "1\t5\tq\tA\tC\t.\t.\t.\tGT\t0|0\t0|1\n"
					    "1\t4\tr\tA\tC\t.\tnew\t.\tGT\t0|0\t0|1\n",
					 &err),
			0);
	s = read_target();
	body = strstr(s.s, "\tb\n") + 3;
	assert_string_equal(body, "2\t3\ty\tA\tC\t.\t.\tX\tGT\t0|0\t0|1\n"
				  "2\t9\tx\tA\tC\t.\t.\t.\tGT\t0|0\t0|1\n"
				  "1\t4\tr\tA\tC\t.\tnew\t.\tGT\t0|0\t0|1\n"
				  "1\t5\tp\tA\tC\t.\t.\t.\tGT\t0|0\t0|1\n"
				  "1\t5\tq\tA\tC\t.\t.\t.\tGT\t0|0\t0|1\n");
	free(s.s);
}

static void write_target(const char *text)
{
	FILE *f = fopen(target, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void assert_target_untouched(void)
{
	char text[16] = "";
	FILE *f = fopen(target, "re");

	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_string_equal(text, "before");
}

static void test_a_bad_line_is_named_and_leaves_the_target(void **state)
{
	static const struct {
		const char *line;
		const char *reason;
	} bad[] = {
		{ "1\t7\t.\tA\tC\t.\t.\t.\tGT\t0|0\n", "1 sample columns" },
		{ "1\t7\t.\tA\tC\t.\t.\t.\tGT\t0|0\t\n", "1 sample columns" },
		{ "1\t7\t.\tA\tC\t.\t.\t.\tS\t\t\n", "1 sample columns" },
		{ "1\t7\t.\tA\tC\t.\t.\t.\tGT\t0|0\t0|x\n", "sample column 2" },
		{ "1\t7\t.\tA\tC\t.\t.\t.\tGT\t0|0:1\t0|0\n", "more fields than FORMAT" },
		{ "1\t7\t.\tA\tC\t.\t.\t.\tGT\n", "no sample columns" },
		{ "1\t7\t.\tA\tC\t.\t.\t.\n", "0 sample columns" },
		{ "1\t7\t.\tA\n", "4 columns" },
		{ "<a,bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\t7\trs7\tA\tC\t.\t.\t.\n",
				"line 6: <a,bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb:7: the contig" },
		{ "\n", "empty" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };
		char text[1024];

		write_target("before");
		snprintf(text, sizeof(text), HEADER "1\t5\t.\tA\tC\t.\t.\t.\tGT\t0|0\t0|1\n%s",
				bad[i].line);
		assert_int_equal(import_text(text, &err), -EBADMSG);
		assert_non_null(strstr(err.msg, "line 6"));
		if (!strstr(err.msg, bad[i].reason))
			fail_msg("%s: not: %s", err.msg, bad[i].reason);
		assert_target_untouched();
	}
}

static int import_bytes(const char *bytes, size_t n, struct err *err)
{
	FILE *f = fopen(input, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, n, 1, f), 1);
	fclose(f);
	return import(input, NULL, err);
}

static void test_a_bad_header_is_refused_with_its_reason(void **state)
{
#define VCF "##fileformat=VCFv4.2\n"
#define COLUMNS "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
#define TEXT(s) s, sizeof(s) - 1
	static const struct {
		const char *text;
		size_t len;
		const char *reason;
	} bad[] = {
		{ TEXT(VCF COLUMNS "\tFORMAT\n"), "a FORMAT column but no samples" },
		{ TEXT(VCF COLUMNS "\tFORMAT\t\n"), "an empty sample name" },
		{ TEXT(VCF COLUMNS "\tFORMAT\ta\ta\n"), "a sample name occurs twice" },
		{ TEXT(VCF "##x=a\0b\n" COLUMNS "\n"), "a NUL byte" },
		{ TEXT("##contig=<ID=1>\n" COLUMNS "\n"), "begin with ##fileformat=" },
		{ TEXT(COLUMNS "\n"), "begin with ##fileformat=" },
		{ TEXT("\xef\xbb\xbf" VCF COLUMNS "\n"), "begin with ##fileformat=" },
		{ TEXT("a text of another kind\n"), "it looks like" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err err = { 0 };

		write_target("before");
		assert_int_equal(import_bytes(bad[i].text, bad[i].len, &err), -EBADMSG);
		if (!strstr(err.msg, bad[i].reason))
			fail_msg("%s: not: %s", err.msg, bad[i].reason);
		assert_target_untouched();
	}
}

/* To htslib a NUL byte ends the line: what stands behind it would be lost. */
static void test_a_nul_byte_in_a_line_is_refused(void **state)
{
	static const char text[] = HEADER "1\t5\t.\tA\tC\t.\t.\tX\0Y\tGT\t0|0\t0|1\n";
	struct err err = { 0 };

	(void)state;
	assert_int_equal(import_bytes(text, sizeof(text) - 1, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "a NUL byte in column 8"));
}

static void assert_same_bytes(const char *a, const char *b)
{
	FILE *fa = fopen(a, "re");
	FILE *fb = fopen(b, "re");
	int c;

	assert_non_null(fa);
	assert_non_null(fb);
	do {
		c = getc(fa);
		assert_int_equal(getc(fb), c);
	} while (c != EOF);
	fclose(fa);
	fclose(fb);
}

static void test_threads_and_memory_do_not_change_a_byte(void **state)
{
	struct import_options o = { .n_threads = 1,
		.chunk_records = 40,
		.chunk_bytes = 64 << 10,
		.memory = 64 << 20,
		.check = true };
	struct err err = { 0 };
	char first[80];

	(void)state;
	snprintf(first, sizeof(first), "%s/first.gst", folder);
	assert_int_equal(import("tests/data/contigs-undeclared.vcf.gz", &o, &err), 0);
	assert_int_equal(rename(target, first), 0);
	o.n_threads = 7;
	o.memory = 512 << 20;
	assert_int_equal(import("tests/data/contigs-undeclared.vcf.gz", &o, &err), 0);
	assert_same_bytes(first, target);
	unlink(first);
}

static void test_too_little_memory_is_refused_with_the_need(void **state)
{
	struct import_options o = { .n_threads = 1,
		.chunk_records = 40,
		.chunk_bytes = 16 << 20,
		.memory = 10 << 20,
		.check = true };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(import("tests/data/micro-mixed-ploidy.vcf", &o, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "at least"));
}

static void test_stop_ends_it_and_leaves_the_target(void **state)
{
	struct import_options o = { .n_threads = 2,
		.chunk_records = 40,
		.chunk_bytes = 1 << 20,
		.memory = 256 << 20,
		.output = target,
		.n_inputs = 1 };
	const char *pathname = "tests/data/sv-refpanel.vcf.gz";
	struct import_progress progress = { .stop = 1 };
	struct err err = { 0 };

	(void)state;
	o.inputs = &pathname;
	write_target("before");
	assert_int_equal(import_run(&o, &progress, NULL, &err), -EINTR);
	assert_target_untouched();
}

static void test_output_over_an_input_is_refused(void **state)
{
	struct err err = { 0 };
	const char *pathname = target;
	struct import_options o = { .n_threads = 1,
		.chunk_records = 40,
		.chunk_bytes = 1 << 20,
		.memory = 256 << 20,
		.inputs = &pathname,
		.n_inputs = 1,
		.output = target };
	struct import_progress progress = { 0 };

	(void)state;
	write_target("before");
	assert_int_equal(import_run(&o, &progress, NULL, &err), -EINVAL);
	assert_target_untouched();
}

/* Which bcf_hdr_remove() of htslib cannot take. */
static void test_a_format_line_of_two_ids_is_left_out_of_sites(void **state)
{
	static const char line[] = "##FORMAT=<ID=XX,ID=YY,Number=1,Type=Integer,Description=\"d\">";
	bcf_hdr_t *hdr = bcf_hdr_init("w");
	struct header_text text = { 0 };

	(void)state;
	assert_non_null(hdr);
	assert_int_equal(bcf_hdr_append(hdr, "##contig=<ID=1>"), 0);
	assert_int_equal(bcf_hdr_append(hdr, line), 0);
	assert_int_equal(bcf_hdr_append(hdr, "##source=FORMAT"), 0);
	assert_int_equal(bcf_hdr_add_sample(hdr, "a"), 0);
	assert_int_equal(bcf_hdr_add_sample(hdr, NULL), 0);
	assert_int_equal(header_text_make(hdr, &text, NULL), 0);
	assert_non_null(strstr(text.calls, line));
	assert_null(strstr(text.sites, "##FORMAT"));
	assert_non_null(strstr(text.sites, "##contig=<ID=1>\n##source=FORMAT\n#CHROM"));
	assert_int_equal(strlen(text.sites), text.sites_len);
	header_text_done(&text);
	bcf_hdr_destroy(hdr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted_files_come_back_as_htslib_prints_them),
		cmocka_unit_test(test_unsorted_input_is_sorted_stably),
		cmocka_unit_test(test_a_bad_line_is_named_and_leaves_the_target),
		cmocka_unit_test(test_a_bad_header_is_refused_with_its_reason),
		cmocka_unit_test(test_a_nul_byte_in_a_line_is_refused),
		cmocka_unit_test(test_threads_and_memory_do_not_change_a_byte),
		cmocka_unit_test(test_too_little_memory_is_refused_with_the_need),
		cmocka_unit_test(test_stop_ends_it_and_leaves_the_target),
		cmocka_unit_test(test_output_over_an_input_is_refused),
		cmocka_unit_test(test_a_format_line_of_two_ids_is_left_out_of_sites),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
