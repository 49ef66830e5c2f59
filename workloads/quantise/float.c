#include "workloads/quantise/float.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/firmware/nn.h"
#include "workloads/graph/tflite.h"

/* MXNet keeps [out][in][kh][kw]; nn.h wants [out][kh][kw][in] (depthwise and 1x1 kernels are the
 * same in both). */
static void to_ohwi(float *out, const float *in, const struct layer *l)
{
    size_t ic = op_class(l->op)->weights == OP_WEIGHTS_EACH ? 1 : (size_t)(l->in_c / l->groups);
    size_t taps = (size_t)l->kernel * (size_t)l->kernel_x;
    for (size_t o = 0; o < (size_t)l->out_c; o++)
        for (size_t c = 0; c < ic; c++)
            for (size_t t = 0; t < taps; t++)
                out[(o * taps + t) * ic + c] = in[(o * ic + c) * taps + t];
}

static bool from_params(struct flayer *f, const struct layer *l, const struct params *p,
                        struct err *e)
{
    size_t oc = (size_t)l->out_c;
    const struct tensor *w = params_need(p, l->param, ".weight", (size_t)l->weights, e);
    if (!w)
        return false;
    to_ohwi(f->weights, w->data, l);
    char name[sizeof l->param + 8];
    snprintf(name, sizeof name, "%s.lambda", l->param);
    if (params_find(p, name)) {
        const struct tensor *lambda = params_need(p, l->param, ".lambda", 1, e);
        if (!lambda)
            return false;
        if (!(lambda->data[0] != 0))
            return err_at(e, p->path, 0, "tensor '%s' is 0, expected ASQ's scale parameter", name);
        f->lambda = lambda->data[0];
    }
    if (l->bias) {
        const struct tensor *b = params_need(p, l->param, ".bias", oc, e);
        if (!b)
            return false;
        memcpy(f->bias, b->data, oc * sizeof *f->bias);
    }
    if (l->bn) {
        const struct tensor *g = params_need(p, l->param_bn, ".gamma", oc, e),
                            *b = params_need(p, l->param_bn, ".beta", oc, e);
        const struct tensor *m = params_need(p, l->param_bn, ".running_mean", oc, e);
        const struct tensor *v = params_need(p, l->param_bn, ".running_var", oc, e);
        if (!g || !b || !m || !v)
            return false;
        for (size_t c = 0; c < oc; c++) {
            if (v->data[c] < 0)
                return err_at(e, p->path, 0,
                              "tensor '%s': element %zu is negative, expected a variance", v->name,
                              c);
            double mul = (double)g->data[c] / sqrt((double)v->data[c] + BN_EPSILON);
            f->bn_mul[c] = (float)mul;
            f->bn_add[c] = (float)((double)b->data[c] - mul * (double)m->data[c]);
        }
    }
    return true;
}

/* Uniform in [-1, 1); the same on every host. */
static float uniform(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (float)((double)(z >> 40) / 8388608.0 - 1.0);
}

/* The layer whose values reach l through gates and rearrangements, NULL for the image; *gates:
 * those that halve them. */
static const struct layer *values_from(const struct network *net, const struct layer *l, int *gates)
{
    *gates = 0;
    int i = l->in[0];
    for (; i >= 0; i = net->layer[i].in[0]) {
        const struct layer *x = &net->layer[i];
        if (!op_class(x->op)->passes)
            return x;
        *gates += op_class(x->op)->second == OP_SECOND_FACTORS && network_layer_factors(x) == 1;
    }
    return NULL;
}

/* Weights that give a sum of unit variance from inputs of unit power (the image has about 64, a
 * unit normal after a ReLU a half, a sigmoid gate halves the values), then batch norms as training
 * would leave them: that normal has mean 0.4 and variance 0.34 after a ReLU. */
