/* Memory plans, played through byte by byte on the host: every kernel's order of reading and
 * writing on an arena that remembers which byte of which tensor it holds. A byte that was
 * overwritten too early, by an output or by scratch, shows when it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/firmware/nn_scratch.h"
#include "workloads/plan/planner.h"
#include "workloads/plan/strips.h"

struct arena {
    uint64_t *tag;       /* tensor << 32 | offset, per byte */
    uint32_t size, high; /* high: first byte never touched */
    int wrong;
};

static uint64_t tag_of(int tensor, uint32_t offset)
{
    return (uint64_t)(uint32_t)(tensor + 2) << 32 | offset;
}

static void touch(struct arena *a, uint32_t end)
{
    if (end > a->size)
        fail_msg("byte %u of an arena of %u", end - 1, a->size);
    a->high = end > a->high ? end : a->high;
}

static void put(struct arena *a, uint32_t at, int tensor, uint32_t offset, uint32_t n)
{
    touch(a, at + offset + n);
    for (uint32_t i = 0; i < n; i++)
        a->tag[at + offset + i] = tag_of(tensor, offset + i);
}

static void get(struct arena *a, uint32_t at, int tensor, uint32_t offset, uint32_t n)
{
    touch(a, at + offset + n);
    for (uint32_t i = 0; i < n; i++)
        a->wrong += a->tag[at + offset + i] != tag_of(tensor, offset + i);
}

static void poison(struct arena *a, const struct plan_step *s)
{
    if (!s->scratch || s->fast)
        return;
    touch(a, s->scratch_at + s->scratch);
    memset(a->tag + s->scratch_at, 0xA5, (size_t)s->scratch * sizeof *a->tag);
}

/* A call of a step's kernel. Kernels know rows from the call's first; tags have those of the whole
 * map. */
struct player {
    struct arena *a;
    const struct plan_step *s;
    const struct layer *l, *o; /* o: where the output's size is */
    int step, y0;              /* y0: output row of the map that the call starts with */
    struct plan_call c;
};

static void put_pixels(const struct player *g, uint32_t first, uint32_t count, uint32_t c,
                       uint32_t channels)
{
    uint32_t oc = (uint32_t)g->o->out_c, above = (uint32_t)(g->y0 * g->o->out_w);
    for (uint32_t k = first; k < first + count; k++) {
        touch(g->a, g->c.out_at + k * oc + c + channels);
        for (uint32_t b = c; b < c + channels; b++)
            g->a->tag[g->c.out_at + k * oc + b] = tag_of(g->step, (above + k) * oc + b);
    }
}

/* Pixel (y, x) as the kernel sees it, which must be row `row` of the map, and exist when and only
 * when that does. */
static void get_pixel(const struct player *g, int y, int row, int x, uint32_t c, uint32_t n)
{
    const struct layer *l = g->l;
    g->a->wrong += (y >= 0 && y < g->c.in_h) != (row >= 0 && row < l->in_h);
    if (y < 0 || y >= g->c.in_h || x < 0 || x >= l->in_w)
        return;
    uint32_t ic = (uint32_t)l->in_c, at = g->c.in_at[0] + (uint32_t)(y * l->in_w + x) * ic + c;
    touch(g->a, at + n);
    for (uint32_t i = 0; i < n; i++)
        g->a->wrong +=
            g->a->tag[at + i] != tag_of(g->s->in[0], (uint32_t)(row * l->in_w + x) * ic + c + i);
}

static void window(const struct player *g, int y, int x, int step, int step_x, int side, int side_x)
{
    for (int ky = 0; ky < side; ky++)
        for (int kx = 0; kx < side_x; kx++)
            get_pixel(g, y * step - g->c.pad_top + ky, (g->y0 + y) * step - g->l->pad + ky,
                      x * step_x - g->l->pad_x + kx, 0, (uint32_t)g->l->in_c);
}

/* Output rows in order, `block` channels after the other; input rows are gathered as the kernel's
 * ring needs them. */
static void play_depthwise(const struct player *g)
{
    const struct layer *l = g->l;
    uint32_t ic = (uint32_t)l->in_c, each = (uint32_t)(l->out_c / l->in_c),
             block = g->s->tile ? (uint32_t)g->s->tile : ic;
    for (uint32_t c = 0; c < ic; c += block) {
        uint32_t group = ic - c < block ? ic - c : block;
        int have = -g->c.pad_top;
        for (int y = 0; y < g->c.out_h; y++) {
            for (; have < y * l->stride - g->c.pad_top + l->kernel; have++)
                for (int x = 0; x < l->in_w; x++)
                    get_pixel(g, have, have + g->c.pad_top + g->y0 * l->stride - l->pad, x, c,
                              group);
            put_pixels(g, (uint32_t)(y * l->out_w), (uint32_t)l->out_w, c * each, group * each);
        }
    }
}

