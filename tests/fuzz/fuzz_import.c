/* SPDX-License-Identifier: MIT */
/* Bytes as an input of import: what comes out must be what htslib prints of them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <htslib/hts.h>
#include <htslib/kstring.h>
#include <htslib/vcf.h>

#include "core/base/checksum.h"
#include "core/import/import.h"
#include "core/view/view.h"

/* Names of the input stand within messages, never at their end. */
static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s);

	return n >= strlen(end) && strcmp(s + n - strlen(end), end) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
const char *__lsan_default_suppressions(void);

/* Threads of htslib's that decompress lose 32 bytes each where a BGZF block is damaged. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libhts.so\n";
}

/* Lines without regard to their order: import sorts. */
struct lines {
	uint64_t n;
	uint64_t sum;
};

static void add_line(struct lines *l, const char *p, size_t n)
{
	l->n++;
	l->sum += checksum(p, n);
}

static struct lines lines_of_htslib(const char *pathname)
{
	htsFile *fp = hts_open(pathname, "r");
	bcf_hdr_t *hdr = bcf_hdr_read(fp);
	bcf1_t *v = bcf_init();
	kstring_t s = { 0 };
	struct lines l = { 0 };

	while (bcf_read(fp, hdr, v) == 0) {
		s.l = 0;
		vcf_format(hdr, v, &s);
		add_line(&l, s.s, s.l);
	}
	free(s.s);
	bcf_destroy(v);
	bcf_hdr_destroy(hdr);
	hts_close(fp);
	return l;
}

static struct lines lines_of_store(const char *pathname)
{
	struct store *s = NULL;
	struct block_cache *cache = NULL;
	struct lines l = { 0 };

	if (store_open(pathname, &s, NULL) < 0 || block_cache_new(block_cache_need(s), &cache) < 0)
		abort();
	for (uint32_t i = 0; i < store_n_chunks(s); i++) {
		struct dataset store = dataset_of_store(s, cache);
		const struct block *b;
		size_t header;
		char *text;

		store_header_text(s, &header);
		if (block_cache_get(cache, s, i, BLOCK_CALLS, &b, NULL) < 0)
			abort();
		text = malloc(store_chunk(s, i)->view_bytes[STORE_VIEW_CALLS] + 1);
		for (uint32_t r = 0; r < b->n_records; r++) {
			const uint64_t *at = &b->view_offset[STORE_VIEW_CALLS][r];
			size_t n = at[1] - at[0];
			uint64_t off = header + store_chunk(s, i)->view_offset[STORE_VIEW_CALLS] +
				       at[0];

			if (view_read(&view_kinds[0], &store, text, n, off, NULL) != (ssize_t)n)
				abort();
			add_line(&l, text, n);
		}
		free(text);
		block_put(b);
	}
	block_cache_free(cache);
	store_close(s);
	return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char output[64];
	char pathname[64];
	const char *inputs[] = { pathname };
	struct import_options o = { .inputs = inputs,
		.n_inputs = 1,
		.output = output,
		.n_threads = 1,
		.chunk_records = 3,
		.chunk_bytes = IMPORT_CHUNK_BYTES_MIN,
		.memory = 1 << 30,
		.check = true };
	struct import_progress progress = { 0 };
	struct err err = { 0 };
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len)
		abort();
	snprintf(pathname, sizeof(pathname), "/proc/self/fd/%d", fd);
	snprintf(output, sizeof(output), "/dev/shm/fuzz-import-%d.gst", (int)getpid());
	if (import_run(&o, &progress, NULL, &err) == 0) {
		struct lines theirs = lines_of_htslib(pathname);
		struct lines ours = lines_of_store(output);

		if (ours.n != theirs.n || ours.sum != theirs.sum)
			abort();
		unlink(output);
	} else if (ends_with(err.msg, "; please report it")) {
		abort();
	}
	close(fd);
	return 0;
}
