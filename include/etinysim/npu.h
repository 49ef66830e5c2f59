/* What a network costs on an accelerator, by closed forms: cycles, energy, and whether it fits.
 * etinysim.h has the rules for errors, ownership and threads. */
#ifndef ETINYSIM_NPU_H
#define ETINYSIM_NPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <etinysim/etinysim.h>

#ifdef __cplusplus
extern "C" {
#endif

struct etinysim_npu;

struct etinysim_npu_options {
    size_t size; /* of this struct */
    /* name of `etinysim network list`, or path of a .yaml or .tflite file */
    const char *network;
    const char *accelerator; /* name of `etinysim accelerator list`, or path of a .yaml file */
    double width;            /* multiplier of the channels; 0: the network's own */
    int input;               /* height and width of the image in pixels; 0: the network's own */
    unsigned weight_bits;    /* 0: the accelerator's own */
    unsigned activation_bits;
};
#define ETINYSIM_NPU_OPTIONS_INIT                   \
    {                                               \
        .size = sizeof(struct etinysim_npu_options) \
    }

/* One frame. */
struct etinysim_npu_result {
    size_t size;
    size_t layers;
    uint64_t macs;   /* multiply-accumulates: one for each weight and output position */
    uint64_t cycles; /* of the accelerator's clock */
    double seconds;
    double watts;          /* mean over the frame */
    double energy_uj;      /* microjoule */
    bool fits;             /* in the memories and the device; the other figures hold as if it did */
    const char *fit;       /* "" or what does not fit, and by how much */
    uint64_t feature_peak; /* bytes of feature maps that live at once, at most */
};
#define ETINYSIM_NPU_RESULT_INIT                   \
    {                                              \
        .size = sizeof(struct etinysim_npu_result) \
    }

struct etinysim_npu_layer {
    size_t size;
    const char *name;
    const char *op; /* "conv2d", "add", ... */
    int in[3];      /* height, width, channels of its first input */
    int out[3];     /* and of its output */
    uint64_t macs;
    /* that it adds to the frame; 0 when hidden behind layers that run at the same time */
    uint64_t cycles;
    double utilisation; /* 0 to 1: macs over multipliers x cycles while it runs */
    double energy_uj;   /* static and clock energy by cycles */
};
#define ETINYSIM_NPU_LAYER_INIT                   \
    {                                             \
        .size = sizeof(struct etinysim_npu_layer) \
    }

/* The model with any constant fitted that the accelerator's description asks for. Not fitting is
 * a result, no error. ETINYSIM_INPUT also where no engine serves a layer. */
ETINYSIM_API struct etinysim_npu *etinysim_npu_open(const struct etinysim_npu_options *options,
                                                    struct etinysim_error *error);
ETINYSIM_API void etinysim_npu_close(struct etinysim_npu *n);
ETINYSIM_API void etinysim_npu_result(const struct etinysim_npu *n,
                                      struct etinysim_npu_result *out);
/* false: none */
ETINYSIM_API bool etinysim_npu_layer(const struct etinysim_npu *n, size_t index,
                                     struct etinysim_npu_layer *out);

#ifdef __cplusplus
}
#endif

#endif
