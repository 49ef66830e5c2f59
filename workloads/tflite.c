#include "workloads/tflite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "workloads/network_build.h"

/* Field numbers and codes: tensorflow/lite/schema/schema.fbs (key tflite-schema). */
enum { MAX_FILE = 64 << 20, MAX_ITEMS = 4096 };
enum { T_INT32 = 2, T_INT8 = 9 };
enum {
    ADD = 0, AVERAGE_POOL_2D = 1, CONV_2D = 3, DEPTHWISE_CONV_2D = 4, DEQUANTIZE = 6, FULLY_CONNECTED = 9, RESHAPE = 22,
    SOFTMAX = 25, PAD = 34, MEAN = 40, QUANTIZE = 114
};
static const struct {
    uint32_t code;
    const char *name;
} op_codes[] = {{ADD, "ADD"}, {AVERAGE_POOL_2D, "AVERAGE_POOL_2D"}, {2, "CONCATENATION"}, {CONV_2D, "CONV_2D"},
                {DEPTHWISE_CONV_2D, "DEPTHWISE_CONV_2D"}, {DEQUANTIZE, "DEQUANTIZE"}, {FULLY_CONNECTED, "FULLY_CONNECTED"},
                {14, "LOGISTIC"}, {17, "MAX_POOL_2D"}, {18, "MUL"}, {19, "RELU"}, {21, "RELU6"}, {RESHAPE, "RESHAPE"},
                {23, "RESIZE_BILINEAR"}, {SOFTMAX, "SOFTMAX"}, {27, "SVDF"}, {PAD, "PAD"}, {39, "TRANSPOSE"}, {MEAN, "MEAN"},
                {41, "SUB"}, {45, "STRIDED_SLICE"}, {65, "SLICE"}, {67, "TRANSPOSE_CONV"}, {97, "RESIZE_NEAREST_NEIGHBOR"},
                {98, "LEAKY_RELU"}, {QUANTIZE, "QUANTIZE"}, {117, "HARD_SWISH"}, {32, "CUSTOM"}};

struct file {
    const unsigned char *p;
    size_t n;
    bool bad; /* an offset led outside; what was read is 0 */
};

static uint64_t get(struct file *f, size_t at, int bytes)
{
    uint64_t v = 0;
    if (at > f->n || f->n - at < (size_t)bytes) {
        f->bad = true;
        return 0;
    }
    for (int i = 0; i < bytes; i++)
        v |= (uint64_t)f->p[at + (size_t)i] << (8 * i);
    return v;
}

/* Position of a field of the table at `table`, or 0 when it is absent. */
static size_t field(struct file *f, size_t table, int id)
{
    int64_t vtable = (int64_t)table - (int32_t)get(f, table, 4);
    if (!table || vtable < 0 || (uint64_t)vtable >= f->n) {
        f->bad = true;
        return 0;
    }
    size_t size = (size_t)get(f, (size_t)vtable, 2), slot = 4 + 2 * (size_t)id;
    size_t offset = slot + 2 <= size ? (size_t)get(f, (size_t)vtable + slot, 2) : 0;
    return offset ? table + offset : 0;
}

static int64_t number(struct file *f, size_t table, int id, int bytes, int64_t otherwise)
{
    size_t at = field(f, table, id);
    if (!at)
        return otherwise;
    uint64_t v = get(f, at, bytes);
    return bytes == 1 ? (int8_t)v : bytes == 4 ? (int32_t)v : (int64_t)v;
}

static size_t follow(struct file *f, size_t at)
{
    uint64_t to = at + get(f, at, 4);
    if (!at || to >= f->n) {
        f->bad |= at != 0;
        return 0;
    }
    return (size_t)to;
}

struct span { /* a vector: `n` items of `size` bytes from `at` */
    size_t at, n;
};

static struct span vector(struct file *f, size_t table, int id, size_t size)
{
    size_t at = follow(f, field(f, table, id));
    if (!at)
        return (struct span){0, 0};
    struct span s = {at + 4, (size_t)get(f, at, 4)};
    if (s.at > f->n || s.n > (f->n - s.at) / size) {
        f->bad = true;
        return (struct span){0, 0};
    }
    return s;
}

