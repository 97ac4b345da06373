/* SPDX-License-Identifier: MIT */
/* genofs pangenome: graphs in shared memory. A table of commands of its own. */
#include <getopt.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/number.h"
#include "core/graph/graph_object.h"
#include "tools/args.h"
#include "tools/commands.h"
#include "tools/json.h"
#include "tools/pangenome_drop.h"
#include "tools/pangenome_show.h"
#include "tools/progress.h"

static const char help[] =
		"usage: genofs pangenome load [OPTIONS] GRAPH.gbz\n"
		"       genofs pangenome list|gc [OPTIONS]\n"
		"       genofs pangenome stat|verify|drop [OPTIONS] NAME|GRAPH.gbz\n\n"
		"Graphs in shared memory: decoded once, used by all processes of the machine.\n\n"
		"  load    load a graph, if it is not there; print its name\n"
		"  list    the graphs that are there, and the indexes that mounts made of them\n"
		"  stat    what one is, and which processes hold it\n"
		"  verify  read all of one and check it\n"
		"  drop    remove one that no process holds, with its indexes\n"
		"  gc      remove those that nobody uses, and what died while it was loading\n\n"
		"      --folder DIR    where they are, instead of /dev/shm\n"
		"      --name NAME     load: instead of a name made of the file's and its content\n"
		"      --mode MODE     load: who may read it (0600)\n"
		"      --unused TIME   gc: keep what was used in so many seconds; 90s, 15m, 12h, "
		"7d\n"
		"  -q, --quiet         load: show no progress\n"
		"  -j, --json          as JSON\n";

enum { OPT_HELP = 256, OPT_FOLDER, OPT_NAME, OPT_MODE, OPT_UNUSED };

