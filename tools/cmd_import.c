/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "core/import/import.h"
#include "core/store/layout.h"
#include "tools/args.h"
#include "tools/commands.h"
#include "tools/progress.h"

static const char help[] =
		"usage: genofs import IN.vcf.gz... -o STORE [OPTIONS]\n\n"
		"Make a genotype store from VCF, BCF or GTB; - is standard input. Several inputs\n"
		"need the same samples in the same order. Unsorted input is sorted.\n\n"
		"  -o, --output STORE       the store to make\n"
		"  -m, --memory SIZE        keep to this much memory (a quarter of it all, at most "
		"2G)\n"
		"  -t, --threads N          worker threads (the processors)\n"
		"  -r, --regions R[,R...]   only records in CHR, CHR:POS or CHR:BEG-END\n"
		"      --contigs LIST       names, ploidies and lengths of the contigs of GTB "
		"files\n"
		"      --codec CODEC        auto, lz4 (reads fast) or zstd (small)\n"
		"      --chunk-records N    most records in a chunk (8192; 4096 from 1,000\n"
		"                       samples on)\n"
		"      --chunk-bytes SIZE   most decoded bytes of a chunk (4M)\n"
		"      --no-check           do not compare what was written with what was read\n"
		"  -q, --quiet              only errors\n";

enum { OPT_CODEC = 256, OPT_CONTIGS, OPT_CHUNK_RECORDS, OPT_CHUNK_BYTES, OPT_NO_CHECK, OPT_HELP };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "memory", required_argument, NULL, 'm' },
	{ "threads", required_argument, NULL, 't' },
	{ "regions", required_argument, NULL, 'r' },
	{ "contigs", required_argument, NULL, OPT_CONTIGS },
	{ "codec", required_argument, NULL, OPT_CODEC },
	{ "chunk-records", required_argument, NULL, OPT_CHUNK_RECORDS },
	{ "chunk-bytes", required_argument, NULL, OPT_CHUNK_BYTES },
	{ "no-check", no_argument, NULL, OPT_NO_CHECK },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* For the signal handler, which can only set it. */
static struct import_progress progress;
static volatile sig_atomic_t stop_signal;
static bool quiet;

static void on_signal(int signal)
{
	stop_signal = signal;
	atomic_store(&progress.stop, 1);
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	/* A file size limit is then an error of write(), which has its message. */
	sigaction(SIGXFSZ, &ignore, NULL);
}

static bool parse_codec(const char *text, enum codec_choice *out)
{
	static const char *const names[] = {
		[CODEC_AUTO] = "auto", [CODEC_LZ4] = "lz4", [CODEC_ZSTD] = "zstd"
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (enum codec_choice)i;
			return true;
		}
	fprintf(stderr, "genofs import: --codec %s: not auto, lz4 or zstd\n", text);
	return false;
}

static bool parse_option(int c, struct import_options *o)
{
	uint64_t n = 0;
	bool ok = true;

	switch (c) {
	case 'o':
		o->output = optarg;
		return true;
	case 'r':
		o->regions = optarg;
		return true;
	case 'q':
		quiet = true;
		return true;
	case OPT_CONTIGS:
		o->gtb_contigs = optarg;
		return true;
	case OPT_NO_CHECK:
		o->check = false;
		return true;
	case 'm':
		return args_size("import", "--memory", optarg, &o->memory);
	case OPT_CHUNK_BYTES:
		return args_size("import", "--chunk-bytes", optarg, &o->chunk_bytes);
	case OPT_CODEC:
		return parse_codec(optarg, &o->codec);
	case 't':
		ok = args_number("import", "--threads", optarg, 1, 1024, &n);
		o->n_threads = (unsigned)n;
		return ok;
	case OPT_CHUNK_RECORDS:
		ok = args_number("import", "--chunk-records", optarg, 1, CHUNK_RECORDS_MAX, &n);
		o->chunk_records = (uint32_t)n;
		return ok;
	default:
		fputs("genofs import --help lists the options\n", stderr);
		return false;
	}
}

/* Return: an exit status, or -1 to go on. */
static int parse_arguments(int argc, char **argv, struct import_options *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "o:m:t:r:qh", long_options, NULL)) != -1) {
		if (c == OPT_HELP || c == 'h') {
			fputs(help, stdout);
			return EXIT_SUCCESS;
		}
		if (!parse_option(c, o))
			return EXIT_USAGE;
	}
	o->inputs = (const char *const *)(argv + optind);
	o->n_inputs = (unsigned)(argc - optind);
	if (!o->n_inputs || !o->output) {
		fprintf(stderr, "genofs import: no %s; genofs import --help says more\n",
				o->n_inputs ? "output (-o STORE)" : "input");
		return EXIT_USAGE;
	}
	if (o->chunk_bytes < IMPORT_CHUNK_BYTES_MIN) {
		fprintf(stderr, "genofs import: --chunk-bytes must be at least %dK\n",
				IMPORT_CHUNK_BYTES_MIN >> 10);
		return EXIT_USAGE;
	}
	return -1;
}

