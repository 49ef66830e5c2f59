#include "workloads/kernels/reference.h"

#include <stdlib.h>

#include "workloads/quantise/float.h"
#include "workloads/kernels/kernel.h"

bool reference_supports(const struct network *net, struct err *e)
{
    const struct layer *last = &net->layer[net->nlayers - 1];
    if (!net->detector && (last->out_h != 1 || last->out_w != 1 || last->out_c != net->classes))
        return err_set(e, ERR_INPUT, "network %s, layer %s: a %dx%dx%d map, expected 1x1 with one value for each of %d classes", net->name,
                       last->name, last->out_h, last->out_w, last->out_c, net->classes);
    return true;
}

void reference_layer(const struct qmodel *q, int i, const int8_t *a, const int8_t *b, int8_t *out, int32_t *logits)
{
    const struct layer *l = &q->net->layer[i];
    const struct qlayer *k = &q->layer[i];
    enum kernel kind = kernel_of(q->net, i);
    switch (kind) {
    case KERNEL_NONE:
        break;
    case KERNEL_STEM:
    case KERNEL_CONV:
    case KERNEL_DEPTHWISE3X3:
    case KERNEL_DEPTHWISE:
    case KERNEL_POINTWISE:
    case KERNEL_MAX_POOL: {
        struct nn_conv c = kernel_conv(l, kind == KERNEL_STEM ? l + 1 : NULL, k);
        if (kind == KERNEL_STEM)
            nn_stem_s8(&c, a, out, NULL);
        else if (kind == KERNEL_POINTWISE)
            nn_pointwise_s8(&c, a, out, NULL);
        else if (kind == KERNEL_MAX_POOL)
            nn_max_pool_s8(&c, a, out);
        else
            nn_conv_s8(&c, a, out, NULL);
        break;
    }
    case KERNEL_FULLY_CONNECTED: {
        struct nn_fc f = kernel_fc(l, k);
        if (logits)
            nn_fully_connected_s8(&f, a, logits, NULL);
        break;
    }
    case KERNEL_AVERAGE: {
        struct nn_pool p = kernel_pool(l, k);
        nn_global_avg_pool_s8(&p, a, out);
        break;
    }
    case KERNEL_ADD: {
        struct nn_add p = kernel_add(l, k);
        nn_add_s8(&p, a, b, out);
        break;
    }
    case KERNEL_SCALE: {
        struct nn_scale p = kernel_scale(l, k);
        nn_scale_s8(&p, a, b, out, NULL);
        break;
    }
    case KERNEL_CONCAT: {
        struct nn_concat p = kernel_concat(l, k);
        nn_concat_s8(&p, a, b, out);
        break;
    }
    case KERNEL_SLICE:
    case KERNEL_SHUFFLE: {
        struct nn_channels p = kernel_channels(l);
        if (kind == KERNEL_SLICE)
            nn_slice_s8(&p, a, out);
        else
            nn_channel_shuffle_s8(&p, a, out);
        break;
    }
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
        enum kernel kind = kernel_of(net, i);
        if (kind == KERNEL_NONE)
            continue;
        if (kind != KERNEL_FULLY_CONNECTED && !(map[out] = malloc((size_t)net->layer[out].out_bytes))) {
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
    const int8_t *last = map ? map[net->nlayers - 1] : NULL; /* logits of a network that does not end in a fully connected layer */
    for (int c = 0; ok && last && logits && !net->detector && c < net->classes; c++)
        logits[c] = last[c] - q->layer[net->nlayers - 1].out.zero_point;
    for (int i = 0; map && i < net->nlayers; i++) {
        if (ok && tensor)
            tensor[i] = map[i];
        else
            free(map[i]);
    }
    free(map);
    return ok;
}
