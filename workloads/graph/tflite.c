#include "workloads/graph/tflite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "workloads/graph/flatbuffer.h"
#include "workloads/graph/network_build.h"

/* Field numbers and codes: tensorflow/lite/schema/schema.fbs (key tflite-schema). */
enum { MAX_FILE = 64 << 20, MAX_ITEMS = 4096 };
enum { T_INT32 = 2, T_INT8 = 9 };
enum {
    ADD = 0,
    AVERAGE_POOL_2D = 1,
    CONCATENATION = 2,
    CONV_2D = 3,
    DEPTHWISE_CONV_2D = 4,
    DEQUANTIZE = 6,
    FULLY_CONNECTED = 9,
    LOGISTIC = 14,
    MAX_POOL_2D = 17,
    MUL = 18,
    RESHAPE = 22,
    SOFTMAX = 25,
    PAD = 34,
    MEAN = 40,
    STRIDED_SLICE = 45,
    SLICE = 65,
    QUANTIZE = 114,
    HARD_SWISH = 117
};
static const struct {
    uint32_t code;
    const char *name;
} op_codes[] = {{ADD, "ADD"},
                {AVERAGE_POOL_2D, "AVERAGE_POOL_2D"},
                {CONCATENATION, "CONCATENATION"},
                {CONV_2D, "CONV_2D"},
                {DEPTHWISE_CONV_2D, "DEPTHWISE_CONV_2D"},
                {DEQUANTIZE, "DEQUANTIZE"},
                {FULLY_CONNECTED, "FULLY_CONNECTED"},
                {LOGISTIC, "LOGISTIC"},
                {MAX_POOL_2D, "MAX_POOL_2D"},
                {MUL, "MUL"},
                {19, "RELU"},
                {21, "RELU6"},
                {RESHAPE, "RESHAPE"},
                {23, "RESIZE_BILINEAR"},
                {SOFTMAX, "SOFTMAX"},
                {27, "SVDF"},
                {PAD, "PAD"},
                {39, "TRANSPOSE"},
                {MEAN, "MEAN"},
                {41, "SUB"},
                {STRIDED_SLICE, "STRIDED_SLICE"},
                {SLICE, "SLICE"},
                {67, "TRANSPOSE_CONV"},
                {97, "RESIZE_NEAREST_NEIGHBOR"},
                {98, "LEAKY_RELU"},
                {QUANTIZE, "QUANTIZE"},
                {HARD_SWISH, "HARD_SWISH"},
                {32, "CUSTOM"}};

struct made {
    int by;                  /* network layer that makes it, LAYER_INPUT, or LAYER_NONE */
    bool direct;             /* its layer's own output, not another shape of it */
    int readers;             /* operators that read it, and the network's output */
    int unpadded;            /* -1, or the tensor that a PAD made it of... */
    int before[2], after[2]; /* ...with so many rows and columns of zeros */
};

struct reader {
    struct fb_file f;
    const char *path;
    struct err *e;
    struct build b;
    struct tflite *t;
    size_t cap;
    struct fb_span tensors, buffers, codes;
    struct made *made; /* [tensor] */
};

static const char *tensor_name(struct reader *r, int t, char out[64])
{
    struct fb_span s = fb_vector(&r->f, fb_table(&r->f, r->tensors, (uint64_t)t), 3, 1);
    size_t n = s.n < 63 ? s.n : 63;
    for (size_t i = 0; i < n; i++)
        out[i] = r->f.p[s.at + i] >= ' ' && r->f.p[s.at + i] < 127 ? (char)r->f.p[s.at + i] : '?';
    out[n] = '\0';
    return out;
}

static bool refuse(struct reader *r, const char *op, int t, const char *what)
{
    char name[64];
    return err_at(r->e, r->path, 0, "operator %s, tensor %d '%s': %s", op, t,
                  tensor_name(r, t, name), what);
}

struct shape {
    int n, d[4];
};

static struct shape shape_of(struct reader *r, int t)
{
    struct fb_span s = fb_vector(&r->f, fb_table(&r->f, r->tensors, (uint64_t)t), 0, 4);
    struct shape out = {.n = s.n <= 4 ? (int)s.n : -1};
    for (int i = 0; i < out.n; i++)
        out.d[i] = fb_item(&r->f, s, (size_t)i);
    return out;
}

/* Values of a tensor; 0 for a shape that is none or too large to be one. */
static uint64_t values_of(const struct shape *s)
{
    uint64_t n = s->n > 0;
    for (int i = 0; i < s->n; i++)
        n = s->d[i] > 0 && n <= UINT32_MAX ? n * (uint64_t)s->d[i] : 0;
    return n;
}

