/* A system reset that the program asks for: core, peripherals and clocks are as after power-on;
 * SRAM, the backup domain and the debug components keep what they hold, and the run goes on at the
 * reset vector. No modelled time passes. */
#include "sim/reset.h"

#include <stdlib.h>
#include <string.h>

#include "sim/exec/cut.h"
#include "sim/exec/engine.h"
#include "sim/guest.h"
#include "sim/host/host.h"
#include "sim/periph.h"

enum { MAX_RESETS = 100 }; /* a program that only resets itself comes to an end */

static void set_reg(struct machine *m, int id, uint32_t v)
{
    uc_reg_write(m->uc, id, &v);
}

static void reset_core(struct machine *m, uint32_t sp, uint32_t pc)
{
    set_reg(m, UC_ARM_REG_IPSR, EXC_NMI); /* from handler mode, where everything can be written */
    set_reg(m, UC_ARM_REG_PRIMASK, 0);
    set_reg(m, UC_ARM_REG_FAULTMASK, 0);
    set_reg(m, UC_ARM_REG_BASEPRI, 0);
    set_reg(m, UC_ARM_REG_CONTROL, 0);
    set_reg(m, UC_ARM_REG_IPSR, 0);
    set_reg(m, UC_ARM_REG_XPSR, 1 << 24);
    set_reg(m, UC_ARM_REG_PSP, 0);
    set_reg(m, UC_ARM_REG_MSP, sp);
    set_reg(m, UC_ARM_REG_LR, UINT32_MAX);
    set_reg(m, UC_ARM_REG_PC, pc | 1);
}

static void reset_guest(struct machine *m)
{
    struct guest *g = m->guest;
    g->first = (struct err){0};
    buf_free(&g->report);
    m->mpu = (struct mpu){.regions = m->mpu.regions};
    calls_reset(&m->calls);
}

bool reset_run_on(struct machine *m, struct err *e)
{
    uint32_t start[2];
    if (m->guest->resets++ == MAX_RESETS) {
        engine_warn(m, "the program asked for more than %d system resets: the run ends there",
                    MAX_RESETS);
        return false;
    }
    if (m->guest->resets == 1)
        engine_warn(m,
                    "the program asked for a system reset (AIRCR.SYSRESETREQ) at cycle %llu: it "
                    "runs on from its reset vector",
                    (unsigned long long)m->time.cycles);
    if (!engine_read(m, m->vectors, start, sizeof start, e))
        return false;
    observe_flush(m, m->stop.resume, m->time.cycles);
    reset_guest(m);
    exceptions_reset(m->exceptions, m->vectors);
    soc_reset(m->soc);
    memory_reset(&m->memory);
    periph_reset(m);
    soc_pins_reset(m->soc);
    reset_core(m, start[0] & ~3u, start[1]);
    cut_redirect(m);
    m->time.check_at = 0;
    return true;
}
