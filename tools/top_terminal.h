/* SPDX-License-Identifier: MIT */
/*
 * The terminal that `genofs top` draws on, and what may come in meanwhile. The alternate screen is
 * used, so that all is as it was when it ends. One at a time: signals are the process's.
 */
#ifndef GENOFS_TOOLS_TOP_TERMINAL_H
#define GENOFS_TOOLS_TOP_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

enum terminal_event {
	TERMINAL_TIME, /* it is time */
	TERMINAL_RESIZED,
	TERMINAL_END /* q, Ctrl-C, or a signal that ends programs */
};

/* Whether standard output is one that can be drawn on. */
bool terminal_there(void);

/* From here on signals end terminal_wait(), and interrupt slow system calls. */
void terminal_catch_signals(void);

/* Whether such a signal has come. */
bool terminal_ending(void);

void terminal_enter(void);
void terminal_leave(void); /* nothing to do without terminal_enter() */

void terminal_size(unsigned *rows, unsigned *columns);

/* Wait until stat_clock() is @until, or something else happens. Keys count after
 * terminal_enter(). */
enum terminal_event terminal_wait(uint64_t until);

#endif
