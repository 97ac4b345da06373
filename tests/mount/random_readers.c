/* SPDX-License-Identifier: MIT */
/*
 * random_readers FILE REFERENCE SECONDS THREADS: so many threads read FILE for so long, at random
 * offsets in random lengths, each through a handle of its own, and compare every range with
 * REFERENCE. Between passes they drop the pages of FILE, so that it is the server that answers.
 * Exit status: 1 where a byte was wrong or a read failed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LEN = 3 << 20, READS_IN_PASS = 16, MAX_THREADS = 256 };

static const char *pathname;
static const char *want;
static size_t size;
static time_t end;
static atomic_uint n_failed;
static _Atomic uint64_t n_bytes;

/* Mostly short, sometimes spanning blocks. */
static size_t random_len(unsigned *seed)
{
	size_t max = (size_t)1 << (6 + rand_r(seed) % 17);

	return 1 +
	       ((size_t)rand_r(seed) << 8 ^ (size_t)rand_r(seed)) % (max < MAX_LEN ? max : MAX_LEN);
}

static void read_one(int fd, char *buf, unsigned *seed)
{
	size_t off = ((size_t)rand_r(seed) << 20 ^ (size_t)rand_r(seed)) % size;
	size_t len = random_len(seed);
	ssize_t n;

	if (len > size - off)
		len = size - off;
	n = pread(fd, buf, len, (off_t)off);
	if (n == (ssize_t)len && memcmp(buf, want + off, len) == 0) {
		n_bytes += len;
		return;
	}
	fprintf(stderr, "%s: %zu bytes at %zu: got %zd%s\n", pathname, len, off, n,
			n == (ssize_t)len ? ", not the right ones" : "");
	n_failed++;
}

static void *read_some(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg * 7919 + 1;
	char *buf = malloc(MAX_LEN);

	while (buf && time(NULL) < end && n_failed == 0) {
		int fd = open(pathname, O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			perror(pathname);
			n_failed++;
			break;
		}
		for (unsigned i = 0; i < READS_IN_PASS; i++)
			read_one(fd, buf, &seed);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		close(fd);
	}
	free(buf);
	return NULL;
}

static void map_reference(const char *reference)
{
	int fd = open(reference, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		size = (size_t)st.st_size;
		p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	}
	if (p == MAP_FAILED) {
		perror(reference);
		exit(2);
	}
	want = p;
	close(fd);
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	unsigned long n_threads = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;

	if (n_threads < 1 || n_threads > MAX_THREADS)
		return 2;
	pathname = argv[1];
	map_reference(argv[2]);
	end = time(NULL) + strtol(argv[3], NULL, 10);
	for (unsigned i = 0; i < n_threads; i++)
		if (pthread_create(&threads[i], NULL, read_some, (void *)(uintptr_t)i) != 0)
			return 2;
	for (unsigned i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	printf("%llu bytes compared\n", (unsigned long long)n_bytes);
	return n_failed ? 1 : 0;
}
