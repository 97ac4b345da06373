/* SPDX-License-Identifier: MIT */
/* GTB files as a whole: what comes out of them, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "core/gtb/contig_list.h"
#include "tests/unit/gtb_file.h"

enum { MEMORY = 64 << 20 };

#define DATA "tests/data/gtb/"

static struct buf file_bytes(const char *pathname)
{
	FILE *fp = fopen(pathname, "re");
	struct buf b = { 0 };
	char piece[4096];
	size_t n;

	assert_non_null(fp);
	while ((n = fread(piece, 1, sizeof(piece), fp)) > 0)
		buf_put(&b, piece, n);
	fclose(fp);
	assert_true(b.len > 0);
	return b;
}

static int walk_bytes(const struct buf *b, struct err *err)
{
	struct gtb_file f = gtb_file_of(b->data, b->len);
	int r = gtb_walk(f.pathname, MEMORY, UINT64_MAX, NULL, err);

	close(f.fd);
	return r;
}

static int store_walk_bytes(const struct buf *b, struct err *err)
{
	struct gtb_file f = gtb_file_of(b->data, b->len);
	struct buf bytes = { 0 };
	int r = gtb_store_walk(f.pathname, MEMORY, UINT64_MAX, &bytes, err);

	buf_done(&bytes);
	close(f.fd);
	return r;
}

static void assert_text(const char *pathname, const char *want)
{
	struct buf text = { 0 };
	struct err err = { 0 };

	assert_int_equal(gtb_walk(pathname, MEMORY, UINT64_MAX, &text, &err), 0);
	buf_put_u8(&text, '\0');
	assert_string_equal((const char *)text.data, want);
	buf_done(&text);
}

static void test_version_1_comes_out_as_vcf(void **state)
{
	(void)state;
	assert_text(DATA "v1-tiny-phased.gtb",
			"##fileformat=VCFv4.2\n"
			"##reference=file:///ref/tiny.fa\n"
			"##contig=<ID=1>\n"
			"##contig=<ID=2>\n"
			"##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Allele count in "
			"genotypes\">\n"
			"##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Total number of alleles "
			"in called genotypes\">\n"
			"##INFO=<ID=AF,Number=A,Type=Float,Description=\"Allele frequency\">\n"
			"##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n"
			"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\ts3\ts4\n"
			"1\t100\t.\tA\tG\t.\t.\tAC=4;AN=8;AF=0.5\tGT\t0|0\t0|1\t1|0\t1|1\n"
			"1\t250\t.\tCT\tC,CTT\t.\t.\tAC=3,2;AN=6;AF=0.5,0.333333\tGT\t0|1\t2|1\t.|."
			"\t1|2\n"
			"1\t300\t.\tG\tT\t.\t.\tAC=0;AN=6;AF=0\tGT\t0|0\t0|0\t0|0\t.|.\n"
			"2\t70000\t.\tT\tA\t.\t.\tAC=3;AN=8;AF=0.375\tGT\t1|1\t0|0\t0|1\t0|0\n");
}

static void test_version_2_has_the_same_records(void **state)
{
	struct buf one = { 0 };
	struct buf two = { 0 };
	struct err err = { 0 };
	const char *a;
	const char *b;

	(void)state;
	assert_int_equal(gtb_walk(DATA "v1-tiny-phased.gtb", MEMORY, UINT64_MAX, &one, &err), 0);
	assert_int_equal(gtb_walk(DATA "v2-tiny-phased.gtb", MEMORY, UINT64_MAX, &two, &err), 0);
	buf_put_u8(&one, '\0');
	buf_put_u8(&two, '\0');
	a = strstr((char *)one.data, "#CHROM");
	b = strstr((char *)two.data, "#CHROM");
	assert_non_null(a);
	assert_non_null(b);
	assert_string_equal(a, b);
	buf_done(&one);
	buf_done(&two);
}

/* Reads sites alone, from the last to the first. */
static void test_sites_need_no_genotypes(void **state)
{
	const struct gtb_options o = { .memory = MEMORY };
	struct buf b = file_bytes(DATA "v1-tiny-phased.gtb");
	struct gtb_reader *r = NULL;
	struct gtb *g = NULL;
	struct gtb_calls calls;
	struct gtb_site site;
	struct gtb_file f;
	struct err err = { 0 };

	(void)state;
	b.data[0x31] ^= 0xff; /* the first byte of the first block's GENOTYPES */
	f = gtb_file_of(b.data, b.len);
	assert_int_equal(gtb_open(f.pathname, &o, &g, &err), 0);
	assert_int_equal(gtb_reader_new(g, &r, &err), 0);
	assert_int_equal(gtb_n_records(g), 4);
	assert_int_equal(gtb_n_blocks(g), 2);
	assert_int_equal(gtb_block_of(g, 2), 0);
	assert_int_equal(gtb_block_of(g, 3), 1);
	assert_int_equal(gtb_block(g, 1).start, 69999);
	for (uint64_t i = 4; i-- > 0;)
		assert_int_equal(gtb_read_site(r, i, &site, &err), 0);
	assert_int_equal(site.pos, 99);
	assert_int_equal(gtb_read_calls(r, 0, &calls, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "block 0: GENOTYPES"));
	assert_non_null(strstr(err.msg, "copy the file again"));
	assert_int_equal(gtb_read_calls(r, 3, &calls, &err), 0);
	assert_int_equal(calls.alleles[0], 1);
	gtb_reader_free(r);
	gtb_close(g);
	close(f.fd);
	buf_done(&b);
}

