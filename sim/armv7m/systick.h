/* SysTick (B3.3): counts core clocks, or an eighth of them, and wraps every reload + 1 counts. */
#ifndef SIM_SYSTICK_H
#define SIM_SYSTICK_H

#include "base/events.h"
#include "sim/armv7m/nvic.h"

struct systick {
    struct nvic *nvic;
    struct events *q;
    int id; /* of its event */
    uint32_t ctrl, reload;
    uint32_t top;   /* where this round began to count down */
    uint32_t value; /* while disabled */
    uint64_t zero;  /* cycle of the next wrap, NEVER when stopped */
    bool flag;      /* COUNTFLAG */
};

void systick_open(struct systick *t, struct nvic *nvic, struct events *q);
void systick_reset(struct systick *t);
bool systick_interrupts(const struct systick *t); /* it runs, and a wrap pends its exception */
bool systick_owns(uint32_t off);
uint32_t systick_read(struct systick *t, uint32_t off, uint64_t now);
void systick_write(struct systick *t, uint32_t off, uint32_t v, uint64_t now);

#endif
