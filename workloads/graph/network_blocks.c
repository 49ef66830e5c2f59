#include "workloads/graph/network_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One convolution inside a block. */
struct unit {
    enum op op;
    int in, out_c, kernel, stride;
    enum activation act;
    enum bn_place bn;
    bool bias;
    int groups;
};

struct network_block {
    struct build *b;
    const char *name;
    int index;         /* names are NAME.INDEX.part */
    bool only;         /* the only block of its entry */
    const char *param; /* EtinyNet: "" or the stem of its tensors' names */
    int param_index;
};

static int conv(const struct network_block *k, const char *part, const struct unit *u,
                const char *param, const char *param_bn)
{
    struct build *b = k->b;
    struct layer l = {.op = u->op,
                      .in = {u->in, LAYER_NONE},
                      .out_c = u->out_c,
                      .kernel = u->kernel,
                      .stride = u->stride,
                      .pad = (u->kernel - 1) / 2,
                      .act = u->act,
                      .bn = u->bn != BN_NONE,
                      .bn_after_act = u->bn == BN_AFTER_ACT,
                      .bias = u->bias,
                      .groups = u->groups};
    if (!network_build_name(b, l.name, sizeof l.name, k->name, k->index, part))
        return LAYER_NONE;
    if (param && k->param[0] &&
        (!network_build_name(b, l.param, sizeof l.param, k->param, k->param_index, param) ||
         !network_build_name(b, l.param_bn, sizeof l.param_bn, k->param, k->param_index, param_bn)))
        return LAYER_NONE;
    return network_build_append(b, &l);
}

static int pw(const struct network_block *k, const char *part, int in, int out_c,
              enum activation act)
{
    return conv(k, part,
                &(struct unit){OP_POINTWISE_CONV2D, in, out_c, 1, 1, act, BN_BEFORE_ACT, false, 1},
                NULL, NULL);
}

static int dw(const struct network_block *k, const char *part, int in, int kernel, int stride,
              enum activation act)
{
    return conv(
        k, part,
        &(struct unit){OP_DEPTHWISE_CONV2D, in, 0, kernel, stride, act, BN_BEFORE_ACT, false, 1},
        NULL, NULL);
}

/* What has two inputs or none of a convolution's fields. */
static int plain(const struct network_block *k, const char *part, enum op op, int x, int y,
                 int groups, int first, int out_c)
{
    struct layer l = {.op = op, .in = {x, y}, .groups = groups, .first = first, .out_c = out_c};
    if (!network_build_name(k->b, l.name, sizeof l.name, k->name, k->index, part))
        return LAYER_NONE;
    return network_build_append(k->b, &l);
}

/* Squeeze and excitation; `factors` outputs per channel of the gate (1; dynamic shift-max has 2 or
 * 4, over groups of channels). */
static int gate(const struct network_block *k, int x, int squeeze, enum activation act,
                enum activation last, int factors, int groups)
{
    if (x < 0)
        return LAYER_NONE;
    int c = network_build_channels(k->b, x);
    int y = plain(k, ".se.gap", OP_GLOBAL_AVG_POOL, x, LAYER_NONE, 1, 0, 0);
    y = conv(k, ".se.fc1",
             &(struct unit){OP_FULLY_CONNECTED, y, squeeze, 1, 1, act, BN_NONE, true, 1}, NULL,
             NULL);
    y = conv(k, ".se.fc2",
             &(struct unit){OP_FULLY_CONNECTED, y, factors * c, 1, 1, last, BN_NONE, true, 1}, NULL,
             NULL);
    return y < 0 ? LAYER_NONE : plain(k, ".se.scale", OP_SCALE, x, y, groups, 0, 0);
}

/* "features1.4" -> "features1", 4: blocks count up from the number that `param` ends in. */
static bool split_index(struct build *b, const char *param, char *stem, size_t size, int *first)
{
    const char *dot = strrchr(param, '.');
    char *end = NULL;
    long n = dot ? strtol(dot + 1, &end, 10) : -1;
    if (!dot || end == dot + 1 || *end || n < 0 || n > 9999 || (size_t)(dot - param) >= size)
        return desc_err(b->at, b->e, "param '%s': expected a name that ends in '.NUMBER'", param);
    memcpy(stem, param, (size_t)(dot - param));
    stem[dot - param] = '\0';
    *first = (int)n;
    return true;
}

