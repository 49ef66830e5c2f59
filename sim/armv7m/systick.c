#include "sim/armv7m/systick.h"

enum { CSR = 0x010, RVR = 0x014, CVR = 0x018, ENABLE = 1, TICKINT = 2, CLKSOURCE = 4 };

static uint64_t divider(const struct systick *t)
{
    return t->ctrl & CLKSOURCE ? 1 : 8;
}

/* Wraps that raised no exception, so that no event was needed. */
static void settle(struct systick *t, uint64_t now)
{
    uint64_t period = (t->reload + 1ull) * divider(t);
    if (t->zero == NEVER || now < t->zero || (t->ctrl & TICKINT))
        return;
    t->flag = true;
    t->value = 0;
    t->top = t->reload;
    t->zero = t->reload ? t->zero + ((now - t->zero) / period + 1) * period : NEVER;
}

static uint32_t value(struct systick *t, uint64_t now)
{
    settle(t, now);
    if (t->zero == NEVER)
        return t->value;
    if (now > t->zero)
        now = t->zero; /* wrapped, and the event waits for the end of the block */
    uint64_t left = (t->zero - now + divider(t) - 1) / divider(t);
    return left > t->top ? 0 : (uint32_t)left;
}

static void arm(struct systick *t, uint64_t now)
{
    uint64_t counts = t->value ? t->value : t->reload + 1ull;
    bool on = (t->ctrl & ENABLE) && t->reload;
    t->top = t->value ? t->value : t->reload;
    t->zero = on ? now + counts * divider(t) : NEVER;
    events_set(t->q, t->id, t->ctrl & TICKINT ? t->zero : NEVER);
    nvic_ask(t->nvic);
}

static void fire(void *self, uint64_t at)
{
    struct systick *t = self;
    t->flag = true;
    t->value = 0;
    t->top = t->reload;
    if (t->ctrl & TICKINT)
        nvic_pend(t->nvic, EXC_SYSTICK, true);
    t->zero = t->reload ? at + (t->reload + 1ull) * divider(t) : NEVER;
    events_set(t->q, t->id, t->zero);
}

bool systick_interrupts(const struct systick *t)
{
    return t->zero != NEVER && (t->ctrl & TICKINT);
}

bool systick_owns(uint32_t off)
{
    return off >= CSR && off <= CVR;
}

uint32_t systick_read(struct systick *t, uint32_t off, uint64_t now)
{
    if (off == RVR)
        return t->reload;
    if (off == CVR)
        return value(t, now);
    settle(t, now);
    uint32_t v = t->ctrl | (uint32_t)t->flag << 16;
    t->flag = false;
    return v;
}

void systick_write(struct systick *t, uint32_t off, uint32_t v, uint64_t now)
{
    t->value = value(t, now);
    if (off == CSR)
        t->ctrl = v & 7;
    else if (off == RVR)
        t->reload = v & 0xffffff;
    else
        t->value = 0, t->flag = false;
    /* A new reload value counts from the next wrap on. */
    if (off != RVR || t->zero == NEVER)
        arm(t, now);
}

void systick_open(struct systick *t, struct nvic *nvic, struct events *q)
{
    *t = (struct systick){.nvic = nvic, .q = q, .zero = NEVER, .id = events_add(q, fire, t)};
}

void systick_reset(struct systick *t)
{
    *t = (struct systick){.nvic = t->nvic, .q = t->q, .zero = NEVER, .id = t->id};
    events_set(t->q, t->id, NEVER);
}
