/* Random numbers. They are a fixed sequence, so that runs repeat. */
#include "sim/devices/device.h"

enum {
    CR = 0x00,
    SR = 0x04,
    DR = 0x08,
    RNGEN = 1 << 2,
    IE = 1 << 3,
    DRDY = 1 << 0,
};

struct rng {
    struct device d;
    uint32_t control;
    uint64_t state;
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    (void)keys;
    (void)e;
    ((struct rng *)d)->state = 0x9e3779b97f4a7c15u;
    return true;
}

/* Marsaglia's xorshift with shifts 13, 7, 17. */
static uint32_t next(struct rng *r)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)(r->state >> 32);
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    struct rng *r = (struct rng *)d;
    *v = off == SR ? (r->control & RNGEN ? DRDY : 0) : off == DR ? next(r) : r->control;
    return true;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    (void)size;
    if (off == CR) {
        ((struct rng *)d)->control = v;
        device_line(d, 0, (v & (RNGEN | IE)) == (RNGEN | IE)); /* a number is always ready */
    }
    return true;
}

const struct device_class device_rng = {
    .name = "rng",
    .bytes = sizeof(struct rng),
    .open = open,
    .read = read,
    .write = write,
};
