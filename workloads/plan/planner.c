#include "workloads/plan/planner.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "workloads/firmware/nn_scratch.h"
#include "workloads/plan/strips.h"

/* What a step's kernel asks for, over all its calls. */
struct rule {
    struct kernel_overlap overlap;
    uint32_t scratch_least; /* smallest scratch the kernel can work with */
};

struct tensor_at { /* a map that exists while a step runs */
    uint32_t at, bytes;
};

struct search {
    struct plan *p;
    const struct rule *rule;
    uint32_t size;
    int64_t stage_lead; /* between the stage's last map and the image */
    uint64_t nodes;     /* left */
};

enum {
    ALIGN = 16,
    NODES = 20000,        /* places to try before a size of the arena is given up */
    LIVE_STEPS = 60,      /* most maps that may be needed at once, */
    LIVE = LIVE_STEPS + 2 /* with the image and the last map of a stage */
};

static uint32_t align_up(uint32_t v)
{
    return nn_round_up(v, ALIGN);
}

/* Sizes that a descriptor's fields hold. */
static bool sizes_fit(const struct layer *l, struct err *e)
{
    int sizes[] = {l->in_h, l->in_w, l->in_c, l->out_h, l->out_w, l->out_c};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] > INT16_MAX)
            return err_set(
                e, ERR_INPUT,
                "layer %s: %s %dx%dx%d to %dx%dx%d, expected sides and channels of at most 32767",
                l->name, op_name(l->op), l->in_h, l->in_w, l->in_c, l->out_h, l->out_w, l->out_c);
    return true;
}

static uint32_t scratch_of(const struct kernel_class *c, struct kernel_job *j, int tile)
{
    j->tile = tile;
    return c->scratch(j);
}

/* How a call of a step may overlap. The reference kernels keep no order but that of elements. */
static struct kernel_overlap call_overlap(const struct kernel_class *c, struct kernel_job j,
                                          const struct plan_call *call, bool fast)
{
    j.in_h = call->in_h;
    j.out_h = call->out_h;
    j.pad_top = call->pad_top;
    if (!fast)
        return (struct kernel_overlap){c->elementwise ? KERNEL_OVERLAP_AHEAD : KERNEL_OVERLAP_NONE,
                                       0};
    return c->overlap(&j);
}

/* The rule of a step, and its tile and scratch, which do not depend on heights; overlaps must be
 * sound in each call. */
static bool step_rule(const struct network *n, const struct plan *p, int s,
                      const struct plan_options *o, struct rule *r, struct err *e)
{
    struct plan_step *st = &p->step[s];
    const struct kernel_class *c = kernel_class(st->kernel);
    struct kernel_job j = plan_job(n, st, NULL);
    *r = (struct rule){.scratch_least = 0};
    st->tile = 0;
    st->scratch = 0;
    if (!sizes_fit(j.layer, e))
        return false;
    if (o->fast_kernels) {
        struct kernel_tiles tiles = c->tiles(&j, o->dual_issue);
        r->scratch_least = scratch_of(c, &j, tiles.least);
        st->tile = tiles.most;
        st->scratch = scratch_of(c, &j, tiles.most);
    }
    for (int i = 0; i < strips_calls(p, s); i++) {
        struct plan_call call;
        strips_call(n, p, s, i, &call);
        struct kernel_overlap one = call_overlap(c, j, &call, o->fast_kernels);
        /* Inputs lie at 0 yet: a call starts to read this far into a strip that others read from
         * its start. */
        one.lead -= st->in[1] == LAYER_NONE || call.in_at[0] < call.in_at[1] ? call.in_at[0]
                                                                             : call.in_at[1];
        if (i == 0)
            r->overlap = one;
        r->overlap.lead = one.lead > r->overlap.lead ? one.lead : r->overlap.lead;
    }
    if (o->kind == PLAN_PINGPONG && !c->elementwise)
        r->overlap.kind = KERNEL_OVERLAP_NONE;
    return true;
}

