/* Operators of .tflite files that slide a window or have weights. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/firmware/nn_fixed.h"
#include "workloads/graph/tflite_reader.h"

static void map_input(struct layer *l, int h, int w, int c)
{
    l->in_h = h, l->in_w = w, l->in_c = c;
}

/* Zeros before the first of n values that a window of k with stride s reads to give `out`; -1 when
 * no padding of the kind does. */
static int padding(int n, int k, int s, int out, bool valid, int before, int after)
{
    int64_t read = (int64_t)(out - 1) * s + k, same = read > n ? read - n : 0;
    if (valid)
        return (n + before + after - k) / s + 1 == out && n + before + after >= k && before < k &&
                       after < k
                   ? before
                   : -1;
    return (n - 1) / s + 1 == out && !before && !after ? (int)(same / 2) : -1;
}

/* The window of a convolution or pool of tensor x: kernel and stride are set; padding and sizes
 * from the tensors. A PAD before it is part of the window where its zeros are the window's. */
static bool window(struct tfl_reader *r, struct layer *l, int x, int y, bool valid, bool sees_pad,
                   int *from, const char *op)
{
    struct tfl_shape xs = tflite_shape(r, x), os = tflite_shape(r, y);
    struct tfl_made *m = &r->made[x];
    bool fits = xs.n == 4 && os.n == 4 && xs.d[0] == 1 && os.d[0] == 1;
    if (!fits)
        return tflite_refuse(r, op, y, "expected maps of four dimensions and a batch of 1");
    fits = l->kernel >= 1 && l->kernel <= TFL_MAX_WINDOW && l->kernel_x >= 1 &&
           l->kernel_x <= TFL_MAX_WINDOW && l->stride >= 1 && l->stride <= TFL_MAX_WINDOW &&
           l->stride_x >= 1 && l->stride_x <= TFL_MAX_WINDOW;
    for (int i = 1; fits && i < 4; i++)
        fits = xs.d[i] >= 1 && xs.d[i] <= TFL_MAX_SIDE && os.d[i] >= 1 && os.d[i] <= TFL_MAX_SIDE;
    if (!fits)
        return tflite_refuse(
            r, op, y, "expected windows and strides of at most 127 and sides of at most 32767");
    *from = x;
    l->pad = l->pad_x = -1;
    if (m->unpadded >= 0 && sees_pad && valid) {
        struct tfl_shape before = tflite_shape(r, m->unpadded);
        l->pad =
            padding(before.d[1], l->kernel, l->stride, os.d[1], true, m->before[0], m->after[0]);
        l->pad_x = padding(before.d[2], l->kernel_x, l->stride_x, os.d[2], true, m->before[1],
                           m->after[1]);
        if (l->pad >= 0 && l->pad_x >= 0) {
            *from = m->unpadded;
            xs = before;
        }
    }
    if (*from == x) {
        l->pad = padding(xs.d[1], l->kernel, l->stride, os.d[1], valid, 0, 0);
        l->pad_x = padding(xs.d[2], l->kernel_x, l->stride_x, os.d[2], valid, 0, 0);
    }
    map_input(l, xs.d[1], xs.d[2], xs.d[3]);
    l->out_h = os.d[1], l->out_w = os.d[2], l->out_c = os.d[3];
    if (l->pad < 0 || l->pad_x < 0)
        return tflite_refuse(r, op, y, "its padding is neither that of SAME nor that of VALID");
    return tflite_input(r, *from, &l->in[0], op);
}

bool tflite_read_pool(struct tfl_reader *r, const struct tfl_call *c)
{
    bool average = !strcmp(c->op, "AVERAGE_POOL_2D");
    struct layer l = {.op = average ? OP_AVERAGE_POOL : OP_MAX_POOL,
                      .in = {LAYER_NONE, LAYER_NONE}};
    struct tfl_layer k = {0};
    enum activation act;
    int from;
    l.stride_x = (int)fb_number(&r->f, c->options, 1, 4, 0),
    l.stride = (int)fb_number(&r->f, c->options, 2, 4, 0);
    l.kernel_x = (int)fb_number(&r->f, c->options, 3, 4, 0),
    l.kernel = (int)fb_number(&r->f, c->options, 4, 4, 0);
    return tflite_fused(r, c->options, 5, &act, c->op, c->y) &&
           window(r, &l, c->x, c->y, fb_number(&r->f, c->options, 0, 1, 0) != 0, false, &from,
                  c->op) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op) &&
           tflite_clamp_after(r, act, c->y, c->op);
}

/* ---- weights ---- */

