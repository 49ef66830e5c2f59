#include "workloads/graph/network_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"
#include "workloads/graph/tflite.h"

enum { MAX_LIKE = 4 };

static const char *const rounding_names[] = {"floor", "divisible_8", NULL};

static const char *const bn_names[] = {"none", "before_act", "after_act", NULL};
static bool opt_from(struct build *b, const struct desc_node *n, const char *key, int *out)
{
    const char *name = NULL;
    if (!desc_opt_str(n, key, &name, b->e) || !name)
        return b->e->code == ERR_NONE;
    *out = LAYER_INPUT;
    for (int i = 0; i < b->net->nlayers; i++)
        if (!strcmp(b->net->layer[i].name, name))
            *out = i;
    if (*out == LAYER_INPUT && strcmp(name, "input"))
        return desc_err(desc_map_get(n, key), b->e, "%s: no layer named '%s' above", key, name);
    return true;
}

/* The keys of a window: side, stride and padding, where it is free also those along a row. */
static bool read_window(struct build *b, const struct desc_node *n, const struct op_class *c,
                        struct layer *l)
{
    bool pool = c->weights == OP_WEIGHTS_NONE, free = c->window == OP_WINDOW_FREE;
    uint64_t kernel = (uint64_t)c->side, stride = pool ? kernel : 1;
    if (!desc_opt_u64(n, "kernel", 1, MAX_KERNEL, &kernel, b->e) ||
        !desc_opt_u64(n, "stride", 1, 8, &stride, b->e))
        return false;
    uint64_t pad = pool ? 0 : (kernel - 1) / 2, kernel_x = kernel, stride_x = stride;
    if (!desc_opt_u64(n, "pad", 0, kernel - 1, &pad, b->e))
        return false;
    l->kernel = (int)kernel;
    l->stride = (int)stride;
    l->pad = (int)pad;
    if (!free)
        return true;
    if (!desc_opt_u64(n, "kernel_x", 1, MAX_KERNEL, &kernel_x, b->e) ||
        !desc_opt_u64(n, "stride_x", 1, 8, &stride_x, b->e))
        return false;
    l->kernel_x = (int)kernel_x;
    l->stride_x = (int)stride_x;
    l->pad_x = (int)(kernel_x - 1) / 2;
    return true;
}

/* What the operator's row asks for: groups, a range, output channels, the second input. */
static bool read_keys(struct build *b, const struct desc_node *n, const struct op_class *c,
                      struct layer *l)
{
    uint64_t groups = 1, first = 0, out = (uint64_t)b->net->classes;
    bool fixed = c->keys & OP_KEY_CLASSES;
    if (c->keys & OP_KEY_GROUPS && !desc_map_u64(n, "groups", 1, MAX_CHANNELS, &groups, b->e))
        return false;
    if (c->keys & OP_KEY_ROUNDS && !desc_opt_u64(n, "groups", 1, MAX_CHANNELS, &groups, b->e))
        return false;
    if (c->keys & OP_KEY_RANGE && !desc_map_u64(n, "first", 0, MAX_CHANNELS, &first, b->e))
        return false;
    if (c->keys & (OP_KEY_OUT | OP_KEY_RANGE) && !desc_map_need(n, "out", b->e))
        return false;
    if (c->keys & (OP_KEY_OUT | OP_KEY_RANGE | OP_KEY_CLASSES)) {
        if (!desc_opt_u64(n, "out", 1, MAX_CHANNELS, &out, b->e) ||
            !desc_opt_bool(n, "fixed", &fixed, b->e))
            return false;
        l->out_c = fixed ? (int)out : network_build_scaled(b, (double)out);
    }
    l->groups = (int)groups;
    l->first = fixed || !first ? (int)first : network_build_scaled(b, (double)first);
    return c->second == OP_SECOND_NONE ||
           (desc_map_need(n, "with", b->e) && opt_from(b, n, "with", &l->in[1]));
}

