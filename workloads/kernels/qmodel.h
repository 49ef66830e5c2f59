/* A network in integers: the constants that the kernels of firmware/nn.h take, layer by layer. How
 * they are chosen is the matter of quantise/. */
#ifndef WORKLOADS_KERNELS_QMODEL_H
#define WORKLOADS_KERNELS_QMODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/firmware/nn.h"
#include "workloads/graph/network.h"

enum quantiser { QUANT_INT8, QUANT_ASQ, QUANT_DOREFA };
extern const char *const qmodel_quantiser_names[]; /* "int8", "asq", "dorefa", NULL */

/* What rounding some weights did. */
struct level_report {
    double error;        /* the paper's J: squared norm of clamped weights - quantised weights */
    double entropy_bits; /* the paper's E over all values of the layer, in bits */
    int levels;          /* distinct values that occur */
};
struct weight_report {
    float lambda;   /* ASQ: the scale parameter used; else 0 */
    double sqnr_db; /* weights against scale * q with the least-squares scale of each channel */
    struct level_report l; /* int8: against the weights in units of each channel's largest */
};

struct quant { /* value = scale * (q - zero_point) */
    float scale;
    int32_t zero_point;
};

struct qlayer {
    struct quant in[2], out;
    /* Of the channels of the output map, where they differ: value = unit * out.scale * (q - zero),
     * else NULL. A zero is a whole number in -128 to 127, except behind an average; out.zero_point
     * says nothing then. */
    float *unit, *zero;
    /* zero points of the input's channels, a depthwise layer; NULL: in[0].zero_point */
    int8_t *in_zero;
    /* a value in each byte whatever wbits is (4: multiples of 16), layouts of nn.h; NULL: none */
    int8_t *weights;
    size_t nweights;
    /* As many as the kernel has channels in its output stage, or one. OP_ADD: NULL, or of each
     * channel, two 16-bit multipliers in a word (the first input's in the low half) and an offset.
     * */
    int32_t *mult, *off;
    /* multipliers are multiples of 65536, offsets fit 16 bits: the tables hold 16 bits of each */
    bool narrow;
    int32_t *bias; /* the same, or NULL */
    int8_t *lut;   /* [256], an activation that is no clamp; else NULL */
    int32_t shift, relu, act_min, act_max;
    /* OP_CONCAT, one of each input; OP_ADD: the multipliers of both, and one offset and shift */
    struct {
        int32_t mult, off, shift;
    } part[2];
    /* With these `mult`, `off` and `bias` are those of .tflite files (nn.h); else NULL. */
    int32_t *shifts;
    int32_t weight_zero;
    struct quant operand;        /* of the constant in `weights`, OP_COMBINE */
    struct nn_fixed fixed[3];    /* of in[0], in[1] and the output; OP_REDUCE, OP_SOFTMAX: one */
    int32_t least;               /* OP_SOFTMAX */
    int16_t base[4];             /* OP_SCALE */
    struct weight_report report; /* what quantising this layer's weights did */
    /* its map against floating point's, over the calibration images; 0 for logits */
    double out_sqnr_db;
};

struct qmodel {
    const struct network *net; /* borrowed */
    /* of the int8 image, pixel - 128: scale 1, zero point 0, or those of a .tflite file */
    struct quant input;
    struct qlayer *layer; /* owned, net->nlayers entries */
    double logit_scale;   /* float logit = logit_scale * int32 logit */
    int wbits;
    enum quantiser quantiser;
    bool trained;           /* false: plausible tensors from a fixed seed */
    char inputs_sha256[65]; /* over network, weights and calibration data */
};
void qmodel_free(struct qmodel *q);

#endif
