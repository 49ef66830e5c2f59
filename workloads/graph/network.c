#include "workloads/graph/network.h"

#include <stdlib.h>

#include "workloads/graph/tflite_integers.h"

int network_layer_factors(const struct layer *l)
{
    uint64_t map = (uint64_t)l->in_h * (uint64_t)l->in_w * (uint64_t)l->in_c;
    return (int)((l->in_bytes - map) / (uint64_t)l->in_c);
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

int network_result(const struct network *n)
{
    return n->tflite && n->tflite->noutputs ? n->tflite->output[0].layer : n->nlayers - 1;
}

bool network_is_output(const struct network *n, int layer)
{
    for (int i = 0; n->tflite && i < n->tflite->noutputs; i++)
        if (n->tflite->output[i].layer == layer)
            return true;
    if (!n->detector)
        return !n->tflite && layer == n->nlayers - 1;
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

int network_last_reader(const struct network *net, int i)
{
    int last = i;
    if (i >= 0 && network_is_output(net, i))
        return net->nlayers;
    for (int j = 0; j < net->nlayers; j++)
        if (net->layer[j].in[0] == i || net->layer[j].in[1] == i)
            last = j;
    return last;
}
