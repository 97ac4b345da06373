/* SPDX-License-Identifier: MIT */
/* Many at once who make, attach and drop one object, some of them killed. */
#include "shm_folder.h"

#include <pthread.h>
#include <stdatomic.h>

enum { N_LOADERS = 8, N_DROPS = 600 };

/* What processes of a test share. */
struct shared {
	_Atomic unsigned fills;
	_Atomic unsigned waits;
	_Atomic unsigned made;
	_Atomic unsigned attached;
	_Atomic unsigned bad;
	_Atomic bool stop;
};

static struct shared *shared;

static int map_shared(void **state)
{
	if (own_mounts(state) < 0)
		return -1;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			0);
	return shared == MAP_FAILED ? -1 : 0;
}

static int unmap_shared(void **state)
{
	(void)state;
	return munmap(shared, sizeof(*shared));
}

static int count_fill(void *payload, uint64_t size, void *arg, struct err *err)
{
	(void)arg;
	atomic_fetch_add(&shared->fills, 1);
	return fill_pattern(payload, size, NULL, err);
}

static void count_wait(enum shm_phase phase, void *arg)
{
	(void)arg;
	if (phase == SHM_WAIT)
		atomic_fetch_add(&shared->waits, 1);
}

/* Begins when @start is closed; holds what it got until it is killed. */
static pid_t start_loader(const int start[2])
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	pid_t pid = fork();
	char byte;
	int r;

	if (pid)
		return pid;
	maker.fill = count_fill;
	maker.phase = count_wait;
	close(start[1]);
	if (read(start[0], &byte, 1) < 0)
		_exit(1);
	r = shm_create(&wanted, &maker, &o, NULL);
	atomic_fetch_add(&shared->made, r == 0);
	atomic_fetch_add(&shared->bad, r < 0 || !is_whole(o));
	atomic_fetch_add(&shared->attached, 1);
	for (;;)
		pause();
}

static void test_loaders_at_once_load_once(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	pid_t pids[N_LOADERS];
	struct buf holders = { 0 };
	int start[2];

	(void)state;
	memset(shared, 0, sizeof(*shared));
	assert_int_equal(pipe(start), 0);
	for (unsigned i = 0; i < N_LOADERS; i++)
		pids[i] = start_loader(start);
	close(start[0]);
	close(start[1]);
	while (atomic_load(&shared->attached) < N_LOADERS)
		usleep(1000);
	assert_int_equal(shared->fills, 1);
	assert_int_equal(shared->made, 1);
	assert_int_equal(shared->bad, 0);
	assert_int_equal(files_in_folder(), 1);
	assert_int_equal(shm_holders(&wanted, &holders, NULL), 0);
	assert_int_equal(holders.len, N_LOADERS * sizeof(pid_t));
	buf_done(&holders);
	for (unsigned i = 0; i < N_LOADERS; i++) {
		assert_int_equal(drop_named("graph", NULL), -EBUSY);
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	assert_int_equal(drop_named("graph", NULL), 0);
}

static void *load_in_thread(void *arg)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	int r;

	(void)arg;
	maker.fill = count_fill;
	r = shm_create(&wanted, &maker, &o, NULL);
	atomic_fetch_add(&shared->made, r == 0);
	atomic_fetch_add(&shared->bad, r < 0 || !is_whole(o));
	return o;
}

static void test_threads_at_once_load_once(void **state)
{
	pthread_t threads[N_LOADERS];

	(void)state;
	memset(shared, 0, sizeof(*shared));
	for (unsigned i = 0; i < N_LOADERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, load_in_thread, NULL), 0);
	for (unsigned i = 0; i < N_LOADERS; i++) {
		void *o = NULL;

		assert_int_equal(pthread_join(threads[i], &o), 0);
		assert_int_equal(drop_named("graph", NULL), -EBUSY);
		shm_detach(o);
	}
	assert_int_equal(shared->fills, 1);
	assert_int_equal(shared->made, 1);
	assert_int_equal(shared->bad, 0);
	assert_int_equal(drop_named("graph", NULL), 0);
}

static int fill_never(void *payload, uint64_t size, void *arg, struct err *err)
{
	(void)payload;
	(void)size;
	(void)arg;
	(void)err;
	for (atomic_fetch_add(&shared->fills, 1);; pause())
		;
	return 0;
}

