/* The integer network: nn_reference.c against an independent implementation, quantised networks
 * against floating point, the paper's quantisers, and the trained network's classes where its
 * weights are at hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "workloads/firmware/nn.h"
#include "workloads/quantise/float.h"
#include "workloads/quantise/params.h"
#include "workloads/quantise/quant.h"
#include "workloads/quantise/weights.h"
#include "workloads/kernels/reference.h"

static uint32_t state32 = 12345;

static int rnd(int lo, int hi) /* inclusive */
{
    state32 = state32 * 1664525u + 1013904223u;
    return lo + (int)((state32 >> 8) % (uint32_t)(hi - lo + 1));
}

/* The output stage in long double, which holds every sum here exactly. */
static int stage(const struct nn_output *o, int c, long acc)
{
    if (o->bias)
        acc += o->bias[c];
    if (o->relu && acc < 0)
        acc = 0;
    long mult = o->narrow ? ((const int16_t *)o->mult)[c] * 65536L : ((const int32_t *)o->mult)[c],
         off = o->narrow ? ((const int16_t *)o->off)[c] : ((const int32_t *)o->off)[c];
    long double v = floorl((long double)acc * mult / 4294967296.0L + off + 0.5L);
    long double q = floorl(v / (long double)(1L << o->shift));
    int clamped = (int)(q < o->act_min ? o->act_min : q > o->act_max ? o->act_max : q);
    return o->lut ? o->lut[clamped + 128] : clamped;
}

enum { SIDE = 11, CH = 12, EDGE = 6, TAPS = 7 };

/* Convolution by an explicitly padded copy of the input that holds the zero points, and a dense
 * kernel that has zeros for the channels of other groups. */
static int padded[SIDE + 2 * EDGE][SIDE + 2 * EDGE][CH], dense[CH][TAPS][TAPS][CH];

static int zero_of(const struct nn_conv *p, int c)
{
    return p->in_zero ? p->in_zero[c] : p->in_zp;
}

static void pad_input(const struct nn_conv *p, const int8_t *in)
{
    for (int i = 0; i < SIDE + 2 * EDGE; i++)
        for (int j = 0; j < SIDE + 2 * EDGE; j++)
            for (int c = 0; c < p->in_c; c++) {
                int iy = i - EDGE, ix = j - EDGE;
                bool inside = iy >= 0 && iy < p->in_h && ix >= 0 && ix < p->in_w;
                padded[i][j][c] = inside ? in[(iy * p->in_w + ix) * p->in_c + c] : zero_of(p, c);
            }
}

static void spread_weights(const struct nn_conv *p, const int8_t *w)
{
    int ic = p->in_c / p->groups, oc = p->out_c / p->groups;
    memset(dense, 0, sizeof dense);
    for (int g = 0; g < p->groups; g++)
        for (int o = g * oc; o < (g + 1) * oc; o++)
            for (int ky = 0; ky < p->kernel; ky++)
                for (int kx = 0; kx < p->kernel_x; kx++)
                    for (int c = 0; c < ic; c++)
                        dense[o][ky][kx][g * ic + c] = *w++;
}

static int padded_conv(const struct nn_conv *p, int y, int x, int oc)
{
    long acc = 0;
    for (int ky = 0; ky < p->kernel; ky++)
        for (int kx = 0; kx < p->kernel_x; kx++)
            for (int c = 0; c < p->in_c; c++)
                acc += (long)dense[oc][ky][kx][c] *
                       (padded[y * p->stride - p->pad_top + ky + EDGE]
                              [x * p->stride_x - p->pad_left + kx + EDGE][c] -
                        zero_of(p, c));
    return stage(&p->out, oc, acc);
}

enum { CONV, DEPTHWISE, POINTWISE, STEM, KINDS };

