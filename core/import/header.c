/* SPDX-License-Identifier: MIT */
#include "core/import/header.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <htslib/bgzf.h>
#include <htslib/kstring.h>

#include "core/base/cleanup.h"
#include "core/import/chunk_encode.h"
#include "core/import/hts_cleanup.h"

static void kstring_done(kstring_t *s)
{
	free(s->s);
}

/* Whether reading @pathname once more gives the same bytes and does not wait for others. */
static bool can_look_again(const char *pathname)
{
	struct stat st;

	return strcmp(pathname, "-") != 0 && stat(pathname, &st) == 0 && S_ISREG(st.st_mode);
}

/* What is wrong with a #CHROM line, from what htslib insists on. */
static const char *chrom_line_fault(const char *line)
{
	static const char columns[] = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";
	const char *p = line + sizeof(columns) - 1;

	if (strncmp(line, columns, sizeof(columns) - 1) != 0)
		return "the #CHROM line does not begin with the eight columns of VCF, separated by "
		       "tabs";
	if (!*p)
		return "it is malformed";
	if (strncmp(p, "\tFORMAT", 7) != 0)
		return "the #CHROM line has no FORMAT column before its samples, or spaces in "
		       "place of tabs";
	p += 7;
	if (!*p)
		return "the #CHROM line has a FORMAT column but no samples";
	for (; *p; p = strchrnul(p + 1, '\t'))
		if (p[1] == '\t' || !p[1])
			return "the #CHROM line has an empty sample name, perhaps a tab at its end";
	return "a sample name occurs twice in the #CHROM line, or a line is malformed";
}

/*
 * htslib says why a header is bad only on stderr: look for the reason again, in a file that can be
 * opened twice.
 */
static const char *header_fault(const char *pathname)
{
	CLEANUP(hts_closep) htsFile *fp = NULL;
	CLEANUP(kstring_done) kstring_t line = { 0 };

	if (!can_look_again(pathname))
		return "it is malformed or cut short";
	fp = hts_open(pathname, "r");
	if (!fp)
		return "it cannot be read again";
	if (fp->format.format == bcf)
		return fp->format.version.major == 2 && fp->format.version.minor == 2
				       ? "it is malformed or cut short"
				       : "only BCF 2.2 is supported";
	while (hts_getline(fp, '\n', &line) >= 0) {
		if (line.l && line.s[0] != '#')
			break;
		if (strnlen(line.s, line.l) < line.l)
			return "it contains a NUL byte";
		if (line.l > 1 && line.s[1] != '#')
			return chrom_line_fault(line.s);
	}
	return "it has no #CHROM line";
}

/* Whether the text, compressed or not, is a VCF but for what its first line begins with. */
static bool lacks_fileformat(const char *pathname)
{
	static const char chrom[] = "#CHROM\t";
	static const char byte_order_mark[] = "\xef\xbb\xbf##";
	char text[sizeof(chrom) - 1];
	ssize_t n;
	BGZF *fp;

	if (!can_look_again(pathname))
		return false;
	fp = bgzf_open(pathname, "r");
	if (!fp)
		return false;
	n = bgzf_read(fp, text, sizeof(text));
	bgzf_close(fp);
	return n == sizeof(text) &&
	       (memcmp(text, "##", 2) == 0 || memcmp(text, chrom, sizeof(text)) == 0 ||
			       memcmp(text, byte_order_mark, sizeof(byte_order_mark) - 1) == 0);
}

int header_wrong_format(const char *name, const char *looks_like, struct err *err)
{
	if (lacks_fileformat(name))
		return err_set(err, -EBADMSG,
				"%s: neither VCF nor BCF: the first line must begin with "
				"##fileformat=VCF, without a byte order mark; mend that line",
				name);
	err_set(err, -EBADMSG, "%s: neither VCF nor BCF (it looks like: %s)", name, looks_like);
	return err_cure(err, -EBADMSG, "give a VCF with its header, plain or compressed, or a BCF");
}

int header_load(htsFile *fp, const char *pathname, bcf_hdr_t **out, struct err *err)
{
	const char *what = strcmp(pathname, "-") == 0 ? "standard input" : pathname;

	if (fp->format.format != vcf && fp->format.format != bcf) {
		char *format = hts_format_description(&fp->format);

		header_wrong_format(what, format ? format : "unknown", err);
		free(format);
		return -EBADMSG;
	}
	*out = bcf_hdr_read(fp);
	if (*out)
		return 0;
	err_set(err, -EBADMSG, "%s: the header cannot be used: %s", what, header_fault(pathname));
	return err_cure(err, -EBADMSG,
			fp->format.format == bcf ? "copy the file again, or write it as BCF 2.2"
						 : "mend the header (bcftools reheader)");
}

