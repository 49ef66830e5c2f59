#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/armv7m/exceptions.h"

static uint32_t reg(const struct exceptions *c, int id)
{
    return emulator_get(c->uc, id);
}

static void set_reg(const struct exceptions *c, int id, uint32_t v)
{
    emulator_set(c->uc, id, v);
}

static int active_exception(const struct exceptions *c)
{
    return (int)(reg(c, UC_ARM_REG_XPSR) & 0x1ff);
}

static void spend(struct exceptions *c, uint32_t n)
{
    *c->port.cycles += n;
    if (n)
        c->port.charge(c->port.self, false, n);
}

bool exceptions_due(struct exceptions *c)
{
    events_run(c->q, *c->port.cycles);
    int x = nvic_best(&c->nvic);
    uint64_t wake = c->q->next;
    bool take = false;
    if (x && nvic_group(&c->nvic, x) < nvic_active_priority(&c->nvic)) {
        /* Only the masks can hold it: they change by instructions nobody reports, so ask at every
         * block. */
        take = nvic_preempts(&c->nvic);
        wake = 0;
    }
    *c->port.wake = wake;
    return take;
}

void exceptions_fp_begin(struct exceptions *c)
{
    if (!fpu_begin(&c->fpu))
        return;
    c->port.stored(c->port.self, c->fpu.fpcar, 4 * FP_WORDS);
    spend(c, c->cost.fp_words);
}

/* Whether the MPU lets the code that the frame belongs to access it. */
static bool frame_allowed(const struct exceptions *c, uint32_t frame, uint32_t size, bool store,
                          bool privileged)
{
    for (uint32_t i = 0; i < size; i += 4)
        if (!c->port.allowed(c->port.self, frame + i, store, privileged))
            return false;
    return true;
}

/* The frame below SP; leaves SP at it. `thumb` is xPSR.T, which the emulator does not keep. *frame
 * is its address, *ret the EXC_RETURN value. False: *why. */
static bool push_frame(struct exceptions *c, bool thumb, uint32_t *frame, uint32_t *ret, bool *fp,
                       enum fault *why)
{
    static const int saved[] = {UC_ARM_REG_R0, UC_ARM_REG_R1,  UC_ARM_REG_R2,
                                UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_LR};
    uint32_t control = reg(c, UC_ARM_REG_CONTROL), sp = reg(c, UC_ARM_REG_SP),
             psr = (reg(c, UC_ARM_REG_XPSR) & ~(1u << 24)) | (uint32_t)thumb << 24;
    bool handler = psr & 0x1ff, psp = !handler && (control & 2);
    *fp = fpu_stacks(&c->fpu);
    uint32_t size = *fp ? 0x68 : 0x20, align = 0;
    if ((c->scb.ccr & CCR_STKALIGN) || *fp)
        align = (sp - size) & 4;
    uint32_t f = (sp - size) & ~align & ~3u;
    bool ok = frame_allowed(c, f, size, true, handler || !(control & 1));
    *why = ok ? FAULT_STKERR : FAULT_MSTKERR;
    uint32_t v[8];
    for (int i = 0; i < 6; i++)
        v[i] = reg(c, saved[i]);
    v[6] = reg(c, UC_ARM_REG_PC) & ~1u;
    v[7] = (psr & ~0x200u) | (align ? 0x200 : 0);
    ok = ok && emulator_store(c->uc, f, v, 8);
    if (*fp) {
        if (fpu_lazy(&c->fpu))
            fpu_leave(&c->fpu, f + 32, handler, control & 1);
        else
            ok = ok && fpu_store(&c->fpu, f + 32);
    }
    *frame = f;
    *ret = (handler ? 0xfffffff1 : psp ? 0xfffffffd : 0xfffffff9) & ~(*fp ? 0x10u : 0u);
    set_reg(c, UC_ARM_REG_SP, f);
    return ok;
}

