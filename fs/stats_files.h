/* SPDX-License-Identifier: MIT */
/* The files in MNT/.genofs: what the server says about itself. A table, so that a file is a row. */
#ifndef GENOFS_FS_STATS_FILES_H
#define GENOFS_FS_STATS_FILES_H

#include "core/base/buf.h"
#include "fs/options.h"

struct tree;

#define STATS_FOLDER_NAME ".genofs"

struct stats_file {
	const char *name;
	/* The whole content, as it is now. */
	void (*write)(const struct options *o, const struct tree *t, struct buf *out);
};

extern const struct stats_file stats_files[];
extern const unsigned n_stats_files;

/* All counters in one line of the log. */
void stats_log(void);

#endif
