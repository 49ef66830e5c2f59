/* A board running a program: Unicorn, memory map, bus and cache timing, the peripherals the
 * firmware needs, and counters per scope.
 *
 * sim/ joins its rooms to a machine and decides what each stop of the emulator asks for (loop.c).
 * It is the only user of Unicorn and libelf; it knows no network, no accelerator and no database.
 * Addresses are bytes, times core cycles. A machine is used by one thread at a time.
 *
 * A scope is a function found by name in the symbol table. Firmware made by `etinysim build`
 * describes its layers in the section .etinysim (JSON, docs/firmware.md); any other ELF gets a
 * scope per function matching --scopes. */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rows.h"
#include "sim/exec/options.h"

struct machine;

struct machine *machine_open(const struct machine_options *o, struct err *e);
/* Before machine_run: a GDB client drives the run, at a port of 127.0.0.1 (*port: which) or a Unix
 * socket (a path). */
bool machine_debug(struct machine *m, const char *where, int *port, struct err *e);
/* Runs to the end. False with ERR_GUEST (machine_fault_text tells more) or ERR_LIMIT; counters stay
 * readable. */
bool machine_run(struct machine *m, struct err *e);
/* Instead of machine_run, as often as wanted: a run in pieces, see sim/exec/options.h. False when
 * the program ended by a fault or a limit. Once it has ended, a call does nothing. max_seconds
 * counts from each call. */
bool machine_go(struct machine *m, const struct machine_until *until, enum machine_why *why,
                struct err *e);
/* Between the pieces of a run: brings the counters that machine_summary and machine_scope read up
 * to now. */
void machine_flush(struct machine *m);
/* Counters of the i-th scope, in no particular order; those that were never entered have 0. */
struct machine_scope {
    const char *name; /* borrowed */
    uint64_t entered;
    uint64_t cycles; /* without those of scopes inside it */
    uint64_t instructions;
    uint64_t stall[16]; /* by enum stall of isa/isa.h */
};
/* false: there is none */
bool machine_scope(const struct machine *m, size_t i, struct machine_scope *out);
/* Totals of the run; strings are borrowed. stall[] by enum stall of isa/isa.h. */
struct machine_totals {
    const char *board, *core, *stack_peak_scope; /* scope where the stack was deepest */
    char stack_peak_at[256];                     /* and function */
    uint64_t clock_hz, cycles, instructions, stack_bytes, host_ns;
    uint64_t stall[16];
    /* factors from the nominal energy to the ends of the board's band */
    double energy_low, energy_high;
    int exit_code; /* what the firmware passed to SYS_EXIT_EXTENDED, 0 for success */
};
void machine_summary(const struct machine *m, struct machine_totals *out);
bool machine_layers(const struct machine *m);          /* the image describes its layers */
const char *machine_warnings(const struct machine *m); /* one a line; "" = none */

/* What hangs on the board did, and when (sim/attached/attached.h); borrowed. */
struct attached;
const struct attached *machine_attached(const struct machine *m);
/* The supply that its energy is reckoned by. */
struct board_energy;
const struct board_energy *machine_energy(const struct machine *m);

/* Everything the run left, as rows for reports/. */
bool machine_rows(struct machine *m, struct rows *out, struct err *e);
const char *machine_uart(const struct machine *m); /* what the firmware printed; borrowed */
/* several lines: registers, backtrace; "" without a fault */
const char *machine_fault_text(const struct machine *m);
/* The fidelity ledger: what is modelled, approximated and ignored on this board. */
bool machine_explain(const struct machine *m, struct buf *out, struct err *e);
/* The decoder and timing of the board's core, for `block`; borrowed. */
struct isa;
struct isa *machine_isa(struct machine *m);
/* Profiles that machine_options.profile asked for, as text. */
bool machine_profile(struct machine *m, int kind, struct buf *out, struct err *e);
/* the n busiest functions */
bool machine_hot(struct machine *m, int n, struct buf *out, struct err *e);
/* Reads guest memory, e.g. the logits after a run; by symbol or address. */
bool machine_symbol(const struct machine *m, const char *name, uint32_t *addr, uint32_t *size);
bool machine_read(struct machine *m, uint32_t addr, void *out, uint32_t n, struct err *e);
/* Before the run or between its pieces. Flash takes only the bytes that it holds; peripherals
 * cannot be written. */
bool machine_write(struct machine *m, uint32_t addr, const void *bytes, uint32_t n, struct err *e);
/* R0 to R12, SP, LR, PC (the instruction to execute next), xPSR. */
uint32_t machine_register(const struct machine *m, unsigned n);
void machine_close(struct machine *m);

#endif
