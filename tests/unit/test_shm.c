/* SPDX-License-Identifier: MIT */
#include "shm_folder.h"

static void test_an_object_is_made_attached_and_dropped(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_object *made = NULL;
	struct shm_object *o = NULL;
	struct err err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(shm_attach(&wanted, &o, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "graph: there is no such object"));
	assert_int_equal(make_named("graph", &made), 0);
	assert_int_equal(shm_attach(&wanted, &o, NULL), 0);
	assert_string_equal(shm_object_name(o), "graph");
	assert_int_equal(shm_payload_size(o), SIZE);
	assert_true(is_whole(o));
	assert_int_equal((uintptr_t)shm_payload(o) % 4096, 0);
	assert_int_equal(shm_object_header(o)->pid, getpid());
	assert_int_equal(shm_object_header(o)->uid, shm_user());
	assert_int_equal(stat(object_path("graph"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0400);
	assert_int_equal(st.st_size, SIZE + SHM_HEADER_LEN);
	assert_int_equal(files_in_folder(), 1); /* no lock is left */

	assert_int_equal(drop_named("graph", &err), -EBUSY);
	assert_non_null(strstr(err.msg, "graph: in use by process"));
	shm_detach(made);
	assert_int_equal(drop_named("graph", NULL), -EBUSY);
	shm_detach(o);
	assert_int_equal(drop_named("graph", NULL), 0);
	assert_int_equal(drop_named("graph", NULL), -ENOENT);
	assert_int_equal(files_in_folder(), 0);
}

static void test_what_is_mapped_cannot_be_written(void **state)
{
	struct shm_object *o = NULL;

	(void)state;
	assert_int_equal(make_named("graph", &o), 0);
	/* Not even by whoever owns it. */
	assert_int_equal(mprotect((void *)(uintptr_t)shm_payload(o), 4096, PROT_READ | PROT_WRITE),
			-1);
	shm_detach(o);
}

static void test_who_makes_it_again_attaches(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct shm_object *a = NULL;
	struct shm_object *b = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(shm_create(&wanted, &maker, &a, &err), 0);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.msg, "");
	assert_int_equal(make_named("graph", &b), 1);
	assert_true(is_whole(b));
	shm_detach(a);
	shm_detach(b);
}

static void test_an_empty_payload_is_one(void **state)
{
	struct shm_wanted wanted = wanted_named("empty");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;

	(void)state;
	maker.size = 0;
	assert_int_equal(shm_create(&wanted, &maker, &o, NULL), 0);
	assert_int_equal(shm_payload_size(o), 0);
	assert_int_equal(shm_verify(o, NULL), 0);
	shm_detach(o);
}

static int fill_none(void *payload, uint64_t size, void *arg, struct err *err)
{
	(void)payload;
	(void)size;
	(void)arg;
	return err_set(err, -EBADMSG, "block 7 is damaged");
}

static int refuse(const void *payload, uint64_t size, void *arg, struct err *err)
{
	(void)payload;
	(void)size;
	(void)arg;
	return err_set(err, -EBADMSG, "walk 7 has no end");
}

static void test_a_failure_of_the_maker_leaves_nothing(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	struct err err = { 0 };

	(void)state;
	maker.fill = fill_none;
	assert_int_equal(shm_create(&wanted, &maker, &o, &err), -EBADMSG);
	assert_string_equal(err.msg, "block 7 is damaged");
	assert_null(o);
	assert_int_equal(files_in_folder(), 0);
	maker.fill = fill_pattern;
	maker.verify = refuse;
	assert_int_equal(shm_create(&wanted, &maker, &o, &err), -EBADMSG);
	assert_string_equal(err.msg, "walk 7 has no end");
	assert_int_equal(files_in_folder(), 0);
	maker.size = UINT64_MAX - 5;
	assert_int_equal(shm_create(&wanted, &maker, &o, NULL), -EFBIG);
}

static void test_another_kind_or_version_is_refused(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_object *o = NULL;
	struct err err = { 0 };

	(void)state;
	leave_named("graph");
	wanted.kind_version++;
	assert_int_equal(shm_attach(&wanted, &o, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "payload version 3, and this genofs reads 4"));
	wanted.kind++;
	assert_int_equal(shm_attach(&wanted, &o, NULL), -EINVAL);
	wanted.kind = 0;
	assert_int_equal(shm_attach(&wanted, &o, NULL), 0);
	shm_detach(o);
}

static void test_names_are_checked(void **state)
{
	static const char *const bad[] = { "", "a/b", "../x", "-x", "a b", "a\n", "\xc3\xa4" };
	struct shm_object *o = NULL;
	char name[SHM_NAME_MAX + 2];
	struct err err = { 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(make_named(bad[i], &o), -EINVAL);
		assert_int_equal(drop_named(bad[i], &err), -EINVAL);
		assert_non_null(strstr(err.msg, "a name has"));
	}
	memset(name, 'x', sizeof(name));
	name[SHM_NAME_MAX + 1] = '\0';
	assert_int_equal(make_named(name, &o), -EINVAL);
	name[SHM_NAME_MAX] = '\0';
	leave_named(name);
	leave_named("..");
	leave_named("lock-0-x");
	assert_int_equal(drop_named(name, NULL), 0);
}

static void test_file_names_tell_objects_from_locks(void **state)
{
	char file[SHM_FILE_MAX];
	const char *name;
	uint32_t user;

	(void)state;
	shm_object_file(4294967295u, "a.gbz", file);
	assert_string_equal(file, "genofs-4294967295-a.gbz");
	assert_int_equal(shm_file_parse(file, &user, &name), SHM_FILE_OBJECT);
	assert_int_equal(user, 4294967295u);
	assert_string_equal(name, "a.gbz");
	shm_lock_file(7, "a.gbz", file);
	assert_int_equal(shm_file_parse(file, &user, &name), SHM_FILE_LOCK);
	assert_int_equal(user, 7);
	assert_int_equal(shm_file_parse("genofs-x", &user, &name), SHM_FILE_FOREIGN);
	assert_int_equal(shm_file_parse("genofs-7-", &user, &name), SHM_FILE_FOREIGN);
	assert_int_equal(shm_file_parse("genofs-7", &user, &name), SHM_FILE_FOREIGN);
	assert_int_equal(shm_file_parse("genofs-4294967296-x", &user, &name), SHM_FILE_FOREIGN);
	assert_int_equal(shm_file_parse("genofs-lock--7-x", &user, &name), SHM_FILE_FOREIGN);
	assert_int_equal(shm_file_parse("sem.x", &user, &name), SHM_FILE_FOREIGN);
}

/* Someone removes the lock under the maker, and another makes the object meanwhile. */
static void overtake(enum shm_phase phase, void *arg)
{
	char file[SHM_FILE_MAX];

	if (phase != SHM_PUBLISH)
		return;
	shm_lock_file(shm_user(), "graph", file);
	unlink(in_folder(file));
	assert_int_equal(make_named("graph", arg), 0);
}

static void test_a_maker_that_was_overtaken_attaches(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct shm_object *first = NULL;
	struct shm_object *o = NULL;

	(void)state;
	maker.phase = overtake;
	maker.arg = &first;
	assert_int_equal(shm_create(&wanted, &maker, &o, NULL), 1);
	assert_int_equal(shm_object_header(o)->created, shm_object_header(first)->created);
	assert_true(is_whole(o));
	assert_int_equal(files_in_folder(), 1);
	shm_detach(first);
	shm_detach(o);
}

/* In a child process, as user @uid. Return: what @run returned, as an exit status. */
static int run_as(uid_t uid, int (*run)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(setresuid(uid, uid, uid) < 0 ? 99 : run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int attach_shared(void)
{
	struct shm_wanted wanted = wanted_named("shared");
	struct shm_object *o = NULL;
	int r = shm_attach(&wanted, &o, NULL);

	if (r < 0)
		return -r;
	r = is_whole(o) ? 0 : 98;
	/* Ours, under a name that another user has too. */
	shm_detach(o);
	return drop_named("shared", NULL) < 0 ? r : 97;
}

static int make_own(void)
{
	struct shm_object *o = NULL;
	int r = make_named("private", &o);

	shm_detach(o);
	return -r;
}

static int attach_of_another(void)
{
	struct shm_wanted wanted = wanted_named("of-another");
	struct shm_object *o = NULL;
	int r = shm_attach(&wanted, &o, NULL);

	wanted.any_owner = true;
	if (r == -ENOENT)
		r = shm_attach(&wanted, &o, NULL);
	shm_detach(o);
	return -r;
}

static int make_of_another(void)
{
	struct shm_wanted wanted = wanted_named("of-another");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	int r;

	maker.mode = 0644;
	r = shm_create(&wanted, &maker, &o, NULL);
	shm_detach(o);
	return -r;
}

static void test_users_share_what_they_are_given_and_no_more(void **state)
{
	struct shm_wanted wanted = wanted_named("shared");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;

	(void)state;
	if (getuid() != shm_user())
		return; /* in a user namespace there is but one user */
	assert_int_equal(chmod(folder, 01777), 0);
	maker.mode = 0666;
	assert_int_equal(shm_create(&wanted, &maker, &o, NULL), 0);
	leave_named("private");
	assert_int_equal(run_as(12345, attach_shared), 0);
	/* Root's, that cannot be read, is in nobody's way. */
	assert_int_equal(run_as(12345, make_own), 0);
	assert_int_equal(run_as(12345, make_of_another), 0);
	assert_int_equal(run_as(12346, attach_of_another), 0);
	assert_int_equal(attach_of_another(), 0);
	shm_detach(o);
}

static void test_an_object_with_our_name_of_another_user_is_refused(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_object *o = NULL;
	struct err err = { 0 };

	(void)state;
	if (getuid() != shm_user())
		return;
	leave_named("graph");
	assert_int_equal(chown(object_path("graph"), 12345, -1), 0);
	assert_int_equal(shm_attach(&wanted, &o, &err), -EPERM);
	assert_non_null(strstr(err.msg, "graph: belongs to user 12345"));
	wanted.any_owner = true;
	assert_int_equal(shm_attach(&wanted, &o, &err), 0);
	shm_detach(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TMPFS(test_an_object_is_made_attached_and_dropped),
		ON_DISK(test_an_object_is_made_attached_and_dropped),
		ON_TMPFS(test_what_is_mapped_cannot_be_written),
		ON_TMPFS(test_who_makes_it_again_attaches),
		ON_TMPFS(test_a_maker_that_was_overtaken_attaches),
		ON_TMPFS(test_an_empty_payload_is_one),
		ON_TMPFS(test_a_failure_of_the_maker_leaves_nothing),
		ON_TMPFS(test_another_kind_or_version_is_refused),
		ON_TMPFS(test_names_are_checked),
		cmocka_unit_test(test_file_names_tell_objects_from_locks),
		ON_TMPFS(test_users_share_what_they_are_given_and_no_more),
		ON_TMPFS(test_an_object_with_our_name_of_another_user_is_refused),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
