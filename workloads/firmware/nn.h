/* Kernels of the quantised network, in the vocabulary of CMSIS-NN. nn_reference.c is plain C and *defines*
 * the arithmetic; it is compiled for the host (reference inference) and, with --kernels reference, for the
 * target. nn_fast_*.c must agree with it bit for bit.
 *
 * Activations: int8, HWC, value = scale * (q - zero_point). Weights: int8 (or two 4-bit values in a byte, the
 * first in the low nibble, each entering the sums as 16 times its value), symmetric per output channel:
 *   stem       [out_c][3][3][in_c]      depthwise  [c][3][3]      pointwise, fully connected  [out_c][in_c]
 *
 * Output stage of every convolution, per output channel c (the batch norm after ReLU is the multiply-add):
 *   acc = sum w * (x - in_zp)               int32; padding therefore adds nothing (it pads the real zero)
 *   if relu: acc = max(acc, 0)
 *   v   = (acc * mult[c] + (off[c] << 32) + 2^31) >> 32       64-bit arithmetic, one SMMLAR
 *   out = clamp(v >> shift, act_min, act_max)                 arithmetic shift; rounding is inside off[c]
 * mult may be negative. A convolution's bias, and BN's offset, are inside off[c] when no ReLU stands between;
 * otherwise `bias` (may be NULL) is added to acc before the ReLU.
 *
 * Element-wise add:  out = sat8((a * mult_a + b * mult_b + off) >> shift), 16-bit multipliers, one SMLAD.
 * Global average:    acc = sum (x - in_zp), then the output stage above with a single channel entry.
 * Fully connected:   as pointwise, but the result is v itself (int32, not shifted, not clamped).            */
#ifndef NN_H
#define NN_H

#include <stdint.h>

struct nn_output {
    const int32_t *mult, *off; /* [out_c] */
    const int32_t *bias;       /* [out_c], NULL = none */
    int32_t shift;             /* 0..16 */
    int32_t relu;              /* 0 or 1: clamp the accumulator at 0 before the multiply-add */
    int32_t act_min, act_max;  /* -128..127 */
};

struct nn_conv { /* stem, depthwise, pointwise */
    int16_t in_h, in_w, in_c, out_h, out_w, out_c; /* stem: out_* are those after the fused pool */
    int8_t stride, pad_top, pad_left;              /* 3x3 only; pointwise: 1, 0, 0. Bottom and right follow from the sizes */
    int8_t wbits;                                  /* 8 or 4 */
    int16_t block;                                 /* tile of the fast kernels (nn_scratch.h), 0 for the reference */
    int32_t in_zp;
    const void *weights;
    struct nn_output out;
};

struct nn_add {
    int32_t n; /* elements */
    int32_t mult_a, mult_b, off, shift;
};

struct nn_pool { /* global average */
    int16_t in_h, in_w, c;
    int32_t in_zp;
    struct nn_output out; /* mult, off: one entry */
};

struct nn_fc {
    int16_t in_c, out_c;
    int8_t wbits;
    int32_t in_zp;
    const void *weights;
    const int32_t *mult, *off; /* [out_c] */
};

/* `scratch` is 16-byte aligned, of nn_*_scratch() bytes (nn_scratch.h; none for the reference kernels), contents free.
 * Inputs and outputs may not overlap, except for the fast kernels as workloads/plan.c knows them. */
void nn_stem_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch); /* 3x3 conv + 2x2 max pool, stride 2 each */
void nn_conv3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void nn_depthwise3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void nn_pointwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void nn_add_s8(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *out); /* out may be a or b */
void nn_global_avg_pool_s8(const struct nn_pool *p, const int8_t *in, int8_t *out);
void nn_fully_connected_s8(const struct nn_fc *p, const int8_t *in, int32_t *logits, void *scratch);

#endif
