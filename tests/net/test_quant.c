/* The integer network: nn_reference.c against an independent implementation, quantised networks against floating point,
 * the paper's quantisers, and the trained network's classes where its weights are at hand. */
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
#include "workloads/float.h"
#include "workloads/params.h"
#include "workloads/quant.h"
#include "workloads/reference.h"

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
    long double v = floorl((long double)acc * o->mult[c] / 4294967296.0L + o->off[c] + 0.5L);
    long double q = floorl(v / (long double)(1L << o->shift));
    return (int)(q < o->act_min ? o->act_min : q > o->act_max ? o->act_max : q);
}

enum { SIDE = 11, CH = 13 };

/* Convolution by an explicitly padded copy of the input that holds the zero point. */
static int padded[SIDE + 4][SIDE + 4][CH];

static void pad_input(const struct nn_conv *p, const int8_t *in)
{
    for (int i = 0; i < SIDE + 4; i++)
        for (int j = 0; j < SIDE + 4; j++)
            for (int c = 0; c < p->in_c; c++) {
                int iy = i - 2, ix = j - 2;
                bool inside = iy >= 0 && iy < p->in_h && ix >= 0 && ix < p->in_w;
                padded[i][j][c] = inside ? in[(iy * p->in_w + ix) * p->in_c + c] : p->in_zp;
            }
}

static int padded_conv(const struct nn_conv *p, const int8_t *w, int y, int x, int oc, bool depthwise)
{
    long acc = 0;
    for (int k = 0; k < 9; k++) {
        const int *px = padded[y * p->stride - p->pad_top + k / 3 + 2][x * p->stride - p->pad_left + k % 3 + 2];
        if (depthwise)
            acc += (long)w[oc * 9 + k] * (px[oc] - p->in_zp);
        else
            for (int c = 0; c < p->in_c; c++)
                acc += (long)w[(oc * 9 + k) * p->in_c + c] * (px[c] - p->in_zp);
    }
    return stage(&p->out, oc, acc);
}

