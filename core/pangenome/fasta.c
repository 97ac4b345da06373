/* SPDX-License-Identifier: MIT */
#include "core/pangenome/fasta.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/search.h"

enum {
	LINE_BYTES = FASTA_LINE + 1,
	/* Bytes read at a time, to be broken into lines while they are in the nearest cache. */
	STRETCH = 256 * LINE_BYTES,
	/* A walk from so many bases before is about as far as one from a sample. */
	NEAR = PLACES_SPACING / 2,
};

/* --- adding records --- */

static struct fasta_record *records(const struct fasta *f)
{
	return (struct fasta_record *)f->records.data;
}

static struct fasta_piece *pieces(const struct fasta *f)
{
	return (struct fasta_piece *)f->pieces.data;
}

static uint64_t n_pieces(const struct fasta *f)
{
	return f->pieces.len / sizeof(struct fasta_piece);
}

uint64_t fasta_n_records(const struct fasta *f)
{
	return f->records.len / sizeof(struct fasta_record) - 1;
}

void fasta_add_record(struct fasta *f, const char *text, size_t len)
{
	struct fasta_record r = {
		.text = f->texts.len, .text_len = len, .first_piece = n_pieces(f)
	};

	buf_put(&f->texts, text, len);
	buf_put(&f->records, &r, sizeof(r));
}

void fasta_add_piece(struct fasta *f, uint64_t span, uint64_t from, uint64_t n,
		const struct position *at)
{
	struct fasta_piece p = { .span = span, .from = from, .n = n };

	if (at)
		p.at = *at;
	if (n)
		buf_put(&f->pieces, &p, sizeof(p));
}

void fasta_done(struct fasta *f)
{
	buf_done(&f->texts);
	buf_done(&f->records);
	buf_done(&f->pieces);
}

size_t fasta_bytes(const struct fasta *f)
{
	return f->texts.cap + f->records.cap + f->pieces.cap;
}

/* --- finishing --- */

static int too_long(struct err *err)
{
	return err_set(err, -EOVERFLOW, "no file can be so long");
}

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

/* Bases of each record and before each piece. Records that have none go. */
static int count_bases(struct fasta *f, struct err *err)
{
	uint64_t n = f->records.len / sizeof(struct fasta_record);
	uint64_t kept = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct fasta_record r = records(f)[i];
		uint64_t end = i + 1 < n ? records(f)[i + 1].first_piece : n_pieces(f);

		for (uint64_t k = r.first_piece; k < end; k++) {
			struct fasta_piece *p = &pieces(f)[k];

			p->before = r.n_bases;
			if (__builtin_add_overflow(r.n_bases, p->n, &r.n_bases))
				return too_long(err);
		}
		if (r.n_bases)
			records(f)[kept++] = r;
	}
	f->records.len = kept * sizeof(struct fasta_record);
	return 0;
}

static struct name name_of(const struct fasta *f, const struct fasta_record *r)
{
	const char *text = (const char *)f->texts.data + r->text;
	const char *space = r->text_len ? memchr(text, ' ', r->text_len) : NULL;

	return (struct name){ text, space ? (size_t)(space - text) : r->text_len };
}

struct name fasta_name(const struct fasta *f, uint64_t i)
{
	return name_of(f, fasta_record(f, i));
}

static int compare_names(struct name a, struct name b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n ? memcmp(a.s, b.s, n) : 0;

	return r ? r : (a.len > b.len) - (a.len < b.len);
}

/* A record among those that are in the order of their names. */
struct named {
	uint64_t record;
	struct name name;
};

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;
	int r = compare_names(x->name, y->name);

	return r ? r : (x->record > y->record) - (x->record < y->record);
}

static bool is_taken(const struct named *all, uint64_t n, struct name name)
{
	uint64_t low = 0;

	while (low < n) {
		uint64_t mid = low + (n - low) / 2;
		int r = compare_names(all[mid].name, name);

		if (r == 0)
			return true;
		if (r < 0)
			low = mid + 1;
		else
			n = mid;
	}
	return false;
}

/* Put NAME#@number into @texts; its length. */
static size_t put_numbered(struct buf *texts, struct name name, uint64_t number)
{
	size_t before = texts->len;

	buf_put(texts, name.s, name.len);
	buf_printf(texts, "#%llu", (unsigned long long)number);
	return texts->len - before;
}

/*
 * Give record @of a name with a number that no other has, @number at least, which is returned.
 * Its text is a new one in @texts, which comes behind those there are.
 */
static uint64_t rename_record(struct fasta *f, const struct named *of, const struct named *all,
		uint64_t n, uint64_t number, struct buf *texts)
{
	struct fasta_record *r = &records(f)[of->record];
	size_t before = texts->len;
	size_t len;

	for (;; number++) {
		struct name name;

		len = put_numbered(texts, of->name, number);
		name = (struct name){ (const char *)texts->data + before, len };
		if (buf_failed(texts) || !is_taken(all, n, name))
			break;
		texts->len = before;
	}
	buf_put(texts, of->name.s + of->name.len, r->text_len - of->name.len);
	r->text = f->texts.len + before;
	r->text_len = r->text_len - of->name.len + len;
	return number;
}

