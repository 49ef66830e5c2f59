#include "workloads/graph/tflite_integers.h"

#include <math.h>
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

double tflite_factor(const struct tfl_layer *t, int c, float in, float out)
{
    double m = t->per_tensor ? (double)(in * t->scale[c]) : (double)in * (double)t->scale[c];
    return m / (double)out;
}

struct nn_fixed tflite_fixed(double m)
{
    int shift = 0;
    double part = frexp(m, &shift);
    if (!isfinite(m) || !(fabs(m) > 0))
        return (struct nn_fixed){0, 0};
    int64_t v = llround(part * 2147483648.0);
    if (v == INT64_C(1) << 31 || v == -(INT64_C(1) << 31))
        v /= 2, shift++;
    if (shift < -31)
        return (struct nn_fixed){0, 0};
    if (shift > 30)
        return (struct nn_fixed){v < 0 ? -INT32_MAX : INT32_MAX, 30};
    return (struct nn_fixed){(int32_t)v, shift};
}