static void random_shape(struct nn_conv *p, int kind)
{
    bool fixed = kind == STEM, one = kind == POINTWISE;
    p->kernel = (int8_t)(fixed ? 3
                         : one ? 1
                               : rnd(1, TAPS)),
    p->kernel_x = (int8_t)(fixed ? 3
                           : one ? 1
                                 : rnd(1, TAPS));
    p->stride = (int8_t)(fixed ? 2
                         : one ? 1
                               : rnd(1, 3)),
    p->stride_x = (int8_t)(fixed ? 2
                           : one ? 1
                                 : rnd(1, 3));
    p->pad_top = (int8_t)rnd(0, fixed ? 1 : p->kernel - 1),
    p->pad_left = (int8_t)rnd(0, fixed ? 1 : p->kernel_x - 1);
    p->in_h = (int16_t)rnd(fixed ? 4 : 1, SIDE), p->in_w = (int16_t)rnd(fixed ? 4 : 1, SIDE);
    p->groups = (int16_t)(kind == CONV ? rnd(1, 4) : kind == DEPTHWISE ? rnd(1, CH) : 1);
    p->in_c = (int16_t)(kind == DEPTHWISE ? p->groups : p->groups * rnd(1, CH / p->groups));
    p->out_c = (int16_t)(kind == DEPTHWISE ? p->groups : p->groups * rnd(1, CH / p->groups));
    p->out_h = (int16_t)((p->in_h - 1) / p->stride + 1),
    p->out_w = (int16_t)((p->in_w - 1) / p->stride_x + 1);
    if (fixed)
        p->out_h /= 2, p->out_w /= 2;
}

static void reference_against_another(void **state)
{
    (void)state;
    static void (*const kernel[])(const struct nn_conv *, const int8_t *, int8_t *,
                                  void *) = {[CONV] = nn_conv_s8,
                                             [DEPTHWISE] = nn_depthwise_s8,
                                             [POINTWISE] = nn_pointwise_s8,
                                             [STEM] = nn_stem_s8};
    static int8_t in[SIDE * SIDE * CH], out[SIDE * SIDE * CH], w8[CH * CH * TAPS * TAPS], lut[256],
        zero[CH];
    static uint8_t w4[CH * CH * TAPS * TAPS / 2 + 1];
    int32_t mult[CH], off[CH], bias[CH];
    int16_t mult16[CH], off16[CH];
    for (int run = 0; run < 800; run++) {
        int kind = run % KINDS;
        struct nn_conv p = {.wbits = rnd(0, 1) ? 8 : 4, .in_zp = rnd(-128, 127)};
        random_shape(&p, kind);
        int n = p.out_c * p.kernel * p.kernel_x * (p.in_c / p.groups);
        memset(w4, 0, sizeof w4);
        for (int i = 0; i < n; i++) {
            int v = p.wbits == 8 ? rnd(-127, 127) : rnd(-8, 7);
            w8[i] = (int8_t)(p.wbits == 8 ? v : v * 16);
            w4[i / 2] |= (uint8_t)((v & 15) << (i % 2 * 4));
        }
        for (int i = 0; i < p.in_h * p.in_w * p.in_c; i++)
            in[i] = (int8_t)rnd(-128, 127);
        for (int i = 0; i < 256; i++)
            lut[i] = (int8_t)rnd(-128, 127);
        for (int c = 0; c < p.out_c; c++) {
            mult[c] = rnd(-2000000, 2000000);
            off[c] = rnd(-100000, 100000);
            bias[c] = rnd(-20000, 20000);
            mult16[c] = (int16_t)rnd(-30, 30);
            off16[c] = (int16_t)rnd(-30000, 30000);
        }
        p.out = (struct nn_output){.mult = mult,
                                   .off = off,
                                   .bias = rnd(0, 1) ? bias : NULL,
                                   .lut = kind != STEM && rnd(0, 1) ? lut : NULL,
                                   .shift = (int8_t)rnd(0, 10),
                                   .relu = (int8_t)rnd(0, 1),
                                   .act_min = (int8_t)rnd(-128, 0),
                                   .act_max = (int8_t)rnd(1, 127)};
        for (int c = 0; c < CH; c++)
            zero[c] = (int8_t)rnd(-128, 127);
        p.in_zero = kind == DEPTHWISE && rnd(0, 1) ? zero : NULL;
        if (rnd(0, 1))
            p.out.mult = mult16, p.out.off = off16, p.out.narrow = 1;
        pad_input(&p, in);
        spread_weights(&p, w8);
        p.weights = p.wbits == 8 ? (const void *)w8 : w4;
        kernel[kind](&p, in, out, NULL);
        for (int i = 0; i < p.out_h * p.out_w * p.out_c; i++) {
            int oc = i % p.out_c, x = i / p.out_c % p.out_w, y = i / p.out_c / p.out_w, want = -128;
            for (int k = 0; k < (kind == STEM ? 4 : 1); k++) {
                int v = kind == STEM ? padded_conv(&p, 2 * y + k / 2, 2 * x + k % 2, oc)
                                     : padded_conv(&p, y, x, oc);
                want = v > want ? v : want;
            }
            assert_int_equal(out[i], want);
        }
    }
}

