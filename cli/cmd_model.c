#include <cjson/cJSON.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "workloads/quantise/mixed.h"
#include "workloads/graph/network.h"

extern const struct command cmd_model;

/* One place for the rules, so that the table and the documents cannot drift apart. */
static const char *const rules[] = {
    "weights        kernel elements of convolutions and fully connected layers, without biases and batch norm",
    "params         weights + 4 per batch norm channel (gamma, beta, mean, variance) + biases",
    "macs           one per weight and output position; padding counts; adds and pools count nothing",
    "madds          macs + one per batch norm output element",
    "feature_bytes  8-bit activations alive at once, conv and max pool fused, the image whole until it is read",
    "unfused        the same where the map between conv and max pool exists",
};

static cJSON *num(cJSON *o, const char *key, uint64_t v)
{
    return cJSON_AddNumberToObject(o, key, (double)v);
}

static bool print_json(const struct network *n, uint64_t fused, uint64_t unfused, int at)
{
    cJSON *o = cJSON_CreateObject(), *layers;
    cJSON_AddStringToObject(o, "network", n->name);
    cJSON_AddNumberToObject(o, "width", n->width);
    num(o, "input", (uint64_t)n->in_h);
    num(o, "classes", (uint64_t)n->classes);
    num(o, "weights", n->weights);
    num(o, "params", n->params);
    num(o, "macs", n->macs);
    num(o, "madds", n->madds);
    num(o, "feature_bytes", fused);
    cJSON *peak = cJSON_AddObjectToObject(o, "peak_sram");
    num(peak, "pingpong", fused);
    num(peak, "pingpong_unfused", unfused);
    cJSON_AddStringToObject(peak, "at", n->layer[at].name);
    layers = cJSON_AddArrayToObject(o, "layers");
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "name", l->name);
        cJSON_AddStringToObject(j, "op", op_name(l->op));
        const int in[] = {l->in_h, l->in_w, l->in_c}, out[] = {l->out_h, l->out_w, l->out_c};
        cJSON_AddItemToObject(j, "in", cJSON_CreateIntArray(in, 3));
        cJSON_AddItemToObject(j, "out", cJSON_CreateIntArray(out, 3));
        num(j, "kernel", (uint64_t)l->kernel);
        num(j, "stride", (uint64_t)l->stride);
        num(j, "weights", l->weights);
        num(j, "params", l->params);
        num(j, "macs", l->macs);
        num(j, "madds", l->madds);
        num(j, "in_bytes", l->in_bytes);
        num(j, "out_bytes", l->out_bytes);
        cJSON_AddItemToArray(layers, j);
    }
    char *text = cJSON_Print(o);
    cJSON_Delete(o);
    if (text)
        puts(text);
    free(text);
    return text != NULL;
}

static void print_text(const struct network *n, uint64_t fused, uint64_t unfused, int at)
{
    printf("%s: width %g, input %dx%dx%d, %d classes\n\n", n->name, n->width, n->in_h, n->in_w, n->in_c, n->classes);
    printf("%-16s %-17s %14s %14s %4s %9s %9s %12s %12s %10s %10s\n", "layer", "op", "in", "out", "k/s", "weights", "params",
           "macs", "madds", "in bytes", "out bytes");
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        char in[40], out[40], ks[24];
        snprintf(in, sizeof in, "%dx%dx%d", l->in_h, l->in_w, l->in_c);
        snprintf(out, sizeof out, "%dx%dx%d", l->out_h, l->out_w, l->out_c);
        snprintf(ks, sizeof ks, "%d/%d", l->kernel, l->stride);
        printf("%-16s %-17s %14s %14s %4s %9" PRIu64 " %9" PRIu64 " %12" PRIu64 " %12" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
               l->name, op_name(l->op), in, out, ks, l->weights, l->params, l->macs, l->madds, l->in_bytes, l->out_bytes);
    }
    printf("%-16s %-17s %14s %14s %4s %9" PRIu64 " %9" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n\n", "total", "", "", "", "",
           n->weights, n->params, n->macs, n->madds);
    printf("feature memory  %" PRIu64 " bytes = %.1f KiB, at %s; unfused %" PRIu64 " bytes = %.1f KiB\n\n", fused,
           (double)fused / 1024, n->layer[at].name, unfused, (double)unfused / 1024);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        puts(rules[i]);
}

