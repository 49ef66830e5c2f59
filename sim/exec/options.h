/* What a run of a machine is made from. */
#ifndef SIM_EXEC_OPTIONS_H
#define SIM_EXEC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/attached/engine.h"

struct machine_options {
    /* of an ELF, Intel HEX or raw binary; a name for messages when `image` holds its bytes */
    const char *elf_path;
    const void *image; /* NULL: they are read from elf_path. Copied. */
    size_t image_bytes;
    /* name or path of a board file; a name for messages when board_text holds it */
    const char *board;
    const char *board_text; /* NULL: it is read from a file. */
    /* Called with what the program prints, when it does; NULL: it is only kept. It may not call the
     * machine. */
    void (*console)(void *user, const char *bytes, size_t n);
    void *console_user;
    /* Called with each warning, when it arises; NULL: they are only kept (machine_warnings). It may
     * not call the machine. */
    void (*notice)(void *user, const char *line);
    void *notice_user;
    /* Called every few million cycles with the cycles so far; false ends the run (ERR_LIMIT). NULL:
     * never. */
    bool (*tick)(void *user, uint64_t cycles, uint64_t clock_hz);
    void *tick_user;
    const char *scopes;   /* glob of function names; NULL: the layers of .etinysim, or only main */
    uint64_t max_cycles;  /* 0: no limit */
    uint64_t max_seconds; /* of host time; 0: no limit */
    uint64_t stack_bytes; /* of the main stack; 0: down to the data below it */
    const char *stub;     /* registers that read as told, see docs/guests.md; NULL: none */
    /* Devices on the board's pins, each NAME=SPI,KEY=VALUE,... of sim/attached/; NULL behind the
     * last, or NULL: none. */
    const char *const *attach;
    tinynpu_open *npu; /* for a TinyNPU among them */
    void *npu_user;
    const char *uart_in; /* [PORT=]FILE whose bytes a USART receives, docs/guests.md; NULL: none */
    const char *semihost_root; /* the only directory whose files the guest may open; NULL: none */
    uint64_t base;      /* of a raw binary, 1 + its address; 0: the file is an ELF or Intel HEX */
    const char *supply; /* of the board's supplies, e.g. "ldo-1.8"; NULL: its first one */
    bool uninit;        /* list reads of SRAM that was never written */
    bool strict;        /* an access to an unmodelled peripheral is a fault */
    unsigned profile;   /* 1 << kind of each profile to collect, see sim/host/profile.h */
    unsigned profile_foreign; /* further ones, of a program that describes no layers */
    /* 0: what the firmware set; else an override that is recorded with the run */
    uint64_t clock_hz;
    /* MODE_EXACT; MODE_STATIC counts core cycles only, without memory system, regions and stack;
     * MODE_HOOKS gives the numbers of MODE_EXACT by watching every instruction and access, slowly,
     * for tests; MODE_BARE counts nothing: it is the yardstick of `make bench` and knows no
     * limit. Time stands still in it: a program that waits for a peripheral waits for ever, but not
     * for a USART to have sent. */
    enum machine_mode { MODE_EXACT, MODE_STATIC, MODE_HOOKS, MODE_BARE } mode;
};

/* How far a piece of a run goes. A part that is 0 sets no bound. */
struct machine_until {
    uint64_t cycle; /* the first boundary of a block at or behind it; a sleep is not interrupted */
    /* before the instruction at `address` executes; at least one executes before */
    bool at_address;
    uint32_t address;
    /* before the first instruction of the n-th handler that is entered from now on */
    uint64_t exceptions;
    /* One by one, so many; an instruction that is skipped in an IT block counts. Each is a block of
     * its own then. Where flash has wait states, waits for fetches so come out a few cycles longer
     * or shorter than in an uninterrupted run. */
    uint64_t instructions;
};
enum machine_why {
    MACHINE_ENDED,
    MACHINE_CYCLE,
    MACHINE_ADDRESS,
    MACHINE_EXCEPTION,
    MACHINE_STEPPED
};

#endif
