/* Inside of sim/: the state of a machine, in parts that each have an owner.
 *
 * sim/exec/ knows blocks of code, the paths through them, and what is counted. It knows nothing of
 * the host's side (console, debugger, profiles), and the rooms below it know nothing of blocks. */
#ifndef SIM_EXEC_CORE_H
#define SIM_EXEC_CORE_H

#include <unicorn/unicorn.h>

#include "base/events.h"
#include "base/json.h"
#include "base/rows.h"
#include "sim/armv7m/exceptions.h"
#include "sim/armv7m/mpu.h"
#include "sim/boards/board.h"
#include "sim/devices/soc.h"
#include "sim/exec/calls.h"
#include "sim/exec/types.h"
#include "sim/image/elf.h"
#include "sim/memory/memory.h"
#include "sim/exec/options.h"

struct guest;
struct host;
struct ground_counts;

enum { MAX_SINGLE_HOOKS = 256 };

/* Code that was seen: blocks, paths, branches, and the instructions that are watched. Owners:
 * block.c, paths.c. */
struct code {
    struct block **block; /* hash table */
    size_t nblocks;
    size_t cap_blocks;
    struct path **path; /* hash table */
    size_t npaths;
    size_t cap_paths;
    struct path *all;                    /* every path, in a list */
    struct branch *branch[BRANCH_LISTS]; /* by address */
    bool predicts;                       /* the core predicts branches */
    bool exclusive;                      /* a block with LDREX was seen */
    uint64_t decoded;                    /* instructions in all blocks */
    struct reach reach;
    uint32_t *hook; /* addresses with a code hook, sorted */
    size_t nhooks;
    size_t cap_hooks;
    uint32_t *asked; /* addresses that are to get one */
    size_t nasked;
    size_t cap_asked;
    /* what they call */
    void (*on_code)(uc_engine *uc, uint64_t address, uint32_t size, void *user);
    uint32_t single_hooks; /* hooks of one address, or one for all in a range */
    uc_hook single_hook[MAX_SINGLE_HOOKS];
    uint32_t hook_lo;
    uint32_t hook_hi;
    uc_hook range_hook;
    /* bytes of its buffer that the emulator has used up since it was last emptied, an estimate */
    uint64_t translated;
};

/* How the next block is begun. */
enum cursor_phase {
    PHASE_NEW, /* nothing is known of it */
    /* the emulator was stopped before it: the way from the block before it is taken once more */
    PHASE_REPEAT,
    PHASE_ENTERED, /* likewise, and its scope was entered already */
    /* it was accounted for when it was cut short: nothing is left to do at its beginning */
    PHASE_COUNTED,
    /* it lies within a block that runs in several pieces and was accounted for: partial.c */
    PHASE_WITHIN,
};

/* Where execution is within the running block. Owner: run.c, with access.c and cut.c. */
struct cursor {
    struct path *path;
    struct path *before;   /* the one before it, while `stepwise` */
    struct path *observed; /* that runs, for who observes the run */
    struct path idle;      /* in place of a path while none runs */
    enum cursor_phase phase;
    unsigned left; /* how control left the block before, enum pipe_exit */
    /* its accesses and conditional instructions are still to be accounted for: access_finish */
    bool pending;
    bool stepwise;  /* every block is pending: a debugger looks at each instruction */
    bool stored;    /* it is to end behind its IT block, for a store inside that */
    uint64_t start; /* cycle at which it began */
    int32_t stall;  /* cycles added to it since */
    int insn;       /* the instruction that accesses */
    int line_done;  /* fetch lines and events that time has passed */
    int cost_done;
    int mmio_next;       /* the access from which the next one to a peripheral is looked for */
    int last_hook;       /* the instruction whose hook was called last */
    uint64_t executed;   /* watched instructions that passed, as bits */
    uint32_t hook_calls; /* MODE_HOOKS: accesses of the instruction so far */
    pipe_state late_exit[4];
    uint32_t values[MAX_EXPRS]; /* of the block's address expressions */
    void *value_at[16];
    struct {
        uint32_t addr;
        uint32_t size;
        int insn;
        bool open;
    } hooked;                /* the access of a hooked instruction that is to come */
    uint32_t cut;            /* run only up to there, 0 = on, */
    struct block *cut_block; /* of this block */
    uint32_t retry_size;     /* bytes of the block that is translated anew */
};

/* The first instructions of a block run on their own. Owner: partial.c. */
struct partial {
    uint32_t size;   /* bytes of them all */
    uint32_t expect; /* bytes of the translation that the emulator is to begin with; 0: any */
    bool make;       /* it is to be made: an exit is set */
    bool wrong;      /* another one was there */
};

/* Why the emulator was stopped; loop.c says what follows. */
enum stop_why {
    STOP_NONE,
    /* the program branches to itself and nothing is to come, or it was reset by a watchdog */
    STOP_EXIT,
    STOP_FAULT,   /* the instruction at trap.pc faults */
    STOP_CYCLES,  /* --max-cycles */
    STOP_SECONDS, /* --max-seconds */
    STOP_TICK,    /* machine_options.tick said so */
    STOP_RETRY,   /* hooks must be set before the block runs */
    STOP_EVENT,   /* an exception of the emulator: SVC, BKPT, EXC_RETURN, ... */
    STOP_TAKE,    /* an interrupt is to be taken before the block */
    STOP_DEBUG,   /* the debugger wants to stop before the block */
    STOP_ERROR,   /* out of memory, or another error of ours */
    STOP_CUT,     /* the block is to run only up to cursor.cut */
    STOP_STORED,  /* behind a store to a peripheral that changed what is to come */
    STOP_HERE,    /* before the instruction at stop.resume, inside the block */
    STOP_RESET,   /* AIRCR.SYSRESETREQ */
};