static int type_of(struct reader *r, int t)
{
    return (int)fb_number(&r->f, fb_table(&r->f, r->tensors, (uint64_t)t), 1, 1, 0);
}

/* Scales and zero points; one entry (per tensor) or `channels`. A channel of weights may have a
 * negative scale: converters fold batch norms with negative factors that way. */
static bool scales(struct reader *r, int t, int channels, bool weights, float *scale, int32_t *zero,
                   const char *op)
{
    size_t q = fb_follow(&r->f, fb_field(&r->f, fb_table(&r->f, r->tensors, (uint64_t)t), 4));
    struct fb_span s = q ? fb_vector(&r->f, q, 2, 4) : (struct fb_span){0, 0},
                   z = q ? fb_vector(&r->f, q, 3, 8) : (struct fb_span){0, 0};
    if (s.n != 1 && s.n != (size_t)channels)
        return refuse(r, op, t, "has no int8 quantisation of the expected size");
    for (int c = 0; c < channels; c++) {
        uint32_t bits = (uint32_t)fb_item(&r->f, s, s.n == 1 ? 0 : (size_t)c);
        memcpy(&scale[c], &bits, 4);
        if (!(weights ? fabsf(scale[c]) > 0 : scale[c] > 0) || !isfinite(scale[c]))
            return refuse(r, op, t,
                          weights ? "a scale is zero or no number"
                                  : "a scale is not a positive number");
        if (z.n && zero) {
            int64_t v = (int64_t)fb_get(&r->f, z.at + 8 * (z.n == 1 ? 0 : (size_t)c), 8);
            if (v < -128 || v > 127)
                return refuse(r, op, t, "a zero point is outside -128 to 127");
            zero[c] = (int32_t)v;
        }
    }
    return true;
}

static bool activation_quant(struct reader *r, int t, struct tfl_quant *out, const char *op)
{
    *out = (struct tfl_quant){0};
    if (type_of(r, t) != T_INT8)
        return refuse(r, op, t, "is not int8");
    return scales(r, t, 1, false, &out->scale, &out->zero_point, op);
}

/* The constant bytes of a tensor; refuses those that are not there. */
static bool constant(struct reader *r, int t, int type, size_t bytes, size_t *at, const char *op)
{
    uint64_t buffer = (uint64_t)fb_number(&r->f, fb_table(&r->f, r->tensors, (uint64_t)t), 2, 4, 0);
    struct fb_span s = fb_vector(&r->f, fb_table(&r->f, r->buffers, buffer), 0, 1);
    if (type_of(r, t) != type)
        return refuse(r, op, t,
                      type == T_INT8 ? "weights are not int8" : "constants are not int32");
    if (s.n != bytes)
        return refuse(r, op, t, "its constants do not have the size of its shape");
    *at = s.at;
    return true;
}

/* Appends the layer and its integers (taken over). */
static bool append(struct reader *r, struct layer *l, struct tfl_layer *k, int output,
                   const char *op)
{
    char name[64];
    snprintf(l->name, sizeof l->name, "%d.%s", r->b.net->nlayers, op_name(l->op));
    int i = network_build_append(&r->b, l);
    struct tfl_layer *grown =
        i < 0 ? NULL : buf_grow(r->t->layer, (size_t)r->t->nlayers, &r->cap, sizeof *grown);
    if (!grown) {
        free(k->weights), free(k->scale), free(k->bias);
        if (i >= 0)
            err_nomem(r->e);
        return err_at(r->e, r->path, 0, "tensor '%s' cannot be built",
                      tensor_name(r, output, name));
    }
    r->t->layer = grown;
    r->t->layer[r->t->nlayers++] = *k;
    r->made[output].by = i;
    r->made[output].direct = true;
    struct shape s = shape_of(r, output);
    if (s.n == 4 ? s.d[1] != l->out_h || s.d[2] != l->out_w || s.d[3] != l->out_c
                 : values_of(&s) != l->out_bytes)
        return refuse(r, op, output, "its shape is not what the operator makes");
    return true;
}

static bool fused(struct reader *r, size_t options, int id, enum activation *act, const char *op,
                  int t)
{
    int64_t code = options ? fb_number(&r->f, options, id, 1, 0) : 0;
    *act = code == 1 ? ACT_RELU : code == 3 ? ACT_RELU6 : ACT_NONE;
    return code == 0 || code == 1 || code == 3
               ? true
               : refuse(r, op, t, "its fused activation is none of RELU and RELU6");
}

/* Of operators without an output stage: only a ReLU that int8 already is. */
static bool fused_by_range(struct reader *r, size_t options, int id, const struct tfl_quant *out,
                           const char *op, int t)
{
    enum activation act;
    if (!fused(r, options, id, &act, op, t))
        return false;
    return act == ACT_NONE || (act == ACT_RELU && out->zero_point == -128) ||
           refuse(r, op, t, "its fused activation clamps inside the range of int8");
}

