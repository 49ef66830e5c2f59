/* Operators of .tflite files that move, combine and reduce values. */
#include <stdlib.h>
#include <string.h>

#include "workloads/firmware/nn.h"
#include "workloads/graph/tflite_reader.h"

static const struct layer no_inputs = {.in = {LAYER_NONE, LAYER_NONE}};

/* Steps of the dimensions of a dense tensor. */
static void steps_of(const struct tfl_shape *s, int *step)
{
    for (int i = s->n - 1, size = 1; i >= 0; i--) {
        step[i] = size;
        size *= s->d[i];
    }
}

static bool maps(struct tfl_reader *r, const struct tfl_call *c, struct layer *l)
{
    return tflite_map(r, c->x, &l->in_h, &l->in_w, &l->in_c, c->op) &&
           tflite_map(r, c->y, &l->out_h, &l->out_w, &l->out_c, c->op);
}

/* Copies the box from x to tensor y, dense. */
static bool move(struct tfl_reader *r, const struct tfl_call *c, int y, const struct tfl_shape *os,
                 const int *step, int first)
{
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    struct tfl_call one = *c;
    int dense[TFL_DIMS];
    one.y = y;
    l.op = OP_MOVE;
    steps_of(os, dense);
    if (!tflite_values(os))
        return tflite_refuse(r, c->op, y, "makes no values");
    if (!tflite_box(&l.box, os->n, os->d, step, dense))
        return tflite_refuse(r, c->op, y, "moves values in more than four dimensions");
    l.box.first[0] = first;
    return tflite_input(r, c->x, &l.in[0], c->op) && maps(r, &one, &l) &&
           tflite_append(r, &l, &k, c->x, -1, y, c->op);
}

/* ---- other names ---- */

static bool renamed(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x), os = tflite_shape(r, c->y);
    int from;
    if (!tflite_values(&xs) || tflite_values(&xs) != tflite_values(&os))
        return tflite_refuse(r, c->op, c->y, "has another number of values than its input");
    if (!tflite_input(r, c->x, &from, c->op))
        return false;
    r->made[c->y].by = from;
    return true;
}

bool tflite_read_reshape(struct tfl_reader *r, const struct tfl_call *c)
{
    r->made[c->y].bytes_of = r->made[c->x].bytes_of == c->x ? c->y : r->made[c->x].bytes_of;
    return renamed(r, c);
}

bool tflite_read_dequantize(struct tfl_reader *r, const struct tfl_call *c)
{
    if (tflite_is_constant(r, c->x))
        return tflite_refuse(r, c->op, c->y, "of weights: the network is in floating point");
    r->made[c->y].bytes_of = r->made[c->x].bytes_of;
    return renamed(r, c);
}

bool tflite_read_quantize(struct tfl_reader *r, const struct tfl_call *c)
{
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    if (tflite_type(r, c->x) == TFL_FLOAT32) {
        if (tflite_type(r, r->made[c->x].bytes_of) != TFL_FLOAT32 ||
            r->made[c->x].by != LAYER_INPUT)
            return tflite_refuse(r, c->op, c->y, "of values in floating point inside the network");
        for (int i = 0; r->t->nin == 1 && i < 1; i++)
            if (!tflite_quant(r, c->y, &r->t->in[i].quant, c->op))
                return false;
        return renamed(r, c);
    }
    l.op = OP_TABLE;
    return tflite_input(r, c->x, &l.in[0], c->op) && maps(r, c, &l) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}

/* ---- functions of one value ---- */

bool tflite_read_table(struct tfl_reader *r, const struct tfl_call *c)
{
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    l.op = OP_TABLE;
    l.act = (enum activation)c->detail;
    if (l.act == ACT_LEAKY_RELU) {
        size_t at = fb_field(&r->f, c->options, 0);
        uint32_t bits = at ? (uint32_t)fb_get(&r->f, at, 4) : 0;
        memcpy(&l.alpha, &bits, 4);
        if (!(l.alpha > -1e4f && l.alpha < 1e4f))
            return tflite_refuse(r, c->op, c->y, "its factor is out of range");
    }
    return tflite_input(r, c->x, &l.in[0], c->op) && maps(r, c, &l) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}

