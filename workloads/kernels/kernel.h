/* Which kernel of firmware/nn.h serves a layer, and the descriptor it takes: the one place that knows how layers become
 * kernels, for the plan, the reference inference and the emitted firmware. */
#ifndef WORKLOADS_KERNELS_KERNEL_H
#define WORKLOADS_KERNELS_KERNEL_H

#include "workloads/firmware/nn.h"
#include "workloads/graph/network.h"
#include "workloads/quantise/quant.h"

enum kernel {
    KERNEL_NONE, /* a max pool that its convolution does */
    KERNEL_STEM, KERNEL_CONV, KERNEL_DEPTHWISE3X3, KERNEL_DEPTHWISE, KERNEL_POINTWISE, KERNEL_MAX_POOL, /* struct nn_conv */
    KERNEL_AVERAGE, KERNEL_FULLY_CONNECTED, KERNEL_ADD, KERNEL_SCALE, KERNEL_CONCAT, KERNEL_SLICE, KERNEL_SHUFFLE
};

/* Fully connected layers give logits where they are the last of a classifier, without an activation; elsewhere they are pointwise on a 1x1 map. */
enum kernel kernel_of(const struct network *n, int layer);
const char *kernel_function(enum kernel k); /* "nn_pointwise_s8" */

/* Descriptors; sizes and window, and, where `q` is not NULL, its constants (tables borrowed). `pool`: the fused one, or NULL. */
struct nn_conv kernel_conv(const struct layer *l, const struct layer *pool, const struct qlayer *q);
struct nn_pool kernel_pool(const struct layer *l, const struct qlayer *q);
struct nn_fc kernel_fc(const struct layer *l, const struct qlayer *q);
struct nn_add kernel_add(const struct layer *l, const struct qlayer *q);
struct nn_scale kernel_scale(const struct layer *l, const struct qlayer *q);
struct nn_concat kernel_concat(const struct layer *l, const struct qlayer *q);
struct nn_channels kernel_channels(const struct layer *l);

#endif
