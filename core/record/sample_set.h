/* SPDX-License-Identifier: MIT */
/* A choice of samples, in an order of its own. */
#ifndef GENOFS_RECORD_SAMPLE_SET_H
#define GENOFS_RECORD_SAMPLE_SET_H

#include <stdint.h>

struct sample_set {
	uint32_t *of; /* n numbers of samples, all different */
	uint32_t n;
};

#endif
