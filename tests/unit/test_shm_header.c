/* SPDX-License-Identifier: MIT */
#include "shm_folder.h"

#include "core/base/checksum.h"
#include "core/shm/shm_header.h"

enum {
	AT_VERSION = 8,
	AT_PATH_LEN = 28,
	AT_TOTAL = 32,
	AT_BOOT = 72,
	AT_PATH = 176,
	AT_SUM = 4088
};

static struct shm_header some_header(void)
{
	struct shm_header h = {
		.kind = 1,
		.kind_version = 2,
		.uid = 1000,
		.pid = 77,
		.total = SHM_HEADER_LEN + 5,
		.payload_offset = SHM_HEADER_LEN,
		.payload_size = 5,
		.payload_checksum = 99,
		.created = -1,
		.boot = "boot",
		.source = { .path = "/data/graph.gbz", .size = 12, .mtime = 34, .full = { 1, 2 } }
	};

	return h;
}

/* The page with a checksum that fits what it says. */
static void sum_again(uint8_t page[SHM_HEADER_LEN])
{
	uint64_t sum = htole64(checksum(page, AT_SUM));

	memcpy(page + AT_SUM, &sum, sizeof(sum));
}

static void make_page(uint8_t page[SHM_HEADER_LEN])
{
	struct shm_header h = some_header();

	assert_int_equal(shm_header_write(&h, page), 0);
}

static void test_a_header_comes_back(void **state)
{
	uint8_t page[SHM_HEADER_LEN];
	struct shm_header h = some_header();
	struct shm_header back;

	(void)state;
	assert_int_equal(shm_header_write(&h, page), 0);
	assert_memory_equal(page, "genofshm\1\0\0\0\1\0\0\0\2\0\0\0", 20);
	assert_memory_equal(page + AT_PATH, "/data/graph.gbz", 16);
	assert_int_equal(shm_header_read(page, sizeof(page), h.total, &back, NULL), 0);
	assert_memory_equal(&back, &h, sizeof(h));
	/* The longest pathname there may be. */
	memset(h.source.path, 'x', SHM_SOURCE_MAX - 1);
	h.source.path[0] = '/';
	h.source.path[SHM_SOURCE_MAX - 1] = '\0';
	assert_int_equal(shm_header_write(&h, page), 0);
	assert_int_equal(shm_header_read(page, sizeof(page), h.total, &back, NULL), 0);
	assert_string_equal(back.source.path, h.source.path);
}

static void test_each_bit_counts(void **state)
{
	uint8_t page[SHM_HEADER_LEN];
	struct shm_header back;

	(void)state;
	make_page(page);
	for (unsigned i = 0; i < sizeof(page); i++) {
		int r;

		page[i] ^= (uint8_t)(1 << i % 8);
		r = shm_header_read(page, sizeof(page), SHM_HEADER_LEN + 5, &back, NULL);
		assert_int_equal(r, i >= AT_VERSION && i < AT_VERSION + 4 ? -ENOTSUP : -EBADMSG);
		page[i] ^= (uint8_t)(1 << i % 8);
	}
	for (unsigned len = 0; len < sizeof(page); len++)
		assert_int_equal(shm_header_read(page, len, SHM_HEADER_LEN + 5, &back, NULL),
				-EBADMSG);
}

/* One field set to what makes no sense, under a checksum that fits. */
static int read_with(unsigned at, const void *bytes, size_t n)
{
	uint8_t page[SHM_HEADER_LEN];
	struct shm_header back;

	make_page(page);
	memcpy(page + at, bytes, n);
	sum_again(page);
	return shm_header_read(page, sizeof(page), SHM_HEADER_LEN + 5, &back, NULL);
}

static void test_fields_that_do_not_fit_together_are_refused(void **state)
{
	static const uint8_t ones[48] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	static const char boot[41] = "0123456789012345678901234567890123456789";
	uint8_t page[SHM_HEADER_LEN];
	struct shm_header back;

	(void)state;
	assert_int_equal(read_with(AT_PATH_LEN, "\17\0\0\0", 4), 0); /* as it was */
	assert_int_equal(read_with(AT_PATH_LEN, ones, 4), -EBADMSG);
	assert_int_equal(read_with(AT_PATH_LEN, "\0\0\0\0", 4), -EBADMSG);
	assert_int_equal(read_with(AT_PATH_LEN, "\20\0\0\0", 4), -EBADMSG);
	assert_int_equal(read_with(AT_PATH, "x", 1), -EBADMSG);
	assert_int_equal(read_with(AT_TOTAL, ones, 8), -EBADMSG);
	assert_int_equal(read_with(AT_TOTAL + 8, ones, 8), -EBADMSG);
	assert_int_equal(read_with(AT_TOTAL + 16, ones, 8), -EBADMSG);
	assert_int_equal(read_with(AT_BOOT, boot, 40), -EBADMSG);
	make_page(page);
	assert_int_equal(shm_header_read(page, sizeof(page), SHM_HEADER_LEN + 4, &back, NULL),
			-EBADMSG);
}

/* The bytes of an object named "whole", from the caller's page on; free() it. */
static uint8_t *object_bytes(size_t *n)
{
	struct stat st;
	uint8_t *bytes;
	int fd;

	leave_named("whole");
	fd = open(object_path("whole"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	bytes = malloc(*n);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *n), *n);
	close(fd);
	return bytes;
}

static int attach_named(const char *name, struct err *err)
{
	struct shm_wanted wanted = wanted_named(name);
	struct shm_object *o = NULL;
	int r = shm_attach(&wanted, &o, err);

	if (r == 0)
		r = shm_verify(o, err);
	shm_detach(o);
	return r;
}

static void test_a_damaged_object_is_refused_and_collected(void **state)
{
	struct shm_object *o = NULL;
	struct err err = { 0 };
	uint8_t *bytes;
	size_t n;

	(void)state;
	bytes = object_bytes(&n);
	write_file(object_path("copy"), bytes, n);
	assert_int_equal(attach_named("copy", NULL), 0);
	write_file(object_path("cut"), bytes, n - 1);
	assert_int_equal(attach_named("cut", &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "cut: is damaged"));
	write_file(object_path("header"), bytes, 100);
	assert_int_equal(attach_named("header", NULL), -EBADMSG);
	bytes[n - 1] ^= 1;
	write_file(object_path("payload"), bytes, n);
	assert_int_equal(attach_named("payload", &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "bad checksum of its payload; drop it and load it again"));
	bytes[AT_VERSION]++;
	sum_again(bytes);
	write_file(object_path("newer"), bytes, n);
	assert_int_equal(attach_named("newer", &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "newer: has layout version 2, and this genofs reads 1"));
	free(bytes);
	/* In the way of who would make it. */
	assert_int_equal(make_named("cut", &o), -EBADMSG);
	assert_int_equal(drop_named("cut", NULL), 0);
	leave_named("cut");
	assert_int_equal(files_in_folder(), 6);
	assert_int_equal(shm_gc(folder, 1000, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(files_in_folder(), 5);
	assert_int_equal(access(object_path("header"), F_OK), -1);
	/* What another version made, that one's gc removes, or who asks for it by name. */
	assert_int_equal(drop_named("newer", NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_header_comes_back),
		cmocka_unit_test(test_each_bit_counts),
		cmocka_unit_test(test_fields_that_do_not_fit_together_are_refused),
		ON_TMPFS(test_a_damaged_object_is_refused_and_collected),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
