/* Hardware semaphores of STM32H7: R (taken in two steps) and RLR (in one step) of each of 32, and
 * the interrupt that tells of a release. */
#include "sim/devices/device.h"

#define LOCK (1u << 31)
enum { RLR = 0x80, IER = 0x100, ICR = 0x104, ISR = 0x108, MISR = 0x10c };
enum { CORE = 3 << 8 /* what the Cortex-M7 is known as */, OWNER = 0xfff };

struct hsem {
    struct device d;
    uint32_t enabled;
    uint32_t released;
};

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    const struct hsem *h = (const struct hsem *)d;
    if (off < RLR)
        return false;
    if (off < IER) {
        *v = device_word(d, off - RLR);
        if (!(*v & LOCK))
            device_keep(d, off - RLR, *v = LOCK | CORE);
        return true;
    }
    switch (off) {
    case ISR: *v = h->released; return true;
    case MISR: *v = h->released & h->enabled; return true;
    }
    return false;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct hsem *h = (struct hsem *)d;
    uint32_t now = device_word(d, off & ~3u);
    (void)size;
    off &= ~3u;
    if (off == IER)
        h->enabled = v;
    else if (off == ICR)
        h->released &= ~v;
    else if (off >= RLR)
        return false;
    else if (now & LOCK && (v & LOCK || (v ^ now) & OWNER))
        return true; /* taken by another process */
    else if (now & LOCK)
        h->released |= 1u << off / 4;
    device_line(d, 0, h->released & h->enabled);
    return false;
}

const struct device_class device_hsem = {
    .name = "hsem",
    .bytes = sizeof(struct hsem),
    .read = read,
    .write = write,
};