/* Tile that fits into `room` bytes of scratch; sets tile and scratch. */
static void shrink(const struct network *n, struct plan_step *s, uint32_t room)
{
    const struct kernel_class *c = kernel_class(s->kernel);
    struct kernel_job j = plan_job(n, s, NULL);
    struct kernel_tiles tiles = c->tiles(&j, false);
    while (s->scratch > room && tiles.unit && s->tile > tiles.least) {
        s->tile -= tiles.unit;
        s->scratch = scratch_of(c, &j, s->tile);
    }
}

static uint32_t tensor_bytes(const struct plan *p, int t)
{
    return t == LAYER_INPUT ? p->input_bytes : p->step[t].bytes;
}

static uint32_t tensor_offset(const struct plan *p, int t)
{
    return t == LAYER_INPUT ? p->input_at : p->step[t].out_at;
}

static int input_last_use(const struct plan *p)
{
    int last = p->stage.steps ? p->stage.steps - 1 : 0;
    for (int s = 0; s < p->nsteps; s++)
        for (int k = 0; k < 2; k++)
            if (p->step[s].in[k] == LAYER_INPUT)
                last = s > last ? s : last;
    return last;
}

/* Tensors other than the output that exist while step s runs; in a stage, image and last map at
 * each of its steps. */
static int alive(const struct plan *p, int s, int *list)
{
    int n = 0;
    if (s <= input_last_use(p))
        list[n++] = LAYER_INPUT;
    for (int t = 0; t < s; t++)
        if (p->step[t].last_use >= s)
            list[n++] = t;
    if (s < p->stage.steps - 1)
        list[n++] = p->stage.steps - 1;
    return n;
}

static bool dies_here(const struct plan *p, int s, int t)
{
    return (t == LAYER_INPUT ? input_last_use(p) : p->step[t].last_use) == s;
}

static bool disjoint(uint32_t a, uint32_t an, uint32_t b, uint32_t bn)
{
    return a + an <= b || b + bn <= a;
}

/* May the output start at `out` where an input that dies starts at `in`? */
static bool overlap_allows(const struct kernel_overlap *o, uint32_t in, uint32_t out)
{
    switch (o->kind) {
    case KERNEL_OVERLAP_NONE: return false;
    case KERNEL_OVERLAP_SAME: return out == in;
    case KERNEL_OVERLAP_AHEAD: return (int64_t)in - (int64_t)out >= o->lead;
    }
    return false;
}

static bool out_fits(const struct search *x, int s, uint32_t at, const int *live, int nlive)
{
    const struct plan *p = x->p;
    const struct plan_step *st = &p->step[s];
    if ((uint64_t)at + st->bytes > x->size)
        return false;
    for (int i = 0; i < nlive; i++) {
        uint32_t o = tensor_offset(p, live[i]), n = tensor_bytes(p, live[i]);
        if (disjoint(at, st->bytes, o, n))
            continue;
        if (s == p->stage.steps - 1) {
            if (live[i] == LAYER_INPUT && (int64_t)o - (int64_t)at >= x->stage_lead)
                continue;
            return false;
        }
        if ((st->in[0] != live[i] && st->in[1] != live[i]) || !dies_here(p, s, live[i]))
            return false;
        if (!overlap_allows(&x->rule[s].overlap, o, at))
            return false;
    }
    return true;
}

/* Lowest hole of `bytes` beside the live tensors and the output. */
static bool find_hole(const struct search *x, int s, uint32_t bytes, uint32_t *at)
{
    const struct plan *p = x->p;
    int live[LIVE], n = alive(p, s, live);
    uint32_t a = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = -1; i < n; i++) {
            uint32_t o = i < 0 ? p->step[s].out_at : tensor_offset(p, live[i]);
            uint32_t b = i < 0 ? p->step[s].bytes : tensor_bytes(p, live[i]);
            if (!disjoint(a, bytes, o, b)) {
                a = align_up(o + b);
                moved = true;
            }
        }
    }
    *at = a;
    return (uint64_t)a + bytes <= x->size;
}

