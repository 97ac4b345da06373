/* SPDX-License-Identifier: MIT */
#include "core/view/plink.h"

#include <errno.h>
#include <strings.h>

#include "core/view/gt_two_bits.h"
#include "core/view/heads.h"
#include "core/view/vcf_site.h"

/* ---- chromosomes ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Codes as plink2 writes them: numbers over 22 have names. */
static struct name numbered(struct name s)
{
	static const char *const names[] = { "X", "Y", "XY", "MT", "PAR1", "PAR2" };
	unsigned n = 0;

	if (s.len > 2)
		return (struct name){ 0 };
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.s[i]))
			return (struct name){ 0 };
		n = n * 10 + (unsigned)(s.s[i] - '0');
	}
	if (n > 22 + sizeof(names) / sizeof(names[0]))
		return (struct name){ 0 };
	if (n > 22)
		return (struct name){ names[n - 23], strlen(names[n - 23]) };
	if (s.len == 2 && s.s[0] == '0') /* 01 is 1 */
		return (struct name){ s.s + 1, 1 };
	return s;
}

struct name plink_chromosome(struct name contig)
{
	static const struct {
		const char *name;
		const char *code;
		bool bare; /* not behind "chr" */
	} named[] = { { "X", "X", false }, { "Y", "Y", false }, { "XY", "XY", false },
		{ "M", "MT", false }, { "MT", "MT", false }, { "PAR1", "PAR1", true },
		{ "PAR2", "PAR2", true } };
	bool chr = contig.len > 3 && strncasecmp(contig.s, "chr", 3) == 0;
	struct name s = { contig.s + (chr ? 3 : 0), contig.len - (chr ? 3 : 0) };
	struct name code = s.len ? numbered(s) : (struct name){ 0 };

	for (unsigned i = 0; !code.len && i < sizeof(named) / sizeof(named[0]); i++)
		if (s.len == strlen(named[i].name) && !(chr && named[i].bare) &&
				strncasecmp(s.s, named[i].name, s.len) == 0)
			code = (struct name){ named[i].code, strlen(named[i].code) };
	return code.len ? code : contig;
}

bool plink_exists(const struct dataset *d)
{
	return store_has_view(d->store, STORE_VIEW_BIALLELIC) && dataset_n_samples(d) > 0 &&
	       dataset_end(d) <= INT32_MAX;
}

/* ---- .bim ---- */

/* What a line of .bim needs of a record. */
struct bim_site {
	const uint8_t *id, *ref, *alt;
	size_t id_len, ref_len, alt_len;
};

static bool take_site(const struct record *r, struct bim_site *out)
{
	struct cursor c = cursor_over(r->site, r->site_len);

	*out = (struct bim_site){ 0 };
	out->id = cursor_bytes(&c, &out->id_len);
	if (r->n_allele > 0)
		out->ref = cursor_bytes(&c, &out->ref_len);
	if (r->n_allele > 1)
		out->alt = cursor_bytes(&c, &out->alt_len);
	return !cursor_bad(&c);
}

static size_t or_dot(size_t len)
{
	return len ? len : 1;
}

static void put_or_dot(struct text_out *o, const uint8_t *p, size_t len)
{
	if (len)
		text_bytes(o, p, len);
	else
		text_char(o, '.');
}

static size_t digits(int64_t v)
{
	char text[INT_TEXT_MAX];

	return (size_t)(int_text(text, v) - text);
}

bool plink_bim_length(const struct vcf_text *v, const struct record *r, uint64_t *out)
{
	struct bim_site site;

	*out = 0;
	if (r->n_allele > 2)
		return true;
	if (!take_site(r, &site))
		return false;
	/* Five tabs, the 0 of centimorgans and the newline. */
	*out = plink_chromosome(v->contig).len + or_dot(site.id_len) + digits(r->pos + 1) +
	       or_dot(site.alt_len) + or_dot(site.ref_len) + 7;
	return true;
}

static int bim_length(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t *out)
{
	(void)s;
	return plink_bim_length(v, r, out) ? 0 : -EBADMSG;
}

static int bim_put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	struct name chromosome = plink_chromosome(v->contig);
	struct bim_site site;

	(void)len;
	(void)s;
	if (r->n_allele > 2)
		return 0;
	if (!take_site(r, &site))
		return -EBADMSG;
	text_bytes(o, chromosome.s, chromosome.len);
	text_char(o, '\t');
	put_or_dot(o, site.id, site.id_len);
	text_bytes(o, "\t0\t", 3);
	text_i64(o, r->pos + 1);
	text_char(o, '\t');
	put_or_dot(o, site.alt, site.alt_len);
	text_char(o, '\t');
	put_or_dot(o, site.ref, site.ref_len);
	text_char(o, '\n');
	return 0;
}

static int no_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	(void)d;
	(void)room;
	*out = (struct row_head){ .p = "", .len = 0 };
	return 0;
}

