/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs/sources.h"

static char folder[] = "/tmp/genofs-sources.XXXXXX";
static char list[sizeof(folder) + 8];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(list, sizeof(list), "%s/list", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(list);
	return rmdir(folder);
}

static void write_list(const char *text, size_t len)
{
	FILE *f = fopen(list, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* What the list of @text, named as @arg, becomes. */
static int expand(const char *text, size_t len, const char *arg, struct source_arg **args,
		unsigned *n, struct err *err)
{
	int r;

	write_list(text, len);
	*n = 1;
	*args = calloc(1, sizeof(**args));
	assert_non_null(*args);
	assert_int_equal(source_arg_parse(arg, *args, err), 0);
	r = source_args_expand(args, n, err);
	return r;
}

static void free_args(struct source_arg *args, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		source_arg_done(&args[i]);
	free(args);
}

static void assert_source(
		const struct source_arg *s, const char *name, const char *in_folder, unsigned line)
{
	char pathname[128];
	char listed[128];

	snprintf(pathname, sizeof(pathname), "%s/%s", folder, in_folder);
	snprintf(listed, sizeof(listed), "%s: line %u", list, line);
	assert_string_equal(s->pathname, *in_folder == '/' ? in_folder : pathname);
	assert_string_equal(s->listed, listed);
	if (name)
		assert_string_equal(s->name, name);
	else
		assert_null(s->name);
}

static void test_lines_are_sources(void **state)
{
	static const char text[] = "# all\n\n  a.gst\t\r\nb=c d.gst\n/x/y=z.gst\n=e.gst\nf";
	struct source_arg *args;
	unsigned n;

	(void)state;
	assert_int_equal(expand(text, strlen(text), list, &args, &n, NULL), 0);
	assert_int_equal(n, 5);
	assert_source(&args[0], NULL, "a.gst", 3);
	assert_source(&args[1], "b", "c d.gst", 4);
	assert_source(&args[2], NULL, "/x/y=z.gst", 5); /* a '=' behind a '/' is the pathname's */
	assert_source(&args[3], "", "e.gst", 6);        /* refused as a name later */
	assert_source(&args[4], NULL, "f", 7);
	free_args(args, n);
}

static void test_shared_memory_has_no_folder(void **state)
{
	static const char text[] = "g=shm:graph\n";
	struct source_arg *args;
	unsigned n;

	(void)state;
	assert_int_equal(expand(text, strlen(text), list, &args, &n, NULL), 0);
	assert_string_equal(args[0].pathname, "shm:graph");
	free_args(args, n);
}

static void test_what_is_no_text_stays_as_it_is(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} files[] = {
		{ "", 0 },
		{ "GENOFS\r\n\x1a\xf7\n", 12 },
		{ "GBZ text behind it\n", 19 },
		{ "a.gst\n\0", 7 },
		{ "a.gst\x7f\n", 7 },
		{ "##fileformat=VCFv4.2\n", 21 },
	};
	struct source_arg *args;
	unsigned n;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(expand(files[i].bytes, files[i].len, list, &args, &n, NULL), 0);
		assert_int_equal(n, 1);
		assert_string_equal(args[0].pathname, list);
		assert_null(args[0].listed);
		free_args(args, n);
	}
}

static void test_faults_are_told_with_their_line(void **state)
{
	static const struct {
		const char *text;
		const char *said;
	} faults[] = {
		{ "a.gst\nb=\n", "list: line 2: 'b='" },
		{ "\n\nlist\n", "line 3: " },
		{ "# nothing\n", "list: a list without sources" },
	};
	struct source_arg *args;
	struct err err;
	unsigned n;

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		err = (struct err){ 0 };
		assert_int_equal(expand(faults[i].text, strlen(faults[i].text), list, &args, &n,
						 &err),
				-EINVAL);
		assert_non_null(strstr(err.msg, faults[i].said));
		assert_int_equal(n, 1); /* as it was */
		assert_string_equal(args[0].pathname, list);
		free_args(args, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_are_sources),
		cmocka_unit_test(test_shared_memory_has_no_folder),
		cmocka_unit_test(test_what_is_no_text_stays_as_it_is),
		cmocka_unit_test(test_faults_are_told_with_their_line),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
