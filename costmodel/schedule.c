#include "costmodel/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "workloads/kernels/kernel.h"

static uint64_t u(int v)
{
    return v > 0 ? (uint64_t)v : 0;
}

/* Sum over outputs of the taps of one dimension that fall inside the map. */
static uint64_t inside(int in, int out, int kernel, int stride, int pad)
{
    uint64_t sum = 0;
    for (int o = 0; o < out; o++) {
        int lo = o * stride - pad, hi = lo + kernel;
        lo = lo < 0 ? 0 : lo;
        hi = hi > in ? in : hi;
        sum += u(hi - lo);
    }
    return sum;
}

/* Values that one output value needs of its channel, or of each channel of its group. */
static uint64_t window_values(const struct layer *l)
{
    switch (op_class(l->op)->window) {
    case OP_WINDOW_NONE: return 1;
    case OP_WINDOW_SQUARE:
    case OP_WINDOW_FREE: return u(l->kernel) * u(l->kernel_x);
    case OP_WINDOW_WHOLE: return u(l->in_h) * u(l->in_w);
    }
    return 1;
}

/* How often a layer reads a second map, which is not spread over its engine's lanes as the first
 * is. */
static uint64_t second_reads(const struct network *net, const struct layer *l)
{
    switch (op_class(l->op)->second) {
    case OP_SECOND_NONE:
    case OP_SECOND_CHANNELS: /* a part of what a copy moves */ return 0;
    case OP_SECOND_ELEMENTS: return u(l->out_h) * u(l->out_w);
    case OP_SECOND_FACTORS: /* read once for all positions */
        return l->in[1] >= 0 ? u(net->layer[l->in[1]].out_c) / u(l->in_c) : 1;
    }
    return 0;
}

static void shape(struct work *w, const struct network *net, const struct layer *l, uint64_t abits)
{
    const struct op_class *c = op_class(l->op);
    bool dense = c->weights == OP_WEIGHTS_DENSE, windowed = op_windowed(l->op);
    w->weighted = op_weighted(l->op);
    w->dw = c->weights == OP_WEIGHTS_EACH;
    w->groups = dense ? u(l->groups) : 1;
    w->kernel = u(l->kernel), w->stride = u(l->stride), w->pad = u(l->pad);
    w->in_h = u(l->in_h), w->out_w = u(l->out_w), w->out_h = u(l->out_h);
    w->in_w = u(l->in_w);
    w->in_c = u(l->in_c) / w->groups;
    w->in_px = u(l->in_h) * u(l->in_w);
    w->positions = w->out_px = u(l->out_h) * u(l->out_w);
    w->columns = u(l->out_c) / w->groups;
    w->weights = l->weights;
    w->macs = l->macs;
    w->affine = l->bn || l->bias;
    w->map_bytes = ceil_div(w->out_px * u(l->out_c) * abits, 8);
    w->reading = !w->weighted ? READ_OPERAND : windowed ? READ_WINDOW : READ_DIRECT;
    w->reduction = window_values(l) * (dense ? w->in_c : 1);
    w->shortcut = second_reads(net, l);
    /* What is neither weighted nor has a window reads as many values as it writes. */
    w->in_elements = w->weighted || c->window != OP_WINDOW_NONE ? w->in_px * u(l->in_c)
                                                                : w->positions * w->columns;
    w->window_slides = windowed;
    w->requantises = w->weighted || l->op == OP_GLOBAL_AVG_POOL;
    w->rows_inside = windowed ? inside(l->in_h, l->out_h, l->kernel, l->stride, l->pad) : 0;
    w->taps_inside = windowed ? inside(l->in_h, l->out_h, l->kernel, l->stride, l->pad) *
                                    inside(l->in_w, l->out_w, l->kernel_x, l->stride_x, l->pad_x)
                              : w->positions * w->reduction;
    /* The first output waits for the last tap of its window that lies inside the map. */
    int down = l->kernel - 1 - l->pad, right = l->kernel_x - 1 - l->pad_x;
    w->prime_px = w->reading == READ_WINDOW ? u(down < l->in_h ? down : l->in_h - 1) * w->in_w +
                                                  u(right < l->in_w ? right : l->in_w - 1) + 1
                                            : 0;
}

/* Does anything between layers [from, to] or nothing else read layer i? */
static bool read_only_within(const struct network *net, int i, int from, int to)
{
    bool any = false;
    for (int j = 0; j < net->nlayers; j++)
        for (int s = 0; s < 2; s++)
            if (net->layer[j].in[s] == i) {
                if (j < from || j > to)
                    return false;
                any = true;
            }
    return any;
}

static int engine_for(const struct accelerator *a, enum op op, unsigned taken)
{
    for (int i = 0; i < a->nengines; i++)
        if (a->engine[i].serves >> op & 1 && !(taken >> i & 1))
            return i;
    return -1;
}

/* Pools and adds that a layer does on its way out. */
static void fuse(const struct accelerator *a, const struct network *net, struct work *w, int i)
{
    const struct layer *l = &net->layer[i];
    int before = i - 1;
    if (before < 0 || !read_only_within(net, before, i, i))
        return;
    int host = w[before].exec;
    bool pool = l->op == OP_MAX_POOL && a->fuse_stem_pool && net->layer[before].fused_pool &&
                l->in[0] == before;
    bool add = l->op == OP_ADD && a->fuse_add && w[host].engine >= 0 && !w[host].shortcut &&
               l->in[0] != l->in[1] && (l->in[0] == before || l->in[1] == before);
    if (!pool && !add)
        return;
    w[i].runs = false;
    w[i].shortcut = 0;
    w[i].exec = host;
    w[before].stored = false;
    w[host].out_px = w[i].positions;
    if (add)
        w[host].shortcut = w[host].out_px;
}

