/* Independent and window watchdogs: a reset when they are not served in time, or (window) too early. */
#include "sim/device.h"

#include <stdio.h>

enum { LSI_HZ = 32000 /* assumed: the typical value of all six parts; real ones differ by several per cent */ };
enum { WDGA = 1 << 7, EWI = 1 << 9, SERVE = 0xaaaa, START = 0xcccc };

static void reset(struct device *d, const char *why)
{
    char text[80];
    snprintf(text, sizeof text, "%s %s", d->name, why);
    guest_reset(d->m, text);
}

/* ---- IWDG: KR, PR, RLR, SR, WINR. ctrl: started; held: the core's clock when `start` was set ---- */

static uint64_t iwdg_ticks(const struct device *d, uint32_t counts)
{
    uint32_t pr = periph_word(d->m, d->base + 4) & 7;
    return (uint64_t)counts * (4u << (pr < 6 ? pr : 6)) * d->m->core_clock / LSI_HZ;
}

static void iwdg_arm(struct device *d, uint64_t now)
{
    d->start = now;
    d->held = (uint32_t)d->m->core_clock;
    events_set(&d->m->guest->q, d->event, now + iwdg_ticks(d, (d->reload & 0xfff) + 1));
    d->m->check_at = 0;
}

static bool iwdg_write(struct device *d, uint32_t off, uint32_t v)
{
    uint64_t now = machine_now(d->m);
    uint32_t window = periph_word(d->m, d->base + 0x10) & 0xfff;
    if (off == 8)
        d->reload = v & 0xfff;
    if (off == 0x10 && d->ctrl) /* writing the window reloads, too */
        iwdg_arm(d, now);
    if (off != 0)
        return false;
    if ((v & 0xffff) == START)
        d->ctrl = 1;
    else if ((v & 0xffff) != SERVE || !d->ctrl)
        return false;
    else if (window && window < (d->reload & 0xfff) && now < d->start + iwdg_ticks(d, (d->reload & 0xfff) - window))
        reset(d, "was served before its window");
    iwdg_arm(d, now);
    return false;
}

/* ---- WWDG: CR, CFR, SR. The counter in CR goes down from T with the APB clock by 4096 by the prescaler ---- */

static uint64_t wwdg_tick(const struct device *d)
{
    uint32_t tb = d->enable >> d->select & ((1u << d->select_width) - 1);
    return device_apb(d) * 4096 << tb;
}

static uint32_t wwdg_count(const struct device *d, uint64_t now)
{
    uint64_t down = d->ctrl & WDGA && now > d->start ? (now - d->start) / wwdg_tick(d) : 0, t = d->ctrl & 0x7f;
    return (uint32_t)(t > down ? t - down : 0);
}

static void wwdg_arm(struct device *d)
{
    uint64_t t = d->ctrl & 0x7f, steps = d->status & 1 || !(d->enable & EWI) ? t - 0x3f : t - 0x40;
    if (d->ctrl & WDGA)
        events_set(&d->m->guest->q, d->event, d->start + (t > 0x3f ? steps : 0) * wwdg_tick(d));
    d->m->check_at = 0;
}

static bool wwdg_write(struct device *d, uint32_t off, uint32_t v)
{
    uint64_t now = machine_now(d->m);
    if (off == 0) {
        if (d->ctrl & WDGA && wwdg_count(d, now) > (d->enable & 0x7f))
            reset(d, "was served before its window");
        d->ctrl = (v & 0xff) | (d->ctrl & WDGA);
        d->start = now;
    } else if (off == 4) {
        d->enable = v | (d->enable & EWI);
    } else if (off == 8) {
        d->status &= v;
    }
    wwdg_arm(d);
    device_line(d, d->enable & EWI && d->status & 1);
    return true;
}

bool watchdog_write(struct device *d, uint32_t off, uint32_t v)
{
    return d->kind == KIND_IWDG ? iwdg_write(d, off, v) : wwdg_write(d, off, v);
}

bool watchdog_read(struct device *d, uint32_t off, uint32_t *v)
{
    if (d->kind == KIND_IWDG) {
        *v = off == 8 ? d->reload & 0xfff : 0;
        return off == 8 || off == 0 || off == 0xc; /* SR: the registers are up to date */
    }
    *v = off == 0 ? (d->ctrl & WDGA) | wwdg_count(d, machine_now(d->m)) : off == 4 ? d->enable : d->status;
    return off <= 8;
}

void watchdog_fire(void *self, uint64_t at)
{
    struct device *d = self;
    if (d->kind == KIND_IWDG) {
        if (d->held == (uint32_t)d->m->core_clock)
            reset(d, "was not served in time");
        else
            iwdg_arm(d, at); /* the core's clock changed meanwhile: count anew with that */
        return;
    }
    if (d->enable & EWI && !(d->status & 1) && wwdg_count(d, at) == 0x40) {
        d->status |= 1;
        device_line(d, true);
        wwdg_arm(d);
        return;
    }
    reset(d, "was not served in time");
}
