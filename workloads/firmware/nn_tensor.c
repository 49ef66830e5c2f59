/* Operators of .tflite networks that move, combine and reduce values: one implementation for the
 * host and the target, whatever the kernels; nn.h says what each does. */
#include <string.h>

#include "nn_fixed.h"

void nn_table_s8(const struct nn_table *p, const int8_t *in, int8_t *out)
{
    const int8_t *lut = p->lut + 128;
    int32_t i = 0;
    for (; i + 4 <= p->n; i += 4) {
        int8_t a = lut[in[i]], b = lut[in[i + 1]], c = lut[in[i + 2]], d = lut[in[i + 3]];
        out[i] = a, out[i + 1] = b, out[i + 2] = c, out[i + 3] = d;
    }
    for (; i < p->n; i++)
        out[i] = lut[in[i]];
}

void nn_move_s8(const struct nn_move *p, const int8_t *in, int8_t *out)
{
    const int32_t *n = p->n, *from = p->in_step, *to = p->out_step;
    if (p->bytes)
        memset(out, p->fill, (size_t)p->bytes);
    for (int32_t i = 0; i < n[0]; i++)
        for (int32_t j = 0; j < n[1]; j++)
            for (int32_t k = 0; k < n[2]; k++) {
                const int8_t *x = in + p->in_first + i * from[0] + j * from[1] + k * from[2];
                int8_t *y = out + p->out_first + i * to[0] + j * to[1] + k * to[2];
                if (from[3] == 1 && to[3] == 1) {
                    memcpy(y, x, (size_t)n[3]);
                    continue;
                }
                for (int32_t m = 0; m < n[3]; m++)
                    y[m * to[3]] = x[m * from[3]];
            }
}

/* ---- two maps ---- */

enum { SUM_BITS = 20 };

/* A value and what becomes of it: kept in registers. */
struct sums {
    int32_t zp_a, zp_b, mult_a, mult_b, shift_a, shift_b, mult, shift, zp, low, high;
};

/* |v| is at most 255, so that sums stay below 2^30. */
static inline __attribute__((always_inline)) int32_t scaled(int32_t v, int32_t mult, int32_t shift)
{
    v = nn_high_small(v * (1 << SUM_BITS), mult);
    return shift ? nn_divide_small(v, shift) : v;
}

static inline __attribute__((always_inline)) int8_t
combined(const struct nn_combine *p, const struct sums *s, int kind, int32_t a, int32_t b)
{
    int32_t v;
    switch (kind) {
    case NN_LARGER: return (int8_t)(a > b ? a : b);
    case NN_SMALLER: return (int8_t)(a < b ? a : b);
    case NN_MULTIPLY: v = nn_times((a - s->zp_a) * (b - s->zp_b), p->out); break;
    case NN_PRELU:
        v = a >= s->zp_a ? nn_times(a - s->zp_a, p->a)
                         : nn_times((a - s->zp_a) * (b - s->zp_b), p->out);
        break;
    default: {
        int32_t x = scaled(a - s->zp_a, s->mult_a, s->shift_a),
                y = scaled(b - s->zp_b, s->mult_b, s->shift_b);
        v = kind == NN_ADD ? x + y : kind == NN_SUBTRACT ? x - y : y - x;
        v = nn_high_small(v, s->mult);
        v = s->shift ? nn_divide_small(v, s->shift) : v;
    }
    }
    v += s->zp;
    return (int8_t)(v < s->low ? s->low : v > s->high ? s->high : v);
}

static inline __attribute__((always_inline)) void
combine(const struct nn_combine *p, int kind, const int8_t *a, const int8_t *b, int8_t *out)
{
    const int32_t *n = p->n, *sa = p->a_step, *sb = p->b_step;
    const struct sums s = {p->zp_a,     p->zp_b,     p->a.mult,   p->b.mult,
                           -p->a.shift, -p->b.shift, p->out.mult, -p->out.shift,
                           p->zp,       p->act_min,  p->act_max};
    int32_t step_a = sa[3], step_b = sb[3];
    for (int32_t i = 0; i < n[0]; i++)
        for (int32_t j = 0; j < n[1]; j++)
            for (int32_t k = 0; k < n[2]; k++) {
                const int8_t *x = a + i * sa[0] + j * sa[1] + k * sa[2],
                             *y = b + i * sb[0] + j * sb[1] + k * sb[2];
                for (const int8_t *end = out + n[3]; out < end; x += step_a, y += step_b)
                    *out++ = combined(p, &s, kind, *x, *y);
            }
}

