#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/npu_out.h"
#include "costmodel/published.h"
#include "costmodel/rtl.h"
#include "reports/calibration.h"
#include "reports/report.h"
#include "sim/boards/board.h"
#include "workloads/images/image.h"
#include "workloads/quantise/params.h"
#include "workloads/quantise/quant.h"

extern const struct command cmd_npu;

struct options {
    const char *accel, *energy, *db, *board, *rtl, *weights, *image, *set[17];
    double width, fps, battery, factor;
    uint64_t input, wbits, abits, mcu_cycles, mcu_run;
    bool accesses, map, tornado, explore, published;
};

static bool check(const struct options *o, const char *network, struct err *e)
{
    if (!network)
        return err_set(e, ERR_INPUT, "expected the name of a network (see etinysim network list)");
    if (!o->accel)
        return err_set(e, ERR_INPUT, "--accel A is missing (see etinysim accelerator list)");
    if (!(o->width > 0) && !isnan(o->width))
        return err_set(e, ERR_INPUT, "--width %g: expected more than 0", o->width);
    if (!o->input || !o->wbits || !o->abits)
        return err_set(e, ERR_INPUT, "--input, --wbits, --abits: expected more than 0");
    if ((o->wbits > 64 && o->wbits != UINT64_MAX) || (o->abits > 64 && o->abits != UINT64_MAX))
        return err_set(e, ERR_INPUT, "--wbits, --abits: expected at most 64");
    if (!(o->factor > 1) || o->factor > 100)
        return err_set(e, ERR_INPUT, "--factor %g: expected more than 1, at most 100", o->factor);
    if (!(o->fps >= 0) || o->fps > 1e6 || !(o->battery >= 0))
        return err_set(e, ERR_INPUT, "--fps, --battery: expected 0 or more");
    if (!o->rtl && (o->weights || o->image))
        return err_set(e, ERR_INPUT, "--weights, --image go with --rtl DIR");
    if (o->mcu_run && !o->db)
        return err_set(e, ERR_INPUT, "--mcu-run needs --db F.db");
    if (o->mcu_run > INT64_MAX || o->mcu_cycles > (uint64_t)1 << 53)
        return err_set(e, ERR_INPUT, "--mcu-run, --mcu-cycles: out of range");
    if (!o->board && (o->fps > 0 || o->mcu_run || o->mcu_cycles || o->battery > 0))
        return err_set(e, ERR_INPUT,
                       "--fps, --mcu-cycles, --mcu-run, --battery go with --system BOARD");
    return true;
}

static bool apply(struct accelerator *a, const char *const *set, struct err *e)
{
    for (int i = 0; set[i]; i++) {
        char path[128];
        const char *eq = strchr(set[i], '=');
        if (!eq || eq == set[i] || (size_t)(eq - set[i]) >= sizeof path)
            return err_set(e, ERR_INPUT, "--set '%.80s': expected PATH=VALUE", set[i]);
        snprintf(path, sizeof path, "%.*s", (int)(eq - set[i]), set[i]);
        if (!accelerator_set(a, path, eq + 1, e))
            return false;
    }
    return true;
}

/* The MCU's share of a frame, from a run in the database. */
static bool cycles_of(const char *db, uint64_t run, uint64_t *cycles, char *what, size_t size,
                      struct err *e)
{
    struct table t;
    struct store *s = store_open(db, false, e);
    if (!s)
        return false;
    bool ok = report_query(s, "run", (int64_t)run, &t, e);
    if (ok) {
        const struct cell *c = t.nrow ? table_at(&t, 0, "cycles") : NULL;
        ok = (c && c->type != CELL_NULL && c->r >= 0) ||
             err_set(e, ERR_INPUT, "%s: no run %llu with cycles", db, (unsigned long long)run);
        if (ok) {
            *cycles = (uint64_t)c->r;
            snprintf(what, size, "its %llu cycles a frame from run %llu, %s",
                     (unsigned long long)*cycles, (unsigned long long)run,
                     table_at(&t, 0, "platform")->text);
        }
        table_free(&t);
    }
    store_close(s);
    return ok;
}