/* Where weight j of output channel c of a window lies in the file. */
struct layout {
    int kernel, kernel_x,
        ic; /* of the file's window, before dilation; channels that an output reads */
    int dilation, dilation_x;
    bool depthwise; /* [row][column][channel] */
    int channels;   /* of the output */
};

enum { MAX_WEIGHTS = 1 << 26 }; /* as a file has at most */

static int dilated(int kernel, int by)
{
    return (kernel - 1) * by + 1;
}

/* Weight i of a tensor as int8: of 4 bits two in a byte, the first low; of uint8 128 less. */
static int8_t weight(const struct tfl_reader *r, size_t at, int type, size_t i)
{
    if (type == TFL_INT4) {
        int v = r->f.p[at + i / 2] >> (i % 2 * 4) & 15;
        return (int8_t)(v > 7 ? v - 16 : v);
    }
    return (int8_t)(type == TFL_UINT8 ? r->f.p[at + i] - 128 : (int8_t)r->f.p[at + i]);
}

/* Weights as nn.h has them; between the taps of a dilated window are weights without effect. */
static void copy_weights(const struct tfl_reader *r, const struct layout *w, size_t at, int type,
                         int8_t between, int8_t *to)
{
    int h = dilated(w->kernel, w->dilation), wide = dilated(w->kernel_x, w->dilation_x);
    size_t all = (size_t)w->channels * (size_t)h * (size_t)wide * (size_t)w->ic;
    memset(to, between, all);
    for (int c = 0; c < w->channels; c++)
        for (int y = 0; y < w->kernel; y++)
            for (int x = 0; x < w->kernel_x; x++)
                for (int i = 0; i < w->ic; i++) {
                    size_t tap = (size_t)(y * w->kernel_x + x);
                    size_t from = w->depthwise ? tap * (size_t)w->channels + (size_t)c
                                               : ((size_t)c * (size_t)(w->kernel * w->kernel_x) +
                                                  tap) * (size_t)w->ic +
                                                     (size_t)i;
                    size_t place =
                        ((size_t)c * (size_t)h + (size_t)(y * w->dilation)) * (size_t)wide +
                        (size_t)(x * w->dilation_x);
                    to[place * (size_t)w->ic + (size_t)i] = weight(r, at, type, from);
                }
}

/* The kernels for one kind of convolution take sums below 2^30, positive factors below a half, and
 * offsets that fit beside the sums; the kernel for any convolution serves the others. *fits: even
 * it can hold the sums. */
static bool needs_general(const struct tfl_layer *k, int channels, size_t row, float in, float out,
                          bool *fits)
{
    enum { LEAST_SHIFT = 1, MOST_SHIFT = 22 };
    bool yes = k->weight_zero != 0;
    *fits = true;
    for (int c = 0; c < channels; c++) {
        double m = tflite_factor(k, c, in, out), bound = fabs((double)k->bias[c]);
        for (size_t i = 0; i < row; i++)
            bound += 255.0 * abs(k->weights[(size_t)c * row + i] - k->weight_zero);
        int shift = tflite_fixed(m).shift;
        *fits = *fits && ldexp(bound, shift > 0 ? shift : 0) < 2147483647.0;
        yes = yes || !(m > 0) || -shift < LEAST_SHIFT || -shift > MOST_SHIFT ||
              bound + ldexp(256, -shift) >= 1073741824.0;
    }
    return yes;
}

/* A channel whose output is one level whatever the input (its weights have next to no scale, as
 * training leaves dead channels) gets weights of nothing and that level as its bias: its own
 * factor might be beyond what the kernels take. */
static void fold_constant(struct tfl_layer *k, int c, size_t row, struct tfl_quant in,
                          struct tfl_quant out)
{
    enum { UNIT = 256, LIMIT = 1000 };
    struct nn_fixed f = tflite_fixed((double)in.scale * (double)k->scale[c] / (double)out.scale);
    int8_t *w = k->weights + (size_t)c * row;
    int64_t low = k->bias[c], high = k->bias[c];
    for (size_t i = 0; i < row; i++) {
        int64_t v = w[i] - k->weight_zero, a = v * (-128 - in.zero_point),
                b = v * (127 - in.zero_point);
        low += a < b ? a : b, high += a < b ? b : a;
    }
    if (f.shift > 0 || low < -INT32_MAX || high > INT32_MAX)
        return;
    int32_t level = nn_times((int32_t)low, f);
    if (level != nn_times((int32_t)high, f) || level > LIMIT || level < -LIMIT)
        return;
    memset(w, k->weight_zero, row);
    k->bias[c] = level * UNIT;
    k->scale[c] = out.scale / in.scale / UNIT;
}

