/* SPDX-License-Identifier: MIT */
/* Calls of made graphs, record by record, in blocks of any size and at any offset. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/calls_world.h"
#include "tests/unit/pangenome_folder.h"

static void check_blocks(const struct row *rows, uint64_t block_bp, const char *want)
{
	struct world w;
	struct buf joined = { 0 };
	char *whole;
	uint64_t end;

	open_world(&w, rows, block_bp, NULL);
	whole = text_of(&w, 0, UINT64_MAX);
	assert_string_equal(records_of(whole), want);
	end = w.m.layout.contigs[w.in.contig].end;
	/* Intervals of any length part the records as well. */
	for (uint64_t step = 1; step <= end; step += 3) {
		joined.len = 0;
		for (uint64_t low = 0; low < end; low += step) {
			char *part = text_of(&w, low, low + step);

			buf_put(&joined, records_of(part), strlen(records_of(part)));
			free(part);
		}
		assert_int_equal(joined.len, strlen(want));
		if (step % block_bp == 0 || !strchr(want, '\n') || block_bp > end)
			assert_memory_equal(
					joined.data ? (char *)joined.data : "", want, joined.len);
	}
	buf_done(&joined);
	free(whole);
	close_world(&w);
}

static void check(const struct row *rows, const char *want)
{
	check_blocks(rows, 1000, want);
	check_blocks(rows, 7, want);
	check_blocks(rows, 3, want);
	check_blocks(rows, 1, want);
}

static void test_header(void **state)
{
	static const struct row rows[] = { { ">1>2", 0, 0, 10 }, { ">1>2", 2, 1, 0 },
		{ ">1>2", 1, 1, 0 }, { ">1>2", 2, 2, 0 }, { 0 } };
	static const char head[] = "##fileformat=VCFv4.2\n##source=genofs\n##reference=0\n"
				   "##contig=<ID=c,length=15>\n##INFO=<ID=AC,";
	struct world w;
	char *text;

	(void)state;
	open_world(&w, rows, 1000, NULL);
	text = text_of(&w, 0, UINT64_MAX);
	assert_int_equal(strncmp(text, head, strlen(head)), 0);
	assert_string_equal(strstr(text, "#CHROM"),
			"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t2\t1\n");
	free(text);
	close_world(&w);
}

static void test_reference_alone_has_no_columns(void **state)
{
	static const struct row rows[] = { { ">1>2>3", 0, 0, 0 }, { 0 } };
	struct world w;
	char *text;

	(void)state;
	open_world(&w, rows, 1000, NULL);
	text = text_of(&w, 0, UINT64_MAX);
	assert_string_equal(
			strstr(text, "#CHROM"), "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n");
	free(text);
	close_world(&w);
}

