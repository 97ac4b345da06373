/* SPDX-License-Identifier: MIT */
/* INFO, FILTER and QUAL as records have them: the same bytes as import makes of the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/gtb/info_text.h"
#include "core/import/flatten.h"
#include "core/import/header.h"
#include "tests/unit/random_text.h"

enum { N_LINES = 50000 };

static const char header_text[] = "##fileformat=VCFv4.2\n"
				  "##FILTER=<ID=PASS,Description=\"All filters passed\">\n"
				  "##INFO=<ID=I,Number=.,Type=Integer,Description=\"\">\n"
				  "##INFO=<ID=F,Number=.,Type=Float,Description=\"\">\n"
				  "##INFO=<ID=S,Number=1,Type=String,Description=\"\">\n"
				  "##INFO=<ID=FLAG,Number=0,Type=Flag,Description=\"\">\n"
				  "##INFO=<ID=END,Number=1,Type=Integer,Description=\"\">\n"
				  "##FILTER=<ID=q10,Description=\"\">\n"
				  "##FILTER=<ID=s50,Description=\"\">\n"
				  "##contig=<ID=1>\n"
				  "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";

static const char *const values[] = { "", "0", "1", "-5", "+7", "127", "128", "-120", "-121",
	"32767", "32768", "-32760", "-32761", "2147483647", "2147483648", "-2147483640",
	"-2147483641", "99999999999999999999999", "-99999999999999999999999", "+", "-", "1e5",
	"1E-3", "0x10", "nan", "NaN", "inf", "-inf", "-nan", ".", ".5", "-.5", "1.5", "0.333333",
	"00.70", "0.1234567890123456789", "123456789012345678", "1e999", "1e-50", "abc", "5x", " 5",
	"3.", "%2C", "200", "1000000" };

static void put_info(struct buf *out)
{
	static const char *const keys[] = { "I", "F", "S", "FLAG", "END", "I", "F", "END" };

	for (uint32_t n = 1 + random_below(5); n; n--) {
		buf_printf(out, "%s", random_below(20) ? ANY(keys) : "");
		for (uint32_t k = random_below(9) ? 1 + random_below(3) * random_below(3) : 0,
			      i = 0;
				i < k; i++)
			buf_printf(out, "%s%s", i ? "," : "=", ANY(values));
		if (n > 1 || !random_below(10))
			buf_put_u8(out, ';');
	}
}

static void put_filter(struct buf *out)
{
	static const char *const filters[] = { "PASS", "q10", "s50" };

	for (uint32_t n = random_below(4), i = 0; i < n; i++)
		buf_printf(out, "%s%s", i ? ";" : "", ANY(filters));
	if (!out->len)
		buf_put_u8(out, '.');
	else if (!random_below(9))
		buf_put_u8(out, ';');
}

static void make_head(struct gtb_head *h)
{
	struct header_lines lines;
	uint32_t n;
	uint32_t key;

	assert_int_equal(header_lines_init(&lines, false), 0);
	assert_int_equal(header_lines_take(&lines, header_text, strlen(header_text), NULL), 0);
	assert_int_equal(names_new(&h->keys), 0);
	n = h->n_keys = names_count(lines.keys.names);
	h->uses = calloc(n, sizeof(*h->uses));
	for (uint32_t i = 0; i < n; i++) {
		const struct name *name = names_get(lines.keys.names, i);

		assert_int_equal(names_intern(h->keys, name->s, name->len, &key), 0);
		h->uses[key] = *declared_key(&lines, i);
	}
	header_lines_done(&lines);
}

/* What import makes of the line. */
struct imported {
	bcf_hdr_t *hdr;
	bcf1_t *v;
	struct number_map keys;
	struct number_map contigs;
	struct flatten_scratch scratch;
	struct buf bytes;
	struct record r;
};

static void import_line(struct imported *im, const char *text)
{
	struct err err = { 0 };
	kstring_t line = { 0 };

	kputs(text, &line);
	assert_int_equal(vcf_parse(&line, im->hdr, im->v), 0);
	buf_clear(&im->bytes);
	assert_int_equal(flatten_record(im->v, false, &im->keys, &im->contigs, &im->scratch,
					 &im->bytes, &im->r, &err),
			0);
	free(line.s);
}

/* The same from its columns. */
static void put_columns(struct info_reader *reader, const struct buf *filter,
		const struct buf *info, struct buf *out, struct info_fields *fields)
{
	struct err err = { 0 };

	buf_put_bytes(out, NULL, 0);
	buf_put_bytes(out, "A", 1);
	buf_put_bytes(out, "C", 1);
	assert_int_equal(filter_text_put(reader, (char *)filter->data, filter->len, out, &err), 0);
	assert_int_equal(
			info_text_put(reader, (char *)info->data, info->len, fields, out, &err), 0);
}

