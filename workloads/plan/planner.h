/* Finds a plan: which steps there are, how the kernels of each may use memory, and where in the
 * arena everything goes. Knows sizes and lifetimes; nothing of the values in a map, nor of a board
 * but its core's kind and its fast memory. */
#ifndef WORKLOADS_PLAN_PLANNER_H
#define WORKLOADS_PLAN_PLANNER_H

#include "base/err.h"
#include "workloads/plan/plan.h"

enum { PATCHES_NONE = 0, PATCHES_AUTO = -1, PATCHES_MOST = 1024 };

struct plan_options {
    enum plan_kind kind;
    /* false: the reference kernels, which need no scratch and overlap nothing but adds */
    bool fast_kernels;
    bool dual_issue; /* of the core: tile sizes for that */
    /* bytes of tightly coupled memory for scratch, and for the arena where it fits; 0 = none */
    uint32_t fast_room;
    /* strips of a stage that ends where the arena is smallest; PATCHES_AUTO: their number, too, and
     * no stage unless it is smaller. Equal arenas: the fewest multiply-accumulates done again. With
     * PLAN_INPLACE only */
    int patches;
};

/* ERR_INPUT names a layer that no kernel serves, or says that there is no stage of so many strips.
 * The caller frees. */
struct plan *plan_make(const struct network *n, const struct plan_options *o, struct err *e);

#endif
