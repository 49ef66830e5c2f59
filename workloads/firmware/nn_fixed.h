/* Fixed-point arithmetic of quantised TensorFlow Lite networks (key tflite-quant-spec), on the
 * host and on the target. A result that differs from it by one level somewhere is another network;
 * so each rounding is the one that is specified. */
#ifndef NN_FIXED_H
#define NN_FIXED_H

#include <stdint.h>

#include "nn.h"

/* a * b / 2^31, halves upwards; saturated where both are -2^31. Right shifts of negative numbers
 * are arithmetic, as GCC has them. */
static inline int32_t nn_high(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN)
        return INT32_MAX;
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* The same for |a| below 2^30. */
static inline int32_t nn_high_small(int32_t a, int32_t b)
{
#ifdef __ARM_FEATURE_DSP
    int32_t r;
    __asm("smmulr %0, %1, %2" : "=r"(r) : "r"(2 * a), "r"(b));
    return r;
#else
    return nn_high(a, b);
#endif
}

/* v / 2^n, halves away from zero; n = 0..31. */
static inline int32_t nn_divide(int32_t v, int32_t n)
{
    int32_t mask = (int32_t)((UINT32_C(1) << n) - 1), rest = v & mask,
            half = (mask >> 1) + (v < 0 ? 1 : 0);
    return (v >> n) + (rest > half ? 1 : 0);
}

/* v * 2^n, wrapping as the specified arithmetic does on sums that no network makes. */
static inline int32_t nn_left(int32_t v, int32_t n)
{
    return (int32_t)((uint32_t)v << n);
}

/* v times the real number mult / 2^31 * 2^shift: shifted left before, or right after, the product.
 * */
static inline int32_t nn_times(int32_t v, struct nn_fixed f)
{
    return f.shift > 0 ? nn_high(nn_left(v, f.shift), f.mult)
                       : nn_divide(nn_high(v, f.mult), -f.shift);
}

/* v / 2^n, halves away from zero, for n of at least 1 and v that stays within 32 bits with half of
 * 2^n. */
static inline int32_t nn_divide_small(int32_t v, int32_t n)
{
    return (v + (v >> 31) + (1 << (n - 1))) >> n;
}

static inline int8_t nn_clamp(int32_t v, int32_t low, int32_t high)
{
    return (int8_t)(v < low ? low : v > high ? high : v);
}

/* v * 2^n, saturated. */
static inline int32_t nn_left_saturated(int32_t v, int32_t n)
{
    int32_t most = INT32_MAX >> n;
    return v > most ? INT32_MAX : v < -most ? INT32_MIN : nn_left(v, n);
}

/* exp(a) for a in [-1/4, 0), in and out with 31 fractional bits: Taylor around -1/8 to the fourth
 * power. */
static inline int32_t nn_exp_quarter(int32_t a)
{
    const int32_t at_eighth = 1895147668, third = 715827883;
    int32_t x = a + (1 << 28), x2 = nn_high(x, x), x3 = nn_high(x2, x), x4 = nn_high(x2, x2);
    int32_t rest = nn_divide(nn_high(nn_divide(x4, 2) + x3, third) + x2, 1);
    return at_eighth + nn_high(at_eighth, x + rest);
}

/* exp(a) for a <= 0 that has `integer` bits before the point, 4 or 5; out with 31 fractional bits.
 * */
static inline int32_t nn_exp_negative(int32_t a, int32_t integer)
{
    static const int32_t power[] = {1672461947, 1302514674, 790015084, 290630308,
                                    39332535,   720401,     242}; /* exp(-1/4), exp(-1/2), ... */
    int32_t fraction = 31 - integer, quarter = 1 << (fraction - 2),
            part = (a & (quarter - 1)) - quarter;
    int32_t result = nn_exp_quarter(nn_left_saturated(part, integer)), rest = part - a;
    if (a == 0)
        return INT32_MAX;
    for (int32_t i = 0; i < integer + 2; i++)
        if (rest >> (fraction - 2 + i) & 1)
            result = nn_high(result, power[i]);
    return result;
}

/* 1 / (1 + a) for a in [0, 1], with 29 fractional bits: Newton's division on half the denominator.
 * */
static inline int32_t nn_reciprocal(int32_t a)
{
    int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2),
            x = 1515870810 + nn_high(half, -1010580540);
    for (int i = 0; i < 3; i++)
        x += nn_left_saturated(nn_high(x, (1 << 29) - nn_high(half, x)), 2);
    return x; /* twice the value, as half the denominator was divided by */
}

#endif
