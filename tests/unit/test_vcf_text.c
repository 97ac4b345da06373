/* SPDX-License-Identifier: MIT */
/*
 * Lines of random records, in whole and through every window, against a renderer that knows
 * nothing but BCF's values and takes them one by one.
 */
#include "core/view/vcf_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <htslib/kstring.h>

#include "core/base/buf.h"
#include "core/codec/gt_cell.h"
#include "core/view/gt_flip.h"
#include "core/view/vcf_gt.h"

enum { KEY_GT, KEY_X, N_KEYS };
enum { MISSING = INT32_MIN, END = INT32_MIN + 1 }; /* in tables of values, of every type */
enum { FLOAT_MISSING_BITS = 0x7f800001, FLOAT_END_BITS = 0x7f800002 };

static struct names *keys;
static uint64_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* ---- the renderer to compare with ---- */

static void want_gt(kstring_t *want, const int32_t *v, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n && v[i] != END; i++) {
		if (i)
			kputc(v[i] & 1 ? '|' : '/', want);
		if (v[i] >> 1)
			ksprintf(want, "%d", (v[i] >> 1) - 1);
		else
			kputc('.', want);
	}
	if (!i)
		kputc('.', want);
}

static void want_ints(kstring_t *want, const int32_t *v, uint32_t n)
{
	if (!n)
		kputc('.', want);
	for (uint32_t i = 0; i < n && v[i] != END; i++) {
		if (i)
			kputc(',', want);
		if (v[i] == MISSING)
			kputc('.', want);
		else
			ksprintf(want, "%d", v[i]);
	}
}

static void want_floats(kstring_t *want, const int32_t *v, uint32_t n)
{
	if (!n)
		kputc('.', want);
	for (uint32_t i = 0; i < n && v[i] != FLOAT_END_BITS; i++) {
		float f;

		memcpy(&f, &v[i], sizeof(f));
		if (i)
			kputc(',', want);
		if (v[i] == FLOAT_MISSING_BITS)
			kputc('.', want);
		else
			kputd(f, want);
	}
}

static void want_string(kstring_t *want, const int32_t *v, uint32_t n)
{
	if (!n)
		kputc('.', want);
	for (uint32_t i = 0; i < n && v[i]; i++)
		kputc(v[i] == 7 ? '.' : v[i], want);
}

/* ---- records ---- */

struct field {
	uint32_t key;
	uint8_t type; /* of the values */
	uint32_t n;
	int32_t *values; /* n for each sample; floats as bits */
	bool is_cell;
};

struct sample_fields {
	struct field fields[8];
	uint32_t n_fields;
	uint32_t n_samples;
};

static void put_value(struct buf *b, uint8_t type, int32_t v)
{
	switch (type) {
	case RECORD_INT8:
		buf_put_u8(b, (uint8_t)(v <= END ? v - INT32_MIN + INT8_MIN : v));
		break;
	case RECORD_INT16:
		buf_put_u16(b, (uint16_t)(v <= END ? v - INT32_MIN + INT16_MIN : v));
		break;
	case RECORD_CHAR:
		buf_put_u8(b, (uint8_t)v);
		break;
	default:
		buf_put_u32(b, (uint32_t)v);
		break;
	}
}

static void put_field(struct buf *fmt, const struct field *f, uint32_t n_samples)
{
	struct buf values = { 0 };
	struct buf cell = { 0 };
	struct gt_scratch scratch = { 0 };

	for (uint32_t i = 0; i < f->n * n_samples; i++)
		put_value(&values, f->type, f->values[i]);
	buf_put_varint(fmt, f->key);
	buf_put_u8(fmt, f->is_cell ? RECORD_GT : f->type);
	buf_put_varint(fmt, f->n);
	if (f->is_cell) {
		assert_int_equal(gt_cell_encode(f->type, values.data, f->n, n_samples, &scratch,
						 &cell),
				1);
		buf_put_u32(fmt, (uint32_t)cell.len);
		buf_put(fmt, cell.data, cell.len);
	} else if (values.len) {
		buf_put(fmt, values.data, values.len);
	}
	gt_scratch_done(&scratch);
	buf_done(&cell);
	buf_done(&values);
}

