/* SPDX-License-Identifier: MIT */
/* What a mount has done, in one line. */
#ifndef GENOFS_TOOLS_RUN_STATS_H
#define GENOFS_TOOLS_RUN_STATS_H

/* Print it on standard error. A server that does not answer in time is not waited for. */
void run_stats(const char *mnt);

#endif