/* Scale by a table of products; the others by where their bytes come from. */
static void other_layers_against_another(void **state)
{
    (void)state;
    static int8_t a[40 * 40], b[160], out[2 * 40 * 40];
    for (int run = 0; run < 400; run++) {
        int pixels = rnd(1, 12), groups = rnd(1, 4), c = groups * rnd(1, 9), sets = 1 << rnd(0, 2);
        for (size_t i = 0; i < sizeof a; i++)
            a[i] = (int8_t)rnd(-128, 127);
        for (size_t i = 0; i < sizeof b; i++)
            b[i] = (int8_t)rnd(-128, 127);
        struct nn_scale s = {.pixels = pixels,
                             .c = (int16_t)c,
                             .groups = (int16_t)groups,
                             .sets = (int16_t)sets,
                             .in_zp = rnd(-128, 127),
                             .base = {(int16_t)rnd(-128, 255), (int16_t)rnd(-128, 255),
                                      (int16_t)rnd(-128, 255), (int16_t)rnd(-128, 255)},
                             .mult = rnd(0, 1 << 20) << 8,
                             .off = rnd(-10000, 10000),
                             .shift = rnd(0, 9)};
        nn_scale_s8(&s, a, b, out, NULL);
        for (int i = 0; i < pixels; i++)
            for (int g = 0; g < groups; g++)
                for (int k = 0; k < c / groups; k++) {
                    int at = g * (c / groups) + k,
                        by = (g == groups - 1 ? 0 : g + 1) * (c / groups) +
                             (k == c / groups - 1 ? 0 : k + 1);
                    long x = a[i * c + at] - s.in_zp, y = a[i * c + by] - s.in_zp,
                         acc = x * (b[at] - s.base[0]);
                    if (sets > 1)
                        acc += y * (b[c + at] - s.base[1]);
                    long other = sets == 4 ? x * (b[2 * c + at] - s.base[2]) +
                                                 y * (b[3 * c + at] - s.base[3])
                                           : acc;
                    int32_t mult = s.mult, off = s.off;
                    struct nn_output o = {.mult = &mult,
                                          .off = &off,
                                          .shift = (int8_t)s.shift,
                                          .act_min = -128,
                                          .act_max = 127};
                    assert_int_equal(out[i * c + at], stage(&o, 0, acc > other ? acc : other));
                }

        /* mult: a's multiplier in the low half, b's in the high half, both signed */
        const int ma[2] = {rnd(-32768, 32767), rnd(-32768, 32767)},
                  mb[2] = {rnd(-32768, 32767), rnd(-32768, 32767)};
        const int32_t mult[2] = {mb[0] * 65536 + (ma[0] & 65535), mb[1] * 65536 + (ma[1] & 65535)},
                      off[2] = {rnd(-99999, 99999), rnd(-99999, 99999)};
        struct nn_add d = {.n = 2 * pixels, .shift = rnd(0, 16), .c = 2, .mult = mult, .offs = off};
        nn_add_s8(&d, a, b, out);
        for (int i = 0; i < d.n; i++) {
            double v =
                floor((a[i] * ma[i % 2] + b[i] * mb[i % 2] + off[i % 2]) / ldexp(1, d.shift));
            assert_int_equal(out[i], (int)fmax(-128, fmin(127, v)));
        }

        struct nn_concat t = {.pixels = pixels,
                              .c = {(int16_t)c, (int16_t)rnd(1, 30)},
                              .mult = {rnd(-999, 999), 1 << 9},
                              .off = {rnd(-9999, 9999), 1 << 8},
                              .shift = {rnd(0, 12), 9}};
        nn_concat_s8(&t, a, a, out);
        for (int i = 0; i < pixels * (t.c[0] + t.c[1]); i++) {
            int pixel = i / (t.c[0] + t.c[1]), place = i % (t.c[0] + t.c[1]);
            double v =
                place < c
                    ? floor((a[pixel * c + place] * t.mult[0] + t.off[0]) / ldexp(1, t.shift[0]))
                    : a[pixel * t.c[1] + place - c];
            assert_int_equal(out[i], (int)fmax(-128, fmin(127, v)));
        }

        struct nn_channels h = {
            .pixels = pixels, .in_c = (int16_t)c, .out_c = (int16_t)c, .first = (int16_t)groups};
        nn_channel_shuffle_s8(&h, a, out);
        for (int i = 0; i < pixels; i++)
            for (int g = 0; g < groups; g++)
                for (int k = 0; k < c / groups; k++)
                    assert_int_equal(out[i * c + k * groups + g], a[i * c + g * (c / groups) + k]);

        int side = rnd(1, 5), stride = rnd(1, 3), pad = rnd(0, side - 1), w = rnd(side, 12);
        struct nn_conv m = {.in_h = (int16_t)w,
                            .in_w = (int16_t)w,
                            .in_c = 3,
                            .out_c = 3,
                            .out_h = (int16_t)((w + 2 * pad - side) / stride + 1),
                            .out_w = (int16_t)((w + 2 * pad - side) / stride + 1),
                            .kernel = (int8_t)side,
                            .kernel_x = (int8_t)side,
                            .stride = (int8_t)stride,
                            .stride_x = (int8_t)stride,
                            .pad_top = (int8_t)pad,
                            .pad_left = (int8_t)pad,
                            .groups = 3};
        nn_max_pool_s8(&m, a, out);
        for (int i = 0; i < m.out_h * m.out_w * 3; i++) {
            int y = i / 3 / m.out_w * stride - pad, x = i / 3 % m.out_w * stride - pad, best = -128;
            for (int j = 0; j < w * w; j++)
                if (j / w >= y && j / w < y + side && j % w >= x && j % w < x + side)
                    best = a[j * 3 + i % 3] > best ? a[j * 3 + i % 3] : best;
            assert_int_equal(out[i], best);
        }
    }
}

