/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/report.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mount-helpers/job/fd_pass.h"

struct report {
	int r;
	struct err err;
};

int report_send(int socket, int r, const struct err *err, int fd)
{
	struct report report = { .r = r };

	if (r < 0)
		report.err = *err;
	return fd_send(socket, &report, sizeof(report), fd);
}

int report_receive(int socket, int *fd, struct err *err)
{
	struct report report;
	ssize_t n = fd_receive(socket, &report, sizeof(report), fd);

	if (n < 0)
		return err_set(err, (int)n, "a process of genofs cannot be heard: %s",
				strerror((int)-n));
	if (n != sizeof(report)) {
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		return err_set(err, -EPIPE, "a process of genofs ended before it was done");
	}
	report.err.msg[sizeof(report.err.msg) - 1] = '\0';
	return report.r < 0 ? err_set(err, report.r, "%s", report.err.msg) : 0;
}
