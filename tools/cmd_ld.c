/* SPDX-License-Identifier: MIT */
/*
 * genofs ld: r2 of pairs of sites, of a store or of a folder of a mount.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/import/import.h"
#include "core/ld/ld_store.h"
#include "core/store/foreign.h"
#include "core/view/query.h"
#include "tools/args.h"
#include "tools/commands.h"
#include "tools/ld_folder.h"
#include "tools/open_store.h"
#include "tools/out_file.h"

static const char help[] =
		"usage: genofs ld [OPTIONS] SOURCE\n\n"
		"Linkage disequilibrium: r2 of pairs of sites of a store, or of a folder of a "
		"mount,\n"
		"as plink1.9 --r2 has it, by default of the same pairs.\n\n"
		"  -o, --output FILE          write here; standard output otherwise\n"
		"  -p, --phased               r2 of haplotypes; of genotypes otherwise\n"
		"      --window-kb X          of sites at most so many kb apart (1000)\n"
		"      --window-variants N    and at most N - 1 sites apart (10); 0: any number\n"
		"      --min-r2 X             leave out pairs of less (0.2)\n"
		"      --min-maf X            leave out sites of rarer minor alleles (0)\n"
		"      --multiallelic HOW     skip sites of several ALT alleles, or take the\n"
		"                             most-common of them (skip)\n"
		"      --with-y               chromosome Y too, which PLINK leaves out\n"
		"  -r, --region LIST          only of records in CHR:FROM-TO,...\n"
		"  -s, --samples LIST         only of these samples; ^ before the list: of the "
		"others\n"
		"  -m, --memory SIZE          keep to this much memory (a quarter of it all, at "
		"most 2G)\n"
		"  -t, --threads N            threads (the processors)\n"
		"      --contigs LIST         of a GTB file: what its numbers of contigs stand "
		"for\n";

/* Of the memory, what the readers of a GTB file may have. */
enum { GTB_SHARE = 4 };

enum {
	OPT_HELP = 256,
	OPT_KB,
	OPT_VARIANTS,
	OPT_R2,
	OPT_MAF,
	OPT_MULTIALLELIC,
	OPT_Y,
	OPT_CONTIGS
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "phased", no_argument, NULL, 'p' },
	{ "window-kb", required_argument, NULL, OPT_KB },
	{ "window-variants", required_argument, NULL, OPT_VARIANTS },
	{ "min-r2", required_argument, NULL, OPT_R2 },
	{ "min-maf", required_argument, NULL, OPT_MAF },
	{ "multiallelic", required_argument, NULL, OPT_MULTIALLELIC },
	{ "with-y", no_argument, NULL, OPT_Y },
	{ "region", required_argument, NULL, 'r' },
	{ "samples", required_argument, NULL, 's' },
	{ "memory", required_argument, NULL, 'm' },
	{ "threads", required_argument, NULL, 't' },
	{ "contigs", required_argument, NULL, OPT_CONTIGS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct ld_args {
	const char *source;
	const char *output;
	const char *region;
	const char *samples;
	const char *contigs;
	struct ld_choice choice;
	struct ld_scan_setup scan;
};

/* ---- arguments ---- */

/* False, with a message, where @text is no number from @min to @max. */
static bool parse_real(const char *option, const char *text, double max, double *out)
{
	char *end;
	double x = strtod(text, &end);

	if (end == text || *end || !(x >= 0 && x <= max)) {
		fprintf(stderr, "genofs ld: %s %s: not a number from 0 to %g\n", option, text, max);
		return false;
	}
	*out = x;
	return true;
}

static bool parse_multiallelic(const char *text, enum ld_multiallelic *out)
{
	static const char *const names[] = { [LD_SKIP] = "skip", [LD_MOST_COMMON] = "most-common" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum ld_multiallelic)i;
			return true;
		}
	fprintf(stderr, "genofs ld: --multiallelic %s: not skip or most-common\n", text);
	return false;
}

static bool parse_window_kb(const char *text, int64_t *out)
{
	double kb;

	if (!parse_real("--window-kb", text, 1e12, &kb))
		return false;
	*out = (int64_t)(kb * 1000 * (1 + 1e-12)); /* whole bases, as PLINK has them */
	return true;
}

