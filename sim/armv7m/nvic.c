#include "sim/armv7m/nvic.h"

void nvic_init(struct nvic *n, uc_engine *uc, uint64_t *wake, uint32_t priority_bits, int lines)
{
    static const uint8_t always[] = {EXC_RESET, EXC_NMI,    EXC_HARD,
                                     EXC_SVC,   EXC_PENDSV, EXC_SYSTICK};
    *n = (struct nvic){.uc = uc, .wake = wake, .priority_bits = priority_bits, .lines = lines};
    for (size_t i = 0; i < sizeof always; i++)
        n->enabled[always[i]] = true;
}

void nvic_ask(struct nvic *n)
{
    *n->wake = 0;
}

void nvic_pend(struct nvic *n, int x, bool on)
{
    if (n->pending[x] == on)
        return;
    n->pending[x] = on;
    n->npending += on ? 1 : -1;
    if (on) {
        if (n->sev_on_pend)
            n->event = true;
        nvic_ask(n);
    }
}

void nvic_activate(struct nvic *n, int x, bool on)
{
    if (x >= MAX_EXC)
        return;
    n->depth += on - n->active[x];
    n->active[x] = on;
}

void nvic_line(struct nvic *n, int irq, bool high)
{
    if (irq < 0 || irq >= MAX_IRQS)
        return;
    n->line[EXC_IRQ0 + irq] = high;
    if (high && !n->active[EXC_IRQ0 + irq])
        nvic_pend(n, EXC_IRQ0 + irq, true);
}

/* The bits of a priority that the part implements: the highest of eight. */
static uint32_t implemented(const struct nvic *n)
{
    return 0xffu << (8 - n->priority_bits) & 0xff;
}

static int raw_priority(const struct nvic *n, int x)
{
    return x == EXC_NMI ? PRIO_NMI : x == EXC_HARD ? PRIO_HARD : x == EXC_RESET ? -3 : n->prio[x];
}

static int group_of(const struct nvic *n, int p)
{
    return p < 0 ? p : p & ~((2 << n->prigroup) - 1) & 0xff;
}

int nvic_group(const struct nvic *n, int x)
{
    return group_of(n, raw_priority(n, x));
}

int nvic_active_priority(const struct nvic *n)
{
    int best = PRIO_THREAD;
    int left = n->depth;
    for (int x = EXC_NMI; left > 0 && x < MAX_EXC; x++) {
        if (!n->active[x])
            continue;
        left--;
        if (nvic_group(n, x) < best)
            best = nvic_group(n, x);
    }
    return best;
}

int nvic_priority(const struct nvic *n, const struct masks *m)
{
    int best = nvic_active_priority(n), base = group_of(n, (int)m->basepri);
    if (m->basepri && base < best)
        best = base;
    if (m->primask && best > 0)
        best = 0;
    if (m->faultmask && best > PRIO_HARD)
        best = PRIO_HARD;
    return best;
}

int nvic_priority_now(const struct nvic *n)
{
    struct masks m = emulator_masks(n->uc);
    return nvic_priority(n, &m);
}

int nvic_best(const struct nvic *n)
{
    int best = 0;
    int left = n->npending;
    for (int x = EXC_NMI; left > 0 && x < MAX_EXC; x++) {
        if (!n->pending[x])
            continue;
        left--;
        if (n->enabled[x] && (!best || raw_priority(n, x) < raw_priority(n, best)))
            best = x;
    }
    return best;
}

int nvic_preempts(const struct nvic *n)
{
    int x = nvic_best(n);
    return x && nvic_group(n, x) < nvic_priority_now(n) ? x : 0;
}

bool nvic_masked(const struct nvic *n, int x)
{
    struct masks m = emulator_masks(n->uc);
    int p = nvic_group(n, x);
    return (m.basepri && p >= group_of(n, (int)m.basepri)) || (m.faultmask && p >= PRIO_HARD);
}

void nvic_trim(struct nvic *n, bool raises)
{
    struct masks m = emulator_masks(n->uc);
    uint32_t basepri = m.basepri & implemented(n);
    if (raises && m.basepri && !basepri)
        basepri = n->basepri; /* BASEPRI_MAX with 0 changes nothing */
    n->basepri = basepri;
    if (basepri != m.basepri)
        emulator_set(n->uc, UC_ARM_REG_BASEPRI, basepri);
    if (m.faultmask && !n->faultmask_kept && nvic_active_priority(n) < 0)
        emulator_set(n->uc, UC_ARM_REG_FAULTMASK, 0);
}

uint32_t nvic_priorities(const struct nvic *n, int x)
{
    return (uint32_t)n->prio[x] | (uint32_t)n->prio[x + 1] << 8 | (uint32_t)n->prio[x + 2] << 16 |
           (uint32_t)n->prio[x + 3] << 24;
}

static bool reserved(int x)
{
    return (x > EXC_USAGE && x < EXC_SVC) || x == EXC_DEBUG + 1;
}

void nvic_set_priorities(struct nvic *n, int x, uint32_t v, uint32_t mask)
{
    for (int i = 0; i < 4; i++)
        if (mask >> 8 * i & 0xff && !reserved(x + i) && x + i < EXC_IRQ0 + n->lines)
            n->prio[x + i] = (uint8_t)(v >> 8 * i & implemented(n));
}

enum {
    ICTR = 0x004,
    ISER = 0x100,
    ICER = 0x180,
    ISPR = 0x200,
    ICPR = 0x280,
    IABR = 0x300,
    IABR_END = 0x320,
    IPR = 0x400,
    IPR_END = IPR + MAX_IRQS,
    STIR = 0xf00,
};

bool nvic_owns(uint32_t off)
{
    return off == ICTR || (off >= ISER && off < IPR_END) || off == STIR;
}

/* The interrupt of bit 0 of a register of enable, pending or active bits; MAX_EXC: there is
 * none. */
static int first_of(uint32_t off)
{
    uint32_t bank = (off & 0x7f) / 4;
    return bank < 8 ? EXC_IRQ0 + 32 * (int)bank : MAX_EXC;
}

uint32_t nvic_read(const struct nvic *n, uint32_t off)
{
    uint32_t v = 0;
    if (off == ICTR)
        return (uint32_t)(n->lines - 1) / 32;
    if (off >= IPR)
        return off < IPR_END ? nvic_priorities(n, EXC_IRQ0 + (int)(off - IPR)) : 0;
    const bool *of = off < ISPR ? n->enabled : off < IABR ? n->pending : n->active;
    int first = off < IABR_END ? first_of(off) : MAX_EXC;
    for (int i = 0; i < 32 && first + i < MAX_EXC; i++)
        v |= (uint32_t)of[first + i] << i;
    return v;
}

void nvic_write(struct nvic *n, uint32_t off, uint32_t v, uint32_t mask)
{
    nvic_ask(n);
    if (off == STIR) {
        if ((int)(v & 0x1ff) < n->lines)
            nvic_pend(n, EXC_IRQ0 + (int)(v & 0x1ff), true);
        return;
    }
    if (off >= IPR) {
        nvic_set_priorities(n, EXC_IRQ0 + (int)(off - IPR), v, mask);
        return;
    }
    int first = off >= ISER && off < IABR ? first_of(off) : MAX_EXC; /* the others are read-only */
    for (int x = first; x < first + 32 && x < EXC_IRQ0 + n->lines; x++) {
        if (!(v >> (x - first) & 1))
            continue;
        if (off < ISPR)
            n->enabled[x] = off < ICER;
        else /* a level that is still there pends again */
            nvic_pend(n, x, off < ICPR || (n->line[x] && !n->active[x]));
    }
}