static size_t table_at(struct file *f, struct span s, uint64_t i)
{
    return i < s.n ? follow(f, s.at + 4 * (size_t)i) : (f->bad = true, (size_t)0);
}

static int32_t item(struct file *f, struct span s, size_t i)
{
    return i < s.n ? (int32_t)get(f, s.at + 4 * i, 4) : (f->bad = true, 0);
}

struct reader {
    struct file f;
    const char *path;
    struct err *e;
    struct build b;
    struct tflite *t;
    size_t cap;
    struct span tensors, buffers, codes;
    int *made_by;  /* [tensor] network layer that makes it, LAYER_INPUT, or LAYER_NONE */
    int *pad_of;   /* [tensor] zeros that a PAD put on its top and left; -1: it is no padded tensor */
    int *unpadded; /* [tensor] the tensor before that PAD */
};

static const char *tensor_name(struct reader *r, int t, char out[64])
{
    struct span s = vector(&r->f, table_at(&r->f, r->tensors, (uint64_t)t), 3, 1);
    size_t n = s.n < 63 ? s.n : 63;
    for (size_t i = 0; i < n; i++)
        out[i] = r->f.p[s.at + i] >= ' ' && r->f.p[s.at + i] < 127 ? (char)r->f.p[s.at + i] : '?';
    out[n] = '\0';
    return out;
}

static bool refuse(struct reader *r, const char *op, int t, const char *what)
{
    char name[64];
    return err_at(r->e, r->path, 0, "operator %s, tensor %d '%s': %s", op, t, tensor_name(r, t, name), what);
}

struct shape {
    int n, d[4];
};

static struct shape shape_of(struct reader *r, int t)
{
    struct span s = vector(&r->f, table_at(&r->f, r->tensors, (uint64_t)t), 0, 4);
    struct shape out = {.n = s.n <= 4 ? (int)s.n : -1};
    for (int i = 0; i < out.n; i++)
        out.d[i] = item(&r->f, s, (size_t)i);
    return out;
}

static int type_of(struct reader *r, int t)
{
    return (int)number(&r->f, table_at(&r->f, r->tensors, (uint64_t)t), 1, 1, 0);
}

/* Scales and zero points; one entry (per tensor) or `channels`. A channel of weights may have a negative scale: converters fold
 * batch norms with negative factors that way. */
