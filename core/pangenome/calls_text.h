/* SPDX-License-Identifier: MIT */
/* The lines of calls.vcf. For the files calls*.c alone. */
#ifndef GENOFS_PANGENOME_CALLS_TEXT_H
#define GENOFS_PANGENOME_CALLS_TEXT_H

#include "core/pangenome/calls_sites.h"
#include "core/view/text_out.h"

void call_put_header(const struct call_ground *c, struct text_out *o);
/* Record @i, in the order of records. Return: 0; -EBADMSG; -ENOMEM. */
int call_put_record(const struct call_ground *c, const struct call_sites *s, uint32_t i,
		struct text_out *o);

#endif