static void compare_line(struct imported *im, struct info_reader *reader, const struct buf *filter,
		const struct buf *info, const char *qual)
{
	struct info_fields fields = { .pos = 149, .end = -1 };
	struct buf line = { 0 };
	struct buf ours = { 0 };
	int64_t rlen;

	buf_printf(&line, "1\t150\t.\tA\tC\t%s\t%s\t%s", qual, filter->data, info->data);
	buf_put_u8(&line, '\0');
	import_line(im, (char *)line.data);
	put_columns(reader, filter, info, &ours, &fields);
	rlen = fields.end >= 0 ? fields.end - 149 : 1;
	if (fields.n != im->r.n_info || rlen != im->r.rlen || qual_text_bits(qual) != im->r.qual ||
			ours.len != im->bytes.len ||
			memcmp(ours.data, im->bytes.data, ours.len) != 0)
		fail_msg("%s", line.data);
	assert_int_equal(info_text_end((char *)info->data, info->len, 149), fields.end);
	buf_done(&line);
	buf_done(&ours);
}

static void test_columns_are_what_import_makes_of_them(void **state)
{
	struct imported im = { .hdr = bcf_hdr_init("r"), .v = bcf_init() };
	char *text = strdup(header_text);
	struct gtb_head head = { 0 };
	struct info_reader reader = { .head = &head };
	struct names *keys = NULL;
	struct names *contigs = NULL;
	struct buf filter = { 0 };
	struct buf info = { 0 };
	struct err err = { 0 };

	(void)state;
	hts_set_log_level(HTS_LOG_OFF);
	make_head(&head);
	assert_int_equal(bcf_hdr_parse(im.hdr, text), 0);
	assert_int_equal(names_new(&keys), 0);
	assert_int_equal(names_new(&contigs), 0);
	assert_int_equal(header_number_keys(im.hdr, keys, &err), 0);
	number_map_init(&im.keys, keys, im.hdr, BCF_DT_ID);
	number_map_init(&im.contigs, contigs, im.hdr, BCF_DT_CTG);
	for (unsigned i = 0; i < N_LINES; i++) {
		const char *qual = ANY(values);

		buf_clear(&filter);
		buf_clear(&info);
		put_filter(&filter);
		put_info(&info);
		if (!info.len)
			continue;
		buf_put_u8(&filter, '\0');
		filter.len--;
		buf_put_u8(&info, '\0');
		info.len--;
		compare_line(&im, &reader, &filter, &info, *qual ? qual : ".");
	}
	buf_done(&filter);
	buf_done(&info);
	buf_done(&im.bytes);
	number_map_done(&im.keys);
	number_map_done(&im.contigs);
	flatten_scratch_done(&im.scratch);
	names_free(keys);
	names_free(contigs);
	info_reader_done(&reader);
	gtb_head_done(&head);
	bcf_hdr_destroy(im.hdr);
	bcf_destroy(im.v);
	free(text);
}

static void test_what_is_not_declared_is_refused(void **state)
{
	struct gtb_head head = { 0 };
	struct info_reader reader = { .head = &head };
	struct info_fields fields = { .pos = 149, .end = -1 };
	struct buf out = { 0 };
	struct err err = { 0 };

	(void)state;
	make_head(&head);
	assert_int_equal(info_text_put(&reader, "I=1;NEW=2", 9, &fields, &out, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "INFO has NEW, which no line of the header declares"));
	assert_non_null(strstr(err.msg, "genofs import"));
	/* What is declared for FILTER alone is no key of INFO, nor the other way round. */
	assert_int_equal(info_text_put(&reader, "q10", 3, &fields, &out, &err), -ENOTSUP);
	assert_int_equal(filter_text_put(&reader, "q10;I", 5, &out, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "FILTER has I, "));
	assert_int_equal(filter_text_put(&reader, "q10;;s50", 8, &out, &err), -ENOTSUP);
	buf_done(&out);
	info_reader_done(&reader);
	gtb_head_done(&head);
}

/* With any number of digits, and a point anywhere among them. */
static void test_floats_are_what_strtod_makes_of_them(void **state)
{
	unsigned seed = 4711;

	(void)state;
	for (unsigned i = 0; i < N_LINES; i++) {
		unsigned n = 1 + (unsigned)rand_r(&seed) % 20;
		unsigned point = 1 + (unsigned)rand_r(&seed) % 25;
		char text[32] = "-";
		float f;
		uint32_t bits;

		for (unsigned k = 1; k <= n; k++)
			text[k] = (char)('0' + rand_r(&seed) % 10);
		if (point <= n)
			text[point] = '.';
		f = (float)strtod(text + i % 2, NULL);
		memcpy(&bits, &f, sizeof(bits));
		if (strcmp(text + i % 2, ".") != 0 && strcmp(text + i % 2, "-.") != 0)
			assert_int_equal(float_text_bits(text + i % 2), bits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_are_what_import_makes_of_them),
		cmocka_unit_test(test_what_is_not_declared_is_refused),
		cmocka_unit_test(test_floats_are_what_strtod_makes_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
