/* SPDX-License-Identifier: MIT */
/* Lines of headers, sound and broken, as header_lines takes them and as htslib does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <htslib/vcf.h>

#include "core/gtb/header_lines.h"
#include "core/import/chunk_encode.h"
#include "core/import/header.h"
#include "tests/unit/random_text.h"

enum { N_HEADERS = 20000, MOST_LINES = 12 };

static const char chrom_line[] = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
/* Lines as they should be, and pieces that no line should have. */
static void put_line(struct buf *out)
{
	static const char *const keys[] = { "INFO", "INFO", "INFO", "FORMAT", "FORMAT", "FILTER",
		"FILTER", "contig", "contig", "ALT", "META", "source", "fileformat", "SAMPLE",
		"info" };
	static const char *const ids[] = { "A", "A", "B", "C.1", "D_2", "GT", "PASS", "chr1",
		"chr2", "1000G", "x y", "", "\"q\"", "AC" };
	static const char *const attributes[] = { "Number", "Number", "Type", "Type", "Description",
		"length", "LENGTH", "IDX", "Source", "9x", "", "Values", "ID", "id" };
	enum { N_ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };
	static const char *const values[] = { "1", "A", ".", "Integer", "Float", "Flag", "String",
		"Character", "\"some text\"", "\"a \\\"quote\\\", and more\"", "\"open", "<a,b>",
		"[x, y]", "[x", "3", "12", "-1", "99", "0", "", "a b ", "x>y", "\"Integer\"",
		"\"\"", "\\", "5x" };
	static const char *const junk[] = { ",", "=", ">", "<", " ", "\"", "]", ",,", "\t", "x",
		"\\\"" };
	bool structured = random_below(8);
	const char *key = ANY(keys);
	/* htslib 1.16 writes past its table where it removes a FORMAT that has two. */
	size_t n_attributes = N_ATTRIBUTES - (strcmp(key, "FORMAT") == 0 ? 2 : 0);

	buf_printf(out, "##%s=", key);
	if (structured)
		buf_printf(out, "<ID=%s", ANY(ids));
	else
		buf_printf(out, "%s", ANY(values));
	for (uint32_t n = structured ? random_below(4) : 0; n; n--)
		buf_printf(out, ",%s%s=%s", random_below(9) ? "" : " ",
				any_of(attributes, n_attributes), ANY(values));
	if (structured && random_below(12))
		buf_put_u8(out, '>');
	if (!random_below(10))
		buf_printf(out, "%s", ANY(junk));
	if (!random_below(10))
		out->data[out->len - 1 - random_below((uint32_t)out->len / 2)] =
				(uint8_t)*ANY(junk);
	buf_put_u8(out, '\n');
}

static void make_header(struct buf *out)
{
	buf_clear(out);
	buf_printf(out, "##fileformat=VCFv4.2\n");
	for (uint32_t n = random_below(MOST_LINES); n; n--) {
		struct buf line = { 0 };

		put_line(&line);
		/* A changed byte may have ended it. */
		for (size_t i = 0; i + 1 < line.len; i++)
			if (line.data[i] == '\n')
				line.data[i] = ' ';
		buf_put(out, line.data, line.len);
		buf_done(&line);
	}
}

static void same_text(const struct buf *header, const char *what, const struct buf *ours,
		const char *theirs, size_t len)
{
	if (ours->len == len && memcmp(ours->data, theirs, len) == 0)
		return;
	fail_msg("%s of\n%.*sis\n%.*sand not\n%.*s", what, (int)header->len, header->data,
			(int)ours->len, ours->data, (int)len, theirs);
}

static void take(struct header_lines *h, bool drop_format, const struct buf *text)
{
	struct err err = { 0 };

	assert_int_equal(header_lines_init(h, drop_format), 0);
	assert_int_equal(header_lines_take(h, (char *)text->data, text->len, &err), 0);
}

/* Keys have the same numbers, and INFO the same types. */
static void same_keys(const bcf_hdr_t *hdr, struct names *keys, const struct header_lines *lines)
{
	uint32_t key = 0;

	for (uint32_t id = 0; id < declared_n_ids(&lines->keys); id++) {
		uint32_t number = declared_by_id(&lines->keys, id);
		const struct declared_key *k;
		int theirs;

		if (number == UINT32_MAX)
			continue;
		k = declared_key(lines, number);
		assert_string_equal(
				names_get(lines->keys.names, number)->s, names_get(keys, key++)->s);
		theirs = bcf_hdr_id2int(hdr, BCF_DT_ID, names_get(lines->keys.names, number)->s);
		assert_int_equal(theirs, id);
		for (int line = BCF_HL_FLT; line <= BCF_HL_FMT; line++)
			assert_int_equal(!!(k->uses & 1 << line),
					!!bcf_hdr_idinfo_exists(hdr, line, theirs));
		if (k->uses & DECLARES_INFO)
			assert_int_equal(k->type, bcf_hdr_id2type(hdr, BCF_HL_INFO, theirs));
	}
	assert_int_equal(key, names_count(keys));
}

