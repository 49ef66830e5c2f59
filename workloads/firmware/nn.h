/* Kernels of the quantised network, in the vocabulary of CMSIS-NN. nn_reference.c is plain C and
 * *defines* the arithmetic; it is compiled for the host (reference inference) and, with --kernels
 * reference, for the target. The fast kernels (every other nn_*.c and nn_*.S) must agree with it
 * bit for bit. workloads/firmware/ is code for the target: it includes nothing of the host.
 *
 * Activations: int8, HWC, value = scale * (q - zero_point). Weights: int8 (or two 4-bit values in a
 * byte, the first in the low nibble, each entering the sums as 16 times its value), symmetric per
 * output channel: [out_c][kernel][kernel_x][in_c / groups]; depthwise: groups = in_c; pointwise and
 * fully connected: [out_c][in_c].
 *
 * Output stage of every convolution, per output channel c (the batch norm after ReLU is the
 * multiply-add):
 *   acc = sum w * (x - in_zp)                            int32; padding adds nothing (real zero);
 *                                                        depthwise: in_zero[c] where it is given
 *   if relu: acc = max(acc, 0)
 *   v   = (acc * mult[c] + (off[c] << 32) + 2^31) >> 32  64-bit arithmetic, one SMMLAR
 *   out = clamp(v >> shift, act_min, act_max)            arithmetic; rounding is inside off[c]
 *   if lut: out = lut[out + 128]                         activations that are no clamp
 * mult may be negative. A convolution's bias, and BN's offset, are inside off[c] when no ReLU
 * stands between; otherwise `bias` (may be NULL) is added to acc before the ReLU.
 *
 * Element-wise add:  out = sat8((a * mult_a + b * mult_b + off) >> shift), 16-bit multipliers, one
 *                    SMLAD; multipliers and offset may be those of the channel.
 * Global average:    acc = sum (x - in_zp), then the output stage above with one channel entry.
 * Max pool:          the largest of the window's pixels; padding never wins.
 * Fully connected:   as pointwise, but the result is v itself (int32, not shifted, not clamped).
 * Scale (squeeze and excitation, dynamic shift-max):
 *   x = in[c] - in_zp, y = in[beside(c)] - in_zp, f_j = factor[j * c_count + c] - base[j];
 *   acc = x * f_0, or x * f_0 + y * f_1 (2 sets), or the larger of x * f_0 + y * f_1 and
 *   x * f_2 + y * f_3 (4 sets);
 *   out = sat8(v >> shift) with one multiply-add for all channels.
 *   beside(c): the next place of the next group, both modulo their number, of `groups` equal groups
 *   of channels.
 * Concat:            out = sat8((x * mult + off) >> shift) for each of the two inputs, 16-bit
 *                    multipliers.
 * Slice, shuffle:    bytes as they are.
 *
 * Networks from .tflite files have the arithmetic of their format (nn_fixed.h). A convolution's
 * output stage is then, with `shifts` not NULL and F the real number mult[c] / 2^31 * 2^shifts[c],
 * both roundings in it (nn_times):
 *   out = clamp(off[c] + F (acc + bias[c]))      off[c]: the output's zero point
 * and the operators below:
 *   Table:      out = lut[in + 128]: activations, other scales, any function of one value.
 *   Move:       a box of up to four dimensions from steps to steps; the rest of the output is
 * `fill`.
 *   Combine:    out = clamp(zp + F_out (F_a (a - zp_a) 2^20 op F_b (b - zp_b) 2^20)) for sums and
 * differences,
 *               clamp(zp + F_out (a - zp_a)(b - zp_b)) for products, the byte itself for larger
 * and smaller; steps of 0 repeat.
 *   Mean:       out = sat8(zp + F sum(x - in_zp)) over up to two dimensions; largest and smallest
 * likewise.
 *   Average:    the window's sum divided by the pixels in the map, halves away from zero.
 *   Softmax:    exp(x - max) / sum of them, 256 levels; exponentials of 31 fractional bits.
 *   Resize:     nearest, or bilinear with 10 bits of position.
 *          */
#ifndef NN_H
#define NN_H

#include <stdint.h>

struct nn_fixed { /* the real number mult / 2^31 * 2^shift */
    int32_t mult, shift;
};

