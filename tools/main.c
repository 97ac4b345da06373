/* SPDX-License-Identifier: MIT */
/*
 * genofs: the program that people call. A table of commands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <htslib/hts.h>
#include <lz4.h>
#include <zstd.h>

#include "tools/commands.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *help;
};

static const struct command commands[] = {
	{ "import", cmd_import, "IN.vcf.gz... -o STORE", "make a store from VCF, BCF or GTB" },
	{ "mount", cmd_mount, "SOURCE... FOLDER", "mount stores, read-only" },
	{ "run", cmd_run, "SOURCE... FOLDER -- CMD", "run a command that has a mount of its own" },
	{ "umount", cmd_umount, "FOLDER", "unmount" },
	{ "pangenome", cmd_pangenome, "COMMAND ...", "graphs in shared memory: load, list, drop" },
	{ "top", cmd_top, "[FOLDER]", "watch what a mount does" },
	{ "blocks", cmd_blocks, "STORE", "folders of its blocks, shared out among tasks" },
	{ "ld", cmd_ld, "SOURCE", "linkage disequilibrium: r2 of pairs of sites" },
	{ "info", cmd_info, "STORE", "what a store holds" },
	{ "verify", cmd_verify, "STORE...", "read all of a store and check it" },
	{ "export", cmd_export, "STORE", "a store as VCF or BCF, without a mount" },
};

static void print_help(FILE *f)
{
	fputs("genofs: genotype stores, mounted as ordinary files\n\n"
	      "usage: genofs COMMAND [OPTIONS] ...\n\n",
			f);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(f, "  %-9s %-24s %s\n", commands[i].name, commands[i].usage,
				commands[i].help);
	fputs("\n"
	      "genofs COMMAND --help says more; so do the man pages.\n"
	      "Exit status: 0; 1 for failures; 2 for wrong usage.\n",
			f);
}

static void print_version(void)
{
	printf("genofs %s (htslib %s, lz4 %s, zstd %s)\n", GENOFS_VERSION, hts_version(),
			LZ4_versionString(), ZSTD_versionString());
}

/* Output that could not be written is a failure, though every printf() went well. */
static int close_stdout(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (status == EXIT_SUCCESS)
		perror("genofs: standard output");
	return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
			strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return close_stdout(EXIT_SUCCESS);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		print_version();
		return close_stdout(EXIT_SUCCESS);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return close_stdout(commands[i].run(argc - 1, argv + 1));
	fprintf(stderr, "genofs: %s: no such command; genofs --help lists them\n", argv[1]);
	return 2;
}
