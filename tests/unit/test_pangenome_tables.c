/* SPDX-License-Identifier: MIT */
#include <ctype.h>

#include "core/base/number.h"
#include "core/pangenome/graph_tables.h"
#include "core/pangenome/pangenome.h"
#include "tests/unit/gbz_maker.h"
#include "tests/unit/shm_folder.h"

static struct pangenome *open_graph(const char *source, const char *references, uint64_t block_bp)
{
	struct pangenome_options o = { .source = source,
		.folder = folder,
		.references = references,
		.block_bp = block_bp,
		.budget = 16 << 20 };
	struct pangenome *p = NULL;
	struct err err = { 0 };

	if (pangenome_open(&o, &p, &err) < 0)
		fail_msg("%s", err.msg);
	return p;
}

/* A made graph, in the folder as long as it is opened. */
static struct pangenome *open_made(const struct gbz_recipe *recipe, const char *name)
{
	struct buf bytes = { 0 };
	const char *pathname = in_folder(name);
	struct pangenome *p;

	make_gbz(recipe, &bytes);
	write_file(pathname, bytes.data, bytes.len);
	buf_done(&bytes);
	p = open_graph(pathname, NULL, 1);
	unlink(in_folder(name));
	return p;
}

/* What is at a pathname of the tree. */
static int find(struct pangenome *p, const char *pathname, struct pg_node *out)
{
	struct pg_folder in = { .level = PG_GRAPH };
	char name[NAME_MAX + 1];

	for (;;) {
		size_t len = strcspn(pathname, "/");
		int r;

		memcpy(name, pathname, len);
		name[len] = '\0';
		r = pg_lookup(p, &in, name, out, NULL);
		if (r < 0 || !pathname[len])
			return r;
		in = out->folder;
		pathname += len + 1;
	}
}

/* Read in pieces at places all over it, a file is the same. */
static void assert_windows(const struct pg_file *f, const char *all)
{
	uint64_t random = 88172645463325252u;
	struct err err = { 0 };

	for (unsigned i = 0; f->size && i < 50; i++) {
		uint64_t at;
		size_t len;
		char *window;

		random = random * 6364136223846793005 + 1442695040888963407;
		at = (random >> 20) % f->size;
		len = (size_t)((random >> 3) % 5000);
		len = len < f->size - at ? len : (size_t)(f->size - at);
		window = malloc(len + 1);
		assert_non_null(window);
		assert_int_equal(pg_file_read(f, window, len, at, &err), 0);
		assert_memory_equal(window, all + at, len);
		free(window);
	}
}

/* All of a file, for free(). */
static char *text_of(struct pangenome *p, const char *pathname)
{
	struct err err = { 0 };
	struct pg_file *f;
	struct pg_node node;
	char *text;

	if (find(p, pathname, &node) < 0)
		fail_msg("%s: there is no such file", pathname);
	assert_int_equal(node.type, PG_IS_FILE);
	if (pg_file_get(p, &node.folder, node.row, &f, &err) < 0)
		fail_msg("%s: %s", pathname, err.msg);
	text = malloc(f->size + 1);
	assert_non_null(text);
	if (pg_file_read(f, text, f->size, 0, &err) < 0)
		fail_msg("%s: %s", pathname, err.msg);
	text[f->size] = '\0';
	assert_int_equal(strlen(text), f->size);
	assert_windows(f, text);
	pg_file_put(f);
	return text;
}

static void assert_text(struct pangenome *p, const char *pathname, const char *expected)
{
	char *text = text_of(p, pathname);

	assert_string_equal(text, expected);
	free(text);
}

/* Line @i of a text, without its end; NULL behind the last. */
static const char *line_of(const char *text, unsigned i, char out[1024])
{
	size_t len;

	for (; *text && i; i--)
		text += strcspn(text, "\n") + 1;
	len = strcspn(text, "\n");
	if (!*text)
		return NULL;
	assert_true(len < 1024);
	memcpy(out, text, len);
	out[len] = '\0';
	return out;
}

