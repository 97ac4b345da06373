/* SPDX-License-Identifier: MIT */
#include "shm_folder.h"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "core/base/sanitized.h"
#include "core/shm/shm_room.h"

/* A fake of what the kernel says of memory. */
static char root[] = "/tmp/test-shm-room.XXXXXX";

static const char *in_root(const char *file)
{
	static char pathname[PATH_MAX];

	snprintf(pathname, sizeof(pathname), "%s/%s", root, file);
	return pathname;
}

static void say(const char *file, const char *text)
{
	write_file(in_root(file), text, strlen(text));
}

static const char *const folders[] = { "job", "job/step", "memory", "memory/job" };

static int make_root(void **state)
{
	if (own_mounts(state) < 0 || !mkdtemp(root))
		return -1;
	for (unsigned i = 0; i < 4; i++)
		if (mkdir(in_root(folders[i]), 0700) < 0)
			return -1;
	return 0;
}

static int drop_root(void **state)
{
	static const char *const files[] = { "membership", "meminfo", "job/memory.max",
		"job/memory.current", "job/memory.stat", "job/step/memory.max",
		"job/step/memory.current", "memory/job/memory.limit_in_bytes",
		"memory/job/memory.usage_in_bytes", "memory/job/memory.stat" };

	(void)state;
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(in_root(files[i]));
	for (unsigned i = 4; i-- > 0;)
		rmdir(in_root(folders[i]));
	return rmdir(root);
}

static struct shm_machine fake_machine(char membership[PATH_MAX], char meminfo[PATH_MAX])
{
	struct shm_machine m = { .membership = membership, .groups = root, .meminfo = meminfo };

	snprintf(membership, PATH_MAX, "%s/membership", root);
	snprintf(meminfo, PATH_MAX, "%s/meminfo", root);
	return m;
}

/* What shm_room_check() says of the folder and that machine. */
static int room_for(uint64_t bytes, struct err *err)
{
	char membership[PATH_MAX];
	char meminfo[PATH_MAX];
	struct shm_machine machine = fake_machine(membership, meminfo);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = shm_room_check(fd, folder, bytes, &machine, err);

	close(fd);
	return r;
}

static void test_the_tightest_group_counts(void **state)
{
	struct err err = { 0 };

	(void)state;
	if (lacks_tmpfs())
		return;
	say("meminfo", "MemTotal: 99999999 kB\nMemAvailable:   90000000 kB\n");
	say("membership", "1:name=systemd:/\n0::/job/step\n");
	assert_int_equal(room_for(32 << 20, NULL), 0);
	say("job/memory.max", "67108864\n");
	say("job/memory.current", "50331648\n");
	say("job/step/memory.max", "max\n");
	say("job/step/memory.current", "1\n");
	assert_int_equal(room_for(8 << 20, NULL), 0);
	assert_int_equal(room_for(32 << 20, &err), -ENOMEM);
	assert_non_null(strstr(err.msg, "16777216 bytes (16.0 MiB) left of its 67108864"));
	assert_non_null(strstr(err.msg, "needed"));
	assert_non_null(strstr(err.msg, "--mem"));
	/* The kernel drops what it has of files first. */
	say("job/memory.stat", "anon 5\ninactive_file 16777216\nactive_file 16777216\n");
	assert_int_equal(room_for(32 << 20, NULL), 0);
	assert_int_equal(room_for(50 << 20, NULL), -ENOMEM);
	/* Above its limit already. */
	say("job/memory.current", "167108864\n");
	assert_int_equal(room_for(1, NULL), -ENOMEM);
}

static void test_groups_of_version_1_are_read(void **state)
{
	(void)state;
	if (lacks_tmpfs())
		return;
	say("meminfo", "MemAvailable:   90000000 kB\n");
	say("membership", "9:cpu,memory:/job\n8:pids:/other\nno colons\n");
	say("memory/job/memory.limit_in_bytes", "67108864\n");
	say("memory/job/memory.usage_in_bytes", "50331648\n");
	say("memory/job/memory.stat", "inactive_file 99999999\ntotal_inactive_file 0\n");
	assert_int_equal(room_for(8 << 20, NULL), 0);
	assert_int_equal(room_for(16 << 20, NULL), -ENOMEM);
	say("memory/job/memory.limit_in_bytes", "9223372036854771712\n");
	assert_int_equal(room_for(16 << 20, NULL), 0);
}

static void test_memory_of_the_machine_counts(void **state)
{
	struct err err = { 0 };

	(void)state;
	if (lacks_tmpfs())
		return;
	say("membership", "");
	say("meminfo", "MemTotal: 99999 kB\nMemAvailable:   20480 kB\n");
	assert_int_equal(room_for(15 << 20, NULL), 0);
	assert_int_equal(room_for(20 << 20, &err), -ENOMEM);
	assert_non_null(strstr(err.msg, "the machine has 20971520 bytes (20.0 MiB) available"));
	unlink(in_root("meminfo"));
	assert_int_equal(room_for(20 << 20, NULL), 0); /* nothing is known */
}

static void test_a_folder_on_disk_needs_no_memory(void **state)
{
	struct statfs st;

	(void)state;
	say("membership", "");
	say("meminfo", "MemAvailable:   20480 kB\n");
	assert_int_equal(statfs(folder, &st), 0);
	if (st.f_type != TMPFS_MAGIC) /* /tmp may be one */
		assert_int_equal(room_for(20 << 20, NULL), 0);
}