static bool scratch_fits(struct search *x, int s)
{
    struct plan_step *st = &x->p->step[s];
    return st->fast || find_hole(x, s, x->rule[s].scratch_least, &st->scratch_at);
}

/* The k-th output to place: a stage's last map exists before the strips do. */
static int step_to_place(const struct plan *p, int k)
{
    return k >= p->stage.steps ? k : k == 0 ? p->stage.steps - 1 : k - 1;
}

static bool place_outputs(struct search *x, int turn)
{
    struct plan *p = x->p;
    if (turn == p->nsteps)
        return true;
    if (x->nodes == 0)
        return false;
    x->nodes--;
    int s = step_to_place(p, turn), live[LIVE] = {LAYER_INPUT}, nlive = 1,
        last = p->stage.steps - 1;
    struct plan_step *st = &p->step[s];
    /* two of each input, both ends of the arena, two of each live tensor */
    int64_t cand[6 + 2 * LIVE];
    int nc = 0;
    if (s == last)
        cand[nc++] = ((int64_t)p->input_at - x->stage_lead) / ALIGN * ALIGN;
    else
        nlive = alive(p, s, live);
    for (int k = 0; s != last && k < 2; k++)
        if (st->in[k] != LAYER_NONE) {
            int64_t o = tensor_offset(p, st->in[k]);
            cand[nc++] = x->rule[s].overlap.kind == KERNEL_OVERLAP_AHEAD
                             ? (o - x->rule[s].overlap.lead) / ALIGN * ALIGN
                             : o;
            cand[nc++] = o;
        }
    cand[nc++] = 0;
    cand[nc++] = ((int64_t)x->size - st->bytes) / ALIGN * ALIGN;
    for (int i = 0; i < nlive; i++) {
        int64_t o = tensor_offset(p, live[i]), n = tensor_bytes(p, live[i]);
        cand[nc++] = align_up((uint32_t)(o + n));
        cand[nc++] = (o - st->bytes) / ALIGN * ALIGN;
    }
    for (int i = 0; i < nc; i++) {
        if (cand[i] < 0)
            continue;
        bool seen = false;
        for (int j = 0; j < i; j++)
            seen |= cand[j] == cand[i];
        if (seen || !out_fits(x, s, (uint32_t)cand[i], live, nlive))
            continue;
        st->out_at = (uint32_t)cand[i];
        if ((s != last && !scratch_fits(x, s)) || (turn == last && !scratch_fits(x, last)))
            continue;
        if (place_outputs(x, turn + 1))
            return true;
    }
    return false;
}

static bool feasible(struct search *x, uint32_t size)
{
    uint32_t at[2] = {0, (size - x->p->input_bytes) / ALIGN * ALIGN};
    x->size = size;
    for (int i = 0; i < 2; i++) {
        x->p->input_at = at[i];
        x->nodes = NODES;
        if (place_outputs(x, 0))
            return true;
    }
    return false;
}

static void bounds(const struct network *n, const struct plan *p, uint64_t *lower, uint64_t *upper)
{
    *lower = p->stage.steps ? strips_bound(n, p) : 0;
    *upper = 0;
    for (int s = 0; s < p->nsteps; s++) {
        int live[LIVE], nlive = alive(p, s, live);
        uint64_t before = 0, after = p->step[s].bytes;
        for (int i = 0; i < nlive; i++) {
            before += align_up(tensor_bytes(p, live[i]));
            if (!dies_here(p, s, live[i]))
                after += align_up(tensor_bytes(p, live[i]));
        }
        uint64_t exist = before > after ? before : after;
        if (s >= p->stage.steps && exist > *lower)
            *lower = exist;
        uint64_t all = before + align_up(p->step[s].bytes) + p->step[s].scratch;
        *upper = all > *upper ? all : *upper;
    }
}