/* Blocks of pixels: all windows of a block are read before its outputs are written. */
static void play_product(const struct player *g)
{
    const struct layer *l = g->l;
    uint32_t block = g->s->tile ? (uint32_t)g->s->tile : 1,
             pixels = (uint32_t)(g->c.out_h * l->out_w);
    for (uint32_t first = 0; first < pixels; first += block) {
        uint32_t count = pixels - first < block ? pixels - first : block;
        for (uint32_t k = first; k < first + count; k++)
            window(g, (int)k / l->out_w, (int)k % l->out_w, l->stride, l->stride_x, l->kernel,
                   l->kernel_x);
        poison(g->a, g->s);
        put_pixels(g, first, count, 0, (uint32_t)l->out_c);
    }
}

/* Windows of `side` pixels, `step` apart, each read before its output is written. */
static void play_windows(const struct player *g, int side, int step)
{
    for (int y = 0; y < g->c.out_h; y++)
        for (int x = 0; x < g->o->out_w; x++) {
            window(g, y, x, step, step, side, side);
            put_pixels(g, (uint32_t)(y * g->o->out_w + x), 1, 0, (uint32_t)g->o->out_c);
        }
}

static void play_add(const struct player *g)
{
    uint32_t row = (uint32_t)(g->l->out_w * g->l->out_c), from = (uint32_t)g->y0 * row,
             bytes = (uint32_t)g->c.out_h * row;
    for (uint32_t k = 0; k < bytes; k++) {
        for (int i = 0; i < 2; i++) {
            touch(g->a, g->c.in_at[i] + k + 1);
            g->a->wrong += g->a->tag[g->c.in_at[i] + k] != tag_of(g->s->in[i], from + k);
        }
        touch(g->a, g->c.out_at + k + 1);
        g->a->tag[g->c.out_at + k] = tag_of(g->step, from + k);
    }
}

/* Pixel by pixel: channels from `first` on, or all of them twice, the second time beside the
 * outputs as they are written. */
static void play_pixels(struct arena *a, const struct plan_step *s, const struct layer *l, int i,
                        uint32_t first, bool mixed)
{
    uint32_t ic = (uint32_t)l->in_c, oc = (uint32_t)l->out_c,
             pixels = (uint32_t)(l->out_h * l->out_w);
    for (uint32_t k = 0; k < pixels; k++)
        for (uint32_t c = 0; c < oc; c++) {
            get(a, s->in_at[0], s->in[0], k * ic + first + c, 1);
            if (mixed)
                get(a, s->in_at[0], s->in[0], k * ic, ic);
            put(a, s->out_at, i, k * oc + c, 1);
        }
}

static void play(struct arena *a, const struct network *n, const struct plan *p, int i, int strip)
{
    const struct plan_step *s = &p->step[i];
    const struct layer *l = &n->layer[s->layer];
    struct player g = {
        .a = a, .s = s, .l = l, .o = s->pool >= 0 ? &n->layer[s->pool] : l, .step = i};
    if (i < p->stage.steps)
        g.y0 = p->stage.rows[strip * p->stage.steps + i].first;
    strips_call(n, p, i, strip, &g.c);
    poison(a, s);
    switch (s->kernel) {
    case KERNEL_STEM: play_windows(&g, 5, 4); break;
    case KERNEL_MAX_POOL:
    case KERNEL_AVERAGE_POOL: play_windows(&g, l->kernel, l->stride); break;
    case KERNEL_DEPTHWISE3X3:
    case KERNEL_DEPTHWISE: play_depthwise(&g); break;
    case KERNEL_ADD:
    case KERNEL_ELEMENTS: play_add(&g); break;
    case KERNEL_TABLE: play_pixels(a, s, l, i, 0, false); break;
    case KERNEL_SLICE: play_pixels(a, s, l, i, (uint32_t)l->first, false); break;
    case KERNEL_SHUFFLE: play_pixels(a, s, l, i, 0, true); break;
    case KERNEL_SCALE: /* factors first */
        get(a, s->in_at[1], s->in[1], 0, (uint32_t)(network_layer_factors(l) * l->in_c));
        play_pixels(a, s, l, i, 0, network_layer_factors(l) > 1);
        break;
    case KERNEL_POINTWISE: play_product(&g); break;
    case KERNEL_CONV:
        if (l->groups == 1) {
            play_product(&g);
            break;
        }
        /* fall through */
    case KERNEL_AVERAGE:
    case KERNEL_FULLY_CONNECTED:
    case KERNEL_CONCAT:
    case KERNEL_MOVE:
    case KERNEL_COMBINE:
    case KERNEL_REDUCE:
    case KERNEL_SOFTMAX:
    case KERNEL_RESIZE:
    case KERNEL_EXACT:
    case KERNEL_NONE:
    case KERNEL_COUNT: /* reads its input again while it writes */
        for (int k = 0; k < 3; k++) {
            int t = s->in[k % 2];
            if (t != LAYER_NONE)
                get(a, s->in_at[k % 2], t, 0, t == LAYER_INPUT ? p->input_bytes : p->step[t].bytes);
            if (k == 1)
                put(a, s->out_at, i, 0, s->bytes);
        }
        if (s->in[1] != LAYER_NONE)
            get(a, s->in_at[1], s->in[1], 0,
                s->in[1] == LAYER_INPUT ? p->input_bytes : p->step[s->in[1]].bytes);
    }
    poison(a, s);
    if (i >= p->stage.steps)
        get(a, s->out_at, i, 0, s->bytes);
}

