#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/data.h"
#include "base/escape.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "study/paper/paper.h"
#include "study/sweep/sweep.h"
#include "reports/plot.h"
#include "reports/report.h"
#include "workloads/graph/network.h"
#include "workloads/quantise/weights.h"

extern const struct command cmd_reproduce;

static const char help[] =
    "etinysim reproduce [--weights F.params] [--calibrate DIR] [-o DIR] [-j N] [--paper-only]\n"
    "\n"
    "Every table and figure of the EtinyNet paper and its README, cell by cell: computed again beside the printed\n"
    "value, quoted, or not reproducible and why; then what the paper never printed: latency per layer, energy per\n"
    "inference and peak SRAM by plan on every board.\n"
    "  --weights F     trained weights of EtinyNet-1.0 (MXNet .params); figures 3 and 4 need them\n"
    "  --calibrate DIR images for the activation ranges (default: generated ones)\n"
    "  -o DIR          where to write (default: reproduction)\n"
    "  -j N            worker processes (default: all cores)\n"
    "  --paper-only    leave out what the paper never printed: nothing is built or simulated\n"
    "\n"
    "Writes reproduction.html (self-contained), reproduction.md, cells.csv, boards.csv, layers.csv, the figures with\n"
    "their .gp and .tsv, and reproduction.db with every run. The same command resumes; what is known is not run again.\n";

struct reproduction {
    const char *folder, *weights, *calibrate;
    char db[4096];
    unsigned jobs;
    bool quiet, paper_only;
    struct params *params;
    struct paper *paper;
    struct store *store;
    struct page page;
    struct buf keys; /* of the points that belong to this page, for queries */
    size_t mark[MARK_COUNT];
    struct err e;
};

static bool run_sweep(struct reproduction *r, const char *name, bool trained)
{
    char path[4096];
    struct sweep_result result;
    const struct sweep_options o = {.db = r->db, .jobs = r->jobs, .shards = 1, .retry = true, .keys = &r->keys, .watch = progress_watch(r->quiet)};
    if (!data_find(path, sizeof path, "sweep", "workloads/sweeps", name, &r->e))
        return false;
    struct spec *s = spec_load(path, &r->e);
    bool ok = s;
    if (ok && trained && r->weights)
        ok = (s->weights = strdup(r->weights)) || err_nomem(&r->e);
    if (ok && trained && r->calibrate)
        ok = (s->calibrate = strdup(r->calibrate)) || err_nomem(&r->e);
    ok = ok && sweep_run(s, &o, &result, &r->e);
    progress_end(r->quiet);
    spec_free(s);
    return ok;
}

/* The query's table on the page and in FOLDER/NAME.csv. */
static bool add_query(struct reproduction *r, const char *name, const char *sql, const char *head)
{
    struct table t = {0};
    struct buf csv = {0}, query = {0};
    char path[4096];
    /* The folder's database may hold points of earlier versions of the firmware: `now` are this call's. */
    buf_printf(&query, "WITH now AS (SELECT * FROM point WHERE key IN (%s)) %s", buf_text(&r->keys), sql);
    bool found = (!query.failed || err_nomem(&r->e)) && store_query(r->store, query.data, 0, 0, &t, &r->e);
    buf_free(&query);
    if (!found)
        return false;
    page_table(&r->page, &t, head);
    table_csv(&t, &csv);
    table_free(&t);
    snprintf(path, sizeof path, "%s/%s.csv", r->folder, name);
    bool ok = (!csv.failed || err_nomem(&r->e)) && buf_write_file(&csv, path, &r->e);
    buf_free(&csv);
    return ok;
}

#define PARAM(name) "json_extract(p.params_json, '$." name "')"