/* Handler mode for exception x at its vector, with LR as given. */
static bool enter(struct exceptions *c, int x, uint32_t frame, uint32_t lr, bool tail,
                  struct err *e)
{
    uint32_t handler = 0;
    if (!scb_vector(&c->scb, x, &handler)) {
        scb_report(&c->scb, FAULT_VECTTBL, 0, EXC_HARD);
        if (x == EXC_HARD || !scb_vector(&c->scb, x = EXC_HARD, &handler))
            return err_set(e, ERR_GUEST, "%s: 0x%08x", scb_fault_names[FAULT_VECTTBL],
                           c->scb.vtor + 4 * (uint32_t)x);
    }
    uint32_t psr = reg(c, UC_ARM_REG_XPSR);
    if (x == EXC_NMI)
        c->nvic.faultmask_kept = emulator_masks(c->uc).faultmask;
    nvic_pend(&c->nvic, x, false);
    nvic_activate(&c->nvic, x, true);
    c->nvic.event = true;
    emulator_set_mode(c->uc, (uint32_t)x, reg(c, UC_ARM_REG_CONTROL) & 1);
    fpu_watch(&c->fpu);
    /* ITSTATE ends here. */
    set_reg(c, UC_ARM_REG_XPSR, (psr & 0xf80f0000) | (handler & 1) << 24 | (uint32_t)x);
    set_reg(c, UC_ARM_REG_LR, lr);
    set_reg(c, UC_ARM_REG_PC, handler | 1);
    c->port.entered(c->port.self, x, frame, handler & ~1u, tail);
    nvic_ask(&c->nvic);
    if (!(handler & 1))
        return exceptions_fault(c, FAULT_INVSTATE, handler, e);
    return true;
}

static bool enter_stacked(struct exceptions *c, int x, bool thumb, struct err *e)
{
    struct nvic *n = &c->nvic;
    uint32_t frame, lr;
    bool fp;
    enum fault why;
    if (!push_frame(c, thumb, &frame, &lr, &fp, &why)) {
        int now = nvic_active_priority(n), to = scb_fault_target(&c->scb, why, now);
        if (!to || x == EXC_HARD)
            return err_set(e, ERR_GUEST, "%s at 0x%08x", scb_fault_names[why], frame);
        bool first = nvic_group(n, to) < nvic_group(n, x);
        if (first)
            x = to;
        else
            nvic_pend(n, to, true);
        scb_report(&c->scb, why, 0, to);
    }
    spend(c, c->cost.entry);
    if (fp && !c->fpu.lspact)
        spend(c, c->cost.fp_words);
    /* Late arrival: what came up while the frame was stored wins if it is more urgent, at no
     * further cost. */
    events_run(c->q, *c->port.cycles);
    int late = nvic_preempts(n);
    if (late && late != x && nvic_group(n, late) < nvic_group(n, x)) {
        nvic_pend(n, x, true);
        x = late;
    }
    return enter(c, x, frame, lr, false, e);
}

bool exceptions_take(struct exceptions *c, struct err *e)
{
    int x = nvic_preempts(&c->nvic);
    return !x || enter_stacked(c, x, true, e);
}

bool exceptions_can_svc(const struct exceptions *c)
{
    return nvic_group(&c->nvic, EXC_SVC) < nvic_priority_now(&c->nvic);
}

bool exceptions_svc(struct exceptions *c, struct err *e)
{
    nvic_pend(&c->nvic, EXC_SVC, true);
    return enter_stacked(c, EXC_SVC, true, e);
}