static void plausible(struct flayer *f, const struct network *net, const struct layer *l,
                      uint64_t *state)
{
    size_t fan_in = (size_t)(l->weights / (uint64_t)l->out_c);
    int gates;
    const struct layer *from = values_from(net, l, &gates);
    bool half = from && from->act != ACT_NONE && !from->bn_after_act;
    double spread = ldexp(sqrt((half ? 6.0 : 3.0) / (double)fan_in), gates) / (from ? 1 : 64);
    for (size_t i = 0; i < (size_t)l->weights; i++)
        f->weights[i] = (float)spread * uniform(state);
    for (int c = 0; c < l->out_c; c++) {
        if (l->bias)
            f->bias[c] = 0.1f * uniform(state);
        if (l->bn) {
            bool after = l->bn_after_act && l->act != ACT_NONE;
            double mul = (1 + 0.2 * (double)uniform(state)) / (after ? sqrt(0.34) : 1);
            f->bn_mul[c] = (float)mul;
            f->bn_add[c] = (float)(0.2 * (double)uniform(state) - (after ? 0.4 * mul : 0));
        }
    }
}

/* The real values of a .tflite network's integers. */
static void from_tflite(struct flayer *f, const struct network *net, int i)
{
    const struct layer *l = &net->layer[i];
    const struct tfl_layer *t = &net->tflite->layer[i];
    for (size_t j = 0; j < (size_t)l->operand; j++)
        f->weights[j] = t->operand.scale * (float)(t->weights[j] - t->operand.zero_point);
    if (l->operand)
        return;
    float in = t->in[0].scale;
    size_t row = (size_t)(l->weights / (uint64_t)l->out_c);
    for (size_t c = 0; c < (size_t)l->out_c; c++) {
        for (size_t j = 0; j < row; j++)
            f->weights[c * row + j] =
                t->scale[c] * (float)(t->weights[c * row + j] - t->weight_zero);
        if (f->bias)
            f->bias[c] = in * t->scale[c] * (float)t->bias[c];
    }
}

struct fmodel *fmodel_build(const struct network *net, const struct params *params, struct err *e)
{
    struct fmodel *m = calloc(1, sizeof *m);
    if (!m || !(m->layer = calloc((size_t)net->nlayers, sizeof *m->layer))) {
        free(m);
        err_nomem(e);
        return NULL;
    }
    m->net = net;
    m->trained = params != NULL || net->tflite;
    uint64_t state = 20220222;
    bool ok = true;
    for (int i = 0; ok && i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        struct flayer *f = &m->layer[i];
        size_t oc = (size_t)l->out_c;
        size_t constants = (size_t)(l->weights ? l->weights : l->operand);
        if (!constants)
            continue;
        f->weights = malloc(constants * sizeof *f->weights);
        f->bias = l->bias ? malloc(oc * sizeof *f->bias) : NULL;
        f->bn_mul = l->bn ? malloc(oc * sizeof *f->bn_mul) : NULL;
        f->bn_add = l->bn ? malloc(oc * sizeof *f->bn_add) : NULL;
        if (!f->weights || (l->bias && !f->bias) || (l->bn && (!f->bn_mul || !f->bn_add)))
            ok = err_nomem(e);
        else if (net->tflite)
            from_tflite(f, net, i);
        else if (params && !l->param[0])
            ok = err_at(e, params->path, 0, "the description of %s names no tensor for layer %s",
                        net->name, l->name);
        else if (params)
            ok = from_params(f, l, params, e);
        else
            plausible(f, net, l, &state);
    }
    if (!ok) {
        fmodel_free(m);
        return NULL;
    }
    return m;
}

void fmodel_free(struct fmodel *m)
{
    if (!m)
        return;
    for (int i = 0; i < m->net->nlayers; i++) {
        free(m->layer[i].weights);
        free(m->layer[i].bn_mul);
        free(m->layer[i].bn_add);
        free(m->layer[i].bias);
    }
    free(m->layer);
    free(m);
}