static bool boards(struct reproduction *r)
{
    page_heading(&r->page, "On the boards", 3);
    page_text(&r->page,
              "Simulated: our firmware for each board, compiled and run instruction by instruction with the timing model of its core and "
              "memories. One inference, 8-bit weights. Energy is the board's run current at its supply times the time; SRAM is "
              "what the program used (arena, stack and data), flash the whole program.");
    return add_query(r, "boards",
                     "SELECT " PARAM("board") " AS board, " PARAM("network") " AS network, coalesce(" PARAM("input") ", 224) AS input, "
                     "coalesce(" PARAM("plan") ", 'inplace') AS plan, p.state, r.clock_hz, r.inference_cycles AS cycles, "
                     "r.inference_seconds AS seconds, 1.0 * r.inference_cycles / r.macs AS cycles_per_mac, "
                     "r.inference_energy_uj AS energy_uj, r.peak_sram_bytes, r.flash_bytes, substr(p.reason, instr(p.reason, ': ') + 2) AS reason "
                     "FROM now p LEFT JOIN runs r ON r.run = p.run WHERE " PARAM("board") " IS NOT NULL AND p.sweep <> 'reproduce-networks' "
                     "ORDER BY 2 DESC, 3, 1, 4",
                     "board Board 1 0|network Network 1 0|input Input 1 0|plan Plan 1 0|clock_hz Clock_(MHz) 1e-6 0|"
                     "cycles Cycles_(M) 1e-6 1|seconds Latency_(ms) 1e3 1|cycles_per_mac Cycles_per_MAC 1 2|energy_uj Energy_(mJ) 1e-3 2|"
                     "peak_sram_bytes Peak_SRAM_(KiB) 0.0009765625 1|flash_bytes Flash_(KiB) 0.0009765625 1|state Outcome 1 0|reason Why 1 0");
}

static bool networks(struct reproduction *r)
{
    page_heading(&r->page, "Table 2's other networks", 3);
    page_text(&r->page,
              "The same firmware and kernels for the networks that the paper compares with: 8-bit weights, tensors from a fixed seed, each at "
              "its own input size, on the Cortex-M7 and the Cortex-M4 with the most memory. What does not fit says by how many bytes.");
    return add_query(r, "networks",
                     "SELECT " PARAM("network") " AS network, " PARAM("board") " AS board, json_extract(x.config_json, '$.input') AS input, "
                     "p.state, r.clock_hz, r.macs, r.inference_cycles AS cycles, r.inference_seconds AS seconds, "
                     "1.0 * r.inference_cycles / r.macs AS cycles_per_mac, r.inference_energy_uj AS energy_uj, r.peak_sram_bytes, r.flash_bytes, "
                     "substr(p.reason, instr(p.reason, ': ') + 2) AS reason "
                     "FROM now p LEFT JOIN runs r ON r.run = p.run LEFT JOIN run x ON x.id = p.run WHERE p.sweep = 'reproduce-networks' "
                     "ORDER BY 1, 2",
                     "network Network 1 0|board Board 1 0|input Input 1 0|clock_hz Clock_(MHz) 1e-6 0|macs MACs_(M) 1e-6 1|"
                     "cycles Cycles_(M) 1e-6 1|seconds Latency_(ms) 1e3 1|cycles_per_mac Cycles_per_MAC 1 2|energy_uj Energy_(mJ) 1e-3 2|"
                     "peak_sram_bytes Peak_SRAM_(KiB) 0.0009765625 1|flash_bytes Flash_(KiB) 0.0009765625 1|state Outcome 1 0|reason Why 1 0");
}

static bool sram(struct reproduction *r)
{
    page_heading(&r->page, "Peak SRAM by plan", 3);
    page_text(&r->page,
              "EtinyNet-1.0. pingpong keeps input and output of a layer apart, as the paper counts; inplace lets a layer write over input it "
              "has read. A dash: it does not fit, and the table above says by how much.");
    return add_query(r, "sram",
                     "SELECT " PARAM("board") " AS board, " PARAM("input") " AS input, "
                     "max(CASE WHEN " PARAM("plan") " = 'pingpong' THEN r.peak_sram_bytes END) AS pingpong, "
                     "max(CASE WHEN " PARAM("plan") " = 'inplace' THEN r.peak_sram_bytes END) AS inplace "
                     "FROM now p LEFT JOIN runs r ON r.run = p.run WHERE p.sweep = 'reproduce-boards' GROUP BY 1, 2 ORDER BY 2, 1",
                     "board Board 1 0|input Input 1 0|pingpong pingpong_(KiB) 0.0009765625 1|inplace inplace_(KiB) 0.0009765625 1");
}