static void test_a_small_file_system_is_said_before_anything_is_done(void **state)
{
	struct shm_wanted wanted = wanted_named("large");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	struct err err = { 0 };

	(void)state;
	if (lacks_tmpfs())
		return;
	maker.size = 100 << 20;
	assert_int_equal(shm_create(&wanted, &maker, &o, &err), -ENOSPC);
	assert_non_null(strstr(err.msg, "too small: 104861696 bytes (100.0 MiB) needed, 67108864 "
					"bytes (64.0 MiB) available"));
	assert_non_null(strstr(err.msg, "--shm-size"));
	assert_non_null(strstr(err.msg, "or use another folder"));
	assert_null(o);
	assert_int_equal(files_in_folder(), 0);
}

static void fill_up(enum shm_phase phase, void *arg)
{
	int fd;

	if (phase != *(const enum shm_phase *)arg)
		return;
	fd = open(in_folder("of-another-program"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	fallocate(fd, 0, 0, 60 << 20);
	close(fd);
}

static void test_space_that_another_takes_meanwhile_is_missed_in_time(void **state)
{
	struct shm_wanted wanted = wanted_named("large");
	struct shm_maker maker = pattern_maker();
	enum shm_phase phase = SHM_ALLOCATE;
	struct shm_object *o = NULL;

	(void)state;
	if (lacks_tmpfs())
		return;
	maker.size = 40 << 20;
	maker.arg = &phase;
	maker.phase = fill_up;
	assert_int_equal(shm_create(&wanted, &maker, &o, NULL), -ENOSPC);
	assert_int_equal(files_in_folder(), 1);
	assert_int_equal(unlink(in_folder("of-another-program")), 0);
	/* Later, what is allocated is ours. */
	phase = SHM_FILL;
	assert_int_equal(shm_create(&wanted, &maker, &o, NULL), 0);
	assert_true(is_whole(o));
	assert_int_equal(unlink(in_folder("of-another-program")), 0);
	shm_detach(o);
}

static void test_the_largest_file_allowed_is_not_passed(void **state)
{
	struct shm_object *o = NULL;
	struct rlimit before;
	struct rlimit small;
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = make_named("large", &o);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EFBIG);
}

/* A control group of 64 MiB, of either version; "" where this machine lets us have none. */
static void make_group(char group[PATH_MAX])
{
	static const char *const files[2][2] = { { "/sys/fs/cgroup/memory",
								 "memory.limit_in_bytes" },
		{ "/sys/fs/cgroup", "memory.max" } };

	for (unsigned i = 0; i < 2; i++) {
		char file[PATH_MAX + 32];
		int fd;

		snprintf(group, PATH_MAX, "%s/genofs-test-%d", files[i][0], (int)getpid());
		if (mkdir(group, 0700) < 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", group, files[i][1]);
		fd = open(file, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, "67108864", 8) == 8) {
			close(fd);
			return;
		}
		if (fd >= 0)
			close(fd);
		rmdir(group);
	}
	group[0] = '\0';
}

/* In the group, make an object of @mib MiB. Return: an errno, or 0; 100 where there is no group. */
static int make_in_group(const char *group, unsigned mib)
{
	struct shm_wanted wanted = wanted_named("large");
	struct shm_maker maker = pattern_maker();
	struct shm_object *o = NULL;
	struct err err = { 0 };
	char procs[PATH_MAX + 32];
	int fd;
	int r;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", group);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return 100;
	close(fd);
	maker.size = (uint64_t)mib << 20;
	r = shm_create(&wanted, &maker, &o, &err);
	if (r < 0)
		return r == -ENOMEM && !strstr(err.msg, "the control group") ? 101 : -r;
	r = is_whole(o) ? 0 : 102;
	shm_detach(o);
	return drop_named("large", NULL) < 0 ? 103 : r;
}

static void test_a_group_of_64_mib_refuses_what_would_kill(void **state)
{
	/* The thread sanitizer needs four bytes of its own for each. */
	static const unsigned sizes[] = { 100, 63, SANITIZED ? 4 : 40 };
	static const int expected[] = { ENOMEM, ENOMEM, 0 };
	char group[PATH_MAX];
	int status[3] = { 0 };

	(void)state;
	if (lacks_tmpfs())
		return;
	make_group(group);
	if (!group[0]) {
		print_message("# no control group to be had: the fake ones count\n");
		return;
	}
	/* Its own limit is no reason to refuse. */
	if (mount("none", folder, NULL, MS_REMOUNT, "size=1g") < 0)
		fail();
	for (unsigned i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(make_in_group(group, sizes[i]));
		waitpid(pid, &status[i], 0);
	}
	assert_int_equal(rmdir(group), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(WIFEXITED(status[i]));
		assert_int_equal(WEXITSTATUS(status[i]), expected[i]);
	}
	assert_int_equal(files_in_folder(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_TMPFS(test_the_tightest_group_counts),
		ON_TMPFS(test_groups_of_version_1_are_read),
		ON_TMPFS(test_memory_of_the_machine_counts),
		ON_DISK(test_a_folder_on_disk_needs_no_memory),
		ON_TMPFS(test_a_small_file_system_is_said_before_anything_is_done),
		ON_TMPFS(test_space_that_another_takes_meanwhile_is_missed_in_time),
		ON_TMPFS(test_the_largest_file_allowed_is_not_passed),
		ON_TMPFS(test_a_group_of_64_mib_refuses_what_would_kill),
	};

	return cmocka_run_group_tests(tests, make_root, drop_root);
}
