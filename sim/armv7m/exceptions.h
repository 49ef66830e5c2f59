/* What an ARMv7-M core does beside executing instructions: exception entry and return, faults,
 * sleep, and the registers of the system control space. Unicorn runs code and banks MSP/PSP but
 * delivers no exception; this module does, between blocks of code.
 *
 * sim/armv7m/ knows NVIC, SCB, SysTick, MPU and frames. It knows no blocks of code and no
 * peripherals of a vendor; what it needs of the machine comes through its port.
 *
 * Entry costs `entry` cycles with an 8-word frame; FP state is written to its frame, and charged,
 * before the next FP instruction (lazy stacking), or at entry when FPCCR.LSPEN is clear. Blocks are
 * cut where events come (cut.c), so that between blocks is soon enough. */
#ifndef SIM_EXCEPTIONS_H
#define SIM_EXCEPTIONS_H

#include "base/err.h"
#include "base/events.h"
#include "sim/armv7m/fpu.h"
#include "sim/armv7m/nvic.h"
#include "sim/armv7m/scb.h"
#include "sim/armv7m/systick.h"

struct exceptions_costs {
    uint32_t entry, exit, tail_chain, fp_words; /* cycles */
};

/* What the core calls back. All take `self`. */
struct exceptions_port {
    void *self;
    uint64_t *cycles;            /* the machine's clock: the core adds what it spends */
    uint64_t (*now)(void *self); /* the cycle of the access that reads or writes a register */
    uint64_t *wake;              /* the core keeps it at the cycle it next wants to be asked */
    /* tally n cycles already added to *cycles */
    void (*charge)(void *self, bool sleep, uint64_t n);
    void (*entered)(void *self, int exception, uint32_t frame, uint32_t handler, bool tail);
    void (*returned)(void *self, int exception, uint32_t frame, uint32_t pc);
    /* the core wrote memory by itself: FP words of a frame */
    void (*stored)(void *self, uint32_t addr, uint32_t n);
    /* by the MPU: a word of a frame */
    bool (*allowed)(void *self, uint32_t addr, bool store, bool privileged);
    void (*reset)(void *self);     /* AIRCR.SYSRESETREQ */
    bool (*may_reset)(void *self); /* a watchdog runs: the core does not sleep for ever */
};

/* What tells one core from another. */
struct exceptions_part {
    bool stkalign_fixed;    /* CCR.STKALIGN always reads as one */
    bool caches;            /* CCR has bits for them */
    uint32_t priority_bits; /* implemented, of 8 */
    int interrupts;         /* lines of the NVIC */
};

struct exceptions {
    uc_engine *uc;
    struct events *q;
    struct exceptions_port port;
    struct exceptions_costs cost;
    struct exceptions_part part;
    struct nvic nvic;
    struct scb scb;
    struct systick systick;
    struct fpu fpu;
    bool on_exit; /* the core goes to sleep, for SLEEPONEXIT */
};

struct exceptions *exceptions_open(uc_engine *uc, struct events *q,
                                   const struct exceptions_port *port,
                                   const struct exceptions_costs *cost,
                                   const struct exceptions_part *part, uint32_t vectors,
                                   struct err *e);
void exceptions_reset(struct exceptions *c, uint32_t vectors); /* as after power-on */
void exceptions_close(struct exceptions *c);

/* System control space, 0xe000e000 to 0xe000efff (byte, halfword or word access). */
bool exceptions_owns(uint32_t addr); /* a register that this module answers */
uint32_t exceptions_read(struct exceptions *c, uint32_t addr, unsigned size);
void exceptions_write(struct exceptions *c, uint32_t addr, unsigned size, uint32_t value);

/* Between blocks, when cycles reached *wake: fires events; true when an exception can be taken now,
 * which exceptions_take then does. Both leave *wake at the next cycle of interest. */
bool exceptions_due(struct exceptions *c);
bool exceptions_take(struct exceptions *c, struct err *e);
/* Before an FP instruction that is not an ordinary one (fpu.first): writes the FP words of a frame
 * that were left out, and begins a new FP context. */
void exceptions_fp_begin(struct exceptions *c);
/* SVC executed; PC is already behind it. */
bool exceptions_svc(struct exceptions *c, struct err *e);
/* A branch to an EXC_RETURN value (bit 0 may be lost). False: the guest faulted beyond repair. */
bool exceptions_return(struct exceptions *c, uint32_t value, struct err *e);
/* A fault at PC: true when a handler of the guest was entered, false when there is none to take it
 * (lock-up). */
bool exceptions_fault(struct exceptions *c, enum fault kind, uint32_t addr, struct err *e);
/* Where that handler is; false: the fault would lock the core up. */
bool exceptions_fault_handler(const struct exceptions *c, enum fault kind, uint32_t *handler);
bool exceptions_can_svc(const struct exceptions *c); /* else an SVC escalates: FAULT_SVC */
/* else exceptions_return takes FAULT_INVPC */
bool exceptions_return_valid(const struct exceptions *c, uint32_t value);
/* Asleep by WFI (wfe = false) or WFE. SLEEP_ON: time moved to the next event, or to `limit`, and
 * the core sleeps on. SLEEP_FOR_EVER: no event that is to come can wake it. */
enum sleep { SLEEP_WOKEN, SLEEP_ON, SLEEP_FOR_EVER };
enum sleep exceptions_sleep(struct exceptions *c, bool wfe, uint64_t limit);
/* The return that was just made puts the core to sleep (SLEEPONEXIT); asked once. */
bool exceptions_on_exit(struct exceptions *c);
void exceptions_event(struct exceptions *c); /* SEV */
/* Behind MSR and CPS: bits of MSP, PSP and BASEPRI that are not there go; `raises` as of
 * nvic_trim. */
void exceptions_trim(struct exceptions *c, bool raises);
/* A bus error of a load or store at `addr` is noted but not taken: CCR.BFHFNMIGN in a HardFault, an
 * NMI or FAULTMASK. */
bool exceptions_ignore(struct exceptions *c, uint32_t addr);

/* a breakpoint is taken by the DebugMonitor exception */
bool exceptions_monitored(const struct exceptions *c);
bool exceptions_in_fault(const struct exceptions *c); /* a fault exception is active */
const char *exceptions_name(int exception, char *out, int size);

#endif