/* How the emulator stopped, and where it goes on. Owner: loop.c. */
struct stop {
    enum stop_why why;
    uint32_t resume;
    int interrupt;   /* STOP_EVENT: number of Unicorn's exception */
    int access;      /* uc_mem_type of the access that has no memory, 0 = none */
    uint32_t addr;   /* of that access */
    bool redirected; /* mode or PC were set from outside since the emulator last ran */
};

/* A watched access that may not happen: its base register was changed, so that the emulator stops
 * at it. */
struct diverted {
    int kind; /* enum fault */
    int reg;
    uint32_t pc;
    uint32_t addr;
    uint32_t value;   /* of the register */
    const char *what; /* NULL: there is none */
};

/* Beside enum fault: the stack pointer left the stack; an FP instruction that exceptions_fp_begin
 * has to precede. */
enum { TRAP_STACK = 100, TRAP_FP };

/* An instruction of the block that begins is known to fault. Owner: engine.c, guard.c. */
struct trap {
    bool pending;
    int kind; /* enum fault, TRAP_STACK or TRAP_FP */
    uint32_t pc;
    uint32_t addr; /* of the access, if it is one, and what it is */
    const char *what;
    struct diverted diverted;
};

/* Modelled time. Owner: loop.c. */
struct timeline {
    uint64_t cycles;
    uint64_t check_at; /* the cycle at which a block boundary looks at events and limits */
    uint64_t limit_at;
    /* the cycle at which a block boundary stops this piece of the run; UINT64_MAX: none */
    uint64_t until;
    uint64_t exceptions; /* handlers entered so far */
    uint64_t started_ns; /* of the host, when the run, or its latest piece, began */
    bool started;        /* the first instruction was reached */
    bool ended;          /* the program has ended */
    struct events events;
};

struct scopes {
    struct scope *list; /* the first is the whole run */
    size_t n;
    size_t cap;
    int entered; /* how many were entered so far */
};

/* The main stack. Owner: access.c. */
struct stack {
    uint32_t top;
    uint32_t limit;  /* it may not go below */
    uint32_t region; /* where the memory begins that it lies in */
    uint32_t low;    /* how deep it went, where and in which scope */
    uint32_t low_pc;
    int low_scope;
};

/* Cycle counter and event counters of DWT. Owner: dwt.c. */
struct dwt {
    uint64_t base; /* cycle at which CYCCNT was 0 */
    uint32_t hold; /* its value while it is stopped */
    uint64_t event_base[5];
    uint64_t event_now[5];
    /* What all paths had counted when the run of `walked` began that its count numbers: reads of
     * several counters in one block share it. NULL: not known. */
    const struct path *walked;
    uint64_t walked_count;
    int64_t walked_stall[STALL_COUNT];
};

/* What the firmware says of itself, in .etinysim and by symbols. Owner: scopes.c, machine.c. */
struct firmware {
    struct run_meta net; /* network and its variant */
    char inputs_sha256[65];
    cJSON *config; /* further keys of the configuration; NULL: none */
};
struct layout {
    const struct symbol *arena;
    uint32_t heap_base;
    uint32_t heap_end;
};

/* The paths that began last, for the report of a fault. */
enum { RECENT = 32 };
struct recent {
    struct path *path[RECENT];
    unsigned n; /* so far */
};

struct result {
    int exit_code; /* what the program passed to SYS_EXIT_EXTENDED */
    struct buf fault;
    struct buf warnings; /* one a line */
    uint64_t flash_bytes;
    uint64_t host_ns;
};

/* The register of a peripheral that was read last, again and again with the same value:
 * sim/poll.h. */
struct poll {
    uint32_t addr, value, pc;
    uint32_t bits; /* that the program looks at; 0: not known */
    uint64_t reads, since;
    bool warned;
    int told; /* waits that were told of in the whole run */
};

struct periph_window { /* peripherals in the emulator's map */
    struct machine *m;
    uint32_t base;
};

/* What the executor asks of the machine around it. */
struct exec_port {
    /* Modelled time reached time.check_at before a block at `addr`: events, limits, a debugger.
     * True: the emulator was stopped, the block does not run now. */
    bool (*at_boundary)(struct machine *m, uint32_t addr);
    /* an exception can be taken as things stand, or the run is to end */
    bool (*waits)(const struct machine *m);
};

struct machine {
    /* fixed when it is opened */
    struct machine_options opt;
    const struct exec_port *port;
    struct board *board;
    struct image *image;
    struct isa *isa;
    uc_engine *uc;
    uint8_t *mem[MAX_REGIONS]; /* host memory of each region */
    uint32_t vectors;          /* address of the vector table at reset */
    struct firmware firmware;
    struct layout layout;
    /* execution */
    struct code code;
    struct cursor cursor;
    struct partial partial;
    struct stop stop;
    struct trap trap;
    struct timeline time;
    struct scopes scopes;
    struct calls calls;
    struct stack stack;
    struct recent recent;
    struct ground_counts *ground; /* ground.c; NULL: nothing counted yet */
    struct memory memory;
    /* the core's and the microcontroller's peripherals */
    struct exceptions *exceptions;
    struct mpu mpu;
    bool guarded; /* the MPU was enabled, guard.h */
    struct dwt dwt;
    struct soc *soc;
    struct attached *attached;   /* what hangs on the board */
    struct registers *registers; /* soc_registers(soc) */
    struct clocks clocks;
    struct poll poll;
    struct periph_window window[3];
    /* around it */
    struct guest *guest;
    struct host *host;
    struct result result;
    struct err err; /* of STOP_ERROR */
};

#endif
