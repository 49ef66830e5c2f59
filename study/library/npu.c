/* include/etinysim/npu.h over costmodel/npu.h. */
#include <etinysim/npu.h>

#include <math.h>
#include <stdlib.h>

#include "costmodel/fit.h"
#include "costmodel/npu.h"
#include "study/library/library.h"

struct etinysim_npu {
    struct network *net;
    struct accelerator *accel;
    struct npu *npu;
};

struct etinysim_npu *etinysim_npu_open(const struct etinysim_npu_options *options,
                                       struct etinysim_error *error)
{
    struct etinysim_npu_options o;
    struct accelerator_fit fit;
    struct err e = {0};
    struct etinysim_npu *n = calloc(1, sizeof *n);
    if (!n)
        err_nomem(&e);
    bool ok = n && library_take(&o, sizeof o, options, &e);
    if (ok && (!o.network || !o.accelerator))
        ok = err_set(&e, ERR_INPUT, "no %s", o.network ? "accelerator" : "network");
    if (ok && (!(o.width >= 0) || isinf(o.width) || o.input < 0 || o.weight_bits > 64 ||
               o.activation_bits > 64))
        ok = err_set(&e, ERR_INPUT,
                     "width, input or bits out of range, expected 0 or more, and at most 64 bits");
    ok = ok && (n->net = network_load(o.network, o.width, o.input, &e)) != NULL &&
         (n->accel = accelerator_load(o.accelerator, NULL, &e)) != NULL &&
         accelerator_fit(n->accel, &fit, &e) &&
         (n->npu = npu_open(n->accel, n->net, o.weight_bits, o.activation_bits, &e)) != NULL;
    library_error(error, &e);
    if (ok)
        return n;
    etinysim_npu_close(n);
    return NULL;
}

void etinysim_npu_close(struct etinysim_npu *n)
{
    if (!n)
        return;
    npu_close(n->npu);
    free(n->accel);
    network_free(n->net);
    free(n);
}

void etinysim_npu_result(const struct etinysim_npu *n, struct etinysim_npu_result *out)
{
    const struct npu *p = n->npu;
    const struct etinysim_npu_result r = {
        .layers = (size_t)p->nlayers,
        .macs = p->macs,
        .cycles = p->cycles,
        .seconds = p->seconds,
        .watts = p->watts,
        .energy_uj = p->energy_uj,
        .fits = p->resources.fits,
        .fit = p->resources.what,
        .feature_peak = p->resources.feature_peak,
    };
    library_give(out, &r, sizeof r);
}

bool etinysim_npu_layer(const struct etinysim_npu *n, size_t index, struct etinysim_npu_layer *out)
{
    if (index >= (size_t)n->npu->nlayers)
        return false;
    const struct layer *l = &n->net->layer[index];
    const struct npu_layer *p = &n->npu->layer[index];
    struct etinysim_npu_layer r = {
        .name = l->name,
        .op = op_name(l->op),
        .in = {l->in_h, l->in_w, l->in_c},
        .out = {l->out_h, l->out_w, l->out_c},
        .macs = p->macs,
        .cycles = p->cycles,
        .utilisation = p->utilisation,
    };
    for (int k = 0; k < ENERGY_PARTS; k++)
        r.energy_uj += p->pj[k] * 1e-6;
    library_give(out, &r, sizeof r);
    return true;
}
