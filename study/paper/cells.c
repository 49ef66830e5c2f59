#include "study/paper/paper.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/data.h"
#include "base/desc.h"
#include "costmodel/fit.h"
#include "costmodel/npu.h"
#include "workloads/graph/network.h"
#include "workloads/quantise/weights.h"

const char *const paper_mark_names[] = {
    "reproduced", "reported", "not reproducible", "fitted", "the paper's arithmetic", NULL};

/* Everything a quantity may ask for. */
struct cell_args {
    const char *quantity, *network, *layer, *accelerator, *unit;
    uint64_t wbits;
    double seconds, watts, of, over, value, tolerance;
    bool has_value;
    const struct params *params;
};

static const struct {
    const char *name;
    double scale;
} units[] = {
    {"", 1},     {"%", 0.01},     {"K", 1e3},         {"M", 1e6},    {"KB", 1e3},
    {"MB", 1e6}, {"KiB", 1024},   {"ms", 1e-3},       {"s", 1},      {"W", 1},
    {"x", 1},    {"frames/s", 1}, {"frames/s/mJ", 1}, {"levels", 1},
};

static bool starts(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

/* Layers of a stage: NAME itself or NAME.anything. */
static bool in_stage(const struct layer *l, const char *stage)
{
    size_t n = strlen(stage);
    return !strncmp(l->name, stage, n) && (l->name[n] == '\0' || l->name[n] == '.');
}

/* As Table 1 writes a stage: "3x3, 32, stride 2", or "[in,pw,dw2] x n" for runs of equal blocks. */
static bool describe_stage(const struct network *n, const char *stage, struct buf *out)
{
    char last[64] = "";
    int count = 0, bracket[3] = {0, 0, 0}, taken = 0;
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        if (!in_stage(l, stage))
            continue;
        if (l->op == OP_CONV2D)
            return buf_printf(out, "%dx%d, %d, stride %d", l->kernel, l->kernel, l->out_c,
                              l->stride),
                   true;
        if (l->op == OP_MAX_POOL)
            return buf_printf(out, "%dx%d, max, stride %d", l->kernel, l->kernel, l->stride), true;
        if (l->op != OP_DEPTHWISE_CONV2D && l->op != OP_POINTWISE_CONV2D)
            continue;
        bracket[taken++] = l->out_c;
        if (taken < 3)
            continue;
        char text[64];
        snprintf(text, sizeof text, "[%d,%d,%d]", bracket[0], bracket[1], bracket[2]);
        taken = 0;
        if (count && strcmp(text, last)) {
            buf_printf(out, "%s%s x %d", out->len ? " " : "", last, count);
            count = 0;
        }
        strcpy(last, text);
        count++;
    }
    if (count)
        buf_printf(out, "%s%s x %d", out->len ? " " : "", last, count);
    return out->len > 0;
}

static const struct layer *last_of_stage(const struct network *n, const char *stage)
{
    for (int i = n->nlayers; i-- > 0;)
        if (in_stage(&n->layer[i], stage))
            return &n->layer[i];
    return NULL;
}

static uint64_t classifier_params(const struct network *n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n->nlayers; i++)
        sum += n->layer[i].op == OP_FULLY_CONNECTED ? n->layer[i].params : 0;
    return sum;
}

/* Depthwise over pointwise weights of the first block whose channels do not change, times the
 * channels. */
static double lb_ratio(const struct network *n)
{
    for (int i = 0; i + 2 < n->nlayers; i++) {
        const struct layer *a = &n->layer[i], *b = a + 1, *c = a + 2;
        if (a->op == OP_DEPTHWISE_CONV2D && b->op == OP_POINTWISE_CONV2D &&
            c->op == OP_DEPTHWISE_CONV2D && b->in_c == b->out_c)
            return (double)(a->weights + c->weights) / (double)b->weights * b->out_c;
    }
    return NAN;
}

