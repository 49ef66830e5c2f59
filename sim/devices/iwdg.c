/* The independent watchdog: a reset when it is not served in time, or (window) too early. */
#include "sim/devices/device.h"

enum {
    /* assumed: the typical value of all six parts; real ones differ by several per cent */
    LSI_HZ = 32000
};
enum { KR = 0x00, PR = 0x04, RLR = 0x08, SR = 0x0c, WINR = 0x10 };
enum { SERVE = 0xaaaa, START = 0xcccc, COUNTS = 0xfff };

struct iwdg {
    struct device d;
    bool started;
    uint32_t reload;
    uint64_t since;   /* cycle of the last service */
    uint64_t core_hz; /* the core's clock then */
};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    (void)keys;
    (void)e;
    ((struct iwdg *)d)->reload = COUNTS;
    return true;
}

static uint64_t cycles(const struct iwdg *w, uint32_t counts)
{
    uint32_t pr = device_word(&w->d, PR) & 7;
    return (uint64_t)counts * (4u << (pr < 6 ? pr : 6)) * device_clocks(&w->d)->core_hz / LSI_HZ;
}

static void arm(struct iwdg *w, uint64_t now)
{
    w->since = now;
    w->core_hz = device_clocks(&w->d)->core_hz;
    device_arm(&w->d, w->d.event, now + cycles(w, w->reload + 1));
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct iwdg *w = (struct iwdg *)d;
    uint64_t now = device_now(d);
    uint32_t window = device_word(d, WINR) & COUNTS;
    v = device_merge(d, off, size, v);
    off &= ~3u;
    if (off == RLR)
        w->reload = v & COUNTS;
    if (off == WINR && w->started) /* writing the window reloads, too */
        arm(w, now);
    if (off != KR)
        return false;
    if ((v & 0xffff) == START)
        w->started = true;
    else if ((v & 0xffff) != SERVE || !w->started)
        return false;
    else if (window && window < w->reload && now < w->since + cycles(w, w->reload - window))
        device_watchdog_reset(d, "was served before its window");
    arm(w, now);
    return false;
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    const struct iwdg *w = (const struct iwdg *)d;
    *v = off == RLR ? w->reload : 0;
    return off == RLR || off == KR || off == SR; /* SR: the registers are up to date */
}

static void fire(void *self, uint64_t at)
{
    struct iwdg *w = self;
    if (w->core_hz == device_clocks(&w->d)->core_hz)
        device_watchdog_reset(&w->d, "was not served in time");
    else
        arm(w, at); /* the core's clock changed meanwhile: count anew with that */
}

const struct device_class device_iwdg = {
    .name = "iwdg",
    .resets = true,
    .bytes = sizeof(struct iwdg),
    .open = open,
    .read = read,
    .write = write,
    .fire = fire,
};