int header_merge(bcf_hdr_t **merged, const bcf_hdr_t *hdr, struct err *err)
{
	bcf_hdr_t *m;

	for (int i = 0; *merged && i < bcf_hdr_nsamples(hdr) && i < bcf_hdr_nsamples(*merged); i++)
		if (strcmp(hdr->samples[i], (*merged)->samples[i]) != 0)
			return err_set(err, -EINVAL,
					"sample column %d is another sample than in the first "
					"input; inputs need the same samples in the same order",
					i + 1);
	if (*merged && bcf_hdr_nsamples(hdr) != bcf_hdr_nsamples(*merged))
		return err_set(err, -EINVAL,
				"%d samples where the first input has %d; inputs need the same "
				"samples in the same order",
				bcf_hdr_nsamples(hdr), bcf_hdr_nsamples(*merged));
	m = bcf_hdr_merge(*merged, hdr);
	if (!m)
		return err_set(err, -ENOMEM, "the headers cannot be merged");
	*merged = m;
	return bcf_hdr_sync(m) < 0 ? err_set(err, -ENOMEM, "out of memory") : 0;
}

static int format_header(const bcf_hdr_t *hdr, char **out, size_t *len)
{
	kstring_t s = { 0 };

	if (bcf_hdr_format(hdr, 0, &s) < 0) {
		free(s.s);
		return -ENOMEM;
	}
	*out = s.s;
	*len = s.l;
	return 0;
}

/*
 * Not bcf_hdr_remove(), which up to htslib 1.16 at least writes past a table where such a line has
 * two IDs. Lines of the kind begin so, and no others.
 */
static void drop_format_lines(char *text, size_t *len)
{
	static const char start[] = "##FORMAT=<";
	const char *end = text + *len;
	char *to = text;

	for (const char *line = text; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((newline ? newline + 1 : end) - line);

		if (n < sizeof(start) - 1 || memcmp(line, start, sizeof(start) - 1) != 0) {
			memmove(to, line, n);
			to += n;
		}
		line += n;
	}
	*to = '\0';
	*len = (size_t)(to - text);
}

int header_text_make(const bcf_hdr_t *hdr, struct header_text *out, struct err *err)
{
	CLEANUP(hdr_destroyp) bcf_hdr_t *sites = bcf_hdr_subset(hdr, 0, NULL, NULL);
	struct header_text t = { 0 };

	if (!sites)
		return err_set(err, -ENOMEM, "the header cannot be copied");
	if (format_header(hdr, &t.calls, &t.calls_len) < 0 ||
			format_header(sites, &t.sites, &t.sites_len) < 0) {
		header_text_done(&t);
		return err_set(err, -ENOMEM, "out of memory");
	}
	drop_format_lines(t.sites, &t.sites_len);
	*out = t;
	return 0;
}

void header_text_done(struct header_text *t)
{
	free(t->calls);
	free(t->sites);
	*t = (struct header_text){ 0 };
}

/* A line of a header, made up for a name that is used and not declared. */
static int append_line(bcf_hdr_t *h, const char *before, const char *name, const char *after)
{
	CLEANUP(freep) char *line = NULL;

	if (asprintf(&line, "%s%s%s", before, name, after) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	/* A name that cannot be declared is found out when it is looked up. */
	bcf_hdr_append(h, line);
	return 0;
}

static int declare_key(bcf_hdr_t *h, const char *key, uint8_t use)
{
	static const struct {
		uint8_t use;
		int line;
		const char *before;
		const char *after;
	} kinds[] = {
		{ KEY_IS_FILTER, BCF_HL_FLT, "##FILTER=<ID=", ",Description=\"Dummy\">" },
		{ KEY_IS_INFO, BCF_HL_INFO,
				"##INFO=<ID=", ",Number=1,Type=String,Description=\"Dummy\">" },
		{ KEY_IS_FORMAT, BCF_HL_FMT,
				"##FORMAT=<ID=", ",Number=1,Type=String,Description=\"Dummy\">" },
	};
	int r = 0;

	for (unsigned i = 0; r == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int id = bcf_hdr_id2int(h, BCF_DT_ID, key);

		if (use & kinds[i].use && !bcf_hdr_idinfo_exists(h, kinds[i].line, id))
			r = append_line(h, kinds[i].before, key, kinds[i].after);
		if (r == 0 && bcf_hdr_sync(h) < 0)
			r = -ENOMEM;
	}
	return r;
}

/* Return: whether all have the numbers that are wanted; -ENOMEM. */
static int declare_keys(bcf_hdr_t *h, struct names *keys, const uint8_t *uses, uint32_t n_uses)
{
	uint32_t n = names_count(keys);

	for (uint32_t i = 0; i < n; i++) {
		const char *key = names_get(keys, i)->s;
		int r = i < n_uses ? declare_key(h, key, uses[i]) : 0;

		if (r < 0)
			return r;
		if (i < n_uses && uses[i] && bcf_hdr_id2int(h, BCF_DT_ID, key) != (int)i)
			return 0;
	}
	return 1;
}

static int declare_contigs(bcf_hdr_t *h, struct names *contigs, uint32_t n, uint32_t *ids)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *name = names_get(contigs, i)->s;
		int id = bcf_hdr_name2id(h, name);

		if (id < 0) {
			if (append_line(h, "##contig=<ID=", name, ">") < 0 || bcf_hdr_sync(h) < 0)
				return -ENOMEM;
			id = bcf_hdr_name2id(h, name);
		}
		if (id < 0)
			return 0;
		ids[i] = (uint32_t)id;
	}
	return 1;
}

