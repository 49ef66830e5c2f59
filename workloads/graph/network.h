/* Networks as data: workloads/networks/NAME.yaml -> a list of layers in execution order, shapes
 * inferred for a width multiplier and an input size. workloads/graph/ knows operators, shapes and
 * counts; nothing of integers in kernels, memory or boards.
 *
 * Activations are HWC; a layer's input is another layer's output or the image (LAYER_INPUT).
 * Counting rules (which source counts what: docs/model.md):
 *   weights = kernel elements, without biases and BN
 *   params  = weights + 4 per BN channel + biases
 *   macs    = one per weight and output position
 *   madds   = macs + one per BN output element */
#ifndef WORKLOADS_GRAPH_NETWORK_H
#define WORKLOADS_GRAPH_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "workloads/graph/op.h"

enum activation {
    ACT_NONE,
    ACT_RELU,
    ACT_RELU6,
    ACT_HSWISH,
    ACT_HSIGMOID,
    ACT_SWISH,
    ACT_SIGMOID,
    ACT_TANH,
    ACT_LEAKY_RELU, /* `alpha` times what is negative */
    ACT_RELU1       /* to -1 to 1 */
};
enum { LAYER_INPUT = -1, LAYER_NONE = -2 };

/* A box of up to four dimensions in two maps, in elements: the steps of each dimension and where
 * it begins. OP_MOVE: in the input and in the output; OP_COMBINE: in both inputs (0 repeats), the
 * output is dense; OP_REDUCE: in the input, two dimensions that stay and two that are reduced. */
struct layer_box {
    int n[4], step[2][4], first[2];
};

struct layer {
    char name[48]; /* "LB1.1.dw1" */
    enum op op;
    int in[2]; /* index of the producing layer, LAYER_INPUT or LAYER_NONE */
    int in_h, in_w, in_c, out_h, out_w, out_c;
    /* pad: zeros on the top and left; bottom and right follow from the shapes */
    int kernel, stride, pad;
    int kernel_x, stride_x, pad_x; /* along a row; as the above except in OP_GROUP_CONV2D */
    int groups;                    /* OP_GROUP_CONV2D, OP_CHANNEL_SHUFFLE, OP_SCALE; else 1 */
    int first;                     /* OP_SLICE */
    /* OP_CONCAT: channels of in[1] as it is read; 0: those that it has */
    int second_c;
    struct layer_box box;
    bool fill; /* OP_MOVE: the rest of the output is the real zero */
    int kind;  /* OP_COMBINE: enum nn_combination of firmware/nn.h; OP_REDUCE: enum nn_reduction */
    /* OP_COMBINE: values of the constant that is its second input (in[1] is LAYER_NONE) */
    uint64_t operand;
    bool bilinear, corners,
        half;    /* OP_RESIZE: between pixels; corners meet; pixels at their centres */
    float alpha; /* ACT_LEAKY_RELU; OP_SOFTMAX: factor of the exponents */
    enum activation act;
    bool bn; /* a batch norm follows the convolution... */
    /* ...after its activation (EtinyNet), so it cannot be folded into the weights */
    bool bn_after_act;
    bool bias;
    bool fused_pool;   /* OP_CONV2D: the 2x2 max pool that follows is fused, its map never exists */
    char param[64];    /* names of its tensors in a weight file: PARAM.weight, ... ("" = none) */
    char param_bn[64]; /* PARAM_BN.gamma, .beta, .running_mean, .running_var */
    uint64_t weights, params, macs, madds;
    uint64_t in_bytes, out_bytes; /* 8-bit activations, one copy of each input */
};

/* OP_SCALE: factors per channel, each set of them as long as in[0] has channels. With y the channel
 * beside x (the next one of the next of `groups` groups, both round and round) and h the factors,
 * in 0 to 1:
 *   1   x h
 *   2   x (4 h0 - 1) + y (4 h1 - 2)
 *   4   the larger of that and x (4 h2 - 2) + y (4 h3 - 2) */
int network_layer_factors(const struct layer *l);

/* What a publication prints about a network, in millions and percent; 0 = nothing. */
struct reported {
    double params, madds, top1, top5;
    char source[32];
};

/* Heads of a single-shot detector and its prior boxes. A cell of a map has 2 + 2 * nratios priors:
 * squares of `size` and of sqrt(size * next), then for each ratio r one of size * sqrt(r) by size /
 * sqrt(r) and its upright twin; relative to the image. */
enum { MAX_HEADS = 6, MAX_RATIOS = 4 };
struct head {
    int score, box; /* layers: h x w x (priors * classes) and h x w x (priors * 4) */
    int nratios;
    float size, next, ratio[MAX_RATIOS];
};
struct detector {
    int nheads;
    struct head head[MAX_HEADS];
    float score_min, iou_max; /* kept from this score on; suppressed above this overlap */
    int most;                 /* detections kept */
};

struct network {
    char name[64];
    struct detector *detector; /* owned; NULL: a classifier, whose output is its last layer */
    struct reported reported;
    double width;
    int in_h, in_w, in_c;
    int classes; /* of the result: values of the map that network_result names */
    int nlayers;
    struct layer *layer; /* owned */
    uint64_t weights, params, macs, madds;
    /* owned; the integers of a network from a .tflite file (workloads/graph/tflite.h), else NULL */
    struct tflite *tflite;
};

/* `name` is a file name of workloads/networks without its ending, or a path (.yaml, or .tflite with
 * its own width and input). width 0 and input 0 take the file's own. ERR_INPUT with file and line.
 * The caller frees. */
struct network *network_load(const char *name, double width, int input, struct err *e);
void network_free(struct network *n);

/* Is the map of this layer a result: the last layer of a classifier, the heads of a detector, an
 * output of a .tflite file? */
bool network_is_output(const struct network *n, int layer);
/* The layer whose map holds the values that are compared and ranked: a classifier's last, a
 * .tflite file's first output. */
int network_result(const struct network *n);

/* Index of the last layer that reads the output of layer i (LAYER_INPUT: the image), or i itself
 * when there is none; the number of layers for an output of the network. */
int network_last_reader(const struct network *net, int i);

/* Largest sum of bytes that are alive at once while a layer runs, 8-bit activations, and the layer
 * where it happens. The image stays whole until its last reader is done. `fused`: conv+pool never
 * makes its map (the paper's 245.0 KiB); otherwise the unfused map counts. */
uint64_t network_feature_bytes(const struct network *n, bool fused, int *at_layer);

#endif
