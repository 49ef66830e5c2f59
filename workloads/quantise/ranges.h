/* Scales and zero points of maps from the real values that calibration images give: those of least
 * squared error within what was seen, with zero inside. */
#ifndef WORKLOADS_QUANTISE_RANGES_H
#define WORKLOADS_QUANTISE_RANGES_H

#include <stddef.h>

#include "base/err.h"
#include "workloads/kernels/qmodel.h"

/* One for all of n values. ERR_INPUT names the layer whose values are beyond what a float holds. */
bool ranges_map(const float *x, size_t n, struct quant *out, const struct layer *l, struct err *e);

/* One for each channel of n pixels from so many images: value = unit[c] * out->scale * (q -
 * zero[c]), with the largest unit 1. Channel c ends at floor[c], below where rise[c] is not
 * negative, else above (NULL: nowhere for certain). No channel's scale is below least[c] (NULL: no
 * limit). `even`: the scales are drawn together to the square root of what sets them apart, for
 * readers that take the differences into weights with one scale for all channels. */
bool ranges_channels(const float *x, size_t n, size_t channels, size_t images, const float *floor,
                     const float *rise, const double *least, bool even, struct quant *out,
                     float *unit, float *zero, const struct layer *l, struct err *e);

#endif