static void test_one_base_for_another(void **state)
{
	static const struct row rows[] = { { ">1>3>5", 0, 0, 0 }, { ">1>6>5", 1, 1, 0 },
		{ ">1>3>5", 1, 2, 0 }, { ">1>6>5", 2, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t3\t>1>5\tT\tG\t.\t.\tAC=2;AF=0.666667;AN=3;NS=2;AT=>1>3>5,>1>6>5\tGT\t"
		    "1|0\t1\n");
}

static void test_insertion_and_deletion(void **state)
{
	static const struct row rows[] = { { ">1>2>4>5", 0, 0, 0 }, { ">1>3>2>5", 1, 1, 0 },
		{ ">1>2>4>5", 1, 2, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t2\t>1>2\tC\tCT\t.\t.\tAC=1;AF=0.5;AN=2;NS=1;AT=>1>2,>1>3>2\tGT\t1|0\n"
		    "c\t5\t>2>5\tGAA\tG\t.\t.\tAC=1;AF=0.5;AN=2;NS=1;AT=>2>4>5,>2>5\tGT\t1|0\n");
}

static void test_alleles_are_trimmed_behind_and_in_front(void **state)
{
	/* GGGT, GGGCT and GGT, after C. */
	static const struct row rows[] = { { ">1>2>3>4", 0, 0, 0 }, { ">1>14>9>15>4", 1, 0, 0 },
		{ ">1>10>15>4", 2, 0, 0 }, { 0 } };
	static const char want[] = "c\t4\t>1>4\tGG\tGGC,G\t.\t.\tAC=1,1;AF=0.5,0.5;AN=2;NS=2;"
				   "AT=>1>2>3>4,>1>14>9>15>4,>1>10>15>4\tGT\t1\t2\n";

	(void)state;
	check_blocks(rows, 1000, want);
	check_blocks(rows, 7, want);
}

static void test_other_nodes_with_the_same_bases_are_the_reference(void **state)
{
	static const struct row rows[] = { { ">1>3>5", 0, 0, 0 }, { ">1>15>5", 1, 0, 0 },
		{ ">1>6>5", 2, 0, 0 }, { 0 } };
	static const struct row none[] = { { ">1>3>5", 0, 0, 0 }, { ">1>15>5", 1, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t3\t>1>5\tT\tG\t.\t.\tAC=1;AF=0.5;AN=2;NS=2;AT=>1>3>5,>1>6>5\tGT\t0\t1\n");
	check(none, "");
}

static void test_the_same_bases_by_two_walks_are_one_allele(void **state)
{
	static const struct row rows[] = { { ">1>3>5", 0, 0, 0 }, { ">1>8>5", 1, 0, 0 },
		{ ">1>12>16>5", 2, 0, 0 }, { ">1>7>5", 3, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t3\t>1>5\tT\tAAA,TT\t.\t.\tAC=2,1;AF=0.666667,0.333333;AN=3;NS=3;"
		    "AT=>1>3>5,>1>8>5,>1>7>5\tGT\t1\t1\t2\n");
}

static void test_nested_sites(void **state)
{
	/* 1 deletes what 2 and 3 have a site in: missing there. 3 is as the reference outside. */
	static const struct row rows[] = { { ">1>2>3>4>5", 0, 0, 0 }, { ">1>5", 1, 0, 0 },
		{ ">1>2>6>4>5", 2, 0, 0 }, { ">1>2>3>4>5", 3, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t2\t>1>5\tCGGGTAA\tC\t.\t.\tAC=1;AF=0.333333;AN=3;NS=3;"
		    "AT=>1>2>3>4>5,>1>5\tGT\t1\t0\t0\n"
		    "c\t6\t>2>4\tT\tG\t.\t.\tAC=1;AF=0.5;AN=2;NS=2;AT=>2>3>4,>2>6>4\tGT\t."
		    "\t1\t0\n");
}

static void test_paths_from_their_other_end(void **state)
{
	static const struct row rows[] = { { ">1>2>3>4>5", 0, 0, 0 }, { "<5<4<6<2<9<7<1", 1, 1, 0 },
		{ ">1>2>6>4>5", 1, 2, 0 }, { "<5<1", 2, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t2\t>1>2\tC\tCTTC\t.\t.\tAC=1;AF=0.5;AN=2;NS=1;AT=>1>2,>1>7>9>2\tGT\t1|0\t."
		    "\n"
		    "c\t2\t>1>5\tCGGGTAA\tC\t.\t.\tAC=1;AF=0.333333;AN=3;NS=2;"
		    "AT=>1>2>3>4>5,>1>5\tGT\t0|0\t1\n"
		    "c\t6\t>2>4\tT\tG\t.\t.\tAC=2;AF=1;AN=2;NS=1;AT=>2>3>4,>2>6>4\tGT\t1|1\t.\n");
}

static void test_nodes_that_the_reference_has_in_reverse(void **state)
{
	static const struct row rows[] = { { ">1<2<3>5", 0, 0, 0 }, { ">1<2<6>5", 1, 0, 0 },
		{ "<5>6>2<1", 2, 0, 0 }, { ">1<2>5", 3, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t5\t<2>5\tCA\tCC,C\t.\t.\tAC=2,1;AF=0.666667,0.333333;AN=3;NS=3;"
		    "AT=<2<3>5,<2<6>5,<2>5\tGT\t1\t1\t2\n");
}

static void test_inversion_breaks_the_chain(void **state)
{
	static const struct row rows[] = { { ">1>2>3>4>5>7>8", 0, 0, 0 },
		{ ">1>2<4<3>5>6>8", 1, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t12\t>5>8\tTT\tG\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>5>7>8,>5>6>8\tGT\t1\n");
}

static void test_walk_backward_breaks_the_chain(void **state)
{
	/* It has 2 to 4 twice, the second time with another base: the first counts. */
	static const struct row rows[] = { { ">1>2>3>4>5", 0, 0, 0 },
		{ ">1>2>3>4>2>6>4>5", 1, 0, 0 }, { ">1>2>9>4>2>3>4>5", 2, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t6\t>2>4\tT\tG,C\t.\t.\tAC=0,1;AF=0,0.5;AN=2;NS=2;"
		    "AT=>2>3>4,>2>6>4,>2>9>4\tGT\t0\t2\n");
}

static void test_backward_from_the_other_end(void **state)
{
	/* As it is read, the other base comes first, but what comes then reaches further. */
	static const struct row rows[] = { { ">1>2>3>4>5>7>8", 0, 0, 0 },
		{ "<8<7<5<4<3<2<4<6<2<1", 1, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t6\t>2>4\tT\tG\t.\t.\tAC=0;AF=0;AN=1;NS=1;AT=>2>3>4,>2>6>4\tGT\t0\n");
}

static void test_alleles_in_the_order_as_a_path_is_read(void **state)
{
	/* Read from its other end: G by 6, C, and G again by 18. */
	static const struct row rows[] = { { ">1>2>3>4>5>7>8>10>11>13", 0, 0, 0 },
		{ "<13<11<10<8<7<5<4<18<2<4<9<2<4<6<2<1", 1, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t6\t>2>4\tT\tG,C\t.\t.\tAC=1,0;AF=1,0;AN=1;NS=1;"
		    "AT=>2>3>4,>2>6>4,>2>9>4\tGT\t1\n");
}

static void test_no_site_between_fragments(void **state)
{
	static const struct row rows[] = { { ">1>2", 0, 0, 3 }, { ">4>5>7>8", 0, 0, 20 },
		{ ">1>2>3>4>6>7>8", 1, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t23\t>4>7\tCCC\tG\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>4>5>7,>4>6>7\tGT\t1\n");
}

static void test_fragments_over_each_other_share_nothing_there(void **state)
{
	/* 4 and 5 are at 6..11, 7 to 9 at 10..16: 5 and 7 are on neither's own part. */
	static const struct row rows[] = { { ">1>2>3>4>5", 0, 0, 0 }, { ">7>8>9", 0, 0, 10 },
		{ ">1>2>6>4>5>7>8>10>9", 1, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t6\t>2>4\tT\tG\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>2>3>4,>2>6>4\tGT\t1\n"
		    "c\t15\t>8>9\tA\tAGG\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>8>9,>8>10>9\tGT\t1\n");
}

static void test_paths_that_end_inside_are_missing(void **state)
{
	static const struct row rows[] = { { ">1>2>3>4>5", 0, 0, 0 }, { ">1>2>6", 1, 1, 0 },
		{ ">3>4>5", 1, 1, 100 }, { ">2>6>4", 1, 2, 0 }, { ">1>2>3", 2, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t6\t>2>4\tT\tG\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>2>3>4,>2>6>4\tGT\t.|1\t.\n");
}

static void test_paths_of_one_haplotype_share_its_column(void **state)
{
	static const struct row rows[] = { { ">1>2>3>4>5>7>8", 0, 0, 0 }, { ">1>2>6>4", 1, 0, 0 },
		{ ">4>5>9>8", 1, 0, 100 }, { 0 } };

	(void)state;
	check(rows, "c\t6\t>2>4\tT\tG\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>2>3>4,>2>6>4\tGT\t1\n"
		    "c\t12\t>5>8\tTT\tC\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>5>7>8,>5>9>8\tGT\t1\n");
}

static void test_the_path_that_reaches_further_leads(void **state)
{
	/* 1 has a path that leaps over all, and one in what it leaps over; so has 2, the other way
	 * round. Of 3 the longer one ends inside, and what touches it there is missing. */
	static const struct row rows[] = { { ">1>2>3>4>5>7>8>10", 0, 0, 0 }, { ">1>8>10", 1, 0, 0 },
		{ ">2>6>4", 1, 0, 100 }, { ">2>6>4", 2, 0, 0 }, { "<10<8<1", 2, 0, 100 },
		{ ">1>2>6>4>5>7", 3, 0, 0 }, { ">4>8>10", 3, 0, 100 }, { 0 } };

	(void)state;
	check(rows, "c\t2\t>1>8\tCGGGTAACCCTT\tC\t.\t.\tAC=2;AF=1;AN=2;NS=2;"
		    "AT=>1>2>3>4>5>7>8,>1>8\tGT\t1\t1\t.\n"
		    "c\t6\t>2>4\tT\tG\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>2>3>4,>2>6>4\tGT\t."
		    "\t.\t1\n"
		    "c\t8\t>4>8\tACCCTT\tA\t.\t.\tAC=0;AF=.;AN=0;NS=0;"
		    "AT=>4>5>7>8,>4>8\tGT\t.\t.\t.\n");
}

static void test_nodes_visited_twice_are_not_shared(void **state)
{
	/* The reference has 3 twice: sites go from 1 to 4 and from 4 to 5. */
	static const struct row rows[] = { { ">1>3>4>3>5", 0, 0, 0 }, { ">1>3>6>4>3>5", 1, 0, 0 },
		{ ">1>3>4>5", 2, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t3\t>1>4\tT\tTG\t.\t.\tAC=1;AF=0.5;AN=2;NS=2;AT=>1>3>4,>1>3>6>4\tGT\t1\t0\n"
		    "c\t5\t>4>5\tAT\tA\t.\t.\tAC=1;AF=0.5;AN=2;NS=2;AT=>4>3>5,>4>5\tGT\t0\t1\n");
}

static void test_a_site_over_many_blocks(void **state)
{
	/* Behind the first block, 2 leaps over the end of the site, 3 is inverted before it, 4
	 * ends. 6 goes back from 10 to 7. */
	static const struct row rows[] = { { ">1>2>3>4>5>7>8>10>11>13", 0, 0, 0 },
		{ ">1>10>11>13", 1, 0, 0 }, { ">1>2>3>4>5>7>11>13", 2, 0, 0 },
		{ ">1>2>3>4<7>8>10>11>13", 3, 0, 0 }, { ">1>2>3>4>5", 4, 0, 0 },
		{ "<13<11<10<6<8<7<5<4<3<2<1", 5, 0, 0 },
		{ "<13<11<10<8<7<6<10<8<7<5<4<3<2<1", 6, 0, 0 }, { 0 } };

	(void)state;
	check(rows, "c\t2\t>1>10\tCGGGTAACCCTTAAA\tC\t.\t.\tAC=1;AF=0.333333;AN=3;NS=3;"
		    "AT=>1>2>3>4>5>7>8>10,>1>10\tGT\t1\t.\t.\t.\t0\t0\n"
		    "c\t13\t>7>11\tTAAAGG\tT\t.\t.\tAC=1;AF=0.5;AN=2;NS=2;"
		    "AT=>7>8>10>11,>7>11\tGT\t.\t1\t.\t.\t0\t.\n"
		    "c\t16\t>8>10\tA\tAG\t.\t.\tAC=1;AF=0.333333;AN=3;NS=3;"
		    "AT=>8>10,>8>6>10\tGT\t.\t.\t0\t.\t1\t0\n");
}

static void test_trimming_stays_in_the_block(void **state)
{
	/* GGG|T becomes GGG|G: with blocks of 2, 1 is alone in its block and ends at 2. */
	static const struct row rows[] = { { ">1>2>3>4", 0, 0, 0 }, { ">1>14>6>4", 1, 0, 0 },
		{ 0 } };
	static const char tail[] = "\t.\t.\tAC=1;AF=1;AN=1;NS=1;AT=>1>2>3>4,>1>14>6>4\tGT\t1\n";
	char want[128];

	(void)state;
	snprintf(want, sizeof(want), "c\t6\t>1>4\tT\tG%s", tail);
	check_blocks(rows, 1000, want);
	snprintf(want, sizeof(want), "c\t3\t>1>4\tGGGT\tGGGG%s", tail);
	check_blocks(rows, 2, want);
}

static void test_letters_of_vcf(void **state)
{
	/* 1 aa, 2 RRR, 3 Y, 4 nn, 5 ccc, 6 r, 7 AA, 9 C: R and Y are N, case is kept. */
	static const struct row rows[] = { { ">1>2>3>4>5", 0, 0, 0 }, { ">1>2>6>4>5", 1, 0, 0 },
		{ ">1>2>9>4>5", 2, 0, 0 }, { ">7>2>3>4>5", 3, 0, 0 }, { 0 } };
	struct world w;
	char *text;

	(void)state;
	open_world(&w, rows, 1000, "TaRYncrATC");
	text = text_of(&w, 0, UINT64_MAX);
	assert_string_equal(records_of(text), "c\t6\t>2>4\tN\tC\t.\t.\tAC=1;AF=0.333333;AN=3;NS=3;"
					      "AT=>2>3>4,>2>9>4\tGT\t0\t1\t0\n");
	free(text);
	close_world(&w);
}

/* A writer's text, its state before each call and where that is. */
struct marked {
	struct calls *calls;
	char *whole;
	size_t size;
	struct text_state states[64];
	size_t at[64];
	unsigned n;
};

static void mark_text(struct world *w, struct marked *m)
{
	char scratch[TEXT_SCRATCH];
	struct text_state state = { 0 };
	struct buf text = { 0 };
	struct text_out o;
	int r;

	memset(m, 0, sizeof(*m));
	w->in.low = 0;
	w->in.high = UINT64_MAX;
	assert_int_equal(calls_new(&w->in, w->blocks, &m->calls, NULL), 0);
	text_out_sink(&o, scratch, append, &text);
	do {
		assert_in_range(m->n, 0, 63);
		m->states[m->n] = state;
		m->at[m->n++] = text.len;
		r = calls_write(m->calls, &state, &o, NULL);
		text_flush(&o);
	} while (r > 0);
	assert_int_equal(r, 0);
	m->whole = (char *)text.data;
	m->size = text.len;
}

/* Whether what is written from a state on, any one, is the text from there on. */
static bool read_some(const struct marked *m, unsigned *seed)
{
	unsigned i = (unsigned)rand_r(seed) % (m->n - 1);
	size_t off = m->at[i] + (size_t)rand_r(seed) % (m->size - m->at[i]);
	size_t len = (size_t)rand_r(seed) % 1000 + 1;
	struct text_state state = m->states[i];
	char scratch[TEXT_SCRATCH];
	char part[1000];
	struct text_out o;
	int r = 1;

	if (len > m->size - off)
		len = m->size - off;
	text_out_window(&o, scratch, part, len, off - m->at[i]);
	while (r > 0 && !text_full(&o)) {
		r = calls_write(m->calls, &state, &o, NULL);
		text_flush(&o);
	}
	return r >= 0 && text_full(&o) && memcmp(part, m->whole + off, len) == 0;
}

static const struct row long_rows[] = { { ">1>2>3>4>5>7>8>10>11>13", 0, 0, 0 },
	{ ">1>2>6>4>9>7>8>11>13", 1, 1, 0 }, { "<13<12<10<8<6<4<3<15<1", 1, 2, 0 }, { 0 } };

static void test_text_from_any_state(void **state)
{
	struct marked m;
	struct world w;
	unsigned seed = 1;

	(void)state;
	open_world(&w, long_rows, 3, NULL);
	mark_text(&w, &m);
	assert_true(m.n > 6);
	for (unsigned i = 0; i < 500; i++)
		assert_true(read_some(&m, &seed));
	calls_free(m.calls);
	free(m.whole);
	close_world(&w);
}

struct reading {
	const struct marked *marked;
	unsigned seed;
	bool good;
};

static void *read_much(void *arg)
{
	struct reading *r = arg;

	r->good = true;
	for (unsigned i = 0; i < 300; i++)
		r->good = r->good && read_some(r->marked, &r->seed);
	return NULL;
}

/* Threads that want the same blocks, and others, of which one at a time is kept. */
static void test_many_threads(void **state)
{
	enum { THREADS = 4 };
	struct reading readings[THREADS];
	pthread_t threads[THREADS];
	struct marked m;
	struct world w;

	(void)state;
	open_world(&w, long_rows, 1, NULL);
	mark_text(&w, &m);
	for (unsigned i = 0; i < THREADS; i++) {
		readings[i] = (struct reading){ &m, i, false };
		assert_int_equal(pthread_create(&threads[i], NULL, read_much, &readings[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readings[i].good);
	}
	calls_free(m.calls);
	free(m.whole);
	close_world(&w);
}

/* --- files of pangenomes --- */

static struct pg_file *calls_file(struct pangenome *p, const struct pg_folder *folder)
{
	struct err err = { 0 };
	struct pg_file *f;
	uint32_t row = 0;

	while (strcmp(pg_file_kinds[row].name, "calls.vcf") != 0)
		row++;
	if (pg_file_get(p, folder, row, &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

/* The file, with a NUL behind it. */
static char *file_text(struct pangenome *p, const struct pg_folder *folder)
{
	struct pg_file *f = calls_file(p, folder);
	char *text = malloc(f->size + 1);
	struct err err = { 0 };

	if (pg_file_read(f, text, f->size, 0, &err) < 0)
		fail_msg("%s", err.msg);
	text[f->size] = '\0';
	pg_file_put(f);
	return text;
}

static void check_files(const char *pathname, uint64_t block_bp)
{
	struct pangenome *p = pangenome_of_test(pathname, block_bp, NULL);

	for (uint32_t i = 0; i < pangenome_catalog(p)->n_contigs; i++) {
		struct pg_folder folder = { .level = PG_CONTIG, .number = i };
		char *whole = file_text(p, &folder);
		const char *at = records_of(whole);
		const struct layout *l;
		uint32_t number;

		assert_int_equal(pangenome_layout(p, i, &l, &number, NULL), 0);
		folder.level = PG_BLOCK;
		for (uint64_t k = 0; k < l->contigs[number].n_blocks; k++) {
			char *part;
			size_t len;

			folder.block = l->contigs[number].first_block + k;
			part = file_text(p, &folder);
			len = strlen(records_of(part));
			assert_memory_equal(part, whole, records_of(whole) - whole);
			assert_int_equal(strncmp(records_of(part), at, len), 0);
			at += len;
			free(part);
		}
		assert_string_equal(at, "");
		free(whole);
	}
	pangenome_close(p);
}

static void test_files_of_blocks_are_the_contigs(void **state)
{
	(void)state;
	each_graph_of_test(check_files, 5);
	each_graph_of_test(check_files, 1000);
	test_shm_folder_remove();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_reference_alone_has_no_columns),
		cmocka_unit_test(test_one_base_for_another),
		cmocka_unit_test(test_insertion_and_deletion),
		cmocka_unit_test(test_alleles_are_trimmed_behind_and_in_front),
		cmocka_unit_test(test_other_nodes_with_the_same_bases_are_the_reference),
		cmocka_unit_test(test_the_same_bases_by_two_walks_are_one_allele),
		cmocka_unit_test(test_nested_sites),
		cmocka_unit_test(test_paths_from_their_other_end),
		cmocka_unit_test(test_nodes_that_the_reference_has_in_reverse),
		cmocka_unit_test(test_inversion_breaks_the_chain),
		cmocka_unit_test(test_walk_backward_breaks_the_chain),
		cmocka_unit_test(test_backward_from_the_other_end),
		cmocka_unit_test(test_alleles_in_the_order_as_a_path_is_read),
		cmocka_unit_test(test_no_site_between_fragments),
		cmocka_unit_test(test_fragments_over_each_other_share_nothing_there),
		cmocka_unit_test(test_paths_that_end_inside_are_missing),
		cmocka_unit_test(test_paths_of_one_haplotype_share_its_column),
		cmocka_unit_test(test_the_path_that_reaches_further_leads),
		cmocka_unit_test(test_nodes_visited_twice_are_not_shared),
		cmocka_unit_test(test_a_site_over_many_blocks),
		cmocka_unit_test(test_trimming_stays_in_the_block),
		cmocka_unit_test(test_letters_of_vcf),
		cmocka_unit_test(test_text_from_any_state),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_files_of_blocks_are_the_contigs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
