/* How much scratch the fast kernels need, and how far each may write over its own input. Shared by the kernels and by the
 * memory planner on the host, so that the two cannot disagree. Sizes in bytes. */
#ifndef NN_SCRATCH_H
#define NN_SCRATCH_H

#include <stdint.h>

#include "nn.h"

static inline uint32_t nn_round_up(uint32_t v, uint32_t unit)
{
    return (v + unit - 1) / unit * unit;
}

/* Matrix product (pointwise, 3x3 convolution by im2col): constants and widened weights of 4 output channels, then `block`
 * widened pixels (even), depth k rounded up to 4, and 4 spare output bytes per pixel. On Cortex-M7 operands are fetched
 * one step ahead: up to 8 bytes behind the widened data are read (and not used), which the spare bytes cover. */
enum { NN_TILE_CONSTANTS = 20 * 4 };
static inline uint32_t nn_product_scratch(uint32_t k, uint32_t block)
{
    uint32_t k4 = nn_round_up(k, 4);
    uint32_t b2 = nn_round_up(block, 2);
    return NN_TILE_CONSTANTS + 4 * k4 * 2 + b2 * k4 * 2 + 4 * b2;
}

static inline uint32_t nn_pointwise_scratch(const struct nn_conv *p)
{
    return nn_product_scratch((uint32_t)p->in_c, (uint32_t)p->block);
}

static inline uint32_t nn_conv3x3_scratch(const struct nn_conv *p)
{
    return nn_product_scratch(9 * (uint32_t)p->in_c, (uint32_t)p->block);
}

/* Depthwise: for each of `block` channels (a multiple of 4) a ring of three rows, columns in pairs, and 20 words of
 * weights and constants. */
enum { NN_DEPTHWISE_CONSTANTS = 20 * 4 };
static inline uint32_t nn_depthwise_ring(const struct nn_conv *p)
{
    return 12 * ((uint32_t)p->in_w / 2 + 3);
}
static inline uint32_t nn_depthwise_scratch(const struct nn_conv *p)
{
    return (uint32_t)p->block * (nn_depthwise_ring(p) + NN_DEPTHWISE_CONSTANTS);
}

/* Stem: widened weights of all channels (depth 9 * in_c rounded up to 4, pairs of channels), 4 words of constants per
 * channel, the four widened windows of one output, and spare bytes. */
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