static int tell_apart(struct fasta *f, struct err *err)
{
	uint64_t n = f->records.len / sizeof(struct fasta_record);
	CLEANUP(freep) struct named *all = n > 1 ? malloc(n * sizeof(*all)) : NULL;
	CLEANUP(buf_done) struct buf texts = { 0 };
	uint64_t number = 1;

	if (n < 2)
		return 0;
	if (!all)
		return no_memory(err);
	for (uint64_t i = 0; i < n; i++)
		all[i] = (struct named){ i, name_of(f, &records(f)[i]) };
	qsort(all, n, sizeof(*all), compare_named);
	for (uint64_t i = 1; i < n; i++) {
		if (compare_names(all[i - 1].name, all[i].name) != 0)
			number = 1;
		else
			number = rename_record(f, &all[i], all, n, number + 1, &texts);
	}
	if (buf_failed(&texts))
		return no_memory(err);
	buf_put(&f->texts, texts.data, texts.len);
	return 0;
}

/* Bytes of a record before its bases. */
static uint64_t head_bytes(const struct fasta_record *r)
{
	return r->text_len + 2;
}

/* Bytes of a record's bases and line ends. */
static uint64_t body_bytes(const struct fasta_record *r)
{
	return r->n_bases + r->n_bases / FASTA_LINE + (r->n_bases % FASTA_LINE != 0);
}

int fasta_finish(struct fasta *f, struct err *err)
{
	struct fasta_record last = { 0 };
	uint64_t n;
	int r;

	if (buf_failed(&f->texts) || buf_failed(&f->records) || buf_failed(&f->pieces))
		return no_memory(err);
	r = count_bases(f, err);
	if (r == 0)
		r = tell_apart(f, err);
	if (r < 0)
		return r;
	n = f->records.len / sizeof(struct fasta_record);
	f->size = 0;
	for (uint64_t i = 0; i < n; i++) {
		struct fasta_record *one = &records(f)[i];

		/* So that no sum here is of more than 64 bits. */
		if (one->n_bases > INT64_MAX / 2 || one->text_len > INT64_MAX / 4)
			return too_long(err);
		one->at = f->size;
		f->size += head_bytes(one) + body_bytes(one);
		if (f->size > INT64_MAX)
			return too_long(err);
	}
	last.first_piece = n_pieces(f);
	last.at = f->size;
	buf_put(&f->records, &last, sizeof(last));
	return buf_failed(&f->records) || buf_failed(&f->texts) ? no_memory(err) : 0;
}

/* --- reading --- */

struct reader {
	const struct fasta *f;
	const struct graph *g;
	const struct places *p;
	uint64_t record;
	uint64_t piece; /* of the record */
	uint64_t span;  /* that the place is of; FASTA_GAP: there is none */
	struct place place;
};

/* The last record that begins at or before @off. */
static uint64_t record_at(const struct fasta *f, uint64_t off)
{
	return search_last(
			&records(f)->at, sizeof(struct fasta_record), 0, fasta_n_records(f), off);
}

/* The piece of the record that base @base of it lies in. */
static uint64_t piece_at(const struct fasta *f, uint64_t record, uint64_t base)
{
	return search_last(&pieces(f)->before, sizeof(struct fasta_piece),
			records(f)[record].first_piece, records(f)[record + 1].first_piece, base);
}

/* Have the place at or before base @from of the piece's path: where it is, if that is near, or
 * where the piece begins; else from a sample. */
static int find_place(struct reader *r, const struct fasta_piece *piece, uint64_t from)
{
	uint64_t near = from > NEAR ? from - NEAR : 0;
	bool known = r->span == piece->span && r->place.base <= from && r->place.base >= near;

	if (piece->at.node != GRAPH_ENDMARKER && piece->from >= near &&
			!(known && r->place.base >= piece->from)) {
		walk_from(&r->place.walk, r->g, piece->at);
		r->place.base = piece->from;
		known = true;
	}
	r->span = piece->span;
	if (known)
		return 0;
	if (piece->span >= r->p->n_spans)
		return -EBADMSG;
	return places_find(r->g, r->p, piece->span, from, &r->place);
}

static void make_plain(char *letters, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char upper = (char)(letters[i] & ~0x20);

		if (upper != 'A' && upper != 'C' && upper != 'G' && upper != 'T')
			letters[i] = 'N';
	}
}

