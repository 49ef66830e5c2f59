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
    "weights        kernel elements of convolutions and fully connected layers, without biases and "
    "batch norm",
    "params         weights + 4 per batch norm channel (gamma, beta, mean, variance) + biases",
    "macs           one per weight and output position; padding counts; adds and pools count "
    "nothing",
    "madds          macs + one per batch norm output element",
    "feature_bytes  8-bit activations alive at once, conv and max pool fused, the image whole "
    "until it is read",
    "unfused        the same where the map between conv and max pool exists",
};

static void sizes(cJSON *o, const char *key, int height, int width, int channels)
{
    cJSON *list = json_array(o, key);
    json_int(list, NULL, height);
    json_int(list, NULL, width);
    json_int(list, NULL, channels);
}

static void print_json(const struct network *n, uint64_t fused, uint64_t unfused, int at,
                       struct err *e)
{
    cJSON *o = json_root();
    json_text(o, "network", n->name);
    json_real(o, "width", n->width);
    json_int(o, "input", n->in_h);
    json_int(o, "classes", n->classes);
    json_uint(o, "weights", n->weights);
    json_uint(o, "params", n->params);
    json_uint(o, "macs", n->macs);
    json_uint(o, "madds", n->madds);
    json_uint(o, "feature_bytes", fused);
    cJSON *peak = json_object(o, "peak_sram");
    json_uint(peak, "pingpong", fused);
    json_uint(peak, "pingpong_unfused", unfused);
    json_text(peak, "at", n->layer[at].name);
    cJSON *layers = json_array(o, "layers");
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        cJSON *j = json_object(layers, NULL);
        json_text(j, "name", l->name);
        json_text(j, "op", op_name(l->op));
        sizes(j, "in", l->in_h, l->in_w, l->in_c);
        sizes(j, "out", l->out_h, l->out_w, l->out_c);
        json_int(j, "kernel", l->kernel);
        json_int(j, "stride", l->stride);
        json_uint(j, "weights", l->weights);
        json_uint(j, "params", l->params);
        json_uint(j, "macs", l->macs);
        json_uint(j, "madds", l->madds);
        json_uint(j, "in_bytes", l->in_bytes);
        json_uint(j, "out_bytes", l->out_bytes);
    }
    cli_json(o, JSON_INDENTED, e);
}

static void print_text(const struct network *n, uint64_t fused, uint64_t unfused, int at)
{
    printf("%s: width %g, input %dx%dx%d, %d classes\n\n", n->name, n->width, n->in_h, n->in_w,
           n->in_c, n->classes);
    printf("%-16s %-17s %14s %14s %4s %9s %9s %12s %12s %10s %10s\n", "layer", "op", "in", "out",
           "k/s", "weights", "params", "macs", "madds", "in bytes", "out bytes");
    for (int i = 0; i < n->nlayers; i++) {
        const struct layer *l = &n->layer[i];
        char in[40], out[40], ks[24];
        snprintf(in, sizeof in, "%dx%dx%d", l->in_h, l->in_w, l->in_c);
        snprintf(out, sizeof out, "%dx%dx%d", l->out_h, l->out_w, l->out_c);
        snprintf(ks, sizeof ks, "%d/%d", l->kernel, l->stride);
        printf("%-16s %-17s %14s %14s %4s %9" PRIu64 " %9" PRIu64 " %12" PRIu64 " %12" PRIu64
               " %10" PRIu64 " %10" PRIu64 "\n",
               l->name, op_name(l->op), in, out, ks, l->weights, l->params, l->macs, l->madds,
               l->in_bytes, l->out_bytes);
    }
    printf("%-16s %-17s %14s %14s %4s %9" PRIu64 " %9" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n\n",
           "total", "", "", "", "", n->weights, n->params, n->macs, n->madds);
    printf("feature memory  %" PRIu64 " bytes = %.1f KiB, at %s; unfused %" PRIu64
           " bytes = %.1f KiB\n\n",
           fused, (double)fused / 1024, n->layer[at].name, unfused, (double)unfused / 1024);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        puts(rules[i]);
}

