/* SPDX-License-Identifier: MIT */
/* Decodes a GBZ into an image. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/graph/image.h"
#include "core/graph/image_parts.h"

struct builder {
	const struct gbz_parts *parts;
	uint8_t *mem;
	struct image_section sections[IMAGE_N_SECTIONS]; /* native */
	struct sds_file file;
	struct progress progress;
};

static void *bytes_at(const struct builder *b, enum image_section_id id)
{
	return b->mem + b->sections[id].offset;
}

static struct int_array ints_at(const struct builder *b, enum image_section_id id)
{
	const struct image_section *s = &b->sections[id];

	return int_array_over(b->mem + s->offset, s->items, s->width);
}

static int64_t mtime_of(const struct stat *st)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)st->st_mtim.tv_sec, 1000000000, &ns) ||
			__builtin_add_overflow(ns, st->st_mtim.tv_nsec, &ns))
		return 0;
	return ns;
}

/* All of the head but what marks it as complete. */
static void write_head(const struct builder *b, const struct gbz *gbz, uint64_t size)
{
	struct image_section *table = (void *)(b->mem + IMAGE_TABLE_AT);
	struct image_head *head = (void *)b->mem;
	const struct gbz_parts *p = b->parts;

	memset(b->mem, 0, IMAGE_HEAD_LEN);
	head->layout = htole32(IMAGE_LAYOUT);
	head->n_sections = htole32(IMAGE_N_SECTIONS);
	head->size = htole64(size);
	head->source_size = htole64((uint64_t)gbz_stat(gbz)->st_size);
	head->source_mtime = (int64_t)htole64((uint64_t)mtime_of(gbz_stat(gbz)));
	head->gbz_version = htole32(p->version);
	head->gbwt_version = htole32(p->gbwt_version);
	head->graph_version = htole32(p->graph_version);
	head->flags = htole32(p->has_translation ? IMAGE_HAS_TRANSLATION : 0);
	head->n_sequences = htole64(p->n_sequences);
	head->n_visits = htole64(p->n_visits);
	head->node_offset = htole64(p->offset);
	head->alphabet_size = htole64(p->alphabet_size);
	head->min_id = htole64(p->min_id);
	head->n_nodes = htole64(p->n_nodes);
	snprintf((char *)b->mem + IMAGE_PATH_AT, IMAGE_PATH_LEN, "%s", gbz_pathname(gbz));
	for (unsigned i = 0; i < IMAGE_N_SECTIONS; i++)
		table[i] = (struct image_section){ .offset = htole64(b->sections[i].offset),
			.length = htole64(b->sections[i].length),
			.items = htole64(b->sections[i].items),
			.width = htole32(b->sections[i].width) };
}

/* What is between sections, and the samples, which records do not fill. */
static void clear_gaps(const struct builder *b, uint64_t size)
{
	for (unsigned i = 0; i < IMAGE_N_SECTIONS; i++) {
		const struct image_section *s = &b->sections[i];
		uint64_t from = s->offset + s->length;
		uint64_t to = i + 1 < IMAGE_N_SECTIONS ? s[1].offset : size;

		memset(b->mem + from, 0, to - from);
	}
	memset(bytes_at(b, IMAGE_SAMPLES), 0, b->sections[IMAGE_SAMPLES].length);
}

static int read_strings(const struct builder *b, const struct sds_strings *v,
		enum image_section_id id, const char *what, struct err *err)
{
	struct int_array starts = ints_at(b, id + 1);
	int r = sds_read_strings(&b->file, v, bytes_at(b, id), &starts, err);

	return r < 0 ? err_prefix(err, r, "%s", what) : 0;
}

static int read_gbwt(const struct builder *b, struct err *err)
{
	const struct gbz_parts *p = b->parts;
	struct int_array starts = ints_at(b, IMAGE_RECORD_STARTS);
	int r = sds_read_sparse(&b->file, &p->record_starts, p->bwt_length, &starts, err);

	if (r < 0)
		return err_prefix(err, r, "BWT index");
	r = p->bwt_compressed ? sds_read_zstd(&b->file, &p->bwt, bytes_at(b, IMAGE_BWT),
						p->bwt_length, err)
			      : sds_read_bytes(&b->file, &p->bwt, bytes_at(b, IMAGE_BWT), err);
	return r < 0 ? err_prefix(err, r, "BWT") : 0;
}

