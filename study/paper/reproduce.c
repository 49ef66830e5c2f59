#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/data.h"
#include "study/paper/paper.h"
#include "study/sweep/sweep.h"
#include "reports/plot.h"
#include "reports/report.h"
#include "workloads/graph/network.h"
#include "workloads/quantise/weights.h"

static const char page_title[] = "EtinyNet, reproduced cell by cell";

struct reproduction {
    const struct reproduce_options *o;
    char db[4096];
    struct params *params;
    struct paper *paper;
    struct store *store;
    struct page page;
    struct buf html;
    struct buf keys; /* of the points that belong to this page, for queries */
    size_t *mark;    /* [MARK_COUNT] */
    struct err e;
};

static bool run_sweep(struct reproduction *r, const char *name, bool trained)
{
    char path[4096];
    struct sweep_result result;
    const struct sweep_options o = {.db = r->db,
                                    .jobs = r->o->jobs,
                                    .shards = 1,
                                    .retry = true,
                                    .keys = &r->keys,
                                    .watch = r->o->watch};
    if (!data_find(path, sizeof path, "sweep", "workloads/sweeps", name, &r->e))
        return false;
    struct spec *s = spec_load(path, &r->e);
    bool ok = s;
    if (ok && trained && r->o->weights)
        ok = (s->weights = strdup(r->o->weights)) || err_nomem(&r->e);
    if (ok && trained && r->o->calibrate)
        ok = (s->calibrate = strdup(r->o->calibrate)) || err_nomem(&r->e);
    ok = ok && sweep_run(s, &o, &result, &r->e);
    spec_free(s);
    return ok;
}

/* A table of reports/pages on the page and in FOLDER/NAME.csv. */
static bool add_section(struct reproduction *r, const char *name, const char *const *board)
{
    struct table t = {0};
    struct report_layout *l = calloc(1, sizeof *l);
    struct buf csv = {0}, head = {0};
    char path[4096];
    /* The folder's database may hold points of earlier versions of the firmware: `now` are this
     * call's. */
    bool ok = (l || err_nomem(&r->e)) &&
              report_section(r->store, name, buf_text(&r->keys), board, &t, &head, &r->e);
    ok = ok && report_layout_parse(l, name, buf_text(&head), &r->e);
    if (ok) {
        page_table(&r->page, &t, l);
        table_csv(&t, &csv);
        snprintf(path, sizeof path, "%s/%s.csv", r->o->folder, name);
        ok = (!csv.failed || err_nomem(&r->e)) && buf_write_file(&csv, path, &r->e);
    }
    table_free(&t);
    buf_free(&csv);
    buf_free(&head);
    free(l);
    return ok;
}

static bool boards(struct reproduction *r)
{
    page_heading(&r->page, "On the boards", 3);
    page_text(&r->page, "Simulated: our firmware for each board, compiled and run instruction by "
                        "instruction with the timing model of its core and "
                        "memories. One inference, 8-bit weights. Energy is the board's run current "
                        "at its supply times the time; SRAM is "
                        "what the program used (arena, stack and data), flash the whole program.");
    return add_section(r, "boards", NULL);
}

static bool networks(struct reproduction *r)
{
    page_heading(&r->page, "Table 2's other networks", 3);
    page_text(&r->page, "The same firmware and kernels for the networks that the paper compares "
                        "with: 8-bit weights, tensors from a fixed seed, each at "
                        "its own input size, on the Cortex-M7 and the Cortex-M4 with the most "
                        "memory. What does not fit says by how many bytes.");
    return add_section(r, "networks", NULL);
}

static bool sram(struct reproduction *r)
{
    page_heading(&r->page, "Peak SRAM by plan", 3);
    page_text(&r->page, "EtinyNet-1.0. pingpong keeps input and output of a layer apart, as the "
                        "paper counts; inplace lets a layer write over input it "
                        "has read. A dash: it does not fit, and the table above says by how much.");
    return add_section(r, "sram", NULL);
}

/* A plot of the run on one board, EtinyNet-1.0 at 224 in place; nothing when that point has no
 * run. */
static bool add_plot(struct reproduction *r, const char *plot, const char *board,
                     const char *caption)
{
    struct buf query = {0};
    struct table t = {0};
    char name[128], path[4096];
    bool ok = report_section(r->store, "shown-run", buf_text(&r->keys),
                             (const char *const[]){board, NULL}, &t, &query, &r->e);
    if (ok && t.nrow) {
        snprintf(name, sizeof name, "%s-%s", plot, board);
        snprintf(path, sizeof path, "%s/%s.svg", r->o->folder, name);
        const struct plot_options o = {.run = table_at(&t, 0, "run")->i};
        ok = plot_render(r->store, plot, &o, path, &r->e);
        if (ok)
            page_figure(&r->page, name, caption);
    }
    table_free(&t);
    buf_free(&query);
    return ok;
}

