/* SPDX-License-Identifier: MIT */
#include "core/pangenome/gbz_file.h"

#include "core/pangenome/gbz_write.h"
#include "core/pangenome/pangenome.h"

int gbz_file_make(struct pg_file *f, struct err *err)
{
	struct gbz_writer *w = NULL;
	int r = gbz_writer_new(pangenome_graph(f->pangenome), &w, err);

	if (r < 0)
		return r;
	f->made = w;
	f->made_bytes = gbz_writer_bytes(w);
	f->size = gbz_writer_size(w);
	return 0;
}

int gbz_file_read(const struct pg_file *f, char *buf, size_t len, uint64_t off, struct err *err)
{
	(void)err;
	gbz_writer_read(f->made, buf, len, off);
	return 0;
}

void gbz_file_free(struct pg_file *f)
{
	gbz_writer_free(f->made);
}
