/* SPDX-License-Identifier: MIT */
/*
 * genofs mount: becomes the server program, genofs-fuse, which reads the command line. So there is
 * one place that knows the options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mount-helpers/job/server.h"
#include "tools/commands.h"

int cmd_mount(int argc, char **argv)
{
	char server[PATH_MAX];
	struct err err = { 0 };

	(void)argc;
	if (server_find(server, &err) < 0) {
		fprintf(stderr, "genofs mount: %s\n", err.msg);
		return EXIT_FAILURE;
	}
	execv(server, argv);
	fprintf(stderr, "genofs mount: %s: %m\n", server);
	return EXIT_FAILURE;
}