static double sqnr(const float *f, const int32_t *q, double scale, int n)
{
    double s = 0, d = 0;
    for (int i = 0; i < n; i++) {
        s += (double)f[i] * (double)f[i];
        d += pow((double)f[i] - scale * q[i], 2);
    }
    return 10 * log10(s / d);
}

/* Two blocks of a kind: short, because an untrained deep network amplifies any noise. */
static void quantised_networks_follow_floating_point(void **state)
{
    (void)state;
    static const char *const blocks[] = {
        "{op: lb, name: B, out: [12, 12], stride: 2}",
        "{op: dlb, name: B, out: [11, 11]}",
        "{op: ir, name: B, out: [16, 16], expand: 3}",
        "{op: ds, name: B, out: [24, 24], stride: 2}",
        "{op: ir, name: B, out: [16, 16], kernel: 5, expand: 3, se: 0.25, act: swish}",
        "{op: shuffle, name: B, out: [24, 24], stride: 2}",
        "{op: ir_v3, name: B, out: [16], kernel: 7, hidden: 24, se: 0.5, act: hswish}",
        "{op: group_conv, name: B, out: 24, groups: 4, kernel: 5, kernel_x: 3, stride: 2, act: "
        "sigmoid, bn: before_act}",
        "{op: micro, name: B, out: [16], stride: 2, expand: [2, 2], groups: [0, 4], dynamic: [0, "
        "2, 1], reduce: 1}",
        "{op: micro, name: B, out: [24], kernel: 5, expand: [1, 4], groups: [4, 2], dynamic: [2, "
        "1, 0], reduce: 1}"};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
        struct err e = {0};
        struct image_set s = {0};
        struct buf b = {0};
        char path[] = "/tmp/etinysim-net-XXXXXX.yaml";
        int fd = mkstemps(path, 5);
        assert_true(fd >= 0);
        close(fd);
        buf_printf(&b,
                   "source: x\ninput: 33\nclasses: 50\nlayers:\n"
                   "  - {op: conv, name: c, out: 16, stride: 2, act: relu, bn: %s}\n%s  - %s\n"
                   "  - {op: gap, name: g}\n  - {op: fc, name: f}\n",
                   k & 1 ? "before_act" : "after_act", k & 2 ? "" : "  - {op: max_pool, name: p}\n",
                   blocks[k]);
        assert_true(buf_write_file(&b, path, &e));
        struct network *n = network_load(path, 0, 0, &e);
        unlink(path);
        buf_free(&b);
        struct qmodel *q = n ? qmodel_build(n, NULL, NULL, 8, QUANT_INT8, &e) : NULL;
        if (!q)
            fail_msg("%s", e.msg);
        float f[50];
        int32_t z[50];
        /* the first of the calibration images */
        assert_true(image_generate(&s, 1, n->in_h, n->in_w, 3, &e));
        assert_true(float_infer(n, NULL, s.data, f, &e) && reference_infer(q, s.data, z, NULL, &e));
        double db = sqnr(f, z, q->logit_scale, 50);
        if (db < 20)
            fail_msg("%s: logit SQNR %.1f dB", blocks[k], db);
        image_free(&s);
        qmodel_free(q);
        network_free(n);
    }
}