static int read_path_names(const struct builder *b, struct err *err)
{
	struct sds_bytes names = { .at = b->parts->path_names_at,
		.n = b->sections[IMAGE_PATH_NAMES].length };
	int r = sds_read_bytes(&b->file, &names, bytes_at(b, IMAGE_PATH_NAMES), err);

	return r < 0 ? err_prefix(err, r, "path names") : 0;
}

static int read_mapping(const struct builder *b, struct err *err)
{
	const struct sds_sparse *v = &b->parts->mapping;
	struct int_array mapping = ints_at(b, IMAGE_MAPPING);
	int r = sds_read_sparse(&b->file, v, v->universe, &mapping, err);

	return r < 0 ? err_prefix(err, r, "nodes of segments") : 0;
}

/* In the order of the file. */
static int read_content(const struct builder *b, struct err *err)
{
	const struct gbz_parts *p = b->parts;
	int r = read_strings(b, &p->tags, IMAGE_TAGS, "tags", err);

	if (r == 0)
		r = read_strings(b, &p->gbwt_tags, IMAGE_GBWT_TAGS, "GBWT tags", err);
	if (r == 0)
		r = read_gbwt(b, err);
	if (r == 0)
		r = read_path_names(b, err);
	if (r == 0)
		r = read_strings(b, &p->samples, IMAGE_SAMPLE_NAMES, "samples", err);
	if (r == 0)
		r = read_strings(b, &p->contigs, IMAGE_CONTIG_NAMES, "contigs", err);
	if (r == 0)
		r = read_strings(b, &p->sequences, IMAGE_SEQUENCES, "sequences", err);
	if (r == 0)
		r = read_strings(b, &p->segments, IMAGE_SEGMENT_NAMES, "segments", err);
	if (r == 0)
		r = read_mapping(b, err);
	return r;
}

static void finish(const struct builder *b, uint64_t size)
{
	struct image_head *head = (void *)b->mem;
	struct digest content = digest_of(b->mem + IMAGE_HEAD_LEN, size - IMAGE_HEAD_LEN);

	head->content_low = htole64(content.low);
	head->content_high = htole64(content.high);
	memcpy(head->magic, IMAGE_MAGIC, IMAGE_MAGIC_LEN);
}

static int build(struct builder *b, const struct gbz *gbz, uint64_t size, struct err *err)
{
	struct graph g;
	int r;

	write_head(b, gbz, size);
	clear_gaps(b, size);
	r = read_content(b, err);
	if (r == 0)
		r = image_attach_parts(b->mem, size, &g, err);
	if (r == 0)
		r = image_check_tables(&g, err);
	if (r == 0)
		r = image_check_records(&g, true, &b->progress, err);
	/* A file that was changed meanwhile is told before what came of it. */
	if (r != -ECANCELED && gbz_check_unchanged(gbz, NULL) < 0)
		r = err_set(err, -EIO, "was changed while it was read; load it again");
	else if (r == -EBADMSG)
		r = err_cure(err, r, "get the file again");
	if (r == 0)
		finish(b, size);
	return r;
}

int image_build(const struct gbz *gbz, void *mem, size_t size, image_progress *progress, void *arg,
		struct err *err)
{
	struct builder b = { .parts = gbz_parts(gbz), .mem = mem };
	uint64_t needed = 0;
	int r = image_plan(b.parts, b.sections, &needed, err);

	if (r == 0 && size < needed)
		r = err_set(err, -EINVAL, "needs %llu bytes of memory and was given %zu",
				(unsigned long long)needed, size);
	if (r == 0) {
		b.progress = (struct progress){ .tell = progress, .arg = arg };
		/* Records are read twice once they are there. */
		b.progress.total = (uint64_t)gbz_stat(gbz)->st_size + 2 * b.parts->bwt_length;
		b.file = (struct sds_file){ .fd = gbz_fd(gbz), .progress = &b.progress };
		r = build(&b, gbz, needed, err);
	}
	return r < 0 ? err_prefix(err, r, "%s", gbz_pathname(gbz)) : 0;
}

void image_set_source_digest(void *mem, struct digest digest)
{
	struct image_head *head = mem;

	head->source_low = htole64(digest.low);
	head->source_high = htole64(digest.high);
}
