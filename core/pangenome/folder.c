/* SPDX-License-Identifier: MIT */
#include "core/pangenome/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/folder_name.h"
#include "core/base/number.h"
#include "core/pangenome/folder_parts.h"

const struct fixed_folder fixed_folders[N_FIXED_FOLDERS] = {
	{ "sample", PG_SAMPLES },
	{ "ref", PG_REFERENCES },
	{ "unplaced", PG_ALL_UNPLACED },
};

const char pg_region_readme[] =
		"What has its place in an interval of the contig, as the files of a block:\n\n"
		"\t@region/31498000-31499999/\n\n"
		"Positions are 1-based, the interval is closed; the contig and ':' may stand "
		"before it.\nSuch folders are looked up, not listed.\n";

const char *pg_link_target(const struct pangenome *p)
{
	return p->target;
}

struct pg_folder pg_parent(const struct pangenome *p, const struct pg_folder *of)
{
	struct pg_folder up = { .level = PG_GRAPH };

	switch (of->level) {
	case PG_SAMPLE:
		up.level = PG_SAMPLES;
		break;
	case PG_HAP:
		up.level = PG_SAMPLE;
		up.number = p->catalog.haps[of->number].sample;
		break;
	case PG_REFERENCE:
		up.level = PG_REFERENCES;
		break;
	case PG_CONTIG:
		up.level = PG_REFERENCE;
		up.number = p->catalog.contigs[of->number].reference;
		break;
	case PG_BLOCKS:
	case PG_REGIONS:
		up.level = PG_CONTIG;
		up.number = of->number;
		break;
	case PG_BLOCK:
	case PG_REGION:
		up.level = of->level == PG_BLOCK ? PG_BLOCKS : PG_REGIONS;
		up.number = of->number;
		break;
	case PG_UNPLACED:
		up.level = PG_ALL_UNPLACED;
		break;
	default:
		break;
	}
	return up;
}

static bool find_file(enum pg_level level, const char *name, uint32_t *row)
{
	for (*row = 0; *row < n_pg_file_kinds; ++*row)
		if (has_file(level, *row) && strcmp(pg_file_kinds[*row].name, name) == 0)
			return true;
	return false;
}

static bool is_in(const uint32_t *list, uint32_t n, uint64_t component)
{
	uint32_t low = 0;
	uint32_t high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (list[mid] < component)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && list[low] == component;
}

static int lookup_in_sample(struct pangenome *p, const struct pg_folder *in, const char *name,
		struct pg_node *out)
{
	const struct catalog_sample *s = &p->catalog.samples[in->number];
	size_t n = strspn(name, "0123456789");

	for (uint32_t h = s->first_hap; n && h < s->first_hap + s->n_haps; h++) {
		char number[16];
		uint32_t row;

		snprintf(number, sizeof(number), "%u", p->catalog.haps[h].number);
		if (strlen(number) != n || memcmp(number, name, n) != 0)
			continue;
		if (!find_file(PG_HAP, name + n, &row))
			return -ENOENT;
		*out = (struct pg_node){
			.folder = { .level = PG_HAP, .number = h }, .type = PG_IS_FILE, .row = row
		};
		return 0;
	}
	return -ENOENT;
}

static int lookup_block(struct pangenome *p, const struct pg_folder *in, const char *name,
		struct pg_node *out, struct err *err)
{
	uint64_t first;
	uint64_t n;
	uint64_t k;
	int r;

	if (!folder_name_number(name, &k))
		return -ENOENT;
	r = folder_blocks(p, in->number, &first, &n, err);
	if (r < 0)
		return r;
	if (k < first || k - first >= n)
		return -ENOENT;
	*out = folder_node(PG_BLOCK, in->number);
	out->folder.block = k;
	return 0;
}

/* [CONTIG:]START-END, 1-based and closed. */
static bool parse_region(const struct name *contig, const char *text, uint64_t *low, uint64_t *high)
{
	char digits[24];
	const char *dash;

	if (strncmp(text, contig->s, contig->len) == 0 && text[contig->len] == ':')
		text += contig->len + 1;
	dash = strchr(text, '-');
	if (!dash || (size_t)(dash - text) >= sizeof(digits))
		return false;
	memcpy(digits, text, (size_t)(dash - text));
	digits[dash - text] = '\0';
	if (!number_parse(digits, 10, low) || !number_parse(dash + 1, 10, high))
		return false;
	if (!*low || *high < *low)
		return false;
	--*low;
	return true;
}

