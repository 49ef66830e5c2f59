/* Memory plans, played through byte by byte on the host: every kernel's order of reading and writing on an arena that remembers
 * which byte of which tensor it holds. A byte that was overwritten too early, by an output or by scratch, shows when it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/firmware/nn_scratch.h"
#include "workloads/kernel.h"
#include "workloads/plan.h"

struct arena {
    uint64_t *tag; /* tensor << 32 | offset, per byte */
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

static void poison(struct arena *a, const struct step *s)
{
    if (!s->scratch || s->fast)
        return;
    touch(a, s->scratch_at + s->scratch);
    memset(a->tag + s->scratch_at, 0xA5, (size_t)s->scratch * sizeof *a->tag);
}

static void get_pixel(struct arena *a, const struct step *s, const struct layer *l, int y, int x, uint32_t c, uint32_t n)
{
    if (y >= 0 && y < l->in_h && x >= 0 && x < l->in_w)
        get(a, s->in_at[0], s->in[0], (uint32_t)(y * l->in_w + x) * (uint32_t)l->in_c + c, n);
}

static void window(struct arena *a, const struct step *s, const struct layer *l, int y, int x, int side, int side_x)
{
    for (int ky = 0; ky < side; ky++)
        for (int kx = 0; kx < side_x; kx++)
            get_pixel(a, s, l, y + ky, x + kx, 0, (uint32_t)l->in_c);
}

/* Output rows in order, `block` channels after the other; input rows are gathered as the kernel's ring needs them. */
static void play_depthwise(struct arena *a, const struct step *s, const struct layer *l, int i)
{
    uint32_t ic = (uint32_t)l->in_c, each = (uint32_t)(l->out_c / l->in_c), block = s->block ? (uint32_t)s->block : ic;
    for (uint32_t c = 0; c < ic; c += block) {
        uint32_t group = ic - c < block ? ic - c : block;
        int have = -l->pad;
        for (int y = 0; y < l->out_h; y++) {
            for (; have < y * l->stride - l->pad + l->kernel; have++)
                for (int x = 0; x < l->in_w; x++)
                    get_pixel(a, s, l, have, x, c, group);
            for (int x = 0; x < l->out_w; x++)
                put(a, s->out_at, i, ((uint32_t)(y * l->out_w + x) * ic + c) * each, group * each);
        }
    }
}

/* Blocks of pixels: all windows of a block are read before its outputs are written. */
static void play_product(struct arena *a, const struct step *s, const struct layer *l, int i)
{
    uint32_t block = s->block ? (uint32_t)s->block : 1, oc = (uint32_t)l->out_c, pixels = (uint32_t)(l->out_h * l->out_w);
    for (uint32_t first = 0; first < pixels; first += block) {
        uint32_t count = pixels - first < block ? pixels - first : block;
        for (uint32_t k = first; k < first + count; k++) {
            int y = (int)k / l->out_w, x = (int)k % l->out_w;
            window(a, s, l, y * l->stride - l->pad, x * l->stride_x - l->pad_x, l->kernel, l->kernel_x);
        }
        poison(a, s);
        put(a, s->out_at, i, first * oc, count * oc);
    }
}

/* Windows of `side` pixels, `step` apart, each read before its output is written. */
static void play_windows(struct arena *a, const struct step *s, const struct layer *l, const struct layer *o, int i, int side, int step)
{
    uint32_t oc = (uint32_t)o->out_c;
    for (int y = 0; y < o->out_h; y++)
        for (int x = 0; x < o->out_w; x++) {
            window(a, s, l, step * y - l->pad, step * x - l->pad, side, side);
            put(a, s->out_at, i, (uint32_t)(y * o->out_w + x) * oc, oc);
        }
}

/* Pixel by pixel: channels from `first` on, or all of them twice, the second time beside the outputs as they are written. */
static void play_pixels(struct arena *a, const struct step *s, const struct layer *l, int i, uint32_t first, bool mixed)
{
    uint32_t ic = (uint32_t)l->in_c, oc = (uint32_t)l->out_c, pixels = (uint32_t)(l->out_h * l->out_w);
    for (uint32_t k = 0; k < pixels; k++)
        for (uint32_t c = 0; c < oc; c++) {
            get(a, s->in_at[0], s->in[0], k * ic + first + c, 1);
            if (mixed)
                get(a, s->in_at[0], s->in[0], k * ic, ic);
            put(a, s->out_at, i, k * oc + c, 1);
        }
}

