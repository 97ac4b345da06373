/* SPDX-License-Identifier: MIT */
#include "core/gtb/gtb_head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/gtb/vcf_private.h"

void gtb_head_done(struct gtb_head *h)
{
	buf_done(&h->header_text);
	buf_done(&h->sites_header_text);
	buf_done(&h->samples_text);
	buf_done(&h->bcf_head);
	names_free(h->keys);
	free(h->uses);
	*h = (struct gtb_head){ 0 };
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

static void move_buf(struct buf *from, struct buf *to)
{
	*to = *from;
	*from = (struct buf){ 0 };
}

static int put_samples(const struct gtb *g, struct buf *out, struct err *err)
{
	for (uint32_t i = 0; i < gtb_n_samples(g); i++) {
		struct gtb_text name = gtb_sample(g, i);
		size_t blank = 0;

		while (blank < name.len && name.s[blank] == ' ')
			blank++;
		if (blank == name.len)
			return err_set(err, -EBADMSG, "the name of sample %u is blank", i);
		buf_put(out, name.s, name.len);
		buf_put_u8(out, '\n');
	}
	return buf_failed(out) ? no_memory(err) : 0;
}

/* Numbers without the holes that IDX may leave; types from @again, where they were read again. */
static int take_keys(struct gtb_head *out, const struct header_lines *lines,
		const struct header_lines *again, struct err *err)
{
	uint32_t n_ids = declared_n_ids(&lines->keys);

	out->uses = calloc(n_ids + 1ull, sizeof(*out->uses));
	if (!out->uses || names_new(&out->keys) < 0)
		return no_memory(err);
	for (uint32_t id = 0; id < n_ids; id++) {
		uint32_t number = declared_by_id(&lines->keys, id);
		const struct name *name;
		uint32_t key;

		if (number == UINT32_MAX)
			continue;
		name = names_get(lines->keys.names, number);
		if (names_intern(out->keys, name->s, name->len, &key) < 0)
			return no_memory(err);
		if (names_find(again->keys.names, name->s, name->len, &number) == 0)
			out->uses[key] = *declared_key(again, number);
	}
	out->n_keys = names_count(out->keys);
	return 0;
}

/* What records need declared, as they have it. */
static int check_keys(const struct gtb_vcf *v, const struct gtb_head *h, struct err *err)
{
	static const enum info_type types[N_COUNTS] = {
		[COUNT_AC] = INFO_INTEGER, [COUNT_AN] = INFO_INTEGER, [COUNT_AF] = INFO_FLOAT
	};
	uint32_t key;

	for (unsigned i = 0; i < N_COUNTS; i++) {
		const char *id = count_keys[i].id;

		if (!v->counts[i])
			continue;
		if (names_find(h->keys, id, strlen(id), &key) < 0 ||
				!(h->uses[key].uses & DECLARES_INFO) ||
				h->uses[key].type != types[i])
			return err_set(err, -EBADMSG, "its header line for INFO/%s is malformed",
					id);
	}
	if (gtb_n_samples(v->g) && (names_find(h->keys, "GT", 2, &key) < 0 ||
						   !(h->uses[key].uses & DECLARES_FORMAT)))
		return err_set(err, -EBADMSG, "its header line for FORMAT/GT is malformed");
	return 0;
}

/* Whether the keys have the same numbers in BCF, where IDX does not count. */
static bool same_numbers(const struct gtb_head *h, const struct header_lines *bcf)
{
	for (uint32_t i = 0; i < h->n_keys; i++) {
		const struct name *name = names_get(h->keys, i);
		uint32_t number;

		if (names_find(bcf->keys.names, name->s, name->len, &number) < 0 ||
				declared_key(bcf, number)->id != i)
			return false;
	}
	return true;
}

/* Contigs that records have and no line declares come after the others. */
static int find_contigs(struct header_lines *bcf, struct gtb_head_contig *contigs, uint32_t n,
		bool *found, struct err *err)
{
	*found = true;
	for (uint32_t i = 0; i < n; i++) {
		struct gtb_text name = contigs[i].name;
		struct buf line = { 0 };
		uint32_t number;
		int r = 0;

		contigs[i].length = 0;
		contigs[i].bcf_id = 0;
		if (names_find(bcf->contigs.names, name.s, name.len, &number) < 0) {
			buf_printf(&line, "##contig=<ID=%.*s>", (int)name.len, name.s);
			r = buf_failed(&line) ? no_memory(err)
					      : header_lines_add(bcf, (char *)line.data, line.len,
								err);
			buf_done(&line);
		}
		if (r < 0)
			return r;
		if (names_find(bcf->contigs.names, name.s, name.len, &number) < 0) {
			*found = false;
			continue;
		}
		contigs[i].bcf_id = declared_contig(bcf, number)->id;
		contigs[i].length = declared_contig(bcf, number)->length;
	}
	return 0;
}

int gtb_head_bcf(const struct gtb_vcf *v, struct gtb_head *h, struct gtb_head_contig *contigs,
		uint32_t n_contigs, struct err *err)
{
	struct header_lines bcf = { 0 };
	bool found = false;
	int r = header_lines_init(&bcf, false) < 0 ? no_memory(err) : 0;

	if (r == 0)
		r = header_lines_take(&bcf, (char *)h->header_text.data, h->header_text.len, err);
	if (r == 0)
		r = find_contigs(&bcf, contigs, n_contigs, &found, err);
	if (r == 0 && found && same_numbers(h, &bcf)) {
		vcf_put_chrom_line(v->g, true, &bcf.bcf);
		buf_put_u8(&bcf.bcf, '\0');
		if (bcf.bcf.len <= UINT32_MAX) {
			buf_put(&h->bcf_head, "BCF\2\2", 5);
			buf_put_u32(&h->bcf_head, (uint32_t)bcf.bcf.len);
			buf_put(&h->bcf_head, bcf.bcf.data, bcf.bcf.len);
			h->n_bcf_contigs = declared_n_ids(&bcf.contigs);
		}
		if (buf_failed(&bcf.bcf) || buf_failed(&h->bcf_head))
			r = no_memory(err);
	}
	header_lines_done(&bcf);
	return r < 0 ? err_prefix(err, r, "%s", gtb_pathname(v->g)) : 0;
}

/* The lines, and those read again as BCF has them: htslib makes the header of sites of these. */
static int take_lines(const struct gtb_vcf *v, struct header_lines *lines,
		struct header_lines *again, struct err *err)
{
	struct buf text = { 0 };
	int r = header_lines_init(lines, false);

	gtb_vcf_header(v, &text);
	if (r < 0 || buf_failed(&text) || header_lines_init(again, true) < 0)
		r = no_memory(err);
	if (r == 0)
		r = header_lines_take(lines, (char *)text.data, text.len, err);
	buf_done(&text);
	return r < 0 ? r : header_lines_take(again, (char *)lines->bcf.data, lines->bcf.len, err);
}

int gtb_head_make(const struct gtb_vcf *v, struct gtb_head *out, struct err *err)
{
	struct header_lines lines = { 0 };
	struct header_lines again = { 0 };
	int r = take_lines(v, &lines, &again, err);

	if (r == 0)
		r = take_keys(out, &lines, &again, err);
	if (r == 0)
		r = check_keys(v, out, err);
	if (r == 0)
		r = put_samples(v->g, &out->samples_text, err);
	if (r == 0) {
		vcf_put_chrom_line(v->g, true, &lines.vcf);
		vcf_put_chrom_line(v->g, false, &again.vcf);
		if (buf_failed(&lines.vcf) || buf_failed(&again.vcf))
			r = no_memory(err);
		move_buf(&lines.vcf, &out->header_text);
		move_buf(&again.vcf, &out->sites_header_text);
	}
	header_lines_done(&lines);
	header_lines_done(&again);
	return r < 0 ? err_prefix(err, r, "%s", gtb_pathname(v->g)) : 0;
}
