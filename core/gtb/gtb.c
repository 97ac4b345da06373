/* SPDX-License-Identifier: MIT */
#include "core/gtb/gtb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/cleanup.h"
#include "core/base/pread_all.h"
#include "core/base/search.h"
#include "core/gtb/gtb_private.h"

void gtb_close(struct gtb *g)
{
	if (!g)
		return;
	for (uint32_t i = 0; i < g->n_groups; i++)
		ccf_group_done(g, &g->groups[i]);
	free(g->groups);
	free(g->others);
	free(g->blocks);
	free(g->meta);
	buf_done(&g->meta_text);
	names_free(g->samples);
	contig_list_done(&g->contigs);
	if (g->fd >= 0)
		close(g->fd);
	free(g->pathname);
	free(g);
}

void gtb_closep(struct gtb **g)
{
	gtb_close(*g);
}

int gtb_load(const struct gtb *g, uint64_t offset, uint64_t len, struct gtb_room *room,
		uint8_t **out, struct err *err)
{
	int r = 0;
	uint8_t *p = gtb_room_alloc(room, len, &r, err);

	if (!p)
		return r;
	r = pread_all(g->fd, p, len, offset, err);
	if (r < 0) {
		gtb_room_free(room, p, len);
		return r;
	}
	*out = p;
	return 0;
}

bool gtb_same_text(struct gtb_text a, struct gtb_text b)
{
	return a.len == b.len && memcmp(a.s, b.s, a.len) == 0;
}

bool gtb_text_is(struct gtb_text t, const char *s)
{
	return gtb_same_text(t, (struct gtb_text){ s, strlen(s) });
}

bool gtb_is_allele(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f || p[i] == ',')
			return false;
	return n > 0;
}

bool gtb_is_printable(const uint8_t *p, size_t n, bool tab)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i] < ' ' && !(tab && p[i] == '\t')) || p[i] == 0x7f)
			return false;
	return true;
}

int gtb_wrong_contig(const struct gtb *g, uint64_t contig, struct err *err)
{
	return err_set(err, -EBADMSG,
			"contig number %llu is not in the list of %u contigs; give the list that "
			"the "
			"file was made with: --contigs",
			(unsigned long long)contig, g->contigs.n);
}

