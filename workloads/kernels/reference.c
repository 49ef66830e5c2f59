#include "workloads/kernels/reference.h"

#include <stdlib.h>

#include "workloads/kernels/kernel.h"

bool reference_supports(const struct network *net, struct err *e)
{
    const struct layer *last = &net->layer[net->nlayers - 1];
    if (!net->detector && !net->tflite &&
        (last->out_h != 1 || last->out_w != 1 || last->out_c != net->classes))
        return err_set(e, ERR_INPUT,
                       "network %s, layer %s: a %dx%dx%d map, expected 1x1 with one value for each "
                       "of %d classes",
                       net->name, last->name, last->out_h, last->out_w, last->out_c, net->classes);
    return true;
}

void reference_layer(const struct qmodel *q, int i, const int8_t *a, const int8_t *b, int8_t *out,
                     int32_t *logits)
{
    const struct layer *l = &q->net->layer[i];
    enum kernel k = kernel_of(q->net, i);
    if (k == KERNEL_NONE)
        return;
    const struct kernel_class *c = kernel_class(k);
    struct kernel_job job = kernel_job(l, l->fused_pool ? l + 1 : NULL, &q->layer[i]);
    void *to = c->output == KERNEL_OUTPUT_LOGITS ? (void *)logits : (void *)out;
    if (to)
        c->run(&job, a, b, to);
}

bool reference_infer(const struct qmodel *q, const int8_t *image, int32_t *logits, int8_t **tensor,
                     struct err *e)
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
        if (kernel_class(kind)->output == KERNEL_OUTPUT_BYTES &&
            !(map[out] = malloc((size_t)net->layer[out].out_bytes))) {
            ok = err_nomem(e);
            break;
        }
        reference_layer(q, i, l->in[0] == LAYER_INPUT ? image : map[l->in[0]],
                        l->in[1] == LAYER_NONE    ? NULL
                        : l->in[1] == LAYER_INPUT ? image
                                                  : map[l->in[1]],
                        map[out], logits);
        for (int j = 0; j < i && !tensor; j++)
            if (map[j] && network_last_reader(net, j) <= i) {
                free(map[j]);
                map[j] = NULL;
            }
    }
    /* logits of a network that does not end in a fully connected layer */
    const int8_t *last = map ? map[network_result(net)] : NULL;
    for (int c = 0; ok && last && logits && !net->detector && c < net->classes; c++)
        logits[c] = last[c] - q->layer[network_result(net)].out.zero_point;
    for (int i = 0; map && i < net->nlayers; i++) {
        if (ok && tensor)
            tensor[i] = map[i];
        else
            free(map[i]);
    }
    free(map);
    return ok;
}