static void want_line(kstring_t *want, const struct sample_fields *r)
{
	kputs("chr1\t100\t.\tA\t.\t.\t.\t.", want);
	for (uint32_t i = 0; i < r->n_fields; i++)
		ksprintf(want, "%c%s", i ? ':' : '\t', r->fields[i].key == KEY_GT ? "GT" : "X");
	for (uint32_t s = 0; s < r->n_samples; s++)
		for (uint32_t i = 0; i < r->n_fields; i++) {
			const struct field *f = &r->fields[i];
			const int32_t *v = f->values + (size_t)f->n * s;

			kputc(i ? ':' : '\t', want);
			if (f->key == KEY_GT)
				want_gt(want, v, f->n);
			else if (f->type == RECORD_FLOAT)
				want_floats(want, v, f->n);
			else if (f->type == RECORD_CHAR)
				want_string(want, v, f->n);
			else
				want_ints(want, v, f->n);
		}
	kputc('\n', want);
}

/* ---- comparing ---- */

static void take(void *arg, const char *p, size_t n)
{
	kputsn(p, n, arg);
}

static void compare(const struct sample_fields *r, size_t step)
{
	static const uint8_t site[] = { 0, 1, 'A', 0 }; /* no ID, REF A, no FILTER */
	static struct vcf_scratch scratch;
	static char piece[TEXT_SCRATCH];
	struct vcf_text v = { .keys = keys,
		.n_keys = N_KEYS,
		.gt_key = KEY_GT,
		.n_samples = r->n_samples,
		.contig = { .s = "chr1", .len = 4 } };
	struct record record = { .pos = 99,
		.qual = RECORD_QUAL_MISSING,
		.n_allele = 1,
		.n_fmt = (uint16_t)r->n_fields,
		.site = site,
		.site_len = sizeof(site) };
	kstring_t want = KS_INITIALIZE;
	kstring_t got = KS_INITIALIZE;
	struct buf fmt = { 0 };
	struct text_out o;
	char *window;

	for (uint32_t i = 0; i < r->n_fields; i++)
		put_field(&fmt, &r->fields[i], r->n_samples);
	record.fmt = fmt.data;
	record.fmt_len = fmt.len;
	want_line(&want, r);

	text_out_sink(&o, piece, take, &got);
	assert_int_equal(vcf_text_record(&v, &record, VCF_CALLS, &scratch, &o), 0);
	text_flush(&o);
	assert_int_equal(got.l, want.l);
	assert_int_equal(o.total, want.l);
	assert_memory_equal(got.s, want.s, want.l);
	text_out_count(&o, piece);
	assert_int_equal(vcf_text_record(&v, &record, VCF_CALLS, &scratch, &o), 0);
	text_flush(&o);
	assert_int_equal(o.total, want.l);

	/* Of its size, for the sanitizer to see a byte behind it. */
	for (size_t off = 0; off < want.l; off += step)
		for (size_t len = 1; len <= want.l - off; len = len * 9 + off % 7) {
			size_t n = len * 9 + off % 7 > want.l - off ? want.l - off : len;

			window = malloc(n);
			text_out_window(&o, piece, window, n, off);
			assert_int_equal(vcf_text_record(&v, &record, VCF_CALLS, &scratch, &o), 0);
			text_flush(&o);
			assert_int_equal(o.left, 0);
			assert_memory_equal(window, want.s + off, n);
			free(window);
		}
	vcf_scratch_done(&scratch);
	buf_done(&fmt);
	ks_free(&want);
	ks_free(&got);
}

