/* SPDX-License-Identifier: MIT */
/* What the files that make and check images share; for them only. */
#ifndef GENOFS_GRAPH_IMAGE_PARTS_H
#define GENOFS_GRAPH_IMAGE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/graph/gbz.h"
#include "core/graph/graph.h"
#include "core/graph/image_layout.h"
#include "core/graph/window.h"

/* The head and table of the image of @p; sections in native byte order. -EOVERFLOW. */
int image_plan(const struct gbz_parts *p, struct image_section sections[IMAGE_N_SECTIONS],
		uint64_t *size, struct err *err);

/* As image_attach(), of an image whose magic is not written yet. */
int image_attach_parts(const void *mem, size_t size, struct graph *out, struct err *err);

/**
 * image_check_tables() - that offsets ascend, names are sound and bases are letters
 * image_check_records() - that records are sound and lead to visits that there are
 * @make: write the samples of records and the starts of sequences; else compare them
 *
 * Return: 0; -EBADMSG; -ENOMEM; -ECANCELED.
 */
int image_check_tables(const struct graph *g, struct err *err);
int image_check_records(
		const struct graph *g, bool make, struct progress *progress, struct err *err);

#endif