static bool parse_window_variants(const char *text, uint64_t *out)
{
	uint64_t n;

	if (!args_number("ld", "--window-variants", text, 0, UINT32_MAX, &n))
		return false;
	if (n == 1) {
		fputs("genofs ld: --window-variants 1: a site alone makes no pair; 2 or more are "
		      "wanted, or 0 for any number\n",
				stderr);
		return false;
	}
	*out = n ? n - 1 : UINT64_MAX;
	return true;
}

static bool parse_option(int c, struct ld_args *a)
{
	uint64_t n;

	switch (c) {
	case 'o':
		a->output = optarg;
		return true;
	case 'p':
		a->choice.phased = a->scan.measure.phased = true;
		return true;
	case 'r':
		a->region = optarg;
		return true;
	case 's':
		a->samples = optarg;
		return true;
	case 'm':
		return args_size("ld", "--memory", optarg, &a->scan.memory);
	case 't':
		if (!args_number("ld", "--threads", optarg, 1, 1024, &n))
			return false;
		a->scan.n_threads = (unsigned)n;
		return true;
	case OPT_CONTIGS:
		a->contigs = optarg;
		return true;
	case OPT_KB:
		return parse_window_kb(optarg, &a->scan.window_bases);
	case OPT_VARIANTS:
		return parse_window_variants(optarg, &a->scan.window_sites);
	case OPT_R2:
		return parse_real("--min-r2", optarg, 1, &a->scan.measure.min_r2);
	case OPT_MAF:
		return parse_real("--min-maf", optarg, 0.5, &a->choice.min_maf);
	case OPT_MULTIALLELIC:
		return parse_multiallelic(optarg, &a->choice.multiallelic);
	case OPT_Y:
		a->choice.with_y = true;
		return true;
	default:
		return false;
	}
}

