/* Inside of the machine: parts of memory, and what a fetch or an access costs beyond the core's own cycles. */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct machine;
struct node;

enum { MAX_PARTS = 30, PART_PERIPH = 30, PART_HOLE = 31, PART_SLOTS = 32, PART_EACH = 255 };

enum part_kind { PK_CODE, PK_RODATA, PK_DATA, PK_BSS, PK_ARENA, PK_STACK, PK_HEAP, PK_OTHER, PK_COUNT };
extern const char *const part_names[PK_COUNT];

struct part { /* an address range with one region and one use */
    uint32_t base, end; /* end is exclusive */
    uint8_t region;
    enum part_kind kind;
    uint8_t *lines;  /* state per cache line from lines_base on, NULL = this data path has no cache */
    uint32_t lines_base;
    uint8_t shift;   /* log2 of the line */
};

/* sets x ways of lines. A line is a byte of state per region and line number, 0 = absent, so that a hit is one load. */
struct linecache {
    uint32_t sets, ways, sectors; /* sectors: state bytes that share an entry */
    uint8_t **slot;               /* [sets * ways], first state byte of what is held */
    uint64_t *stamp, now;         /* last use */
    uint32_t victim;              /* state of the replacement generator */
    bool lru, on;
    uint32_t epoch;               /* changes whenever a line comes or goes */
    uint64_t misses, writebacks;
};

/* How long a block can take at most: what an event must be away not to fall into it. */
struct reach {
    int cycles, bytes, transfers, dynamic; /* the most of any node */
    uint32_t line, access; /* cycles that a fetch line and a transfer can wait */
    uint64_t longest;
};

/* Accesses: data.c */
bool data_parts(struct machine *m, struct err *e);
bool data_begin(struct machine *m, struct node *n); /* false: the block must be planned again and begun anew */
void data_until(struct machine *m, int insn); /* fetch lines and accesses up to this instruction of the running block */
void data_hooked(struct machine *m, int insn);
struct insn;
uint32_t data_address(const struct machine *m, const struct insn *in); /* where it accesses with the registers as they are */
void data_access(struct machine *m, int insn, uint32_t addr, uint32_t width, bool store);
void data_reconfigure(struct machine *m); /* the running block changed the memory system: so much for its remainder */
void data_finish(struct machine *m);
int data_unknown(const struct machine *m); /* the first instruction of the running block of which only running it tells all */
void data_forget(struct machine *m, int insns); /* it made only the accesses of its first so many instructions */
int data_insn_at(struct machine *m, uint32_t addr, bool advance); /* which instruction of the running block goes there */
void data_settle(struct machine *m, struct node *n); /* its variants' counts go to the scope, the variants go */
void data_count(struct machine *m); /* at the end: counts of the scopes from those of the nodes */
/* Time: memory.c */
bool memory_init(struct machine *m, struct err *e);
void memory_free(struct machine *m);
void memory_reset(struct machine *m); /* all caches empty */
void memory_reach(struct machine *m, const struct node *n); /* a node was made, or (NULL) the memory system changed */
uint64_t memory_stalls(const struct machine *m, const struct node *n); /* the most that the running block can wait */
void memory_configure(struct machine *m); /* after the firmware changed clocks, wait states or cache enables */
uint32_t memory_granule(const struct machine *m, int region); /* bytes of one fetch that can stall, 0 = none can */
struct block;
bool memory_resident(const struct machine *m, const struct block *b); /* all its lines are in the instruction cache */
void memory_line(struct machine *m, const struct node *n, int i); /* the block comes to its i-th fetch line */
uint32_t memory_data(struct machine *m, int part, uint32_t addr, bool store, uint64_t now);
uint32_t memory_fixed(const struct machine *m, int part, uint32_t addr, uint32_t width, bool store);
uint32_t memory_shared(const struct machine *m, int code, int part); /* for a fetch from region `code` that had to wait */
uint8_t memory_align(uint32_t width); /* low address bits that decide memory_fixed */
void memory_art_reset(struct machine *m, bool instructions, bool data);
void memory_maintain(struct machine *m, uint32_t reg, uint32_t value);

#endif
