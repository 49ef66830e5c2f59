#include "workloads/graph/network.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"
#include "workloads/graph/network_build.h"
#include "workloads/graph/tflite.h"

/* Together these keep every count below 2^64: 2^20 positions, 2^13 x 2^13 channels, 2^7 taps, 2^10 layers. */
enum { MAX_SIDE = 1024, MAX_LAYERS = 1024, MAX_LIKE = 4 };

static const char *const op_names[OP_COUNT] = {
    [OP_CONV2D] = "conv2d",
    [OP_DEPTHWISE_CONV2D] = "depthwise_conv2d",
    [OP_POINTWISE_CONV2D] = "pointwise_conv2d",
    [OP_FULLY_CONNECTED] = "fully_connected",
    [OP_MAX_POOL] = "max_pool",
    [OP_GLOBAL_AVG_POOL] = "global_avg_pool",
    [OP_ADD] = "add",
    [OP_GROUP_CONV2D] = "group_conv2d",
    [OP_SCALE] = "scale",
    [OP_CONCAT] = "concat",
    [OP_SLICE] = "slice",
    [OP_CHANNEL_SHUFFLE] = "channel_shuffle",
};

const char *op_name(enum op op)
{
    return (unsigned)op < OP_COUNT ? op_names[op] : "unknown";
}

/* How a channel count times the width becomes a whole number. */
enum rounding {
    ROUND_FLOOR,      /* floor, at least 1: EtinyNet's code */
    ROUND_DIVISIBLE_8 /* to a multiple of 8, never below 0.9 of the product: MobileNet's code */
};
static const char *const rounding_names[] = {"floor", "divisible_8", NULL};

static const char *const bn_names[] = {"none", "before_act", "after_act", NULL};
const char *const activation_names[] = {"none", "relu", "relu6", "hswish", "hsigmoid", "swish", "sigmoid", NULL};

int build_scaled(const struct build *b, double channels)
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

__attribute__((format(printf, 2, 3))) static bool complain(const struct build *b, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return b->at ? node_err(b->at, b->e, "%s", text) : err_at(b->e, b->path, 0, "%s", text);
}

int layer_factors(const struct layer *l)
{
    uint64_t map = (uint64_t)l->in_h * (uint64_t)l->in_w * (uint64_t)l->in_c;
    return (int)((l->in_bytes - map) / (uint64_t)l->in_c);
}

static void shape_of(const struct build *b, int i, int *h, int *w, int *c)
{
    const struct layer *l = i >= 0 ? &b->net->layer[i] : NULL;
    *h = l ? l->out_h : b->net->in_h;
    *w = l ? l->out_w : b->net->in_w;
    *c = l ? l->out_c : b->net->in_c;
}

int build_last(const struct build *b)
{
    return b->net->nlayers ? b->net->nlayers - 1 : LAYER_INPUT;
}

int build_channels(const struct build *b, int layer)
{
    int h, w, c;
    shape_of(b, layer, &h, &w, &c);
    return c;
}

static bool windowed(enum op op)
{
    return op == OP_CONV2D || op == OP_DEPTHWISE_CONV2D || op == OP_GROUP_CONV2D || op == OP_MAX_POOL;
}