float float_activate(float x, enum activation act)
{
    float gate = x + 3 < 0 ? 0 : x + 3 > 6 ? 1 : (x + 3) / 6;
    switch (act) {
    case ACT_NONE: return x;
    case ACT_RELU: return x > 0 ? x : 0;
    case ACT_RELU6: return x < 0 ? 0 : x > 6 ? 6 : x;
    case ACT_HSIGMOID: return gate;
    case ACT_HSWISH: return x * gate;
    case ACT_SIGMOID: return 1 / (1 + expf(-x));
    case ACT_SWISH: return x / (1 + expf(-x));
    case ACT_TANH: return tanhf(x);
    case ACT_RELU1: return x < -1 ? -1 : x > 1 ? 1 : x;
    case ACT_LEAKY_RELU: return x; /* its factor is the layer's */
    }
    return x;
}

static void finish(const struct layer *l, const struct flayer *f, float *x)
{
    size_t n = (size_t)l->out_h * (size_t)l->out_w, oc = (size_t)l->out_c;
    for (size_t i = 0; i < n; i++, x += oc)
        for (size_t c = 0; c < oc; c++) {
            float v = x[c] + (f->bias ? f->bias[c] : 0);
            if (f->bn_mul && !l->bn_after_act)
                v = v * f->bn_mul[c] + f->bn_add[c];
            v = float_activate(v, l->act);
            if (f->bn_mul && l->bn_after_act)
                v = v * f->bn_mul[c] + f->bn_add[c];
            x[c] = v;
        }
}

/* Sixteen output channels at a time with the weights transposed, so that the inner loop has a fixed
 * length and the compiler turns it into vector code. */
enum { LANES = 16 };

static bool convolve(const struct layer *l, const float *w, const float *in, float *out,
                     struct err *e)
{
    size_t taps = (size_t)l->kernel * (size_t)l->kernel, ic = (size_t)l->in_c,
           oc = (size_t)l->out_c, row = taps * ic;
    float *packed = malloc(row * LANES * sizeof *packed);
    if (!packed)
        return err_nomem(e);
    for (size_t first = 0; first < oc; first += LANES) {
        size_t lanes = oc - first < LANES ? oc - first : LANES;
        for (size_t i = 0; i < row; i++)
            for (size_t j = 0; j < LANES; j++)
                packed[i * LANES + j] = j < lanes ? w[(first + j) * row + i] : 0;
        for (int y = 0; y < l->out_h; y++)
            for (int x = 0; x < l->out_w; x++) {
                float acc[LANES] = {0};
                for (int ky = 0; ky < l->kernel; ky++)
                    for (int kx = 0; kx < l->kernel; kx++) {
                        int iy = y * l->stride - l->pad + ky, ix = x * l->stride - l->pad + kx;
                        if (iy < 0 || iy >= l->in_h || ix < 0 || ix >= l->in_w)
                            continue;
                        const float *px = in + ((size_t)iy * (size_t)l->in_w + (size_t)ix) * ic;
                        const float *pw = packed + (size_t)(ky * l->kernel + kx) * ic * LANES;
                        for (size_t c = 0; c < ic; c++)
                            for (size_t j = 0; j < LANES; j++)
                                acc[j] += px[c] * pw[c * LANES + j];
                    }
                float *o = out + ((size_t)y * (size_t)l->out_w + (size_t)x) * oc + first;
                for (size_t j = 0; j < lanes; j++)
                    o[j] = acc[j];
            }
    }
    free(packed);
    return true;
}

