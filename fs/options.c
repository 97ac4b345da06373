/* SPDX-License-Identifier: MIT */
#include "fs/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/base/number.h"
#include "core/base/words.h"
#include "core/pangenome/pangenome.h"

static_assert(sizeof(uid_t) == sizeof(unsigned) && sizeof(gid_t) == sizeof(unsigned),
		"uid= and gid= are kept as unsigned");

struct option_row;

/* How the text of an option's value becomes a field of struct options, and back. */
struct value_type {
	bool (*parse)(const struct option_row *row, const char *text, void *field);
	void (*write)(struct buf *out, const void *field);
};

struct option_row {
	const char *name;
	const struct value_type *type;
	size_t field;      /* offset in struct options */
	unsigned min, max; /* of a number */
	const char *value; /* what the help calls it; NULL for a flag */
	const char *help;
};

static bool parse_size(const struct option_row *row, const char *text, void *field)
{
	uint64_t n;

	(void)row;
	if (!number_parse_size(text, &n) || n > SIZE_MAX)
		return false;
	*(size_t *)field = (size_t)n;
	return true;
}

static void write_size(struct buf *out, const void *field)
{
	buf_printf(out, "%zu", *(const size_t *)field);
}

static bool parse_number(const struct option_row *row, const char *text, void *field)
{
	uint64_t n;

	if (!number_parse(text, 10, &n) || n < row->min || n > row->max)
		return false;
	*(unsigned *)field = (unsigned)n;
	return true;
}

static void write_number(struct buf *out, const void *field)
{
	buf_printf(out, "%u", *(const unsigned *)field);
}

static bool parse_mode(const struct option_row *row, const char *text, void *field)
{
	uint64_t n;

	if (!number_parse(text, 8, &n) || (n & ~(uint64_t)row->max))
		return false;
	*(unsigned *)field = (unsigned)n;
	return true;
}

static void write_mode(struct buf *out, const void *field)
{
	buf_printf(out, "%04o", *(const unsigned *)field);
}

static bool parse_readahead(const struct option_row *row, const char *text, void *field)
{
	if (strcmp(text, "auto") != 0)
		return parse_number(row, text, field);
	*(unsigned *)field = READAHEAD_AUTO;
	return true;
}

static void write_readahead(struct buf *out, const void *field)
{
	if (*(const unsigned *)field == READAHEAD_AUTO)
		buf_printf(out, "auto");
	else
		write_number(out, field);
}

static bool parse_yes_no(const struct option_row *row, const char *text, void *field)
{
	(void)row;
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return false;
	*(bool *)field = *text == 'y';
	return true;
}

static void write_yes_no(struct buf *out, const void *field)
{
	buf_printf(out, "%s", *(const bool *)field ? "yes" : "no");
}

/* Bases are counted in thousands, so no letter stands for 1024 of them. */
static bool parse_bases(const struct option_row *row, const char *text, void *field)
{
	uint64_t n;

	if (!number_parse(text, 10, &n) || n < row->min)
		return false;
	*(uint64_t *)field = n;
	return true;
}

static void write_bases(struct buf *out, const void *field)
{
	buf_printf(out, "%" PRIu64, *(const uint64_t *)field);
}

/* Not empty. */
static bool parse_text(const struct option_row *row, const char *text, void *field)
{
	char *copy = *text ? strdup(text) : NULL;

	(void)row;
	if (!copy)
		return false;
	free(*(char **)field);
	*(char **)field = copy;
	return true;
}

static void write_text(struct buf *out, const void *field)
{
	const char *text = *(char *const *)field;

	buf_printf(out, "%s", text ? text : "");
}

static const struct value_type type_size = { parse_size, write_size };
static const struct value_type type_number = { parse_number, write_number };
static const struct value_type type_mode = { parse_mode, write_mode };
static const struct value_type type_readahead = { parse_readahead, write_readahead };
static const struct value_type type_yes_no = { parse_yes_no, write_yes_no };
static const struct value_type type_bases = { parse_bases, write_bases };
static const struct value_type type_text = { parse_text, write_text };

#define FIELD(name) offsetof(struct options, name)