struct nn_output {
    const void *mult, *off;  /* [out_c] int32, or int16 where `narrow` is 1 */
    const int32_t *bias;     /* [out_c], NULL = none */
    const int8_t *lut;       /* [256], NULL = none */
    int8_t shift;            /* 0..16 */
    int8_t relu;             /* 0 or 1: clamp the accumulator at 0 before the multiply-add */
    int8_t act_min, act_max; /* -128..127 */
    int8_t narrow; /* 0 or 1: mult is the upper half of the multiplier, whose lower half is 0 */
    const int32_t *shifts; /* [out_c], of .tflite files; NULL: `shift` for all */
};

static inline int32_t nn_mult(const struct nn_output *o, int c)
{
    return o->narrow ? ((const int16_t *)o->mult)[c] * 65536 : ((const int32_t *)o->mult)[c];
}

static inline int32_t nn_off(const struct nn_output *o, int c)
{
    return o->narrow ? ((const int16_t *)o->off)[c] : ((const int32_t *)o->off)[c];
}

struct nn_conv { /* convolutions of all kinds; max pool has no weights and no output stage */
    int16_t in_h, in_w, in_c, out_h, out_w, out_c; /* stem: out_* are those after the fused pool */
    int8_t kernel, kernel_x, stride, stride_x;     /* down a column; along a row */
    int8_t pad_top, pad_left;                      /* bottom and right follow from the sizes */
    int8_t wbits;                                  /* 8 or 4 */
    int16_t groups;                                /* depthwise: in_c; stem, pointwise: 1 */
    /* tile of the fast kernels (nn_scratch.h), 0 for the reference; pointwise: 0 for one pixel */
    int16_t block;
    int32_t in_zp;
    const int8_t *in_zero; /* depthwise: [in_c] zero points, NULL = in_zp for all */
    const void *weights;
    struct nn_output out;
    void (*rows)(void); /* depthwise 3x3, the fast kernel: of nn_depthwise_rows.S */
};

