/* Where the cycles of a run went: a call tree, counts per instruction, a timeline and a map of SRAM
 * traffic, collected while the program runs and written in the formats of common viewers.
 *
 * Functions come from the symbol table, calls from BL/BLX and returns from the return address, so
 * no instrumentation is needed; a branch into another function counts as a tail call. Each process
 * stack of the guest (told apart by where exception frames lie) has a call stack of its own, and
 * handler mode has one. Times are modelled cycles. */
#ifndef SIM_PROFILE_H
#define SIM_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "isa/isa.h"
#include "sim/image/elf.h"
#include "sim/image/lines.h"

enum profile_kind {
    PROFILE_FOLDED,
    PROFILE_CALLGRIND,
    PROFILE_TRACE,
    PROFILE_LCOV,
    PROFILE_ANNOTATE,
    PROFILE_MAP,
    PROFILE_KINDS
};
/* folded callgrind trace lcov annotate map; NULL-terminated */
extern const char *const profile_names[];

struct profile;

/* `want` has bit 1 << kind for each kind that will be written. Borrows its arguments. */
struct profile *profile_new(const struct image *im, const struct line_table *lines,
                            const char *image_path, unsigned want, struct err *e);

/* A block of n instructions ran from cycle `from` to `to` and control went to `next`. `at` (n
 * entries) are the cycles from its begin to the issue of each; what `to - from` has beyond `core`
 * cycles are waits for memory, listed with the first instruction. sp is the stack pointer behind
 * it. */
void profile_block(struct profile *p, const struct insn *insn, int n, const int32_t *at,
                   int32_t core, uint64_t from, uint64_t to, uint32_t next, uint32_t sp);
void profile_exception(struct profile *p, const char *name, uint32_t frame, uint32_t handler,
                       bool tail, uint64_t now);
void profile_return(struct profile *p, uint32_t frame, uint64_t now);
void profile_sleep(struct profile *p, uint64_t cycles);
void profile_access(struct profile *p, uint32_t addr, uint32_t bytes, bool store, uint64_t now);

/* Disassembly of the instruction at addr, for PROFILE_ANNOTATE. */
typedef void profile_text(void *self, uint32_t addr, unsigned size, char *out, size_t n);
bool profile_write(struct profile *p, enum profile_kind kind, uint64_t clock_hz, profile_text *text,
                   void *self, struct buf *out, struct err *e);
/* The n functions with the most cycles of their own: one line each. */
bool profile_hot(struct profile *p, int n, struct buf *out, struct err *e);
void profile_free(struct profile *p);

#endif
