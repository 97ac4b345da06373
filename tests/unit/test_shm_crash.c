/* SPDX-License-Identifier: MIT */
/* Makers killed at any moment. */
#include "shm_folder.h"

#include "core/base/stats.h"

enum { N_RANDOM = 60 };

/* Where the maker in a child is to die. */
struct death {
	enum shm_phase phase; /* as it begins; N_SHM_PHASES: not there */
	bool half_filled;
	bool half_verified;
};

static void die_in_phase(enum shm_phase phase, void *arg)
{
	const struct death *d = arg;

	if (phase == d->phase)
		raise(SIGKILL);
}

static int fill_or_die(void *payload, uint64_t size, void *arg, struct err *err)
{
	const struct death *d = arg;

	fill_pattern(payload, d->half_filled ? size / 2 : size, NULL, err);
	if (d->half_filled)
		raise(SIGKILL);
	return 0;
}

static int verify_or_die(const void *payload, uint64_t size, void *arg, struct err *err)
{
	const struct death *d = arg;

	if (d->half_verified)
		raise(SIGKILL);
	return check_pattern(payload, size, NULL, err);
}

static void make_and_die(struct death d)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = { .size = SIZE,
		.fill = fill_or_die,
		.verify = verify_or_die,
		.phase = die_in_phase,
		.arg = &d };
	struct shm_object *o = NULL;
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		shm_create(&wanted, &maker, &o, NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* Nothing is there but a lock that nobody has, or all is; whoever comes next is not held up. */
static void check_after_death(bool published)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_object *o = NULL;
	struct shm_gone gone = { 0 };

	assert_int_equal(shm_attach(&wanted, &o, NULL), published ? 0 : -ENOENT);
	shm_detach(o);
	o = NULL;
	assert_int_equal(files_in_folder(), published ? 2 : 1);
	assert_int_equal(make_named("graph", &o), published);
	assert_true(is_whole(o));
	/* Its maker removed the lock, where there was something to make. */
	assert_int_equal(files_in_folder(), published ? 2 : 1);
	shm_detach(o);
	assert_int_equal(shm_gc(folder, 0, NULL, NULL, &gone, NULL), 0);
	assert_int_equal(gone.objects, 1);
	assert_int_equal(gone.locks, published);
	assert_int_equal(files_in_folder(), 0);
}

static void test_a_maker_killed_in_any_phase_leaves_nothing_in_the_way(void **state)
{
	struct death d = { .phase = N_SHM_PHASES };

	(void)state;
	for (d.phase = SHM_CHECK; d.phase < N_SHM_PHASES; d.phase++) {
		make_and_die(d);
		check_after_death(d.phase == SHM_PUBLISHED);
	}
	d.half_filled = true;
	make_and_die(d);
	check_after_death(false);
	d.half_filled = false;
	d.half_verified = true;
	make_and_die(d);
	check_after_death(false);
}

static void test_gc_removes_what_a_killed_maker_left(void **state)
{
	struct death d = { .half_filled = true, .phase = N_SHM_PHASES };
	struct shm_gone gone = { 0 };

	(void)state;
	make_and_die(d);
	assert_int_equal(files_in_folder(), 1);
	assert_int_equal(shm_gc(folder, 100000, NULL, NULL, &gone, NULL), 0);
	assert_int_equal(gone.locks, 1);
	assert_int_equal(files_in_folder(), 0);
}

/* Killed after @us microseconds; 0: not. */
static void make_in_child(
		const struct shm_wanted *wanted, const struct shm_maker *maker, uint64_t us)
{
	struct shm_object *o = NULL;
	pid_t pid = fork();

	if (pid == 0)
		_exit(shm_create(wanted, maker, &o, NULL) < 0);
	if (us) {
		usleep((useconds_t)us);
		kill(pid, SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_makers_killed_at_random_leave_all_or_nothing(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	unsigned found = 0;
	uint64_t took = stat_clock();

	(void)state;
	maker.size = 1 << 20;
	make_in_child(&wanted, &maker, 0);
	took = (stat_clock() - took) / 1000;
	assert_int_equal(drop_named("graph", NULL), 0);
	srandom(7);
	for (unsigned i = 0; i < N_RANDOM; i++) {
		struct shm_object *o = NULL;
		int r;

		make_in_child(&wanted, &maker, 1 + (uint64_t)random() % (2 * took));
		r = shm_attach(&wanted, &o, NULL);
		if (r == 0) {
			assert_true(is_whole(o));
			found++;
		} else {
			assert_int_equal(r, -ENOENT);
		}
		shm_detach(o);
		if (r == 0)
			assert_int_equal(drop_named("graph", NULL), 0);
		assert_in_range(files_in_folder(), 0, 1);
	}
	print_message("# %u of %u were done before they were killed\n", found, N_RANDOM);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TMPFS(test_a_maker_killed_in_any_phase_leaves_nothing_in_the_way),
		ON_DISK(test_a_maker_killed_in_any_phase_leaves_nothing_in_the_way),
		ON_TMPFS(test_gc_removes_what_a_killed_maker_left),
		ON_TMPFS(test_makers_killed_at_random_leave_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