static const struct option_row option_rows[] = {
	{ "cache_size", &type_size, FIELD(cache_size), 0, 0, "SIZE",
			"of decoded blocks, K M G; default: 1G, at most memory / 4" },
	{ "threads", &type_number, FIELD(threads), 1, 1024, "N",
			"threads that decode; default: the processors" },
	{ "mode", &type_mode, FIELD(mode), 0, 0444, "OCTAL",
			"read permission of the files; default 0400" },
	{ "uid", &type_number, FIELD(uid), 0, UINT_MAX - 1, "ID", "owner of the files" },
	{ "gid", &type_number, FIELD(gid), 0, UINT_MAX - 1, "ID", "group of the files" },
	{ "allow_other", &type_yes_no, FIELD(allow_other), 0, 0, NULL,
			"let other users in, as mode= permits" },
	{ "grace", &type_number, FIELD(grace), 0, 86400, "SECONDS",
			"how long open files are served after SIGTERM; default 30" },
	{ "readahead", &type_readahead, FIELD(readahead), 0, 1 << 20, "KiB",
			"the kernel's, where root; default: auto" },
	{ "sandbox", &type_yes_no, FIELD(sandbox), 0, 0, "yes|no",
			"confine the server (seccomp, Landlock); default: yes" },
	{ "noexec", &type_yes_no, FIELD(noexec), 0, 0, NULL, "no program is run from the mount" },
	{ "contigs", &type_text, FIELD(contigs), 0, 0, "FILE",
			"GTB: what its numbers of contigs stand for" },
	{ "block_bp", &type_bases, FIELD(block_bp), 1, 0, "N",
			"pangenomes: bases of a block; default 1000000" },
	{ "gap_bp", &type_bases, FIELD(gap_bp), 1, 0, "N",
			"pangenomes: gaps that sequences bridge; default block_bp" },
	{ "reference", &type_text, FIELD(reference), 0, 0, "S+...",
			"pangenomes: the reference's sample; default: the graph's" },
	{ "shm", &type_text, FIELD(shm), 0, 0, "DIR",
			"pangenomes: where they are loaded; default /dev/shm" },
};

/* Always so, or words that mount(8) and fstab(5) leave in the list. */
static const char *const words_without_effect[] = { "ro", "nosuid", "nodev", "exec", "defaults",
	"async", "sync", "dirsync", "atime", "noatime", "diratime", "nodiratime", "relatime",
	"norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "nomand", "silent",
	"loud", "nosymfollow", "auto", "noauto", "nofail", "user", "users", "nouser", "owner",
	"nogroup", "noowner", "group", "_netdev", "comment" };

enum { N_OPTION_ROWS = sizeof(option_rows) / sizeof(option_rows[0]) };

static int refuse_unknown(const char *name, struct err *err)
{
	struct buf known = { 0 };
	int r;

	for (unsigned i = 0; i < N_OPTION_ROWS; i++)
		buf_printf(&known, "%s%s%s", i ? ", " : "", option_rows[i].name,
				option_rows[i].value ? "=" : "");
	r = err_set(err, -EINVAL, "unknown option '%s'; known are %.*s", name, (int)known.len,
			buf_failed(&known) ? "" : (const char *)known.data);
	buf_done(&known);
	return r;
}

static bool is_without_effect(const char *name)
{
	const size_t n = sizeof(words_without_effect) / sizeof(words_without_effect[0]);

	for (size_t i = 0; i < n; i++)
		if (strcmp(name, words_without_effect[i]) == 0)
			return true;
	return strncmp(name, "x-", 2) == 0 || strncmp(name, "X-", 2) == 0;
}

#define LIST_PREFIX "samples:"

/* samples:NAME=FILE; a name that comes again is given another file. */
static int add_list(struct options *o, const char *name, const char *value, struct err *err)
{
	struct list_arg *lists;

	name += strlen(LIST_PREFIX);
	if (!*name || *name == '^' || strpbrk(name, "/,"))
		return err_set(err, -EINVAL,
				"option 'samples:%s': a list's name has no '/' or ',' and does not "
				"begin with '^'",
				name);
	if (!value || !*value)
		return err_set(err, -EINVAL, "option 'samples:%s' needs a file: samples:%s=FILE",
				name, name);
	lists = realloc(o->lists, (o->n_lists + 1) * sizeof(*lists));
	if (!lists)
		return err_set(err, -ENOMEM, "out of memory");
	o->lists = lists;
	lists += o->n_lists++;
	lists->name = strdup(name);
	lists->pathname = strdup(value);
	return lists->name && lists->pathname ? 0 : err_set(err, -ENOMEM, "out of memory");
}

static int set_option(struct options *o, const char *name, const char *value, struct err *err)
{
	const struct option_row *row = option_rows;
	const struct option_row *end = option_rows + N_OPTION_ROWS;

	if (strcmp(name, "rw") == 0 || strcmp(name, "suid") == 0 || strcmp(name, "dev") == 0)
		return err_set(err, -EINVAL, "option '%s': the mount is always ro,nosuid,nodev",
				name);
	if (is_without_effect(name))
		return 0;
	if (strcmp(name, "sloppy") == 0) { /* what mount(8) calls -s */
		o->sloppy = true;
		return 0;
	}
	if (strncmp(name, LIST_PREFIX, strlen(LIST_PREFIX)) == 0)
		return add_list(o, name, value, err);
	while (row < end && strcmp(row->name, name) != 0)
		row++;
	if (row == end)
		return o->sloppy ? 0 : refuse_unknown(name, err);
	if (!value && row->value)
		return err_set(err, -EINVAL, "option '%s' needs a value: %s=%s", name, name,
				row->value);
	if (!row->type->parse(row, value ? value : "yes", (char *)o + row->field))
		return err_set(err, -EINVAL, "option '%s': '%s' will not do (%s)", name, value,
				row->help);
	return 0;
}