/* Steps of the network: a fused pool belongs to its convolution. */
static bool make_steps(const struct network *n, struct plan *p, struct err *e)
{
    int *step_of = calloc((size_t)n->nlayers + 1, sizeof *step_of);
    p->step = calloc((size_t)n->nlayers + 1, sizeof *p->step);
    if (!step_of || !p->step) {
        free(step_of);
        return err_nomem(e);
    }
    bool ok = true;
    for (int i = 0; ok && i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        enum kernel kernel = kernel_of(n, i);
        if (kernel == KERNEL_NONE) {
            struct plan_step *s = &p->step[step_of[l->in[0]]];
            s->pool = i;
            s->bytes = (uint32_t)l->out_bytes;
            step_of[i] = step_of[l->in[0]];
            continue;
        }
        if (l->out_bytes > UINT32_MAX / 8 || l->in_bytes > UINT32_MAX / 8) {
            ok = err_set(
                e, ERR_INPUT, "layer %s: a map of %llu bytes is out of range", l->name,
                (unsigned long long)(l->out_bytes > l->in_bytes ? l->out_bytes : l->in_bytes));
            break;
        }
        struct plan_step *s = &p->step[p->nsteps];
        *s = (struct plan_step){.layer = i,
                                .pool = -1,
                                .bytes = (uint32_t)l->out_bytes,
                                .last_use = p->nsteps,
                                .kernel = kernel};
        if (kernel_class(kernel)->output == KERNEL_OUTPUT_LOGITS)
            s->bytes *= 4;
        for (int k = 0; k < 2; k++)
            s->in[k] = l->in[k] < 0 ? l->in[k] : step_of[l->in[k]];
        step_of[i] = p->nsteps++;
    }
    free(step_of);
    for (int s = 0; s < p->nsteps; s++)
        for (int k = 0; k < 2; k++)
            if (p->step[s].in[k] >= 0)
                p->step[p->step[s].in[k]].last_use = s;
    for (int s = 0; s < p->nsteps; s++)
        if (network_is_output(n, p->step[s].pool >= 0 ? p->step[s].pool : p->step[s].layer))
            p->step[s].last_use = p->nsteps;
    for (int s = 0; ok && s < p->nsteps; s++) {
        int at_once = 0;
        for (int t = 0; t < s; t++)
            at_once += p->step[t].last_use >= s;
        if (at_once > LIVE_STEPS)
            ok = err_set(e, ERR_INPUT, "layer %s: more than %d tensors are alive at once",
                         n->layer[p->step[s].layer].name, LIVE_STEPS);
    }
    return ok;
}

/* With every tensor in place, gives each kernel the largest tile that its free bytes allow. */
static void enlarge(const struct network *n, struct search *x)
{
    struct plan *p = x->p;
    for (int i = 0; i < p->nsteps; i++) {
        struct plan_step *s = &p->step[i];
        if (s->fast || !s->scratch)
            continue;
        while (!find_hole(x, i, s->scratch, &s->scratch_at) &&
               s->scratch > x->rule[i].scratch_least)
            shrink(n, s, s->scratch - 1);
    }
}