bool tflite_read_softmax(struct tfl_reader *r, const struct tfl_call *c)
{
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    struct tfl_quant q;
    size_t at = c->options ? fb_field(&r->f, c->options, 0) : 0;
    uint32_t bits = at ? (uint32_t)fb_get(&r->f, at, 4) : 0;
    l.op = OP_SOFTMAX;
    memcpy(&l.alpha, &bits, 4);
    if (!(l.alpha > 0 && l.alpha < 1e4f))
        return tflite_refuse(r, c->op, c->y, "its beta is out of range");
    if (!tflite_input(r, c->x, &l.in[0], c->op) || !tflite_quant(r, c->y, &q, c->op) ||
        !maps(r, c, &l))
        return false;
    if (q.zero_point != -128)
        return tflite_refuse(r, c->op, c->y, "expected outputs in 256ths from -128 on");
    if (l.in_c > NN_SOFTMAX_MOST)
        return tflite_refuse(r, c->op, c->y, "expected rows of at most 4095 values");
    return tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}

/* ---- two maps ---- */

/* Steps of a tensor along the dimensions of the output, aligned at the last; 0 where it is
 * repeated. */
static bool broadcast(const struct tfl_shape *s, const struct tfl_shape *os, int *step)
{
    int own[TFL_DIMS], more = os->n - s->n;
    steps_of(s, own);
    for (int i = 0; i < os->n; i++) {
        int d = i < more ? 1 : s->d[i - more];
        if (d != os->d[i] && d != 1)
            return false;
        step[i] = d == 1 ? 0 : own[i - more];
    }
    return more >= 0;
}

static int fused_field(const char *op)
{
    return !strcmp(op, "ADD") || !strcmp(op, "SUB") || !strcmp(op, "MUL") ? 0 : -1;
}

static bool combine(struct tfl_reader *r, const struct tfl_call *c, struct layer *l,
                    struct tfl_layer *k, int a, int b)
{
    struct tfl_shape as = tflite_shape(r, a), bs = tflite_shape(r, b), os = tflite_shape(r, c->y);
    int step[2][TFL_DIMS], h, w, channels;
    bool constant = tflite_is_constant(r, b);
    if (!tflite_values(&as) || !tflite_values(&bs) || !tflite_values(&os) ||
        !broadcast(&as, &os, step[0]) || !broadcast(&bs, &os, step[1]))
        return tflite_refuse(r, c->op, c->y, "its inputs do not have its shape, nor repeat to it");
    if (!tflite_box(&l->box, os.n, os.d, step[0], step[1]))
        return tflite_refuse(r, c->op, c->y, "repeats its inputs in more than four dimensions");
    if (!tflite_map(r, a, &l->in_h, &l->in_w, &l->in_c, c->op) ||
        !tflite_map(r, b, &h, &w, &channels, c->op) ||
        !tflite_map(r, c->y, &l->out_h, &l->out_w, &l->out_c, c->op) ||
        !tflite_input(r, a, &l->in[0], c->op) ||
        (!constant && !tflite_input(r, b, &l->in[1], c->op)))
        return false;
    if (constant) {
        size_t at;
        struct tfl_quant q;
        l->operand = tflite_values(&bs);
        if (!tflite_quant(r, b, &q, c->op) ||
            !tflite_constant(r, b, (size_t)l->operand, &at, c->op))
            return false;
        int less = tflite_type(r, b) == TFL_UINT8 ? 128 : 0;
        k->operand = q;
        k->weights = malloc((size_t)l->operand);
        if (!k->weights)
            return err_nomem(r->e);
        for (size_t i = 0; i < l->operand; i++)
            k->weights[i] = less ? (int8_t)(r->f.p[at + i] - less) : (int8_t)r->f.p[at + i];
    }
    return tflite_append(r, l, k, a, constant ? -1 : b, c->y, c->op);
}

