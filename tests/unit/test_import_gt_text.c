/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <htslib/kstring.h>
#include <htslib/vcf.h>

#include "core/import/gt_text.h"
#include "core/record/record.h"

/* What htslib makes of the same columns is what has to come out. */
static void assert_as_htslib(const char *columns, uint32_t n_samples)
{
	bcf_hdr_t *hdr = bcf_hdr_init("w");
	bcf1_t *v = bcf_init();
	kstring_t line = { 0 };
	struct gt_text g = { 0 };
	char name[16];

	bcf_hdr_append(hdr, "##contig=<ID=1>");
	bcf_hdr_append(hdr, "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">");
	for (uint32_t i = 0; i < n_samples; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		bcf_hdr_add_sample(hdr, name);
	}
	assert_int_equal(bcf_hdr_sync(hdr), 0);
	ksprintf(&line, "1\t1\t.\tA\tC\t.\t.\t.\tGT\t%s", columns);
	assert_int_equal(vcf_parse(&line, hdr, v), 0);
	bcf_unpack(v, BCF_UN_ALL);

	assert_int_equal(gt_text_read(&g, columns, strlen(columns), n_samples), 1);
	assert_int_equal(g.type, v->d.fmt[0].type);
	assert_int_equal(g.ploidy, v->d.fmt[0].n);
	assert_memory_equal(g.values, v->d.fmt[0].p, v->d.fmt[0].p_len);

	gt_text_done(&g);
	free(line.s);
	bcf_destroy(v);
	bcf_hdr_destroy(hdr);
}

static void test_columns_are_read_as_htslib_reads_them(void **state)
{
	(void)state;
	assert_as_htslib("0|0\t0|1\t1|0\t1|1", 4);
	assert_as_htslib("0/0\t0/1\t1/0\t1/1\t0/0", 5);
	assert_as_htslib("0|0\t0/1\t1|0\t1/1\t0|0\t9|9\t0|0", 7);
	assert_as_htslib(".|.\t./.\t0|.\t./1", 4);
	assert_as_htslib("0\t1\t.", 3);
	assert_as_htslib("0", 1);
	assert_as_htslib("0|1\t0\t1|1|1\t.", 4);
	assert_as_htslib("0/1/2/3\t0|1|2|3\t./././.", 3);
	assert_as_htslib("10|0\t0|62\t0|0", 3);
	assert_as_htslib("0|0\t63|0\t0|0\t.|1", 4);
	assert_as_htslib("0|0\t0\t4095|127", 3);
}

static void test_long_runs_of_pairs_are_read_as_htslib_reads_them(void **state)
{
	enum { N = 501 };
	static const char *const kinds[] = { "0|0", "0|1", "9|0", "0/0", "1/1", "0|0", "0|0",
		"./." };
	char columns[N * 4 + 1];

	(void)state;
	srand(7);
	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < N; i++)
			sprintf(columns + (size_t)i * 4, "%s\t",
					kinds[(unsigned)rand() % (round % 8 + 1)]);
		columns[N * 4 - 1] = '\0';
		assert_as_htslib(columns, N);
	}
}

static void assert_left_to_htslib(const char *columns, uint32_t n_samples)
{
	struct gt_text g = { 0 };

	assert_int_equal(gt_text_read(&g, columns, strlen(columns), n_samples), 0);
	gt_text_done(&g);
}

static void test_what_looks_different_is_left_to_htslib(void **state)
{
	(void)state;
	assert_left_to_htslib("", 1);
	assert_left_to_htslib("0|0", 2);
	assert_left_to_htslib("0|0\t0|0", 1);
	assert_left_to_htslib("0|0\t0|0\t", 2);
	assert_left_to_htslib("0|0\t\t0|0", 3);
	assert_left_to_htslib("00|0\t0|0", 2);
	assert_left_to_htslib("0|01\t0|0", 2);
	assert_left_to_htslib("0|\t0|0", 2);
	assert_left_to_htslib("|0\t0|0", 2);
	assert_left_to_htslib("0|0 \t0|0", 2);
	assert_left_to_htslib("0|-1\t0|0", 2);
	assert_left_to_htslib("0|0:3\t0|0:4", 2);
	assert_left_to_htslib("0|a\t0|0", 2);
	assert_left_to_htslib("0|4096\t0|0", 2);
	assert_left_to_htslib("0|99999999999\t0|0", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_read_as_htslib_reads_them),
		cmocka_unit_test(test_long_runs_of_pairs_are_read_as_htslib_reads_them),
		cmocka_unit_test(test_what_looks_different_is_left_to_htslib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
