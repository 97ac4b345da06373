/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/store/foreign.h"
#include "tools/args.h"
#include "tools/commands.h"
#include "tools/export.h"
#include "tools/open_store.h"
#include "tools/out_file.h"

static const char help[] =
		"usage: genofs export [OPTIONS] STORE\n\n"
		"Write a store, or a GTB file, as VCF or BCF, without a mount.\n\n"
		"  -O, --output-type TYPE   v VCF, z VCF in BGZF, b BCF, u BCF without "
		"compression\n"
		"  -o, --output FILE        write here; standard output otherwise\n"
		"  -r, --regions R[,R...]   only records in CHR, CHR:POS or CHR:BEG-END\n"
		"  -c, --contigs LIST       of a GTB file: what its numbers of contigs stand for\n"
		"  -t, --threads N          threads (the processors)\n";

enum {
	OPT_HELP = 256,
	/* Of the memory, what reading a GTB file may take; and decoded blocks, but for one. */
	GTB_SHARE = 8,
	CACHE_SHARE = 4
};

static const struct option long_options[] = {
	{ "output-type", required_argument, NULL, 'O' },
	{ "output", required_argument, NULL, 'o' },
	{ "regions", required_argument, NULL, 'r' },
	{ "contigs", required_argument, NULL, 'c' },
	{ "threads", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct arguments {
	const char *store;
	const char *regions;
	const char *contigs; /* of a GTB file */
	struct export export;
};

static bool parse_type(const char *text, struct export *e)
{
	if (strlen(text) != 1 || !strchr("vzbu", *text)) {
		fprintf(stderr, "genofs export: --output-type %s: not v, z, b or u\n", text);
		return false;
	}
	e->bcf = *text == 'b' || *text == 'u';
	e->compress = *text == 'b' || *text == 'z';
	return true;
}

/* Return: an exit status, or -1 to go on. */
static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	uint64_t n;
	bool ok = true;
	int c;

	while (ok && (c = getopt_long(argc, argv, "O:o:r:c:t:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'O':
			ok = parse_type(optarg, &a->export);
			break;
		case 'o':
			a->export.output = optarg;
			break;
		case 'r':
			a->regions = optarg;
			break;
		case 'c':
			a->contigs = optarg;
			break;
		case 't':
			ok = args_number("export", "--threads", optarg, 1, 1024, &n);
			a->export.n_threads = (unsigned)n;
			break;
		case 'h':
		case OPT_HELP:
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			ok = false;
		}
	}
	if (!ok || argc - optind != 1) {
		fputs("genofs export: one STORE; genofs export --help says more\n", stderr);
		return EXIT_USAGE;
	}
	a->store = argv[optind];
	return -1;
}

/* For a block a thread and the one that is written, as far as memory allows. */
static size_t cache_budget(const struct export *e)
{
	uint64_t most = limits_memory() / CACHE_SHARE;
	size_t need = block_cache_need(e->store);
	size_t budget;

	if (__builtin_mul_overflow(need, (size_t)e->n_threads + 1, &budget) || budget > most)
		budget = most > need ? (size_t)most : need;
	return budget;
}

static int run(const struct arguments *a, struct err *err)
{
	struct export e = a->export;
	CLEANUP(store_closep) struct store *store = NULL;
	CLEANUP(names_freep) struct names *contigs = NULL;
	struct regions regions = { 0 };
	int r = out_file_check(e.output, a->store, err);

	if (r < 0)
		return r;
	r = open_store(a->store, a->contigs,
			(struct open_memory){ (size_t)limits_memory() / GTB_SHARE, "memory" },
			&store, err);

	if (r < 0)
		return r;
	e.store = store;
	if (a->regions) {
		if (names_new(&contigs) < 0)
			return err_set(err, -ENOMEM, "out of memory");
		r = regions_parse(a->regions, contigs, &regions, err);
		if (r < 0)
			return r;
		e.regions = &regions;
		e.contigs = contigs;
	}
	if (block_cache_new(cache_budget(&e), &e.cache) < 0 ||
			decode_pool_new(e.n_threads, e.n_threads, &e.pool) < 0)
		r = err_set(err, -ENOMEM, "out of memory");
	/* Lengths that are not stored would be worked out before the text is. */
	if (r == 0)
		r = e.bcf || e.regions || store_foreign(store) ? export_records(&e, err)
							       : export_text(&e, err);
	decode_pool_free(e.pool);
	block_cache_free(e.cache);
	regions_done(&regions);
	return r;
}

int cmd_export(int argc, char **argv)
{
	struct arguments a = { .export = { .output = "-", .n_threads = limits_cpus() } };
	struct err err = { 0 };
	struct stat st;
	bool opened = false;
	int status = parse_arguments(argc, argv, &a);

	if (status >= 0)
		return status;
	a.export.opened = &opened;
	if (run(&a, &err) < 0) {
		/* Half a file could be taken for a whole one. */
		if (opened && strcmp(a.export.output, "-") != 0 &&
				stat(a.export.output, &st) == 0 && S_ISREG(st.st_mode))
			unlink(a.export.output);
		fprintf(stderr, "genofs export: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
