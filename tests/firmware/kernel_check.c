/* Runs on the target: fast kernels against nn_reference.c (compiled with every nn_ renamed to
 * ref_nn_) on random layers. Inputs, weights, zero points, windows, strides, paddings, groups,
 * clamps, tables, 4- and 8-bit weights, biases and signs of the multipliers vary; the output lies
 * where the memory planner would allow it, on the input; scratch and guards around it are poisoned.
 * Prints `checked N shapes, M differ` and leaves. CASES and SEED come from the command line of the
 * compiler. */
#include <stdint.h>
#include <string.h>

#include "fw.h"
#include "nn.h"
#include "nn_scratch.h"

void ref_nn_stem_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void ref_nn_conv_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void ref_nn_depthwise3x3_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void ref_nn_depthwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void ref_nn_max_pool_s8(const struct nn_conv *p, const int8_t *in, int8_t *out);
void ref_nn_scale_s8(const struct nn_scale *p, const int8_t *in, const int8_t *factor, int8_t *out,
                     void *scratch);
void ref_nn_concat_s8(const struct nn_concat *p, const int8_t *a, const int8_t *b, int8_t *out);
void ref_nn_slice_s8(const struct nn_channels *p, const int8_t *in, int8_t *out);
void ref_nn_channel_shuffle_s8(const struct nn_channels *p, const int8_t *in, int8_t *out);
void ref_nn_pointwise_s8(const struct nn_conv *p, const int8_t *in, int8_t *out, void *scratch);
void ref_nn_add_s8(const struct nn_add *p, const int8_t *a, const int8_t *b, int8_t *out);
void ref_nn_global_avg_pool_s8(const struct nn_pool *p, const int8_t *in, int8_t *out);
void ref_nn_fully_connected_s8(const struct nn_fc *p, const int8_t *in, int32_t *logits,
                               void *scratch);
void put_str(const char *s);
void put_hex(uint32_t v);
int main(void);

enum { BIG = 48 * 1024, GUARD = 64 };
static int8_t image[BIG], second[BIG], weights[BIG], expected[BIG],
    expected_wide[4096] __attribute__((aligned(8)));
static int8_t work[4 * BIG] __attribute__((aligned(8)));
static uint8_t scratch[2 * BIG] __attribute__((aligned(16)));
static int32_t mult[512], off[512], bias[512], shifts[512];
static int16_t narrow[2][512];
static int8_t zeros[512];
static int8_t table[256];
static uint32_t state = SEED;

static uint32_t rnd(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return (state >> 3) % n;
}

void put_str(const char *s)
{
    while (*s)
        board_putc(*s++);
}

void put_hex(uint32_t v)
{
    for (int i = 28; i >= 0; i -= 4)
        board_putc("0123456789abcdef"[v >> i & 15]);
}

static void put_int(uint32_t v)
{
    char d[12];
    int n = 0;
    do
        d[n++] = (char)('0' + v % 10);
    while (v /= 10);
    while (n)
        board_putc(d[--n]);
}

static void fill(int8_t *p, uint32_t n)
{
    int wide = (int)rnd(4);
    for (uint32_t i = 0; i < n; i++) {
        int8_t v = (int8_t)rnd(256);
        p[i] = wide == 0 ? (v < 0 ? -128 : 127) : v; /* extremes only, now and then */
    }
}

static int32_t zero_point(void)
{
    return rnd(3) == 0 ? -128 : (int32_t)rnd(256) - 128;
}