/* A plot of the run on one board, EtinyNet-1.0 at 224 in place; nothing when that point has no run. */
static bool add_plot(struct reproduction *r, const char *plot, const char *board, const char *caption)
{
    struct buf query = {0};
    struct table t = {0};
    char name[128], path[4096];
    buf_printf(&query, "SELECT run FROM point p WHERE key IN (%s) AND state = 'done' AND " PARAM("board") " = '%s' AND " PARAM("input")
               " = 224 AND " PARAM("plan") " = 'inplace'", buf_text(&r->keys), board);
    bool ok = (!query.failed || err_nomem(&r->e)) && store_query(r->store, query.data, 0, 0, &t, &r->e);
    if (ok && t.nrow) {
        snprintf(name, sizeof name, "%s-%s", plot, board);
        snprintf(path, sizeof path, "%s/%s.svg", r->folder, name);
        ok = plot_render(r->store, plot, table_at(&t, 0, "run")->i, path, &r->e) && page_figure(&r->page, name, caption, &r->e);
    }
    table_free(&t);
    buf_free(&query);
    return ok;
}

/* One column a board: milliseconds of every layer, EtinyNet-1.0 at 224. */
static bool layers(struct reproduction *r)
{
    struct buf sql = {0}, head = {0};
    char **board = data_list("sim/boards", &r->e);
    if (!board)
        return false;
    buf_str(&sql, "SELECT l.name");
    buf_str(&head, "name Layer 1 0|macs MACs_(k) 1e-3 0");
    buf_str(&sql, ", max(l.macs) AS macs");
    for (size_t i = 0; board[i]; i++) {
        buf_printf(&sql, ", max(CASE WHEN " PARAM("board") " = '%s' THEN l.seconds / l.calls END) AS %s", board[i], board[i]);
        buf_printf(&head, "|%s %s_(ms) 1e3 3", board[i], board[i]);
    }
    free(board);
    buf_str(&sql, " FROM now p JOIN layers l ON l.run = p.run WHERE p.sweep = 'reproduce-boards' AND " PARAM("input") " = 224 AND "
                  PARAM("plan") " = 'inplace' AND l.op NOT IN ('', 'function') GROUP BY l.name ORDER BY min(l.seq)");
    page_heading(&r->page, "Latency per layer", 3);
    page_text(&r->page, "EtinyNet-1.0 at 224, plan inplace, fast kernels, milliseconds per layer.");
    bool ok = (!sql.failed && !head.failed) || err_nomem(&r->e);
    ok = ok && add_query(r, "layers", buf_text(&sql), buf_text(&head)) &&
         add_plot(r, "latency", "stm32f746", "EtinyNet-1.0 at 224 on the STM32F746: where each layer's time goes.") &&
         add_plot(r, "latency", "stm32f412", "The same on the STM32F412.") &&
         add_plot(r, "energy", "stm32f746", "Energy of one inference on the STM32F746.") &&
         add_plot(r, "roofline", "stm32f746", "Work per byte against work per cycle, layer by layer, on the STM32F746.");
    buf_free(&sql);
    buf_free(&head);
    return ok;
}

static bool accelerators(struct reproduction *r)
{
    page_heading(&r->page, "On the accelerators", 3);
    page_text(&r->page, "Analytic model; docs/npu.md has the formulas. The power of xc7a100t-etinynet rests on one constant fitted to Table 6.");
    return add_query(r, "accelerators",
                     "SELECT " PARAM("accelerator") " AS accelerator, " PARAM("network") " AS network, " PARAM("wbits") " AS wbits, p.state, "
                     "r.clock_hz, r.cycles, r.seconds, r.watts, r.energy_uj, r.assumed, r.costs, p.reason FROM now p JOIN runs r "
                     "ON r.run = p.run WHERE " PARAM("accelerator") " IS NOT NULL ORDER BY 1, 2 DESC, 3",
                     "accelerator Accelerator 1 0|network Network 1 0|wbits Weight_bits 1 0|clock_hz Clock_(MHz) 1e-6 1|cycles Cycles_(k) 1e-3 0|"
                     "seconds Latency_(ms) 1e3 2|watts Power_(W) 1 3|energy_uj Energy_(mJ) 1e-3 3|assumed Assumed_costs 1 0|costs of_costs 1 0|"
                     "state Outcome 1 0|reason Why 1 0");
}