/* An activation input; sees through PAD (*real is the tensor before it). */
static bool padded_input(struct reader *r, int t, int *layer, int *real, const char *op)
{
    if (t < 0 || (size_t)t >= r->tensors.n)
        return err_at(r->e, r->path, 0, "operator %s names tensor %d of %zu", op, t, r->tensors.n);
    *real = r->made[t].unpadded >= 0 ? r->made[t].unpadded : t;
    *layer = r->made[*real].by;
    return *layer != LAYER_NONE ? true : refuse(r, op, t, "is made by no operator before it");
}

static bool input_of(struct reader *r, int t, int *layer, const char *op)
{
    int real = t;
    if (!padded_input(r, t, layer, &real, op))
        return false;
    return real == t ? true
                     : refuse(r, op, t, "is padded; only before a convolution is that supported");
}

/* Zeros before the first of n values that a window of k with stride s reads to give `out`; -1 when
 * no padding of the kind does. */
static int padding(int n, int k, int s, int out, bool valid, int before, int after)
{
    int64_t read = (int64_t)(out - 1) * s + k, same = read > n ? read - n : 0;
    if (valid)
        return (n + before + after - k) / s + 1 == out && n + before + after >= k && before < k
                   ? before
                   : -1;
    return (n - 1) / s + 1 == out && !before && !after ? (int)(same / 2) : -1;
}

/* The window of a convolution or pool: kernel and stride are set; padding and sizes from the
 * tensors. */
static bool window(struct reader *r, struct layer *l, int in, int real, int out, bool valid,
                   const char *op)
{
    struct shape xs = shape_of(r, real), os = shape_of(r, out);
    const struct made *m = &r->made[in];
    bool fits = xs.n == 4 && os.n == 4 && l->kernel >= 1 && l->kernel <= MAX_KERNEL &&
                l->kernel_x >= 1 && l->kernel_x <= MAX_KERNEL && l->stride >= 1 && l->stride <= 8 &&
                l->stride_x >= 1 && l->stride_x <= 8;
    for (int i = 1; fits && i < 3; i++)
        fits = xs.d[i] >= 1 && xs.d[i] <= 1024 && os.d[i] >= 1 && os.d[i] <= 1024;
    if (!fits)
        return refuse(r, op, out,
                      "expected a window of at most 11x11, strides of at most 8 and maps of at "
                      "most 1024x1024");
    l->pad = padding(xs.d[1], l->kernel, l->stride, os.d[1], valid, m->before[0], m->after[0]);
    l->pad_x =
        padding(xs.d[2], l->kernel_x, l->stride_x, os.d[2], valid, m->before[1], m->after[1]);
    l->out_h = os.d[1], l->out_w = os.d[2];
    return l->pad >= 0 && l->pad_x >= 0
               ? true
               : refuse(r, op, out,
                        "expected the padding of SAME, of VALID, or of a PAD before VALID");
}

/* A fully connected layer on a map that is not 1x1: the convolution it equals, of the window's
 * size. */
static void flattened(const struct reader *r, struct layer *l, const struct shape *ws)
{
    int from = l->in[0], h = from < 0 ? r->b.net->in_h : r->b.net->layer[from].out_h,
        w = from < 0 ? r->b.net->in_w : r->b.net->layer[from].out_w;
    int c = from < 0 ? r->b.net->in_c : r->b.net->layer[from].out_c;
    if ((h > 1 || w > 1) && h <= MAX_KERNEL && w <= MAX_KERNEL && ws->d[1] == h * w * c) {
        l->op = h == w ? OP_CONV2D : OP_GROUP_CONV2D;
        l->kernel = h, l->kernel_x = w;
        l->out_h = l->out_w = 1;
    }
}

