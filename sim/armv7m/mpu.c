#include "sim/armv7m/mpu.h"

enum {
    ENABLE = 1,
    HFNMIENA = 2,
    PRIVDEFENA = 4,
    VALID = 1 << 4,
    XN = 1 << 28,
    SHAREABLE = 1 << 18
};

bool mpu_default_no_execute(uint32_t a)
{
    return (a >= 0x40000000 && a < 0x60000000) || a >= 0xa0000000;
}

bool mpu_owns(uint32_t a)
{
    return a >= 0xe000ed90 && a < 0xe000edbc;
}

uint32_t mpu_read(const struct mpu *u, uint32_t a)
{
    switch (a & ~3u) {
    case 0xe000ed90: return u->regions << 8;
    case 0xe000ed94: return u->ctrl;
    case 0xe000ed98: return u->number;
    }
    /* RBAR and RASR, and three aliases of the pair */
    return a & 4 ? u->region[u->number].base | u->number : u->region[u->number].attributes;
}

void mpu_write(struct mpu *u, uint32_t a, uint32_t v)
{
    switch (a & ~3u) {
    case 0xe000ed90: return;
    case 0xe000ed94: u->ctrl = v & 7; return;
    case 0xe000ed98: u->number = (v & 0xff) % u->regions; return;
    }
    if (!(a & 4)) {
        u->region[u->number].attributes = v & 0x173fff3f;
        return;
    }
    if (v & VALID)
        u->number = (v & 15) % u->regions;
    u->region[u->number].base = v & ~0x1fu;
}

/* The attributes of the region with the highest number that holds the address; false: none does. */
static bool find(const struct mpu *u, uint32_t addr, uint32_t *attributes)
{
    for (uint32_t i = u->regions; i-- > 0;) {
        uint32_t a = u->region[i].attributes, log = (a >> 1 & 31) + 1;
        if (!(a & 1) || log < 5)
            continue;
        uint32_t offset = addr - (log < 32 ? u->region[i].base & ~((1u << log) - 1) : 0);
        if (log < 32 && offset >> log)
            continue;
        if (log >= 8 && a >> 8 >> (offset >> (log - 3)) & 1)
            continue; /* this eighth is disabled */
        *attributes = a;
        return true;
    }
    return false;
}

bool mpu_allows(const struct mpu *u, uint32_t addr, enum mpu_access how, bool privileged,
                bool urgent)
{
    enum { NONE, READ_ONLY, FULL };
    static const uint8_t right[8][2] = {
        /* by AP: of unprivileged code, of privileged */
        {NONE, NONE}, {NONE, FULL},      {READ_ONLY, FULL},      {FULL, FULL},
        {NONE, NONE}, {NONE, READ_ONLY}, {READ_ONLY, READ_ONLY}, {READ_ONLY, READ_ONLY},
    };
    uint32_t a;
    if (!(u->ctrl & ENABLE) || (urgent && !(u->ctrl & HFNMIENA)))
        return how != MPU_FETCH || !mpu_default_no_execute(addr);
    if (!find(u, addr, &a))
        return privileged && u->ctrl & PRIVDEFENA &&
               (how != MPU_FETCH || !mpu_default_no_execute(addr));
    uint8_t r = right[a >> 24 & 7][privileged];
    return how == MPU_WRITE ? r == FULL : r != NONE && !(how == MPU_FETCH && a & XN);
}

enum cache_policy mpu_policy(const struct mpu *u, uint32_t addr, enum cache_policy map,
                             bool shared_too)
{
    /* TEX = 1xx, by C and B */
    static const enum cache_policy cacheable[4] = {CACHED_NO, CACHED_WBWA, CACHED_WT, CACHED_WB};
    uint32_t a;
    if (!(u->ctrl & ENABLE) || !find(u, addr, &a))
        return map;
    uint32_t tex = a >> 19 & 7, cb = a >> 16 & 3;
    enum cache_policy p = tex >= 4              ? cacheable[cb]
                          : tex == 0 && cb == 2 ? CACHED_WT
                          : tex == 0 && cb == 3 ? CACHED_WB
                          : tex == 1 && cb == 3 ? CACHED_WBWA
                                                : CACHED_NO;
    if (a & SHAREABLE && p != CACHED_NO)
        return shared_too ? CACHED_WT : CACHED_NO;
    return p;
}
