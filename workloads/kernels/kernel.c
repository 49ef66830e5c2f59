#include "workloads/kernels/kernel.h"

#include <string.h>

static enum kernel windowed(const struct layer *l)
{
    bool each = l->groups == l->in_c || l->op == OP_DEPTHWISE_CONV2D;
    if (!each || l->stride_x > 2)
        return KERNEL_CONV;
    bool three = l->in_c == l->out_c && l->kernel == 3 && l->kernel_x == 3 && l->stride <= 2 && l->stride == l->stride_x && l->pad <= 1 && l->pad_x <= 1;
    return three ? KERNEL_DEPTHWISE3X3 : KERNEL_DEPTHWISE;
}

enum kernel kernel_of(const struct network *n, int layer)
{
    const struct layer *l = &n->layer[layer];
    switch (l->op) {
    case OP_CONV2D:
        return l->fused_pool ? KERNEL_STEM : KERNEL_CONV;
    case OP_DEPTHWISE_CONV2D:
    case OP_GROUP_CONV2D:
        return windowed(l);
    case OP_POINTWISE_CONV2D:
        return KERNEL_POINTWISE;
    case OP_FULLY_CONNECTED:
        return !n->detector && layer == n->nlayers - 1 && l->act == ACT_NONE ? KERNEL_FULLY_CONNECTED : KERNEL_POINTWISE;
    case OP_MAX_POOL:
        return l->in[0] >= 0 && n->layer[l->in[0]].fused_pool ? KERNEL_NONE : KERNEL_MAX_POOL;
    case OP_GLOBAL_AVG_POOL:
        return KERNEL_AVERAGE;
    case OP_ADD:
        return KERNEL_ADD;
    case OP_SCALE:
        return KERNEL_SCALE;
    case OP_CONCAT:
        return KERNEL_CONCAT;
    case OP_SLICE:
        return KERNEL_SLICE;
    case OP_CHANNEL_SHUFFLE:
        return KERNEL_SHUFFLE;
    case OP_COUNT:
        break;
    }
    return KERNEL_NONE;
}

const char *kernel_function(enum kernel k)
{
    static const char *const names[] = {
        [KERNEL_NONE] = "", [KERNEL_STEM] = "nn_stem_s8", [KERNEL_CONV] = "nn_conv_s8",
        [KERNEL_DEPTHWISE3X3] = "nn_depthwise3x3_s8", [KERNEL_DEPTHWISE] = "nn_depthwise_s8",
        [KERNEL_POINTWISE] = "nn_pointwise_s8", [KERNEL_MAX_POOL] = "nn_max_pool_s8",
        [KERNEL_AVERAGE] = "nn_global_avg_pool_s8", [KERNEL_FULLY_CONNECTED] = "nn_fully_connected_s8",
        [KERNEL_ADD] = "nn_add_s8", [KERNEL_SCALE] = "nn_scale_s8", [KERNEL_CONCAT] = "nn_concat_s8",
        [KERNEL_SLICE] = "nn_slice_s8", [KERNEL_SHUFFLE] = "nn_channel_shuffle_s8",
    };
    return names[k];
}

static struct nn_output output(const struct qlayer *q)
{
    return (struct nn_output){.mult = q->mult, .off = q->off, .bias = q->bias, .lut = q->lut, .shift = (int8_t)q->shift,
                              .relu = (int8_t)q->relu, .act_min = (int8_t)q->act_min, .act_max = (int8_t)q->act_max};
}

struct nn_conv kernel_conv(const struct layer *l, const struct layer *pool, const struct qlayer *q)
{
    const struct layer *o = pool ? pool : l;
    struct nn_conv c = {
        .in_h = (int16_t)l->in_h, .in_w = (int16_t)l->in_w, .in_c = (int16_t)l->in_c,
        .out_h = (int16_t)o->out_h, .out_w = (int16_t)o->out_w, .out_c = (int16_t)o->out_c,
        .kernel = (int8_t)l->kernel, .kernel_x = (int8_t)l->kernel_x, .stride = (int8_t)l->stride, .stride_x = (int8_t)l->stride_x,
        .pad_top = (int8_t)l->pad, .pad_left = (int8_t)l->pad_x, .wbits = 8,
        .groups = (int16_t)(l->op == OP_DEPTHWISE_CONV2D || l->op == OP_MAX_POOL ? l->in_c : l->groups),
    };
    if (q) {
        c.in_zp = q->in[0].zero_point;
        c.weights = q->weights;
        c.out = output(q);
    }
    return c;
}

struct nn_pool kernel_pool(const struct layer *l, const struct qlayer *q)
{
    return (struct nn_pool){.in_h = (int16_t)l->in_h, .in_w = (int16_t)l->in_w, .c = (int16_t)l->in_c,
                            .in_zp = q->in[0].zero_point, .out = output(q)};
}

struct nn_fc kernel_fc(const struct layer *l, const struct qlayer *q)
{
    struct nn_fc f = {.in_c = (int16_t)l->in_c, .out_c = (int16_t)l->out_c, .wbits = 8};
    if (q)
        f.in_zp = q->in[0].zero_point, f.weights = q->weights, f.mult = q->mult, f.off = q->off;
    return f;
}

struct nn_add kernel_add(const struct layer *l, const struct qlayer *q)
{
    return (struct nn_add){.n = (int32_t)l->out_bytes, .mult_a = q->part[0].mult, .mult_b = q->part[1].mult,
                           .off = q->part[0].off, .shift = q->part[0].shift};
}

struct nn_scale kernel_scale(const struct layer *l, const struct qlayer *q)
{
    struct nn_scale s = {.pixels = l->out_h * l->out_w, .c = (int16_t)l->in_c, .groups = (int16_t)l->groups,
                         .sets = (int16_t)layer_factors(l)};
    if (q) {
        memcpy(s.base, q->base, sizeof s.base);
        s.in_zp = q->in[0].zero_point;
        s.mult = q->mult[0], s.off = q->off[0], s.shift = q->shift;
    }
    return s;
}

struct nn_concat kernel_concat(const struct layer *l, const struct qlayer *q)
{
    struct nn_concat c = {.pixels = l->out_h * l->out_w, .c = {(int16_t)l->in_c, (int16_t)(l->out_c - l->in_c)}};
    for (int i = 0; i < 2; i++)
        c.mult[i] = q->part[i].mult, c.off[i] = q->part[i].off, c.shift[i] = q->part[i].shift;
    return c;
}

struct nn_channels kernel_channels(const struct layer *l)
{
    return (struct nn_channels){.pixels = l->out_h * l->out_w, .in_c = (int16_t)l->in_c, .out_c = (int16_t)l->out_c,
                                .first = (int16_t)(l->op == OP_SLICE ? l->first : l->groups)};
}
