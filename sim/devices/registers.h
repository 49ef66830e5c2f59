/* Words that registers keep, with the simple rules of the board file: bits that always or never
 * read 1, flags that follow what was written, flags that writing 1 clears. Knows nothing of
 * peripherals with behaviour. */
#ifndef SIM_DEVICES_REGISTERS_H
#define SIM_DEVICES_REGISTERS_H

#include "base/err.h"
#include "sim/boards/board.h"

struct registers;

/* The board is borrowed. Registers with a rule begin with their reset value, all others with 0. */
struct registers *registers_open(const struct board *b, struct err *e);
void registers_close(struct registers *r);

/* Word addresses. What is kept, without any rule. */
uint32_t registers_get(const struct registers *r, uint32_t addr);
void registers_set(struct registers *r, uint32_t addr, uint32_t value);

/* As the guest sees and writes them: with the board's rules. */
uint32_t registers_read(const struct registers *r, uint32_t addr);
void registers_write(struct registers *r, uint32_t addr, uint32_t value);
/* NULL: none */
const struct board_register *registers_rule(const struct registers *r, uint32_t addr);
/* By the name in the board file; 0 for a register that the board does not have. */
uint32_t registers_named(const struct registers *r, const char *name);

/* A system reset: each register takes its reset value, except where `survives` says true. */
void registers_reset(struct registers *r, bool (*survives)(const void *self, uint32_t addr),
                     const void *self);

#endif
