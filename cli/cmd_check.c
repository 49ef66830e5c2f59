#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "workloads/graph/tflite_integers.h"
#include "workloads/kernels/reference.h"
#include "workloads/quantise/input.h"
#include "workloads/quantise/quant.h"

extern const struct command cmd_check;

struct difference {
    size_t differing;
    int most;
};

static const char *type_name(enum tfl_type type)
{
    return type == TFL_UINT8 ? "uint8" : type == TFL_FLOAT32 ? "float32" : "int8";
}

/* An output: its name, type, scale and values, and how far they are from those expected. */
static void print_output(const struct tfl_tensor *t, const int8_t *got, const struct difference *d,
                         bool quiet)
{
    int more = t->type == TFL_UINT8 ? 128 : 0;
    cli_put(stdout, t->name);
    printf(": %s, scale %.9g, zero point %" PRId32 ", %" PRIu64 " values", type_name(t->type),
           (double)t->quant.scale, t->quant.zero_point + more, t->values);
    if (d)
        printf("; %zu differ, by %d levels at most", d->differing, d->most);
    putchar('\n');
    for (uint64_t i = 0; !quiet && i < t->values; i++)
        printf("%d%s", got[i] + more, i + 1 == t->values || i % 16 == 15 ? "\n" : " ");
}

static void json_output(cJSON *list, const struct tfl_tensor *t, const int8_t *got,
                        const struct difference *d)
{
    int more = t->type == TFL_UINT8 ? 128 : 0;
    cJSON *o = json_object(list, NULL);
    json_text(o, "name", t->name);
    json_text(o, "type", type_name(t->type));
    json_number(o, "scale", "%.9g", (double)t->quant.scale);
    json_int(o, "zero_point", t->quant.zero_point + more);
    cJSON *shape = json_array(o, "shape"), *values = json_array(o, "values");
    for (int i = 0; i < t->dims; i++)
        json_int(shape, NULL, t->d[i]);
    for (uint64_t i = 0; i < t->values; i++)
        json_int(values, NULL, got[i] + more);
    if (d) {
        json_uint(o, "differing", d->differing);
        json_int(o, "largest_difference", d->most);
    }
}

static bool compare(const struct network *net, int8_t *const *map, const int8_t *want,
                    uint64_t tolerance, const struct cli_common *common, struct err *e)
{
    cJSON *o = common->json ? json_root() : NULL, *list = o ? json_array(o, "outputs") : NULL;
    int most = 0;
    for (int i = 0; i < net->tflite->noutputs; i++) {
        const struct tfl_tensor *t = &net->tflite->output[i];
        const int8_t *got = map[t->layer];
        struct difference d = {0, 0};
        for (uint64_t k = 0; want && k < t->values; k++) {
            int by = abs(got[k] - want[k]);
            d.differing += by != 0;
            d.most = by > d.most ? by : d.most;
        }
        if (o)
            json_output(list, t, got, want ? &d : NULL);
        else
            print_output(t, got, want ? &d : NULL, common->quiet);
        most = d.most > most ? d.most : most;
        want = want ? want + t->values : NULL;
    }
    if (o)
        cli_json(o, JSON_INDENTED, e);
    return (uint64_t)most <= tolerance ||
           err_set(e, ERR_CHECK, "outputs differ by up to %d levels, expected at most %" PRIu64,
                   most, tolerance);
}

static int run(int argc, char **argv)
{
    const char *input = NULL, *expect = NULL, *pos[2];
    uint64_t tolerance = 0;
    const struct option_spec opts[] = {
        {"--input", 's', &input, "F", "values of the inputs: .npy, .csv, .png, or raw bytes",
         false},
        {"--expect", 's', &expect, "F", "values of the outputs; without it they are only printed",
         false},
        {"--tolerance", 'u', &tolerance, "N", "levels that a value may differ by (0)", false},
        {0},
    };
    struct cli_common common;
    struct err e = {0};
    if (!cli_parse(&cmd_check, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    if (!pos[0] || !input)
        err_set(&e, ERR_INPUT, "%s is missing (see etinysim check --help)",
                pos[0] ? "--input F" : "MODEL.tflite");
    struct network *net = e.code ? NULL : network_load(pos[0], 0, 0, &e);
    if (net && !net->tflite)
        err_set(&e, ERR_INPUT, "%s is no .tflite file", pos[0]);
    struct image_set in = {0};
    int8_t *want = NULL, **map = NULL;
    struct qmodel *q = NULL;
    bool ok = net && !e.code && input_load(&in, net, input, &e) &&
              (!expect || (want = input_outputs(net, expect, &e))) &&
              (q = qmodel_build(net, NULL, NULL, 8, QUANT_INT8, &e));
    if (ok && !(map = calloc((size_t)net->nlayers, sizeof *map)))
        ok = err_nomem(&e);
    ok = ok && reference_infer(q, in.data, NULL, map, &e) &&
         compare(net, map, want, tolerance, &common, &e);
    for (int i = 0; map && i < net->nlayers; i++)
        free(map[i]);
    free(map), free(want);
    qmodel_free(q);
    image_free(&in);
    network_free(net);
    return ok ? 0 : cli_fail(&cmd_check, &e);
}

const struct command cmd_check = {
    .name = "check",
    .brief = "outputs of a .tflite model against expected ones",
    .usage = "check MODEL.tflite --input F [--expect F] [--tolerance N]",
    .about = "Runs the model on the host, with the arithmetic of its format, and prints every "
             "output: name, type,\nscale and values; with --expect how many differ, and by how "
             "many levels.\n",
    .notes = "Whole numbers in a file are levels, numbers with a point real values.\n",
    .run = run,
};
