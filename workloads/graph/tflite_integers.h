/* The integers that a network from a .tflite file brings with it (tflite.h reads them). */
#ifndef WORKLOADS_GRAPH_TFLITE_INTEGERS_H
#define WORKLOADS_GRAPH_TFLITE_INTEGERS_H

#include <stdint.h>

struct tfl_quant {
    float scale;
    int32_t zero_point;
};

struct tfl_layer {   /* of network layer i; pointers owned, NULL without weights */
    int8_t *weights; /* layouts of firmware/nn.h */
    float *scale;    /* [out_c] */
    int32_t *bias;   /* [out_c], in units of input scale times scale[c] */
    struct tfl_quant out;
    struct tfl_quant before; /* of the value before an activation that is no clamp */
};

struct tflite {
    char sha256[65]; /* of the file */
    struct tfl_quant input;
    struct tfl_layer *layer; /* net->nlayers */
    int nlayers;
};

void tflite_free(struct tflite *t);

#endif
