/* The timing of costmodel/rtl/: one request to a memory in a cycle, no buffer that levels out
 * demand. Closed forms for the cycles of a layer by cause and for the words of each port; a
 * simulation of the RTL counts the same. Private to costmodel/. */
#ifndef COSTMODEL_LOCKSTEP_H
#define COSTMODEL_LOCKSTEP_H

#include "costmodel/schedule.h"

/* Cycles and accesses of a layer on its own. */
void lockstep_layer(const struct npu *n, const struct work *w, struct npu_layer *out);

/* Words that a run of so many bytes touches at most. */
uint64_t lockstep_run_words(const struct npu_memory *m, uint64_t bytes);

/* Words of a tile of r rows and c columns of a layer's weights: column after column, or row after
 * row where a window slides. */
uint64_t lockstep_tile_words(const struct npu *n, const struct work *w, uint64_t rows,
                             uint64_t columns);

/* The same for all its tiles: what the weights take. */
uint64_t lockstep_weight_words(const struct npu *n, const struct work *w);

/* Rows of the input that a pass of a window layer reads. */
uint64_t lockstep_rows(const struct layer *l);

/* Bytes of line buffer and pool row that the design has: the lanes of the image are as deep as its
 * rows, the others as the rows of the other maps. */
uint64_t lockstep_line_bytes(const struct npu_private *p);

/* The parameters that the RTL has for a network; memories whose size is the network's are as
 * deep as a power of two. */
void lockstep_design(const struct npu_private *p, struct rtl_design *d);

/* Blocks of a bank of a memory, and words of a block. */
uint64_t lockstep_blocks(const struct npu_memory *m);
uint64_t lockstep_block_words(const struct npu_memory *m);

#endif
