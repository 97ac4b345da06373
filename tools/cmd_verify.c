/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/gtb/gtb.h"
#include "tools/args.h"
#include "tools/commands.h"
#include "tools/gtb.h"
#include "tools/progress.h"
#include "tools/verify.h"

static const char help[] =
		"usage: genofs verify [OPTIONS] STORE...\n\n"
		"Read all of a store: every checksum, every chunk decoded, every line "
		"measured again.\n\n"
		"  -a, --against IN   also compare every line with htslib's of the file "
		"that STORE was\n"
		"                     made from; once for each input, in their order\n"
		"  -c, --contigs LIST names and ploidies of the contigs of a GTB file, which "
		"may stand\n"
		"                     in place of STORE\n"
		"  -t, --threads N    threads (the processors)\n"
		"  -q, --quiet        only errors\n";

enum { OPT_HELP = 256 };

static const struct option long_options[] = {
	{ "against", required_argument, NULL, 'a' },
	{ "contigs", required_argument, NULL, 'c' },
	{ "threads", required_argument, NULL, 't' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct arguments {
	const char **inputs; /* n_inputs of them; owned */
	unsigned n_inputs;
	const char *contigs; /* of GTB files; or NULL */
	unsigned n_threads;
	bool quiet;
};

/* Return: an exit status, or -1 to go on. */
static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	uint64_t n;
	bool ok = true;
	int c;

	while (ok && (c = getopt_long(argc, argv, "a:c:t:qh", long_options, NULL)) != -1) {
		switch (c) {
		case 'a':
			a->inputs[a->n_inputs++] = optarg;
			break;
		case 'c':
			a->contigs = optarg;
			break;
		case 't':
			ok = args_number("verify", "--threads", optarg, 1, 1024, &n);
			a->n_threads = (unsigned)n;
			break;
		case 'q':
			a->quiet = true;
			break;
		case 'h':
		case OPT_HELP:
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			ok = false;
		}
	}
	if (!ok || optind == argc || (a->n_inputs && argc - optind > 1)) {
		fprintf(stderr, "genofs verify: %s; genofs verify --help says more\n",
				a->n_inputs ? "--against goes with one STORE" : "no STORE");
		return EXIT_USAGE;
	}
	return -1;
}

static void describe(void *arg, double seconds, char *line, size_t size)
{
	const struct verify *v = arg;

	(void)seconds;
	snprintf(line, size, "%s: %llu of %llu records", store_pathname(v->store),
			(unsigned long long)atomic_load(&v->n_records),
			(unsigned long long)store_n_records(v->store));
}

static int verify_store(const struct arguments *a, const char *pathname, struct err *err)
{
	CLEANUP(store_closep) struct store *store = NULL;
	struct verify v = { .n_threads = a->n_threads,
		.inputs = a->inputs,
		.n_inputs = a->n_inputs,
		.gtb_contigs = a->contigs };
	struct progress *shown = NULL;
	int r = store_open(pathname, &store, err);

	if (r < 0)
		return r;
	v.store = store;
	if (block_cache_new(block_cache_need(store) * a->n_threads, &v.cache) < 0 ||
			decode_pool_new(a->n_threads, a->n_threads, &v.pool) < 0)
		r = err_set(err, -ENOMEM, "out of memory");
	if (r == 0 && !a->quiet)
		shown = progress_start(describe, &v);
	if (r == 0)
		r = verify_chunks(&v, err);
	if (r == 0 && a->n_inputs) {
		atomic_store(&v.n_records, 0);
		r = verify_against(&v, err);
		if (r < 0)
			r = err_prefix(err, r, "%s", pathname);
	}
	progress_end(shown);
	decode_pool_free(v.pool);
	block_cache_free(v.cache);
	if (r == 0 && !a->quiet)
		fprintf(stderr, "%s: all %llu records are well%s\n", pathname,
				(unsigned long long)store_n_records(store),
				a->n_inputs ? ", and the same as in the input" : "");
	return r;
}

static int verify_file(const struct arguments *a, const char *pathname, struct err *err)
{
	if (!gtb_looks_like(pathname))
		return verify_store(a, pathname, err);
	if (a->n_inputs)
		return err_set(err, -EINVAL, "%s: --against is for a store, and this is GTB",
				pathname);
	return verify_gtb(pathname, a->contigs, a->quiet, err);
}

int cmd_verify(int argc, char **argv)
{
	CLEANUP(freep) const char **inputs = calloc((size_t)argc, sizeof(*inputs));
	struct arguments a = { .inputs = inputs, .n_threads = limits_cpus() };
	int result = EXIT_SUCCESS;
	int status;

	if (!inputs)
		return EXIT_FAILURE;
	status = parse_arguments(argc, argv, &a);
	if (status >= 0)
		return status;
	for (int i = optind; i < argc; i++) {
		struct err err = { 0 };

		if (verify_file(&a, argv[i], &err) < 0) {
			fprintf(stderr, "genofs verify: %s\n", err.msg);
			result = EXIT_FAILURE;
		}
	}
	return result;
}