/* Operator, window and channels of a weighted layer. *ic: input channels of one output. */
static bool weighted_shape(struct reader *r, uint32_t code, const char *op, struct fb_span in,
                           int out, size_t options, struct layer *l, int *ic)
{
    bool dw = code == DEPTHWISE_CONV_2D, fc = code == FULLY_CONNECTED;
    int x = fb_item(&r->f, in, 0), w = fb_item(&r->f, in, 1), real = x;
    if (!padded_input(r, x, &l->in[0], &real, op) || !fused(r, options,
                                                            fc   ? 0
                                                            : dw ? 4
                                                                 : 3,
                                                            &l->act, op, out))
        return false;
    struct shape ws = shape_of(r, w);
    int channels = l->in[0] < 0 ? r->b.net->in_c : r->b.net->layer[l->in[0]].out_c;
    l->kernel = l->kernel_x = l->stride = l->stride_x = l->groups = 1;
    if (fc) {
        if (ws.n != 2 || x != real)
            return refuse(r, op, w, "expected weights of two dimensions");
        l->op = OP_FULLY_CONNECTED;
        l->out_c = ws.d[0];
        *ic = channels;
        flattened(r, l, &ws);
        return ws.d[1] == l->kernel * l->kernel_x * *ic
                   ? true
                   : refuse(r, op, w, "its channels do not fit those of the input");
    }
    if (ws.n != 4 || fb_number(&r->f, options, dw ? 5 : 4, 4, 1) != 1 ||
        fb_number(&r->f, options, dw ? 6 : 5, 4, 1) != 1)
        return refuse(r, op, w, "expected weights of four dimensions and no dilation");
    l->kernel = ws.d[1], l->kernel_x = ws.d[2];
    l->stride_x = (int)fb_number(&r->f, options, 1, 4, 1),
    l->stride = (int)fb_number(&r->f, options, 2, 4, 1);
    l->out_c = dw ? ws.d[3] : ws.d[0];
    *ic = dw ? 1 : ws.d[3];
    /* all channels from one: a convolution whose weights lie transposed */
    bool single = dw && channels == 1;
    if (dw && (ws.d[0] != 1 || (ws.d[3] != channels && !single)))
        return refuse(r, op, w, "expected a depth multiplier of 1");
    if (*ic < 1 || channels % *ic || l->out_c < 1 || (!dw && l->out_c % (channels / *ic)))
        return refuse(r, op, w, "its channels do not fit those of the input");
    if (!window(r, l, x, real, out, fb_number(&r->f, options, 0, 1, 0) != 0, op))
        return false;
    bool square = l->kernel == l->kernel_x && l->stride == l->stride_x && l->pad == l->pad_x;
    bool one = l->kernel == 1 && l->kernel_x == 1 && l->stride == 1 && l->stride_x == 1;
    l->groups = channels / *ic;
    one = one && square && !dw && l->groups == 1;
    l->op = dw && square && !single    ? OP_DEPTHWISE_CONV2D
            : l->groups > 1 || !square ? OP_GROUP_CONV2D
            : !one                     ? OP_CONV2D
            : shape_of(r, real).d[1] == 1 && shape_of(r, real).d[2] == 1
                ? OP_FULLY_CONNECTED /* it may be the classifier */
                : OP_POINTWISE_CONV2D;
    if (l->op != OP_GROUP_CONV2D)
        l->groups = 1;
    return true;
}

static bool convolution(struct reader *r, uint32_t code, const char *op, struct fb_span in, int out,
                        size_t options)
{
    bool dw = code == DEPTHWISE_CONV_2D;
    int w = fb_item(&r->f, in, 1), b = in.n > 2 ? fb_item(&r->f, in, 2) : -1, ic = 0;
    struct layer l = {.in = {LAYER_NONE, LAYER_NONE}};
    if (!weighted_shape(r, code, op, in, out, options, &l, &ic))
        return false;
    if (l.out_c < 1 || l.out_c > MAX_CHANNELS)
        return refuse(r, op, w, "has more output channels than the 8192 that are supported");
    size_t oc = (size_t)l.out_c, row = (size_t)l.kernel * (size_t)l.kernel_x * (size_t)ic, at,
           bias_at = 0;
    l.bias = b >= 0;
    if (!constant(r, w, T_INT8, oc * row, &at, op) ||
        (b >= 0 && !constant(r, b, T_INT32, 4 * oc, &bias_at, op)))
        return false;
    struct tfl_layer k = {.weights = malloc(oc * row),
                          .scale = malloc(oc * sizeof *k.scale),
                          .bias = calloc(oc, sizeof *k.bias)};
    int32_t *zero = calloc(oc, sizeof *zero);
    bool ok = k.weights && k.scale && k.bias && zero ? true : err_nomem(r->e);
    ok = ok && scales(r, w, l.out_c, true, k.scale, zero, op) &&
         activation_quant(r, out, &k.out, op);
    for (size_t c = 0; ok && c < oc; c++) {
        if (zero[c])
            ok = refuse(r, op, w, "its weights are not symmetric");
        if (b >= 0)
            k.bias[c] = (int32_t)fb_get(&r->f, bias_at + 4 * c, 4);
        for (size_t j = 0; j < row; j++) /* depthwise weights come as [row][column][channel] */
            k.weights[c * row + j] = (int8_t)r->f.p[at + (dw ? j * oc + c : c * row + j)];
    }
    free(zero);
    if (!ok) {
        free(k.weights), free(k.scale), free(k.bias);
        return false;
    }
    return append(r, &l, &k, out, op);
}

