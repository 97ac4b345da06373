/* SPDX-License-Identifier: MIT */
#include "tests/unit/sample_store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/checksum.h"
#include "core/block/block_cache.h"
#include "core/store/layout.h"
#include "core/view/view.h"

static char folder[] = "/tmp/genofs-test-store-XXXXXX";
static char pathname[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(pathname, sizeof(pathname), "%s/a.gst", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(pathname);
	return rmdir(folder);
}

static char *read_view(const struct view_kind *kind, const struct dataset *d, size_t *len)
{
	struct err err = { 0 };
	uint64_t size;
	char *p;

	assert_int_equal(view_size(kind, d, &size, &err), 0);
	p = malloc(size + 1);
	assert_int_equal(view_read(kind, d, p, size + 1, 0, &err), size);
	*len = size;
	return p;
}

static void test_a_store_has_what_was_written(void **state)
{
	struct store *s = NULL;
	struct err err = { 0 };
	struct stat st;
	size_t len;

	(void)state;
	sample_store_make(pathname, 5, 100, 4);
	assert_int_equal(stat(pathname, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_open(pathname, &s, &err), 0);
	assert_int_equal(store_n_chunks(s), 5);
	assert_int_equal(store_n_contigs(s), 2);
	assert_int_equal(store_n_records(s), 500);
	assert_int_equal(store_n_samples(s), 4);
	assert_int_equal(store_contig(s, 0)->n_chunks, 3);
	assert_int_equal(store_contig(s, 1)->n_records, 200);
	assert_int_equal(store_contig(s, 0)->length, 248956422);
	assert_int_equal(store_chunk(s, 4)->index, 1);
	assert_int_equal(store_chunk(s, 0)->start, -1);
	assert_memory_equal(store_samples_text(s, &len), "S\nS\nS\nS\n", 8);
	assert_int_equal(store_gt_key(s), 5);
	store_close(s);
}

static void test_parts_of_a_view_make_the_whole(void **state)
{
	struct block_cache *cache = NULL;
	struct store *s = NULL;
	struct dataset d;
	struct err err = { 0 };

	(void)state;
	sample_store_make(pathname, 4, 200, 30);
	assert_int_equal(store_open(pathname, &s, &err), 0);
	assert_int_equal(block_cache_new(block_cache_need(s), &cache), 0);
	d = dataset_of_store(s, cache);
	for (unsigned k = 0; k < n_view_kinds; k++) {
		size_t len;
		char *whole = read_view(&view_kinds[k], &d, &len);
		char *part = malloc(len + 1);

		for (size_t at = 0; at < len; at += 1 + at / 3) {
			size_t want = len - at < 5000 ? len - at : 5000;

			assert_int_equal(view_read(&view_kinds[k], &d, part, 5000, at, &err), want);
			assert_memory_equal(part, whole + at, want);
		}
		assert_int_equal(view_read(&view_kinds[k], &d, part, 10, len, &err), 0);
		assert_int_equal(view_read(&view_kinds[k], &d, part, 10, len + 5, &err), 0);
		free(part);
		free(whole);
	}
	block_cache_free(cache);
	store_close(s);
}

/* The lines of contigs and blocks, joined, are the store's. */
static void test_contigs_and_blocks_are_cuts_of_the_store(void **state)
{
	struct block_cache *cache = NULL;
	struct store *s = NULL;
	struct dataset d;
	struct err err = { 0 };
	size_t header_len;

	(void)state;
	assert_int_equal(store_open(pathname, &s, &err), 0);
	assert_int_equal(block_cache_new(8 * block_cache_need(s), &cache), 0);
	d = dataset_of_store(s, cache);
	store_header_text(s, &header_len);
	for (unsigned k = 0; k < 2; k++) {
		size_t len;
		char *whole = read_view(&view_kinds[k], &d, &len);
		size_t at = header_len;

		for (uint32_t c = 0; c < store_n_contigs(s); c++) {
			struct dataset contig = dataset_of_contig(&d, c);

			for (uint32_t b = 0; b < store_contig(s, c)->n_chunks; b++) {
				struct dataset block = dataset_of_block(&contig, b);
				size_t n;
				char *part = read_view(&view_kinds[k], &block, &n);

				assert_memory_equal(part + header_len, whole + at, n - header_len);
				at += n - header_len;
				free(part);
			}
		}
		assert_int_equal(at, len);
		free(whole);
	}
	block_cache_free(cache);
	store_close(s);
}

static void test_a_file_cut_anywhere_is_refused(void **state)
{
	struct stat st;

	(void)state;
	sample_store_make(pathname, 1, 3, 2);
	assert_int_equal(stat(pathname, &st), 0);
	for (off_t size = st.st_size - 1; size >= 0; size--) {
		struct store *s = NULL;
		struct err err = { 0 };

		assert_int_equal(truncate(pathname, size), 0);
		assert_int_equal(store_open(pathname, &s, &err), -EBADMSG);
		assert_null(s);
		assert_non_null(strstr(err.msg, pathname));
	}
}

static void test_a_newer_version_is_named(void **state)
{
	uint8_t newer = STORE_VERSION + 1;
	struct store *s = NULL;
	struct err err = { 0 };
	int fd;

	(void)state;
	sample_store_make(pathname, 1, 3, 2);
	fd = open(pathname, O_RDWR);
	assert_int_equal(pwrite(fd, &newer, 1, STORE_MAGIC_LEN), 1);
	close(fd);
	assert_int_equal(store_open(pathname, &s, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "version 2"));
}

static void test_a_store_that_changes_while_open_gives_an_error(void **state)
{
	struct store *s = NULL;
	struct err err = { 0 };
	uint8_t *bytes;

	(void)state;
	sample_store_make(pathname, 1, 3, 2);
	assert_int_equal(store_open(pathname, &s, &err), 0);
	bytes = malloc(store_chunk(s, 0)->length);
	assert_int_equal(store_read_chunk(s, 0, 0, bytes, store_chunk(s, 0)->length, &err), 0);
	sample_store_make(pathname, 1, 3, 2); /* renamed over it */
	assert_int_equal(store_read_chunk(s, 0, 0, bytes, store_chunk(s, 0)->length, &err), -EIO);
	assert_non_null(strstr(err.msg, "replaced"));
	store_close(s);

	assert_int_equal(store_open(pathname, &s, &err), 0);
	assert_int_equal(truncate(pathname, 100), 0);
	assert_int_equal(store_read_chunk(s, 0, 0, bytes, store_chunk(s, 0)->length, &err), -EIO);
	store_close(s);
	free(bytes);
}

static void test_an_unfinished_store_leaves_nothing(void **state)
{
	struct store_writer *w = NULL;
	struct err err = { 0 };

	(void)state;
	unlink(pathname);
	assert_int_equal(store_writer_new(pathname, &w, &err), 0);
	store_writer_free(w);
	assert_int_equal(access(pathname, F_OK), -1);
	assert_int_equal(store_writer_new("/nonexistent/a.gst", &w, &err), -ENOENT);
	assert_int_equal(store_writer_new(folder, &w, &err), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_store_has_what_was_written),
		cmocka_unit_test(test_parts_of_a_view_make_the_whole),
		cmocka_unit_test(test_contigs_and_blocks_are_cuts_of_the_store),
		cmocka_unit_test(test_a_file_cut_anywhere_is_refused),
		cmocka_unit_test(test_a_newer_version_is_named),
		cmocka_unit_test(test_a_store_that_changes_while_open_gives_an_error),
		cmocka_unit_test(test_an_unfinished_store_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
