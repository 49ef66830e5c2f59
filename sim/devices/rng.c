/* Random numbers. They are a fixed sequence, so that runs repeat. A word, or a set of them, takes
 * its time; as many as the port holds are made ahead. */
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
    /* how long a set of words takes: clocks of hz, and at least so many of the AHB */
    uint64_t hz;
    uint64_t clocks;
    uint64_t bus_clocks;
    uint64_t set;   /* words of a set */
    uint64_t room;  /* words that it holds */
    uint64_t words; /* that are ready */
    uint64_t since; /* when the next set was begun; NEVER: there is no room, or it is off */
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct rng *r = (struct rng *)d;
    r->state = 0x9e3779b97f4a7c15u;
    r->since = NEVER;
    r->set = r->room = 1;
    return desc_map_u64(keys, "hz", 1, 1000000000, &r->hz, e) &&
           desc_map_u64(keys, "clocks", 1, 10000, &r->clocks, e) &&
           desc_opt_u64(keys, "bus_clocks", 0, 10000, &r->bus_clocks, e) &&
           desc_opt_u64(keys, "set", 1, 64, &r->set, e) &&
           desc_opt_u64(keys, "room", r->set, 64, &r->room, e);
}

/* Marsaglia's xorshift with shifts 13, 7, 17. */
static uint32_t next(struct rng *r)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)(r->state >> 32);
}

/* Core cycles. */
static uint64_t set_cycles(const struct rng *r)
{
    const struct clocks *c = device_clocks(&r->d);
    uint64_t n = (r->clocks * c->core_hz + r->hz - 1) / r->hz, least = r->bus_clocks * c->bus_ratio;
    return n > least ? n : least;
}

/* Brings it up to `now`: sets that are done, the interrupt, and when the next one is. */
static void settle(struct rng *r, uint64_t now)
{
    uint64_t each = set_cycles(r);
    while (r->since != NEVER && now - r->since >= each && r->since <= now) {
        r->words += r->set;
        r->since = r->words + r->set <= r->room ? r->since + each : NEVER;
    }
    device_line(&r->d, 0, r->control & IE && r->control & RNGEN && r->words);
    device_arm(&r->d, r->d.event, r->since == NEVER ? NEVER : r->since + each);
}

static void done(void *self, uint64_t at)
{
    settle(self, at);
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    struct rng *r = (struct rng *)d;
    uint64_t now = device_now(d);
    settle(r, now);
    if (off == SR) {
        *v = r->words ? DRDY : 0;
    } else if (off == DR) { /* 0 when there is none */
        *v = r->words ? next(r) : 0;
        r->words -= r->words ? 1 : 0;
        if (r->control & RNGEN && r->since == NEVER && r->words + r->set <= r->room)
            r->since = now;
        settle(r, now);
    } else {
        *v = r->control;
    }
    return true;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct rng *r = (struct rng *)d;
    uint64_t now = device_now(d);
    (void)size;
    if (off == CR) {
        settle(r, now);
        r->control = v;
        if (!(v & RNGEN))
            r->since = NEVER;
        else if (r->since == NEVER && r->words + r->set <= r->room)
            r->since = now;
        settle(r, now);
    }
    return true;
}

const struct device_class device_rng = {
    .name = "rng",
    .bytes = sizeof(struct rng),
    .open = open,
    .read = read,
    .write = write,
    .fire = done,
};
