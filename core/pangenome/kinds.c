/* SPDX-License-Identifier: MIT */
/* The table of the files of a pangenome's folders. */
#include "core/pangenome/calls_file.h"
#include "core/pangenome/contig_tables.h"
#include "core/pangenome/fasta_files.h"
#include "core/pangenome/file.h"
#include "core/pangenome/gbz_file.h"
#include "core/pangenome/graph_gfa.h"
#include "core/pangenome/graph_tables.h"
#include "core/pangenome/info.h"
#include "core/pangenome/slice_gfa.h"
#include "core/pangenome/slice_tables.h"

#define GRAPH (1u << PG_GRAPH)
#define SAMPLE (1u << PG_SAMPLE)
#define HAP (1u << PG_HAP)
#define CONTIG (1u << PG_CONTIG)
#define BLOCK (1u << PG_BLOCK | 1u << PG_REGION)
#define UNPLACED (1u << PG_UNPLACED)

const struct pg_file_kind pg_file_kinds[] = {
	{ .name = "info.json",
			.levels = GRAPH | CONTIG | UNPLACED,
			.momentary = true,
			.make = info_make,
			.read = info_read,
			.free = info_free },
	{ .name = "paths.tsv",
			.levels = GRAPH | SAMPLE,
			.make = paths_tsv_make,
			.read = table_read,
			.free = table_free },
	{ .name = "samples.txt", .levels = GRAPH, .write = samples_txt_write },
	{ .name = "contigs.txt",
			.levels = GRAPH,
			.make = contigs_txt_make,
			.read = table_read,
			.free = table_free },
	{ .name = "tags.tsv", .levels = GRAPH, .write = tags_tsv_write },
	{ .name = "components.tsv",
			.levels = GRAPH,
			.make = components_tsv_make,
			.read = table_read,
			.free = table_free },
	{ .name = "fragments.bed", .levels = CONTIG, .write = fragments_bed_write },
	{ .name = "blocks.bed", .levels = CONTIG, .write = blocks_bed_write },
	{ .name = "haplotypes.tsv",
			.levels = CONTIG,
			.make = haplotypes_tsv_make,
			.read = table_read,
			.free = table_free },
	{ .name = "haplotypes.tsv",
			.levels = UNPLACED,
			.slice = true,
			.make = haplotypes_tsv_make,
			.read = table_read,
			.free = table_free },
	{ .name = "calls.vcf",
			.levels = CONTIG | BLOCK,
			.make = calls_file_make,
			.write = calls_file_write,
			.free = calls_file_free },
	{ .name = "graph.v1.gbz",
			.levels = GRAPH,
			.make = gbz_file_make,
			.read = gbz_file_read,
			.free = gbz_file_free },
	{ ".fa", HAP, .make = fasta_hap_make, .read = fasta_file_read, .free = fasta_file_free },
	{ ".fa.fai", HAP, .make = fasta_hap_make, .write = fasta_index_write,
			.free = fasta_file_free },
	{ "ref.fa", CONTIG | BLOCK, .make = fasta_ref_make, .read = fasta_file_read,
			.free = fasta_file_free },
	{ "ref.fa.fai", CONTIG | BLOCK, .make = fasta_ref_make, .write = fasta_index_write,
			.free = fasta_file_free },
	{ "ref.padded.fa", CONTIG, .make = fasta_padded_make, .read = fasta_file_read,
			.free = fasta_file_free },
	{ "ref.padded.fa.fai", CONTIG, .make = fasta_padded_make, .write = fasta_index_write,
			.free = fasta_file_free },
	{ "haplotypes.fa", BLOCK | UNPLACED, .slice = true, .make = fasta_spans_make,
			.read = fasta_file_read, .free = fasta_file_free },
	{ "haplotypes.fa.fai", BLOCK | UNPLACED, .slice = true, .make = fasta_spans_make,
			.write = fasta_index_write, .free = fasta_file_free },
	{ "distinct.fa", BLOCK | UNPLACED, .slice = true, .make = fasta_distinct_make,
			.read = fasta_file_read, .free = fasta_file_free },
	{ .name = "graph.gfa", .levels = GRAPH, .write = graph_gfa },
	{ .name = "graph.gfa",
			.levels = CONTIG | BLOCK | UNPLACED,
			.slice = true,
			.write = slice_gfa },
	{ .name = "nodes.tsv",
			.levels = CONTIG | BLOCK | UNPLACED,
			.slice = true,
			.write = slice_nodes_tsv },
	{ .name = "edges.tsv",
			.levels = CONTIG | BLOCK | UNPLACED,
			.slice = true,
			.write = slice_edges_tsv },
	{ .name = "links.tsv", .levels = BLOCK, .slice = true, .write = slice_links_tsv },
	{ .name = "walks.tsv", .levels = BLOCK, .slice = true, .write = slice_walks_tsv },
};

const unsigned n_pg_file_kinds = sizeof(pg_file_kinds) / sizeof(pg_file_kinds[0]);
