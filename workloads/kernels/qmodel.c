#include "workloads/kernels/qmodel.h"

#include <stdlib.h>

const char *const qmodel_quantiser_names[] = {"int8", "asq", "dorefa", NULL};

void qmodel_free(struct qmodel *q)
{
    if (!q)
        return;
    for (int i = 0; q->layer && i < q->net->nlayers; i++) {
        free(q->layer[i].weights);
        free(q->layer[i].mult);
        free(q->layer[i].off);
        free(q->layer[i].bias);
        free(q->layer[i].lut);
        free(q->layer[i].unit);
        free(q->layer[i].zero);
        free(q->layer[i].in_zero);
        free(q->layer[i].shifts);
    }
    free(q->layer);
    free(q);
}