int gtb_take_samples(struct gtb *g, const uint8_t *p, size_t n, char separator, struct err *err)
{
	const char *at = (const char *)p;
	const char *end = at + n;

	for (uint32_t i = 0;; i++) {
		const char *stop = memchr(at, separator, (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);
		uint32_t number;
		int r;

		if (!len || !gtb_is_printable((const uint8_t *)at, len, false))
			return err_set(err, -EBADMSG,
					"that of sample %u is empty, or has control bytes; copy "
					"the "
					"file again",
					i);
		r = names_intern(g->samples, at, len, &number);
		if (r < 0)
			return err_set(err, r, "there are too many");
		if (number != i)
			return err_set(err, -EBADMSG, "samples %u and %u have the same", number, i);
		if (!stop)
			return 0;
		at = stop + 1;
	}
}

/* What the first bytes of a version 2 file are: a group with the coordinates. */
static bool begins_as_v2(int fd, uint64_t size)
{
	static const char group[] = "GTB_COORDINATE";
	uint8_t bytes[24];

	return size >= sizeof(bytes) && pread_all(fd, bytes, sizeof(bytes), 0, NULL) == 0 &&
	       bytes[0] == 0 && memmem(bytes, sizeof(bytes), group, strlen(group));
}

bool gtb_looks_like(const char *pathname)
{
	static const char suffix[] = ".gtb";
	CLEANUP(closep) int fd = -1;
	size_t n = strlen(pathname);
	struct stat st;

	if (stat(pathname, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (n >= strlen(suffix) && strcasecmp(pathname + n - strlen(suffix), suffix) == 0)
		return true;
	fd = open(pathname, O_RDONLY | O_CLOEXEC);
	return fd >= 0 &&
	       (begins_as_v2(fd, (uint64_t)st.st_size) || v1_matches(fd, (uint64_t)st.st_size));
}

static int open_file(struct gtb *g, struct err *err)
{
	struct stat st;

	g->fd = open(g->pathname, O_RDONLY | O_CLOEXEC);
	if (g->fd < 0 || fstat(g->fd, &st) < 0)
		return err_set(err, -errno, "%m");
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "not a regular file; a GTB file is read at any place");
	g->size = (uint64_t)st.st_size;
	if (!g->size)
		return err_set(err, -EBADMSG, "the file is empty");
	return 0;
}

/*
 * Neither version has a magic number. Of version 1 the low half of the first byte is not 0, once it
 * is finished; version 2 begins with the type of a section, 0 to 2.
 */
static int find_version(struct gtb *g, struct err *err)
{
	uint8_t first;
	int r = pread_all(g->fd, &first, 1, 0, err);

	if (r < 0)
		return r;
	g->version = 1;
	if (first == 0 || ((first == 1 || first == 2) && !v1_matches(g->fd, g->size)))
		g->version = 2;
	return 0;
}

static int open_contigs(struct gtb *g, const struct gtb_options *o, struct err *err)
{
	int r;

	if (o->contigs)
		return contig_list_read(o->contigs, &g->contigs, err);
	r = contig_list_default(g->version == 1 ? GTB_CONTIGS_V1 : GTB_CONTIGS_V2, &g->contigs);
	return r < 0 ? err_set(err, r, "out of memory") : 0;
}

int gtb_open(const char *pathname, const struct gtb_options *o, struct gtb **out, struct err *err)
{
	CLEANUP(gtb_closep) struct gtb *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return err_set(err, -ENOMEM, "out of memory");
	g->fd = -1;
	g->memory = g->room.max = o->memory;
	g->room.option = o->option ? o->option : "--memory";
	g->pathname = strdup(pathname);
	if (!g->pathname || names_new(&g->samples) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	r = open_file(g, err);
	if (r == 0)
		r = find_version(g, err);
	if (r == 0)
		r = open_contigs(g, o, err);
	if (r == 0) {
		r = g->version == 1 ? v1_open(g, err) : v2_open(g, err);
		if (r == -EBADMSG)
			err_prefix(err, r, "it is no GTB file, or damaged");
	}
	if (r < 0)
		return err_prefix(err, r, "%s", pathname);
	*out = g;
	g = NULL;
	return 0;
}

const char *gtb_pathname(const struct gtb *g)
{
	return g->pathname;
}

unsigned gtb_version(const struct gtb *g)
{
	return g->version;
}

uint64_t gtb_file_size(const struct gtb *g)
{
	return g->size;
}

const char *gtb_compressor(const struct gtb *g)
{
	return gtb_codec_names[g->codec];
}

bool gtb_phased(const struct gtb *g)
{
	return g->phased;
}

uint64_t gtb_n_records(const struct gtb *g)
{
	return g->n_records;
}

uint32_t gtb_n_samples(const struct gtb *g)
{
	return names_count(g->samples);
}

struct gtb_text gtb_sample(const struct gtb *g, uint32_t sample)
{
	const struct name *name = names_get(g->samples, sample);

	return (struct gtb_text){ name->s, name->len };
}

/* The group whose blocks are the blocks shown: what costs most to decompress. */
static const struct ccf_group *main_group(const struct gtb *g)
{
	return &g->groups[g->calls < g->n_groups ? g->calls : g->sites];
}

uint32_t gtb_n_blocks(const struct gtb *g)
{
	return g->version == 1 ? g->n_blocks : main_group(g)->n_blocks;
}

struct gtb_block gtb_block(const struct gtb *g, uint32_t block)
{
	const struct v1_block *b;

	if (g->version == 2)
		return (struct gtb_block){ .first = main_group(g)->blocks[block].first,
			.n = main_group(g)->blocks[block].n };
	b = &g->blocks[block];
	return (struct gtb_block){ .first = b->first,
		.n = b->n_biallelic + b->n_multiallelic,
		.n_contigs = 1,
		.contig = b->contig,
		.start = (int64_t)b->pos1_min - 1,
		.end = b->pos1_max };
}

uint32_t gtb_block_of(const struct gtb *g, uint64_t record)
{
	const struct ccf_group *grp;

	if (g->version == 1)
		return (uint32_t)search_last(g->blocks, sizeof(*g->blocks), 0, g->n_blocks, record);
	grp = main_group(g);
	return (uint32_t)search_last(grp->blocks, sizeof(*grp->blocks), 0, grp->n_blocks, record);
}

bool gtb_overlaps(const struct gtb *g)
{
	return g->overlaps;
}

uint32_t gtb_n_contigs(const struct gtb *g)
{
	return g->contigs.n;
}

struct gtb_contig gtb_contig(const struct gtb *g, uint32_t contig)
{
	return g->contigs.contigs[contig];
}

uint32_t gtb_n_meta(const struct gtb *g)
{
	return g->n_meta;
}

struct gtb_meta gtb_meta(const struct gtb *g, uint32_t i)
{
	return g->meta[i];
}

uint32_t gtb_n_fields(const struct gtb *g)
{
	return g->n_others;
}

struct gtb_field gtb_field(const struct gtb *g, uint32_t field)
{
	const struct ccf_group *grp = &g->groups[g->others[field].group];
	const struct ccf_field *f = &grp->fields[g->others[field].field];

	return (struct gtb_field){
		.group = grp->name, .name = f->name, .type_name = f->type_name, .type = f->type
	};
}
