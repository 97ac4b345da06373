/* SPDX-License-Identifier: MIT */
#include "core/record/subset.h"
#include "core/view/scratch.h"
#include "tests/unit/sample_store.h"

enum { N_SAMPLES = 37, N_RECORDS = 200 };

static void take(void *arg, const char *p, size_t n)
{
	buf_put(arg, p, n);
}

static void print(const struct vcf_text *v, const struct record *r, struct buf *out)
{
	static char text[TEXT_SCRATCH];
	static struct vcf_scratch scratch;
	struct text_out o;

	buf_clear(out);
	text_out_sink(&o, text, take, out);
	assert_int_equal(vcf_text_record(v, r, VCF_CALLS, &scratch, &o), 0);
	text_flush(&o);
}

/* Column @i of a line, from 0. */
static struct name column(const struct buf *line, unsigned i)
{
	const char *p = (const char *)line->data;
	const char *end = p + line->len - 1;
	const char *stop;

	for (; i; i--)
		p = (const char *)memchr(p, '\t', (size_t)(end - p)) + 1;
	stop = memchr(p, '\t', (size_t)(end - p));
	return (struct name){ p, (size_t)((stop ? stop : end) - p) };
}

/* Each column of the subset is the column of the whole. */
static void test_a_subset_has_the_columns_of_its_samples(void **state)
{
	struct subsetter s = { 0 };
	struct sample_chunk c;
	struct names *keys;
	struct names *contigs;
	struct buf whole = { 0 };
	struct buf part = { 0 };
	struct vcf_text v = { .n_keys = SAMPLE_KEYS, .gt_key = 5, .n_samples = N_SAMPLES };
	uint32_t of[] = { 36, 0, 17, 5, 6 };
	struct sample_set set = { .of = of, .n = 5 };

	(void)state;
	sample_names(&keys, &contigs);
	v.keys = keys;
	v.contig = *names_get(contigs, 0);
	sample_chunk_make(&c, 0, N_RECORDS, N_SAMPLES);
	for (uint32_t i = 0; i < c.n; i++) {
		struct vcf_text of_part = v;
		struct record r;

		of_part.n_samples = set.n;
		assert_int_equal(record_subset(&c.records[i], 0, N_SAMPLES, &set, NULL, &s, &r), 0);
		print(&v, &c.records[i], &whole);
		print(&of_part, &r, &part);
		for (unsigned k = 0; k < 9 + set.n; k++) {
			struct name want = column(&whole, k < 9 ? k : 9 + of[k - 9]);
			struct name got = column(&part, k);

			if (!c.records[i].n_fmt && k >= 8)
				break;
			assert_int_equal(got.len, want.len);
			assert_memory_equal(got.s, want.s, want.len);
		}
	}
	buf_done(&whole);
	buf_done(&part);
	subsetter_done(&s);
	sample_chunk_done(&c);
	names_free(keys);
	names_free(contigs);
}

static void test_damaged_fields_are_refused(void **state)
{
	struct subsetter s = { 0 };
	struct sample_chunk c;
	uint32_t of[] = { 1 };
	struct sample_set set = { .of = of, .n = 1 };

	(void)state;
	sample_chunk_make(&c, 0, 20, N_SAMPLES);
	for (uint32_t i = 0; i < c.n; i++) {
		struct record cut = c.records[i];
		struct record r;

		if (!cut.n_fmt)
			continue;
		cut.fmt_len--;
		assert_int_equal(record_subset(&cut, 0, N_SAMPLES, &set, NULL, &s, &r), -EBADMSG);
	}
	subsetter_done(&s);
	sample_chunk_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_subset_has_the_columns_of_its_samples),
		cmocka_unit_test(test_damaged_fields_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
