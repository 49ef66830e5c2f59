#include "workloads/quantise/quant_tflite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/graph/tflite_integers.h"
#include "workloads/kernels/kernel.h"
#include "workloads/quantise/constants.h"
#include "workloads/quantise/fixed.h"

static struct quant quant_of(struct tfl_quant q)
{
    return (struct quant){q.scale, q.zero_point};
}

static bool beyond(const struct layer *l, struct err *e)
{
    return err_set(e, ERR_INPUT, "layer %s: its scales are beyond what the arithmetic holds",
                   l->name);
}

/* Shifts of the factors that values of `bits` bits can be multiplied with. */
static bool holds(struct nn_fixed f, int bits)
{
    return f.shift <= 31 - bits;
}

/* Multiplier, shift, bias and zero point of each output channel. */
static bool lite_weights(struct qlayer *k, const struct layer *l, const struct tfl_layer *t,
                         struct err *e)
{
    size_t n = (size_t)l->out_c;
    k->nweights = (size_t)l->weights;
    k->weights = malloc(k->nweights);
    k->mult = malloc(n * sizeof *k->mult);
    k->off = malloc(n * sizeof *k->off);
    k->bias = malloc(n * sizeof *k->bias);
    k->shifts = malloc(n * sizeof *k->shifts);
    if (!k->weights || !k->mult || !k->off || !k->bias || !k->shifts)
        return err_nomem(e);
    memcpy(k->weights, t->weights, k->nweights);
    memcpy(k->bias, t->bias, n * sizeof *k->bias);
    k->weight_zero = t->weight_zero;
    for (size_t c = 0; c < n; c++) {
        struct nn_fixed f = tflite_fixed(tflite_factor(t, (int)c, k->in[0].scale, k->out.scale));
        k->mult[c] = f.mult;
        k->shifts[c] = f.shift;
        k->off[c] = k->out.zero_point;
    }
    return true;
}

/* Sums have 20 bits more, so that two scales are as good as one; each is taken relative to twice
 * the larger. */
static bool summed(struct qlayer *k, const struct layer *l, struct err *e)
{
    double a = (double)k->in[0].scale, b = (double)k->in[1].scale, out = (double)k->out.scale;
    bool squared = l->kind == NN_SQUARED_DIFFERENCE;
    double twice = 2 * fmax(a, b), unit = squared ? ldexp(1, 14) : ldexp(1, 20);
    if (l->kind == NN_SUBTRACT || l->kind == NN_SUBTRACT_FROM) { /* in single precision */
        float two = 2 * fmaxf(k->in[0].scale, k->in[1].scale);
        k->fixed[0] = tflite_fixed((double)(k->in[0].scale / two));
        k->fixed[1] = tflite_fixed((double)(k->in[1].scale / two));
        k->fixed[2] = tflite_fixed((double)(two / ((float)unit * k->out.scale)));
    } else {
        k->fixed[0] = tflite_fixed(a / twice);
        k->fixed[1] = tflite_fixed(b / twice);
        k->fixed[2] = tflite_fixed(squared ? twice * twice / (unit * out) : twice / (unit * out));
    }
    bool ok = k->fixed[0].shift <= 0 && k->fixed[1].shift <= 0;
    return ok && (squared ? holds(k->fixed[2], 31) : k->fixed[2].shift <= 0) ? true : beyond(l, e);
}

static bool lite_combine(struct qlayer *k, const struct layer *l, const struct tfl_layer *t,
                         struct err *e)
{
    if (l->operand) {
        k->nweights = (size_t)l->operand;
        k->weights = malloc(k->nweights);
        if (!k->weights)
            return err_nomem(e);
        memcpy(k->weights, t->weights, k->nweights);
        k->operand = quant_of(t->operand);
        k->in[1] = k->operand;
    }
    double a = (double)k->in[0].scale, b = (double)k->in[1].scale, out = (double)k->out.scale;
    switch ((enum nn_combination)l->kind) {
    case NN_LARGER:
    case NN_SMALLER: return true;
    case NN_MULTIPLY:
    case NN_PRELU:
        k->fixed[0] = tflite_fixed(a / out);
        k->fixed[2] = tflite_fixed(a * b / out);
        return holds(k->fixed[0], 9) && holds(k->fixed[2], 17) ? true : beyond(l, e);
    case NN_ADD:
    case NN_SUBTRACT:
    case NN_SUBTRACT_FROM:
    case NN_SQUARED_DIFFERENCE: break;
    }
    return summed(k, l, e);
}

/* The number of values goes into the factor, as far as its shift allows. */
static bool lite_reduce(struct qlayer *k, const struct layer *l, const struct tfl_layer *t,
                        struct err *e)
{
    (void)t;
    uint64_t n = (uint64_t)l->box.n[2] * (uint64_t)l->box.n[3];
    if (l->kind != NN_MEAN)
        return true;
    struct nn_fixed f = tflite_fixed((double)k->in[0].scale / (double)k->out.scale);
    int shift = 63 - __builtin_clzll(n);
    shift = shift > 32 ? 32 : shift;
    shift = shift > 31 + f.shift ? 31 + f.shift : shift;
    k->fixed[0] =
        (struct nn_fixed){(int32_t)(((int64_t)f.mult << shift) / (int64_t)n), f.shift - shift};
    return n < 1u << 22 && k->fixed[0].shift <= 22 - shift ? true : beyond(l, e);
}

static bool lite_softmax(struct qlayer *k, const struct layer *l, const struct tfl_layer *t,
                         struct err *e)
{
    (void)t;
    bool ok = fixed_softmax((double)l->alpha, (double)k->in[0].scale, &k->fixed[0], &k->least);
    return ok || beyond(l, e);
}

static bool lite_table(struct qlayer *k, const struct layer *l, const struct tfl_layer *t,
                       struct err *e)
{
    (void)t;
    k->lut = malloc(256);
    if (!k->lut)
        return err_nomem(e);
    return fixed_table(l->act, l->alpha, k->in[0], k->out, k->lut) || beyond(l, e);
}

static bool lite_scaled(struct qlayer *k, const struct layer *l, const struct tfl_layer *t,
                        struct err *e)
{
    (void)t;
    return constants_combined(k, l, e);
}

/* Values come out as the bytes that they are. */
static bool lite_bytes(struct qlayer *k, const struct layer *l, const struct tfl_layer *t,
                       struct err *e)
{
    (void)k, (void)l, (void)t, (void)e;
    return true;
}

/* The constants of layer i from its integers and the scales around it. */
static bool lite_layer(struct qmodel *q, int i, struct err *e)
{
    static bool (*const rule[])(struct qlayer *, const struct layer *, const struct tfl_layer *,
                                struct err *) = {
#define OP(id, name, word, weights, window, side, second, shape, keys, units, output, constants, \
           real, lite, passes)                                                                   \
    [OP_##id] = lite_##lite,
#include "workloads/graph/ops.def"
    };
    const struct network *net = q->net;
    const struct layer *l = &net->layer[i];
    const struct tfl_layer *t = &net->tflite->layer[i];
    struct qlayer *k = &q->layer[i];
    for (int j = 0; j < 2; j++)
        if (l->in[j] != LAYER_NONE)
            k->in[j] = quant_of(t->in[j]);
    k->out = quant_of(t->out);
    fixed_clamp(l->act, k->out, &k->act_min, &k->act_max);
    return rule[l->op](k, l, t, e);
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
    q->input = quant_of(net->tflite->input);
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
    q->logit_scale = (double)q->layer[network_result(net)].out.scale;
    return q;
}
