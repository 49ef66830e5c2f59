#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/npu_out.h"
#include "reports/fit.h"
#include "reports/store.h"
#include "sim/board.h"

extern const struct command cmd_npu;

static const char help[] =
    "etinysim npu NETWORK --accel A [--width W] [--input N] [--wbits B] [--abits B] [--db F.db] [--json]\n"
    "\n"
    "Cycles, accesses, energy and fit of a network on an accelerator, by closed forms (docs/npu.md).\n"
    "  --accel A         a name of `etinysim accelerator list` or a path to a .yaml file\n"
    "  --wbits, --abits  operand widths (default: the accelerator's)\n"
    "  --energy TABLE    another energy table: horowitz-45nm, aladdin-40nm, cacti-45nm, ... or a path\n"
    "  --set PATH=VALUE  changes one number: clock_hz=100e6, engine.array.rows=16, ... (repeats)\n"
    "  --accesses --map  words and bytes by memory and operand; where each map lies and how long\n"
    "  --tornado [--factor F]  each number divided and multiplied by F (1.3), widest swing first\n"
    "  --explore         array sizes and clocks, the designs that nothing else beats\n"
    "  --system BOARD [--fps N] [--mcu-cycles N | --mcu-run ID] [--battery MWH]\n"
    "                    MCU, link and accelerator on one timeline; the MCU's own cycles a frame are\n"
    "                    given, or taken from a simulated run of --db\n"
    "  --db F.db         adds the run to a database\n"
    "Exit 1 when the network does not fit or the frame rate does not hold.\n";

