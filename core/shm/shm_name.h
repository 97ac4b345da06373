/* SPDX-License-Identifier: MIT */
/*
 * What objects and their files are called.
 *
 * The object NAME of user 1000 is the file genofs-1000-NAME of its folder; while it is made there
 * is genofs-lock-1000-NAME too. With the user in the file's name, two users who load the same graph
 * do not get into each other's way where one has it for himself. Every function here may be called
 * from any thread.
 */
#ifndef GENOFS_SHM_NAME_H
#define GENOFS_SHM_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/shm/shm_identity.h"

#define SHM_FOLDER "/dev/shm"

enum { SHM_NAME_MAX = 128, SHM_FILE_MAX = 160 }; /* bytes; the second with its NUL */

/* Letters, digits and "._-", not '-' first. Return: 0; -EINVAL. */
int shm_name_check(const char *name, struct err *err);

/* The name of the object of a file: of its own name and its quick digest, so that equal files with
 * one name share an object, and others do not. */
void shm_default_name(const struct shm_identity *id, char out[SHM_NAME_MAX + 1]);

/* The user that file names have: the effective uid; in a user namespace what it is outside. */
uint32_t shm_user(void);

void shm_object_file(uint32_t user, const char *name, char out[SHM_FILE_MAX]);
void shm_lock_file(uint32_t user, const char *name, char out[SHM_FILE_MAX]);

enum shm_file_kind { SHM_FILE_FOREIGN, SHM_FILE_OBJECT, SHM_FILE_LOCK };

/* What a file of the folder is by its name; @name, where not foreign, points into @file. */
enum shm_file_kind shm_file_parse(const char *file, uint32_t *user, const char **name);

#endif
