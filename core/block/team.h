/* SPDX-License-Identifier: MIT */
/*
 * Work in equal items, done by the caller and whatever threads of a pool are idle.
 *
 * The caller never waits for a thread that has not begun, so that it may be one of the pool's own.
 * Threads of the pool leave between two items where something that somebody waits for is queued
 * there, and come back when it is not.
 */
#ifndef GENOFS_BLOCK_TEAM_H
#define GENOFS_BLOCK_TEAM_H

#include <stdint.h>

struct decode_pool;

/**
 * team_run() - @item(@arg, i) for each i < @n, in any order, by several threads
 * @pool: may be NULL: the caller does all
 * @item: 0, or a negative errno after which no more items are begun
 *
 * Return: 0; the first failure; -ENOMEM; -ESHUTDOWN where the pool ends before all is done.
 */
int team_run(struct decode_pool *pool, uint64_t n, int (*item)(void *arg, uint64_t i), void *arg);

#endif
