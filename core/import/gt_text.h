/* SPDX-License-Identifier: MIT */
/*
 * Sample columns that hold nothing but genotypes, read straight to BCF's values.
 *
 * Most bytes of a large cohort are such columns, and htslib's general reader takes most of an
 * import's time on them. This one knows only what htslib prints: alleles as '.' or numbers without
 * leading zeros, between '/' or '|'. Whatever looks different is left to htslib.
 */
#ifndef GENOFS_IMPORT_GT_TEXT_H
#define GENOFS_IMPORT_GT_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Scratch of a thread; zero-initialised. */
struct gt_text {
	uint8_t *values; /* owned; after gt_text_read() n_samples * ploidy of them */
	size_t cap;
	uint8_t type; /* RECORD_INT8 or RECORD_INT16 */
	uint32_t ploidy;
};

void gt_text_done(struct gt_text *g);

/**
 * gt_text_read() - read exactly @n_samples columns, separated by tabs
 *
 * Return: 1; 0 where the text is anything but that; -ENOMEM.
 */
int gt_text_read(struct gt_text *g, const char *text, size_t len, uint32_t n_samples);

#endif
