/* Networks from descriptions: exact counts, inferred shapes, refused input. */
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
#include "base/data.h"
#include "workloads/kernels/kernel.h"

static struct network *load(const char *name, double width, int input)
{
    struct err e = {0};
    struct network *n = network_load(name, width, input, &e);
    if (!n)
        fail_msg("%s", e.msg);
    return n;
}

static void the_papers_totals(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t weights, params, macs, madds, features;
    } want[] = {{"etinynet-1.0", 950272, 976360, 113705920, 116901504, 250880},
                {"etinynet-0.75", 660624, 681304, 73007880, 75443376, 225792},
                {"etinynet-0.75-code", 637440, 657256, 69172944, 71569632, 225792}};
    for (size_t i = 0; i < 3; i++) {
        struct network *n = load(want[i].name, 0, 0);
        int at;
        assert_int_equal(n->weights, want[i].weights);
        assert_int_equal(n->params, want[i].params);
        assert_int_equal(n->macs, want[i].macs);
        assert_int_equal(n->madds, want[i].madds);
        assert_int_equal(network_feature_bytes(n, true, &at), want[i].features);
        assert_string_equal(n->layer[at].name, "pool");
        network_free(n);
    }
}

/* Published figures of other networks: weights of MobileNetV2-1.0 are its 3.47 M, its multiply-adds
 * 300 M. */
static void other_networks(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double params_m, macs_m;
    } want[] = {{"mobilenet-v2-1.0", 3.47, 300.8},       {"mobilenet-v2-0.35", 1.66, 59.3},
                {"mobilenet-v1-0.5", 1.32, 110.0},       {"shufflenet-v2-0.5", 1.36, 40.5},
                {"mnasnet-a1-0.35", 1.73, 61.7},         {"mobilenet-v1-0.75", 2.57, 325.4},
                {"mobilenet-v3-small-0.35", 1.35, 12.05}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct network *n = load(want[i].name, 0, 0);
        assert_true((double)n->weights / 1e6 > want[i].params_m - 0.006 &&
                    (double)n->weights / 1e6 < want[i].params_m + 0.006);
        assert_true((double)n->macs / 1e6 > want[i].macs_m - 0.06 &&
                    (double)n->macs / 1e6 < want[i].macs_m + 0.06);
        network_free(n);
    }
}

/* Counted by separate programs from the authors' own descriptions (configurations, code). MCUNet's
 * are also what its repository prints: 6.4, 12.8, 67.3, 81.8 and 125.9 M; input and output maps of
 * 325, 333 and 413 kB. */
static void from_the_authors_descriptions(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double width;
        uint64_t weights, macs, features; /* features 0: not published */
    } want[] = {
        {"mcunet-in0", 0, 735176, 6364224, 0},
        {"mcunet-in1", 0, 623216, 12790096, 0},
        {"mcunet-in2", 0, 712904, 67287200, 325 * 1024},
        {"mcunet-in3", 0, 721032, 81785520, 340736},
        {"mcunet-in4", 0, 1710232, 125874400, 422400},
        {"mcunet-256kb-int4", 0, 1384328, 134492600, 0},
        {"mcunet-320kb-int4", 0, 1379400, 169952528, 0},
        {"mcunet-512kb-int4", 0, 3228880, 466767552, 0},
        {"micronet-m2", 0, 1318612, 9295696, 0},
        {"micronet-m3", 0, 1534096, 17191264, 0},
        {"mobilenext-0.35", 0, 1890608, 75141032, 0},
        {"mobilenext-0.35", 1, 3481392, 311342592, 0},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct network *n = load(want[i].name, want[i].width, 0);
        assert_int_equal(n->weights, want[i].weights);
        assert_int_equal(n->macs, want[i].macs);
        if (want[i].features)
            assert_int_equal(network_feature_bytes(n, true, NULL), want[i].features);
        network_free(n);
    }
}

/* Every network of the project: totals are the sums of layers, each layer's input is what its
 * producer makes. */
