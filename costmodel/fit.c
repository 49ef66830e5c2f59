#include "costmodel/fit.h"

#include <stdio.h>
#include <stdlib.h>

static bool fit_point(struct accelerator *a, struct accelerator_fit *f, struct err *e)
{
    const struct fit_target *c = &a->fit_target;
    struct network *net = network_load(c->network, 0, 0, e);
    struct npu *n = net ? npu_open(a, net, c->wbits, c->abits, e) : NULL;
    bool ok = false;
    if (n) {
        struct npu_energies x;
        npu_energies(n, &x);
        f->before_w = n->watts;
        double lut_cycles = n->pj[E_LOGIC] / a->lut_pj; /* linear in the constant */
        double rest = n->energy_uj * 1e6 - n->pj[E_LOGIC];
        f->fitted_pj = (c->watts * n->seconds * 1e12 - rest) / lut_cycles;
        ok = f->fitted_pj > 0 ||
             err_set(
                 e, ERR_CHECK,
                 "%s: everything but the logic takes %.3f W already, the published point is %.3f W",
                 a->name, rest * 1e-12 / n->seconds, c->watts);
    }
    npu_close(n);
    network_free(net);
    return ok;
}

bool accelerator_fit(struct accelerator *a, struct accelerator_fit *f, struct err *e)
{
    const struct fit_target *c = &a->fit_target;
    *f = (struct accelerator_fit){.table_pj = a->energy.lut_pj * a->scale,
                                  .here_pj = a->energy.lut_pj * a->scale};
    if (!a->fpga || !a->energy.has_fpga || (!c->fitted && !c->from[0]))
        return true;
    struct accelerator *other = c->from[0] ? accelerator_load(c->from, NULL, e) : NULL;
    if (c->from[0] && !other)
        return false;
    struct accelerator *at = other ? other : a;
    if (other) { /* the point is fitted with the table in use here */
        other->energy = a->energy;
        if (!accelerator_cost(other, e)) {
            free(other);
            return false;
        }
        other->lut_pj = other->energy.lut_pj * other->scale;
    }
    bool ok = at->fit_target.fitted ||
              err_set(e, ERR_INPUT, "%s takes its constant from %s, which has no calibration point",
                      a->name, at->name);
    if (ok && at->lut_pj <= 0)
        ok = err_set(e, ERR_INPUT, "energy table %s has no energy per LUT to scale",
                     at->energy.name);
    if (ok) {
        snprintf(f->where, sizeof f->where, "%s", at->name);
        snprintf(f->network, sizeof f->network, "%s", at->fit_target.network);
        snprintf(f->source, sizeof f->source, "%s", at->fit_target.source);
        f->target_w = at->fit_target.watts;
        f->table_pj = at->energy.lut_pj * at->scale;
        ok = fit_point(at, f, e);
    }
    if (ok) {
        f->done = true;
        f->here_pj = f->fitted_pj * a->scale / at->scale;
        a->lut_pj = f->here_pj;
        snprintf(a->lut_source, sizeof a->lut_source,
                 "calibrated: %.30s takes the published %g W with %.30s (%.30s)", f->where,
                 f->target_w, f->network, f->source);
    }
    free(other);
    return ok;
}