/* Checks the second input against the first and sets the channels of what has no weights. */
static bool infer_channels(struct build *b, struct layer *l)
{
    int h, w, c;
    shape_of(b, l->in[1] == LAYER_NONE ? l->in[0] : l->in[1], &h, &w, &c);
    switch (l->op) {
    case OP_ADD:
        if (h != l->in_h || w != l->in_w || c != l->in_c)
            return complain(b, "layer %s: adds %dx%dx%d to %dx%dx%d", l->name, l->in_h, l->in_w, l->in_c, h, w, c);
        l->out_c = l->in_c;
        return true;
    case OP_SCALE:
        if (h * w != 1 || (c != l->in_c && c != 2 * l->in_c && c != 4 * l->in_c))
            return complain(b, "layer %s: scales %d channels by a %dx%dx%d map", l->name, l->in_c, h, w, c);
        if (l->in_c % l->groups)
            return complain(b, "layer %s: %d channels in %d groups", l->name, l->in_c, l->groups);
        l->out_c = l->in_c;
        return true;
    case OP_CONCAT:
        if (h != l->in_h || w != l->in_w)
            return complain(b, "layer %s: joins maps of %dx%d and %dx%d", l->name, l->in_h, l->in_w, h, w);
        l->out_c = l->in_c + c;
        return true;
    case OP_SLICE:
        if (l->first < 0 || l->out_c < 1 || l->first + l->out_c > l->in_c)
            return complain(b, "layer %s: channels %d to %d of %d", l->name, l->first, l->first + l->out_c - 1, l->in_c);
        return true;
    case OP_CHANNEL_SHUFFLE:
        if (l->in_c % l->groups)
            return complain(b, "layer %s: %d channels in %d groups", l->name, l->in_c, l->groups);
        l->out_c = l->in_c;
        return true;
    case OP_GROUP_CONV2D:
        if (l->in_c % l->groups || l->out_c % l->groups)
            return complain(b, "layer %s: %d and %d channels in %d groups", l->name, l->in_c, l->out_c, l->groups);
        return true;
    case OP_FULLY_CONNECTED:
        if (l->in_h * l->in_w != 1)
            return complain(b, "layer %s: expects a 1x1 map, has %dx%d", l->name, l->in_h, l->in_w);
        return true;
    case OP_CONV2D:
    case OP_POINTWISE_CONV2D:
        return true;
    default:
        l->out_c = l->in_c;
        return true;
    }
}

static void count(struct network *n, struct layer *l)
{
    uint64_t positions = (uint64_t)l->out_h * (uint64_t)l->out_w, oc = (uint64_t)l->out_c;
    uint64_t taps = (uint64_t)l->kernel * (uint64_t)l->kernel_x;
    if (l->op == OP_CONV2D || l->op == OP_POINTWISE_CONV2D || l->op == OP_FULLY_CONNECTED || l->op == OP_GROUP_CONV2D)
        l->weights = oc * (uint64_t)(l->in_c / l->groups) * taps;
    else if (l->op == OP_DEPTHWISE_CONV2D)
        l->weights = oc * taps;
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

int build_append(struct build *b, struct layer *l)
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
    shape_of(b, l->in[0], &l->in_h, &l->in_w, &l->in_c);
    l->kernel = l->kernel ? l->kernel : 1, l->stride = l->stride ? l->stride : 1, l->groups = l->groups ? l->groups : 1;
    if (!l->kernel_x)
        l->kernel_x = l->kernel, l->stride_x = l->stride, l->pad_x = l->pad;
    if (!windowed(l->op) || l->out_h < 0 || l->out_w < 0)
        l->out_h = l->in_h, l->out_w = l->in_w;
    else if (!l->out_h) {
        if (l->in_h + 2 * l->pad < l->kernel || l->in_w + 2 * l->pad_x < l->kernel_x) {
            complain(b, "layer %s: a %dx%d map is smaller than the %dx%d window", l->name, l->in_h, l->in_w, l->kernel,
                     l->kernel_x);
            return LAYER_NONE;
        }
        l->out_h = (l->in_h + 2 * l->pad - l->kernel) / l->stride + 1;
        l->out_w = (l->in_w + 2 * l->pad_x - l->kernel_x) / l->stride_x + 1;
    }
    if (l->op == OP_GLOBAL_AVG_POOL)
        l->kernel = l->in_h, l->kernel_x = l->in_w, l->out_h = l->out_w = 1;
    if (!infer_channels(b, l))
        return LAYER_NONE;
    if (l->out_c < 1 || l->out_c > MAX_CHANNELS) {
        complain(b, "layer %s: %d channels, expected 1 to %d", l->name, l->out_c, MAX_CHANNELS);
        return LAYER_NONE;
    }
    struct layer *grown = grow(n->layer, (size_t)n->nlayers, &b->cap, sizeof *grown);
    if (!grown) {
        err_nomem(b->e);
        return LAYER_NONE;
    }
    n->layer = grown;
    count(n, l);
    n->layer[n->nlayers] = *l;
    return n->nlayers++;
}

