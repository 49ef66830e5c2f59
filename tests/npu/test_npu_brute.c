/* The closed forms against the loop nest, exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/npu/brute.c"

static uint64_t state = 88172645463325252u;

static uint64_t below(uint64_t n) /* xorshift64 */
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static uint64_t one_of(const uint64_t *list, uint64_t n)
{
    return list[below(n)];
}

static struct layer make(enum op op, int h, int w, int ci, int co, int kernel, int stride, int pad)
{
    struct layer l = {.op = op,
                      .in = {LAYER_INPUT, LAYER_NONE},
                      .in_h = h,
                      .in_w = w,
                      .in_c = ci,
                      .kernel = 1,
                      .stride = 1};
    snprintf(l.name, sizeof l.name, "x");
    l.out_h = h, l.out_w = w, l.out_c = co;
    if (op == OP_CONV2D || op == OP_DEPTHWISE_CONV2D || op == OP_MAX_POOL) {
        l.kernel = kernel, l.stride = stride, l.pad = pad;
        l.out_h = (h + 2 * pad - kernel) / stride + 1;
        l.out_w = (w + 2 * pad - kernel) / stride + 1;
    }
    if (op == OP_GLOBAL_AVG_POOL || op == OP_FULLY_CONNECTED)
        l.out_h = l.out_w = 1;
    if (op == OP_GLOBAL_AVG_POOL)
        l.kernel = h;
    if (op == OP_GROUP_CONV2D) { /* not square, 1 to 3 groups */
        l.groups = (int)(1 + below(3));
        l.in_c = ci = ci * l.groups;
        l.out_c = co = co * l.groups;
        l.kernel = kernel, l.stride = stride, l.pad = pad;
        l.kernel_x = (int)(1 + below((uint64_t)kernel)), l.stride_x = (int)(1 + below(3));
        l.kernel_x = l.kernel_x < w ? l.kernel_x : w;
        l.pad_x = (int)below((uint64_t)l.kernel_x);
        l.out_h = (h + 2 * pad - kernel) / stride + 1;
        l.out_w = (w + 2 * l.pad_x - l.kernel_x) / l.stride_x + 1;
        l.weights = (uint64_t)(l.kernel * l.kernel_x * (ci / l.groups) * co);
    } else if (op == OP_CONCAT) {
        l.in[1] = LAYER_INPUT;
        l.out_c = 2 * ci;
    } else if (op == OP_SLICE) {
        l.out_c = 1 + (int)below((uint64_t)ci);
    } else if (op != OP_CONV2D && op != OP_POINTWISE_CONV2D && op != OP_FULLY_CONNECTED) {
        l.out_c = ci;
    }
    if (op == OP_ADD || op == OP_SCALE || op == OP_COMBINE)
        l.in[1] = LAYER_INPUT;
    if (op != OP_GROUP_CONV2D) {
        l.groups = 1;
        l.kernel_x = l.kernel, l.stride_x = l.stride, l.pad_x = l.pad;
    }
    uint64_t k2 = (uint64_t)l.kernel * (uint64_t)l.kernel;
    if (op == OP_CONV2D)
        l.weights = k2 * (uint64_t)ci * (uint64_t)co;
    if (op == OP_DEPTHWISE_CONV2D)
        l.weights = k2 * (uint64_t)ci;
    if (op == OP_POINTWISE_CONV2D)
        l.weights = (uint64_t)ci * (uint64_t)co;
    if (op == OP_FULLY_CONNECTED)
        l.weights = (uint64_t)ci * (uint64_t)co * (uint64_t)h * (uint64_t)w;
    l.macs = l.weights * (uint64_t)l.out_h * (uint64_t)l.out_w;
    l.bn = l.weights && below(2);
    return l;
}

static struct accelerator *base;

