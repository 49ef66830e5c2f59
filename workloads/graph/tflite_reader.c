#include "workloads/graph/tflite_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "workloads/firmware/nn.h"

/* ---- tensors ---- */

static size_t tensor(struct tfl_reader *r, int t)
{
    return fb_table(&r->f, r->tensors, (uint64_t)t);
}

const char *tflite_name(struct tfl_reader *r, int t, char out[64])
{
    struct fb_span s = t < 0 ? (struct fb_span){0, 0} : fb_vector(&r->f, tensor(r, t), 3, 1);
    size_t n = s.n < 63 ? s.n : 63;
    for (size_t i = 0; i < n; i++)
        out[i] = r->f.p[s.at + i] >= ' ' && r->f.p[s.at + i] < 127 ? (char)r->f.p[s.at + i] : '?';
    out[n] = '\0';
    return out;
}

bool tflite_refuse(struct tfl_reader *r, const char *op, int t, const char *what)
{
    char name[64];
    for (int i = 0; i < r->nreasons; i++)
        if (!strcmp(r->reason[i].op, op) && !strcmp(r->reason[i].what, what)) {
            r->reason[i].count++;
            return false;
        }
    if (r->nreasons == sizeof r->reason / sizeof *r->reason) {
        r->more++;
        return false;
    }
    struct tfl_reason *n = &r->reason[r->nreasons++];
    *n = (struct tfl_reason){.op = op, .what = what, .count = 1};
    snprintf(n->text, sizeof n->text, "operator %s, tensor %d '%s'", op, t,
             tflite_name(r, t, name));
    return false;
}

struct tfl_shape tflite_shape(struct tfl_reader *r, int t)
{
    struct fb_span s = fb_vector(&r->f, tensor(r, t), 0, 4);
    struct tfl_shape out = {.n = s.n <= TFL_DIMS ? (int)s.n : -1};
    for (int i = 0; i < out.n; i++)
        out.d[i] = fb_item(&r->f, s, (size_t)i);
    return out;
}

uint64_t tflite_values(const struct tfl_shape *s)
{
    uint64_t n = s->n >= 0;
    for (int i = 0; i < s->n; i++)
        n = s->d[i] > 0 && n <= UINT32_MAX ? n * (uint64_t)s->d[i] : 0;
    return n <= UINT32_MAX / 8 ? n : 0;
}

int tflite_type(struct tfl_reader *r, int t)
{
    return (int)fb_number(&r->f, tensor(r, t), 1, 1, 0);
}

bool tflite_map(struct tfl_reader *r, int t, int *h, int *w, int *c, const char *op)
{
    struct tfl_shape s = tflite_shape(r, t);
    uint64_t all = tflite_values(&s), side[3] = {1, 1, 1};
    int from = s.n > 1 && s.d[0] == 1 ? 1 : 0, n = s.n - from;
    if (!all)
        return tflite_refuse(r, op, t, "has no shape of at most 6 dimensions and 2^29 values");
    for (int i = 0; i < n; i++)
        side[i >= n - 2 ? 3 - (n - i) : 0] *= (uint64_t)s.d[from + i];
    for (int i = 0; i < 3; i++)
        if (side[i] > TFL_MAX_SIDE)
            return tflite_refuse(r, op, t, "a side is longer than 32767");
    *h = (int)side[0], *w = (int)side[1], *c = (int)side[2];
    return true;
}

bool tflite_scales(struct tfl_reader *r, int t, int channels, float *scale, int32_t *zero,
                   size_t *count, const char *op)
{
    size_t q = fb_follow(&r->f, fb_field(&r->f, tensor(r, t), 4));
    struct fb_span s = q ? fb_vector(&r->f, q, 2, 4) : (struct fb_span){0, 0},
                   z = q ? fb_vector(&r->f, q, 3, 8) : (struct fb_span){0, 0};
    int less = tflite_type(r, t) == TFL_UINT8 ? 128 : 0;
    if (s.n != 1 && s.n != (size_t)channels)
        return tflite_refuse(r, op, t,
                             s.n ? "has not one scale, nor one for each channel"
                                 : "is not quantised: it has no scale");
    if (count)
        *count = s.n;
    for (int c = 0; c < channels; c++) {
        uint32_t bits = (uint32_t)fb_item(&r->f, s, s.n == 1 ? 0 : (size_t)c);
        memcpy(&scale[c], &bits, 4);
        /* Converters fold batch norms with negative factors into negative scales of channels. */
        if (!(fabsf(scale[c]) > 0) || !isfinite(scale[c]) || (channels == 1 && scale[c] < 0))
            return tflite_refuse(r, op, t, "a scale is zero, negative or no number");
        int64_t v =
            z.n ? (int64_t)fb_get(&r->f, z.at + 8 * (z.n == s.n ? (size_t)c % s.n : 0), 8) : 0;
        if (v < -128 + less || v > 127 + less)
            return tflite_refuse(r, op, t, "a zero point is outside of its type");
        zero[c] = (int32_t)(v - less);
    }
    return true;
}

