/* SPDX-License-Identifier: MIT */
#include "shm_folder.h"

#include <time.h>

struct seen {
	unsigned n;
	char names[16][SHM_NAME_MAX + 1];
	struct shm_info infos[16];
};

static int see(const struct shm_info *info, void *arg)
{
	struct seen *seen = arg;

	assert_true(seen->n < 16);
	memcpy(seen->names[seen->n], info->name, strlen(info->name) + 1);
	seen->infos[seen->n++] = *info;
	return 0;
}

static void see_removed(const struct shm_info *info, void *arg)
{
	see(info, arg);
}

static const struct shm_info *seen_named(const struct seen *seen, const char *name)
{
	for (unsigned i = 0; i < seen->n; i++)
		if (strcmp(seen->names[i], name) == 0)
			return &seen->infos[i];
	return NULL;
}

static int stop_at_once(const struct shm_info *info, void *arg)
{
	(void)info;
	(void)arg;
	return 42;
}

/* As if it had been used last that long ago. */
static void age(const char *name, time_t seconds)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - seconds },
		{ .tv_nsec = UTIME_OMIT } };

	assert_int_equal(utimensat(AT_FDCWD, object_path(name), times, 0), 0);
}

static void test_objects_are_listed_with_their_holders(void **state)
{
	struct seen seen = { 0 };
	struct shm_object *o = NULL;
	const struct shm_info *info;

	(void)state;
	leave_named("a");
	assert_int_equal(make_named("b", &o), 0);
	write_file(in_folder("other"), "other", 5);
	write_file(object_path("foreign"), "not ours", 8);
	assert_int_equal(shm_list(folder, see, &seen, NULL), 0);
	assert_int_equal(seen.n, 2);
	info = seen_named(&seen, "a");
	assert_non_null(info);
	assert_int_equal(info->state, SHM_READY);
	assert_int_equal(info->n_holders, 0);
	assert_int_equal(info->size, SIZE + SHM_HEADER_LEN);
	assert_int_equal(info->uid, geteuid());
	assert_int_equal(info->mode, 0400);
	assert_int_equal(info->user, shm_user());
	assert_int_equal(seen_named(&seen, "b")->n_holders, 1);
	assert_int_equal(shm_list(folder, stop_at_once, NULL, NULL), 42);
	assert_int_equal(shm_list("/nonexistent", see, &seen, NULL), -ENOENT);
	shm_detach(o);
	unlink(in_folder("other"));
	unlink(object_path("foreign"));
}

