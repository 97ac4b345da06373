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

/* Far over any real footer: 10 million samples, a million chunks. A bound for what a damaged or
 * hostile one makes us allocate. */
static const uint64_t SECTION_MAX = 1u << 28;

struct store {
	char *pathname;      /* owned */
	int fd;              /* owned */
	struct stat st;      /* when it was opened */
	uint64_t chunks_end; /* offset of the footer */
	struct buf sections[N_SECTIONS];
	uint32_t n_samples;
	struct names *keys; /* owned */
	uint32_t n_keys;
	uint32_t gt_key;             /* UINT32_MAX where there is none */
	struct contig_info *contigs; /* n_contigs; owned */
	uint32_t n_contigs;
	struct chunk_info *chunks; /* n_chunks; owned */
	uint32_t n_chunks;
	uint64_t n_records;
	struct chunk_group *groups; /* n_groups; owned */
	uint32_t n_groups;
	struct last_group *last; /* owned */
};

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
	free(s->pathname);
	free(s);
}

void store_closep(struct store **s)
{
	store_close(*s);
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

static int unpack_sections(struct store *s, const struct buf *footer, struct err *err)
{
	struct cursor c = cursor_over(footer->data, footer->len);
	uint32_t n = cursor_u32(&c);
	struct cursor data = c;
	struct stream_unpacker *u = NULL;
	int r;

	if (n > cursor_left(&c) / 18 || !cursor_take(&data, (size_t)n * 18))
		return err_set(err, -EBADMSG, "footer is damaged");
	r = stream_unpacker_new(&u);
	for (uint32_t i = 0; i < n && r == 0; i++) {
		uint8_t id = cursor_u8(&c);
		uint8_t codec = cursor_u8(&c);
		uint64_t raw_len = cursor_u64(&c);
		uint64_t len = cursor_u64(&c);
		const uint8_t *p;

		if (len > cursor_left(&data) || raw_len > SECTION_MAX) {
			r = -EBADMSG;
			break;
		}
		p = cursor_take(&data, len);
		/* A section that this version does not know is none of its business. */
		if (id >= N_SECTIONS)
			continue;
		if (s->sections[id].len || !buf_reserve(&s->sections[id], raw_len + 1)) {
			r = s->sections[id].len ? -EBADMSG : -ENOMEM;
			break;
		}
		r = stream_unpack(u, codec, p, len, s->sections[id].data, raw_len);
		s->sections[id].len = raw_len;
	}
	stream_unpacker_free(u);
	return r < 0 ? err_set(err, r, "footer is damaged") : 0;
}

static struct cursor section(const struct store *s, enum footer_section id)
{
	return cursor_over(s->sections[id].data, s->sections[id].len);
}

static int read_samples(struct store *s, struct err *err)
{
	const struct buf *b = &s->sections[SECTION_SAMPLES];

	for (size_t i = 0; i < b->len; i++)
		s->n_samples += b->data[i] == '\n';
	if (b->len && b->data[b->len - 1] != '\n')
		return err_set(err, -EBADMSG, "list of samples is damaged");
	return 0;
}

static int read_keys(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_KEYS);
	uint32_t n = cursor_varint32(&c);
	int r = names_new(&s->keys);

	for (uint32_t i = 0; i < n && r == 0; i++) {
		uint32_t id;
		size_t len;
		const uint8_t *p = cursor_bytes(&c, &len);

		if (!p)
			r = -EBADMSG;
		else
			r = names_intern(s->keys, (const char *)p, len, &id);
		if (r == 0 && id != i)
			r = -EBADMSG;
	}
	if (r == 0 && !cursor_finished(&c))
		r = -EBADMSG;
	s->n_keys = n;
	if (r == 0 && names_find(s->keys, "GT", 2, &s->gt_key) < 0)
		s->gt_key = UINT32_MAX;
	return r < 0 ? err_set(err, r, "table of keys is damaged") : 0;
}

static int read_contigs(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_CONTIGS);
	uint32_t n = cursor_varint32(&c);
	uint32_t n_chunks = 0;

	/* A contig takes at least a byte for each of its four values. */
	if (n > cursor_left(&c) / 4)
		return err_set(err, -EBADMSG, "table of contigs is damaged");
	s->contigs = calloc(n + 1u, sizeof(*s->contigs));
	if (!s->contigs)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct contig_info *contig = &s->contigs[i];

		contig->name.s = (const char *)cursor_bytes(&c, &contig->name.len);
		contig->length = cursor_varint(&c);
		contig->first_chunk = n_chunks;
		contig->n_chunks = cursor_varint32(&c);
		contig->n_records = cursor_varint(&c);
		if (cursor_bad(&c) || !contig->n_chunks ||
				__builtin_add_overflow(n_chunks, contig->n_chunks, &n_chunks))
			return err_set(err, -EBADMSG, "table of contigs is damaged");
	}
	if (!cursor_finished(&c))
		return err_set(err, -EBADMSG, "table of contigs is damaged");
	s->n_contigs = n;
	s->n_chunks = n_chunks;
	return 0;
}

