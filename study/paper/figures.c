#include "study/paper/paper.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plot.h"
#include "workloads/graph/network.h"
#include "workloads/quantise/weights.h"

static bool draw(struct table *t, struct page *p, const char *name, const char *caption,
                 struct err *e)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.svg", p->folder, name);
    bool ok = plot_table(name, t, NULL, path, e);
    if (ok)
        page_figure(p, name, caption);
    return ok;
}

static const struct paper_cell *find(const struct paper_table *t, const char *row,
                                     const char *column)
{
    for (size_t i = 0; i < t->ncells; i++)
        if (!strcmp(t->cell[i].row, row) && !strcmp(t->cell[i].column, column))
            return &t->cell[i];
    return NULL;
}

bool figure_accuracy(struct page *p, const struct paper *paper, struct err *e)
{
    static const char *const name[] = {
        "network", "megabytes", "top1_percent", "etinynet", "computed", "label_side", NULL};
    static const char *const left[] = {"EfficientNet-B", "MobileNetV1-0.5",  "ShuffleNetV2-0.5",
                                       "MicroNet-M2",    "MobileNetV2-0.15", "MnasNet-A1-0.35"};
    struct table b = {0};
    bool ok = table_begin(&b, name, e);
    for (size_t k = 0; ok && k < paper->ntables; k++) {
        const struct paper_table *t = &paper->table[k];
        if (strcmp(t->name, "table-2"))
            continue;
        for (size_t i = 0; ok && i < t->ncells; i++) {
            const struct paper_cell *size = &t->cell[i], *top1 = find(t, size->row, "Top-1 (%)");
            if (strcmp(size->column, "Params. (MB)") || !top1)
                continue;
            bool computed = size->mark == MARK_REPRODUCED;
            int side = 1;
            for (size_t n = 0; n < sizeof left / sizeof *left; n++)
                side = strcmp(left[n], size->row) ? side : -1;
            ok = table_add(
                &b,
                (struct cell[]){cell_str(size->row),
                                cell_real(strtod(computed ? size->ours : size->text, NULL)),
                                cell_real(strtod(top1->text, NULL)),
                                cell_int(strstr(size->row, "EtinyNet") != NULL), cell_int(computed),
                                cell_int(side)},
                e);
        }
    }
    ok = ok && draw(&b, p, "figure-1",
                    "Figure 1, its part of small networks: ImageNet top-1 against model size. "
                    "Accuracies are reported (Table 2); sizes "
                    "are computed from network files (filled), or as printed where the computed "
                    "one differs or there is no file (open).",
                    e);
    table_free(&b);
    return ok;
}

/* Frequencies of values in [-1, 1], in bins of 1/35: a level i/7 falls into the middle of a bin. */
enum { BINS = 71 };

static void histogram(const double *x, size_t n, double *percent)
{
    memset(percent, 0, BINS * sizeof *percent);
    for (size_t i = 0; i < n; i++)
        percent[lrint(x[i] * 35) + 35] += 100.0 / (double)n;
}

struct tensor_view {
    const char *layer; /* "LB1.4.pw" */
    const char *title;
    const struct tensor *t;
    double *clamped, *q;
};

static bool histograms(struct page *p, const struct tensor_view *view, size_t n, struct err *e)
{
    static const char *const name[] = {
        "panel", "layer", "quantiser", "value", "original_percent", "quantised_percent", NULL};
    struct table b = {0};
    bool ok = table_begin(&b, name, e);
    for (size_t k = 0; ok && k < n; k++)
        for (int asq = 0; asq < 2; asq++) {
            const struct tensor_view *v = &view[k];
            double before[BINS], after[BINS];
            weights_clamp(asq ? CLAMP_ASQ : CLAMP_DOREFA, 2, v->t->data, v->t->n, v->clamped);
            weights_round(v->clamped, v->t->n, 4, true, v->q, NULL);
            histogram(v->clamped, v->t->n, before);
            histogram(v->q, v->t->n, after);
            for (int i = 0; ok && i < BINS; i++)
                ok = table_add(&b,
                               (struct cell[]){cell_int((int64_t)(2 * k) + asq + 1),
                                               cell_str(v->layer), cell_str(asq ? "asq" : "dorefa"),
                                               cell_real((i - 35) / 35.0), cell_real(before[i]),
                                               cell_real(after[i])},
                               e);
        }
    ok = ok && draw(&b, p, "figure-3",
                    "Figure 3: weights of the 32x32 pointwise layer LB1.4.pw (above) and the "
                    "512x256 one DLB4.3.pw (below), before and "
                    "after quantisation to 4 bits, by DoReFa (left, the paper's figure) and by ASQ "
                    "with lambda = 2 (right). Bins of "
                    "1/35; quantised to multiples of 1/7. The left panels follow the paper's text, "
                    "which speaks of values that become "
                    "zero; formula 5 as printed has no zero.",
                    e);
    table_free(&b);
    return ok;
}