static unsigned lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Fields of a line, which are cut apart in it. */
static uint64_t number_of(const char *text)
{
	uint64_t n = 0;

	assert_true(number_parse(text, 10, &n));
	return n;
}

static unsigned fields_of(char *line, char *fields[16])
{
	unsigned n = 0;

	for (;; line++) {
		assert_true(n < 16);
		fields[n++] = line;
		line += strcspn(line, "\t");
		if (!*line)
			return n;
		*line = '\0';
	}
}

static char *read_all(const char *pathname)
{
	FILE *f = fopen(pathname, "re");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

/* ---- JSON ---- */

static const char *after_json(const char *p);

static const char *after_space(const char *p)
{
	return p + strspn(p, " \n");
}

static const char *after_string(const char *p)
{
	assert_int_equal(*p, '"');
	for (p++; *p != '"'; p++) {
		assert_true((unsigned char)*p >= ' ');
		if (*p != '\\')
			continue;
		p++;
		assert_non_null(strchr("\"\\u", *p));
		for (unsigned i = 0; *p == 'u' && i < 4; i++)
			assert_true(isxdigit((unsigned char)p[i + 1]));
	}
	return p + 1;
}

/* What is between brackets: items, of an object with keys. */
static const char *after_items(const char *p, char close)
{
	p = after_space(p + 1);
	while (*p != close) {
		if (close == '}') {
			p = after_space(after_string(p));
			assert_int_equal(*p, ':');
			p++;
		}
		p = after_json(p);
		if (*p == close)
			break;
		assert_int_equal(*p, ',');
		p = after_space(p + 1);
		assert_int_not_equal(*p, close);
	}
	return p + 1;
}

static const char *after_json(const char *p)
{
	p = after_space(p);
	if (*p == '{')
		p = after_items(p, '}');
	else if (*p == '[')
		p = after_items(p, ']');
	else if (*p == '"')
		p = after_string(p);
	else if (strncmp(p, "null", 4) == 0)
		p += 4;
	else
		for (assert_true(isdigit((unsigned char)*p)); isdigit((unsigned char)*p);)
			p++;
	return after_space(p);
}

static void assert_has(const char *text, const char *what)
{
	if (!text || !strstr(text, what))
		fail_msg("no %s in %s", what, text ? text : "nothing");
}

/* ---- the graph's folder ---- */

/* paths.tsv against a table that another program made. */
static void assert_paths(const char *graph, const char *expected_in, const char *const *contigs)
{
	struct pangenome *p = open_graph(graph, NULL, PANGENOME_BLOCK_BP);
	char *expected = read_all(expected_in);
	char *text = text_of(p, "paths.tsv");
	char expected_line[1024];
	char line[1024];
	char *e[16] = { NULL };
	char *f[16] = { NULL };

	assert_int_equal(lines_of(text), lines_of(expected));
	assert_string_equal(line_of(text, 0, line),
			"#path_id\tsense\tsample\thap\tcontig\tstart\tend\tsteps\tcomponent\tref_"
			"contig");
	for (unsigned i = 1; line_of(text, i, line); i++) {
		static const unsigned columns[][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 3 },
			{ 4, 4 }, { 5, 5 }, { 7, 7 }, { 8, 6 } };

		assert_int_equal(fields_of(line, f), 10);
		assert_non_null(line_of(expected, i, expected_line));
		assert_int_equal(fields_of(expected_line, e), 11);
		for (unsigned k = 0; k < 8; k++)
			assert_string_equal(f[columns[k][0]], e[columns[k][1]]);
		assert_int_equal(number_of(f[6]), number_of(e[5]) + number_of(e[8]));
		assert_string_equal(f[9], contigs[number_of(e[6])]);
	}
	free(text);
	free(expected);
	pangenome_close(p);
}

