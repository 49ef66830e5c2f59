#include "sim/armv7m/fpu.h"

#define ASPEN 0x80000000u
#define LSPEN 0x40000000u
enum { FPCCR = 0xf34, FPCAR = 0xf38, FPDSCR = 0xf3c, CONTROL_FPCA = 4 };

static uint32_t control(const struct fpu *f)
{
    return emulator_get(f->nvic->uc, UC_ARM_REG_CONTROL);
}

void fpu_reset(struct fpu *f, const struct nvic *nvic)
{
    *f = (struct fpu){.nvic = nvic, .fpccr = ASPEN | LSPEN};
}

void fpu_watch(struct fpu *f)
{
    bool fpca = control(f) & CONTROL_FPCA;
    f->first = f->lspact || (!fpca && (!(f->fpccr & ASPEN) || f->fpdscr));
}

bool fpu_stacks(const struct fpu *f)
{
    return (control(f) & CONTROL_FPCA) && (f->fpccr & ASPEN);
}

bool fpu_lazy(const struct fpu *f)
{
    return f->fpccr & LSPEN;
}

bool fpu_store(const struct fpu *f, uint32_t to)
{
    uc_engine *uc = f->nvic->uc;
    uint32_t v[FP_WORDS];
    for (int i = 0; i < 16; i++)
        v[i] = emulator_get(uc, UC_ARM_REG_S0 + i);
    v[16] = emulator_get(uc, UC_ARM_REG_FPSCR);
    return emulator_store(uc, to, v, FP_WORDS);
}

/* UpdateFPCCR of the manual. */
void fpu_leave(struct fpu *f, uint32_t fp_words, bool handler, bool user)
{
    static const struct {
        uint8_t exception, bit;
    } ready[] = {{EXC_HARD, 4}, {EXC_MEM, 5}, {EXC_BUS, 6}, {EXC_DEBUG, 8}};
    const struct nvic *n = f->nvic;
    int now = nvic_priority_now(n);
    f->fpcar = fp_words;
    f->lspact = true;
    f->fpccr =
        (f->fpccr & (ASPEN | LSPEN)) | (uint32_t)!handler << 3 | (uint32_t)(user && !handler) << 1;
    for (size_t i = 0; i < sizeof ready / sizeof *ready; i++)
        if (n->enabled[ready[i].exception] && nvic_group(n, ready[i].exception) < now)
            f->fpccr |= 1u << ready[i].bit;
}

/* ExecuteFPCheck and PreserveFPState of the manual. Unicorn creates an FP context by itself, with
 * FPSCR = 0, unless FPCA is set. */
bool fpu_begin(struct fpu *f)
{
    uc_engine *uc = f->nvic->uc;
    uint32_t was = control(f), psr = emulator_get(uc, UC_ARM_REG_XPSR);
    bool stored = f->lspact;
    f->first = f->lspact = false;
    if (stored)
        fpu_store(f, f->fpcar);
    if (was & CONTROL_FPCA)
        return stored;
    if (f->fpccr & ASPEN)
        emulator_set(uc, UC_ARM_REG_FPSCR, f->fpdscr);
    emulator_set_mode(uc, psr & 0x1ff, was | CONTROL_FPCA);
    emulator_set(uc, UC_ARM_REG_XPSR_NZCVQG, psr);
    return stored;
}

bool fpu_owns(uint32_t off)
{
    return off >= FPCCR && off <= FPDSCR;
}

uint32_t fpu_read(const struct fpu *f, uint32_t off)
{
    return off == FPCCR ? f->fpccr | f->lspact : off == FPCAR ? f->fpcar : f->fpdscr;
}

void fpu_write(struct fpu *f, uint32_t off, uint32_t v)
{
    if (off == FPCCR) {
        f->fpccr = v & 0xc000017a;
        f->lspact = v & 1;
    } else if (off == FPCAR) {
        f->fpcar = v & ~7u;
    } else {
        f->fpdscr = v & 0x07c00000;
    }
    fpu_watch(f);
}
