/* Sends back what it got, one byte later, as a wire from MOSI to MISO through a register would.
 * The first byte after selection is answered by 0xee. Its interrupt rises `delay` microseconds
 * after the end of a selection whose last byte was not 0, and falls at the next. For tests of a
 * bus, and as the shortest example. */
#include <string.h>

#include "sim/attached/model.h"

struct echo {
    struct model m;
    uint8_t last;
    uint64_t delay_us;
};

static bool open(struct model *m, struct model_keys *keys, struct err *e)
{
    return model_number(keys, "delay", 0, 1000000, &((struct echo *)m)->delay_us, e);
}

static void chip_select(struct model *m, bool selected, uint64_t at)
{
    struct echo *d = (struct echo *)m;
    if (selected) {
        d->last = 0xee;
        model_irq(m, false);
    }
    model_arm(m, selected ? NEVER : at + model_cycles(m, d->delay_us, 1e6));
}

static uint8_t exchange(struct model *m, uint8_t in, uint64_t at)
{
    struct echo *d = (struct echo *)m;
    uint8_t out = d->last;
    (void)at;
    d->last = in;
    return out;
}

static void fire(struct model *m, uint64_t at)
{
    (void)at;
    model_irq(m, ((struct echo *)m)->last != 0);
}

const struct attached_class attached_echo = {
    .name = "echo",
    .bytes = sizeof(struct echo),
    .open = open,
    .select = chip_select,
    .exchange = exchange,
    .fire = fire,
};
