#include <inttypes.h>

#include "workloads/firmware/nn_scratch.h"
#include "workloads/kernels/descriptor.h"
#include "workloads/kernels/kernel.h"

/* What a kernel is asked to do, and where it says why it multiplies more often than the layer has
 * MACs. */
struct load {
    const struct kernel_job *job;
    const int *heights; /* output rows of each call */
    int calls;
    uint64_t height;  /* their sum */
    uint64_t outputs; /* of a layer without a fused pool, in all calls */
    struct buf *why;
};

static uint64_t up(uint64_t v, uint64_t unit)
{
    return (v + unit - 1) / unit * unit;
}

static void say(struct buf *why, const char *fmt, uint64_t a, uint64_t b)
{
    if (!why)
        return;
    if (why->len)
        buf_str(why, "; ");
    buf_printf(why, "%" PRIu64 " ", a);
    buf_printf(why, "%s", fmt);
    if (b)
        buf_printf(why, " %" PRIu64, b);
}

static uint64_t multiplies_none(const struct load *w)
{
    (void)w;
    return 0;
}

/* One in the output stage of each value. */
static uint64_t multiplies_outputs(const struct load *w)
{
    say(w->why, "in the output stage", w->outputs, 0);
    return w->outputs;
}

/* One for each value. */
static uint64_t multiplies_values(const struct load *w)
{
    return multiplies_outputs(w);
}

/* Both inputs and the output of a sum are scaled, a product once more than that. */
static uint64_t multiplies_combine(const struct load *w)
{
    int kind = w->job->layer->kind;
    uint64_t each = kind == NN_LARGER || kind == NN_SMALLER ? 0 : kind == NN_MULTIPLY ? 2 : 3;
    say(w->why, "scaled values", each * w->outputs, 0);
    return each * w->outputs;
}

/* Exponentials twice: a dozen products each, by their bits. */
static uint64_t multiplies_softmax(const struct load *w)
{
    enum { EXPONENTIAL = 8 };
    say(w->why, "in exponentials, more by their bits", 2 * EXPONENTIAL * w->outputs, 0);
    return 2 * EXPONENTIAL * w->outputs;
}

static uint64_t multiplies_resize(const struct load *w)
{
    return w->job->layer->bilinear ? 8 * w->outputs : 0;
}

/* One for each weight and position, and the output stage. */
static uint64_t multiplies_exact(const struct load *w)
{
    return w->job->layer->weights * w->height * (uint64_t)w->job->layer->out_w +
           multiplies_outputs(w);
}

/* Tiles of 2 pixels x 4 channels over blocks of pixels, depth k rounded up to 4; each group of
 * channels by itself. */
static uint64_t product(const struct load *w, uint64_t k)
{
    struct nn_conv c = kernel_conv(w->job);
    uint64_t groups = (uint64_t)c.groups, tile = (uint64_t)w->job->tile, pairs = 0, all = 0;
    uint64_t channels = (uint64_t)c.out_c / groups;
    for (int i = 0; i < w->calls; i++) {
        uint64_t pixels = (uint64_t)w->heights[i] * (uint64_t)c.out_w;
        for (uint64_t first = 0; first < pixels; first += tile)
            pairs += ((pixels - first < tile ? pixels - first : tile) + 1) / 2;
        all += pixels;
    }
    if (up(k, 4) != k)
        say(w->why, "operands taken as", k, up(k, 4));
    if (2 * pairs != all)
        say(w->why, "pixels taken as", all, 2 * pairs);
    if (up(channels, 4) != channels)
        say(w->why, groups > 1 ? "channels of each group taken as" : "channels taken as", channels,
            up(channels, 4));
    uint64_t outputs = 2 * pairs * up(channels, 4) * groups;
    say(w->why, "in the output stage", outputs, 0);
    return outputs * up(k, 4) + outputs;
}

static uint64_t multiplies_conv(const struct load *w)
{
    struct nn_conv c = kernel_conv(w->job);
    return product(w, nn_conv_taps(&c));
}

static uint64_t multiplies_depthwise3x3(const struct load *w)
{
    return 9 * w->outputs + multiplies_outputs(w);
}

/* Four outputs of a row at a time and two at its end, taps in pairs that serve even and odd
 * columns. */