static bool same_quant(struct reader *r, int a, int out, struct tfl_quant *q, const char *op)
{
    struct tfl_quant x;
    if (!activation_quant(r, a, &x, op) || !activation_quant(r, out, q, op))
        return false;
    bool same = !(x.scale < q->scale) && !(x.scale > q->scale) && x.zero_point == q->zero_point;
    return same ? true : refuse(r, op, out, "its scale is not that of its input");
}

static bool max_pool(struct reader *r, struct fb_span in, int out, size_t options)
{
    struct layer l = {.op = OP_MAX_POOL, .in = {LAYER_NONE, LAYER_NONE}};
    struct tfl_layer k = {0};
    int x = fb_item(&r->f, in, 0);
    if (!input_of(r, x, &l.in[0], "MAX_POOL_2D") || !same_quant(r, x, out, &k.out, "MAX_POOL_2D"))
        return false;
    l.stride_x = (int)fb_number(&r->f, options, 1, 4, 0),
    l.stride = (int)fb_number(&r->f, options, 2, 4, 0);
    l.kernel_x = (int)fb_number(&r->f, options, 3, 4, 0),
    l.kernel = (int)fb_number(&r->f, options, 4, 4, 0);
    if (l.kernel != l.kernel_x || l.stride != l.stride_x)
        return refuse(r, "MAX_POOL_2D", out, "expected a square window");
    return fused_by_range(r, options, 5, &k.out, "MAX_POOL_2D", out) &&
           window(r, &l, x, x, out, fb_number(&r->f, options, 0, 1, 0) != 0, "MAX_POOL_2D") &&
           append(r, &l, &k, out, "MAX_POOL_2D");
}

/* Channels of two maps or more, one after the other. */
static bool concatenation(struct reader *r, struct fb_span in, int out, size_t options)
{
    struct layer l = {.op = OP_CONCAT};
    struct tfl_layer k = {0};
    int64_t axis = options ? fb_number(&r->f, options, 0, 4, 0) : 0;
    int from = LAYER_NONE, channels = 0;
    if (in.n < 2 || shape_of(r, out).n != 4 || (axis != 3 && axis != -1))
        return refuse(r, "CONCATENATION", out,
                      "only of the channels of two maps or more is it supported");
    if (!activation_quant(r, out, &k.out, "CONCATENATION") ||
        !fused_by_range(r, options, 1, &k.out, "CONCATENATION", out) ||
        !input_of(r, fb_item(&r->f, in, 0), &from, "CONCATENATION"))
        return false;
    struct shape os = shape_of(r, out);
    for (size_t i = 1; i < in.n; i++) {
        l = (struct layer){.op = OP_CONCAT, .in = {from, LAYER_NONE}};
        struct tfl_layer part = k;
        if (!input_of(r, fb_item(&r->f, in, i), &l.in[1], "CONCATENATION"))
            return false;
        if (i + 1 == in.n)
            return append(r, &l, &part, out, "CONCATENATION");
        snprintf(l.name, sizeof l.name, "%d.concat", r->b.net->nlayers);
        from = network_build_append(&r->b, &l);
        struct tfl_layer *grown =
            from < 0 ? NULL : buf_grow(r->t->layer, (size_t)r->t->nlayers, &r->cap, sizeof *grown);
        if (!grown)
            return from < 0 ? false : err_nomem(r->e);
        r->t->layer = grown;
        r->t->layer[r->t->nlayers++] = part;
        channels = l.out_c;
        if (channels > os.d[3])
            break;
    }
    return refuse(r, "CONCATENATION", out, "its shape is not what the operator makes");
}

/* A factor for each channel: squeeze and excitation. */
static bool multiply(struct reader *r, struct fb_span in, int out, size_t options)
{
    struct layer l = {.op = OP_SCALE, .groups = 1};
    struct tfl_layer k = {0};
    int t[2] = {fb_item(&r->f, in, 0), fb_item(&r->f, in, 1)};
    struct shape s = shape_of(r, t[0]);
    int map = s.n == 4 && s.d[1] == 1 && s.d[2] == 1 ? 1 : 0;
    for (int i = 0; i < 2; i++)
        if (!input_of(r, t[i == 0 ? map : !map], &l.in[i], "MUL"))
            return false;
    int c = l.in[0] < 0 ? r->b.net->in_c : r->b.net->layer[l.in[0]].out_c;
    if (l.in[1] < 0 || r->b.net->layer[l.in[1]].out_h != 1 || r->b.net->layer[l.in[1]].out_w != 1 ||
        r->b.net->layer[l.in[1]].out_c != c)
        return refuse(r, "MUL", out,
                      "only of a map with one factor for each channel is it supported");
    return activation_quant(r, out, &k.out, "MUL") &&
           fused_by_range(r, options, 0, &k.out, "MUL", out) && append(r, &l, &k, out, "MUL");
}

