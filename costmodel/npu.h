/* The analytic model: (layer, accelerator) -> cycles, traffic, energy. Every formula is in
 * docs/npu.md; a brute-force loop nest in tests/npu counts the same things one by one.
 *
 * costmodel/ knows accelerators as data and the closed forms of a layer on them. It knows no
 * database and no simulator.
 *
 * A layer is a number of *passes*, one per tile of output channels; a pass walks all output
 * positions and, for each, the tiles of the reduction. Buffers level out demand inside a pass: a
 * pass takes the longest of its array steps and of each memory's words over that memory's words per
 * cycle. */
#ifndef COSTMODEL_NPU_H
#define COSTMODEL_NPU_H

#include "base/rows.h"
#include "costmodel/npu_result.h"

/* Energy of one event, pJ, and of one cycle. */
struct npu_energies {
    double mac, affine, vector, link_bit;
    double static_cycle, clock_cycle;   /* every cycle */
    double logic_cycle, register_cycle; /* every cycle but those of the link */
};
void npu_energies(const struct npu *n, struct npu_energies *out);

/* A model for this pair. 0 bits: the accelerator's own. ERR_INPUT: no engine serves a layer, no
 * packing for the widths. Not fitting is a result, not an error. The caller keeps accel and net
 * alive. */
struct npu *npu_open(const struct accelerator *a, const struct network *net, uint64_t wbits,
                     uint64_t abits, struct err *e);
/* Evaluates (again, after a change of *accel). Allocates nothing. */
bool npu_evaluate(struct npu *n, struct err *e);
void npu_close(struct npu *n);

/* Lays out the maps in the feature memory; returns their number (<= nlayers + 1), *top the bytes in
 * use at most. */
int npu_memory_map(const struct npu *n, struct npu_map *out, uint64_t *top);

/* Tallies, costs and peaks, as a run of kind "npu". */
bool npu_rows(const struct npu *n, struct rows *out, struct err *e);

#endif
