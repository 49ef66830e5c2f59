#include "workloads/kernels/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "workloads/kernels/kernel.h"

enum { HEAD = 12, WORDS = 19, LUT = 256 };

bool program_serves(const struct network *n, struct err *e)
{
    return (!n->detector && !n->tflite) ||
           err_set(e, ERR_INPUT, "%s: a program for an accelerator is a classifier's, not a %s's",
                   n->name, n->detector ? "detector" : ".tflite file");
}

static uint32_t shapes_sum(const struct network *n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        const int32_t v[] = {(int32_t)l->op, l->in[0], l->in[1], l->in_h,  l->in_w,
                             l->in_c,        l->out_h, l->out_w, l->out_c, (int32_t)l->act};
        uint8_t bytes[4 * sizeof v / sizeof *v];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)((uint32_t)v[k / 4] >> 8 * (k % 4));
        sum = crc32_more(sum, bytes, sizeof bytes);
    }
    return sum;
}

/* Entries that a layer's mult, off and bias have, when it has them. */
static size_t channels_of(const struct network *n, int layer)
{
    const struct layer *l = &n->layer[layer];
    bool one = kernel_class(kernel_of(n, layer))->tables == KERNEL_TABLES_LAYER ||
               l->op == OP_SCALE; /* whose kernel has them in its descriptor */
    return one ? 1 : (size_t)l->out_c;
}

/* ---- writing ---- */

static void put(struct buf *b, uint32_t v)
{
    const char bytes[4] = {(char)v, (char)(v >> 8), (char)(v >> 16), (char)(v >> 24)};
    buf_add(b, bytes, 4);
}

static void put_words(struct buf *b, const int32_t *v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        put(b, (uint32_t)v[i]);
}

static void put_weights(struct buf *b, const struct qlayer *l, int wbits)
{
    if (wbits == 8) {
        buf_add(b, l->weights, l->nweights);
        return;
    }
    for (size_t i = 0; i < l->nweights; i += 2) {
        int high = i + 1 < l->nweights ? l->weights[i + 1] : 0;
        const char byte = (char)((l->weights[i] >> 4 & 15) | (high >> 4 & 15) << 4);
        buf_add(b, &byte, 1);
    }
}

bool program_write(const struct qmodel *q, struct buf *out, struct err *e)
{
    const struct network *n = q->net;
    if (!program_serves(n, e))
        return false;
    buf_add(out, "TNP1", 4);
    put(out, shapes_sum(n));
    put(out, (uint32_t)n->nlayers | (uint32_t)q->wbits << 16);
    for (int i = 0; i < n->nlayers; i++) {
        const struct qlayer *l = &q->layer[i];
        size_t c = channels_of(n, i);
        const int32_t head[WORDS] = {l->in[0].zero_point,
                                     l->in[1].zero_point,
                                     l->out.zero_point,
                                     l->shift,
                                     l->relu,
                                     l->act_min,
                                     l->act_max,
                                     l->part[0].mult,
                                     l->part[0].off,
                                     l->part[0].shift,
                                     l->part[1].mult,
                                     l->part[1].off,
                                     l->part[1].shift,
                                     l->base[0],
                                     l->base[1],
                                     l->base[2],
                                     l->base[3],
                                     l->mult ? (int32_t)c : 0,
                                     l->bias ? (int32_t)c : 0};
        put_words(out, head, WORDS);
        put_words(out, l->mult, c);
        put_words(out, l->mult ? l->off : NULL, c);
        put_words(out, l->bias, c);
        put(out, (uint32_t)l->nweights);
        put(out, l->lut ? LUT : 0);
        put(out, l->in_zero ? (uint32_t)n->layer[i].in_c : 0);
        put_weights(out, l, q->wbits);
        if (l->lut)
            buf_add(out, l->lut, LUT);
        if (l->in_zero)
            buf_add(out, l->in_zero, (size_t)n->layer[i].in_c);
        buf_add(out, "\0\0\0", (4 - out->len % 4) % 4);
    }
    return !out->failed || err_nomem(e);
}

uint64_t program_most(const struct network *n)
{
    uint64_t most = HEAD;
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        most +=
            4 * (WORDS + 3) + 12 * (uint64_t)l->out_c + l->weights + LUT + (uint64_t)l->in_c + 3;
    }
    return most;
}

/* ---- reading ---- */

struct input {
    const uint8_t *at;
    size_t left;
};

static bool get(struct input *in, int32_t *v, size_t n)
{
    if (in->left / 4 < n)
        return false;
    for (size_t i = 0; i < n; i++, in->at += 4, in->left -= 4)
        v[i] = (int32_t)(in->at[0] | (uint32_t)in->at[1] << 8 | (uint32_t)in->at[2] << 16 |
                         (uint32_t)in->at[3] << 24);
    return true;
}

/* A table of n words, or none. */
static bool get_table(struct input *in, int32_t **v, size_t n)
{
    *v = n ? calloc(n, sizeof **v) : NULL;
    return !n || (*v && get(in, *v, n));
}

