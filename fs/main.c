/* SPDX-License-Identifier: MIT */
/* genofs-fuse: the server behind `genofs mount`, which starts it and speaks through it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/standard_fds.h"
#include "fs/mountpoint.h"
#include "fs/options.h"
#include "fs/supervisor.h"

enum { EXIT_USAGE = 2 };

/* What the caller had open is not ours: a pipe or a lock would stay so as long as the mount. */
static void close_inherited_fds(const struct options *o)
{
	int passed = o->mountpoint ? mountpoint_fd(o->mountpoint) : -1;

	for (int fd = 3; fd < passed; fd++)
		close(fd);
	closefrom(passed < 3 ? 3 : passed + 1);
}

static int mount_sources(struct options *o)
{
	struct err err = { 0 };

	if (source_args_expand(&o->sources, &o->n_sources, &err) < 0) {
		fprintf(stderr, "genofs mount: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	return supervisor_run(o);
}

int main(int argc, char **argv)
{
	struct options o;
	struct err err = { 0 };
	int exit_status = EXIT_SUCCESS;
	int r;

	open_standard_fds();
	r = options_parse(argc, argv, &o, &err);
	if (r < 0) {
		fprintf(stderr, "genofs mount: %s\nTry: genofs mount --help\n", err.msg);
		return r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	}
	close_inherited_fds(&o);
	if (o.help)
		options_print_help(stdout);
	else if (o.version)
		puts("genofs " GENOFS_VERSION);
	else
		exit_status = mount_sources(&o);
	options_done(&o);
	return exit_status;
}