static void depthwise(const struct layer *l, const float *w, const float *in, float *out)
{
    size_t oc = (size_t)l->out_c, taps = (size_t)l->kernel * (size_t)l->kernel;
    memset(out, 0, (size_t)l->out_h * (size_t)l->out_w * oc * sizeof *out);
    for (int y = 0; y < l->out_h; y++)
        for (int x = 0; x < l->out_w; x++, out += oc)
            for (int ky = 0; ky < l->kernel; ky++)
                for (int kx = 0; kx < l->kernel; kx++) {
                    int iy = y * l->stride - l->pad + ky, ix = x * l->stride - l->pad + kx;
                    if (iy < 0 || iy >= l->in_h || ix < 0 || ix >= l->in_w)
                        continue;
                    const float *px = in + ((size_t)iy * (size_t)l->in_w + (size_t)ix) * oc;
                    const float *pw = w + ky * l->kernel + kx;
                    for (size_t c = 0; c < oc; c++)
                        out[c] += px[c] * pw[c * taps];
                }
}

static void group_convolve(const struct layer *l, const float *w, const float *in, float *out)
{
    int ic = l->in_c / l->groups, oc = l->out_c / l->groups;
    for (int y = 0; y < l->out_h; y++)
        for (int x = 0; x < l->out_w; x++)
            for (int o = 0; o < l->out_c; o++) {
                float acc = 0;
                for (int k = 0; k < l->kernel * l->kernel_x; k++) {
                    int iy = y * l->stride - l->pad + k / l->kernel_x,
                        ix = x * l->stride_x - l->pad_x + k % l->kernel_x;
                    if (iy < 0 || iy >= l->in_h || ix < 0 || ix >= l->in_w)
                        continue;
                    const float *px =
                        in + ((size_t)iy * (size_t)l->in_w + (size_t)ix) * (size_t)l->in_c +
                        o / oc * ic;
                    const float *pw =
                        w +
                        ((size_t)o * (size_t)(l->kernel * l->kernel_x) + (size_t)k) * (size_t)ic;
                    for (int c = 0; c < ic; c++)
                        acc += px[c] * pw[c];
                }
                *out++ = acc;
            }
}

/* The channel that enters beside channel c (network.h). */
static size_t beside(const struct layer *l, size_t c)
{
    size_t groups = (size_t)l->groups, each = (size_t)l->in_c / groups;
    return (c / each + 1) % groups * each + (c % each + 1) % each;
}

static float scaled(const struct layer *l, const float *x, const float *h, size_t c)
{
    int sets = network_layer_factors(l);
    size_t n = (size_t)l->in_c;
    if (sets == 1)
        return x[c] * h[c];
    float y = x[beside(l, c)], first = x[c] * (4 * h[c] - 1) + y * (4 * h[n + c] - 2);
    if (sets == 2)
        return first;
    return fmaxf(first, x[c] * (4 * h[2 * n + c] - 2) + y * (4 * h[3 * n + c] - 2));
}

static void max_pool(const struct layer *l, const float *in, float *out)
{
    size_t ch = (size_t)l->out_c;
    for (int y = 0; y < l->out_h; y++)
        for (int x = 0; x < l->out_w; x++, out += ch)
            for (size_t c = 0; c < ch; c++) {
                float best = -INFINITY;
                for (int k = 0; k < l->kernel * l->kernel_x; k++) {
                    int iy = y * l->stride - l->pad + k / l->kernel_x,
                        ix = x * l->stride_x - l->pad_x + k % l->kernel_x;
                    if (iy < 0 || iy >= l->in_h || ix < 0 || ix >= l->in_w)
                        continue;
                    float v = in[((size_t)iy * (size_t)l->in_w + (size_t)ix) * ch + c];
                    best = v > best ? v : best;
                }
                out[c] = best;
            }
}

static void global_avg_pool(const struct layer *l, const float *in, float *out)
{
    size_t n = (size_t)l->in_h * (size_t)l->in_w, ch = (size_t)l->in_c;
    for (size_t c = 0; c < ch; c++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += (double)in[i * ch + c];
        out[c] = (float)(sum / (double)n);
    }
}

/* ---- the operators, as ops.def names them ---- */

/* A layer's inputs, and where its output goes. */
struct maps {
    const float *a, *b;
    float *out;
};
typedef bool real_rule(const struct layer *l, const struct flayer *f, struct maps m, struct err *e);

