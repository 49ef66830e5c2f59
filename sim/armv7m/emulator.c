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

bool emulator_load(uc_engine *uc, uint32_t addr, uint32_t *v, uint32_t words)
{
    uint8_t b[4 * EMULATOR_WORDS];
    if (words > EMULATOR_WORDS || uc_mem_read(uc, addr, b, 4 * (size_t)words) != UC_ERR_OK)
        return false;
    for (uint32_t i = 0; i < words; i++)
        v[i] = (uint32_t)b[4 * i] | (uint32_t)b[4 * i + 1] << 8 | (uint32_t)b[4 * i + 2] << 16 |
               (uint32_t)b[4 * i + 3] << 24;
    return true;
}

/* How many of the words at `addr` lie in one piece of memory that code may write. */
static uint32_t writable(uc_engine *uc, uint32_t addr, uint32_t words)
{
    uc_mem_region *r = NULL;
    uint32_t n = 0, some = 0;
    if (uc_mem_regions(uc, &r, &n) == UC_ERR_OK)
        for (uint32_t i = 0; i < n; i++)
            if (addr >= r[i].begin && addr + 3ull <= r[i].end && r[i].perms & UC_PROT_WRITE)
                some = (uint32_t)((r[i].end + 1 - addr) / 4);
    uc_free(r);
    return some < words ? some : words;
}

bool emulator_store(uc_engine *uc, uint32_t addr, const uint32_t *v, uint32_t words)
{
    uint8_t b[4 * EMULATOR_WORDS];
    while (words && words <= EMULATOR_WORDS) {
        uint32_t n = writable(uc, addr, words);
        for (uint32_t i = 0; i < 4 * n; i++)
            b[i] = (uint8_t)(v[i / 4] >> i % 4 * 8);
        if (n == 0 || uc_mem_write(uc, addr, b, 4 * (size_t)n) != UC_ERR_OK)
            return false;
        addr += 4 * n;
        v += n;
        words -= n;
    }
    return !words;
}
