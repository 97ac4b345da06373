/* SPDX-License-Identifier: MIT */
#include "tools/pangenome_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/time_text.h"
#include "core/graph/graph.h"
#include "core/graph/graph_json.h"
#include "core/graph/graph_object.h"
#include "core/pangenome/index.h"
#include "tools/json.h"
#include "tools/progress.h"

void show_list_begin(struct show_list *l)
{
	if (l->json)
		fputs("[", stdout);
}

/* What is in it, as far as it can be read; NULL: not known. */
static const char *kind_of(const struct shm_info *info)
{
	if (!info->header)
		return NULL;
	if (info->header->kind == GRAPH_OBJECT_KIND)
		return "graph";
	return info->header->kind == INDEX_OBJECT_KIND ? "index" : "other";
}

static void row_text(const struct shm_info *info)
{
	const char *kind = kind_of(info);
	char size[16];
	char used[TIME_TEXT_LEN];

	printf("%-32s %-5s %-13s %11s %3u held, used %s  %s\n", info->name, kind ? kind : "?",
			shm_state_names[info->state], progress_size(size, info->size),
			info->n_holders, time_text(info->last_used, used),
			info->header ? info->header->source.path : "");
}

static void row_json(const struct shm_info *info, bool first)
{
	const char *kind = kind_of(info);
	char used[TIME_TEXT_LEN];

	printf("%s\n {\"name\": \"%s\", \"uid\": %u, \"mode\": \"%04o\", \"state\": \"%s\", "
	       "\"bytes\": %" PRIu64 ", \"holders\": %u, \"last_used\": \"%s\", \"source\": ",
			first ? "" : ",", info->name, info->uid, info->mode,
			shm_state_names[info->state], info->size, info->n_holders,
			time_text(info->last_used, used));
	if (info->header)
		json_string(info->header->source.path, strlen(info->header->source.path));
	else
		fputs("null", stdout);
	printf(", \"kind\": %s%s%s}", kind ? "\"" : "", kind ? kind : "null", kind ? "\"" : "");
}

void show_list_row(struct show_list *l, const struct shm_info *info)
{
	if (l->json)
		row_json(info, !l->n);
	else
		row_text(info);
	l->n++;
}

void show_list_end(struct show_list *l)
{
	if (l->json)
		puts("\n]");
}

static int print_json(const struct graph *g, const struct shm_object *object, const char *folder,
		const struct buf *pids, struct err *err)
{
	CLEANUP(buf_done) struct buf b = { 0 };

	graph_json(&b, g, object, folder, pids);
	if (buf_failed(&b))
		return err_set(err, -ENOMEM, "out of memory");
	printf("{%.*s, \"samples\": %" PRIu64 ", \"contigs\": %" PRIu64 "}\n", (int)b.len,
			(const char *)b.data, graph_n_strings(&g->sample_names),
			graph_n_strings(&g->contig_names));
	return 0;
}

static void graph_text(const struct graph *g, const struct shm_object *object, const char *folder,
		const struct buf *pids)
{
	const struct shm_header *h = shm_object_header(object);
	char size[16];
	char time[TIME_TEXT_LEN];

	printf("%s: graph in %s\n", shm_object_name(object), folder);
	printf("  memory    %s\n", progress_size(size, h->total));
	printf("  source    %s\n", h->source.path);
	printf("            GBZ version %u, %s, of %s\n", le32toh(g->head->gbz_version),
			progress_size(size, h->source.size), time_text(h->source.mtime, time));
	printf("  made      %s by user %u\n", time_text(h->created, time), h->uid);
	printf("  held by  ");
	for (size_t at = 0; at < pids->len; at += sizeof(pid_t)) {
		pid_t pid;

		memcpy(&pid, pids->data + at, sizeof(pid));
		printf(" %d", (int)pid);
	}
	printf("%s\n", pids->len ? "" : " no process");
	printf("  nodes     %" PRIu64 ", %" PRIu64 " bases\n", g->n_nodes, g->n_bases);
	printf("  paths     %" PRIu64 ", %" PRIu64 " steps in both directions\n", g->n_paths,
			(g->n_visits - g->n_sequences) / 2);
	printf("  samples   %" PRIu64 "\n", graph_n_strings(&g->sample_names));
	printf("  contigs   %" PRIu64 "\n", graph_n_strings(&g->contig_names));
	printf("  segments  %" PRIu64 "\n", g->n_segments);
}

int show_graph(const struct shm_object *object, const char *folder, const struct buf *pids,
		bool json, struct err *err)
{
	struct graph g;
	int r = image_attach(shm_payload(object), shm_payload_size(object), &g, err);

	if (r < 0)
		return r;
	if (json)
		return print_json(&g, object, folder, pids, err);
	graph_text(&g, object, folder, pids);
	return 0;
}