static int by_offset(const void *a, const void *b)
{
    const struct tensor_at *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Bytes of the arena that hold some map while step s runs. */
static uint32_t maps_at(const struct plan *p, int s)
{
    int live[LIVE], n = alive(p, s, live);
    struct tensor_at t[LIVE + 1] = {{p->step[s].out_at, p->step[s].bytes}};
    for (int i = 0; i < n; i++)
        t[i + 1] = (struct tensor_at){tensor_offset(p, live[i]), tensor_bytes(p, live[i])};
    qsort(t, (size_t)n + 1, sizeof *t, by_offset);
    uint32_t sum = 0, end = 0;
    for (int i = 0; i <= n; i++) {
        uint32_t from = t[i].at > end ? t[i].at : end, to = t[i].at + t[i].bytes;
        sum += to > from ? to - from : 0;
        end = to > end ? to : end;
    }
    return sum;
}

static void measure(struct plan *p)
{
    uint32_t top = p->input_at + p->input_bytes, fullest = 0;
    for (int s = 0; s < p->nsteps; s++) {
        const struct plan_step *st = &p->step[s];
        uint32_t used = 0;
        int live[LIVE], n = alive(p, s, live);
        for (int i = 0; i < n; i++)
            used = tensor_offset(p, live[i]) + tensor_bytes(p, live[i]) > used
                       ? tensor_offset(p, live[i]) + tensor_bytes(p, live[i])
                       : used;
        used = st->out_at + st->bytes > used ? st->out_at + st->bytes : used;
        if (!st->fast && st->scratch)
            used = st->scratch_at + st->scratch > used ? st->scratch_at + st->scratch : used;
        top = used > top ? used : top;
        uint32_t maps = maps_at(p, s), full = maps + (st->fast ? 0 : st->scratch);
        p->map_bytes = maps > p->map_bytes ? maps : p->map_bytes;
        if (full > fullest) {
            fullest = full;
            p->peak_step = s;
        }
    }
    p->arena_bytes = align_up(top);
}

/* Smallest arena that the search finds between what must exist and everything at once. */
static bool arrange(const struct network *n, struct search *x, struct err *e)
{
    uint64_t lower, upper;
    bounds(n, x->p, &lower, &upper);
    x->p->lower_bound = (uint32_t)lower;
    x->stage_lead = x->p->stage.steps ? strips_lead(n, x->p) : 0;
    upper *= 2;
    uint32_t lo = (uint32_t)(lower / ALIGN), hi = (uint32_t)(upper / ALIGN + 1);
    if (upper > UINT32_MAX / 2 || !feasible(x, hi * ALIGN))
        return err_set(e, ERR_INPUT, "%s: no memory plan was found", n->name);
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (feasible(x, mid * ALIGN))
            hi = mid;
        else
            lo = mid + 1;
    }
    return feasible(x, hi * ALIGN);
}

/* The plan with a stage of so many steps and strips, or without one. */
static struct plan *plan_with(const struct network *n, const struct plan_options *o, int steps,
                              int strips, struct err *e)
{
    struct plan *p = calloc(1, sizeof *p);
    struct rule *rule = calloc((size_t)n->nlayers + 1, sizeof *rule);
    bool ok = p && rule ? true : err_nomem(e);
    if (ok) {
        p->kind = o->kind;
        p->input_bytes = (uint32_t)n->in_h * (uint32_t)n->in_w * (uint32_t)n->in_c;
        ok = make_steps(n, p, e) && (!steps || strips_divide(n, p, steps, strips, e));
    }
    for (int s = 0; ok && s < p->nsteps; s++) {
        struct plan_step *st = &p->step[s];
        ok = step_rule(n, p, s, o, &rule[s], e);
        if (ok && s < steps - 1)
            st->bytes = strips_bytes(n, p, s);
        if (ok && rule[s].scratch_least && rule[s].scratch_least <= o->fast_room) {
            shrink(n, st, o->fast_room);
            st->fast = true;
            p->fast_bytes = st->scratch > p->fast_bytes ? st->scratch : p->fast_bytes;
        }
    }
    struct search x = {.p = p, .rule = rule};
    ok = ok && arrange(n, &x, e);
    if (ok) {
        enlarge(n, &x);
        for (int s = 0; s < p->nsteps; s++)
            for (int k = 0; k < 2; k++)
                p->step[s].in_at[k] =
                    p->step[s].in[k] == LAYER_NONE ? 0 : tensor_offset(p, p->step[s].in[k]);
        measure(p);
        /* both begin at a multiple of 16 bytes */
        p->arena_fast = (uint64_t)p->arena_bytes + p->fast_bytes + 32 <= o->fast_room;
    }
    free(rule);
    if (!ok) {
        plan_free(p);
        return NULL;
    }
    return p;
}

