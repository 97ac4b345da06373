/* SPDX-License-Identifier: MIT */
#include "core/store/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/base/whole_file.h"
#include "core/codec/stream.h"
#include "core/store/layout.h"

struct store_writer {
	struct whole_file file;
	uint64_t offset; /* bytes written */
	uint32_t n_chunks;
	uint64_t n_records;
	uint32_t contig;       /* of the last chunk */
	struct buf chunks;     /* SECTION_CHUNKS */
	struct buf totals;     /* SECTION_TOTALS, less its head */
	struct buf index;      /* SECTION_INDEX */
	struct buf bcf_blocks; /* SECTION_BCF_BLOCKS */
	struct buf contigs;    /* struct contig_total, one a contig */
	struct buf groups;     /* struct chunk_group, those written */
	struct buf group;      /* chunks of the one that is being filled */
	uint32_t group_chunks;
	struct stream_packer *packer; /* made when first needed; owned */
};

struct contig_total {
	uint32_t n_chunks;
	uint64_t n_records;
};

static int put(struct store_writer *w, const void *p, size_t n, struct err *err)
{
	int r = write_all(w->file.fd, w->file.pathname, p, n, err);

	if (r == 0)
		w->offset += n;
	return r;
}

static int refuse_target(const char *pathname, struct err *err)
{
	struct stat st;

	if (stat(pathname, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(err, -EISDIR, "%s: is not a regular file; name a file to write",
				pathname);
	return 0;
}

int store_writer_new(const char *pathname, struct store_writer **out, struct err *err)
{
	CLEANUP(store_writer_freep) struct store_writer *w = calloc(1, sizeof(*w));
	uint8_t head[STORE_HEAD_LEN] = STORE_MAGIC;
	uint32_t version = htole32(STORE_VERSION);
	int r;

	if (!w)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	w->file.fd = -1;
	r = refuse_target(pathname, err);
	if (r == 0)
		r = whole_file_open(pathname, &w->file, err);
	if (r < 0)
		return r;

	memcpy(head + STORE_MAGIC_LEN, &version, sizeof(version));
	r = put(w, head, sizeof(head), err);
	if (r < 0)
		return r;
	*out = w;
	w = NULL;
	return 0;
}

void store_writer_free(struct store_writer *w)
{
	if (!w)
		return;
	whole_file_done(&w->file);
	buf_done(&w->chunks);
	buf_done(&w->totals);
	buf_done(&w->index);
	buf_done(&w->bcf_blocks);
	buf_done(&w->contigs);
	buf_done(&w->groups);
	buf_done(&w->group);
	stream_packer_free(w->packer);
	free(w);
}

void store_writer_freep(struct store_writer **w)
{
	store_writer_free(*w);
}

const char *store_writer_temporary(const struct store_writer *w)
{
	return w->file.temporary;
}

uint64_t store_writer_bytes(const struct store_writer *w)
{
	return w->offset;
}

/* Count the chunk with its contig: contigs are numbered in the order of their chunks. */
static int count_chunk(struct store_writer *w, const struct chunk_info *info, struct err *err)
{
	uint32_t n_contigs = (uint32_t)(w->contigs.len / sizeof(struct contig_total));
	struct contig_total *totals;

	if (info->contig == n_contigs) {
		struct contig_total none = { 0 };

		buf_put(&w->contigs, &none, sizeof(none));
	} else if (!n_contigs || info->contig != n_contigs - 1) {
		return err_set(err, -EINVAL, "%s: chunks out of the order of contigs",
				w->file.pathname);
	}
	if (buf_failed(&w->contigs))
		return err_set(err, -ENOMEM, "%s: out of memory", w->file.pathname);
	totals = (struct contig_total *)(void *)w->contigs.data;
	totals[info->contig].n_chunks++;
	totals[info->contig].n_records += info->n_records;
	w->n_chunks++;
	w->n_records += info->n_records;
	return 0;
}

static void describe_chunk(struct buf *b, const struct chunk_info *info)
{
	buf_put_varint(b, info->length);
	buf_put_varint(b, info->head_length);
	buf_put_varint(b, info->table_length);
	buf_put_u64(b, info->checksum);
	buf_put_varint(b, info->record_bytes);
	buf_put_varint(b, info->site_bytes);
	buf_put_varint(b, info->stream_bytes);
	buf_put_varint(b, info->n_columns);
	buf_put_varint(b, info->n_tiles);
	buf_put_varint(b, info->gt_slots);
	buf_put_varint(b, info->n_records);
	buf_put_zigzag(b, info->start);
	buf_put_zigzag(b, info->end - info->start);
	for (unsigned v = 0; v < N_LINE_VIEWS; v++)
		buf_put_varint(b, info->view_bytes[v]);
}

enum { N_TOTALS = TOTAL_VIEWS + N_STORED_VIEWS - N_LINE_VIEWS };

static void describe_totals(struct buf *b, const struct chunk_info *info)
{
	buf_put_varint(b, info->shape.ploidy);
	buf_put_varint(b, info->shape.width);
	for (unsigned v = N_LINE_VIEWS; v < N_STORED_VIEWS; v++)
		buf_put_varint(b, info->view_bytes[v]);
}

const struct chunk_group *store_writer_groups(const struct store_writer *w, uint32_t *n)
{
	*n = (uint32_t)(w->groups.len / sizeof(struct chunk_group));
	return (const struct chunk_group *)(const void *)w->groups.data;
}

int store_writer_end_group(struct store_writer *w, struct err *err)
{
	struct buf packed = { 0 };
	struct chunk_group g = { .offset = w->offset,
		.raw_length = w->group.len,
		.first_chunk = w->n_chunks - w->group_chunks,
		.n_chunks = w->group_chunks };
	enum stream_codec codec;
	int r = 0;

	if (!w->group_chunks)
		return 0;
	if (!w->packer)
		r = stream_packer_new(&w->packer);
	if (r == 0)
		r = stream_pack(w->packer, CODEC_ZSTD, STREAM_COLD, w->group.data, w->group.len,
				NULL, &packed, &codec);
	if (r == 0) {
		g.length = packed.len;
		g.codec = (uint8_t)codec;
		g.checksum = checksum(packed.data, packed.len);
		buf_put(&w->groups, &g, sizeof(g));
	}
	if (r < 0 || buf_failed(&w->groups))
		r = err_set(err, -ENOMEM, "%s: out of memory", w->file.pathname);
	else
		r = put(w, packed.data, packed.len, err);
	buf_done(&packed);
	buf_clear(&w->group);
	w->group_chunks = 0;
	return r;
}

/* A chunk of a group. */
static int add_grouped(struct store_writer *w, const struct buf *bytes, struct chunk_info *info,
		struct err *err)
{
	store_writer_groups(w, &info->group);
	info->offset = w->group.len;
	buf_put(&w->group, bytes->data, bytes->len);
	w->group_chunks++;
	if (buf_failed(&w->group))
		return err_set(err, -ENOMEM, "%s: out of memory", w->file.pathname);
	return w->group.len >= GROUP_TARGET ? store_writer_end_group(w, err) : 0;
}

int store_writer_add(struct store_writer *w, const struct buf *bytes, const struct buf *index,
		const struct buf *bcf_blocks, struct chunk_info *info, struct err *err)
{
	bool grouped = info->group != NO_GROUP;
	int r = 0;

	if (!grouped || w->group.len + bytes->len > GROUP_RAW_MAX)
		r = store_writer_end_group(w, err);
	if (r == 0)
		r = count_chunk(w, info, err);
	if (r < 0)
		return r;
	describe_chunk(&w->chunks, info);
	describe_totals(&w->totals, info);
	buf_put(&w->index, index->data, index->len);
	buf_put(&w->bcf_blocks, bcf_blocks->data, bcf_blocks->len);
	if (buf_failed(&w->chunks) || buf_failed(&w->totals) || buf_failed(&w->index) ||
			buf_failed(&w->bcf_blocks))
		return err_set(err, -ENOMEM, "%s: out of memory", w->file.pathname);
	if (grouped)
		return add_grouped(w, bytes, info, err);
	info->offset = w->offset;
	return put(w, bytes->data, bytes->len, err);
}

static void describe_groups(struct buf *b, const struct store_writer *w)
{
	uint32_t n;
	const struct chunk_group *groups = store_writer_groups(w, &n);

	buf_put_varint(b, n);
	for (uint32_t i = 0; i < n; i++) {
		buf_put_varint(b, groups[i].first_chunk);
		buf_put_varint(b, groups[i].n_chunks);
		buf_put_u8(b, groups[i].codec);
		buf_put_varint(b, groups[i].length);
		buf_put_u64(b, groups[i].checksum);
	}
}

static void describe_keys(struct buf *b, const struct names *names, uint32_t n)
{
	buf_put_varint(b, n);
	for (uint32_t i = 0; i < n; i++)
		buf_put_bytes(b, names_get(names, i)->s, names_get(names, i)->len);
}

static void describe_contigs(
		struct buf *b, const struct store_writer *w, const struct store_meta *meta)
{
	const struct contig_total *totals =
			(const struct contig_total *)(const void *)w->contigs.data;
	uint32_t n = (uint32_t)(w->contigs.len / sizeof(*totals));

	buf_put_varint(b, n);
	for (uint32_t i = 0; i < n; i++) {
		const struct name *name = names_get(meta->contigs, i);

		buf_put_bytes(b, name->s, name->len);
		buf_put_varint(b, meta->contig_lengths[i]);
		buf_put_varint(b, totals[i].n_chunks);
		buf_put_varint(b, totals[i].n_records);
	}
}

static void describe_samples(struct buf *b, const struct store_meta *meta)
{
	for (uint32_t i = 0; i < meta->n_samples; i++) {
		buf_put(b, meta->samples[i], strlen(meta->samples[i]));
		buf_put_u8(b, '\n');
	}
}

static void describe_bcf(struct buf *b, const struct store_meta *meta)
{
	if (!meta->bcf_head)
		return;
	buf_put_varint(b, meta->n_bcf_contigs);
	for (uint32_t i = 0; i < meta->n_contigs; i++)
		buf_put_varint(b, meta->bcf_contigs[i]);
	buf_put(b, meta->bcf_head, meta->bcf_head_len);
}

static int put_section(struct stream_packer *packer, enum footer_section id, const struct buf *raw,
		struct buf *entries, struct buf *data)
{
	size_t at = data->len;
	enum stream_codec codec;
	int r;

	if (buf_failed(raw))
		return -ENOMEM;
	if (id == SECTION_BCF_BLOCKS) { /* parts of it are read where they lie */
		codec = STREAM_RAW;
		buf_put(data, raw->data, raw->len);
		r = 0;
	} else {
		r = stream_pack(packer, CODEC_ZSTD, STREAM_COLD, raw->data, raw->len, NULL, data,
				&codec);
	}
	if (r < 0)
		return r;
	buf_put_u8(entries, (uint8_t)id);
	buf_put_u8(entries, (uint8_t)codec);
	buf_put_u64(entries, raw->len);
	buf_put_u64(entries, data->len - at);
	return 0;
}

static int make_footer(
		const struct store_writer *w, const struct store_meta *meta, struct buf *footer)
{
	CLEANUP(stream_packer_freep) struct stream_packer *packer = NULL;
	struct buf sections[N_SECTIONS] = { { 0 } };
	struct buf data = { 0 };
	int r;

	buf_put(&sections[SECTION_HEADER], meta->header, meta->header_len);
	buf_put(&sections[SECTION_SITES_HEADER], meta->sites_header, meta->sites_header_len);
	describe_samples(&sections[SECTION_SAMPLES], meta);
	describe_keys(&sections[SECTION_KEYS], meta->keys, meta->n_keys);
	describe_contigs(&sections[SECTION_CONTIGS], w, meta);
	buf_put_varint(&sections[SECTION_CHUNKS], w->n_chunks);
	buf_put(&sections[SECTION_CHUNKS], w->chunks.data, w->chunks.len);
	describe_groups(&sections[SECTION_GROUPS], w);
	buf_put_varint(&sections[SECTION_TOTALS], N_TOTALS);
	buf_put(&sections[SECTION_TOTALS], w->totals.data, w->totals.len);
	describe_bcf(&sections[SECTION_BCF], meta);
	buf_put(&sections[SECTION_INDEX], w->index.data, w->index.len);
	if (meta->bcf_blocks && w->bcf_blocks.len <= SECTION_MAX)
		buf_put(&sections[SECTION_BCF_BLOCKS], w->bcf_blocks.data, w->bcf_blocks.len);

	r = stream_packer_new(&packer);
	buf_put_u32(footer, N_SECTIONS);
	for (unsigned i = 0; i < N_SECTIONS; i++) {
		if (r == 0)
			r = put_section(packer, i, &sections[i], footer, &data);
		buf_done(&sections[i]);
	}
	buf_put(footer, data.data, data.len);
	if (r == 0 && (buf_failed(footer) || buf_failed(&data)))
		r = -ENOMEM;
	buf_done(&data);
	return r;
}

int store_writer_finish(struct store_writer *w, const struct store_meta *meta, struct err *err)
{
	struct buf footer = { 0 };
	struct buf trailer = { 0 };
	uint64_t offset;
	int r;

	r = store_writer_end_group(w, err);
	if (r < 0)
		return r;
	offset = w->offset;
	r = make_footer(w, meta, &footer);
	if (r < 0) {
		buf_done(&footer);
		return err_set(err, r, "%s: out of memory", w->file.pathname);
	}
	buf_put_u64(&trailer, offset);
	buf_put_u64(&trailer, footer.len);
	buf_put_u64(&trailer, checksum(footer.data, footer.len));
	buf_put_u32(&trailer, STORE_VERSION);
	buf_put(&trailer, STORE_MAGIC, STORE_MAGIC_LEN);
	r = put(w, footer.data, footer.len, err);
	if (r == 0)
		r = put(w, trailer.data, trailer.len, err);
	buf_done(&footer);
	buf_done(&trailer);
	if (r == 0 && fsync(w->file.fd) < 0)
		r = err_set(err, -errno, "%s: cannot write: %m", w->file.pathname);
	return r < 0 ? r : whole_file_publish(&w->file, err);
}
