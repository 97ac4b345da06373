/* SPDX-License-Identifier: MIT */
#include "core/view/view.h"

#include "core/view/tables.h"
#include "core/view/vcf_lines.h"

const struct view_kind view_kinds[] = {
	{ .name = "calls.vcf",
			.size = vcf_calls_size,
			.read = vcf_calls_read,
			.chunk_at = vcf_calls_chunk_at,
			.part = BLOCK_CALLS },
	{ .name = "sites.vcf",
			.size = vcf_sites_size,
			.read = vcf_sites_read,
			.chunk_at = vcf_sites_chunk_at,
			.part = BLOCK_SITES },
	{ .name = "header.vcf", .size = header_size, .read = header_read },
	{ .name = "samples.txt", .size = samples_size, .read = samples_read },
	{ .name = "contigs.tsv", .size = contigs_size, .read = contigs_read },
	{ .name = "blocks.tsv", .size = blocks_size, .read = blocks_read },
};
const unsigned n_view_kinds = sizeof(view_kinds) / sizeof(view_kinds[0]);
