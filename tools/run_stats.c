/* SPDX-License-Identifier: MIT */
#include "tools/run_stats.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/stats.h"

enum {
	STATS_MAX = 16384, /* bytes of .genofs/stats */
	ANSWER_MS = 2000,
	OWN_FD = 3 /* the process that asks has it, and what is standard */
};

/* Each line is a counter's name, blanks, its value, blanks, what it means. */
static uint64_t value_of(const char *stats, unsigned i)
{
	const char *name = stat_rows[i].name;
	size_t n = strlen(name);

	for (const char *line = stats; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) == 0 && line[n] == ' ')
			return strtoull(line + n, NULL, 10);
	}
	return 0;
}

static void print_line(const char *mnt)
{
	char pathname[PATH_MAX];
	char stats[STATS_MAX];
	CLEANUP(closep) int fd = -1;
	ssize_t n;

	snprintf(pathname, sizeof(pathname), "%s/.genofs/stats", mnt);
	fd = open(pathname, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, stats, sizeof(stats) - 1);
	if (n <= 0) {
		dprintf(2, "genofs run: %s: %m\n", pathname);
		return;
	}
	stats[n] = '\0';
	dprintf(2,
			"genofs run: read_bytes=%" PRIu64 " cache_peak_bytes=%" PRIu64
			" decodes=%" PRIu64 "\n",
			value_of(stats, STAT_READ_BYTES), value_of(stats, STAT_CACHE_PEAK_BYTES),
			value_of(stats, STAT_DECODES));
}

/* In a process of its own, since a reader cannot be called off whose request a server has taken
 * that then hangs. It ends with the server, and is nobody's to wait for. */
void run_stats(const char *mnt)
{
	struct pollfd p = { .events = POLLIN };
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		/* Not to hold a shared mount's lease, if it hangs. */
		if (dup2(ends[1], OWN_FD) == OWN_FD)
			closefrom(OWN_FD + 1);
		print_line(mnt);
		_exit(0);
	}
	close(ends[1]);
	p.fd = ends[0];
	if (pid > 0 && poll(&p, 1, ANSWER_MS) == 0)
		dprintf(2, "genofs run: the server of %s does not answer\n", mnt);
	close(ends[0]);
}
