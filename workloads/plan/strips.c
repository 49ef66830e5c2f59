#include "workloads/plan/strips.h"

#include <stdlib.h>

/* Output row y of a step reads the input rows from y * step - pad, `size` of them. */
struct window {
    int size, step, pad;
};

static bool window_of(const struct network *n, const struct plan_step *s, struct window *w)
{
    const struct layer *l = &n->layer[s->layer], *pool = s->pool >= 0 ? &n->layer[s->pool] : NULL;
    switch (kernel_class(s->kernel)->rows) {
    case KERNEL_ROWS_NONE: break;
    case KERNEL_ROWS_SAME: *w = (struct window){1, 1, 0}; return true;
    case KERNEL_ROWS_WINDOW:
        *w = (struct window){l->kernel, l->stride, l->pad};
        if (pool) {
            w->size += (pool->kernel - 1) * l->stride;
            w->step *= pool->stride;
        }
        return true;
    }
    return false;
}

/* Bytes of a row of a step's map, or of the image. */
static uint32_t row_bytes(const struct network *n, const struct plan *p, int t)
{
    if (t == LAYER_INPUT)
        return (uint32_t)n->in_w * (uint32_t)n->in_c;
    const struct layer *o = plan_output(n, &p->step[t]);
    return (uint32_t)o->out_w * (uint32_t)o->out_c;
}

static struct plan_rows *rows_at(const struct plan *p, int strip, int s)
{
    return &p->stage.rows[strip * p->stage.steps + s];
}

/* Input rows that exist of those that output rows `r` of a step in the stage read. */
static struct plan_rows reads(const struct network *n, const struct plan *p, int s,
                              struct plan_rows r)
{
    struct window w = {1, 1, 0};
    window_of(n, &p->step[s], &w);
    int in_h = n->layer[p->step[s].layer].in_h, first = r.first * w.step - w.pad,
        end = (r.end - 1) * w.step - w.pad + w.size;
    return (struct plan_rows){first > 0 ? first : 0, end < in_h ? end : in_h};
}

/* Does a step read an input in the shape in which it was made? */
static bool same_shape(const struct network *n, const struct plan *p, const struct plan_step *s)
{
    const struct layer *l = &n->layer[s->layer];
    const struct layer *o = s->in[0] >= 0 ? plan_output(n, &p->step[s->in[0]]) : NULL;
    return o ? o->out_h == l->in_h && o->out_w == l->in_w
             : n->in_h == l->in_h && n->in_w == l->in_w;
}

bool strips_possible(const struct network *n, const struct plan *p, int steps)
{
    struct window w;
    if (steps < 2 || steps >= p->nsteps)
        return false;
    for (int s = 0; s < p->nsteps; s++) {
        const struct plan_step *st = &p->step[s];
        bool inside = s < steps, image = st->in[0] == LAYER_INPUT || st->in[1] == LAYER_INPUT;
        if (inside ? !window_of(n, st, &w) || !same_shape(n, p, st) : image)
            return false;
        if (s < steps - 1 && (st->last_use <= s || st->last_use >= steps))
            return false;
        if (s == steps - 1 && image)
            /* the last map may lie over rows of the image that the strip's first steps have read */
            return false;
    }
    return plan_output(n, &p->step[steps - 1])->out_h >= 2;
}

bool strips_divide(const struct network *n, struct plan *p, int steps, int strips, struct err *e)
{
    int64_t height = plan_output(n, &p->step[steps - 1])->out_h;
    free(p->stage.rows);
    p->stage = (struct plan_stage){steps, strips,
                                   calloc((size_t)steps * (size_t)strips, sizeof *p->stage.rows)};
    if (!p->stage.rows)
        return err_nomem(e);
    for (int i = 0; i < strips; i++) {
        *rows_at(p, i, steps - 1) =
            (struct plan_rows){(int)(height * i / strips), (int)(height * (i + 1) / strips)};
        for (int s = steps - 1; s >= 0; s--)
            for (int k = 0; k < 2; k++)
                if (p->step[s].in[k] >= 0) {
                    struct plan_rows need = reads(n, p, s, *rows_at(p, i, s)),
                                     *have = rows_at(p, i, p->step[s].in[k]);
                    if (have->end == 0)
                        *have = need;
                    have->first = need.first < have->first ? need.first : have->first;
                    have->end = need.end > have->end ? need.end : have->end;
                }
    }
    return true;
}

int strips_calls(const struct plan *p, int s)
{
    return s < p->stage.steps ? p->stage.strips : 1;
}

