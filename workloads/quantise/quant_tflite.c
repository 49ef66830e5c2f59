#include "workloads/quantise/quant_tflite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/quantise/constants.h"
#include "workloads/kernels/kernel.h"
#include "workloads/graph/tflite.h"

/* The constants of layer i from its integers and the scales around it. */
static bool lite_layer(struct qmodel *q, int i, struct err *e)
{
    const struct network *net = q->net;
    const struct layer *l = &net->layer[i];
    const struct tfl_layer *t = &net->tflite->layer[i];
    struct qlayer *k = &q->layer[i];
    for (int j = 0; j < 2; j++)
        if (l->in[j] != LAYER_NONE)
            k->in[j] = l->in[j] == LAYER_INPUT ? q->input : q->layer[l->in[j]].out;
    k->out = (struct quant){t->out.scale, t->out.zero_point};
    k->act_min = -128, k->act_max = 127;
    switch (op_class(l->op)->output) {
    case OP_OUTPUT_COMBINED: return constants_combined(k, l, e);
    case OP_OUTPUT_INPUT:
        k->out = k->in[0]; /* raised, where that was */
        return true;
    case OP_OUTPUT_WEIGHTS:
    case OP_OUTPUT_AVERAGE: break;
    }
    if (constants_need_table(l->act))
        k->out = (struct quant){t->before.scale, t->before.zero_point};
    size_t n = op_class(l->op)->output == OP_OUTPUT_AVERAGE ? 1 : (size_t)l->out_c,
           row = t->weights ? (size_t)l->weights / n : 0;
    /* what the biases count in; k->in may have been raised */
    double file_scale = (double)(l->in[0] == LAYER_INPUT ? net->tflite->input.scale
                                                         : net->tflite->layer[l->in[0]].out.scale);
    double *m = calloc(n, sizeof *m), *b = calloc(n, sizeof *b), *bound = calloc(n, sizeof *bound);
    k->mult = malloc(n * sizeof *k->mult);
    k->off = malloc(n * sizeof *k->off);
    k->nweights = (size_t)l->weights;
    k->weights = t->weights ? malloc(k->nweights) : NULL;
    bool ok =
        m && b && bound && k->mult && k->off && (k->weights || !t->weights) ? true : err_nomem(e);
    if (ok && t->weights)
        memcpy(k->weights, t->weights, k->nweights);
    for (size_t c = 0; ok && c < n; c++) {
        m[c] = (double)k->in[0].scale *
               (t->weights ? (double)t->scale[c] : 1.0 / ((double)l->in_h * l->in_w));
        b[c] = t->weights ? file_scale * (double)t->scale[c] * t->bias[c] : 0;
        bound[c] = t->weights
                       ? constants_bound(t->weights + c * row, row, k->in[0].zero_point, 0, false)
                       : 255.0 * l->in_h * l->in_w;
    }
    ok = ok &&
         constants_output(k, m, b, bound, n,
                          kernel_class(kernel_of(net, i))->output == KERNEL_OUTPUT_LOGITS, l, e);
    if (ok && constants_need_table(l->act))
        ok = constants_table(k, l->act, (struct quant){t->out.scale, t->out.zero_point}, e);
    else if (ok && l->act != ACT_NONE) { /* the levels of 0 and 6 */
        double six = rint(6 / (double)k->out.scale) + k->out.zero_point;
        k->act_min = k->out.zero_point > -128 ? k->out.zero_point : -128;
        k->act_max = l->act == ACT_RELU6 && six < 127 ? (int32_t)six : 127;
    }
    free(m), free(b), free(bound);
    return ok;
}

struct qmodel *qmodel_from_tflite(const struct network *net, struct err *e)
{
    struct qmodel *q = calloc(1, sizeof *q);
    if (!q || !(q->layer = calloc((size_t)net->nlayers, sizeof *q->layer))) {
        free(q);
        err_nomem(e);
        return NULL;
    }
    q->net = net;
    q->input = (struct quant){net->tflite->input.scale, net->tflite->input.zero_point};
    q->wbits = 8;
    q->quantiser = QUANT_INT8;
    q->trained = true;
    memcpy(q->inputs_sha256, net->tflite->sha256, sizeof q->inputs_sha256);
    bool ok = true;
    for (int i = 0; ok && i < net->nlayers; i++)
        ok = lite_layer(q, i, e);
    if (!ok) {
        qmodel_free(q);
        return NULL;
    }
    q->logit_scale = (double)q->layer[net->nlayers - 1].out.scale;
    return q;
}