static const struct option long_options[] = {
	{ "folder", required_argument, NULL, OPT_FOLDER },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "unused", required_argument, NULL, OPT_UNUSED },
	{ "quiet", no_argument, NULL, 'q' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

struct options {
	const char *command;
	const char *folder; /* NULL: the default */
	const char *name;
	const char *what; /* the argument; NULL where there is none */
	uint64_t mode;
	uint64_t unused; /* seconds */
	bool quiet;
	bool json;
};

static const char *folder_of(const struct options *o)
{
	return o->folder ? o->folder : SHM_FOLDER;
}

static int failed(const struct options *o, const struct err *err)
{
	fprintf(stderr, "genofs pangenome %s: %s\n", o->command, err->msg);
	return EXIT_FAILURE;
}

/* An argument is a graph's file, or an object's name. */
static int name_of(const struct options *o, char out[SHM_NAME_MAX + 1], struct err *err)
{
	size_t len = strlen(o->what);

	if (strchr(o->what, '/') || (len > 4 && strcmp(o->what + len - 4, ".gbz") == 0))
		return graph_object_name(o->what, out, err);
	if (shm_name_check(o->what, err) < 0)
		return err->code;
	memcpy(out, o->what, len + 1);
	return 0;
}

/* ---- load ---- */

struct shown {
	_Atomic int phase;
	_Atomic uint64_t done;
	_Atomic uint64_t total;
};

static void note_phase(enum shm_phase phase, void *arg)
{
	struct shown *s = arg;

	atomic_store(&s->phase, (int)phase);
}

static void note_progress(void *arg, uint64_t done, uint64_t total)
{
	struct shown *s = arg;

	atomic_store(&s->done, done);
	atomic_store(&s->total, total);
}

static void describe(void *arg, double seconds, char *line, size_t size)
{
	struct shown *s = arg;
	uint64_t total = atomic_load(&s->total);
	int phase = atomic_load(&s->phase);

	if (phase == SHM_WAIT)
		snprintf(line, size, "another process loads it: waiting for %.0f s", seconds);
	else
		snprintf(line, size, "%s: %.0f %%, %.0f s", shm_phase_names[phase],
				total ? 100.0 * (double)atomic_load(&s->done) / (double)total : 0.0,
				seconds);
}

static int run_load(const struct options *o)
{
	CLEANUP(shm_detachp) struct shm_object *object = NULL;
	struct shown shown = { .phase = SHM_CHECK };
	struct graph_load load = { .pathname = o->what,
		.folder = o->folder,
		.name = o->name,
		.mode = (mode_t)o->mode,
		.phase = note_phase,
		.progress = note_progress,
		.arg = &shown };
	struct progress *progress = o->quiet ? NULL : progress_start(describe, &shown);
	struct err err = { 0 };
	int r = graph_object_load(&load, &object, &err);

	progress_end(progress);
	if (r < 0)
		return failed(o, &err);
	if (o->json) {
		printf("{\"name\": \"%s\", \"folder\": ", shm_object_name(object));
		json_string(folder_of(o), strlen(folder_of(o)));
		printf(", \"bytes\": %llu, \"loaded\": %s}\n",
				(unsigned long long)shm_object_header(object)->total,
				r ? "false" : "true");
	} else {
		puts(shm_object_name(object));
	}
	return EXIT_SUCCESS;
}

/* ---- the others ---- */

static int visit(const struct shm_info *info, void *arg)
{
	show_list_row(arg, info);
	return 0;
}

static int run_list(const struct options *o)
{
	struct show_list list = { .json = o->json };
	struct err err = { 0 };
	int r;

	show_list_begin(&list);
	r = shm_list(o->folder, visit, &list, &err);
	show_list_end(&list);
	return r < 0 ? failed(o, &err) : EXIT_SUCCESS;
}

static int run_stat(const struct options *o)
{
	CLEANUP(shm_detachp) struct shm_object *object = NULL;
	CLEANUP(buf_done) struct buf pids = { 0 };
	char name[SHM_NAME_MAX + 1];
	struct err err = { 0 };
	struct shm_wanted wanted = { .folder = o->folder, .name = name };
	int r = name_of(o, name, &err);

	/* Before we are one of them. */
	if (r == 0)
		r = shm_holders(&wanted, &pids, &err);
	if (r == 0)
		r = graph_object_attach(o->folder, name, &object, &err);
	if (r == 0)
		r = show_graph(object, folder_of(o), &pids, o->json, &err);
	return r < 0 ? failed(o, &err) : EXIT_SUCCESS;
}

static int run_verify(const struct options *o)
{
	CLEANUP(shm_detachp) struct shm_object *object = NULL;
	char name[SHM_NAME_MAX + 1];
	struct err err = { 0 };
	int r = name_of(o, name, &err);

	if (r == 0)
		r = graph_object_attach(o->folder, name, &object, &err);
	if (r == 0)
		r = shm_verify(object, &err);
	if (r == 0) {
		r = image_verify(shm_payload(object), shm_payload_size(object), &err);
		if (r < 0)
			err_prefix(&err, r, "%s", name);
	}
	if (o->json && object)
		printf("{\"name\": \"%s\", \"whole\": %s}\n", name, r < 0 ? "false" : "true");
	else if (r == 0)
		printf("%s: whole\n", name);
	return r < 0 ? failed(o, &err) : EXIT_SUCCESS;
}

static int run_drop(const struct options *o)
{
	char name[SHM_NAME_MAX + 1];
	unsigned n_indexes = 0;
	struct err err = { 0 };
	int r = name_of(o, name, &err);

	if (r == 0)
		r = pangenome_drop(o->folder, name, &n_indexes, &err);
	if (r < 0)
		return failed(o, &err);
	if (o->json)
		printf("{\"name\": \"%s\", \"dropped\": true, \"indexes\": %u}\n", name, n_indexes);
	return EXIT_SUCCESS;
}

static void tell_removed(const struct shm_info *info, void *arg)
{
	const struct options *o = arg;

	if (!o->json)
		printf("%s\n", info->name);
}

static int run_gc(const struct options *o)
{
	struct shm_gone gone = { 0 };
	struct err err = { 0 };
	int r = shm_gc(o->folder, o->unused, tell_removed, (void *)(uintptr_t)o, &gone, &err);

	if (r < 0)
		return failed(o, &err);
	if (o->json)
		printf("{\"objects\": %u, \"bytes\": %llu, \"unfinished\": %u}\n", gone.objects,
				(unsigned long long)gone.bytes, gone.locks);
	return EXIT_SUCCESS;
}

static const struct subcommand {
	const char *name;
	int (*run)(const struct options *o);
	bool takes; /* an argument */
} subcommands[] = {
	{ "load", run_load, true },
	{ "list", run_list, false },
	{ "stat", run_stat, true },
	{ "verify", run_verify, true },
	{ "drop", run_drop, true },
	{ "gc", run_gc, false },
};

/* Seconds, or a number of minutes, hours or days. */
static bool parse_time(const char *text, uint64_t *out)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t len = strlen(text);
	char digits[24];
	uint64_t unit = 1;

	for (unsigned i = 0; len && i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[len - 1] == units[i].letter) {
			unit = units[i].seconds;
			len--;
			break;
		}
	}
	if (!len || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return number_parse(digits, 10, out) && !__builtin_mul_overflow(*out, unit, out);
}

static int take_option(struct options *o, int c)
{
	switch (c) {
	case OPT_FOLDER:
		o->folder = optarg;
		return 0;
	case OPT_NAME:
		o->name = optarg;
		return 0;
	case OPT_MODE:
		if (number_parse(optarg, 8, &o->mode) && o->mode <= 0777)
			return 0;
		fprintf(stderr, "genofs pangenome: --mode %s: not permissions like 0644\n", optarg);
		return EXIT_USAGE;
	case OPT_UNUSED:
		if (parse_time(optarg, &o->unused))
			return 0;
		fprintf(stderr, "genofs pangenome: --unused %s: not a time like 12h\n", optarg);
		return EXIT_USAGE;
	case 'q':
		o->quiet = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

int cmd_pangenome(int argc, char **argv)
{
	const struct subcommand *command = NULL;
	struct options o = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, "qjh", long_options, NULL)) != -1) {
		if (c == 'h' || c == OPT_HELP) {
			fputs(help, stdout);
			return EXIT_SUCCESS;
		}
		if (take_option(&o, c) != 0)
			return EXIT_USAGE;
	}
	for (unsigned i = 0; optind < argc && i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (strcmp(argv[optind], subcommands[i].name) == 0)
			command = &subcommands[i];
	if (!command || argc - optind != 1 + command->takes) {
		fputs("genofs pangenome: load GRAPH.gbz, list, stat NAME, verify NAME, drop NAME "
		      "or "
		      "gc; genofs pangenome --help says more\n",
				stderr);
		return EXIT_USAGE;
	}
	o.command = command->name;
	o.what = command->takes ? argv[optind + 1] : NULL;
	return command->run(&o);
}
