#include "sim/devices/device.h"

#include <stdarg.h>
#include <stdio.h>

uint64_t device_now(const struct device *d)
{
    return d->set->port->now(d->set->port->self);
}

uint32_t device_word(const struct device *d, uint32_t off)
{
    return registers_get(d->set->registers, d->base + off);
}

void device_keep(const struct device *d, uint32_t off, uint32_t v)
{
    registers_set(d->set->registers, d->base + off, v);
}

uint32_t device_merge(const struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    unsigned shift = 8 * (off & 3);
    uint32_t mask = size == 4 ? UINT32_MAX : ((1u << 8 * size) - 1) << shift;
    return (device_word(d, off & ~3u) & ~mask) | (v << shift & mask);
}

/* A line is as high as any of the peripherals that share it. */
void device_line(struct device *d, int which, bool high)
{
    const struct device_set *s = d->set;
    int irq = d->irq[which];
    bool level = false;
    d->high = (uint8_t)((d->high & ~(1u << which)) | (unsigned)high << which);
    for (int i = 0; i < s->n; i++)
        for (int k = 0; k < 2; k++)
            level |= s->device[i]->irq[k] == irq && s->device[i]->high >> k & 1;
    if (irq != NO_IRQ)
        s->port->line(s->port->self, irq, level);
}

const struct clocks *device_clocks(const struct device *d)
{
    return d->set->port->clocks(d->set->port->self);
}

uint64_t device_bus_cycles(const struct device_set *s, int bus)
{
    uint32_t ppre = 0;
    if (s->clocks.apb_register)
        ppre =
            registers_get(s->registers, s->clocks.apb_register) >> s->clocks.apb_bit[bus - 1] & 7;
    return (ppre < 4 ? 1 : 1u << (ppre - 3)) * (uint64_t)s->port->clocks(s->port->self)->bus_ratio;
}

uint64_t device_apb_cycles(const struct device *d)
{
    return device_bus_cycles(d->set, d->bus);
}

void device_arm(const struct device *d, int event, uint64_t at)
{
    const struct soc_port *p = d->set->port;
    events_set(p->events, event, at);
    p->wake(p->self);
}

void device_warn(const struct device *d, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    d->set->port->warn(d->set->port->self, text);
}

void device_watchdog_reset(const struct device *d, const char *why)
{
    char text[80];
    snprintf(text, sizeof text, "%s %s", d->name, why);
    d->set->port->reset(d->set->port->self, text);
}

struct device *device_at(const struct device_set *s, uint32_t addr)
{
    for (int i = 0; i < s->n; i++)
        if (addr - s->device[i]->base < s->device[i]->size)
            return s->device[i];
    return NULL;
}