bool build_name(struct build *b, char *out, size_t size, const char *a, int i, const char *c)
{
    int n = i >= 0 ? snprintf(out, size, "%s.%d%s", a, i, c) : snprintf(out, size, "%s%s", a, c);
    if (n < 0 || (size_t)n >= size)
        return complain(b, "'%s' is too long a name", a);
    return true;
}

static bool opt_from(struct build *b, const struct desc_node *n, const char *key, int *out)
{
    const char *name = NULL;
    if (!opt_str(n, key, &name, b->e) || !name)
        return b->e->code == ERR_NONE;
    *out = LAYER_INPUT;
    for (int i = 0; i < b->net->nlayers; i++)
        if (!strcmp(b->net->layer[i].name, name))
            *out = i;
    if (*out == LAYER_INPUT && strcmp(name, "input"))
        return node_err(map_get(n, key), b->e, "%s: no layer named '%s' above", key, name);
    return true;
}

/* conv, dw, pw, fc, max_pool, gap, add, group_conv: one layer. */
static bool single(struct build *b, const struct desc_node *n, enum op op)
{
    struct layer l = {.op = op, .in = {build_last(b), LAYER_NONE}};
    const char *name, *param = NULL, *param_bn = NULL;
    int act = ACT_NONE, bn = BN_NONE;
    bool grouped = op == OP_GROUP_CONV2D, fixed = false;
    bool conv = op == OP_CONV2D || op == OP_DEPTHWISE_CONV2D || op == OP_POINTWISE_CONV2D || grouped;
    uint64_t out = 0, kernel = 1, stride = 1, pad = 0, kernel_x, stride_x, groups = 1;
    if (!map_str(n, "name", &name, b->e) || !build_name(b, l.name, sizeof l.name, name, -1, "") ||
        !opt_from(b, n, "from", &l.in[0]))
        return false;
    if (op == OP_MAX_POOL)
        kernel = stride = 2;
    if (op == OP_CONV2D || op == OP_DEPTHWISE_CONV2D)
        kernel = 3;
    if (windowed(op)) {
        if (!opt_u64(n, "kernel", 1, MAX_KERNEL, &kernel, b->e) || !opt_u64(n, "stride", 1, 8, &stride, b->e))
            return false;
        if (op != OP_MAX_POOL)
            pad = (kernel - 1) / 2;
        if (!opt_u64(n, "pad", 0, kernel - 1, &pad, b->e))
            return false;
    }
    l.kernel = (int)kernel, l.stride = (int)stride, l.pad = (int)pad;
    kernel_x = kernel, stride_x = stride;
    if (grouped) {
        if (!map_u64(n, "groups", 1, MAX_CHANNELS, &groups, b->e) || !opt_u64(n, "kernel_x", 1, MAX_KERNEL, &kernel_x, b->e) ||
            !opt_u64(n, "stride_x", 1, 8, &stride_x, b->e))
            return false;
        l.groups = (int)groups, l.kernel_x = (int)kernel_x, l.stride_x = (int)stride_x, l.pad_x = (int)(kernel_x - 1) / 2;
    }
    if (op == OP_CONV2D || op == OP_POINTWISE_CONV2D || grouped || op == OP_FULLY_CONNECTED) {
        out = (uint64_t)b->net->classes;
        fixed = l.bias = op == OP_FULLY_CONNECTED;
        if (op != OP_FULLY_CONNECTED && !map_need(n, "out", b->e))
            return false;
        if (!opt_u64(n, "out", 1, MAX_CHANNELS, &out, b->e) || !opt_bool(n, "fixed", &fixed, b->e))
            return false;
        l.out_c = fixed ? (int)out : build_scaled(b, (double)out);
    }
    if (op == OP_ADD && (!map_need(n, "with", b->e) || !opt_from(b, n, "with", &l.in[1])))
        return false;
    if (conv && !opt_enum(n, "bn", bn_names, &bn, b->e))
        return false;
    if ((conv || op == OP_FULLY_CONNECTED) &&
        (!opt_enum(n, "act", activation_names, &act, b->e) || !opt_bool(n, "bias", &l.bias, b->e) ||
         !opt_str(n, "param", &param, b->e) || !opt_str(n, "param_bn", &param_bn, b->e)))
        return false;
    if ((param && !build_name(b, l.param, sizeof l.param, param, -1, "")) ||
        (param_bn && !build_name(b, l.param_bn, sizeof l.param_bn, param_bn, -1, "")))
        return false;
    l.act = (enum activation)act;
    l.bn = bn != BN_NONE;
    l.bn_after_act = bn == BN_AFTER_ACT;
    return map_done(n, b->e) && build_append(b, &l) >= 0;
}

