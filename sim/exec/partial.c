/* Running only the first instructions of a block, without translating anything twice.
 *
 * Unicorn finds translated code by its address and some state of the core, ITSTATE among it.
 * Outside of an IT block the low half of ITSTATE is 0; then the high half means nothing to the
 * translator, and translated code clears it first of all. So each value of the high half stands for
 * a translation of its own. Translation v is made to end behind `lengths[v]` instructions, by an
 * exit that is set while it is made only: Unicorn forgets what ends at the exits that are set when
 * a run is over. What is to run is put together from such translations. */
#include "sim/exec/partial.h"

#include <stdlib.h>

#include "sim/exec/cut.h"
#include "sim/exec/engine.h"
#include "sim/exec/mode.h"

#define EPSR_T 0x1000000u
enum { VARIANTS = 16 };

/* Within five instructions there is one that is not inside an IT block, so that a way can be put
 * together from these lengths without stopping inside one. */
static const uint16_t lengths[VARIANTS] = {0,  1,  2,  3,  4,  5,  6,   8,
                                           12, 16, 24, 32, 48, 64, 128, 256};

/* The longest translation that may be used for what is left from instruction i up to k. */
static int variant(const struct block *b, int i, int k)
{
    for (int v = VARIANTS - 1; v > 0; v--) {
        int to = i + lengths[v];
        if (to == k || (to < k && !(b->run->insn[to].flags & INSN_IN_IT)))
            return v;
    }
    return 0;
}

/* It ended early: ITSTATE may still hold the number of the translation. */
static void restore_itstate(struct machine *m)
{
    if (!mode_itstate(m))
        mode_set_itstate(m, 0);
}

static uc_err start(struct machine *m, uint32_t from, uint32_t to, int v, bool make)
{
    m->partial.expect = to - from;
    m->partial.make = make;
    m->partial.wrong = false;
    if (make)
        uc_ctl_set_exits(m->uc, &(uint64_t){to}, 1);
    emulator_set(m->uc, UC_ARM_REG_EPSR, EPSR_T | (uint32_t)v << 12);
    uc_err err = uc_emu_start(m->uc, from | 1, 0, 0, 0);
    if (make)
        uc_ctl_set_exits(m->uc, NULL, 0);
    m->partial.expect = 0;
    return err;
}

/* One translation. False: it did not run to its end. */
static bool run(struct machine *m, struct block *b, int i, int k, int v, enum cursor_phase phase,
                uc_err *err)
{
    uint32_t from = b->run->insn[i].addr, to = b->run->insn[k].addr;
    for (int round = 0; round < 2; round++) {
        bool make = round || !(b->partial[i] >> v & 1);
        m->cursor.phase = phase;
        *err = start(m, from, to, v, make);
        if (!m->partial.wrong) {
            if (make)
                engine_translates(m, to - from);
            b->partial[i] |= (uint16_t)(1u << v);
            if (m->stop.why == STOP_NONE && *err == UC_ERR_OK &&
                emulator_get(m->uc, UC_ARM_REG_PC) == to)
                return true;
            restore_itstate(m);
            return false;
        }
        /* Unicorn has forgotten it, and made one that ends elsewhere. */
        uc_ctl_remove_cache(m->uc, (uint64_t)from, (uint64_t)from + 2);
    }
    err_set(&m->err, ERR_ENV, "Unicorn cuts the block at 0x%08x in an unexpected way", from);
    engine_stop(m, STOP_ERROR, from);
    return false;
}

bool partial_run(struct machine *m, uint32_t cut, uc_err *err)
{
    struct block *b = m->cursor.cut_block;
    int k = cut_insn(b, cut);
    if (b->it_in || k <= 0)
        return false;
    if (!b->partial && !(b->partial = calloc((size_t)b->n, sizeof *b->partial)))
        return false;
    m->partial.size = cut - b->addr;
    enum cursor_phase phase = m->cursor.phase;
    for (int i = 0; i < k;) {
        int v = variant(b, i, k);
        if (!run(m, b, i, i + lengths[v], v, phase, err))
            break;
        i += lengths[v];
        phase = PHASE_WITHIN;
    }
    if (m->cursor.phase == PHASE_WITHIN)
        m->cursor.phase = PHASE_NEW;
    return true;
}

bool partial_begins(struct machine *m, uint32_t *size)
{
    if (!m->partial.expect)
        return true;
    if (m->partial.make)
        uc_ctl_set_exits(m->uc, NULL, 0);
    if (*size != m->partial.expect) {
        m->partial.wrong = true;
        uc_emu_stop(m->uc);
        return false;
    }
    m->partial.expect = 0;
    *size = m->partial.size;
    return true;
}
