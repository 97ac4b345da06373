/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/gtb/gtb.h"
#include "core/import/import.h"
#include "tools/gtb.h"
#include "tools/json.h"
#include "tools/progress.h"

/* Records of each contig of the list. */
static int count_records(const struct gtb *g, uint64_t *out, struct err *err)
{
	CLEANUP(gtb_reader_freep) struct gtb_reader *r = NULL;
	int ret = gtb_reader_new(g, &r, err);

	for (uint32_t i = 0; ret == 0 && i < gtb_n_blocks(g); i++) {
		struct gtb_block b = gtb_block(g, i);

		if (b.n_contigs)
			out[b.contig] += b.n;
		for (uint64_t k = 0; ret == 0 && !b.n_contigs && k < b.n; k++) {
			uint32_t contig = 0;

			ret = gtb_read_contig(r, b.first + k, &contig, err);
			if (ret == 0)
				out[contig]++;
		}
	}
	return ret;
}

static void json_fields(const struct gtb *g)
{
	for (uint32_t i = 0; i < gtb_n_fields(g); i++) {
		struct gtb_field f = gtb_field(g, i);

		printf("%s\n  {\"group\": ", i ? "," : "");
		json_string(f.group.s, f.group.len);
		printf(", \"name\": ");
		json_string(f.name.s, f.name.len);
		printf(", \"type\": ");
		json_string(f.type_name.s, f.type_name.len);
		printf(", \"known\": %s}", f.type ? "true" : "false");
	}
}

static void print_json(const struct gtb *g, const uint64_t *records)
{
	const char *between = "";

	printf("{\"gtb_version\": %u, \"file_bytes\": %" PRIu64 ", \"samples\": %u, "
	       "\"records\": %" PRIu64 ", \"blocks\": %u,\n",
			gtb_version(g), gtb_file_size(g), gtb_n_samples(g), gtb_n_records(g),
			gtb_n_blocks(g));
	printf(" \"compressor\": \"%s\", \"phased\": %s, \"blocks_overlap\": %s, "
	       "\"header_lines\": %u,\n \"fields\": [",
			gtb_compressor(g), gtb_phased(g) ? "true" : "false",
			gtb_overlaps(g) ? "true" : "false", gtb_n_meta(g));
	json_fields(g);
	printf("],\n \"contigs\": [");
	for (uint32_t i = 0; i < gtb_n_contigs(g); i++) {
		struct gtb_contig c = gtb_contig(g, i);

		if (!records[i])
			continue;
		printf("%s\n  {\"name\": ", between);
		json_string(c.name.s, c.name.len);
		printf(", \"ploidy\": %u, \"records\": %" PRIu64 "}", c.ploidy, records[i]);
		between = ",";
	}
	puts("]}");
}

static void print_fields(const struct gtb *g)
{
	for (uint32_t i = 0; i < gtb_n_fields(g); i++) {
		struct gtb_field f = gtb_field(g, i);

		fputs("    ", stdout);
		print_safely(f.group.s, f.group.len);
		fputs("::", stdout);
		print_safely(f.name.s, f.name.len);
		fputs(", ", stdout);
		print_safely(f.type_name.s, f.type_name.len);
		puts(f.type ? "" : " (not known)");
	}
}

static void print_text(const struct gtb *g, const uint64_t *records)
{
	char a[16];

	printf("%s: GTB, version %u\n", gtb_pathname(g), gtb_version(g));
	printf("  file       %s (%s)\n", progress_size(a, gtb_file_size(g)), gtb_compressor(g));
	printf("  samples    %u\n", gtb_n_samples(g));
	printf("  records    %" PRIu64 "%s\n", gtb_n_records(g),
			gtb_overlaps(g) ? ", not in the order of positions" : "");
	printf("  blocks     %u\n", gtb_n_blocks(g));
	printf("  genotypes  %s\n", !gtb_n_samples(g) ? "none"
				    : gtb_phased(g)   ? "phased"
						      : "unphased");
	printf("  header     %u line%s\n", gtb_n_meta(g), gtb_n_meta(g) == 1 ? "" : "s");
	if (gtb_n_fields(g))
		printf("  fields     %u\n", gtb_n_fields(g));
	print_fields(g);
	puts("  contigs");
	for (uint32_t i = 0; i < gtb_n_contigs(g); i++) {
		struct gtb_contig c = gtb_contig(g, i);

		if (!records[i])
			continue;
		printf("    %-12" PRIu64 " records%s: ", records[i],
				c.ploidy == 1 ? ", haploid" : "");
		print_safely(c.name.s, c.name.len);
		putchar('\n');
	}
}

int info_gtb(const char *pathname, const char *contigs, bool json, struct err *err)
{
	struct gtb_options o = { .contigs = contigs, .memory = import_default_memory() };
	CLEANUP(gtb_closep) struct gtb *g = NULL;
	CLEANUP(freep) uint64_t *records = NULL;
	int r = gtb_open(pathname, &o, &g, err);

	if (r < 0)
		return r;
	records = calloc(gtb_n_contigs(g) + 1ull, sizeof(*records));
	if (!records)
		return err_set(err, -ENOMEM, "out of memory");
	r = count_records(g, records, err);
	if (r < 0)
		return r;
	if (json)
		print_json(g, records);
	else
		print_text(g, records);
	return 0;
}
