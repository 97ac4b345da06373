/* SPDX-License-Identifier: MIT */
/*
 * genofs mount: becomes the server program, genofs-fuse, which reads the command line. So there is
 * one place that knows the options.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/commands.h"

#define SERVER "genofs-fuse"

/* The folder of the running program. */
static int own_folder(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

	if (n <= 0)
		return -1;
	out[n] = '\0';
	*strrchr(out, '/') = '\0';
	return 0;
}

/*
 * Where the server may be: in a build folder, as configured, or in an installation that was moved
 * (a prefix of another name, DESTDIR). Relative places are from the program's own folder.
 */
static int find_server(char out[PATH_MAX])
{
	static const char *const places[] = { "../fs/", GENOFS_LIBEXECDIR "/", "../libexec/" };
	char own[PATH_MAX];

	if (own_folder(own) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *place = places[i];
		int n = *place == '/' ? snprintf(out, PATH_MAX, "%s%s", place, SERVER)
				      : snprintf(out, PATH_MAX, "%s/%s%s", own, place, SERVER);

		if (n < PATH_MAX && access(out, X_OK) == 0)
			return 0;
	}
	return -1;
}

int cmd_mount(int argc, char **argv)
{
	char server[PATH_MAX];

	(void)argc;
	if (find_server(server) < 0) {
		fprintf(stderr,
				"genofs mount: the server %s is neither in %s nor beside this "
				"program in ../libexec\n",
				SERVER, GENOFS_LIBEXECDIR);
		return EXIT_FAILURE;
	}
	execv(server, argv);
	fprintf(stderr, "genofs mount: %s: %m\n", server);
	return EXIT_FAILURE;
}
