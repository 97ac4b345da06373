/* SPDX-License-Identifier: MIT */
/* Listings of folders. */
#include <stdio.h>

#include "core/base/folder_name.h"
#include "core/pangenome/folder.h"
#include "core/pangenome/folder_parts.h"

static void name_text(char name[NAME_MAX + 1], const char *s)
{
	snprintf(name, NAME_MAX + 1, "%s", s);
}

/* File @i of those of a level, which it is counted down by. */
static bool entry_of_files(const struct pg_folder *in, uint64_t *i, char *name, struct pg_node *out)
{
	for (uint32_t row = 0; row < n_pg_file_kinds; row++) {
		if (!has_file(in->level, row) || (*i)-- > 0)
			continue;
		name_text(name, pg_file_kinds[row].name);
		*out = node_in(in, PG_IS_FILE, row);
		return true;
	}
	return false;
}

static int entry_of_graph(const struct pangenome *p, const struct pg_folder *in, uint64_t i,
		char *name, struct pg_node *out)
{
	if (p->target && i-- == 0) {
		name_text(name, LINK_NAME);
		*out = node_in(in, PG_IS_LINK, 0);
		return 1;
	}
	if (i >= N_FIXED_FOLDERS)
		return 0;
	name_text(name, fixed_folders[i].name);
	*out = folder_node(fixed_folders[i].level, 0);
	return 1;
}

static int entry_of_sample(const struct pangenome *p, const struct pg_folder *in, uint64_t i,
		char *name, struct pg_node *out)
{
	const struct catalog_sample *s = &p->catalog.samples[in->number];

	for (uint32_t h = s->first_hap; h < s->first_hap + s->n_haps; h++) {
		struct pg_folder hap = { .level = PG_HAP, .number = h };

		if (entry_of_files(&hap, &i, name, out)) {
			char file[64];

			snprintf(file, sizeof(file), "%u%s", p->catalog.haps[h].number, name);
			name_text(name, file);
			return 1;
		}
	}
	return 0;
}

static int entry_of_contig(const struct pg_folder *in, uint64_t i, char *name, struct pg_node *out)
{
	if (i > 1)
		return 0;
	name_text(name, i ? REGIONS_NAME : BLOCKS_NAME);
	*out = folder_node(i ? PG_REGIONS : PG_BLOCKS, in->number);
	return 1;
}

static int entry_of_blocks(struct pangenome *p, const struct pg_folder *in, uint64_t i, char *name,
		struct pg_node *out, struct err *err)
{
	uint64_t first;
	uint64_t n;
	int r = folder_blocks(p, in->number, &first, &n, err);

	if (r < 0 || i >= n)
		return r;
	folder_name_of_number(first + i, name);
	*out = folder_node(PG_BLOCK, in->number);
	out->folder.block = first + i;
	return 1;
}

static int entry_of_unplaced(
		struct pangenome *p, uint64_t i, char *name, struct pg_node *out, struct err *err)
{
	const uint32_t *list;
	uint32_t n;
	int r = folder_unplaced(p, &list, &n, err);

	if (r < 0 || i >= n)
		return r;
	snprintf(name, NAME_MAX + 1, "%u", list[i]);
	*out = folder_node(PG_UNPLACED, list[i]);
	return 1;
}

static int entry_of_names(const struct pangenome *p, const struct pg_folder *in, uint64_t i,
		char *name, struct pg_node *out)
{
	const struct catalog *c = &p->catalog;
	const struct catalog_reference *r = &c->references[in->number];

	if (in->level == PG_SAMPLES && i < c->n_samples) {
		folder_put_name(p, (uint32_t)i, name);
		*out = folder_node(PG_SAMPLE, (uint32_t)i);
		return 1;
	}
	if (in->level == PG_REFERENCES && i < c->n_references) {
		folder_put_name(p, c->references[i].sample, name);
		*out = folder_node(PG_REFERENCE, (uint32_t)i);
		return 1;
	}
	if (in->level != PG_REFERENCE || i >= r->n_contigs || (r->first_contig + i) >> CONTIG_BITS)
		return 0;
	folder_put_name(p, c->n_samples + r->first_contig + (uint32_t)i, name);
	*out = folder_node(PG_CONTIG, r->first_contig + (uint32_t)i);
	return 1;
}

int pg_entry(struct pangenome *p, const struct pg_folder *in, uint64_t i, char name[NAME_MAX + 1],
		struct pg_node *out, struct err *err)
{
	if (entry_of_files(in, &i, name, out))
		return 1;
	switch (in->level) {
	case PG_GRAPH:
		return entry_of_graph(p, in, i, name, out);
	case PG_SAMPLE:
		return entry_of_sample(p, in, i, name, out);
	case PG_CONTIG:
		return entry_of_contig(in, i, name, out);
	case PG_BLOCKS:
		return entry_of_blocks(p, in, i, name, out, err);
	case PG_REGIONS:
		if (i)
			return 0;
		name_text(name, README_NAME);
		*out = node_in(in, PG_IS_README, 0);
		return 1;
	case PG_ALL_UNPLACED:
		return entry_of_unplaced(p, i, name, out, err);
	case PG_SAMPLES:
	case PG_REFERENCES:
	case PG_REFERENCE:
		return entry_of_names(p, in, i, name, out);
	default:
		return 0;
	}
}