static void play(struct arena *a, const struct network *n, const struct plan *p, int i)
{
    const struct step *s = &p->step[i];
    const struct layer *l = &n->layer[s->layer];
    poison(a, s);
    switch ((enum kernel)s->kernel) {
    case KERNEL_STEM:
        play_windows(a, s, l, &n->layer[s->pool], i, 5, 4);
        break;
    case KERNEL_MAX_POOL:
        play_windows(a, s, l, l, i, l->kernel, l->stride);
        break;
    case KERNEL_DEPTHWISE3X3:
    case KERNEL_DEPTHWISE:
        play_depthwise(a, s, l, i);
        break;
    case KERNEL_ADD:
        for (uint32_t k = 0; k < s->bytes; k += 4) {
            uint32_t m = s->bytes - k < 4 ? s->bytes - k : 4;
            get(a, s->in_at[0], s->in[0], k, m);
            get(a, s->in_at[1], s->in[1], k, m);
            put(a, s->out_at, i, k, m);
        }
        break;
    case KERNEL_SLICE:
        play_pixels(a, s, l, i, (uint32_t)l->first, false);
        break;
    case KERNEL_SHUFFLE:
        play_pixels(a, s, l, i, 0, true);
        break;
    case KERNEL_SCALE: /* factors first */
        get(a, s->in_at[1], s->in[1], 0, (uint32_t)(layer_factors(l) * l->in_c));
        play_pixels(a, s, l, i, 0, layer_factors(l) > 1);
        break;
    case KERNEL_POINTWISE:
        play_product(a, s, l, i);
        break;
    case KERNEL_CONV:
        if (l->groups == 1) {
            play_product(a, s, l, i);
            break;
        }
        /* fall through */
    default: /* reads its input again while it writes */
        for (int k = 0; k < 3; k++) {
            int t = s->in[k % 2];
            if (t != LAYER_NONE)
                get(a, s->in_at[k % 2], t, 0, t == LAYER_INPUT ? p->input_bytes : p->step[t].bytes);
            if (k == 1)
                put(a, s->out_at, i, 0, s->bytes);
        }
        if (s->in[1] != LAYER_NONE)
            get(a, s->in_at[1], s->in[1], 0, s->in[1] == LAYER_INPUT ? p->input_bytes : p->step[s->in[1]].bytes);
    }
    poison(a, s);
    get(a, s->out_at, i, 0, s->bytes);
}

static struct plan *check(const struct network *n, enum plan_kind kind, bool fast, bool m7, uint32_t room)
{
    struct err e = {0};
    struct plan *p = plan_make(n, kind, fast, m7, room, &e);
    if (!p)
        fail_msg("%s: %s", n->name, e.msg);
    struct arena a = {.tag = calloc(p->arena_bytes, sizeof *a.tag), .size = p->arena_bytes};
    assert_non_null(a.tag);
    put(&a, p->input_at, LAYER_INPUT, 0, p->input_bytes);
    for (int i = 0; i < p->nsteps; i++) {
        play(&a, n, p, i);
        if (a.wrong)
            fail_msg("%s %d, %s plan: %d bytes were overwritten too early, first seen in %s", n->name, n->in_h,
                     kind == PLAN_INPLACE ? "inplace" : "pingpong", a.wrong, n->layer[p->step[i].layer].name);
    }
    assert_int_equal(nn_round_up(a.high, 16), p->arena_bytes); /* the planned peak is reached, and not passed */
    assert_true(p->arena_bytes >= p->lower_bound && p->map_bytes <= p->arena_bytes);
    free(a.tag);
    return p;
}

static void sound(void **state)
{
    (void)state;
    static const char *const names[] = {"etinynet-1.0", "etinynet-0.75", "etinynet-0.25", "mobilenet-v2-0.35", "mobilenet-v1-0.5", "etinynet-ssd",
                                        "mnasnet-a1-0.35", "mobilenet-v3-small-0.35", "shufflenet-v2-0.5", "efficientnet-b", "micronet-m2", "micronet-m3"};
    static const int inputs[] = {96, 100, 128, 224, 255};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t j = 0; j < sizeof inputs / sizeof *inputs; j++) {
            struct err e = {0};
            struct network *n = network_load(names[i], 0, inputs[j], &e);
            if (!n)
                fail_msg("%s: %s", names[i], e.msg);
            for (int k = 0; k < 2; k++) {
                enum plan_kind kind = k ? PLAN_INPLACE : PLAN_PINGPONG;
                struct plan *p[3] = {check(n, kind, true, false, 0), check(n, kind, true, true, 60000), check(n, kind, false, false, 0)};
                assert_true(p[1]->arena_bytes <= p[0]->arena_bytes); /* scratch elsewhere never costs arena */
                for (int m = 0; m < 3; m++)
                    plan_free(p[m]);
            }
            network_free(n);
        }
}

static uint32_t arena_of(const char *name, int input, enum plan_kind kind, bool fast, uint32_t room)
{
    struct err e = {0};
    struct network *n = network_load(name, 0, input, &e);
    assert_non_null(n);
    struct plan *p = check(n, kind, fast, true, room);
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
    assert_true(arena_of("etinynet-1.0", 224, PLAN_INPLACE, true, 0) <= (256 - 64 - 4) * 1024); /* F412: 64 KiB free beside stack and data */
    assert_true(arena_of("etinynet-1.0", 256, PLAN_INPLACE, true, 60000) <= 256 * 1024);       /* F746: SRAM1 and SRAM2 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sound), cmocka_unit_test(figures)};
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
