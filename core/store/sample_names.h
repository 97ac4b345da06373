/* SPDX-License-Identifier: MIT */
/*
 * Samples by name and by number. Made when first asked for: most mounts never need it. Every
 * function may be called from any thread.
 */
#ifndef GENOFS_STORE_SAMPLE_NAMES_H
#define GENOFS_STORE_SAMPLE_NAMES_H

#include "core/store/reader.h"

struct sample_names;

/* @text: names, a newline after each; borrowed. Return: 0 or -ENOMEM. */
int sample_names_new(const char *text, size_t len, uint32_t n, struct sample_names **out);
void sample_names_free(struct sample_names *t); /* NULL is nothing to do */

struct name sample_name(const struct sample_names *t, uint32_t sample);
/* Return: 0, or -ENOENT. Of names that come twice, which a header cannot have, any. */
int sample_find(const struct sample_names *t, const char *s, size_t len, uint32_t *sample);

/* Those of a store, which keeps them. Return: 0 or -ENOMEM. */
int store_sample_names(const struct store *s, const struct sample_names **out);

#endif
