/* SPDX-License-Identifier: MIT */
/* The first seven or eight columns of a VCF line. */
#ifndef GENOFS_VIEW_VCF_SITE_H
#define GENOFS_VIEW_VCF_SITE_H

#include "core/view/vcf_text.h"

/* Return: false where the record's bytes are not well-formed. */
bool vcf_site_text(const struct vcf_text *v, const struct record *r, bool info,
		struct known_floats *known, struct text_out *o);

/* The name of a key. Return: false where there is no such key. */
static inline bool vcf_key_text(const struct vcf_text *v, uint32_t key, struct text_out *o)
{
	const struct name *name;

	if (key >= v->n_keys)
		return false;
	name = names_get(v->keys, key);
	text_bytes(o, name->s, name->len);
	return true;
}

#endif