struct options {
    const char *accel, *energy, *db, *board, *set[17];
    double width, fps, battery, factor;
    uint64_t input, wbits, abits, mcu_cycles, mcu_run;
    bool accesses, map, tornado, explore;
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
    if (o->mcu_run && !o->db)
        return err_set(e, ERR_INPUT, "--mcu-run needs --db F.db");
    if (o->mcu_run > INT64_MAX || o->mcu_cycles > (uint64_t)1 << 53)
        return err_set(e, ERR_INPUT, "--mcu-run, --mcu-cycles: out of range");
    if (!o->board && (o->fps > 0 || o->mcu_run || o->mcu_cycles || o->battery > 0))
        return err_set(e, ERR_INPUT, "--fps, --mcu-cycles, --mcu-run, --battery go with --system BOARD");
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
static bool cycles_of(const char *db, uint64_t run, uint64_t *cycles, char *what, size_t size, struct err *e)
{
    struct table t;
    struct store *s = store_open(db, false, e);
    if (!s)
        return false;
    bool ok = store_query(s, "SELECT cycles, platform FROM runs WHERE run = :run", (int64_t)run, 0, &t, e);
    if (ok) {
        const struct cell *c = t.nrow ? table_at(&t, 0, "cycles") : NULL;
        ok = (c && c->type != CELL_NULL && c->r >= 0) ||
             err_set(e, ERR_INPUT, "%s: no run %llu with cycles", db, (unsigned long long)run);
        if (ok) {
            *cycles = (uint64_t)c->r;
            snprintf(what, size, "its %llu cycles a frame from run %llu, %s", (unsigned long long)*cycles,
                     (unsigned long long)run, table_at(&t, 0, "platform")->text);
        }
        table_free(&t);
    }
    store_close(s);
    return ok;
}

static bool mcu_load(const struct options *o, struct mcu *m, char *what, size_t size, struct err *e)
{
    struct board *b = board_load(o->board, e);
    bool ok = b && (b->energy.present || err_set(e, ERR_INPUT, "board %s has no energy section", o->board));
    if (ok) {
        *m = (struct mcu){.clock_hz = (double)b->max_hz, .sleep_w = b->energy.sleep_w, .cycles_before = o->mcu_cycles};
        memcpy(m->pj_per_cycle, b->energy.pj_per_cycle, sizeof m->pj_per_cycle);
        snprintf(m->name, sizeof m->name, "%s", b->name);
        snprintf(m->source, sizeof m->source, "%s", b->energy.source);
        snprintf(what, size, o->mcu_cycles ? "its %llu cycles a frame as given" : "its own work a frame is not known: %llu cycles",
                 (unsigned long long)o->mcu_cycles);
        ok = !o->mcu_run || cycles_of(o->db, o->mcu_run, &m->cycles_before, what, size, e);
    }
    free(b);
    return ok;
}

static bool explore(const struct npu *n, struct design **out, int *count, struct err *e)
{
    static const uint64_t sides[] = {4, 8, 9, 12, 16, 24, 32};
    const double clocks[] = {n->accel->clock_hz / 2, n->accel->clock_hz * 0.75, n->accel->clock_hz, n->accel->clock_hz * 4 / 3,
                             n->accel->clock_hz * 2};
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
            static const char *const names[] = {"npu.compute", "npu.fill", "npu.store", "npu.stall", "npu.link"};
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

static bool put(struct store *s, const struct npu_show *w, const struct overlay *overlay, int64_t *run, struct err *e)
{
    struct rows rows = {0};
    bool ok = npu_rows(w->npu, &rows, e) && overlay_apply(overlay, &rows, e) &&
              (!w->system || system_rows(w->mcu, w->system, &rows, e)) &&
              store_put(s, &rows, run, e);
    rows_free(&rows);
    return ok;
}

static bool work(const struct options *o, const struct overlay *overlay, const struct cli_common *common, struct network *net, struct accelerator *a,
                 struct npu_show *s, struct npu **npu, struct swing *swings, struct design **designs, struct err *e)
{
    struct calibrated fit;
    struct mcu mcu;
    struct system_result result;
    char what[160];
    struct npu *n = NULL;
    struct store *db = o->db ? store_open(o->db, true, e) : NULL;
    bool ok = !o->db || db;
    ok = ok && calibrate(a, &fit, e) && apply(a, o->set, e) &&
         (n = *npu = npu_open(a, net, o->wbits == UINT64_MAX ? 0 : o->wbits, o->abits == UINT64_MAX ? 0 : o->abits, e));
    s->npu = n;
    s->fit = &fit;
    if (ok && o->tornado) {
        s->swing = swings;
        s->factor = o->factor;
        ok = (s->nswings = explore_tornado(n, o->factor, swings, e)) >= 0;
    }
    if (ok && o->explore) {
        ok = explore(n, designs, &s->ndesigns, e);
        s->design = *designs;
    }
    if (ok && o->board && (ok = mcu_load(o, &mcu, what, sizeof what, e))) {
        system_evaluate(n, &mcu, o->fps, o->battery, &result);
        s->mcu = &mcu;
        s->mcu_source = what;
        s->system = &result;
    }
    int64_t run = 0;
    ok = ok && (!db || put(db, s, overlay, &run, e));
    if (ok && overlay->active) {
        overlay_model(overlay, n);
        s->overlay = overlay->source;
    }
    ok = ok && (common->json ? npu_print_json(s, e) : npu_print_text(s, e));
    if (ok && db && !common->quiet)
        fprintf(stderr, "run %lld in %s\n", (long long)run, o->db);
    store_close(db);
    if (ok && !n->fit.fits)
        ok = err_set(e, ERR_CHECK, "%s does not fit %s: %s", net->name, a->name, n->fit.what);
    if (ok && s->system && !s->system->holds)
        ok = err_set(e, ERR_CHECK, "%g frames/s does not hold: a frame takes %.3f ms at least", o->fps,
                     s->system->shortest_period_s * 1e3);
    return ok;
}

static int run(int argc, char **argv)
{
    struct options o = {.width = NAN, .input = UINT64_MAX, .wbits = UINT64_MAX, .abits = UINT64_MAX, .factor = 1.3};
    const struct option_spec opts[] = {{"--accel", 's', &o.accel},   {"--energy", 's', &o.energy},
                                       {"--db", 's', &o.db},         {"--system", 's', &o.board},
                                       {"--set", 'm', o.set},        {"--width", 'f', &o.width},
                                       {"--input", 'u', &o.input},   {"--wbits", 'u', &o.wbits},
                                       {"--abits", 'u', &o.abits},   {"--fps", 'f', &o.fps},
                                       {"--battery", 'f', &o.battery}, {"--mcu-cycles", 'u', &o.mcu_cycles},
                                       {"--mcu-run", 'u', &o.mcu_run}, {"--factor", 'f', &o.factor},
                                       {"--accesses", 'b', &o.accesses}, {"--map", 'b', &o.map},
                                       {"--tornado", 'b', &o.tornado}, {"--explore", 'b', &o.explore}, {0}};
    const char *pos[2];
    struct cli_common common;
    struct err e = {0};
    if (!cli_parse(&cmd_npu, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (!check(&o, pos[0], &e))
        return cli_fail(&cmd_npu, &e);
    struct npu *n = NULL;
    struct design *designs = NULL;
    struct swing *swings = calloc(MAX_SWINGS, sizeof *swings);
    struct npu_show show = {.accesses = o.accesses, .map = o.map, .fps = o.fps, .battery_mwh = o.battery,
                            .own_size = isnan(o.width) && o.input == UINT64_MAX};
    struct network *net = network_load(pos[0], isnan(o.width) ? 0 : o.width,
                                       o.input == UINT64_MAX ? 0 : o.input > INT_MAX ? INT_MAX : (int)o.input, &e);
    struct overlay overlay = {0};
    struct accelerator *a = net && overlay_load(o.accel, &overlay, &e) ? accelerator_load(overlay.base, o.energy, &e) : NULL;
    if (a && overlay.active && (o.board || o.tornado || o.explore))
        err_set(&e, ERR_INPUT, "--system, --tornado and --explore take a description, not an overlay");
    bool ok = a && !e.code && (swings || err_nomem(&e)) && work(&o, &overlay, &common, net, a, &show, &n, swings, &designs, &e);
    npu_close(n);
    free(designs);
    free(swings);
    free(a);
    network_free(net);
    return ok ? 0 : cli_fail(&cmd_npu, &e);
}

const struct command cmd_npu = {"npu", "a network on an FPGA or NPU: cycles, accesses, energy, fit", help, run};
