#include "costmodel/system.h"

#include <math.h>
#include <string.h>

const char *const system_parts[S_PARTS] = {"mcu active", "mcu sleep", "link", "npu active",
                                           "npu idle"};

static double larger(double a, double b)
{
    return a > b ? a : b;
}

void system_evaluate(const struct npu *n, const struct mcu *m, double fps, double battery_mwh,
                     struct system_result *r)
{
    const struct accelerator *a = n->accel;
    struct npu_energies x;
    npu_energies(n, &x);
    memset(r, 0, sizeof *r);
    r->before_s = (double)m->cycles_before / m->clock_hz;
    r->after_s = (double)m->cycles_after / m->clock_hz;
    r->link_in_s = (double)n->link_in / a->clock_hz;
    r->link_out_s = (double)n->link_out / a->clock_hz;
    r->npu_s = (double)(n->cycles - n->link_in - n->link_out) / a->clock_hz;
    r->overlaps = a->link.overlap;

    /* The MCU works on the next frame while the accelerator computes; it also feeds the link. */
    double mcu_s = r->before_s + r->link_in_s + r->link_out_s + r->after_s;
    double npu_s = r->overlaps ? larger(r->npu_s, r->link_in_s + r->link_out_s)
                               : r->link_in_s + r->npu_s + r->link_out_s;
    r->shortest_period_s = larger(mcu_s, npu_s);
    r->period_s = fps > 0 ? 1 / fps : r->shortest_period_s;
    r->holds = r->period_s >= r->shortest_period_s * (1 - 1e-12);
    r->mcu_duty = mcu_s / r->period_s;
    r->link_duty = (r->link_in_s + r->link_out_s) / r->period_s;
    r->npu_duty = r->npu_s / r->period_s;

    double idle_pj = x.static_cycle * a->clock_hz; /* per second, always */
    /* per frame, beyond static and pins */
    double active_pj = n->energy_uj * 1e6 - n->pj[E_IO] - n->pj[E_STATIC];
    double clock_pj = x.clock_cycle * a->clock_hz; /* per second of a running clock generator */
    for (int b = 0; b < BAND_COUNT; b++) {
        double busy = b == BAND_LOW       ? r->before_s + r->after_s
                      : b == BAND_NOMINAL ? mcu_s
                                          : larger(r->period_s, mcu_s);
        r->mcu_s[b] = busy;
        double rest = larger(r->period_s - busy, 0), *mw = r->mw[b];
        double frame_s = (double)n->cycles / a->clock_hz;
        mw[S_MCU] = busy * m->clock_hz * m->pj_per_cycle[b] / r->period_s * 1e-9;
        mw[S_MCU_SLEEP] = rest * m->sleep_w / r->period_s * 1e3;
        mw[S_LINK] = n->pj[E_IO] / r->period_s * 1e-9;
        mw[S_NPU_ACTIVE] = active_pj / r->period_s * 1e-9;
        mw[S_NPU_IDLE] =
            (idle_pj +
             (b == BAND_HIGH ? clock_pj * larger(r->period_s - frame_s, 0) / r->period_s : 0)) *
            1e-9;
        for (int k = 0; k < S_PARTS; k++)
            r->total_mw[b] += mw[k];
        r->frame_mj[b] = r->total_mw[b] * r->period_s;
        r->battery_h[b] = battery_mwh > 0 ? battery_mwh / r->total_mw[b] : 0;
    }
}

bool system_rows(const struct mcu *m, const struct system_result *r, struct rows *out,
                 struct err *e)
{
    int scope = rows_scope(out, 0, "mcu", "mcu", 0, 0);
    if (scope >= 0)
        rows_tally(out, scope, "mcu", "cycle",
                   (uint64_t)llround(r->mcu_s[BAND_NOMINAL] * m->clock_hz));
    rows_cost_band(out, "mcu", "cycle", 0, m->pj_per_cycle, m->source);
    return !out->failed || err_nomem(e);
}
