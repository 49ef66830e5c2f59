/* What the guest's system side asks of a run: exceptions, faults, sleep, and the end of the
 * program. */
#ifndef SIM_GUEST_H
#define SIM_GUEST_H

#include "sim/exec/core.h"

struct guest {
    bool strict_hit; /* --strict, and an unmodelled register was touched */
    uint32_t strict_pc;
    char strict_what[200];
    int nlisted;      /* unmodelled registers that were listed */
    struct err first; /* of the first fault that a handler of the guest has not returned from */
    struct buf report;
    uint32_t wfe_at; /* where Unicorn last took a WFE for an undefined instruction */
    uint64_t wfe_cycle;
    int resets;     /* that the program asked for */
    bool dog_reset; /* a watchdog ended the run */
};

bool guest_open(struct machine *m, struct err *e);
void guest_close(struct machine *m);
/* Modelled time reached time.check_at at a block boundary: fires events and sets check_at anew.
 * True: an exception waits to be taken. */
bool guest_due(struct machine *m);
bool guest_take(struct machine *m, struct err *e);
bool guest_waits(const struct machine *m); /* exec_port.waits */
/* The emulator left its loop with exception `number` of Unicorn (-1: none) or error; pc is where.
 * True: go on at stop.resume. False: the run ends, with *e set when it faulted. */
bool guest_interrupt(struct machine *m, int number, uint32_t pc, struct err *e);
void guest_reset(struct machine *m, const char *why); /* ends the run */
/* Asleep behind the WFI or WFE before stop.resume, or on exit from a handler, up to
 * time.limit_at. */
enum sleep guest_sleep(struct machine *m, bool on_exit);
/* Is a WFE before `pc`, which Unicorn reports as an undefined instruction at `pc`? */
bool guest_is_wfe(struct machine *m, uint32_t pc);
/* An instruction that cannot be executed, whose IT condition fails: goes on behind it. */
bool guest_skips(struct machine *m, uint32_t pc);
bool guest_fault(struct machine *m, enum fault kind, uint32_t addr, uint32_t pc, const char *what,
                 struct err *e);
/* The run ends: a fault whose handler never returned is its result. */
bool guest_end(struct machine *m, struct err *e);
bool guest_stack_overflow(struct machine *m, struct err *e); /* report and false */
/* A branch to itself with nothing to come: the program's end, false; in a handler a fault. */
bool guest_stuck(struct machine *m, uint32_t pc, struct err *e);

#endif