static bool mcu_load(const struct options *o, struct mcu *m, char *what, size_t size, struct err *e)
{
    struct board *b = board_load(o->board, e);
    const struct board_energy *g = b ? board_supply(b, NULL) : NULL;
    bool ok =
        b && (g->present || err_set(e, ERR_INPUT, "board %s has no energy section", o->board));
    if (ok) {
        *m = (struct mcu){
            .clock_hz = (double)b->max_hz, .sleep_w = g->sleep_w, .cycles_before = o->mcu_cycles};
        memcpy(m->pj_per_cycle, g->pj_per_cycle, sizeof m->pj_per_cycle);
        snprintf(m->name, sizeof m->name, "%s", b->name);
        snprintf(m->source, sizeof m->source, "%s", g->source);
        if (o->mcu_cycles)
            snprintf(what, size, "its %llu cycles a frame as given",
                     (unsigned long long)o->mcu_cycles);
        else
            snprintf(what, size, "its own work a frame is not known and not counted");
        ok = !o->mcu_run || cycles_of(o->db, o->mcu_run, &m->cycles_before, what, size, e);
    }
    free(b);
    return ok;
}

static bool explore(const struct npu *n, struct design **out, int *count, struct err *e)
{
    static const uint64_t sides[] = {4, 8, 9, 12, 16, 24, 32};
    const double clocks[] = {n->accel->clock_hz / 2, n->accel->clock_hz * 0.75, n->accel->clock_hz,
                             n->accel->clock_hz * 4 / 3, n->accel->clock_hz * 2};
    enum { SIDES = sizeof sides / sizeof *sides, CLOCKS = sizeof clocks / sizeof *clocks };
    *count = SIDES * SIDES * CLOCKS;
    *out = calloc((size_t)*count, sizeof **out);
    if (!*out)
        return err_nomem(e);
    return explore_grid(n, sides, SIDES, sides, SIDES, clocks, CLOCKS, *out, e);
}

/* What overlay_apply does to the rows of a run, done to the model, so that both print the same. */
static void overlay_model(const struct overlay *o, struct npu *n)
{
    double energy = 1;
    for (size_t k = 0; k < o->n; k++) {
        const struct constant *q = &o->constant[k];
        if (!strcmp(q->name, "energy"))
            energy *= q->value;
        for (int i = 0; i < n->nlayers; i++) {
            struct npu_layer *l = &n->layer[i];
            uint64_t *const kind[] = {&l->compute, &l->fill, &l->store, &l->stall, &l->link};
            static const char *const names[] = {"npu.compute", "npu.fill", "npu.store", "npu.stall",
                                                "npu.link"};
            for (int j = 0; j < 5; j++)
                if (!strcmp(q->name, names[j]))
                    *kind[j] = (uint64_t)llround((double)*kind[j] * q->value);
        }
    }
    n->cycles = 0;
    for (int i = 0; i < n->nlayers; i++) {
        struct npu_layer *l = &n->layer[i];
        l->cycles = l->compute + l->fill + l->store + l->stall + l->link;
        n->cycles += l->cycles;
        for (int k = 0; k < ENERGY_PARTS; k++)
            l->pj[k] *= energy;
    }
    for (int k = 0; k < ENERGY_PARTS; k++)
        n->pj[k] *= energy;
    n->energy_uj *= energy;
    n->seconds = (double)n->cycles / n->accel->clock_hz;
    n->watts = n->energy_uj * 1e-6 / n->seconds;
}

static bool put(struct store *s, const struct npu_show *w, const struct overlay *overlay,
                int64_t *run, struct err *e)
{
    struct rows rows = {0};
    bool ok = npu_rows(w->npu, &rows, e) && overlay_apply(overlay, &rows, e) &&
              (!w->system || system_rows(w->mcu, w->system, &rows, e)) &&
              store_put(s, &rows, run, e);
    rows_free(&rows);
    return ok;
}

/* Everything a call of the command owns. */
struct job {
    struct options o;
    struct cli_common common;
    struct overlay overlay;
    struct network *net;
    struct accelerator *accel;
    struct npu *npu;
    struct accelerator_fit fit;
    struct swing swing[MAX_SWINGS];
    struct design *design;
    struct mcu mcu;
    char mcu_source[160];
    struct system_result system;
    struct npu_show show;
};