static bool quantisation(struct reproduction *r)
{
    struct network *net = network_load("etinynet-1.0", 0, 0, &r->e);
    struct buf csv = {0};
    char path[4096];
    bool ok = net;
    double worst[2] = {INFINITY, INFINITY}, sum[2] = {0, 0};
    int n = 0;
    buf_str(&csv, "layer,quantiser,lambda,sqnr_db,error,entropy_bits,levels\n");
    for (int i = 0; ok && i < net->nlayers; i++) {
        const struct layer *l = &net->layer[i];
        const struct tensor *t = l->weights ? params_need(r->params, l->param, ".weight", (size_t)l->weights, &r->e) : NULL;
        int8_t *q = t ? malloc(t->n) : NULL;
        float *scale = t ? malloc((size_t)l->out_c * sizeof *scale) : NULL;
        ok = !l->weights || (t && ((q && scale) || err_nomem(&r->e)));
        for (int k = 0; ok && t && k < 2; k++) {
            struct weight_report w;
            ok = weights_quantise(k ? QUANT_DOREFA : QUANT_ASQ, 4, 0, t->data, (size_t)l->out_c, t->n / (size_t)l->out_c, q, scale, &w, &r->e);
            escape_csv(&csv, l->name);
            buf_printf(&csv, ",%s,%.4g,%.2f,%.4g,%.3f,%d\n", k ? "dorefa" : "asq", (double)w.lambda, w.sqnr_db, w.l.error,
                       w.l.entropy_bits, w.l.levels);
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
                  "Ours, without training: 4-bit weights of the %d layers of EtinyNet-1.0 reach a signal to quantisation noise of %.1f dB on "
                  "average (worst layer %.1f dB) by ASQ with a lambda chosen per layer, and %.1f dB (%.1f dB) by DoReFa (quantisation.csv).",
                  n, sum[0] / n, worst[0], sum[1] / n, worst[1]);
    snprintf(path, sizeof path, "%s/quantisation.csv", r->folder);
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
            page_text(&r->page, "Figure 2, the two building blocks, is the structure that the network files describe: the bracketed rows above "
                                "are read off the layers, and the trained weights give the class of a photograph with them.");
        if (!strcmp(t->name, "table-2"))
            ok = figure_accuracy(&r->page, r->paper, &r->e);
        if (!strcmp(t->name, "table-3") && r->params)
            ok = quantisation(r) && figure_weights(&r->page, r->params, &r->e);
        else if (!strcmp(t->name, "table-3"))
            page_text(&r->page, "Figures 3 and 4 show trained weights; none were given (--weights).");
    }
    return ok;
}

static bool write_page(struct reproduction *r)
{
    const struct {
        const char *name;
        struct buf *text;
    } file[] = {{"reproduction.html", &r->page.html}, {"reproduction.md", &r->page.md}, {"cells.csv", &r->page.csv}};
    for (size_t i = 0; i < 3; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", r->folder, file[i].name);
        if (file[i].text->failed)
            return err_nomem(&r->e);
        if (!buf_write_file(file[i].text, path, &r->e))
            return false;
    }
    return true;
}