static void test_paths_are_those_of_the_graph(void **state)
{
	static const char *const two[] = { "_gbwt_ref:A", "_gbwt_ref:B" };

	(void)state;
	assert_paths("tests/data/graph/example.gbz", "tests/data/graph/example.paths.tsv", two);
	assert_paths("tests/data/graph/example-v1.gbz", "tests/data/graph/example.paths.tsv", two);
	assert_paths("tests/data/graph/translation-v3.gbz",
			"tests/data/graph/translation.paths.tsv", two);
}

static void test_paths_of_a_sample_are_lines_of_all(void **state)
{
	struct pangenome *p = open_graph("tests/data/graph/example.gbz", NULL, 1);
	char *all = text_of(p, "paths.tsv");
	char *sample = text_of(p, "sample/sample/paths.tsv");
	char *reference = text_of(p, "sample/_gbwt_ref/paths.tsv");
	char line[1024];
	char expected[1024];

	(void)state;
	assert_int_equal(lines_of(sample), 5);
	assert_int_equal(lines_of(reference), 3);
	for (unsigned i = 1; i < 5; i++)
		assert_string_equal(line_of(sample, i, line), line_of(all, i + 2, expected));
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(line_of(reference, i, line), line_of(all, i, expected));
	free(all);
	free(sample);
	free(reference);
	pangenome_close(p);
}

static void test_names_tags_and_components_of_the_example(void **state)
{
	struct pangenome *p = open_graph("tests/data/graph/example.gbz", NULL, 1);
	char *tags;

	(void)state;
	assert_text(p, "samples.txt", "_gbwt_ref\nsample\n");
	assert_text(p, "contigs.txt", "A\nB\n");
	assert_text(p, "components.tsv",
			"#component\tnodes\tbases\tedges\tpaths\tmin_node\tref_contigs\n"
			"0\t7\t7\t8\t3\t11\t_gbwt_ref:A\n"
			"1\t5\t5\t5\t3\t21\t_gbwt_ref:B\n");
	tags = text_of(p, "tags.tsv");
	assert_memory_equal(tags, "#scope\tkey\tvalue\ngbz\t", 21);
	assert_has(tags, "\ngbwt\tsource\tjltsiren/gbwt\n");
	free(tags);
	pangenome_close(p);
}

/* All paths in one component, more references than a line names. */
static void test_many_references_of_a_path_are_cut(void **state)
{
	struct pangenome *p = open_graph("tests/data/graph/stress-v3.gbz",
			"h1,h2,h3,h4,h5,h6,h7,h8,h9,h10,h11,h12,h13,h14,h15,h16,h17", 1);
	char *text = text_of(p, "paths.tsv");
	char *components = text_of(p, "components.tsv");
	char line[1024];

	(void)state;
	assert_int_equal(lines_of(text), 906);
	assert_non_null(line_of(text, 904, line));
	assert_string_equal(line,
			"903\thaplotype\tfrag\t1\tc\t1000\t1009\t1\t0\th1:c,h2:c,h3:c,h4:c,h5:c,"
			"h6:c,h7:c,h8:c,h9:c,h10:c,h11:c,h12:c,h13:c,h14:c,h15:c,h16:c,...");
	assert_has(components,
			"\n0\t303\t631\t604\t905\t10\th1:c,h2:c,h3:c,h4:c,h5:c,h6:c,h7:c,h8:c,"
			"h9:c,h10:c,h11:c,h12:c,h13:c,h14:c,h15:c,h16:c,h17:c\n");
	free(text);
	free(components);
	pangenome_close(p);
}

