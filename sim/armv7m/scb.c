#include "sim/armv7m/scb.h"

const char *const scb_fault_names[] = {
    "execution of memory marked no-execute",
    "data access violation",
    "instruction fetch from no memory",
    "data access to no memory",
    "bus fault while stacking for an exception",
    "bus fault while unstacking",
    "undefined instruction",
    "branch to an even address (no Thumb state)",
    "invalid exception return",
    "coprocessor or FPU used while disabled",
    "unaligned access",
    "division by zero",
    "vector table read failed",
    "breakpoint without a debugger",
    "SVC where it cannot be taken",
    "stack that the MPU forbids, while stacking for an exception",
    "stack that the MPU forbids, while unstacking",
};
/* CFSR bit and the exception that takes it; HFSR-only faults have bit 0. */
static const struct {
    uint32_t cfsr;
    uint8_t exc;
} fault_bits[] = {
    [FAULT_IACCVIOL] = {1, EXC_MEM},
    [FAULT_DACCVIOL] = {2, EXC_MEM},
    [FAULT_IBUSERR] = {1 << 8, EXC_BUS},
    [FAULT_PRECISERR] = {1 << 9, EXC_BUS},
    [FAULT_STKERR] = {1 << 12, EXC_BUS},
    [FAULT_UNSTKERR] = {1 << 11, EXC_BUS},
    [FAULT_UNDEFINSTR] = {1 << 16, EXC_USAGE},
    [FAULT_INVSTATE] = {1 << 17, EXC_USAGE},
    [FAULT_INVPC] = {1 << 18, EXC_USAGE},
    [FAULT_NOCP] = {1 << 19, EXC_USAGE},
    [FAULT_UNALIGNED] = {1 << 24, EXC_USAGE},
    [FAULT_DIVBYZERO] = {1 << 25, EXC_USAGE},
    [FAULT_VECTTBL] = {0, EXC_HARD},
    [FAULT_DEBUGEVT] = {0, EXC_DEBUG},
    [FAULT_SVC] = {0, EXC_HARD},
    [FAULT_MSTKERR] = {1 << 4, EXC_MEM},
    [FAULT_MUNSTKERR] = {1 << 3, EXC_MEM},
};
enum { CFSR_MMARVALID = 1 << 7, CFSR_BFARVALID = 1 << 15, HFSR_VECTTBL = 2, HFSR_FORCED = 1 << 30 };
#define HFSR_DEBUGEVT (1u << 31)
enum { DFSR_BKPT = 2, MON_EN = 1 << 16, MON_PEND = 1 << 17, MON_STEP_REQ = 3 << 18 };

/* Where SHCSR shows and takes the state of the system handlers. */
static const struct shcsr_row {
    uint8_t exc;
    uint32_t active, pending, enabled;
} shcsr_rows[] = {
    {EXC_MEM, 1 << 0, 1 << 13, 1 << 16},
    {EXC_BUS, 1 << 1, 1 << 14, 1 << 17},
    {EXC_USAGE, 1 << 3, 1 << 12, 1 << 18},
    {EXC_SVC, 1 << 7, 1 << 15, 0},
    {EXC_DEBUG, 1 << 8, 0, 0},
    {EXC_PENDSV, 1 << 10, 0, 0},
    {EXC_SYSTICK, 1 << 11, 0, 0},
};
enum { SHCSR_ROWS = sizeof shcsr_rows / sizeof *shcsr_rows };

enum {
    ICSR = 0xd04,
    VTOR = 0xd08,
    AIRCR = 0xd0c,
    SCR = 0xd10,
    CCR = 0xd14,
    SHPR1 = 0xd18,
    SHPR3 = 0xd20,
    SHCSR = 0xd24,
    CFSR = 0xd28,
    HFSR = 0xd2c,
    DFSR = 0xd30,
    MMFAR = 0xd34,
    BFAR = 0xd38,
    DEMCR = 0xdfc,
};

void scb_reset(struct scb *s, uint32_t vectors)
{
    *s = (struct scb){.nvic = s->nvic,
                      .reset = s->reset,
                      .self = s->self,
                      .stkalign_fixed = s->stkalign_fixed,
                      .caches = s->caches,
                      .vtor = vectors,
                      .ccr = CCR_STKALIGN};
}

bool scb_owns(uint32_t off)
{
    return (off >= ICSR && off <= BFAR) || off == DEMCR;
}

static uint32_t read_icsr(const struct nvic *n)
{
    uint32_t active = emulator_get(n->uc, UC_ARM_REG_XPSR) & 0x1ff;
    int best = nvic_best(n);
    bool irq = false;
    for (int i = EXC_IRQ0; i < MAX_EXC; i++)
        irq |= n->pending[i];
    if (best && nvic_masked(n, best))
        best = 0;
    return (uint32_t)n->pending[EXC_NMI] << 31 | (uint32_t)n->pending[EXC_PENDSV] << 28 |
           (uint32_t)n->pending[EXC_SYSTICK] << 26 | (uint32_t)irq << 22 | (uint32_t)best << 12 |
           (uint32_t)(active && n->depth == (active < MAX_EXC && n->active[active])) << 11 | active;
}

