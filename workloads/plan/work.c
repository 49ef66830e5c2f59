#include "workloads/plan/work.h"

#include <inttypes.h>

#include "workloads/firmware/nn_scratch.h"
#include "workloads/kernels/kernel.h"
#include "workloads/plan/strips.h"

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

/* Tiles of 2 pixels x 4 channels over blocks of pixels, depth rounded up to 4; each group of channels by itself. */
static uint64_t product(const struct network *n, const struct plan *p, int s, uint64_t k, struct buf *why)
{
    const struct layer *o = &n->layer[p->step[s].layer];
    uint64_t groups = (uint64_t)(o->op == OP_DEPTHWISE_CONV2D ? o->in_c : o->groups), step = (uint64_t)p->step[s].block, pairs = 0;
    uint64_t all = 0, channels = (uint64_t)o->out_c / groups;
    for (int i = 0; i < strips_calls(p, s); i++) {
        struct call c;
        strips_call(n, p, s, i, &c);
        uint64_t pixels = (uint64_t)c.out_h * (uint64_t)o->out_w;
        for (uint64_t first = 0; first < pixels; first += step)
            pairs += ((pixels - first < step ? pixels - first : step) + 1) / 2;
        all += pixels;
    }
    if (up(k, 4) != k)
        say(why, "operands taken as", k, up(k, 4));
    if (2 * pairs != all)
        say(why, "pixels taken as", all, 2 * pairs);
    if (up(channels, 4) != channels)
        say(why, groups > 1 ? "channels of each group taken as" : "channels taken as", channels, up(channels, 4));
    uint64_t outputs = 2 * pairs * up(channels, 4) * groups;
    say(why, "in the output stage", outputs, 0);
    return outputs * up(k, 4) + outputs;
}

/* Four outputs of a row at a time and two at its end, taps in pairs that serve even and odd columns. */
static uint64_t depthwise(const struct layer *l, uint64_t height, struct buf *why)
{
    struct nn_conv c = kernel_conv(l, NULL, NULL);
    uint64_t width = (uint64_t)l->out_w, taps = 2 * (uint64_t)nn_depthwise_words(&c);
    uint64_t outputs = height * up(width, 2) * (uint64_t)l->out_c;
    if (up(width, 2) != width)
        say(why, "columns taken as", width, up(width, 2));
    if (taps != (uint64_t)l->kernel_x)
        say(why, "taps of a row taken as", (uint64_t)l->kernel_x, taps);
    say(why, "in the output stage", outputs, 0);
    return outputs * taps * (uint64_t)l->kernel + outputs;
}

static uint64_t stem(const struct layer *l, const struct layer *o, uint64_t height, struct buf *why)
{
    uint64_t k = 9 * (uint64_t)l->in_c, pooled = height * (uint64_t)o->out_w * up((uint64_t)o->out_c, 2);
    if (up(k, 4) != k)
        say(why, "taps taken as", k, up(k, 4));
    if (l->out_h % 2 || l->out_w % 2)
        say(why, "positions of the convolution are pooled away unseen",
            (uint64_t)l->out_h * (uint64_t)l->out_w - 4 * (uint64_t)o->out_h * (uint64_t)o->out_w, 0);
    say(why, "in the output stage, one for four accumulators", pooled, 0);
    return 4 * pooled * up(k, 4) + pooled;
}

/* Inputs that already have the output's scale are copied. */
static uint64_t concat(const struct layer *l, const struct qlayer *q, struct buf *why)
{
    uint64_t pixels = (uint64_t)l->out_h * (uint64_t)l->out_w, n = 0;
    for (int i = 0; i < 2; i++)
        if (q->part[i].mult != 1 << q->part[i].shift || q->part[i].off < 0 || q->part[i].off >= 1 << q->part[i].shift)
            n += pixels * (uint64_t)(i ? l->out_c - l->in_c : l->in_c);
    say(why, "scaled inputs", n, 0);
    return n;
}

uint64_t step_multiplies(const struct network *n, const struct plan *p, int s, const struct qlayer *q, struct buf *why)
{
    const struct step *st = &p->step[s];
    const struct layer *l = &n->layer[st->layer], *o = st->pool >= 0 ? &n->layer[st->pool] : l;
    uint64_t again = (uint64_t)strips_rows_again(n, p, s), height = (uint64_t)o->out_h + again;
    uint64_t outputs = height * (uint64_t)l->out_w * (uint64_t)l->out_c;
    if (again)
        say(why, "rows are computed again", again, 0);
    switch ((enum kernel)st->kernel) {
    case KERNEL_STEM:
        return stem(l, o, height, why);
    case KERNEL_CONV: {
        struct nn_conv c = kernel_conv(l, NULL, NULL);
        return product(n, p, s, nn_conv_taps(&c), why);
    }
    case KERNEL_DEPTHWISE3X3:
        say(why, "in the output stage", outputs, 0);
        return 9 * outputs + outputs;
    case KERNEL_DEPTHWISE:
        return depthwise(l, height, why);
    case KERNEL_POINTWISE:
        return product(n, p, s, (uint64_t)l->in_c, why);
    case KERNEL_ADD:
        say(why, "scaled inputs", 2 * outputs, 0);
        return 2 * outputs;
    case KERNEL_SCALE:
        say(why, "in the output stage", outputs, 0);
        return layer_factors(l) == 1 ? 2 * outputs : 5 * outputs; /* both sums are always made */
    case KERNEL_CONCAT:
        return concat(l, q, why);
    case KERNEL_AVERAGE:
        say(why, "in the output stage", outputs, 0);
        return outputs;
    case KERNEL_FULLY_CONNECTED: {
        uint64_t k = (uint64_t)l->in_c, c = (uint64_t)l->out_c;
        if (up(c, 2) != c)
            say(why, "outputs taken as", c, up(c, 2));
        say(why, "in the output stage", c, 0);
        return up(c, 2) * (k & ~(uint64_t)3) + c * (k & 3) + c;
    }
    default:
        return 0;
    }
}
