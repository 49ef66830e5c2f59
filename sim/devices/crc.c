/* The CRC unit: of fixed polynomial and 32 bits, or (crc2) with any polynomial, 7, 8, 16 or 32 bits
 * and reversed bits. */
#include "sim/devices/device.h"

enum { DR = 0x00, CR = 0x08, INIT = 0x10, POL = 0x14 };
enum { CR_RESET = 1, CR_POLYSIZE = 3, CR_REV_IN = 5, CR_REV_OUT = 1 << 7, CR_KEPT = 0xf8 };

struct crc {
    struct device d;
    uint32_t control;
    uint32_t value;
    uint32_t initial;
    uint32_t polynomial;
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct crc *c = (struct crc *)d;
    (void)keys;
    (void)e;
    c->value = c->initial = UINT32_MAX;
    c->polynomial = 0x04c11db7;
    return true;
}

static bool is_fixed(const struct crc *c)
{
    return c->d.class == &device_crc;
}

static uint32_t reverse(uint32_t v, unsigned bits)
{
    uint32_t r = 0;
    for (unsigned i = 0; i < bits; i++)
        r |= (v >> i & 1) << (bits - 1 - i);
    return r;
}

static unsigned width(const struct crc *c)
{
    static const uint8_t bits[4] = {32, 16, 8, 7};
    return bits[c->control >> CR_POLYSIZE & 3];
}

static uint32_t mask(const struct crc *c)
{
    return UINT32_MAX >> (32 - width(c));
}

/* REV_IN reverses the bits of each byte (1), halfword (2) or word (3) of what is written. */
static uint32_t reverse_input(const struct crc *c, uint32_t v, unsigned bits)
{
    unsigned how = c->control >> CR_REV_IN & 3, chunk = how == 1 ? 8 : how == 2 ? 16 : 32;
    if (chunk > bits)
        chunk = bits;
    for (unsigned at = 0; how && at < bits; at += chunk) {
        uint32_t part = chunk == 32 ? UINT32_MAX : ((1u << chunk) - 1) << at;
        v = (v & ~part) | (reverse(v >> at, chunk) << at & part);
    }
    return v;
}

/* The highest bit comes first. */
static void feed(struct crc *c, uint32_t v, unsigned size)
{
    unsigned bits = is_fixed(c) ? 32 : 8 * size;
    uint32_t value = c->value, top = width(c) - 1;
    v = reverse_input(c, v, bits);
    while (bits-- > 0)
        value = value << 1 ^ ((value >> top ^ v >> bits) & 1 ? c->polynomial : 0);
    c->value = value & mask(c);
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct crc *c = (struct crc *)d;
    if (off == DR) {
        feed(c, v, size);
    } else if (off == CR) {
        c->control = is_fixed(c) ? 0 : v & CR_KEPT;
        if (v & CR_RESET)
            c->value = c->initial & mask(c);
    } else if (off == INIT && !is_fixed(c)) {
        c->initial = v;
        c->value = v & mask(c);
    } else if (off == POL && !is_fixed(c)) {
        c->polynomial = v;
    } else {
        return false;
    }
    return true;
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    const struct crc *c = (const struct crc *)d;
    switch (off) {
    case DR: *v = c->control & CR_REV_OUT ? reverse(c->value, width(c)) : c->value; return true;
    case CR: *v = c->control; return true;
    case INIT: *v = c->initial; return true;
    case POL: *v = c->polynomial; return true;
    }
    return false;
}

const struct device_class device_crc = {
    .name = "crc",
    .bytes = sizeof(struct crc),
    .open = open,
    .read = read,
    .write = write,
};

const struct device_class device_crc2 = {
    .name = "crc2",
    .bytes = sizeof(struct crc),
    .open = open,
    .read = read,
    .write = write,
};
