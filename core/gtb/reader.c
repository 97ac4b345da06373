/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/gtb/ccf_column.h"
#include "core/gtb/gtb_private.h"

/* One row for each version. */
static const struct {
	int (*init)(struct gtb_reader *r, struct err *err);
	void (*done)(struct gtb_reader *r);
	int (*site)(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err);
	int (*row)(struct gtb_reader *r, uint64_t record, struct stored_row *out, struct err *err);
} versions[] = {
	[1] = { v1_reader_new, v1_reader_free, v1_read_site, v1_read_row },
	[2] = { v2_reader_new, v2_reader_free, v2_read_site, v2_read_row },
};

void gtb_reader_free(struct gtb_reader *r)
{
	if (!r)
		return;
	versions[r->g->version].done(r);
	calls_scratch_done(&r->calls);
	gtb_room_give(r->room, r->taken);
	free(r);
}

void gtb_reader_freep(struct gtb_reader **r)
{
	gtb_reader_free(*r);
}

int gtb_reader_new_in(const struct gtb *g, struct gtb_room *room, struct gtb_reader **out,
		struct err *err)
{
	CLEANUP(gtb_reader_freep) struct gtb_reader *r = calloc(1, sizeof(*r));
	uint64_t calls = (uint64_t)gtb_n_samples(g) * (sizeof(uint16_t) + 2);
	int ret;

	if (!r)
		return err_set(err, -ENOMEM, "out of memory");
	r->g = g;
	r->own.max = g->memory;
	r->own.option = g->room.option;
	r->room = room ? room : &r->own;
	if (!gtb_room_take(r->room, calls))
		return err_set(err, -EOVERFLOW,
				"%s: genotypes of %u samples do not fit %zu bytes of memory; give "
				"more %s",
				g->pathname, gtb_n_samples(g), r->room->max, r->room->option);
	r->taken = calls;
	ret = versions[g->version].init(r, err);
	if (ret == 0 && calls_scratch_init(&r->calls, gtb_n_samples(g)) < 0)
		ret = err_set(err, -ENOMEM, "out of memory");
	if (ret < 0)
		return err_prefix(err, ret, "%s", g->pathname);
	*out = r;
	r = NULL;
	return 0;
}

int gtb_reader_new(const struct gtb *g, struct gtb_reader **out, struct err *err)
{
	return gtb_reader_new_in(g, NULL, out, err);
}

/* Messages count records from 1, as those of other inputs. */
static int named(const struct gtb_reader *r, uint64_t record, int ret, struct err *err)
{
	return ret < 0 ? err_prefix(err, ret, "%s: record %llu", r->g->pathname,
					 (unsigned long long)record + 1)
		       : 0;
}

int gtb_read_site(struct gtb_reader *r, uint64_t record, struct gtb_site *out, struct err *err)
{
	return named(r, record, versions[r->g->version].site(r, record, out, err), err);
}

int gtb_read_contig(struct gtb_reader *r, uint64_t record, uint32_t *out, struct err *err)
{
	if (r->g->version == 2)
		return named(r, record, v2_read_contig(r, record, out, err), err);
	*out = gtb_block(r->g, gtb_block_of(r->g, record)).contig;
	return 0;
}

int gtb_read_row(struct gtb_reader *r, uint64_t record, uint32_t n_alleles, struct stored_row *out,
		struct err *err)
{
	int ret = versions[r->g->version].row(r, record, out, err);

	out->n_alleles = n_alleles;
	return named(r, record, ret, err);
}

int gtb_row_failed(const struct gtb_reader *r, uint64_t record, const struct stored_row *row,
		int ret, struct err *err)
{
	if (r->g->version == 1)
		err_prefix(err, ret, "block %u: GENOTYPES: row %u", row->block, row->row);
	return named(r, record, ret, err);
}

int gtb_read_calls(struct gtb_reader *r, uint64_t record, struct gtb_calls *out, struct err *err)
{
	struct stored_row row = { 0 };
	struct gtb_site site;
	int ret = gtb_read_site(r, record, &site, err);

	if (ret == 0)
		ret = gtb_read_row(r, record, site.n_alleles, &row, err);
	if (ret < 0)
		return ret;
	ret = calls_decode(&r->calls, &row, out, err);
	return ret < 0 ? gtb_row_failed(r, record, &row, ret, err) : 0;
}

void gtb_put_alts(const struct gtb_site *s, struct buf *out)
{
	const uint8_t *at = (const uint8_t *)s->alts.s;
	const uint8_t *end = at + s->alts.len;

	if (!s->alts_nested) {
		buf_put(out, s->alts.s, s->alts.len);
		return;
	}
	for (unsigned i = 0; at < end; i++) {
		struct gtb_text t = ccf_nested_next(&at, end);

		if (i)
			buf_put_u8(out, ',');
		buf_put(out, t.s, t.len);
	}
}