/* One entry of the table of chunks, consistent in itself. */
static bool read_chunk_info(struct cursor *c, struct chunk_info *info)
{
	int64_t span;

	info->length = cursor_varint(c);
	info->head_length = cursor_varint(c);
	info->table_length = cursor_varint(c);
	info->checksum = cursor_u64(c);
	info->record_bytes = cursor_varint(c);
	info->site_bytes = cursor_varint(c);
	info->stream_bytes = cursor_varint(c);
	info->n_columns = cursor_varint32(c);
	info->n_tiles = cursor_varint32(c);
	info->gt_slots = cursor_varint32(c);
	info->n_records = cursor_varint32(c);
	info->start = cursor_zigzag(c);
	span = cursor_zigzag(c);
	for (unsigned v = 0; v < N_STORE_VIEWS; v++)
		info->view_bytes[v] = cursor_varint(c);
	return !cursor_bad(c) && info->n_records && info->n_records <= CHUNK_RECORDS_MAX &&
	       info->table_length <= info->head_length && info->head_length <= info->length &&
	       info->site_bytes <= info->record_bytes && info->record_bytes < UINT64_MAX / 4 &&
	       info->stream_bytes < UINT64_MAX / 4 &&
	       /* Streams are numbered by column and tile. */
	       info->n_tiles && (uint64_t)info->n_columns * info->n_tiles <= UINT32_MAX &&
	       info->start < INT64_MAX && /* it is printed 1-based */
	       !__builtin_add_overflow(info->start, span, &info->end);
}

/* Groups of chunks that follow each other, in order. */
static int read_groups(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_GROUPS);
	uint32_t n = cursor_varint32(&c);
	uint64_t next = 0;

	/* An entry takes at least a byte for each value, and eight for the checksum. */
	if (n > cursor_left(&c) / 12)
		return err_set(err, -EBADMSG, "table of groups is damaged");
	s->groups = calloc(n + 1u, sizeof(*s->groups));
	if (!s->groups)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct chunk_group *g = &s->groups[i];

		g->first_chunk = cursor_varint32(&c);
		g->n_chunks = cursor_varint32(&c);
		g->codec = cursor_u8(&c);
		g->length = cursor_varint(&c);
		g->checksum = cursor_u64(&c);
		if (cursor_bad(&c) || !g->n_chunks || g->first_chunk < next ||
				g->length > s->chunks_end)
			return err_set(err, -EBADMSG, "table of groups is damaged");
		next = (uint64_t)g->first_chunk + g->n_chunks;
	}
	if (!cursor_finished(&c) || next > s->n_chunks)
		return err_set(err, -EBADMSG, "table of groups is damaged");
	s->n_groups = n;
	return 0;
}

/* Where chunks lie, as their tables are gone through. */
struct places {
	uint64_t next;  /* offset of what comes next in the file */
	uint32_t group; /* the next that may begin, or the one that is being filled */
};

static bool place_chunk(
		const struct store *s, struct places *at, uint32_t k, struct chunk_info *info)
{
	struct chunk_group *g = at->group < s->n_groups ? &s->groups[at->group] : NULL;

	if (!g || k < g->first_chunk) {
		info->group = NO_GROUP;
		info->offset = at->next;
		at->next += info->length;
		return info->length <= s->chunks_end - info->offset;
	}
	if (k == g->first_chunk) {
		g->offset = at->next;
		at->next += g->length;
		if (g->length > s->chunks_end - g->offset)
			return false;
	}
	info->group = at->group;
	info->offset = g->raw_length;
	if (info->length > GROUP_RAW_MAX - g->raw_length)
		return false;
	g->raw_length += info->length;
	at->group += k == g->first_chunk + g->n_chunks - 1;
	return true;
}

/* What a chunk has from those before it. */
static bool follow_on(const struct chunk_info *last, struct chunk_info *info)
{
	bool overflow = false;

	info->first_record = last ? last->first_record + last->n_records : 0;
	for (unsigned v = 0; v < N_STORE_VIEWS; v++)
		if (last)
			overflow |= __builtin_add_overflow(last->view_offset[v],
					last->view_bytes[v], &info->view_offset[v]);
	return !overflow;
}

