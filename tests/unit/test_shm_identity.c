/* SPDX-License-Identifier: MIT */
#include "shm_folder.h"

#include "core/shm/shm_identity.h"

enum { LARGE = 6 << 20 }; /* so much that the quick digest is of samples */

static char sources[] = "/tmp/test-shm-source.XXXXXX";

static const char *source_path(const char *file)
{
	static char pathname[PATH_MAX];

	snprintf(pathname, sizeof(pathname), "%s/%s", sources, file);
	return pathname;
}

static int make_sources(void **state)
{
	return own_mounts(state) < 0 || !mkdtemp(sources) ? -1 : 0;
}

static int drop_sources(void **state)
{
	(void)state;
	unlink(source_path("a.gbz"));
	unlink(source_path("copy.gbz"));
	unlink(source_path("link.gbz"));
	return rmdir(sources);
}

/* @size bytes of a pattern, with 'x' at @odd, written @seconds after 1970. */
static void write_source(const char *file, size_t size, size_t odd, time_t seconds)
{
	struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
	uint8_t *bytes = malloc(size);

	assert_non_null(bytes);
	fill_pattern(bytes, size, NULL, NULL);
	bytes[odd] = 'x';
	write_file(source_path(file), bytes, size);
	free(bytes);
	assert_int_equal(utimensat(AT_FDCWD, source_path(file), times, 0), 0);
}

static int make_of(const struct shm_identity *id, struct shm_object **out, struct err *err)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();

	wanted.source = id;
	return shm_create(&wanted, &maker, out, err);
}

static void leave_of(const char *file)
{
	struct shm_object *o = NULL;
	struct shm_identity id;

	assert_int_equal(shm_identity(source_path(file), &id, NULL), 0);
	assert_int_equal(make_of(&id, &o, NULL), 0);
	shm_detach(o);
}

/* Attach to what must have been made from the file as it is now. */
static int attach_of(const char *file, struct err *err)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_object *o = NULL;
	struct shm_identity id;
	int r = shm_identity(source_path(file), &id, err);

	wanted.source = &id;
	if (r == 0)
		r = shm_attach(&wanted, &o, err);
	shm_detach(o);
	return r;
}

static void test_the_source_is_noted(void **state)
{
	struct shm_object *o = NULL;
	struct shm_identity id;
	const struct shm_identity *noted;
	char name[SHM_NAME_MAX + 1];

	(void)state;
	write_source("a.gbz", 5000, 7, 1000000);
	assert_int_equal(symlink("a.gbz", source_path("link.gbz")), 0);
	assert_int_equal(shm_identity(source_path("link.gbz"), &id, NULL), 0);
	assert_int_equal(unlink(source_path("link.gbz")), 0);
	assert_string_equal(id.path, source_path("a.gbz"));
	assert_int_equal(make_of(&id, &o, NULL), 0);
	noted = &shm_object_header(o)->source;
	assert_string_equal(noted->path, id.path);
	assert_int_equal(noted->size, 5000);
	assert_int_equal(noted->mtime, 1000000000000000);
	assert_true(digest_equal(noted->quick, id.quick));
	assert_int_equal(shm_identity_full(&id, NULL), 0);
	assert_true(digest_equal(noted->full, id.full));
	shm_detach(o);

	shm_default_name(&id, name);
	assert_int_equal(shm_name_check(name, NULL), 0);
	assert_int_equal(strncmp(name, "a.gbz-", 6), 0);
	assert_int_equal(strlen(name), 6 + 32);
}

static void test_default_names_are_names(void **state)
{
	struct shm_identity id = { .path = "/-my graph\n\xc3\xa4.gbz", .quick = { .low = 255 } };
	char name[SHM_NAME_MAX + 1];

	(void)state;
	shm_default_name(&id, name);
	assert_string_equal(name, "_my_graph___.gbz-000000000000000000000000000000ff");
	memset(id.path, 'g', 2000);
	id.path[0] = '/';
	id.path[2000] = '\0';
	shm_default_name(&id, name);
	assert_int_equal(shm_name_check(name, NULL), 0);
	assert_int_equal(strlen(name), SHM_NAME_MAX);
}

static void test_a_copy_of_the_source_is_the_source(void **state)
{
	(void)state;
	write_source("a.gbz", LARGE, 7, 1000000);
	leave_of("a.gbz");
	assert_int_equal(attach_of("a.gbz", NULL), 0);
	write_source("copy.gbz", LARGE, 7, 1000000);
	assert_int_equal(attach_of("copy.gbz", NULL), 0);
	/* Another time: all of it is looked at. */
	write_source("copy.gbz", LARGE, 7, 2000000);
	assert_int_equal(attach_of("copy.gbz", NULL), 0);
}