/* Multipliers that bring sums of k products near the int8 range, some far outside, both signs. */
static void output(struct nn_output *o, int channels, int k)
{
    uint32_t root = 1;
    while (root * root < (uint32_t)k)
        root++;
    o->shift = (int8_t)rnd(17);
    uint32_t unit = (uint32_t)(((100ull << 32 << o->shift) / (5000ull * root)) & 0x7FFFFFFF) | 1;
    for (int i = 0; i < channels; i++) {
        mult[i] = (int32_t)(unit / (1 + rnd(3))) * (rnd(4) ? 1 : -1);
        off[i] = ((int32_t)rnd(201) - 100) * (1 << o->shift);
        bias[i] = (int32_t)rnd(20001) - 10000;
    }
    o->mult = mult;
    o->off = off;
    o->narrow = (int8_t)(rnd(3) == 0);
    for (int i = 0; o->narrow && i < channels; i++) {
        narrow[0][i] = (int16_t)(mult[i] / 65536);
        narrow[1][i] = (int16_t)off[i];
    }
    if (o->narrow)
        o->mult = narrow[0], o->off = narrow[1];
    o->bias = rnd(3) ? 0 : bias;
    o->relu = (int8_t)rnd(2);
    o->act_min = (int8_t)(rnd(4) ? -128 : (int32_t)rnd(100) - 128);
    o->act_max = (int8_t)(rnd(4) ? 127 : 127 - (int32_t)rnd(100));
    o->lut = rnd(4) ? 0 : table;
    for (int i = 0; i < 256; i++)
        table[i] = (int8_t)rnd(256);
}

/* The output stage of .tflite files: 31 bits of a factor between 2^-22 and a half, sums of k
 * products near the int8 range as often as far outside. */
static void exact_output(struct nn_output *o, int channels, int k)
{
    int root = 0;
    while (k >> root > 1)
        root++;
    for (int i = 0; i < channels; i++) {
        int32_t shift = rnd(3) ? 5 + root / 2 + (int32_t)rnd(4) : 1 + (int32_t)rnd(22);
        mult[i] = (int32_t)(1u << 30 | rnd(1u << 30));
        shifts[i] = -shift;
        off[i] = (int32_t)rnd(256) - 128;
        bias[i] = (int32_t)rnd(20001) - 10000;
    }
    o->shifts = shifts;
    o->narrow = 0;
    o->mult = mult;
    o->off = off;
    o->bias = bias;
    o->relu = 0;
}

static void poison(uint32_t scratch_bytes)
{
    for (uint32_t i = 0; i < scratch_bytes; i++)
        scratch[i] = (uint8_t)rnd(256);
    memset(scratch + scratch_bytes, 0xA5, GUARD);
    memset(work, 0x5A, sizeof work);
}

/* `n` bytes at `out` must be the expected ones; the guards must be whole. [from, to) of work may
 * have been written. */
static int right(const int8_t *out, const int8_t *want, uint32_t n, const int8_t *from,
                 const int8_t *to, uint32_t scratch_bytes)
{
    int ok = memcmp(out, want, n) == 0;
    for (int i = 0; i < GUARD; i++)
        ok &= from[-1 - i] == 0x5A && to[i] == 0x5A && scratch[scratch_bytes + (uint32_t)i] == 0xA5;
    return ok;
}

/* Smallest lead of rows.h's rule, as in workloads/plan/plan.c: rows written must not pass rows
 * still to be read. */
static int32_t rows_lead(const struct nn_conv *c, int step)
{
    int32_t lead = 0;
    for (int y = 0; y < c->out_h; y++) {
        int32_t first = y * step - c->pad_top,
                d = (y + 1) * c->out_w * c->out_c - (first > 0 ? first * c->in_w * c->in_c : 0);
        lead = d > lead ? d : lead;
    }
    return lead;
}

enum {
    STEM,
    CONV,
    DEPTHWISE3,
    DEPTHWISE,
    POINTWISE,
    GROUPED,
    MAX_POOL,
    ADD,
    POOL,
    FC,
    SCALE,
    CONCAT,
    SLICE,
    SHUFFLE,
    KINDS
};

static void fast_max(const struct nn_conv *p, const int8_t *in, int8_t *out, void *s)
{
    (void)s;
    nn_max_pool_s8(p, in, out);
}

static void plain_max(const struct nn_conv *p, const int8_t *in, int8_t *out, void *s)
{
    (void)s;
    ref_nn_max_pool_s8(p, in, out);
}

