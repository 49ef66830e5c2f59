#include "workloads/graph/network_build.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

const char *const network_activation_names[] = {"none",     "relu",  "relu6",   "hswish",
                                                "hsigmoid", "swish", "sigmoid", NULL};

/* Together with the caps of network_build.h this keeps every count below 2^64: 2^20 positions, 2^13
 * x 2^13 channels, 2^7 taps, 2^10 layers. */
enum { MAX_LAYERS = 1024 };

int network_build_scaled(const struct build *b, double channels)
{
    double x = channels * b->width;
    double c = floor(x + 1e-9); /* 0.7 * 10 is 7, whatever the binary fraction says */
    if (b->rounding == ROUND_DIVISIBLE_8) {
        c = fmax(8, floor((x + 4) / 8) * 8);
        if (c < 0.9 * x)
            c += 8;
    }
    return c < 1 ? 1 : c > MAX_CHANNELS ? MAX_CHANNELS + 1 : (int)c;
}

__attribute__((format(printf, 2, 3))) static bool complain(const struct build *b, const char *fmt,
                                                           ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return b->at ? desc_err(b->at, b->e, "%s", text) : err_at(b->e, b->path, 0, "%s", text);
}

static void shape_of(const struct build *b, int i, int *h, int *w, int *c)
{
    const struct layer *l = i >= 0 ? &b->net->layer[i] : NULL;
    *h = l ? l->out_h : b->net->in_h;
    *w = l ? l->out_w : b->net->in_w;
    *c = l ? l->out_c : b->net->in_c;
}

int network_build_last(const struct build *b)
{
    return b->net->nlayers ? b->net->nlayers - 1 : LAYER_INPUT;
}

int network_build_channels(const struct build *b, int layer)
{
    int h, w, c;
    shape_of(b, layer, &h, &w, &c);
    return c;
}

/* ---- shapes (ops.def): each checks the inputs and sets the output's channels where a
 * description does not ---- */

/* The map of an input. */
struct map {
    int h, w, c;
};

static bool shape_given(struct build *b, struct layer *l, struct map second)
{
    (void)b, (void)l, (void)second;
    return true;
}

static bool shape_same(struct build *b, struct layer *l, struct map second)
{
    (void)b, (void)second;
    l->out_c = l->in_c;
    return true;
}

static bool shape_vector(struct build *b, struct layer *l, struct map second)
{
    (void)second;
    return l->in_h * l->in_w == 1 ||
           complain(b, "layer %s: expects a 1x1 map, has %dx%d", l->name, l->in_h, l->in_w);
}

static bool shape_sum(struct build *b, struct layer *l, struct map second)
{
    l->out_c = l->in_c;
    return (second.h == l->in_h && second.w == l->in_w && second.c == l->in_c) ||
           complain(b, "layer %s: adds %dx%dx%d to %dx%dx%d", l->name, l->in_h, l->in_w, l->in_c,
                    second.h, second.w, second.c);
}

static bool shape_grouped(struct build *b, struct layer *l, struct map second)
{
    (void)second;
    return (l->in_c % l->groups == 0 && l->out_c % l->groups == 0) ||
           complain(b, "layer %s: %d and %d channels in %d groups", l->name, l->in_c, l->out_c,
                    l->groups);
}

static bool shape_shuffled(struct build *b, struct layer *l, struct map second)
{
    (void)second;
    l->out_c = l->in_c;
    return l->in_c % l->groups == 0 ||
           complain(b, "layer %s: %d channels in %d groups", l->name, l->in_c, l->groups);
}

static bool shape_scaled(struct build *b, struct layer *l, struct map second)
{
    int c = second.c;
    if (second.h * second.w != 1 || (c != l->in_c && c != 2 * l->in_c && c != 4 * l->in_c))
        return complain(b, "layer %s: scales %d channels by a %dx%dx%d map", l->name, l->in_c,
                        second.h, second.w, c);
    return shape_shuffled(b, l, second);
}

static bool shape_joined(struct build *b, struct layer *l, struct map second)
{
    l->out_c = l->in_c + second.c;
    return (second.h == l->in_h && second.w == l->in_w) ||
           complain(b, "layer %s: joins maps of %dx%d and %dx%d", l->name, l->in_h, l->in_w,
                    second.h, second.w);
}

/* Every size is given; a box says what is read. */
static bool shape_stated(struct build *b, struct layer *l, struct map second)
{
    (void)second;
    return (l->out_h > 0 && l->out_w > 0) || complain(b, "layer %s: no shape", l->name);
}

static bool shape_sliced(struct build *b, struct layer *l, struct map second)
{
    (void)second;
    return (l->first >= 0 && l->out_c >= 1 && l->first + l->out_c <= l->in_c) ||
           complain(b, "layer %s: channels %d to %d of %d", l->name, l->first,
                    l->first + l->out_c - 1, l->in_c);
}

typedef bool shape_rule(struct build *b, struct layer *l, struct map second);
static shape_rule *const shapes[] = {
#define OP(id, name, word, weights, window, side, second, shape, ...) [OP_##id] = shape_##shape,
#include "workloads/graph/ops.def"
};

