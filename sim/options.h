/* What a run of a machine is made from. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct machine_options {
    const char *elf_path;
    const char *board;      /* name or path of a board file */
    const char *scopes;     /* glob of function names; NULL: the layers of .etinysim, or only main */
    uint64_t max_cycles;    /* 0: no limit */
    uint64_t max_seconds;   /* of host time; 0: no limit */
    uint64_t stack_bytes;   /* of the main stack; 0: down to the data below it */
    const char *stub;       /* registers that read as told, see docs/guests.md; NULL: none */
    const char *uart_in;    /* [PORT=]FILE whose bytes a USART receives, docs/guests.md; NULL: none */
    const char *semihost_root; /* the only directory whose files the guest may open; NULL: none */
    uint64_t base;          /* of a raw binary, 1 + its address; 0: the file is an ELF or Intel HEX */
    bool uninit;            /* list reads of SRAM that was never written */
    bool strict;            /* an access to an unmodelled peripheral is a fault */
    unsigned profile;       /* 1 << kind of each profile to collect, see sim/host/profile.h */
    uint64_t clock_hz;      /* 0: what the firmware set; else an override that is recorded with the run */
    /* MODE_EXACT; MODE_STATIC counts core cycles only, without memory system, regions and stack; MODE_HOOKS gives the
     * numbers of MODE_EXACT by watching every instruction and access, slowly, for tests; MODE_BARE counts nothing: it is
     * the yardstick of `make bench` and knows no limit. */
    enum machine_mode { MODE_EXACT, MODE_STATIC, MODE_HOOKS, MODE_BARE } mode;
};

#endif
