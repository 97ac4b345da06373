/* SPDX-License-Identifier: MIT */
#include "core/record/variant_type.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/cursor.h"

static bool same_base(char a, char b)
{
	return toupper((unsigned char)a) == toupper((unsigned char)b);
}

static bool is_bracket(char c)
{
	return c == '[' || c == ']';
}

static bool is(const char *s, size_t len, const char *what)
{
	return len == strlen(what) && memcmp(s, what, len) == 0;
}

/* What is left of both alleles once they are the same neither in front nor behind. */
static unsigned type_of_rest(const char *ref, size_t ref_len, const char *alt, size_t alt_len)
{
	bool same_end;

	while (ref_len > 1 && alt_len > 1 && same_base(ref[ref_len - 1], alt[alt_len - 1])) {
		ref_len--;
		alt_len--;
	}
	same_end = same_base(ref[ref_len - 1], alt[alt_len - 1]);
	if (ref_len == 1 && alt_len == 1)
		return VARIANT_SNP;
	if (ref_len == 1 || alt_len == 1)
		return same_end ? VARIANT_INDEL : VARIANT_OTHER;
	return ref_len == alt_len ? VARIANT_MNP : VARIANT_OTHER;
}

unsigned variant_type_of(const char *ref, size_t ref_len, const char *alt, size_t alt_len)
{
	size_t n = 0;

	if (!ref_len || !alt_len || is(alt, alt_len, ".") || is(alt, alt_len, "X"))
		return VARIANT_REF;
	if (is(alt, alt_len, "*"))
		return VARIANT_OVERLAP;
	if (*alt == '<')
		return is(alt, alt_len, "<X>") || is(alt, alt_len, "<*>") ||
						       is(alt, alt_len, "<NON_REF>")
				       ? VARIANT_REF
				       : VARIANT_OTHER;
	if (is_bracket(*alt))
		return VARIANT_BND;
	while (n < ref_len && n < alt_len && same_base(ref[n], alt[n]))
		n++;
	if (n == ref_len && n == alt_len)
		return VARIANT_REF;
	if (n == ref_len)
		return is_bracket(alt[n]) ? VARIANT_BND : VARIANT_INDEL;
	if (n == alt_len)
		return VARIANT_INDEL;
	return type_of_rest(ref + n, ref_len - n, alt + n, alt_len - n);
}

unsigned record_variant_types(const struct record *r)
{
	struct cursor c = cursor_over(r->site, r->site_len);
	const char *ref = NULL;
	size_t ref_len = 0;
	unsigned types = VARIANT_REF;
	size_t len;

	cursor_bytes(&c, &len); /* ID */
	for (uint32_t i = 0; i < r->n_allele; i++) {
		const char *p = (const char *)cursor_bytes(&c, &len);

		if (!p)
			return UINT_MAX;
		if (i)
			types |= variant_type_of(ref, ref_len, p, len);
		else
			ref = p;
		if (!i)
			ref_len = len;
	}
	return types;
}