static void count(struct network *n, struct layer *l)
{
    uint64_t positions = (uint64_t)l->out_h * (uint64_t)l->out_w, oc = (uint64_t)l->out_c;
    uint64_t taps = (uint64_t)l->kernel * (uint64_t)l->kernel_x;
    switch (op_class(l->op)->weights) {
    case OP_WEIGHTS_NONE: break;
    case OP_WEIGHTS_EACH: l->weights = oc * taps; break;
    case OP_WEIGHTS_DENSE: l->weights = oc * (uint64_t)(l->in_c / l->groups) * taps; break;
    }
    l->params = l->weights + (l->bn ? 4 * oc : 0) + (l->bias ? oc : 0);
    l->macs = l->weights * positions;
    l->madds = l->macs + (l->bn ? oc * positions : 0);
    l->in_bytes = (uint64_t)l->in_h * (uint64_t)l->in_w * (uint64_t)l->in_c;
    if (l->in[1] == LAYER_INPUT)
        l->in_bytes += (uint64_t)n->in_h * (uint64_t)n->in_w * (uint64_t)n->in_c;
    else if (l->in[1] >= 0)
        l->in_bytes += n->layer[l->in[1]].out_bytes;
    l->out_bytes = positions * oc;
    n->weights += l->weights;
    n->params += l->params;
    n->macs += l->macs;
    n->madds += l->madds;
}

int network_build_append(struct build *b, struct layer *l)
{
    struct network *n = b->net;
    if (l->in[0] == LAYER_NONE)
        return LAYER_NONE;
    if (n->nlayers == MAX_LAYERS) {
        complain(b, "more than %d layers", MAX_LAYERS);
        return LAYER_NONE;
    }
    for (int i = 0; i < n->nlayers; i++)
        if (!strcmp(n->layer[i].name, l->name)) {
            complain(b, "a second layer named '%s'", l->name);
            return LAYER_NONE;
        }
    /* A map may be read in another shape of as many values. */
    int h, w, c;
    shape_of(b, l->in[0], &h, &w, &c);
    if (!l->in_h)
        l->in_h = h, l->in_w = w, l->in_c = c;
    if ((uint64_t)h * (uint64_t)w * (uint64_t)c !=
        (uint64_t)l->in_h * (uint64_t)l->in_w * (uint64_t)l->in_c) {
        complain(b, "layer %s: reads %dx%dx%d as %dx%dx%d", l->name, h, w, c, l->in_h, l->in_w,
                 l->in_c);
        return LAYER_NONE;
    }
    l->kernel = l->kernel ? l->kernel : 1, l->stride = l->stride ? l->stride : 1,
    l->groups = l->groups ? l->groups : 1;
    if (!l->kernel_x)
        l->kernel_x = l->kernel, l->stride_x = l->stride, l->pad_x = l->pad;
    if ((!op_windowed(l->op) && shapes[l->op] != shape_stated) || l->out_h < 0 || l->out_w < 0)
        l->out_h = l->in_h, l->out_w = l->in_w;
    else if (!l->out_h && op_windowed(l->op)) {
        if (l->in_h + 2 * l->pad < l->kernel || l->in_w + 2 * l->pad_x < l->kernel_x) {
            complain(b, "layer %s: a %dx%d map is smaller than the %dx%d window", l->name, l->in_h,
                     l->in_w, l->kernel, l->kernel_x);
            return LAYER_NONE;
        }
        l->out_h = (l->in_h + 2 * l->pad - l->kernel) / l->stride + 1;
        l->out_w = (l->in_w + 2 * l->pad_x - l->kernel_x) / l->stride_x + 1;
    }
    if (op_class(l->op)->window == OP_WINDOW_WHOLE)
        l->kernel = l->in_h, l->kernel_x = l->in_w, l->out_h = l->out_w = 1;
    struct map second = {0, 0, 0};
    if (l->in[1] != LAYER_NONE)
        shape_of(b, l->in[1], &second.h, &second.w, &second.c);
    if (l->second_c)
        second = (struct map){l->in_h, l->in_w, l->second_c};
    if (!shapes[l->op](b, l, second))
        return LAYER_NONE;
    int most = op_weighted(l->op) || !n->tflite ? MAX_CHANNELS : INT16_MAX;
    if (l->out_c < 1 || l->out_c > most) {
        complain(b, "layer %s: %d channels, expected 1 to %d", l->name, l->out_c, most);
        return LAYER_NONE;
    }
    struct layer *grown = buf_grow(n->layer, (size_t)n->nlayers, &b->cap, sizeof *grown);
    if (!grown) {
        err_nomem(b->e);
        return LAYER_NONE;
    }
    n->layer = grown;
    count(n, l);
    n->layer[n->nlayers] = *l;
    return n->nlayers++;
}

bool network_build_name(struct build *b, char *out, size_t size, const char *a, int i,
                        const char *c)
{
    int n = i >= 0 ? snprintf(out, size, "%s.%d%s", a, i, c) : snprintf(out, size, "%s%s", a, c);
    if (n < 0 || (size_t)n >= size)
        return complain(b, "'%s' is too long a name", a);
    return true;
}
