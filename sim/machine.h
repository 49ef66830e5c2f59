/* A board running a program: Unicorn, memory map, bus and cache timing, the peripherals the firmware needs, and
 * counters per scope. The only user of Unicorn and libelf.
 *
 * A scope is a function found by name in the symbol table. Firmware made by `etinysim build` describes its layers
 * in the section .etinysim (JSON, docs/firmware.md); any other ELF gets a scope per function matching --scopes. */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rows.h"

struct machine;

struct machine_options {
    const char *elf_path;
    const char *board;      /* name or path of a board file */
    const char *scopes;     /* glob of function names; NULL: the layers of .etinysim, or only main */
    uint64_t max_cycles;    /* 0: no limit */
    uint64_t max_seconds;   /* of host time; 0: no limit */
    uint64_t clock_hz;      /* 0: what the firmware set; else an override that is recorded with the run */
    bool regions;           /* count every access by region and width (otherwise only what timing needs) */
};

enum machine_end { END_EXIT, END_FAULT, END_CYCLES, END_SECONDS };

struct machine *machine_open(const struct machine_options *o, struct err *e);
/* Runs to the end. False with ERR_GUEST (machine_fault_text tells more) or ERR_LIMIT; counters stay readable. */
bool machine_run(struct machine *m, struct err *e);
/* Everything the run left, as rows for reports/. */
bool machine_rows(struct machine *m, struct rows *out, struct err *e);
const char *machine_uart(const struct machine *m);       /* what the firmware printed; borrowed */
const char *machine_fault_text(const struct machine *m); /* several lines: registers, backtrace; "" without a fault */
/* Reads guest memory, e.g. the logits after a run; by symbol or address. */
bool machine_symbol(const struct machine *m, const char *name, uint32_t *addr, uint32_t *size);
bool machine_read(struct machine *m, uint32_t addr, void *out, uint32_t n, struct err *e);
void machine_close(struct machine *m);

#endif