/* EtinyNet's linear depthwise block (dw - pw - dw), and its dense form with two shortcuts. */
static int linear(const struct network_block *k, int in, int oc, int stride, bool dense)
{
    int c = network_build_channels(k->b, in);
    struct unit u = {OP_DEPTHWISE_CONV2D, in, 0, 3, stride, ACT_NONE, BN_BEFORE_ACT, false, 1};
    int x = conv(k, ".dw1", &u, ".out1.0", ".out1.1");
    u = (struct unit){OP_POINTWISE_CONV2D, x, oc, 1, 1, ACT_RELU, BN_AFTER_ACT, false, 1};
    x = conv(k, ".pw", &u, ".out1.2", ".out1.4");
    if (dense && stride == 1 && c == oc)
        x = plain(k, ".add1", OP_ADD, x, in, 1, 0, 0);
    u = (struct unit){OP_DEPTHWISE_CONV2D, x, 0, 3, 1, ACT_RELU, BN_AFTER_ACT, false, 1};
    int y = conv(k, ".dw2", &u, ".out2.0", ".out2.2");
    return dense && y >= 0 ? plain(k, ".add2", OP_ADD, y, x, 1, 0, 0) : y;
}

struct options { /* of all blocks; each reads those it knows */
    uint64_t stride, kernel, expand, reduce;
    double hidden, se;
    int act;
    bool fixed;
};

/* MobileNetV2's inverted residual, with squeeze and excitation for its successors. */
static int inverted(const struct network_block *k, int in, int oc, int stride,
                    const struct options *o, bool v3)
{
    int c = network_build_channels(k->b, in),
        hidden = o->hidden > 0 ? network_build_scaled(k->b, o->hidden) : c * (int)o->expand, x = in;
    enum activation act = (enum activation)o->act;
    if (hidden != c)
        x = pw(k, ".expand", x, hidden, act);
    x = dw(k, ".dw", x, (int)o->kernel, stride, act);
    if (o->se > 0 && v3) {
        double s = fmax(8, floor((o->se * hidden + 4) / 8) * 8);
        x = gate(k, x, (int)(s < 0.9 * o->se * hidden ? s + 8 : s), ACT_RELU, ACT_HSIGMOID, 1, 1);
    } else if (o->se > 0) {
        x = gate(k, x, (int)fmax(1, floor(o->se * c)), act, ACT_SIGMOID, 1, 1);
    }
    x = pw(k, ".project", x, oc, ACT_NONE);
    return x >= 0 && stride == 1 && c == oc ? plain(k, ".add", OP_ADD, x, in, 1, 0, 0) : x;
}

/* MobileNeXt's sandglass; at least a sixth of the output's channels in the middle, in steps of 16.
 * As in its authors' code, a block that changes the channels has a depthwise convolution only where
 * it needs the stride, unless it is a stage of its own at stride 1 or the first one (reduction by
 * 2). */
static int sandglass(const struct network_block *k, int in, int oc, int stride,
                     const struct options *o)
{
    int c = network_build_channels(k->b, in), hidden = c / (int)o->reduce, x = in;
    bool whole = c == oc || o->reduce == 2 || (k->only && stride == 1);
    if (hidden * 6 < oc) {
        double least = ceil(oc / 6.0), s = fmax(16, floor((least + 8) / 16) * 16);
        hidden = (int)(s < 0.9 * least ? s + 16 : s);
    }
    if (whole)
        x = dw(k, ".dw1", x, 3, 1, ACT_RELU6);
    x = pw(k, ".reduce", x, hidden, ACT_NONE);
    x = pw(k, ".expand", x, oc, ACT_RELU6);
    if (whole || stride > 1)
        x = dw(k, ".dw2", x, 3, stride, ACT_NONE);
    return x >= 0 && stride == 1 && c == oc ? plain(k, ".add", OP_ADD, x, in, 1, 0, 0) : x;
}

/* ShuffleNetV2's unit. */
static int shuffle(const struct network_block *k, int in, int oc, int stride)
{
    int half = oc / 2, left = in, right = in;
    if (stride == 1) {
        left = plain(k, ".left", OP_SLICE, in, LAYER_NONE, 1, 0, half);
        right = plain(k, ".right", OP_SLICE, in, LAYER_NONE, 1, half, half);
    } else {
        left = dw(k, ".left.dw", in, 3, stride, ACT_NONE);
        left = pw(k, ".left.pw", left, half, ACT_RELU);
    }
    right = pw(k, ".pw1", right, half, ACT_RELU);
    right = dw(k, ".dw", right, 3, stride, ACT_NONE);
    right = pw(k, ".pw2", right, half, ACT_RELU);
    if (left < 0 || right < 0)
        return LAYER_NONE;
    return plain(k, ".shuffle", OP_CHANNEL_SHUFFLE,
                 plain(k, ".concat", OP_CONCAT, left, right, 1, 0, 0), LAYER_NONE, 2, 0, 0);
}

