/* From real scales to the integers of firmware/nn.h: multipliers, offsets, shifts and tables. q->in
 * and q->out are set; ERR_INPUT names a layer whose constants do not fit, ERR_ENV is no memory. */
#ifndef WORKLOADS_QUANTISE_CONSTANTS_H
#define WORKLOADS_QUANTISE_CONSTANTS_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/kernels/qmodel.h"

/* value = m[c] * acc + b[c] in real units, |acc| at most bound[c], n channels. Fills mult, off
 * (allocated) and shift for the output scale q->out, raising the scale where a multiplier would
 * reach a half. wide: logits, no shift, no zero point. */
bool constants_output(struct qlayer *q, const double *m, const double *b, const double *bound,
                      size_t n, bool wide, const struct layer *l, struct err *e);

/* Of a sum: out = a x + b y + off in levels, in each of n channels. */
bool constants_add_channels(struct qlayer *q, const double *a, const double *b, const double *off,
                            size_t n, const struct layer *l, struct err *e);

/* Largest magnitude that an accumulator of n weights can have, over every possible input. */
double constants_bound(const int8_t *w, size_t n, int32_t zp, int32_t bias, bool relu);

/* Does the activation need a table, being no clamp? */
bool constants_need_table(enum activation act);
/* q->out, the scale before the activation, becomes `out`, the one behind it; the table leads from
 * one to the other. */
bool constants_table(struct qlayer *q, enum activation act, struct quant out, struct err *e);

/* Of an operator whose output has a scale of its own (OP_OUTPUT_COMBINED). */
bool constants_combined(struct qlayer *q, const struct layer *l, struct err *e);

#endif
