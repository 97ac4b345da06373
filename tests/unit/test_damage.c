/* SPDX-License-Identifier: MIT */
/*
 * One flipped bit anywhere in a store: an error, or the same bytes as before. In every second trial
 * the checksums are made to fit the flip, so that the parsers meet the damage: they may then give
 * other text, but stay within bounds (run it under a sanitizer). With arguments, stores to
 * damage: test_damage TRIALS STORE...
 */
#include "tests/unit/sample_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/checksum.h"
#include "core/base/cursor.h"
#include "core/block/block_cache.h"
#include "core/store/layout.h"
#include "core/view/view.h"
#include "tests/unit/store_parts.h"

static char pathname[] = "/tmp/genofs-test-damage-XXXXXX";
static unsigned n_trials = 2000;
static char **given;
static int n_given;

static void write_over(int fd, const struct buf *bytes)
{
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, bytes->data, bytes->len, 0), bytes->len);
}

static void mend(uint8_t *at, uint64_t sum)
{
	sum = htole64(sum);
	memcpy(at, &sum, sizeof(sum));
}

/* Make the checksums of a chunk's streams fit its bytes, as far as its table can be read. */
static void mend_streams(uint8_t *chunk, const struct chunk_info *info)
{
	uint64_t site_end = info->head_length - info->table_length;
	struct cursor table = cursor_over(chunk + site_end, info->table_length);
	uint64_t at = 0;

	for (uint64_t n = cursor_varint(&table); n && !cursor_bad(&table); n--) {
		uint8_t kind = cursor_u8(&table);
		uint64_t len;
		uint8_t *sum;

		cursor_u8(&table);
		cursor_varint(&table);
		len = cursor_varint(&table);
		cursor_varint(&table);
		sum = chunk + (table.at - chunk);
		cursor_u64(&table);
		if (kind >= STREAM_SITES_END && at < info->head_length)
			at = info->head_length;
		if (cursor_bad(&table) || len > info->length - at)
			return;
		mend(sum, checksum(chunk + at, len));
		at += len;
	}
}

/* The place of chunk @k's checksum in the section of chunks. */
static uint8_t *table_sum(struct buf *section, uint32_t k)
{
	struct cursor c = cursor_over(section->data, section->len);

	cursor_varint(&c);
	for (;; k--) {
		uint8_t *sum;

		for (int i = 0; i < 3; i++)
			cursor_varint(&c);
		sum = section->data + (c.at - section->data);
		cursor_u64(&c);
		for (int i = 0; i < 8 + N_LINE_VIEWS; i++)
			cursor_varint(&c);
		if (!k)
			return sum;
	}
}

/* The views of the store; NULL where it cannot be opened or read. */
static char *read_all(const char *path, unsigned kind, size_t *len, int *status)
{
	struct err err = { 0 };
	struct store *s = NULL;
	struct block_cache *cache = NULL;
	struct dataset d;
	uint64_t size;
	char *p = NULL;
	ssize_t n = -1;

	*status = store_open(path, &s, &err);
	if (*status < 0)
		return NULL;
	assert_int_equal(block_cache_new(256 << 20, &cache), 0);
	d = dataset_of_store(s, cache);
	*status = view_size(&view_kinds[kind], &d, &size, &err);
	/* A damaged length may ask for any size: what no store of ours has is not read. */
	if (*status == 0 && size > 1u << 30)
		*status = -EOVERFLOW;
	if (*status == 0) {
		p = malloc(size + 1);
		n = view_read(&view_kinds[kind], &d, p, size, 0, &err);
		*status = n < 0 ? (int)n : 0;
		*len = size;
	}
	block_cache_free(cache);
	store_close(s);
	if (n < 0) {
		free(p);
		return NULL;
	}
	return p;
}

static void flip(uint8_t *data, size_t len)
{
	assert(data && len);
	data[sample_random((uint32_t)len)] ^= (uint8_t)(1u << sample_random(8));
}

/* Flip a bit of a chunk or of a footer section, and mend all checksums. */
static void damage_and_mend(const struct buf *file, struct store *s, int fd)
{
	struct store_parts p;
	struct buf out = { 0 };
	uint32_t k;

	assert_true(store_parts_take(file->data, file->len, &p));
	buf_put(&out, file->data, p.footer_at);
	if (store_n_chunks(s) && sample_random(4)) {
		const struct chunk_info *info;
		uint8_t *chunk;

		k = sample_random(store_n_chunks(s));
		info = store_chunk(s, k);
		chunk = out.data + info->offset;
		flip(chunk, info->length);
		mend_streams(chunk, info);
		mend(table_sum(&p.sections[SECTION_CHUNKS], k),
				checksum(chunk + info->head_length - info->table_length,
						info->table_length));
	} else {
		k = sample_random(N_SECTIONS);
		if (p.sections[k].len)
			flip(p.sections[k].data, p.sections[k].len);
	}
	store_parts_put(&p, &out);
	write_over(fd, &out);
	buf_done(&out);
	store_parts_done(&p);
}

static void damage(const char *source)
{
	struct buf file = { 0 };
	struct store *s = NULL;
	struct err err = { 0 };
	struct stat st;
	char *want[2];
	size_t want_len[2] = { 0 };
	unsigned n_errors = 0;
	int status;
	int fd = open(source, O_RDONLY);
	int out = open(pathname, O_RDWR | O_CREAT, 0600);

	assert_int_equal(fstat(fd, &st), 0);
	buf_reserve(&file, (size_t)st.st_size);
	assert_int_equal(read(fd, file.data, (size_t)st.st_size), st.st_size);
	file.len = (size_t)st.st_size;
	assert_int_equal(store_open(source, &s, &err), 0);
	for (unsigned k = 0; k < 2; k++) {
		want[k] = read_all(source, k, &want_len[k], &status);
		assert_non_null(want[k]);
	}
	for (unsigned i = 0; i < n_trials; i++) {
		if (i % 2) {
			damage_and_mend(&file, s, out);
		} else {
			struct buf bad = { 0 };

			buf_put(&bad, file.data, file.len);
			flip(bad.data, bad.len);
			write_over(out, &bad);
			buf_done(&bad);
		}
		for (unsigned k = 0; k < 2; k++) {
			size_t len = 0;
			char *got = read_all(pathname, k, &len, &status);

			n_errors += !got;
			if (got && i % 2 == 0) {
				assert_int_equal(len, want_len[k]);
				assert_memory_equal(got, want[k], len);
			}
			free(got);
		}
	}
	assert_true(n_errors > n_trials / 4);
	close(fd);
	close(out);
	store_close(s);
	free(want[0]);
	free(want[1]);
	buf_done(&file);
}

static void test_a_flipped_bit_never_gives_other_bytes(void **state)
{
	char made[] = "/tmp/genofs-test-damage-XXXXXX";

	(void)state;
	close(mkstemp(pathname));
	if (n_given) {
		for (int i = 0; i < n_given; i++)
			damage(given[i]);
	} else {
		close(mkstemp(made));
		sample_store_make(made, 2, 60, 9);
		damage(made);
		unlink(made);
	}
	unlink(pathname);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_flipped_bit_never_gives_other_bytes),
	};

	if (argc > 2) {
		n_trials = (unsigned)strtoul(argv[1], NULL, 10);
		given = argv + 2;
		n_given = argc - 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