/* HARD_SWISH and LOGISTIC become the activation of the convolution before them. */
static bool activation(struct reader *r, struct fb_span in, int out, enum activation act,
                       const char *op)
{
    int x = fb_item(&r->f, in, 0), i;
    if (!input_of(r, x, &i, op))
        return false;
    struct layer *l = i < 0 ? NULL : &r->b.net->layer[i];
    if (!l || !r->t->layer[i].weights || l->act != ACT_NONE || !r->made[x].direct ||
        r->made[x].readers != 1)
        return refuse(r, op, out,
                      "only behind a convolution that nothing else reads is it supported");
    l->act = act;
    r->t->layer[i].before = r->t->layer[i].out;
    r->made[out].by = i;
    r->made[out].direct = true;
    return activation_quant(r, out, &r->t->layer[i].out, op);
}

/* A range of channels. */
static bool slice(struct reader *r, uint32_t code, const char *op, struct fb_span in, int out,
                  size_t options)
{
    bool strided = code == STRIDED_SLICE;
    struct layer l = {.op = OP_SLICE, .in = {LAYER_NONE, LAYER_NONE}};
    struct tfl_layer k = {0};
    int x = fb_item(&r->f, in, 0);
    size_t begin, end, step = 0;
    if (!input_of(r, x, &l.in[0], op) || !same_quant(r, x, out, &k.out, op) ||
        !constant(r, fb_item(&r->f, in, 1), T_INT32, 16, &begin, op) ||
        !constant(r, fb_item(&r->f, in, 2), T_INT32, 16, &end, op) ||
        (strided && !constant(r, fb_item(&r->f, in, 3), T_INT32, 16, &step, op)))
        return false;
    struct shape xs = shape_of(r, x), os = shape_of(r, out);
    int64_t begins = strided ? fb_number(&r->f, options, 0, 4, 0) : 0,
            ends = strided ? fb_number(&r->f, options, 1, 4, 0) : 0;
    bool ok = xs.n == 4 && os.n == 4;
    for (int i = 2; strided && i < 5; i++)
        ok = ok && fb_number(&r->f, options, i, 4, 0) == 0;
    for (int i = 0; ok && i < 4; i++) {
        int64_t b = begins >> i & 1 ? 0 : (int32_t)fb_get(&r->f, begin + 4 * (size_t)i, 4),
                n = (int32_t)fb_get(&r->f, end + 4 * (size_t)i, 4);
        b += strided && b < 0 ? xs.d[i] : 0;
        if (strided) {
            n = (ends >> i & 1 ? xs.d[i] : n < 0 ? n + xs.d[i] : n) - b;
            ok = ok && (int32_t)fb_get(&r->f, step + 4 * (size_t)i, 4) == 1;
        } else if (n == -1) {
            n = xs.d[i] - b;
        }
        ok = ok && b >= 0 && n >= 1 && n <= xs.d[i] && b <= xs.d[i] - n && (i == 3 || n == xs.d[i]);
        l.first = (int)b;
        l.out_c = (int)n;
    }
    return ok ? append(r, &l, &k, out, op)
              : refuse(r, op, out, "only a range of channels is supported");
}

static bool element_add(struct reader *r, struct fb_span in, int out, size_t options)
{
    struct layer l = {.op = OP_ADD};
    struct tfl_layer k = {0};
    for (int i = 0; i < 2; i++)
        if (!input_of(r, fb_item(&r->f, in, (size_t)i), &l.in[i], "ADD"))
            return false;
    return activation_quant(r, out, &k.out, "ADD") &&
           fused_by_range(r, options, 0, &k.out, "ADD", out) && append(r, &l, &k, out, "ADD");
}

static bool global_pool(struct reader *r, uint32_t code, const char *op, struct fb_span in, int out,
                        size_t options)
{
    struct layer l = {.op = OP_GLOBAL_AVG_POOL, .in = {LAYER_NONE, LAYER_NONE}};
    struct tfl_layer k = {0};
    int x = fb_item(&r->f, in, 0);
    if (!input_of(r, x, &l.in[0], op))
        return false;
    struct shape xs = shape_of(r, x), os = shape_of(r, out);
    if (xs.n != 4 || xs.d[3] < 1 || values_of(&os) != (uint64_t)xs.d[3])
        return refuse(r, op, out, "only an average over the whole map is supported");
    if (code == AVERAGE_POOL_2D && (fb_number(&r->f, options, 3, 4, 0) != xs.d[2] ||
                                    fb_number(&r->f, options, 4, 4, 0) != xs.d[1]))
        return refuse(r, op, out, "only an average over the whole map is supported");
    return activation_quant(r, out, &k.out, op) && append(r, &l, &k, out, op);
}

