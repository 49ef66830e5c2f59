/* A loop nest that walks one layer on one engine: every tile, every position, every input pixel,
 * one at a time, and serves the memories cycle by cycle. It shares no formula with costmodel/: it
 * knows the struct of a layer and of an accelerator, and what docs/npu.md says the hardware
 * does. */
#ifndef TESTS_NPU_BRUTE_H
#define TESTS_NPU_BRUTE_H

#include "costmodel/npu.h"

struct counted {
    uint64_t macs, steps, cycles, fill, store;
    uint64_t reads[OPD_COUNT], writes[OPD_COUNT], read_bits[OPD_COUNT], write_bits[OPD_COUNT];
};

struct ask {
    const struct accelerator *a;
    const struct layer *l;
    const struct npu_engine *engine; /* NULL: the vector unit */
    uint64_t wbits, abits;
    int out_h, out_w; /* of what is stored: smaller than the layer's own when a pool is fused */
    bool shortcut;    /* a fused add reads a second map */
    bool streams_in, streams_out; /* inside a pipeline: through the memory that holds lines */
};

void brute_walk(const struct ask *q, struct counted *out);

/* Bits of the map and of the weights that cross from DRAM when each buffer keeps the one part it
 * loaded last: the map in parts of a quarter of the feature memory, the weights in halves of
 * theirs; the cheaper of two loop orders. */
void brute_dram(const struct ask *q, uint64_t *map_bits, uint64_t *weight_bits);

#endif
