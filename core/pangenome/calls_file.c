/* SPDX-License-Identifier: MIT */
#include "core/pangenome/calls_file.h"

#include "core/pangenome/calls.h"
#include "core/pangenome/pangenome.h"

int calls_file_make(struct pg_file *f, struct err *err)
{
	struct pangenome *p = f->pangenome;
	struct calls_input in = { .graph = pangenome_graph(p), .catalog = pangenome_catalog(p) };
	struct calls *calls = NULL;
	int r = pangenome_layout(p, f->folder.number, &in.layout, &in.contig, err);

	if (r == 0)
		r = pangenome_call_chains(p, f->folder.number, &in.chains, err);
	pangenome_interval(p, &f->folder, &in.low, &in.high);
	if (r == 0)
		r = calls_new(&in, pangenome_call_blocks(p), &calls, err);
	if (r < 0)
		return r;
	f->made = calls;
	f->made_bytes = calls_bytes(calls);
	return 0;
}

int calls_file_write(
		const void *of, struct text_state *state, struct text_out *out, struct err *err)
{
	const struct pg_file *f = of;

	return calls_write(f->made, state, out, err);
}

void calls_file_free(struct pg_file *f)
{
	calls_free(f->made);
}