/* The region's entry, there already or in place of the one not used for the longest. */
static uint64_t note_region(struct pangenome *p, uint32_t contig, uint64_t low, uint64_t high)
{
	struct region *oldest = p->regions;
	struct region *found = NULL;
	uint64_t serial;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < REGIONS_MAX; i++) {
		struct region *r = &p->regions[i];

		if (r->serial && r->contig == contig && r->low == low && r->high == high)
			found = r;
		if (r->used < oldest->used)
			oldest = r;
	}
	if (!found) {
		found = oldest;
		*found = (struct region){ ++p->n_regions, contig, low, high, 0 };
	}
	found->used = ++p->clock;
	serial = found->serial;
	pthread_mutex_unlock(&p->lock);
	return serial;
}

static int lookup_region(struct pangenome *p, const struct pg_folder *in, const char *name,
		struct pg_node *out, struct err *err)
{
	uint64_t low;
	uint64_t high;

	if (strcmp(name, README_NAME) == 0) {
		*out = node_in(in, PG_IS_README, 0);
		return 0;
	}
	if (!parse_region(&p->catalog.contigs[in->number].name, name, &low, &high))
		return err_set(err, -ENOENT,
				"@region/%s: not START-END with 1 <= START <= END, as "
				"@region/1001-2000",
				name);
	*out = folder_node(PG_REGION, in->number);
	out->folder.low = low;
	out->folder.high = high;
	out->folder.serial = note_region(p, in->number, low, high);
	return 0;
}

static int lookup_unplaced(
		struct pangenome *p, const char *name, struct pg_node *out, struct err *err)
{
	const uint32_t *list;
	uint64_t component;
	uint32_t n;
	int r;

	if (!number_parse(name, 10, &component) || (*name == '0' && name[1]))
		return -ENOENT;
	r = folder_unplaced(p, &list, &n, err);
	if (r < 0)
		return r;
	if (!is_in(list, n, component))
		return -ENOENT;
	*out = folder_node(PG_UNPLACED, (uint32_t)component);
	return 0;
}

static int lookup_contig(
		struct pangenome *p, uint32_t reference, const char *name, struct pg_node *out)
{
	uint32_t contig;

	if (!folder_find_contig(p, reference, name, &contig) || contig >> CONTIG_BITS)
		return -ENOENT;
	*out = folder_node(PG_CONTIG, contig);
	return 0;
}

static int lookup_in_graph(const struct pangenome *p, const struct pg_folder *in, const char *name,
		struct pg_node *out)
{
	for (unsigned i = 0; i < N_FIXED_FOLDERS; i++)
		if (strcmp(name, fixed_folders[i].name) == 0) {
			*out = folder_node(fixed_folders[i].level, 0);
			return 0;
		}
	if (!p->target || strcmp(name, LINK_NAME) != 0)
		return -ENOENT;
	*out = node_in(in, PG_IS_LINK, 0);
	return 0;
}

static int lookup_in_contig(const struct pg_folder *in, const char *name, struct pg_node *out)
{
	if (strcmp(name, BLOCKS_NAME) == 0)
		*out = folder_node(PG_BLOCKS, in->number);
	else if (strcmp(name, REGIONS_NAME) == 0)
		*out = folder_node(PG_REGIONS, in->number);
	else
		return -ENOENT;
	return 0;
}

int pg_lookup(struct pangenome *p, const struct pg_folder *in, const char *name,
		struct pg_node *out, struct err *err)
{
	uint32_t n;

	if (find_file(in->level, name, &n)) {
		*out = node_in(in, PG_IS_FILE, n);
		return 0;
	}
	switch (in->level) {
	case PG_GRAPH:
		return lookup_in_graph(p, in, name, out);
	case PG_SAMPLES:
		if (!folder_find_sample(p, name, &n))
			return -ENOENT;
		*out = folder_node(PG_SAMPLE, n);
		return 0;
	case PG_SAMPLE:
		return lookup_in_sample(p, in, name, out);
	case PG_REFERENCES:
		if (!folder_find_sample(p, name, &n) ||
				p->catalog.samples[n].reference == CATALOG_NONE)
			return -ENOENT;
		*out = folder_node(PG_REFERENCE, p->catalog.samples[n].reference);
		return 0;
	case PG_REFERENCE:
		return lookup_contig(p, in->number, name, out);
	case PG_CONTIG:
		return lookup_in_contig(in, name, out);
	case PG_BLOCKS:
		return lookup_block(p, in, name, out, err);
	case PG_REGIONS:
		return lookup_region(p, in, name, out, err);
	case PG_ALL_UNPLACED:
		return lookup_unplaced(p, name, out, err);
	default:
		return -ENOENT;
	}
}
