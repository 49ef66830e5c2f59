/* What the peripherals ask of the machine around them. */
#ifndef SIM_DEVICES_PORT_H
#define SIM_DEVICES_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/devices/clock.h"
#include "base/events.h"

/* Every call gets `self`. */
struct soc_port {
    void *self;
    struct events *events;
    /* The cycle of the access that is being made, or of the event that fires. */
    uint64_t (*now)(void *self);
    bool timeless; /* no cycles are counted: `now` stands still, and no event ever fires */
    /* The clock tree as the firmware has set it, and any override. */
    const struct clocks *(*clocks)(void *self);
    /* An event or an interrupt may have come nearer: look at the queue before the next block. */
    void (*wake)(void *self);
    /* The level of an interrupt line of the core. */
    void (*line)(void *self, int irq, bool high);
    void (*console)(void *self, const char *text, size_t n);
    /* A watchdog ends the run. */
    void (*reset)(void *self, const char *why);
    /* One line of text for the user. */
    void (*warn)(void *self, const char *text);
    /* The first access to a register that nothing models; `device` is NULL outside all
     * peripherals. */
    void (*unmodelled)(void *self, const char *device, uint32_t addr, bool write);
    /* An access of 1, 2 or 4 bytes by another bus master to memory or a peripheral. False: nothing
     * answers there. */
    bool (*load)(void *self, uint32_t addr, unsigned size, uint32_t *v);
    bool (*store)(void *self, uint32_t addr, unsigned size, uint32_t v);
    /* Shows the guest `size` read-only bytes at `base`; they stay the caller's. */
    bool (*map)(void *self, uint32_t base, uint32_t size, void *bytes);
};

#endif
