/* Inside of the machine: who may access what. The MPU and the privilege of the private peripheral
 * bus are checked before a block runs, at the addresses its expressions give; for what they do not
 * give, when the instruction comes. Nothing of it is asked before the MPU was first enabled, except
 * of blocks that reach a peripheral. */
#ifndef SIM_GUARD_H
#define SIM_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct machine;
struct path;
struct insn;
struct diverted;

/* What the system control space says of the instruction that is about to run. */
/* Does an access of `in` at `addr` fault for its alignment? */
bool guard_misaligned(struct machine *m, const struct insn *in, uint32_t addr);
bool guard_traps_division(struct machine *m);
bool guard_no_fpu(struct machine *m); /* CPACR forbids FP instructions */
bool guard_on_main_stack(const struct machine *m);

/* The MPU was enabled: look at every block from now on. False: that was done already. */
bool guard_enable(struct machine *m);
/* A violation traps the machine at the instruction that commits it. */
void guard_block(struct machine *m, const struct path *n);
/* The same for accesses to the private peripheral bus alone. */
void guard_registers(struct machine *m, const struct path *n);
/* Of a watched instruction whose access is known only now. A stop is of no use here (Unicorn
 * ignores one inside an IT block): a base register sends the access where no memory is, and
 * guard_undivert tells the fault that follows. */
void guard_watched(struct machine *m, int insn, uint32_t addr, uint32_t width, uint32_t count,
                   bool store);
bool guard_diverted(const struct machine *m);
/* Fills *out with the fault that was diverted, and restores the base register. */
void guard_undivert(struct machine *m, struct diverted *out);
/* Exception frames: at `self`, a machine. */
bool guard_frame(void *self, uint32_t addr, bool store, bool privileged);

#endif
