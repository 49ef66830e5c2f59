#include "sim/image/attributes.h"

#include <stdio.h>
#include <string.h>

/* "Addenda to, and Errata in, the ABI for the Arm Architecture", public attribute tags. */
enum {
    TAG_FILE = 1,
    TAG_CPU_RAW_NAME = 4,
    TAG_CPU_NAME = 5,
    TAG_CPU_ARCH = 6,
    TAG_CPU_ARCH_PROFILE = 7,
    TAG_FP_ARCH = 10,
    TAG_ABI_HARDFP_USE = 27,
    TAG_COMPATIBILITY = 32,
    TAG_MVE_ARCH = 48
};
enum { FP_ARMV8 = 7, FP_ARMV8_D16 = 8, SINGLE_ONLY = 1 };

/* Architectures whose code an ARMv7-M core does not run. What is missing here and older may be
 * Thumb code for any core. */
static const struct {
    uint32_t arch;
    const char *name;
} foreign[] = {
    {14, "Armv8-A"},   {15, "Armv8-R"},   {16, "Armv8-M Baseline"}, {17, "Armv8-M Mainline"},
    {18, "Armv8.1-A"}, {19, "Armv8.2-A"}, {20, "Armv8.3-A"},        {21, "Armv8.1-M Mainline"},
    {22, "Armv9-A"},
};

struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

static uint32_t number(struct reader *r)
{
    uint32_t v = 0;
    for (unsigned shift = 0; r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        v |= shift < 32 ? (uint32_t)(byte & 0x7f) << shift : 0;
        if (!(byte & 0x80))
            break;
    }
    return v;
}

static void skip_text(struct reader *r)
{
    while (r->at < r->end && *r->at++)
        ;
}

/* The part of 4 bytes' length that begins `ahead` bytes before; what is too long or too short ends
 * the reading. */
static struct reader part(struct reader *r, uint32_t ahead)
{
    struct reader p = {r->end, r->end};
    if (r->end - r->at >= 4) {
        uint32_t n = (uint32_t)r->at[0] | (uint32_t)r->at[1] << 8 | (uint32_t)r->at[2] << 16 |
                     (uint32_t)r->at[3] << 24;
        if (n >= ahead + 4 && n - ahead <= (uint32_t)(r->end - r->at))
            p = (struct reader){r->at + 4, r->at + (n - ahead)};
    }
    r->at = p.end;
    return p;
}

static void read_tags(struct attributes *a, struct reader r)
{
    while (r.at < r.end) {
        uint32_t tag = number(&r);
        if (tag == TAG_COMPATIBILITY)
            number(&r);
        if (tag == TAG_CPU_RAW_NAME || tag == TAG_CPU_NAME || tag == TAG_COMPATIBILITY ||
            (tag > TAG_COMPATIBILITY && tag % 2)) {
            skip_text(&r);
            continue;
        }
        uint32_t v = number(&r);
        switch (tag) {
        case TAG_CPU_ARCH: a->cpu_arch = v; break;
        case TAG_CPU_ARCH_PROFILE: a->profile = v; break;
        case TAG_FP_ARCH: a->fp_arch = v; break;
        case TAG_ABI_HARDFP_USE: a->hard_fp = v; break;
        case TAG_MVE_ARCH: a->mve_arch = v; break;
        }
    }
}

void attributes_read(struct attributes *a, const uint8_t *bytes, size_t n)
{
    struct reader r = {bytes, bytes + n};
    if (n == 0 || *r.at++ != 'A')
        return;
    while (r.at < r.end) {
        struct reader vendor = part(&r, 0);
        const uint8_t *name = vendor.at;
        skip_text(&vendor);
        if (vendor.at - name != sizeof "aeabi" || memcmp(name, "aeabi", sizeof "aeabi"))
            continue;
        while (vendor.at < vendor.end) {
            uint8_t scope = *vendor.at++;
            struct reader tags = part(&vendor, 1);
            if (scope == TAG_FILE)
                read_tags(a, tags);
        }
    }
}

static bool lacks(char *what, size_t size, const char *name, const char *tag, uint32_t v)
{
    snprintf(what, size, "%s (%s %u)", name, tag, (unsigned)v);
    return false;
}

bool attributes_fit(const struct attributes *a, const struct cpu *c, char *what, size_t size)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (a->cpu_arch == foreign[i].arch)
            return lacks(what, size, foreign[i].name, "Tag_CPU_arch", a->cpu_arch);
    if (a->profile == 'A' || a->profile == 'R')
        return lacks(what, size, a->profile == 'A' ? "application profile" : "real-time profile",
                     "Tag_CPU_arch_profile", a->profile);
    if (a->mve_arch)
        return lacks(what, size, "M-profile Vector Extension", "Tag_MVE_arch", a->mve_arch);
    bool twice = a->fp_arch && a->hard_fp != SINGLE_ONLY;
    if (a->fp_arch && !cpu_has(c, EXT_FPV4_SP) && !cpu_has(c, EXT_FPV5_SP))
        return lacks(what, size, "floating-point instructions", "Tag_FP_arch", a->fp_arch);
    if (twice && !cpu_has(c, EXT_FPV5_DP))
        return lacks(what, size, "double-precision instructions", "Tag_FP_arch", a->fp_arch);
    if ((a->fp_arch == FP_ARMV8 || a->fp_arch == FP_ARMV8_D16) && !cpu_has(c, EXT_FPV5_SP))
        return lacks(what, size, "FPv5 instructions", "Tag_FP_arch", a->fp_arch);
    return true;
}
