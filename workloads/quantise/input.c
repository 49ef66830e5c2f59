#include "workloads/quantise/input.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "workloads/graph/tflite_integers.h"

enum { MAX_BYTES = 64 << 20 };

struct values {
    double *v; /* owned */
    size_t n;
    bool real;
};

static bool ends(const char *path, const char *ending)
{
    size_t n = strlen(path), k = strlen(ending);
    return n > k && !strcmp(path + n - k, ending);
}

static bool expect(const char *path, size_t n, size_t want, struct err *e)
{
    return n == want || err_at(e, path, 0, "%zu values, expected %zu", n, want);
}

static bool allot(struct values *s, size_t n, struct err *e)
{
    s->n = n;
    s->v = malloc((n ? n : 1) * sizeof *s->v);
    return s->v ? true : err_nomem(e);
}

static bool from_bytes(struct values *s, const struct buf *b, struct err *e)
{
    if (!allot(s, b->len, e))
        return false;
    for (size_t i = 0; i < b->len; i++)
        s->v[i] = (signed char)b->data[i];
    return true;
}

static bool from_csv(struct values *s, const char *path, const struct buf *b, size_t want,
                     struct err *e)
{
    const char *p = buf_text(b);
    int line = 1;
    size_t n = 0;
    if (!allot(s, want, e))
        return false;
    for (;;) {
        for (; *p && (isspace((unsigned char)*p) || *p == ',' || *p == ';'); p++)
            line += *p == '\n';
        if (!*p)
            break;
        char *end;
        double v = strtod(p, &end);
        if (end == p || !isfinite(v) ||
            (*end && !isspace((unsigned char)*end) && *end != ',' && *end != ';'))
            return err_at(e, path, line, "not a number, expected numbers apart by commas");
        for (; p < end; p++)
            s->real = s->real || *p == '.' || *p == 'e' || *p == 'E';
        if (n < want)
            s->v[n] = v;
        n++;
    }
    return expect(path, n, want, e);
}

/* A number of the header's `descr`, at p. */
static double npy_value(const unsigned char *p, char kind, int width)
{
    uint64_t bits = 0;
    for (int i = 0; i < width; i++)
        bits |= (uint64_t)p[i] << (8 * i);
    if (kind == 'f' && width == 4) {
        uint32_t low = (uint32_t)bits;
        float f;
        memcpy(&f, &low, 4);
        return (double)f;
    }
    if (kind == 'f') {
        double d;
        memcpy(&d, &bits, 8);
        return d;
    }
    if (kind == 'i' && width < 8 && bits >> (8 * width - 1))
        return (double)((int64_t)bits - ((int64_t)1 << (8 * width)));
    return kind == 'i' ? (double)(int64_t)bits : (double)bits;
}

static bool from_npy(struct values *s, const char *path, const struct buf *b, size_t want,
                     struct err *e)
{
    const unsigned char *d = (const unsigned char *)b->data;
    if (b->len < 12 || memcmp(d, "\x93NUMPY", 6) != 0 || d[6] < 1 || d[6] > 3)
        return err_at(e, path, 0, "not a .npy file of version 1 to 3");
    size_t at = d[6] == 1 ? 10 : 12, length = d[6] == 1
                                                  ? (size_t)d[8] | (size_t)d[9] << 8
                                                  : (size_t)d[8] | (size_t)d[9] << 8 |
                                                        (size_t)d[10] << 16 | (size_t)d[11] << 24;
    char header[1024];
    if (length >= sizeof header || b->len - at < length)
        return err_at(e, path, 0, "its header is damaged");
    memcpy(header, d + at, length);
    header[length] = '\0';
    const char *descr = strstr(header, "'descr'"), *order = strstr(header, "'fortran_order'");
    const char *type = descr ? strpbrk(descr + 7, "<|>=") : NULL;
    if (!type || *type == '>' || !order || strstr(order, "True"))
        return err_at(e, path, 0, "expected little-endian numbers in C order");
    char kind = type[1];
    int width = type[2] - '0';
    if ((kind != 'i' && kind != 'u' && kind != 'f') ||
        (width != 1 && width != 2 && width != 4 && width != 8) || (kind == 'f' && width < 4))
        return err_at(e, path, 0, "expected numbers of 1 to 8 bytes, whole or real");
    size_t n = (b->len - at - length) / (size_t)width;
    if (!expect(path, n, want, e) || !allot(s, n, e))
        return false;
    s->real = kind == 'f';
    for (size_t i = 0; i < n; i++)
        s->v[i] = npy_value(d + at + length + i * (size_t)width, kind, width);
    return true;
}