bool tflite_read_combination(struct tfl_reader *r, const struct tfl_call *c)
{
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    int a = c->x, b = c->in.n > 1 ? fb_item(&r->f, c->in, 1) : -1, field = fused_field(c->op);
    l.op = OP_COMBINE;
    l.kind = c->detail;
    if (b < 0)
        return tflite_refuse(r, c->op, c->y, "has no second input");
    if (tflite_is_constant(r, a)) {
        int t = a;
        a = b, b = t;
        if (l.kind == NN_PRELU)
            return tflite_refuse(r, c->op, c->y, "of a constant is not supported");
        l.kind = l.kind == NN_SUBTRACT ? NN_SUBTRACT_FROM : l.kind;
    }
    if ((l.kind == NN_LARGER || l.kind == NN_SMALLER)) {
        struct tfl_quant qa, qb, qo;
        if (!tflite_quant(r, a, &qa, c->op) || !tflite_quant(r, b, &qb, c->op) ||
            !tflite_quant(r, c->y, &qo, c->op))
            return false;
        if (qa.zero_point != qo.zero_point || qb.zero_point != qo.zero_point ||
            memcmp(&qa.scale, &qo.scale, 4) != 0 || memcmp(&qb.scale, &qo.scale, 4) != 0)
            return tflite_refuse(r, c->op, c->y,
                                 "expected one scale for both inputs and the output");
    }
    return (field < 0 || tflite_fused(r, c->options, field, &l.act, c->op, c->y)) &&
           combine(r, c, &l, &k, a, b);
}

/* ---- parts ---- */

bool tflite_read_transpose(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x), os = tflite_shape(r, c->y);
    int32_t order[TFL_DIMS];
    size_t n = 0;
    int own[TFL_DIMS], step[TFL_DIMS];
    if (c->in.n != 2 || !tflite_ints(r, fb_item(&r->f, c->in, 1), order, TFL_DIMS, &n, c->op))
        return c->in.n == 2 ? false : tflite_refuse(r, c->op, c->y, "has no order");
    if (!tflite_values(&xs) || xs.n != os.n || (size_t)xs.n != n)
        return tflite_refuse(r, c->op, c->y, "its order does not fit its input");
    steps_of(&xs, own);
    unsigned seen = 0;
    for (int i = 0; i < xs.n; i++) {
        int from = order[i] < 0 ? order[i] + xs.n : order[i];
        if (from < 0 || from >= xs.n || seen >> from & 1 || os.d[i] != xs.d[from])
            return tflite_refuse(r, c->op, c->y, "its order does not fit its input");
        seen |= 1u << from;
        step[i] = own[from];
    }
    return move(r, c, c->y, &os, step, 0);
}

/* From `begin` on, every `by` values of each dimension, as many as the output has. */
static bool part(struct tfl_reader *r, const struct tfl_call *c, int y, struct tfl_shape os,
                 const struct tfl_shape *xs, const int64_t *begin, const int64_t *by)
{
    int own[TFL_DIMS], step[TFL_DIMS];
    int64_t first = 0;
    steps_of(xs, own);
    if (os.n != xs->n || !tflite_values(&os))
        return tflite_refuse(r, c->op, y, "its shape does not fit the part");
    for (int i = 0; i < xs->n; i++) {
        int64_t last = begin[i] + by[i] * (os.d[i] - 1);
        if (begin[i] < 0 || begin[i] >= xs->d[i] || last < 0 || last >= xs->d[i])
            return tflite_refuse(r, c->op, y, "the part leads outside of the input");
        step[i] = (int)(own[i] * by[i]);
        first += own[i] * begin[i];
    }
    return move(r, c, y, &os, step, (int)first);
}

bool tflite_read_slice(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x), os = tflite_shape(r, c->y);
    int32_t b[TFL_DIMS];
    int64_t begin[TFL_DIMS], by[TFL_DIMS];
    size_t n = 0;
    if (c->in.n != 3 || !tflite_values(&xs))
        return tflite_refuse(r, c->op, c->y, "has no range");
    if (!tflite_ints(r, fb_item(&r->f, c->in, 1), b, TFL_DIMS, &n, c->op))
        return false;
    if (n != (size_t)xs.n)
        return tflite_refuse(r, c->op, c->y, "its range does not fit its input");
    for (size_t i = 0; i < n; i++)
        begin[i] = b[i], by[i] = 1;
    return part(r, c, c->y, os, &xs, begin, by);
}