static bool entry(struct build *b, const struct desc_node *n)
{
    static const char *const ops[] = {"conv", "dw", "pw", "fc", "max_pool", "gap", "add", "group_conv"};
    static const enum op single_op[] = {OP_CONV2D,   OP_DEPTHWISE_CONV2D, OP_POINTWISE_CONV2D, OP_FULLY_CONNECTED,
                                        OP_MAX_POOL, OP_GLOBAL_AVG_POOL,  OP_ADD,
                                        OP_GROUP_CONV2D};
    enum { SINGLES = sizeof ops / sizeof *ops };
    const char *names[SINGLES + 16] = {0};
    int which, n_names = SINGLES;
    memcpy(names, ops, sizeof ops);
    for (const char *const *p = block_names; *p; p++)
        names[n_names++] = *p;
    b->at = n;
    if (!map_enum(n, "op", names, &which, b->e))
        return false;
    return which < SINGLES ? single(b, n, single_op[which]) : build_block(b, n, which - SINGLES);
}

static bool layer_index(struct build *b, const struct desc_node *n, const char *key, int *out)
{
    if (!map_need(n, key, b->e) || !opt_from(b, n, key, out))
        return false;
    return *out >= 0 || node_err(n, b->e, "%s: the input cannot be a head", key);
}

static bool read_head(struct build *b, const struct desc_node *n, struct head *h)
{
    double size, next;
    if (!layer_index(b, n, "score", &h->score) || !layer_index(b, n, "box", &h->box) || !map_real(n, "size", 0.001, 2, &size, b->e) ||
        !map_real(n, "next", 0.001, 2, &next, b->e))
        return false;
    h->size = (float)size;
    h->next = (float)next;
    const struct desc_node *ratios = map_get(n, "ratios");
    if (list_len(ratios) > MAX_RATIOS)
        return node_err(ratios, b->e, "ratios: %zu of them, expected at most %d", list_len(ratios), MAX_RATIOS);
    for (size_t i = 0; i < list_len(ratios); i++) {
        double r;
        if (!node_real(list_at(ratios, i), 0.01, 100, &r, b->e))
            return false;
        h->ratio[h->nratios++] = (float)r;
    }
    const struct layer *s = &b->net->layer[h->score], *x = &b->net->layer[h->box];
    int priors = 2 + 2 * h->nratios;
    if (s->out_c != priors * b->net->classes || x->out_c != 4 * priors || s->out_h != x->out_h || s->out_w != x->out_w)
        return node_err(n, b->e, "heads %s and %s: expected maps of one size with %d and %d channels (%d priors)", s->name, x->name,
                        priors * b->net->classes, 4 * priors, priors);
    return map_done(n, b->e);
}

/* detect: what follows the heads of a detector. */
static bool read_detector(struct build *b, const struct desc_node *root)
{
    const struct desc_node *n = map_get(root, "detect"), *heads;
    double score = 0.5, iou = 0.45;
    uint64_t most = 100;
    if (!n)
        return true;
    struct detector *d = b->net->detector = calloc(1, sizeof *d);
    if (!d)
        return err_nomem(b->e);
    heads = map_need(n, "heads", b->e);
    if (!heads || !opt_real(n, "score_min", 0, 1, &score, b->e) || !opt_real(n, "iou_max", 0, 1, &iou, b->e) ||
        !opt_u64(n, "most", 1, 100, &most, b->e))
        return false;
    if (list_len(heads) < 1 || list_len(heads) > MAX_HEADS)
        return node_err(heads, b->e, "heads: %zu of them, expected 1 to %d", list_len(heads), MAX_HEADS);
    for (size_t i = 0; i < list_len(heads); i++)
        if (!read_head(b, list_at(heads, i), &d->head[d->nheads++]))
            return false;
    d->score_min = (float)score;
    d->iou_max = (float)iou;
    d->most = (int)most;
    return map_done(n, b->e);
}

