/* The machine's system side: exceptions, events, peripherals with behaviour, and who watches the run. run.c asks
 * here only when modelled time reaches the next event, or when the emulator stopped. */
#ifndef SIM_GUEST_H
#define SIM_GUEST_H

#include "sim/exec/core.h"
#include "base/events.h"
#include "sim/armv7m/exceptions.h"
#include "sim/image/lines.h"
#include "sim/armv7m/mpu.h"
#include "sim/host/profile.h"

struct context { /* call frames of a thread of the guest that does not run */
    uint32_t key; /* where its exception frame lies */
    int depth, scope;
    struct frame *frame;
};

struct guest {
    struct machine *m;
    struct events q;
    struct nvic *nvic;
    struct mpu mpu;
    struct lines *lines;    /* read when first needed */
    uint8_t *written[MAX_REGIONS]; /* --uninit: a bit per byte */
    unsigned nuninit;
    uint32_t rtt;           /* address of the control block, 0 = none */
    uint64_t rtt_next;
    struct semihost *semihost;
    bool strict_hit;        /* --strict, and an unmodelled register was touched */
    uint32_t strict_pc;
    int nlisted;            /* unmodelled registers that were listed */
    char strict_what[200];
    struct debug *debug;    /* NULL: no debugger */
    struct profile *profile; /* NULL: none is wanted */
    struct node *seen;      /* the block that runs, for the profile */
    uint64_t mark;          /* up to where the profile has the cycles */
    struct { uint32_t key; int depth, scope; } saved[MAX_EXC]; /* per nested exception: what it interrupted */
    int level;
    struct context *context;
    size_t ncontexts, cap_contexts;
    uint32_t stack_limit;   /* the main stack may not go below */
    uint32_t stack_region;  /* where the memory begins that it lies in */
    struct err first;       /* of the first fault that a handler of the guest has not returned from */
    struct buf report;
    uint32_t wfe_at;        /* where Unicorn last took a WFE for an undefined instruction */
    uint64_t wfe_cycle;
    int resets;             /* that the program asked for */
};

bool guest_open(struct machine *m, struct err *e);
void guest_close(struct machine *m);
/* Modelled time reached machine.check_at at a block boundary: fires events and sets check_at anew. True: an
 * exception waits to be taken. */
bool guest_due(struct machine *m);
bool guest_take(struct machine *m, struct err *e);
bool guest_waits(const struct machine *m); /* an exception can be taken as things stand, or the run is to end */
/* The emulator left its loop with exception `number` of Unicorn (-1: none) or error; pc is where. True: go on at
 * machine.resume. False: the run ends, with *e set when it faulted. */
bool guest_interrupt(struct machine *m, int number, uint32_t pc, struct err *e);
void guest_reset(struct machine *m, const char *why); /* ends the run */
bool guest_halt(struct machine *m, uint32_t pc);
bool guest_is_wfe(struct machine *m, uint32_t pc); /* Unicorn reports a WFE as an undefined instruction behind it */
bool guest_fault(struct machine *m, enum fault kind, uint32_t addr, uint32_t pc, const char *what, struct err *e);
/* The run ends: a fault whose handler never returned is its result. */
bool guest_end(struct machine *m, struct err *e);
bool guest_on_main_stack(const struct machine *m);
bool guest_stack_overflow(struct machine *m, struct err *e); /* report and false */
bool guest_misaligned(struct machine *m, const struct insn *in, uint32_t addr); /* an access there faults */
bool guest_traps_division(struct machine *m);
bool guest_no_fpu(struct machine *m); /* CPACR forbids FP instructions */
bool guest_idle(const struct machine *m); /* no event is to come: an endless loop never ends */
/* A branch to itself with nothing to come: the program's end, false; in a handler a fault. */
bool guest_stuck(struct machine *m, uint32_t pc, struct err *e);
/* rtt.c */
void rtt_open(struct machine *m);
void rtt_drain(struct machine *m);
/* semihost.c */
bool semihost_open(struct machine *m, struct err *e);
void semihost_close(struct machine *m);
/* debug.c */
bool debug_serve(struct machine *m, struct err *e);      /* instead of running: what the debugger says */
bool debug_at_block(struct machine *m, uint32_t addr);   /* true: stop before this block */
bool debug_exit(struct machine *m, uint32_t pc);         /* the emulator stopped at one of the debugger's exits */
void debug_cut(struct machine *m, uint32_t cut);          /* the next leg runs only up to there; 0: on */
void debug_close(struct machine *m);
/* soc_port.c */
bool soc_port_open(struct machine *m, struct err *e);    /* opens machine.soc */
/* reset.c */
bool reset_run_on(struct machine *m, struct err *e);     /* the program asked for a system reset; false: the run ends */
/* observe.c */
bool observe_open(struct machine *m, struct err *e); /* after the machine's own hooks */
void observe_flush(struct machine *m, uint32_t next, uint64_t now); /* the block that runs ended at `now` */
void observe_written(struct machine *m, uint32_t addr, uint32_t n); /* by other ways than a store instruction */
struct lines *guest_lines(struct machine *m);
/* Registers that this side answers; false: not one of them. */
bool guest_read(struct machine *m, uint32_t addr, unsigned size, uint32_t *v);
bool guest_write(struct machine *m, uint32_t addr, unsigned size, uint32_t v);

#endif
