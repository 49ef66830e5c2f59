/* Basic blocks: decoding, the address expressions of its accesses, its fetch lines. */
#ifndef SIM_EXEC_BLOCK_H
#define SIM_EXEC_BLOCK_H

#include "sim/exec/core.h"

struct block *block_get(struct machine *m, uint32_t addr, uint32_t size, uint8_t it, struct err *e);
/* false: keep what is left for code that is not known yet */
bool block_may_grow(const struct machine *m);
/* again, when no_loads was set */
bool block_addresses(struct machine *m, struct block *b, struct err *e);
void block_lines(struct machine *m, struct block *b);
/* The k-th instruction, which need not be there, sets SP in a block that is sp_odd. */
bool block_sp_set(const struct block *b, int k);
void block_free(struct block *b);

#endif