/* What the strip before has left of maps within the stage is nothing to rely on. */
static void forget_strip(struct arena *a, const struct plan *p)
{
    for (uint32_t k = 0; k < a->size; k++) {
        int tensor = (int)(a->tag[k] >> 32) - 2;
        if (tensor >= 0 && tensor < p->stage.steps - 1)
            a->tag[k] = 0;
    }
}

static void play_checked(struct arena *a, const struct network *n, const struct plan *p, int i,
                         int strip)
{
    play(a, n, p, i, strip);
    if (a->wrong)
        fail_msg("%s %d, %s plan, %d strips: %d bytes were overwritten too early, first seen in %s "
                 "of strip %d",
                 n->name, n->in_h, p->kind == PLAN_INPLACE ? "inplace" : "pingpong",
                 p->stage.strips, a->wrong, n->layer[p->step[i].layer].name, strip);
}

static struct plan *check(const struct network *n, const struct plan_options *o)
{
    struct err e = {0};
    struct plan *p = plan_make(n, o, &e);
    if (!p)
        fail_msg("%s: %s", n->name, e.msg);
    struct arena a = {.tag = calloc(p->arena_bytes, sizeof *a.tag), .size = p->arena_bytes};
    assert_non_null(a.tag);
    put(&a, p->input_at, LAYER_INPUT, 0, p->input_bytes);
    for (int strip = 0; strip < p->stage.strips; strip++) {
        forget_strip(&a, p);
        for (int i = 0; i < p->stage.steps; i++)
            play_checked(&a, n, p, i, strip);
    }
    if (p->stage.steps)
        get(&a, p->step[p->stage.steps - 1].out_at, p->stage.steps - 1, 0,
            p->step[p->stage.steps - 1].bytes);
    for (int i = p->stage.steps; i < p->nsteps; i++)
        play_checked(&a, n, p, i, 0);
    /* the planned peak is reached, and not passed */
    assert_int_equal(nn_round_up(a.high, 16), p->arena_bytes);
    assert_true(p->arena_bytes >= p->lower_bound && p->map_bytes <= p->arena_bytes);
    free(a.tag);
    return p;
}

static void sound(void **state)
{
    (void)state;
    static const char *const names[] = {
        "etinynet-1.0",      "etinynet-0.75",  "etinynet-0.25",   "mobilenet-v2-0.35",
        "mobilenet-v1-0.5",  "etinynet-ssd",   "mnasnet-a1-0.35", "mobilenet-v3-small-0.35",
        "shufflenet-v2-0.5", "efficientnet-b", "micronet-m2",     "micronet-m3"};
    static const int inputs[] = {96, 100, 128, 224, 255};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t j = 0; j < sizeof inputs / sizeof *inputs; j++) {
            struct err e = {0};
            struct network *n = network_load(names[i], 0, inputs[j], &e);
            if (!n)
                fail_msg("%s: %s", names[i], e.msg);
            for (int k = 0; k < 2; k++) {
                enum plan_kind kind = k ? PLAN_INPLACE : PLAN_PINGPONG;
                struct plan *p[3] = {check(n, &(struct plan_options){kind, true, false, 0, 0}),
                                     check(n, &(struct plan_options){kind, true, true, 60000, 0}),
                                     check(n, &(struct plan_options){kind, false, false, 0, 0})};
                /* scratch elsewhere never costs arena */
                assert_true(p[1]->arena_bytes <= p[0]->arena_bytes);
                for (int m = 0; m < 3; m++)
                    plan_free(p[m]);
            }
            network_free(n);
        }
}

