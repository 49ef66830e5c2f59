/* How much scratch the fast kernels need, and how far each may write over its own input. Shared by
 * the kernels and by the memory planner on the host, so that the two cannot disagree. Sizes in
 * bytes. */
#ifndef NN_SCRATCH_H
#define NN_SCRATCH_H

#include <stdint.h>

#include "nn.h"

static inline uint32_t nn_round_up(uint32_t v, uint32_t unit)
{
    return (v + unit - 1) / unit * unit;
}

/* Matrix product (pointwise; convolution by im2col, one group at a time): constants and widened
 * weights of 4 output channels, then `block` widened pixels (even), depth k rounded up to 4, and 4
 * spare output bytes per pixel. On Cortex-M7 operands are fetched one step ahead: up to 8 bytes
 * behind the widened data are read (and not used), which the spare bytes cover. */
enum { NN_TILE_CONSTANTS = 20 * 4 };
static inline uint32_t nn_product_scratch(uint32_t k, uint32_t block)
{
    uint32_t k4 = nn_round_up(k, 4);
    uint32_t b2 = nn_round_up(block, 2);
    return NN_TILE_CONSTANTS + 4 * k4 * 2 + b2 * k4 * 2 + 4 * b2;
}

/* A map of one pixel (block 0): the widened pixel, and a sum for each output. */
static inline uint32_t nn_pointwise_scratch(const struct nn_conv *p)
{
    if (!p->block)
        return 2 * nn_round_up((uint32_t)p->in_c, 4) + 4 * (uint32_t)p->out_c;
    return nn_product_scratch((uint32_t)p->in_c, (uint32_t)p->block);
}

/* The same and two windows as bytes. */
static inline uint32_t nn_conv_taps(const struct nn_conv *p)
{
    return (uint32_t)p->kernel * (uint32_t)p->kernel_x * (uint32_t)(p->in_c / p->groups);
}
static inline uint32_t nn_conv_scratch(const struct nn_conv *p)
{
    uint32_t k = nn_conv_taps(p);
    return nn_product_scratch(k, (uint32_t)p->block) + 2 * nn_round_up(k, 4);
}

/* Depthwise 3x3: for each of `block` channels (a multiple of 4) a ring of three rows, columns in
 * pairs, and 20 words of weights and constants. */
enum { NN_DEPTHWISE_CONSTANTS = 20 * 4 };
static inline uint32_t nn_depthwise3x3_ring(const struct nn_conv *p)
{
    return 12 * ((uint32_t)p->in_w / 2 + 3);
}
static inline uint32_t nn_depthwise3x3_scratch(const struct nn_conv *p)
{
    return (uint32_t)p->block * (nn_depthwise3x3_ring(p) + NN_DEPTHWISE_CONSTANTS);
}

/* Depthwise with any window: for each of `block` channels (a multiple of 4) a ring of `kernel`
 * rows, columns in pairs, as far as groups of four outputs reach; for each of its outputs the taps
 * as words for an even and for an odd column, for 2 * kernel - 1 rows, and 4 constants. */
static inline uint32_t nn_depthwise_words(const struct nn_conv *p)
{
    return (uint32_t)p->kernel_x / 2 + 1;
}
static inline uint32_t nn_depthwise_pairs(const struct nn_conv *p)
{
    uint32_t read =
        nn_round_up((uint32_t)p->out_w, 4) * (uint32_t)p->stride_x / 2 + nn_depthwise_words(p) + 1;
    uint32_t written = ((uint32_t)p->in_w + (uint32_t)p->pad_left + 1) / 2;
    return read > written ? read : written;
}
static inline uint32_t nn_depthwise_taps(const struct nn_conv *p)
{
    return (2 * (uint32_t)p->kernel - 1) * 2 * nn_depthwise_words(p);
}
static inline uint32_t nn_depthwise_scratch(const struct nn_conv *p)
{
    uint32_t constants = (4 + nn_depthwise_taps(p)) * (uint32_t)(p->out_c / p->in_c);
    return (uint32_t)p->block * 4 * (constants + (uint32_t)p->kernel * nn_depthwise_pairs(p));
}

/* Scale: the factors of every channel, in the form the kernel multiplies with. */
enum { NN_SCALE_CHANNEL = 12 };
static inline uint32_t nn_scale_scratch(const struct nn_scale *p)
{
    return p->sets == 1 ? 2 * nn_round_up((uint32_t)p->c, 4) : NN_SCALE_CHANNEL * (uint32_t)p->c;
}

/* Stem: widened weights of all channels (depth 9 * in_c rounded up to 4, pairs of channels), 4
 * words of constants per channel, the four widened windows of one output, and spare bytes. */
static inline uint32_t nn_stem_scratch(const struct nn_conv *p)
{
    uint32_t k4 = nn_round_up(9 * (uint32_t)p->in_c, 4), c2 = nn_round_up((uint32_t)p->out_c, 2);
    return c2 * (k4 * 2 + 16) + 4 * k4 * 2 + 16;
}

static inline uint32_t nn_fully_connected_scratch(const struct nn_fc *p)
{
    return nn_round_up((uint32_t)p->in_c, 4) * 2;
}

#endif