static bool real_convolve(const struct layer *l, const struct flayer *f, struct maps m,
                          struct err *e)
{
    return convolve(l, f->weights, m.a, m.out, e);
}

static bool real_depthwise(const struct layer *l, const struct flayer *f, struct maps m,
                           struct err *e)
{
    (void)e;
    depthwise(l, f->weights, m.a, m.out);
    return true;
}

static bool real_group_convolve(const struct layer *l, const struct flayer *f, struct maps m,
                                struct err *e)
{
    (void)e;
    group_convolve(l, f->weights, m.a, m.out);
    return true;
}

static bool real_max_pool(const struct layer *l, const struct flayer *f, struct maps m,
                          struct err *e)
{
    (void)f, (void)e;
    max_pool(l, m.a, m.out);
    return true;
}

static bool real_average(const struct layer *l, const struct flayer *f, struct maps m,
                         struct err *e)
{
    (void)f, (void)e;
    global_avg_pool(l, m.a, m.out);
    return true;
}

static bool real_add(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    (void)f, (void)e;
    for (size_t i = 0; i < (size_t)l->out_bytes; i++) /* one byte per element */
        m.out[i] = m.a[i] + m.b[i];
    return true;
}

static size_t pixels(const struct layer *l)
{
    return (size_t)l->out_h * (size_t)l->out_w;
}

static bool real_scale(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    size_t ch = (size_t)l->out_c;
    (void)f, (void)e;
    for (size_t i = 0; i < pixels(l); i++, m.a += ch, m.out += ch)
        for (size_t c = 0; c < ch; c++)
            m.out[c] = scaled(l, m.a, m.b, c);
    return true;
}

static bool real_concat(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    size_t ic = (size_t)l->in_c, rest = (size_t)l->out_c - ic;
    (void)f, (void)e;
    for (size_t i = 0; i < pixels(l); i++) {
        memcpy(m.out + i * (ic + rest), m.a + i * ic, ic * sizeof *m.out);
        memcpy(m.out + i * (ic + rest) + ic, m.b + i * rest, rest * sizeof *m.out);
    }
    return true;
}

static bool real_slice(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    (void)f, (void)e;
    for (size_t i = 0; i < pixels(l); i++)
        memcpy(m.out + i * (size_t)l->out_c, m.a + i * (size_t)l->in_c + l->first,
               (size_t)l->out_c * sizeof *m.out);
    return true;
}

static bool real_shuffle(const struct layer *l, const struct flayer *f, struct maps m,
                         struct err *e)
{
    size_t ch = (size_t)l->out_c, rows = (size_t)l->groups, columns = ch / rows;
    (void)f, (void)e;
    for (size_t i = 0; i < pixels(l); i++, m.a += ch, m.out += ch)
        for (size_t c = 0; c < ch; c++)
            m.out[c] = m.a[c % rows * columns + c / rows];
    return true;
}

static bool real_table(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    (void)f, (void)e;
    for (size_t i = 0; i < (size_t)l->out_bytes; i++)
        m.out[i] = l->act == ACT_LEAKY_RELU ? m.a[i] * (m.a[i] < 0 ? l->alpha : 1)
                                            : float_activate(m.a[i], l->act);
    return true;
}

/* Place i of a box, in order, in one of its maps. */
static size_t box_at(const struct layer_box *b, int map, size_t i)
{
    size_t at = (size_t)b->first[map];
    for (int k = 3; k >= 0; k--) {
        at += i % (size_t)b->n[k] * (size_t)b->step[map][k];
        i /= (size_t)b->n[k];
    }
    return at;
}

static size_t box_size(const struct layer_box *b)
{
    return (size_t)b->n[0] * (size_t)b->n[1] * (size_t)b->n[2] * (size_t)b->n[3];
}

