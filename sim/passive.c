/* Peripherals that only answer: RNG, CRC, GPIO, hardware semaphores. */
#include "sim/device.h"

static uint32_t rng_next(struct device *d)
{
    d->seed ^= d->seed << 13;
    d->seed ^= d->seed >> 7;
    d->seed ^= d->seed << 17;
    return (uint32_t)(d->seed >> 32);
}

static uint32_t reverse(uint32_t v, unsigned bits)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < bits; i++)
        r |= (v >> i & 1) << (bits - 1 - i);
    return r;
}

/* POLYSIZE, ctrl bits 4:3. */
static unsigned crc_bits(const struct device *d)
{
    static const uint8_t bits[4] = {32, 16, 8, 7};
    return bits[d->ctrl >> 3 & 3];
}

static uint32_t crc_mask(const struct device *d)
{
    return UINT32_MAX >> (32 - crc_bits(d));
}

/* The CRC unit, highest bit first. ctrl bits 6:5 reverse the input by byte, halfword or word, bit 7 the output. */
static void crc_feed(struct device *d, uint32_t v, unsigned size)
{
    unsigned bits = d->kind == KIND_CRC ? 32 : 8 * size, how = d->ctrl >> 5 & 3, chunk = how == 1 ? 8 : how == 2 ? 16 : 32;
    if (how && chunk > bits)
        chunk = bits;
    for (unsigned at = 0; how && at < bits; at += chunk) {
        uint32_t mask = chunk == 32 ? UINT32_MAX : ((1u << chunk) - 1) << at;
        v = (v & ~mask) | (reverse(v >> at, chunk) << at & mask);
    }
    uint32_t c = d->status, top = crc_bits(d) - 1;
    while (bits-- > 0)
        c = c << 1 ^ ((c >> top ^ v >> bits) & 1 ? d->pol : 0);
    d->status = c & crc_mask(d);
}

static bool crc_write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    if (off == 0)
        crc_feed(d, v, size);
    else if (off == 8) {
        d->ctrl = d->kind == KIND_CRC ? 0 : v & 0xf8;
        if (v & 1)
            d->status = d->reload & crc_mask(d);
    } else if (off == 0x10 && d->kind == KIND_CRC2) {
        d->reload = v;
        d->status = v & crc_mask(d);
    } else if (off == 0x14 && d->kind == KIND_CRC2)
        d->pol = v;
    else
        return false;
    return true;
}

static bool crc_read(struct device *d, uint32_t off, uint32_t *v)
{
    switch (off) {
    case 0x00: *v = d->ctrl & 0x80 ? reverse(d->status, crc_bits(d)) : d->status; return true;
    case 0x08: *v = d->ctrl; return true;
    case 0x10: *v = d->reload; return true;
    case 0x14: *v = d->pol; return true;
    }
    return false;
}

/* GPIO: what is written to ODR, BSRR or BRR reads back. Outputs read as driven, inputs as pulled, else low: nothing is
 * connected. */
static bool gpio_read(struct device *d, uint32_t off, uint32_t *v)
{
    uint32_t mode = periph_word(d->m, d->base), pull = periph_word(d->m, d->base + 0x0c), odr = periph_word(d->m, d->base + 0x14);
    if (off == 0x18 || off == 0x28) {
        *v = 0; /* write-only */
        return true;
    }
    if (off != 0x10)
        return false;
    *v = 0;
    for (unsigned i = 0; i < 16; i++)
        *v |= (mode >> 2 * i & 3) == 1 ? odr & 1u << i : (uint32_t)((pull >> 2 * i & 3) == 1) << i;
    return true;
}

static bool gpio_write(struct device *d, uint32_t addr, unsigned size, uint32_t v)
{
    uint32_t off = (addr - d->base) & ~3u, odr = periph_word(d->m, d->base + 0x14);
    v <<= 8 * (addr & 3);
    if (off == 0x18)
        odr = (odr & ~(v >> 16)) | (v & 0xffff);
    else if (off == 0x28)
        odr &= ~(v & 0xffff);
    else
        return false;
    (void)size;
    periph_write(d->m, d->base + 0x14, 4, odr);
    return true;
}

/* Semaphores of STM32H7: R (two steps) and RLR (one step) of each of 32, and the interrupt that tells of a release. */
#define LOCK (1u << 31)
enum { CORE = 3 << 8 /* what the Cortex-M7 is known as */ };

static bool hsem_read(struct device *d, uint32_t off, uint32_t *v)
{
    if (off < 0x80)
        return false;
    if (off < 0x100) {
        uint32_t r = d->base + off - 0x80;
        *v = periph_word(d->m, r);
        if (!(*v & LOCK))
            periph_write(d->m, r, 4, *v = LOCK | CORE);
        return true;
    }
    switch (off) {
    case 0x108: *v = d->status; return true;
    case 0x10c: *v = d->status & d->enable; return true;
    }
    return false;
}

static bool hsem_write(struct device *d, uint32_t off, uint32_t v)
{
    uint32_t now = periph_word(d->m, d->base + off);
    if (off == 0x100)
        d->enable = v;
    else if (off == 0x104)
        d->status &= ~v;
    else if (off >= 0x80)
        return false;
    else if (now & LOCK && (v & LOCK || (v ^ now) & 0xfff))
        return true; /* taken by another process */
    else if (now & LOCK)
        d->status |= 1u << off / 4;
    device_line(d, d->status & d->enable);
    return false;
}

bool passive_read(struct device *d, uint32_t off, uint32_t *v)
{
    switch (d->kind) {
    case KIND_RNG:
        *v = off == 4 ? (d->ctrl & 4) >> 2 : off == 8 ? rng_next(d) : d->ctrl;
        return true;
    case KIND_GPIO: return gpio_read(d, off, v);
    case KIND_HSEM: return hsem_read(d, off, v);
    default: return crc_read(d, off, v);
    }
}

bool passive_write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    switch (d->kind) {
    case KIND_RNG:
        if (off == 0) {
            d->ctrl = v;
            device_line(d, (v & 0xc) == 0xc); /* enabled, with interrupts: a number is always ready */
        }
        return true;
    case KIND_GPIO: return gpio_write(d, d->base + off, size, v);
    case KIND_HSEM: return hsem_write(d, off & ~3u, v);
    default: return crc_write(d, off, size, v);
    }
}
