/* Weights chosen so that a layer with quantised inputs gives what floating point gives: least
 * squares, then rounding one input after the other, each taking over the error of those before it.
 * All sums run in a fixed order in double precision. */
#ifndef WORKLOADS_QUANTISE_RECONSTRUCT_H
#define WORKLOADS_QUANTISE_RECONSTRUCT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Sums over samples of a layer's k inputs: v as the integer network has them, u as floating point,
 * in the same unit. */
struct moments {
    size_t k;
    double n, *v, *u; /* [k] sums */
    double *vv, *ev;  /* [k][k] sums of v v' (lower part), of (u - v) v' */
};
bool reconstruct_init(struct moments *m, size_t k, struct err *e);
void reconstruct_free(struct moments *m);
/* `count` samples, [count][k]. */
void reconstruct_add(struct moments *m, const float *v, const float *u, size_t count);

/* w: [rows][k] weights of the inputs in that unit, replaced by those of least squares; shift[rows]:
 * what the outputs lack in the mean. */
bool reconstruct_fit(const struct moments *m, double *w, size_t rows, struct err *e);

/* q: whole multiples of each row's scale, within +-top. */
bool reconstruct_round(const struct moments *m, const double *w, size_t rows, const float *scale,
                       int top, int8_t *q, struct err *e);

#endif