static void mixed_json(const struct network *n, const struct mixed *m, struct err *e)
{
    cJSON *o = json_root();
    json_text(o, "network", n->name);
    json_uint(o, "flash_bytes", m->flash_bytes);
    json_uint(o, "sram_bytes", m->sram_bytes);
    cJSON *layers = json_array(o, "layers");
    for (int i = 0; i < m->n; i++) {
        const struct mixed_layer *l = &m->layer[i];
        cJSON *j = json_object(layers, NULL);
        json_text(j, "name", n->layer[l->layer].name);
        json_uint(j, "weights", l->weights);
        json_int(j, "weight_bits", l->wbits);
        json_int(j, "in_bits", l->in_bits);
        json_int(j, "out_bits", l->out_bits);
        json_uint(j, "weight_bytes", l->weight_bytes);
        json_uint(j, "constant_bytes", l->constant_bytes);
        json_uint(j, "feature_bytes", l->feature_bytes);
    }
    cli_json(o, JSON_INDENTED, e);
}

static bool print_mixed(const struct network *n, uint64_t flash, uint64_t sram, bool per_layer,
                        bool json, struct err *e)
{
    struct mixed m;
    if (!mixed_assign(n, flash, sram, !per_layer, &m, e))
        return false;
    if (json) {
        mixed_json(n, &m, e);
    } else {
        printf("%s at %d: bits per tensor for %" PRIu64 " bytes of flash and %" PRIu64
               " of SRAM, weight range per %s\n\n",
               n->name, n->in_h, flash, sram, per_layer ? "layer" : "channel");
        printf("%-16s %9s %7s %7s %8s %12s %9s %10s\n", "layer", "weights", "wbits", "in bits",
               "out bits", "weight bytes", "constants", "map bytes");
        for (int i = 0; i < m.n; i++) {
            const struct mixed_layer *l = &m.layer[i];
            printf("%-16s %9" PRIu64 " %7d %7d %8d %12" PRIu64 " %9" PRIu64 " %10" PRIu64 "\n",
                   n->layer[l->layer].name, l->weights, l->wbits, l->in_bits, l->out_bits,
                   l->weight_bytes, l->constant_bytes, l->feature_bytes);
        }
        printf("\nflash %" PRIu64 " bytes of weights and constants, SRAM %" PRIu64
               " bytes of maps\n",
               m.flash_bytes, m.sram_bytes);
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
        {"--width", 'f', &width, "W", "multiplies the channel counts of the network's table",
         false},
        {"--input", 'u', &input, "N", "side of the square input image in pixels", false},
        {"--flash", 'u', &flash, "B", NULL, false},
        {"--sram", 'u', &sram, "B",
         "instead, 8, 4 or 2 bits for each tensor so that weights and maps fit B bytes,\n"
         "by the rule of Rusci et al.; for chains of layers, e.g. mobilenet-v1-0.5",
         false},
        {"--per-layer", 'b', &per_layer, NULL, "one weight range per layer, not per channel",
         false},
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
                                     input == UINT64_MAX ? 0
                                     : input > INT_MAX   ? INT_MAX
                                                         : (int)input,
                                     &e);
    if (!n)
        return cli_fail(&cmd_model, &e);
    int at;
    uint64_t unfused = network_feature_bytes(n, false, &at),
             fused = network_feature_bytes(n, true, &at);
    if (flash)
        print_mixed(n, flash, sram, per_layer, common.json, &e);
    else if (common.json)
        print_json(n, fused, unfused, at, &e);
    else
        print_text(n, fused, unfused, at);
    network_free(n);
    return e.code ? cli_fail(&cmd_model, &e) : 0;
}

const struct command cmd_model = {
    .name = "model",
    .brief = "layers, parameters, MACs and feature memory of a network",
    .usage = "model NETWORK [--width W] [--input N] [--flash B --sram B [--per-layer]] [--json]",
    .about =
        "Layers, parameters, multiply-accumulates, feature memory and peak SRAM of a network.\n",
    .notes = "NETWORK is a name of `etinysim network list` or a path to a .yaml file.\n",
    .run = run,
};
