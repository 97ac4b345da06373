/* SPDX-License-Identifier: MIT */
/*
 * The mounts of genofs as the kernel's table has them, found and ended also where the server is
 * dead and every call on the mount fails with ENOTCONN.
 */
#ifndef GENOFS_BASE_MOUNTS_H
#define GENOFS_BASE_MOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

/* Bytes of the largest read request that the kernel makes (max_read=): why, is in fs/reply.h. */
enum { MOUNTS_MAX_READ = 256 << 10 };

/*
 * How far the kernel reads ahead on a mount, in KiB, unless told otherwise: two requests for each
 * thread. More keeps nobody busier, and past a region's end is work for nothing; past 4 MiB bytes
 * fall out of the processor's caches before they are copied.
 */
enum { MOUNTS_READAHEAD_THREAD = 512, MOUNTS_READAHEAD_MAX = 4096 };
unsigned mounts_readahead(unsigned n_threads);

/* Set that, which root can. Return: 0 or a negative errno. */
int mounts_set_readahead(dev_t device, unsigned kib);

/* The pathname that the table has for @given; free() it. NULL, with errno, where there is none. */
char *mounts_pathname(const char *given);

/* How many mounts lie at @mnt; @ours: whether the topmost is of genofs. */
unsigned mounts_at(const char *mnt, bool *ours);

/**
 * mounts_of_user() - where mounts of genofs lie that @uid made
 * @list: @n pathnames as the table has them, each once; free them with mounts_free_list()
 *
 * Return: 0; a negative errno.
 */
int mounts_of_user(uid_t uid, char ***list, unsigned *n);
void mounts_free_list(char **list, unsigned n);

/**
 * mounts_detach() - take the topmost mount at @mnt out of the tree
 * @lazy:  also one that is in use; open files go on
 * @quiet: without privileges fusermount3(1) does it, and says itself what is wrong: not where
 * @quiet
 *
 * Return: 0; a negative errno.
 */
int mounts_detach(const char *mnt, bool lazy, bool quiet);

#endif
