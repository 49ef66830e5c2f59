#include <stdio.h>
#include <stdlib.h>

#include "base/data.h"
#include "cli/catalogue.h"
#include "workloads/graph/network.h"

static void show_json(const struct network *n, const char *path, const char *text, cJSON *o)
{
    json_text(o, "network", n->name);
    json_text(o, "path", path);
    json_real(o, "width", n->width);
    json_int(o, "input", n->in_h);
    json_int(o, "channels", n->in_c);
    json_int(o, "classes", n->classes);
    json_int(o, "layers", n->nlayers);
    json_text(o, "description", text);
}

static bool show(const char *name, cJSON *json, struct buf *out, struct err *e)
{
    struct buf text = {0};
    char path[4096];
    struct network *n = network_load(name, 0, 0, e);
    if (n && n->tflite)
        err_at(e, name, 0, "holds no text to show (see etinysim model)");
    bool ok = n && !e->code &&
              data_find(path, sizeof path, "network", "workloads/networks", name, e) &&
              buf_read_file(&text, path, 1 << 20, e);
    if (ok && json) {
        show_json(n, path, buf_text(&text), json);
    } else if (ok) {
        buf_printf(out, "# %s\n%s", path, buf_text(&text));
        buf_printf(out, "# %d layers, input %dx%dx%d, width %g: see etinysim model %s\n",
                   n->nlayers, n->in_h, n->in_w, n->in_c, n->width, name);
    }
    buf_free(&text);
    network_free(n);
    return ok;
}

/* "12.34", or "-" where nothing is reported. */
static const char *figure(char out[16], double v, int decimals)
{
    if (v > 0)
        snprintf(out, 16, "%.*f", decimals, v);
    else
        snprintf(out, 16, "-");
    return out;
}

static void compare_line(const struct network *n, struct buf *out)
{
    const struct reported *r = &n->reported;
    const double m = 1e6;
    char params[16], madds[16], ratio[16];
    buf_printf(out, "%-24s %8.3f %8.3f %8s %8.2f %8.2f %8s %9s %6.1f  %s\n", n->name,
               (double)n->weights / m, (double)n->params / m, figure(params, r->params, 2),
               (double)n->macs / m, (double)n->madds / m, figure(madds, r->madds, 1),
               figure(ratio, r->madds > 0 ? (double)n->madds / m / r->madds : 0, 3), r->top1,
               r->source);
}

static void compare_json(const struct network *n, cJSON *o)
{
    const struct reported *r = &n->reported;
    const double m = 1e6;
    json_text(o, "network", n->name);
    json_uint(o, "weights", n->weights);
    json_uint(o, "params", n->params);
    if (r->params > 0)
        json_real(o, "params_reported", r->params * m);
    json_uint(o, "macs", n->macs);
    json_uint(o, "madds", n->madds);
    if (r->madds > 0)
        json_real(o, "madds_reported", r->madds * m);
    json_real(o, "top1_reported", r->top1);
    json_text(o, "source", r->source);
}

static bool compare(cJSON *json, struct buf *out, struct err *e)
{
    char **names = data_list("workloads/networks", e);
    if (!json)
        buf_printf(out, "%-24s %8s %8s %8s %8s %8s %8s %9s %6s  %s\n", "network (millions)",
                   "weights", "params", "reported", "macs", "madds", "reported", "madds/rep",
                   "top-1", "source");
    for (int i = 0; !e->code && names[i]; i++) {
        struct network *n = network_load(names[i], 0, 0, e);
        if (n && n->reported.top1 > 0 && json)
            compare_json(n, json_object(json, NULL));
        else if (n && n->reported.top1 > 0)
            compare_line(n, out);
        network_free(n);
    }
    free(names);
    return !e->code;
}

static int run(int argc, char **argv);

const struct command cmd_network = {
    .name = "network",
    .brief = "list the networks, show one",
    .usage = "network list|show NAME|compare|new NAME --from NAME [--json]",
    .about = "  list        names of the networks\n"
             "  show NAME   the description as the file has it, after checking it\n"
             "  compare     parameters and MAdds beside what publications report (Tables 2 and 4, "
             "MCUNet)\n",
    .notes =
        "NAME is a file of workloads/networks without its ending, or a path to a .yaml file.\n",
    .run = run,
};

static int run(int argc, char **argv)
{
    const struct catalogue networks = {.kind = "network",
                                       .folder = "workloads/networks",
                                       .show = show,
                                       .also = "compare",
                                       .also_run = compare};
    return catalogue_run(&cmd_network, &networks, argc, argv);
}