bool tflite_read_strided_slice(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x), os = tflite_shape(r, c->y), full = xs;
    int32_t b[TFL_DIMS], e[TFL_DIMS], s[TFL_DIMS];
    int64_t begin[TFL_DIMS], by[TFL_DIMS];
    size_t n = 0, m = 0, k = 0;
    if (c->in.n != 4 || !tflite_values(&xs))
        return tflite_refuse(r, c->op, c->y, "has no range");
    if (!tflite_ints(r, fb_item(&r->f, c->in, 1), b, TFL_DIMS, &n, c->op) ||
        !tflite_ints(r, fb_item(&r->f, c->in, 2), e, TFL_DIMS, &m, c->op) ||
        !tflite_ints(r, fb_item(&r->f, c->in, 3), s, TFL_DIMS, &k, c->op))
        return false;
    int64_t begins = fb_number(&r->f, c->options, 0, 4, 0),
            ends = fb_number(&r->f, c->options, 1, 4, 0),
            drop = fb_number(&r->f, c->options, 4, 4, 0);
    if (n != m || n != k || n > (size_t)xs.n || fb_number(&r->f, c->options, 2, 4, 0) ||
        fb_number(&r->f, c->options, 3, 4, 0))
        return tflite_refuse(r, c->op, c->y, "its range has new or left-out dimensions");
    uint64_t all = 1;
    for (int i = 0; i < xs.n; i++) {
        begin[i] = 0, by[i] = 1;
        if ((size_t)i < n) {
            int64_t d = xs.d[i], step = s[i], first = b[i] < 0 ? b[i] + d : b[i],
                    end = e[i] < 0 ? e[i] + d : e[i];
            if (step == 0)
                return tflite_refuse(r, c->op, c->y, "a step is 0");
            first = first < 0 ? 0 : first >= d ? (step < 0 ? d - 1 : d) : first;
            end = end < -1 ? -1 : end > d ? d : end;
            if (begins >> i & 1)
                first = step < 0 ? d - 1 : 0;
            if (ends >> i & 1)
                end = step < 0 ? -1 : d;
            int64_t count =
                step > 0 ? (end - first + step - 1) / step : (first - end - step - 1) / -step;
            if (drop >> i & 1)
                count = 1;
            begin[i] = first, by[i] = step;
            full.d[i] = count > 0 && count <= d ? (int)count : 0;
        }
        all *= (uint64_t)full.d[i];
    }
    if (!all || all != tflite_values(&os))
        return tflite_refuse(r, c->op, c->y, "its shape does not fit the part");
    return part(r, c, c->y, full, &xs, begin, by);
}

bool tflite_read_split(struct tfl_reader *r, const struct tfl_call *c)
{
    /* SPLIT has the dimension first, SPLIT_V last. */
    struct tfl_call one = *c;
    int axis_at = c->detail ? 2 : 0;
    int32_t axis;
    size_t n = 0;
    int64_t begin[TFL_DIMS] = {0}, by[TFL_DIMS] = {1, 1, 1, 1, 1, 1};
    if (c->in.n != (c->detail ? 3u : 2u))
        return tflite_refuse(r, c->op, c->y, "has no dimension");
    one.x = fb_item(&r->f, c->in, c->detail ? 0 : 1);
    if (!tflite_ints(r, fb_item(&r->f, c->in, (size_t)axis_at), &axis, 1, &n, c->op))
        return false;
    if (one.x < 0)
        return tflite_refuse(r, c->op, c->y, "has no input");
    struct tfl_shape xs = tflite_shape(r, one.x);
    axis += axis < 0 ? xs.n : 0;
    if (!tflite_values(&xs) || axis < 0 || axis >= xs.n)
        return tflite_refuse(r, c->op, c->y, "its dimension does not exist");
    for (size_t i = 0; i < c->out.n; i++) {
        int y = fb_item(&r->f, c->out, i);
        struct tfl_shape os = tflite_shape(r, y);
        if (os.n != xs.n || !part(r, &one, y, os, &xs, begin, by))
            return os.n == xs.n ? false : tflite_refuse(r, c->op, y, "has another shape");
        begin[axis] += os.d[axis];
    }
    return true;
}

