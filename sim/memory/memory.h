/* The memory system's share of time: flash accelerator, caches, wait states and the bus.
 *
 * This room knows the board's memories and what was fetched or accessed before. It knows no
 * instructions, no emulator and no contents: those stay with the emulator and are always coherent.
 * Times are core cycles; whoever asks adds them up. */
#ifndef SIM_MEMORY_MEMORY_H
#define SIM_MEMORY_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sim/boards/board.h"

/* Parts beside those of the map: an access to the core's private peripheral bus, to a peripheral of
 * the part, to nothing, and one that is looked up access by access. */
enum {
    MAX_PARTS = 29,
    PART_PRIVATE = 29,
    PART_PERIPH = 30,
    PART_HOLE = 31,
    PART_SLOTS = 32,
    PART_EACH = 255
};

enum part_kind {
    PK_CODE,
    PK_RODATA,
    PK_DATA,
    PK_BSS,
    PK_ARENA,
    PK_STACK,
    PK_HEAP,
    PK_OTHER,
    PK_COUNT
};

struct memory_part { /* an address range with one region and one use */
    uint32_t base;
    uint32_t end; /* exclusive */
    uint8_t region;
    enum part_kind kind;
    /* state per cache line from lines_base on, NULL = this data path has no cache */
    uint8_t *lines;
    uint32_t lines_base;
    uint8_t shift; /* log2 of the line */
};

/* sets x ways of lines. A line is a byte of state per region and line number, 0 = absent, so that a
 * hit is one load. */
struct linecache {
    uint32_t sets;
    uint32_t ways;
    uint32_t sectors; /* state bytes that share an entry */
    uint8_t **slot;   /* [sets * ways], first state byte of what is held */
    uint64_t *stamp;  /* last use, on the clock `now` */
    uint64_t now;
    uint32_t victim; /* state of the replacement generator */
    bool lru;
    bool on;
    uint32_t epoch; /* changes whenever a line comes or goes */
    uint64_t misses;
    uint64_t writebacks;
};

/* What memory needs to know of the core; its rules that it has none of are negative. */
struct memory_core {
    /* it fetches 64 bits at a time over AXI, through caches; else 32 over AHB-Lite */
    bool axi;
    int unaligned_load;  /* cycles more; none: split in aligned transfers */
    int unaligned_store; /* cycles of the store buffer; none: free */
    int store_buffer;    /* stores that it holds */
    int store_odd;       /* cycles more of an even number of words that do not begin at 0 mod 8 */
};

struct memory {
    const struct board *board;
    struct memory_core core;
    bool axi;   /* of the core */
    bool timed; /* false: every wait is 0 */
    /* what the firmware has set */
    uint32_t ws;
    uint32_t bus_ratio;
    bool prefetch;
    uint32_t config; /* changes with any of it */
    /* NULL: a region's own policy; else asked for each access that the data cache may take */
    enum cache_policy (*policy)(void *self, uint32_t addr, enum cache_policy by_region);
    void *policy_self;
    struct memory_part part[PART_SLOTS]; /* those from MAX_PARTS on are empty */
    int nparts;
    struct linecache icache;
    struct linecache dcache;
    struct linecache art_i;
    struct linecache art_d;
    uint8_t *iline[MAX_REGIONS]; /* line states by region */
    uint8_t *dline[MAX_REGIONS];
    bool art_region[MAX_REGIONS];
    uint8_t line_shift[MAX_REGIONS];
    uint64_t axi_free;   /* cycle at which the bus has done what it was asked */
    uint64_t store_free; /* cycle at which the last unaligned store has left the store buffer */
    uint32_t conflict;   /* part of a cycle that conflicts have collected, in 1/1024 */
    uint32_t fetch_line; /* the line being executed, ~0 = none */
    uint32_t ahead; /* cycles by which reading flash was done with the line before the core was */
    uint64_t fetch_since; /* cycle at which it was entered */
};

struct memory_setup {
    uint32_t wait_states;
    uint32_t bus_ratio; /* core cycles of a bus clock */
    bool prefetch;
    bool art_icache;
    bool art_dcache;
    bool icache;
    bool dcache;
};

/* Zero-initialise `m` before. The board is borrowed. Parts are the caller's to fill in before
 * memory_configure. */
bool memory_open(struct memory *m, const struct board *b, const struct memory_core *core,
                 bool timed, struct err *e);
void memory_close(struct memory *m);
void memory_reset(struct memory *m); /* all caches empty */
/* The firmware changed clocks, wait states or cache enables. */
void memory_configure(struct memory *m, const struct memory_setup *u);
void memory_refresh(struct memory *m); /* the policy changed */

/* The longest waits there are: of a fill, a fetch line and a transfer. */
struct memory_waits {
    uint32_t fill;
    uint32_t line;
    uint32_t access;
};
void memory_waits(const struct memory *m, struct memory_waits *out);

/* Bytes of one fetch that can stall, 0 = none can. */
uint32_t memory_granule(const struct memory *m, int region);
/* All these lines are in the instruction cache. */
bool memory_resident(const struct memory *m, int region, const uint32_t *line, int n);
/* Execution comes to a line at `now`: how long it waits. */
uint32_t memory_line(struct memory *m, int region, uint32_t line, uint64_t now);

/* An access to a part with `lines`: how long it waits. */
uint32_t memory_data(struct memory *m, int part, uint32_t addr, bool store, uint64_t now);
/* The wait that follows from part and alignment alone. */
uint32_t memory_fixed(const struct memory *m, int part, uint32_t addr, uint32_t width, bool store);
/* The wait of the first of several words that one instruction stores from `addr` on. */
uint32_t memory_odd(const struct memory *m, uint32_t addr, int words);
/* Low address bits that decide these two, of an access of so many transfers. */
uint8_t memory_align(const struct memory *m, uint32_t width, int transfers, bool store);
/* Whether a store enters the store buffer for longer than it takes to issue, and what it waits for
 * room there at `now`. */
bool memory_lingers(const struct memory *m, uint32_t addr, uint32_t width, bool store);
uint32_t memory_linger(struct memory *m, uint64_t now);
/* Until the bus matrix grants an access the way to its memory, where a bus that was idle has to be
 * granted it anew. */
uint32_t memory_grant(const struct memory *m, int part, bool store, int transfers);
/* For an access that shares the bus with code of region `code`. */
uint32_t memory_shared(const struct memory *m, int code, int part);

/* Cache maintenance: a write to the register at address `reg` of the system control space. */
void memory_maintain(struct memory *m, uint32_t reg, uint32_t value, uint64_t now);
void memory_art_reset(struct memory *m, bool instructions, bool data);

#endif
