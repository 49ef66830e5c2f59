/* GDB remote protocol over a target that the caller describes. One client, no threads. Everything a
 * client can send is untrusted: packets are bounded, numbers checked, and nothing but the target's
 * own functions is reachable. */
#ifndef SIM_GDB_H
#define SIM_GDB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    GDB_REGS = 40
}; /* r0-r15, xpsr, d0-d15, fpscr, msp, psp, primask, basepri, faultmask, control */
enum { GDB_XPSR = 16, GDB_D0 = 17, GDB_FPSCR = 33, GDB_MSP = 34 };
enum gdb_point {
    GDB_BREAK_SOFT,
    GDB_BREAK_HARD,
    GDB_WATCH_WRITE,
    GDB_WATCH_READ,
    GDB_WATCH_ACCESS
};
enum gdb_why {
    GDB_STEPPED,
    GDB_BREAK,
    GDB_WATCHED,
    GDB_FAULT,
    GDB_INTERRUPTED,
    GDB_EXITED,
    GDB_LIMIT
};

struct gdb_stop {
    enum gdb_why why;
    enum gdb_point point; /* of GDB_WATCHED */
    uint32_t addr;        /* of GDB_WATCHED: the data address */
    int code;             /* of GDB_EXITED */
};

struct gdb_target {
    void *self;
    uint64_t (*reg)(void *self, int n);
    void (*set_reg)(void *self, int n, uint64_t v);
    bool (*read)(void *self, uint32_t addr, uint8_t *out, uint32_t n);
    bool (*write)(void *self, uint32_t addr, const uint8_t *in, uint32_t n);
    bool (*point)(void *self, enum gdb_point kind, uint32_t addr, uint32_t len, bool insert);
    struct gdb_stop (*resume)(void *self, bool step); /* asks gdb_interrupted now and then */
    /* `monitor TEXT`: what to print; false = unknown command */
    bool (*monitor)(void *self, const char *text, struct buf *out);
};

struct gdb;

/* `where`: a TCP port of 127.0.0.1 (0 = any free one, see gdb_port), or the path of a Unix socket
 * (has a '/'). ERR_INPUT, ERR_ENV. */
struct gdb *gdb_listen(const char *where, const struct gdb_target *t, struct err *e);
int gdb_port(const struct gdb *g);
/* When to wait no longer for the debugger: ERR_LIMIT. */
struct gdb_patience {
    uint64_t seconds, since_ns; /* since that time of CLOCK_MONOTONIC; 0 seconds: no limit */
};
/* Waits for one client and serves it until it detaches, kills, or goes. *killed: the program is to
 * end. */
bool gdb_serve(struct gdb *g, const struct gdb_patience *p, bool *killed, struct err *e);
/* the client sent a break, or is gone; only while the target runs */
bool gdb_interrupted(struct gdb *g);
void gdb_close(struct gdb *g);

/* The protocol without a socket, for tests: bytes in, bytes out. */
struct gdb *gdb_offline(const struct gdb_target *t, struct err *e);
void gdb_input(struct gdb *g, const void *bytes, size_t n, struct buf *out);

#endif