static void test_what_genofs_did_not_make_stays(void **state)
{
	static const char *const files[] = { "other", "genofs-graph", "genofs-", "sem.genofs-0-x" };
	struct err err = { 0 };
	char file[SHM_FILE_MAX];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		write_file(in_folder(files[i]), "genofshm", 8);
	/* Called as ours are. */
	write_file(object_path("text"), "other", 5);
	write_file(object_path("empty"), "", 0);
	assert_int_equal(mkdir(object_path("folder"), 0700), 0);
	assert_int_equal(mkfifo(object_path("fifo"), 0700), 0);
	assert_int_equal(symlink("text", object_path("link")), 0);
	shm_lock_file(shm_user(), "full", file);
	write_file(in_folder(file), "other", 5);
	assert_int_equal(shm_gc(folder, 0, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(files_in_folder(), 10);
	assert_int_equal(drop_named("text", &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "text: was not made by genofs"));
	assert_int_equal(drop_named("empty", NULL), -EBADMSG);
	assert_int_equal(drop_named("folder", NULL), -EINVAL);
	assert_int_equal(drop_named("fifo", NULL), -EINVAL);
	assert_int_equal(drop_named("link", NULL), -ELOOP);
	assert_int_equal(files_in_folder(), 10);

	for (unsigned i = 0; i < 4; i++)
		unlink(in_folder(files[i]));
	unlink(object_path("text"));
	unlink(object_path("empty"));
	rmdir(object_path("folder"));
	unlink(object_path("fifo"));
	unlink(object_path("link"));
	unlink(in_folder(file));
}

static void test_gc_goes_by_the_last_use(void **state)
{
	struct shm_wanted wanted = wanted_named("used-again");
	struct seen seen = { 0 };
	struct shm_gone gone = { 0 };
	struct shm_object *held = NULL;
	struct shm_object *o = NULL;

	(void)state;
	leave_named("old");
	leave_named("young");
	leave_named("used-again");
	assert_int_equal(make_named("held", &held), 0);
	age("old", 1000);
	age("young", 500);
	age("used-again", 1000);
	age("held", 1000);
	assert_int_equal(shm_list(folder, see, &seen, NULL), 0); /* looking is no use */
	assert_int_equal(shm_attach(&wanted, &o, NULL), 0);
	shm_detach(o);
	seen.n = 0;
	assert_int_equal(shm_gc(folder, 900, see_removed, &seen, &gone, NULL), 0);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.names[0], "old");
	assert_int_equal(gone.objects, 1);
	assert_int_equal(gone.bytes, SIZE + SHM_HEADER_LEN);
	assert_int_equal(shm_gc(folder, 0, NULL, NULL, &gone, NULL), 0);
	assert_int_equal(gone.objects, 2);
	assert_int_equal(files_in_folder(), 1);
	assert_true(is_whole(held));
	/* Its end is a use too. */
	age("held", 1000);
	shm_detach(held);
	assert_int_equal(shm_gc(folder, 900, NULL, NULL, &gone, NULL), 0);
	assert_int_equal(gone.objects, 0);
	assert_int_equal(shm_gc(folder, UINT64_MAX, NULL, NULL, &gone, NULL), 0);
	assert_int_equal(gone.objects, 0);
	assert_int_equal(shm_gc("/nonexistent", 0, NULL, NULL, NULL, NULL), -ENOENT);
}

static void test_holders_are_known_by_number(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_object *o = NULL;
	struct buf pids = { 0 };
	struct err err = { 0 };
	char text[64];
	int ready[2];
	pid_t pid;

	(void)state;
	leave_named("graph");
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (shm_attach(&wanted, &o, NULL) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], text, 1), 1);
	assert_int_equal(shm_holders(&wanted, &pids, NULL), 0);
	assert_int_equal(pids.len, sizeof(pid_t));
	assert_memory_equal(pids.data, &pid, sizeof(pid));
	assert_int_equal(drop_named("graph", &err), -EBUSY);
	snprintf(text, sizeof(text), "graph: in use by process %d; drop it when", (int)pid);
	assert_non_null(strstr(err.msg, text));
	/* The kernel ends the lease, whatever ends its holder. */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	buf_clear(&pids);
	assert_int_equal(shm_holders(&wanted, &pids, NULL), 0);
	assert_int_equal(pids.len, 0);
	assert_int_equal(drop_named("graph", NULL), 0);
	assert_int_equal(shm_holders(&wanted, &pids, NULL), -ENOENT);
	buf_done(&pids);
	close(ready[0]);
	close(ready[1]);
}

/* In a container of its own. Return: an exit status. */
static int drop_from_elsewhere(void)
{
	struct err err = { 0 };

	if (mount("proc", "/proc", "proc", 0, NULL) < 0)
		return 90;
	if (drop_named("graph", &err) != -EBUSY)
		return 91;
	return strstr(err.msg, "by processes that cannot be seen from here") ? 0 : 92;
}

static void test_holders_of_other_containers_hold_it_unseen(void **state)
{
	struct shm_object *o = NULL;
	int status = 0;
	pid_t pid;

	(void)state;
	if (lacks_tmpfs())
		return;
	assert_int_equal(make_named("graph", &o), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
			_exit(1);
		pid = fork(); /* the first of its namespace */
		if (pid == 0)
			_exit(drop_from_elsewhere());
		waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	shm_detach(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TMPFS(test_objects_are_listed_with_their_holders),
		ON_TMPFS(test_what_genofs_did_not_make_stays),
		ON_DISK(test_what_genofs_did_not_make_stays),
		ON_TMPFS(test_gc_goes_by_the_last_use),
		ON_DISK(test_gc_goes_by_the_last_use),
		ON_TMPFS(test_holders_are_known_by_number),
		ON_TMPFS(test_holders_of_other_containers_hold_it_unseen),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