struct candidate { /* a way to run the first steps */
    int steps, strips;
    uint64_t bound, again; /* bytes that must exist; multiply-accumulates done twice */
};

static int by_bound(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return x->bound != y->bound   ? (x->bound < y->bound ? -1 : 1)
           : x->again != y->again ? (x->again < y->again ? -1 : 1)
                                  : 0;
}

/* Every stage of `patches` strips; with PATCHES_AUTO of any number that makes the tallest strip
 * lower. Uses p->stage. */
static bool list_stages(const struct network *n, struct plan *p, int patches,
                        struct candidate **list, size_t *count, struct err *e)
{
    size_t cap = 0;
    for (int steps = 2; steps < p->nsteps; steps++) {
        if (!strips_possible(n, p, steps))
            continue;
        const struct plan_step *last = &p->step[steps - 1];
        int height = n->layer[last->pool >= 0 ? last->pool : last->layer].out_h, tallest = height;
        for (int strips = 2; strips <= height && strips <= PATCHES_MOST; strips++) {
            if (patches == PATCHES_AUTO ? (height + strips - 1) / strips == tallest
                                        : strips != patches)
                continue;
            tallest = (height + strips - 1) / strips;
            struct candidate *more = buf_grow(*list, *count, &cap, sizeof *more);
            if (!more)
                return err_nomem(e);
            *list = more;
            struct candidate *c = &more[(*count)++];
            *c = (struct candidate){.steps = steps, .strips = strips};
            uint64_t all_at_once;
            if (!strips_divide(n, p, steps, strips, e))
                return false;
            bounds(n, p, &c->bound, &all_at_once);
            for (int s = 0; s < steps; s++)
                c->again += strips_macs_again(n, p, s);
        }
    }
    return true;
}

/* The stage that leaves the smallest arena, NULL when there is none; `p` has the steps. */
static bool best_stage(const struct network *n, const struct plan_options *o, struct plan *p,
                       struct plan **best, struct err *e)
{
    struct candidate *list = NULL;
    size_t count = 0;
    uint64_t again = 0;
    bool ok = list_stages(n, p, o->patches, &list, &count, e);
    if (count)
        qsort(list, count, sizeof *list, by_bound);
    for (size_t i = 0; ok && i < count && (!*best || list[i].bound <= (*best)->arena_bytes); i++) {
        struct plan *one = plan_with(n, o, list[i].steps, list[i].strips, e), *worse = one;
        ok = one != NULL;
        if (ok && (!*best || one->arena_bytes < (*best)->arena_bytes ||
                   (one->arena_bytes == (*best)->arena_bytes && list[i].again < again))) {
            worse = *best;
            *best = one;
            again = list[i].again;
        }
        plan_free(worse);
    }
    free(list);
    return ok;
}

struct plan *plan_make(const struct network *n, const struct plan_options *o, struct err *e)
{
    struct plan *whole = plan_with(n, o, 0, 0, e), *best = NULL;
    if (!whole || o->patches == PATCHES_NONE)
        return whole;
    bool ok = best_stage(n, o, whole, &best, e);
    free(whole->stage.rows);
    whole->stage = (struct plan_stage){0};
    if (ok && !best && o->patches != PATCHES_AUTO)
        ok = err_set(e, ERR_INPUT,
                     "%s: no first stage of %d strips, see docs/firmware.md for what may be one",
                     n->name, o->patches);
    if (ok && o->patches == PATCHES_AUTO && (!best || whole->arena_bytes <= best->arena_bytes)) {
        plan_free(best);
        return whole;
    }
    plan_free(whole);
    if (ok)
        return best;
    plan_free(best);
    return NULL;
}
