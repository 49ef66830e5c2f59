/* A network with integer weights and the constants of nn.h's arithmetic, ready for the reference inference and for
 * emission as firmware. Post-training: per-channel symmetric weights, per-tensor asymmetric activations whose
 * ranges come from calibration images run through the float path; or the integers of a .tflite file as they are. */
#ifndef WORKLOADS_QUANTISE_QUANT_H
#define WORKLOADS_QUANTISE_QUANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "workloads/images/image.h"
#include "workloads/graph/network.h"
#include "workloads/quantise/weights.h"

struct params; /* tensors by name: workloads/quantise/params.h */

struct quant { /* value = scale * (q - zero_point) */
    float scale;
    int32_t zero_point;
};

struct qlayer {
    struct quant in[2], out;
    int8_t *weights; /* one value per byte whatever wbits is (4: multiples of 16), layouts of nn.h; NULL for layers without */
    size_t nweights;
    int32_t *mult, *off, *bias; /* [out_c] (one entry for OP_GLOBAL_AVG_POOL and OP_SCALE); bias may be NULL */
    int8_t *lut;                /* [256], an activation that is no clamp; else NULL */
    int32_t shift, relu, act_min, act_max;
    struct {
        int32_t mult, off, shift;
    } part[2];       /* OP_CONCAT, one of each input; OP_ADD: the multipliers of both, and one offset and shift */
    int16_t base[4]; /* OP_SCALE */
    /* What quantising this layer's weights did. */
    struct weight_report report;
    double out_sqnr_db; /* its map against floating point's, over the calibration images; 0 for logits */
};

struct qmodel {
    const struct network *net; /* borrowed */
    struct quant input;        /* of the int8 image, pixel - 128: scale 1, zero point 0, or those of a .tflite file */
    struct qlayer *layer;      /* owned, net->nlayers entries */
    double logit_scale;        /* float logit = logit_scale * int32 logit */
    int wbits;
    enum quantiser quantiser;
    bool trained;              /* false: plausible tensors from a fixed seed */
    char inputs_sha256[65];    /* over network, weights and calibration data */
};

/* `params` NULL: fixed-seed tensors. `calib` NULL: generated images, and that is said. */
struct qmodel *qmodel_build(const struct network *net, const struct params *params, const struct image_set *calib, int wbits,
                            enum quantiser q, struct err *e);
void qmodel_free(struct qmodel *q);

/* Reference inference with nn_reference.c: logits[classes] of one image. `tensor`, when not NULL, receives a pointer to
 * each layer's output (net->nlayers entries, to be freed one by one by the caller). */
bool qmodel_infer(const struct qmodel *q, const int8_t *image, int32_t *logits, int8_t **tensor, struct err *e);

/* The same network in floating point. */
bool float_infer(const struct network *net, const struct params *params, const int8_t *image, float *logits, struct err *e);

#endif