bool tflite_read_unpack(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x);
    int64_t axis = fb_number(&r->f, c->options, 1, 4, 0);
    int64_t begin[TFL_DIMS] = {0}, by[TFL_DIMS] = {1, 1, 1, 1, 1, 1};
    axis += axis < 0 ? xs.n : 0;
    if (!tflite_values(&xs) || axis < 0 || axis >= xs.n || (size_t)xs.d[axis] != c->out.n)
        return tflite_refuse(r, c->op, c->y, "its dimension does not exist");
    struct tfl_shape one = xs;
    one.d[axis] = 1;
    for (size_t i = 0; i < c->out.n; i++, begin[axis]++)
        if (!part(r, c, fb_item(&r->f, c->out, i), one, &xs, begin, by))
            return false;
    return true;
}

/* Frames of zeros are left to the convolution that reads them, where they are its padding. */
bool tflite_read_pad(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x), os = tflite_shape(r, c->y);
    int32_t p[2 * TFL_DIMS];
    size_t n = 0;
    int own[TFL_DIMS], dense[TFL_DIMS];
    if (c->in.n < 2 || !tflite_values(&xs) || !tflite_values(&os) || xs.n != os.n)
        return tflite_refuse(r, c->op, c->y, "its shape does not fit its input");
    if (!tflite_ints(r, fb_item(&r->f, c->in, 1), p, 2 * TFL_DIMS, &n, c->op))
        return false;
    bool ok = n == 2 * (size_t)xs.n, frame = xs.n == 4;
    for (int i = 0; ok && i < xs.n; i++) {
        int64_t both = (int64_t)p[2 * i] + p[2 * i + 1];
        ok = p[2 * i] >= 0 && p[2 * i + 1] >= 0 && os.d[i] - xs.d[i] == both;
        frame = frame && (i == 1 || i == 2 || both == 0);
    }
    if (!ok)
        return tflite_refuse(r, c->op, c->y, "its frame does not fit its shape");
    if (c->in.n > 2) { /* PADV2: a value of its own, which must be the real zero */
        int v = fb_item(&r->f, c->in, 2);
        struct tfl_quant q;
        size_t at;
        if (!tflite_quant(r, c->y, &q, c->op) || !tflite_constant(r, v, 1, &at, c->op))
            return false;
        int less = tflite_type(r, c->y) == TFL_UINT8 ? 128 : 0;
        int value = less ? r->f.p[at] - less : (int8_t)r->f.p[at];
        if (value != q.zero_point)
            return tflite_refuse(r, c->op, c->y, "with another value than zero is not supported");
    }
    struct tfl_made *m = &r->made[c->y];
    if (frame && xs.d[0] == 1) {
        int from;
        if (!tflite_input(r, c->x, &from, c->op))
            return false;
        m->unpadded = c->x;
        m->before[0] = p[2], m->after[0] = p[3], m->before[1] = p[4], m->after[1] = p[5];
        return true;
    }
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    l.op = OP_MOVE;
    l.fill = true;
    steps_of(&xs, own), steps_of(&os, dense);
    int first = 0;
    for (int i = 0; i < xs.n; i++)
        first += p[2 * i] * dense[i];
    if (!tflite_box(&l.box, xs.n, xs.d, own, dense))
        return tflite_refuse(r, c->op, c->y, "moves values in more than four dimensions");
    l.box.first[1] = first;
    return tflite_input(r, c->x, &l.in[0], c->op) && maps(r, c, &l) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}