/* A 3x3 stride-2 convolution whose only reader is a 2x2 stride-2 max pool computes the pool's output directly. */
static void mark_fused_pools(struct network *n)
{
    for (int i = 0; i + 1 < n->nlayers; i++) {
        const struct layer *p = &n->layer[i + 1];
        struct layer *c = &n->layer[i];
        int readers = 0;
        for (int j = 0; j < n->nlayers; j++)
            readers += (n->layer[j].in[0] == i) + (n->layer[j].in[1] == i);
        bool clamped = c->act == ACT_NONE || c->act == ACT_RELU || c->act == ACT_RELU6; /* else it would have to come before the pool */
        c->fused_pool = c->op == OP_CONV2D && clamped && c->pad <= 1 && c->kernel == 3 && c->stride == 2 && p->op == OP_MAX_POOL && p->kernel == 2 &&
                        p->stride == 2 && p->pad == 0 && p->in[0] == i && readers == 1;
    }
}

/* What a file may say about itself; `like` takes all that is not said here from another file. */
struct header {
    uint64_t input, channels, classes;
    double width;
    int rounding;
};

static bool read_reported(const struct desc_node *root, struct reported *r, struct err *e)
{
    const struct desc_node *n = map_get(root, "reported");
    const char *source;
    bool assumed;
    if (!n)
        return true;
    if (!opt_real(n, "params_m", 0, 1e6, &r->params, e) || !opt_real(n, "madds_m", 0, 1e6, &r->madds, e) ||
        !map_real(n, "top1", 0, 100, &r->top1, e) || !opt_real(n, "top5", 0, 100, &r->top5, e) ||
        !map_source(n, &source, &assumed, e) || !map_done(n, e))
        return false;
    snprintf(r->source, sizeof r->source, "%s", source);
    return true;
}

static bool read_file(struct build *b, const char *path, double width, int input, struct header *h, int depth);

static bool read_like(struct build *b, const char *like, double width, int input, struct header *h, int depth)
{
    char path[4096];
    if (depth == MAX_LIKE)
        return node_err(b->at, b->e, "like: more than %d files refer to one another", MAX_LIKE);
    return data_find(path, sizeof path, "network", "workloads/networks", like, b->e) &&
           read_file(b, path, width, input, h, depth + 1);
}

/* h holds what the files that say `like` this one have set already (0 = not set). */
static bool read_file(struct build *b, const char *path, double width, int input, struct header *h, int depth)
{
    struct desc *d = desc_load(path, b->e);
    if (!d)
        return false;
    const struct desc_node *root = desc_root(d), *layers = NULL;
    const char *like = NULL, *source;
    bool assumed;
    struct header own = {.rounding = -1};
    struct reported inherited; /* says nothing of the file that is like this one */
    b->at = root;
    bool ok = map_source(root, &source, &assumed, b->e) && opt_str(root, "like", &like, b->e) &&
              opt_u64(root, "input", 8, MAX_SIDE, &own.input, b->e) && opt_u64(root, "channels", 1, 64, &own.channels, b->e) &&
              opt_u64(root, "classes", 1, MAX_CHANNELS, &own.classes, b->e) &&
              opt_real(root, "width", 0.01, 16, &own.width, b->e) &&
              opt_enum(root, "rounding", rounding_names, &own.rounding, b->e) &&
              read_reported(root, depth ? &inherited : &b->net->reported, b->e);
    h->input = h->input ? h->input : own.input;
    h->channels = h->channels ? h->channels : own.channels;
    h->classes = h->classes ? h->classes : own.classes;
    h->width = h->width > 0 ? h->width : own.width;
    h->rounding = h->rounding >= 0 ? h->rounding : own.rounding;
    if (ok && like) {
        ok = map_done(root, b->e) && read_like(b, like, width, input, h, depth);
    } else if (ok) {
        struct network *n = b->net;
        layers = map_need(root, "layers", b->e);
        (void)map_get(root, "detect"); /* read once the layers it names exist */
        ok = layers && map_done(root, b->e);
        if (ok && (!h->input || !h->classes))
            ok = node_err(root, b->e, "key '%s' is missing", h->input ? "classes" : "input");
        if (ok && !list_len(layers))
            ok = node_err(layers, b->e, "layers: expected a list of layers");
        n->in_h = n->in_w = input ? input : (int)h->input;
        n->in_c = h->channels ? (int)h->channels : 3;
        n->classes = (int)h->classes;
        n->width = b->width = width > 0 ? width : h->width > 0 ? h->width : 1;
        b->rounding = h->rounding >= 0 ? h->rounding : ROUND_FLOOR;
        for (size_t i = 0; ok && i < list_len(layers); i++)
            ok = entry(b, list_at(layers, i));
        ok = ok && read_detector(b, root);
    }
    desc_free(d);
    return ok;
}

