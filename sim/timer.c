/* Basic and general timers: count, prescaler, reload, update interrupt, one pulse. */
#include "sim/device.h"

/* Core cycles of one timer clock: the APB clock, doubled when the APB is divided. */
static uint64_t timer_cycles(const struct device *d)
{
    uint64_t apb = device_apb(d), core = d->m->axi_ratio ? d->m->axi_ratio : 1;
    return apb > core ? apb / 2 : apb;
}

static uint64_t timer_tick(const struct device *d)
{
    return timer_cycles(d) * (d->psc + 1ull);
}

static uint32_t timer_count(const struct device *d, uint64_t now)
{
    if (!(d->ctrl & 1))
        return d->held;
    uint64_t n = now > d->start ? (now - d->start) / timer_tick(d) : 0;
    return (uint32_t)(n % (d->reload + 1ull));
}

/* Wraps that nobody wanted an event for. */
static void timer_settle(struct device *d, uint64_t now)
{
    uint64_t period = (d->reload + 1ull) * timer_tick(d), n = (d->ctrl & 1) && d->reload && now > d->start ? (now - d->start) / period : 0;
    if (n == 0)
        return;
    d->status |= 1;
    d->start += n * period;
    if (d->ctrl & 8) {
        d->ctrl &= ~1u;
        d->held = 0;
    }
}

static void timer_arm(struct device *d, uint32_t count, uint64_t now)
{
    bool on = (d->ctrl & 1) && d->reload && (d->enable & 1);
    d->held = count;
    d->start = now - (uint64_t)count * timer_tick(d);
    uint64_t left = count <= d->reload ? d->reload + 1ull - count : 1;
    /* Without its interrupt nothing needs an event: timer_settle works out the flag. */
    events_set(&d->m->guest->q, d->event, on ? now + left * timer_tick(d) : NEVER);
    d->m->check_at = 0;
}

void timer_fire(void *self, uint64_t at)
{
    struct device *d = self;
    d->status |= 1;
    if (d->ctrl & 8) { /* one pulse */
        d->ctrl &= ~1u;
        d->held = 0;
    } else {
        d->start = at;
        events_set(&d->m->guest->q, d->event, at + (d->reload + 1ull) * timer_tick(d));
    }
    device_line(d, d->status & d->enable & 1);
}

uint32_t timer_read(struct device *d, uint32_t off)
{
    uint64_t now = machine_now(d->m);
    timer_settle(d, now);
    switch (off) {
    case 0x00: return d->ctrl;
    case 0x0c: return d->enable;
    case 0x10: return d->status;
    case 0x24: return timer_count(d, now);
    case 0x28: return d->psc;
    case 0x2c: return d->reload;
    }
    return periph_word(d->m, d->base + off);
}

void timer_write(struct device *d, uint32_t off, uint32_t v)
{
    uint64_t now = machine_now(d->m);
    timer_settle(d, now);
    uint32_t count = timer_count(d, now);
    switch (off) {
    case 0x00:
        d->ctrl = v;
        timer_arm(d, count, now);
        return;
    case 0x0c:
        d->enable = v;
        timer_arm(d, count, now);
        break;
    case 0x10: d->status &= v; break;
    case 0x14:
        if (v & 1) {
            d->status |= d->ctrl & 4 ? 0 : 1;
            timer_arm(d, 0, now);
        }
        break;
    case 0x24: timer_arm(d, v, now); break;
    case 0x28: /* prescaler and reload are taken at once, not at the next update */
        d->psc = v & 0xffff;
        timer_arm(d, count, now);
        break;
    case 0x2c:
        d->reload = v;
        timer_arm(d, count > v ? 0 : count, now);
        break;
    }
    device_line(d, d->status & d->enable & 1);
}
