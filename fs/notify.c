/* SPDX-License-Identifier: MIT */
#include "fs/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/cleanup.h"

enum { SEND_SECONDS = 5 /* for a manager that does not listen */ };

int notify(const char *text, struct err *err)
{
	const struct timeval most = { .tv_sec = SEND_SECONDS };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name ? strlen(name) : 0;
	CLEANUP(closep) int fd = -1;

	if (!len)
		return 0;
	if ((*name != '/' && *name != '@') || len >= sizeof(to.sun_path))
		return err_set(err, -EINVAL, "NOTIFY_SOCKET=%s: no address of a local socket",
				name);
	memcpy(to.sun_path, name, len);
	if (*name == '@') /* one without a file, whose name begins with NUL */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)) < 0 ||
			sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to,
					(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) <
					0)
		return err_set(err, -errno, "NOTIFY_SOCKET=%s: %m", name);
	return 0;
}