static uint64_t multiplies_depthwise(const struct load *w)
{
    const struct layer *l = w->job->layer;
    struct nn_conv c = kernel_conv(w->job);
    uint64_t width = (uint64_t)l->out_w, taps = 2 * (uint64_t)nn_depthwise_words(&c);
    uint64_t outputs = w->height * up(width, 2) * (uint64_t)l->out_c;
    if (up(width, 2) != width)
        say(w->why, "columns taken as", width, up(width, 2));
    if (taps != (uint64_t)l->kernel_x)
        say(w->why, "taps of a row taken as", (uint64_t)l->kernel_x, taps);
    say(w->why, "in the output stage", outputs, 0);
    return outputs * taps * (uint64_t)l->kernel + outputs;
}

static uint64_t multiplies_stem(const struct load *w)
{
    const struct layer *l = w->job->layer, *o = w->job->pool ? w->job->pool : l;
    uint64_t k = 9 * (uint64_t)l->in_c,
             pooled = w->height * (uint64_t)o->out_w * up((uint64_t)o->out_c, 2);
    if (up(k, 4) != k)
        say(w->why, "taps taken as", k, up(k, 4));
    if (l->out_h % 2 || l->out_w % 2)
        say(w->why, "positions of the convolution are pooled away unseen",
            (uint64_t)l->out_h * (uint64_t)l->out_w - 4 * (uint64_t)o->out_h * (uint64_t)o->out_w,
            0);
    say(w->why, "in the output stage, one for four accumulators", pooled, 0);
    return 4 * pooled * up(k, 4) + pooled;
}

static uint64_t multiplies_add(const struct load *w)
{
    say(w->why, "scaled inputs", 2 * w->outputs, 0);
    return 2 * w->outputs;
}

/* With several sets of factors both sums are always made. */
static uint64_t multiplies_scale(const struct load *w)
{
    return (network_layer_factors(w->job->layer) == 1 ? 1 : 4) * w->outputs + multiplies_outputs(w);
}

/* Inputs that already have the output's scale are copied. */
static uint64_t multiplies_concat(const struct load *w)
{
    const struct layer *l = w->job->layer;
    const struct qlayer *q = w->job->constants;
    uint64_t pixels = (uint64_t)l->out_h * (uint64_t)l->out_w, n = 0;
    for (int i = 0; i < 2; i++)
        if (q->part[i].mult != 1 << q->part[i].shift || q->part[i].off < 0 ||
            q->part[i].off >= 1 << q->part[i].shift)
            n += pixels * (uint64_t)(i ? l->out_c - l->in_c : l->in_c);
    say(w->why, "scaled inputs", n, 0);
    return n;
}

/* One vector: rows of weights four by four, 4-bit ones two by two; what is left of the rows and of
 * each row by itself. */
static uint64_t multiplies_fc(const struct load *w)
{
    uint64_t k = (uint64_t)w->job->layer->in_c, c = (uint64_t)w->job->layer->out_c,
             whole = w->job->wbits == 8 ? k & ~(uint64_t)3
                     : k % 8            ? 0
                                        : k,
             rows = w->job->wbits == 8 ? c + 3 * (c & 3) : up(c, 2);
    if (whole && rows != c)
        say(w->why, "outputs taken as", c, rows);
    say(w->why, "in the output stage", c, 0);
    return rows * whole + c * (k - whole) + c;
}

static uint64_t multiplies_pointwise(const struct load *w)
{
    return w->job->tile ? product(w, (uint64_t)w->job->layer->in_c) : multiplies_fc(w);
}

uint64_t kernel_multiplies(enum kernel k, const struct kernel_job *j, const int *heights, int calls,
                           struct buf *why)
{
    static uint64_t (*const rule[KERNEL_COUNT])(const struct load *w) = {
        [KERNEL_NONE] = multiplies_none,
#define KERNEL(id, always, sometimes, when, function, descriptor, args, output, tables, channels, \
               rows, elementwise, scratch, tiles, overlap, multiplies, source)                    \
    [KERNEL_##id] = multiplies_##multiplies,
#include "workloads/kernels/kernels.def"
    };
    const struct layer *l = j->layer;
    struct load w = {.job = j, .heights = heights, .calls = calls, .why = why};
    for (int i = 0; i < calls; i++)
        w.height += (uint64_t)heights[i];
    uint64_t once = (uint64_t)(j->pool ? j->pool : l)->out_h;
    if (w.height > once)
        say(why, "rows are computed again", w.height - once, 0);
    w.outputs = w.height * (uint64_t)l->out_w * (uint64_t)l->out_c;
    return rule[k](&w);
}
