/* Float weights to integers: int8 per output channel, and the 4-bit quantisers of the paper
 * (formulas 4 to 7). Readings of the formulas, the objective that chooses lambda and what is
 * measured: docs/quantisation.md. */
#ifndef WORKLOADS_QUANTISE_WEIGHTS_H
#define WORKLOADS_QUANTISE_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "workloads/kernels/qmodel.h"

/* Clamped weights in [-1, 1], of one whole layer. */
enum clamp {
    CLAMP_DOREFA,      /* tanh(W) / max|tanh(W)|: formula 4 before its move to [0, 1] */
    CLAMP_ASQ,         /* the same of W / (lambda * sqrt(VAR(W) + 1e-5)): formula 6 */
    CLAMP_ASQ_VARIANCE /* of W / (lambda * (VAR(W) + 1e-5)): the other reading of its print */
};
void weights_clamp(enum clamp kind, double lambda, const float *w, size_t n, double *out);

/* Rounded to the levels of b bits: symmetric ones, i / (2^(b-1) - 1) (formula 6), or DoReFa's 2i /
 * (2^b - 1) - 1 (formula 5), which have no zero. q and the report may be NULL. */
void weights_round(const double *clamped, size_t n, int bits, bool symmetric, double *q,
                   struct level_report *report);

/* w: [channels][per_channel]; q: the same shape, symmetric within +-127 for 8 bits; for 4 bits,
 * DoReFa too, multiples of 16 within +-112, so that a nibble holds a weight and the sums have the
 * size of int8's (firmware/nn.h). scale[channels]: w is about scale * q (0 for a channel of zeros).
 * lambda 0: by the stated objective. Weights that already lie on the symmetric levels of wbits, as
 * training with a quantiser leaves them, are taken as they are; `lambda` is then only reported. */
bool weights_quantise(enum quantiser kind, int wbits, double lambda, const float *w,
                      size_t channels, size_t per_channel, int8_t *q, float *scale,
                      struct weight_report *report, struct err *e);

#endif