static bool load(struct values *s, const char *path, size_t want, struct err *e)
{
    struct buf b = {0};
    bool ok = buf_read_file(&b, path, MAX_BYTES, e);
    if (ok && ends(path, ".npy"))
        ok = from_npy(s, path, &b, want, e);
    else if (ok && ends(path, ".csv"))
        ok = from_csv(s, path, &b, want, e);
    else if (ok)
        ok = expect(path, b.len, want, e) && from_bytes(s, &b, e);
    buf_free(&b);
    return ok;
}

/* Levels of a tensor, from values that begin at `from`. */
static bool levels(const struct values *s, size_t from, size_t n, struct tfl_quant q, bool bytes,
                   bool is_unsigned, const char *path, int8_t *out, struct err *e)
{
    int less = is_unsigned && !bytes ? 128 : 0;
    for (size_t i = 0; i < n; i++) {
        double v = s->v[from + i];
        if (s->real)
            v = rint(v / (double)q.scale) + q.zero_point;
        else
            v -= less;
        if (s->real) /* what is seen beyond the range saturates */
            v = v < -128 ? -128 : v > 127 ? 127 : v;
        if (!(v >= -128 && v <= 127))
            return err_at(e, path, 0, "value %zu is %g, expected %d to %d", from + i,
                          s->v[from + i], -128 + less, 127 + less);
        out[i] = (int8_t)v;
    }
    return true;
}

bool input_load(struct image_set *s, const struct network *net, const char *path, struct err *e)
{
    if (ends(path, ".png"))
        return image_load(s, path, net->in_h, net->in_w, net->in_c, e);
    struct values v = {0};
    size_t n = (size_t)net->in_h * (size_t)net->in_w * (size_t)net->in_c, total = 0;
    bool bytes = !ends(path, ".npy") && !ends(path, ".csv"), ok;
    *s = (struct image_set){
        .h = net->in_h, .w = net->in_w, .c = net->in_c, .n = 1, .data = calloc(n, 1)};
    for (int i = 0; net->tflite && i < net->tflite->nin; i++)
        total += (size_t)net->tflite->in[i].values;
    ok = s->data ? load(&v, path, net->tflite ? total : n, e) : err_nomem(e);
    if (ok && !net->tflite)
        ok = levels(&v, 0, n, (struct tfl_quant){1, 0}, bytes, false, path, s->data, e);
    for (int i = 0; ok && net->tflite && i < net->tflite->nin; i++) {
        const struct tfl_tensor *t = &net->tflite->in[i];
        ok = levels(&v, (size_t)t->at, (size_t)t->values, t->quant, bytes, t->type == TFL_UINT8,
                    path, s->data + t->at, e);
    }
    free(v.v);
    if (!ok)
        image_free(s);
    return ok;
}

int8_t *input_outputs(const struct network *net, const char *path, struct err *e)
{
    struct values v = {0};
    size_t total = 0, at = 0;
    bool bytes = !ends(path, ".npy") && !ends(path, ".csv");
    for (int i = 0; i < net->tflite->noutputs; i++)
        total += (size_t)net->tflite->output[i].values;
    int8_t *out = malloc(total ? total : 1);
    bool ok = out ? load(&v, path, total, e) : err_nomem(e);
    for (int i = 0; ok && i < net->tflite->noutputs; i++) {
        const struct tfl_tensor *t = &net->tflite->output[i];
        ok = levels(&v, at, (size_t)t->values, t->quant, bytes, t->type == TFL_UINT8, path,
                    out + at, e);
        at += (size_t)t->values;
    }
    free(v.v);
    if (!ok) {
        free(out);
        return NULL;
    }
    return out;
}