static void test_every_truncation_is_refused(void **state)
{
	static const char *const names[] = { DATA "v1-tiny-phased.gtb", DATA "v1-oddities.gtb",
		DATA "v2-tiny-unphased.gtb", DATA "v2-oddities.gtb" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf b = file_bytes(names[i]);
		size_t whole = b.len;

		for (b.len = 0; b.len < whole; b.len++) {
			struct err err = { 0 };
			int r = walk_bytes(&b, &err);

			assert_true(r < 0);
			assert_int_equal(r, err.code);
			assert_true(err.msg[0]);
			assert_true(store_walk_bytes(&b, &err) < 0);
		}
		buf_done(&b);
	}
}

/* What a store of the file came to, beside what reading it did: it takes nothing that reading
 * refuses, and refuses only what reading does not look at. */
static void check_store(const struct buf *b, int read)
{
	struct err err = { 0 };
	int r = store_walk_bytes(b, &err);

	assert_int_equal(r, err.code);
	if (read < 0)
		assert_true(r < 0);
	else if (r < 0 && !strstr(err.msg, "not in the order") &&
			!strstr(err.msg, "no line of the header") &&
			!strstr(err.msg, "header line"))
		fail_msg("%s", err.msg);
}

/* Every bit: what is read is read within bounds, and what is refused has a reason. */
static void test_every_flipped_bit_is_read_or_refused(void **state)
{
	static const char *const names[] = { DATA "v1-tiny-phased.gtb", DATA "v1-oddities.gtb",
		DATA "v2-tiny-phased.gtb", DATA "v2-oddities.gtb" };
	unsigned refused = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf b = file_bytes(names[i]);

		for (size_t bit = 0; bit < 8 * b.len; bit++) {
			struct err err = { 0 };
			int r;

			b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			r = walk_bytes(&b, &err);
			assert_int_equal(r, err.code);
			refused += r < 0;
			check_store(&b, r);
			b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		buf_done(&b);
	}
	assert_true(refused > 5000);
}

/* A reader of one thread: sums over all records, from the last to the first. */
struct summing {
	const struct gtb *g;
	uint64_t sum;
	int status;
};

static void *sum_records(void *arg)
{
	struct summing *s = arg;
	struct gtb_reader *r = NULL;

	s->status = gtb_reader_new(s->g, &r, NULL);
	for (uint64_t i = gtb_n_records(s->g); s->status == 0 && i-- > 0;) {
		struct gtb_calls calls = { 0 };
		struct gtb_site site = { 0 };

		s->status = gtb_read_site(r, i, &site, NULL);
		if (s->status == 0)
			s->status = gtb_read_calls(r, i, &calls, NULL);
		if (s->status == 0)
			s->status = gtb_walk_fields(s->g, r, i, &s->sum, NULL);
		s->sum += (uint64_t)site.pos + site.n_alleles;
		for (uint64_t k = 0; calls.alleles && k < 2ull * gtb_n_samples(s->g); k++)
			s->sum += calls.alleles[k] * (k + 1);
	}
	gtb_reader_free(r);
	return NULL;
}

