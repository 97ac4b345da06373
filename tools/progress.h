/* SPDX-License-Identifier: MIT */
/*
 * How far a long command is, on stderr: one line written over and over on a terminal, else a line
 * every ten seconds. A thread of its own asks for the line to show.
 */
#ifndef GENOFS_TOOLS_PROGRESS_H
#define GENOFS_TOOLS_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress;

/**
 * progress_start() - begin to show
 * @describe: writes what is done so far to @line; called in the progress thread
 *
 * Return: NULL where no thread can be had: nothing is shown then.
 */
struct progress *progress_start(
		void (*describe)(void *arg, double seconds, char *line, size_t size), void *arg);
/* Wipe the line; NULL is nothing to do. Return: seconds since the start. */
double progress_end(struct progress *p);

/* "12.3 MiB": at most 16 bytes. */
const char *progress_size(char *buf, uint64_t bytes);

#endif
