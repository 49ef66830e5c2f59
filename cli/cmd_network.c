#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"
#include "cli/cli.h"
#include "workloads/graph/network.h"

extern const struct command cmd_network;

static const char help[] =
    "etinysim network list            names of the networks\n"
    "etinysim network show NAME       the description as the file has it, after checking it\n"
    "etinysim network compare         parameters and MAdds beside what publications report (Tables 2 and 4, MCUNet)\n"
    "\n"
    "NAME is a file of workloads/networks without its ending, or a path to a .yaml file.\n";

static int list(const struct command *cmd, const struct cli_common *common)
{
    struct err e = {0};
    char **names = data_list("workloads/networks", &e);
    if (!names)
        return cli_fail(cmd, &e);
    cJSON *json = common->json ? cJSON_CreateStringArray((const char *const *)names, 0) : NULL;
    for (int i = 0; names[i]; i++) {
        if (json)
            cJSON_AddItemToArray(json, cJSON_CreateString(names[i]));
        else
            puts(names[i]);
    }
    if (json) {
        char *text = cJSON_Print(json);
        puts(text ? text : "[]");
        free(text);
        cJSON_Delete(json);
    }
    free(names);
    return 0;
}

static void show_json(const struct network *n, const char *path, const char *text)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "network", n->name);
    cJSON_AddStringToObject(o, "path", path);
    cJSON_AddNumberToObject(o, "width", n->width);
    cJSON_AddNumberToObject(o, "input", n->in_h);
    cJSON_AddNumberToObject(o, "channels", n->in_c);
    cJSON_AddNumberToObject(o, "classes", n->classes);
    cJSON_AddNumberToObject(o, "layers", n->nlayers);
    cJSON_AddStringToObject(o, "description", text);
    char *out = cJSON_Print(o);
    puts(out ? out : "{}");
    free(out);
    cJSON_Delete(o);
}

static int show(const struct command *cmd, const char *name, const struct cli_common *common)
{
    struct err e = {0};
    struct buf text = {0};
    char path[4096];
    struct network *n = network_load(name, 0, 0, &e);
    if (n && n->tflite)
        err_at(&e, name, 0, "holds no text to show (see etinysim model)");
    if (!n || e.code || !data_find(path, sizeof path, "network", "workloads/networks", name, &e) ||
        !buf_read_file(&text, path, 1 << 20, &e)) {
        buf_free(&text);
        network_free(n);
        return cli_fail(cmd, &e);
    }
    if (common->json) {
        show_json(n, path, buf_text(&text));
        buf_free(&text);
        network_free(n);
        return 0;
    }
    printf("# %s\n%s", path, buf_text(&text));
    buf_free(&text);
    printf("# %d layers, input %dx%dx%d, width %g: see etinysim model %s\n", n->nlayers, n->in_h, n->in_w, n->in_c, n->width,
           name);
    network_free(n);
    return 0;
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

static void compare_line(const struct network *n)
{
    const struct reported *r = &n->reported;
    const double m = 1e6;
    char params[16], madds[16], ratio[16];
    printf("%-24s %8.3f %8.3f %8s %8.2f %8.2f %8s %9s %6.1f  %s\n", n->name, (double)n->weights / m, (double)n->params / m,
           figure(params, r->params, 2), (double)n->macs / m, (double)n->madds / m, figure(madds, r->madds, 1),
           figure(ratio, r->madds > 0 ? (double)n->madds / m / r->madds : 0, 3), r->top1, r->source);
}

static cJSON *compare_json(const struct network *n)
{
    const struct reported *r = &n->reported;
    const double m = 1e6;
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "network", n->name);
    cJSON_AddNumberToObject(o, "weights", (double)n->weights);
    cJSON_AddNumberToObject(o, "params", (double)n->params);
    if (r->params > 0)
        cJSON_AddNumberToObject(o, "params_reported", r->params * m);
    cJSON_AddNumberToObject(o, "macs", (double)n->macs);
    cJSON_AddNumberToObject(o, "madds", (double)n->madds);
    if (r->madds > 0)
        cJSON_AddNumberToObject(o, "madds_reported", r->madds * m);
    cJSON_AddNumberToObject(o, "top1_reported", r->top1);
    cJSON_AddStringToObject(o, "source", r->source);
    return o;
}

static int compare(const struct command *cmd, const struct cli_common *common)
{
    struct err e = {0};
    char **names = data_list("workloads/networks", &e);
    cJSON *json = cJSON_CreateArray();
    if (!json)
        err_nomem(&e);
    if (!common->json && !e.code)
        printf("%-24s %8s %8s %8s %8s %8s %8s %9s %6s  %s\n", "network (millions)", "weights", "params", "reported", "macs", "madds",
               "reported", "madds/rep", "top-1", "source");
    for (int i = 0; !e.code && names[i]; i++) {
        struct network *n = network_load(names[i], 0, 0, &e);
        if (n && n->reported.top1 > 0 && common->json)
            cJSON_AddItemToArray(json, compare_json(n));
        else if (n && n->reported.top1 > 0)
            compare_line(n);
        network_free(n);
    }
    if (common->json && !e.code) {
        char *text = cJSON_Print(json);
        if (text)
            puts(text);
        else
            err_nomem(&e);
        free(text);
    }
    cJSON_Delete(json);
    free(names);
    return e.code ? cli_fail(cmd, &e) : 0;
}

static int run(int argc, char **argv)
{
    static const struct option_spec none[] = {{0}};
    const char *pos[3];
    struct cli_common common;
    if (!cli_parse(&cmd_network, argc, argv, none, pos, 2, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (pos[0] && !strcmp(pos[0], "list") && !pos[1])
        return list(&cmd_network, &common);
    if (pos[0] && !strcmp(pos[0], "show") && pos[1])
        return show(&cmd_network, pos[1], &common);
    if (pos[0] && !strcmp(pos[0], "compare") && !pos[1])
        return compare(&cmd_network, &common);
    struct err e = {0};
    err_set(&e, ERR_INPUT, "expected 'list', 'show NAME' or 'compare'");
    return cli_fail(&cmd_network, &e);
}

const struct command cmd_network = {"network", "list the networks, show one", help, run};