static bool layers(struct reproduction *r)
{
    char **board = data_list("sim/boards", &r->e);
    if (!board)
        return false;
    page_heading(&r->page, "Latency per layer", 3);
    page_text(&r->page, "EtinyNet-1.0 at 224, plan inplace, fast kernels, milliseconds per layer.");
    bool ok = add_section(r, "layers", (const char *const *)board) &&
              add_plot(r, "latency", "stm32f746",
                       "EtinyNet-1.0 at 224 on the STM32F746: where each layer's time goes.") &&
              add_plot(r, "latency", "stm32f412", "The same on the STM32F412.") &&
              add_plot(r, "energy", "stm32f746", "Energy of one inference on the STM32F746.") &&
              add_plot(r, "roofline", "stm32f746",
                       "Work per byte against work per cycle, layer by layer, on the STM32F746.");
    free(board);
    return ok;
}

static bool accelerators(struct reproduction *r)
{
    page_heading(&r->page, "On the accelerators", 3);
    page_text(&r->page, "Analytic model; docs/npu.md has the formulas. The power of "
                        "xc7a100t-etinynet rests on one constant fitted to Table 6.");
    return add_section(r, "accelerators", NULL);
}

static bool quantisation(struct reproduction *r)
{
    struct network *net = network_load("etinynet-1.0", 0, 0, &r->e);
    struct buf csv = {0};
    char path[4096];
    bool ok = net;
    double worst[2] = {INFINITY, INFINITY}, sum[2] = {0, 0};
    int n = 0;
    static const char *const columns[] = {"layer", "quantiser",    "lambda", "sqnr_db",
                                          "error", "entropy_bits", "levels", NULL};
    struct table tensors = {0};
    ok = ok && table_begin(&tensors, columns, &r->e);
    for (int i = 0; ok && i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        const struct tensor *t =
            l->weights ? params_need(r->params, l->param, ".weight", (size_t)l->weights, &r->e)
                       : NULL;
        int8_t *q = t ? malloc(t->n) : NULL;
        float *scale = t ? malloc((size_t)l->out_c * sizeof *scale) : NULL;
        ok = !l->weights || (t && ((q && scale) || err_nomem(&r->e)));
        for (int k = 0; ok && t && k < 2; k++) {
            struct weight_report w;
            ok = weights_quantise(k ? QUANT_DOREFA : QUANT_ASQ, 4, 0, t->data, (size_t)l->out_c,
                                  t->n / (size_t)l->out_c, q, scale, &w, &r->e);
            char lambda[24], sqnr[24], error[24], entropy[24];
            snprintf(lambda, sizeof lambda, "%.4g", (double)w.lambda);
            snprintf(sqnr, sizeof sqnr, "%.2f", w.sqnr_db);
            snprintf(error, sizeof error, "%.4g", w.l.error);
            snprintf(entropy, sizeof entropy, "%.3f", w.l.entropy_bits);
            const struct cell row[] = {cell_str(l->name),   cell_str(k ? "dorefa" : "asq"),
                                       cell_str(lambda),    cell_str(sqnr),
                                       cell_str(error),     cell_str(entropy),
                                       cell_int(w.l.levels)};
            ok = ok && table_add(&tensors, row, &r->e);
            worst[k] = fmin(worst[k], w.sqnr_db);
            sum[k] += w.sqnr_db;
            n += k;
        }
        free(q);
        free(scale);
    }
    network_free(net);
    if (ok)
        page_text(&r->page,
                  "Ours, without training: 4-bit weights of the %d layers of EtinyNet-1.0 reach a "
                  "signal to quantisation noise of %.1f dB on "
                  "average (worst layer %.1f dB) by ASQ with a lambda chosen per layer, and %.1f "
                  "dB (%.1f dB) by DoReFa (quantisation.csv).",
                  n, sum[0] / n, worst[0], sum[1] / n, worst[1]);
    snprintf(path, sizeof path, "%s/quantisation.csv", r->o->folder);
    if (ok)
        table_csv(&tensors, &csv);
    table_free(&tensors);
    ok = ok && (!csv.failed || err_nomem(&r->e)) && buf_write_file(&csv, path, &r->e);
    buf_free(&csv);
    return ok;
}

