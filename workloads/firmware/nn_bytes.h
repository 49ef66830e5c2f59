/* Bytes of activations as words, from and to any address. */
#ifndef NN_BYTES_H
#define NN_BYTES_H

#include <stdint.h>

/* Four int8 from any address. */
static inline uint32_t load4(const int8_t *p)
{
    uint32_t v;
    __asm("ldr %0, %1" : "=r"(v) : "m"(*(const int8_t(*)[4])p));
    return v;
}

static inline void store4(int8_t *p, uint32_t v)
{
    __asm("str %1, %0" : "=m"(*(int8_t(*)[4])p) : "r"(v));
}

/* Forwards, whatever the alignment. */
static inline void copy_bytes(int8_t *to, const int8_t *from, int32_t n)
{
    for (; n >= 4; n -= 4, to += 4, from += 4)
        store4(to, load4(from));
    for (; n > 0; n--)
        *to++ = *from++;
}

/* n = 1..3 int8, the missing ones 0. */
static inline uint32_t load_less(const int8_t *p, int n)
{
    uint32_t v = (uint8_t)p[0];
    if (n > 1)
        v |= (uint32_t)(uint8_t)p[1] << 8;
    if (n > 2)
        v |= (uint32_t)(uint8_t)p[2] << 16;
    return v;
}

#endif