static bool get_bytes(struct input *in, int8_t **v, size_t n)
{
    *v = n && n <= in->left ? malloc(n) : NULL;
    if (!*v)
        return !n;
    memcpy(*v, in->at, n);
    in->at += n;
    in->left -= n;
    return true;
}

static bool get_weights(struct input *in, struct qlayer *l, int wbits)
{
    int8_t *packed;
    if (wbits == 8)
        return get_bytes(in, &l->weights, l->nweights);
    if (!get_bytes(in, &packed, (l->nweights + 1) / 2))
        return false;
    l->weights = l->nweights ? malloc(l->nweights) : NULL;
    for (size_t i = 0; l->weights && i < l->nweights; i++)
        l->weights[i] = (int8_t)(i % 2 ? packed[i / 2] & 0xf0 : packed[i / 2] << 4);
    free(packed);
    return !l->nweights || l->weights;
}

/* The shifts and kinds that the kernels take without looking. */
static bool sensible(const struct qlayer *l)
{
    bool ok = l->shift >= 0 && l->shift < 32 && l->relu >= -1 && l->relu < 8;
    for (int k = 0; k < 2; k++)
        ok = ok && l->part[k].shift >= 0 && l->part[k].shift < 32;
    return ok;
}

static bool get_layer(struct input *in, const struct network *n, int i, struct qlayer *l, int wbits)
{
    int32_t h[WORDS], length[3];
    int32_t channels = (int32_t)channels_of(n, i), inputs = n->layer[i].in_c;
    if (!get(in, h, WORDS) || (h[17] && h[17] != channels) || (h[18] && h[18] != channels))
        return false;
    l->in[0].zero_point = h[0], l->in[1].zero_point = h[1], l->out.zero_point = h[2];
    l->shift = h[3], l->relu = h[4], l->act_min = h[5], l->act_max = h[6];
    for (int k = 0; k < 2; k++) {
        l->part[k].mult = h[7 + 3 * k];
        l->part[k].off = h[8 + 3 * k];
        l->part[k].shift = h[9 + 3 * k];
    }
    for (int k = 0; k < 4; k++)
        l->base[k] = (int16_t)h[13 + k];
    if (!sensible(l) || !get_table(in, &l->mult, (size_t)h[17]) ||
        !get_table(in, &l->off, (size_t)h[17]) || !get_table(in, &l->bias, (size_t)h[18]) ||
        !get(in, length, 3))
        return false;
    if ((uint32_t)length[0] != n->layer[i].weights || (length[1] && length[1] != LUT) ||
        (length[2] && length[2] != inputs))
        return false;
    l->nweights = (uint32_t)length[0];
    size_t bytes =
        (wbits == 4 ? (l->nweights + 1) / 2 : l->nweights) + (size_t)length[1] + (size_t)length[2];
    size_t pad = (4 - bytes % 4) % 4;
    if (!get_weights(in, l, wbits) || !get_bytes(in, &l->lut, (size_t)length[1]) ||
        !get_bytes(in, &l->in_zero, (size_t)length[2]) || in->left < pad)
        return false;
    in->at += pad;
    in->left -= pad;
    return true;
}

/* The tables that its kernel reads are there. */
static bool complete(const struct network *n, int i, const struct qlayer *l)
{
    if (n->layer[i].op == OP_SCALE && !l->mult)
        return false;
    switch (kernel_class(kernel_of(n, i))->tables) {
    case KERNEL_TABLES_NONE:
    case KERNEL_TABLES_SOME: return true;
    case KERNEL_TABLES_LAYER: return l->mult != NULL;
    case KERNEL_TABLES_CHANNEL: return l->mult != NULL && l->weights != NULL;
    case KERNEL_TABLES_LOOKUP: return l->lut != NULL;
    case KERNEL_TABLES_OPERAND: return false;
    }
    return false;
}

struct qmodel *program_read(const struct network *n, const uint8_t *bytes, size_t len,
                            struct err *e)
{
    struct input in = {bytes, len};
    int32_t head[3] = {0};
    bool ok = program_serves(n, e) && get(&in, head, 3) && !memcmp(bytes, "TNP1", 4) &&
              (uint32_t)head[1] == shapes_sum(n) && (head[2] & 0xffff) == n->nlayers &&
              (head[2] >> 16 == 8 || head[2] >> 16 == 4);
    struct qmodel *q = ok ? calloc(1, sizeof *q) : NULL;
    if (q) {
        q->net = n;
        q->wbits = head[2] >> 16;
        q->layer = calloc((size_t)n->nlayers, sizeof *q->layer);
    }
    ok = q && q->layer;
    for (int i = 0; ok && i < n->nlayers; i++)
        ok = get_layer(&in, n, i, &q->layer[i], q->wbits) && complete(n, i, &q->layer[i]);
    if (ok && !in.left)
        return q;
    qmodel_free(q);
    err_set(e, ERR_INPUT, "%s: %zu bytes that are no program for it", n->name, len);
    return NULL;
}