/* Blocks of b x b pixels into channels (detail 1), or back. */
bool tflite_read_depth_to_space(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x), os = tflite_shape(r, c->y);
    int64_t b = fb_number(&r->f, c->options, 0, 4, 0);
    if (xs.n != 4 || os.n != 4 || xs.d[0] != 1 || !tflite_values(&xs) ||
        tflite_values(&xs) != tflite_values(&os) || b < 1 || b > 64)
        return tflite_refuse(r, c->op, c->y, "expected a map of four dimensions and a batch of 1");
    const struct tfl_shape *wide = c->detail ? &xs : &os, *deep = c->detail ? &os : &xs;
    if (wide->d[1] != deep->d[1] * b || wide->d[2] != deep->d[2] * b)
        return tflite_refuse(r, c->op, c->y, "its shape does not fit its blocks");
    int block = (int)b, ch = wide->d[3], row = wide->d[2] * ch;
    /* Dimensions of the deep map's order: rows, columns, row and column of the block, channels. */
    int d[5] = {deep->d[1], deep->d[2], block, block, ch};
    int deep_step[5] = {deep->d[2] * block * block * ch, block * block * ch, block * ch, ch, 1},
        wide_step[5] = {block * row, block * ch, row, ch, 1};
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    l.op = OP_MOVE;
    if (!tflite_box(&l.box, 5, d, c->detail ? wide_step : deep_step,
                    c->detail ? deep_step : wide_step))
        return tflite_refuse(r, c->op, c->y, "moves values in more than four dimensions");
    return tflite_input(r, c->x, &l.in[0], c->op) && maps(r, c, &l) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}

/* ---- joined ---- */

/* Two maps or more along one dimension: as channels of maps whose pixels are what comes before it.
 * */
static bool join(struct tfl_reader *r, const struct tfl_call *c, int axis)
{
    struct tfl_shape os = tflite_shape(r, c->y);
    uint64_t outer = 1, inner = 1;
    int from = LAYER_NONE, channels = 0, before = -1;
    if (!tflite_values(&os))
        return tflite_refuse(r, c->op, c->y, "has no shape");
    for (int i = 0; i < os.n; i++) {
        outer *= i < axis ? (uint64_t)os.d[i] : 1;
        inner *= i >= axis ? (uint64_t)os.d[i] : 1;
    }
    if (outer > TFL_MAX_SIDE || inner > TFL_MAX_SIDE)
        return tflite_refuse(r, c->op, c->y, "joins rows of more than 32767 values");
    struct tfl_quant q;
    if (!tflite_quant(r, c->y, &q, c->op))
        return false;
    for (size_t i = 0; i < c->in.n; i++) {
        int t = fb_item(&r->f, c->in, i), by;
        struct tfl_quant qi;
        if (t < 0)
            return tflite_refuse(r, c->op, c->y, "an input is missing");
        struct tfl_shape s = tflite_shape(r, t);
        uint64_t n = tflite_values(&s);
        if (!n || n % outer || channels + n / outer > inner)
            return tflite_refuse(r, c->op, t, "does not fit the output of the operator");
        if (!tflite_input(r, t, &by, c->op) || !tflite_quant(r, t, &qi, c->op))
            return false;
        int own = (int)(n / outer);
        if (i == 0) {
            from = by, channels = own, before = t;
            continue;
        }
        struct layer l = no_inputs;
        struct tfl_layer k = {.out = q, .in = {q, qi}};
        l.op = OP_CONCAT;
        l.in[0] = from, l.in[1] = by;
        l.in_h = 1, l.in_w = (int)outer, l.in_c = channels, l.second_c = own;
        if (i == 1 && !tflite_quant(r, before, &k.in[0], c->op))
            return false;
        if (!tflite_append_inner(r, &l, &k, &from))
            return false;
        channels += own;
    }
    if ((uint64_t)channels != inner)
        return tflite_refuse(r, c->op, c->y, "its shape is not what the operator makes");
    r->made[c->y].by = from;
    return true;
}

