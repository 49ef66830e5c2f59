#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/data.h"
#include "base/desc.h"
#include "cli/cli.h"
#include "workloads/network.h"

extern const struct command cmd_network;

static const char help[] =
    "etinysim network list            names of the networks\n"
    "etinysim network show NAME       the description as the file has it, after checking it\n"
    "etinysim network compare         parameters and MAdds of Table 2's networks beside what the paper reports\n"
    "\n"
    "NAME is a file of workloads/networks without its ending, or a path to a .yaml file.\n";

static int list(const struct command *cmd, const struct cli_common *common)
{
    char **names = data_list("workloads/networks");
    if (!names) {
        struct err e = {0};
        err_nomem(&e);
        return cli_fail(cmd, &e);
    }
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

static int compare(const struct command *cmd, const struct cli_common *common)
{
    char **names = data_list("workloads/networks");
    struct err e = {0};
    cJSON *json = cJSON_CreateArray();
    if (!names || !json)
        err_nomem(&e);
    if (!common->json && !e.code)
        printf("%-24s %8s %8s %8s %9s %8s %8s %9s %6s\n", "network", "weights", "params", "reported", "macs", "madds", "reported",
               "madds/rep", "top-1");
    for (int i = 0; !e.code && names[i]; i++) {
        struct network *n = network_load(names[i], 0, 0, &e);
        if (n && n->reported.params > 0) {
            const double m = 1e6;
            cJSON *o = cJSON_CreateObject();
            cJSON_AddStringToObject(o, "network", n->name);
            cJSON_AddNumberToObject(o, "weights", (double)n->weights);
            cJSON_AddNumberToObject(o, "params", (double)n->params);
            cJSON_AddNumberToObject(o, "params_reported", n->reported.params * m);
            cJSON_AddNumberToObject(o, "macs", (double)n->macs);
            cJSON_AddNumberToObject(o, "madds", (double)n->madds);
            cJSON_AddNumberToObject(o, "madds_reported", n->reported.madds * m);
            cJSON_AddNumberToObject(o, "top1_reported", n->reported.top1);
            cJSON_AddStringToObject(o, "source", n->reported.source);
            cJSON_AddItemToArray(json, o);
            if (!common->json)
                printf("%-24s %7.3fM %7.3fM %7.2fM %8.2fM %7.2fM %7.0fM %9.3f %6.1f\n", n->name, (double)n->weights / m,
                       (double)n->params / m, n->reported.params, (double)n->macs / m, (double)n->madds / m, n->reported.madds,
                       (double)n->madds / m / n->reported.madds, n->reported.top1);
        }
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
