/* SPDX-License-Identifier: MIT */
/* GTB files for tests: bytes in a file of their own, and all that there is to read in one. */
#ifndef GENOFS_TESTS_GTB_FILE_H
#define GENOFS_TESTS_GTB_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/gtb/vcf.h"

/* An open file with the bytes, and the pathname that leads to it. */
struct gtb_file {
	int fd;
	char pathname[40];
};

static inline struct gtb_file gtb_file_of(const void *p, size_t n)
{
	struct gtb_file f = { .fd = memfd_create("test.gtb", MFD_CLOEXEC) };

	if (f.fd < 0 || write(f.fd, p, n) != (ssize_t)n)
		abort();
	snprintf(f.pathname, sizeof(f.pathname), "/proc/self/fd/%d", f.fd);
	return f;
}

static inline int gtb_walk_fields(const struct gtb *g, struct gtb_reader *r, uint64_t record,
		uint64_t *n_bytes, struct err *err)
{
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < gtb_n_fields(g); i++) {
		struct gtb_value value;
		struct gtb_item item;

		if (!gtb_field(g, i).type)
			continue;
		ret = gtb_read_value(r, i, record, &value, err);
		while (ret == 0 && gtb_value_next(&value, &item)) {
			for (size_t k = 0; k < item.text.len; k++)
				*n_bytes += (unsigned char)item.text.s[k];
			for (size_t k = 0; k < item.key.len; k++)
				*n_bytes += (unsigned char)item.key.s[k];
		}
	}
	return ret;
}

/**
 * gtb_walk() - everything in a file: its header, the line of each record, each value of fields
 * @most: records to read
 * @text: the header and the lines, appended; may be NULL
 *
 * Return: 0, or what the reader said.
 */
static inline int gtb_walk(const char *pathname, size_t memory, uint64_t most, struct buf *text,
		struct err *err)
{
	const struct gtb_options o = { .memory = memory };
	CLEANUP(gtb_closep) struct gtb *g = NULL;
	CLEANUP(gtb_reader_freep) struct gtb_reader *r = NULL;
	CLEANUP(gtb_vcf_freep) struct gtb_vcf *v = NULL;
	struct gtb_vcf_odd odd = { 0 };
	struct buf scratch = { 0 };
	uint64_t n_bytes = 0;
	uint64_t n;
	int ret = gtb_open(pathname, &o, &g, err);

	if (ret == 0)
		ret = gtb_reader_new(g, &r, err);
	if (ret == 0)
		ret = gtb_vcf_new(g, r, &v, err);
	if (ret < 0)
		return ret;
	gtb_vcf_header(v, text ? text : &scratch);
	n = gtb_n_records(g) < most ? gtb_n_records(g) : most;
	for (uint64_t i = 0; ret == 0 && i < n; i++) {
		buf_clear(&scratch);
		ret = gtb_vcf_line(v, r, i, text ? text : &scratch, &odd, err);
		if (ret == 0)
			ret = gtb_walk_fields(g, r, i, &n_bytes, err);
	}
	buf_done(&scratch);
	return ret;
}

#endif