static bool pop_frame(struct exceptions *c, uint32_t ret, uint32_t *frame, uint32_t *psr,
                      enum fault *why)
{
    static const int saved[] = {UC_ARM_REG_R0, UC_ARM_REG_R1,  UC_ARM_REG_R2,
                                UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_LR};
    bool fp = !(ret & 0x10), psp = (ret & 0xf) == 0xd;
    uint32_t f = reg(c, psp ? UC_ARM_REG_PSP : UC_ARM_REG_MSP), v[8], s[FP_WORDS];
    *frame = f;
    bool allowed = frame_allowed(c, f, fp ? 0x68 : 0x20, false,
                                 !(ret & 8) || !(reg(c, UC_ARM_REG_CONTROL) & 1));
    *why = allowed ? FAULT_UNSTKERR : FAULT_MUNSTKERR;
    if (!allowed)
        return false;
    if (!emulator_load(c->uc, f, v, 8) || (fp && !emulator_load(c->uc, f + 32, s, FP_WORDS)))
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
    bool live = fp && c->fpu.lspact; /* nobody used the registers: they are as they were */
    for (int i = 0; fp && !live && i < 16; i++)
        set_reg(c, UC_ARM_REG_S0 + i, s[i]);
    if (fp && !live)
        set_reg(c, UC_ARM_REG_FPSCR, s[16]);
    if (fp)
        c->fpu.lspact = false;
    uint32_t control = (reg(c, UC_ARM_REG_CONTROL) & 1) | (psp ? 2 : 0) | (fp ? 4 : 0);
    uint32_t exc = ret & 8 ? 0 : v[7] & 0x1ff;
    emulator_set_mode(c->uc, exc, control);
    fpu_watch(&c->fpu);
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

bool exceptions_return_valid(const struct exceptions *c, uint32_t value)
{
    int x = active_exception(c);
    bool base = !(value & 8) || c->nvic.depth == 1 || (c->scb.ccr & CCR_NONBASETHRDENA);
    return x && x < MAX_EXC && c->nvic.active[x] && known_return(value) && base;
}

/* A fault of the exception return itself: its handler takes the place of the one that returned, on
 * the same frame. */
static bool tail_fault(struct exceptions *c, enum fault kind, uint32_t frame, uint32_t ret,
                       struct err *e)
{
    int x = scb_fault_target(&c->scb, kind, nvic_priority_now(&c->nvic));
    scb_report(&c->scb, kind, 0, x);
    if (!x)
        return err_set(e, ERR_GUEST, "%s", scb_fault_names[kind]);
    spend(c, c->cost.tail_chain);
    return enter(c, x, frame, ret, true, e);
}

bool exceptions_return(struct exceptions *c, uint32_t value, struct err *e)
{
    uint32_t ret = value | 1;
    int x = active_exception(c);
    bool last = c->nvic.depth == 1, valid = exceptions_return_valid(c, value);
    uint32_t frame = reg(c, (ret & 0xf) == 0xd ? UC_ARM_REG_PSP : UC_ARM_REG_MSP), psr = 0;
    nvic_activate(&c->nvic, x, false);
    if (x == EXC_NMI)
        c->nvic.faultmask_kept = false;
    else
        set_reg(c, UC_ARM_REG_FAULTMASK, 0);
    if (!valid)
        return tail_fault(c, FAULT_INVPC, reg(c, UC_ARM_REG_SP), ret, e);
    if (c->nvic.line[x])
        nvic_pend(&c->nvic, x, true);
    events_run(c->q, *c->port.cycles);
    int next = nvic_preempts(&c->nvic);
    if (next) {
        spend(c, c->cost.tail_chain);
        return enter(c, next, frame, ret, true, e);
    }
    enum fault why;
    if (!pop_frame(c, ret, &frame, &psr, &why))
        return tail_fault(c, why, frame, ret, e);
    spend(c, c->cost.exit);
    c->nvic.event = true;
    c->port.returned(c->port.self, x, frame, reg(c, UC_ARM_REG_PC) & ~1u);
    nvic_ask(&c->nvic);
    if (!(psr & 1 << 24))
        return exceptions_fault(c, FAULT_INVSTATE, reg(c, UC_ARM_REG_PC), e);
    c->on_exit = last && (ret & 8) && (c->scb.scr & SCR_SLEEPONEXIT);
    return true;
}

bool exceptions_fault_handler(const struct exceptions *c, enum fault kind, uint32_t *handler)
{
    struct nvic after = c->nvic;
    struct masks masks = emulator_masks(c->uc);
    int active = active_exception(c);
    if (kind == FAULT_INVPC && active) { /* the return ends that exception */
        nvic_activate(&after, active, false);
        masks.faultmask = masks.faultmask && active == EXC_NMI;
    }
    int x = scb_fault_target(&c->scb, kind, nvic_priority(&after, &masks));
    return x && scb_vector(&c->scb, x, handler) && (*handler & 1);
}

bool exceptions_fault(struct exceptions *c, enum fault kind, uint32_t addr, struct err *e)
{
    uint32_t handler = 0;
    int x = scb_fault_target(&c->scb, kind, nvic_priority_now(&c->nvic));
    scb_report(&c->scb, kind, addr, x);
    if (!x)
        return err_set(e, ERR_GUEST, "lock-up: %s inside a HardFault or NMI handler",
                       scb_fault_names[kind]);
    if (!scb_vector(&c->scb, x, &handler) || !(handler & 1))
        return err_set(e, ERR_GUEST, "%s; no handler in the vector table", scb_fault_names[kind]);
    return enter_stacked(c, x, kind != FAULT_INVSTATE, e);
}

/* A sleeping core looks past PRIMASK. */
static int priority_asleep(const struct exceptions *c)
{
    struct masks m = emulator_masks(c->uc);
    m.primask = false;
    return nvic_priority(&c->nvic, &m);
}

/* Masks do not change asleep, and only interrupts and SysTick become pending by themselves. */
static bool may_wake(const struct exceptions *c, bool wfe)
{
    const struct nvic *n = &c->nvic;
    int now = priority_asleep(c);
    bool pends = wfe && n->sev_on_pend;
    if (systick_interrupts(&c->systick) && (pends || nvic_group(n, EXC_SYSTICK) < now))
        return true;
    for (int x = EXC_IRQ0; x < MAX_EXC; x++)
        if (pends || (n->enabled[x] && nvic_group(n, x) < now))
            return true;
    return c->port.may_reset(c->port.self);
}

enum sleep exceptions_sleep(struct exceptions *c, bool wfe, uint64_t limit)
{
    events_run(c->q, *c->port.cycles);
    int x = nvic_best(&c->nvic);
    bool wakes = x && nvic_group(&c->nvic, x) < priority_asleep(c);
    if (wakes || (wfe && c->nvic.event)) {
        if (wfe)
            c->nvic.event = false;
        nvic_ask(&c->nvic);
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

bool exceptions_on_exit(struct exceptions *c)
{
    bool sleeps = c->on_exit;
    c->on_exit = false;
    return sleeps;
}

void exceptions_event(struct exceptions *c)
{
    c->nvic.event = true;
}

void exceptions_trim(struct exceptions *c, bool raises)
{
    static const int stack[] = {UC_ARM_REG_MSP, UC_ARM_REG_PSP};
    for (int i = 0; i < 2; i++) {
        uint32_t sp = reg(c, stack[i]);
        if (sp & 3)
            set_reg(c, stack[i], sp & ~3u);
    }
    nvic_trim(&c->nvic, raises);
}

bool exceptions_ignore(struct exceptions *c, uint32_t addr)
{
    if (!(c->scb.ccr & CCR_BFHFNMIGN) || nvic_priority_now(&c->nvic) > PRIO_HARD)
        return false;
    scb_report(&c->scb, FAULT_PRECISERR, addr, 0);
    return true;
}

bool exceptions_monitored(const struct exceptions *c)
{
    return scb_fault_target(&c->scb, FAULT_DEBUGEVT, nvic_priority_now(&c->nvic)) == EXC_DEBUG;
}

bool exceptions_in_fault(const struct exceptions *c)
{
    const bool *a = c->nvic.active;
    return a[EXC_HARD] || a[EXC_MEM] || a[EXC_BUS] || a[EXC_USAGE];
}

bool exceptions_owns(uint32_t addr)
{
    uint32_t off = addr & 0xffc;
    return addr >> 12 == 0xe000e &&
           (systick_owns(off) || nvic_owns(off) || scb_owns(off) || fpu_owns(off));
}

uint32_t exceptions_read(struct exceptions *c, uint32_t addr, unsigned size)
{
    uint32_t off = addr & 0xffc;
    uint32_t v = systick_owns(off) ? systick_read(&c->systick, off, c->port.now(c->port.self))
                 : nvic_owns(off)  ? nvic_read(&c->nvic, off)
                 : scb_owns(off)   ? scb_read(&c->scb, off)
                                   : fpu_read(&c->fpu, off);
    v >>= 8 * (addr & 3);
    return size == 4 ? v : v & ((1u << 8 * size) - 1);
}

void exceptions_write(struct exceptions *c, uint32_t addr, unsigned size, uint32_t value)
{
    unsigned shift = 8 * (addr & 3);
    uint32_t mask = (size == 4 ? 0xffffffffu : (1u << 8 * size) - 1) << shift, off = addr & 0xffc;
    uint32_t v = value << shift & mask;
    if (systick_owns(off))
        systick_write(&c->systick, off, v, c->port.now(c->port.self));
    else if (nvic_owns(off))
        nvic_write(&c->nvic, off, v, mask);
    else if (scb_owns(off))
        scb_write(&c->scb, off, v, mask);
    else
        fpu_write(&c->fpu, off, v);
}

struct exceptions *exceptions_open(uc_engine *uc, struct events *q,
                                   const struct exceptions_port *port,
                                   const struct exceptions_costs *cost,
                                   const struct exceptions_part *part, uint32_t vectors,
                                   struct err *e)
{
    struct exceptions *c = calloc(1, sizeof *c);
    if (!c) {
        err_nomem(e);
        return NULL;
    }
    c->uc = uc;
    c->q = q;
    c->port = *port;
    c->cost = *cost;
    c->part = *part;
    c->scb = (struct scb){.nvic = &c->nvic,
                          .reset = port->reset,
                          .self = port->self,
                          .stkalign_fixed = part->stkalign_fixed,
                          .caches = part->caches};
    systick_open(&c->systick, &c->nvic, q);
    exceptions_reset(c, vectors);
    return c;
}

void exceptions_reset(struct exceptions *c, uint32_t vectors)
{
    nvic_init(&c->nvic, c->uc, c->port.wake, c->part.priority_bits, c->part.interrupts);
    scb_reset(&c->scb, vectors);
    systick_reset(&c->systick);
    fpu_reset(&c->fpu, &c->nvic);
    c->on_exit = false;
    nvic_ask(&c->nvic);
}

void exceptions_close(struct exceptions *c)
{
    free(c);
}

const char *exceptions_name(int x, char *out, int size)
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
