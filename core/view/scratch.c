/* SPDX-License-Identifier: MIT */
#include "core/view/scratch.h"

#include <pthread.h>
#include <stdlib.h>

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void scratch_free(void *p)
{
	struct view_scratch *s = p;

	vcf_scratch_done(&s->vcf);
	free(s->offsets.at);
	free(s->offsets.record);
	subsetter_done(&s->subset);
	buf_done(&s->values);
	buf_done(&s->slots);
	buf_done(&s->aux);
	buf_done(&s->bgzf);
	free(s);
}

static void make_key(void)
{
	pthread_key_create(&key, scratch_free);
}

struct view_scratch *view_scratch(void)
{
	struct view_scratch *s;

	pthread_once(&once, make_key);
	s = pthread_getspecific(key);
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (s && pthread_setspecific(key, s) != 0) {
			free(s);
			s = NULL;
		}
	}
	return s;
}
