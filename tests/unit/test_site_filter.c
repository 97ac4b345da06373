/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/view/site_filter.h"

static void test_terms_are_read(void **state)
{
	struct site_filter f;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(site_filter_parse("pass,maf>=0.01,type!=snp,qual<1e2", &f, &err), 0);
	assert_int_equal(f.n, 4);
	assert_true(f.terms[1].value == 0.01);
	assert_true(f.terms[3].value == 100);
}

static void test_genotypes_are_wanted_where_sites_do_not_tell(void **state)
{
	struct site_filter f;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(site_filter_parse("pass,qual>3,alleles=2", &f, &err), 0);
	assert_false(site_filter_wants_calls(&f, false));
	assert_int_equal(site_filter_parse("ac>=2", &f, &err), 0);
	assert_false(site_filter_wants_calls(&f, true));
	assert_true(site_filter_wants_calls(&f, false));
	assert_int_equal(site_filter_parse("missing<0.1", &f, &err), 0);
	assert_true(site_filter_wants_calls(&f, true));
}

static void test_what_is_no_filter_is_refused(void **state)
{
	static const char too_many[] = "an>1,an>1,an>1,an>1,an>1,an>1,an>1,an>1,an>1,an>1,an>1,an>"
				       "1,an>1,an>1,an>1,"
				       "an>1,an>1";
	static const char *const bad[] = { "", ",", "pass,", "pas", "pass=1", "maf", "maf>",
		"maf>x", "maf>0.1x", "type=indels", "type>snp", "qual>nan", "qual>inf", "qual>>3",
		"ac>=2 ", "ac>=99999999999999999999999999999999", too_many };

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct site_filter f;
		struct err err = { 0 };

		assert_int_equal(site_filter_parse(bad[i], &f, &err), -ENOENT);
		assert_true(err.msg[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms_are_read),
		cmocka_unit_test(test_genotypes_are_wanted_where_sites_do_not_tell),
		cmocka_unit_test(test_what_is_no_filter_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
