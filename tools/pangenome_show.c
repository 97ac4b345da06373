/* SPDX-License-Identifier: MIT */
#include "tools/pangenome_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/deadline.h"
#include "core/graph/graph.h"
#include "core/graph/graph_object.h"
#include "tools/json.h"
#include "tools/progress.h"

enum { TIME_LEN = 24 };

/* "2026-11-25T21:40:00Z". */
static const char *time_text(int64_t ns, char out[TIME_LEN])
{
	time_t seconds = (time_t)(ns / NS_PER_S);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(out, TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, TIME_LEN, "?");
	return out;
}

void show_list_begin(struct show_list *l)
{
	if (l->json)
		fputs("[", stdout);
}

static void row_text(const struct shm_info *info)
{
	char size[16];
	char used[TIME_LEN];

	printf("%-32s %-13s %11s %3u held, used %s  %s\n", info->name, shm_state_names[info->state],
			progress_size(size, info->size), info->n_holders,
			time_text(info->last_used, used),
			info->header ? info->header->source.path : "");
}

static void row_json(const struct shm_info *info, bool first)
{
	char used[TIME_LEN];

	printf("%s\n {\"name\": \"%s\", \"uid\": %u, \"mode\": \"%04o\", \"state\": \"%s\", "
	       "\"bytes\": %" PRIu64 ", \"holders\": %u, \"last_used\": \"%s\", \"source\": ",
			first ? "" : ",", info->name, info->uid, info->mode,
			shm_state_names[info->state], info->size, info->n_holders,
			time_text(info->last_used, used));
	if (info->header)
		json_string(info->header->source.path, strlen(info->header->source.path));
	else
		fputs("null", stdout);
	fputs("}", stdout);
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

static void pids_json(const struct buf *pids)
{
	fputs("[", stdout);
	for (size_t at = 0; at < pids->len; at += sizeof(pid_t)) {
		pid_t pid;

		memcpy(&pid, pids->data + at, sizeof(pid));
		printf("%s%d", at ? ", " : "", (int)pid);
	}
	fputs("]", stdout);
}

static void graph_json(const struct graph *g, const struct shm_object *object, const char *folder,
		const struct buf *pids)
{
	const struct shm_header *h = shm_object_header(object);
	char time[TIME_LEN];

	printf("{\"name\": \"%s\", \"folder\": ", shm_object_name(object));
	json_string(folder, strlen(folder));
	printf(", \"bytes\": %" PRIu64 ", \"uid\": %u, \"made\": \"%s\",\n \"holders\": ", h->total,
			h->uid, time_text(h->created, time));
	pids_json(pids);
	fputs(",\n \"source\": {\"path\": ", stdout);
	json_string(h->source.path, strlen(h->source.path));
	printf(", \"bytes\": %" PRIu64 ", \"modified\": \"%s\", \"xxh128\": \"%016" PRIx64
	       "%016" PRIx64 "\"},\n",
			h->source.size, time_text(h->source.mtime, time), h->source.full.high,
			h->source.full.low);
	printf(" \"gbz_version\": %u, \"nodes\": %" PRIu64 ", \"bases\": %" PRIu64
	       ", \"paths\": %" PRIu64 ", \"steps\": %" PRIu64 ", \"samples\": %" PRIu64
	       ", \"contigs\": %" PRIu64 ", \"segments\": %" PRIu64 "}\n",
			le32toh(g->head->gbz_version), g->n_nodes, g->n_bases, g->n_paths,
			g->n_visits - g->n_sequences, graph_n_strings(&g->sample_names),
			graph_n_strings(&g->contig_names), g->n_segments);
}

static void graph_text(const struct graph *g, const struct shm_object *object, const char *folder,
		const struct buf *pids)
{
	const struct shm_header *h = shm_object_header(object);
	char size[16];
	char time[TIME_LEN];

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
			g->n_visits - g->n_sequences);
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
		graph_json(&g, object, folder, pids);
	else
		graph_text(&g, object, folder, pids);
	return 0;
}
