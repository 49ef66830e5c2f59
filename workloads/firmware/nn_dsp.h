/* The DSP instructions the fast kernels use by name. All take and give packed pairs of int16 unless
 * said otherwise. */
#ifndef NN_DSP_H
#define NN_DSP_H

#include <stdint.h>

#include "nn.h"
#include "nn_bytes.h"

#define DSP_OP(name, text)                              \
    static inline uint32_t name(uint32_t a, uint32_t b) \
    {                                                   \
        uint32_t r;                                     \
        __asm(text : "=r"(r) : "r"(a), "r"(b));         \
        return r;                                       \
    }
DSP_OP(add_even, "sxtab16 %0, %1, %2")         /* a + bytes 0 and 2 of b */
DSP_OP(add_odd, "sxtab16 %0, %1, %2, ror #8")  /* a + bytes 1 and 3 of b */
DSP_OP(pack_low, "pkhbt %0, %1, %2, lsl #16")  /* (a low, b low) */
DSP_OP(pack_high, "pkhtb %0, %2, %1, asr #16") /* (a high, b high) */
DSP_OP(sub_pairs, "ssub16 %0, %1, %2")
DSP_OP(smulbb, "smulbb %0, %1, %2") /* the product of the low halves, of the high halves; signed */
DSP_OP(smultt, "smultt %0, %1, %2")
#undef DSP_OP

static inline uint32_t even(uint32_t b)
{
    uint32_t r;
    __asm("sxtb16 %0, %1" : "=r"(r) : "r"(b));
    return r;
}

static inline uint32_t odd(uint32_t b)
{
    uint32_t r;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(r) : "r"(b));
    return r;
}

static inline int32_t smlad(uint32_t a, uint32_t b, int32_t acc)
{
    int32_t r;
    __asm("smlad %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(acc));
    return r;
}

/* The larger of four int8 each. */
static inline uint32_t max4(uint32_t a, uint32_t b)
{
    uint32_t r;
    __asm("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(r) : "r"(a), "r"(b) : "cc");
    return r;
}

static inline int32_t smmlar(int32_t a, int32_t b, int32_t add)
{
    int32_t r;
    __asm("smmlar %0, %1, %2, %3" : "=r"(r) : "r"(a), "r"(b), "r"(add));
    return r;
}

static inline int32_t ssat8(int32_t v)
{
    int32_t r;
    __asm("ssat %0, #8, %1" : "=r"(r) : "r"(v));
    return r;
}

/* 4-bit weights enter as 16 times their value: the nibble stays in the high half of its byte. */
static inline uint32_t low_nibbles(uint32_t v)
{
    return v << 4 & 0xF0F0F0F0u;
}

static inline uint32_t high_nibbles(uint32_t v)
{
    return v & 0xF0F0F0F0u;
}

/* acc[i] = x[i] . w + add for four pairs, then shift and saturate all: side by side, since each
 * step waits for the one before. */
static inline void smlad4_shift_ssat8(const uint32_t *x, uint32_t w, int32_t add, int32_t shift,
                                      int32_t *r)
{
    __asm("smlad %0, %4, %8, %9\n\tsmlad %1, %5, %8, %9\n\tsmlad %2, %6, %8, %9\n\tsmlad %3, %7, "
          "%8, %9\n\t"
          "asr.w %0, %0, %10\n\tasr.w %1, %1, %10\n\tasr.w %2, %2, %10\n\tasr.w %3, %3, %10\n\t"
          "ssat %0, #8, %0\n\tssat %1, #8, %1\n\tssat %2, #8, %2\n\tssat %3, #8, %3"
          : "=&r"(r[0]), "=&r"(r[1]), "=&r"(r[2]), "=&r"(r[3])
          : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(w), "r"(add), "r"(shift));
}

static inline uint32_t pair(int32_t low, int32_t high)
{
    return (uint32_t)(uint16_t)low | (uint32_t)high << 16;
}

/* Weight i of a tensor of 8- or 4-bit weights. */
static inline int32_t weight_at(const void *weights, int wbits, uint32_t i)
{
    if (wbits == 8)
        return ((const int8_t *)weights)[i];
    uint32_t byte = ((const uint8_t *)weights)[i >> 1];
    return (int8_t)((i & 1 ? byte : byte << 4) & 0xF0);
}

/* Of channel c with a shift of its own, to the right: the zero point and a half, before that
 * shift. */
static inline int32_t nn_exact_offset(const struct nn_output *o, int c)
{
    return (2 * nn_off(o, c) + 1) << (-o->shifts[c] - 1);
}

/* Each of `rows` rows of k weights by (in - in_zp); x: room for k widened inputs, a multiple of 4.
 */
void nn_vector_sums(const void *weights, int wbits, uint32_t k, uint32_t rows, const int8_t *in,
                    int32_t in_zp, uint32_t *x, int32_t *sums);

/* Kernels saturate to int8; a narrower range, and a look-up, are one more pass. */
void nn_finish(int8_t *v, int32_t n, const struct nn_output *o);
static inline void finish_all(int8_t *v, int32_t n, const struct nn_output *o)
{
    if (o->act_min > -128 || o->act_max < 127 || o->lut)
        nn_finish(v, n, o);
}

#endif