bool tflite_quant(struct tfl_reader *r, int t, struct tfl_quant *q, const char *op)
{
    *q = (struct tfl_quant){0};
    int type = tflite_type(r, t);
    if (type != TFL_INT8 && type != TFL_UINT8)
        return tflite_refuse(r, op, t,
                             type == TFL_INT16     ? "16-bit activations are not supported"
                             : type == TFL_FLOAT32 ? "is in floating point, expected int8"
                                                   : "is not int8");
    return tflite_scales(r, t, 1, &q->scale, &q->zero_point, NULL, op);
}

static struct fb_span bytes_of(struct tfl_reader *r, int t)
{
    uint64_t buffer = (uint64_t)fb_number(&r->f, tensor(r, t), 2, 4, 0);
    return fb_vector(&r->f, fb_table(&r->f, r->buffers, buffer), 0, 1);
}

bool tflite_is_constant(struct tfl_reader *r, int t)
{
    return t >= 0 && (size_t)t < r->tensors.n && bytes_of(r, t).n > 0;
}

bool tflite_constant(struct tfl_reader *r, int t, size_t bytes, size_t *at, const char *op)
{
    struct fb_span s = bytes_of(r, t);
    if (s.n != bytes || !bytes)
        return tflite_refuse(
            r, op, t, s.n ? "its constants do not have the size of its shape" : "is not constant");
    *at = s.at;
    return true;
}

bool tflite_ints(struct tfl_reader *r, int t, int32_t *v, size_t most, size_t *n, const char *op)
{
    struct tfl_shape s = tflite_shape(r, t);
    uint64_t values = tflite_values(&s);
    size_t at = 0;
    if (tflite_type(r, t) != TFL_INT32 || !values || values > most)
        return tflite_refuse(r, op, t, "is not a few constants of int32");
    if (!tflite_constant(r, t, 4 * (size_t)values, &at, op))
        return false;
    for (size_t i = 0; i < values; i++)
        v[i] = (int32_t)fb_get(&r->f, at + 4 * i, 4);
    *n = (size_t)values;
    return true;
}

/* ---- layers ---- */

static void integers_free(struct tfl_layer *k)
{
    free(k->weights), free(k->scale), free(k->bias);
}

bool tflite_append_inner(struct tfl_reader *r, struct layer *l, struct tfl_layer *k, int *made)
{
    snprintf(l->name, sizeof l->name, "%d.%s", r->b.net->nlayers, op_name(l->op));
    int i = network_build_append(&r->b, l);
    struct tfl_layer *grown =
        i < 0 ? NULL : buf_grow(r->t->layer, (size_t)r->t->nlayers, &r->cap, sizeof *grown);
    if (!grown) {
        integers_free(k);
        if (i >= 0)
            err_nomem(r->e);
        return false;
    }
    r->t->layer = grown;
    r->t->layer[r->t->nlayers++] = *k;
    *made = i;
    return true;
}

static uint64_t made_values(const struct tfl_reader *r, int by)
{
    const struct network *net = r->b.net;
    return by >= 0 ? net->layer[by].out_bytes
                   : (uint64_t)net->in_h * (uint64_t)net->in_w * (uint64_t)net->in_c;
}

/* Does the box stay within a map of so many values? */
static bool inside(const struct layer_box *b, int map, uint64_t values)
{
    int64_t low = b->first[map], high = low;
    for (int i = 0; i < 4; i++) {
        int64_t span = (int64_t)(b->n[i] - 1) * b->step[map][i];
        if (b->n[i] < 1)
            return false;
        low += span < 0 ? span : 0;
        high += span < 0 ? 0 : span;
    }
    return low >= 0 && high >= 0 && (uint64_t)high < values;
}

/* A file states the shape of every tensor. What reads a map by it must find as many values there as
 * the layer before makes. `values`: of the output. */
static bool reads_what_is_there(struct tfl_reader *r, const struct layer *l, int x, int x1,
                                uint64_t values)
{
    const int from[2] = {x, x1};
    bool part_of_input = l->in[0] == LAYER_INPUT && r->t->nin > 1;
    for (int i = 0; i < 2 && !part_of_input; i++) {
        struct tfl_shape s = tflite_shape(r, from[i] < 0 ? x : from[i]);
        if (l->in[i] != LAYER_NONE && tflite_values(&s) != made_values(r, l->in[i]))
            return false;
    }
    uint64_t first = made_values(r, l->in[0]);
    if (l->op == OP_MOVE)
        return inside(&l->box, 0, first) && inside(&l->box, 1, values);
    if (l->op == OP_COMBINE)
        return inside(&l->box, 0, first) &&
               inside(&l->box, 1, l->operand ? l->operand : made_values(r, l->in[1]));
    if (l->op == OP_REDUCE)
        return inside(&l->box, 0, first) && (uint64_t)l->box.n[0] * (uint64_t)l->box.n[1] == values;
    return true;
}

