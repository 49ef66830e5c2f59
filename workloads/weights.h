/* Float weights to integers: int8 per output channel, and the 4-bit quantisers of the paper. Definitions, the stated
 * objective for lambda and what is measured: docs/quantisation.md. */
#ifndef WORKLOADS_WEIGHTS_H
#define WORKLOADS_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum quantiser { QUANT_INT8, QUANT_ASQ, QUANT_DOREFA };

struct weight_report {
    float lambda;        /* ASQ: the scale parameter used; else 0 */
    double sqnr_db;      /* signal to error of scale * q against the weights, least-squares scale per channel */
    double error;        /* the paper's J: squared norm of (clamped weights - quantised weights); int8: of the weights */
    double entropy_bits; /* the paper's E over all values of the layer, in bits */
    int levels;          /* distinct values that occur */
};

/* w: [channels][per_channel] floats; q: the same shape, within +-(2^(wbits-1) - 1); scale[channels]: w is about
 * scale * q (0 for a channel of zeros). lambda 0: chosen by the stated objective. */
bool quantise_weights(enum quantiser kind, int wbits, float lambda, const float *w, size_t channels, size_t per_channel,
                      int8_t *q, float *scale, struct weight_report *report, struct err *e);

#endif