static struct accelerator random_accelerator(void)
{
    static const uint64_t words[] = {8, 16, 24, 32, 36, 64, 72, 128};
    struct accelerator a = *base;
    a.nengines = 1;
    a.nblock = 0;
    a.engine[0].rows = 1 + below(20);
    a.engine[0].columns = 1 + below(20);
    a.engine[0].pixels = 1 + below(3);
    a.engine[0].latency = below(9);
    a.engine[0].depthwise = below(2) ? DW_TAPS : DW_NAIVE;
    static const uint64_t flight[] = {1, 1, 2, 3, 7, 64, UINT64_MAX};
    a.engine[0].in_flight = one_of(flight, 7);
    a.vector_lanes = 1 + below(20);
    a.acc_bits = 16 + below(17);
    struct npu_memory *psum = &a.memory[a.nmemories];
    *psum = a.memory[a.home[ROLE_LINES]];
    snprintf(psum->name, sizeof psum->name, "sums");
    a.home[ROLE_PSUM] = below(3) ? a.nmemories++ : a.home[ROLE_FEATURES];
    if (below(2))
        a.home[ROLE_LINES] = -1;
    if (below(4) == 0)
        a.home[ROLE_WEIGHTS] = a.home[ROLE_FEATURES]; /* one memory for all */
    if (below(4) == 0)
        a.home[ROLE_AFFINE] = -1;
    for (int i = 0; i < a.nmemories; i++) {
        struct npu_memory *m = &a.memory[i];
        m->kind = MEM_LUTRAM;
        m->word_bits = one_of(words, 8);
        m->banks = 1 + below(8);
        bool shared = below(2);
        m->shared_ports = shared ? 1 + below(2) : 0;
        m->read_ports = shared ? 0 : 1 + below(2);
        m->write_ports = shared ? 0 : 1 + below(2);
    }
    return a;
}

static void agree(const struct accelerator *a, const struct network *net, int at,
                  const struct ask *q, const char *what)
{
    struct counted c;
    struct err e = {0};
    brute_walk(q, &c);
    struct npu *n = npu_open(a, net, q->wbits, q->abits, &e);
    if (!n)
        fail_msg("%s: %s", what, e.msg);
    const struct npu_layer *l = &n->layer[at];
    if (l->compute != c.steps || l->compute + l->stall != c.cycles || l->fill != c.fill ||
        l->store != c.store)
        fail_msg("%s: steps %llu %llu, cycles %llu %llu, fill %llu %llu, store %llu %llu", what,
                 (unsigned long long)l->compute, (unsigned long long)c.steps,
                 (unsigned long long)(l->compute + l->stall), (unsigned long long)c.cycles,
                 (unsigned long long)l->fill, (unsigned long long)c.fill,
                 (unsigned long long)l->store, (unsigned long long)c.store);
    assert_int_equal(l->macs, c.macs);
    assert_int_equal(net->layer[at].macs, c.macs);
    for (int o = 0; o < OPD_COUNT; o++) {
        const struct npu_traffic *x = &l->traffic[o];
        if (x->reads != c.reads[o] || x->writes != c.writes[o] || x->read_bits != c.read_bits[o] ||
            x->write_bits != c.write_bits[o])
            fail_msg("%s: %s reads %llu %llu, writes %llu %llu", what, npu_operand_names[o],
                     (unsigned long long)x->reads, (unsigned long long)c.reads[o],
                     (unsigned long long)x->writes, (unsigned long long)c.writes[o]);
    }
    npu_close(n);
}

static void one_layer(struct layer l, const struct accelerator *a, uint64_t wbits, uint64_t abits,
                      const char *what)
{
    struct network net = {.name = "one",
                          .width = 1,
                          .in_h = l.in_h,
                          .in_w = l.in_w,
                          .in_c = l.in_c,
                          .nlayers = 1,
                          .layer = &l,
                          .macs = l.macs,
                          .weights = l.weights};
    bool vector = !op_weighted(l.op);
    struct ask q = {
        a, &l, vector ? NULL : &a->engine[0], wbits, abits, l.out_h, l.out_w, false, false, false};
    agree(a, &net, 0, &q, what);
}

static void every_kind_on_the_shipped_machines(void **unused)
{
    (void)unused;
    static const char *const names[] = {"xc7a100t-etinynet", "tinynpu"};
    for (size_t i = 0; i < 2; i++) {
        struct err e = {0};
        struct accelerator *a = accelerator_load(names[i], NULL, &e);
        assert_non_null(a);
        /* the timing in which buffers level out demand; the other one is simulated as RTL */
        a->lockstep = false;
        for (int op = 0; op < OP_COUNT; op++) {
            struct layer l = make((enum op)op, 14, 13, 24, 40, 3, 2, 1);
            struct network net = {.name = "one",
                                  .width = 1,
                                  .in_h = 14,
                                  .in_w = 13,
                                  .in_c = l.in_c,
                                  .nlayers = 1,
                                  .layer = &l};
            bool vector = !op_weighted((enum op)op);
            const struct npu_engine *g = NULL;
            for (int k = 0; k < a->nengines && !g && !vector; k++)
                if (a->engine[k].serves >> op & 1)
                    g = &a->engine[k];
            struct ask q = {a, &l, g, 4, 8, l.out_h, l.out_w, false, false, false};
            agree(a, &net, 0, &q, op_name((enum op)op));
        }
        free(a);
    }
}

