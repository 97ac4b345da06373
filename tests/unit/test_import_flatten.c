/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <htslib/hts.h>
#include <htslib/vcf.h>

#include "core/import/flatten.h"
#include "core/import/record_digest.h"

struct fixture {
	htsFile *fp;
	bcf_hdr_t *hdr;
	struct names *keys;
	struct names *contigs;
	struct number_map key_map;
	struct number_map contig_map;
	struct flatten_scratch scratch;
	struct buf bytes;
	struct buf digest;
};

static void open_fixture(struct fixture *f, const char *pathname)
{
	memset(f, 0, sizeof(*f));
	hts_set_log_level(HTS_LOG_OFF);
	f->fp = hts_open(pathname, "r");
	assert_non_null(f->fp);
	f->hdr = bcf_hdr_read(f->fp);
	assert_non_null(f->hdr);
	assert_int_equal(names_new(&f->keys), 0);
	assert_int_equal(names_new(&f->contigs), 0);
	number_map_init(&f->key_map, f->keys, f->hdr, BCF_DT_ID);
	number_map_init(&f->contig_map, f->contigs, f->hdr, BCF_DT_CTG);
}

static void close_fixture(struct fixture *f)
{
	number_map_done(&f->key_map);
	number_map_done(&f->contig_map);
	flatten_scratch_done(&f->scratch);
	names_free(f->keys);
	names_free(f->contigs);
	buf_done(&f->bytes);
	buf_done(&f->digest);
	bcf_hdr_destroy(f->hdr);
	hts_close(f->fp);
}

static void flatten(struct fixture *f, const bcf1_t *v, struct record *r)
{
	struct err err = { 0 };

	buf_clear(&f->bytes);
	assert_int_equal(flatten_record(v, true, &f->key_map, &f->contig_map, &f->scratch,
					 &f->bytes, r, &err),
			0);
	r->site = f->bytes.data;
	r->fmt = r->site + r->site_len;
	assert_int_equal(r->site_len + r->fmt_len, f->bytes.len);
}

/* Every record of a file to ours and back: the same digest. */
static void assert_round_trip(const char *pathname)
{
	struct fixture f;
	bcf1_t *v = bcf_init();
	bcf1_t *back = bcf_init();
	struct record r;
	struct digest before;
	struct digest after;
	unsigned n = 0;

	open_fixture(&f, pathname);
	while (bcf_read(f.fp, f.hdr, v) == 0) {
		struct record_names in_header = { .hdr = f.hdr };
		struct record_names in_tables = { .keys = f.keys, .contigs = f.contigs };

		flatten(&f, v, &r);
		assert_int_equal(record_digest(v, &in_header, true, &f.digest, &before), 0);
		assert_int_equal(unflatten_record(&r, v->n_sample, NULL, (int32_t)r.contig, back),
				0);
		assert_int_equal(record_digest(back, &in_tables, true, &f.digest, &after), 0);
		assert_true(digest_equal(before, after));
		n++;
	}
	assert_true(n > 0);
	close_fixture(&f);
	bcf_destroy(v);
	bcf_destroy(back);
}

static void test_records_come_back(void **state)
{
	static const char *const files[] = { "tests/data/micro-mixed-ploidy.vcf",
		"tests/data/micro-missing-nonuniform-phase-ploidy.vcf",
		"tests/data/micro-end-of-vector.vcf", "tests/data/ploidy16.vcf",
		"tests/data/format-missing.vcf", "tests/data/many-alleles.vcf",
		"tests/data/positions-past-31-bits.vcf", "tests/data/sv-refpanel.bcf",
		"tests/data/str-hipstr.vcf.gz", "tests/data/sites-exac-vep.vcf.gz",
		"tests/data/contigs-undeclared.vcf.gz" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_round_trip(files[i]);
}

static void test_a_changed_value_changes_the_digest(void **state)
{
	struct fixture f;
	bcf1_t *v = bcf_init();
	struct record_names names = { 0 };
	struct digest before;
	struct digest after;

	(void)state;
	open_fixture(&f, "tests/data/sv-refpanel.bcf");
	names.hdr = f.hdr;
	assert_int_equal(bcf_read(f.fp, f.hdr, v), 0);
	assert_int_equal(record_digest(v, &names, true, &f.digest, &before), 0);
	v->indiv.s[v->indiv.l - 1] ^= 1;
	assert_int_equal(record_digest(v, &names, true, &f.digest, &after), 0);
	assert_false(digest_equal(before, after));
	assert_int_equal(record_digest(v, &names, false, &f.digest, &before), 0);
	v->rlen++;
	assert_int_equal(record_digest(v, &names, false, &f.digest, &after), 0);
	assert_false(digest_equal(before, after));
	close_fixture(&f);
	bcf_destroy(v);
}

static void test_a_record_cut_short_is_refused(void **state)
{
	struct fixture f;
	bcf1_t *v = bcf_init();
	struct record r;
	struct err err = { 0 };
	size_t len;

	(void)state;
	open_fixture(&f, "tests/data/sv-refpanel.bcf");
	assert_int_equal(bcf_read(f.fp, f.hdr, v), 0);
	len = v->shared.l;
	for (size_t i = 0; i < len; i++) {
		v->shared.l = i;
		buf_clear(&f.bytes);
		assert_int_equal(flatten_record(v, true, &f.key_map, &f.contig_map, &f.scratch,
						 &f.bytes, &r, &err),
				-EBADMSG);
	}
	close_fixture(&f);
	bcf_destroy(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_come_back),
		cmocka_unit_test(test_a_changed_value_changes_the_digest),
		cmocka_unit_test(test_a_record_cut_short_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
