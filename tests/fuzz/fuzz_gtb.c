/* SPDX-License-Identifier: MIT */
/*
 * Bytes as a GTB file, read to the end of the last field, and as a store, decoded: whatever they
 * are, reading stays within them and within the memory that it was given. What reads once reads the
 * same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gtb_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A few bytes may stand for many rows of many samples. */
enum { MEMORY = 8 << 20, RECORDS_MAX = 300 };

/* Blocks are checked by gtb_store_walk(), for what views rely on. */
static void fuzz_store(const char *pathname, struct buf *once, struct buf *again)
{
	struct err err = { 0 };
	int r;

	buf_clear(once);
	buf_clear(again);
	r = gtb_store_walk(pathname, MEMORY, RECORDS_MAX, once, &err);
	if (r < 0 && (err.code != r || !err.msg[0]))
		abort();
	if (r < 0)
		return;
	if (gtb_store_walk(pathname, MEMORY, RECORDS_MAX, again, &err) < 0)
		abort();
	if (once->len != again->len || memcmp(once->data, again->data, once->len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct gtb_file f = gtb_file_of(data, len);
	struct buf once = { 0 };
	struct buf again = { 0 };
	struct err err = { 0 };
	int r;

	gtb_looks_like(f.pathname);
	r = gtb_walk(f.pathname, MEMORY, RECORDS_MAX, &once, &err);
	if (r < 0 && (err.code != r || !err.msg[0]))
		abort();
	if (r == 0) {
		if (gtb_walk(f.pathname, MEMORY, RECORDS_MAX, &again, &err) < 0)
			abort();
		if (once.len != again.len || memcmp(once.data, again.data, once.len) != 0)
			abort();
	}
	fuzz_store(f.pathname, &once, &again);
	buf_done(&once);
	buf_done(&again);
	close(f.fd);
	return 0;
}