static bool analyse(struct job *j, struct err *e)
{
    const struct options *o = &j->o;
    struct npu_show *s = &j->show;
    *s = (struct npu_show){.npu = j->npu,
                           .fit = &j->fit,
                           .accesses = o->accesses,
                           .map = o->map,
                           .battery_mwh = o->battery,
                           .own_size = isnan(o->width) && o->input == UINT64_MAX};
    if (o->tornado) {
        s->swing = j->swing;
        s->factor = o->factor;
        if ((s->nswings = explore_tornado(j->npu, o->factor, j->swing, e)) < 0)
            return false;
    }
    if (o->explore) {
        if (!explore(j->npu, &j->design, &s->ndesigns, e))
            return false;
        s->design = j->design;
    }
    if (o->board) {
        if (!mcu_load(o, &j->mcu, j->mcu_source, sizeof j->mcu_source, e))
            return false;
        system_evaluate(j->npu, &j->mcu, o->fps, o->battery, &j->system);
        s->mcu = &j->mcu;
        s->mcu_source = j->mcu_source;
        s->system = &j->system;
    }
    return true;
}

/* The design as a folder, with the network's integers and an image. */
static bool export(const struct npu *n, const struct options *o, struct err *e)
{
    const struct network *net = n->net;
    struct params *params = NULL;
    struct image_set image = {0};
    struct qmodel *q = NULL;
    bool ok = !o->weights || (params = params_load(o->weights, e));
    ok = ok && (o->image ? image_load(&image, o->image, net->in_h, net->in_w, net->in_c, e)
                         : image_generate(&image, 1, net->in_h, net->in_w, net->in_c, e));
    ok = ok &&
         (q = qmodel_build(net, params, NULL, (int)n->wbits, n->wbits == 4 ? QUANT_ASQ : QUANT_INT8,
                           e)) &&
         rtl_write(n, q, image.data, o->rtl, e);
    qmodel_free(q);
    image_free(&image);
    params_free(params);
    return ok;
}

static bool work(struct job *j, const char *network, struct err *e)
{
    const struct options *o = &j->o;
    int64_t run = 0;
    int input = o->input == UINT64_MAX ? 0 : o->input > INT_MAX ? INT_MAX : (int)o->input;
    if (!(j->net = network_load(network, isnan(o->width) ? 0 : o->width, input, e)) ||
        !overlay_load(o->accel, &j->overlay, e))
        return false;
    if (j->overlay.active && (o->board || o->tornado || o->explore))
        return err_set(e, ERR_INPUT,
                       "--system, --tornado and --explore take a description, not an overlay");
    if (!(j->accel = accelerator_load(j->overlay.base, o->energy, e)))
        return false;
    struct store *db = o->db ? store_open(o->db, true, e) : NULL;
    bool ok = (!o->db || db) && accelerator_fit(j->accel, &j->fit, e) &&
              apply(j->accel, o->set, e) &&
              (j->npu = npu_open(j->accel, j->net, o->wbits == UINT64_MAX ? 0 : o->wbits,
                                 o->abits == UINT64_MAX ? 0 : o->abits, e)) &&
              analyse(j, e) && (!db || put(db, &j->show, &j->overlay, &run, e));
    store_close(db);
    if (ok && j->overlay.active) {
        overlay_model(&j->overlay, j->npu);
        j->show.overlay = j->overlay.source;
    }
    ok = ok && (!o->rtl || export(j->npu, o, e));
    ok = ok && (j->common.json ? npu_print_json(&j->show, e) : npu_print_text(&j->show, e));
    if (ok && o->db && !j->common.quiet)
        fprintf(stderr, "run %lld in %s\n", (long long)run, o->db);
    if (ok && !j->npu->resources.fits)
        ok = err_set(e, ERR_CHECK, "%s does not fit %s: %s", j->net->name, j->accel->name,
                     j->npu->resources.what);
    if (ok && o->board && !j->system.holds)
        ok = err_set(e, ERR_CHECK, "%g frames/s does not hold: a frame takes %.3f ms at least",
                     o->fps, j->system.shortest_period_s * 1e3);
    return ok;
}

