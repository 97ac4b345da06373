/* SPDX-License-Identifier: MIT */
#include "core/store/chunk_group.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/codec/stream.h"
#include "core/store/file_read.h"

int chunk_group_read(int fd, const struct chunk_group *g, uint8_t **raw, struct err *err)
{
	CLEANUP(freep) uint8_t *stored = malloc((size_t)g->length + 1);
	CLEANUP(freep) uint8_t *bytes = malloc((size_t)g->raw_length + 1);
	struct stream_unpacker *u = NULL;
	int r;

	if (!stored || !bytes || stream_unpacker_new(&u) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	r = file_read(fd, stored, (size_t)g->length, g->offset, err);
	if (r == 0 && !checksum_fits(stored, (size_t)g->length, g->checksum))
		r = err_set(err, -EBADMSG, "group of chunks at byte %llu: bad checksum",
				(unsigned long long)g->offset);
	if (r == 0 && stream_unpack(u, g->codec, stored, (size_t)g->length, bytes,
				      (size_t)g->raw_length) < 0)
		r = err_set(err, -EBADMSG, "group of chunks at byte %llu does not decompress",
				(unsigned long long)g->offset);
	stream_unpacker_free(u);
	if (r < 0)
		return r;
	*raw = bytes;
	bytes = NULL;
	return 0;
}
