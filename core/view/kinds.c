/* SPDX-License-Identifier: MIT */
#include "core/view/bcf.h"
#include "core/view/bcf_packed.h"
#include "core/view/bgen.h"
#include "core/view/bgi.h"
#include "core/view/bgzf.h"
#include "core/view/npy.h"
#include "core/view/pgen.h"
#include "core/view/plink.h"
#include "core/view/site_index.h"
#include "core/view/tables.h"
#include "core/view/vcf_rows.h"

static const struct view_kind bcf_inside = {
	.name = "calls.bcf", .ops = &row_ops, .of = &bcf_rows, .part = BLOCK_CALLS, .typed = true
};

static const struct view_kind bgen_inside = {
	.name = "calls.bgen", .ops = &row_ops, .of = &bgen_rows, .part = BLOCK_CALLS
};
static const struct made_kind bgi = { bgi_make, &bgen_inside };

static const struct table_kind table_sample = { .text = bgen_sample_text };
static const struct table_kind table_psam = { .text = plink_psam_text };
static const struct table_kind table_fam = { .text = plink_fam_text };

static bool sites_tsv_exists(const struct dataset *d)
{
	return store_has_view(d->store, STORE_VIEW_SITES_TSV);
}

const struct view_kind view_kinds[] = {
	{ .name = "calls.vcf", .ops = &row_ops, .of = &vcf_calls_rows, .part = BLOCK_CALLS },
	{ .name = "sites.vcf", .ops = &row_ops, .of = &vcf_sites_rows, .part = BLOCK_SITES },
	{ .name = "header.vcf", .ops = &table_text_ops, .of = &table_header, .counted = true },
	{ .name = "samples.txt", .ops = &table_text_ops, .of = &table_samples, .counted = true },
	{ .name = "contigs.tsv", .ops = &table_lines_ops, .of = &table_contigs, .counted = true },
	{ .name = "blocks.tsv", .ops = &table_lines_ops, .of = &table_blocks },
	{ .name = "calls.vcf.gz", .ops = &bgzf_ops, .of = &view_kinds[0], .part = BLOCK_CALLS },
	{ .name = "calls.vcf.gz.tbi",
			.ops = &made_ops,
			.of = &index_vcf_tbi,
			.lazy = true,
			.exists = index_tbi_exists },
	{ .name = "calls.vcf.gz.csi",
			.ops = &made_ops,
			.of = &index_vcf_csi,
			.lazy = true,
			.exists = index_csi_exists },
	{ .name = "calls.bcf",
			.ops = &bcf_file_ops,
			.of = &bcf_inside,
			.part = BLOCK_CALLS,
			.typed = true,
			.exists = bcf_exists },
	{ .name = "calls.bcf.csi",
			.ops = &made_ops,
			.of = &index_bcf_csi,
			.lazy = true,
			.exists = index_bcf_exists },
	{ .name = "sites.tsv",
			.ops = &row_ops,
			.of = &sites_tsv_rows,
			.part = BLOCK_SITES,
			.exists = sites_tsv_exists },
	{ .name = "positions.npy",
			.ops = &row_ops,
			.of = &npy_positions_rows,
			.part = BLOCK_SITES,
			.counted = true },
	{ .name = "genotypes.npy",
			.ops = &row_ops,
			.of = &npy_genotypes_rows,
			.part = BLOCK_CALLS,
			.counted = true,
			.exists = npy_genotypes_exists },
	{ .name = "plink.bed",
			.ops = &row_ops,
			.of = &plink_bed_rows,
			.part = BLOCK_CALLS,
			.left_out = plink_left_out,
			.exists = plink_exists },
	{ .name = "plink.bim",
			.ops = &row_ops,
			.of = &plink_bim_rows,
			.part = BLOCK_SITES,
			.exists = plink_exists },
	{ .name = "plink.fam",
			.ops = &table_text_ops,
			.of = &table_fam,
			.counted = true,
			.exists = plink_exists },
	{ .name = "plink2.pgen",
			.ops = &pgen_ops,
			.of = &pgen_body,
			.part = BLOCK_CALLS,
			.exists = pgen_exists },
	{ .name = "plink2.pvar",
			.ops = &row_ops,
			.of = &plink_pvar_rows,
			.part = BLOCK_SITES,
			.exists = pgen_exists },
	{ .name = "plink2.psam",
			.ops = &table_text_ops,
			.of = &table_psam,
			.counted = true,
			.exists = pgen_exists },
	{ .name = "calls.bgen",
			.ops = &row_ops,
			.of = &bgen_rows,
			.part = BLOCK_CALLS,
			.exists = bgen_exists },
	{ .name = "calls.bgen.bgi",
			.ops = &made_ops,
			.of = &bgi,
			.lazy = true,
			.decodes = true,
			.exists = bgen_exists },
	{ .name = "calls.sample",
			.ops = &table_text_ops,
			.of = &table_sample,
			.counted = true,
			.exists = bgen_exists },
};
const unsigned n_view_kinds = sizeof(view_kinds) / sizeof(view_kinds[0]);