const struct row_kind plink_bim_rows = { .view = STORE_VIEW_BIM,
	.of_sites = true,
	.head = no_head,
	.length = bim_length,
	.put = bim_put };

/* ---- .bed ---- */

enum { BED_HEAD = 3 };

static uint64_t bed_width(const struct dataset *d)
{
	return (dataset_n_samples(d) + 3ull) / 4;
}

static int bed_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	static const uint8_t magic[BED_HEAD] = { 0x6c, 0x1b, 1 }; /* variant after variant */

	(void)d;
	(void)room;
	*out = (struct row_head){ .p = magic, .len = sizeof(magic) };
	return 0;
}

static int bed_length(const struct vcf_text *v, const struct record *r, struct view_scratch *s,
		uint64_t *out)
{
	(void)s;
	*out = r->n_allele > 2 ? 0 : (v->n_samples + 3ull) / 4;
	return 0;
}

/* Copies of ALT to PLINK's codes of A1 = ALT: 0, 1, 2, missing to 3, 2, 0, 1. */
static int bed_put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	static const uint64_t lower = 0x5555555555555555;
	const size_t n = two_bits_words(v->n_samples);
	uint64_t *words;
	int status;

	(void)len;
	if (r->n_allele > 2)
		return 0;
	status = gt_two_bits(v, r, s, &words);
	if (status < 0)
		return status;
	for (size_t i = 0; i < n; i++) {
		uint64_t high = words[i] >> 1 & lower;
		uint64_t low = words[i] & lower;

		words[i] = (~high & lower) << 1 | (~(high ^ low) & lower);
	}
	if (v->n_samples % TWO_BITS_A_WORD)
		words[n - 1] &= htole64(((uint64_t)1 << 2 * (v->n_samples % TWO_BITS_A_WORD)) - 1);
	text_bytes(o, words, (v->n_samples + 3ull) / 4);
	return 0;
}

uint64_t plink_left_out(const struct dataset *d, uint64_t size)
{
	uint64_t rows = (size - BED_HEAD) / bed_width(d);

	return rows_count(d) - rows;
}

const struct row_kind plink_bed_rows = { .view = STORE_VIEW_BIALLELIC,
	.width = bed_width,
	.head = bed_head,
	.length = bed_length,
	.put = bed_put };

/* ---- .pvar ---- */

/* Lines that plink2 keeps, less those that say what is not in the file. */
static bool keeps_line(const struct dataset *d, const char *line, size_t len)
{
	static const char *const dropped[] = {
		"##fileformat=", "##fileDate=", "##source=", "##FORMAT="
	};
	static const char contig[] = "##contig=<ID=";

	for (unsigned i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (len >= strlen(dropped[i]) && memcmp(line, dropped[i], strlen(dropped[i])) == 0)
			return false;
	if (len < sizeof(contig) || memcmp(line, contig, sizeof(contig) - 1) != 0)
		return true;
	line += sizeof(contig) - 1;
	for (uint32_t i = 0; i < store_n_contigs(d->store); i++) {
		const struct name *name = &store_contig(d->store, i)->name;

		if (name->len < len - sizeof(contig) && memcmp(line, name->s, name->len) == 0 &&
				(line[name->len] == ',' || line[name->len] == '>'))
			return true;
	}
	return false;
}

static int pvar_head(const struct dataset *d, struct buf *room, struct row_head *out)
{
	struct row_head sites;
	struct buf header = { 0 };
	int r = head_of_sites(d, &header, &sites);
	const char *p = sites.p;
	const char *end = p + (r == 0 ? sites.len : 0);

	while (r == 0 && p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((stop ? stop + 1 : end) - p);

		if (n > 2 && p[1] == '#' && keeps_line(d, p, n))
			buf_put(room, p, n);
		p += n;
	}
	buf_printf(room, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n");
	buf_done(&header);
	*out = (struct row_head){ .p = room->data, .len = room->len };
	return r < 0 || buf_failed(room) ? -ENOMEM : 0;
}

static int pvar_put(const struct vcf_text *v, const struct record *r, uint64_t len,
		struct view_scratch *s, struct text_out *o)
{
	struct vcf_text of_plink = *v;

	(void)len;
	of_plink.contig = plink_chromosome(v->contig);
	return vcf_text_record(&of_plink, r, VCF_SITES, &s->vcf, o);
}

const struct row_kind plink_pvar_rows = {
	.view = STORE_VIEW_PVAR, .of_sites = true, .head = pvar_head, .put = pvar_put
};

/* ---- samples ---- */

int plink_fam_text(const struct dataset *d, struct buf *room, struct row_head *out)
{
	return put_sample_lines(d, "0\t", "\t0\t0\t0\t-9\n", room, out);
}

int plink_psam_text(const struct dataset *d, struct buf *room, struct row_head *out)
{
	buf_printf(room, "#IID\tSEX\n");
	return put_sample_lines(d, "", "\tNA\n", room, out);
}