bool tflite_append(struct tfl_reader *r, struct layer *l, struct tfl_layer *k, int x, int x1, int y,
                   const char *op)
{
    int i;
    struct tfl_shape s = tflite_shape(r, y);
    if (!reads_what_is_there(r, l, x, x1, tflite_values(&s))) {
        integers_free(k);
        return tflite_refuse(r, op, y, "its shapes do not fit the maps that it reads");
    }
    if (!tflite_quant(r, y, &k->out, op) || !tflite_quant(r, x, &k->in[0], op) ||
        (x1 >= 0 && !tflite_quant(r, x1, &k->in[1], op))) {
        integers_free(k);
        return false;
    }
    if (!tflite_append_inner(r, l, k, &i))
        return false;
    if (tflite_values(&s) != l->out_bytes)
        return tflite_refuse(r, op, y, "its shape is not what the operator makes");
    r->made[y].by = i;
    return true;
}

/* What a PAD that was left to its readers makes, as a map of its own. */
static bool pad_now(struct tfl_reader *r, int t)
{
    struct tfl_made *m = &r->made[t];
    struct layer l = {.op = OP_MOVE, .in = {LAYER_NONE, LAYER_NONE}, .fill = true};
    struct tfl_layer k = {0};
    int x = m->unpadded;
    if (!tflite_input(r, x, &l.in[0], "PAD") ||
        !tflite_map(r, x, &l.in_h, &l.in_w, &l.in_c, "PAD") ||
        !tflite_map(r, t, &l.out_h, &l.out_w, &l.out_c, "PAD"))
        return false;
    l.box = (struct layer_box){{1, 1, l.in_h, l.in_w * l.in_c},
                               {{0, 0, l.in_w * l.in_c, 1}, {0, 0, l.out_w * l.out_c, 1}},
                               {0, (m->before[0] * l.out_w + m->before[1]) * l.out_c}};
    m->unpadded = -1;
    return tflite_append(r, &l, &k, x, -1, t, "PAD");
}

bool tflite_input(struct tfl_reader *r, int t, int *layer, const char *op)
{
    if (t < 0 || (size_t)t >= r->tensors.n)
        return err_at(r->e, r->path, 0, "operator %s names tensor %d of %zu", op, t, r->tensors.n);
    const struct tfl_made *m = &r->made[t];
    if (m->refused)
        return false;
    if (m->unpadded >= 0 && !pad_now(r, t))
        return false;
    *layer = m->by;
    return m->by != LAYER_NONE
               ? true
               : tflite_refuse(r, op, t,
                               tflite_is_constant(r, t) ? "is constant, expected a map"
                                                        : "is made by no operator before it");
}

bool tflite_fused(struct tfl_reader *r, size_t options, int id, enum activation *act,
                  const char *op, int t)
{
    static const enum activation known[] = {ACT_NONE, ACT_RELU, ACT_RELU1, ACT_RELU6};
    int64_t code = options ? fb_number(&r->f, options, id, 1, 0) : 0;
    *act = code >= 0 && code < 4 ? known[code] : ACT_NONE;
    return code >= 0 && code < 4
               ? true
               : tflite_refuse(r, op, t, "its fused activation is no clamp of ReLU's kind");
}

bool tflite_clamp_after(struct tfl_reader *r, enum activation act, int y, const char *op)
{
    struct layer l = {.op = OP_TABLE, .in = {r->made[y].by, LAYER_NONE}, .act = act};
    struct tfl_layer k = {0};
    return act == ACT_NONE || tflite_append(r, &l, &k, y, -1, y, op);
}

bool tflite_box(struct layer_box *b, int n, const int *d, const int *step0, const int *step1)
{
    int size[2 * TFL_DIMS], s0[2 * TFL_DIMS], s1[2 * TFL_DIMS], m = 0;
    for (int i = 0; i < n; i++) {
        if (d[i] == 1)
            continue;
        if (m && s0[m - 1] == step0[i] * d[i] && s1[m - 1] == step1[i] * d[i])
            size[m - 1] *= d[i], s0[m - 1] = step0[i], s1[m - 1] = step1[i];
        else
            size[m] = d[i], s0[m] = step0[i], s1[m] = step1[i], m++;
    }
    for (int i = 0; i < 4; i++) {
        int from = i - (4 - m);
        b->n[i] = from < 0 ? 1 : size[from < m ? from : 0];
        b->step[0][i] = from < 0 ? 0 : s0[from];
        b->step[1][i] = from < 0 ? 0 : s1[from];
    }
    if (m == 0)
        b->step[0][3] = b->step[1][3] = 1;
    return m <= 4;
}