static void test_a_killed_loader_hands_over_to_who_waits(void **state)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	pid_t first;
	pid_t waiters[2];
	int start[2];

	(void)state;
	memset(shared, 0, sizeof(*shared));
	maker.fill = fill_never;
	first = fork();
	if (first == 0)
		_exit(shm_create(&wanted, &maker, &o, NULL) < 0);
	while (atomic_load(&shared->fills) < 1)
		usleep(1000);
	assert_int_equal(pipe(start), 0);
	waiters[0] = start_loader(start);
	waiters[1] = start_loader(start);
	close(start[0]);
	close(start[1]);
	while (atomic_load(&shared->waits) < 2)
		usleep(1000);
	assert_int_equal(shm_attach(&wanted, &o, NULL), -ENOENT); /* half is nothing */
	assert_int_equal(shared->attached, 0);
	/* gc takes no lock away from who holds it. */
	assert_int_equal(shm_gc(folder, 0, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(files_in_folder(), 1);
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	while (atomic_load(&shared->attached) < 2)
		usleep(1000);
	assert_int_equal(shared->fills, 2);
	assert_int_equal(shared->made, 1);
	assert_int_equal(shared->bad, 0);
	assert_int_equal(files_in_folder(), 1);
	for (unsigned i = 0; i < 2; i++) {
		kill(waiters[i], SIGKILL);
		waitpid(waiters[i], NULL, 0);
	}
}

static void wait_for_holders(unsigned n)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct buf pids = { 0 };

	do {
		usleep(100);
		buf_clear(&pids);
		shm_holders(&wanted, &pids, NULL);
	} while (pids.len != n * sizeof(pid_t));
	buf_done(&pids);
}

static void test_who_survives_among_killed_loaders_has_it(void **state)
{
	(void)state;
	srandom(11);
	for (unsigned round = 0; round < 15; round++) {
		pid_t pids[N_LOADERS];
		int start[2];

		memset(shared, 0, sizeof(*shared));
		assert_int_equal(pipe(start), 0);
		for (unsigned i = 0; i < N_LOADERS; i++)
			pids[i] = start_loader(start);
		close(start[0]);
		close(start[1]);
		/* All but the last two wherever they are; these when they have it. */
		for (unsigned i = 0; i < N_LOADERS; i++) {
			if (i == N_LOADERS - 2)
				wait_for_holders(2);
			usleep((useconds_t)random() % 400);
			kill(pids[i], SIGKILL);
			waitpid(pids[i], NULL, 0);
		}
		assert_int_equal(shared->bad, 0);
		assert_int_equal(shm_gc(folder, 0, NULL, NULL, NULL, NULL), 0);
		assert_int_equal(files_in_folder(), 0);
	}
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void test_a_signal_ends_the_wait(void **state)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct sigaction before;
	struct shm_object *o = NULL;
	char file[SHM_FILE_MAX];
	int dir = shm_folder_open(folder, NULL);
	int lock = -1;

	(void)state;
	shm_lock_file(shm_user(), "graph", file);
	assert_int_equal(shm_name_lock(dir, file, NULL, NULL, &lock, NULL), 0);
	sigaction(SIGALRM, &act, &before);
	ualarm(20000, 20000); /* again and again: the first may come before the wait */
	assert_int_equal(make_named("graph", &o), -EINTR);
	ualarm(0, 0);
	sigaction(SIGALRM, &before, NULL);
	shm_name_unlock(dir, file, lock);
	assert_int_equal(files_in_folder(), 0);
	close(dir);
}

/* Make, look and leave until it is told to stop. */
static pid_t start_visitor(void)
{
	struct shm_wanted wanted = wanted_named("graph");
	struct shm_maker maker = pattern_maker();
	pid_t pid = fork();

	if (pid)
		return pid;
	maker.size = 100; /* so that it is let go of often */
	while (!atomic_load(&shared->stop)) {
		struct shm_object *o = NULL;
		int r = shm_create(&wanted, &maker, &o, NULL);

		atomic_fetch_add(&shared->made, r == 0);
		atomic_fetch_add(&shared->attached, 1);
		atomic_fetch_add(&shared->bad, r < 0 || !is_whole(o));
		shm_detach(o);
		usleep(50);
	}
	_exit(0);
}

static void test_drops_and_attaches_race_without_harm(void **state)
{
	pid_t pids[3];
	unsigned dropped = 0;

	(void)state;
	memset(shared, 0, sizeof(*shared));
	for (unsigned i = 0; i < 3; i++)
		pids[i] = start_visitor();
	while (dropped < N_DROPS && atomic_load(&shared->attached) < 100 * N_DROPS) {
		struct shm_gone gone = { 0 };

		dropped += drop_named("graph", NULL) == 0;
		assert_int_equal(shm_gc(folder, 0, NULL, NULL, &gone, NULL), 0);
		dropped += gone.objects;
	}
	atomic_store(&shared->stop, true);
	for (unsigned i = 0; i < 3; i++) {
		int status = 0;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(shared->bad, 0);
	/* Each was made as often as it was dropped, or is there. */
	assert_in_range(shared->made - dropped, 0, 1);
	print_message("# %u attached, %u made, %u dropped\n", shared->attached, shared->made,
			dropped);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TMPFS(test_loaders_at_once_load_once),
		ON_DISK(test_loaders_at_once_load_once),
		ON_TMPFS(test_threads_at_once_load_once),
		ON_TMPFS(test_a_killed_loader_hands_over_to_who_waits),
		ON_TMPFS(test_who_survives_among_killed_loaders_has_it),
		ON_TMPFS(test_a_signal_ends_the_wait),
		ON_TMPFS(test_drops_and_attaches_race_without_harm),
	};

	return cmocka_run_group_tests(tests, map_shared, unmap_shared);
}
