/* SPDX-License-Identifier: MIT */
/*
 * The values of samples as words: the way from fields, which lie one after the other, to the text
 * of samples, which has them in turn.
 *
 * Most values have few characters. So the values of some samples at a time are made words, field
 * after field: up to seven characters, the one that separates the value from the one before it
 * first, and in the highest byte how many there are. The text is then the words in order, each
 * stored whole and overwritten by the next from where it ends. What has more characters is marked
 * as long and is printed when its turn comes.
 */
#ifndef GENOFS_VIEW_VCF_WORDS_H
#define GENOFS_VIEW_VCF_WORDS_H

#include "core/view/vcf_field.h"

enum { VCF_WORDS = 1024 }; /* made at once: they stay in the nearest cache */

/* All samples of a record, each after a tab. The scratch has its words. */
void vcf_words_text(struct samples *all, struct vcf_scratch *scratch, struct text_out *o);

#endif