static void test_threads_read_one_file(void **state)
{
	static const char *const names[] = { DATA "v1-gzip-phased-chr22.gtb",
		DATA "v2-fields.gtb" };
	enum { N_THREADS = 4 };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct gtb_options o = { .memory = MEMORY };
		struct summing s[N_THREADS] = { 0 };
		pthread_t threads[N_THREADS];
		struct gtb *g = NULL;

		assert_int_equal(gtb_open(names[i], &o, &g, NULL), 0);
		for (unsigned t = 0; t < N_THREADS; t++) {
			s[t].g = g;
			assert_int_equal(pthread_create(&threads[t], NULL, sum_records, &s[t]), 0);
		}
		for (unsigned t = 0; t < N_THREADS; t++) {
			pthread_join(threads[t], NULL);
			assert_int_equal(s[t].status, 0);
			assert_true(s[t].sum > 1000000 && s[t].sum == s[0].sum);
		}
		gtb_close(g);
	}
}

static void test_genotypes_that_do_not_give_their_counts_are_damage(void **state)
{
	struct buf b = file_bytes(DATA "v2-tiny-phased.gtb");
	static const uint8_t row[] = { 0x20, 0x08, 0x21, 0x18 }; /* AC, as differences */
	struct err err = { 0 };
	uint8_t *p = memmem(b.data, b.len, row, sizeof(row));

	(void)state;
	assert_non_null(p);
	p[sizeof(row) - 1] = 0x20;
	assert_int_equal(walk_bytes(&b, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "record 4: "));
	assert_non_null(strstr(err.msg, "AC=3 AN=8, but AC=4 AN=8 is stored"));
	buf_done(&b);
}

static void test_alleles_that_a_record_does_not_have_are_missing(void **state)
{
	const struct gtb_options o = { .memory = MEMORY };
	struct buf b = file_bytes(DATA "v1-tiny-phased.gtb");
	static const uint8_t row[] = { 2, 8, 0, 6 }; /* of three alleles */
	uint8_t *p = memmem(b.data, b.len, row, sizeof(row));
	struct gtb_vcf_odd odd = { 0 };
	struct gtb_reader *r = NULL;
	struct gtb_vcf *v = NULL;
	struct gtb *g = NULL;
	struct buf line = { 0 };
	struct gtb_file f;
	struct err err = { 0 };

	(void)state;
	assert_non_null(p);
	p[1] = 10; /* 0|3 */
	f = gtb_file_of(b.data, b.len);
	assert_int_equal(gtb_open(f.pathname, &o, &g, &err), 0);
	assert_int_equal(gtb_reader_new(g, &r, &err), 0);
	assert_int_equal(gtb_vcf_new(g, r, &v, &err), 0);
	for (uint64_t i = 0; i < 2; i++) {
		buf_clear(&line);
		assert_int_equal(gtb_vcf_line(v, r, i, &line, &odd, &err), 0);
	}
	buf_put_u8(&line, '\0');
	assert_non_null(strstr(
			(char *)line.data, "AC=2,1;AN=4;AF=0.5,0.25\tGT\t0|1\t.|.\t.|.\t1|2\n"));
	assert_int_equal(odd.n_out_of_range, 1);
	assert_int_equal(odd.first, 1);
	gtb_vcf_free(v);
	gtb_reader_free(r);
	gtb_close(g);
	buf_done(&line);
	buf_done(&b);
	close(f.fd);
}

static void test_too_little_memory_is_said(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(gtb_walk(DATA "v1-mt-haploid.gtb", 10000, UINT64_MAX, NULL, &err),
			-EOVERFLOW);
	assert_non_null(strstr(err.msg, "v1-mt-haploid.gtb"));
	assert_non_null(strstr(err.msg, "give more --memory"));
	assert_int_equal(
			gtb_walk(DATA "v2-fields.gtb", 300000, UINT64_MAX, NULL, &err), -EOVERFLOW);
}