/* (a - b)^2, with the factors of a difference of 7 bits before the square. */
static void squared_difference(const struct nn_combine *p, const int8_t *a, const int8_t *b,
                               int8_t *out)
{
    const int32_t *n = p->n, *sa = p->a_step, *sb = p->b_step;
    for (int32_t i = 0; i < n[0] * n[1] * n[2] * n[3]; i++) {
        int32_t m = i % n[3], k = i / n[3] % n[2], j = i / n[3] / n[2] % n[1],
                h = i / n[3] / n[2] / n[1];
        int32_t x = a[h * sa[0] + j * sa[1] + k * sa[2] + m * sa[3]] - p->zp_a,
                y = b[h * sb[0] + j * sb[1] + k * sb[2] + m * sb[3]] - p->zp_b;
        int32_t d = nn_times(x * (1 << 7), p->a) - nn_times(y * (1 << 7), p->b);
        out[i] = nn_clamp(nn_times(d * d, p->out) + p->zp, p->act_min, p->act_max);
    }
}

void nn_combine_s8(const struct nn_combine *p, const int8_t *a, const int8_t *b, int8_t *out)
{
    if (p->constant)
        b = p->constant;
    switch ((enum nn_combination)p->kind) {
    case NN_ADD: combine(p, NN_ADD, a, b, out); break;
    case NN_SUBTRACT: combine(p, NN_SUBTRACT, a, b, out); break;
    case NN_SUBTRACT_FROM: combine(p, NN_SUBTRACT_FROM, a, b, out); break;
    case NN_MULTIPLY: combine(p, NN_MULTIPLY, a, b, out); break;
    case NN_LARGER: combine(p, NN_LARGER, a, b, out); break;
    case NN_SMALLER: combine(p, NN_SMALLER, a, b, out); break;
    case NN_PRELU: combine(p, NN_PRELU, a, b, out); break;
    case NN_SQUARED_DIFFERENCE: squared_difference(p, a, b, out); break;
    }
}

/* ---- reductions and windows ---- */

static int8_t reduced(const struct nn_reduce *p, const int8_t *in)
{
    const int32_t *n = p->n, *step = p->step;
    int32_t sum = 0, least = 127, most = -128;
    for (int32_t i = 0; i < n[2]; i++) {
        const int8_t *x = in + i * step[2];
        for (int32_t j = 0; j < n[3]; j++, x += step[3]) {
            sum += *x;
            least = *x < least ? *x : least;
            most = *x > most ? *x : most;
        }
    }
    if (p->kind != NN_MEAN)
        return (int8_t)(p->kind == NN_LARGEST ? most : least);
    return nn_clamp(nn_times(sum - p->in_zp * n[2] * n[3], p->out) + p->zp, -128, 127);
}

void nn_reduce_s8(const struct nn_reduce *p, const int8_t *in, int8_t *out)
{
    const int32_t *n = p->n, *step = p->step;
    for (int32_t i = 0; i < n[0]; i++) {
        const int8_t *x = in + i * step[0];
        int32_t j = 0;
        /* Four neighbouring channels at a time: the map is read in order. */
        for (; p->kind == NN_MEAN && step[1] == 1 && j + 4 <= n[1]; j += 4, x += 4) {
            int32_t sum[4] = {0}, none = p->in_zp * n[2] * n[3];
            for (int32_t k = 0; k < n[2]; k++) {
                const int8_t *y = x + k * step[2];
                for (int32_t m = 0; m < n[3]; m++, y += step[3])
                    sum[0] += y[0], sum[1] += y[1], sum[2] += y[2], sum[3] += y[3];
            }
            for (int k = 0; k < 4; k++)
                *out++ = nn_clamp(nn_times(sum[k] - none, p->out) + p->zp, -128, 127);
        }
        for (; j < n[1]; j++, x += step[1])
            *out++ = reduced(p, x);
    }
}

void nn_average_pool_s8(const struct nn_conv *p, const int8_t *in, int8_t *out)
{
    int32_t row = p->in_w * p->in_c;
    for (int y = 0, y0 = -p->pad_top; y < p->out_h; y++, y0 += p->stride) {
        int top = y0 < 0 ? 0 : y0, bottom = y0 + p->kernel < p->in_h ? y0 + p->kernel : p->in_h;
        for (int x = 0, x0 = -p->pad_left; x < p->out_w; x++, x0 += p->stride_x) {
            int left = x0 < 0 ? 0 : x0,
                right = x0 + p->kernel_x < p->in_w ? x0 + p->kernel_x : p->in_w;
            int32_t n = (bottom - top) * (right - left);
            const int8_t *from = in + top * row + left * p->in_c;
            for (int c = 0; c < p->in_c; c++, from++) {
                int32_t sum = 0;
                const int8_t *at = from;
                for (int i = top; i < bottom; i++, at += row) {
                    const int8_t *px = at;
                    for (int j = left; j < right; j++, px += p->in_c)
                        sum += *px;
                }
                *out++ = (int8_t)(sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n);
            }
        }
    }
}