/* MicroNet's block: depthwise convolution factorised into a column and a row, grouped pointwise
 * convolutions, dynamic shift-max as a gate with 4 (2 without its ReLU) factors per channel.
 * `micro` says which of the three activations are dynamic; `exp` are the two expansions. Channel
 * shuffles move no counts and are left out. */
struct micro {
    /* groups: of the pointwise convolutions, 0 = the block has none there */
    int exp[2], groups[2], dynamic[3], ratio;
};

static int shift_max(const struct network_block *k, const char *part, int x, int dynamic,
                     int reduction, int groups, enum activation otherwise)
{
    if (x < 0)
        return LAYER_NONE;
    int c = network_build_channels(k->b, x);
    if (!dynamic) {
        k->b->net->layer[x].act = otherwise;
        return x;
    }
    double want = c / reduction, s = fmax(4, floor((want + 2) / 4) * 4);
    struct network_block inner = *k;
    char name[48];
    if (s < 0.9 * want)
        s += 4;
    if ((size_t)snprintf(name, sizeof name, "%s.%d%s", k->name, k->index, part) >= sizeof name)
        return LAYER_NONE;
    inner.name = name;
    inner.index = 0;
    return gate(&inner, x, (int)s, ACT_RELU, ACT_HSIGMOID, dynamic == 2 ? 4 : 2,
                groups ? groups : 1);
}

static int column_row(const struct network_block *k, int in, int e1, int e2, int kernel, int stride)
{
    int c = network_build_channels(k->b, in);
    struct layer l = {.op = OP_GROUP_CONV2D,
                      .in = {in, LAYER_NONE},
                      .out_c = c * e1,
                      .groups = c,
                      .kernel = kernel,
                      .kernel_x = 1,
                      .stride = stride,
                      .stride_x = 1,
                      .pad = kernel / 2,
                      .bn = true};
    if (!network_build_name(k->b, l.name, sizeof l.name, k->name, k->index, ".column"))
        return LAYER_NONE;
    int x = network_build_append(k->b, &l);
    struct layer r = {.op = OP_GROUP_CONV2D,
                      .in = {x, LAYER_NONE},
                      .out_c = c * e1 * e2,
                      .groups = c * e1,
                      .kernel = 1,
                      .kernel_x = kernel,
                      .stride = 1,
                      .stride_x = stride,
                      .pad_x = kernel / 2,
                      .bn = true};
    return network_build_name(k->b, r.name, sizeof r.name, k->name, k->index, ".row")
               ? network_build_append(k->b, &r)
               : LAYER_NONE;
}

static int grouped(const struct network_block *k, const char *part, int in, int oc, int groups)
{
    return conv(
        k, part,
        &(struct unit){OP_GROUP_CONV2D, in, oc, 1, 1, ACT_NONE, BN_BEFORE_ACT, false, groups}, NULL,
        NULL);
}

static int micro(const struct network_block *k, int in, int oc, int kernel, int stride,
                 const struct micro *m)
{
    int c = network_build_channels(k->b, in), hidden = c * m->exp[0] * m->exp[1], x = in,
        reduction = 8 * m->ratio;
    if (hidden < 1 || hidden > MAX_CHANNELS) {
        desc_err(k->b->at, k->b->e, "expand: %d channels, expected 1 to %d", hidden, MAX_CHANNELS);
        return LAYER_NONE;
    }
    if (m->groups[0] == 0) { /* the depthwise part expands */
        x = column_row(k, x, m->exp[0], m->exp[1], kernel, stride);
        x = shift_max(k, ".y2", x, m->dynamic[1], reduction, m->groups[1], ACT_RELU6);
    } else {
        x = grouped(k, ".pw1", x, hidden, m->groups[0]);
        if (m->groups[1] == 0)
            return shift_max(k, ".y3", x, m->dynamic[2], reduction, m->groups[0], ACT_NONE);
        x = shift_max(k, ".y1", x, m->dynamic[0], reduction, m->groups[0], ACT_RELU6);
        x = column_row(k, x, 1, 1, kernel, stride);
        x = shift_max(k, ".y2", x, m->dynamic[1], reduction, m->groups[0], ACT_RELU6);
    }
    x = grouped(k, ".pw2", x, oc, m->groups[1]);
    x = shift_max(k, ".y3", x, m->dynamic[2] ? 1 : 0, oc < hidden ? reduction / 2 : reduction,
                  m->groups[1], ACT_NONE);
    return x >= 0 && stride == 1 && c == oc ? plain(k, ".add", OP_ADD, x, in, 1, 0, 0) : x;
}