static void test_info_of_the_graph(void **state)
{
	static const uint64_t steps[] = { 2, 4, 0, 2, 5, 0 };
	struct gbz_recipe recipe = { .version = 2,
		.steps = steps,
		.n_paths = 2,
		.min_id = 1,
		.max_id = 2,
		.letters = "AC",
		.tags = "quoted \"key\"\0back\\slash\0",
		.gbwt_tags = "reference_samples\0s\0other\0\xff\xc3\xa4\0",
		.named = true };
	struct pangenome *p = open_made(&recipe, "a \"b\"\\\t.gbz");
	char expected[128];
	char *text = text_of(p, "info.json");

	(void)state;
	assert_int_equal(*after_json(text), '\0');
	assert_has(text, "/a \\\"b\\\"\\\\\\u0009.gbz\", \"bytes\": ");
	assert_has(text, "\"gbz_version\": 2, \"gbwt_version\": 5, \"gbwtgraph_version\": 4,");
	assert_has(text, "\"nodes\": 2, \"bases\": 5, \"paths\": 2, \"steps\": 4, \"segments\": 0");
	assert_has(text, "\"samples\": 1, \"haplotypes\": 1, \"contigs\": 1,");
	assert_has(text, "\"references\": [\"s\"],\n \"block_bp\": 1,");
	assert_has(text, "\"state\": \"verified when it was made\", \"at\": \"20");
	assert_has(text, "\"tags\": {\"gbz\": {\"quoted \\\"key\\\"\": \"back\\\\slash\"}");
	assert_has(text, "\"reference_samples\": \"s\", \"other\": \"\\ufffd\xc3\xa4\"}}");
	snprintf(expected, sizeof(expected), "\"folder\": \"%s\"", folder);
	assert_has(text, expected);
	assert_has(text, "\"holders\": ");
	free(text);
	assert_text(p, "tags.tsv",
			"#scope\tkey\tvalue\ngbz\tquoted \"key\"\tback\\slash\n"
			"gbwt\treference_samples\ts\ngbwt\tother\t\xff\xc3\xa4\n");
	pangenome_close(p);
}

/* Paths that have no names are contigs of one reference: here all of one component. */
static void test_long_lists_are_written_in_pieces(void **state)
{
	enum { N = 60000 }; /* more than is kept as it is: TEXT_WHOLE */
	uint64_t *steps = malloc((size_t)2 * N * sizeof(*steps));
	struct gbz_recipe recipe = {
		.version = 1, .n_paths = N, .min_id = 1, .max_id = 1, .letters = "A"
	};
	struct pangenome *p;
	char *components;
	const char *at;

	(void)state;
	assert_non_null(steps);
	for (size_t i = 0; i < N; i++) {
		steps[2 * i] = 2;
		steps[2 * i + 1] = 0;
	}
	recipe.steps = steps;
	p = open_made(&recipe, "long.gbz");
	components = text_of(p, "components.tsv");
	assert_int_equal(lines_of(components), 2);
	at = strchr(components, '\n') + 1;
	assert_memory_equal(at, "0\t1\t2\t0\t60000\t1\t", 16);
	at += 15;
	for (unsigned i = 0; i < N; i++) {
		char expected[32];
		int n = snprintf(expected, sizeof(expected), "%s_gbwt_ref:%u", i ? "," : "\t", i);

		assert_memory_equal(at, expected, n);
		at += n;
	}
	assert_string_equal(at, "\n");
	free(components);
	components = text_of(p, "contigs.txt");
	assert_int_equal(lines_of(components), N);
	free(components);
	components = text_of(p, "paths.tsv");
	assert_int_equal(lines_of(components), N + 1);
	free(components);
	pangenome_close(p);
	free(steps);
}

/* ---- a contig's folder ---- */

