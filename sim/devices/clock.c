#include "sim/devices/clock.h"

static uint32_t field(uint32_t v, int low, int width)
{
    return v >> low & ((1u << width) - 1);
}

static uint32_t ahb_divider(uint32_t hpre)
{
    static const uint16_t d[16] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512};
    return d[hpre & 15];
}

static uint64_t clock_f4(const struct board *b, const struct registers *r)
{
    uint32_t cfgr = registers_named(r, "RCC_CFGR"), pll = registers_named(r, "RCC_PLLCFGR");
    uint64_t in = b->hsi_hz;
    switch (field(cfgr, 2, 2)) {
    case 1: in = b->hse_hz; break;
    case 2:
        in = pll & 1 << 22 ? b->hse_hz : b->hsi_hz;
        in = in * field(pll, 6, 9) / (field(pll, 0, 6) ? field(pll, 0, 6) : 1);
        in /= 2 * (field(pll, 16, 2) + 1);
        break;
    }
    return in / ahb_divider(field(cfgr, 4, 4));
}

static uint64_t clock_l4(const struct board *b, const struct registers *r)
{
    static const uint32_t msi[16] = {100000,   200000,   400000,   800000,   1000000,  2000000,
                                     4000000,  8000000,  16000000, 24000000, 32000000, 48000000,
                                     48000000, 48000000, 48000000, 48000000};
    static const int pll_source[4] = {3, 0, 1, 2};
    uint32_t cr = registers_named(r, "RCC_CR"), cfgr = registers_named(r, "RCC_CFGR");
    uint32_t pll = registers_named(r, "RCC_PLLCFGR");
    uint32_t range = cr & 8 ? field(cr, 4, 4) : field(registers_named(r, "RCC_CSR"), 8, 4);
    uint64_t source[4] = {msi[range], b->hsi_hz, b->hse_hz, 0};
    source[3] = source[pll_source[pll & 3]] * field(pll, 8, 7) / (field(pll, 4, 4) + 1);
    source[3] /= 2 * (field(pll, 25, 2) + 1);
    return source[field(cfgr, 2, 2)] / ahb_divider(field(cfgr, 4, 4));
}

static uint64_t clock_h7(const struct board *b, const struct registers *r, uint32_t *bus_ratio)
{
    uint32_t cr = registers_named(r, "RCC_CR"), cfgr = registers_named(r, "RCC_CFGR");
    uint32_t d1 = registers_named(r, "RCC_D1CFGR"), sel = registers_named(r, "RCC_PLLCKSELR");
    uint32_t div = registers_named(r, "RCC_PLL1DIVR");
    uint64_t hsi = b->hsi_hz >> field(cr, 3, 2), source[4] = {hsi, 4000000, b->hse_hz, 0};
    uint64_t sys = source[field(cfgr, 3, 2)];
    if (field(cfgr, 3, 3) == 3) {
        bool fractional = registers_named(r, "RCC_PLLCFGR") & 1;
        uint64_t frac = fractional ? field(registers_named(r, "RCC_PLL1FRACR"), 3, 13) : 0;
        uint32_t pre = field(sel, 4, 6) ? field(sel, 4, 6) : 1;
        sys = source[sel & 3] * ((field(div, 0, 9) + 1) * 8192u + frac) / 8192 / pre /
              (field(div, 9, 7) + 1);
    }
    *bus_ratio = ahb_divider(field(d1, 0, 4));
    return sys / ahb_divider(field(d1, 8, 4));
}

void clock_read(const struct board *b, const struct registers *r, struct clocks *out)
{
    out->bus_ratio = 1;
    switch (b->tree) {
    case TREE_F4: out->firmware_hz = clock_f4(b, r); break;
    case TREE_L4: out->firmware_hz = clock_l4(b, r); break;
    case TREE_H7: out->firmware_hz = clock_h7(b, r, &out->bus_ratio); break;
    }
}
