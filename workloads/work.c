#include "workloads/work.h"

#include <inttypes.h>

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

/* Tiles of 2 pixels x 4 channels over blocks of pixels, depth rounded up to 4. */
static uint64_t product(const struct layer *o, uint64_t k, int block, struct buf *why)
{
    uint64_t pixels = (uint64_t)o->out_h * (uint64_t)o->out_w, channels = (uint64_t)o->out_c, step = (uint64_t)block, pairs = 0;
    for (uint64_t first = 0; first < pixels; first += step)
        pairs += ((pixels - first < step ? pixels - first : step) + 1) / 2;
    if (up(k, 4) != k)
        say(why, "operands taken as", k, up(k, 4));
    if (2 * pairs != pixels)
        say(why, "pixels taken as", pixels, 2 * pairs);
    if (up(channels, 4) != channels)
        say(why, "channels taken as", channels, up(channels, 4));
    uint64_t outputs = 2 * pairs * up(channels, 4);
    say(why, "in the output stage", outputs, 0);
    return outputs * up(k, 4) + outputs;
}

uint64_t step_multiplies(const struct network *n, const struct step *s, struct buf *why)
{
    const struct layer *l = &n->layer[s->layer], *o = s->pool >= 0 ? &n->layer[s->pool] : l;
    uint64_t outputs = (uint64_t)o->out_h * (uint64_t)o->out_w * (uint64_t)o->out_c;
    switch (l->op) {
    case OP_CONV2D: {
        uint64_t k = 9 * (uint64_t)l->in_c;
        if (s->pool < 0)
            return product(l, k, s->block, why);
        uint64_t channels = up((uint64_t)o->out_c, 2), pooled = (uint64_t)o->out_h * (uint64_t)o->out_w * channels;
        if (up(k, 4) != k)
            say(why, "taps taken as", k, up(k, 4));
        if (4 * outputs != (uint64_t)l->out_h * (uint64_t)l->out_w * (uint64_t)l->out_c)
            say(why, "positions of the convolution are pooled away unseen",
                (uint64_t)l->out_h * (uint64_t)l->out_w - 4 * (uint64_t)o->out_h * (uint64_t)o->out_w, 0);
        say(why, "in the output stage, one for four accumulators", pooled, 0);
        return 4 * pooled * up(k, 4) + pooled;
    }
    case OP_DEPTHWISE_CONV2D:
        say(why, "in the output stage", outputs, 0);
        return 9 * outputs + outputs;
    case OP_POINTWISE_CONV2D:
        return product(l, (uint64_t)l->in_c, s->block, why);
    case OP_ADD:
        say(why, "scaled inputs", 2 * outputs, 0);
        return 2 * outputs;
    case OP_GLOBAL_AVG_POOL:
        say(why, "in the output stage", outputs, 0);
        return outputs;
    case OP_FULLY_CONNECTED: {
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