static void test_fragments_and_blocks_with_gaps(void **state)
{
	struct pangenome *p = open_graph("tests/data/graph/stress-v3.gbz", "frag", 1000);
	char *text = text_of(p, "ref/frag/c/info.json");

	(void)state;
	assert_text(p, "ref/frag/c/fragments.bed",
			"c\t1000\t1009\tfrag#1#c\nc\t5000\t5014\tfrag#1#c\n");
	assert_text(p, "ref/frag/c/blocks.bed", "c\t1000\t2000\t000001\nc\t5000\t5014\t000005\n");
	assert_int_equal(*after_json(text), '\0');
	assert_has(text, "{\"reference\": \"frag\", \"contig\": \"c\",\n"
			 " \"fragments\": 2, \"bases\": 23, \"length\": 5014,\n"
			 " \"block_bp\": 1000, \"blocks\": 5, \"nodes\": 303, "
			 "\"node_bases\": 631,\n \"components\": 1, \"paths\": 905,\n");
	free(text);
	pangenome_close(p);
	p = open_graph("tests/data/graph/stress-v3.gbz", "frag", 6);
	assert_text(p, "ref/frag/c/blocks.bed",
			"c\t996\t1002\t000166\nc\t1002\t1008\t000167\nc\t1008\t1014\t000168\n"
			"c\t4998\t5004\t000833\nc\t5004\t5010\t000834\nc\t5010\t5014\t000835\n");
	pangenome_close(p);
}

/* Fragments [0, 3), none of no bases, [2, 4), [3, 4): node i has i % 3 + 1 bases. */
static void test_fragments_that_overlap_and_empty_ones(void **state)
{
	static const uint64_t steps[] = { 4, 0, 0, 2, 0, 6, 0 };
	struct gbz_recipe recipe = { .version = 3,
		.steps = steps,
		.n_paths = 4,
		.min_id = 1,
		.max_id = 3,
		.letters = "ACG",
		.gbwt_tags = "reference_samples\0s\0",
		.named = true };
	struct pangenome *p = open_made(&recipe, "overlap.gbz");
	char *paths = text_of(p, "paths.tsv");
	char *info = text_of(p, "ref/s/c/info.json");

	(void)state;
	assert_has(paths, "\n0\treference\ts\t1\tc\t0\t3\t1\t1\ts:c\n"
			  "1\treference\ts\t1\tc\t1\t1\t0\t.\t.\n"
			  "2\treference\ts\t1\tc\t2\t4\t1\t0\ts:c\n"
			  "3\treference\ts\t1\tc\t3\t4\t1\t2\ts:c\n");
	assert_text(p, "ref/s/c/fragments.bed",
			"c\t0\t3\ts#1#c\nc\t1\t1\ts#1#c\nc\t2\t4\ts#1#c\nc\t3\t4\ts#1#c\n");
	assert_text(p, "ref/s/c/blocks.bed",
			"c\t0\t1\t000000\nc\t1\t2\t000001\nc\t2\t3\t000002\nc\t3\t4\t000003\n");
	assert_int_equal(*after_json(info), '\0');
	assert_has(info, "\"fragments\": 4, \"bases\": 6, \"length\": 4,");
	assert_has(info, "\"components\": 3, \"paths\": 3,");
	assert_text(p, "ref/s/c/haplotypes.tsv",
			"#path_id\tname\tstart\tend\tstrand_share\tblocks\n"
			"0\ts#1#c\t0\t3\t1.000\t0\n2\ts#1#c\t2\t4\t1.000\t2\n"
			"3\ts#1#c\t3\t4\t1.000\t3\n");
	free(paths);
	free(info);
	pangenome_close(p);
}