/* Numbered anew, without the holes that IDX fields leave (VCFv4.3 section 6.2.1). */
static bcf_hdr_t *renumbered(const bcf_hdr_t *hdr)
{
	CLEANUP(hdr_destroyp) bcf_hdr_t *h = bcf_hdr_init("r");
	CLEANUP(freep) char *text = NULL;
	bcf_hdr_t *out;
	size_t len;

	if (!h || format_header(hdr, &text, &len) < 0 || bcf_hdr_parse(h, text) < 0)
		return NULL;
	out = h;
	h = NULL;
	return out;
}

static int put_head(const bcf_hdr_t *h, struct buf *out)
{
	CLEANUP(kstring_done) kstring_t s = { 0 };

	if (bcf_hdr_format(h, 1, &s) < 0)
		return -ENOMEM;
	buf_put(out, "BCF\2\2", 5);
	buf_put_u32(out, (uint32_t)s.l + 1);
	buf_put(out, s.s, s.l + 1);
	return buf_failed(out) ? -ENOMEM : 0;
}

int header_bcf_make(const bcf_hdr_t *hdr, struct names *keys, const uint8_t *uses, uint32_t n_uses,
		struct names *contigs, uint32_t n_contigs, struct header_bcf *out)
{
	CLEANUP(hdr_destroyp) bcf_hdr_t *h = renumbered(hdr);
	int r;

	out->contigs = calloc(n_contigs + 1u, sizeof(*out->contigs));
	if (!h || !out->contigs)
		return -ENOMEM;
	r = declare_keys(h, keys, uses, n_uses);
	if (r > 0)
		r = declare_contigs(h, contigs, n_contigs, out->contigs);
	if (r <= 0)
		return r;
	out->n_contigs = (uint32_t)h->n[BCF_DT_CTG];
	return put_head(h, &out->head);
}

int header_bcf_contigs(const bcf_hdr_t *hdr, struct names *out)
{
	CLEANUP(hdr_destroyp) bcf_hdr_t *h = renumbered(hdr);
	int r = h ? 0 : -ENOMEM;

	for (int i = 0; r == 0 && i < h->n[BCF_DT_CTG]; i++) {
		const char *name = bcf_hdr_id2name(h, i);
		uint32_t number;

		r = name ? names_intern(out, name, strlen(name), &number) : 0;
	}
	return r;
}

void header_bcf_done(struct header_bcf *b)
{
	buf_done(&b->head);
	free(b->contigs);
	*b = (struct header_bcf){ 0 };
}

int header_number_keys(const bcf_hdr_t *hdr, struct names *keys, struct err *err)
{
	for (int i = 0; i < hdr->n[BCF_DT_ID]; i++) {
		const char *key = hdr->id[BCF_DT_ID][i].key;
		uint32_t number;
		int r = 0;

		/* IDX fields may leave holes (VCFv4.3 6.2.1). */
		if (key)
			r = names_intern(keys, key, strlen(key), &number);
		if (r < 0)
			return err_set(err, r, "the header declares too many names");
	}
	return 0;
}

uint64_t header_contig_length(const bcf_hdr_t *hdr, const char *contig, int *declared)
{
	int id = bcf_hdr_id2int(hdr, BCF_DT_CTG, contig);

	*declared = id >= 0;
	return id < 0 ? 0 : hdr->id[BCF_DT_CTG][id].val->info[0];
}
