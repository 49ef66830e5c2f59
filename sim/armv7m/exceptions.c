#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/armv7m/exceptions.h"

/* Priorities as the hardware compares them: lower wins; -3 reset, -2 NMI, -1 HardFault, 256 thread. */
enum { PRIO_HARD = -1, PRIO_NMI = -2, PRIO_THREAD = 256 };
enum { CCR_NONBASETHRDENA = 1, CCR_BFHFNMIGN = 1 << 8, SCR_SLEEPONEXIT = 2, SCR_SEVONPEND = 16 };
#define FPCCR_ASPEN 0x80000000u
#define FPCCR_LSPEN 0x40000000u

const char *const nvic_fault_names[] = {
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
enum { DFSR_BKPT = 2, MON_EN = 1 << 16, MON_PEND = 1 << 17, MON_BITS = 0xf << 16 };
#define HFSR_DEBUGEVT (1u << 31)

/* Where SHCSR shows and takes the state of the system handlers. */
static const struct shcsr_row {
    uint8_t exc;
    uint32_t active, pending;
} shcsr_rows[] = {
    {EXC_MEM, 1 << 0, 1 << 13}, {EXC_BUS, 1 << 1, 1 << 14}, {EXC_USAGE, 1 << 3, 1 << 12},
    {EXC_SVC, 1 << 7, 1 << 15}, {EXC_DEBUG, 1 << 8, 0},     {EXC_PENDSV, 1 << 10, 0},
    {EXC_SYSTICK, 1 << 11, 0},
};
enum { SHCSR_ROWS = sizeof shcsr_rows / sizeof *shcsr_rows, SHCSR_ENABLES = 7 << 16 };

struct nvic {
    uc_engine *uc;
    struct events *q;
    struct nvic_port port;
    struct exception_costs cost;
    bool pending[MAX_EXC], active[MAX_EXC], enabled[MAX_EXC], line[MAX_EXC];
    uint8_t prio[MAX_EXC];
    int npending; /* how many exceptions are pending */
    int depth;
    uint32_t vtor, aircr, scr, ccr, shcsr, demcr, cfsr, hfsr, dfsr, mmfar, bfar, fpccr, fpcar,
        fpdscr;
    bool event;    /* the WFE event register */
    bool on_exit;  /* the core goes to sleep, for SLEEPONEXIT */
    bool lspact;   /* FPCCR.LSPACT: the FP words of the frame at FPCAR are not written yet */
    bool fp_first; /* the next FP instruction has something to do first, nvic_fp_begin */
    struct {
        uint32_t ctrl, reload, value; /* value: while disabled */
        uint64_t zero;                /* cycle of the next wrap, NEVER when stopped */
        int id;
        bool flag; /* COUNTFLAG */
    } tick;
};

static uint32_t reg(const struct nvic *c, int id)
{
    uint32_t v = 0;
    uc_reg_read(c->uc, id, &v);
    return v;
}

static void set_reg(const struct nvic *c, int id, uint32_t v)
{
    uc_reg_write(c->uc, id, &v);
}

static void ask_now(struct nvic *c)
{
    *c->port.wake = 0;
}

static void set_pending(struct nvic *c, int x, bool on)
{
    if (c->pending[x] == on)
        return;
    c->pending[x] = on;
    c->npending += on ? 1 : -1;
    if (on) {
        if (c->scr & SCR_SEVONPEND)
            c->event = true;
        ask_now(c);
    }
}

void nvic_line(struct nvic *c, int irq, bool high)
{
    if (irq < 0 || irq >= MAX_IRQS)
        return;
    c->line[EXC_IRQ0 + irq] = high;
    if (high && !c->active[EXC_IRQ0 + irq])
        set_pending(c, EXC_IRQ0 + irq, true);
}

/* Exception number `exc` (0: thread mode) with this CONTROL. CONTROL is out of reach from unprivileged code and SPSEL
 * from handler mode, to Unicorn's user too, so the way leads through handler and privileged thread mode. */
static void set_mode(const struct nvic *c, uint32_t exc, uint32_t control)
{
    set_reg(c, UC_ARM_REG_IPSR, EXC_NMI);
    set_reg(c, UC_ARM_REG_CONTROL, 0);
    set_reg(c, UC_ARM_REG_IPSR, 0);
    set_reg(c, UC_ARM_REG_CONTROL, control & 2);
    set_reg(c, UC_ARM_REG_IPSR, exc);
    set_reg(c, UC_ARM_REG_CONTROL, control);
}

/* Priorities */

/* The bits of a priority that the part implements: the highest of eight. */
static uint32_t implemented(const struct nvic *c)
{
    return 0xffu << (8 - c->cost.priority_bits) & 0xff;
}

static int raw_prio(const struct nvic *c, int x)
{
    return x == EXC_NMI ? PRIO_NMI : x == EXC_HARD ? PRIO_HARD : x == EXC_RESET ? -3 : c->prio[x];
}

/* The part that decides pre-emption: the subpriority bits masked away. */
static int group_prio(const struct nvic *c, int x)
{
    int p = raw_prio(c, x), split = (int)(c->aircr >> 8 & 7);
    return p < 0 ? p : p & ~((2 << split) - 1) & 0xff;
}

static int active_prio(const struct nvic *c)
{
    int best = PRIO_THREAD;
    if (c->depth)
        for (int x = EXC_NMI; x < MAX_EXC; x++)
            if (c->active[x] && group_prio(c, x) < best)
                best = group_prio(c, x);
    return best;
}

/* PRIMASK, FAULTMASK and BASEPRI read as zero from unprivileged code, to Unicorn's user too: look from handler mode. */
static void read_masks(const struct nvic *c, uint32_t *primask, uint32_t *faultmask,
                       uint32_t *basepri)
{
    bool lower = (reg(c, UC_ARM_REG_CONTROL) & 1) && !(reg(c, UC_ARM_REG_XPSR) & 0x1ff);
    if (lower)
        set_reg(c, UC_ARM_REG_IPSR, EXC_NMI);
    *primask = reg(c, UC_ARM_REG_PRIMASK) & 1;
    *faultmask = reg(c, UC_ARM_REG_FAULTMASK) & 1;
    *basepri = reg(c, UC_ARM_REG_BASEPRI) & 0xff;
    if (lower)
        set_reg(c, UC_ARM_REG_IPSR, 0);
}

/* Of the active exceptions and the masks; a sleeping core looks past PRIMASK. */
static int execution_prio(const struct nvic *c, bool asleep)
{
    int best = active_prio(c), split = (int)(c->aircr >> 8 & 7);
    uint32_t primask, faultmask, basepri;
    read_masks(c, &primask, &faultmask, &basepri);
    int b = (int)basepri & ~((2 << split) - 1) & 0xff;
    if (basepri && b < best)
        best = b;
    if (primask && !asleep && best > 0)
        best = 0;
    if (faultmask && best > PRIO_HARD)
        best = PRIO_HARD;
    return best;
}

/* A disabled exception stays pending. */
static bool enabled(const struct nvic *c, int x)
{
    switch (x) {
    case EXC_MEM: return c->shcsr & 1 << 16;
    case EXC_BUS: return c->shcsr & 1 << 17;
    case EXC_USAGE: return c->shcsr & 1 << 18;
    case EXC_DEBUG: return c->demcr & MON_EN;
    default: return x < EXC_IRQ0 || c->enabled[x];
    }
}

/* The pending and enabled exception that wins, 0 = none. */
static int best_pending(const struct nvic *c)
{
    int best = 0;
    if (c->npending)
        for (int x = EXC_NMI; x < MAX_EXC; x++)
            if (c->pending[x] && enabled(c, x) && (!best || raw_prio(c, x) < raw_prio(c, best)))
                best = x;
    return best;
}

bool nvic_due(struct nvic *c)
{
    events_run(c->q, *c->port.cycles);
    int x = best_pending(c);
    uint64_t wake = c->q->next;
    bool take = false;
    if (x && group_prio(c, x) < active_prio(c)) {
        /* Only the masks can hold it: they change by instructions nobody reports, so ask at every block. */
        take = group_prio(c, x) < execution_prio(c, false);
        wake = 0;
    }
    *c->port.wake = wake;
    return take;
}

/* Memory of the guest, for frames and vectors. */

static bool load32(const struct nvic *c, uint32_t addr, uint32_t *v)
{
    uint8_t b[4];
    if (uc_mem_read(c->uc, addr, b, 4) != UC_ERR_OK)
        return false;
    *v = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return true;
}

static bool store32(struct nvic *c, uint32_t addr, uint32_t v)
{
    uint8_t b[4] = {v & 0xff, v >> 8 & 0xff, v >> 16 & 0xff, v >> 24 & 0xff};
    uc_mem_region *r = NULL;
    uint32_t n = 0;
    bool writable = false;
    if (uc_mem_regions(c->uc, &r, &n) == UC_ERR_OK)
        for (uint32_t i = 0; i < n; i++)
            if (addr >= r[i].begin && addr + 3ull <= r[i].end)
                writable = r[i].perms & UC_PROT_WRITE;
    uc_free(r);
    return writable && uc_mem_write(c->uc, addr, b, 4) == UC_ERR_OK;
}

static void spend(struct nvic *c, uint32_t n)
{
    *c->port.cycles += n;
    if (n)
        c->port.charge(c->port.self, false, n);
}

static void watch_fp(struct nvic *c)
{
    bool fpca = reg(c, UC_ARM_REG_CONTROL) & 4;
    c->fp_first = c->lspact || (!fpca && (!(c->fpccr & FPCCR_ASPEN) || c->fpdscr));
}

static bool store_fp(struct nvic *c, uint32_t to)
{
    bool ok = true;
    for (int i = 0; i < 16; i++)
        ok = ok && store32(c, to + 4 * (uint32_t)i, reg(c, UC_ARM_REG_S0 + i));
    return ok && store32(c, to + 64, reg(c, UC_ARM_REG_FPSCR));
}

/* Leaves the FP words of the frame to the next FP instruction, and remembers whose they are (UpdateFPCCR of the manual). */
static void leave_fp(struct nvic *c, uint32_t fp_words, bool handler, bool user)
{
    static const struct {
        uint8_t exception, bit;
    } ready[] = {{EXC_HARD, 4}, {EXC_MEM, 5}, {EXC_BUS, 6}, {EXC_DEBUG, 8}};
    int now = execution_prio(c, false);
    c->fpcar = fp_words;
    c->lspact = true;
    c->fpccr = (c->fpccr & (FPCCR_ASPEN | FPCCR_LSPEN)) | (uint32_t)!handler << 3 |
               (uint32_t)(user && !handler) << 1;
    for (size_t i = 0; i < sizeof ready / sizeof *ready; i++)
        if (enabled(c, ready[i].exception) && group_prio(c, ready[i].exception) < now)
            c->fpccr |= 1u << ready[i].bit;
}

bool nvic_fp_waits(const struct nvic *c)
{
    return c->fp_first;
}

/* ExecuteFPCheck and PreserveFPState of the manual. Unicorn creates an FP context by itself, with FPSCR = 0, unless
 * FPCA is set. */
void nvic_fp_begin(struct nvic *c)
{
    uint32_t control = reg(c, UC_ARM_REG_CONTROL), exception = reg(c, UC_ARM_REG_XPSR) & 0x1ff;
    c->fp_first = false;
    if (c->lspact) {
        c->lspact = false;
        store_fp(c, c->fpcar);
        c->port.stored(c->port.self, c->fpcar, 68);
        spend(c, c->cost.fp_words);
    }
    if (control & 4)
        return;
    if (c->fpccr & FPCCR_ASPEN)
        set_reg(c, UC_ARM_REG_FPSCR, c->fpdscr);
    uint32_t psr = reg(c, UC_ARM_REG_XPSR);
    set_mode(c, exception, control | 4);
    set_reg(c, UC_ARM_REG_XPSR_NZCVQG, psr);
}

/* Whether the MPU lets the code that the frame belongs to access it. */
static bool frame_allowed(const struct nvic *c, uint32_t frame, uint32_t size, bool store,
                          bool privileged)
{
    for (uint32_t i = 0; i < size; i += 4)
        if (!c->port.allowed(c->port.self, frame + i, store, privileged))
            return false;
    return true;
}

/* The frame below SP; leaves SP at it. *frame is its address, *ret the EXC_RETURN value. False: *why. */
static bool push_frame(struct nvic *c, uint32_t *frame, uint32_t *ret, bool *fp, enum fault *why)
{
    static const int saved[] = {UC_ARM_REG_R0, UC_ARM_REG_R1,  UC_ARM_REG_R2,
                                UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_LR};
    uint32_t control = reg(c, UC_ARM_REG_CONTROL), sp = reg(c, UC_ARM_REG_SP),
             psr = reg(c, UC_ARM_REG_XPSR);
    bool handler = psr & 0x1ff, psp = !handler && (control & 2);
    *fp = (control & 4) && (c->fpccr & FPCCR_ASPEN);
    uint32_t size = *fp ? 0x68 : 0x20, align = 0;
    if ((c->ccr & CCR_STKALIGN) || *fp)
        align = (sp - size) & 4;
    uint32_t f = (sp - size) & ~align & ~3u;
    bool ok = frame_allowed(c, f, size, true, handler || !(control & 1));
    *why = ok ? FAULT_STKERR : FAULT_MSTKERR;
    for (int i = 0; i < 6; i++)
        ok = ok && store32(c, f + 4 * (uint32_t)i, reg(c, saved[i]));
    ok = ok && store32(c, f + 24, reg(c, UC_ARM_REG_PC) & ~1u) &&
         store32(c, f + 28, (psr & ~0x200u) | (align ? 0x200 : 0));
    if (*fp) {
        if (c->fpccr & FPCCR_LSPEN)
            leave_fp(c, f + 32, handler, control & 1);
        else
            ok = ok && store_fp(c, f + 32);
    }
    *frame = f;
    *ret = (handler ? 0xfffffff1 : psp ? 0xfffffffd : 0xfffffff9) & ~(*fp ? 0x10u : 0u);
    set_reg(c, UC_ARM_REG_SP, f);
    return ok;
}

static bool vector(const struct nvic *c, int x, uint32_t *handler)
{
    return load32(c, c->vtor + 4 * (uint32_t)x, handler);
}

/* Handler mode for exception x at its vector, with LR as given. */
static bool enter(struct nvic *c, int x, uint32_t frame, uint32_t lr, bool tail, struct err *e)
{
    uint32_t handler = 0;
    if (!vector(c, x, &handler)) {
        c->hfsr |= HFSR_VECTTBL;
        if (x == EXC_HARD || !vector(c, x = EXC_HARD, &handler))
            return err_set(e, ERR_GUEST, "%s: 0x%08x", nvic_fault_names[FAULT_VECTTBL],
                           c->vtor + 4 * (uint32_t)x);
    }
    uint32_t psr = reg(c, UC_ARM_REG_XPSR);
    set_pending(c, x, false);
    c->active[x] = true;
    c->depth++;
    c->event = true;
    set_mode(c, (uint32_t)x, reg(c, UC_ARM_REG_CONTROL) & 1);
    watch_fp(c);
    /* ITSTATE ends here. */
    set_reg(c, UC_ARM_REG_XPSR, (psr & 0xf80f0000) | (handler & 1) << 24 | (uint32_t)x);
    set_reg(c, UC_ARM_REG_LR, lr);
    set_reg(c, UC_ARM_REG_PC, handler | 1);
    c->port.entered(c->port.self, x, frame, handler & ~1u, tail);
    ask_now(c);
    if (!(handler & 1))
        return nvic_fault(c, FAULT_INVSTATE, handler, e);
    return true;
}

static bool enter_stacked(struct nvic *c, int x, struct err *e)
{
    uint32_t frame, lr;
    bool fp;
    enum fault why;
    if (!push_frame(c, &frame, &lr, &fp, &why)) {
        c->cfsr |= fault_bits[why].cfsr;
        int to = fault_bits[why].exc;
        if (!enabled(c, to) || group_prio(c, to) >= active_prio(c))
            to = EXC_HARD;
        if (active_prio(c) <= PRIO_HARD || x == EXC_HARD)
            return err_set(e, ERR_GUEST, "%s at 0x%08x", nvic_fault_names[why], frame);
        if (group_prio(c, to) < group_prio(c, x))
            x = to;
        else
            set_pending(c, to, true);
        if (x == EXC_HARD)
            c->hfsr |= HFSR_FORCED;
    }
    spend(c, c->cost.entry);
    if (fp && !c->lspact)
        spend(c, c->cost.fp_words);
    /* Late arrival: what came up while the frame was stored wins if it is more urgent, at no further cost. */
    events_run(c->q, *c->port.cycles);
    int late = best_pending(c);
    if (late && late != x && group_prio(c, late) < group_prio(c, x) &&
        group_prio(c, late) < execution_prio(c, false)) {
        set_pending(c, x, true);
        x = late;
    }
    return enter(c, x, frame, lr, false, e);
}

bool nvic_waits(const struct nvic *c)
{
    int x = best_pending(c);
    return x && group_prio(c, x) < execution_prio(c, false);
}

bool nvic_take(struct nvic *c, struct err *e)
{
    return !nvic_waits(c) || enter_stacked(c, best_pending(c), e);
}

bool nvic_can_svc(const struct nvic *c)
{
    return group_prio(c, EXC_SVC) < execution_prio(c, false);
}

bool nvic_svc(struct nvic *c, struct err *e)
{
    set_pending(c, EXC_SVC, true);
    return enter_stacked(c, EXC_SVC, e);
}

static bool pop_frame(struct nvic *c, uint32_t ret, uint32_t *frame, uint32_t *psr, enum fault *why)
{
    static const int saved[] = {UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3,
                                UC_ARM_REG_R12, UC_ARM_REG_LR, UC_ARM_REG_PC, UC_ARM_REG_XPSR};
    bool fp = !(ret & 0x10), psp = (ret & 0xf) == 0xd;
    uint32_t f = reg(c, psp ? UC_ARM_REG_PSP : UC_ARM_REG_MSP), v[8], s[17];
    *frame = f;
    bool allowed = frame_allowed(c, f, fp ? 0x68 : 0x20, false,
                                 !(ret & 8) || !(reg(c, UC_ARM_REG_CONTROL) & 1));
    *why = allowed ? FAULT_UNSTKERR : FAULT_MUNSTKERR;
    if (!allowed)
        return false;
    for (uint32_t i = 0; i < 8; i++)
        if (!load32(c, f + 4 * i, &v[i]))
            return false;
    for (uint32_t i = 0; fp && i < 17; i++)
        if (!load32(c, f + 32 + 4 * i, &s[i]))
            return false;
    *why = FAULT_INVPC;
    if (!(ret & 8) != ((v[7] & 0x1ff) != 0))
        return false; /* the frame belongs to the other mode, and stays where it is */
    uint32_t sp = f + (fp ? 0x68 : 0x20);
    if (v[7] & 0x200)
        sp |= 4;
    set_reg(c, psp ? UC_ARM_REG_PSP : UC_ARM_REG_MSP, sp);
    for (int i = 0; i < 6; i++)
        set_reg(c, saved[i], v[i]);
    bool live = fp && c->lspact; /* nobody used the registers: they are as they were */
    for (int i = 0; fp && !live && i < 16; i++)
        set_reg(c, UC_ARM_REG_S0 + i, s[i]);
    if (fp && !live)
        set_reg(c, UC_ARM_REG_FPSCR, s[16]);
    if (fp)
        c->lspact = false;
    uint32_t control = (reg(c, UC_ARM_REG_CONTROL) & 1) | (psp ? 2 : 0) | (fp ? 4 : 0);
    uint32_t exc = ret & 8 ? 0 : v[7] & 0x1ff;
    set_mode(c, exc, control);
    watch_fp(c);
    set_reg(c, UC_ARM_REG_XPSR_NZCVQG, (v[7] & 0xff0ffc00 & ~0x200u) | exc);
    set_reg(c, UC_ARM_REG_PC, (v[6] & ~1u) | (v[7] >> 24 & 1));
    *psr = v[7];
    return true;
}

static bool known_return(uint32_t ret)
{
    ret |= 0x11;
    return ret == 0xfffffff1 || ret == 0xfffffff9 || ret == 0xfffffffd;
}

bool nvic_return_valid(const struct nvic *c, uint32_t value)
{
    uint32_t x = reg(c, UC_ARM_REG_XPSR) & 0x1ff;
    bool base = !(value & 8) || c->depth == 1 || (c->ccr & CCR_NONBASETHRDENA);
    return x && x < MAX_EXC && c->active[x] && known_return(value) && base;
}

static int fault_target(const struct nvic *c, enum fault kind);

/* A fault of the exception return itself: its handler takes the place of the one that returned, on the same frame. */
static bool tail_fault(struct nvic *c, enum fault kind, uint32_t frame, uint32_t ret, struct err *e)
{
    int x = fault_target(c, kind);
    c->cfsr |= fault_bits[kind].cfsr;
    if (!x)
        return err_set(e, ERR_GUEST, "%s", nvic_fault_names[kind]);
    if (x == EXC_HARD)
        c->hfsr |= HFSR_FORCED;
    spend(c, c->cost.tail_chain);
    return enter(c, x, frame, ret, true, e);
}

static void deactivate(struct nvic *c, int x)
{
    c->depth -= c->active[x];
    c->active[x] = false;
    if (x != EXC_NMI)
        set_reg(c, UC_ARM_REG_FAULTMASK, 0);
}

bool nvic_exc_return(struct nvic *c, uint32_t value, struct err *e)
{
    uint32_t ret = value | 1;
    int x = (int)(reg(c, UC_ARM_REG_XPSR) & 0x1ff);
    bool to_thread = ret & 8, valid = nvic_return_valid(c, value);
    uint32_t frame = reg(c, (ret & 0xf) == 0xd ? UC_ARM_REG_PSP : UC_ARM_REG_MSP), psr = 0;
    deactivate(c, x);
    if (!valid)
        return tail_fault(c, FAULT_INVPC, reg(c, UC_ARM_REG_SP), ret, e);
    if (c->line[x])
        set_pending(c, x, true);
    events_run(c->q, *c->port.cycles);
    int next = best_pending(c);
    if (next && group_prio(c, next) < execution_prio(c, false)) {
        spend(c, c->cost.tail_chain);
        return enter(c, next, frame, ret, true, e);
    }
    enum fault why;
    if (!pop_frame(c, ret, &frame, &psr, &why))
        return tail_fault(c, why, frame, ret, e);
    spend(c, c->cost.exit);
    c->event = true;
    c->port.returned(c->port.self, x, frame, reg(c, UC_ARM_REG_PC) & ~1u);
    ask_now(c);
    if (!(psr & 1 << 24))
        return nvic_fault(c, FAULT_INVSTATE, reg(c, UC_ARM_REG_PC), e);
    c->on_exit = to_thread && (c->scr & SCR_SLEEPONEXIT);
    return true;
}

/* The exception that takes the fault; 0 = lock-up. */
static int fault_target(const struct nvic *c, enum fault kind)
{
    int x = fault_bits[kind].exc, current = execution_prio(c, false);
    if (enabled(c, x) && group_prio(c, x) < current)
        return x;
    return current <= PRIO_HARD ? 0 : EXC_HARD;
}

bool nvic_fault_handler(const struct nvic *c, enum fault kind, uint32_t *handler)
{
    int x = 0, active = (int)(reg(c, UC_ARM_REG_XPSR) & 0x1ff);
    if (kind == FAULT_INVPC && active && active < MAX_EXC && c->active[active]) {
        struct nvic after = *c; /* the return ended that exception */
        after.active[active] = false;
        after.depth--;
        x = fault_target(&after, kind);
    } else {
        x = fault_target(c, kind);
    }
    return x && vector(c, x, handler) && (*handler & 1);
}

bool nvic_fault(struct nvic *c, enum fault kind, uint32_t addr, struct err *e)
{
    uint32_t handler = 0;
    int x = fault_target(c, kind);
    c->cfsr |= fault_bits[kind].cfsr;
    if (kind == FAULT_PRECISERR) {
        c->bfar = addr;
        c->cfsr |= CFSR_BFARVALID;
    } else if (kind == FAULT_DACCVIOL) {
        c->mmfar = addr;
        c->cfsr |= CFSR_MMARVALID;
    }
    if (kind == FAULT_DEBUGEVT)
        c->dfsr |= DFSR_BKPT;
    if (!x)
        return err_set(e, ERR_GUEST, "lock-up: %s inside a HardFault or NMI handler",
                       nvic_fault_names[kind]);
    if (x == EXC_HARD)
        c->hfsr |= kind == FAULT_DEBUGEVT  ? HFSR_DEBUGEVT
                   : kind == FAULT_VECTTBL ? HFSR_VECTTBL
                                           : HFSR_FORCED;
    if (!vector(c, x, &handler) || !(handler & 1))
        return err_set(e, ERR_GUEST, "%s; no handler in the vector table", nvic_fault_names[kind]);
    return enter_stacked(c, x, e);
}

/* Masks do not change asleep, and only interrupts and SysTick become pending by themselves. */
static bool may_wake(const struct nvic *c, bool wfe)
{
    int now = execution_prio(c, true);
    bool pends = wfe && (c->scr & SCR_SEVONPEND);
    if (c->tick.zero != NEVER && (c->tick.ctrl & 2) && (pends || group_prio(c, EXC_SYSTICK) < now))
        return true;
    for (int x = EXC_IRQ0; x < MAX_EXC; x++)
        if (pends || (c->enabled[x] && group_prio(c, x) < now))
            return true;
    return c->port.may_reset(c->port.self);
}

enum nvic_sleep nvic_sleep(struct nvic *c, bool wfe, uint64_t limit)
{
    events_run(c->q, *c->port.cycles);
    int x = best_pending(c);
    bool wakes = x && group_prio(c, x) < execution_prio(c, true);
    if (wakes || (wfe && c->event)) {
        if (wfe)
            c->event = false;
        ask_now(c);
        return SLEEP_WOKEN;
    }
    if (c->q->next == NEVER || !may_wake(c, wfe))
        return SLEEP_FOR_EVER;
    uint64_t next = c->q->next < limit ? c->q->next : limit;
    if (next > *c->port.cycles) {
        c->port.charge(c->port.self, true, next - *c->port.cycles);
        *c->port.cycles = next;
    }
    return SLEEP_ON;
}

bool nvic_on_exit(struct nvic *c)
{
    bool sleeps = c->on_exit;
    c->on_exit = false;
    return sleeps;
}

void nvic_event(struct nvic *c)
{
    c->event = true;
}

void nvic_trim(struct nvic *c)
{
    static const int stack[] = {UC_ARM_REG_MSP, UC_ARM_REG_PSP};
    uint32_t primask, faultmask, basepri;
    for (int i = 0; i < 2; i++) {
        uint32_t sp = reg(c, stack[i]);
        if (sp & 3)
            set_reg(c, stack[i], sp & ~3u);
    }
    read_masks(c, &primask, &faultmask, &basepri);
    if (basepri & ~implemented(c))
        set_reg(c, UC_ARM_REG_BASEPRI, basepri & implemented(c));
}

bool nvic_ignores(struct nvic *c, uint32_t addr)
{
    if (!(c->ccr & CCR_BFHFNMIGN) || execution_prio(c, false) > PRIO_HARD)
        return false;
    c->cfsr |= fault_bits[FAULT_PRECISERR].cfsr | CFSR_BFARVALID;
    c->bfar = addr;
    return true;
}

bool nvic_monitored(const struct nvic *c)
{
    return fault_target(c, FAULT_DEBUGEVT) == EXC_DEBUG;
}

bool nvic_in_fault(const struct nvic *c)
{
    return c->active[EXC_HARD] || c->active[EXC_MEM] || c->active[EXC_BUS] || c->active[EXC_USAGE];
}

/* SysTick counts core clocks, or an eighth of them. It wraps every reload + 1 counts. */

static uint64_t tick_div(const struct nvic *c)
{
    return c->tick.ctrl & 4 ? 1 : 8;
}

/* Wraps that raised no exception, so that no event was needed. */
static void tick_settle(struct nvic *c, uint64_t now)
{
    uint64_t period = (c->tick.reload + 1ull) * tick_div(c);
    if (c->tick.zero == NEVER || now < c->tick.zero || (c->tick.ctrl & 2))
        return;
    c->tick.flag = true;
    c->tick.zero += ((now - c->tick.zero) / period + 1) * period;
}

static uint32_t tick_value(struct nvic *c, uint64_t now)
{
    tick_settle(c, now);
    if (c->tick.zero == NEVER)
        return c->tick.value;
    if (now > c->tick.zero)
        now = c->tick.zero; /* wrapped, and the event waits for the end of the block */
    uint64_t left = (c->tick.zero - now + tick_div(c) - 1) / tick_div(c);
    return left > c->tick.reload ? 0 : (uint32_t)left;
}

static void tick_arm(struct nvic *c, uint64_t now)
{
    uint64_t counts = c->tick.value ? c->tick.value : c->tick.reload + 1ull;
    bool on = (c->tick.ctrl & 1) && c->tick.reload;
    c->tick.zero = on ? now + counts * tick_div(c) : NEVER;
    events_set(c->q, c->tick.id, c->tick.ctrl & 2 ? c->tick.zero : NEVER);
    ask_now(c);
}

static void tick_fire(void *self, uint64_t at)
{
    struct nvic *c = self;
    c->tick.flag = true;
    c->tick.value = 0;
    if (c->tick.ctrl & 2)
        set_pending(c, EXC_SYSTICK, true);
    c->tick.zero = at + (c->tick.reload + 1ull) * tick_div(c);
    events_set(c->q, c->tick.id, c->tick.reload ? c->tick.zero : NEVER);
}

/* Registers */

bool nvic_owns(uint32_t addr)
{
    uint32_t off = addr & 0xfff;
    return off == 0x004 || (off >= 0x010 && off < 0x01c) || (off >= 0x100 && off < 0x4f0) ||
           (off >= 0xd04 && off < 0xd40) || off / 4 == 0xdfc / 4 || off / 4 == 0xf00 / 4 ||
           (off >= 0xf34 && off < 0xf40);
}

static uint32_t bits32(const bool *of)
{
    uint32_t v = 0;
    for (uint32_t i = 0; i < 32; i++)
        v |= (uint32_t)of[i] << i;
    return v;
}

static uint32_t icsr(const struct nvic *c)
{
    int x = best_pending(c), active = (int)(reg(c, UC_ARM_REG_XPSR) & 0x1ff);
    bool irq = false;
    for (int i = EXC_IRQ0; i < MAX_EXC; i++)
        irq |= c->pending[i];
    return (uint32_t)c->pending[EXC_NMI] << 31 | (uint32_t)c->pending[EXC_PENDSV] << 28 |
           (uint32_t)c->pending[EXC_SYSTICK] << 26 | (uint32_t)irq << 22 | (uint32_t)x << 12 |
           (uint32_t)(c->depth == 1) << 11 | (uint32_t)active;
}

static uint32_t shcsr(const struct nvic *c)
{
    uint32_t v = c->shcsr;
    for (int i = 0; i < SHCSR_ROWS; i++) {
        const struct shcsr_row *r = &shcsr_rows[i];
        v |= (c->active[r->exc] ? r->active : 0) | (c->pending[r->exc] ? r->pending : 0);
    }
    return v;
}

/* Enables, pending and active bits are all read and written: what a write leaves zero ends. */
static void write_shcsr(struct nvic *c, uint32_t v)
{
    c->shcsr = v & SHCSR_ENABLES;
    for (int i = 0; i < SHCSR_ROWS; i++) {
        const struct shcsr_row *r = &shcsr_rows[i];
        bool active = v & r->active;
        if (r->pending)
            set_pending(c, r->exc, v & r->pending);
        c->depth += active - c->active[r->exc];
        c->active[r->exc] = active;
    }
}

static uint32_t prio_word(const struct nvic *c, int x)
{
    return (uint32_t)c->prio[x] | (uint32_t)c->prio[x + 1] << 8 | (uint32_t)c->prio[x + 2] << 16 |
           (uint32_t)c->prio[x + 3] << 24;
}

static uint32_t read_word(struct nvic *c, uint32_t a)
{
    uint32_t off = a & 0xffc, bank = (off & 0x7f) / 4;
    const int first = EXC_IRQ0 + 32 * (int)bank;
    if (off >= 0x100 && off < 0x320 && bank < 8 && (off & 0x7f) < 0x20) {
        bool part[32] = {false};
        const bool *of = off < 0x200 ? c->enabled : off < 0x300 ? c->pending : c->active;
        for (int i = 0; i < 32 && first + i < MAX_EXC; i++)
            part[i] = of[first + i];
        return bits32(part);
    }
    if (off >= 0x400 && off < 0x4f0)
        return prio_word(c, EXC_IRQ0 + (int)(off - 0x400));
    switch (off) {
    case 0x004: return MAX_IRQS / 32 - 1;
    case 0x010: {
        tick_settle(c, c->port.now(c->port.self));
        uint32_t v = c->tick.ctrl | (uint32_t)c->tick.flag << 16;
        c->tick.flag = false;
        return v;
    }
    case 0x014: return c->tick.reload;
    case 0x018: return tick_value(c, c->port.now(c->port.self));
    case 0xd04: return icsr(c);
    case 0xd08: return c->vtor;
    case 0xd0c: return 0xfa050000 | c->aircr;
    case 0xd10: return c->scr;
    case 0xd14: return c->ccr;
    case 0xd18:
    case 0xd1c:
    case 0xd20: return prio_word(c, 4 + (int)(off - 0xd18));
    case 0xd24: return shcsr(c);
    case 0xd28: return c->cfsr;
    case 0xd2c: return c->hfsr;
    case 0xd30: return c->dfsr;
    case 0xd34: return c->mmfar;
    case 0xd38: return c->bfar;
    case 0xdfc: return c->demcr | (c->pending[EXC_DEBUG] ? MON_PEND : 0);
    case 0xf34: return c->fpccr | c->lspact;
    case 0xf38: return c->fpcar;
    case 0xf3c: return c->fpdscr;
    }
    return 0;
}

uint32_t nvic_read(struct nvic *c, uint32_t addr, unsigned size)
{
    uint32_t v = read_word(c, addr & ~3u) >> 8 * (addr & 3);
    return size == 4 ? v : v & ((1u << 8 * size) - 1);
}

static bool reserved(int x)
{
    return (x > EXC_USAGE && x < EXC_SVC) || x == EXC_DEBUG + 1;
}

static void write_prio(struct nvic *c, int x, uint32_t value, uint32_t mask)
{
    uint32_t bits = implemented(c);
    for (int i = 0; i < 4; i++)
        if (mask >> 8 * i & 0xff && !reserved(x + i))
            c->prio[x + i] = (uint8_t)(value >> 8 * i & bits);
}

static void write_icsr(struct nvic *c, uint32_t v)
{
    if (v & 1u << 31)
        set_pending(c, EXC_NMI, true);
    if (v & (1u << 28 | 1u << 27))
        set_pending(c, EXC_PENDSV, v & 1u << 28);
    if (v & (1u << 26 | 1u << 25))
        set_pending(c, EXC_SYSTICK, v & 1u << 26);
}

static void write_tick(struct nvic *c, uint32_t off, uint32_t v)
{
    uint64_t now = c->port.now(c->port.self);
    c->tick.value = tick_value(c, now);
    if (off == 0x010)
        c->tick.ctrl = v & 7;
    else if (off == 0x014)
        c->tick.reload = v & 0xffffff;
    else
        c->tick.value = 0, c->tick.flag = false;
    /* A new reload value counts from the next wrap on. */
    if (off != 0x014 || c->tick.zero == NEVER)
        tick_arm(c, now);
}

static void write_word(struct nvic *c, uint32_t a, uint32_t v, uint32_t mask)
{
    uint32_t off = a & 0xffc, bank = (off & 0x7f) / 4;
    const int first = EXC_IRQ0 + 32 * (int)bank;
    ask_now(c); /* whatever changed may let an exception in */
    if (off >= 0x100 && off < 0x300 && (off & 0x7f) < 0x20) {
        for (int i = 0; i < 32 && first + i < MAX_EXC; i++) {
            if (!(v & mask) || !(v >> i & 1))
                continue;
            int x = first + i;
            if (off < 0x200)
                c->enabled[x] = off < 0x180;
            else
                set_pending(c, x, off < 0x280 || (c->line[x] && !c->active[x]));
        }
        return;
    }
    if (off >= 0x400 && off < 0x4f0) {
        write_prio(c, EXC_IRQ0 + (int)(off - 0x400), v, mask);
        return;
    }
    switch (off) {
    case 0x010:
    case 0x014:
    case 0x018: write_tick(c, off, v); break;
    case 0xd04: write_icsr(c, v); break;
    case 0xd08: c->vtor = v & ~0x7fu; break;
    case 0xd0c:
        if (v >> 16 != 0x05fa)
            break;
        c->aircr = v & 0x700;
        if (v & 4)
            c->port.reset(c->port.self);
        break;
    case 0xd10: c->scr = v & 0x16; break;
    case 0xd14:
        c->ccr = (c->ccr & ~mask) | (v & mask & 0x7031b);
        c->ccr |= c->cost.stkalign_fixed ? CCR_STKALIGN : 0;
        break;
    case 0xd18:
    case 0xd1c:
    case 0xd20: write_prio(c, 4 + (int)(off - 0xd18), v, mask); break;
    case 0xd24: write_shcsr(c, (shcsr(c) & ~mask) | v); break;
    case 0xd28: c->cfsr &= ~(v & mask); break;
    case 0xd2c: c->hfsr &= ~v; break;
    case 0xd30: c->dfsr &= ~v; break;
    case 0xd34: c->mmfar = v; break;
    case 0xd38: c->bfar = v; break;
    case 0xf00:
        if ((v & 0x1ff) < MAX_IRQS)
            set_pending(c, EXC_IRQ0 + (int)(v & 0x1ff), true);
        break;
    case 0xdfc:
        v = (read_word(c, a) & ~mask) | v;
        c->demcr = v & MON_BITS & ~MON_PEND;
        set_pending(c, EXC_DEBUG, v & MON_PEND);
        break;
    case 0xf34:
        c->fpccr = v & 0xc000017a;
        c->lspact = v & 1;
        watch_fp(c);
        break;
    case 0xf38: c->fpcar = v & ~7u; break;
    case 0xf3c:
        c->fpdscr = v & 0x07c00000;
        watch_fp(c);
        break;
    }
}

void nvic_write(struct nvic *c, uint32_t addr, unsigned size, uint32_t value)
{
    unsigned shift = 8 * (addr & 3);
    uint32_t mask = (size == 4 ? 0xffffffffu : (1u << 8 * size) - 1) << shift;
    write_word(c, addr & ~3u, value << shift & mask, mask);
}

struct nvic *nvic_open(uc_engine *uc, struct events *q, const struct nvic_port *port,
                       const struct exception_costs *cost, uint32_t vectors, struct err *e)
{
    struct nvic *c = calloc(1, sizeof *c);
    if (!c) {
        err_nomem(e);
        return NULL;
    }
    c->uc = uc;
    c->q = q;
    c->port = *port;
    c->cost = *cost;
    c->tick.id = events_add(q, tick_fire, c);
    nvic_reset(c, vectors);
    return c;
}

void nvic_reset(struct nvic *c, uint32_t vectors)
{
    const struct nvic fresh = {.uc = c->uc,
                               .q = c->q,
                               .port = c->port,
                               .cost = c->cost,
                               .vtor = vectors,
                               .ccr = CCR_STKALIGN,
                               .fpccr = FPCCR_ASPEN | FPCCR_LSPEN,
                               .tick = {.zero = NEVER, .id = c->tick.id}};
    *c = fresh;
    events_set(c->q, c->tick.id, NEVER);
    ask_now(c);
}

void nvic_close(struct nvic *c)
{
    free(c);
}

const char *nvic_exception_name(int x, char *out, int size)
{
    static const char *const names[] = {
        "Thread", "Reset", "NMI", "HardFault", "MemManage",    "BusFault", "UsageFault", "",
        "",       "",      "",    "SVCall",    "DebugMonitor", "",         "PendSV",     "SysTick"};
    if (x < EXC_IRQ0)
        snprintf(out, (size_t)size, "%s", x >= 0 && names[x][0] ? names[x] : "reserved");
    else
        snprintf(out, (size_t)size, "IRQ%d", x - EXC_IRQ0);
    return out;
}