/* Return: an exit status, or -1 to go on. */
static int parse_arguments(int argc, char **argv, struct ld_args *a)
{
	int c;

	while ((c = getopt_long(argc, argv, "o:pr:s:m:t:h", long_options, NULL)) != -1) {
		if (c == 'h' || c == OPT_HELP) {
			fputs(help, stdout);
			return EXIT_SUCCESS;
		}
		if (!parse_option(c, a)) {
			if (c == '?')
				fputs("genofs ld --help lists the options\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		fputs("genofs ld: one SOURCE; genofs ld --help says more\n", stderr);
		return EXIT_USAGE;
	}
	a->source = argv[optind];
	return -1;
}

/* ---- a store ---- */

/* What is asked of a store, as queries, one in the other. */
struct selection {
	struct query *region;  /* owned; NULL: all */
	struct query *samples; /* owned; NULL: all */
};

static void selection_done(struct selection *s)
{
	query_put(s->samples);
	query_put(s->region);
}

/* Names in folders are percent-encoded, those on a command line are not. */
static char *encoded(const char *text)
{
	char *out = malloc(3 * strlen(text) + 1);
	char *p = out;

	for (; out && *text; text++)
		if (*text == '%')
			p = stpcpy(p, "%25");
		else
			*p++ = *text;
	if (out)
		*p = '\0';
	return out;
}

static int select_more(struct dataset *d, enum query_kind kind, const char *option,
		const char *text, struct query **out, struct err *err)
{
	CLEANUP(freep) char *name = text ? encoded(text) : NULL;
	int r;

	if (!text)
		return 0;
	if (!name)
		return err_set(err, -ENOMEM, "out of memory");
	r = query_new(d, kind, name, NULL, out, err);
	if (r < 0)
		return err_prefix(err, r, "%s %s", option, text);
	*d = query_dataset(*out);
	return 0;
}

static int scan_dataset(const struct ld_args *a, struct dataset *d, struct err *err)
{
	CLEANUP(selection_done) struct selection selection = { 0 };
	CLEANUP(ld_store_freep) struct ld_store *store = NULL;
	struct ld_scan_setup scan = a->scan;
	int r = select_more(d, QUERY_REGION, "--region", a->region, &selection.region, err);

	if (r == 0)
		r = select_more(d, QUERY_SAMPLES, "--samples", a->samples, &selection.samples, err);
	if (r == 0)
		r = dataset_prepare(d, err);
	if (r < 0)
		return r;
	if (ld_store_new(d, &a->choice, &store) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	scan.source = ld_store_source(store);
	scan.measure.n_samples = dataset_n_samples(d);
	r = ld_scan(&scan, err);
	return r < 0 ? r : ld_store_lacks_y(store);
}

/* Threads, each with a block of its own, that leave half of the memory for sites. */
static void fit_threads(struct ld_scan_setup *scan, size_t block)
{
	while (scan->n_threads > 1 &&
			scan->n_threads * (block + LD_THREAD_BYTES) + block > scan->memory / 2)
		scan->n_threads--;
}

/* Return: 1: chromosome Y was left out; 0; a negative errno. */
static int scan_store(struct ld_args *a, struct err *err)
{
	CLEANUP(store_closep) struct store *store = NULL;
	struct block_cache *cache = NULL;
	struct dataset d;
	size_t budget;
	int r = open_store(a->source, a->contigs,
			(struct open_memory){ a->scan.memory / GTB_SHARE, "--memory" }, &store,
			err);

	if (r < 0)
		return r;
	if (!store_n_samples(store))
		return err_set(err, -EINVAL, "%s: has no samples, so that there is no r2",
				a->source);
	if (store_foreign(store))
		a->scan.memory -= a->scan.memory / GTB_SHARE;
	fit_threads(&a->scan, block_cache_need(store));
	budget = block_cache_need(store) * (a->scan.n_threads + 1);
	if (budget > a->scan.memory)
		return err_set(err, -ENOBUFS,
				"%s: decoding a chunk takes more memory than %zuM; give more "
				"(--memory)",
				a->source, a->scan.memory >> 20);
	a->scan.memory -= budget;
	if (block_cache_new(budget, &cache) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	d = dataset_of_store(store, cache);
	r = scan_dataset(a, &d, err);
	block_cache_free(cache);
	return r;
}

/* ---- a folder ---- */

/* As scan_store(). */
static int scan_folder(struct ld_args *a, struct err *err)
{
	struct ld_folder *folder = NULL;
	int r;

	if (a->contigs)
		return err_set(err, -EINVAL, "%s: --contigs is for a GTB file", a->source);
	if (a->region || a->samples)
		return err_set(err, -EINVAL,
				"%s: --region and --samples are for a store; of a mount name the "
				"folder %s/@%s/%s",
				a->source, a->source, a->region ? "region" : "samples",
				a->region ? a->region : a->samples);
	fit_threads(&a->scan, 0);
	r = ld_folder_new(a->source, &a->choice, (a->scan.n_threads + 1) / 2, &folder, err);
	if (r < 0)
		return r;
	a->scan.source = ld_folder_source(folder);
	a->scan.measure.n_samples = ld_folder_n_samples(folder);
	if (!a->scan.measure.n_samples)
		r = err_set(err, -EINVAL, "%s: has no samples, so that there is no r2", a->source);
	else
		r = ld_scan(&a->scan, err);
	if (r == 0)
		r = ld_folder_lacks_y(folder);
	ld_folder_free(folder);
	return r;
}

/* ---- both ---- */

static int run(struct ld_args *a, struct err *err)
{
	CLEANUP(out_file_freep) struct out_file *out = NULL;
	struct stat in = { 0 };
	int lacks_y;
	int r = out_file_check(a->output, a->source, err);

	if (r == 0)
		r = out_file_new(a->output, &out, err);
	if (r < 0)
		return r;
	stat(a->source, &in); /* where it is not there, opening it says so */
	a->scan.sink = (struct ld_sink){ .write = out_file_write, .arg = out };
	if (S_ISDIR(in.st_mode))
		lacks_y = scan_folder(a, err);
	else
		lacks_y = scan_store(a, err);
	r = lacks_y < 0 ? lacks_y : out_file_finish(out, err);
	if (r == 0 && lacks_y)
		fputs("genofs ld: chromosome Y is left out, as PLINK does where the sex of samples "
		      "is not known; --with-y takes it\n",
				stderr);
	return r;
}

int cmd_ld(int argc, char **argv)
{
	struct ld_args a = { .output = "-",
		.scan = { .measure = { .min_r2 = 0.2 },
				.window_bases = 1000000,
				.window_sites = 9,
				.memory = import_default_memory(),
				.n_threads = limits_cpus() } };
	struct err err = { 0 };
	int status = parse_arguments(argc, argv, &a);

	if (status >= 0)
		return status;
	if (run(&a, &err) < 0) {
		fprintf(stderr, "genofs ld: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