static bool pad_operator(struct reader *r, struct fb_span in, int out)
{
    int from, x = fb_item(&r->f, in, 0);
    size_t at;
    if (!input_of(r, x, &from, "PAD") ||
        !constant(r, fb_item(&r->f, in, 1), T_INT32, 32, &at, "PAD"))
        return false;
    int32_t p[8];
    bool ok = true;
    for (int i = 0; i < 8; i++) {
        p[i] = (int32_t)fb_get(&r->f, at + 4 * (size_t)i, 4);
        ok = ok && p[i] >= 0 && p[i] < (i < 2 || i > 5 ? 1 : MAX_KERNEL);
    }
    if (!ok)
        return refuse(r, "PAD", out,
                      "only of rows and columns, fewer than 11, before a convolution");
    r->made[out] =
        (struct made){LAYER_NONE, false, r->made[out].readers, x, {p[2], p[4]}, {p[3], p[5]}};
    return true;
}

static bool operator_at(struct reader *r, size_t table, bool last)
{
    struct fb_file *f = &r->f;
    struct fb_span in = fb_vector(f, table, 1, 4), outs = fb_vector(f, table, 2, 4);
    size_t code_table = fb_table(f, r->codes, (uint64_t)fb_number(f, table, 0, 4, 0)),
           options = fb_follow(f, fb_field(f, table, 4));
    uint32_t old = (uint32_t)fb_number(f, code_table, 0, 1, 0) & 255,
             code = (uint32_t)fb_number(f, code_table, 3, 4, 0);
    code = code > old ? code : old; /* files before and after codes beyond 127 */
    char text[24];
    const char *op = text;
    snprintf(text, sizeof text, "code %u", (unsigned)code);
    for (size_t i = 0; i < sizeof op_codes / sizeof *op_codes; i++)
        if (op_codes[i].code == code)
            op = op_codes[i].name;
    int out = fb_item(f, outs, 0), x = fb_item(f, in, 0), from;
    if (f->bad || outs.n != 1 || out < 0 || (size_t)out >= r->tensors.n)
        return err_at(r->e, r->path, 0, "operator %s: its inputs and outputs are damaged", op);
    switch (code) {
    case CONV_2D:
    case DEPTHWISE_CONV_2D:
    case FULLY_CONNECTED: return convolution(r, code, op, in, out, options);
    case ADD: return element_add(r, in, out, options);
    case AVERAGE_POOL_2D:
    case MEAN: return global_pool(r, code, op, in, out, options);
    case PAD: return pad_operator(r, in, out);
    case MAX_POOL_2D: return max_pool(r, in, out, options);
    case CONCATENATION: return concatenation(r, in, out, options);
    case MUL: return multiply(r, in, out, options);
    case HARD_SWISH: return activation(r, in, out, ACT_HSWISH, op);
    case SLICE:
    case STRIDED_SLICE: return slice(r, code, op, in, out, options);
    case QUANTIZE:
        if (r->b.net->nlayers) /* in the middle it would change the scale */
            return refuse(r, op, out, "only at the input is it supported");
        r->made[out].by = LAYER_INPUT;
        return activation_quant(r, out, &r->t->input, op);
    case RESHAPE:
        if (!input_of(r, x, &from, op))
            return false;
        if (shape_of(r, out).n != 2 &&
            (from < 0 || r->b.net->layer[from].out_h != 1 || r->b.net->layer[from].out_w != 1))
            return refuse(r, op, out, "only of a 1x1 map, or to two dimensions, is it supported");
        r->made[out].by = from;
        return true;
    case LOGISTIC:
        if (!last)
            return activation(r, in, out, ACT_SIGMOID, op);
        /* fall through */
    case SOFTMAX:
    case DEQUANTIZE:
        if (!input_of(r, x, &from, op))
            return false;
        if (!last && code == SOFTMAX)
            return refuse(r, op, out, "only at the output is it supported");
        r->made[out].by = from;
        return true;
    default: return refuse(r, op, out, "is not supported");
    }
}

