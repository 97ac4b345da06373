/* SPDX-License-Identifier: MIT */
#include "core/import/sort_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lz4.h>

#include "core/base/cleanup.h"

enum { FRAME_BYTES = 128 * 1024 };

struct frame_head {
	uint32_t raw_len;
	uint32_t len;
	uint64_t checksum; /* of the compressed bytes */
};

struct run_file {
	int fd;       /* owned */
	uint64_t end; /* bytes written */
	uint64_t run_start;
	struct buf raw;    /* the frame being filled */
	struct buf packed; /* scratch */
};

struct run_reader {
	int fd; /* borrowed */
	uint64_t at;
	uint64_t end;
	struct buf packed;
	struct buf raw;
	size_t raw_at;
};

/* A file that has no name, or loses it at once where the file system has none of those. */
static int open_nameless(const char *target, int *out)
{
	CLEANUP(freep) char *name = NULL;
	const char *slash = strrchr(target, '/');
	int fd;

	if (asprintf(&name, "%.*s", slash ? (int)(slash - target) + 1 : 2, slash ? target : "./") <
			0) {
		name = NULL;
		return -ENOMEM;
	}
	fd = open(name, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		free(name);
		name = NULL;
		if (asprintf(&name, "%s.sort.XXXXXX", target) < 0) {
			name = NULL;
			return -ENOMEM;
		}
		fd = mkostemp(name, O_CLOEXEC);
		if (fd < 0)
			return -errno;
		unlink(name);
	}
	*out = fd;
	return 0;
}

int run_file_new(const char *target, struct run_file **out, struct err *err)
{
	struct run_file *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(err, -ENOMEM, "out of memory");
	r = open_nameless(target, &f->fd);
	if (r < 0) {
		free(f);
		return err_set(err, r, "%s: no temporary file can be made beside it: %s", target,
				strerror(-r));
	}
	*out = f;
	return 0;
}

void run_file_free(struct run_file *f)
{
	if (!f)
		return;
	close(f->fd);
	buf_done(&f->raw);
	buf_done(&f->packed);
	free(f);
}

static int write_all(struct run_file *f, const void *p, size_t n, struct err *err)
{
	const uint8_t *at = p;

	while (n) {
		ssize_t done = pwrite(f->fd, at, n, (off_t)f->end);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_set(err, -errno,
					"cannot write the temporary file that sorting needs: %m; "
					"free "
					"some space, or sort the input first (bcftools sort)");
		at += done;
		n -= (size_t)done;
		f->end += (uint64_t)done;
	}
	return 0;
}

static int write_frame(struct run_file *f, struct err *err)
{
	struct frame_head head = { .raw_len = (uint32_t)f->raw.len };
	int bound;
	int len;

	if (!f->raw.len)
		return 0;
	if (f->raw.len > LZ4_MAX_INPUT_SIZE)
		return err_set(err, -EOVERFLOW, "a record is too large to be sorted");
	bound = LZ4_compressBound((int)f->raw.len);
	buf_clear(&f->packed);
	if (buf_failed(&f->raw) || !buf_reserve(&f->packed, sizeof(head) + (size_t)bound))
		return err_set(err, -ENOMEM, "out of memory");
	len = LZ4_compress_default((const char *)f->raw.data, (char *)f->packed.data + sizeof(head),
			(int)f->raw.len, bound);
	head.len = (uint32_t)len;
	head.checksum = checksum(f->packed.data + sizeof(head), (size_t)len);
	memcpy(f->packed.data, &head, sizeof(head));
	buf_clear(&f->raw);
	return write_all(f, f->packed.data, sizeof(head) + (size_t)len, err);
}

int run_file_put(struct run_file *f, const struct record *r, const struct proof *p, struct err *err)
{
	buf_put(&f->raw, r, sizeof(*r));
	buf_put(&f->raw, p, sizeof(*p));
	buf_put(&f->raw, r->site, r->site_len);
	buf_put(&f->raw, r->fmt, r->fmt_len);
	if (buf_failed(&f->raw))
		return err_set(err, -ENOMEM, "out of memory");
	return f->raw.len < FRAME_BYTES ? 0 : write_frame(f, err);
}

int run_file_end(struct run_file *f, struct run *out, struct err *err)
{
	int r = write_frame(f, err);

	if (r < 0)
		return r;
	*out = (struct run){ .start = f->run_start, .end = f->end };
	f->run_start = f->end;
	return 0;
}

int run_reader_new(const struct run_file *f, struct run run, struct run_reader **out)
{
	struct run_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->fd = f->fd;
	r->at = run.start;
	r->end = run.end;
	*out = r;
	return 0;
}

void run_reader_free(struct run_reader *r)
{
	if (!r)
		return;
	buf_done(&r->packed);
	buf_done(&r->raw);
	free(r);
}

static int read_all(struct run_reader *r, void *p, size_t n, struct err *err)
{
	uint8_t *at = p;

	while (n) {
		ssize_t done = pread(r->fd, at, n, (off_t)r->at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_set(err, done < 0 ? -errno : -EIO,
					"cannot read back the temporary file of sorting: %s",
					done < 0 ? strerror(errno) : "it is too short");
		at += done;
		n -= (size_t)done;
		r->at += (uint64_t)done;
	}
	return 0;
}

static int read_frame(struct run_reader *r, struct err *err)
{
	struct frame_head head;
	int ret = read_all(r, &head, sizeof(head), err);

	if (ret < 0)
		return ret;
	buf_clear(&r->packed);
	buf_clear(&r->raw);
	if (!buf_reserve(&r->packed, head.len) || !buf_reserve(&r->raw, head.raw_len))
		return err_set(err, -ENOMEM, "out of memory");
	ret = read_all(r, r->packed.data, head.len, err);
	if (ret < 0)
		return ret;
	if (checksum(r->packed.data, head.len) != head.checksum ||
			LZ4_decompress_safe((const char *)r->packed.data, (char *)r->raw.data,
					(int)head.len, (int)head.raw_len) != (int)head.raw_len)
		return err_set(err, -EIO, "the temporary file of sorting came back damaged");
	r->raw.len = head.raw_len;
	r->raw_at = 0;
	return 0;
}

int run_reader_next(
		struct run_reader *r, struct record *record, struct proof *proof, struct err *err)
{
	const uint8_t *p;
	int ret;

	if (r->raw_at == r->raw.len) {
		if (r->at == r->end)
			return 0;
		ret = read_frame(r, err);
		if (ret < 0)
			return ret;
	}
	p = r->raw.data + r->raw_at;
	memcpy(record, p, sizeof(*record));
	memcpy(proof, p + sizeof(*record), sizeof(*proof));
	record->site = p + sizeof(*record) + sizeof(*proof);
	record->fmt = record->site + record->site_len;
	r->raw_at = (size_t)(record->fmt + record->fmt_len - r->raw.data);
	return 1;
}
