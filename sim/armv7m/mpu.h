/* The memory protection unit of ARMv7-M (armv7m-arm B3.5): 8 or 16 regions with eight subregions
 * each. Registers, and what they say of an address; sim/exec/guard.c asks before each block of code
 * while it is enabled. */
#ifndef SIM_MPU_H
#define SIM_MPU_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/boards/board.h"

enum { MAX_MPU_REGIONS = 16 };
enum mpu_access { MPU_READ, MPU_WRITE, MPU_FETCH };

struct mpu {
    uint32_t ctrl, number; /* MPU_CTRL, MPU_RNR */
    uint32_t regions;      /* that there are: 8 or 16 */
    struct {
        uint32_t base, attributes;
    } region[MAX_MPU_REGIONS]; /* RBAR without its region bits; RASR */
};

bool mpu_owns(uint32_t addr); /* one of its registers */
uint32_t mpu_read(const struct mpu *u, uint32_t addr);
void mpu_write(struct mpu *u, uint32_t addr, uint32_t value);
/* `urgent`: at a priority below 0, where HFNMIENA decides. One byte; not of the private peripheral
 * bus. */
bool mpu_allows(const struct mpu *u, uint32_t addr, enum mpu_access how, bool privileged,
                bool urgent);
/* How the data cache of a Cortex-M7 treats the address; `map` is what the default memory map says.
 * Shareable memory is not cached unless `shared_too` (CACR.SIWT), then written through. */
enum cache_policy mpu_policy(const struct mpu *u, uint32_t addr, enum cache_policy map,
                             bool shared_too);
bool mpu_default_no_execute(uint32_t addr); /* by the default memory map */

#endif