static void same_bcf(const bcf_hdr_t *hdr, struct names *keys, const struct buf *header,
		struct header_lines *bcf)
{
	uint32_t n = names_count(keys);
	uint8_t *uses = malloc(n + 1u);
	struct names *contigs = NULL;
	struct header_bcf theirs = { 0 };
	struct buf ours = { 0 };
	bool same = true;

	memset(uses, 0, n + 1u);
	for (uint32_t i = 0; i < n; i++) {
		const struct name *name = names_get(keys, i);
		uint32_t number;

		/* Whatever of them is declared is used. */
		if (names_find(bcf->keys.names, name->s, name->len, &number) < 0) {
			same = false;
			continue;
		}
		uses[i] = (declared_key(bcf, number)->uses & DECLARES_INFO ? KEY_IS_INFO : 0) |
			  (declared_key(bcf, number)->uses & DECLARES_FILTER ? KEY_IS_FILTER : 0) |
			  (declared_key(bcf, number)->uses & DECLARES_FORMAT ? KEY_IS_FORMAT : 0);
		same = same && declared_key(bcf, number)->id == i;
	}
	assert_int_equal(names_new(&contigs), 0);
	assert_int_equal(header_bcf_make(hdr, keys, uses, n, contigs, 0, &theirs), 0);
	if (same) {
		buf_put(&bcf->bcf, chrom_line, sizeof(chrom_line));
		buf_put(&ours, "BCF\2\2", 5);
		buf_put_u32(&ours, (uint32_t)bcf->bcf.len);
		buf_put(&ours, bcf->bcf.data, bcf->bcf.len);
		same_text(header, "BCF", &ours, (char *)theirs.head.data, theirs.head.len);
		assert_int_equal(theirs.n_contigs, declared_n_ids(&bcf->contigs));
	}
	names_free(contigs);
	header_bcf_done(&theirs);
	buf_done(&ours);
	free(uses);
}

/* Return: whether the header can be used at all. */
static bool same_header(const struct buf *header)
{
	struct header_lines lines = { 0 };
	struct header_lines again = { 0 };
	struct header_lines bcf = { 0 };
	struct header_text theirs = { 0 };
	struct names *keys = NULL;
	bcf_hdr_t *hdr = bcf_hdr_init("r");
	struct buf text = { 0 };
	struct err err = { 0 };
	int r;

	buf_put(&text, header->data, header->len);
	buf_put(&text, chrom_line, sizeof(chrom_line));
	assert_int_equal(header_lines_init(&lines, false), 0);
	r = header_lines_take(&lines, (char *)header->data, header->len, &err);
	if ((bcf_hdr_parse(hdr, (char *)text.data) < 0) != (r < 0))
		fail_msg("%s: %.*s", r < 0 ? err.msg : "not refused", (int)header->len,
				header->data);
	if (r == 0) {
		take(&again, true, &lines.bcf);
		take(&bcf, false, &lines.vcf);
		assert_int_equal(header_text_make(hdr, &theirs, &err), 0);
		assert_int_equal(names_new(&keys), 0);
		assert_int_equal(header_number_keys(hdr, keys, &err), 0);
		same_keys(hdr, keys, &lines);
		buf_put(&lines.vcf, chrom_line, strlen(chrom_line));
		buf_put(&again.vcf, chrom_line, strlen(chrom_line));
		same_text(header, "header", &lines.vcf, theirs.calls, theirs.calls_len);
		same_text(header, "header of sites", &again.vcf, theirs.sites, theirs.sites_len);
		same_bcf(hdr, keys, header, &bcf);
	}
	header_lines_done(&lines);
	header_lines_done(&again);
	header_lines_done(&bcf);
	header_text_done(&theirs);
	names_free(keys);
	bcf_hdr_destroy(hdr);
	buf_done(&text);
	return r == 0;
}

static void test_headers_are_taken_as_htslib_takes_them(void **state)
{
	struct buf header = { 0 };
	unsigned n_used = 0;

	(void)state;
	hts_set_log_level(HTS_LOG_OFF);
	for (unsigned i = 0; i < N_HEADERS; i++) {
		make_header(&header);
		n_used += same_header(&header);
	}
	assert_true(n_used > N_HEADERS / 4 && n_used < N_HEADERS);
	buf_done(&header);
}

static void test_holes_and_conflicts_of_idx(void **state)
{
	static const char conflict[] = "##fileformat=VCFv4.2\n##INFO=<ID=A,Number=1,Type=Float,"
				       "Description=\"\",IDX=0>\n";
	static const char hole[] = "##fileformat=VCFv4.2\n##INFO=<ID=A,Number=1,Type=Float,"
				   "Description=\"\",IDX=7>\n##INFO=<ID=B,Number=1,Type=Flag,"
				   "Description=\"\",IDX=3>\n##INFO=<ID=C,Type=Integer>\n";
	struct buf header = { 0 };

	(void)state;
	buf_put(&header, conflict, strlen(conflict));
	assert_false(same_header(&header));
	buf_clear(&header);
	buf_put(&header, hole, strlen(hole));
	assert_true(same_header(&header));
	buf_done(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers_are_taken_as_htslib_takes_them),
		cmocka_unit_test(test_holes_and_conflicts_of_idx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
