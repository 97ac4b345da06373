/* SPDX-License-Identifier: MIT */
#include "core/store/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/base/cursor.h"
#include "core/codec/stream.h"
#include "core/store/file_read.h"
#include "core/store/layout.h"
#include "core/store/measured.h"
#include "core/store/sample_names.h"
#include "core/store/tables.h"

/* The group read last: whoever reads on wants its next chunk. */
struct last_group {
	pthread_mutex_t lock;
	uint32_t group; /* by lock; NO_GROUP where there is none */
	uint8_t *raw;   /* by lock; owned */
};

static struct last_group *last_group_new(void)
{
	struct last_group *last = calloc(1, sizeof(*last));

	if (!last)
		return NULL;
	pthread_mutex_init(&last->lock, NULL);
	last->group = NO_GROUP;
	return last;
}

static void last_group_free(struct last_group *last)
{
	if (!last)
		return;
	pthread_mutex_destroy(&last->lock);
	free(last->raw);
	free(last);
}

static struct lazy_names *lazy_names_new(void)
{
	struct lazy_names *lazy = calloc(1, sizeof(*lazy));

	if (lazy)
		pthread_mutex_init(&lazy->lock, NULL);
	return lazy;
}

static void lazy_names_free(struct lazy_names *lazy)
{
	if (!lazy)
		return;
	pthread_mutex_destroy(&lazy->lock);
	sample_names_free(lazy->names);
	free(lazy);
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	for (unsigned i = 0; i < N_SECTIONS; i++)
		buf_done(&s->sections[i]);
	names_free(s->keys);
	free(s->contigs);
	free(s->chunks);
	free(s->groups);
	last_group_free(s->last);
	lazy_names_free(s->names);
	measured_free(s->measured);
	if (s->foreign.close)
		s->foreign.close(s->foreign.arg);
	free(s->pathname);
	free(s);
}

void store_closep(struct store **s)
{
	store_close(*s);
}

