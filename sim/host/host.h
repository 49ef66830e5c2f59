/* Inside of sim/host/: what lies on the host's side of a run: console, semihosting, RTT, a
 * debugger, profiles. It may look at the executor; the executor does not know it. */
#ifndef SIM_HOST_HOST_H
#define SIM_HOST_HOST_H

#include "sim/exec/core.h"
#include "sim/host/profile.h"
#include "sim/image/lines.h"

struct host {
    struct buf console;
    bool console_full;             /* more was printed than is kept */
    struct line_table *lines;      /* line tables of the image, read when first needed */
    uint8_t *written[MAX_REGIONS]; /* --uninit: a bit per byte */
    unsigned nuninit;              /* reads of memory that was never written, listed so far */
    uint32_t rtt;                  /* address of RTT's control block, 0 = none */
    uint64_t rtt_next;             /* cycle at which it is looked at again */
    struct semihost *semihost;
    struct debug *debug;     /* NULL: no debugger */
    struct profile *profile; /* NULL: none is wanted */
    uint64_t mark;           /* up to which cycle the profile has time */
};

/* open.c */
bool host_open(struct machine *m, struct err *e); /* once the image is read */
void host_close(struct machine *m);
/* console.c */
void console_write(struct machine *m, const char *s, size_t n);
/* rtt.c */
void rtt_open(struct machine *m);
void rtt_drain(struct machine *m);
/* semihost.c */
bool semihost_open(struct machine *m, struct err *e);
void semihost_close(struct machine *m);
bool semihost_call(struct machine *m); /* at a BKPT 0xab; false: the program ends */
/* debug.c */
/* As machine_debug: listens for a GDB client, which drives the run from debug_serve on. */
bool debug_open(struct machine *m, const char *where, int *port, struct err *e);
/* Instead of running: what the debugger says; `emulate` runs on until the emulator stops, false:
 * the run ended. */
bool debug_serve(struct machine *m, bool (*emulate)(struct machine *m, struct err *e),
                 struct err *e);
/* The same for one piece of a run, without a debugger. Errors end the run. */
void debug_go(struct machine *m, bool (*emulate)(struct machine *m, struct err *e),
              const struct machine_until *until, enum machine_why *why, struct err *e);
bool debug_at_block(struct machine *m, uint32_t addr); /* true: stop before this block */
/* the emulator stopped at one of the debugger's exits */
bool debug_exit(struct machine *m, uint32_t pc);
/* A BKPT of the program at `pc`: with GDB the core halts there, as DHCSR.C_DEBUGEN is 1. False: it
 * does not. */
bool debug_halts(struct machine *m, uint32_t pc);
/* the emulator, started next, runs only up to there; 0: on */
void debug_cut(struct machine *m, uint32_t cut);
void debug_close(struct machine *m);
/* observe.c */
bool observe_open(struct machine *m, struct err *e); /* after the executor's own hooks */
/* the block that runs ended at `now` */
void observe_flush(struct machine *m, uint32_t next, uint64_t now);
/* by other ways than a store instruction */
void observe_written(struct machine *m, uint32_t addr, uint32_t n);
struct line_table *observe_lines(struct machine *m);
/* As machine_profile and machine_hot. */
bool observe_profile(struct machine *m, int kind, struct buf *out, struct err *e);
bool observe_hot(struct machine *m, int n, struct buf *out, struct err *e);

#endif