static bool against_lambda(struct page *p, const struct tensor_view *v, struct err *e)
{
    static const char *const curve[] = {"lambda", "value", "percent", NULL};
    static const char *const trend[] = {"reading",      "lambda", "error",
                                        "entropy_bits", "levels", NULL};
    struct table a = {0}, b = {0};
    bool ok = table_begin(&a, curve, e) && table_begin(&b, trend, e);
    for (int lambda = 1; ok && lambda <= 5; lambda++) {
        double percent[BINS];
        weights_clamp(CLAMP_ASQ, lambda, v->t->data, v->t->n, v->clamped);
        histogram(v->clamped, v->t->n, percent);
        for (int i = 0; ok && i < BINS; i++)
            ok = table_add(&a,
                           (struct cell[]){cell_int(lambda), cell_real((i - 35) / 35.0),
                                           cell_real(percent[i])},
                           e);
    }
    struct level_report first[2] = {0}, last[2] = {0};
    for (int reading = 0; reading < 2; reading++)
        for (int step = 0; ok && step <= 16; step++) {
            double lambda = 1 + 0.25 * step;
            struct level_report r;
            weights_clamp(reading ? CLAMP_ASQ_VARIANCE : CLAMP_ASQ, lambda, v->t->data, v->t->n,
                          v->clamped);
            weights_round(v->clamped, v->t->n, 4, true, NULL, &r);
            ok = table_add(&b,
                           (struct cell[]){cell_int(reading + 1), cell_real(lambda),
                                           cell_real(r.error), cell_real(r.entropy_bits),
                                           cell_int(r.levels)},
                           e);
            if (step == 0)
                first[reading] = r;
            last[reading] = r;
        }
    ok = ok &&
         draw(&a, p, "figure-4a",
              "Figure 4 (a): the 512x256 weights re-scaled by formula 6 with the standard "
              "deviation, for lambda 1 to 5.",
              e) &&
         draw(&b, p, "figure-4b",
              "Figure 4 (b): quantisation error J (squared norm) and entropy E of the 4-bit "
              "weights against lambda, with formula 6 "
              "read with the standard deviation and with the variance it prints.",
              e);
    table_free(&a);
    table_free(&b);
    if (!ok)
        return false;
    page_text(p,
              "Formula 6 prints VAR, the variance. With it the error goes from %.0f to %.0f and "
              "the entropy from %.2f to %.2f bits as "
              "lambda grows from 1 to 5: both rise, against Figure 4. With the standard deviation "
              "the weights centre and the "
              "entropy falls from %.2f to %.2f bits, as the figure has it; the error goes from "
              "%.0f to %.0f only, where the figure "
              "shows about a third left: its weights are of another training run, or its J is "
              "scaled in a way the paper does not "
              "state.",
              first[1].error, last[1].error, first[1].entropy_bits, last[1].entropy_bits,
              first[0].entropy_bits, last[0].entropy_bits, first[0].error, last[0].error);
    return true;
}

bool figure_weights(struct page *p, const struct params *params, struct err *e)
{
    struct tensor_view view[] = {{.layer = "LB1.4.pw"}, {.layer = "DLB4.3.pw"}};
    struct network *net = network_load("etinynet-1.0", 0, 0, e);
    bool ok = net;
    for (int k = 0; ok && k < 2; k++) {
        struct tensor_view *v = &view[k];
        for (int i = 0; i < net->nlayers; i++)
            if (!strcmp(net->layer[i].name, v->layer))
                v->t = params_need(params, net->layer[i].param, ".weight",
                                   (size_t)net->layer[i].weights, e);
        ok = v->t || err_set(e, ERR_INPUT, "the network has no layer %s", v->layer);
        v->clamped = ok ? malloc(v->t->n * sizeof *v->clamped) : NULL;
        v->q = ok ? malloc(v->t->n * sizeof *v->q) : NULL;
        ok = ok && ((v->clamped && v->q) || err_nomem(e));
    }
    ok = ok && histograms(p, view, 2, e) && against_lambda(p, &view[1], e);
    for (int k = 0; k < 2; k++) {
        free(view[k].clamped);
        free(view[k].q);
    }
    network_free(net);
    return ok;
}