static void reference_against_another(void **state)
{
    (void)state;
    static int8_t in[SIDE * SIDE * CH], out[SIDE * SIDE * CH], w8[CH * CH * 9];
    static uint8_t w4[CH * CH * 9 / 2 + 1];
    int32_t mult[CH], off[CH], bias[CH];
    for (int run = 0; run < 600; run++) {
        int kind = run % 4; /* conv, depthwise, pointwise, stem */
        struct nn_conv p = {.in_h = (int16_t)rnd(kind == 3 ? 4 : 1, SIDE), .in_w = (int16_t)rnd(kind == 3 ? 4 : 1, SIDE),
                            .in_c = (int16_t)rnd(1, CH), .stride = (int8_t)(kind == 3 ? 2 : kind == 2 ? 1 : rnd(1, 2)),
                            .pad_top = (int8_t)(kind == 2 ? 0 : rnd(0, 1)), .pad_left = (int8_t)(kind == 2 ? 0 : rnd(0, 1)),
                            .wbits = rnd(0, 1) ? 8 : 4, .in_zp = rnd(-128, 127)};
        p.out_c = (int16_t)(kind == 1 ? p.in_c : rnd(1, CH));
        p.out_h = (int16_t)((p.in_h - 1) / p.stride + 1), p.out_w = (int16_t)((p.in_w - 1) / p.stride + 1);
        if (kind == 3)
            p.out_h /= 2, p.out_w /= 2;
        int taps = kind == 2 ? 1 : 9, n = p.out_c * taps * (kind == 1 ? 1 : p.in_c);
        memset(w4, 0, sizeof w4);
        for (int i = 0; i < n; i++) {
            int v = p.wbits == 8 ? rnd(-127, 127) : rnd(-8, 7);
            w8[i] = (int8_t)(p.wbits == 8 ? v : v * 16);
            w4[i / 2] |= (uint8_t)((v & 15) << (i % 2 * 4));
        }
        for (int i = 0; i < p.in_h * p.in_w * p.in_c; i++)
            in[i] = (int8_t)rnd(-128, 127);
        for (int c = 0; c < p.out_c; c++) {
            mult[c] = rnd(-2000000, 2000000);
            off[c] = rnd(-100000, 100000);
            bias[c] = rnd(-20000, 20000);
        }
        int a = rnd(-128, 0), b = rnd(1, 127);
        p.out = (struct nn_output){.mult = mult, .off = off, .bias = rnd(0, 1) ? bias : NULL, .shift = rnd(0, 10),
                                   .relu = rnd(0, 1), .act_min = a, .act_max = b};
        pad_input(&p, in);
        p.weights = p.wbits == 8 ? (const void *)w8 : w4;
        if (kind == 0)
            nn_conv3x3_s8(&p, in, out, NULL);
        else if (kind == 1)
            nn_depthwise3x3_s8(&p, in, out, NULL);
        else if (kind == 2)
            nn_pointwise_s8(&p, in, out, NULL);
        else
            nn_stem_s8(&p, in, out, NULL);
        for (int i = 0; i < p.out_h * p.out_w * p.out_c; i++) {
            int oc = i % p.out_c, x = i / p.out_c % p.out_w, y = i / p.out_c / p.out_w, want = -128;
            if (kind == 2) {
                long acc = 0;
                for (int c = 0; c < p.in_c; c++)
                    acc += (long)w8[oc * p.in_c + c] * (in[(y * p.in_w + x) * p.in_c + c] - p.in_zp);
                want = stage(&p.out, oc, acc);
            } else {
                for (int k = 0; k < (kind == 3 ? 4 : 1); k++) {
                    int v = kind == 3 ? padded_conv(&p, w8, 2 * y + k / 2, 2 * x + k % 2, oc, false)
                                      : padded_conv(&p, w8, y, x, oc, kind == 1);
                    want = v > want ? v : want;
                }
            }
            assert_int_equal(out[i], want);
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
    static const char *const blocks[] = {"{op: lb, name: B, out: [12, 12], stride: 2}", "{op: dlb, name: B, out: [11, 11]}",
                                         "{op: ir, name: B, out: [16, 16], expand: 3}",
                                         "{op: ds, name: B, out: [24, 24], stride: 2}"};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) {
        struct err e = {0};
        struct image_set s = {0};
        struct buf b = {0};
        char path[] = "/tmp/etinysim-net-XXXXXX.yaml";
        int fd = mkstemps(path, 5);
        assert_true(fd >= 0);
        close(fd);
        buf_printf(&b, "source: x\ninput: 33\nclasses: 50\nlayers:\n"
                       "  - {op: conv, name: c, out: 16, stride: 2, act: relu, bn: %s}\n%s  - %s\n"
                       "  - {op: gap, name: g}\n  - {op: fc, name: f}\n",
                   k & 1 ? "before_act" : "after_act", k & 2 ? "" : "  - {op: max_pool, name: p}\n", blocks[k]);
        assert_true(buf_write_file(&b, path, &e));
        struct network *n = network_load(path, 0, 0, &e);
        unlink(path);
        buf_free(&b);
        struct qmodel *q = n ? qmodel_build(n, NULL, NULL, 8, QUANT_INT8, &e) : NULL;
        if (!q)
            fail_msg("%s", e.msg);
        float f[50];
        int32_t z[50];
        assert_true(image_generate(&s, 1, n->in_h, n->in_w, 3, &e)); /* the first of the calibration images */
        assert_true(float_infer(n, NULL, s.data, f, &e) && qmodel_infer(q, s.data, z, NULL, &e));
        double db = sqnr(f, z, q->logit_scale, 50);
        if (db < 20)
            fail_msg("%s: logit SQNR %.1f dB", blocks[k], db);
        image_free(&s);
        qmodel_free(q);
        network_free(n);
    }
}

/* The reported SQNR of a map (one without factors per channel) is that of both networks' maps over the calibration images. */
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
        assert_true(tensor && f[0] && qmodel_infer(q, image, logits, tensor, &e));
        for (size_t p = 0; p < pixels; p++)
            f[0][p] = (float)image[p];
        for (int i = 0; i < LAYERS; i++) {
            f[i + 1] = malloc((size_t)n->layer[i].out_bytes * sizeof(float));
            assert_true(f[i + 1] && float_layer(&n->layer[i], &m->layer[i], f[i], NULL, f[i + 1], &e));
        }
        const struct quant *out = &q->layer[LAYERS - 1].out;
        for (size_t p = 0; p < n->layer[LAYERS - 1].out_bytes; p++) {
            double real = (double)f[LAYERS][p];
            signal += real * real;
            noise += pow(real - (double)out->scale * (tensor[LAYERS - 1][p] - out->zero_point), 2);
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
    } nets[] = {{"etinynet-1.0", 0.25, 48}, {"etinynet-0.75", 0, 33}, {"etinynet-1.0", 0.35, 32},
                {"mobilenet-v2-0.35", 0, 32}, {"mobilenet-v1-0.5", 0.25, 32}};
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
    struct qmodel *a = qmodel_build(n, NULL, NULL, 4, QUANT_ASQ, &e), *b = qmodel_build(n, NULL, NULL, 4, QUANT_ASQ, &e);
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
    weights_round(c, 4, 4, false, q, &r); /* 16 levels at odd fifteenths: zero becomes 1/15 or -1/15 */
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

/* Class 285 (Egyptian cat) and 967 (espresso) with the trained weights, logits against the listed ones. */
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
        double least_db; /* measured 14.6, 20.1, 14.3, 19.2 */
    } want[] = {{"chelsea", 224, 285, 12}, {"coffee", 224, 967, 17}, {"chelsea", 256, 285, 12}, {"coffee", 256, 967, 16}};
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
            assert_true(image_load_dir(&calib, path, want[k].size, want[k].size, &e));
            q = qmodel_build(n, p, &calib, 8, QUANT_INT8, &e);
            assert_non_null(q);
            image_free(&calib);
        }
        snprintf(path, sizeof path, "%s/images/%s_%d.png", shared(), want[k].image, want[k].size);
        assert_true(image_load(&s, path, want[k].size, want[k].size, &e));
        float f[1000];
        int32_t z[1000];
        assert_true(float_infer(n, p, s.data, f, &e) && qmodel_infer(q, s.data, z, NULL, &e));
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
            if (sscanf(line, "%63[a-z],%d,%d,%lf", image, &size, &cls, &logit) == 4 && !strcmp(image, want[k].image)) {
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
        cmocka_unit_test(quantised_networks_follow_floating_point),
        cmocka_unit_test(maps_are_compared),
        cmocka_unit_test(constants_are_in_range),
        cmocka_unit_test(the_same_model_twice),
        cmocka_unit_test(the_papers_quantisers),
        cmocka_unit_test(trained_classes),
    };
    return cmocka_run_group_tests_name("quantisation", tests, NULL, NULL);
}