/* Weights, biases and scales of a layer whose shapes are set. */
static bool integers(struct tfl_reader *r, const struct tfl_call *c, struct layer *l,
                     const struct layout *w, struct tfl_layer *k)
{
    int wt = fb_item(&r->f, c->in, 1), bt = c->in.n > 2 ? fb_item(&r->f, c->in, 2) : -1,
        type = tflite_type(r, wt);
    size_t oc = (size_t)w->channels, at, bias_at = 0, scales = 0,
           values = oc * (size_t)w->kernel * (size_t)w->kernel_x * (size_t)w->ic,
           all = oc * (size_t)l->kernel * (size_t)l->kernel_x * (size_t)w->ic;
    bool hybrid = type == TFL_FLOAT32 || tflite_type(r, c->x) == TFL_FLOAT32;
    if (hybrid)
        return tflite_refuse(r, c->op, c->y,
                             type == TFL_FLOAT32 ? "its weights are in floating point"
                                                 : "floating point with int8 weights (hybrid)");
    if (tflite_type(r, c->x) == TFL_INT16)
        return tflite_refuse(r, c->op, c->x, "16-bit activations are not supported");
    if (type != TFL_INT8 && type != TFL_UINT8 && type != TFL_INT4)
        return tflite_refuse(r, c->op, wt, "weights are none of int8, int4 and uint8");
    if (bt >= 0 && tflite_type(r, bt) != TFL_INT32)
        return tflite_refuse(r, c->op, bt, "biases are not int32");
    if (!tflite_constant(r, wt, type == TFL_INT4 ? (values + 1) / 2 : values, &at, c->op) ||
        (bt >= 0 && !tflite_constant(r, bt, 4 * oc, &bias_at, c->op)))
        return false;
    *k = (struct tfl_layer){.weights = malloc(all),
                            .scale = malloc(oc * sizeof *k->scale),
                            .bias = calloc(oc, sizeof *k->bias)};
    int32_t *zero = calloc(oc, sizeof *zero);
    struct tfl_quant in, out;
    bool ok = k->weights && k->scale && k->bias && zero ? true : err_nomem(r->e);
    ok = ok && tflite_scales(r, wt, w->channels, k->scale, zero, &scales, c->op) &&
         tflite_quant(r, c->x, &in, c->op) && tflite_quant(r, c->y, &out, c->op);
    for (size_t i = 0; ok && i < oc; i++) {
        if (zero[i] != zero[0])
            ok = tflite_refuse(r, c->op, wt, "its weights have several zero points");
        if (bt >= 0)
            k->bias[i] = (int32_t)fb_get(&r->f, bias_at + 4 * i, 4);
    }
    if (ok) {
        l->bias = bt >= 0;
        k->weight_zero = zero[0];
        k->per_tensor = scales == 1 && (l->op == OP_FULLY_CONNECTED || type == TFL_UINT8) &&
                        strcmp(c->op, "FULLY_CONNECTED") == 0;
        copy_weights(r, w, at, type, (int8_t)k->weight_zero, k->weights);
        bool fits;
        for (int i = 0; i < w->channels; i++)
            fold_constant(k, i, all / oc, in, out);
        k->general = needs_general(k, w->channels, all / oc, in.scale, out.scale, &fits);
        ok = fits || tflite_refuse(r, c->op, c->y, "its sums go beyond 32 bits");
    }
    free(zero);
    if (!ok)
        free(k->weights), free(k->scale), free(k->bias);
    return ok;
}

bool tflite_read_fully_connected(struct tfl_reader *r, const struct tfl_call *c)
{
    int wt = c->in.n > 1 ? fb_item(&r->f, c->in, 1) : -1;
    struct tfl_shape xs = tflite_shape(r, c->x), ws = {0};
    struct layer l = {.op = OP_FULLY_CONNECTED, .in = {LAYER_NONE, LAYER_NONE}, .kernel = 1};
    struct tfl_layer k;
    if (wt >= 0)
        ws = tflite_shape(r, wt);
    uint64_t all = tflite_values(&xs);
    if (ws.n != 2 || ws.d[0] < 1 || ws.d[1] < 1 || ws.d[0] > MAX_CHANNELS || ws.d[1] > TFL_MAX_SIDE)
        return tflite_refuse(r, c->op, c->y,
                             "expected weights of at most 8192 outputs and 32767 inputs");
    if (!all || all % (uint64_t)ws.d[1] || all / (uint64_t)ws.d[1] > TFL_MAX_SIDE)
        return tflite_refuse(r, c->op, c->y, "its weights do not fit its input");
    int rows = (int)(all / (uint64_t)ws.d[1]);
    map_input(&l, 1, rows, ws.d[1]);
    l.kernel_x = l.stride = l.stride_x = 1;
    l.out_h = 1, l.out_w = rows, l.out_c = ws.d[0];
    if (rows > 1)
        l.op = OP_POINTWISE_CONV2D;
    struct layout w = {1, 1, ws.d[1], 1, 1, false, ws.d[0]};
    return tflite_fused(r, c->options, 0, &l.act, c->op, c->y) &&
           tflite_input(r, c->x, &l.in[0], c->op) && integers(r, c, &l, &w, &k) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}

