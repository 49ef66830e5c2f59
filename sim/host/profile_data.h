/* What profile.c collects and profile_write.c puts into files. */
#ifndef SIM_PROFILE_DATA_H
#define SIM_PROFILE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;
struct line_table;
struct profile;

enum { MAX_TRACE = 2 << 20, MAP_COLUMNS = 256, MAP_SHIFT = 10, MAP_ROWS = 4096 };

struct fn {
    uint32_t addr, size;
    const char *name; /* NULL: no symbol, named after its address */
    char *plain;      /* owned: the name in its source, NULL when they are the same */
    uint64_t cycles, instructions, inclusive, calls;
};

struct tree { /* a function called from one place of another, all the way up */
    int fn, parent, child, sibling; /* -1 = none */
    uint32_t site;                  /* address of the call */
    uint64_t calls, cycles, instructions, inclusive, inclusive_insn;
};

struct count {
    uint32_t addr;
    uint8_t size;
    uint64_t runs, cycles;
};

struct call_frame {
    int node;
    uint32_t ret; /* where it returns to; for a handler ~0 */
    bool exception;
};

struct call_stack {
    uint32_t key; /* of the exception frame while it does not run */
    struct call_frame *f;
    size_t depth, cap;
    bool parked;
    int first; /* function that it began with */
    uint64_t cycles;
};

struct trace_event {
    uint64_t at;
    int32_t fn;     /* -1: end, -2: counter */
    uint32_t value; /* counter */
    uint16_t stack;
};

struct map_cell {
    uint64_t reads, writes; /* bytes */
};

struct profile {
    const struct image *im;
    const struct line_table *lines;
    const char *path;
    unsigned want;
    bool failed, trace_full;
    struct fn *fn;
    size_t nfn, cap_fn;
    struct tree *tree;
    size_t ntree, cap_tree;
    struct count *count; /* hash table by addr, size a power of two */
    size_t ncount, cap_count;
    struct call_stack *stack; /* 0: handler mode */
    size_t nstack, cap_stack, cur;
    struct trace_event *event;
    size_t nevent, cap_event;
    uint64_t now, asleep;
    uint32_t sp_shown;
    struct map_cell *map; /* MAP_ROWS rows of MAP_COLUMNS */
    /* block number (address >> MAP_SHIFT) of a row; rows are found by hash */
    uint32_t map_row[MAP_ROWS];
    uint64_t map_step; /* cycles per column */
};

/* The name of a function; `text` is used when it has no symbol. */
const char *profile_fn_name(const struct profile *p, int fn, char text[16]);
struct count *profile_count(struct profile *p, uint32_t addr);
/* Fills the inclusive counts of tree and functions. */
void profile_sum(struct profile *p);

#endif
