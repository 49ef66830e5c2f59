/* What every part of the executor needs of the machine: its memory, its clock, and ways to stop it.
 * engine_read and engine_write give ERR_INPUT where the range leaves memory. */
#ifndef SIM_EXEC_ENGINE_H
#define SIM_EXEC_ENGINE_H

#include "sim/exec/core.h"

/* Unicorn takes callbacks as void *, which POSIX allows and ISO C does not. */
#define CALLBACK(f) (__extension__(void *)(f))

/* The host's bytes of n bytes of guest memory, in one piece; NULL where they are not all memory. */
uint8_t *engine_host(const struct machine *m, uint32_t addr, uint32_t n);
/* A word of memory; 0 where there is none. */
uint32_t engine_word(const struct machine *m, uint32_t addr);
bool engine_read(struct machine *m, uint32_t addr, void *out, uint32_t n, struct err *e);
/* Flash takes only the bytes that it holds already. */
bool engine_write(struct machine *m, uint32_t addr, const void *bytes, uint32_t n, struct err *e);
/* The emulator's name of r0 to r15. */
int engine_register(int n);
/* Moves the base register of a load or store that did not get to it. */
void engine_write_back(struct machine *m, const struct insn *in);
/* One line for the user. */
void engine_warn(struct machine *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Stops the emulator for the first reason that is given; it goes on at `resume`, if it does. */
void engine_stop(struct machine *m, enum stop_why why, uint32_t resume);
/* Ends the block that is about to run at its instruction `pc`, which faults. False: an earlier one
 * does. */
bool engine_trap(struct machine *m, int trap, uint32_t pc);
uint64_t engine_now(const struct machine *m); /* cycles up to the instruction that accesses */
/* Cost of the running block, when it is known which of its instructions executed so far. */
static inline const struct pipe_cost *engine_cost(const struct machine *m)
{
    const struct path *n = m->cursor.path;
    return n->work & WORK_LATE ? isa_cost(n->block->run, n->in, m->cursor.executed, NULL) : n->cost;
}
/* Cycles up to the issue of an instruction of the running block: then it accesses memory. */
static inline uint64_t engine_time(const struct machine *m, int insn)
{
    const struct pipe_cost *c = engine_cost(m);
    return (uint64_t)((int64_t)m->cursor.start + m->cursor.stall +
                      (c && insn < m->cursor.path->block->n ? c->issue[insn] : 0));
}
/* Cycles up to the end of the instruction before: from then on it is to be fetched, whatever else
 * it waits for. */
static inline uint64_t engine_fetch_time(const struct machine *m, int insn)
{
    const struct pipe_cost *c = engine_cost(m);
    return (uint64_t)((int64_t)m->cursor.start + m->cursor.stall + (c ? c->at[insn] : 0));
}
/* The emulator translates `bytes` of the guest's code, as far as can be told. */
void engine_translates(struct machine *m, uint32_t bytes);
/* Between two runs of the emulator: sees to it that its buffer does not fill up. */
void engine_room(struct machine *m);

#endif
