/* EXTI: sixteen lines from pins, each of the port that SYSCFG selects for it, and interrupts by
 * software on them. Lines above 15 (RTC, USB, comparators) and events without an interrupt (EMR)
 * are kept as storage and do nothing. */
#include "sim/devices/exti.h"

enum { IMR = 0x00, RTSR = 0x08, FTSR = 0x0c, SWIER = 0x10, PR = 0x14 };
enum { LINES = 0xffff, MAX_VECTORS = 7 };

struct exti {
    struct device d;
    uint32_t select;      /* address of the first of four registers that select a port */
    int irq[MAX_VECTORS]; /* of lines 0 to 4, of 5 to 9 and of 10 to 15 */
    uint32_t pending;
};

static const uint16_t vector_lines[MAX_VECTORS] = {1, 2, 4, 8, 16, 0x3e0, 0xfc00};

static bool open(struct device *d, const struct desc_node *keys, struct err *e)
{
    struct exti *x = (struct exti *)d;
    const struct desc_node *irqs = desc_map_need(keys, "irqs", e);
    uint64_t select, irq;
    if (!irqs || !desc_map_u64(keys, "select", 0x40000000, 0x5fffffff, &select, e))
        return false;
    if (desc_list_len(irqs) != MAX_VECTORS)
        return desc_err(irqs, e, "expected the interrupts of lines 0 to 4, 5 to 9 and 10 to 15");
    for (size_t i = 0; i < MAX_VECTORS; i++) {
        if (!desc_u64(desc_list_at(irqs, i), 0, MAX_IRQ, &irq, e))
            return false;
        x->irq[i] = (int)irq;
    }
    x->select = (uint32_t)select;
    return true;
}

static void set_lines(const struct exti *x)
{
    const struct soc_port *p = x->d.set->port;
    uint32_t high = x->pending & device_word(&x->d, IMR);
    for (int i = 0; i < MAX_VECTORS; i++)
        p->line(p->self, x->irq[i], high & vector_lines[i]);
}

void exti_edge(const struct device_set *set, unsigned port, unsigned pin, bool level)
{
    for (int i = 0; i < set->n; i++) {
        struct exti *x = (struct exti *)set->device[i];
        if (x->d.class != &device_exti)
            continue;
        uint32_t selected =
            registers_get(set->registers, x->select + 4 * (pin / 4)) >> 4 * (pin % 4) & 15;
        if (selected != port || !(device_word(&x->d, level ? RTSR : FTSR) >> pin & 1))
            continue;
        x->pending |= 1u << pin;
        set_lines(x);
        set->port->wake(set->port->self);
    }
}

static bool read(struct device *d, uint32_t off, uint32_t *v)
{
    if (off != PR)
        return false;
    *v = ((struct exti *)d)->pending;
    return true;
}

static bool write(struct device *d, uint32_t off, unsigned size, uint32_t v)
{
    struct exti *x = (struct exti *)d;
    v = device_merge(d, off, size, v);
    off &= ~3u;
    if (off == PR) {
        x->pending &= ~v;
    } else if (off == SWIER) { /* a bit that goes from 0 to 1 */
        x->pending |= v & ~device_word(d, SWIER) & device_word(d, IMR) & LINES;
        device_keep(d, SWIER, v);
    } else {
        device_keep(d, off, v);
    }
    if (off == PR) /* clears the bit of SWIER, too */
        device_keep(d, SWIER, device_word(d, SWIER) & ~v);
    set_lines(x);
    return true;
}

const struct device_class device_exti = {
    .name = "exti",
    .bytes = sizeof(struct exti),
    .open = open,
    .read = read,
    .write = write,
};
