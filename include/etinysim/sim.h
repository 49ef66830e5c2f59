/* A board that runs a program, with its cycles and instructions counted. etinysim.h has the
 * rules for errors, ownership and threads. Addresses are those of the simulated core, in bytes;
 * cycles are core clocks.
 *
 *   struct etinysim_sim_options o = ETINYSIM_SIM_OPTIONS_INIT;
 *   o.image_path = "a.elf";
 *   o.board = "stm32f407";
 *   struct etinysim_sim *s = etinysim_sim_open(&o, &error); */
#ifndef ETINYSIM_SIM_H
#define ETINYSIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <etinysim/etinysim.h>

#ifdef __cplusplus
extern "C" {
#endif

struct etinysim_sim;

struct etinysim_sim_options {
    size_t size; /* of this struct */
    /* an ELF, Intel HEX or (with `raw`) binary file; without a file a name for messages, or NULL */
    const char *image_path;
    const void *image; /* its bytes, instead of the file; NULL: the file is read */
    size_t image_bytes;
    /* the image is a plain binary whose first byte lies at raw_base, a multiple of 4 */
    bool raw;
    uint32_t raw_base;
    /* name of `etinysim board list`, or path of a board file; with board_text a name for
     * messages */
    const char *board;
    const char *board_text; /* the text of a board file (YAML); NULL: `board` says */
    /* functions to count apart, as a glob: "*", "conv_*"; NULL: only `main`, or the layers of
     * firmware that `etinysim build` made */
    const char *scopes;
    uint64_t max_cycles;  /* end there with ETINYSIM_LIMIT; 0: no bound */
    uint64_t max_seconds; /* of the host's time, for each call that runs; 0: no bound */
    uint64_t clock_hz;    /* of the core; 0: what the program sets */
    /* Gets what the program prints, as it prints it: `n` bytes, not NUL-terminated. It may not
     * call the library for this simulation. NULL: etinysim_sim_console has it all the same. */
    void (*console)(void *user, const char *bytes, size_t n);
    void *user;
};
#define ETINYSIM_SIM_OPTIONS_INIT                   \
    {                                               \
        .size = sizeof(struct etinysim_sim_options) \
    }

/* The program is loaded and stands before its first instruction. ETINYSIM_INPUT,
 * ETINYSIM_ENVIRONMENT. */
ETINYSIM_API struct etinysim_sim *etinysim_sim_open(const struct etinysim_sim_options *options,
                                                    struct etinysim_error *error);
ETINYSIM_API void etinysim_sim_close(struct etinysim_sim *s);

/* How far to run. A bound that is 0 or NULL does not hold; the first that is met ends the call. */
struct etinysim_until {
    size_t size;
    /* the first end of a basic block at or behind this cycle; a sleep (WFI, WFE) is not
     * interrupted */
    uint64_t cycle;
    /* before the instruction at `address` executes. At least one instruction executes first, so
     * that calling again runs to the next time */
    bool at_address;
    uint32_t address;
    const char *function; /* the same by name, of the image's symbols */
    /* before the first instruction of the n-th exception handler that is entered from now on */
    uint64_t exceptions;
};
#define ETINYSIM_UNTIL_INIT                   \
    {                                         \
        .size = sizeof(struct etinysim_until) \
    }

enum etinysim_stop {
    /* *error says why: a fault, a limit, a bound that is none. After a fault or limit it has
     * ended */
    ETINYSIM_STOP_ERROR = -1,
    ETINYSIM_STOP_ENDED = 0, /* the program ended, in this call or before */
    ETINYSIM_STOP_CYCLE = 1,
    ETINYSIM_STOP_ADDRESS = 2,
    ETINYSIM_STOP_EXCEPTION = 3,
    ETINYSIM_STOP_STEPPED = 4,
};
/* Runs as far as `until` says; NULL: to the end. Where a run is interrupted changes none of its
 * numbers. */
ETINYSIM_API enum etinysim_stop etinysim_sim_run(struct etinysim_sim *s,
                                                 const struct etinysim_until *until,
                                                 struct etinysim_error *error);
/* Executes `n` instructions, or fewer where the program ends. Far slower than etinysim_sim_run.
 * Each is a basic block of its own: where flash has wait states, waits for fetches come out a few
 * cycles longer or shorter than in an uninterrupted run. */
ETINYSIM_API enum etinysim_stop etinysim_sim_step(struct etinysim_sim *s, uint64_t n,
                                                  struct etinysim_error *error);

/* What was counted so far, in all. */
struct etinysim_counters {
    size_t size;
    uint64_t cycles;
    uint64_t instructions;
    uint64_t clock_hz;    /* of the core, now */
    uint64_t stack_bytes; /* the main stack at its deepest */
    int exit_code;        /* that the program gave; 0 without one */
};
#define ETINYSIM_COUNTERS_INIT                   \
    {                                            \
        .size = sizeof(struct etinysim_counters) \
    }
ETINYSIM_API void etinysim_sim_counters(struct etinysim_sim *s, struct etinysim_counters *out);

/* Scopes: 0 is what belongs to no other; the others are the functions or layers that
 * options.scopes named. */
struct etinysim_scope {
    size_t size;
    const char *name;
    uint64_t entered; /* times; 0: its counters are 0 */
    uint64_t cycles;  /* in it, without those in other scopes that it called */
    uint64_t instructions;
};
#define ETINYSIM_SCOPE_INIT                   \
    {                                         \
        .size = sizeof(struct etinysim_scope) \
    }
/* False: there is no such index. */
ETINYSIM_API bool etinysim_sim_scope(struct etinysim_sim *s, size_t index,
                                     struct etinysim_scope *out);

/* Why cycles were spent: "base" is one cycle for each issue, the others are waits: "cpi", "lsu",
 * "exc", "sleep", "refill", "mispredict", "fetch", "data"; docs/timing.md. They sum up to the
 * cycles. "fold" and "dual" count instructions that took no cycle of their own. */
ETINYSIM_API const char *etinysim_stall_name(size_t index); /* NULL behind the last */
/* Cycles for `stall`, one of these names: of the scope `index`, or with ETINYSIM_ALL of the
 * whole run. ETINYSIM_INPUT. */
#define ETINYSIM_ALL ((size_t)-1)
ETINYSIM_API bool etinysim_sim_stall(struct etinysim_sim *s, size_t index, const char *stall,
                                     uint64_t *cycles, struct etinysim_error *error);

/* Memory as the core sees it, without cycles and without peripherals. The range may not leave
 * memory: ETINYSIM_INPUT. Flash takes only the bytes that it holds. */
ETINYSIM_API bool etinysim_sim_read(struct etinysim_sim *s, uint32_t address, void *out, size_t n,
                                    struct etinysim_error *error);
ETINYSIM_API bool etinysim_sim_write(struct etinysim_sim *s, uint32_t address, const void *bytes,
                                     size_t n, struct etinysim_error *error);
/* Address and size in bytes of a function or variable; either pointer may be NULL. False: the
 * image has no such symbol. */
ETINYSIM_API bool etinysim_sim_symbol(const struct etinysim_sim *s, const char *name,
                                      uint32_t *address, uint32_t *size);
/* 0 to 12: R0 to R12; 13 SP, 14 LR, 15 the address of the instruction to execute next, 16 xPSR;
 * others read 0. */
ETINYSIM_API uint32_t etinysim_sim_register(const struct etinysim_sim *s, unsigned n);

/* Text, valid until the next call that runs or closes. The first MiB that was printed: */
ETINYSIM_API const char *etinysim_sim_console(const struct etinysim_sim *s);
ETINYSIM_API const char *etinysim_sim_warnings(const struct etinysim_sim *s); /* one a line */
/* Registers and backtrace; "" without a fault: */
ETINYSIM_API const char *etinysim_sim_fault(const struct etinysim_sim *s);

#ifdef __cplusplus
}
#endif

#endif