/* ---- softmax ---- */

enum { DIFFERENCE_BITS = 5, SUM_INTEGER_BITS = 12 }; /* before the point */

void nn_softmax_s8(const struct nn_softmax *p, const int8_t *in, int8_t *out)
{
    for (int32_t row = 0; row < p->rows; row++, in += p->n, out += p->n) {
        int32_t most = -128, sum = 0;
        for (int32_t i = 0; i < p->n; i++)
            most = in[i] > most ? in[i] : most;
        for (int32_t i = 0; i < p->n; i++)
            if (in[i] - most >= p->least)
                sum += nn_divide(
                    nn_exp_negative(nn_high(nn_left(in[i] - most, p->in.shift), p->in.mult),
                                    DIFFERENCE_BITS),
                    SUM_INTEGER_BITS);
        int zeros = __builtin_clz((uint32_t)sum);
        int32_t above = (int32_t)(((uint32_t)sum << zeros) - (UINT32_C(1) << 31));
        int32_t part = nn_left_saturated(nn_reciprocal(above), 1);
        int32_t exponent = SUM_INTEGER_BITS - zeros + 31 - 8;
        if (exponent > 31) /* 2^-32 of any product is nothing */
            exponent = 31, part = 0;
        for (int32_t i = 0; i < p->n; i++) {
            int32_t v = 0, d = in[i] - most;
            if (d >= p->least)
                v = nn_divide(
                    nn_high(part, nn_exp_negative(nn_high(nn_left(d, p->in.shift), p->in.mult),
                                                  DIFFERENCE_BITS)),
                    exponent);
            out[i] = nn_clamp(v - 128, -128, 127);
        }
    }
}

/* ---- resize ---- */

static int32_t nearest(int32_t at, int32_t in, int32_t out, int corners, int half)
{
    float scale = corners && out > 1 ? (float)(in - 1) / (float)(out - 1) : (float)in / (float)out;
    float x = ((float)at + (half ? 0.5f : 0.0f)) * scale;
    int32_t i = (int32_t)(corners ? x + 0.5f : x);
    return i < in - 1 ? i : in - 1;
}

enum { POSITION = 1 << 10 };

/* Position of output row or column `at` in the input, and the pixels before and behind it. As the
 * scale is rounded, the last positions can lie behind the last pixel. */
static int32_t between(int32_t at, int32_t in, int32_t out, int corners, int half, int32_t *before,
                       int32_t *behind)
{
    int32_t scale = corners && out > 1 ? (POSITION * (in - 1) + (out - 1) / 2) / (out - 1)
                                       : (POSITION * in + out / 2) / out;
    int32_t x = at * scale + (half ? scale / 2 - POSITION / 2 : 0), low = x / POSITION,
            high = (x + POSITION - 1) / POSITION;
    *before = low < 0 ? 0 : low < in - 1 ? low : in - 1;
    *behind = high < in - 1 ? high : in - 1;
    return x;
}

void nn_resize_s8(const struct nn_resize *p, const int8_t *in, int8_t *out)
{
    int32_t row = p->in_w * p->c;
    for (int y = 0; y < p->out_h; y++) {
        int32_t y0, y1, fy = between(y, p->in_h, p->out_h, p->corners, p->half, &y0, &y1);
        for (int x = 0; x < p->out_w; x++, out += p->c) {
            if (!p->bilinear) {
                int32_t iy = nearest(y, p->in_h, p->out_h, p->corners, p->half),
                        ix = nearest(x, p->in_w, p->out_w, p->corners, p->half);
                memcpy(out, in + iy * row + ix * p->c, (size_t)p->c);
                continue;
            }
            int32_t x0, x1, fx = between(x, p->in_w, p->out_w, p->corners, p->half, &x0, &x1);
            int32_t down = fy - POSITION * y0, right = fx - POSITION * x0;
            for (int c = 0; c < p->c; c++) {
                int64_t v =
                    (int64_t)in[y0 * row + x0 * p->c + c] * (POSITION - down) * (POSITION - right) +
                    (int64_t)in[y1 * row + x0 * p->c + c] * down * (POSITION - right) +
                    (int64_t)in[y0 * row + x1 * p->c + c] * (POSITION - down) * right +
                    (int64_t)in[y1 * row + x1 * p->c + c] * down * right;
                out[c] = (int8_t)((v + (v > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
            }
        }
    }
}
