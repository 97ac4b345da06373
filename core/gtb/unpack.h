/* SPDX-License-Identifier: MIT */
/*
 * The compressed streams of GTB files. No state; from any thread.
 */
#ifndef GENOFS_GTB_UNPACK_H
#define GENOFS_GTB_UNPACK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* As version 1 numbers them. */
enum gtb_codec { GTB_ZSTD, GTB_LZMA, GTB_GZIP, N_GTB_CODECS };

extern const char *const gtb_codec_names[N_GTB_CODECS];

/* Bytes decompressed, and the memory that they come out of, of one reader or of several at once. */
struct gtb_room {
	size_t max; /* bytes */
	_Atomic size_t used;
	const char *option; /* that gives more of it */
};

/* Take @n bytes out of it: whether they were there; and give them back. */
bool gtb_room_take(struct gtb_room *room, size_t n);
void gtb_room_give(struct gtb_room *room, size_t n);
/* @n bytes for gtb_room_free(), or NULL with -EOVERFLOW or -ENOMEM in *@code. */
void *gtb_room_alloc(struct gtb_room *room, size_t n, int *code, struct err *err);
void gtb_room_free(struct gtb_room *room, void *p, size_t n); /* NULL is nothing to do */

enum { UNPACK_ANY = -1 };

/* Enough of a stream for gtb_unpacked_size(). */
enum { UNPACK_HEAD = 18 };
/* Bytes that will come out of a stream of Zstandard's which begins with [@in, @in + @len); 0: it
 * does not say. */
uint64_t gtb_unpacked_size(const uint8_t *in, size_t len);

/**
 * gtb_unpack() - decompress the one stream that [@in, @in + @len) is
 * @want: bytes that must come out, or UNPACK_ANY
 * @out:  *@out_len bytes of @room, the caller's
 *
 * Return: 0; -EBADMSG, -EOVERFLOW, -ENOMEM.
 */
int gtb_unpack(enum gtb_codec codec, const uint8_t *in, size_t len, int64_t want,
		struct gtb_room *room, uint8_t **out, size_t *out_len, struct err *err);

#endif