/* Kernel, stride, padding and groups of a kind; *bottom and *right are the padding there. */
static void window(int kind, struct nn_conv *p, int *bottom, int *right)
{
    static const int8_t sides[] = {1, 2, 3, 3, 4, 5, 5, 7};
    int fixed = kind == STEM || kind == DEPTHWISE3, none = kind == POINTWISE;
    p->kernel = p->kernel_x = fixed ? 3 : none ? 1 : sides[rnd(8)];
    p->stride = p->stride_x = kind == STEM ? 2 : none ? 1 : (int8_t)(1 + rnd(2));
    if (!fixed && !none && kind != MAX_POOL && rnd(4) == 0) { /* a rectangle */
        p->kernel_x = sides[rnd(8)];
        p->stride_x = (int8_t)(1 + rnd(2));
    } else if (kind == CONV && rnd(8) == 0) {
        p->stride = p->stride_x = 3;
    }
    /* Often half the window on every side; TensorFlow pads even sizes at the bottom and right only,
     * strips of a map where the map ends. */
    int each = rnd(3) == 0, even = rnd(4) != 0;
    uint32_t most_y = fixed ? 1 : (uint32_t)p->kernel - 1,
             most_x = fixed ? 1 : (uint32_t)p->kernel_x - 1;
    p->pad_top = (int8_t)(each ? rnd(most_y + 1) : even ? (uint32_t)(p->kernel - 1) / 2 : 0);
    p->pad_left = (int8_t)(each ? rnd(most_x + 1) : even ? (uint32_t)(p->kernel_x - 1) / 2 : 0);
    *bottom = each ? (int)rnd(most_y + 1) : p->pad_top;
    *right = each ? (int)rnd(most_x + 1) : p->pad_left;
}

/* A layer of the kind; returns the number of its weights, 0 when it is too large or none. */
static uint32_t shape(int kind, struct nn_conv *p)
{
    int bottom, right, dw = kind == DEPTHWISE || kind == DEPTHWISE3 || kind == MAX_POOL;
    window(kind, p, &bottom, &right);
    p->in_h = (int16_t)(1 + rnd(kind == STEM ? 34 : 20));
    p->in_w = (int16_t)(1 + rnd(kind == STEM ? 34 : rnd(8) ? 20 : 70));
    p->in_c = (int16_t)(kind == STEM   ? (rnd(4) ? 3 : 1 + rnd(8))
                        : kind == CONV ? 1 + rnd(rnd(2) ? 4 : 16)
                                       : 1 + rnd(rnd(2) ? 12 : 150));
    p->out_c = dw ? p->in_c : (int16_t)(1 + rnd(rnd(2) ? 12 : 80));
    p->groups = dw ? p->in_c : 1;
    if (kind == GROUPED) {
        p->groups = (int16_t)(1 + rnd(rnd(2) ? 4 : 24));
        p->in_c = (int16_t)(p->groups * (int)(1 + rnd(6)));
        p->out_c = (int16_t)(p->groups * (int)(1 + rnd(6)));
    }
    if (kind == DEPTHWISE && rnd(4) == 0) {
        p->in_c = p->groups = (int16_t)(1 + rnd(20));
        p->out_c = (int16_t)(p->in_c * (int)(1 + rnd(5)));
    }
    int more_h = p->pad_top + bottom - p->kernel, more_w = p->pad_left + right - p->kernel_x;
    if (p->in_h + more_h < 0 || p->in_w + more_w < 0)
        return 0;
    p->out_h = (int16_t)((p->in_h + more_h) / p->stride + 1);
    p->out_w = (int16_t)((p->in_w + more_w) / p->stride_x + 1);
    if (kind == STEM) {
        p->out_h /= 2;
        p->out_w /= 2;
    }
    uint32_t nw = nn_conv_taps(p) * (uint32_t)p->out_c;
    p->block = (int16_t)(dw ? 4 * (1 + rnd(9)) : 2 * (1 + rnd(12)));
    if (kind == POINTWISE && rnd(3) == 0) { /* one pixel */
        p->in_h = p->in_w = p->out_h = p->out_w = 1;
        p->block = 0;
    }
    return p->out_h > 0 && p->out_w > 0 && p->in_h * p->in_w * p->in_c <= BIG &&
                   p->out_h * p->out_w * p->out_c <= BIG && nw <= BIG
               ? nw
               : 0;
}