struct nn_add {
    int32_t n; /* elements */
    int32_t mult_a, mult_b, off, shift;
    /* Channels, each with its own multipliers (mult_a in the low half, mult_b in the high half) and
     * offset; 0 = the same for all. */
    int32_t c;
    const int32_t *mult, *offs; /* [c] */
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

struct nn_scale {
    int32_t pixels;
    int16_t c, groups;
    int16_t sets; /* 1, 2 or 4 */
    int16_t base[4];
    int32_t in_zp, mult, off, shift;
};

struct nn_concat {
    int32_t pixels;
    int16_t c[2];
    int32_t mult[2], off[2], shift[2];
};

/* slice: channels from `first` on; shuffle: `first` rows of channels, transposed */
struct nn_channels {
    int32_t pixels;
    int16_t in_c, out_c, first;
};

struct nn_table {
    int32_t n;
    const int8_t *lut; /* [256] */
};

struct nn_move { /* out[out_first + i.out_step] = in[in_first + i.in_step] for i in the box n */
    int32_t n[4], in_step[4], out_step[4], in_first, out_first;
    int32_t bytes,
        fill; /* of the output, and what the rest of it holds; bytes 0: there is no rest */
};

enum nn_combination {
    NN_ADD,
    NN_SUBTRACT,
    NN_SUBTRACT_FROM, /* b - a */
    NN_MULTIPLY,
    NN_LARGER,
    NN_SMALLER,
    NN_SQUARED_DIFFERENCE,
    NN_PRELU /* a, where it is negative times b */
};
struct nn_combine { /* the output is dense */
    int32_t n[4], a_step[4], b_step[4];
    int32_t kind;
    int32_t zp_a, zp_b, zp, act_min, act_max;
    struct nn_fixed a, b, out;
    const int8_t *constant; /* stands for b, or NULL */
};

enum nn_reduction { NN_MEAN, NN_LARGEST, NN_SMALLEST };
struct nn_reduce { /* n, step: two dimensions that stay, then two that are reduced */
    int32_t n[4], step[4];
    int32_t kind;
    int32_t in_zp, zp;
    struct nn_fixed out;
};

/* Values of a row: the sum of as many exponentials, of 19 bits each, stays below 2^31. */
enum { NN_SOFTMAX_MOST = 4095 };
struct nn_softmax {
    int32_t rows, n;
    struct nn_fixed in;
    int32_t least; /* differences to the largest below this count as nothing */
};

struct nn_resize {
    int16_t in_h, in_w, out_h, out_w, c;
    int8_t bilinear, corners, half; /* corners meet; pixels are asked at their centres */
};

/* any convolution, with the output stage of .tflite files; weights less a zero point */
struct nn_exact {
    int16_t in_h, in_w, in_c, out_h, out_w, out_c;
    int8_t kernel, kernel_x, stride, stride_x;
    int8_t pad_top, pad_left;
    int8_t act_min, act_max;
    int16_t groups;
    int32_t in_zp, weight_zp;
    const int8_t *weights;
    const int32_t *mult, *off, *shifts, *bias;
};

/* `scratch` is 16-byte aligned, of nn_*_scratch() bytes (nn_scratch.h; none for the reference
 * kernels), contents free. Inputs and outputs may not overlap, except for the fast kernels as
 * workloads/kernels/kernel_memory.c knows them. */
/* 3x3 conv + 2x2 max pool, stride 2 each; no lut */
void nn_stem_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
/* any window, any groups */
void nn_conv_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
/* strides 1 and 2, up to 1 pixel of padding */
void nn_depthwise3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
/* any window, stride_x 1 or 2; out_c a multiple of in_c */
void nn_depthwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void nn_pointwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void nn_max_pool_s8(const struct nn_conv *p, const int8_t *in, int8_t *out);
/* out may be a or b */
void nn_add_s8(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *out);
void nn_global_avg_pool_s8(const struct nn_pool *p, const int8_t *in, int8_t *out);
void nn_fully_connected_s8(const struct nn_fc *p, const int8_t *in, int32_t *logits, void *scratch);
void nn_scale_s8(const struct nn_scale *p, const int8_t *in, const int8_t *factor, int8_t *out,
                 void *scratch);
void nn_concat_s8(const struct nn_concat *p, const int8_t *a, const int8_t *b, int8_t *out);
void nn_slice_s8(const struct nn_channels *p, const int8_t *in, int8_t *out);
void nn_channel_shuffle_s8(const struct nn_channels *p, const int8_t *in, int8_t *out);
void nn_table_s8(const struct nn_table *p, const int8_t *in, int8_t *out); /* out may be in */
void nn_move_s8(const struct nn_move *p, const int8_t *in, int8_t *out);
void nn_combine_s8(const struct nn_combine *p, const int8_t *a, const int8_t *b,
                   int8_t *out); /* without steps of 0, out may be a or b */
void nn_reduce_s8(const struct nn_reduce *p, const int8_t *in, int8_t *out);
void nn_average_pool_s8(const struct nn_conv *p, const int8_t *in, int8_t *out);
void nn_softmax_s8(const struct nn_softmax *p, const int8_t *in, int8_t *out); /* out may be in */
void nn_resize_s8(const struct nn_resize *p, const int8_t *in, int8_t *out);
void nn_exact_s8(const struct nn_exact *p, const int8_t *in, int8_t *out, void *scratch);

/* Bytes of the descriptors on the target. */
enum {
    NN_CONV_BYTES = 68,
    NN_ADD_BYTES = 32,
    NN_POOL_BYTES = 40,
    NN_FC_BYTES = 24,
    NN_SCALE_BYTES = 36,
    NN_CONCAT_BYTES = 32,
    NN_CHANNELS_BYTES = 12,
    NN_TABLE_BYTES = 8,
    NN_MOVE_BYTES = 64,
    NN_COMBINE_BYTES = 100,
    NN_REDUCE_BYTES = 52,
    NN_SOFTMAX_BYTES = 20,
    NN_RESIZE_BYTES = 14,
    NN_EXACT_BYTES = 52
};
#ifdef __arm__
_Static_assert(sizeof(struct nn_conv) == NN_CONV_BYTES && sizeof(struct nn_add) == NN_ADD_BYTES &&
                   sizeof(struct nn_pool) == NN_POOL_BYTES && sizeof(struct nn_fc) == NN_FC_BYTES &&
                   sizeof(struct nn_scale) == NN_SCALE_BYTES &&
                   sizeof(struct nn_concat) == NN_CONCAT_BYTES &&
                   sizeof(struct nn_channels) == NN_CHANNELS_BYTES &&
                   sizeof(struct nn_table) == NN_TABLE_BYTES &&
                   sizeof(struct nn_move) == NN_MOVE_BYTES &&
                   sizeof(struct nn_combine) == NN_COMBINE_BYTES &&
                   sizeof(struct nn_reduce) == NN_REDUCE_BYTES &&
                   sizeof(struct nn_softmax) == NN_SOFTMAX_BYTES &&
                   sizeof(struct nn_resize) == NN_RESIZE_BYTES &&
                   sizeof(struct nn_exact) == NN_EXACT_BYTES,
               "a descriptor has another size");
#endif

#endif