/* The same on every kind of processor that this one can be. */
static void compare_all_ways(const struct sample_fields *r, size_t step)
{
	for (unsigned way = n_gt_flip_ways; way--;)
		if (gt_flip_ways[way].works()) {
			gt_flip_choose(way);
			compare(r, step);
		}
}

static struct field *add_field(
		struct sample_fields *r, uint32_t key, uint8_t type, uint32_t n, bool is_cell)
{
	struct field *f = &r->fields[r->n_fields++];

	*f = (struct field){ .key = key, .type = type, .n = n, .is_cell = is_cell };
	f->values = calloc((size_t)n * r->n_samples + 1, sizeof(*f->values));
	return f;
}

static void fields_done(struct sample_fields *r)
{
	for (uint32_t i = 0; i < r->n_fields; i++)
		free(r->fields[i].values);
	r->n_fields = 0;
}

/* ---- genotypes ---- */

enum phase { UNPHASED, PHASED, MIXED, N_PHASES };

struct gt_kind {
	uint32_t n_alt;   /* 0 to 12 */
	uint32_t one_in;  /* slots that are not REF */
	uint32_t missing; /* one in so many; 0: none */
	uint32_t end;     /* samples of lower ploidy, the same */
	bool no_value;    /* of ploidy 0 too */
	enum phase phase;
};

static void make_gt(struct field *f, const struct gt_kind *k, uint32_t n_samples)
{
	for (uint32_t s = 0; s < n_samples; s++) {
		int32_t *v = f->values + (size_t)f->n * s;
		uint32_t end = f->n;

		if (k->end && f->n && !rnd(k->end))
			end = rnd(f->n + k->no_value) + !k->no_value;
		for (uint32_t p = 0; p < f->n; p++) {
			uint32_t allele = k->n_alt && !rnd(k->one_in) ? 1 + rnd(k->n_alt) : 0;
			bool phased = k->phase == MIXED ? rnd(2) : k->phase == PHASED && p;

			v[p] = (int32_t)((allele + 1) << 1 | phased);
			if (k->missing && !rnd(k->missing))
				v[p] = phased;
			if (p >= end)
				v[p] = END;
		}
	}
}

static struct gt_kind random_kind(void)
{
	struct gt_kind k = { .n_alt = rnd(13), .one_in = 1 + rnd(40) * rnd(3) };

	k.n_alt = rnd(2) ? k.n_alt : 1;
	k.missing = rnd(2) * (1 + rnd(30));
	k.end = rnd(2) * (1 + rnd(30));
	k.no_value = !rnd(4);
	k.phase = (enum phase)rnd(N_PHASES);
	return k;
}

static void gt_alone(uint32_t ploidy, uint32_t n_samples, size_t step)
{
	static const uint8_t types[] = { RECORD_INT8, RECORD_INT16, RECORD_INT32 };
	struct gt_kind k = random_kind();
	struct sample_fields r = { .n_samples = n_samples };
	struct field *f = add_field(&r, KEY_GT, types[rnd(3)], ploidy, ploidy > 0 && rnd(8));

	make_gt(f, &k, n_samples);
	compare_all_ways(&r, step);
	fields_done(&r);
}

static void test_genotypes_of_every_kind(void **state)
{
	(void)state;
	for (uint32_t ploidy = 0; ploidy <= 4; ploidy++)
		for (unsigned i = 0; i < 60; i++)
			gt_alone(ploidy, 1 + rnd(i < 40 ? 20 : 90), 1);
	gt_alone(GT_PLOIDY_MAX, 17, 37);
}

static void test_genotypes_of_many_samples(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 12; i++)
		gt_alone(1 + i % 4, 2504 + rnd(9000), 1999);
}

/* ---- other fields ---- */

static int32_t random_int(uint8_t type)
{
	static const int32_t large[] = { 9999, 10000, 99999, 999999, 1000000, 12345678, INT32_MAX };
	int32_t v = rnd(4) ? (int32_t)rnd(120) : (int32_t)rnd(4000);

	if (!rnd(10))
		v = large[rnd(7)];
	if (!rnd(10))
		v = -v;
	return type == RECORD_INT8 ? v % 119 : type == RECORD_INT16 ? v % 32759 : v;
}

