/* SPDX-License-Identifier: MIT */
/*
 * read_ways FILE REFERENCE: whether FILE gives the bytes of REFERENCE by every way there is to read
 * them: read(2) in odd lengths, pread(2) at odd offsets and over the end, mmap(2), lseek(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *map(const char *pathname, size_t *size)
{
	int fd = open(pathname, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(pathname);
		exit(2);
	}
	*size = (size_t)st.st_size;
	p = mmap(NULL, *size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		perror(pathname);
		exit(2);
	}
	close(fd);
	return p;
}

static bool same_by_read(int fd, const char *want, size_t size)
{
	static char buf[70001];
	size_t at = 0;

	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n <= 0)
			return n == 0 && at == size;
		if ((size_t)n > size - at || memcmp(buf, want + at, (size_t)n) != 0)
			return false;
		at += (size_t)n;
	}
}

static bool same_by_pread(int fd, const char *want, size_t size)
{
	static char buf[300007];

	for (unsigned i = 0; i < 500; i++) {
		size_t off = (size_t)random() % (size + 100);
		size_t len = 1 + (size_t)random() % sizeof(buf);
		size_t left = off < size ? size - off : 0;
		size_t n = len < left ? len : left;

		if (pread(fd, buf, len, (off_t)off) != (ssize_t)n)
			return false;
		if (n && memcmp(buf, want + off, n) != 0)
			return false;
	}
	return true;
}

static bool same_by_seek(int fd, const char *want, size_t size)
{
	char last;

	return lseek(fd, 0, SEEK_END) == (off_t)size &&
	       lseek(fd, -1, SEEK_CUR) == (off_t)size - 1 && read(fd, &last, 1) == 1 &&
	       last == want[size - 1] && lseek(fd, 0, SEEK_DATA) == 0 &&
	       lseek(fd, 0, SEEK_HOLE) == (off_t)size && lseek(fd, -1, SEEK_SET) < 0 &&
	       errno == EINVAL;
}

int main(int argc, char **argv)
{
	size_t size;
	size_t mapped_size;
	const char *want;
	const char *mapped;
	int fd;

	if (argc != 3)
		return 2;
	want = map(argv[2], &size);
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || size == 0) {
		perror(argv[1]);
		return 2;
	}
	if (!same_by_pread(fd, want, size))
		return fprintf(stderr, "%s differs by pread\n", argv[1]), 1;
	if (!same_by_read(fd, want, size))
		return fprintf(stderr, "%s differs by read\n", argv[1]), 1;
	if (!same_by_seek(fd, want, size))
		return fprintf(stderr, "%s differs by lseek\n", argv[1]), 1;
	mapped = map(argv[1], &mapped_size);
	if (mapped_size != size || memcmp(mapped, want, size) != 0)
		return fprintf(stderr, "%s differs by mmap\n", argv[1]), 1;
	return 0;
}