/* Where the planner may put the output: this many bytes or more before the input; -1: nowhere on
 * it. */
static int32_t lead_of(int kind, const struct nn_conv *p)
{
    switch (kind) {
    case STEM: return rows_lead(p, 4);
    case CONV:
    case MAX_POOL: return rows_lead(p, p->stride);
    case POINTWISE:
        return p->out_c > p->in_c ? (p->out_h * p->out_w - 1) * (p->out_c - p->in_c) : 0;
    case DEPTHWISE3:
    case DEPTHWISE: return p->in_w >= p->out_w && p->in_c == p->out_c ? 0 : -1;
    default: return -1;
    }
}

/* test_kernels.sh makes them */
extern void (*const kernel_rows[2 * 2 * 2 * 17 + 2])(void);

static void (*rows_of(const struct nn_conv *p))(void)
{
    int stride = p->stride - 1;
    if (p->out.shifts)
        return kernel_rows[2 * 2 * 2 * 17 + stride];
    return kernel_rows[((stride * 2 + (p->out.bias != 0)) * 2 + p->out.relu) * 17 + p->out.shift];
}

static int check_conv(int kind)
{
    static const struct {
        void (*fast)(const struct nn_conv *, const int8_t *, int8_t *, void *);
        void (*plain)(const struct nn_conv *, const int8_t *, int8_t *, void *);
        uint32_t (*scratch)(const struct nn_conv *);
    } of[] = {[STEM] = {nn_stem_s8, ref_nn_stem_s8, nn_stem_scratch},
              [CONV] = {nn_conv_s8, ref_nn_conv_s8, nn_conv_scratch},
              [GROUPED] = {nn_conv_s8, ref_nn_conv_s8, nn_conv_scratch},
              [DEPTHWISE3] = {nn_depthwise3x3_s8, ref_nn_depthwise3x3_s8, nn_depthwise3x3_scratch},
              [DEPTHWISE] = {nn_depthwise_s8, ref_nn_depthwise_s8, nn_depthwise_scratch},
              [POINTWISE] = {nn_pointwise_s8, ref_nn_pointwise_s8, nn_pointwise_scratch},
              [MAX_POOL] = {fast_max, plain_max, 0}};
    struct nn_conv p = {.wbits = rnd(3) ? 8 : 4, .in_zp = zero_point(), .weights = weights};
    uint32_t nw, s;
    do {
        while (!(nw = shape(kind, &p)))
            ;
        s = of[kind].scratch ? of[kind].scratch(&p) : 0;
    } while (s + GUARD > sizeof scratch);
    int k = (int)nn_conv_taps(&p);
    output(&p.out, p.out_c, p.wbits == 4 ? k * 4 : k);
    if (kind != STEM && rnd(3) == 0)
        exact_output(&p.out, p.out_c, p.wbits == 4 ? k * 256 : k);
    if (kind == STEM)
        p.out.lut = 0;
    if ((kind == DEPTHWISE || kind == DEPTHWISE3) &&
        rnd(2)) { /* nothing is read behind the last channel's */
        int8_t *z = zeros + sizeof zeros - p.in_c;
        for (int c = 0; c < p.in_c; c++)
            z[c] = (int8_t)zero_point();
        p.in_zero = z;
    }
    if (kind == DEPTHWISE3)
        p.rows = rows_of(&p);
    uint32_t in_n = (uint32_t)(p.in_h * p.in_w * p.in_c),
             out_n = (uint32_t)(p.out_h * p.out_w * p.out_c);
    fill(image, in_n);
    fill(weights, nw);
    poison(s);
    int32_t lead = lead_of(kind, &p);
    int8_t *out = work + BIG, *in = lead < 0 ? out + out_n + GUARD : out + lead;
    const int8_t *end = in + in_n > out + out_n ? in + in_n : out + out_n;
    memcpy(in, image, in_n);
    of[kind].plain(&p, image, expected, 0);
    of[kind].fast(&p, in, out, scratch);
    int ok = right(out, expected, out_n, out, end, s);
    if (!ok) {
        put_str("differs: kind ");
        put_int((uint32_t)kind);
        const int16_t v[] = {p.in_h,    p.in_w,     p.in_c,     p.out_h,  p.out_w,
                             p.out_c,   p.kernel,   p.kernel_x, p.stride, p.stride_x,
                             p.pad_top, p.pad_left, p.groups,   p.wbits,  p.block};
        for (unsigned i = 0; i < sizeof v / sizeof *v; i++) {
            put_str(" ");
            put_int((uint32_t)v[i]);
        }
        put_str("\n");
    }
    return ok;
}

