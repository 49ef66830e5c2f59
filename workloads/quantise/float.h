/* The network in floating point: what the integer network approximates, and what its ranges are
 * taken from. */
#ifndef WORKLOADS_QUANTISE_FLOAT_H
#define WORKLOADS_QUANTISE_FLOAT_H

#include <stdbool.h>

#include "base/err.h"
#include "workloads/graph/network.h"
#include "workloads/quantise/params.h"

struct flayer {
    float *weights;         /* layouts of firmware/nn.h; NULL for layers without */
    float *bn_mul, *bn_add; /* [out_c]: batch norm as y = mul * x + add; NULL without */
    float *bias;            /* [out_c]; NULL without */
    float lambda;           /* ASQ's, where the weight file has PARAM.lambda; else 0 */
};

struct fmodel {
    const struct network *net; /* borrowed */
    struct flayer *layer;      /* owned, net->nlayers */
    bool trained;
};

/* Batch norm epsilon: MXNet's default (key mxnet-batchnorm), which the logits of the trained
 * network confirm. */
#define BN_EPSILON 1e-5

/* Tensors from `params` (each with exactly the size the network needs), or, with NULL, plausible
 * ones from a fixed seed: uniform weights of unit gain and batch norms that bring each map to about
 * zero mean and unit variance. */
struct fmodel *fmodel_build(const struct network *net, const struct params *params, struct err *e);
void fmodel_free(struct fmodel *m);

/* One layer: a and b (the second, where there is one) are its inputs, out its output, all HWC.
 * Convolution, then bias, activation and batch norm in the layer's order. ERR_ENV on no memory. */
bool float_layer(const struct layer *l, const struct flayer *f, const float *a, const float *b,
                 float *out, struct err *e);

float float_activate(float x, enum activation act);

/* The whole network: logits[classes] of one image. */
bool float_infer(const struct network *net, const struct params *params, const int8_t *image,
                 float *logits, struct err *e);

#endif
