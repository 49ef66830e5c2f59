#include "sim/armv7m/emulator.h"

uint32_t emulator_get(uc_engine *uc, int reg)
{
    uint32_t v = 0;
    uc_reg_read(uc, reg, &v);
    return v;
}

void emulator_set(uc_engine *uc, int reg, uint32_t v)
{
    uc_reg_write(uc, reg, &v);
}

enum { HANDLER = 2 }; /* an exception number, for handler mode */

/* CONTROL is out of reach from unprivileged code and SPSEL from handler mode, to Unicorn's user
 * too, so the way leads through handler and privileged thread mode. */
void emulator_set_mode(uc_engine *uc, uint32_t exc, uint32_t control)
{
    emulator_set(uc, UC_ARM_REG_IPSR, HANDLER);
    emulator_set(uc, UC_ARM_REG_CONTROL, 0);
    emulator_set(uc, UC_ARM_REG_IPSR, 0);
    emulator_set(uc, UC_ARM_REG_CONTROL, control & 2);
    emulator_set(uc, UC_ARM_REG_IPSR, exc);
    emulator_set(uc, UC_ARM_REG_CONTROL, control);
}

/* They read as zero from unprivileged code, to Unicorn's user too: look from handler mode. */
struct masks emulator_masks(uc_engine *uc)
{
    bool lower =
        (emulator_get(uc, UC_ARM_REG_CONTROL) & 1) && !(emulator_get(uc, UC_ARM_REG_XPSR) & 0x1ff);
    if (lower)
        emulator_set(uc, UC_ARM_REG_IPSR, HANDLER);
    struct masks m = {.primask = emulator_get(uc, UC_ARM_REG_PRIMASK) & 1,
                      .faultmask = emulator_get(uc, UC_ARM_REG_FAULTMASK) & 1,
                      .basepri = emulator_get(uc, UC_ARM_REG_BASEPRI) & 0xff};
    if (lower)
        emulator_set(uc, UC_ARM_REG_IPSR, 0);
    return m;
}

bool emulator_load(uc_engine *uc, uint32_t addr, uint32_t *v)
{
    uint8_t b[4];
    if (uc_mem_read(uc, addr, b, 4) != UC_ERR_OK)
        return false;
    *v = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return true;
}

bool emulator_store(uc_engine *uc, uint32_t addr, uint32_t v)
{
    uint8_t b[4] = {v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24 & 0xff};
    uc_mem_region *r = NULL;
    uint32_t n = 0;
    bool writable = false;
    if (uc_mem_regions(uc, &r, &n) == UC_ERR_OK)
        for (uint32_t i = 0; i < n; i++)
            if (addr >= r[i].begin && addr + 3ull <= r[i].end)
                writable = r[i].perms & UC_PROT_WRITE;
    uc_free(r);
    return writable && uc_mem_write(uc, addr, b, 4) == UC_ERR_OK;
}
