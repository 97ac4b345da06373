/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/pangenome/fasta_records.h"
#include "core/pangenome/path_name.h"
#include "tests/unit/fasta_slow.h"
#include "tests/unit/pangenome_folder.h"

/* All bytes of a file of a folder, in reads of an odd length. */
static void read_all(
		struct pangenome *p, const struct pg_folder *in, const char *name, struct buf *out)
{
	enum { STEP = 997 };
	struct err err = { 0 };
	struct pg_node node;
	struct pg_file *f;

	buf_clear(out);
	assert_int_equal(pg_lookup(p, in, name, &node, &err), 0);
	if (pg_file_get(p, &node.folder, node.row, &f, &err) < 0)
		fail_msg("%s", err.msg);
	buf_reserve(out, f->size + 1);
	for (uint64_t off = 0; off < f->size; off += STEP) {
		size_t n = f->size - off < STEP ? f->size - off : STEP;

		assert_int_equal(pg_file_read(f, (char *)out->data + off, n, off, &err), 0);
	}
	out->len = f->size;
	pg_file_put(f);
}

static void assert_text(const struct buf *got, const struct buf *expected)
{
	assert_int_equal(got->len, expected->len);
	if (got->len)
		assert_memory_equal(got->data, expected->data, got->len);
}

static void assert_index_fits(
		struct pangenome *p, const struct pg_folder *in, const char *fa, const char *fai)
{
	struct buf text = { 0 };
	struct buf index = { 0 };
	struct buf expected = { 0 };

	read_all(p, in, fa, &text);
	read_all(p, in, fai, &index);
	slow_fai(&text, &expected);
	assert_text(&index, &expected);
	buf_done(&text);
	buf_done(&index);
	buf_done(&expected);
}

static void put_record(struct buf *out, const struct buf *name, const uint8_t *bases, uint64_t n)
{
	if (!n)
		return;
	buf_printf(out, ">%.*s", (int)name->len, (const char *)name->data);
	for (uint64_t i = 0; i < n; i++) {
		if (i % 60 == 0)
			buf_put_u8(out, '\n');
		buf_put_u8(out, bases[i]);
	}
	buf_put_u8(out, '\n');
}

/* Reference bases in [@low, @high), fragment by fragment. */
static void slow_fragments(
		struct pangenome *p, uint32_t contig, uint64_t low, uint64_t high, struct buf *out)
{
	const struct catalog *c = pangenome_catalog(p);
	const struct catalog_contig *of = &c->contigs[contig];
	struct buf bases = { 0 };
	struct buf name = { 0 };

	for (uint32_t i = 0; i < of->n_paths; i++) {
		uint32_t path = c->paths[of->first_path + i];
		struct path_info info;
		uint64_t from;
		uint64_t to;

		graph_path_info(pangenome_graph(p), path, &info);
		slow_path(pangenome_graph(p), path, &bases, NULL);
		from = low > info.fragment ? low - info.fragment : 0;
		to = high > info.fragment ? high - info.fragment : 0;
		to = to < bases.len ? to : bases.len;
		buf_clear(&name);
		buf_put(&name, of->name.s, of->name.len);
		path_name_put_interval(&name, info.fragment + from, info.fragment + to);
		if (from < to)
			put_record(out, &name, bases.data + from, to - from);
	}
	buf_done(&bases);
	buf_done(&name);
}

/* The spans of a slice, from the pieces that it has. */
static void slow_spans(const struct slice *s, uint64_t gap, struct buf *out)
{
	struct buf bases = { 0 };
	struct buf name = { 0 };

	for (uint64_t i = 0; i < s->n_pieces;) {
		const struct piece *a = &s->pieces[i];
		uint64_t path = s->layout->places.spans[a->span].path;
		uint64_t end = a->end;
		struct path_info info;

		for (i++; i < s->n_pieces && s->pieces[i].span == a->span &&
				s->pieces[i].start - end <= gap;
				i++)
			end = s->pieces[i].end;
		graph_path_info(s->graph, path, &info);
		slow_path(s->graph, path, &bases, NULL);
		buf_clear(&name);
		path_name_put(&name, &info);
		path_name_put_interval(&name, info.fragment + a->start, info.fragment + end);
		put_record(out, &name, bases.data + a->start, end - a->start);
	}
	buf_done(&bases);
	buf_done(&name);
}

static void check_spans(struct pangenome *p, const struct pg_folder *in)
{
	struct buf expected = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };
	struct pg_node node;
	struct pg_file *f;

	assert_int_equal(pg_lookup(p, in, "haplotypes.fa", &node, &err), 0);
	assert_int_equal(pg_file_get(p, in, node.row, &f, &err), 0);
	slow_spans(f->slice, pangenome_options(p)->gap_bp, &expected);
	pg_file_put(f);
	read_all(p, in, "haplotypes.fa", &text);
	/* Paths of equal names and places are told apart, which the slow way does not do. */
	if (!memmem(text.data, text.len, "#2\n", 3))
		assert_text(&text, &expected);
	assert_index_fits(p, in, "haplotypes.fa", "haplotypes.fa.fai");
	buf_done(&expected);
	buf_done(&text);
}

