/* SPDX-License-Identifier: MIT */
/*
 * Shows a graph to tests/cli/graph.sh and tests/mount/pangenome.sh: graph_tool COMMAND FILE.gbz
 *
 * Each image is verified before it is used, as one that came from elsewhere would be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/graph/gfa.h"
#include "core/pangenome/gbz_write.h"
#include "tests/unit/graph_file.h"
#include "tests/unit/graph_laws.h"

static int complain(const struct err *err)
{
	fprintf(stderr, "graph_tool: %s\n", err->msg);
	return 1;
}

static void print_name(struct name n)
{
	fwrite(n.s, 1, n.len, stdout);
}

static int show_paths(const struct loaded_graph *l)
{
	for (uint64_t i = 0; i < l->g.n_paths; i++) {
		struct path_info info;
		uint64_t steps;
		uint64_t bases;

		if (graph_path_length(&l->g, i, &steps, &bases) < 0)
			return 1;
		graph_path_info(&l->g, i, &info);
		printf("%llu\t%s\t", (unsigned long long)i, path_sense_name(info.sense));
		print_name(info.sample);
		printf("\t%u\t", info.haplotype);
		print_name(info.contig);
		printf("\t%llu\t%llu\t%llu\n", (unsigned long long)info.fragment,
				(unsigned long long)steps, (unsigned long long)bases);
	}
	return 0;
}

static int show_walks(const struct loaded_graph *l)
{
	for (uint64_t i = 0; i < l->g.n_paths; i++) {
		struct walk w;
		uint64_t node;
		int r;

		walk_begin(&w, &l->g, i, false);
		while ((r = walk_next(&w, &node)) == 1)
			printf("%c%llu", node_is_reverse(node) ? '<' : '>',
					(unsigned long long)node_id(node));
		if (r < 0)
			return 1;
		putchar('\n');
	}
	return 0;
}

static int print_dna(const struct graph *g, uint64_t path, bool reverse)
{
	struct walk w;
	uint64_t node;
	int r;

	walk_begin(&w, g, path, reverse);
	while ((r = walk_next(&w, &node)) == 1) {
		char piece[100];
		uint64_t from = 0;
		size_t n;

		while ((n = graph_write_sequence(g, node, from, sizeof(piece), piece)) > 0) {
			fwrite(piece, 1, n, stdout);
			from += n;
		}
	}
	putchar('\n');
	return r < 0;
}

/* Forward and reverse of each path, by turns. */
static int show_dna(const struct loaded_graph *l)
{
	for (uint64_t i = 0; i < l->g.n_paths; i++)
		if (print_dna(&l->g, i, false) || print_dna(&l->g, i, true))
			return 1;
	return 0;
}

static int to_stdout(void *arg, const char *text, size_t n)
{
	(void)arg;
	return fwrite(text, 1, n, stdout) == n ? 0 : -1;
}

static int show_gfa(const struct loaded_graph *l)
{
	struct err err = { 0 };

	return gfa_write(&l->g, to_stdout, NULL, &err) < 0 ? complain(&err) : 0;
}

/* The graph as a GBZ of version 1. */
static int show_gbz1(const struct loaded_graph *l)
{
	CLEANUP(gbz_writer_freep) struct gbz_writer *w = NULL;
	struct err err = { 0 };
	char piece[1 << 16];
	uint64_t at = 0;

	if (gbz_writer_new(&l->g, &w, &err) < 0)
		return complain(&err);
	while (at < gbz_writer_size(w)) {
		uint64_t left = gbz_writer_size(w) - at;
		size_t n = left < sizeof(piece) ? (size_t)left : sizeof(piece);

		gbz_writer_read(w, piece, n, at);
		fwrite(piece, 1, n, stdout);
		at += n;
	}
	return 0;
}

/* What the tag pggname is the SHA-256 of. */
static int show_canonical(const struct loaded_graph *l)
{
	const struct graph *g = &l->g;

	for (uint64_t id = graph_next_id(g, 0); id; id = graph_next_id(g, id + 1)) {
		uint64_t length;
		const char *bases = graph_id_sequence(g, id, &length);

		printf("S\t%llu\t%.*s\n", (unsigned long long)id, (int)length, bases);
		for (unsigned strand = 0; strand < 2; strand++) {
			struct edge_iter it;
			struct position to;

			edge_iter_init(&it, g, node_of(id, strand));
			while (edge_iter_next(&it, &to))
				if (edge_is_canonical(node_of(id, strand), to.node))
					printf("L\t%llu\t%c\t%llu\t%c\n", (unsigned long long)id,
							strand ? '-' : '+',
							(unsigned long long)node_id(to.node),
							node_is_reverse(to.node) ? '-' : '+');
		}
	}
	return 0;
}

static int show_tags(const struct loaded_graph *l)
{
	const struct graph_strings *const all[] = { &l->g.tags, &l->g.gbwt_tags };

	for (unsigned t = 0; t < 2; t++) {
		for (uint64_t i = 0; i < graph_n_strings(all[t]); i += 2) {
			print_name(graph_string(all[t], i));
			putchar('\t');
			print_name(graph_string(all[t], i + 1));
			putchar('\n');
		}
	}
	return 0;
}

/* --- all that tests/mount/pangenome_truth.py wants to know, each line with what it is before ---
 */

static void dump_tags(const char *scope, const struct graph_strings *tags)
{
	for (uint64_t i = 0; i < graph_n_strings(tags); i += 2) {
		printf("T\t%s\t", scope);
		print_name(graph_string(tags, i));
		putchar('\t');
		print_name(graph_string(tags, i + 1));
		putchar('\n');
	}
}