static bool of_network(const struct cell_args *a, const struct network *n, double *v,
                       struct buf *text)
{
    int at;
    const char *q = a->quantity;
    const struct layer *l;
    if (!strcmp(q, "params"))
        *v = (double)n->params;
    else if (!strcmp(q, "params_bytes"))
        *v = (double)n->params * (double)a->wbits / 8;
    else if (!strcmp(q, "madds"))
        *v = (double)n->madds;
    else if (!strcmp(q, "macs"))
        *v = (double)n->macs;
    else if (!strcmp(q, "feature_bytes"))
        *v = (double)network_feature_bytes(n, true, &at);
    else if (!strcmp(q, "backbone_params"))
        *v = (double)(n->params - classifier_params(n));
    else if (!strcmp(q, "backbone_memory"))
        *v = (double)(n->params - classifier_params(n) + network_feature_bytes(n, true, &at));
    else if (!strcmp(q, "lb_ratio"))
        *v = lb_ratio(n);
    else if (!strcmp(q, "stage"))
        return describe_stage(n, a->layer, text);
    else if (!strcmp(q, "stage_size") && (l = last_of_stage(n, a->layer)))
        return buf_printf(text, "%dx%d", l->out_h, l->out_w), true;
    else if (!strcmp(q, "head") && (l = last_of_stage(n, "gap")))
        return buf_printf(text, "%dx%d, globalavg, FC-%d", l->in_h, l->in_w, n->classes), true;
    else
        return false;
    return true;
}

static bool of_accelerator(const struct cell_args *a, const struct network *net, double *v,
                           struct buf *text, struct err *e)
{
    struct accelerator_fit fit;
    struct accelerator *acc = accelerator_load(a->accelerator, NULL, e);
    struct npu *n =
        acc && accelerator_fit(acc, &fit, e) ? npu_open(acc, net, a->wbits, 0, e) : NULL;
    bool ok = n && npu_evaluate(n, e);
    const char *q = a->quantity;
    if (ok && !n->resources.fits) {
        ok = err_set(e, ERR_CHECK, "%s", n->resources.what);
    } else if (ok) {
        if (!strcmp(q, "npu_seconds"))
            *v = n->seconds;
        else if (!strcmp(q, "npu_fps"))
            *v = 1 / n->seconds;
        else if (!strcmp(q, "npu_watts"))
            *v = n->watts;
        else if (!strcmp(q, "npu_onchip_bytes"))
            *v = (double)n->resources.onchip_bytes;
        else if (!strcmp(q, "npu_dram"))
            buf_str(text, acc->dram >= 0 ? "yes" : "none");
        else
            ok = err_set(e, ERR_INPUT, "unknown quantity '%s'", q);
    }
    npu_close(n);
    free(acc);
    return ok;
}

/* What 4-bit DoReFa does to a layer's trained weights. "Zero" are the levels around zero: formula 5
 * itself has none. */
static bool of_weights(const struct cell_args *a, const struct network *net, double *v,
                       struct err *e)
{
    if (!a->params)
        return err_set(e, ERR_INPUT, "needs the trained weights (--weights)");
    const struct layer *l = last_of_stage(net, a->layer);
    const struct tensor *t =
        l ? params_need(a->params, l->param, ".weight", (size_t)l->weights, e) : NULL;
    double *clamped = t ? malloc(t->n * sizeof *clamped) : NULL,
           *q = t ? malloc(t->n * sizeof *q) : NULL;
    bool ok = t && ((clamped && q) || err_nomem(e));
    if (ok) {
        struct level_report r;
        double sum = 0, square = 0, zeros = 0;
        weights_clamp(CLAMP_DOREFA, 0, t->data, t->n, clamped);
        weights_round(clamped, t->n, 4, true, q, &r);
        for (size_t i = 0; i < t->n; i++) {
            sum += clamped[i];
            square += clamped[i] * clamped[i];
            zeros += q[i] == 0;
        }
        double n = (double)t->n;
        *v = !strcmp(a->quantity, "dorefa_zeros")    ? zeros / n
             : !strcmp(a->quantity, "dorefa_levels") ? (double)r.levels
                                                     : sqrt(square / n - sum * sum / n / n);
    }
    free(clamped);
    free(q);
    return ok;
}

