/* SPDX-License-Identifier: MIT */
/*
 * The first page of a shared-memory object, from any bytes. What is read comes back from what is
 * written of it, and lies within the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/shm/shm_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct shm_header h;
	static struct shm_header again;
	uint8_t page[SHM_HEADER_LEN];
	uint64_t file_size = 0;

	/* Most sizes would be refused at once: take the one that the page itself names. */
	if (len >= 40)
		memcpy(&file_size, data + 32, sizeof(file_size));
	memset(&h, 0xff, sizeof(h));
	if (shm_header_read(data, len, file_size, &h, NULL) < 0)
		return 0;
	check(h.payload_offset + h.payload_size == h.total && h.total == file_size);
	check(strlen(h.source.path) < SHM_SOURCE_MAX && strlen(h.boot) < SHM_BOOT_MAX);
	check(shm_header_write(&h, page) == 0);
	/* All but the checksum, which the fuzzer's build does not look at. */
	check(memcmp(page, data, SHM_HEADER_LEN - 8) == 0);
	check(shm_header_read(page, sizeof(page), file_size, &again, NULL) == 0);
	check(memcmp(&h, &again, sizeof(h)) == 0);
	return 0;
}
