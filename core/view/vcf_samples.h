/* SPDX-License-Identifier: MIT */
/* FORMAT and what is behind it in a VCF line. */
#ifndef GENOFS_VIEW_VCF_SAMPLES_H
#define GENOFS_VIEW_VCF_SAMPLES_H

#include "core/view/vcf_text.h"

/* Return: 0; -EBADMSG where the record's bytes are not well-formed; -ENOMEM. */
int vcf_samples_text(const struct vcf_text *v, const struct record *r, struct vcf_scratch *scratch,
		struct text_out *o);

#endif
