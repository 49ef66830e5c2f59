#include "workloads/reference.h"

#include <stdlib.h>

#include "workloads/firmware/nn.h"
#include "workloads/float.h"

bool reference_supports(const struct network *net, struct err *e)
{
    for (int i = 0; i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        bool last = i == net->nlayers - 1, ok = false;
        switch (l->op) {
        case OP_CONV2D:
        case OP_DEPTHWISE_CONV2D:
            ok = l->kernel == 3;
            break;
        case OP_MAX_POOL:
            ok = i > 0 && net->layer[i - 1].fused_pool;
            break;
        case OP_FULLY_CONNECTED:
            ok = last;
            break;
        case OP_POINTWISE_CONV2D:
        case OP_GLOBAL_AVG_POOL:
        case OP_ADD:
            ok = true;
            break;
        default:
            break;
        }
        ok = ok && (l->act == ACT_NONE || l->act == ACT_RELU || l->act == ACT_RELU6);
        if (!ok || (last && !net->detector && l->op != OP_FULLY_CONNECTED))
            return err_set(e, ERR_INPUT, "network %s, layer %s: no kernel for %s%s with a %dx%d window", net->name, l->name,
                           last ? "a network that ends in " : "", op_name(l->op), l->kernel, l->kernel);
    }
    return true;
}

void reference_layer(const struct qmodel *q, int i, const int8_t *a, const int8_t *b, int8_t *out, int32_t *logits)
{
    const struct layer *l = &q->net->layer[i];
    const struct qlayer *k = &q->layer[i];
    const struct layer *shape = l->fused_pool ? l + 1 : l; /* where the output's size is */
    struct nn_output stage = {.mult = k->mult, .off = k->off, .bias = k->bias, .shift = k->shift, .relu = k->relu,
                              .act_min = k->act_min, .act_max = k->act_max};
    struct nn_conv conv = {.in_h = (int16_t)l->in_h, .in_w = (int16_t)l->in_w, .in_c = (int16_t)l->in_c,
                           .out_h = (int16_t)shape->out_h, .out_w = (int16_t)shape->out_w, .out_c = (int16_t)l->out_c,
                           .stride = (int8_t)l->stride, .pad_top = (int8_t)l->pad, .pad_left = (int8_t)l->pad, .wbits = 8,
                           .in_zp = k->in[0].zero_point, .weights = k->weights, .out = stage};
    switch (l->op) {
    case OP_CONV2D:
        if (l->fused_pool)
            nn_stem_s8(&conv, a, out, NULL);
        else
            nn_conv3x3_s8(&conv, a, out, NULL);
        break;
    case OP_DEPTHWISE_CONV2D:
        nn_depthwise3x3_s8(&conv, a, out, NULL);
        break;
    case OP_POINTWISE_CONV2D:
        nn_pointwise_s8(&conv, a, out, NULL);
        break;
    case OP_FULLY_CONNECTED: {
        struct nn_fc fc = {.in_c = (int16_t)l->in_c, .out_c = (int16_t)l->out_c, .wbits = 8, .in_zp = k->in[0].zero_point,
                           .weights = k->weights, .mult = k->mult, .off = k->off};
        if (logits)
            nn_fully_connected_s8(&fc, a, logits, NULL);
        break;
    }
    case OP_GLOBAL_AVG_POOL: {
        struct nn_pool pool = {.in_h = (int16_t)l->in_h, .in_w = (int16_t)l->in_w, .c = (int16_t)l->in_c,
                               .in_zp = k->in[0].zero_point, .out = stage};
        nn_global_avg_pool_s8(&pool, a, out);
        break;
    }
    case OP_ADD: {
        struct nn_add add = {.n = (int32_t)l->out_bytes, .mult_a = k->add_mult_a, .mult_b = k->add_mult_b, .off = k->add_off,
                             .shift = k->add_shift};
        nn_add_s8(&add, a, b, out);
        break;
    }
    default:
        break;
    }
}

bool qmodel_infer(const struct qmodel *q, const int8_t *image, int32_t *logits, int8_t **tensor, struct err *e)
{
    const struct network *net = q->net;
    int8_t **map = calloc((size_t)net->nlayers, sizeof *map);
    bool ok = map ? true : err_nomem(e);
    for (int i = 0; ok && i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        int out = l->fused_pool ? i + 1 : i;
        if (l->op == OP_MAX_POOL)
            continue;
        if (l->op != OP_FULLY_CONNECTED && !(map[out] = malloc((size_t)net->layer[out].out_bytes))) {
            ok = err_nomem(e);
            break;
        }
        reference_layer(q, i, l->in[0] == LAYER_INPUT ? image : map[l->in[0]],
                        l->in[1] == LAYER_NONE ? NULL : l->in[1] == LAYER_INPUT ? image : map[l->in[1]], map[out], logits);
        for (int j = 0; j < i && !tensor; j++)
            if (map[j] && last_reader(net, j) <= i) {
                free(map[j]);
                map[j] = NULL;
            }
    }
    for (int i = 0; map && i < net->nlayers; i++) {
        if (ok && tensor)
            tensor[i] = map[i];
        else
            free(map[i]);
    }
    free(map);
    return ok;
}
