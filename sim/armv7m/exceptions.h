/* What an ARMv7-M core does beside executing instructions: NVIC, SCB, SysTick, exception entry and return, sleep.
 * Unicorn 2.0.1 runs code and banks MSP/PSP but delivers no exception; this module does, between blocks of code.
 *
 * Entry costs `entry` cycles with an 8-word frame; FP state is written to its frame, and charged, before the next FP
 * instruction (lazy stacking), or at entry when FPCCR.LSPEN is clear. Blocks are cut where events come (cut.c), so that
 * between blocks is soon enough. */
#ifndef SIM_EXCEPTIONS_H
#define SIM_EXCEPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <unicorn/unicorn.h>

#include "base/err.h"
#include "base/events.h"

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
extern const char
    *const nvic_fault_names[]; /* "undefined instruction", ... in the order of enum fault */

enum { CCR_STKALIGN = 1 << 9 };
struct exception_costs {
    uint32_t entry, exit, tail_chain, fp_words; /* cycles */
    bool stkalign_fixed;                        /* CCR.STKALIGN always reads as one */
    uint32_t priority_bits;                     /* implemented, of 8 */
};

/* What the core calls back. All take `self`. */
struct nvic_port {
    void *self;
    uint64_t *cycles;            /* the machine's clock: the core adds what it spends */
    uint64_t (*now)(void *self); /* the cycle of the access that reads or writes a register */
    uint64_t *wake;              /* the core keeps it at the cycle it next wants to be asked */
    void (*charge)(void *self, bool sleep,
                   uint64_t n); /* tally n cycles already added to *cycles */
    void (*entered)(void *self, int exception, uint32_t frame, uint32_t handler, bool tail);
    void (*returned)(void *self, int exception, uint32_t frame, uint32_t pc);
    void (*stored)(void *self, uint32_t addr,
                   uint32_t n); /* the core wrote memory by itself: FP words of a frame */
    bool (*allowed)(void *self, uint32_t addr, bool store,
                    bool privileged); /* by the MPU: a word of a frame */
    void (*reset)(void *self);        /* AIRCR.SYSRESETREQ */
    bool (*may_reset)(void *self);    /* a watchdog runs: the core does not sleep for ever */
};

struct nvic;

struct nvic *nvic_open(uc_engine *uc, struct events *q, const struct nvic_port *port,
                       const struct exception_costs *c, uint32_t vectors, struct err *e);
void nvic_reset(struct nvic *c, uint32_t vectors); /* as after power-on */
void nvic_close(struct nvic *c);

/* System control space, 0xe000e000 to 0xe000efff (byte, halfword or word access). */
uint32_t nvic_read(struct nvic *c, uint32_t addr, unsigned size);
void nvic_write(struct nvic *c, uint32_t addr, unsigned size, uint32_t value);

/* The level of an interrupt line; a line that stays high pends again after its handler returned. */
void nvic_line(struct nvic *c, int irq, bool high);

/* Between blocks, when cycles reached *wake: fires events; true when an exception can be taken now, which
 * nvic_take then does. Both leave *wake at the next cycle of interest. */
bool nvic_due(struct nvic *c);
bool nvic_take(struct nvic *c, struct err *e);
bool nvic_waits(const struct nvic *c); /* what is pending could be taken now */
/* The next FP instruction is not an ordinary one: nvic_fp_begin comes before it, which writes the FP words of a frame
 * that were left out (lazy stacking) and begins a new FP context. */
bool nvic_fp_waits(const struct nvic *c);
void nvic_fp_begin(struct nvic *c);
/* SVC executed; PC is already behind it. */
bool nvic_svc(struct nvic *c, struct err *e);
/* A branch to an EXC_RETURN value (bit 0 may be lost). False: the guest faulted beyond repair. */
bool nvic_exc_return(struct nvic *c, uint32_t value, struct err *e);
/* A fault at PC: true when a handler of the guest was entered, false when there is none to take it (lock-up). */
bool nvic_fault(struct nvic *c, enum fault kind, uint32_t addr, struct err *e);
/* Where that handler is; false: the fault would lock the core up. */
bool nvic_fault_handler(const struct nvic *c, enum fault kind, uint32_t *handler);
bool nvic_can_svc(const struct nvic *c); /* else an SVC escalates: FAULT_SVC */
bool nvic_return_valid(const struct nvic *c,
                       uint32_t value); /* else nvic_exc_return takes FAULT_INVPC */
/* Asleep by WFI (wfe = false) or WFE. SLEEP_ON: time moved to the next event, or to `limit`, and the core sleeps on.
 * SLEEP_FOR_EVER: no event that is to come can wake it. */
enum nvic_sleep { SLEEP_WOKEN, SLEEP_ON, SLEEP_FOR_EVER };
enum nvic_sleep nvic_sleep(struct nvic *c, bool wfe, uint64_t limit);
bool nvic_on_exit(
    struct nvic
        *c); /* the return that was just made puts the core to sleep (SLEEPONEXIT); asked once */
void nvic_event(struct nvic *c); /* SEV */
void nvic_trim(
    struct nvic *c); /* MSR was executed: bits of MSP, PSP and BASEPRI that are not there go */
/* A bus error of a load or store at `addr` is noted but not taken: CCR.BFHFNMIGN in a HardFault, an NMI or FAULTMASK. */
bool nvic_ignores(struct nvic *c, uint32_t addr);
bool nvic_owns(uint32_t addr); /* a register of the system control space that this module answers */

bool nvic_monitored(const struct nvic *c); /* a breakpoint is taken by the DebugMonitor exception */
bool nvic_in_fault(const struct nvic *c);  /* a fault exception is active */
const char *nvic_exception_name(int exception, char *out, int size);

#endif
