/* Inside of the machine: who may access what. The MPU and the privilege of the private peripheral bus are checked before a
 * block runs, at the addresses of its plan; for what the plan does not know, when the instruction comes. Nothing of it is
 * asked before the MPU was first enabled, except of blocks that reach a peripheral. */
#ifndef SIM_GUARD_H
#define SIM_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct machine;
struct node;

void guard_enable(struct machine *m); /* the MPU was enabled: look at every block from now on */
/* A violation traps the machine at the instruction that commits it. */
void guard_block(struct machine *m, const struct node *n);
void guard_registers(struct machine *m, const struct node *n); /* only what it does on the private peripheral bus */
/* Of a watched instruction whose access is known only now. A stop is of no use here (Unicorn ignores one inside an IT
 * block): a base register sends the access where no memory is, and guard_diverted tells the fault that follows. */
void guard_watched(struct machine *m, int insn, uint32_t addr, uint32_t width, uint32_t count, bool store);
bool guard_diverted(const struct machine *m);
bool guard_undivert(struct machine *m, struct err *e); /* raises it; as guest_fault */
/* Exception frames: at `self`, a machine. */
bool guard_frame(void *self, uint32_t addr, bool store, bool privileged);

#endif