static void test_a_source_that_changed_is_refused(void **state)
{
	struct err err = { 0 };

	(void)state;
	write_source("a.gbz", LARGE, 7, 1000000);
	leave_of("a.gbz");
	write_source("a.gbz", LARGE, 8, 2000000);
	assert_int_equal(attach_of("a.gbz", &err), -ESTALE);
	assert_non_null(strstr(err.msg, "is newer than"));
	assert_non_null(strstr(err.msg, "1970-01-12 13:46:40 UTC"));
	assert_non_null(strstr(err.msg, "drop the object and load it again"));
	write_source("a.gbz", LARGE, 8, 500000);
	assert_int_equal(attach_of("a.gbz", &err), -ESTALE);
	assert_non_null(strstr(err.msg, "is older than"));
	write_source("a.gbz", LARGE + 1, 7, 1000000);
	assert_int_equal(attach_of("a.gbz", NULL), -ESTALE);
	/* Between two samples. */
	write_source("a.gbz", LARGE, (1 << 20) + 5000, 2000000);
	assert_int_equal(attach_of("a.gbz", NULL), -ESTALE);
	write_source("a.gbz", LARGE, 7, 1000000);
	assert_int_equal(attach_of("a.gbz", NULL), 0);
}

static void test_another_file_is_refused(void **state)
{
	struct shm_object *o = NULL;
	struct shm_identity id;
	struct err err = { 0 };

	(void)state;
	write_source("a.gbz", 5000, 7, 1000000);
	write_source("copy.gbz", 6000, 7, 1000000);
	leave_of("a.gbz");
	assert_int_equal(attach_of("copy.gbz", &err), -ESTALE);
	assert_non_null(strstr(err.msg, "graph: was loaded from another file: "));
	assert_non_null(strstr(err.msg, "use another name"));
	/* Nor does one who would load it get it. */
	assert_int_equal(shm_identity(source_path("copy.gbz"), &id, NULL), 0);
	assert_int_equal(make_of(&id, &o, NULL), -ESTALE);
	assert_int_equal(drop_named("graph", NULL), 0);
	/* One without a source is of none. */
	leave_named("graph");
	assert_int_equal(attach_of("a.gbz", NULL), -ESTALE);
}

static int fill_and_change(void *payload, uint64_t size, void *arg, struct err *err)
{
	write_source("a.gbz", 5000, 8, 3000000);
	return fill_pattern(payload, size, arg, err);
}

static void test_a_source_that_changes_meanwhile_is_a_failure(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	struct shm_identity id;
	struct err err = { 0 };

	(void)state;
	write_source("a.gbz", 5000, 7, 1000000);
	assert_int_equal(shm_identity(source_path("a.gbz"), &id, NULL), 0);
	wanted.source = &id;
	maker.fill = fill_and_change;
	assert_int_equal(shm_create(&wanted, &maker, &o, &err), -ESTALE);
	assert_non_null(strstr(err.msg, "was changed while it was loaded; load it again"));
	assert_int_equal(files_in_folder(), 0);
}

static void test_what_is_no_file_has_no_identity(void **state)
{
	struct shm_identity id;

	(void)state;
	assert_int_equal(shm_identity(sources, &id, NULL), -EINVAL);
	assert_int_equal(shm_identity(source_path("missing"), &id, NULL), -ENOENT);
	assert_int_equal(mkfifo(source_path("link.gbz"), 0600), 0);
	assert_int_equal(shm_identity(source_path("link.gbz"), &id, NULL), -EINVAL);
	assert_int_equal(unlink(source_path("link.gbz")), 0);
	write_source("a.gbz", 1, 0, 1000000);
	assert_int_equal(shm_identity(source_path("a.gbz"), &id, NULL), 0);
	write_source("a.gbz", 1, 0, 1000001);
	assert_int_equal(shm_identity_full(&id, NULL), -ESTALE);
}

static void test_the_loaders_digest_spares_a_reading(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct digest digest = { .low = 5, .high = 6 };
	struct shm_object *o = NULL;
	struct shm_identity id;

	(void)state;
	write_source("a.gbz", 5000, 7, 1000000);
	assert_int_equal(shm_identity(source_path("a.gbz"), &id, NULL), 0);
	wanted.source = &id;
	maker.source_digest = &digest;
	assert_int_equal(shm_create(&wanted, &maker, &o, NULL), 0);
	assert_true(digest_equal(shm_object_header(o)->source.full, digest));
	shm_detach(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TMPFS(test_the_source_is_noted),
		cmocka_unit_test(test_default_names_are_names),
		ON_TMPFS(test_a_copy_of_the_source_is_the_source),
		ON_TMPFS(test_a_source_that_changed_is_refused),
		ON_TMPFS(test_another_file_is_refused),
		ON_TMPFS(test_a_source_that_changes_meanwhile_is_a_failure),
		ON_TMPFS(test_what_is_no_file_has_no_identity),
		ON_TMPFS(test_the_loaders_digest_spares_a_reading),
	};

	return cmocka_run_group_tests(tests, make_sources, drop_sources);
}
