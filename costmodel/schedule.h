/* What does not change between evaluations: which engine runs a layer, what is fused into what,
 * which maps are stored and when they live. Private to costmodel/. */
#ifndef COSTMODEL_SCHEDULE_H
#define COSTMODEL_SCHEDULE_H

#include "base/err.h"
#include "costmodel/npu_result.h"

enum reading {
    READ_DIRECT, /* every position reads its reduction tile by tile (1x1, fully connected) */
    /* a k x k window slides: line buffer if there is one, else every tap inside the map */
    READ_WINDOW,
    READ_OPERAND /* vector unit: one element per channel and step */
};

struct work {
    bool runs;            /* false: done inside `exec` (fused add or pool) */
    int engine;           /* -1: vector unit */
    int exec;             /* layer during which it happens: itself, or the layer it is fused into */
    int group, group_end; /* first and last layer of its pipeline, by index of running layers */
    bool stored;          /* its output goes to the feature memory */
    bool result;          /* nobody reads it: it leaves over the link */
    int first, last;      /* life of that map, in layers */
    enum reading reading;
    bool weighted, affine, dw;
    /* inside a pipeline: through the line memory */
    bool input_streams, output_streams, shortcut_streams;
    uint64_t groups; /* the nest runs once for each; the channels below are those of one group */
    /* k*k*Ci, or k*k (depthwise, pool), H*W (average), 1 (add, scale, copies) */
    uint64_t reduction;
    uint64_t columns; /* output channels */
    /* positions of the second operand that an add (fused or not) or a scale reads; 0: none */
    uint64_t shortcut;
    uint64_t kernel, stride, pad, in_h, in_w, in_c, in_px, positions, out_px;
    uint64_t out_w, out_h; /* of the layer itself, before a fused pool */
    uint64_t rows_inside;  /* sum over output rows of window rows that lie inside the map */
    bool window_slides;    /* over the map, on whatever unit */
    /* multiplier and offset for each channel, whether or not the network has a batch norm */
    bool requantises;
    bool logits;          /* 32-bit values leave, no map */
    uint64_t in_elements; /* of all groups, read at least once */
    uint64_t taps_inside; /* sum over positions of taps that lie inside the map */
    uint64_t prime_px;    /* pixels a line buffer takes in before the first output */
    uint64_t weights, macs, map_bytes;
};

struct work *schedule_make(const struct accelerator *a, const struct network *net, uint64_t abits,
                           struct err *e);

struct npu_private {
    struct npu pub;
    struct work *work;
    uint64_t map_top, map_peak; /* of the memory map: highest byte, live bytes */
    int map_layer;              /* where the most bytes are live */
    uint64_t dram_cycles;       /* of the pipeline being evaluated */
};

/* Memory map of the stored maps, which begin at multiples of `align` bytes; `out` has room for
 * nlayers + 1. */
int schedule_maps(const struct network *net, const struct work *w, struct npu_map *out,
                  uint64_t abits, uint64_t align, uint64_t *top, uint64_t *peak, int *at);
void resources_evaluate(struct npu_private *p);

static inline uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

#endif
