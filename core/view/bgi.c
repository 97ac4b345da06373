/* SPDX-License-Identifier: MIT */
#include "core/view/bgi.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/view/bgen_calls.h"
#include "core/view/rows.h"

enum {
	PAGE_SIZE_LOG = 12,
	FIRST_BYTES = 1000, /* of the file, by which a reader knows that it is the one */
	INDEX_SHARE = 4     /* of the cache's budget, one part at most for one index */
};

static const char schema[] =
		"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 4096;"
		"CREATE TABLE Metadata (filename TEXT NOT NULL, file_size INT NOT NULL, "
		"last_write_time INT NOT NULL, first_1000_bytes BLOB NOT NULL, "
		"index_creation_time INT NOT NULL);"
		"CREATE TABLE Variant (chromosome TEXT NOT NULL, position INT NOT NULL, "
		"rsid TEXT NOT NULL, number_of_alleles INT NOT NULL, allele1 TEXT NOT NULL, "
		"allele2 TEXT NULL, file_start_position INT NOT NULL, size_in_bytes INT NOT NULL, "
		"PRIMARY KEY (chromosome, position, rsid, allele1, allele2, file_start_position)) "
		"WITHOUT ROWID;"
		"BEGIN;";

struct bgi {
	const struct dataset *d;
	sqlite3 *db;           /* owned */
	sqlite3_stmt *variant; /* owned */
};

static void bgi_done(struct bgi *b)
{
	sqlite3_finalize(b->variant);
	sqlite3_close(b->db);
}

static int code_of(int status)
{
	if (status == SQLITE_OK || status == SQLITE_DONE)
		return 0;
	return status == SQLITE_FULL ? -EFBIG : -ENOMEM;
}

/* In memory; no more of it than @bytes. */
static int open_database(struct bgi *b, uint64_t bytes)
{
	char limit[64];
	int r = code_of(sqlite3_open_v2(":memory:", &b->db,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY |
					SQLITE_OPEN_NOMUTEX,
			NULL));

	if (r == 0)
		r = code_of(sqlite3_exec(b->db, schema, NULL, NULL, NULL));
	snprintf(limit, sizeof(limit), "PRAGMA max_page_count = %llu",
			(unsigned long long)(bytes >> PAGE_SIZE_LOG) + 16);
	if (r == 0)
		r = code_of(sqlite3_exec(b->db, limit, NULL, NULL, NULL));
	if (r == 0)
		r = code_of(sqlite3_prepare_v2(b->db,
				"INSERT INTO Variant VALUES (?, ?, ?, ?, ?, ?, ?, ?)", -1,
				&b->variant, NULL));
	return r;
}

static void bind_text(sqlite3_stmt *s, int i, const void *p, size_t len)
{
	sqlite3_bind_text64(s, i, p, len, SQLITE_STATIC, SQLITE_UTF8);
}

static int add_variant(
		void *arg, uint32_t contig, const struct record *r, uint64_t begin, uint64_t len)
{
	struct bgi *b = arg;
	const struct name *name = &store_contig(b->d->store, contig)->name;
	struct cursor site = cursor_over(r->site, r->site_len);
	size_t n;
	const uint8_t *p = cursor_bytes(&site, &n);

	bind_text(b->variant, 1, name->s, name->len);
	sqlite3_bind_int64(b->variant, 2, r->pos + 1);
	bind_text(b->variant, 3, n ? (const void *)p : ".", n ? n : 1);
	sqlite3_bind_int64(b->variant, 4, bgen_n_alleles(r));
	for (int i = 0; i < 2; i++) {
		p = i < (int)r->n_allele ? cursor_bytes(&site, &n) : NULL;
		bind_text(b->variant, 5 + i, p ? (const void *)p : ".", p ? n : 1);
	}
	if (cursor_bad(&site))
		return -EBADMSG;
	sqlite3_bind_int64(b->variant, 7, (int64_t)begin);
	sqlite3_bind_int64(b->variant, 8, (int64_t)len);
	if (sqlite3_step(b->variant) != SQLITE_DONE)
		return code_of(sqlite3_reset(b->variant));
	return code_of(sqlite3_reset(b->variant));
}

/* Times are the store's, so that the index of one is always the same. */
static int add_metadata(struct bgi *b, const struct view_kind *bgen, struct err *err)
{
	uint8_t first[FIRST_BYTES];
	sqlite3_stmt *s = NULL;
	uint64_t size = 0;
	ssize_t n = 0;
	int r = view_size(bgen, b->d, &size, err);

	if (r == 0)
		n = view_read(bgen, b->d, first, sizeof(first), 0, err);
	if (r < 0 || n < 0)
		return r < 0 ? r : (int)n;
	r = code_of(sqlite3_prepare_v2(
			b->db, "INSERT INTO Metadata VALUES (?, ?, ?, ?, ?)", -1, &s, NULL));
	if (r == 0) {
		bind_text(s, 1, bgen->name, strlen(bgen->name));
		sqlite3_bind_int64(s, 2, (int64_t)size);
		sqlite3_bind_int64(s, 3, store_mtime(b->d->store).tv_sec);
		sqlite3_bind_blob(s, 4, first, (int)n, SQLITE_STATIC);
		sqlite3_bind_int64(s, 5, store_mtime(b->d->store).tv_sec);
		r = code_of(sqlite3_step(s));
	}
	sqlite3_finalize(s);
	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

static int put_database(struct bgi *b, struct buf *out)
{
	sqlite3_int64 size = 0;
	unsigned char *p;
	int r = code_of(sqlite3_exec(b->db, "COMMIT", NULL, NULL, NULL));

	if (r < 0)
		return r;
	p = sqlite3_serialize(b->db, "main", &size, 0);
	if (!p)
		return -ENOMEM;
	buf_put(out, p, (size_t)size);
	sqlite3_free(p);
	return 0;
}

int bgi_make(const struct view_kind *k, const struct dataset *d, struct buf *out, struct err *err)
{
	CLEANUP(bgi_done) struct bgi b = { .d = d };
	const struct view_kind *bgen = ((const struct made_kind *)k->of)->of;
	int r = open_database(&b, block_cache_budget(d->cache) / INDEX_SHARE);

	if (r < 0)
		return err_set(err, r, "%s: %s: out of memory", store_pathname(d->store), k->name);
	r = rows_each(bgen, d, add_variant, &b, err);
	if (r == -EFBIG)
		return err_set(err, r,
				"%s: %s is larger than a quarter of cache_size; give it more, or "
				"take "
				"the folder of a contig",
				store_pathname(d->store), k->name);
	if (r == 0)
		r = add_metadata(&b, bgen, err);
	if (r == 0) {
		r = put_database(&b, out);
		if (r < 0)
			err_set(err, r, "%s: %s: out of memory", store_pathname(d->store), k->name);
	}
	return r;
}