static const struct import_options *options; /* for on_start() */

/* Before this there is nothing to tidy up, and opening a pipe may wait for ever: signals just end
 * it. */
static void on_start(const struct import_progress *p)
{
	catch_signals();
	if (quiet)
		return;
	fprintf(stderr, "memory: at most about %zuM of %zuM; %u threads\n",
			(size_t)(p->memory_estimate >> 20), options->memory >> 20,
			options->n_threads);
}

/* Seconds as "1:02:03" or "2:03". */
static void format_time(double seconds, char *out, size_t size)
{
	unsigned long s = (unsigned long)seconds;

	if (s >= 3600)
		snprintf(out, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, size, "%lu:%02lu", s / 60, s % 60);
}

static void describe(void *arg, double seconds, char *line, size_t size)
{
	uint64_t total = atomic_load(&progress.bytes_total);
	uint64_t done = atomic_load(&progress.bytes_read);
	uint64_t records = atomic_load(&progress.records);
	uint64_t sorted = atomic_load(&progress.sorted);
	char a[16];
	char b[16];
	char left[24] = "?";

	(void)arg;
	if (sorted) {
		snprintf(line, size, "sorting: %llu of %llu records written",
				(unsigned long long)sorted, (unsigned long long)records);
		return;
	}
	if (total && done > total / 100)
		format_time(seconds * (double)(total - (done < total ? done : total)) /
						(double)done,
				left, sizeof(left));
	snprintf(line, size, "%s of %s, %llu records, %.0f records/s, %s left%s",
			progress_size(a, done), total ? progress_size(b, total) : "?",
			(unsigned long long)records, seconds > 0 ? (double)records / seconds : 0,
			left, atomic_load(&progress.sorting) ? "; not sorted: will be" : "");
}

static void report(const struct import_options *o, double seconds)
{
	uint64_t in = atomic_load(&progress.bytes_total);
	uint64_t records = atomic_load(&progress.records);
	uint64_t chunks = atomic_load(&progress.chunks);
	char a[16];
	char b[16];
	char ratio[32] = "";

	if (progress.n_undeclared_contigs)
		fprintf(stderr,
				"contigs not declared in the header: %u; served as htslib reads "
				"them\n",
				progress.n_undeclared_contigs);
	if (progress.n_undeclared_keys)
		fprintf(stderr,
				"FILTER, INFO and FORMAT names not declared in the header: %u; "
				"served as "
				"htslib reads them\n",
				progress.n_undeclared_keys);
	if (progress.odd.n_fields)
		fprintf(stderr, "fields left out, of types that are not known: %u\n",
				progress.odd.n_fields);
	if (o->regions && !records)
		fprintf(stderr, "no record lies in %s\n", o->regions);
	if (in)
		snprintf(ratio, sizeof(ratio), " (%.3f of it)",
				(double)progress.store_bytes / (double)in);
	fprintf(stderr, "%s: %llu record%s, %u contig%s, %llu chunk%s; %s%s%s%s in %.1f s\n",
			o->output, (unsigned long long)records, records == 1 ? "" : "s",
			progress.n_contigs, progress.n_contigs == 1 ? "" : "s",
			(unsigned long long)chunks, chunks == 1 ? "" : "s",
			in ? progress_size(a, in) : "", in ? " to " : "",
			progress_size(b, progress.store_bytes), ratio, seconds);
}

int cmd_import(int argc, char **argv)
{
	struct import_options o = { .n_threads = limits_cpus(),
		.codec = CODEC_AUTO,
		.chunk_bytes = IMPORT_CHUNK_BYTES,
		.memory = import_default_memory(),
		.check = true };
	struct progress *shown = NULL;
	struct err err = { 0 };
	double seconds;
	int status = parse_arguments(argc, argv, &o);
	int r;

	if (status >= 0)
		return status;
	options = &o;
	if (!quiet)
		shown = progress_start(describe, NULL);
	r = import_run(&o, &progress, on_start, &err);
	seconds = progress_end(shown);
	if (r == -EINTR && stop_signal) {
		fputs("genofs import: interrupted; nothing was written\n", stderr);
		/* A thread that sits in a read of the input is not waited for, and what it uses
		 * must not be taken down under it. */
		_exit(128 + stop_signal);
	}
	if (r < 0) {
		fprintf(stderr, "genofs import: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	/* Also where only errors are wanted: the input is at fault, and not all of it came over. */
	if (progress.odd.n_genotypes)
		fprintf(stderr,
				"genofs import: %llu genotypes with alleles that their record does "
				"not have are missing now; genofs verify names the first\n",
				(unsigned long long)progress.odd.n_genotypes);
	if (!quiet)
		report(&o, seconds);
	return EXIT_SUCCESS;
}
