/* SPDX-License-Identifier: MIT */
#include "core/shm/shm_header.h"

#include <errno.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/checksum.h"
#include "core/base/cleanup.h"
#include "core/base/cursor.h"

static const char magic[8] = { 'g', 'e', 'n', 'o', 'f', 's', 'h', 'm' };

enum { AT_PATH = 176, AT_CHECKSUM = SHM_HEADER_LEN - 8 };

_Static_assert(AT_PATH + SHM_SOURCE_MAX <= AT_CHECKSUM, "a pathname fits");

bool shm_header_is_ours(const uint8_t *page, size_t len)
{
	return len >= sizeof(magic) && memcmp(page, magic, sizeof(magic)) == 0;
}

static void put_digest(struct buf *b, struct digest d)
{
	buf_put_u64(b, d.low);
	buf_put_u64(b, d.high);
}

static struct digest get_digest(struct cursor *c)
{
	struct digest d;

	d.low = cursor_u64(c);
	d.high = cursor_u64(c);
	return d;
}

int shm_header_write(const struct shm_header *h, uint8_t page[SHM_HEADER_LEN])
{
	CLEANUP(buf_done) struct buf b = { 0 };
	const struct shm_identity *s = &h->source;
	uint64_t sum;

	buf_put(&b, magic, sizeof(magic));
	buf_put_u32(&b, SHM_LAYOUT);
	buf_put_u32(&b, h->kind);
	buf_put_u32(&b, h->kind_version);
	buf_put_u32(&b, h->uid);
	buf_put_u32(&b, h->pid);
	buf_put_u32(&b, (uint32_t)strlen(s->path));
	buf_put_u64(&b, h->total);
	buf_put_u64(&b, h->payload_offset);
	buf_put_u64(&b, h->payload_size);
	buf_put_u64(&b, h->payload_checksum);
	buf_put_u64(&b, (uint64_t)h->created);
	buf_put(&b, h->boot, SHM_BOOT_MAX);
	buf_put_u64(&b, s->dev);
	buf_put_u64(&b, s->ino);
	buf_put_u64(&b, s->size);
	buf_put_u64(&b, (uint64_t)s->mtime);
	put_digest(&b, s->quick);
	put_digest(&b, s->full);
	buf_put(&b, s->path, strlen(s->path));
	if (buf_failed(&b))
		return -ENOMEM;
	memset(page, 0, SHM_HEADER_LEN);
	memcpy(page, b.data, b.len);
	sum = htole64(checksum(page, AT_CHECKSUM));
	memcpy(page + AT_CHECKSUM, &sum, sizeof(sum));
	return 0;
}

static bool all_zero(const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p++)
		if (*p)
			return false;
	return true;
}

/* The fields behind magic and version. False where they do not fit together. */
static bool read_fields(struct cursor *c, struct shm_header *h)
{
	struct shm_identity *s = &h->source;
	const uint8_t *bytes;
	uint32_t path_len;

	h->kind = cursor_u32(c);
	h->kind_version = cursor_u32(c);
	h->uid = cursor_u32(c);
	h->pid = cursor_u32(c);
	path_len = cursor_u32(c);
	h->total = cursor_u64(c);
	h->payload_offset = cursor_u64(c);
	h->payload_size = cursor_u64(c);
	h->payload_checksum = cursor_u64(c);
	h->created = (int64_t)cursor_u64(c);
	bytes = cursor_take(c, SHM_BOOT_MAX);
	if (!bytes || bytes[SHM_BOOT_MAX - 1])
		return false;
	memcpy(h->boot, bytes, SHM_BOOT_MAX);
	s->dev = cursor_u64(c);
	s->ino = cursor_u64(c);
	s->size = cursor_u64(c);
	s->mtime = (int64_t)cursor_u64(c);
	s->quick = get_digest(c);
	s->full = get_digest(c);
	bytes = path_len < SHM_SOURCE_MAX ? cursor_take(c, path_len) : NULL;
	if (!bytes || memchr(bytes, '\0', path_len) || (path_len && bytes[0] != '/'))
		return false;
	memcpy(s->path, bytes, path_len);
	return !cursor_bad(c);
}

int shm_header_read(const uint8_t *page, size_t len, uint64_t file_size, struct shm_header *out,
		struct err *err)
{
	struct shm_header h = { 0 };
	struct cursor c = cursor_over(page, len);
	uint32_t version;
	uint64_t sum;

	if (!shm_header_is_ours(page, len))
		return err_set(err, -EBADMSG, "is no object of genofs");
	cursor_take(&c, sizeof(magic));
	version = cursor_u32(&c);
	if (!cursor_bad(&c) && version != SHM_LAYOUT) {
		err_set(err, -ENOTSUP, "has layout version %u, and this genofs reads %d", version,
				SHM_LAYOUT);
		return err_cure(err, -ENOTSUP, "drop it and load it again with this genofs");
	}
	if (len < SHM_HEADER_LEN)
		return err_set(err, -EBADMSG, "is damaged: %zu bytes are no header", len);
	memcpy(&sum, page + AT_CHECKSUM, sizeof(sum));
	if (!checksum_fits(page, AT_CHECKSUM, le64toh(sum)))
		return err_set(err, -EBADMSG, "is damaged: bad checksum of its header");
	c.end = page + AT_CHECKSUM;
	if (!read_fields(&c, &h) || !all_zero(c.at, c.end))
		return err_set(err, -EBADMSG, "is damaged: its header makes no sense");
	if (h.payload_offset != SHM_HEADER_LEN || h.total != file_size ||
			h.total < SHM_HEADER_LEN || h.payload_size != h.total - SHM_HEADER_LEN)
		return err_set(err, -EBADMSG,
				"is damaged: it has %llu bytes and its header says %llu",
				(unsigned long long)file_size, (unsigned long long)h.total);
	*out = h;
	return 0;
}