/* Once all lengths are known. */
static void count_read_bytes(struct store *s)
{
	for (uint32_t k = 0; k < s->n_chunks; k++) {
		struct chunk_info *info = &s->chunks[k];

		if (info->group != NO_GROUP)
			info->read_bytes = s->groups[info->group].length +
					   s->groups[info->group].raw_length;
	}
}

static int read_chunks(struct store *s, struct err *err)
{
	struct cursor c = section(s, SECTION_CHUNKS);
	const struct chunk_info *last = NULL;
	struct places at = { .next = STORE_HEAD_LEN };
	uint32_t k = 0;

	if (cursor_varint(&c) != s->n_chunks || s->n_chunks > cursor_left(&c) / 20)
		return err_set(err, -EBADMSG, "table of chunks is damaged");
	s->chunks = calloc(s->n_chunks + 1u, sizeof(*s->chunks));
	if (!s->chunks)
		return err_set(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < s->n_contigs; i++) {
		uint64_t n_records = 0;

		for (uint32_t j = 0; j < s->contigs[i].n_chunks; j++, k++) {
			struct chunk_info *info = &s->chunks[k];

			if (!read_chunk_info(&c, info) || !follow_on(last, info) ||
					!place_chunk(s, &at, k, info))
				return err_set(err, -EBADMSG, "table of chunks is damaged at %u",
						k);
			info->contig = i;
			info->index = j;
			n_records += info->n_records;
			last = info;
		}
		if (n_records != s->contigs[i].n_records)
			return err_set(err, -EBADMSG, "contig %u: number of records is wrong", i);
		s->n_records += n_records;
	}
	if (!cursor_finished(&c) || at.next != s->chunks_end)
		return err_set(err, -EBADMSG, "table of chunks is damaged");
	count_read_bytes(s);
	return 0;
}

static int open_file(struct store *s, const char *pathname, struct err *err)
{
	s->fd = -1;
	s->pathname = strdup(pathname);
	if (!s->pathname)
		return err_set(err, -ENOMEM, "out of memory");
	s->fd = open(pathname, O_RDONLY | O_CLOEXEC);
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
		r = unpack_sections(s, &footer, err);
	buf_done(&footer);
	if (r == 0)
		r = read_samples(s, err);
	if (r == 0)
		r = read_keys(s, err);
	if (r == 0)
		r = read_contigs(s, err);
	if (r == 0)
		r = read_groups(s, err);
	if (r == 0)
		r = read_chunks(s, err);
	/* What the tables were read from is not needed any more, but for the contigs' names. */
	buf_done(&s->sections[SECTION_CHUNKS]);
	buf_done(&s->sections[SECTION_GROUPS]);
	buf_done(&s->sections[SECTION_KEYS]);
	return r == -EBADMSG ? err_cure(err, r, "import it again") : r;
}

int store_open(const char *pathname, struct store **out, struct err *err)
{
	CLEANUP(store_closep) struct store *s = calloc(1, sizeof(*s));
	int r;

	if (s)
		s->last = last_group_new();
	if (!s || !s->last)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	s->fd = -1;
	r = open_file(s, pathname, err);
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
static int read_grouped(const struct store *s, const struct chunk_info *info, void *buf, size_t len,
		struct err *err)
{
	struct last_group *last = s->last;
	uint8_t *raw = NULL;
	bool hit;
	int r;

	pthread_mutex_lock(&last->lock);
	hit = last->group == info->group;
	if (hit)
		memcpy(buf, last->raw + info->offset, len);
	pthread_mutex_unlock(&last->lock);
	if (hit)
		return 0;
	r = chunk_group_read(s->fd, &s->groups[info->group], &raw, err);
	if (r < 0)
		return r;
	memcpy(buf, raw + info->offset, len);
	pthread_mutex_lock(&last->lock);
	free(last->raw);
	last->raw = raw;
	last->group = info->group;
	pthread_mutex_unlock(&last->lock);
	return 0;
}

int store_read_chunk(const struct store *s, uint32_t chunk, void *buf, size_t len, struct err *err)
{
	const struct chunk_info *info = &s->chunks[chunk];
	int r = check_unchanged(s, err);

	if (r < 0)
		return r;
	r = info->group == NO_GROUP ? file_read(s->fd, buf, len, info->offset, err)
				    : read_grouped(s, info, buf, len, err);
	if (r < 0)
		return err_prefix(err, r, "%s: chunk %u", s->pathname, chunk);
	return check_unchanged(s, err);
}
