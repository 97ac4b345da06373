/* SPDX-License-Identifier: MIT */
#include "tools/open_store.h"

#include <errno.h>

#include "core/gtb/gtb_store.h"

int open_store(const char *pathname, const char *contigs, struct open_memory memory,
		struct store **out, struct err *err)
{
	const struct gtb_options o = {
		.contigs = contigs, .memory = memory.bytes, .option = memory.option
	};

	if (gtb_looks_like(pathname))
		return gtb_store_open(pathname, &o, out, err);
	if (contigs)
		return err_set(err, -EINVAL, "--contigs is for GTB files; %s is none", pathname);
	return store_open(pathname, out, err);
}
