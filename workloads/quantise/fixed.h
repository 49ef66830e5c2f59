/* The integers of TensorFlow Lite's arithmetic (firmware/nn_fixed.h) from the scales of a file:
 * multipliers, and tables of functions of one value, as the format's specification rounds them. */
#ifndef WORKLOADS_QUANTISE_FIXED_H
#define WORKLOADS_QUANTISE_FIXED_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/firmware/nn.h"
#include "workloads/kernels/qmodel.h"

/* Levels of the clamp of an activation in an output's quantisation: -128 and 127 where it does not
 * clamp. */
void fixed_clamp(enum activation act, struct quant out, int32_t *low, int32_t *high);

/* lut[v + 128]: the activation of v; ACT_NONE changes the scale alone. False: the scales are
 * outside of what the arithmetic holds. */
bool fixed_table(enum activation act, float alpha, struct quant in, struct quant out,
                 int8_t lut[256]);

/* Factor of a softmax's exponents with 5 bits before the point, and the least difference that
 * counts. */
bool fixed_softmax(double beta, double scale, struct nn_fixed *in, int32_t *least);

#endif
