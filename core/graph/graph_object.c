/* SPDX-License-Identifier: MIT */
#include "core/graph/graph_object.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/graph/image_layout.h"

/* One load under way. */
struct loading {
	const struct graph_load *load;
	const struct gbz *gbz;
};

int graph_object_name(const char *pathname, char out[SHM_NAME_MAX + 1], struct err *err)
{
	CLEANUP(freep) struct shm_identity *id = malloc(sizeof(*id));
	int r;

	if (!id)
		return err_set(err, -ENOMEM, "%s: out of memory", pathname);
	r = shm_identity(pathname, id, err);
	if (r == 0)
		shm_default_name(id, out);
	return r;
}

static int tell(void *arg, uint64_t done, uint64_t total)
{
	const struct graph_load *load = arg;

	if (load->progress)
		load->progress(load->arg, done, total);
	return 0;
}

static int fill(void *payload, uint64_t size, void *arg, struct err *err)
{
	struct loading *l = arg;

	return image_build(l->gbz, payload, size, tell, (void *)(uintptr_t)l->load, err);
}

static int verify(const void *payload, uint64_t size, void *arg, struct err *err)
{
	(void)arg;
	/* image_build() has checked all that it wrote. */
	return image_verify_content(payload, size, err);
}

static void phase(enum shm_phase now, void *arg)
{
	const struct loading *l = arg;

	if (l->load->phase)
		l->load->phase(now, l->load->arg);
}

int graph_object_load(const struct graph_load *load, struct shm_object **out, struct err *err)
{
	CLEANUP(gbz_closep) struct gbz *gbz = NULL;
	CLEANUP(freep) struct shm_identity *source = malloc(sizeof(*source));
	char name[SHM_NAME_MAX + 1];
	struct loading l = { .load = load };
	struct shm_wanted wanted = { .folder = load->folder,
		.name = load->name ? load->name : name,
		.source = source,
		.kind = GRAPH_OBJECT_KIND,
		.kind_version = IMAGE_LAYOUT };
	struct shm_maker maker = {
		.mode = load->mode, .fill = fill, .verify = verify, .phase = phase, .arg = &l
	};
	int r;

	if (!source)
		return err_set(err, -ENOMEM, "%s: out of memory", load->pathname);
	/* The identity is from before the file is opened: a file put in its place meanwhile is
	 * told apart when the object is made. */
	r = shm_identity(load->pathname, source, err);
	if (r < 0)
		return r;
	shm_default_name(source, name);
	r = gbz_open(load->pathname, &gbz, err);
	if (r == 0)
		r = image_size(gbz, &maker.size, err);
	if (r < 0)
		return r;
	l.gbz = gbz;
	return shm_create(&wanted, &maker, out, err);
}

int graph_object_attach(
		const char *folder, const char *name, struct shm_object **out, struct err *err)
{
	struct shm_wanted wanted = { .folder = folder,
		.name = name,
		.kind = GRAPH_OBJECT_KIND,
		.kind_version = IMAGE_LAYOUT };

	return shm_attach(&wanted, out, err);
}
