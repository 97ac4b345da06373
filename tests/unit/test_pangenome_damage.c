/* SPDX-License-Identifier: MIT */
/*
 * Graphs with bits flipped, and cut off: what loads all the same is shown, or refused, file by
 * file. DAMAGE_FLIPS and DAMAGE_CUTS: how many of each graph.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "tests/unit/pangenome_folder.h"

enum { READ_MAX = 300000, FOLDERS_MAX = 60, N_FLIPS = 250, N_CUTS = 50 };

struct seen {
	struct pangenome *p;
	unsigned folders;
	unsigned files;
	unsigned refused;
};

static char *copy_of(const char *pathname, size_t *len)
{
	FILE *f = fopen(pathname, "rb");
	char *bytes = malloc(1 << 16);

	if (!f || !bytes)
		abort();
	*len = fread(bytes, 1, 1 << 16, f);
	fclose(f);
	return bytes;
}

static void read_file(struct seen *s, const struct pg_node *node)
{
	CLEANUP(freep) char *buf = malloc(READ_MAX);
	struct pg_file *f;
	struct err err = { 0 };
	size_t len;

	s->files++;
	if (pg_file_get(s->p, &node->folder, node->row, &f, &err) < 0) {
		s->refused++;
		return;
	}
	len = f->size < READ_MAX ? (size_t)f->size : READ_MAX;
	if (len && pg_file_read(f, buf, len, 0, &err) < 0)
		s->refused++;
	if (len && pg_file_read(f, buf, len, f->size - len, &err) < 0)
		s->refused++;
	pg_file_put(f);
}

static void look(struct seen *s, const struct pg_folder *in)
{
	char name[NAME_MAX + 1];
	struct err err = { 0 };
	struct pg_node node;

	if (s->folders++ > FOLDERS_MAX)
		return;
	for (uint64_t i = 0; i < FOLDERS_MAX && pg_entry(s->p, in, i, name, &node, &err) == 1;
			i++) {
		if (node.type == PG_IS_FOLDER)
			look(s, &node.folder);
		else if (node.type == PG_IS_FILE)
			read_file(s, &node);
	}
	if (in->level == PG_REGIONS && pg_lookup(s->p, in, "2-9", &node, &err) == 0)
		look(s, &node.folder);
}

/* Return: whether it loaded. */
static bool show(const char *bytes, size_t len, uint64_t block_bp)
{
	char pathname[] = "/tmp/genofs-damaged-XXXXXX";
	int fd = mkstemp(pathname);
	struct pangenome_options o = { .source = pathname,
		.folder = test_shm_folder(),
		.block_bp = block_bp,
		.budget = 1 << 20 };
	struct seen s = { 0 };
	struct pg_folder root = { .level = PG_GRAPH };
	struct err err = { 0 };
	bool loaded;

	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	loaded = pangenome_open(&o, &s.p, &err) == 0;
	if (loaded) {
		look(&s, &root);
		pangenome_close(s.p);
	}
	unlink(pathname);
	test_shm_folder_clear();
	return loaded;
}

static unsigned wanted(const char *variable, unsigned otherwise)
{
	const char *value = getenv(variable);

	return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

static const char *const graphs[] = { "tests/data/graph/example.gbz",
	"tests/data/graph/example-v1.gbz", "tests/data/graph/translation-v3.gbz" };

static void flip_bits(const char *pathname)
{
	unsigned n = wanted("DAMAGE_FLIPS", N_FLIPS);
	CLEANUP(freep) char *bytes = NULL;
	unsigned loaded = 0;
	size_t len;

	bytes = copy_of(pathname, &len);
	assert_true(show(bytes, len, 3));
	for (unsigned i = 0; i < n; i++) {
		size_t at = (size_t)random() % len;
		char bit = (char)(1 << random() % 8);

		bytes[at] ^= bit;
		loaded += show(bytes, len, i % 2 ? 3 : 1000);
		bytes[at] ^= bit;
	}
	assert_true(loaded > 0);
	assert_true(loaded < n);
}

static void test_flipped_bits(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(graphs) / sizeof(graphs[0]); i++)
		flip_bits(graphs[i]);
}

static void test_cut_off(void **state)
{
	unsigned n = wanted("DAMAGE_CUTS", N_CUTS);

	(void)state;
	for (unsigned i = 0; i < sizeof(graphs) / sizeof(graphs[0]); i++) {
		CLEANUP(freep) char *bytes = NULL;
		size_t len;

		bytes = copy_of(graphs[i], &len);
		for (unsigned k = 0; k < n; k++)
			assert_false(show(bytes, len * k / n, 3));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_cut_off) };
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	test_shm_folder_remove();
	return r;
}
