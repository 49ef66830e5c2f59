#include "study/offload.h"

#include <stdlib.h>
#include <string.h>

#include "costmodel/npu.h"
#include "workloads/kernels/program.h"
#include "workloads/kernels/reference.h"

struct offload {
    struct network *net;
    struct accelerator *accel;
    struct npu *npu;
    struct qmodel *model; /* from the program that was loaded; NULL: none yet */
    uint64_t *cycles;
    int32_t *logits;
};

static void close(void *self)
{
    struct offload *o = self;
    if (!o)
        return;
    qmodel_free(o->model);
    npu_close(o->npu);
    free(o->cycles);
    free(o->logits);
    free(o->accel);
    network_free(o->net);
    free(o);
}

static bool load(void *self, const uint8_t *program, uint32_t n)
{
    struct offload *o = self;
    struct qmodel *model = program_read(o->net, program, n, NULL);
    bool ok = model && (uint64_t)model->wbits <= o->npu->wbits; /* its multipliers take as much */
    qmodel_free(ok ? o->model : model);
    if (ok)
        o->model = model;
    return ok;
}

static bool infer(void *self, const int8_t *image, uint8_t *result)
{
    struct offload *o = self;
    if (!o->model || !reference_infer(o->model, image, o->logits, NULL, NULL))
        return false;
    for (int i = 0; i < 4 * o->net->classes; i++)
        result[i] = (uint8_t)((uint32_t)o->logits[i / 4] >> 8 * (i % 4));
    return true;
}

/* Cycles of the computation alone: the wires are the board's. */
static bool take_cycles(struct offload *o, struct err *e)
{
    struct npu *n = o->npu = npu_open(o->accel, o->net, 0, 0, e);
    bool ok = n && npu_evaluate(n, e);
    if (ok && !n->resources.fits)
        ok = err_set(e, ERR_INPUT, "%s does not fit %s: %s", o->net->name, o->accel->name,
                     n->resources.what);
    for (int i = 0; ok && i < o->net->nlayers; i++)
        o->cycles[i] = n->layer[i].cycles - n->layer[i].link;
    return ok;
}

bool offload_engine(void *user, const char *network, const char *accel, uint64_t banks,
                    struct tinynpu_engine *out, struct err *e)
{
    struct offload *o = calloc(1, sizeof *o);
    if (!o)
        return err_nomem(e);
    bool ok = network || err_set(e, ERR_INPUT, "--attach tinynpu=...: network=NAME is missing");
    ok = ok && (o->net = network_load(network, 0, 0, e)) && program_serves(o->net, e) &&
         (o->accel = accelerator_load(accel ? accel : "tinynpu", NULL, e));
    if (ok) {
        if (banks)
            o->accel->link.overlap = banks > 1;
        o->cycles = calloc((size_t)o->net->nlayers, sizeof *o->cycles);
        o->logits = calloc((size_t)o->net->classes, sizeof *o->logits);
        ok = (o->cycles && o->logits) || err_nomem(e);
    }
    if (!ok || !take_cycles(o, e)) {
        close(o);
        return false;
    }
    if (user)
        *(const struct npu **)user = o->npu;
    *out = (struct tinynpu_engine){
        .self = o,
        .image_bytes = (uint32_t)(o->net->in_h * o->net->in_w * o->net->in_c),
        .result_bytes = (uint32_t)(4 * o->net->classes),
        .program_bytes = (uint32_t)program_most(o->net),
        .banks = o->accel->link.overlap ? 2 : 1,
        .clock_hz = o->accel->clock_hz,
        .nlayers = (uint32_t)o->net->nlayers,
        .layer_cycles = o->cycles,
        .load = load,
        .infer = infer,
        .close = close,
    };
    memcpy(out->name, o->net->name,
           strlen(o->net->name) < sizeof out->name ? strlen(o->net->name) : sizeof out->name);
    return true;
}
