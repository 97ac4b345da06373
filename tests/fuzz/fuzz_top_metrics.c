/* SPDX-License-Identifier: MIT */
/* The metrics of a mount: what is taken is within bounds, and quantiles of it rise. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "tools/top_metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct metrics m;
	double before = 0;

	if (metrics_parse((const char *)data, len, &m, NULL) < 0)
		return 0;
	for (double q = 0; q <= 1; q += 0.125) {
		double t = metrics_quantile(NULL, &m.read_time, q);

		if (isnan(t))
			break;
		if (!(t >= before * (1 - 1e-9)))
			abort();
		before = t;
	}
	return 0;
}
