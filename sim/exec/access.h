/* Inside of sim/exec/: where the accesses of the running block go, and what they and its fetches
 * cost. */
#ifndef SIM_EXEC_ACCESS_H
#define SIM_EXEC_ACCESS_H

#include "sim/exec/core.h"

extern const char *const access_part_names[PK_COUNT];

bool access_parts(struct machine *m, struct err *e);
/* false: the block must be decoded again and start over */
bool access_begin(struct machine *m, struct path *n);
/* fetch lines and accesses up to this instruction of the running block */
void access_until(struct machine *m, int insn);
void access_hooked(struct machine *m, int insn);
/* Where the instruction accesses with the registers as they are. */
uint32_t access_address(const struct machine *m, const struct insn *in);
void access_watched(struct machine *m, int insn, uint32_t addr, uint32_t width, bool store,
                    bool first);
void access_finish(struct machine *m);
/* the first instruction of the running block of which only running it tells all */
int access_unknown(const struct machine *m);
/* it made only the accesses of its first so many instructions */
void access_forget(struct machine *m, int insns);
/* which instruction of the running block goes there */
int access_insn_at(struct machine *m, uint32_t addr, bool advance);
/* the counts of its footprints go to the scope, the footprints go */
void access_flush(struct machine *m, struct path *n);
void access_count(struct machine *m); /* brings the counts of the scopes up to those of the paths */
/* The memory system changed: the remainder of the running block goes by the new one. */
void access_reconfigured(struct machine *m);

#endif
