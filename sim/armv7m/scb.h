/* The System Control Block (B3.2) and DEMCR: what the program sets of exceptions, and what is told
 * it of faults. */
#ifndef SIM_SCB_H
#define SIM_SCB_H

#include "sim/armv7m/nvic.h"

enum fault { /* named after the bit that reports it */
             FAULT_IACCVIOL,
             FAULT_DACCVIOL,
             FAULT_IBUSERR,
             FAULT_PRECISERR,
             FAULT_STKERR,
             FAULT_UNSTKERR,
             FAULT_UNDEFINSTR,
             FAULT_INVSTATE,
             FAULT_INVPC,
             FAULT_NOCP,
             FAULT_UNALIGNED,
             FAULT_DIVBYZERO,
             FAULT_VECTTBL,
             FAULT_DEBUGEVT,
             FAULT_SVC,
             FAULT_MSTKERR,
             FAULT_MUNSTKERR,
};
/* "undefined instruction", ... in the order of enum fault */
extern const char *const scb_fault_names[];

enum {
    CCR_NONBASETHRDENA = 1,
    CCR_BFHFNMIGN = 1 << 8,
    CCR_STKALIGN = 1 << 9,
    SCR_SLEEPONEXIT = 2,
};

struct scb {
    struct nvic *nvic; /* keeps AIRCR.PRIGROUP, SCR.SEVONPEND and all states of exceptions */
    void (*reset)(void *self); /* AIRCR.SYSRESETREQ */
    void *self;
    bool stkalign_fixed; /* CCR.STKALIGN always reads as one */
    bool caches;         /* CCR has IC, DC and BP */
    uint32_t vtor, scr, ccr, cfsr, hfsr, dfsr, mmfar, bfar;
    uint32_t demcr; /* MON_REQ and MON_STEP */
};

void scb_reset(struct scb *s, uint32_t vectors);
/* Registers by their offset in the system control space, a multiple of 4; `mask` is what is written
 * of the word. */
bool scb_owns(uint32_t off);
uint32_t scb_read(const struct scb *s, uint32_t off);
void scb_write(struct scb *s, uint32_t off, uint32_t v, uint32_t mask);

bool scb_vector(const struct scb *s, int x, uint32_t *handler);
int scb_fault_exception(enum fault kind);
/* The exception that takes the fault at a priority; 0 = lock-up. */
int scb_fault_target(const struct scb *s, enum fault kind, int priority);
/* The fault in CFSR, DFSR, MMFAR and BFAR, and in HFSR when HardFault takes it. */
void scb_report(struct scb *s, enum fault kind, uint32_t addr, int taken_by);

#endif