static bool ints(const struct desc_node *n, const char *key, int *out, size_t count, struct err *e)
{
    const struct desc_node *list = desc_map_need(n, key, e);
    if (list && desc_list_len(list) != count)
        return desc_err(list, e, "%s: expected a list of %zu numbers", key, count);
    for (size_t i = 0; list && i < count; i++) {
        uint64_t v;
        if (!desc_u64(desc_list_at(list, i), 0, MAX_CHANNELS, &v, e))
            return false;
        out[i] = (int)v;
    }
    return list != NULL;
}

enum which { LB, DLB, DS, IR, IR_V3, SANDGLASS, SHUFFLE, MICRO };
const char *const network_block_names[] = {"lb",        "dlb",     "ds",    "ir", "ir_v3",
                                           "sandglass", "shuffle", "micro", NULL};

static bool read_options(struct build *b, const struct desc_node *n, enum which kind,
                         struct options *o, struct micro *m)
{
    bool ok = desc_opt_u64(n, "stride", 1, 4, &o->stride, b->e);
    if (kind >= DS)
        ok = ok && desc_opt_enum(n, "act", network_activation_names, &o->act, b->e);
    if (kind == IR || kind == IR_V3)
        ok = ok && desc_opt_u64(n, "kernel", 1, MAX_KERNEL, &o->kernel, b->e) &&
             desc_opt_u64(n, "expand", 1, 16, &o->expand, b->e) &&
             desc_opt_real(n, "hidden", 1, MAX_CHANNELS, &o->hidden, b->e) &&
             desc_opt_real(n, "se", 0.01, 1, &o->se, b->e);
    if (kind == SANDGLASS)
        ok = ok && desc_map_u64(n, "reduce", 1, 16, &o->reduce, b->e);
    if (kind == MICRO) {
        ok = ok && desc_opt_u64(n, "kernel", 1, MAX_KERNEL, &o->kernel, b->e) &&
             ints(n, "expand", m->exp, 2, b->e) && ints(n, "groups", m->groups, 2, b->e) &&
             ints(n, "dynamic", m->dynamic, 3, b->e) &&
             desc_opt_u64(n, "reduce", 1, 16, &o->reduce, b->e);
        m->ratio = (int)o->reduce;
    }
    return ok && desc_opt_bool(n, "fixed", &o->fixed, b->e);
}

bool network_build_block(struct build *b, const struct desc_node *n, int which)
{
    enum which kind = (enum which)which;
    struct options o = {.stride = 1, .kernel = 3, .expand = 1, .reduce = 1, .act = ACT_RELU6};
    struct micro m = {0};
    struct network_block k = {.b = b, .param = ""};
    const char *param = NULL;
    char stem[64] = "";
    int first = 0;
    const struct desc_node *out = desc_map_need(n, "out", b->e);
    if (!out || !desc_map_str(n, "name", &k.name, b->e) || !read_options(b, n, kind, &o, &m) ||
        !desc_opt_str(n, "param", &param, b->e) || !desc_map_done(n, b->e))
        return false;
    if (!desc_list_len(out))
        return desc_err(out, b->e, "out: expected a list of channel counts, one for each block");
    if (param && !split_index(b, param, stem, sizeof stem, &first))
        return false;
    if (param && kind != LB && kind != DLB)
        return desc_err(desc_map_get(n, "param"), b->e,
                        "param: only lb and dlb know the names of their tensors");
    k.param = stem;
    k.only = desc_list_len(out) == 1;
    for (size_t i = 0; i < desc_list_len(out); i++) {
        double base;
        if (!desc_real(desc_list_at(out, i), 1, MAX_CHANNELS, &base, b->e))
            return false;
        int in = network_build_last(b), stride = i ? 1 : (int)o.stride,
            oc = o.fixed ? (int)base : network_build_scaled(b, base), x = LAYER_NONE;
        k.index = (int)i + 1;
        k.param_index = first + (int)i;
        switch (kind) {
        case LB:
        case DLB: x = linear(&k, in, oc, stride, kind == DLB); break;
        case DS:
            x = dw(&k, ".dw", in, 3, stride, (enum activation)o.act);
            x = pw(&k, ".pw", x, oc, (enum activation)o.act);
            break;
        case IR:
        case IR_V3: x = inverted(&k, in, oc, stride, &o, kind == IR_V3); break;
        case SANDGLASS: x = sandglass(&k, in, oc, stride, &o); break;
        case SHUFFLE: x = shuffle(&k, in, oc, stride); break;
        case MICRO: x = micro(&k, in, oc, (int)o.kernel, stride, &m); break;
        }
        if (x < 0)
            return false;
    }
    return true;
}