static bool real_move(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    (void)f, (void)e;
    for (size_t i = 0; l->fill && i < (size_t)l->out_bytes; i++)
        m.out[i] = 0;
    for (size_t i = 0; i < box_size(&l->box); i++)
        m.out[box_at(&l->box, 1, i)] = m.a[box_at(&l->box, 0, i)];
    return true;
}

static float combined(enum nn_combination kind, float a, float b)
{
    switch (kind) {
    case NN_ADD: return a + b;
    case NN_SUBTRACT: return a - b;
    case NN_SUBTRACT_FROM: return b - a;
    case NN_MULTIPLY: return a * b;
    case NN_LARGER: return a > b ? a : b;
    case NN_SMALLER: return a < b ? a : b;
    case NN_PRELU: return a < 0 ? a * b : a;
    case NN_SQUARED_DIFFERENCE: break;
    }
    return (a - b) * (a - b);
}

static bool real_combine(const struct layer *l, const struct flayer *f, struct maps m,
                         struct err *e)
{
    const float *b = l->operand ? f->weights : m.b;
    (void)e;
    for (size_t i = 0; i < box_size(&l->box); i++)
        m.out[i] = float_activate(combined((enum nn_combination)l->kind, m.a[box_at(&l->box, 0, i)],
                                           b[box_at(&l->box, 1, i)]),
                                  l->act);
    return true;
}

static bool real_reduce(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    size_t each = (size_t)l->box.n[2] * (size_t)l->box.n[3], n = (size_t)l->out_bytes;
    (void)f, (void)e;
    for (size_t i = 0; i < n; i++) {
        double sum = 0, least = INFINITY, most = -INFINITY;
        for (size_t j = 0; j < each; j++) {
            double v = (double)m.a[box_at(&l->box, 0, i * each + j)];
            sum += v, least = fmin(least, v), most = fmax(most, v);
        }
        m.out[i] = (float)(l->kind == NN_MEAN      ? sum / (double)each
                           : l->kind == NN_LARGEST ? most
                                                   : least);
    }
    return true;
}

static bool real_average_pool(const struct layer *l, const struct flayer *f, struct maps m,
                              struct err *e)
{
    (void)f, (void)e;
    for (int i = 0; i < l->out_h * l->out_w * l->out_c; i++) {
        int c = i % l->out_c, x = i / l->out_c % l->out_w, y = i / l->out_c / l->out_w, n = 0;
        double sum = 0;
        for (int k = 0; k < l->kernel * l->kernel_x; k++) {
            int iy = y * l->stride - l->pad + k / l->kernel_x,
                ix = x * l->stride_x - l->pad_x + k % l->kernel_x;
            if (iy < 0 || iy >= l->in_h || ix < 0 || ix >= l->in_w)
                continue;
            sum +=
                (double)
                    m.a[((size_t)iy * (size_t)l->in_w + (size_t)ix) * (size_t)l->in_c + (size_t)c];
            n++;
        }
        m.out[i] = (float)(sum / n);
    }
    return true;
}

static bool real_softmax(const struct layer *l, const struct flayer *f, struct maps m,
                         struct err *e)
{
    size_t n = (size_t)l->out_c;
    (void)f, (void)e;
    for (size_t row = 0; row < pixels(l); row++, m.a += n, m.out += n) {
        float most = m.a[0];
        double sum = 0;
        for (size_t i = 1; i < n; i++)
            most = fmaxf(most, m.a[i]);
        for (size_t i = 0; i < n; i++)
            sum += exp((double)l->alpha * (double)(m.a[i] - most));
        for (size_t i = 0; i < n; i++)
            m.out[i] = (float)(exp((double)l->alpha * (double)(m.a[i] - most)) / sum);
    }
    return true;
}