/* The files of a contig and of its blocks. */
static void check_contig(struct pangenome *p, uint32_t contig)
{
	struct pg_folder in = { .level = PG_CONTIG, .number = contig };
	struct pg_folder blocks = { .level = PG_BLOCKS, .number = contig };
	uint64_t block_bp = pangenome_options(p)->block_bp;
	struct buf expected = { 0 };
	struct buf text = { 0 };
	struct err err = { 0 };
	char name[NAME_MAX + 1];
	struct pg_node node;

	slow_fragments(p, contig, 0, UINT64_MAX, &expected);
	read_all(p, &in, "ref.fa", &text);
	assert_text(&text, &expected);
	assert_index_fits(p, &in, "ref.fa", "ref.fa.fai");
	assert_index_fits(p, &in, "ref.padded.fa", "ref.padded.fa.fai");
	for (uint64_t i = 0; pg_entry(p, &blocks, i, name, &node, &err) == 1; i++) {
		uint64_t low = node.folder.block * block_bp;

		buf_clear(&expected);
		slow_fragments(p, contig, low, low + block_bp, &expected);
		read_all(p, &node.folder, "ref.fa", &text);
		assert_text(&text, &expected);
		if (i < 20)
			check_spans(p, &node.folder);
	}
	buf_done(&expected);
	buf_done(&text);
}

/* Each path is there whole and under its name. */
static void check_hap(struct pangenome *p, uint32_t hap)
{
	const struct catalog *c = pangenome_catalog(p);
	const struct catalog_hap *h = &c->haps[hap];
	struct pg_folder in = { .level = PG_HAP, .number = hap };
	struct buf text = { 0 };
	struct buf bases = { 0 };
	struct buf record = { 0 };
	struct buf name = { 0 };

	read_all(p, &in, ".fa", &text);
	for (uint32_t i = 0; i < h->n_paths && i < 100; i++) {
		uint32_t path = c->paths[h->first_path + i];
		struct path_info info;

		graph_path_info(pangenome_graph(p), path, &info);
		slow_path(pangenome_graph(p), path, &bases, NULL);
		buf_clear(&record);
		buf_clear(&name);
		path_name_put(&name, &info);
		put_record(&record, &name, bases.data, bases.len);
		if (bases.len && !memmem(text.data, text.len, record.data, record.len)) {
			buf_clear(&record);
			path_name_put_interval(&name, info.fragment, info.fragment + bases.len);
			put_record(&record, &name, bases.data, bases.len);
			assert_non_null(memmem(text.data, text.len, record.data, record.len));
		}
	}
	assert_index_fits(p, &in, ".fa", ".fa.fai");
	buf_done(&text);
	buf_done(&bases);
	buf_done(&record);
	buf_done(&name);
}

static void check_graph(const char *pathname, uint64_t block_bp)
{
	struct pangenome *p = pangenome_of_test(pathname, block_bp, NULL);
	const struct catalog *c = pangenome_catalog(p);

	for (uint32_t i = 0; i < c->n_haps && i < 50; i++)
		check_hap(p, i);
	for (uint32_t i = 0; i < c->n_contigs && i < 50; i++)
		check_contig(p, i);
	pangenome_close(p);
}

static void test_files_of_graphs(void **state)
{
	static const uint64_t block_bps[] = { 3, 100, 1000000 };

	(void)state;
	for (unsigned i = 0; i < sizeof(block_bps) / sizeof(*block_bps); i++)
		each_graph_of_test(check_graph, block_bps[i]);
}

/* Paths at 0 and at 2, and an empty one at 1. */
static void make_fragments(struct slow_graph *s, struct catalog *c)
{
	static uint64_t steps[100];
	static uint32_t paths[] = { 0, 1, 2 };
	static struct catalog_hap hap = { .number = 1, .n_paths = 3 };
	static struct catalog_contig contig = { .name = { "c c", 3 }, .n_paths = 3 };
	struct gbz_recipe recipe = { .version = 3,
		.steps = steps,
		.n_paths = 3,
		.min_id = 1,
		.max_id = 60,
		.letters = "ACGTRYN",
		.named = true };
	size_t at = 0;

	for (unsigned i = 0; i < 40; i++)
		steps[at++] = 2 * (uint64_t)(1 + i);
	steps[at++] = 0;
	steps[at++] = 0;
	for (unsigned i = 0; i < 50; i++)
		steps[at++] = 2 * (60 - i) + 1;
	steps[at++] = 0;
	slow_graph_make(s, &recipe);
	*c = (struct catalog){ .paths = paths, .haps = &hap, .contigs = &contig };
}