/* The reported SQNR of a map is that of both networks' maps over the calibration images. */
static void maps_are_compared(void **state)
{
    (void)state;
    enum { IMAGES = 2, LAYERS = 3 }; /* conv0, pool, LB1.1.dw1 */
    struct err e = {0};
    struct image_set s = {0};
    struct network *n = network_load("etinynet-0.25", 0, 48, &e);
    assert_non_null(n);
    assert_true(image_generate(&s, IMAGES, n->in_h, n->in_w, 3, &e));
    struct qmodel *q = qmodel_build(n, NULL, &s, 8, QUANT_INT8, &e);
    struct fmodel *m = fmodel_build(n, NULL, &e);
    assert_true(q && m && !strcmp(n->layer[2].name, "LB1.1.dw1"));
    double signal = 0, noise = 0;
    for (int k = 0; k < IMAGES; k++) {
        size_t pixels = (size_t)n->in_h * (size_t)n->in_w * 3;
        const int8_t *image = s.data + (size_t)k * pixels;
        int8_t **tensor = calloc((size_t)n->nlayers, sizeof *tensor);
        int32_t logits[1000];
        float *f[LAYERS + 1] = {malloc(pixels * sizeof(float))};
        assert_true(tensor && f[0] && reference_infer(q, image, logits, tensor, &e));
        for (size_t p = 0; p < pixels; p++)
            f[0][p] = (float)image[p];
        for (int i = 0; i < LAYERS; i++) {
            f[i + 1] = malloc((size_t)n->layer[i].out_bytes * sizeof(float));
            assert_true(f[i + 1] &&
                        float_layer(&n->layer[i], &m->layer[i], f[i], NULL, f[i + 1], &e));
        }
        const struct qlayer *map = &q->layer[LAYERS - 1];
        assert_true(map->unit && map->zero);
        for (size_t p = 0; p < n->layer[LAYERS - 1].out_bytes; p++) {
            double real = (double)f[LAYERS][p];
            signal += real * real;
            size_t c = p % (size_t)n->layer[LAYERS - 1].out_c;
            noise += pow(real - (double)map->unit[c] * (double)map->out.scale *
                                    ((double)tensor[LAYERS - 1][p] - (double)map->zero[c]),
                         2);
        }
        for (int i = 0; i < n->nlayers; i++)
            free(tensor[i]);
        for (int i = 0; i <= LAYERS; i++)
            free(f[i]);
        free(tensor);
    }
    assert_true(fabs(10 * log10(signal / noise) - q->layer[LAYERS - 1].out_sqnr_db) < 1e-6);
    for (int i = 1; i < n->nlayers - 1; i++)
        assert_true(q->layer[i].out_sqnr_db > 3 && q->layer[i].out_sqnr_db < 60);
    assert_true(q->layer[n->nlayers - 1].out_sqnr_db == 0);
    fmodel_free(m);
    qmodel_free(q);
    image_free(&s);
    network_free(n);
}

