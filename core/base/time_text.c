/* SPDX-License-Identifier: MIT */
#include "core/base/time_text.h"

#include <stdio.h>
#include <time.h>

#include "core/base/deadline.h"

const char *time_text(int64_t ns, char out[TIME_TEXT_LEN])
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(out, TIME_TEXT_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, TIME_TEXT_LEN, "?");
	return out;
}