/* The same with a stage of a few strips, and of as many as are best. */
static void strips(void **state)
{
    (void)state;
    static const char *const names[] = {"etinynet-1.0",
                                        "etinynet-0.25",
                                        "mobilenet-v2-0.35",
                                        "mobilenet-v1-0.5",
                                        "tests/net/early_shortcuts.yaml",
                                        "etinynet-ssd",
                                        "mnasnet-a1-0.35",
                                        "shufflenet-v2-0.5"};
    static const int inputs[] = {96, 151, 224};
    int stages = 0, adds = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t j = 0; j < sizeof inputs / sizeof *inputs; j++) {
            struct err e = {0};
            struct network *n = network_load(names[i], 0, inputs[j], &e);
            if (!n)
                fail_msg("%s: %s", names[i], e.msg);
            struct plan *whole = check(n, &(struct plan_options){PLAN_INPLACE, true, false, 0, 0});
            for (int k = 0; k < 4; k++) {
                bool fast = k != 3, m7 = k == 1;
                struct plan *p =
                    check(n, &(struct plan_options){PLAN_INPLACE, fast, m7, m7 ? 60000 : 0,
                                                    k == 0 ? PATCHES_AUTO : 2 + 3 * k});
                assert_true(k != 0 || p->arena_bytes <= whole->arena_bytes);
                assert_int_equal(p->stage.strips, k ? 2 + 3 * k : p->stage.strips);
                stages += p->stage.strips > 0;
                for (int s = 0; s < p->stage.steps; s++)
                    adds += n->layer[p->step[s].layer].op == OP_ADD;
                plan_free(p);
            }
            plan_free(whole);
            network_free(n);
        }
    assert_true(stages > 60 && adds > 20); /* and shortcuts within stages */
}

/* Every rule about rows on a network small enough to say what must come out: 3x3 of stride 2 on 16
 * rows, 3x3 of stride 1. */
static void rows_by_hand(void **state)
{
    (void)state;
    struct err e = {0};
    /* conv0 16x16, dw 16x16, project, expand, dw s2 8x8, project */
    struct network *n = network_load("mobilenet-v2-0.35", 0, 32, &e);
    assert_non_null(n);
    struct plan *p = plan_make(n, &(struct plan_options){PLAN_INPLACE, true, true, 60000, 0}, &e);
    assert_non_null(p);
    assert_true(strips_possible(n, p, 5) && !strips_possible(n, p, 1) &&
                !strips_possible(n, p, p->nsteps));
    assert_true(!strips_possible(n, p, 7)); /* within a block with a shortcut two maps exist */
    assert_true(strips_divide(n, p, 5, 4, &e));
    static const int want[4][5][2] = {/* conv0, dw, project, expand, dw s2 */
                                      {{0, 5}, {0, 4}, {0, 4}, {0, 4}, {0, 2}},
                                      {{2, 9}, {3, 8}, {3, 8}, {3, 8}, {2, 4}},
                                      {{6, 13}, {7, 12}, {7, 12}, {7, 12}, {4, 6}},
                                      {{10, 16}, {11, 16}, {11, 16}, {11, 16}, {6, 8}}};
    for (int i = 0; i < 4; i++)
        for (int s = 0; s < 5; s++) {
            assert_int_equal(p->stage.rows[i * 5 + s].first, want[i][s][0]);
            assert_int_equal(p->stage.rows[i * 5 + s].end, want[i][s][1]);
        }
    struct plan_call c;
    strips_call(n, p, 0, 1, &c); /* rows 2 to 8 of conv0 read rows 3 to 17 of the image */
    assert_int_equal(c.in_h, 15);
    assert_int_equal(c.out_h, 7);
    assert_int_equal(c.pad_top, 0);
    assert_int_equal(c.in_at[0] - p->step[0].in_at[0], 3 * 32 * 3);
    strips_call(n, p, 0, 3, &c); /* rows 10 to 15 read rows 19 to 31 and one below */
    assert_int_equal(c.in_h, 13);
    strips_call(n, p, 0, 0, &c);
    assert_int_equal(c.pad_top, 1);
    assert_int_equal(strips_rows_again(n, p, 0), 5 + 7 + 7 + 6 - 16);
    assert_int_equal(strips_macs_again(n, p, 0), 9 * 16 * n->layer[0].out_c * 27);
    assert_int_equal(strips_rows_again(n, p, 4), 0);
    plan_free(p);
    assert_null(plan_make(n, &(struct plan_options){PLAN_INPLACE, true, true, 60000, 17}, &e));
    assert_int_equal(e.code, ERR_INPUT);
    network_free(n);
}