static void layers_are_consistent(void **state)
{
    (void)state;
    struct err e = {0};
    char **names = data_list("workloads/networks", &e);
    assert_non_null(names);
    for (int k = 0; names[k]; k++) {
        struct network *n = load(names[k], 0, 0);
        uint64_t weights = 0, params = 0, macs = 0, madds = 0;
        for (int i = 0; i < n->nlayers; i++) {
            const struct layer *l = &n->layer[i];
            weights += l->weights, params += l->params, macs += l->macs, madds += l->madds;
            assert_true(l->in[0] < i && l->in[1] < i && l->in[0] >= LAYER_INPUT);
            assert_int_equal(l->in_c, l->in[0] < 0 ? n->in_c : n->layer[l->in[0]].out_c);
            assert_int_equal(l->in_h, l->in[0] < 0 ? n->in_h : n->layer[l->in[0]].out_h);
            assert_true(l->out_h > 0 && l->out_w > 0 && l->out_c > 0);
            if (l->op == OP_CONV2D)
                assert_int_equal(l->macs, (uint64_t)(l->kernel * l->kernel * l->in_c) *
                                              (uint64_t)(l->out_h * l->out_w) * (uint64_t)l->out_c);
        }
        assert_int_equal(weights, n->weights);
        assert_int_equal(params, n->params);
        assert_int_equal(macs, n->macs);
        assert_int_equal(madds, n->madds);
        network_free(n);
    }
    free(names);
}

static void widths_round_down_and_inputs_scale(void **state)
{
    (void)state;
    struct network *n = load("etinynet-1.0", 0.35, 96);
    assert_int_equal(n->layer[0].out_c, 11);
    assert_int_equal(n->layer[0].out_h, 48);
    assert_true(n->layer[0].fused_pool);
    assert_int_equal(n->layer[n->nlayers - 1].in_c, 179);
    network_free(n);
    n = load("mobilenet-v2-0.35", 0, 0);
    /* 11.2: the multiple of 8 below loses more than a tenth */
    assert_int_equal(n->layer[0].out_c, 16);
    network_free(n);
    for (int input = 33; input <= 257; input += 28) { /* odd maps all the way down */
        n = load("etinynet-0.75", 0, input);
        assert_int_equal(n->layer[0].out_h, (input + 1) / 2);
        assert_int_equal(n->layer[1].out_h, (input + 1) / 2 / 2);
        network_free(n);
    }
}

static void refused(const char *text, const char *want)
{
    struct err e = {0};
    struct buf b = {0};
    char path[] = "/tmp/etinysim-net-XXXXXX.yaml";
    int fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    close(fd);
    buf_str(&b, text);
    assert_true(buf_write_file(&b, path, &e));
    struct network *n = network_load(path, 0, 0, &e);
    assert_null(n);
    assert_int_equal(e.code, ERR_INPUT);
    if (!strstr(e.msg, want))
        fail_msg("got '%s', want '%s'", e.msg, want);
    unlink(path);
    buf_free(&b);
}

static void bad_descriptions(void **state)
{
    (void)state;
#define HEAD "source: x\ninput: 32\nclasses: 4\n"
    refused(HEAD, "key 'layers' is missing");
    refused("source: x\nclasses: 4\nlayers: [{op: gap, name: g}]\n", "key 'input' is missing");
    refused("input: 32\nclasses: 4\nlayers: [{op: gap, name: g}]\n", "source");
    refused("source: x\ninput: 224px\nclasses: 4\nlayers: []\n", ":2: '224px'");
    refused(HEAD "colour: red\nlayers: [{op: gap, name: g}]\n", "colour");
    refused(HEAD "layers:\n  - {op: conv, name: a, out: 4, kernle: 3}\n", ":5: ");
    refused(HEAD "layers:\n  - {op: convolve, name: a, out: 4}\n", "convolve");
    refused(HEAD "layers:\n  - {op: gap, name: a}\n  - {op: gap, name: a}\n",
            "second layer named 'a'");
    refused(HEAD "layers:\n  - {op: fc, name: a}\n", "1x1");
    refused(HEAD "layers:\n  - {op: conv, name: a, out: 0}\n", "out");
    refused(HEAD "layers:\n  - {op: conv, name: a, out: 4, from: b}\n", "no layer named 'b'");
    refused(HEAD "layers:\n  - {op: conv, name: a, out: 4}\n  - {op: add, name: s, with: input}\n",
            "adds 32x32x4 to 32x32x3");
    refused(HEAD "layers:\n  - {op: lb, name: B, out: 4}\n", "list");
    refused(HEAD "layers:\n  - {op: lb, name: B, out: [4], param: features}\n", "ends in");
    refused(HEAD "layers:\n  - {op: group_conv, name: a, out: 4, groups: 2}\n", "in 2 groups");
    refused(HEAD "layers:\n  - {op: micro, name: B, out: [4], expand: [0, 1], groups: [0, 1], "
                 "dynamic: [0, 0, 0]}\n",
            "expand");
    refused("source: x\nlike: no-such-network\n", "no-such-network");
    refused("[1, 2]\n", "map");
    refused(HEAD "layers:\n  - {op: max_pool, name: p, kernel: 11, stride: 8, pad: 0}\n  - {op: "
                 "conv, name: c, out: 3, kernel: 9, pad: 0}\n",
            "smaller than");
#undef HEAD
    struct err e = {0};
    assert_null(network_load("etinynet-2.0", 0, 0, &e));
    assert_int_equal(e.code, ERR_INPUT);
    e = (struct err){0};
    assert_null(network_load("etinynet-1.0", 1e9, 0, &e));
    e = (struct err){0};
    assert_null(network_load("etinynet-1.0", 0, 5000, &e));
    assert_int_equal(e.code, ERR_INPUT);
}

