/* SPDX-License-Identifier: MIT */
/*
 * genofs blocks: the folders of a store's blocks, or one share of them for a task of an array.
 * All from the store's tables, or those of a GTB file: no genotypes are decoded.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/folder_name.h"
#include "core/base/limits.h"
#include "core/base/number.h"
#include "core/view/folders.h"
#include "core/view/query_parse.h"
#include "tools/args.h"
#include "tools/array_task.h"
#include "tools/commands.h"
#include "tools/open_store.h"

static const char help[] =
		"usage: genofs blocks [OPTIONS] STORE\n\n"
		"Print the folders of a store's blocks, CONTIG/blocks/NNNNNN in the store's "
		"folder\n"
		"of a mount, one a line. STORE may be a GTB file.\n\n"
		"  -p, --part K/N     only the Kth of N shares: whole blocks, one after the other, "
		"of\n"
		"                     about as many bytes of calls.vcf. /N: K is the task's number "
		"in\n"
		"                     its array job. Without -p an array's task gets its share.\n"
		"  -r, --region LIST  only blocks that may have records there: "
		"CONTIG:FROM-TO,...\n"
		"      --contigs LIST of a GTB file: what its numbers of contigs stand for\n";

enum { OPT_HELP = 256, OPT_CONTIGS };

static const struct option long_options[] = {
	{ "part", required_argument, NULL, 'p' },
	{ "region", required_argument, NULL, 'r' },
	{ "contigs", required_argument, NULL, OPT_CONTIGS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct blocks_args {
	const char *part;
	const char *region;
	const char *contigs;
	const char *pathname;
};

/* ---- which share ---- */

/* K/N or /N, where K is left 0. */
static bool parse_part(const char *text, struct array_task *out)
{
	char k[24];
	size_t len = strcspn(text, "/");

	if (text[len] != '/' || len >= sizeof(k))
		return false;
	memcpy(k, text, len);
	k[len] = '\0';
	out->k = 0;
	return (!len || (number_parse(k, 10, &out->k) && out->k > 0)) &&
	       number_parse(text + len + 1, 10, &out->n) && out->n > 0 && out->k <= out->n;
}

static const char *environment(const char *name)
{
	return getenv(name);
}

/* The share that @part asks for, or the environment. Return: 0, -EINVAL. */
static int find_share(const char *part, struct array_task *out, struct err *err)
{
	struct array_task task = { .k = 1, .n = 1 };
	int r;

	if (part && out->k) /* nothing is left to be found */
		return 0;
	r = array_task_find(environment, &task, err);
	if (r < 0)
		return err_cure(err, r, "or give --part K/N");
	if (part && r == 0)
		return err_set(err, -EINVAL,
				"--part %s: this is no task of an array job; give --part K/N",
				part);
	if (part && task.k > out->n)
		return err_set(err, -EINVAL,
				"--part %s: this is task %" PRIu64
				", so the array has more tasks than that",
				part, task.k);
	if (!part && task.n == 0)
		return err_set(err, -EINVAL,
				"the scheduler does not say how many tasks the array has; give "
				"--part /N");
	out->k = task.k;
	if (!part)
		out->n = task.n;
	return 0;
}

/* ---- which blocks ---- */

/* Whether a record of the chunk may overlap one of the regions. */
static bool is_wanted(const struct chunk_info *c, const struct region_list *regions)
{
	for (uint32_t i = 0; i < regions->n; i++)
		if (regions->regions[i].contig == c->contig &&
				region_overlaps(&regions->regions[i], c->start, c->end - c->start))
			return true;
	return false;
}

static void print_block(const struct store *store, const struct chunk_info *c)
{
	const struct name *name = &store_contig(store, c->contig)->name;
	char contig[NAME_MAX + 1];
	char block[NAME_MAX + 1];

	folders_contig(name->s, name->len, contig);
	folder_name_of_number(c->index, block);
	printf("%s/" BLOCKS_NAME "/%s\n", contig, block);
}

/* Of calls.vcf. A GTB file does not say, but its lines are all of about as many. */
static uint64_t bytes_of(const struct chunk_info *c)
{
	return c->view_bytes[STORE_VIEW_CALLS] ? c->view_bytes[STORE_VIEW_CALLS] : c->n_records;
}

/* A block is in the share that its middle byte is in: so shares are whole blocks in their order,
 * each block is in one, and none has more than its part and one block. */
static void print_share(const struct store *store, const uint32_t *chunks, uint32_t n,
		const struct array_task *share)
{
	uint64_t total = 0;
	uint64_t before = 0;

	for (uint32_t i = 0; i < n; i++)
		total += bytes_of(store_chunk(store, chunks[i]));
	total += !total; /* what a damaged store may claim */
	for (uint32_t i = 0; i < n; i++) {
		const struct chunk_info *c = store_chunk(store, chunks[i]);
		unsigned __int128 middle = (unsigned __int128)2 * before + bytes_of(c);

		if ((uint64_t)(middle * share->n / (2 * (unsigned __int128)total)) == share->k - 1)
			print_block(store, c);
		before += bytes_of(c);
	}
}

static int list_blocks(
		const struct blocks_args *args, const struct array_task *share, struct err *err)
{
	CLEANUP(store_closep) struct store *store = NULL;
	CLEANUP(region_list_done) struct region_list regions = { 0 };
	CLEANUP(freep) uint32_t *chunks = NULL;
	uint32_t n = 0;
	int r = open_store(args->pathname, args->contigs,
			(struct open_memory){ (size_t)limits_memory() / 4, "memory" }, &store, err);

	if (r == 0 && args->region) {
		const struct dataset d = dataset_of_store(store, NULL);

		r = query_parse_regions(&d, args->region, &regions, err);
		if (r < 0)
			r = err_prefix(err, r, "--region %s", args->region);
	}
	if (r < 0)
		return r;
	chunks = calloc(store_n_chunks(store) + 1u, sizeof(*chunks));
	if (!chunks) {
		err_set(err, -ENOMEM, "out of memory");
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < store_n_chunks(store); i++)
		if (!args->region || is_wanted(store_chunk(store, i), &regions))
			chunks[n++] = i;
	print_share(store, chunks, n, share);
	return 0;
}

int cmd_blocks(int argc, char **argv)
{
	struct blocks_args args = { 0 };
	struct array_task share = { 0 };
	struct err err = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "p:r:h", long_options, NULL)) != -1) {
		if (c == 'h' || c == OPT_HELP) {
			fputs(help, stdout);
			return EXIT_SUCCESS;
		}
		if (c == 'p')
			args.part = optarg;
		else if (c == 'r')
			args.region = optarg;
		else if (c == OPT_CONTIGS)
			args.contigs = optarg;
		else
			return EXIT_USAGE;
	}
	if (args.part && !parse_part(args.part, &share)) {
		fprintf(stderr,
				"genofs blocks: --part %s: K/N is wanted, with K from 1 to N, or "
				"/N\n",
				args.part);
		return EXIT_USAGE;
	}
	if (argc - optind != 1) {
		fputs("genofs blocks: one STORE; genofs blocks --help says more\n", stderr);
		return EXIT_USAGE;
	}
	args.pathname = argv[optind];
	if (find_share(args.part, &share, &err) < 0 || list_blocks(&args, &share, &err) < 0) {
		fprintf(stderr, "genofs blocks: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
