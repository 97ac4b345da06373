/* SPDX-License-Identifier: MIT */
#include "mount-helpers/job/fd_pass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { DATA_MAX = 1024 }; /* bytes sent at once */

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr aligned;
};

int fd_send(int socket, const void *data, size_t n, int fd)
{
	union control control = { 0 };
	char copy[DATA_MAX];
	struct iovec part = { .iov_base = copy, .iov_len = n };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };

	if (n > sizeof(copy))
		return -EMSGSIZE;
	memcpy(copy, data, n);
	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.aligned.cmsg_level = SOL_SOCKET;
		control.aligned.cmsg_type = SCM_RIGHTS;
		control.aligned.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.aligned), &fd, sizeof(fd));
	}
	while (sendmsg(socket, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

ssize_t fd_receive(int socket, void *data, size_t size, int *fd)
{
	union control control;
	struct iovec part = { .iov_base = data, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *with;
	ssize_t n;

	*fd = -1;
	while ((n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC)) < 0)
		if (errno != EINTR)
			return -errno;
	with = CMSG_FIRSTHDR(&msg);
	if (with && with->cmsg_level == SOL_SOCKET && with->cmsg_type == SCM_RIGHTS &&
			with->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(with), sizeof(*fd));
	return n;
}
