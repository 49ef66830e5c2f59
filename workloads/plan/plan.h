/* Where every activation lies while a network runs: one arena, offsets fixed at build time.
 *
 *   pingpong  input and output of a layer never share a byte (only element-wise adds write over an
 *             input): the definition papers count with.
 *   inplace   a layer may write over input it has finished reading; how far is a property of its
 *             kernel. Its first steps may run as a *stage*, strip by strip (strips.h).
 *
 * A *step* is one emitted function: a layer, or a convolution with the max pool that is fused into
 * it. workloads/plan/ knows where maps lie and when layers run; no integers of kernels, no C. */
#ifndef WORKLOADS_PLAN_PLAN_H
#define WORKLOADS_PLAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/kernels/kernel.h"

enum plan_kind { PLAN_PINGPONG, PLAN_INPLACE };

struct plan_step {
    int layer; /* index into network.layer */
    enum kernel kernel;
    int pool;       /* index of the fused max pool, or -1 */
    int in[2];      /* producing steps, LAYER_INPUT or LAYER_NONE */
    uint32_t bytes; /* of the output (logits: 4 per class); within a stage, of the tallest strip */
    uint32_t in_at[2], out_at;    /* arena offsets */
    uint32_t scratch_at, scratch; /* kernel scratch; an offset into the fast memory when `fast` */
    bool fast;
    int tile;     /* of the kernel, that the scratch was sized for */
    int last_use; /* step that reads the output last; nsteps for the logits */
};

struct plan_rows { /* of a map: first, ..., end - 1 */
    int first, end;
};

struct plan_stage {
    int steps, strips; /* the first `steps` steps run once for each strip; 0: there is no stage */
    struct plan_rows *rows; /* owned; [strip][step]: of the step's map, what the strip computes */
};

struct plan {
    enum plan_kind kind;
    int nsteps;
    struct plan_step *step; /* owned */
    struct plan_stage stage;
    uint32_t input_at, input_bytes;
    uint32_t arena_bytes; /* peak: everything above, nothing more */
    /* largest sum of maps that exist at once, scratch left out; shared bytes count once */
    uint32_t map_bytes;
    int peak_step; /* where that is */
    /* tensors that must exist before or after some step (of some strip): no plan with these steps
     * and strips needs less */
    uint32_t lower_bound;
    uint32_t fast_bytes; /* scratch placed in fast memory */
    bool arena_fast;     /* the arena has room there, too */
};

void plan_free(struct plan *p);

/* Index of the step that makes a layer's map. */
int plan_step_of(const struct plan *p, int layer);

/* The layer whose size a step's map has: its own, or the fused pool. */
const struct layer *plan_output(const struct network *n, const struct plan_step *s);
/* The call of a step's kernel on the whole map. */
struct kernel_job plan_job(const struct network *n, const struct plan_step *s,
                           const struct qlayer *constants);

#endif