static void random_layers_on_random_machines(void **unused)
{
    (void)unused;
    int kinds[OP_COUNT] = {0};
    for (int i = 0; i < 200 * OP_COUNT; i++) {
        enum op op = (enum op)(i % OP_COUNT);
        int kernel = (int)(1 + below(5)), pad = (int)below((uint64_t)kernel),
            stride = (int)(1 + below(3));
        int least = kernel > 2 * pad ? kernel - 2 * pad : 1;
        int h = least + (int)below(9), w = least + (int)below(9);
        struct accelerator a = random_accelerator();
        struct layer l =
            make(op, h, w, (int)(1 + below(40)), (int)(1 + below(40)), kernel, stride, pad);
        char what[160];
        snprintf(what, sizeof what,
                 "case %d: %s %dx%dx%d k%d s%d p%d -> %d, %llux%llux%llu in flight %llu", i,
                 op_name(op), h, w, l.in_c, kernel, stride, pad, l.out_c,
                 (unsigned long long)a.engine[0].rows, (unsigned long long)a.engine[0].columns,
                 (unsigned long long)a.engine[0].pixels, (unsigned long long)a.engine[0].in_flight);
        one_layer(l, &a, 1 + below(16), 1 + below(16), what);
        kinds[op]++;
    }
    for (int op = 0; op < OP_COUNT; op++)
        assert_int_equal(kinds[op], 200);
}

/* A stem whose pool is fused, and an add fused into the layer before it. */
static void fused_pool_and_add(void **unused)
{
    (void)unused;
    for (int i = 0; i < 60; i++) {
        struct accelerator a = random_accelerator();
        a.fuse_stem_pool = a.fuse_add = true;
        struct layer two[2];
        two[0] = make(OP_CONV2D, 12, 10, 3, (int)(1 + below(30)), 3, 1, 1);
        two[0].fused_pool = true;
        two[1] = make(OP_MAX_POOL, 12, 10, two[0].out_c, 0, 2, 2, 0);
        two[1].in[0] = 0;
        struct network stem = {.name = "stem",
                               .width = 1,
                               .in_h = 12,
                               .in_w = 10,
                               .in_c = 3,
                               .nlayers = 2,
                               .layer = two};
        struct ask q = {&a, &two[0], &a.engine[0], 8, 8, 6, 5, false, false, false};
        agree(&a, &stem, 0, &q, "conv with its pool");

        int c = (int)(1 + below(30));
        struct layer sum[2] = {make(OP_POINTWISE_CONV2D, 7, 6, c, c, 1, 1, 0),
                               make(OP_ADD, 7, 6, c, c, 1, 1, 0)};
        sum[1].in[0] = 0;
        sum[1].in[1] = LAYER_INPUT;
        struct network add = {
            .name = "add", .width = 1, .in_h = 7, .in_w = 6, .in_c = c, .nlayers = 2, .layer = sum};
        struct ask r = {&a, &sum[0], &a.engine[0], 8, 8, 7, 6, true, false, false};
        agree(&a, &add, 0, &r, "pointwise with its add");
    }
}

/* Depthwise, pointwise, depthwise, each on an engine of its own, as one pipeline. */
static void pipelines(void **unused)
{
    (void)unused;
    for (int i = 0; i < 200; i++) {
        struct accelerator a = random_accelerator();
        if (a.home[ROLE_LINES] < 0)
            continue;
        a.nengines = 3;
        a.engine[1] = a.engine[2] = a.engine[0];
        for (int k = 0; k < 3; k++) {
            a.engine[k].serves = 1u << (k == 1 ? OP_POINTWISE_CONV2D : OP_DEPTHWISE_CONV2D);
            a.engine[k].rows = 1 + below(12);
            a.engine[k].columns = 1 + below(12);
        }
        a.nblock = 3;
        a.block[0] = a.block[2] = OP_DEPTHWISE_CONV2D;
        a.block[1] = OP_POINTWISE_CONV2D;
        int c = (int)(1 + below(20)), d = (int)(1 + below(20)), h = 4 + (int)below(8),
            w = 4 + (int)below(8);
        struct layer l[3];
        l[0] = make(OP_DEPTHWISE_CONV2D, h, w, c, c, 3, (int)(1 + below(2)), 1);
        l[1] = make(OP_POINTWISE_CONV2D, l[0].out_h, l[0].out_w, c, d, 1, 1, 0);
        l[2] = make(OP_DEPTHWISE_CONV2D, l[0].out_h, l[0].out_w, d, d, 3, 1, 1);
        l[1].in[0] = 0;
        l[2].in[0] = 1;
        struct network net = {
            .name = "block", .width = 1, .in_h = h, .in_w = w, .in_c = c, .nlayers = 3, .layer = l};
        struct err e = {0};
        struct npu *n = npu_open(&a, &net, 8, 8, &e);
        assert_non_null(n);
        uint64_t pace = 0, fills = 0, store = 0;
        for (int k = 0; k < 3; k++) {
            struct ask q = {&a,         &l[k],      &a.engine[k], 8,     8,
                            l[k].out_h, l[k].out_w, false,        k > 0, k < 2};
            struct counted x;
            brute_walk(&q, &x);
            pace = x.cycles > pace ? x.cycles : pace;
            fills += x.fill;
            store = x.store;
            for (int o = 0; o < OPD_COUNT; o++) {
                assert_int_equal(n->layer[k].traffic[o].reads, x.reads[o]);
                assert_int_equal(n->layer[k].traffic[o].writes, x.writes[o]);
            }
            assert_int_equal(n->layer[k].macs, x.macs);
            assert_int_equal(n->layer[k].group, 0);
        }
        assert_int_equal(n->cycles, pace + fills + store);
        npu_close(n);
    }
}

