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
/* A memory that data may lie in. */
struct target_bank {
    char name[16];
    struct memory_range range;
    char pace[64]; /* in words, what an access costs beyond the core's own time */
};
struct target {
    char board[32];
    char core[24];
    char family[24]; /* start-up code: firmware/board_FAMILY.c ... */
    /* what start-up code of a family that takes it from the board's description is told */
    int ndefines;
    char define[20][40];
    char startup[32]; /* ... for this board: it sees BOARD_<startup>. Empty: there is none */
    bool dual_issue;  /* the kernels' tiles are chosen for that */
    char flag[8][32]; /* of the compiler, for core and FPU */
    int nflags;
    /* fast: tightly coupled memory for stack, data, kernel scratch, and an arena that fits */
    struct memory_range flash, ram, fast;
    int nbanks;
    struct target_bank bank[16];
};

struct build_options {
    enum plan_kind plan;
    int patches; /* as in plan_options */
    bool fast_kernels;
    int repeat;          /* inferences per run, 1 or more */
    const int8_t *image; /* in_h * in_w * in_c, pixel - 128 */
    const char *opt;     /* optimisation level for the C parts, NULL = "-O2" */
    uint32_t stack;      /* bytes, 0 = 2048 */
    bool channels;       /* firmware_fits: the constants will be as calibration images give them */
    /* NULL = a plan is made; else these steps, whose weights and tables all share the same bytes,
     * and nothing is expected of the logits: a program that times layers of several networks */
    const struct plan *steps;
    const uint8_t *step_wbits; /* with steps: weight bits of each, 8 or 4 */
};

#endif
