/* Modes of the core that are set from outside, through the emulator's registers. */
#include "sim/exec/mode.h"

/* Code of the simulator's own, where the architecture's default map lets code execute and no board
 * has memory. */
enum { STUB_SIZE = 4096 };
#define STUB 0x9ffff000u
#define XPSR_IT 0x0600fc00u /* ITSTATE in xPSR */

bool mode_open(struct machine *m, struct err *e)
{
    /* MSR EPSR does nothing but make Unicorn look at the mode anew; CLREX; WFI ends the run. */
    static const uint8_t code[] = {0x80, 0xf3, 0x06, 0x88, 0xbf, 0xf3, 0x2f, 0x8f, 0x30, 0xbf};
    uc_err err = uc_mem_map(m->uc, STUB, STUB_SIZE, UC_PROT_EXEC);
    if (err == UC_ERR_OK)
        err = uc_mem_write(m->uc, STUB, code, sizeof code);
    /* An end address given to uc_emu_start costs a search for code there after each run. */
    if (err == UC_ERR_OK)
        err = uc_ctl_exits_enable(m->uc);
    return err == UC_ERR_OK || err_set(e, ERR_ENV, "Unicorn: %s", uc_strerror(err));
}

/* The mode that was set through Unicorn's registers takes effect in translated code only after an
 * instruction that may change it; and exception entry and return clear the local exclusive
 * monitor. */
void mode_follow(struct machine *m)
{
    m->stop.redirected = false;
    if (!m->code.exclusive) { /* the monitor cannot be set; this write makes Unicorn look anew */
        emulator_set(m->uc, UC_ARM_REG_APSR_NZCV, emulator_get(m->uc, UC_ARM_REG_APSR_NZCV));
        return;
    }
    uint32_t psr = 0;
    m->stop.why = STOP_TAKE; /* hooks look away */
    uc_reg_read(m->uc, UC_ARM_REG_XPSR, &psr);
    if (psr & XPSR_IT) /* inside an IT block the stub would be conditional */
        uc_reg_write(m->uc, UC_ARM_REG_XPSR_NZCVQG, &(uint32_t){psr & ~XPSR_IT});
    uc_emu_start(m->uc, STUB | 1, 0, 0, 0);
    if (psr & XPSR_IT)
        uc_reg_write(m->uc, UC_ARM_REG_XPSR_NZCVQG, &psr);
    m->stop.why = STOP_NONE;
}

uint32_t mode_itstate(const struct machine *m)
{
    uint32_t psr = emulator_get(m->uc, UC_ARM_REG_XPSR);
    uint32_t it = (psr >> 8 & 0xfc) | (psr >> 25 & 3);
    return it & 15 ? it : 0;
}

void mode_set_itstate(struct machine *m, uint32_t it)
{
    uint32_t psr = 0;
    uc_reg_read(m->uc, UC_ARM_REG_XPSR, &psr);
    psr = (psr & ~XPSR_IT) | (it & 3) << 25 | (it & 0xfc) << 8;
    uc_reg_write(m->uc, UC_ARM_REG_XPSR_NZCVQG, &psr);
}
