/* Inside of the machine: its state, shared by the files of sim/ only. */
#ifndef SIM_CORE_H
#define SIM_CORE_H

#include <unicorn/unicorn.h>

#include "sim/exec/access.h"
#include "sim/exec/block.h"
#include "sim/exec/calls.h"
#include "base/events.h"
#include "sim/armv7m/exceptions.h"
#include "sim/armv7m/mpu.h"
#include "sim/boards/board.h"
#include "sim/devices/soc.h"
#include "sim/image/elf.h"
#include "sim/machine.h"
#include "sim/memory/memory.h"
#include "sim/exec/scope.h"

enum stop_why { STOP_NONE, STOP_EXIT, STOP_FAULT, STOP_CYCLES, STOP_SECONDS, STOP_RETRY, STOP_EVENT, STOP_TAKE, STOP_DEBUG, STOP_ERROR,
                STOP_CUT, STOP_STORED, STOP_HERE, STOP_RESET };

struct guest;
struct host;

struct periph_window { /* peripherals in the emulator's map */
    struct machine *m;
    uint32_t base;
};

enum { TRAP_STACK = 100, RING = 32 };

/* A watched access that may not happen: its base register was changed, so that the emulator stops at it. */
struct diverted {
    int kind; /* enum fault */
    int reg;
    uint32_t pc;
    uint32_t addr;
    uint32_t value;   /* of the register */
    const char *what; /* NULL: there is none */
};

/* What the executor asks of the machine around it. */
struct exec_port {
    /* Modelled time reached machine.check_at before a block at `addr`: events, limits, a debugger. True: the emulator was
     * stopped, the block does not run now. */
    bool (*attend)(struct machine *m, uint32_t addr);
    bool (*waits)(const struct machine *m); /* an exception can be taken as things stand, or the run is to end */
};

struct machine {
    struct guest *guest;
    struct host *host;
    struct node *ring[RING]; /* the blocks that began last */
    unsigned ring_at;
    struct node *seen; /* the block that runs, for who observes the run */
    const struct exec_port *port;
    struct machine_options opt;
    struct board *board;
    struct image *image;
    struct isa *isa;
    uc_engine *uc;
    uint8_t *mem[MAX_REGIONS]; /* host memory of each region */
    /* what runs */
    struct node *cur, *before, idle, *all, **nodes; /* before: cur, if careful */
    size_t nnodes, nodes_cap;
    struct block **blocks;
    size_t nblocks, blocks_cap;
    struct branch *branch[BRANCH_LISTS]; /* by address */
    uint64_t decoded; /* instructions in all blocks */
    uint64_t cycles, block_start, check_at, limit_at, started_ns;
    int32_t block_stall; /* added to this block since it began */
    pipe_state late_exit[4];
    uint32_t values[MAX_STEPS]; /* of the plan's steps, for the block that runs */
    void *value_at[16];
    uint64_t executed;   /* watched instructions that passed */
    uint32_t hook_calls; /* MODE_HOOKS: accesses of the instruction so far */
    int line_done, event_done, insn_now, mmio_next, last_hook; /* last_hook: the instruction whose hook was called last */
    bool open; /* the running block waits for data_finish */
    unsigned left;       /* how control left the block before, enum pipe_exit */
    bool again, predicts; /* again: the step to the next block is repeated */
    bool begun, recut;    /* then: the block is accounted for already; only its scope is entered already */
    bool careful;         /* every block waits for data_finish: a debugger looks at each instruction */
    bool trapped, stored; /* the block that begins faults at trap_pc; one that runs is to end behind its IT block */
    struct { uint32_t addr, size; bool open; } hooked; /* the access of a hooked instruction that is to come */
    uint32_t retry_size, cut; /* cut: run only up to there, 0 = on */
    struct reach reach;
    uint32_t *hook; /* addresses with a code hook, sorted */
    size_t nhooks, hooks_cap;
    uint32_t *asked; /* addresses that are to get one */
    size_t nasked, asked_cap;
    void (*on_code)(uc_engine *uc, uint64_t address, uint32_t size, void *user); /* what they call */
    uint32_t code_hooks, hook_lo, hook_hi;
    uc_hook range_hook;
    struct scope *scopes;
    size_t nscopes, scopes_cap;
    int order;
    struct calls calls;
    struct memory memory;
    struct clocks clocks;
    /* peripherals */
    struct events events; /* what happens at a modelled cycle */
    struct nvic *nvic;
    struct mpu mpu;
    struct soc *soc;
    struct registers *registers; /* soc_registers(soc) */
    struct periph_window window[3];
    uint64_t cyccnt_base, cnt_base[5], cnt_now[5];
    uint32_t cyccnt_hold;
    struct run_meta net; /* network and its variant, as the firmware describes it */
    char inputs_sha256[65];
    struct buf fw_config;
    /* stack */
    const struct symbol *arena;
    uint32_t heap_base, heap_end, sp_top, sp_low, sp_low_pc;
    uint32_t stack_limit;  /* the main stack may not go below */
    uint32_t stack_region; /* where the memory begins that it lies in */
    int sp_low_scope;

    enum stop_why why;
    uint32_t trap_addr; /* of the trap, where it is an access, and then what it is */
    const char *trap_what;
    bool redirected; /* mode or PC were set from outside since the emulator last ran */
    bool guarded; /* the MPU was enabled, guard.h */
    struct diverted diverted;
    uint32_t trap_pc, resume, vectors, fault_addr;
    int fault_type, interrupt, trap; /* trap: enum fault of the instruction at trap_pc, or TRAP_STACK */
    uint64_t flash_bytes, host_ns;
    int exit_code;
    struct err err;
    struct buf fault, warnings;
};

#endif
