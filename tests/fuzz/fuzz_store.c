/* SPDX-License-Identifier: MIT */
/* A store's bytes, opened and read through every view. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/view/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { BUDGET = 64 << 20, VIEW_MAX = 4 << 20 };

static void read_view(const struct view_kind *kind, const struct dataset *d)
{
	struct err err = { 0 };
	uint64_t size;
	char *p;

	if (kind->size(d, &size, &err) < 0)
		return;
	size = size < VIEW_MAX ? size : VIEW_MAX;
	p = malloc(size + 1);
	kind->read(d, p, size, 0, &err);
	/* From the middle: the first record is not the first of the block. */
	kind->read(d, p, size / 3, size / 2, &err);
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct block_cache *cache = NULL;
	struct store *s = NULL;
	struct err err = { 0 };
	char pathname[64];
	int fd = memfd_create("store", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	snprintf(pathname, sizeof(pathname), "/proc/self/fd/%d", fd);
	if (store_open(pathname, &s, &err) == 0 && block_cache_new(BUDGET, &cache) == 0) {
		struct dataset d = dataset_of_store(s, cache);

		for (unsigned k = 0; k < n_view_kinds; k++)
			read_view(&view_kinds[k], &d);
		for (uint32_t i = 0; i < store_n_contigs(s) && i < 4; i++) {
			struct dataset contig = dataset_of_contig(&d, i);

			read_view(&view_kinds[0], &contig);
		}
	}
	block_cache_free(cache);
	store_close(s);
	close(fd);
	return 0;
}