/* One layer: an entry whose `op` is an operator's word. */
static bool single(struct build *b, const struct desc_node *n, enum op op)
{
    const struct op_class *c = op_class(op);
    struct layer l = {.op = op,
                      .in = {network_build_last(b), LAYER_NONE},
                      .kernel = c->side,
                      .bias = c->keys & OP_KEY_CLASSES};
    const char *name, *param = NULL, *param_bn = NULL;
    int act = ACT_NONE, bn = BN_NONE;
    if (!desc_map_str(n, "name", &name, b->e) ||
        !network_build_name(b, l.name, sizeof l.name, name, -1, "") ||
        !opt_from(b, n, "from", &l.in[0]))
        return false;
    if ((op_windowed(op) && !read_window(b, n, c, &l)) || !read_keys(b, n, c, &l))
        return false;
    if (c->keys & OP_KEY_BN && !desc_opt_enum(n, "bn", bn_names, &bn, b->e))
        return false;
    if (c->keys & OP_KEY_ACT &&
        (!desc_opt_enum(n, "act", network_activation_names, &act, b->e) ||
         !desc_opt_bool(n, "bias", &l.bias, b->e) || !desc_opt_str(n, "param", &param, b->e) ||
         !desc_opt_str(n, "param_bn", &param_bn, b->e)))
        return false;
    if ((param && !network_build_name(b, l.param, sizeof l.param, param, -1, "")) ||
        (param_bn && !network_build_name(b, l.param_bn, sizeof l.param_bn, param_bn, -1, "")))
        return false;
    l.act = (enum activation)act;
    l.bn = bn != BN_NONE;
    l.bn_after_act = bn == BN_AFTER_ACT;
    return desc_map_done(n, b->e) && network_build_append(b, &l) >= 0;
}

/* An entry of `layers:`, an operator or a block of several. */
static bool entry(struct build *b, const struct desc_node *n)
{
    enum { BLOCKS = 16 }; /* at most */
    const char *names[OP_COUNT + BLOCKS + 1] = {0};
    enum op op[OP_COUNT];
    int which, count = 0, ops;
    for (int i = 0; i < OP_COUNT; i++)
        if (op_class((enum op)i)->word) {
            op[count] = (enum op)i;
            names[count++] = op_class((enum op)i)->word;
        }
    ops = count;
    for (const char *const *p = network_block_names; *p && count < OP_COUNT + BLOCKS; p++)
        names[count++] = *p;
    b->at = n;
    if (!desc_map_enum(n, "op", names, &which, b->e))
        return false;
    return which < ops ? single(b, n, op[which]) : network_build_block(b, n, which - ops);
}

static bool layer_index(struct build *b, const struct desc_node *n, const char *key, int *out)
{
    if (!desc_map_need(n, key, b->e) || !opt_from(b, n, key, out))
        return false;
    return *out >= 0 || desc_err(n, b->e, "%s: the input cannot be a head", key);
}

static bool read_head(struct build *b, const struct desc_node *n, struct head *h)
{
    double size, next;
    if (!layer_index(b, n, "score", &h->score) || !layer_index(b, n, "box", &h->box) ||
        !desc_map_real(n, "size", 0.001, 2, &size, b->e) ||
        !desc_map_real(n, "next", 0.001, 2, &next, b->e))
        return false;
    h->size = (float)size;
    h->next = (float)next;
    const struct desc_node *ratios = desc_map_get(n, "ratios");
    if (desc_list_len(ratios) > MAX_RATIOS)
        return desc_err(ratios, b->e, "ratios: %zu of them, expected at most %d",
                        desc_list_len(ratios), MAX_RATIOS);
    for (size_t i = 0; i < desc_list_len(ratios); i++) {
        double r;
        if (!desc_real(desc_list_at(ratios, i), 0.01, 100, &r, b->e))
            return false;
        h->ratio[h->nratios++] = (float)r;
    }
    const struct layer *s = &b->net->layer[h->score], *x = &b->net->layer[h->box];
    int priors = 2 + 2 * h->nratios;
    if (s->out_c != priors * b->net->classes || x->out_c != 4 * priors || s->out_h != x->out_h ||
        s->out_w != x->out_w)
        return desc_err(
            n, b->e,
            "heads %s and %s: expected maps of one size with %d and %d channels (%d priors)",
            s->name, x->name, priors * b->net->classes, 4 * priors, priors);
    return desc_map_done(n, b->e);
}

/* detect: what follows the heads of a detector. */
static bool read_detector(struct build *b, const struct desc_node *root)
{
    const struct desc_node *n = desc_map_get(root, "detect"), *heads;
    double score = 0.5, iou = 0.45;
    uint64_t most = 100;
    if (!n)
        return true;
    struct detector *d = b->net->detector = calloc(1, sizeof *d);
    if (!d)
        return err_nomem(b->e);
    heads = desc_map_need(n, "heads", b->e);
    if (!heads || !desc_opt_real(n, "score_min", 0, 1, &score, b->e) ||
        !desc_opt_real(n, "iou_max", 0, 1, &iou, b->e) ||
        !desc_opt_u64(n, "most", 1, 100, &most, b->e))
        return false;
    if (desc_list_len(heads) < 1 || desc_list_len(heads) > MAX_HEADS)
        return desc_err(heads, b->e, "heads: %zu of them, expected 1 to %d", desc_list_len(heads),
                        MAX_HEADS);
    for (size_t i = 0; i < desc_list_len(heads); i++)
        if (!read_head(b, desc_list_at(heads, i), &d->head[d->nheads++]))
            return false;
    d->score_min = (float)score;
    d->iou_max = (float)iou;
    d->most = (int)most;
    return desc_map_done(n, b->e);
}

