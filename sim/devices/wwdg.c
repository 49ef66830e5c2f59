/* The window watchdog. Its counter goes down from T with the APB clock by 4096 by the prescaler,
 * and resets below 0x40. */
#include "sim/devices/device.h"

enum { CR = 0x00, CFR = 0x04, SR = 0x08 };
enum { WDGA = 1 << 7, EWI = 1 << 9, EWIF = 1, T = 0x7f, LAST = 0x40 };

struct wwdg {
    struct device d;
    uint32_t prescaler_at; /* lowest bit of WDGTB in CFR, and how many */
    uint32_t prescaler_width;
    uint32_t control;
    uint32_t config;
    uint32_t status;
    uint64_t since; /* cycle at which CR was written */
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct wwdg *w = (struct wwdg *)d;
    uint64_t at = 7, width = 2;
    if (!desc_opt_u64(keys, "prescaler", 0, 31, &at, e) ||
        !desc_opt_u64(keys, "prescaler_width", 1, 3, &width, e))
        return false;
    w->prescaler_at = (uint32_t)at;
    w->prescaler_width = (uint32_t)width;
    w->control = w->config = T;
    return true;
}

static uint64_t tick(const struct wwdg *w)
{
    uint32_t tb = w->config >> w->prescaler_at & ((1u << w->prescaler_width) - 1);
    return device_apb_cycles(&w->d) * 4096 << tb;
}

static uint32_t count_of(const struct wwdg *w, uint64_t now)
{
    uint64_t down = w->control & WDGA && now > w->since ? (now - w->since) / tick(w) : 0,
             t = w->control & T;
    return (uint32_t)(t > down ? t - down : 0);
}

static void arm(struct wwdg *w)
{
    bool early = w->config & EWI && !(w->status & EWIF);
    uint64_t t = w->control & T, steps = t < LAST ? 0 : early ? t - LAST : t - LAST + 1;
    if (w->control & WDGA)
        device_arm(&w->d, w->d.event, w->since + steps * tick(w));
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct wwdg *w = (struct wwdg *)d;
    uint64_t now = device_now(d);
    v = device_merge(d, off, size, v);
    switch (off & ~3u) {
    case CR:
        if (w->control & WDGA && count_of(w, now) > (w->config & T))
            device_watchdog_reset(d, "was served before its window");
        w->control = (v & 0xff) | (w->control & WDGA);
        w->since = now;
        break;
    case CFR: w->config = v | (w->config & EWI); break;
    case SR: w->status &= v; break;
    }
    arm(w);
    device_line(d, 0, w->config & EWI && w->status & EWIF);
    return true;
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    const struct wwdg *w = (const struct wwdg *)d;
    *v = off == CR    ? (w->control & WDGA) | count_of(w, device_now(d))
         : off == CFR ? w->config
                      : w->status;
    return off <= SR;
}

static void fire(void *self, uint64_t at)
{
    struct wwdg *w = self;
    if (w->config & EWI && !(w->status & EWIF) && count_of(w, at) == LAST) {
        w->status |= EWIF;
        device_line(&w->d, 0, true);
        arm(w);
        return;
    }
    device_watchdog_reset(&w->d, "was not served in time");
}

const struct device_class device_wwdg = {
    .name = "wwdg",
    .resets = true,
    .bytes = sizeof(struct wwdg),
    .open = open,
    .read = read,
    .write = write,
    .fire = fire,
};