static uint32_t arena_of(const char *name, int input, enum plan_kind kind, bool fast, uint32_t room)
{
    struct err e = {0};
    struct network *n = network_load(name, 0, input, &e);
    assert_non_null(n);
    struct plan *p = check(n, &(struct plan_options){kind, fast, true, room, 0});
    uint32_t bytes = p->arena_bytes;
    plan_free(p);
    network_free(n);
    return bytes;
}

static void figures(void **state)
{
    (void)state;
    assert_int_equal(arena_of("etinynet-1.0", 224, PLAN_PINGPONG, false, 0), 245 * 1024);
    assert_int_equal(arena_of("etinynet-0.75", 224, PLAN_PINGPONG, false, 0), 2205 * 1024 / 10);
    assert_int_equal(arena_of("etinynet-1.0", 256, PLAN_PINGPONG, false, 0), 320 * 1024);
    /* F412: 64 KiB free beside stack and data */
    assert_true(arena_of("etinynet-1.0", 224, PLAN_INPLACE, true, 0) <= (256 - 64 - 4) * 1024);
    /* F746: SRAM1 and SRAM2 */
    assert_true(arena_of("etinynet-1.0", 256, PLAN_INPLACE, true, 60000) <= 256 * 1024);
}

/* The largest tile to wish for. Pointwise: equal blocks of at most 112 pixels, 64 on a dual-issue
 * core, rounded up to pairs; a convolution of t taps takes 2 t bytes a pixel, and at least 4 KiB
 * of them up to 16 pixels, at most 16 KiB; depthwise up to 32 channels. */
static void tiles_by_hand(void **state)
{
    static const struct {
        enum kernel kernel;
        int side, channels, window;
        bool dual_issue;
        int least, most;
    } cases[] = {
        {KERNEL_POINTWISE, 14, 16, 1, false, 2, 98}, /* 196 pixels: 2 blocks */
        {KERNEL_POINTWISE, 14, 16, 1, true, 2, 50},  /* 4 blocks of 49 */
        {KERNEL_POINTWISE, 8, 16, 1, true, 2, 64},   /* just one */
        {KERNEL_POINTWISE, 15, 16, 1, false, 2, 76}, /* 225: 3 of 75 */
        /* 324: 6 blocks of 54; with 65 a block 5 would do */
        {KERNEL_POINTWISE, 18, 16, 1, true, 2, 54},
        /* 900: 9 blocks of 100; with 113 a block 8 would do */
        {KERNEL_POINTWISE, 30, 16, 1, false, 2, 100},
        /* 288 bytes a pixel: 14 and 56; 14 blocks of 14, 4 of 49 */
        {KERNEL_CONV, 14, 16, 3, false, 14, 50},
        /* 1152 bytes: 3 and 14; 66 of 3, 14 of 14 */
        {KERNEL_CONV, 14, 64, 3, false, 4, 14},
        {KERNEL_CONV, 14, 256, 3, true, 2, 8}, /* 4608 bytes: 0 and 3, raised to 2 and 8; 25 of 8 */
        /* 8 bytes: 512 and 2048, cut to 16 and 64; 13 of 16, 4 of 49 */
        {KERNEL_CONV, 14, 4, 1, true, 16, 50},
        {KERNEL_DEPTHWISE3X3, 14, 30, 3, false, 4, 32},
        {KERNEL_DEPTHWISE3X3, 14, 13, 3, true, 4, 16},
        {KERNEL_DEPTHWISE3X3, 14, 96, 3, true, 4, 32},
        {KERNEL_MAX_POOL, 14, 96, 2, true, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int c = cases[i].channels, k = cases[i].window, side = cases[i].side;
        struct layer l = {.in_h = side,
                          .in_w = side,
                          .in_c = c,
                          .out_h = side,
                          .out_w = side,
                          .out_c = c,
                          .kernel = k,
                          .kernel_x = k,
                          .stride = 1,
                          .stride_x = 1,
                          .groups = cases[i].kernel == KERNEL_DEPTHWISE3X3 ? c : 1};
        struct kernel_job j = kernel_job(&l, NULL, NULL);
        struct kernel_tiles t = kernel_class(cases[i].kernel)->tiles(&j, cases[i].dual_issue);
        if (t.least != cases[i].least || t.most != cases[i].most)
            fail_msg("case %zu: %d to %d, expected %d to %d", i, t.least, t.most, cases[i].least,
                     cases[i].most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tiles_by_hand), cmocka_unit_test(sound),
                                       cmocka_unit_test(strips), cmocka_unit_test(rows_by_hand),
                                       cmocka_unit_test(figures)};
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