static bool paper(struct reproduction *r)
{
    bool ok = true;
    for (size_t i = 0; ok && i < r->paper->ntables; i++) {
        const struct paper_table *t = &r->paper->table[i];
        char heading[256];
        if (!strncmp(t->name, "table-", 6))
            snprintf(heading, sizeof heading, "Table %s: %s", t->name + 6, t->title);
        else
            snprintf(heading, sizeof heading, "%s", t->title);
        page_heading(&r->page, heading, 2);
        page_paper_table(&r->page, t);
        if (!strcmp(t->name, "table-1"))
            page_text(&r->page, "Figure 2, the two building blocks, is the structure that the "
                                "network files describe: the bracketed rows above "
                                "are read off the layers, and the trained weights give the class "
                                "of a photograph with them.");
        if (!strcmp(t->name, "table-2"))
            ok = figure_accuracy(&r->page, r->paper, &r->e);
        if (!strcmp(t->name, "table-3") && r->params)
            ok = quantisation(r) && figure_weights(&r->page, r->params, &r->e);
        else if (!strcmp(t->name, "table-3"))
            page_text(&r->page,
                      "Figures 3 and 4 show trained weights; none were given (--weights).");
    }
    return ok;
}

static bool write_page(struct reproduction *r)
{
    struct buf csv = {0};
    bool ok = true;
    const struct {
        const char *name;
        struct buf *text;
    } file[] = {
        {"reproduction.html", &r->html}, {"reproduction.md", &r->page.md}, {"cells.csv", &csv}};
    table_csv(&r->page.cells, &csv);
    for (size_t i = 0; ok && i < 3; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", r->o->folder, file[i].name);
        ok = (!file[i].text->failed || err_nomem(&r->e)) &&
             buf_write_file(file[i].text, path, &r->e);
    }
    buf_free(&csv);
    return ok;
}

static bool write_all(struct reproduction *r)
{
    if (mkdir(r->o->folder, 0777) != 0 && errno != EEXIST)
        return err_set(&r->e, ERR_ENV, "%s: cannot be created: %s", r->o->folder, strerror(errno));
    snprintf(r->db, sizeof r->db, "%s/reproduction.db", r->o->folder);
    if ((r->o->weights && !(r->params = params_load(r->o->weights, &r->e))) ||
        !(r->paper = paper_load(r->params, &r->e)) ||
        (!r->o->paper_only &&
         (!run_sweep(r, "reproduce-accelerators", false) ||
          !run_sweep(r, "reproduce-boards", true) || !run_sweep(r, "reproduce-others", false) ||
          !run_sweep(r, "reproduce-networks", false) ||
          !(r->store = store_open(r->db, false, &r->e)))))
        return false;
    for (size_t i = 0; i < r->paper->ntables; i++)
        for (size_t k = 0; k < r->paper->table[i].ncells; k++)
            r->mark[r->paper->table[i].cell[k].mark]++;
    r->page.folder = r->o->folder;
    page_open(&r->page, page_title);
    page_text(&r->page,
              "Tables and figures of \"EtinyNet: Extremely Tiny Network for TinyML\" (AAAI 2022) "
              "and of its README. Every cell is marked: "
              "= reproduced (ours beside it, with the difference), \" reported (quoted), \xc3\x97 "
              "or x not reproducible (with the "
              "reason), ~ fitted (ours agrees because something was fitted or chosen so), + the "
              "paper's arithmetic (worked out from other "
              "figures that it prints). A cell is reproduced when ours rounds to the printed "
              "digits or lies within its tolerance: 0.5 %% "
              "where nothing else is said; 5 %% for what a model gives of time and power and for "
              "other authors' networks; 2 %% for VGG16's "
              "and MobileNetV2's sizes and the zeros of one layer (reports/paper.yaml has it cell "
              "by cell, cells.csv the difference). "
              "%zu cells are reproduced, %zu reported, %zu not reproducible, %zu fitted, %zu the "
              "paper's arithmetic. Made by etinysim %s; weights: %s%.16s.",
              r->mark[MARK_REPRODUCED], r->mark[MARK_REPORTED], r->mark[MARK_NOT],
              r->mark[MARK_FITTED], r->mark[MARK_ARITHMETIC], ETINYSIM_VERSION,
              r->params ? "SHA-256 " : "none given, tensors from a fixed seed",
              r->params ? r->params->sha256 : "");
    bool ok = paper(r);
    if (!r->o->paper_only)
        page_heading(&r->page, "What the paper never printed", 2);
    ok = ok && (r->o->paper_only ||
                (boards(r) && networks(r) && sram(r) && layers(r) && accelerators(r)));
    return ok && page_html(&r->page, page_title, &r->html, &r->e) && write_page(r);
}

bool paper_reproduce(const struct reproduce_options *o, size_t mark[MARK_COUNT], struct err *e)
{
    struct reproduction r = {.o = o, .mark = mark};
    memset(mark, 0, MARK_COUNT * sizeof *mark);
    bool ok = strlen(o->folder) < 2048 ? write_all(&r)
                                       : err_set(&r.e, ERR_INPUT, "-o: the path is too long");
    store_close(r.store);
    paper_free(r.paper);
    params_free(r.params);
    buf_free(&r.keys);
    buf_free(&r.html);
    page_close(&r.page);
    return ok || err_set(e, r.e.code, "%s", r.e.msg);
}