static bool read_model(struct reader *r)
{
    struct fb_file *f = &r->f;
    if (f->n < 8 || memcmp(f->p + 4, "TFL3", 4))
        return err_at(r->e, r->path, 0, "not a TensorFlow Lite file: no TFL3 at byte 4");
    size_t model = fb_follow(f, 0) ? fb_follow(f, 0) : (size_t)fb_get(f, 0, 4);
    struct fb_span graphs = fb_vector(f, model, 2, 4);
    r->codes = fb_vector(f, model, 1, 4);
    r->buffers = fb_vector(f, model, 4, 4);
    if (f->bad || graphs.n != 1)
        return err_at(r->e, r->path, 0, "%zu subgraphs, expected 1", graphs.n);
    size_t graph = fb_table(f, graphs, 0);
    struct fb_span inputs = fb_vector(f, graph, 1, 4), outputs = fb_vector(f, graph, 2, 4),
                   ops = fb_vector(f, graph, 3, 4);
    r->tensors = fb_vector(f, graph, 0, 4);
    if (f->bad || inputs.n != 1 || outputs.n != 1 || r->tensors.n > MAX_ITEMS ||
        ops.n > MAX_ITEMS || !ops.n)
        return err_at(r->e, r->path, 0,
                      "expected one input, one output and at most %d operators and tensors",
                      MAX_ITEMS);
    size_t n = r->tensors.n ? r->tensors.n : 1;
    r->made = malloc(n * sizeof *r->made);
    if (!r->made)
        return err_nomem(r->e);
    for (size_t i = 0; i < n; i++)
        r->made[i] = (struct made){.by = LAYER_NONE, .unpadded = -1};
    for (size_t i = 0; i < ops.n; i++) {
        struct fb_span in = fb_vector(f, fb_table(f, ops, i), 1, 4);
        for (size_t j = 0; j < in.n; j++) {
            int32_t t = fb_item(f, in, j);
            if (t >= 0 && (size_t)t < n)
                r->made[t].readers++;
        }
    }
    int input = fb_item(f, inputs, 0), output = fb_item(f, outputs, 0);
    if (f->bad || input < 0 || (size_t)input >= r->tensors.n || output < 0 ||
        (size_t)output >= r->tensors.n)
        return err_at(r->e, r->path, 0, "its input or output is no tensor");
    struct shape s = shape_of(r, input);
    if (s.n != 4 || s.d[0] != 1 || s.d[1] != s.d[2] || s.d[1] < 8 || s.d[1] > 1024 || s.d[3] < 1 ||
        s.d[3] > 64)
        return refuse(r, "input", input,
                      "expected one square image of 8 to 1024 pixels and 1 to 64 channels");
    r->b.net->in_h = r->b.net->in_w = s.d[1];
    r->b.net->in_c = s.d[3];
    r->made[input].by = LAYER_INPUT;
    r->made[output].readers++;
    if (type_of(r, input) == T_INT8 && !activation_quant(r, input, &r->t->input, "input"))
        return false;
    for (size_t i = 0; i < ops.n; i++)
        if (!operator_at(r, fb_table(f, ops, i), i == ops.n - 1))
            return false;
    if (f->bad)
        return err_at(r->e, r->path, 0, "an offset leads outside the file");
    struct network *net = r->b.net;
    const struct layer *end = net->nlayers ? &net->layer[net->nlayers - 1] : NULL;
    if (!end || r->made[output].by != net->nlayers - 1 || end->out_h != 1 || end->out_w != 1)
        return refuse(r, "output", output, "the network must end in a value for each class");
    if (!(r->t->input.scale > 0))
        return refuse(r, "input", input, "is not int8, nor is a QUANTIZE the first operator");
    net->classes = net->layer[net->nlayers - 1].out_c;
    return true;
}

struct network *tflite_parse(const char *path, const void *bytes, size_t n, struct err *e)
{
    struct reader r = {
        .f = {.p = bytes, .n = n}, .path = path, .e = e, .t = calloc(1, sizeof *r.t)};
    struct network *net = calloc(1, sizeof *net);
    bool ok = r.t && net ? true : err_nomem(e);
    if (ok) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        r.b = (struct build){.net = net, .width = 1, .path = path, .e = e};
        snprintf(net->name, sizeof net->name, "%.*s", (int)strcspn(name, "."), name);
        net->width = 1;
        net->tflite = r.t;
        data_sha256(bytes, n, r.t->sha256);
        ok = read_model(&r);
    } else {
        free(r.t);
    }
    free(r.made);
    if (!ok) {
        if (r.f.bad)
            err_at(e, path, 0, "damaged: an offset leads outside the file");
        network_free(net);
        return NULL;
    }
    return net;
}

struct network *tflite_load(const char *path, struct err *e)
{
    struct buf b = {0};
    struct network *n = NULL;
    if (buf_read_file(&b, path, MAX_FILE, e))
        n = tflite_parse(path, buf_text(&b), b.len, e);
    buf_free(&b);
    return n;
}