static void mixed_json(const struct network *n, const struct mixed *m)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "network", n->name);
    num(o, "flash_bytes", m->flash_bytes);
    num(o, "sram_bytes", m->sram_bytes);
    cJSON *layers = cJSON_AddArrayToObject(o, "layers");
    for (int i = 0; i < m->n; i++) {
        const struct mixed_layer *l = &m->layer[i];
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "name", n->layer[l->layer].name);
        num(j, "weights", l->weights);
        num(j, "weight_bits", (uint64_t)l->wbits);
        num(j, "in_bits", (uint64_t)l->in_bits);
        num(j, "out_bits", (uint64_t)l->out_bits);
        num(j, "weight_bytes", l->weight_bytes);
        num(j, "constant_bytes", l->constant_bytes);
        num(j, "feature_bytes", l->feature_bytes);
        cJSON_AddItemToArray(layers, j);
    }
    char *text = cJSON_Print(o);
    puts(text ? text : "{}");
    free(text);
    cJSON_Delete(o);
}

static bool print_mixed(const struct network *n, uint64_t flash, uint64_t sram, bool per_layer, bool json, struct err *e)
{
    struct mixed m;
    if (!mixed_assign(n, flash, sram, !per_layer, &m, e))
        return false;
    if (json) {
        mixed_json(n, &m);
    } else {
        printf("%s at %d: bits per tensor for %" PRIu64 " bytes of flash and %" PRIu64 " of SRAM, weight range per %s\n\n", n->name,
               n->in_h, flash, sram, per_layer ? "layer" : "channel");
        printf("%-16s %9s %7s %7s %8s %12s %9s %10s\n", "layer", "weights", "wbits", "in bits", "out bits", "weight bytes", "constants",
               "map bytes");
        for (int i = 0; i < m.n; i++) {
            const struct mixed_layer *l = &m.layer[i];
            printf("%-16s %9" PRIu64 " %7d %7d %8d %12" PRIu64 " %9" PRIu64 " %10" PRIu64 "\n", n->layer[l->layer].name, l->weights,
                   l->wbits, l->in_bits, l->out_bits, l->weight_bytes, l->constant_bytes, l->feature_bytes);
        }
        printf("\nflash %" PRIu64 " bytes of weights and constants, SRAM %" PRIu64 " bytes of maps\n", m.flash_bytes, m.sram_bytes);
    }
    mixed_free(&m);
    return true;
}

static int run(int argc, char **argv)
{
    double width = NAN; /* not given */
    uint64_t input = UINT64_MAX, flash = 0, sram = 0;
    bool per_layer = false;
    const struct option_spec opts[] = {
        {"--width", 'f', &width, "W",
         "multiplies the channel counts of the network's table", false},
        {"--input", 'u', &input, "N", "side of the square input image in pixels", false},
        {"--flash", 'u', &flash, "B", NULL, false},
        {"--sram", 'u', &sram, "B",
         "instead, 8, 4 or 2 bits for each tensor so that weights and maps fit B bytes,\n"
         "by the rule of Rusci et al.; for chains of layers, e.g. mobilenet-v1-0.5", false},
        {"--per-layer", 'b', &per_layer, NULL,
         "one weight range per layer, not per channel", false},
        {0},
    };
    const char *pos[2];
    struct cli_common common;
    struct err e = {0};
    if (!cli_parse(&cmd_model, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (!pos[0])
        err_set(&e, ERR_INPUT, "expected the name of a network (see etinysim network list)");
    else if (width <= 0 || input == 0)
        err_set(&e, ERR_INPUT, "--width and --input: expected more than 0");
    else if (!flash != !sram || (per_layer && !flash))
        err_set(&e, ERR_INPUT, "--flash and --sram go together, --per-layer with them");
    if (e.code)
        return cli_fail(&cmd_model, &e);
    struct network *n = network_load(pos[0], isnan(width) ? 0 : width,
                                     input == UINT64_MAX ? 0 : input > INT_MAX ? INT_MAX : (int)input, &e);
    if (!n)
        return cli_fail(&cmd_model, &e);
    int at;
    uint64_t unfused = network_feature_bytes(n, false, &at), fused = network_feature_bytes(n, true, &at);
    int rc = 0;
    if (flash) {
        if (!print_mixed(n, flash, sram, per_layer, common.json, &e))
            rc = cli_fail(&cmd_model, &e);
    } else if (!common.json)
        print_text(n, fused, unfused, at);
    else if (!print_json(n, fused, unfused, at)) {
        err_nomem(&e);
        rc = cli_fail(&cmd_model, &e);
    }
    network_free(n);
    return rc;
}

const struct command cmd_model = {
    .name = "model",
    .brief = "layers, parameters, MACs and feature memory of a network",
    .usage = "model NETWORK [--width W] [--input N] [--flash B --sram B [--per-layer]] [--json]",
    .about = "Layers, parameters, multiply-accumulates, feature memory and peak SRAM of a network.\n",
    .notes = "NETWORK is a name of `etinysim network list` or a path to a .yaml file.\n",
    .run = run,
};
