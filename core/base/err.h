/* SPDX-License-Identifier: MIT */
/*
 * What failed, in one line for a person.
 *
 * A function that can fail returns 0 (or a documented positive outcome) or a negative errno and
 * describes the failure in a struct err. Each caller may put its own words in front
 * (err_prefix()) as the failure goes up. An err belongs to one thread at a time.
 */
#ifndef GENOFS_BASE_ERR_H
#define GENOFS_BASE_ERR_H

struct err {
	int code;      /* negative errno; 0 while nothing has failed */
	char msg[512]; /* one line: "cohort.gst: chunk 17 at byte 81920: bad checksum" */
};

/**
 * err_set() - say what failed
 * @err:  may be NULL
 * @code: negative errno
 * @fmt:  as printf(3), without a newline; control bytes in the result become '?'
 *
 * Return: @code, so that a failing function ends in one line.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * err_prefix() - put "<fmt>: " before the message of @err
 *
 * Return: @code.
 */
int err_prefix(struct err *err, int code, const char *fmt, ...)
		__attribute__((format(printf, 3, 4)));

/**
 * err_cure() - put "; <cure>" behind the message of @err: what the user can do about it
 *
 * A message too long for both is cut, not the cure.
 *
 * Return: @code.
 */
int err_cure(struct err *err, int code, const char *cure);

#endif