/* A 3x3 stride-2 convolution whose only reader is a 2x2 stride-2 max pool computes the pool's
 * output directly. */
static void mark_fused_pools(struct network *n)
{
    for (int i = 0; i + 1 < n->nlayers; i++) {
        const struct layer *p = &n->layer[i + 1];
        struct layer *c = &n->layer[i];
        int readers = 0;
        for (int j = 0; j < n->nlayers; j++)
            readers += (n->layer[j].in[0] == i) + (n->layer[j].in[1] == i);
        /* else it would have to come before the pool */
        bool clamped = c->act == ACT_NONE || c->act == ACT_RELU || c->act == ACT_RELU6;
        c->fused_pool = c->op == OP_CONV2D && clamped && c->pad <= 1 && c->kernel == 3 &&
                        c->stride == 2 && p->op == OP_MAX_POOL && p->kernel == 2 &&
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
    const struct desc_node *n = desc_map_get(root, "reported");
    const char *source;
    bool assumed;
    if (!n)
        return true;
    if (!desc_opt_real(n, "params_m", 0, 1e6, &r->params, e) ||
        !desc_opt_real(n, "madds_m", 0, 1e6, &r->madds, e) ||
        !desc_map_real(n, "top1", 0, 100, &r->top1, e) ||
        !desc_opt_real(n, "top5", 0, 100, &r->top5, e) ||
        !desc_map_source(n, &source, &assumed, e) || !desc_map_done(n, e))
        return false;
    snprintf(r->source, sizeof r->source, "%s", source);
    return true;
}

static bool read_file(struct build *b, const char *path, double width, int input, struct header *h,
                      int depth);

static bool read_like(struct build *b, const char *like, double width, int input, struct header *h,
                      int depth)
{
    char path[4096];
    if (depth == MAX_LIKE)
        return desc_err(b->at, b->e, "like: more than %d files refer to one another", MAX_LIKE);
    return data_find(path, sizeof path, "network", "workloads/networks", like, b->e) &&
           read_file(b, path, width, input, h, depth + 1);
}

/* h holds what the files that say `like` this one have set already (0 = not set). */
static bool read_file(struct build *b, const char *path, double width, int input, struct header *h,
                      int depth)
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
    desc_collect_missing(d);
    bool ok = desc_map_source(root, &source, &assumed, b->e) &&
              desc_opt_str(root, "like", &like, b->e) &&
              desc_opt_u64(root, "input", 8, MAX_SIDE, &own.input, b->e) &&
              desc_opt_u64(root, "channels", 1, 64, &own.channels, b->e) &&
              desc_opt_u64(root, "classes", 1, MAX_CHANNELS, &own.classes, b->e) &&
              desc_opt_real(root, "width", 0.01, 16, &own.width, b->e) &&
              desc_opt_enum(root, "rounding", rounding_names, &own.rounding, b->e) &&
              read_reported(root, depth ? &inherited : &b->net->reported, b->e);
    h->input = h->input ? h->input : own.input;
    h->channels = h->channels ? h->channels : own.channels;
    h->classes = h->classes ? h->classes : own.classes;
    h->width = h->width > 0 ? h->width : own.width;
    h->rounding = h->rounding >= 0 ? h->rounding : own.rounding;
    if (ok && like) {
        ok = desc_map_done(root, b->e) && read_like(b, like, width, input, h, depth);
    } else if (ok) {
        struct network *n = b->net;
        layers = desc_map_need(root, "layers", b->e);
        (void)desc_map_get(root, "detect"); /* read once the layers it names exist */
        ok = layers && desc_map_done(root, b->e);
        if (ok && !h->input)
            (void)desc_map_need(root, "input", b->e);
        if (ok && !h->classes)
            (void)desc_map_need(root, "classes", b->e);
        if (ok && !desc_list_len(layers))
            ok = desc_err(layers, b->e, "layers: expected a list of layers");
        n->in_h = n->in_w = input ? input : (int)h->input;
        n->in_c = h->channels ? (int)h->channels : 3;
        n->classes = (int)h->classes;
        n->width = b->width = width > 0 ? width : h->width > 0 ? h->width : 1;
        b->rounding = h->rounding >= 0 ? (enum rounding)h->rounding : ROUND_FLOOR;
        for (size_t i = 0; ok && i < desc_list_len(layers); i++)
            ok = entry(b, desc_list_at(layers, i));
        ok = ok && read_detector(b, root);
    }
    ok = desc_complete(d, ok, b->e);
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
            err_at(e, name, 0, "has a width of 1 and an input of %d pixels; it cannot be scaled",
                   lite->in_h);
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
