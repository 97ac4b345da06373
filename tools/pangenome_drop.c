/* SPDX-License-Identifier: MIT */
#include "tools/pangenome_drop.h"

#include <errno.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/pangenome/index.h"
#include "core/shm/shm_manage.h"

enum { CONTENT_DIGITS = 8 };

/* What is of the graph. */
struct family {
	const char *name; /* of the graph */
	char prefix[SHM_NAME_MAX + 1];
	uint32_t user;               /* ours */
	struct buf indexes;          /* their names, each with its NUL */
	char held[SHM_NAME_MAX + 1]; /* one that a process holds; "" for none */
};

static void family_done(struct family *f)
{
	buf_done(&f->indexes);
}

/* What index_get() calls the indexes of a graph: its prefix, the content's digits, what it is. */
static bool is_index(const struct family *f, const struct shm_info *info)
{
	size_t n = strlen(f->prefix);

	return info->header && info->header->kind == INDEX_OBJECT_KIND &&
	       strncmp(info->name, f->prefix, n) == 0 &&
	       strspn(info->name + n, "0123456789abcdef") == CONTENT_DIGITS &&
	       info->name[n + CONTENT_DIGITS] == '.';
}

static int visit(const struct shm_info *info, void *arg)
{
	struct family *f = arg;
	bool index = is_index(f, info);

	if (info->user != f->user || (!index && strcmp(info->name, f->name) != 0))
		return 0;
	if (index)
		buf_put(&f->indexes, info->name, strlen(info->name) + 1);
	if (info->n_holders)
		memcpy(f->held, info->name, strlen(info->name) + 1);
	return 0;
}

static int drop(const char *folder, const char *name, struct err *err)
{
	struct shm_wanted wanted = { .folder = folder, .name = name };

	return shm_drop(&wanted, err);
}

static int drop_indexes(const char *folder, const struct buf *names, unsigned *n, struct err *err)
{
	for (size_t at = 0; at < names->len; at += strlen((const char *)names->data + at) + 1) {
		int r = drop(folder, (const char *)names->data + at, err);

		/* Another may have dropped it meanwhile. */
		if (r < 0 && r != -ENOENT)
			return r;
		++*n;
	}
	return 0;
}

int pangenome_drop(const char *folder, const char *name, unsigned *n_indexes, struct err *err)
{
	CLEANUP(family_done) struct family f = { .name = name, .user = shm_user() };
	int r;

	index_name_prefix(name, f.prefix);
	r = shm_list(folder, visit, &f, err);
	if (r < 0)
		return r;
	if (buf_failed(&f.indexes))
		return err_set(err, -ENOMEM, "%s: out of memory", name);
	/* That of one that is held says by whom; it succeeds where it was let go of just now. */
	r = *f.held && strcmp(f.held, name) != 0 ? drop(folder, f.held, err) : 0;
	if (r == 0)
		r = drop(folder, name, err);
	*n_indexes = 0;
	return r < 0 ? r : drop_indexes(folder, &f.indexes, n_indexes, err);
}
