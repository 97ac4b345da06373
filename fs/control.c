/* SPDX-License-Identifier: MIT */
#include "fs/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

void control_send(int fd, enum control_what what, const char *text)
{
	struct control_msg msg = { .what = (char)what };
	size_t n = strnlen(text, sizeof(msg.text) - 1);

	memcpy(msg.text, text, n);
	send(fd, &msg, 1 + n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int control_receive(int fd, struct control_msg *out)
{
	ssize_t n = recv(fd, out, sizeof(*out) - 1, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
	if (n == 0)
		return -EPIPE;
	out->text[n - 1] = '\0';
	return 1;
}
