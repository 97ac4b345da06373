/* SPDX-License-Identifier: MIT */
#include "tools/top_terminal.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/stats.h"

enum {
	NS_PER_S = 1000000000,
	ROWS = 24, /* where the terminal does not say */
	COLUMNS = 80
};

static const int ending_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static volatile sig_atomic_t ending;
static volatile sig_atomic_t resized;

static bool entered;
static bool keys;            /* standard input is the terminal too */
static struct termios found; /* with keys: as it was */

static void on_end(int signal_number)
{
	(void)signal_number;
	ending = 1;
}

static void on_resize(int signal_number)
{
	(void)signal_number;
	resized = 1;
}

bool terminal_there(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void terminal_catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_end }; /* no SA_RESTART */

	for (size_t i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++) {
		struct sigaction before;

		/* What nohup(1) ignores stays ignored. */
		if (sigaction(ending_signals[i], NULL, &before) == 0 &&
				before.sa_handler != SIG_IGN)
			sigaction(ending_signals[i], &act, NULL);
	}
	act.sa_handler = on_resize;
	sigaction(SIGWINCH, &act, NULL);
}

bool terminal_ending(void)
{
	return ending;
}

void terminal_enter(void)
{
	struct termios t;

	keys = tcgetattr(STDIN_FILENO, &found) == 0;
	if (keys) {
		t = found;
		t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		t.c_cc[VMIN] = 1;
		t.c_cc[VTIME] = 0;
		t.c_cc[VSUSP] = _POSIX_VDISABLE; /* Ctrl-Z would leave this screen behind */
		tcsetattr(STDIN_FILENO, TCSANOW, &t);
	}
	fputs("\x1b[?1049h\x1b[?25l", stdout); /* the alternate screen, no cursor */
	entered = true;
}

void terminal_leave(void)
{
	if (!entered)
		return;
	fputs("\x1b[?25h\x1b[?1049l", stdout);
	fflush(stdout);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &found);
	entered = false;
	keys = false;
}

void terminal_size(unsigned *rows, unsigned *columns)
{
	struct winsize w;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row && w.ws_col;

	*rows = known ? w.ws_row : ROWS;
	*columns = known ? w.ws_col : COLUMNS;
}

/* True too where the terminal is gone. */
static bool key_ends(void)
{
	char typed[64];
	ssize_t n = read(STDIN_FILENO, typed, sizeof(typed));

	return n <= 0 || memchr(typed, 'q', (size_t)n) || memchr(typed, 'Q', (size_t)n);
}

static void block_signals(sigset_t *before)
{
	sigset_t caught;

	sigemptyset(&caught);
	for (size_t i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++)
		sigaddset(&caught, ending_signals[i]);
	sigaddset(&caught, SIGWINCH);
	sigprocmask(SIG_BLOCK, &caught, before);
}

/* Signals come only while ppoll(2) waits, so that none is missed between a look at the flags and
 * the wait. */
enum terminal_event terminal_wait(uint64_t until)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	enum terminal_event event = TERMINAL_TIME;
	sigset_t unblocked;
	uint64_t now;

	block_signals(&unblocked);
	while (!ending && !resized && (now = stat_clock()) < until) {
		struct timespec left = {
			.tv_sec = (time_t)((until - now) / NS_PER_S),
			.tv_nsec = (long)((until - now) % NS_PER_S),
		};

		if (ppoll(&input, keys, &left, &unblocked) > 0 && key_ends())
			ending = 1;
	}
	if (ending)
		event = TERMINAL_END;
	else if (resized)
		event = TERMINAL_RESIZED;
	resized = 0;
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
	return event;
}