static int set_list(struct options *o, const char *list, struct err *err)
{
	const char *end = list + strlen(list);
	CLEANUP(freep) char *word = malloc(strlen(list) + 1);
	int r = 0;

	if (!word)
		return err_set(err, -ENOMEM, "out of memory");
	while (r == 0 && words_next(&list, end, word)) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		r = set_option(o, word, value, err);
	}
	return r;
}

static void set_defaults(struct options *o)
{
	*o = (struct options){
		.mode = 0400,
		.uid = getuid(),
		.gid = getgid(),
		.grace = 30,
		.readahead = READAHEAD_AUTO,
		.sandbox = true,
		.block_bp = PANGENOME_BLOCK_BP,
	};
}

/* What follows from others, or is looked up: only where not given, since it reads a dozen files. */
static int complete(struct options *o, struct err *err)
{
	const size_t most = (size_t)1 << 30;

	if (o->gap_bp == 0)
		o->gap_bp = o->block_bp;
	if (!o->shm)
		o->shm = strdup(SHM_FOLDER);
	if (!o->shm)
		return err_set(err, -ENOMEM, "out of memory");
	if (o->threads == 0)
		o->threads = limits_cpus();
	if (o->cache_size == 0) {
		uint64_t quarter = limits_memory() / 4;

		o->cache_size = quarter < most ? (size_t)quarter : most;
	}
	return 0;
}

static int parse_flags(int argc, char **argv, struct options *o, struct err *err)
{
	static const struct option names[] = {
		{ "foreground", no_argument, NULL, 'f' },
		{ "options", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int flag;

	opterr = 0;
	while ((flag = getopt_long(argc, argv, ":fo:hV", names, NULL)) != -1) {
		int r = 0;

		if (flag == 'f')
			o->foreground = true;
		else if (flag == 'o')
			r = set_list(o, optarg, err);
		else if (flag == 'h')
			o->help = true;
		else if (flag == 'V')
			o->version = true;
		else
			r = err_set(err, -EINVAL, "'%s' is not an option, or lacks its value",
					argv[optind - 1]);
		if (r < 0)
			return r;
	}
	return 0;
}

static void options_donep(struct options *o)
{
	options_done(o);
}

int options_parse(int argc, char **argv, struct options *out, struct err *err)
{
	CLEANUP(options_donep) struct options o;
	int r;

	set_defaults(&o);
	r = parse_flags(argc, argv, &o, err);
	if (r < 0)
		return r;
	if (!o.help && !o.version) {
		if (argc - optind < 2)
			return err_set(err, -EINVAL, "a SOURCE and the folder MNT are needed");
		o.mountpoint = argv[argc - 1];
		o.sources = calloc((size_t)(argc - optind), sizeof(*o.sources));
		if (!o.sources)
			return err_set(err, -ENOMEM, "out of memory");
		o.device = argv[optind];
		for (int i = optind; i < argc - 1; i++) {
			r = source_arg_parse(argv[i], &o.sources[o.n_sources++], err);
			if (r < 0)
				return r;
		}
		r = complete(&o, err);
		if (r < 0)
			return r;
	}

	*out = o;
	o = (struct options){ 0 };
	return 0;
}

void options_done(struct options *o)
{
	for (unsigned i = 0; i < o->n_sources; i++)
		source_arg_done(&o->sources[i]);
	free(o->sources);
	o->sources = NULL;
	o->n_sources = 0;
	for (unsigned i = 0; i < o->n_lists; i++) {
		free(o->lists[i].name);
		free(o->lists[i].pathname);
	}
	free(o->lists);
	o->lists = NULL;
	o->n_lists = 0;
	free(o->contigs);
	o->contigs = NULL;
	free(o->reference);
	o->reference = NULL;
	free(o->shm);
	o->shm = NULL;
}

void options_print_help(FILE *to)
{
	fputs("usage: genofs mount [-f] [-o OPTION,...] [NAME=]SOURCE... MNT\n"
	      "\n"
	      "Mount stores, GTB files and pangenomes (GBZ, shm:NAME), read-only, in MNT/NAME\n"
	      "(or the file's name less .gst .gtb .gbz); ends with: genofs umount MNT\n"
	      "\n"
	      "  -f, --foreground   stay, log to stderr, end the mount on Ctrl-C\n"
	      "  -o, --options      a list joined by commas:\n",
			to);
	for (unsigned i = 0; i < N_OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];
		char name[32];

		snprintf(name, sizeof(name), "%s%s%s", row->name, row->value ? "=" : "",
				row->value ? row->value : "");
		fprintf(to, "     %-16s%s\n", name, row->help);
	}
	fputs("     samples:N=FILE  a list of samples, one a line: for @samples/N\n"
	      "Exit status: 0 mounted, 1 failed, 2 wrong usage.\n",
			to);
}

void options_write(const struct options *o, struct buf *out)
{
	for (unsigned i = 0; i < N_OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		buf_printf(out, "%s=", row->name);
		row->type->write(out, (const char *)o + row->field);
		buf_printf(out, "\n");
	}
	for (unsigned i = 0; i < o->n_lists; i++)
		buf_printf(out, LIST_PREFIX "%s=%s\n", o->lists[i].name, o->lists[i].pathname);
}
