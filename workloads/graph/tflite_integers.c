#include "workloads/graph/tflite_integers.h"

#include <stdlib.h>

void tflite_free(struct tflite *t)
{
    for (int i = 0; t && i < t->nlayers; i++) {
        free(t->layer[i].weights);
        free(t->layer[i].scale);
        free(t->layer[i].bias);
    }
    if (t)
        free(t->layer);
    free(t);
}