int store_alloc(const char *pathname, struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = -1;
	s->last = last_group_new();
	s->names = lazy_names_new();
	s->pathname = strdup(pathname);
	if (!s->last || !s->names || !s->pathname) {
		store_close(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

static int check_head(const struct store *s, struct err *err)
{
	uint8_t head[STORE_HEAD_LEN];
	uint32_t version;
	int r;

	if (!S_ISREG(s->st.st_mode))
		return err_set(err, -EINVAL, "is not a regular file; give the pathname of a store");
	if (s->st.st_size < STORE_HEAD_LEN)
		return err_set(err, -EBADMSG, "is not a genofs store; make one with genofs import");
	r = file_read(s->fd, head, sizeof(head), 0, err);
	if (r < 0)
		return r;
	if (memcmp(head, STORE_MAGIC, STORE_MAGIC_LEN) != 0)
		return err_set(err, -EBADMSG, "is not a genofs store; make one with genofs import");
	memcpy(&version, head + STORE_MAGIC_LEN, sizeof(version));
	version = le32toh(version);
	if (version > STORE_VERSION)
		return err_set(err, -ENOTSUP,
				"has format version %u and this genofs reads up to %u; use a newer "
				"one",
				version, STORE_VERSION);
	if (!version)
		return err_set(err, -EBADMSG, "has no format version; import it again");
	return 0;
}

/* The footer, found through the trailer; @footer is the caller's to free. */
static int read_footer(struct store *s, struct buf *footer, struct err *err)
{
	static const char cut[] = "is cut short or damaged at its end";
	uint64_t size = (uint64_t)s->st.st_size;
	uint8_t trailer[STORE_TRAILER_LEN];
	struct cursor c = cursor_over(trailer, sizeof(trailer));
	const uint8_t *magic;
	uint32_t version;
	uint64_t length;
	uint64_t sum;
	int r;

	if (size < STORE_HEAD_LEN + STORE_TRAILER_LEN)
		return err_set(err, -EBADMSG, cut);
	r = file_read(s->fd, trailer, sizeof(trailer), size - sizeof(trailer), err);
	if (r < 0)
		return r;
	s->chunks_end = cursor_u64(&c);
	length = cursor_u64(&c);
	sum = cursor_u64(&c);
	version = cursor_u32(&c);
	magic = cursor_take(&c, STORE_MAGIC_LEN);
	if (!magic || version != STORE_VERSION || memcmp(magic, STORE_MAGIC, STORE_MAGIC_LEN) != 0)
		return err_set(err, -EBADMSG, cut);
	if (s->chunks_end < STORE_HEAD_LEN || s->chunks_end > size - STORE_TRAILER_LEN ||
			length != size - STORE_TRAILER_LEN - s->chunks_end)
		return err_set(err, -EBADMSG, cut);
	if (!buf_reserve(footer, length))
		return err_set(err, -ENOMEM, "out of memory for its footer");
	r = file_read(s->fd, footer->data, length, s->chunks_end, err);
	if (r < 0)
		return r;
	footer->len = length;
	if (!checksum_fits(footer->data, footer->len, sum))
		return err_set(err, -EBADMSG, "footer at byte %llu: bad checksum",
				(unsigned long long)s->chunks_end);
	return 0;
}

static int open_file(struct store *s, struct err *err)
{
	s->fd = open(s->pathname, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is refused */
	if (s->fd < 0 || fstat(s->fd, &s->st) < 0)
		return err_set(err, -errno, "%m");
	return check_head(s, err);
}

/* All that stands behind the chunks. */
static int read_tables(struct store *s, struct err *err)
{
	struct buf footer = { 0 };
	int r = read_footer(s, &footer, err);

	if (r == 0)
		r = store_tables_read(s, &footer, err);
	buf_done(&footer);
	return r == -EBADMSG ? err_cure(err, r, "import it again") : r;
}

int store_open(const char *pathname, struct store **out, struct err *err)
{
	CLEANUP(store_closep) struct store *s = NULL;
	int r = store_alloc(pathname, &s);

	if (r < 0)
		return err_set(err, r, "%s: out of memory", pathname);
	r = open_file(s, err);
	if (r == 0)
		r = read_tables(s, err);
	if (r < 0)
		return err_prefix(err, r, "%s", pathname);
	*out = s;
	s = NULL;
	return 0;
}

const char *store_pathname(const struct store *s)
{
	return s->pathname;
}

uint64_t store_file_size(const struct store *s)
{
	return (uint64_t)s->st.st_size;
}

struct timespec store_mtime(const struct store *s)
{
	return s->st.st_mtim;
}

uint32_t store_format_version(const struct store *s)
{
	(void)s;
	return STORE_VERSION;
}

uint32_t store_n_samples(const struct store *s)
{
	return s->n_samples;
}

static const char *text_of(const struct store *s, enum footer_section id, size_t *len)
{
	*len = s->sections[id].len;
	return (const char *)s->sections[id].data;
}

const char *store_samples_text(const struct store *s, size_t *len)
{
	return text_of(s, SECTION_SAMPLES, len);
}

const char *store_header_text(const struct store *s, size_t *len)
{
	return text_of(s, SECTION_HEADER, len);
}

const char *store_sites_header_text(const struct store *s, size_t *len)
{
	return text_of(s, SECTION_SITES_HEADER, len);
}

const void *store_bcf_head(const struct store *s, size_t *len)
{
	*len = s->sections[SECTION_BCF].len;
	return *len ? s->sections[SECTION_BCF].data : NULL;
}

uint32_t store_n_bcf_contigs(const struct store *s)
{
	return s->n_bcf_contigs;
}

bool store_has_view(const struct store *s, enum store_view view)
{
	if (s->measured)
		return view != STORE_VIEW_BCF_PACKED && view != STORE_VIEW_BCF_BLOCKS;
	return view < N_LINE_VIEWS || view >= N_STORED_VIEWS ||
	       TOTAL_VIEWS + view - N_LINE_VIEWS < s->n_totals;
}

uint32_t store_n_contigs(const struct store *s)
{
	return s->n_contigs;
}

const struct contig_info *store_contig(const struct store *s, uint32_t contig)
{
	return &s->contigs[contig];
}

uint32_t store_n_chunks(const struct store *s)
{
	return s->n_chunks;
}

const struct chunk_info *store_chunk(const struct store *s, uint32_t chunk)
{
	return &s->chunks[chunk];
}

uint64_t store_n_records(const struct store *s)
{
	return s->n_records;
}

int64_t store_end(const struct store *s)
{
	return s->end;
}

struct gt_shape store_shape(const struct store *s)
{
	return s->shape;
}

struct gt_shape gt_shape_join(struct gt_shape a, struct gt_shape b)
{
	a.ploidy = a.ploidy > b.ploidy ? a.ploidy : b.ploidy;
	a.width = a.width > b.width ? a.width : b.width;
	return a;
}

const struct names *store_keys(const struct store *s)
{
	return s->keys;
}

uint32_t store_n_keys(const struct store *s)
{
	return s->n_keys;
}

uint32_t store_gt_key(const struct store *s)
{
	return s->gt_key;
}

uint32_t store_ac_key(const struct store *s)
{
	return s->ac_key;
}

uint32_t store_an_key(const struct store *s)
{
	return s->an_key;
}

/* A store that changes under its reader must not give bytes of two stores. */
static int check_unchanged(const struct store *s, struct err *err)
{
	struct stat st;

	if (fstat(s->fd, &st) < 0)
		return err_set(err, -EIO, "%s: %m", s->pathname);
	if (!st.st_nlink)
		return err_set(err, -EIO,
				"%s: was deleted or replaced while in use; mount it again",
				s->pathname);
	if (st.st_size != s->st.st_size || st.st_mtim.tv_sec != s->st.st_mtim.tv_sec ||
			st.st_mtim.tv_nsec != s->st.st_mtim.tv_nsec)
		return err_set(err, -EIO, "%s: was changed while in use; mount it again",
				s->pathname);
	return 0;
}

/* The slice of a group that is a chunk. */
static int read_grouped(const struct store *s, const struct chunk_info *info, uint64_t at,
		void *buf, size_t len, struct err *err)
{
	struct last_group *last = s->last;
	uint8_t *raw = NULL;
	bool hit;
	int r;

	pthread_mutex_lock(&last->lock);
	hit = last->group == info->group;
	if (hit)
		memcpy(buf, last->raw + info->offset + at, len);
	pthread_mutex_unlock(&last->lock);
	if (hit)
		return 0;
	r = chunk_group_read(s->fd, &s->groups[info->group], &raw, err);
	if (r < 0)
		return r;
	memcpy(buf, raw + info->offset + at, len);
	pthread_mutex_lock(&last->lock);
	free(last->raw);
	last->raw = raw;
	last->group = info->group;
	pthread_mutex_unlock(&last->lock);
	return 0;
}

int store_read_chunk(const struct store *s, uint32_t chunk, uint64_t at, void *buf, size_t len,
		struct err *err)
{
	const struct chunk_info *info = &s->chunks[chunk];
	int r = check_unchanged(s, err);

	if (r < 0)
		return r;
	r = info->group == NO_GROUP ? file_read(s->fd, buf, len, info->offset + at, err)
				    : read_grouped(s, info, at, buf, len, err);
	if (r < 0)
		return err_prefix(err, r, "%s: chunk %u", s->pathname, chunk);
	return check_unchanged(s, err);
}

static int unpack_index(const struct store *s, const uint8_t *packed, struct buf *out)
{
	struct stream_unpacker *u = NULL;
	int r = stream_unpacker_new(&u);

	if (r == 0 && !buf_reserve(out, s->in_file[SECTION_INDEX].raw_length + 1))
		r = -ENOMEM;
	if (r == 0)
		r = stream_unpack(u, s->in_file[SECTION_INDEX].codec, packed,
				s->in_file[SECTION_INDEX].length, out->data + out->len,
				s->in_file[SECTION_INDEX].raw_length);
	if (r == 0)
		out->len += s->in_file[SECTION_INDEX].raw_length;
	stream_unpacker_free(u);
	return r;
}

int store_read_index(const struct store *s, struct buf *out, struct err *err)
{
	CLEANUP(freep) uint8_t *packed = NULL;
	int r = check_unchanged(s, err);

	if (r < 0 || !s->in_file[SECTION_INDEX].length)
		return r;
	packed = malloc(s->in_file[SECTION_INDEX].length);
	if (!packed)
		return err_set(err, -ENOMEM, "%s: out of memory", s->pathname);
	r = file_read(s->fd, packed, s->in_file[SECTION_INDEX].length,
			s->in_file[SECTION_INDEX].offset, err);
	if (r < 0)
		return err_prefix(err, r, "%s: index", s->pathname);
	r = check_unchanged(s, err);
	if (r < 0)
		return r;
	r = unpack_index(s, packed, out);
	return r < 0 ? err_set(err, r, "%s: index is damaged", s->pathname) : 0;
}

bool store_has_bcf_blocks(const struct store *s)
{
	return s->in_file[SECTION_BCF_BLOCKS].length > 0;
}

static int bad_blocks(const struct store *s, uint32_t chunk, struct err *err)
{
	return err_set(err, -EBADMSG, "%s: chunk %u: sizes of BGZF blocks are damaged", s->pathname,
			chunk);
}

int store_read_bcf_blocks(
		const struct store *s, uint32_t chunk, struct bcf_block *out, struct err *err)
{
	const struct chunk_info *info = &s->chunks[chunk];
	uint64_t n = info->view_bytes[STORE_VIEW_BCF_BLOCKS];
	uint64_t left = info->view_bytes[STORE_VIEW_BCF_PACKED];
	uint64_t offset = s->in_file[SECTION_BCF_BLOCKS].offset +
			  info->view_offset[STORE_VIEW_BCF_BLOCKS] * BCF_BLOCK_ENTRY;
	uint8_t piece[64 * BCF_BLOCK_ENTRY];
	struct cursor c = { 0 };
	int r = check_unchanged(s, err);

	for (uint64_t i = 0; r == 0 && i < n; i++) {
		if (!cursor_left(&c)) {
			uint64_t rest = (n - i) * BCF_BLOCK_ENTRY;
			size_t len = rest < sizeof(piece) ? (size_t)rest : sizeof(piece);

			r = file_read(s->fd, piece, len, offset + i * BCF_BLOCK_ENTRY, err);
			if (r < 0)
				return err_prefix(err, r, "%s: BGZF blocks", s->pathname);
			c = cursor_over(piece, len);
		}
		out[i].size = cursor_u16(&c) + 1u;
		out[i].crc = cursor_u32(&c);
		if (out[i].size > left)
			return bad_blocks(s, chunk, err);
		left -= out[i].size;
	}
	if (r == 0 && left)
		return bad_blocks(s, chunk, err);
	return r < 0 ? r : check_unchanged(s, err);
}

uint64_t store_view_bytes(const struct store *s, enum store_view view)
{
	const struct chunk_info *last = s->n_chunks ? &s->chunks[s->n_chunks - 1] : NULL;

	return last ? last->view_offset[view] + last->view_bytes[view] : 0;
}