static void test_haplotypes_of_the_example(void **state)
{
	struct pangenome *p = open_graph("tests/data/graph/example.gbz", NULL, 2);
	char *info;

	(void)state;
	/* Anchors: 11 0, 12 1, 13 0, 14 2, 15 3, 16 2, 17 4. */
	assert_text(p, "ref/_gbwt_ref/A/haplotypes.tsv",
			"#path_id\tname\tstart\tend\tstrand_share\tblocks\n"
			"0\tA\t0\t5\t1.000\t0-2\n2\tsample#1#A\t0\t5\t1.000\t0-2\n"
			"3\tsample#2#A\t0\t5\t1.000\t0-2\n");
	/* 21 0, 22 1, 24 2, 25 3, 23 0: path 4 comes back through 23 and 21. */
	assert_text(p, "ref/_gbwt_ref/B/haplotypes.tsv",
			"#path_id\tname\tstart\tend\tstrand_share\tblocks\n"
			"1\tB\t0\t4\t1.000\t0-1\n4\tsample#1#B\t0\t5\t0.750\t0-1\n"
			"5\tsample#2#B\t0\t4\t1.000\t0-1\n");
	info = text_of(p, "ref/_gbwt_ref/B/info.json");
	assert_has(info, "\"nodes\": 5, \"node_bases\": 5,\n \"components\": 1, \"paths\": 3,\n"
			 " \"inverted\": 1, \"inverted_paths\": 1, "
			 "\"backward\": 0, \"backward_paths\": 0}\n");
	free(info);
	pangenome_close(p);
}

/* Path 1 jumps over what path 0 has between. All are references, and two nodes are visited once, by
 * path 0. */
static void test_ranges_of_blocks(void **state)
{
	static const uint64_t steps[] = { 6, 12, 18, 24, 30, 36, 42, 48, 0, 6, 12, 24, 30, 36, 48,
		0, 30, 12, 0, 37, 31, 0 };
	struct gbz_recipe recipe = { .version = 3,
		.steps = steps,
		.n_paths = 4,
		.min_id = 1,
		.max_id = 24,
		.letters = "ACG" };
	struct pangenome *p = open_made(&recipe, "jumps.gbz");
	char *text = text_of(p, "ref/_gbwt_ref/0/haplotypes.tsv");

	(void)state;
	assert_string_equal(text, "#path_id\tname\tstart\tend\tstrand_share\tblocks\n"
				  "0\t0\t0\t8\t1.000\t0-7\n1\t1\t0\t6\t.\t0-1,3-5,7\n"
				  "2\t2\t0\t2\t.\t1,4\n3\t3\t0\t2\t.\t4-5\n");
	free(text);
	pangenome_close(p);
}

static void test_a_component_without_a_reference(void **state)
{
	static const uint64_t steps[] = { 2, 4, 0, 6, 8, 9, 0 };
	struct gbz_recipe recipe = { .version = 2,
		.steps = steps,
		.n_paths = 2,
		.min_id = 1,
		.max_id = 4,
		.letters = "AC",
		.named = true };
	struct pangenome *p = open_made(&recipe, "unplaced.gbz");

	(void)state;
	assert_text(p, "unplaced/1/info.json",
			"{\"component\": 1, \"nodes\": 2, \"bases\": 3, \"edges\": 2, "
			"\"paths\": 1}\n");
	assert_text(p, "unplaced/1/haplotypes.tsv",
			"#path_id\tname\tstart\tend\tstrand_share\tblocks\n"
			"1\ts#1#c\t1\t6\t.\t0\n");
	assert_text(p, "components.tsv",
			"#component\tnodes\tbases\tedges\tpaths\tmin_node\tref_contigs\n"
			"0\t2\t5\t1\t1\t1\t.\n1\t2\t3\t2\t1\t3\t.\n");
	pangenome_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(test_paths_are_those_of_the_graph),
		ON_DISK(test_paths_of_a_sample_are_lines_of_all),
		ON_DISK(test_names_tags_and_components_of_the_example),
		ON_DISK(test_many_references_of_a_path_are_cut),
		ON_DISK(test_info_of_the_graph),
		ON_DISK(test_long_lists_are_written_in_pieces),
		ON_DISK(test_fragments_and_blocks_with_gaps),
		ON_DISK(test_fragments_that_overlap_and_empty_ones),
		ON_DISK(test_haplotypes_of_the_example),
		ON_DISK(test_ranges_of_blocks),
		ON_DISK(test_a_component_without_a_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
