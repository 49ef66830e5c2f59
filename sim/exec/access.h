/* Inside of sim/exec/: where the accesses of the running block go, and what they and its fetches
 * cost. */
#ifndef SIM_EXEC_ACCESS_H
#define SIM_EXEC_ACCESS_H

#include "sim/exec/core.h"

extern const char *const access_part_names[PK_COUNT];

/* Divides the memory map into parts (memory.part), from the board and the image. */
bool access_parts(struct machine *m, struct err *e);
/* The path begins: evaluates its address expressions and finds its footprint. False: the block's
 * expressions must be made anew, without loads, and it must start over. */
bool access_begin(struct machine *m, struct path *n);
/* Adds the waits of fetch lines and accesses up to this instruction of the running block to its
 * time, in program order. */
void access_until(struct machine *m, int insn);
/* Instruction `insn` of the running block, which is watched, is about to execute. */
void access_hooked(struct machine *m, int insn);
/* Where the instruction accesses with the registers as they are. */
uint32_t access_address(const struct machine *m, const struct insn *in);
/* A transfer of `width` bytes of a watched instruction, with its address as it happens; `first` of
 * the instruction. */
void access_watched(struct machine *m, int insn, uint32_t addr, uint32_t width, bool store,
                    bool first);
/* The running block is complete: the accesses that had to wait for its end. */
void access_finish(struct machine *m);
/* Index of the first instruction of the running block whose cost or address is known only when it
 * executes. */
int access_unknown(const struct machine *m);
/* The running block was counted as a whole, but made only the accesses of its first `insns`
 * instructions. */
void access_forget(struct machine *m, int insns);
/* Index of the instruction of the running block that accesses `addr`, -1: none. `advance`: one
 * behind the instruction found last. */
int access_insn_at(struct machine *m, uint32_t addr, bool advance);
/* Adds the counts of its footprints to the scope and frees the footprints. */
void access_flush(struct machine *m, struct path *n);
void access_count(struct machine *m); /* brings the counts of the scopes up to those of the paths */
/* The memory system was reconfigured: the remainder of the running block goes by the new one. */
void access_reconfigured(struct machine *m);

#endif