/* The constants are in range and no accumulator can leave 32 bits. */
static void constants_are_in_range(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double width;
        int input;
    } nets[] = {{"etinynet-1.0", 0.25, 48},         {"etinynet-0.75", 0, 33},
                {"etinynet-1.0", 0.35, 32},         {"mobilenet-v2-0.35", 0, 32},
                {"mobilenet-v1-0.5", 0.25, 32},     {"shufflenet-v2-0.5", 0, 33},
                {"mobilenet-v3-small-0.35", 0, 32}, {"micronet-m3", 0, 32}};
    for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
        struct err e = {0};
        struct network *n = network_load(nets[k].name, nets[k].width, nets[k].input, &e);
        assert_non_null(n);
        struct qmodel *q = qmodel_build(n, NULL, NULL, 8, QUANT_INT8, &e);
        if (!q)
            fail_msg("%s", e.msg);
        assert_false(q->trained);
        for (int i = 0; i < n->nlayers; i++) {
            const struct qlayer *l = &q->layer[i];
            assert_true(l->shift >= 0 && l->shift <= 16 && l->act_min >= -128 && l->act_max <= 127);
            assert_true(l->out.zero_point >= -128 && l->out.zero_point <= 127 && l->out.scale > 0);
            for (int c = 0; l->weights && c < n->layer[i].out_c; c++) {
                size_t row = l->nweights / (size_t)n->layer[i].out_c;
                double most = l->bias ? fabs((double)l->bias[c]) : 0;
                for (size_t j = 0; j < row; j++)
                    most += abs(l->weights[(size_t)c * row + j]) * 255.0;
                assert_true(most < 2147483648.0);
                assert_true(most * fabs((double)l->mult[c]) / 4294967296.0 < 4294967296.0);
            }
        }
        qmodel_free(q);
        network_free(n);
    }
}

static void the_same_model_twice(void **state)
{
    (void)state;
    struct err e = {0};
    struct network *n = network_load("etinynet-1.0", 0.25, 48, &e);
    struct qmodel *a = qmodel_build(n, NULL, NULL, 4, QUANT_ASQ, &e),
                  *b = qmodel_build(n, NULL, NULL, 4, QUANT_ASQ, &e);
    assert_non_null(a);
    assert_non_null(b);
    assert_string_equal(a->inputs_sha256, b->inputs_sha256);
    for (int i = 0; i < n->nlayers; i++) {
        const struct qlayer *x = &a->layer[i], *y = &b->layer[i];
        for (size_t j = 0; j < x->nweights; j++) {
            assert_int_equal(x->weights[j], y->weights[j]);
            assert_int_equal(x->weights[j] % 16, 0);
        }
        for (int c = 0; x->weights && c < n->layer[i].out_c; c++)
            assert_true(x->mult[c] == y->mult[c] && x->off[c] == y->off[c]);
    }
    qmodel_free(a);
    qmodel_free(b);
    network_free(n);
}

/* Formulas 4 to 7 on values worked out by hand. */
static void the_papers_quantisers(void **state)
{
    (void)state;
    const float w[4] = {0.5f, -0.5f, 0.25f, 0};
    double c[4], q[4];
    struct level_report r;
    weights_clamp(CLAMP_DOREFA, 0, w, 4, c);
    assert_true(fabs(c[0] - 1) < 1e-12 && fabs(c[1] + 1) < 1e-12 && fabs(c[3]) < 1e-12);
    assert_true(fabs(c[2] - tanh(0.25) / tanh(0.5)) < 1e-12);
    /* 16 levels at odd fifteenths: zero becomes 1/15 or -1/15 */
    weights_round(c, 4, 4, false, q, &r);
    assert_true(fabs(q[0] - 1) < 1e-12 && fabs(fabs(q[3]) - 1.0 / 15) < 1e-12);
    assert_int_equal(r.levels, 4);
    assert_true(fabs(r.entropy_bits - 2) < 1e-12);
    /* VAR = (0.4375^2 + 0.5625^2 + 0.1875^2 + 0.0625^2) / 4 */
    double deviation = sqrt((0.19140625 + 0.31640625 + 0.03515625 + 0.00390625) / 4 + 1e-5);
    weights_clamp(CLAMP_ASQ, 2, w, 4, c);
    assert_true(fabs(c[2] - tanh(0.25 / (2 * deviation)) / tanh(0.5 / (2 * deviation))) < 1e-9);
    weights_round(c, 4, 4, true, q, &r);
    assert_true(fabs(q[3]) < 1e-12 && fabs(q[2] * 7 - rint(c[2] * 7)) < 1e-12);
    assert_true(fabs(r.error - pow(c[2] - q[2], 2)) < 1e-12);
}