/* Where row or column `at` of the output lies in the input. */
static double resized(const struct layer *l, int at, int in, int out)
{
    double scale = l->corners && out > 1 ? (in - 1.0) / (out - 1.0) : (double)in / out;
    double x =
        l->half && l->bilinear ? (at + 0.5) * scale - 0.5 : (at + (l->half ? 0.5 : 0.0)) * scale;
    return l->bilinear ? fmin(fmax(x, 0), in - 1.0)
                       : fmin(floor(l->corners ? x + 0.5 : x), in - 1.0);
}

static bool real_resize(const struct layer *l, const struct flayer *f, struct maps m, struct err *e)
{
    size_t ch = (size_t)l->in_c, row = (size_t)l->in_w * ch;
    (void)f, (void)e;
    for (int y = 0; y < l->out_h; y++)
        for (int x = 0; x < l->out_w; x++, m.out += ch) {
            double fy = resized(l, y, l->in_h, l->out_h), fx = resized(l, x, l->in_w, l->out_w);
            size_t y0 = (size_t)fy, x0 = (size_t)fx, y1 = y0 + 1 < (size_t)l->in_h ? y0 + 1 : y0,
                   x1 = x0 + 1 < (size_t)l->in_w ? x0 + 1 : x0;
            double down = fy - (double)y0, right = fx - (double)x0;
            for (size_t c = 0; c < ch; c++)
                m.out[c] = (float)((1 - down) * ((1 - right) * (double)m.a[y0 * row + x0 * ch + c] +
                                                 right * (double)m.a[y0 * row + x1 * ch + c]) +
                                   down * ((1 - right) * (double)m.a[y1 * row + x0 * ch + c] +
                                           right * (double)m.a[y1 * row + x1 * ch + c]));
        }
    return true;
}

bool float_layer(const struct layer *l, const struct flayer *f, const float *a, const float *b,
                 float *out, struct err *e)
{
    static real_rule *const rule[] = {
#define OP(id, name, word, weights, window, side, second, shape, keys, units, output, constants, \
           real, lite, passes)                                                                   \
    [OP_##id] = real_##real,
#include "workloads/graph/ops.def"
    };
    if (!rule[l->op](l, f, (struct maps){a, b, out}, e))
        return false;
    if (op_weighted(l->op))
        finish(l, f, out);
    return true;
}

bool float_infer(const struct network *net, const struct params *params, const int8_t *image,
                 float *logits, struct err *e)
{
    struct fmodel *m = fmodel_build(net, params, e);
    size_t pixels = (size_t)net->in_h * (size_t)net->in_w * (size_t)net->in_c;
    float *input = malloc(pixels * sizeof *input),
          **out = calloc((size_t)net->nlayers, sizeof *out);
    bool ok = m && input && out;
    if (m && !ok)
        err_nomem(e);
    for (size_t i = 0; ok && i < pixels; i++)
        input[i] = (float)image[i];
    for (int k = 0; ok && net->tflite && k < net->tflite->nin; k++) {
        const struct tfl_tensor *t = &net->tflite->in[k];
        for (size_t i = (size_t)t->at; i < (size_t)t->at + t->values; i++)
            input[i] = t->quant.scale * (float)(image[i] - t->quant.zero_point);
    }
    for (int i = 0; ok && i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        const float *a = l->in[0] == LAYER_INPUT ? input : out[l->in[0]],
                    *b = l->in[1] < 0 ? input : out[l->in[1]];
        out[i] = malloc((size_t)l->out_bytes * sizeof **out);
        ok = out[i] ? float_layer(l, &m->layer[i], a, b, out[i], e) : err_nomem(e);
        for (int j = 0; ok && j < i; j++)
            if (out[j] && network_last_reader(net, j) <= i) {
                free(out[j]);
                out[j] = NULL;
            }
    }
    if (ok && logits)
        memcpy(logits, out[network_result(net)],
               (size_t)net->layer[network_result(net)].out_bytes * sizeof *logits);
    for (int i = 0; out && i < net->nlayers; i++)
        free(out[i]);
    free(out);
    free(input);
    fmodel_free(m);
    return ok;
}
