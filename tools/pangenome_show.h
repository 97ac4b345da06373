/* SPDX-License-Identifier: MIT */
/* What `genofs pangenome` prints of objects, for people or as JSON. */
#ifndef GENOFS_TOOLS_PANGENOME_SHOW_H
#define GENOFS_TOOLS_PANGENOME_SHOW_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/shm/shm_manage.h"

/* Rows of a list: begin, each object, end. */
struct show_list {
	bool json;
	unsigned n; /* rows so far */
};

void show_list_begin(struct show_list *l);
void show_list_row(struct show_list *l, const struct shm_info *info);
void show_list_end(struct show_list *l);

/* All of an attached graph. @folder: as it was asked for; @pids: pid_t of those who hold it.
 * Return: 0; what image_attach() returns. */
int show_graph(const struct shm_object *object, const char *folder, const struct buf *pids,
		bool json, struct err *err);

#endif
