/* Timers: count up, prescaler, reload, one pulse, update and compare interrupts. Prescaler, reload
 * and compare values are taken at once, not at the next update. Counting down, capture, slave modes
 * and DMA requests are not modelled. */
#include "sim/devices/device.h"

enum { MAX_CHANNELS = 4 };
enum {
    CR1 = 0x00,
    SMCR = 0x08,
    DIER = 0x0c,
    SR = 0x10,
    EGR = 0x14,
    CCMR = 0x18,
    CNT = 0x24,
    PSC = 0x28,
    ARR = 0x2c,
    CCR = 0x34,
};
enum { CEN = 1, URS = 1 << 2, OPM = 1 << 3, DIR = 7 << 4, UIF = 1, UPDATE = 0, COMPARE = 1 };
enum lack { LACK_CAPTURE, LACK_DOWN, LACK_SLAVE, LACK_DMA };

struct timer {
    struct device d;
    int channels;
    uint32_t highest; /* count: 16 or 32 bits */
    uint32_t control; /* CR1, DIER, SR, PSC, ARR, CCR */
    uint32_t enabled;
    uint32_t status;
    uint32_t prescaler;
    uint32_t reload;
    uint32_t compare[MAX_CHANNELS];
    uint32_t held;    /* the count while it is stopped */
    uint64_t start;   /* cycle at which the count was 0, modulo 2^64 */
    uint64_t settled; /* ticks since then for which flags are set */
    uint32_t warned;  /* bits by enum lack */
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct timer *t = (struct timer *)d;
    uint64_t channels = 0, bits = 16;
    if (!desc_opt_u64(keys, "channels", 0, MAX_CHANNELS, &channels, e) ||
        !desc_opt_u64(keys, "bits", 16, 32, &bits, e))
        return false;
    t->channels = (int)channels;
    t->highest = bits == 32 ? UINT32_MAX : UINT16_MAX;
    t->reload = t->highest;
    return true;
}

/* Core cycles of one timer clock: the APB clock, doubled when the APB is divided. */
static uint64_t clock_cycles(const struct timer *t)
{
    uint64_t apb = device_apb_cycles(&t->d), core = device_clocks(&t->d)->bus_ratio;
    return apb > core ? apb / 2 : apb;
}

static uint64_t tick(const struct timer *t)
{
    return clock_cycles(t) * (t->prescaler + 1ull);
}

static uint64_t period(const struct timer *t)
{
    return t->reload + 1ull;
}

static bool runs(const struct timer *t)
{
    return (t->control & CEN) && t->reload;
}

/* Ticks since the counter was 0, whole periods that settle has not taken off included. */
static uint64_t ticks(const struct timer *t, uint64_t now)
{
    return (now - t->start) / tick(t);
}

static bool is_output(const struct timer *t, int channel)
{
    return !(device_word(&t->d, (uint32_t)(CCMR + channel / 2 * 4)) >> channel % 2 * 8 & 3);
}

/* The tick of a period at which a channel compares; behind the reload value, when the counter
 * wraps. */
static uint64_t compare_tick(const struct timer *t, int channel)
{
    return t->compare[channel] <= t->reload ? t->compare[channel] : 0;
}

/* Flags of all that happened until now. */
static void settle(struct timer *t, uint64_t now)
{
    if (!runs(t))
        return;
    uint64_t n = ticks(t, now), p = period(t);
    if ((t->control & OPM) && n > p)
        n = p;
    for (int i = 0; i < t->channels; i++) {
        uint64_t at = compare_tick(t, i);
        if (is_output(t, i) && (n + p - at) / p > (t->settled + p - at) / p)
            t->status |= UIF << (i + 1);
    }
    t->settled = n % p;
    if (n < p)
        return;
    t->status |= UIF;
    t->start += n / p * p * tick(t);
    if (t->control & OPM) {
        t->control &= ~(uint32_t)CEN;
        t->held = 0;
    }
}

static uint32_t count_of(const struct timer *t, uint64_t now)
{
    return runs(t) ? (uint32_t)(ticks(t, now) % period(t)) : t->held;
}

