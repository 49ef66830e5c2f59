#include "costmodel/streaming.h"

static uint64_t last_of_window(uint64_t at, uint64_t stride, uint64_t kernel, uint64_t pad,
                               uint64_t side)
{
    uint64_t end = at * stride + kernel; /* behind the window, padding included */
    end = end > pad ? end - pad : 1;
    return end < side ? end : side;
}

uint64_t streaming_needs(const struct stage *s, uint64_t j)
{
    uint64_t rows = last_of_window(j / s->out_w, s->stride, s->kernel_h, s->pad_h, s->in_h),
             columns = last_of_window(j % s->out_w, s->stride, s->kernel_w, s->pad_w, s->in_w);
    return (rows - 1) * s->in_w + columns;
}

static uint64_t positions(const struct stage *s)
{
    return s->out_h * s->out_w;
}

/* Input positions that the first `count` output positions need. */
static uint64_t needed_by(const struct stage *s, uint64_t count)
{
    uint64_t row = count - 1 - (count - 1) % s->out_w, need = streaming_needs(s, count - 1),
             above = row ? streaming_needs(s, row - 1) : 0; /* the end of the row before it */
    return need > above ? need : above;
}

/* Of the first `count` output positions those that come with or after the first that waits for
 * the last input they need. */
static uint64_t after_last(const struct stage *s, uint64_t count)
{
    uint64_t last = needed_by(s, count), j = 0;
    while (j < count && streaming_needs(s, j) < last)
        j++;
    return count - j;
}

uint64_t streaming_interval(const struct stage *s, int n)
{
    uint64_t slowest = 0;
    for (int i = 0; i < n; i++)
        if (positions(&s[i]) * s[i].cycles > slowest)
            slowest = positions(&s[i]) * s[i].cycles;
    return slowest;
}

uint64_t streaming_latency(const struct stage *s, int n)
{
    /* From the last stage to the first: positions that the frame needs of a stage, and what
     * comes behind them. */
    uint64_t longest = 0, count = positions(&s[n - 1]), behind = 0;
    for (int at = n - 1; at >= 0; at--) {
        uint64_t chain = count * s[at].cycles + behind;
        for (int i = 0; i < at; i++)
            chain += streaming_needs(&s[i + 1], 0) * s[i].cycles;
        longest = chain > longest ? chain : longest;
        behind += after_last(&s[at], count) * s[at].cycles;
        count = needed_by(&s[at], count);
    }
    return longest;
}
