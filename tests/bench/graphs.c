/* SPDX-License-Identifier: MIT */
/*
 * Measures what a pangenome costs: graphs FILE.gbz [ROUNDS]
 *
 * In turns: the file decoded into memory of one's own, loaded as an object (decoded, verified,
 * checked against the file, published) and attached to. Then all haplotypes as FASTA from the
 * image, in reads of 128 KiB, by one thread. Medians of the rounds, 5 by default. Objects are in a
 * folder of its own on /dev/shm, which is removed.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/number.h"
#include "core/graph/graph_object.h"
#include "core/pangenome/pangenome.h"

enum { ROUNDS_MAX = 101, READ_LEN = 128 << 10 };

static char folder[] = "/dev/shm/genofs-bench-XXXXXX";

static void clear_folder(void)
{
	DIR *dir = opendir(folder);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}

static void give_up(const struct err *err)
{
	fprintf(stderr, "graphs: %s\n", err->msg);
	clear_folder();
	rmdir(folder);
	exit(EXIT_FAILURE);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

static double parse(const char *pathname)
{
	CLEANUP(gbz_closep) struct gbz *gbz = NULL;
	double began = seconds(CLOCK_MONOTONIC);
	struct err err = { 0 };
	uint64_t size = 0;
	void *mem;

	if (gbz_open(pathname, &gbz, &err) < 0 || image_size(gbz, &size, &err) < 0)
		give_up(&err);
	/* As a process has it that begins: not what malloc(3) kept of the round before. */
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED || image_build(gbz, mem, size, NULL, NULL, &err) < 0)
		give_up(&err);
	began = seconds(CLOCK_MONOTONIC) - began;
	munmap(mem, size);
	return began;
}

/* The time that it takes to have the graph, loaded or attached to. */
static double have(const char *pathname)
{
	struct graph_load load = { .pathname = pathname, .folder = folder };
	double began = seconds(CLOCK_MONOTONIC);
	struct shm_object *object;
	struct err err = { 0 };

	if (graph_object_load(&load, &object, &err) < 0)
		give_up(&err);
	began = seconds(CLOCK_MONOTONIC) - began;
	shm_detach(object);
	return began;
}

/* All haplotypes; their bytes in @n. Return: seconds of this thread. */
static double read_haplotypes(struct pangenome *p, uint64_t *n)
{
	static char buf[READ_LEN];
	uint32_t n_haps = pangenome_catalog(p)->n_haps;
	struct err err = { 0 };
	double spent = 0;
	uint32_t row = 0;

	while (strcmp(pg_file_kinds[row].name, ".fa") != 0)
		row++;
	*n = 0;
	for (uint32_t h = 0; h < n_haps; h++) {
		struct pg_folder hap = { .level = PG_HAP, .number = h };
		struct pg_file *f;
		double began;

		if (pg_file_get(p, &hap, row, &f, &err) < 0)
			give_up(&err);
		began = seconds(CLOCK_THREAD_CPUTIME_ID);
		for (uint64_t off = 0; off < f->size; off += READ_LEN) {
			size_t len = f->size - off < READ_LEN ? (size_t)(f->size - off) : READ_LEN;

			if (pg_file_read(f, buf, len, off, &err) < 0)
				give_up(&err);
		}
		spent += seconds(CLOCK_THREAD_CPUTIME_ID) - began;
		*n += f->size;
		pg_file_put(f);
	}
	return spent;
}

static void measure_fasta(const char *pathname, unsigned rounds)
{
	struct pangenome_options o = { .source = pathname,
		.folder = folder,
		.block_bp = PANGENOME_BLOCK_BP,
		.budget = 1 << 26 };
	double times[ROUNDS_MAX];
	struct err err = { 0 };
	struct pangenome *p;
	uint64_t n = 0;

	if (pangenome_open(&o, &p, &err) < 0)
		give_up(&err);
	for (unsigned i = 0; i < rounds; i++)
		times[i] = read_haplotypes(p, &n);
	printf("FASTA of all haplotypes: %.1f MB, %.0f MB/s of one processor\n", (double)n / 1e6,
			(double)n / 1e6 / median(times, rounds));
	pangenome_close(p);
}

int main(int argc, char **argv)
{
	uint64_t given = 5;
	unsigned rounds;
	double parsed[ROUNDS_MAX];
	double loaded[ROUNDS_MAX];
	double attached[ROUNDS_MAX];

	if (argc < 2 || (argc > 2 && !number_parse(argv[2], 10, &given)) || !given ||
			given > ROUNDS_MAX) {
		fputs("usage: graphs FILE.gbz [ROUNDS]\n", stderr);
		return 2;
	}
	rounds = (unsigned)given;
	if (!mkdtemp(folder)) {
		perror(folder);
		return EXIT_FAILURE;
	}
	for (unsigned i = 0; i < rounds; i++) {
		clear_folder();
		parsed[i] = parse(argv[1]);
		loaded[i] = have(argv[1]);
		attached[i] = have(argv[1]);
	}
	printf("decoded into memory: %.3f s; loaded: %.3f s; attached to: %.4f s\n",
			median(parsed, rounds), median(loaded, rounds), median(attached, rounds));
	measure_fasta(argv[1], rounds);
	clear_folder();
	rmdir(folder);
	return EXIT_SUCCESS;
}
