/* SPDX-License-Identifier: MIT */
#include "core/store/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/store/measured.h"
#include "core/store/tables.h"

void store_tables_given_done(struct store_tables_given *t)
{
	buf_done(&t->header_text);
	buf_done(&t->sites_header_text);
	buf_done(&t->samples_text);
	buf_done(&t->bcf_head);
	names_free(t->keys);
	free(t->contigs);
	free(t->chunks);
	*t = (struct store_tables_given){ 0 };
}

static void take_over(struct store *s, struct store_tables_given *t)
{
	s->st.st_size = (off_t)t->file_size;
	s->st.st_mtim = t->mtime;
	s->sections[SECTION_HEADER] = t->header_text;
	s->sections[SECTION_SITES_HEADER] = t->sites_header_text;
	s->sections[SECTION_SAMPLES] = t->samples_text;
	s->sections[SECTION_BCF] = t->bcf_head;
	s->n_samples = t->n_samples;
	s->n_bcf_contigs = t->n_bcf_contigs;
	s->keys = t->keys;
	s->contigs = t->contigs;
	s->n_contigs = t->n_contigs;
	s->chunks = t->chunks;
	s->n_chunks = t->n_chunks;
	*t = (struct store_tables_given){ 0 };
}

/* What follows from the tables. */
static void complete(struct store *s)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < s->n_contigs; i++) {
		struct contig_info *contig = &s->contigs[i];

		contig->first_chunk = k;
		for (uint32_t j = 0; j < contig->n_chunks; j++, k++) {
			struct chunk_info *info = &s->chunks[k];

			info->contig = i;
			info->index = j;
			info->group = NO_GROUP;
			info->n_tiles = 1;
			info->first_record = s->n_records;
			info->gt_slots = info->shape.ploidy * s->n_samples;
			info->view_bytes[STORE_VIEW_RECORDS] = info->n_records;
			info->view_offset[STORE_VIEW_RECORDS] = s->n_records;
			s->n_records += info->n_records;
		}
		s->end = contig->end > s->end ? contig->end : s->end;
		s->shape = gt_shape_join(s->shape, contig->shape);
	}
}

int store_new_foreign(struct store_tables_given *t, const struct store_foreign *how,
		struct store **out, struct err *err)
{
	CLEANUP(store_closep) struct store *s = NULL;
	uint32_t ac = 0;
	uint32_t an = 0;
	uint32_t n_keys = names_count(t->keys);
	int r = store_alloc(t->pathname, &s);

	if (r == 0)
		r = measured_new(t->n_chunks, &s->measured);
	if (r == 0)
		r = names_intern(t->keys, "AC", 2, &ac);
	if (r == 0)
		r = names_intern(t->keys, "AN", 2, &an);
	if (r < 0)
		return err_set(err, r, "%s: %s", t->pathname,
				r == -ENOMEM ? "out of memory" : "too many keys");
	s->n_keys = n_keys;
	s->ac_key = ac;
	s->an_key = an;
	if (names_find(t->keys, "GT", 2, &s->gt_key) < 0)
		s->gt_key = UINT32_MAX;
	take_over(s, t);
	complete(s);
	s->foreign = *how;
	*out = s;
	s = NULL;
	return 0;
}

const struct store_foreign *store_foreign(const struct store *s)
{
	return s->foreign.decode ? &s->foreign : NULL;
}

struct measured *store_measured(const struct store *s)
{
	return s->measured;
}
