/* SPDX-License-Identifier: MIT */
/*
 * What the processor has: for tables of ways to do the same, the fastest first, each with the
 * function that says whether it works here. Any thread, and before main() too.
 */
#ifndef GENOFS_BASE_PROCESSOR_H
#define GENOFS_BASE_PROCESSOR_H

#include <stdbool.h>

/* For the way that works anywhere. */
static inline bool processor_any(void)
{
	return true;
}

#ifdef __x86_64__
/* Those that have it have POPCNT, BMI and BMI2 as well. */
static inline bool processor_avx2(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

/* Those that have it have what is above. */
static inline bool processor_avx512(void)
{
	return processor_avx2() && __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vbmi2");
}
#endif

#endif