struct network *network_load(const char *name, double width, int input, struct err *e)
{
    char path[4096];
    if (!(width == 0 || (width >= 0.01 && width <= 16))) { /* also refuses NaN */
        err_set(e, ERR_INPUT, "width %g: expected 0.01 to 16", width);
        return NULL;
    }
    if (input && (input < 8 || input > MAX_SIDE)) {
        err_set(e, ERR_INPUT, "input %d: expected a side of 8 to %d pixels", input, MAX_SIDE);
        return NULL;
    }
    size_t ending = strlen(name);
    if (ending > 7 && !strcmp(name + ending - 7, ".tflite")) {
        struct network *lite = tflite_load(name, e);
        if (lite && ((width != 0 && fabs(width - 1) > 1e-9) || (input && input != lite->in_h))) {
            err_at(e, name, 0, "has a width of 1 and an input of %d pixels; it cannot be scaled", lite->in_h);
            network_free(lite);
            return NULL;
        }
        return lite;
    }
    if (!data_find(path, sizeof path, "network", "workloads/networks", name, e))
        return NULL;
    struct network *n = calloc(1, sizeof *n);
    if (!n) {
        err_nomem(e);
        return NULL;
    }
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t len = strlen(file);
    if (len > 5 && !strcmp(file + len - 5, ".yaml"))
        len -= 5;
    struct build b = {.net = n, .e = e};
    struct header h = {.rounding = -1};
    if (len >= sizeof n->name) {
        err_at(e, path, 0, "a network's name has at most %zu characters", sizeof n->name - 1);
        network_free(n);
        return NULL;
    }
    memcpy(n->name, file, len);
    if (!read_file(&b, path, width, input, &h, 0)) {
        network_free(n);
        return NULL;
    }
    mark_fused_pools(n);
    return n;
}

void network_free(struct network *n)
{
    if (n) {
        free(n->layer);
        free(n->detector);
        tflite_free(n->tflite);
    }
    free(n);
}

bool network_is_output(const struct network *n, int layer)
{
    if (!n->detector)
        return layer == n->nlayers - 1;
    for (int i = 0; i < n->detector->nheads; i++)
        if (n->detector->head[i].score == layer || n->detector->head[i].box == layer)
            return true;
    return false;
}

uint64_t network_feature_bytes(const struct network *n, bool fused, int *at_layer)
{
    uint64_t most = 0;
    int at = 0;
    uint64_t image = (uint64_t)n->in_h * (uint64_t)n->in_w * (uint64_t)n->in_c;
    for (int i = 0; i < n->nlayers; i++) {
        uint64_t alive = 0;
        if (fused && n->layer[i].fused_pool)
            continue; /* counted with its pool, which then reads what the convolution reads */
        bool pool = fused && i && n->layer[i - 1].fused_pool;
        int from = pool ? i - 1 : i;
        for (int j = LAYER_INPUT; j <= i; j++) {
            bool needed = j == i || (j >= 0 && j < i && network_is_output(n, j));
            for (int r = from; r < n->nlayers && j < from; r++)
                needed |= n->layer[r].in[0] == j || n->layer[r].in[1] == j;
            if (needed && !(pool && j == i - 1))
                alive += j < 0 ? image : n->layer[j].out_bytes;
        }
        if (alive > most)
            most = alive, at = i;
    }
    if (at_layer)
        *at_layer = at;
    return most;
}