static void maps_and_weights_in_dram(void **unused)
{
    (void)unused;
    int again = 0;
    for (int i = 0; i < 400; i++) {
        struct accelerator a = random_accelerator();
        a.home[ROLE_WEIGHTS] = 1;
        a.dram = a.nmemories++;
        a.memory[a.dram] = (struct npu_memory){.name = "dram",
                                               .kind = MEM_DRAM,
                                               .holds = 1u << ROLE_FEATURES | 1u << ROLE_WEIGHTS,
                                               .banks = 1,
                                               .word_bits = 64,
                                               .bytes_per_second = 1e6 * (double)(1 + below(5000))};
        a.memory[a.home[ROLE_FEATURES]].bytes = 64 + below(4000);
        a.memory[1].bytes = 16 + below(600);
        enum op op = (enum op)(i % OP_COUNT);
        if (op == OP_ADD || op == OP_SCALE || op == OP_COMBINE || op == OP_CONCAT || op == OP_SLICE)
            continue; /* their second operand, or a part of the first */
        struct layer l = make(op, 3 + (int)below(12), 3 + (int)below(12), 1 + (int)below(30),
                              1 + (int)below(30), 3, 1, 1);
        struct network net = {.name = "one",
                              .width = 1,
                              .in_h = l.in_h,
                              .in_w = l.in_w,
                              .in_c = l.in_c,
                              .nlayers = 1,
                              .layer = &l};
        bool vector = !op_weighted(op);
        struct ask q = {&a,    &l,   vector ? NULL : &a.engine[0], 8, 8, l.out_h, l.out_w, false,
                        false, false};
        uint64_t map, weights;
        struct counted x;
        struct err e = {0};
        brute_dram(&q, &map, &weights);
        brute_walk(&q, &x);
        struct npu *n = npu_open(&a, &net, 8, 8, &e);
        assert_non_null(n);
        const struct npu_traffic *ac = n->layer[0].traffic;
        uint64_t out = (uint64_t)(l.out_h * l.out_w * l.out_c) * 8;
        assert_int_equal(ac[OPD_DRAM_INPUT].read_bits + ac[OPD_DRAM_WEIGHT].read_bits,
                         map + weights);
        assert_int_equal(ac[OPD_DRAM_OUTPUT].write_bits, out);
        assert_int_equal(ac[OPD_MAP_BUFFER].write_bits + ac[OPD_WEIGHT_BUFFER].write_bits,
                         map + weights);
        assert_int_equal(ac[OPD_MAP_BUFFER].read_bits, out);
        double need =
            (double)(map + weights + out) / (a.memory[a.dram].bytes_per_second * 8 / a.clock_hz);
        uint64_t dram = (uint64_t)need + ((double)(uint64_t)need < need);
        assert_int_equal(n->layer[0].compute + n->layer[0].stall,
                         dram > x.cycles ? dram : x.cycles);
        again += map > (uint64_t)(l.in_h * l.in_w * l.in_c) * 8 || weights > l.weights * 8;
        npu_close(n);
    }
    assert_true(again > 20); /* operands that cross more than once did occur */
}

static int setup(void **unused)
{
    (void)unused;
    struct err e = {0};
    base = accelerator_load("xc7a100t-etinynet", NULL, &e);
    if (base)
        base->lockstep = false;
    return base ? 0 : -1;
}

static int teardown(void **unused)
{
    (void)unused;
    free(base);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_on_the_shipped_machines),
        cmocka_unit_test(random_layers_on_random_machines),
        cmocka_unit_test(fused_pool_and_add),
        cmocka_unit_test(pipelines),
        cmocka_unit_test(maps_and_weights_in_dram),
    };
    return cmocka_run_group_tests_name("npu brute force", tests, setup, teardown);
}
