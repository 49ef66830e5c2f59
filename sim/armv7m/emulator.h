/* Registers, modes and memory of the guest as the exception model reads and sets them in the
 * emulator. */
#ifndef SIM_EMULATOR_H
#define SIM_EMULATOR_H

#include <stdbool.h>
#include <stdint.h>
#include <unicorn/unicorn.h>

struct masks {
    bool primask, faultmask;
    uint32_t basepri;
};

uint32_t emulator_get(uc_engine *uc, int reg); /* UC_ARM_REG_... */
void emulator_set(uc_engine *uc, int reg, uint32_t v);
/* Exception number `exc` (0: thread mode) with this CONTROL. */
void emulator_set_mode(uc_engine *uc, uint32_t exc, uint32_t control);
struct masks emulator_masks(uc_engine *uc);
/* Words, at most EMULATOR_WORDS; false: there is no such memory, or it cannot be written, from some
 * word on. */
enum { EMULATOR_WORDS = 32 };
bool emulator_load(uc_engine *uc, uint32_t addr, uint32_t *v, uint32_t words);
bool emulator_store(uc_engine *uc, uint32_t addr, const uint32_t *v, uint32_t words);

#endif
