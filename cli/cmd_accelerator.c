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

static void show_json(struct accelerator *a, cJSON *json)
{
    json_text(json, "accelerator", a->name);
    json_text(json, "title", a->title);
    json_text(json, "energy_table", a->energy.name);
    struct parameters_out values = {.json = json_object(json, "parameters")};
    accelerator_parameters(a, parameter, &values);
    cJSON *notes = json_array(json, "sources");
    for (int i = 0; i < a->nnotes; i++) {
        cJSON *one = json_object(notes, NULL);
        json_text(one, "numbers", a->note[i].what);
        json_text(one, "source", a->note[i].source);
    }
}

static void show_text(struct accelerator *a, struct buf *text)
{
    buf_printf(text, "%s: %s, energy table %s\n", a->name, a->title, a->energy.name);
    struct parameters_out values = {.text = text};
    accelerator_parameters(a, parameter, &values);
    buf_str(text, "sources\n");
    for (int i = 0; i < a->nnotes; i++)
        buf_printf(text, "  %-24s %s\n", a->note[i].what, a->note[i].source);
    buf_printf(text, "  %-24s %s\n", "lut_pj", a->lut_source);
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