void strips_call(const struct network *n, const struct plan *p, int s, int strip,
                 struct plan_call *c)
{
    const struct plan_step *st = &p->step[s];
    const struct layer *l = &n->layer[st->layer];
    if (s >= p->stage.steps) {
        *c = (struct plan_call){l->in_h,
                                plan_output(n, &p->step[s])->out_h,
                                l->pad,
                                {st->in_at[0], st->in_at[1]},
                                st->out_at};
        return;
    }
    struct plan_rows out = *rows_at(p, strip, s), in = reads(n, p, s, out);
    struct window w = {1, 1, 0};
    window_of(n, st, &w);
    int above = w.pad - out.first * w.step;
    *c = (struct plan_call){
        in.end - in.first, out.end - out.first, above > 0 ? above : 0, {0}, st->out_at};
    if (s == p->stage.steps - 1)
        c->out_at += (uint32_t)out.first * row_bytes(n, p, s);
    for (int k = 0; k < 2; k++) {
        int t = st->in[k];
        if (t != LAYER_NONE)
            c->in_at[k] =
                st->in_at[k] +
                (uint32_t)(in.first - (t == LAYER_INPUT ? 0 : rows_at(p, strip, t)->first)) *
                    row_bytes(n, p, t);
    }
}

int strips_rows_again(const struct network *n, const struct plan *p, int s)
{
    int rows = 0;
    for (int i = 0; s < p->stage.steps && i < p->stage.strips; i++)
        rows += rows_at(p, i, s)->end - rows_at(p, i, s)->first;
    return s < p->stage.steps ? rows - plan_output(n, &p->step[s])->out_h : 0;
}

uint64_t strips_macs_again(const struct network *n, const struct plan *p, int s)
{
    const struct layer *l = &n->layer[p->step[s].layer];
    int rows =
        strips_rows_again(n, p, s) * (p->step[s].pool >= 0 ? n->layer[p->step[s].pool].stride : 1);
    return (uint64_t)rows * (l->macs / (uint64_t)l->out_h);
}

uint32_t strips_bytes(const struct network *n, const struct plan *p, int s)
{
    int most = 0;
    for (int i = 0; i < p->stage.strips; i++) {
        int rows = rows_at(p, i, s)->end - rows_at(p, i, s)->first;
        most = rows > most ? rows : most;
    }
    return (uint32_t)most * row_bytes(n, p, s);
}

/* First row of the image that is read by step s of a strip or later; its height when none is. */
static int image_from(const struct network *n, const struct plan *p, int strip, int s)
{
    int first = n->in_h;
    for (int i = strip; i < p->stage.strips; i++, s = 0)
        for (; s < p->stage.steps; s++)
            for (int k = 0; k < 2; k++)
                if (p->step[s].in[k] == LAYER_INPUT) {
                    int row = reads(n, p, s, *rows_at(p, i, s)).first;
                    first = row < first ? row : first;
                }
    return first;
}

int64_t strips_lead(const struct network *n, const struct plan *p)
{
    int last = p->stage.steps - 1;
    int64_t lead = -(int64_t)p->input_bytes;
    for (int i = 0; i + 1 < p->stage.strips; i++) {
        int64_t d = (int64_t)rows_at(p, i, last)->end * row_bytes(n, p, last) -
                    (int64_t)image_from(n, p, i + 1, 0) * row_bytes(n, p, LAYER_INPUT);
        lead = d > lead ? d : lead;
    }
    return lead;
}

/* What exists between two steps of a strip: before step s. */
static uint64_t between(const struct network *n, const struct plan *p, int strip, int s)
{
    int last = p->stage.steps - 1,
        written = s > last ? rows_at(p, strip, last)->end : rows_at(p, strip, last)->first;
    uint64_t sum = (uint64_t)(n->in_h - image_from(n, p, strip, s)) * row_bytes(n, p, LAYER_INPUT) +
                   (uint64_t)written * row_bytes(n, p, last);
    for (int t = 0; t < s && t < last; t++)
        if (p->step[t].last_use >= s)
            sum += (uint64_t)(rows_at(p, strip, t)->end - rows_at(p, strip, t)->first) *
                   row_bytes(n, p, t);
    return sum;
}

uint64_t strips_bound(const struct network *n, const struct plan *p)
{
    uint64_t most = 0;
    for (int i = 0; i < p->stage.strips; i++)
        for (int s = 0; s <= p->stage.steps; s++) {
            uint64_t sum = between(n, p, i, s);
            most = sum > most ? sum : most;
        }
    return most;
}