/* Bases [@base, @base + @n) of the record, from the reader's piece on. */
static int read_bases(struct reader *r, uint64_t base, size_t n, char *dst)
{
	char *const first = dst;
	const size_t all = n;

	while (n) {
		const struct fasta_piece *piece = &pieces(r->f)[r->piece];
		uint64_t within = base - piece->before;
		size_t some = n < piece->n - within ? n : (size_t)(piece->n - within);
		int status = 0;

		if (!some) {
			r->piece++;
			continue;
		}
		if (piece->span == FASTA_GAP) {
			memset(dst, 'N', some);
		} else {
			status = find_place(r, piece, piece->from + within);
			if (status == 0)
				status = place_read(&r->place, piece->from + within, some, dst);
		}
		if (status < 0)
			return status;
		base += some;
		dst += some;
		n -= some;
	}
	if (r->f->plain)
		make_plain(first, all);
	return 0;
}

/* Bases among the first @at bytes of a record's body. */
static uint64_t bases_before(const struct fasta_record *r, uint64_t at)
{
	uint64_t column = at % LINE_BYTES;
	uint64_t n = at / LINE_BYTES * FASTA_LINE + (column < FASTA_LINE ? column : FASTA_LINE);

	return n < r->n_bases ? n : r->n_bases;
}

/*
 * Put @ends line ends among the bases that lie in [@buf + @ends, @buf + @len), which move up to
 * make the room. The first one comes behind @column bases of its line that are not in @buf.
 */
static void break_lines(char *buf, size_t len, size_t ends, size_t column)
{
	const char *end = buf + len;
	const char *src = buf + ends;
	char *dst = buf;

	while (dst < src) {
		size_t n = FASTA_LINE - column;

		if (n > (size_t)(end - src))
			n = (size_t)(end - src);
		if (n == FASTA_LINE) {
			/* All of it is loaded before any is stored. */
			char line[FASTA_LINE];

			memcpy(line, src, sizeof(line));
			memcpy(dst, line, sizeof(line));
		} else {
			memmove(dst, src, n);
		}
		src += n;
		dst += n;
		*dst++ = '\n';
		column = 0;
	}
}

/* Bytes [@at, @at + @len) of the body of the reader's record. */
static int read_body(struct reader *r, char *buf, size_t len, uint64_t at)
{
	const struct fasta_record *record = &records(r->f)[r->record];

	r->piece = piece_at(r->f, r->record, bases_before(record, at));
	while (len) {
		size_t some = len < STRETCH ? len : STRETCH;
		uint64_t base = bases_before(record, at);
		size_t n = (size_t)(bases_before(record, at + some) - base);
		int status = read_bases(r, base, n, buf + (some - n));

		if (status < 0)
			return status;
		break_lines(buf, some, some - n, (size_t)(at % LINE_BYTES));
		buf += some;
		at += some;
		len -= some;
	}
	return 0;
}

/* Bytes [@at, @at + @len) of the line that a record begins with. */
static void read_head(const struct fasta *f, const struct fasta_record *r, char *buf, size_t len,
		uint64_t at)
{
	uint64_t end = at + len;

	if (at == 0) {
		*buf++ = '>';
		at++;
	}
	if (at < end && at <= r->text_len) {
		uint64_t last = end <= r->text_len ? end : r->text_len + 1;

		memcpy(buf, f->texts.data + r->text + at - 1, (size_t)(last - at));
		buf += last - at;
		at = last;
	}
	if (at < end)
		*buf = '\n';
}

int fasta_read(const struct fasta *f, const struct graph *g, const struct places *p, char *buf,
		size_t len, uint64_t off, struct err *err)
{
	struct reader r = { .f = f, .g = g, .p = p, .span = FASTA_GAP };

	r.record = record_at(f, off);
	for (; len; r.record++) {
		const struct fasta_record *record = &records(f)[r.record];
		uint64_t at = off - record->at;
		uint64_t left = record[1].at - off;
		uint64_t head = head_bytes(record);
		size_t some = len < left ? len : (size_t)left;
		size_t n = 0;

		if (at < head) {
			n = some < head - at ? some : (size_t)(head - at);
			read_head(f, record, buf, n, at);
		}
		if (n < some && read_body(&r, buf + n, some - n, at + n - head) < 0)
			return err_set(err, -EBADMSG,
					"the path of %.*s is damaged; load the graph again",
					(int)(record->text_len < 100 ? record->text_len : 100),
					(const char *)f->texts.data + record->text);
		buf += some;
		off += some;
		len -= some;
	}
	return 0;
}

void fasta_fai_line(const struct fasta *f, uint64_t i, struct text_out *o)
{
	const struct fasta_record *r = fasta_record(f, i);
	struct name name = fasta_name(f, i);
	uint64_t width = r->n_bases < FASTA_LINE ? r->n_bases : FASTA_LINE;
	const uint64_t numbers[] = { r->n_bases, r->at + head_bytes(r), width, width + 1 };

	text_bytes(o, name.s, name.len);
	for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++) {
		text_char(o, '\t');
		text_i64(o, (int64_t)numbers[k]);
	}
	text_char(o, '\n');
}
