#include <math.h>
#include <stdlib.h>

#include "cli/catalogue.h"
#include "costmodel/fit.h"

struct parameters_out {
    cJSON *json; /* NULL: text */
    struct buf *text;
};

static void parameter(void *with, const char *path, double value)
{
    struct parameters_out *o = with;
    if (o->json)
        json_real(o->json, path, value);
    else
        buf_printf(o->text, "  %-36s %.12g\n", path, value);
}

/* What the description fixes: `--set` does not take these. */
static void fixed_parameters(const struct accelerator *a, struct parameters_out *o)
{
    const struct {
        const char *path;
        double value;
    } all[] = {
        {"operands.weights", (double)a->wbits},
        {"operands.activations", (double)a->abits},
        {"operands.program_bytes_per_layer", (double)a->program_bytes},
        {"device.dsp", (double)a->limit_dsp},
        {"device.bram36", (double)a->limit_bram36},
        {"device.lut", (double)a->limit_lut},
        {"device.ff", (double)a->limit_ff},
        {"used.dsp", (double)a->used_dsp},
        {"used.bram36", a->used_bram36},
        {"used.lut", (double)a->used_lut},
        {"published.seconds", a->published_s},
        {"published.watts", a->published_w},
        {"published.onchip_kib", a->published_onchip_kib},
        {"system.watts", a->system_w},
        {"system.fps", a->system_fps},
        {"calibration.weights", (double)a->fit_target.wbits},
        {"calibration.activations", (double)a->fit_target.abits},
        {"calibration.watts", a->fit_target.watts},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        parameter(o, all[i].path, all[i].value);
    for (int i = 0; i < a->nmemories; i++) {
        const struct npu_memory *m = &a->memory[i];
        const uint64_t ports[] = {m->read_ports, m->write_ports, m->shared_ports};
        static const char *const names[] = {"read", "write", "shared"};
        for (int k = 0; k < 3; k++) {
            char path[64];
            snprintf(path, sizeof path, "memory.%s.ports.%s", m->name, names[k]);
            if (ports[k])
                parameter(o, path, (double)ports[k]);
        }
    }
    for (int i = 0; i < a->npackings; i++) {
        char path[64];
        snprintf(path, sizeof path, "dsp_products.%d_x_%d_bits", (int)a->packing[i].wbits,
                 (int)a->packing[i].abits);
        parameter(o, path, (double)a->packing[i].products);
    }
}

static void show_json(struct accelerator *a, cJSON *json)
{
    json_text(json, "accelerator", a->name);
    json_text(json, "title", a->title);
    json_text(json, "energy_table", a->energy.name);
    struct parameters_out values = {.json = json_object(json, "parameters")};
    accelerator_parameters(a, parameter, &values);
    fixed_parameters(a, &(struct parameters_out){.json = json_object(json, "fixed")});
    cJSON *notes = json_array(json, "sources");
    for (int i = 0; i < a->nnotes; i++) {
        cJSON *one = json_object(notes, NULL);
        json_text(one, "numbers", a->note[i].what);
        json_text(one, "source", a->note[i].source);
    }
}

static double error(uint64_t fitted, uint64_t counted)
{
    return 100 * ((double)fitted / (double)counted - 1);
}

/* Every design that was synthesised, what the fitted forms say of it, and how far they are off
 * where it was held out. */
static void synthesis_text(const struct accelerator *a, struct buf *text)
{
    const struct synthesis *s = &a->synthesis;
    double worst[2] = {0}, sum[2] = {0};
    int held = 0;
    buf_printf(text,
               "designs that %s synthesised (%s), and the forms fitted to those of use fit\n"
               "  %-18s %-5s %5s %6s %6s %7s %6s %7s %6s %7s %8s\n",
               s->tool, s->command, "design", "use", "DSP", "BRAM36", "LUT", "fitted", "FF",
               "fitted", "levels", "LUTs", "cells ns");
    for (int i = 0; i < s->n; i++) {
        const struct rtl_cells *c = &s->row[i].cells;
        struct rtl_cells f;
        synthesis_fitted(s, &s->row[i].design, &f);
        double e[2] = {error(f.lut, c->lut), error(f.ff, c->ff)};
        buf_printf(
            text, "  %-18s %-5s %5llu %6llu %6llu %+6.1f%% %6llu %+6.1f%% %6llu %7llu %8.2f%s\n",
            s->row[i].name, s->row[i].fit ? "fit" : "held", (unsigned long long)c->dsp,
            (unsigned long long)c->bram36, (unsigned long long)c->lut, e[0],
            (unsigned long long)c->ff, e[1], (unsigned long long)c->levels,
            (unsigned long long)c->lut_levels, (double)c->cells_ps * 1e-3,
            f.dsp == c->dsp && f.bram36 == c->bram36 ? "" : "  DSP or BRAM36 not as formula");
        if (s->row[i].fit)
            continue;
        held++;
        for (int k = 0; k < 2; k++) {
            sum[k] += fabs(e[k]);
            worst[k] = fmax(worst[k], fabs(e[k]));
        }
    }
    if (held)
        buf_printf(text,
                   "  %d held out: LUT off by %.1f%% on average, %.1f%% at most; FF by %.1f%%, "
                   "%.1f%%\n",
                   held, sum[0] / held, worst[0], sum[1] / held, worst[1]);
}

static void show_text(struct accelerator *a, struct buf *text)
{
    buf_printf(text, "%s: %s, energy table %s\n", a->name, a->title, a->energy.name);
    struct parameters_out values = {.text = text};
    accelerator_parameters(a, parameter, &values);
    buf_str(text, "fixed: --set does not take these; 0: not known\n");
    fixed_parameters(a, &values);
    buf_str(text, "sources\n");
    for (int i = 0; i < a->nnotes; i++)
        buf_printf(text, "  %-24s %s\n", a->note[i].what, a->note[i].source);
    buf_printf(text, "  %-24s %s\n", "lut_pj", a->lut_source);
    if (a->synthesis.n)
        synthesis_text(a, text);
}

static bool show(const char *name, cJSON *json, struct buf *text, struct err *e)
{
    struct accelerator_fit f;
    struct accelerator *a = accelerator_load(name, NULL, e);
    bool ok = a && accelerator_fit(a, &f, e);
    if (ok && json)
        show_json(a, json);
    else if (ok)
        show_text(a, text);
    free(a);
    return ok;
}

static int run(int argc, char **argv);
static int run_short(int argc, char **argv);

#define ABOUT                                   \
    "  list        names of the accelerators\n" \
    "  show NAME   what the model believes of it: every number with its source\n"
#define NOTES                                                                                   \
    "NAME is a file of costmodel/accelerators without its ending, or a path to a .yaml file.\n" \
    "`accel` is the same command. The schema is in docs/npu.md.\n"

const struct command cmd_accelerator = {
    .name = "accelerator",
    .brief = "FPGA and NPU descriptions: list, show",
    .usage = "accelerator list|show NAME|new NAME --from NAME [--json]",
    .about = ABOUT,
    .notes = NOTES,
    .run = run,
};
const struct command cmd_accel = {
    .name = "accel",
    .brief = "short for accelerator",
    .usage = "accelerator list|show NAME|new NAME --from NAME [--json]",
    .about = ABOUT,
    .notes = NOTES,
    .run = run_short,
};

static const struct catalogue accelerators = {
    .kind = "accelerator", .folder = "costmodel/accelerators", .show = show};

static int run(int argc, char **argv)
{
    return catalogue_run(&cmd_accelerator, &accelerators, argc, argv);
}

static int run_short(int argc, char **argv)
{
    return catalogue_run(&cmd_accel, &accelerators, argc, argv);
}
