/* SPDX-License-Identifier: MIT */
/*
 * What this process may use of the machine: memory and processors, as the machine and the control
 * groups (v1 and v2, up to the root of the hierarchy) allow.
 */
#ifndef GENOFS_FS_LIMITS_H
#define GENOFS_FS_LIMITS_H

#include <stdint.h>

uint64_t limits_memory(void); /* bytes */
unsigned limits_cpus(void);   /* at least 1 */

#endif
