/* Timers: count up, prescaler, reload, one pulse, update and compare interrupts. Prescaler, reload and compare values are
 * taken at once, not at the next update. Counting down, capture, slave modes and DMA requests are not modelled. */
#include "sim/device.h"

enum {
    CR1 = 0x00, SMCR = 0x08, DIER = 0x0c, SR = 0x10, EGR = 0x14, CCMR = 0x18, CNT = 0x24, PSC = 0x28, ARR = 0x2c, CCR = 0x34,
    CEN = 1, URS = 1 << 2, OPM = 1 << 3, DIR = 7 << 4, UIF = 1,
};

enum lack { LACK_CAPTURE, LACK_DOWN, LACK_SLAVE, LACK_DMA };

/* Core cycles of one timer clock: the APB clock, doubled when the APB is divided. */
static uint64_t timer_cycles(const struct device *d)
{
    uint64_t apb = device_apb(d), core = d->m->axi_ratio ? d->m->axi_ratio : 1;
    return apb > core ? apb / 2 : apb;
}

static uint64_t tick(const struct device *d)
{
    return timer_cycles(d) * (d->psc + 1ull);
}

static uint64_t period(const struct device *d)
{
    return d->reload + 1ull;
}

static bool runs(const struct device *d)
{
    return (d->ctrl & CEN) && d->reload;
}

/* Ticks since the counter was 0, whole periods that settle has not taken off included. */
static uint64_t ticks(const struct device *d, uint64_t now)
{
    return (now - d->start) / tick(d);
}

static bool is_output(const struct device *d, int channel)
{
    return !(periph_word(d->m, d->base + CCMR + channel / 2 * 4) >> channel % 2 * 8 & 3);
}

/* The tick of a period at which a channel compares; behind the reload value, when the counter wraps. */
static uint64_t compare_tick(const struct device *d, int channel)
{
    return d->compare[channel] <= d->reload ? d->compare[channel] : 0;
}

/* Flags of all that happened until now. */
static void settle(struct device *d, uint64_t now)
{
    if (!runs(d))
        return;
    uint64_t n = ticks(d, now), p = period(d);
    if ((d->ctrl & OPM) && n > p)
        n = p;
    for (int i = 0; i < d->channels; i++)
        if (is_output(d, i) && (n + p - compare_tick(d, i)) / p > (d->settled + p - compare_tick(d, i)) / p)
            d->status |= UIF << (i + 1);
    d->settled = n % p;
    if (n < p)
        return;
    d->status |= UIF;
    d->start += n / p * p * tick(d);
    if (d->ctrl & OPM) {
        d->ctrl &= ~(uint32_t)CEN;
        d->held = 0;
    }
}

static uint32_t count_of(const struct device *d, uint64_t now)
{
    return runs(d) ? (uint32_t)(ticks(d, now) % period(d)) : d->held;
}

static void set_lines(struct device *d)
{
    uint32_t due = d->status & d->enable;
    device_line(d, due & (d->second_irq < 0 ? 0x1f : UIF));
    device_second_line(d, due & 0x1e);
}

/* The next moment that some interrupt is enabled for; flags without one are worked out by settle. */
static void expect(struct device *d)
{
    uint64_t next = NEVER, p = period(d);
    if (runs(d) && d->enable & UIF)
        next = p;
    for (int i = 0; runs(d) && i < d->channels; i++)
        if (d->enable >> (i + 1) & 1 && is_output(d, i)) {
            uint64_t at = compare_tick(d, i);
            at += at > d->settled ? 0 : p;
            next = at < next ? at : next;
        }
    events_set(&d->m->guest->q, d->event, next == NEVER ? NEVER : d->start + next * tick(d));
    d->m->check_at = 0;
}

/* Counts on from `count`, at this moment. */
static void restart(struct device *d, uint32_t count, uint64_t now)
{
    d->held = count;
    d->settled = count;
    d->start = now - count * tick(d);
}

void timer_fire(void *self, uint64_t at)
{
    struct device *d = self;
    settle(d, at);
    expect(d);
    set_lines(d);
}

uint32_t timer_read(struct device *d, uint32_t off)
{
    uint64_t now = machine_now(d->m);
    settle(d, now);
    switch (off) {
    case CR1: return d->ctrl;
    case DIER: return d->enable;
    case SR: return d->status;
    case CNT: return count_of(d, now);
    case PSC: return d->psc;
    case ARR: return d->reload;
    case EGR: return 0;
    }
    return periph_word(d->m, d->base + off);
}

/* Once for each: what a program asks for and does not get. */
static void lacks(struct device *d, enum lack what)
{
    static const char *const names[] = {"capture of an input", "counting down", "a slave mode", "a DMA request"};
    if (!(d->told >> what & 1))
        machine_warn(d->m, "%s is set up for %s, which is not modelled", d->name, names[what]);
    d->told |= 1u << what;
}

static void tell(struct device *d, uint32_t off, uint32_t v)
{
    if (off == CR1 && (v & CEN) && (v & DIR))
        lacks(d, LACK_DOWN);
    if (off == DIER && v & 0x7f00)
        lacks(d, LACK_DMA);
    if (off == SMCR && v & 0x10007)
        lacks(d, LACK_SLAVE);
    if ((off == CCMR || off == CCMR + 4) && d->channels && v & 0x303)
        lacks(d, LACK_CAPTURE);
}

void timer_write(struct device *d, uint32_t off, uint32_t v)
{
    uint64_t now = machine_now(d->m);
    settle(d, now);
    uint32_t count = count_of(d, now);
    bool was = runs(d), again = off == CNT || off == PSC;
    tell(d, off, v);
    switch (off) {
    case CR1: d->ctrl = v; break;
    case DIER: d->enable = v; break;
    case SR: d->status &= v; break;
    case EGR:
        d->status |= (v & 1 && !(d->ctrl & URS) ? UIF : 0) | (v & ((2u << d->channels) - 2));
        count = v & 1 ? 0 : count;
        again = v & 1;
        break;
    case CNT: count = v & d->mask; break;
    case PSC: d->psc = v & 0xffff; break;
    case ARR:
        d->reload = v & d->mask;
        again = count > d->reload;
        count = again ? 0 : count;
        break;
    default:
        if (off >= CCR && off < CCR + 4u * (unsigned)d->channels)
            d->compare[(off - CCR) / 4] = v & d->mask;
    }
    if (again || was != runs(d))
        restart(d, count, now);
    expect(d);
    set_lines(d);
}