static int check_add(void)
{
    struct nn_add p = {.n = 1 + (int32_t)rnd(2000), .shift = (int32_t)rnd(17)};
    p.mult_a = (int32_t)rnd(65536) - 32768;
    p.mult_b = (int32_t)rnd(65536) - 32768;
    p.off = (int32_t)rnd(1u << 20) - (1 << 19);
    if (rnd(2)) {
        p.c = 1 + (int32_t)rnd(70);
        p.n = p.c * (1 + (int32_t)rnd(25));
        p.mult = mult, p.offs = off;
        for (int c = 0; c < p.c; c++) {
            mult[c] = (int32_t)(rnd(65536) | rnd(65536) << 16);
            off[c] = (int32_t)rnd(1u << 20) - (1 << 19);
        }
    }
    fill(image, (uint32_t)p.n);
    fill(second, (uint32_t)p.n);
    poison(0);
    int8_t *a = work + BIG;
    memcpy(a, image, (uint32_t)p.n);
    ref_nn_add_s8(&p, image, second, expected);
    if (rnd(2))
        nn_add_s8(&p, a, second, a);
    else
        nn_add_s8(&p, second, a, a), ref_nn_add_s8(&p, second, image, expected);
    return right(a, expected, (uint32_t)p.n, a, a + p.n, 0);
}

static int check_pool(void)
{
    struct nn_pool p = {.in_h = (int16_t)(1 + rnd(24)),
                        .in_w = (int16_t)(1 + rnd(24)),
                        .c = (int16_t)(1 + rnd(80)),
                        .in_zp = zero_point()};
    output(&p.out, 1, p.in_h * p.in_w);
    fill(image, (uint32_t)(p.in_h * p.in_w * p.c));
    poison(0);
    int8_t *out = work + BIG;
    ref_nn_global_avg_pool_s8(&p, image, expected);
    nn_global_avg_pool_s8(&p, image, out);
    return right(out, expected, (uint32_t)p.c, out, out + p.c, 0);
}

static int check_fc(void)
{
    struct nn_fc p = {.in_c = (int16_t)(1 + rnd(rnd(2) ? 20 : 300)),
                      .out_c = (int16_t)(1 + rnd(60)),
                      .wbits = rnd(2) ? 8 : 4};
    p.in_zp = zero_point();
    p.weights = weights;
    p.mult = mult;
    p.off = off;
    struct nn_output o;
    output(&o, p.out_c, p.in_c);
    fill(image, (uint32_t)p.in_c);
    fill(weights, (uint32_t)(p.in_c * p.out_c));
    uint32_t s = nn_fully_connected_scratch(&p), n = 4 * (uint32_t)p.out_c;
    poison(s);
    int8_t *out = work + BIG;
    ref_nn_fully_connected_s8(&p, image, (int32_t *)(void *)expected_wide, 0);
    nn_fully_connected_s8(&p, image, (int32_t *)(void *)out, scratch);
    return right(out, expected_wide, n, out, out + n, s);
}

static int check_scale(void)
{
    struct nn_scale p = {.pixels = 1 + (int32_t)rnd(60),
                         .sets = (int16_t)(1 << rnd(3)),
                         .in_zp = zero_point(),
                         .shift = (int32_t)rnd(17)};
    p.groups = (int16_t)(1 + rnd(6));
    p.c = (int16_t)(p.groups * (int)(1 + rnd(12)));
    for (int j = 0; j < 4; j++)
        p.base[j] = (int16_t)((int32_t)rnd(384) - 192);
    p.mult = (int32_t)(rnd(1u << 16) << p.shift) & 0x7FFFFFFF;
    p.off = ((int32_t)rnd(201) - 100) * (1 << p.shift);
    uint32_t n = (uint32_t)(p.pixels * p.c), s = nn_scale_scratch(&p);
    int32_t lead = p.sets == 1 ? 0 : p.c;
    fill(image, n);
    fill(second, (uint32_t)(p.c * p.sets));
    poison(s);
    int8_t *out = work + BIG, *in = out + lead;
    memcpy(in, image, n);
    ref_nn_scale_s8(&p, image, second, expected, 0);
    nn_scale_s8(&p, in, second, out, scratch);
    return right(out, expected, n, out, in + n, s);
}

