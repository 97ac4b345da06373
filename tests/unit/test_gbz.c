/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/gbz_maker.h"
#include "tests/unit/graph_file.h"
#include "tests/unit/graph_laws.h"

enum { LIMIT = 64 << 20 };

/* 1+ 2+ 4+; 1+ 3+ 4+; 4- 2- 1-: a bubble, of which one path is backwards. */
static const uint64_t bubble[] = { 2, 4, 8, 0, 2, 6, 8, 0, 9, 5, 3, 0 };

static struct gbz_recipe bubble_recipe(uint32_t version)
{
	return (struct gbz_recipe){ .version = version,
		.steps = bubble,
		.n_paths = 3,
		.min_id = 1,
		.max_id = 4,
		.letters = "GATTACA",
		.named = true };
}

/* Bytes of a file: loaded, verified; what failed is in @err. */
static int load_bytes(const struct buf *file, struct err *err)
{
	struct graph_file f = graph_file_of(file->data, file->len);
	struct loaded_graph l;
	int r = graph_load(f.pathname, LIMIT, &l, err);

	if (r == 0)
		r = image_verify(l.mem, l.size, err);
	graph_unload(&l);
	close(f.fd);
	return r;
}

static int load_recipe(const struct gbz_recipe *recipe, struct err *err)
{
	struct buf file = { 0 };
	int r;

	make_gbz(recipe, &file);
	r = load_bytes(&file, err);
	buf_done(&file);
	return r;
}

static void assert_says(const struct err *err, const char *words)
{
	if (!strstr(err->msg, words))
		fail_msg("\"%s\" does not say \"%s\"", err->msg, words);
}

static void test_all_versions_of_a_graph_are_one_image(void **state)
{
	struct loaded_graph first = { 0 };

	(void)state;
	for (uint32_t version = 1; version <= 3; version++) {
		struct gbz_recipe recipe = bubble_recipe(version);
		struct buf file = { 0 };
		struct graph_file f;
		struct loaded_graph l;
		struct err err = { 0 };

		make_gbz(&recipe, &file);
		f = graph_file_of(file.data, file.len);
		assert_int_equal(graph_load(f.pathname, LIMIT, &l, &err), 0);
		assert_null(graph_broken_law(&l.g));
		if (version == 1) {
			first = l;
		} else {
			assert_int_equal(l.size, first.size);
			assert_memory_equal((char *)l.mem + IMAGE_HEAD_LEN,
					(char *)first.mem + IMAGE_HEAD_LEN,
					l.size - IMAGE_HEAD_LEN);
			graph_unload(&l);
		}
		buf_done(&file);
		close(f.fd);
	}
	graph_unload(&first);
}

static void test_streams_of_several_frames_are_read(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(3);
	struct err err = { 0 };

	(void)state;
	recipe.frames = 4;
	assert_int_equal(load_recipe(&recipe, &err), 0);
}

static void test_unknown_versions_are_refused_by_number(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(4);
	struct err err = { 0 };

	(void)state;
	assert_int_equal(load_recipe(&recipe, &err), -ENOTSUP);
	assert_says(&err, "is GBZ version 4 and this genofs reads 1 to 3");
	recipe.version = 0;
	assert_int_equal(load_recipe(&recipe, &err), -ENOTSUP);
	assert_says(&err, "is GBZ version 0");
}

static void test_other_encodings_are_refused_by_name(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(1);
	struct err err = { 0 };

	(void)state;
	recipe.gbwt_flags = 1 | 2;
	assert_int_equal(load_recipe(&recipe, &err), -ENOTSUP);
	assert_says(&err, "SDSL encoding");
	recipe.gbwt_flags = 2 | 4;
	assert_int_equal(load_recipe(&recipe, &err), -ENOTSUP);
	assert_says(&err, "unidirectional");
	recipe.gbwt_flags = 1 | 4;
	assert_int_equal(load_recipe(&recipe, &err), -EBADMSG);
	assert_says(&err, "metadata");
	recipe.gbwt_flags = 1 | 2 | 4 | 64;
	assert_int_equal(load_recipe(&recipe, &err), -ENOTSUP);
	assert_says(&err, "flags 0x47");
}