static bool scales(struct reader *r, int t, int channels, bool weights, float *scale, int32_t *zero, const char *op)
{
    size_t q = follow(&r->f, field(&r->f, table_at(&r->f, r->tensors, (uint64_t)t), 4));
    struct span s = q ? vector(&r->f, q, 2, 4) : (struct span){0, 0}, z = q ? vector(&r->f, q, 3, 8) : (struct span){0, 0};
    if (s.n != 1 && s.n != (size_t)channels)
        return refuse(r, op, t, "has no int8 quantisation of the expected size");
    for (int c = 0; c < channels; c++) {
        uint32_t bits = (uint32_t)item(&r->f, s, s.n == 1 ? 0 : (size_t)c);
        memcpy(&scale[c], &bits, 4);
        if (!(weights ? fabsf(scale[c]) > 0 : scale[c] > 0) || !isfinite(scale[c]))
            return refuse(r, op, t, weights ? "a scale is zero or no number" : "a scale is not a positive number");
        if (z.n && zero) {
            int64_t v = (int64_t)get(&r->f, z.at + 8 * (z.n == 1 ? 0 : (size_t)c), 8);
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
    uint64_t buffer = (uint64_t)number(&r->f, table_at(&r->f, r->tensors, (uint64_t)t), 2, 4, 0);
    struct span s = vector(&r->f, table_at(&r->f, r->buffers, buffer), 0, 1);
    if (type_of(r, t) != type)
        return refuse(r, op, t, type == T_INT8 ? "weights are not int8" : "constants are not int32");
    if (s.n != bytes)
        return refuse(r, op, t, "its constants do not have the size of its shape");
    *at = s.at;
    return true;
}

/* Appends the layer and its integers (taken over). */
static bool append(struct reader *r, struct layer *l, struct tfl_layer *k, int output)
{
    char name[64];
    snprintf(l->name, sizeof l->name, "%d.%s", r->b.net->nlayers, op_name(l->op));
    int i = build_append(&r->b, l);
    struct tfl_layer *grown = i < 0 ? NULL : grow(r->t->layer, (size_t)r->t->nlayers, &r->cap, sizeof *grown);
    if (!grown) {
        free(k->weights), free(k->scale), free(k->bias);
        if (i >= 0)
            err_nomem(r->e);
        return err_at(r->e, r->path, 0, "tensor '%s' cannot be built", tensor_name(r, output, name));
    }
    r->t->layer = grown;
    r->t->layer[r->t->nlayers++] = *k;
    r->made_by[output] = i;
    return true;
}

static bool fused(struct reader *r, size_t options, int id, enum activation *act, const char *op, int t)
{
    int64_t code = options ? number(&r->f, options, id, 1, 0) : 0;
    *act = code == 1 ? ACT_RELU : code == 3 ? ACT_RELU6 : ACT_NONE;
    return code == 0 || code == 1 || code == 3 ? true : refuse(r, op, t, "its fused activation is none of RELU and RELU6");
}

/* An activation input; sees through PAD. */
static bool input_of(struct reader *r, int t, int *layer, int *pad, int *real, const char *op)
{
    if (t < 0 || (size_t)t >= r->tensors.n)
        return err_at(r->e, r->path, 0, "operator %s names tensor %d of %zu", op, t, r->tensors.n);
    *pad = r->pad_of[t];
    *real = *pad >= 0 ? r->unpadded[t] : t;
    *layer = r->made_by[*real];
    return *layer != LAYER_NONE ? true : refuse(r, op, t, "is made by no operator before it");
}

static bool convolution(struct reader *r, uint32_t code, const char *op, struct span in, int out, size_t options)
{
    bool dw = code == DEPTHWISE_CONV_2D, fc = code == FULLY_CONNECTED;
    int w = item(&r->f, in, 1), b = in.n > 2 ? item(&r->f, in, 2) : -1, from, padded, x;
    struct layer l = {.op = fc ? OP_FULLY_CONNECTED : dw ? OP_DEPTHWISE_CONV2D : OP_CONV2D, .in = {LAYER_NONE, LAYER_NONE}};
    if (!input_of(r, item(&r->f, in, 0), &from, &padded, &x, op))
        return false;
    struct shape ws = shape_of(r, w), os = shape_of(r, out), xs = shape_of(r, x);
    l.in[0] = from;
    if (!fused(r, options, fc ? 0 : dw ? 4 : 3, &l.act, op, out))
        return false;
    l.kernel = l.stride = 1;
    if (fc) {
        if (ws.n != 2)
            return refuse(r, op, w, "expected weights of two dimensions");
        l.out_c = ws.d[0];
    } else {
        int64_t sw = number(&r->f, options, 1, 4, 1), sh = number(&r->f, options, 2, 4, 1);
        int64_t dilation = number(&r->f, options, dw ? 5 : 4, 4, 1) | number(&r->f, options, dw ? 6 : 5, 4, 1);
        int64_t valid = number(&r->f, options, 0, 1, 0);
        if (ws.n != 4 || os.n != 4 || xs.n != 4 || ws.d[1] != ws.d[2] || sw != sh || sw < 1 || sw > 2 || dilation != 1)
            return refuse(r, op, w, "expected a square kernel with stride 1 or 2 and no dilation");
        l.kernel = ws.d[1], l.stride = (int)sw;
        if (l.kernel == 1 && l.stride == 1 && !dw) /* on a 1x1 map it may be the classifier */
            l.op = xs.d[1] == 1 && xs.d[2] == 1 ? OP_FULLY_CONNECTED : OP_POINTWISE_CONV2D;
        else if (l.kernel < 1 || l.kernel > MAX_KERNEL)
            return refuse(r, op, w, "expected a window of at most 11x11");
        if (dw && (ws.d[0] != 1 || ws.d[3] != xs.d[3]))
            return refuse(r, op, w, "expected a depth multiplier of 1");
        l.out_c = dw ? ws.d[3] : ws.d[0];
        l.out_h = os.d[1], l.out_w = os.d[2];
        int64_t need = (int64_t)(os.d[1] - 1) * l.stride + l.kernel - xs.d[1];
        l.pad = padded >= 0 ? padded : valid || need < 0 ? 0 : (int)(need / 2);
        if (xs.d[1] != xs.d[2] || os.d[1] != os.d[2] || need > 2 * (l.kernel - 1) || (padded >= 0 && (!valid || l.pad >= l.kernel)))
            return refuse(r, op, out, "expected square maps with the padding of SAME or of a PAD before VALID");
    }
    int ic = from < 0 ? r->b.net->in_c : r->b.net->layer[from].out_c;
    if (l.out_c < 1 || l.out_c > MAX_CHANNELS || (!dw && ws.d[fc ? 1 : 3] != ic))
        return refuse(r, op, w, "its channels do not fit those of the input");
    size_t oc = (size_t)l.out_c, row = (size_t)l.kernel * (size_t)l.kernel * (dw ? 1 : (size_t)ic), at, bias_at = 0;
    l.bias = b >= 0;
    if (!constant(r, w, T_INT8, oc * row, &at, op) || (b >= 0 && !constant(r, b, T_INT32, 4 * oc, &bias_at, op)))
        return false;
    struct tfl_layer k = {.weights = malloc(oc * row), .scale = malloc(oc * sizeof *k.scale), .bias = calloc(oc, sizeof *k.bias)};
    int32_t *zero = calloc(oc, sizeof *zero);
    bool ok = k.weights && k.scale && k.bias && zero ? true : err_nomem(r->e);
    ok = ok && scales(r, w, l.out_c, true, k.scale, zero, op) && activation_quant(r, out, &k.out, op);
    for (size_t c = 0; ok && c < oc; c++) {
        if (zero[c])
            ok = refuse(r, op, w, "its weights are not symmetric");
        if (b >= 0)
            k.bias[c] = (int32_t)get(&r->f, bias_at + 4 * c, 4);
        for (size_t j = 0; j < row; j++) /* depthwise weights come as [3][3][channel] */
            k.weights[c * row + j] = (int8_t)r->f.p[at + (dw ? j * oc + c : c * row + j)];
    }
    free(zero);
    if (!ok) {
        free(k.weights), free(k.scale), free(k.bias);
        return false;
    }
    return append(r, &l, &k, out);
}

static bool element_add(struct reader *r, struct span in, int out, size_t options)
{
    struct layer l = {.op = OP_ADD};
    struct tfl_layer k = {0};
    int pad, real;
    for (int i = 0; i < 2; i++)
        if (!input_of(r, item(&r->f, in, (size_t)i), &l.in[i], &pad, &real, "ADD"))
            return false;
    if (!fused(r, options, 0, &l.act, "ADD", out) || !activation_quant(r, out, &k.out, "ADD"))
        return false;
    if (l.act == ACT_RELU6 || (l.act == ACT_RELU && k.out.zero_point != -128))
        return refuse(r, "ADD", out, "its fused activation clamps inside the range of int8");
    l.act = ACT_NONE; /* a zero point of -128 is the ReLU */
    return append(r, &l, &k, out);
}

static bool global_pool(struct reader *r, uint32_t code, const char *op, struct span in, int out, size_t options)
{
    struct layer l = {.op = OP_GLOBAL_AVG_POOL, .in = {LAYER_NONE, LAYER_NONE}};
    struct tfl_layer k = {0};
    int pad, x;
    if (!input_of(r, item(&r->f, in, 0), &l.in[0], &pad, &x, op))
        return false;
    struct shape xs = shape_of(r, x), os = shape_of(r, out);
    int64_t outputs = 1;
    for (int i = 0; i < os.n; i++)
        outputs *= os.d[i];
    if (xs.n != 4 || outputs != xs.d[3])
        return refuse(r, op, out, "only an average over the whole map is supported");
    if (code == AVERAGE_POOL_2D && (number(&r->f, options, 3, 4, 0) != xs.d[2] || number(&r->f, options, 4, 4, 0) != xs.d[1]))
        return refuse(r, op, out, "only an average over the whole map is supported");
    return activation_quant(r, out, &k.out, op) && append(r, &l, &k, out);
}

static bool pad_operator(struct reader *r, struct span in, int out)
{
    int from, pad, x, t = item(&r->f, in, 1);
    size_t at;
    if (!input_of(r, item(&r->f, in, 0), &from, &pad, &x, "PAD") || !constant(r, t, T_INT32, 32, &at, "PAD"))
        return false;
    int32_t p[8];
    for (int i = 0; i < 8; i++)
        p[i] = (int32_t)get(&r->f, at + 4 * (size_t)i, 4);
    if (pad >= 0 || p[0] || p[1] || p[6] || p[7] || p[2] != p[4] || p[2] < 0 || p[2] >= MAX_KERNEL || p[3] != p[5] || p[3] < 0 ||
        p[3] >= MAX_KERNEL)
        return refuse(r, "PAD", out, "only as many rows as columns around the map, fewer than a window has, before a convolution");
    r->pad_of[out] = p[2];
    r->unpadded[out] = x;
    return true;
}

static bool operator_at(struct reader *r, size_t table, bool last)
{
    struct file *f = &r->f;
    struct span in = vector(f, table, 1, 4), outs = vector(f, table, 2, 4);
    size_t code_table = table_at(f, r->codes, (uint64_t)number(f, table, 0, 4, 0)), options = follow(f, field(f, table, 4));
    uint32_t old = (uint32_t)number(f, code_table, 0, 1, 0) & 255, code = (uint32_t)number(f, code_table, 3, 4, 0);
    code = code > old ? code : old; /* files before and after codes beyond 127 */
    char text[24];
    const char *op = text;
    snprintf(text, sizeof text, "code %u", (unsigned)code);
    for (size_t i = 0; i < sizeof op_codes / sizeof *op_codes; i++)
        if (op_codes[i].code == code)
            op = op_codes[i].name;
    int out = item(f, outs, 0), x = item(f, in, 0), from, pad, real;
    if (f->bad || outs.n != 1 || out < 0 || (size_t)out >= r->tensors.n)
        return err_at(r->e, r->path, 0, "operator %s: its inputs and outputs are damaged", op);
    switch (code) {
    case CONV_2D:
    case DEPTHWISE_CONV_2D:
    case FULLY_CONNECTED:
        return convolution(r, code, op, in, out, options);
    case ADD:
        return element_add(r, in, out, options);
    case AVERAGE_POOL_2D:
    case MEAN:
        return global_pool(r, code, op, in, out, options);
    case PAD:
        return pad_operator(r, in, out);
    case QUANTIZE:
        if (r->b.net->nlayers) /* in the middle it would change the scale */
            return refuse(r, op, out, "only at the input is it supported");
        r->made_by[out] = LAYER_INPUT;
        return activation_quant(r, out, &r->t->input, op);
    case RESHAPE:
        if (!input_of(r, x, &from, &pad, &real, op))
            return false;
        if (pad >= 0 || from < 0 || r->b.net->layer[from].out_h != 1 || r->b.net->layer[from].out_w != 1)
            return refuse(r, op, out, "only of a 1x1 map is it supported");
        r->made_by[out] = from;
        return true;
    case SOFTMAX:
    case DEQUANTIZE:
        if (!input_of(r, x, &from, &pad, &real, op))
            return false;
        if (!last && code == SOFTMAX)
            return refuse(r, op, out, "only at the output is it supported");
        r->made_by[out] = from;
        return true;
    default:
        return refuse(r, op, out, "is not supported");
    }
}

static bool read_model(struct reader *r)
{
    struct file *f = &r->f;
    if (f->n < 8 || memcmp(f->p + 4, "TFL3", 4))
        return err_at(r->e, r->path, 0, "not a TensorFlow Lite file: no TFL3 at byte 4");
    size_t model = follow(f, 0) ? follow(f, 0) : (size_t)get(f, 0, 4);
    struct span graphs = vector(f, model, 2, 4);
    r->codes = vector(f, model, 1, 4);
    r->buffers = vector(f, model, 4, 4);
    if (f->bad || graphs.n != 1)
        return err_at(r->e, r->path, 0, "%zu subgraphs, expected 1", graphs.n);
    size_t graph = table_at(f, graphs, 0);
    struct span inputs = vector(f, graph, 1, 4), outputs = vector(f, graph, 2, 4), ops = vector(f, graph, 3, 4);
    r->tensors = vector(f, graph, 0, 4);
    if (f->bad || inputs.n != 1 || outputs.n != 1 || r->tensors.n > MAX_ITEMS || ops.n > MAX_ITEMS || !ops.n)
        return err_at(r->e, r->path, 0, "expected one input, one output and at most %d operators and tensors", MAX_ITEMS);
    size_t n = r->tensors.n ? r->tensors.n : 1;
    r->made_by = malloc(n * sizeof *r->made_by);
    r->pad_of = malloc(n * sizeof *r->pad_of);
    r->unpadded = calloc(n, sizeof *r->unpadded);
    if (!r->made_by || !r->pad_of || !r->unpadded)
        return err_nomem(r->e);
    for (size_t i = 0; i < n; i++)
        r->made_by[i] = LAYER_NONE, r->pad_of[i] = -1;
    int input = item(f, inputs, 0), output = item(f, outputs, 0);
    if (f->bad || input < 0 || (size_t)input >= r->tensors.n || output < 0 || (size_t)output >= r->tensors.n)
        return err_at(r->e, r->path, 0, "its input or output is no tensor");
    struct shape s = shape_of(r, input);
    if (s.n != 4 || s.d[0] != 1 || s.d[1] != s.d[2] || s.d[1] < 8 || s.d[1] > 1024 || s.d[3] < 1 || s.d[3] > 64)
        return refuse(r, "input", input, "expected one square image of 8 to 1024 pixels and 1 to 64 channels");
    r->b.net->in_h = r->b.net->in_w = s.d[1];
    r->b.net->in_c = s.d[3];
    r->made_by[input] = LAYER_INPUT;
    if (type_of(r, input) == T_INT8 && !activation_quant(r, input, &r->t->input, "input"))
        return false;
    for (size_t i = 0; i < ops.n; i++)
        if (!operator_at(r, table_at(f, ops, i), i == ops.n - 1))
            return false;
    if (f->bad)
        return err_at(r->e, r->path, 0, "an offset leads outside the file");
    struct network *net = r->b.net;
    if (!net->nlayers || r->made_by[output] != net->nlayers - 1 || net->layer[net->nlayers - 1].op != OP_FULLY_CONNECTED)
        return refuse(r, "output", output, "the network must end in FULLY_CONNECTED");
    if (!(r->t->input.scale > 0))
        return refuse(r, "input", input, "is not int8, nor is a QUANTIZE the first operator");
    net->classes = net->layer[net->nlayers - 1].out_c;
    return true;
}

struct network *tflite_parse(const char *path, const void *bytes, size_t n, struct err *e)
{
    struct reader r = {.f = {.p = bytes, .n = n}, .path = path, .e = e, .t = calloc(1, sizeof *r.t)};
    struct network *net = calloc(1, sizeof *net);
    bool ok = r.t && net ? true : err_nomem(e);
    if (ok) {
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        r.b = (struct build){.net = net, .width = 1, .path = path, .e = e};
        snprintf(net->name, sizeof net->name, "%.*s", (int)strcspn(name, "."), name);
        net->width = 1;
        net->tflite = r.t;
        sha256_hex(bytes, n, r.t->sha256);
        ok = read_model(&r);
    } else {
        free(r.t);
    }
    free(r.made_by), free(r.pad_of), free(r.unpadded);
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