bool tflite_read_concatenation(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape os = tflite_shape(r, c->y);
    int64_t axis = c->options ? fb_number(&r->f, c->options, 0, 4, 0) : 0;
    enum activation act;
    axis += axis < 0 ? os.n : 0;
    if (axis < 0 || axis >= os.n || c->in.n < 2)
        return tflite_refuse(r, c->op, c->y, "expected two inputs or more and a dimension");
    return tflite_fused(r, c->options, 1, &act, c->op, c->y) && join(r, c, (int)axis) &&
           tflite_clamp_after(r, act, c->y, c->op);
}

bool tflite_read_pack(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape os = tflite_shape(r, c->y);
    int64_t axis = fb_number(&r->f, c->options, 1, 4, 0);
    axis += axis < 0 ? os.n : 0;
    if (axis < 0 || axis >= os.n)
        return tflite_refuse(r, c->op, c->y, "its dimension does not exist");
    return c->in.n == 1 ? tflite_read_reshape(r, c) : join(r, c, (int)axis);
}

/* ---- reduced, resized ---- */

bool tflite_read_reduction(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x);
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    int32_t axis[TFL_DIMS];
    size_t n = 0;
    bool gone[TFL_DIMS] = {false};
    int own[TFL_DIMS], size[2][TFL_DIMS] = {{0}}, step[2][TFL_DIMS], count[2] = {0, 0};
    l.op = OP_REDUCE;
    l.kind = c->detail;
    if (c->in.n != 2 || !tflite_values(&xs))
        return tflite_refuse(r, c->op, c->y, "has no dimensions");
    if (!tflite_ints(r, fb_item(&r->f, c->in, 1), axis, TFL_DIMS, &n, c->op))
        return false;
    for (size_t i = 0; i < n; i++) {
        int a = axis[i] < 0 ? axis[i] + xs.n : axis[i];
        if (a < 0 || a >= xs.n)
            return tflite_refuse(r, c->op, c->y, "its dimension does not exist");
        gone[a] = true;
    }
    steps_of(&xs, own);
    int last = -1;
    for (int i = 0; i < xs.n; i++) { /* neighbours of a kind are one dimension */
        int g = gone[i];
        if (xs.d[i] == 1)
            continue;
        if (last == g)
            size[g][count[g] - 1] *= xs.d[i], step[g][count[g] - 1] = own[i];
        else
            size[g][count[g]] = xs.d[i], step[g][count[g]++] = own[i];
        last = g;
    }
    if (count[0] > 2 || count[1] > 2)
        return tflite_refuse(r, c->op, c->y, "reduces dimensions that are too far apart");
    for (int g = 0; g < 2; g++)
        for (int i = 0; i < 2; i++) {
            int from = i - (2 - count[g]);
            l.box.n[2 * g + i] = from < 0 ? 1 : size[g][from];
            l.box.step[0][2 * g + i] = from < 0 ? 0 : step[g][from];
        }
    return tflite_input(r, c->x, &l.in[0], c->op) && maps(r, c, &l) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}

bool tflite_read_resize(struct tfl_reader *r, const struct tfl_call *c)
{
    struct tfl_shape xs = tflite_shape(r, c->x), os = tflite_shape(r, c->y);
    struct layer l = no_inputs;
    struct tfl_layer k = {0};
    int field = c->detail ? 0 : 2; /* the bilinear one has two fields of old before */
    l.op = OP_RESIZE;
    l.bilinear = !c->detail;
    l.corners = c->options && fb_number(&r->f, c->options, field, 1, 0) != 0;
    l.half = c->options && fb_number(&r->f, c->options, field + 1, 1, 0) != 0;
    if (xs.n != 4 || os.n != 4 || xs.d[0] != 1 || os.d[0] != 1 || xs.d[3] != os.d[3] ||
        (l.bilinear && l.corners && l.half))
        return tflite_refuse(r, c->op, c->y, "expected maps of four dimensions and a batch of 1");
    return tflite_input(r, c->x, &l.in[0], c->op) && maps(r, c, &l) &&
           tflite_append(r, &l, &k, c->x, -1, c->y, c->op);
}
