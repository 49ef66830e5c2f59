/* GPIO ports. What is written to ODR, BSRR or BRR reads back. Outputs read as driven, inputs as
 * what hangs there drives them, else as pulled, else low. */
#include "sim/devices/gpio.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sim/devices/exti.h"

enum { MODER = 0x00, PUPDR = 0x0c, IDR = 0x10, ODR = 0x14, BSRR = 0x18, BRR = 0x28 };
enum { OUTPUT = 1, PULL_UP = 1 };

static unsigned port_of(const struct device *d)
{
    return (unsigned)(d->name[4] - 'A') % MAX_PORTS; /* GPIOA */
}

static bool is_output(const struct device *d, unsigned pin)
{
    return (device_word(d, MODER) >> 2 * pin & 3) == OUTPUT;
}

static bool input(const struct device *d, unsigned pin)
{
    const struct device_set *s = d->set;
    unsigned port = port_of(d);
    if (s->pins.driven[port] >> pin & 1)
        return s->pins.level[port] >> pin & 1;
    return (device_word(d, PUPDR) >> 2 * pin & 3) == PULL_UP;
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    uint32_t odr = device_word(d, ODR);
    *v = 0;
    if (off == BSRR || off == BRR)
        return true; /* write-only */
    if (off != IDR)
        return false;
    for (unsigned i = 0; i < PORT_PINS; i++)
        *v |= is_output(d, i) ? odr & 1u << i : (uint32_t)input(d, i) << i;
    return true;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    uint32_t odr = device_word(d, ODR);
    uint32_t word = off & ~3u;
    bool kept = word != BSRR && word != BRR;
    if (word == BSRR || word == BRR)
        v <<= 8 * (off & 3);
    if (word == BSRR)
        device_keep(d, ODR, (odr & ~(v >> 16)) | (v & 0xffff));
    else if (word == BRR)
        device_keep(d, ODR, odr & ~(v & 0xffff));
    else if (word == MODER || word == ODR)
        device_keep(d, word, device_merge(d, off, size, v));
    gpio_settle(d->set);
    return !kept;
}

static struct device *port(const struct device_set *set, unsigned index)
{
    for (int i = 0; i < set->n; i++)
        if (set->device[i]->class == &device_gpio && port_of(set->device[i]) == index)
            return set->device[i];
    return NULL;
}

int gpio_pin(const struct device_set *set, const char *name)
{
    char *end;
    if (toupper((unsigned char)name[0]) != 'P' || !isalpha((unsigned char)name[1]) ||
        !isdigit((unsigned char)name[2]))
        return NO_PIN;
    unsigned index = (unsigned)(toupper((unsigned char)name[1]) - 'A');
    unsigned long pin = strtoul(name + 2, &end, 10);
    return index < MAX_PORTS && !*end && pin < PORT_PINS && port(set, index)
               ? (int)(index * PORT_PINS + pin)
               : NO_PIN;
}

void gpio_drive(struct device_set *set, int pin, bool level)
{
    unsigned at = (unsigned)pin / PORT_PINS, n = (unsigned)pin % PORT_PINS;
    struct device *d = port(set, at);
    bool was = input(d, n);
    set->pins.driven[at] |= (uint16_t)(1u << n);
    set->pins.level[at] = (uint16_t)((set->pins.level[at] & ~(1u << n)) | (unsigned)level << n);
    if (was != level && !is_output(d, n))
        exti_edge(set, at, n, level);
}

bool gpio_watch(struct device_set *set, int pin,
                void (*changed)(void *self, bool level, uint64_t at), void *self)
{
    if (set->pins.nwatches == MAX_WATCHES)
        return false;
    set->pins.watch[set->pins.nwatches++] =
        (struct pin_watch){.pin = pin, .level = true, .changed = changed, .self = self};
    return true;
}

void gpio_settle(struct device_set *set)
{
    for (int i = 0; i < set->pins.nwatches; i++) {
        struct pin_watch *w = &set->pins.watch[i];
        const struct device *d = port(set, (unsigned)w->pin / PORT_PINS);
        unsigned n = (unsigned)w->pin % PORT_PINS;
        bool level = !is_output(d, n) || device_word(d, ODR) >> n & 1;
        if (level == w->level)
            continue;
        w->level = level;
        w->changed(w->self, level, device_now(d));
    }
}

const struct device_class device_gpio = {
    .name = "gpio",
    .bytes = sizeof(struct device),
    .read = read,
    .write = write,
};