/* Predicted, published, error and why for every point of costmodel/published. */
static bool published(const struct options *o, const char *network, bool json, struct err *e)
{
    struct published p;
    if (network || o->accel)
        return err_set(e, ERR_INPUT, "--published takes neither a network nor --accel");
    if (!published_predict(&p, e))
        return false;
    bool ok = json ? npu_published_json(&p, e) : (npu_published_text(&p), true);
    published_free(&p);
    return ok;
}

static int run(int argc, char **argv)
{
    struct err e = {0};
    struct job *j = calloc(1, sizeof *j);
    if (!j) {
        err_nomem(&e);
        return cli_fail(&cmd_npu, &e);
    }
    struct options *o = &j->o;
    *o = (struct options){
        .width = NAN, .input = UINT64_MAX, .wbits = UINT64_MAX, .abits = UINT64_MAX, .factor = 1.3};
    const struct option_spec opts[] = {
        {"--accel", 's', &o->accel, "A",
         "a name of `etinysim accelerator list` or a path to a .yaml file", false},
        {"--width", 'f', &o->width, "W", NULL, false},
        {"--input", 'u', &o->input, "N", "channel multiplier, side of the input image", false},
        {"--wbits", 'u', &o->wbits, "B", NULL, false},
        {"--abits", 'u', &o->abits, "B", "operand widths (default: the accelerator's)", false},
        {"--energy", 's', &o->energy, "TABLE",
         "another energy table: horowitz-45nm, aladdin-40nm, cacti-45nm, ... or a path", false},
        {"--set", 'm', o->set, "PATH=VALUE",
         "changes one number: clock_hz=100e6, engine.array.rows=16, ... (repeats)", false},
        {"--accesses", 'b', &o->accesses, NULL, NULL, false},
        {"--map", 'b', &o->map, NULL,
         "words and bytes by memory and operand; where each map lies and how long", false},
        {"--tornado", 'b', &o->tornado, NULL, NULL, false},
        {"--factor", 'f', &o->factor, "F",
         "each number divided and multiplied by F (1.3), widest swing first", false},
        {"--explore", 'b', &o->explore, NULL,
         "array sizes and clocks, the designs that nothing else beats", false},
        {"--system", 's', &o->board, "BOARD", NULL, false},
        {"--fps", 'f', &o->fps, "N", "MCU, link and accelerator on one timeline", false},
        {"--mcu-cycles", 'u', &o->mcu_cycles, "N", "the MCU's own cycles a frame", false},
        {"--mcu-run", 'u', &o->mcu_run, "ID", "or those of this simulated run of --db", true},
        {"--battery", 'f', &o->battery, "MWH", "how long a battery lasts", false},
        {"--rtl", 's', &o->rtl, "DIR",
         "the design as Verilog with all it takes to simulate and build it (docs/rtl.md)", false},
        {"--weights", 's', &o->weights, "F", NULL, false},
        {"--image", 's', &o->image, "F.png",
         "of --rtl: trained tensors, and the image it begins with", false},
        {"--db", 's', &o->db, "F.db", "adds the run to a database", false},
        {"--published", 'b', &o->published, NULL,
         "without a network: the model beside published silicon, nothing fitted", false},
        {0},
    };
    const char *pos[2];
    int rc = ERR_INPUT;
    if (cli_parse(&cmd_npu, argc, argv, opts, pos, 1, &j->common)) {
        bool ok = j->common.help || (o->published ? published(o, pos[0], j->common.json, &e)
                                                  : check(o, pos[0], &e) && work(j, pos[0], &e));
        rc = ok ? 0 : cli_fail(&cmd_npu, &e);
    }
    npu_close(j->npu);
    network_free(j->net);
    free(j->accel);
    free(j->design);
    free(j);
    return rc;
}

const struct command cmd_npu = {
    .name = "npu",
    .brief = "a network on an FPGA or NPU: cycles, accesses, energy, fit",
    .usage = "npu NETWORK --accel A [options]",
    .about = "Cycles, accesses, energy and fit of a network on an accelerator, by closed forms "
             "(docs/npu.md).\n",
    .notes = "Exit 1 when the network does not fit or the frame rate does not hold.\n",
    .run = run,
};
