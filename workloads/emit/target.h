/* What a firmware is built for, and how. */
#ifndef WORKLOADS_EMIT_TARGET_H
#define WORKLOADS_EMIT_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/plan/planner.h"

/* Where code and data go. Board files belong to sim/, so whoever knows both fills this in. */
struct memory_range {
    uint32_t base, size; /* size 0: there is none */
};
struct target {
    char board[32];  /* also selects the start-up code: stm32f407, ..., or mps2-an386, mps2-an500 for qemu-system-arm */
    char core[16];   /* cortex-m4 or cortex-m7 */
    bool double_fpu;
    struct memory_range flash, ram, fast; /* fast: tightly coupled memory for stack, data and kernel scratch */
};

struct build_options {
    enum plan_kind plan;
    int patches;         /* as in plan_options */
    bool fast_kernels;
    int repeat;          /* inferences per run, 1 or more */
    const int8_t *image; /* in_h * in_w * in_c, pixel - 128 */
    const char *opt;     /* optimisation level for the C parts, NULL = "-O2" */
    uint32_t stack;      /* bytes, 0 = 2048 */
    const struct plan *steps; /* NULL = a plan is made; else these steps, whose weights and tables all share the same bytes, and
                               * nothing is expected of the logits: a program that times layers of several networks */
    const uint8_t *step_wbits; /* with steps: weight bits of each, 8 or 4 */
};

#endif