static const char *shared(void)
{
    const char *dir = getenv("ETINYSIM_SHARED");
    return dir ? dir : "../shared";
}

/* Class 285 (Egyptian cat) and 967 (espresso) with the trained weights, logits against the listed
 * ones. */
static void trained_classes(void **state)
{
    (void)state;
    char path[512];
    struct err e = {0};
    snprintf(path, sizeof path, "%s/weights/etinynet-1.0-imagenet.params", shared());
    if (access(path, R_OK)) {
        print_message("# SKIP no shared data\n");
        skip();
    }
    struct params *p = params_load(path, &e);
    assert_non_null(p);
    static const struct {
        const char *image;
        int size, top;
        double least_db; /* measured 13.8, 22.8, 17.5, 21.3 */
    } want[] = {{"chelsea", 224, 285, 12},
                {"coffee", 224, 967, 17},
                {"chelsea", 256, 285, 12},
                {"coffee", 256, 967, 16}};
    struct qmodel *q = NULL;
    struct network *n = NULL;
#ifdef __SANITIZE_ADDRESS__
    const size_t pairs = 1; /* an order of magnitude slower; the code is the same for all */
#else
    const size_t pairs = 4;
#endif
    for (size_t k = 0; k < pairs; k++) {
        struct image_set s, calib;
        if (!n || n->in_h != want[k].size) {
            qmodel_free(q);
            network_free(n);
            n = network_load("etinynet-1.0", 0, want[k].size, &e);
            snprintf(path, sizeof path, "%s/images/calibration", shared());
            assert_true(image_load_dir(&calib, path, want[k].size, want[k].size, 3, &e));
            q = qmodel_build(n, p, &calib, 8, QUANT_INT8, &e);
            assert_non_null(q);
            image_free(&calib);
        }
        snprintf(path, sizeof path, "%s/images/%s_%d.png", shared(), want[k].image, want[k].size);
        assert_true(image_load(&s, path, want[k].size, want[k].size, 3, &e));
        float f[1000];
        int32_t z[1000];
        assert_true(float_infer(n, p, s.data, f, &e) && reference_infer(q, s.data, z, NULL, &e));
        int top_f = 0, top_z = 0;
        for (int i = 1; i < 1000; i++) {
            top_f = f[i] > f[top_f] ? i : top_f;
            top_z = z[i] > z[top_z] ? i : top_z;
        }
        assert_int_equal(top_f, want[k].top);
        assert_int_equal(top_z, want[k].top);
        double db = sqnr(f, z, q->logit_scale, 1000);
        print_message("# %s %d: logit SQNR %.2f dB\n", want[k].image, want[k].size, db);
        assert_true(db > want[k].least_db);

        snprintf(path, sizeof path, "%s/images/float_logits_%d.csv", shared(), want[k].size);
        FILE *csv = fopen(path, "r");
        char line[256], image[64];
        int size, cls, seen = 0;
        double logit;
        assert_non_null(csv);
        while (fgets(line, sizeof line, csv))
            if (sscanf(line, "%63[a-z],%d,%d,%lf", image, &size, &cls, &logit) == 4 &&
                !strcmp(image, want[k].image)) {
                assert_true(fabs(logit - (double)f[cls]) < 1e-3);
                seen++;
            }
        fclose(csv);
        assert_int_equal(seen, 1000);
        image_free(&s);
    }
    qmodel_free(q);
    network_free(n);
    params_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_against_another),
        cmocka_unit_test(other_layers_against_another),
        cmocka_unit_test(quantised_networks_follow_floating_point),
        cmocka_unit_test(maps_are_compared),
        cmocka_unit_test(constants_are_in_range),
        cmocka_unit_test(the_same_model_twice),
        cmocka_unit_test(the_papers_quantisers),
        cmocka_unit_test(trained_classes),
    };
    return cmocka_run_group_tests_name("quantisation", tests, NULL, NULL);
}