static void set_lines(struct timer *t)
{
    uint32_t due = t->status & t->enabled;
    device_line(&t->d, UPDATE, due & (t->d.irq[COMPARE] < 0 ? 0x1f : UIF));
    device_line(&t->d, COMPARE, due & 0x1e);
}

/* The next moment that some interrupt is enabled for; flags without one are worked out by
 * settle. */
static void expect(struct timer *t)
{
    uint64_t next = NEVER, p = period(t);
    if (runs(t) && t->enabled & UIF)
        next = p;
    for (int i = 0; runs(t) && i < t->channels; i++)
        if (t->enabled >> (i + 1) & 1 && is_output(t, i)) {
            uint64_t at = compare_tick(t, i);
            at += at > t->settled ? 0 : p;
            next = at < next ? at : next;
        }
    device_arm(&t->d, t->d.event, next == NEVER ? NEVER : t->start + next * tick(t));
}

/* Counts on from `count`, at this moment. */
static void restart(struct timer *t, uint32_t count, uint64_t now)
{
    t->held = count;
    t->settled = count;
    t->start = now - count * tick(t);
}

static void fire(void *self, uint64_t at)
{
    struct timer *t = self;
    settle(t, at);
    expect(t);
    set_lines(t);
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    struct timer *t = (struct timer *)d;
    uint64_t now = device_now(d);
    settle(t, now);
    switch (off) {
    case CR1: *v = t->control; return true;
    case DIER: *v = t->enabled; return true;
    case SR: *v = t->status; return true;
    case CNT: *v = count_of(t, now); return true;
    case PSC: *v = t->prescaler; return true;
    case ARR: *v = t->reload; return true;
    case EGR: *v = 0; return true;
    }
    *v = device_word(d, off);
    return true;
}

/* Once for each: what a program asks for and does not get. */
static void lacks(struct timer *t, enum lack what)
{
    static const char *const names[] = {"capture of an input", "counting down", "a slave mode",
                                        "a DMA request"};
    if (!(t->warned >> what & 1))
        device_warn(&t->d, "%s is set up for %s, which is not modelled", t->d.name, names[what]);
    t->warned |= 1u << what;
}

static void tell(struct timer *t, uint32_t off, uint32_t v)
{
    if (off == CR1 && (v & CEN) && (v & DIR))
        lacks(t, LACK_DOWN);
    if (off == DIER && v & 0x7f00)
        lacks(t, LACK_DMA);
    if (off == SMCR && v & 0x10007)
        lacks(t, LACK_SLAVE);
    if ((off == CCMR || off == CCMR + 4) && t->channels && v & 0x303)
        lacks(t, LACK_CAPTURE);
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct timer *t = (struct timer *)d;
    uint64_t now = device_now(d);
    (void)size;
    settle(t, now);
    uint32_t count = count_of(t, now);
    bool was = runs(t), again = off == CNT || off == PSC;
    tell(t, off, v);
    switch (off) {
    case CR1: t->control = v; break;
    case DIER: t->enabled = v; break;
    case SR: t->status &= v; break;
    case EGR:
        t->status |= (v & 1 && !(t->control & URS) ? UIF : 0) | (v & ((2u << t->channels) - 2));
        count = v & 1 ? 0 : count;
        again = v & 1;
        break;
    case CNT: count = v & t->highest; break;
    case PSC: t->prescaler = v & 0xffff; break;
    case ARR:
        t->reload = v & t->highest;
        again = count > t->reload;
        count = again ? 0 : count;
        break;
    default:
        if (off >= CCR && off < CCR + 4u * (unsigned)t->channels)
            t->compare[(off - CCR) / 4] = v & t->highest;
    }
    if (again || was != runs(t))
        restart(t, count, now);
    expect(t);
    set_lines(t);
    return false; /* kept as storage too, for the registers without a rule */
}

const struct device_class device_timer = {
    .name = "timer",
    .bytes = sizeof(struct timer),
    .open = open,
    .read = read,
    .write = write,
    .fire = fire,
};