static void test_other_files_are_refused_by_what_they_are(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *says;
	} files[] = {
		{ "", 0, "too short" },
		{ "GBZ ", 4, "too short" },
		{ "no graph of any kind", 20, "is not a GBZ" },
		{ "H\tVN:Z:1.1\nS\t1\tACGT\n", 20, "looks like GFA" },
		{ "\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, "gzip" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct buf file = { 0 };
		struct err err = { 0 };

		buf_put(&file, files[i].bytes, files[i].n);
		assert_int_equal(load_bytes(&file, &err), -EBADMSG);
		assert_says(&err, files[i].says);
		assert_says(&err, "/proc/self/fd/");
		buf_done(&file);
	}
}

static void test_a_gbwt_alone_is_refused(void **state)
{
	struct gbz *gbz = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(gbz_open("tests/data/graph/with-empty.gbwt", &gbz, &err), -EBADMSG);
	assert_null(gbz);
	assert_says(&err, "with-empty.gbwt: is a GBWT index");
	assert_says(&err, "vg gbwt");
	assert_int_equal(gbz_open("tests/data/graph", &gbz, &err), -EINVAL);
	assert_int_equal(gbz_open("tests/data/graph/none.gbz", &gbz, &err), -ENOENT);
}

static void test_every_cut_is_refused(void **state)
{
	(void)state;
	for (uint32_t version = 1; version <= 3; version++) {
		struct gbz_recipe recipe = bubble_recipe(version);
		struct buf file = { 0 };

		make_gbz(&recipe, &file);
		for (size_t len = file.len; len--;) {
			struct err err = { 0 };

			file.len = len;
			assert_int_equal(load_bytes(&file, &err), -EBADMSG);
		}
		buf_done(&file);
	}
}

static void test_bytes_behind_the_end_are_refused(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(2);
	struct buf file = { 0 };
	struct err err = { 0 };

	(void)state;
	make_gbz(&recipe, &file);
	buf_put_u64(&file, 0);
	assert_int_equal(load_bytes(&file, &err), -EBADMSG);
	assert_says(&err, "8 bytes behind its end");
	buf_done(&file);
}

static void test_a_stream_of_another_length_is_refused(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(2);
	struct err err = { 0 };

	(void)state;
	recipe.extra_sequence_len = 1;
	assert_int_equal(load_recipe(&recipe, &err), -EBADMSG);
	assert_says(&err, "sequences: compressed bytes are damaged: they end after 8 of 9");
	/* So much is not even tried. */
	recipe.extra_sequence_len = (uint64_t)1 << 50;
	assert_int_equal(load_recipe(&recipe, &err), -EFBIG);
	recipe.extra_sequence_len = UINT64_MAX - 20;
	assert_int_equal(load_recipe(&recipe, &err), -EOVERFLOW);
}

/* Whatever a byte becomes, the file is refused or what comes of it is sound. */
static void test_every_changed_byte_is_refused_or_harmless(void **state)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };

	(void)state;
	for (uint32_t version = 1; version <= 3; version += 2) {
		struct gbz_recipe recipe = bubble_recipe(version);
		struct buf file = { 0 };

		recipe.gbwt_tags = "reference_samples\0s\0";
		make_gbz(&recipe, &file);
		for (size_t i = 0; i < file.len; i++) {
			for (unsigned k = 0; k < sizeof(flips); k++) {
				struct err err = { 0 };
				int r;

				file.data[i] ^= flips[k];
				r = load_bytes(&file, &err);
				if (r < 0)
					assert_true(r == -EBADMSG || r == -ENOTSUP || r == -EFBIG ||
							r == -EOVERFLOW);
				file.data[i] ^= flips[k];
			}
		}
		buf_done(&file);
	}
}

static void test_tags_twice_are_refused(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(1);
	struct err err = { 0 };

	(void)state;
	recipe.tags = "source\0a\0Source\0b\0";
	assert_int_equal(load_recipe(&recipe, &err), -EBADMSG);
	assert_says(&err, "tags have a key twice");
}

static void test_control_bytes_in_sequences_are_refused(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(1);
	struct err err = { 0 };

	(void)state;
	recipe.letters = "AC\n";
	assert_int_equal(load_recipe(&recipe, &err), -EBADMSG);
	assert_says(&err, "bytes in sequences that are no letters");
}

