/* SPDX-License-Identifier: MIT */
#include "core/view/vcf_text.h"

#include <errno.h>
#include <stdlib.h>

#include "core/view/vcf_samples.h"
#include "core/view/vcf_site.h"
#include "core/view/vcf_words.h"

void vcf_scratch_done(struct vcf_scratch *s)
{
	free(s->alleles);
	free(s->fields);
	free(s->blank);
	free(s->known);
	free(s->words);
	memset(s, 0, sizeof(*s));
}

static int make_scratch(struct vcf_scratch *s)
{
	if (!s->known)
		s->known = calloc(1, sizeof(*s->known));
	if (!s->words)
		s->words = calloc(VCF_WORDS, sizeof(*s->words));
	return s->known && s->words ? 0 : -ENOMEM;
}

int vcf_text_record(const struct vcf_text *v, const struct record *r, enum vcf_columns columns,
		struct vcf_scratch *scratch, struct text_out *o)
{
	int status = make_scratch(scratch);

	if (status < 0)
		return status;
	if (!vcf_site_text(v, r, columns != VCF_FIXED, scratch->known, o))
		return -EBADMSG;
	if (columns == VCF_CALLS && v->n_samples)
		status = vcf_samples_text(v, r, scratch, o);
	if (status == 0)
		text_char(o, '\n');
	return status;
}