static void test_what_is_no_gtb_is_refused(void **state)
{
	static const char text[] = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n";
	struct gtb_file f = gtb_file_of(text, strlen(text));
	struct buf unfinished = file_bytes(DATA "v1-tiny-phased.gtb");
	struct err err = { 0 };

	(void)state;
	assert_false(gtb_looks_like(f.pathname));
	assert_int_equal(gtb_walk(f.pathname, MEMORY, 0, NULL, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "it is no GTB file, or damaged"));
	close(f.fd);
	unfinished.data[0] &= 0xf0;
	assert_int_equal(walk_bytes(&unfinished, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "it was never finished"));
	buf_done(&unfinished);
}

static void test_gtb_is_known_by_its_content(void **state)
{
	static const char *const names[] = { DATA "v1-tiny-phased.gtb", DATA "v1-oddities.gtb",
		DATA "v2-fields.gtb", DATA "v2-empty.gtb" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf b = file_bytes(names[i]);
		struct gtb_file f = gtb_file_of(b.data, b.len);

		assert_true(gtb_looks_like(f.pathname));
		close(f.fd);
		buf_done(&b);
	}
	assert_false(gtb_looks_like("tests/data/haploid-mito.vcf.gz"));
	assert_false(gtb_looks_like("tests/data/graph/example.gbz"));
	assert_false(gtb_looks_like("/dev/null"));
	assert_false(gtb_looks_like("no-such-file.gtb"));
}

/* The list @text, and its @n contigs or its fault. */
static int read_list(const char *text, struct contig_list *out, struct err *err)
{
	struct gtb_file f = gtb_file_of(text, strlen(text));
	int r = contig_list_read(f.pathname, out, err);

	close(f.fd);
	return r;
}

static void test_lists_of_contigs(void **state)
{
	static const struct {
		const char *text;
		const char *fault;
	} bad[] = {
		{ "", "no contigs in it" },
		{ "chr1,2\n", "line 1: the list must begin with #chromosome" },
		{ "#name,ploidy\nchr1,2\n", "line 1: no column is called chromosome" },
		{ "#chromosome,ploidy\nchr1,3\n", "line 2: the ploidy must be 1 or 2" },
		{ "#chromosome,ploidy\nchr1,x\n", "line 2: its ploidy is not a number" },
		{ "#chromosome,ploidy\nchr1\n", "line 2: its ploidy is not a number" },
		{ "#chromosome\nchr1\nchr1\n", "line 3: chr1 is there twice" },
		{ "#chromosome,length\n,5\n", "line 2: no name of a contig" },
	};
	struct contig_list list = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(read_list("##reference=x\n#length,chromosome,ploidy\r\n0,MT,1\r\n9,c 2,2",
					 &list, &err),
			-EINVAL);
	assert_int_equal(read_list("##reference=x\n#length,chromosome,ploidy\r\n0,MT,1\r\n9,c2,2",
					 &list, &err),
			0);
	assert_int_equal(list.n, 2);
	assert_memory_equal(list.contigs[0].name.s, "MT", 2);
	assert_int_equal(list.contigs[0].ploidy, 1);
	assert_int_equal(list.contigs[1].length, 9);
	contig_list_done(&list);
	assert_int_equal(read_list("#chromosome\na\n", &list, &err), 0);
	assert_int_equal(list.contigs[0].ploidy, 2);
	contig_list_done(&list);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_list(bad[i].text, &list, &err), -EINVAL);
		assert_non_null(strstr(err.msg, bad[i].fault));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version_1_comes_out_as_vcf),
		cmocka_unit_test(test_version_2_has_the_same_records),
		cmocka_unit_test(test_sites_need_no_genotypes),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_flipped_bit_is_read_or_refused),
		cmocka_unit_test(test_threads_read_one_file),
		cmocka_unit_test(test_genotypes_that_do_not_give_their_counts_are_damage),
		cmocka_unit_test(test_alleles_that_a_record_does_not_have_are_missing),
		cmocka_unit_test(test_too_little_memory_is_said),
		cmocka_unit_test(test_what_is_no_gtb_is_refused),
		cmocka_unit_test(test_gtb_is_known_by_its_content),
		cmocka_unit_test(test_lists_of_contigs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