/* Layer `first` and those that follow it, if their operations spell the accelerator's block and
 * each has an engine. */
static void pipeline(const struct accelerator *a, const struct network *net, struct work *w,
                     int first)
{
    int member[MAX_FUSED], engine[MAX_FUSED], n = 0, i = first, end = net->nlayers;
    unsigned taken = 0;
    for (; i < end && n < a->nblock; i++) {
        const struct layer *l = &net->layer[i];
        if (!w[i].runs)
            continue; /* a fused add belongs to its host */
        if (l->op != a->block[n] || (n && l->in[0] != i - 1))
            return;
        if (!op_weighted(l->op) || (engine[n] = engine_for(a, l->op, taken)) < 0)
            return;
        taken |= 1u << engine[n];
        member[n++] = i;
    }
    if (n < a->nblock || n < 2)
        return;
    while (i < end && !w[i].runs)
        i++; /* adds fused into the last member */
    for (int m = 1; m < n; m++)
        if (!read_only_within(net, member[m] - 1, member[m], i - 1))
            return;
    for (int m = 0; m < n; m++) {
        struct work *x = &w[member[m]];
        x->engine = engine[m];
        x->group = first;
        x->group_end = member[n - 1];
        x->input_streams = m > 0;
        x->output_streams = m + 1 < n;
        if (m > 0)
            w[member[m] - 1].stored = false;
    }
    /* A shortcut that starts inside the pipeline does not come from the feature memory either. */
    for (int j = first; j < i; j++)
        for (int s = 0; s < 2; s++) {
            int from = net->layer[j].in[s];
            if (net->layer[j].op == OP_ADD && from >= first && !w[from].stored &&
                w[from].exec != w[j].exec)
                w[w[j].exec].shortcut_streams = true;
        }
}

/* A map lives until its last reader is done; one that nobody reads is a result and stays to the
 * end. */
static void lifetimes(const struct network *net, struct work *w)
{
    for (int i = 0; i < net->nlayers; i++) {
        w[i].first = w[w[i].exec].group;
        w[i].last = -1;
        for (int j = i + 1; j < net->nlayers; j++)
            for (int s = 0; s < 2; s++)
                if (net->layer[j].in[s] == i && w[w[j].exec].group_end > w[i].last)
                    w[i].last = w[w[j].exec].group_end;
        w[i].result = w[i].last < 0;
        if (w[i].result)
            w[i].last = net->nlayers - 1;
    }
}

struct work *schedule_make(const struct accelerator *a, const struct network *net, uint64_t abits,
                           struct err *e)
{
    struct work *w = calloc((size_t)net->nlayers + 1, sizeof *w);
    if (!w) {
        err_nomem(e);
        return NULL;
    }
    for (int i = 0; i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        w[i].runs = w[i].stored = true;
        w[i].exec = w[i].group = w[i].group_end = i;
        shape(&w[i], net, l, abits);
        w[i].logits = kernel_of(net, i) == KERNEL_FULLY_CONNECTED;
        w[i].engine = op_weighted(l->op) ? engine_for(a, l->op, 0) : -1;
        if (op_weighted(l->op) && w[i].engine < 0) {
            err_set(e, ERR_INPUT, "%s: no engine serves %s, which layer %s of %s needs", a->name,
                    op_name(l->op), l->name, net->name);
            free(w);
            return NULL;
        }
        fuse(a, net, w, i);
    }
    for (int i = 0; i < net->nlayers; i++)
        if (w[i].runs && a->nblock && w[i].group_end == i)
            pipeline(a, net, w, i);
    lifetimes(net, w);
    return w;
}

int schedule_maps(const struct network *net, const struct work *w, struct npu_map *out,
                  uint64_t abits, uint64_t align, uint64_t *top, uint64_t *peak, int *at)
{
    int n = 0;
    struct npu_map image = {.layer = LAYER_INPUT, .first = 0, .last = 0};
    image.bytes = ceil_div(u(net->in_h) * u(net->in_w) * u(net->in_c) * abits, 8);
    for (int i = 0; i < net->nlayers; i++)
        for (int s = 0; s < 2; s++)
            if (net->layer[i].in[s] == LAYER_INPUT && w[w[i].exec].group_end > image.last)
                image.last = w[w[i].exec].group_end;
    out[n++] = image;
    for (int i = 0; i < net->nlayers; i++)
        if (w[i].stored)
            out[n++] = (struct npu_map){
                .layer = i, .first = w[i].first, .last = w[i].last, .bytes = w[i].map_bytes};
    *top = *peak = 0;
    *at = 0;
    for (int i = 0; i < n; i++) {
        struct npu_map *m = &out[i];
        uint64_t live = 0;
        bool moved = true;
        /* first fit: move past every map that is alive at the same time and in the way */
        while (moved) {
            moved = false;
            for (int j = 0; j < i; j++) {
                const struct npu_map *o = &out[j];
                if (o->last >= m->first && o->first <= m->last &&
                    o->offset < m->offset + m->bytes && m->offset < o->offset + o->bytes) {
                    m->offset = ceil_div(o->offset + o->bytes, align) * align;
                    moved = true;
                }
            }
        }
        for (int j = 0; j <= i; j++)
            if (out[j].first <= m->first && out[j].last >= m->first)
                live += out[j].bytes;
        if (live > *peak)
            *peak = live, *at = m->first;
        if (m->offset + m->bytes > *top)
            *top = m->offset + m->bytes;
    }
    return n;
}
