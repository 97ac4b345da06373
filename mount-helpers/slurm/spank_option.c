/* SPDX-License-Identifier: MIT */
#include "mount-helpers/slurm/spank_option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/words.h"

void spank_mount_done(struct spank_mount *m)
{
	for (size_t i = 0; i < m->n_sources; i++)
		free(m->sources[i]);
	free(m->sources);
	free(m->mnt);
	*m = (struct spank_mount){ 0 };
}

static int check_source(const char *word, struct err *err)
{
	const char *source = words_source(word);

	if (*source == '/' || strncmp(source, "shm:", 4) == 0)
		return 0;
	return err_set(err, -EINVAL, "--genofs: the source '%s' must be an absolute pathname",
			word);
}

static int add_source(struct spank_mount *m, const char *word, struct err *err)
{
	int r = check_source(word, err);

	if (r < 0)
		return r;
	m->sources[m->n_sources] = strdup(word);
	if (!m->sources[m->n_sources])
		return err_set(err, -ENOMEM, "out of memory");
	m->n_sources++;
	return 0;
}

static int parse(const char *value, struct spank_mount *m, struct err *err)
{
	const char *colon = strrchr(value, ':');
	const char *mnt = colon ? colon + 1 : "";
	CLEANUP(freep) char *word = malloc(strlen(value) + 1);
	int r = 0;

	m->mnt = strdup(mnt);
	m->sources = calloc(strlen(value) + 1, sizeof(*m->sources)); /* a byte each at least */
	if (!m->mnt || !m->sources || !word)
		return err_set(err, -ENOMEM, "out of memory");
	if (*mnt != '/')
		return err_set(err, -EINVAL,
				"--genofs=%s: SOURCE[,SOURCE...]:MNT is wanted, MNT an absolute "
				"pathname",
				value);
	while (r == 0 && words_next(&value, colon, word))
		r = add_source(m, word, err);
	if (r == 0 && m->n_sources == 0)
		r = err_set(err, -EINVAL, "--genofs: a SOURCE is needed before :%s", mnt);
	return r;
}

int spank_option_parse(const char *value, struct spank_mount *out, struct err *err)
{
	struct spank_mount m = { 0 };
	int r = parse(value, &m, err);

	if (r < 0)
		spank_mount_done(&m);
	else
		*out = m;
	return r;
}