static int stop_at_once(void *arg, uint64_t done, uint64_t total)
{
	(void)arg;
	assert_true(done <= total);
	return 1;
}

static void test_a_build_can_be_stopped_and_leaves_no_image(void **state)
{
	struct gbz *gbz = NULL;
	struct err err = { 0 };
	struct graph g;
	uint64_t size;
	void *mem;

	(void)state;
	assert_int_equal(gbz_open("tests/data/graph/example.gbz", &gbz, &err), 0);
	assert_int_equal(image_size(gbz, &size, &err), 0);
	mem = malloc(size);
	assert_int_equal(image_build(gbz, mem, size, stop_at_once, NULL, &err), -ECANCELED);
	assert_int_equal(image_attach(mem, size, &g, &err), -EBADMSG);
	assert_int_equal(image_build(gbz, mem, size - 1, NULL, NULL, &err), -EINVAL);
	assert_int_equal(image_build(gbz, mem, size, NULL, NULL, &err), 0);
	assert_int_equal(image_attach(mem, size, &g, &err), 0);
	free(mem);
	gbz_close(gbz);
}

static void test_a_file_that_is_cut_while_in_use_is_an_error(void **state)
{
	struct gbz_recipe recipe = bubble_recipe(1);
	struct buf file = { 0 };
	struct graph_file f;
	struct gbz *gbz = NULL;
	struct err err = { 0 };
	uint64_t size;
	void *mem;

	(void)state;
	make_gbz(&recipe, &file);
	f = graph_file_of(file.data, file.len);
	assert_int_equal(gbz_open(f.pathname, &gbz, &err), 0);
	assert_int_equal(image_size(gbz, &size, &err), 0);
	assert_int_equal(ftruncate(f.fd, 500), 0);
	mem = malloc(size);
	assert_int_equal(image_build(gbz, mem, size, NULL, NULL, &err), -EIO);
	assert_says(&err, "was changed while it was read");
	free(mem);
	gbz_close(gbz);
	buf_done(&file);
	close(f.fd);
}

/* Images as other programs might hand them over. */
static void test_every_changed_byte_of_an_image_is_found(void **state)
{
	struct loaded_graph l;
	struct err err = { 0 };
	uint8_t *mem;

	(void)state;
	assert_int_equal(graph_load("tests/data/graph/translation.gbz", LIMIT, &l, &err), 0);
	mem = l.mem;
	for (uint64_t i = 0; i < l.size; i++) {
		/* What tells of the source is anybody's. */
		if ((i >= 40 && i < 84) || (i >= sizeof(struct image_head) && i < IMAGE_TABLE_AT) ||
				(i >= IMAGE_TABLE_AT + 32 * IMAGE_N_SECTIONS && i < IMAGE_HEAD_LEN))
			continue;
		mem[i] ^= 0x11;
		assert_true(image_verify(l.mem, l.size, &err) < 0);
		mem[i] ^= 0x11;
	}
	assert_int_equal(image_verify(l.mem, l.size, &err), 0);
	assert_int_equal(image_verify(l.mem, l.size - 1, &err), -EBADMSG);
	graph_unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_versions_of_a_graph_are_one_image),
		cmocka_unit_test(test_streams_of_several_frames_are_read),
		cmocka_unit_test(test_unknown_versions_are_refused_by_number),
		cmocka_unit_test(test_other_encodings_are_refused_by_name),
		cmocka_unit_test(test_other_files_are_refused_by_what_they_are),
		cmocka_unit_test(test_a_gbwt_alone_is_refused),
		cmocka_unit_test(test_every_cut_is_refused),
		cmocka_unit_test(test_bytes_behind_the_end_are_refused),
		cmocka_unit_test(test_a_stream_of_another_length_is_refused),
		cmocka_unit_test(test_every_changed_byte_is_refused_or_harmless),
		cmocka_unit_test(test_tags_twice_are_refused),
		cmocka_unit_test(test_control_bytes_in_sequences_are_refused),
		cmocka_unit_test(test_a_build_can_be_stopped_and_leaves_no_image),
		cmocka_unit_test(test_a_file_that_is_cut_while_in_use_is_an_error),
		cmocka_unit_test(test_every_changed_byte_of_an_image_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
