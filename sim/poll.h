/* A program that waits in a loop for one register of a peripheral: which one, for which bits, and
 * where. Start-up code of other people's programs does so for ever where a flag is not modelled,
 * and is to say so early. */
#ifndef SIM_POLL_H
#define SIM_POLL_H

#include "sim/exec/core.h"

/* Every read of a peripheral's register comes by. */
void poll_read(struct machine *m, uint32_t addr, uint32_t value);
/* In words, when the program has been waiting for a while; false: it does not. */
bool poll_describe(const struct machine *m, char *out, size_t size);

#endif
