/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/record/variant_type.h"

/* As `bcftools query -f '%TYPE'` 1.16 says of them. */
static void test_types_are_those_of_bcftools(void **state)
{
	static const struct {
		const char *ref;
		const char *alt;
		unsigned type;
	} cases[] = {
		{ "A", "C", VARIANT_SNP },
		{ "A", "a", VARIANT_REF },
		{ "A", ".", VARIANT_REF },
		{ "A", "*", VARIANT_OVERLAP },
		{ "A", "<*>", VARIANT_REF },
		{ "A", "<NON_REF>", VARIANT_REF },
		{ "A", "<DEL>", VARIANT_OTHER },
		{ "AC", "A", VARIANT_INDEL },
		{ "A", "ACG", VARIANT_INDEL },
		{ "ACGT", "AT", VARIANT_INDEL },
		{ "AC", "GT", VARIANT_MNP },
		{ "ACG", "ATG", VARIANT_SNP },
		{ "ACG", "TCA", VARIANT_MNP },
		{ "ACG", "TT", VARIANT_OTHER },
		{ "A", "A[chr1:5[", VARIANT_BND },
		{ "A", "]chr1:5]A", VARIANT_BND },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(variant_type_of(cases[i].ref, strlen(cases[i].ref), cases[i].alt,
						 strlen(cases[i].alt)),
				cases[i].type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types_are_those_of_bcftools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