static void assert_file(const struct slow_graph *s, struct fasta *f, const struct buf *expected)
{
	struct err err = { 0 };
	char *got;

	assert_int_equal(fasta_finish(f, &err), 0);
	assert_int_equal(f->size, expected->len);
	got = malloc(f->size + 1);
	assert_int_equal(fasta_read(f, &s->l.g, &s->places, got, f->size, 0, &err), 0);
	assert_memory_equal(got, expected->data, f->size);
	free(got);
	fasta_done(f);
}

static void test_fragments_that_overlap_are_padded(void **state)
{
	static uint8_t letters[] = "c_c";
	static struct buf name = { .data = letters, .len = 3 };
	struct slow_graph s;
	struct catalog c;
	struct fasta f = { 0 };
	struct buf first = { 0 };
	struct buf second = { 0 };
	struct buf expected = { 0 };
	struct err err = { 0 };

	(void)state;
	make_fragments(&s, &c);
	slow_path(&s.l.g, 0, &first, NULL);
	slow_path(&s.l.g, 2, &second, NULL);
	/* What the one at 2 has behind the end of the one at 0. */
	buf_put(&first, second.data + first.len - 2, second.len - (first.len - 2));
	put_record(&expected, &name, first.data, first.len);
	assert_int_equal(fasta_add_padded(&f, &s.l.g, &c, 0, &s.places, &err), 0);
	assert_file(&s, &f, &expected);
	buf_done(&first);
	buf_done(&second);
	buf_done(&expected);
	slow_graph_done(&s);
}

static void test_distinct_sequences_come_in_order(void **state)
{
	struct slow_graph s;
	struct catalog c;
	struct fasta spans = { 0 };
	struct fasta f = { 0 };
	struct buf bases = { 0 };
	struct buf expected = { 0 };
	struct err err = { 0 };
	static const struct {
		const char *name;
		uint64_t from;
		uint64_t n;
	} records[] = { { "long", 0, 60 }, { "short", 0, 59 }, { "long", 0, 60 }, { "none", 0, 0 },
		{ "b w", 1, 59 }, { "again", 0, 59 } };

	(void)state;
	make_fragments(&s, &c);
	slow_path(&s.l.g, 0, &bases, NULL);
	for (unsigned i = 0; i < sizeof(records) / sizeof(*records); i++) {
		fasta_add_record(&spans, records[i].name, strlen(records[i].name));
		fasta_add_piece(&spans, 0, records[i].from, records[i].n, NULL);
	}
	assert_int_equal(fasta_finish(&spans, &err), 0);
	assert_int_equal(fasta_add_distinct(&f, &spans, &s.l.g, &s.places, &err), 0);
	buf_printf(&expected, ">1 count=2 names=long,long#2\n%.60s\n", (char *)bases.data);
	buf_printf(&expected, ">2 count=2 names=short,again\n%.59s\n", (char *)bases.data);
	buf_printf(&expected, ">3 count=1 names=b\n%.59s\n", (char *)bases.data + 1);
	assert_file(&s, &f, &expected);
	fasta_done(&spans);
	buf_done(&bases);
	buf_done(&expected);
	slow_graph_done(&s);
}

static void test_pieces_outside_of_their_paths_are_refused(void **state)
{
	struct piece bad[] = { { .span = 9, .end = 1 }, { .end = 10000 },
		{ .start = 5, .end = 4 } };
	struct slow_graph s;
	struct catalog c;
	struct layout layout = { 0 };

	(void)state;
	make_fragments(&s, &c);
	layout.places = s.places;
	for (unsigned i = 0; i < 3; i++) {
		struct slice slice = {
			.graph = &s.l.g, .layout = &layout, .pieces = &bad[i], .n_pieces = 1
		};
		struct fasta f = { 0 };
		struct err err = { 0 };

		assert_int_equal(fasta_add_spans(&f, &slice, 1, &err), -EBADMSG);
		fasta_done(&f);
	}
	slow_graph_done(&s);
}

static void test_names_are_without_spaces(void **state)
{
	static const struct path_info info = { .sense = PATH_HAPLOTYPE,
		.sample = { "a b\n", 4 },
		.contig = { "", 0 },
		.haplotype = 3 };
	struct buf name = { 0 };

	(void)state;
	path_name_put(&name, &info);
	path_name_put_interval(&name, 0, 7);
	assert_int_equal(name.len, 12);
	assert_memory_equal(name.data, "a_b_#3#_:1-7", 12);
	buf_done(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_of_graphs),
		cmocka_unit_test(test_fragments_that_overlap_are_padded),
		cmocka_unit_test(test_distinct_sequences_come_in_order),
		cmocka_unit_test(test_pieces_outside_of_their_paths_are_refused),
		cmocka_unit_test(test_names_are_without_spaces),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	test_shm_folder_remove();
	return r;
}