bool tflite_read_convolution(struct tfl_reader *r, const struct tfl_call *c)
{
    bool dw = !strcmp(c->op, "DEPTHWISE_CONV_2D");
    int wt = c->in.n > 1 ? fb_item(&r->f, c->in, 1) : -1, from;
    struct tfl_shape xs = tflite_shape(r, c->x), ws = {0};
    struct layer l = {.in = {LAYER_NONE, LAYER_NONE}};
    struct tfl_layer k;
    if (wt >= 0)
        ws = tflite_shape(r, wt);
    if (ws.n != 4 || xs.n != 4 || xs.d[3] < 1)
        return tflite_refuse(r, c->op, c->y, "expected a map and weights of four dimensions");
    struct layout w = {.kernel = ws.d[1],
                       .kernel_x = ws.d[2],
                       .ic = dw ? 1 : ws.d[3],
                       .dilation_x = (int)fb_number(&r->f, c->options, dw ? 5 : 4, 4, 1),
                       .dilation = (int)fb_number(&r->f, c->options, dw ? 6 : 5, 4, 1),
                       .depthwise = dw,
                       .channels = dw ? ws.d[3] : ws.d[0]};
    if (w.dilation < 1 || w.dilation_x < 1 || w.dilation > TFL_MAX_WINDOW ||
        w.dilation_x > TFL_MAX_WINDOW || w.kernel < 1 || w.kernel_x < 1 ||
        w.kernel > TFL_MAX_WINDOW || w.kernel_x > TFL_MAX_WINDOW)
        return tflite_refuse(r, c->op, wt, "expected windows and dilations of at most 127");
    if (w.channels < 1 || w.channels > MAX_CHANNELS || w.ic < 1 || xs.d[3] % w.ic ||
        w.channels % (xs.d[3] / w.ic) || (dw && ws.d[0] != 1))
        return tflite_refuse(r, c->op, wt, "its channels do not fit those of the input");
    l.kernel = dilated(w.kernel, w.dilation), l.kernel_x = dilated(w.kernel_x, w.dilation_x);
    l.stride_x = (int)fb_number(&r->f, c->options, 1, 4, 1),
    l.stride = (int)fb_number(&r->f, c->options, 2, 4, 1);
    if (!tflite_fused(r, c->options, dw ? 4 : 3, &l.act, c->op, c->y) ||
        !window(r, &l, c->x, c->y, fb_number(&r->f, c->options, 0, 1, 0) != 0, true, &from,
                c->op) ||
        !(l.out_c == w.channels ||
          tflite_refuse(r, c->op, c->y, "its shape is not what the operator makes")))
        return false;
    bool square = l.kernel == l.kernel_x && l.stride == l.stride_x && l.pad == l.pad_x;
    bool one = l.kernel == 1 && l.kernel_x == 1 && l.stride == 1 && l.stride_x == 1;
    l.groups = xs.d[3] / w.ic;
    bool each = l.groups == xs.d[3] && l.out_c == xs.d[3] && xs.d[3] > 1;
    l.op = each && square                                     ? OP_DEPTHWISE_CONV2D
           : l.groups > 1 || !square || l.kernel > MAX_KERNEL ? OP_GROUP_CONV2D
           : !one                                             ? OP_CONV2D
           : l.in_h == 1 && l.in_w == 1                       ? OP_FULLY_CONNECTED
                                                              : OP_POINTWISE_CONV2D;
    if (l.op != OP_GROUP_CONV2D)
        l.groups = 1;
    if ((uint64_t)w.channels * (uint64_t)(l.kernel * l.kernel_x) * (uint64_t)w.ic > MAX_WEIGHTS)
        return tflite_refuse(r, c->op, wt, "its dilated windows are beyond 2^26 weights");
    struct tfl_call read = *c;
    read.x = from;
    return integers(r, &read, &l, &w, &k) && tflite_append(r, &l, &k, from, -1, c->y, c->op);
}