static bool reproduce(struct reproduction *r)
{
    if (mkdir(r->folder, 0777) != 0 && errno != EEXIST)
        return err_set(&r->e, ERR_ENV, "%s: cannot be created: %s", r->folder, strerror(errno));
    snprintf(r->db, sizeof r->db, "%s/reproduction.db", r->folder);
    if ((r->weights && !(r->params = params_load(r->weights, &r->e))) || !(r->paper = paper_load(r->params, &r->e)) ||
        (!r->paper_only && (!run_sweep(r, "reproduce-accelerators", false) || !run_sweep(r, "reproduce-boards", true) ||
                            !run_sweep(r, "reproduce-others", false) || !run_sweep(r, "reproduce-networks", false) || !(r->store = store_open(r->db, false, &r->e)))))
        return false;
    for (size_t i = 0; i < r->paper->ntables; i++)
        for (size_t k = 0; k < r->paper->table[i].ncells; k++)
            r->mark[r->paper->table[i].cell[k].mark]++;
    r->page.folder = r->folder;
    page_open(&r->page, "EtinyNet, reproduced cell by cell");
    page_text(&r->page,
              "Tables and figures of \"EtinyNet: Extremely Tiny Network for TinyML\" (AAAI 2022) and of its README. Every cell is marked: "
              "= reproduced (ours beside it, with the difference), \" reported (quoted), \xc3\x97 or x not reproducible (with the "
              "reason), ~ fitted (ours agrees because something was fitted or chosen so). %zu cells are reproduced, %zu reported, %zu not "
              "reproducible, %zu fitted. Made by etinysim %s; weights: %s%.16s.",
              r->mark[MARK_REPRODUCED], r->mark[MARK_REPORTED], r->mark[MARK_NOT], r->mark[MARK_FITTED], ETINYSIM_VERSION,
              r->params ? "SHA-256 " : "none given, tensors from a fixed seed", r->params ? r->params->sha256 : "");
    bool ok = paper(r);
    if (!r->paper_only)
        page_heading(&r->page, "What the paper never printed", 2);
    ok = ok && (r->paper_only || (boards(r) && networks(r) && sram(r) && layers(r) && accelerators(r)));
    page_close(&r->page);
    return ok && write_page(r);
}

static bool print_json(struct reproduction *r)
{
    cJSON *o = json_root();
    json_text(o, "folder", r->folder);
    json_uint(o, "reproduced", r->mark[MARK_REPRODUCED]);
    json_uint(o, "reported", r->mark[MARK_REPORTED]);
    json_uint(o, "not_reproducible", r->mark[MARK_NOT]);
    json_uint(o, "fitted", r->mark[MARK_FITTED]);
    cli_json(o, JSON_COMPACT, &r->e);
    return r->e.code == ERR_NONE;
}

static int run(int argc, char **argv)
{
    struct cli_common common;
    struct reproduction r = {.folder = "reproduction"};
    const char *pos[1];
    uint64_t jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    const struct option_spec options[] = {
        {"--weights", 's', &r.weights}, {"--calibrate", 's', &r.calibrate}, {"-o", 's', &r.folder}, {"-j", 'u', &jobs},
        {"--paper-only", 'b', &r.paper_only}, {NULL, 0, NULL},
    };
    if (!cli_parse(&cmd_reproduce, argc, argv, options, pos, 0, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    r.jobs = (unsigned)(jobs < 1 ? 1 : jobs > 256 ? 256 : jobs);
    r.quiet = common.quiet;
    bool ok = strlen(r.folder) < 2048 ? reproduce(&r) : err_set(&r.e, ERR_INPUT, "-o: the path is too long");
    if (ok && common.json)
        ok = print_json(&r);
    else if (ok && !common.quiet)
        printf("%s/reproduction.html: %zu cells reproduced, %zu reported, %zu not reproducible, %zu fitted\n", r.folder, r.mark[MARK_REPRODUCED],
               r.mark[MARK_REPORTED], r.mark[MARK_NOT], r.mark[MARK_FITTED]);
    store_close(r.store);
    paper_free(r.paper);
    params_free(r.params);
    buf_free(&r.keys);
    buf_free(&r.page.html);
    buf_free(&r.page.md);
    buf_free(&r.page.csv);
    return ok ? 0 : cli_fail(&cmd_reproduce, &r.e);
}

const struct command cmd_reproduce = {"reproduce", "the paper's tables and figures, cell by cell", help, run};
