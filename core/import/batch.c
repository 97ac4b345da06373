/* SPDX-License-Identifier: MIT */
#include "core/import/batch.h"

#include <errno.h>
#include <stdlib.h>

int batch_new(struct batch **out)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	atomic_init(&b->refs, 1);
	*out = b;
	return 0;
}

void batch_ref(struct batch *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
}

void batch_put(struct batch *b)
{
	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	free(b->records);
	free(b->proofs);
	free(b->odd);
	buf_done(&b->bytes);
	free(b);
}

void batch_putp(struct batch **b)
{
	batch_put(*b);
}

static int grow(struct batch *b)
{
	uint32_t cap = b->cap ? b->cap * 2 : 64;
	struct record *records = realloc(b->records, cap * sizeof(*records));
	struct proof *proofs;
	bool *odd;

	if (!records)
		return -ENOMEM;
	b->records = records;
	proofs = realloc(b->proofs, cap * sizeof(*proofs));
	if (!proofs)
		return -ENOMEM;
	b->proofs = proofs;
	odd = realloc(b->odd, cap * sizeof(*odd));
	if (!odd)
		return -ENOMEM;
	b->odd = odd;
	b->cap = cap;
	return 0;
}

int batch_add(struct batch *b, const struct record *r, const struct proof *p, bool odd)
{
	if (buf_failed(&b->bytes) || (b->n == b->cap && grow(b) < 0))
		return -ENOMEM;
	b->records[b->n] = *r;
	b->proofs[b->n] = *p;
	b->odd[b->n] = odd;
	b->n++;
	return 0;
}

void batch_seal(struct batch *b)
{
	const uint8_t *at = b->bytes.data;

	for (uint32_t i = 0; i < b->n; i++) {
		struct record *r = &b->records[i];

		r->site = at;
		r->fmt = at + r->site_len;
		at = r->fmt + r->fmt_len;
	}
}

size_t batch_memory(const struct batch *b)
{
	return sizeof(*b) + b->bytes.cap +
	       b->cap * (sizeof(*b->records) + sizeof(*b->proofs) + sizeof(*b->odd));
}
