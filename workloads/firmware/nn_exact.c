/* Any convolution with the output stage of .tflite files, for the layers that the other kernels do
 * not serve: multipliers of a half and more, weights with a zero point. Compiled for the host and
 * for the target. */
#include "nn_fixed.h"

/* Weights of a window row lie one after the other, and so do the pixels' channels of a group. */
static int32_t sum_at(const struct nn_exact *p, const int8_t *in, int y, int x, int oc)
{
    int32_t acc = 0, in_zp = p->in_zp, w_zp = p->weight_zp;
    int ic = p->in_c / p->groups, first = oc / (p->out_c / p->groups) * ic;
    const int8_t *w = p->weights + (int32_t)oc * p->kernel * p->kernel_x * ic;
    for (int ky = 0; ky < p->kernel; ky++) {
        int iy = y * p->stride - p->pad_top + ky;
        if (iy < 0 || iy >= p->in_h) {
            w += p->kernel_x * ic;
            continue;
        }
        for (int kx = 0; kx < p->kernel_x; kx++, w += ic) {
            int ix = x * p->stride_x - p->pad_left + kx;
            if (ix < 0 || ix >= p->in_w)
                continue;
            const int8_t *px = in + ((int32_t)iy * p->in_w + ix) * p->in_c + first;
            for (int c = 0; c < ic; c++)
                acc += (w[c] - w_zp) * (px[c] - in_zp);
        }
    }
    return acc;
}

void nn_exact_s8(const struct nn_exact *p, const int8_t *in, int8_t *out, void *scratch)
{
    (void)scratch;
    for (int y = 0; y < p->out_h; y++)
        for (int x = 0; x < p->out_w; x++)
            for (int c = 0; c < p->out_c; c++) {
                struct nn_fixed f = {p->mult[c], p->shifts[c]};
                int32_t acc = sum_at(p, in, y, x, c) + (p->bias ? p->bias[c] : 0);
                *out++ = nn_clamp(p->off[c] + nn_times(acc, f), p->act_min, p->act_max);
            }
}