static bool compute(const struct cell_args *a, double *v, struct buf *text, struct err *e)
{
    const char *q = a->quantity;
    if (!strcmp(q, "ratio"))
        return *v = a->of / a->over, true;
    if (!strcmp(q, "efficiency")) /* frames per second over mJ per frame */
        return *v = 1 / a->seconds / (a->watts * a->seconds * 1e3), true;
    char path[4096];
    if (!data_find(path, sizeof path, "network", "workloads/networks", a->network, NULL))
        return err_set(e, ERR_INPUT, "there is no network file %s", a->network);
    struct network *net = network_load(a->network, 0, 0, e);
    if (!net)
        return false;
    bool ok = starts(q, "npu_")      ? of_accelerator(a, net, v, text, e)
              : starts(q, "dorefa_") ? of_weights(a, net, v, e)
                                     : of_network(a, net, v, text) ||
                                           err_set(e, ERR_INPUT, "no '%s' in %s", q, a->network);
    network_free(net);
    return ok;
}

/* Half of the last printed digit: 0.05 for "7.2", 0.5 for "117M". */
static double printed_step(const char *text)
{
    double step = 0.5;
    while (*text && !isdigit((unsigned char)*text))
        text++;
    while (isdigit((unsigned char)*text))
        text++;
    if (*text == '.')
        for (text++; isdigit((unsigned char)*text); text++)
            step /= 10;
    return step;
}

static bool compare_cell(struct paper_cell *c, const struct cell_args *a, struct err *fatal)
{
    struct err e = {0};
    struct buf text = {0};
    double v = NAN, scale = NAN;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(units[i].name, a->unit))
            scale = units[i].scale;
    if (isnan(scale))
        return err_set(fatal, ERR_INPUT, "reports/paper.yaml: unknown unit '%s'", a->unit);
    c->difference = NAN;
    if (!compute(a, &v, &text, &e)) {
        c->mark = MARK_NOT;
        snprintf(c->why, sizeof c->why, "%.300s", e.msg);
        if (e.code == ERR_ENV)
            *fatal = e;
    } else if (!a->has_value) {
        snprintf(c->ours, sizeof c->ours, "%s", buf_text(&text));
        c->mark = strcmp(c->ours, c->text) ? MARK_NOT : MARK_REPRODUCED;
        if (c->mark == MARK_NOT)
            snprintf(c->why, sizeof c->why, "ours is another");
    } else {
        v /= scale;
        c->judged = true;
        c->tolerance = a->tolerance;
        double step = printed_step(c->text);
        int decimals = (int)lrint(-log10(2 * step)) + 1;
        snprintf(c->ours, sizeof c->ours, "%.*f%s%s", decimals, v,
                 *a->unit && *a->unit != '%' ? " " : "", a->unit);
        c->difference = 100 * (v - a->value) / a->value;
        bool rounds = fabs(v - a->value) <= step * (1 + 1e-9),
             near = fabs(c->difference) <= a->tolerance;
        c->mark = rounds || near ? MARK_REPRODUCED : MARK_NOT;
        if (c->mark == MARK_NOT)
            snprintf(c->why, sizeof c->why,
                     "ours differs by more than the last printed digit and %g %%", a->tolerance);
    }
    buf_free(&text);
    return fatal->code == ERR_NONE;
}

static char *copy(const struct desc_node *m, const char *key, struct err *e)
{
    const char *text = NULL;
    char *s = desc_map_str(m, key, &text, e) ? strdup(text) : NULL;
    if (text && !s)
        err_nomem(e);
    return s;
}

