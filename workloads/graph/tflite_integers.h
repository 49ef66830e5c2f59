/* The integers that a network from a .tflite file brings with it (tflite.h reads them). */
#ifndef WORKLOADS_GRAPH_TFLITE_INTEGERS_H
#define WORKLOADS_GRAPH_TFLITE_INTEGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "workloads/firmware/nn.h"

struct tfl_quant {
    float scale;
    int32_t zero_point;
};

enum { TFL_DIMS = 6, TFL_ENDS = 16 };
enum tfl_type { TFL_FLOAT32 = 0, TFL_INT32 = 2, TFL_UINT8 = 3, TFL_INT16 = 7, TFL_INT8 = 9 };

/* An input or an output. Bytes of uint8 tensors are kept as int8, 128 less, and so is their zero
 * point. */
struct tfl_tensor {
    char name[64];
    enum tfl_type type; /* in the file; float32: int8 inside, `quant` says what the levels mean */
    struct tfl_quant quant;
    int dims, d[TFL_DIMS];
    uint64_t values;
    int layer; /* of an output: which makes it */
    int at;    /* of an input: its first byte among those of all inputs */
};

struct tfl_layer {   /* of network layer i; pointers owned, NULL without weights */
    int8_t *weights; /* layouts of firmware/nn.h */
    float *scale;    /* [out_c] */
    int32_t *bias;   /* [out_c], in units of input scale times scale[c] */
    struct tfl_quant out;
    struct tfl_quant in[2];   /* of the tensors as it reads them */
    struct tfl_quant operand; /* of the constant in `weights`, OP_COMBINE */
    int32_t weight_zero;
    bool per_tensor; /* one scale, and the multiplier is the product of floats (fully connected) */
    bool general;    /* only the kernel for any convolution serves it */
};

struct tflite {
    char sha256[65]; /* of the file */
    struct tfl_quant
        input; /* of the first one; the network's input is all of them, one after the other */
    struct tfl_tensor in[TFL_ENDS], output[TFL_ENDS];
    int nin, noutputs;
    struct tfl_layer *layer; /* net->nlayers */
    int nlayers;
};

/* What a sum of channel c is multiplied with, for an input and an output of these scales. */
double tflite_factor(const struct tfl_layer *t, int c, float in, float out);

/* The nearest fixed-point number; 0 for what is smaller than any. `m` may be negative. */
struct nn_fixed tflite_fixed(double m);

void tflite_free(struct tflite *t);

#endif