/* One layer of each operator. Weights by hand: 3*3*4*8, 3*3*8, 8*16, 16 * (16/2) * 3 rows * 1
 * column, 16*5. */
static void descriptions_reach_every_operator(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        enum op op;
        int h, c;
        uint64_t weights;
        enum kernel kernel;
    } want[] = {
        {"{op: conv, name: c, out: 8}", OP_CONV2D, 8, 8, 288, KERNEL_CONV},
        {"{op: dw, name: d}", OP_DEPTHWISE_CONV2D, 8, 8, 72, KERNEL_DEPTHWISE3X3},
        {"{op: pw, name: p, out: 16}", OP_POINTWISE_CONV2D, 8, 16, 128, KERNEL_POINTWISE},
        {"{op: slice, name: l, first: 0, out: 8}", OP_SLICE, 8, 8, 0, KERNEL_SLICE},
        {"{op: slice, name: r, from: p, first: 8, out: 8}", OP_SLICE, 8, 8, 0, KERNEL_SLICE},
        {"{op: concat, name: j, with: l}", OP_CONCAT, 8, 16, 0, KERNEL_CONCAT},
        {"{op: channel_shuffle, name: s, groups: 2}", OP_CHANNEL_SHUFFLE, 8, 16, 0, KERNEL_SHUFFLE},
        {"{op: group_conv, name: g, out: 16, groups: 2, kernel: 3, kernel_x: 1}", OP_GROUP_CONV2D,
         8, 16, 384, KERNEL_CONV},
        {"{op: add, name: a, with: s}", OP_ADD, 8, 16, 0, KERNEL_ADD},
        {"{op: max_pool, name: m}", OP_MAX_POOL, 4, 16, 0, KERNEL_MAX_POOL},
        {"{op: gap, name: v}", OP_GLOBAL_AVG_POOL, 1, 16, 0, KERNEL_AVERAGE},
        {"{op: scale, name: x, from: m, with: v}", OP_SCALE, 4, 16, 0, KERNEL_SCALE},
        {"{op: gap, name: w}", OP_GLOBAL_AVG_POOL, 1, 16, 0, KERNEL_AVERAGE},
        {"{op: fc, name: f}", OP_FULLY_CONNECTED, 1, 5, 80, KERNEL_FULLY_CONNECTED},
    };
    enum { LAYERS = sizeof want / sizeof *want };
    struct buf b = {0};
    struct err e = {0};
    char path[] = "/tmp/etinysim-network-XXXXXX";
    int fd = mkstemp(path);
    bool reached[OP_COUNT] = {false};
    assert_true(fd >= 0);
    close(fd);
    buf_str(&b, "source: x\ninput: 8\nchannels: 4\nclasses: 5\nlayers:\n");
    for (int i = 0; i < LAYERS; i++)
        buf_printf(&b, "  - %s\n", want[i].entry);
    assert_true(buf_write_file(&b, path, &e));
    struct network *n = network_load(path, 0, 0, &e);
    if (!n)
        fail_msg("%s", e.msg);
    assert_int_equal(n->nlayers, LAYERS);
    for (int i = 0; i < LAYERS; i++) {
        const struct layer *l = &n->layer[i];
        assert_int_equal(l->op, want[i].op);
        assert_int_equal(l->out_h, want[i].h);
        assert_int_equal(l->out_w, want[i].h);
        assert_int_equal(l->out_c, want[i].c);
        assert_int_equal(l->weights, want[i].weights);
        assert_int_equal(kernel_of(n, i), want[i].kernel);
        reached[l->op] = true;
    }
    for (int op = 0; op < OP_COUNT; op++)
        if (!reached[op] && op_class((enum op)op)->word)
            fail_msg("no layer of operator %s", op_name((enum op)op));
    network_free(n);
    unlink(path);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_papers_totals),
        cmocka_unit_test(other_networks),
        cmocka_unit_test(from_the_authors_descriptions),
        cmocka_unit_test(layers_are_consistent),
        cmocka_unit_test(widths_round_down_and_inputs_scale),
        cmocka_unit_test(bad_descriptions),
        cmocka_unit_test(descriptions_reach_every_operator),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
