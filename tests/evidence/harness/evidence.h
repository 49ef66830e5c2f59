/* What a measured program includes: reading the cycle counter and printing one line a figure, "NAME
 * CYCLES". */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include <stdint.h>

#define EVIDENCE_CYCCNT (*(volatile uint32_t *)0xe0001004)

void evidence_print(const char *name, uint32_t cycles);

/* Hides from the compiler what a pointer points to, so that it waits in a register for the call. */
#define EVIDENCE_HIDE(pointer) __asm__ volatile("" : "+r"(pointer))

/* Cycles of `statement` in `calls` runs, the last of them printed, less what an empty statement
 * takes. Caches and branch predictors are warm from the runs before, as in the loops of published
 * benchmarks. */
#define EVIDENCE(name, calls, statement)             \
    do {                                             \
        uint32_t took = 0;                           \
        uint32_t nothing = 0;                        \
        for (int call = 0; call < (calls); call++) { \
            __asm__ volatile("" ::: "memory");       \
            uint32_t start = EVIDENCE_CYCCNT;        \
            __asm__ volatile("" ::: "memory");       \
            uint32_t empty = EVIDENCE_CYCCNT;        \
            __asm__ volatile("" ::: "memory");       \
            uint32_t begin = EVIDENCE_CYCCNT;        \
            __asm__ volatile("" ::: "memory");       \
            statement;                               \
            __asm__ volatile("" ::: "memory");       \
            took = EVIDENCE_CYCCNT - begin;          \
            nothing = empty - start;                 \
        }                                            \
        evidence_print(name, took - nothing);        \
    } while (0)

#endif