static int check_concat(void)
{
    struct nn_concat p = {.pixels = 1 + (int32_t)rnd(60),
                          .c = {(int16_t)(1 + rnd(40)), (int16_t)(1 + rnd(40))}};
    for (int i = 0; i < 2; i++) {
        int same = rnd(3) == 0;
        p.shift[i] = (int32_t)rnd(same ? 15 : 17);
        p.mult[i] = same ? 1 << p.shift[i] : (int32_t)rnd(65536) - 32768;
        p.off[i] = same ? (int32_t)rnd(1u << p.shift[i]) : (int32_t)rnd(1u << 20) - (1 << 19);
    }
    uint32_t na = (uint32_t)(p.pixels * p.c[0]), nb = (uint32_t)(p.pixels * p.c[1]);
    fill(image, na);
    fill(second, nb);
    poison(0);
    int8_t *out = work + BIG;
    ref_nn_concat_s8(&p, image, second, expected);
    nn_concat_s8(&p, image, second, out);
    return right(out, expected, na + nb, out, out + na + nb, 0);
}

static int check_channels(int kind)
{
    struct nn_channels p = {.pixels = 1 + (int32_t)rnd(60)};
    if (kind == SLICE) {
        p.in_c = (int16_t)(1 + rnd(60));
        p.out_c = (int16_t)(1 + rnd((uint32_t)p.in_c));
        p.first = (int16_t)rnd((uint32_t)(p.in_c - p.out_c + 1));
    } else {
        p.first = (int16_t)(rnd(2) ? 2 : 1 + rnd(6));
        p.in_c = p.out_c = (int16_t)(p.first * (int)(1 + rnd(20)));
    }
    uint32_t in_n = (uint32_t)(p.pixels * p.in_c), out_n = (uint32_t)(p.pixels * p.out_c);
    fill(image, in_n);
    poison(0);
    int8_t *out = work + BIG, *in = out + (kind == SLICE ? 0 : p.in_c);
    memcpy(in, image, in_n);
    if (kind == SLICE)
        ref_nn_slice_s8(&p, image, expected), nn_slice_s8(&p, in, out);
    else
        ref_nn_channel_shuffle_s8(&p, image, expected), nn_channel_shuffle_s8(&p, in, out);
    return right(out, expected, out_n, out, in + in_n, 0);
}

static int check(int kind)
{
    switch (kind) {
    case ADD: return check_add();
    case POOL: return check_pool();
    case FC: return check_fc();
    case SCALE: return check_scale();
    case CONCAT: return check_concat();
    case SLICE:
    case SHUFFLE: return check_channels(kind);
    default: return check_conv(kind);
    }
}

int main(void)
{
    static const char *const names[KINDS] = {
        "stem",         "conv",     "depthwise3x3", "depthwise",    "pointwise",
        "grouped conv", "max pool", "add",          "average pool", "fc",
        "scale",        "concat",   "slice",        "shuffle"};
    uint32_t bad = 0, failed[KINDS] = {0};
    for (uint32_t i = 0; i < CASES; i++) {
        int kind = (int)(i % KINDS), ok = check(kind);
        failed[kind] += !ok;
        bad += !ok;
    }
    for (int k = 0; k < KINDS; k++)
        if (failed[k]) {
            put_str(names[k]);
            put_str(" differs ");
            put_int(failed[k]);
            put_str(" times\n");
        }
    put_str("checked ");
    put_int(CASES);
    put_str(" shapes, ");
    put_int(bad);
    put_str(" differ\n");
    return bad != 0;
}
