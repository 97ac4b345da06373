/* SPDX-License-Identifier: MIT */
#include "core/graph/graph_json.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/time_text.h"

static void put_text(struct buf *b, const char *text)
{
	json_put_string(b, text, strlen(text));
}

static void put_pids(struct buf *b, const struct buf *pids)
{
	if (!pids) {
		buf_printf(b, "null");
		return;
	}
	buf_put_u8(b, '[');
	for (size_t at = 0; at < pids->len; at += sizeof(pid_t)) {
		pid_t pid;

		memcpy(&pid, pids->data + at, sizeof(pid));
		buf_printf(b, "%s%d", at ? ", " : "", (int)pid);
	}
	buf_put_u8(b, ']');
}

void graph_json(struct buf *b, const struct graph *g, const struct shm_object *object,
		const char *folder, const struct buf *pids)
{
	const struct shm_header *h = shm_object_header(object);
	char time[TIME_TEXT_LEN];

	buf_printf(b, "\"name\": ");
	put_text(b, shm_object_name(object));
	buf_printf(b, ", \"folder\": ");
	put_text(b, folder);
	buf_printf(b, ", \"bytes\": %" PRIu64 ", \"uid\": %u, \"made\": \"%s\",\n \"holders\": ",
			h->total, h->uid, time_text(h->created, time));
	put_pids(b, pids);
	buf_printf(b, ",\n \"source\": {\"path\": ");
	put_text(b, h->source.path);
	buf_printf(b,
			", \"bytes\": %" PRIu64 ", \"modified\": \"%s\", \"xxh128\": \"%016" PRIx64
			"%016" PRIx64 "\"},\n",
			h->source.size, time_text(h->source.mtime, time), h->source.full.high,
			h->source.full.low);
	buf_printf(b, " \"gbz_version\": %u, \"gbwt_version\": %u, \"gbwtgraph_version\": %u,\n",
			le32toh(g->head->gbz_version), le32toh(g->head->gbwt_version),
			le32toh(g->head->graph_version));
	buf_printf(b,
			" \"nodes\": %" PRIu64 ", \"bases\": %" PRIu64 ", \"paths\": %" PRIu64
			", \"steps\": %" PRIu64 ", \"segments\": %" PRIu64,
			g->n_nodes, g->n_bases, g->n_paths, (g->n_visits - g->n_sequences) / 2,
			g->n_segments);
}
