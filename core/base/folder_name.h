/* SPDX-License-Identifier: MIT */
/*
 * Names of samples, contigs and the like as names of folders.
 *
 * Bytes that a name in a folder cannot have, or should not, are percent-encoded: '/', '%' and
 * control bytes, and the first where it is '.' (hidden, "..") or '@' (kept for folders that
 * select). What is then longer than 255 bytes is cut and ends in '~' and a hash of the whole name.
 * From any thread.
 */
#ifndef GENOFS_BASE_FOLDER_NAME_H
#define GENOFS_BASE_FOLDER_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* @escape_first: the first byte too, whatever it is. */
void folder_name_encode(const char *s, size_t len, bool escape_first, char out[NAME_MAX + 1]);

/* The folder of something with a number: six digits, or more where needed. */
void folder_name_of_number(uint64_t number, char out[NAME_MAX + 1]);
/* False for what folder_name_of_number() never makes. */
bool folder_name_number(const char *name, uint64_t *number);

#endif
