/* SPDX-License-Identifier: MIT */
#include "core/import/numbering.h"

#include <errno.h>
#include <stdlib.h>

/* What to do with each key of a record, in order. */
typedef int (*key_visitor)(void *arg, uint32_t *key);

int numbering_init(struct numbering *n)
{
	*n = (struct numbering){ .last_parsed_contig = UINT32_MAX };
	/* Only the pages that are used come to be. */
	n->key_map = calloc(NAMES_MAX, sizeof(*n->key_map));
	if (!n->key_map || names_new(&n->parsed_keys) < 0 || names_new(&n->parsed_contigs) < 0 ||
			names_new(&n->keys) < 0 || names_new(&n->contigs) < 0 ||
			names_new(&n->bcf_contigs) < 0)
		return -ENOMEM;
	return 0;
}

void numbering_done(struct numbering *n)
{
	names_free(n->parsed_keys);
	names_free(n->parsed_contigs);
	names_free(n->keys);
	names_free(n->contigs);
	names_free(n->bcf_contigs);
	free(n->key_map);
	*n = (struct numbering){ 0 };
}

int numbering_fix_declared(struct numbering *n, struct err *err)
{
	n->n_declared = names_count(n->parsed_keys);
	for (uint32_t i = 0; i < n->n_declared; i++) {
		const struct name *name = names_get(n->parsed_keys, i);

		if (names_intern(n->keys, name->s, name->len, &n->key_map[i]) < 0)
			return err_set(err, -ENOMEM, "out of memory");
	}
	n->n_keys = n->n_declared;
	return 0;
}

/* Step over the strings that a record begins with. */
static void skip_strings(struct cursor *c, uint32_t n)
{
	size_t len;

	while (n--)
		cursor_bytes(c, &len);
}

/* Copy what lies between @from and the cursor. */
static void copy_up_to(struct buf *out, const uint8_t *from, const struct cursor *c)
{
	if (out)
		buf_put(out, from, (size_t)(c->at - from));
}

static int visit_fields(struct cursor *c, uint32_t n_fields, uint32_t n_samples, key_visitor visit,
		void *arg, struct buf *out)
{
	for (uint32_t i = 0; i < n_fields; i++) {
		struct record_field f;
		struct cursor head = *c;
		int r;

		if (!record_field_next(c, n_samples, &f))
			return -EBADMSG;
		cursor_varint32(&head);
		r = visit(arg, &f.key);
		if (r < 0)
			return r;
		if (out)
			buf_put_varint(out, f.key);
		copy_up_to(out, head.at, c);
	}
	return 0;
}

/* All keys of @r through @visit; where @out is not NULL, the record with what it made of them. */
static int visit_keys(
		struct record *r, uint32_t n_samples, key_visitor visit, void *arg, struct buf *out)
{
	struct cursor site = cursor_over(r->site, r->site_len);
	struct cursor fmt = cursor_over(r->fmt, r->fmt_len);
	size_t start = out ? out->len : 0;
	uint32_t n_filters;
	int ret = 0;

	skip_strings(&site, 1 + r->n_allele);
	n_filters = cursor_varint32(&site);
	copy_up_to(out, r->site, &site);
	for (uint32_t i = 0; ret == 0 && i < n_filters; i++) {
		uint32_t key = cursor_varint32(&site);

		ret = cursor_bad(&site) ? -EBADMSG : visit(arg, &key);
		if (out)
			buf_put_varint(out, key);
	}
	if (ret == 0)
		ret = visit_fields(&site, r->n_info, 1, visit, arg, out);
	if (out)
		r->site_len = out->len - start;
	if (ret == 0)
		ret = visit_fields(&fmt, r->n_fmt, n_samples, visit, arg, out);
	if (out)
		r->fmt_len = out->len - start - r->site_len;
	return ret < 0 ? ret : out && buf_failed(out) ? -ENOMEM : 0;
}

static int give_number(void *arg, uint32_t *key)
{
	struct numbering *n = arg;
	const struct name *name;
	uint32_t final;
	int r;

	if (*key < n->n_declared)
		return 0;
	name = names_get(n->parsed_keys, *key);
	r = names_intern(n->keys, name->s, name->len, &final);
	if (r < 0)
		return r;
	/* Written once: chunks that are being coded read the map. */
	if (n->key_map[*key] != final)
		n->key_map[*key] = final;
	if (final != *key)
		n->renumbered = true;
	if (*key >= n->n_keys)
		n->n_keys = *key + 1;
	return 0;
}

int numbering_apply(struct numbering *n, uint32_t n_samples, struct batch *b, struct err *err)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct record *r = &b->records[i];
		uint32_t in_bcf;
		int ret = 0;

		if (r->contig != n->last_parsed_contig) {
			const struct name *name = names_get(n->parsed_contigs, r->contig);

			ret = names_intern(n->contigs, name->s, name->len, &n->last_contig);
			if (ret == 0)
				ret = names_intern(n->bcf_contigs, name->s, name->len, &in_bcf);
			n->last_parsed_contig = r->contig;
		}
		r->contig = n->last_contig;
		if (ret == 0 && b->odd[i])
			ret = visit_keys(r, n_samples, give_number, n, NULL);
		if (ret < 0)
			return err_set(err, ret, "too many contigs or keys, or out of memory");
	}
	return 0;
}

static int take_number_back(void *arg, uint32_t *key)
{
	const struct numbering *n = arg;
	const struct name *name = names_get(n->keys, *key);

	return names_find(n->parsed_keys, name->s, name->len, key);
}

int numbering_revert(
		const struct numbering *n, uint32_t n_samples, struct record *r, struct buf *out)
{
	struct numbering *arg = (struct numbering *)(uintptr_t)n;

	return visit_keys(r, n_samples, take_number_back, arg, out);
}
