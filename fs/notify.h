/* SPDX-License-Identifier: MIT */
/*
 * Words to the service manager that started this process, as sd_notify(3) sends them: a datagram of
 * VARIABLE=VALUE lines to the socket that NOTIFY_SOCKET names. Nothing where it names none.
 */
#ifndef GENOFS_FS_NOTIFY_H
#define GENOFS_FS_NOTIFY_H

#include "core/base/err.h"

/* Return: 0, also where nobody is to be told; a negative errno. */
int notify(const char *text, struct err *err);

#endif
