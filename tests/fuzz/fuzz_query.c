/* SPDX-License-Identifier: MIT */
/* Names of folders that are queries: lists of regions and filters of sites, from any text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/record/region.h"
#include "core/view/site_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int find(const void *arg, const char *s, size_t len, uint32_t *contig)
{
	(void)arg;
	if (!len || len > 3)
		return -1;
	*contig = (uint8_t)s[0] % 4;
	return s[0] == 'M';
}

/* What comes out is in order, apart, and not empty. */
static void check(const struct region_list *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		const struct region *r = &l->regions[i];

		if (r->from >= r->to)
			abort();
		if (i && r[-1].contig == r->contig && r[-1].to >= r->from)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct region_names names = { .find = find, .chosen = REGION_NO_CONTIG };
	struct region_list l = { 0 };
	struct site_filter f;
	char *text = malloc(len + 1);

	if (!text)
		return 0;
	if (len)
		memcpy(text, data, len);
	text[len] = '\0';
	for (int i = 0; i < 2; i++, names.chosen = 1)
		if (region_list_parse(text, &names, &l, NULL) == 0) {
			check(&l);
			region_list_done(&l);
		}
	if (site_filter_parse(text, &f, NULL) == 0 && (!f.n || f.n > SITE_FILTER_TERMS))
		abort();
	free(text);
	return 0;
}