static void print_oriented(uint64_t node)
{
	printf("%c%llu", node_is_reverse(node) ? '<' : '>', (unsigned long long)node_id(node));
}

static void dump_node(const struct graph *g, uint64_t id)
{
	uint64_t length;
	const char *bases = graph_id_sequence(g, id, &length);
	uint64_t segment;

	printf("S\t%llu\t%.*s\t", (unsigned long long)id, (int)length, bases);
	if (g->n_segments && graph_segment_of(g, id, &segment))
		print_name(graph_segment(g, segment).name);
	else
		putchar('.');
	putchar('\n');
	for (unsigned strand = 0; strand < 2; strand++) {
		struct edge_iter it;
		struct position to;

		edge_iter_init(&it, g, node_of(id, strand));
		while (edge_iter_next(&it, &to)) {
			if (!edge_is_canonical(node_of(id, strand), to.node))
				continue;
			printf("L\t");
			print_oriented(node_of(id, strand));
			putchar('\t');
			print_oriented(to.node);
			putchar('\n');
		}
	}
}

static int dump_path(const struct graph *g, uint64_t path)
{
	struct path_info info;
	struct walk w;
	uint64_t node;
	int r;

	graph_path_info(g, path, &info);
	printf("W\t%s\t", path_sense_name(info.sense));
	print_name(info.sample);
	printf("\t%u\t", info.haplotype);
	print_name(info.contig);
	printf("\t%llu\t", (unsigned long long)info.fragment);
	walk_begin(&w, g, path, false);
	while ((r = walk_next(&w, &node)) == 1)
		print_oriented(node);
	putchar('\n');
	return r;
}

static int show_dump(const struct loaded_graph *l)
{
	dump_tags("gbz", &l->g.tags);
	dump_tags("gbwt", &l->g.gbwt_tags);
	for (uint64_t id = graph_next_id(&l->g, 0); id; id = graph_next_id(&l->g, id + 1))
		dump_node(&l->g, id);
	for (uint64_t i = 0; i < l->g.n_paths; i++)
		if (dump_path(&l->g, i) < 0)
			return 1;
	return 0;
}

/*
 * Everything but where it came from, and tags: what versions of one graph have in common. Older
 * programs wrote haplotype 0 for none.
 */
static int show_content(const struct loaded_graph *l)
{
	const char *mem = l->mem;
	uint64_t names = (uint64_t)((const char *)l->g.path_names - mem);
	uint64_t behind = names + l->g.n_path_names * sizeof(struct image_path_name);
	uint64_t tags = (uint64_t)(l->g.tags.text - mem);
	uint64_t segments = (uint64_t)(l->g.segment_names.text - mem);

	fwrite(mem + IMAGE_HEAD_LEN, 1, names - IMAGE_HEAD_LEN, stdout);
	for (uint64_t i = 0; i < l->g.n_path_names; i++) {
		struct image_path_name name = l->g.path_names[i];

		if (name.phase == UINT32_MAX)
			name.phase = 0;
		fwrite(&name, 1, sizeof(name), stdout);
	}
	fwrite(mem + behind, 1, tags - behind, stdout);
	fwrite(mem + segments, 1, l->size - segments, stdout);
	fwrite(&l->g.head->n_sequences, 1, sizeof(l->g.head->n_sequences) * 6, stdout);
	return 0;
}

static int show_laws(const struct loaded_graph *l)
{
	const char *broken = graph_broken_law(&l->g);

	if (broken)
		fprintf(stderr, "graph_tool: not so: %s\n", broken);
	return broken != NULL;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int show_speed(const struct loaded_graph *l)
{
	double start = seconds();
	uint64_t all_steps = 0;
	uint64_t all_bases = 0;

	for (uint64_t i = 0; i < l->g.n_paths; i++) {
		uint64_t steps = 0;
		uint64_t bases = 0;

		if (graph_path_length(&l->g, i, &steps, &bases) < 0)
			return 1;
		all_steps += steps;
		all_bases += bases;
	}
	printf("%llu bytes of image; %llu steps, %llu bases, %.2f million steps a second\n",
			(unsigned long long)l->size, (unsigned long long)all_steps,
			(unsigned long long)all_bases,
			1e-6 * (double)all_steps / (seconds() - start));
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(const struct loaded_graph *l);
} commands[] = {
	{ "paths", show_paths },
	{ "walks", show_walks },
	{ "dna", show_dna },
	{ "gfa", show_gfa },
	{ "gbz1", show_gbz1 },
	{ "canonical", show_canonical },
	{ "tags", show_tags },
	{ "dump", show_dump },
	{ "content", show_content },
	{ "laws", show_laws },
	{ "speed", show_speed },
};

int main(int argc, char **argv)
{
	struct loaded_graph l = { 0 };
	struct err err = { 0 };
	int status = 2;

	for (unsigned i = 0; argc == 3 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, argv[1]) != 0)
			continue;
		status = graph_load(argv[2], UINT64_MAX, &l, &err) < 0 ||
							 image_verify(l.mem, l.size, &err) < 0
					 ? complain(&err)
					 : commands[i].run(&l);
		if (fflush(stdout) != 0)
			status = 1;
	}
	if (status == 2)
		fprintf(stderr, "usage: graph_tool COMMAND FILE.gbz\n");
	graph_unload(&l);
	return status;
}
