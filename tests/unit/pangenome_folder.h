/* SPDX-License-Identifier: MIT */
/* Pangenomes for unit tests: those of tests/data/graph, with objects in a folder of the test's. */
#ifndef GENOFS_TESTS_PANGENOME_FOLDER_H
#define GENOFS_TESTS_PANGENOME_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/pangenome/pangenome.h"

#define TEST_GRAPHS "tests/data/graph"

static char test_shm[] = "/tmp/genofs-test-XXXXXX";
static bool test_shm_made;

/* The folder of shared memory: made when it is first asked for. */
static inline const char *test_shm_folder(void)
{
	if (!test_shm_made && !mkdtemp(test_shm))
		abort();
	test_shm_made = true;
	return test_shm;
}

static inline void test_shm_folder_clear(void)
{
	DIR *dir = test_shm_made ? opendir(test_shm) : NULL;
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
}

static inline void test_shm_folder_remove(void)
{
	test_shm_folder_clear();
	if (test_shm_made)
		rmdir(test_shm);
}

static inline struct pangenome *pangenome_of_test(
		const char *pathname, uint64_t block_bp, const char *references)
{
	struct pangenome_options o = { .source = pathname,
		.folder = test_shm_folder(),
		.references = references,
		.block_bp = block_bp,
		.budget = 1 << 20 };
	struct err err = { 0 };
	struct pangenome *p;

	if (pangenome_open(&o, &p, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		abort();
	}
	return p;
}

/* @check each graph of TEST_GRAPHS, or of the folder in the environment's TEST_GRAPHS. */
static inline void each_graph_of_test(
		void (*check)(const char *pathname, uint64_t block_bp), uint64_t block_bp)
{
	const char *folder = getenv("TEST_GRAPHS");
	DIR *dir = opendir(folder ? folder : TEST_GRAPHS);
	struct dirent *e;

	if (!dir)
		abort();
	while ((e = readdir(dir))) {
		size_t len = strlen(e->d_name);
		char pathname[4096];

		if (len < 4 || strcmp(e->d_name + len - 4, ".gbz") != 0)
			continue;
		snprintf(pathname, sizeof(pathname), "%s/%s", folder ? folder : TEST_GRAPHS,
				e->d_name);
		check(pathname, block_bp);
	}
	closedir(dir);
}

#endif
