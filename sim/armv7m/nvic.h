/* The Nested Vectored Interrupt Controller (B3.4) and the state of all exceptions: which are
 * pending, active and enabled, their priorities, and which of them pre-empts what runs (B1.5.4). */
#ifndef SIM_NVIC_H
#define SIM_NVIC_H

#include "sim/armv7m/emulator.h"

enum {
    EXC_RESET = 1,
    EXC_NMI,
    EXC_HARD,
    EXC_MEM,
    EXC_BUS,
    EXC_USAGE,
    EXC_SVC = 11,
    EXC_DEBUG,
    EXC_PENDSV = 14,
    EXC_SYSTICK,
    EXC_IRQ0
};
enum { MAX_IRQS = 240, MAX_EXC = EXC_IRQ0 + MAX_IRQS };

/* Priorities as the hardware compares them: lower wins; 256: thread mode. */
enum { PRIO_HARD = -1, PRIO_NMI = -2, PRIO_THREAD = 256 };

struct nvic {
    uc_engine *uc;          /* has PRIMASK, FAULTMASK and BASEPRI */
    uint64_t *wake;         /* set to 0 when something changed that may let an exception in */
    uint32_t priority_bits; /* implemented, of 8 */
    int lines;              /* interrupts that the part has */
    uint32_t prigroup;      /* AIRCR.PRIGROUP */
    bool sev_on_pend;       /* SCR.SEVONPEND */
    bool event;             /* the WFE event register */
    uint32_t basepri;       /* as it was when it was last trimmed */
    bool faultmask_kept;    /* FAULTMASK was set when the NMI that is active came */
    int npending;           /* how many exceptions are pending */
    int depth;              /* and active */
    bool pending[MAX_EXC];
    bool active[MAX_EXC];
    bool enabled[MAX_EXC]; /* a disabled exception stays pending */
    bool line[MAX_EXC];    /* levels of the interrupt lines */
    uint8_t prio[MAX_EXC];
};

void nvic_init(struct nvic *n, uc_engine *uc, uint64_t *wake, uint32_t priority_bits, int lines);
void nvic_ask(struct nvic *n); /* sets *wake */
void nvic_pend(struct nvic *n, int x, bool on);
/* Nothing for a number that no exception has: a program's frame may put any into IPSR. */
void nvic_activate(struct nvic *n, int x, bool on);
/* The level of an interrupt line; a line that stays high pends again after its handler returned. */
void nvic_line(struct nvic *n, int irq, bool high);

/* The part of a priority that decides pre-emption, the subpriority masked away. */
int nvic_group(const struct nvic *n, int x);
int nvic_active_priority(const struct nvic *n);
int nvic_priority(const struct nvic *n, const struct masks *m); /* of what runs */
int nvic_priority_now(const struct nvic *n);                    /* with the masks as they are */
int nvic_best(const struct nvic *n);     /* the pending and enabled exception that wins, 0 = none */
int nvic_preempts(const struct nvic *n); /* the same, if it can be taken now */
bool nvic_masked(const struct nvic *n, int x); /* by BASEPRI or FAULTMASK */
/* Behind MSR and CPS: bits of BASEPRI that are not there go, and so does FAULTMASK in HardFault and
 * NMI. `raises`: the instruction was MSR BASEPRI_MAX. */
void nvic_trim(struct nvic *n, bool raises);

/* Registers by their offset in the system control space, a multiple of 4; `mask` is what is written
 * of the word. */
bool nvic_owns(uint32_t off);
uint32_t nvic_read(const struct nvic *n, uint32_t off);
void nvic_write(struct nvic *n, uint32_t off, uint32_t v, uint32_t mask);
/* Four priorities from exception x on, as in IPR and SHPR. */
uint32_t nvic_priorities(const struct nvic *n, int x);
void nvic_set_priorities(struct nvic *n, int x, uint32_t v, uint32_t mask);

#endif
