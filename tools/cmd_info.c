/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/gtb/gtb.h"
#include "core/store/reader.h"
#include "tools/args.h"
#include "tools/commands.h"
#include "tools/gtb.h"
#include "tools/json.h"
#include "tools/progress.h"

static const char help[] =
		"usage: genofs info [OPTIONS] STORE\n\n"
		"Say what a store, or a GTB file, holds.\n\n"
		"  -j, --json           as JSON, with exact numbers\n"
		"  -c, --contigs LIST   names and ploidies of the contigs of a GTB file\n";

enum { OPT_HELP = 256 };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "contigs", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* Sums over the chunks. */
struct totals {
	uint64_t chunk_bytes;
	uint64_t site_bytes;   /* of them, what sites need */
	uint64_t record_bytes; /* decoded */
	uint64_t view_bytes[N_STORE_VIEWS];
};

static struct totals sum(const struct store *s)
{
	struct totals t = { 0 };

	for (uint32_t i = 0; i < store_n_chunks(s); i++) {
		const struct chunk_info *c = store_chunk(s, i);

		t.chunk_bytes += c->length;
		t.site_bytes += c->head_length;
		t.record_bytes += c->record_bytes;
		for (unsigned v = 0; v < N_STORE_VIEWS; v++)
			t.view_bytes[v] += c->view_bytes[v];
	}
	return t;
}

static uint64_t calls_size(const struct store *s, const struct totals *t)
{
	size_t header;

	store_header_text(s, &header);
	return header + t->view_bytes[STORE_VIEW_CALLS];
}

static uint64_t sites_size(const struct store *s, const struct totals *t)
{
	size_t header;

	store_sites_header_text(s, &header);
	return header + t->view_bytes[STORE_VIEW_SITES];
}

static void print_json(const struct store *s, const struct totals *t)
{
	printf("{\"format_version\": %u, \"file_bytes\": %" PRIu64 ", \"samples\": %u, "
	       "\"records\": %" PRIu64 ", \"chunks\": %u, \"keys\": %u,\n",
			store_format_version(s), store_file_size(s), store_n_samples(s),
			store_n_records(s), store_n_chunks(s), store_n_keys(s));
	printf(" \"chunk_bytes\": %" PRIu64 ", \"chunk_site_bytes\": %" PRIu64
	       ", \"record_bytes\": %" PRIu64 ",\n",
			t->chunk_bytes, t->site_bytes, t->record_bytes);
	printf(" \"views\": {\"calls.vcf\": %" PRIu64 ", \"sites.vcf\": %" PRIu64
	       "},\n \"contigs\": [",
			calls_size(s, t), sites_size(s, t));
	for (uint32_t i = 0; i < store_n_contigs(s); i++) {
		const struct contig_info *c = store_contig(s, i);

		printf("%s\n  {\"name\": ", i ? "," : "");
		json_string(c->name.s, c->name.len);
		printf(", \"length\": %" PRIu64 ", \"records\": %" PRIu64 ", \"chunks\": %u}",
				c->length, c->n_records, c->n_chunks);
	}
	puts("]}");
}

void print_safely(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		putchar((unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?' : s[i]);
}

static void print_text(const struct store *s, const struct totals *t)
{
	char a[16];

	printf("%s: store, format %u\n", store_pathname(s), store_format_version(s));
	printf("  file       %s (sites %" PRIu64 "%%)\n", progress_size(a, store_file_size(s)),
			store_file_size(s) ? t->site_bytes * 100 / store_file_size(s) : 0);
	printf("  samples    %u\n", store_n_samples(s));
	printf("  records    %" PRIu64 "\n", store_n_records(s));
	printf("  chunks     %u\n", store_n_chunks(s));
	printf("  in memory  %s\n", progress_size(a, t->record_bytes));
	printf("  calls.vcf  %s\n", progress_size(a, calls_size(s, t)));
	printf("  sites.vcf  %s\n", progress_size(a, sites_size(s, t)));
	printf("  contigs    %u\n", store_n_contigs(s));
	for (uint32_t i = 0; i < store_n_contigs(s); i++) {
		const struct contig_info *c = store_contig(s, i);

		printf("    %-12" PRIu64 " records, %u chunks: ", c->n_records, c->n_chunks);
		print_safely(c->name.s, c->name.len);
		putchar('\n');
	}
}

static int info_store(const char *pathname, bool json, struct err *err)
{
	CLEANUP(store_closep) struct store *store = NULL;
	struct totals totals;
	int r = store_open(pathname, &store, err);

	if (r < 0)
		return r;
	totals = sum(store);
	if (json)
		print_json(store, &totals);
	else
		print_text(store, &totals);
	return 0;
}

int cmd_info(int argc, char **argv)
{
	const char *contigs = NULL;
	struct err err = { 0 };
	bool json = false;
	int c;
	int r;

	while ((c = getopt_long(argc, argv, "jc:h", long_options, NULL)) != -1) {
		switch (c) {
		case 'h':
		case OPT_HELP:
			fputs(help, stdout);
			return EXIT_SUCCESS;
		case 'c':
			contigs = optarg;
			break;
		case 'j':
			json = true;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		fputs("genofs info: one STORE; genofs info --help says more\n", stderr);
		return EXIT_USAGE;
	}
	r = gtb_looks_like(argv[optind]) ? info_gtb(argv[optind], contigs, json, &err)
					 : info_store(argv[optind], json, &err);
	if (r < 0) {
		fprintf(stderr, "genofs info: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