static void write_icsr(struct nvic *n, uint32_t v)
{
    if (v & 1u << 31)
        nvic_pend(n, EXC_NMI, true);
    if (v & (1u << 28 | 1u << 27))
        nvic_pend(n, EXC_PENDSV, v & 1u << 28);
    if (v & (1u << 26 | 1u << 25))
        nvic_pend(n, EXC_SYSTICK, v & 1u << 26);
}

static uint32_t read_shcsr(const struct nvic *n)
{
    uint32_t v = 0;
    for (int i = 0; i < SHCSR_ROWS; i++) {
        const struct shcsr_row *r = &shcsr_rows[i];
        v |= (n->active[r->exc] ? r->active : 0) | (n->pending[r->exc] ? r->pending : 0) |
             (n->enabled[r->exc] ? r->enabled : 0);
    }
    return v;
}

/* Enables, pending and active bits are all read and written: what a write leaves zero ends. */
static void write_shcsr(struct nvic *n, uint32_t v)
{
    for (int i = 0; i < SHCSR_ROWS; i++) {
        const struct shcsr_row *r = &shcsr_rows[i];
        nvic_activate(n, r->exc, v & r->active);
        if (r->pending)
            nvic_pend(n, r->exc, v & r->pending);
        if (r->enabled)
            n->enabled[r->exc] = v & r->enabled;
    }
}

uint32_t scb_read(const struct scb *s, uint32_t off)
{
    const struct nvic *n = s->nvic;
    switch (off) {
    case ICSR: return read_icsr(n);
    case VTOR: return s->vtor;
    case AIRCR: return 0xfa050000 | n->prigroup << 8;
    case SCR: return s->scr;
    case CCR: return s->ccr;
    case SHCSR: return read_shcsr(n);
    case CFSR: return s->cfsr;
    case HFSR: return s->hfsr;
    case DFSR: return s->dfsr;
    case MMFAR: return s->mmfar;
    case BFAR: return s->bfar;
    case DEMCR:
        return s->demcr | (n->enabled[EXC_DEBUG] ? MON_EN : 0) |
               (n->pending[EXC_DEBUG] ? MON_PEND : 0);
    }
    return off >= SHPR1 && off <= SHPR3 ? nvic_priorities(n, 4 + (int)(off - SHPR1)) : 0;
}

/* VECTCLRACTIVE and VECTRESET are for a debugger that halted the core. */
static void write_aircr(struct scb *s, uint32_t v)
{
    if (v >> 16 != 0x05fa)
        return;
    s->nvic->prigroup = v >> 8 & 7;
    if (v & 4)
        s->reset(s->self);
}

void scb_write(struct scb *s, uint32_t off, uint32_t v, uint32_t mask)
{
    struct nvic *n = s->nvic;
    uint32_t all = off == ICSR ? v : (scb_read(s, off) & ~mask) | v;
    nvic_ask(n); /* whatever changed may let an exception in */
    switch (off) {
    case ICSR: write_icsr(n, v); break;
    case VTOR: s->vtor = all & ~0x7fu; break;
    case AIRCR: write_aircr(s, all); break;
    case SCR:
        s->scr = all & 0x16;
        n->sev_on_pend = all & 0x10;
        break;
    case CCR:
        s->ccr = (all & (s->caches ? 0x7031b : 0x31b)) | (s->stkalign_fixed ? CCR_STKALIGN : 0);
        break;
    case SHCSR: write_shcsr(n, all); break;
    case CFSR: s->cfsr &= ~v; break;
    case HFSR: s->hfsr &= ~v; break;
    case DFSR: s->dfsr &= ~v; break;
    case MMFAR: s->mmfar = all; break;
    case BFAR: s->bfar = all; break;
    case DEMCR:
        s->demcr = all & MON_STEP_REQ;
        n->enabled[EXC_DEBUG] = all & MON_EN;
        nvic_pend(n, EXC_DEBUG, all & MON_PEND);
        break;
    default: nvic_set_priorities(n, 4 + (int)(off - SHPR1), v, mask); break;
    }
}

bool scb_vector(const struct scb *s, int x, uint32_t *handler)
{
    return emulator_load(s->nvic->uc, s->vtor + 4 * (uint32_t)x, handler, 1);
}

int scb_fault_exception(enum fault kind)
{
    return fault_bits[kind].exc;
}

int scb_fault_target(const struct scb *s, enum fault kind, int priority)
{
    int x = fault_bits[kind].exc;
    if (s->nvic->enabled[x] && nvic_group(s->nvic, x) < priority)
        return x;
    return priority <= PRIO_HARD ? 0 : EXC_HARD;
}

void scb_report(struct scb *s, enum fault kind, uint32_t addr, int taken_by)
{
    s->cfsr |= fault_bits[kind].cfsr;
    if (kind == FAULT_PRECISERR) {
        s->bfar = addr;
        s->cfsr |= CFSR_BFARVALID;
    } else if (kind == FAULT_DACCVIOL) {
        s->mmfar = addr;
        s->cfsr |= CFSR_MMARVALID;
    } else if (kind == FAULT_DEBUGEVT) {
        s->dfsr |= DFSR_BKPT;
    }
    if (taken_by == EXC_HARD)
        s->hfsr |= kind == FAULT_DEBUGEVT  ? HFSR_DEBUGEVT
                   : kind == FAULT_VECTTBL ? HFSR_VECTTBL
                                           : HFSR_FORCED;
}
