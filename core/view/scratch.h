/* SPDX-License-Identifier: MIT */
/* What a thread needs to render text, kept for its life and freed at its end. */
#ifndef GENOFS_VIEW_SCRATCH_H
#define GENOFS_VIEW_SCRATCH_H

#include "core/view/text_out.h"
#include "core/view/vcf_text.h"

struct view_scratch {
	char text[TEXT_SCRATCH];
	struct vcf_scratch vcf;
};

/* The calling thread's; NULL where memory is out. */
struct view_scratch *view_scratch(void);

#endif