static int32_t random_float(void)
{
	static const float kinds[] = { 0, -0.0F, 1, 0.5F, 1e-5F, 1e7F, 123456.7F, 999999.5F,
		-0.000123457F };
	float f = kinds[rnd(9)];
	int32_t bits;

	if (rnd(3))
		f = (float)((int32_t)rnd(4000) - 2000) / 1000;
	memcpy(&bits, &f, sizeof(bits));
	if (!rnd(10))
		bits = (int32_t)rnd(UINT32_MAX);
	return bits == FLOAT_END_BITS ? 0 : bits;
}

static void make_values(struct field *f, uint32_t n_samples)
{
	for (uint32_t i = 0; i < f->n * n_samples; i++) {
		bool ends = i % f->n && rnd(2);

		if (f->type == RECORD_FLOAT) {
			f->values[i] = random_float();
			if (!rnd(20))
				f->values[i] = ends ? FLOAT_END_BITS : FLOAT_MISSING_BITS;
		} else if (f->type == RECORD_CHAR) {
			f->values[i] = rnd(9) ? (int32_t)('a' + rnd(26)) : (int32_t)rnd(2) * 7;
		} else {
			f->values[i] = random_int(f->type);
			if (!rnd(20))
				f->values[i] = ends || !rnd(4) ? END : MISSING;
		}
	}
	if (rnd(2))
		return;
	/* As BCF has it: what ends a vector goes on to its last value. */
	for (uint32_t i = 1; i < f->n * n_samples; i++)
		if (i % f->n &&
				f->values[i - 1] ==
						(f->type == RECORD_FLOAT ? FLOAT_END_BITS : END) &&
				f->type != RECORD_CHAR)
			f->values[i] = f->values[i - 1];
}

static void fields_of(uint32_t n_fields, uint32_t n_samples, uint32_t n_max, size_t step)
{
	static const uint8_t types[] = { RECORD_INT8, RECORD_INT16, RECORD_INT32, RECORD_FLOAT,
		RECORD_CHAR };
	struct sample_fields r = { .n_samples = n_samples };
	struct gt_kind k = random_kind();
	uint32_t gt = rnd(n_fields + 1); /* none, where it is behind the last */

	for (uint32_t i = 0; i < n_fields; i++)
		if (i == gt)
			make_gt(add_field(&r, KEY_GT, RECORD_INT16, 1 + rnd(5), rnd(8)), &k,
					n_samples);
		else
			make_values(add_field(&r, KEY_X, types[rnd(5)], rnd(n_max + 1), false),
					n_samples);
	compare_all_ways(&r, step);
	fields_done(&r);
}

static void test_fields_of_every_kind(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 150; i++)
		fields_of(1 + rnd(6), 1 + rnd(12), 4, 1);
	for (unsigned i = 0; i < 30; i++)
		fields_of(1 + rnd(6), 300 + rnd(500), 9, 1777);
}

static void test_fields_of_many_values(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30; i++)
		fields_of(1 + rnd(3), 1 + rnd(20), 400, 997);
	for (unsigned i = 0; i < 20; i++)
		fields_of(1 + rnd(3), 1 + rnd(5), 4000, 5003);
}

static int set_up(void **state)
{
	static const char *const names[N_KEYS] = { "GT", "X" };
	uint32_t id;

	(void)state;
	assert_int_equal(names_new(&keys), 0);
	for (uint32_t i = 0; i < N_KEYS; i++)
		assert_int_equal(names_intern(keys, names[i], strlen(names[i]), &id), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	names_free(keys);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_genotypes_of_every_kind),
		cmocka_unit_test(test_genotypes_of_many_samples),
		cmocka_unit_test(test_fields_of_every_kind),
		cmocka_unit_test(test_fields_of_many_values),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
