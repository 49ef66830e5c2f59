/* What moves the result: one-at-a-time sensitivity, and a grid of designs with its Pareto front. */
#ifndef COSTMODEL_EXPLORE_H
#define COSTMODEL_EXPLORE_H

#include "costmodel/npu.h"

enum { MAX_SWINGS = 128 };

struct swing {
    char path[96]; /* as accelerator_set takes it */
    /* as described; low and high are with value / factor and value * factor (whole numbers
     * rounded) */
    double value;
    double low_s, high_s; /* time of a frame */
    double low_uj, high_uj, low_w, high_w;
};

/* Tries every parameter that changes time or energy and sorts by the swing of energy, widest first;
 * returns how many. A value out of its range is clipped to what accelerator_set takes, or left out.
 * Constants fitted before stay as they are. */
int explore_tornado(const struct npu *n, double factor, struct swing out[MAX_SWINGS],
                    struct err *e);

struct design {
    uint64_t rows, columns;
    double clock_hz, seconds, energy_uj, watts;
    uint64_t dsp, lut, ff, bram36;
    int counted; /* where dsp and lut come from: COUNT_... of npu_result.h */
    /* front: no other design that fits is better in time, energy, LUTs and DSPs (multipliers for
     * an ASIC) */
    bool fits, front;
};

/* The first engine with each of rows x columns x clocks; out has room for all. */
bool explore_grid(const struct npu *n, const uint64_t *rows, int nrows, const uint64_t *columns,
                  int ncolumns, const double *clocks, int nclocks, struct design *out,
                  struct err *e);

#endif