static bool read_cell(struct paper_cell *c, const struct desc_node *n,
                      const struct desc_node *reasons, const struct params *params, struct err *e)
{
    struct cell_args a = {.unit = "",
                          .tolerance = 0.5,
                          .wbits = 8,
                          .params = params,
                          .network = "etinynet-1.0",
                          .layer = ""};
    const char *reported = NULL, *fitted = NULL, *arithmetic = NULL, *reason = NULL, *why = NULL;
    c->difference = NAN;
    if (!(c->row = copy(n, "row", e)) || !(c->column = copy(n, "column", e)) ||
        !(c->text = copy(n, "text", e)))
        return false;
    a.has_value = desc_map_get(n, "value") != NULL;
    if (!desc_opt_str(n, "reported", &reported, e) || !desc_opt_str(n, "compute", &a.quantity, e) ||
        !desc_opt_str(n, "fitted", &fitted, e) || !desc_opt_str(n, "arithmetic", &arithmetic, e) ||
        !desc_opt_str(n, "why", &why, e) || !desc_opt_real(n, "value", -1e12, 1e12, &a.value, e) ||
        !desc_opt_str(n, "unit", &a.unit, e) || !desc_opt_str(n, "network", &a.network, e) ||
        !desc_opt_str(n, "layer", &a.layer, e) ||
        !desc_opt_str(n, "accelerator", &a.accelerator, e) ||
        !desc_opt_u64(n, "wbits", 1, 64, &a.wbits, e) ||
        !desc_opt_real(n, "seconds", 0, 1e6, &a.seconds, e) ||
        !desc_opt_real(n, "watts", 0, 1e6, &a.watts, e) ||
        !desc_opt_real(n, "of", 0, 1e12, &a.of, e) ||
        !desc_opt_real(n, "over", 1e-12, 1e12, &a.over, e) ||
        !desc_opt_real(n, "tolerance", 0, 100, &a.tolerance, e) || !desc_map_done(n, e))
        return false;
    if (!reported == !a.quantity)
        return desc_err(n, e, "expected one of 'compute' and 'reported'");
    const char *key = fitted ? fitted : arithmetic ? arithmetic : reported;
    if (key && !desc_map_str(reasons, key, &reason, e))
        return false;
    bool compared = !a.quantity || compare_cell(c, &a, e);
    if (compared && why && c->mark == MARK_NOT) {
        snprintf(c->why, sizeof c->why, "%.319s", why);
        c->explained = true;
    }
    if (!compared || (a.quantity && (c->mark != MARK_REPRODUCED || !key)))
        return compared;
    c->mark = fitted ? MARK_FITTED : arithmetic ? MARK_ARITHMETIC : MARK_REPORTED;
    snprintf(c->why, sizeof c->why, "%s", reason);
    return true;
}

static bool read_table(struct paper_table *t, const struct desc_node *n,
                       const struct desc_node *reasons, const struct params *params, struct err *e)
{
    const struct desc_node *cells = desc_map_need(n, "cells", e), *notes = desc_map_get(n, "notes");
    if (!cells || !(t->name = copy(n, "name", e)) || !(t->title = copy(n, "title", e)) ||
        !(t->where = copy(n, "where", e)) || !desc_map_done(n, e))
        return false;
    t->cell = calloc(desc_list_len(cells) + 1, sizeof *t->cell);
    t->note = calloc(notes ? desc_list_len(notes) + 1 : 1, sizeof *t->note);
    if (!t->cell || !t->note)
        return err_nomem(e);
    while (t->ncells < desc_list_len(cells))
        if (!read_cell(&t->cell[t->ncells], desc_list_at(cells, t->ncells), reasons, params, e))
            return t->ncells++, false;
        else
            t->ncells++;
    for (size_t i = 0; notes && i < desc_list_len(notes); i++) {
        const char *text;
        if (!desc_str(desc_list_at(notes, i), &text, e))
            return false;
        if (!(t->note[t->nnotes++] = strdup(text)))
            return err_nomem(e);
    }
    return true;
}

struct paper *paper_load(const struct params *params, struct err *e)
{
    char path[4096];
    if (!data_need(path, sizeof path, "reports/paper.yaml", e))
        return NULL;
    struct desc *d = desc_load(path, e);
    const struct desc_node *tables = d ? desc_map_need(desc_root(d), "tables", e) : NULL;
    const struct desc_node *reasons = d ? desc_map_need(desc_root(d), "reasons", e) : NULL;
    struct paper *p = tables && reasons ? calloc(1, sizeof *p) : NULL;
    bool ok = p && (p->table = calloc(desc_list_len(tables) + 1, sizeof *p->table));
    if (d && tables && reasons && !ok)
        err_nomem(e);
    for (size_t i = 0; ok && i < desc_list_len(tables); i++)
        ok = read_table(&p->table[p->ntables++], desc_list_at(tables, i), reasons, params, e);
    desc_free(d);
    if (!ok) {
        paper_free(p);
        return NULL;
    }
    return p;
}

void paper_free(struct paper *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->ntables; i++) {
        struct paper_table *t = &p->table[i];
        for (size_t c = 0; c < t->ncells; c++) {
            free(t->cell[c].row);
            free(t->cell[c].column);
            free(t->cell[c].text);
        }
        for (size_t k = 0; k < t->nnotes; k++)
            free(t->note[k]);
        free(t->cell);
        free(t->note);
        free(t->name);
        free(t->title);
        free(t->where);
    }
    free(p->table);
    free(p);
}
