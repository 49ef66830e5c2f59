#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "workloads/kernels/kernel.h"
#include "workloads/quantise/agreement.h"
#include "workloads/quantise/input.h"
#include "workloads/quantise/params.h"
#include "workloads/quantise/quant.h"
#include "workloads/images/shapes.h"

extern const struct command cmd_quant;

struct inputs {
    struct network *net;
    struct params *params;
    struct image_set calib;
    struct qmodel *q;
};

static void layer_line(const struct inputs *in, int i, cJSON *layers)
{
    const struct layer *l = &in->net->layer[i];
    const struct qlayer *q = &in->q->layer[i];
    double map_db = in->q->layer[l->fused_pool ? i + 1 : i].out_sqnr_db;
    uint32_t constants = kernel_constants_crc32(in->net, i, q);
    char text[16] = "-";
    if (!layers) {
        if (map_db != 0)
            snprintf(text, sizeof text, "%.2f", map_db);
        if (q->weights)
            printf("%-16s %8" PRIu64 " %9.2f %11.4g %8.2f %6d %7.3f %7s %5d %11.5g %5d  %08" PRIx32
                   "\n",
                   l->name, l->weights, q->report.sqnr_db, q->report.l.error,
                   q->report.l.entropy_bits, q->report.l.levels, (double)q->report.lambda, text,
                   q->shift, (double)q->out.scale, q->out.zero_point, constants);
        return;
    }
    cJSON *o = json_object(layers, NULL);
    json_text(o, "name", l->name);
    json_text(o, "op", op_name(l->op));
    json_uint(o, "weights", l->weights);
    snprintf(text, sizeof text, "%08" PRIx32, constants);
    json_text(o, "constants_crc32", text);
    json_real(o, "out_scale", (double)q->out.scale);
    json_real(o, "out_zero_point", q->out.zero_point);
    if (map_db != 0)
        json_real(o, "out_sqnr_db", map_db);
    if (q->weights) {
        json_real(o, "weight_sqnr_db", q->report.sqnr_db);
        json_real(o, "error", q->report.l.error);
        json_real(o, "entropy_bits", q->report.l.entropy_bits);
        json_real(o, "levels", q->report.l.levels);
        json_real(o, "lambda", (double)q->report.lambda);
        json_real(o, "shift", q->shift);
    }
}

static bool image_line(const struct inputs *in, const char *path, cJSON *images, struct err *e)
{
    struct image_set s = {0};
    struct agreement_image v;
    if (!input_load(&s, in->net, path, e))
        return false;
    bool ok = agreement_image(in->q, in->params, s.data, &v, e);
    image_free(&s);
    if (!ok)
        return false;
    if (!images) {
        printf("%s: float class %d (%.3f), integer class %d (%.3f), logit SQNR %.2f dB, distance "
               "%.3f\n",
               path, v.float_class, v.float_logit, v.int_class, v.int_logit, v.sqnr_db, v.distance);
        return true;
    }
    cJSON *o = json_object(images, NULL);
    json_text(o, "image", path);
    json_real(o, "float_top1", v.float_class);
    json_real(o, "float_logit", v.float_logit);
    json_real(o, "top1", v.int_class);
    json_real(o, "logit", v.int_logit);
    json_real(o, "sqnr_db", v.sqnr_db);
    json_real(o, "logit_distance", v.distance);
    return true;
}

/* Top-1 on held-out drawn images: by the host reference, and by floating point. */
static bool held_out(const struct inputs *in, uint64_t count, cJSON *o, struct err *e)
{
    const struct network *n = in->net;
    int8_t *image = malloc((size_t)n->in_h * (size_t)n->in_w * 3);
    uint64_t hits[2] = {0}, agree = 0;
    bool ok = image ? true : err_nomem(e);
    for (uint64_t i = 0; ok && i < count; i++) {
        struct agreement_image v;
        int label = shapes_image(1, SHAPES_HELD_OUT + i, n->in_h, image);
        ok = agreement_image(in->q, in->params, image, &v, e);
        hits[0] += v.float_class == label;
        hits[1] += v.int_class == label;
        agree += v.int_class == v.float_class;
    }
    free(image);
    if (!ok)
        return false;
    double all = (double)count;
    if (o) {
        json_real(o, "heldout_images", all);
        json_real(o, "heldout_float_top1", (double)hits[0] / all);
        json_real(o, "heldout_top1", (double)hits[1] / all);
        json_real(o, "heldout_agree", (double)agree / all);
    } else {
        printf(
            "\n%.0f held-out images: floating point %.2f %%, integer %.2f %%, same class %.2f %%\n",
            all, 100 * (double)hits[0] / all, 100 * (double)hits[1] / all,
            100 * (double)agree / all);
    }
    return true;
}

/* How far the integer network agrees with the floating-point one over a folder of images. */
static bool evaluate(const struct inputs *in, const char *dir, cJSON *o, struct err *e)
{
    struct image_set s = {0};
    struct agreement a;
    bool ok = image_load_dir(&s, dir, in->net->in_h, in->net->in_w, in->net->in_c, e) &&
              agreement_over(in->q, in->params, &s, &a, e);
    image_free(&s);
    if (!ok)
        return false;
    if (o)
        agreement_json(&a, json_object(o, "evaluation"));
    else
        printf("\n%d images of %s against floating point: same class %.1f %% (95 %% confidence: "
               "%.1f to %.1f), top-5 overlap %.1f %%, logit SQNR median %.2f dB, 10th percentile "
               "%.2f dB\n",
               a.images, dir, 100 * a.same, 100 * a.low, 100 * a.high, 100 * a.top5_overlap,
               a.sqnr_db_median, a.sqnr_db_p10);
    return true;
}

static bool draw(struct image_set *s, const struct network *n, int count, struct err *e)
{
    size_t bytes = (size_t)n->in_h * (size_t)n->in_w * 3;
    *s = (struct image_set){
        .h = n->in_h, .w = n->in_w, .c = 3, .n = count, .data = malloc(bytes * (size_t)count)};
    for (int i = 0; s->data && i < count; i++)
        shapes_image(1, (uint64_t)i, n->in_h, s->data + (size_t)i * bytes);
    return s->data ? true : err_nomem(e);
}

static bool report(const struct inputs *in, bool calibrated, const char *const *paths,
                   const char *folder, uint64_t heldout, bool as_json, struct err *e)
{
    const struct qmodel *q = in->q;
    cJSON *o = as_json ? json_root() : NULL;
    cJSON *layers = o ? json_array(o, "layers") : NULL,
          *images = o ? json_array(o, "images") : NULL;
    bool ok = true;
    if (as_json) {
        json_text(o, "network", in->net->name);
        json_real(o, "wbits", q->wbits);
        json_text(o, "quantiser", qmodel_quantiser_names[q->quantiser]);
        json_bool(o, "trained", q->trained);
        json_bool(o, "calibrated", calibrated);
        json_real(o, "logit_scale", q->logit_scale);
        json_text(o, "inputs_sha256", q->inputs_sha256);
    } else {
        printf("%s: %d-bit weights (%s), 8-bit activations; %s; ranges from %s\n\n", in->net->name,
               q->wbits, qmodel_quantiser_names[q->quantiser],
               q->trained ? "trained weights" : "NOT trained: plausible tensors from a fixed seed",
               calibrated ? "the calibration images" : "generated images");
        printf("%-16s %8s %9s %11s %8s %6s %7s %7s %5s %11s %5s  %s\n", "layer", "weights",
               "weight dB", "error J", "entropy", "levels", "lambda", "map dB", "shift",
               "out scale", "zero", "constants");
    }
    for (int i = 0; i < in->net->nlayers; i++)
        layer_line(in, i, layers);
    if (!as_json && paths[0])
        putchar('\n');
    for (; ok && *paths; paths++)
        ok = image_line(in, *paths, images, e);
    ok = ok && (!folder || evaluate(in, folder, o, e)) && (!heldout || held_out(in, heldout, o, e));
    if (ok && as_json)
        cli_json(o, JSON_INDENTED, e);
    else
        cJSON_Delete(o);
    return ok && !e->code;
}

static int run(int argc, char **argv)
{
    const char *weights = NULL, *calibrate = NULL, *images[17] = {0}, *quant = NULL, *folder = NULL,
               *pos[2];
    double width = NAN;
    uint64_t input = UINT64_MAX, wbits = 8, heldout = 0;
    const struct option_spec opts[] = {
        {"--weights", 's', &weights, "F",
         "MXNet parameters; without them plausible tensors from a fixed seed", false},
        {"--calibrate", 's', &calibrate, "DIR",
         "PNGs that give the ranges; without them two generated images.\n"
         "`--calibrate shapes`: the ranges from 32 training images of etinysim shapes",
         false},
        {"--image", 'm', images, "F", "an input: .png, .npy, .csv or raw bytes (may repeat)",
         false},
        {"--wbits", 'u', &wbits, "8|4", "bits of a weight (default 8)", false},
        {"--quant", 's', &quant, "K", "int8 for 8 bits; asq (default) or dorefa for 4", false},
        {"--width", 'f', &width, "W", NULL, false},
        {"--input", 'u', &input, "N", "channel multiplier, side of the input image", false},
        {"--evaluate", 's', &folder, "DIR",
         "agreement with floating point over the PNGs of a folder", false},
        {"--heldout", 'u', &heldout, "N",
         "accuracy on N held-out images of etinysim shapes, floating point and integer", false},
        {0},
    };
    struct cli_common common;
    struct err e = {0};
    struct inputs in = {0};
    if (!cli_parse(&cmd_quant, argc, argv, opts, pos, 1, &common))
        return ERR_INPUT;
    if (common.help)
        return 0;
    int kind = wbits == 4 ? QUANT_ASQ : QUANT_INT8;
    for (int i = 0; quant && qmodel_quantiser_names[i]; i++)
        if (!strcmp(quant, qmodel_quantiser_names[i])) {
            kind = i;
            quant = NULL;
        }
    if (!pos[0])
        err_set(&e, ERR_INPUT, "expected the name of a network (see etinysim network list)");
    else if (quant)
        err_set(&e, ERR_INPUT, "--quant '%s': expected int8, asq or dorefa", quant);
    else if (width <= 0 || input == 0)
        err_set(&e, ERR_INPUT, "--width and --input: expected more than 0");
    bool ok = !e.code;
    ok = ok && (in.net = network_load(pos[0], isnan(width) ? 0 : width,
                                      input == UINT64_MAX ? 0
                                      : input > INT_MAX   ? INT_MAX
                                                          : (int)input,
                                      &e));
    ok = ok && (!weights || (in.params = params_load(weights, &e)));
    if (ok && in.net->in_c != 3 && (heldout || (calibrate && !strcmp(calibrate, "shapes"))))
        ok = err_set(&e, ERR_INPUT, "%s reads %d channels, the drawn images have 3", in.net->name,
                     in.net->in_c);
    if (ok && heldout > 1000000)
        ok = err_set(&e, ERR_INPUT, "--heldout: at most 1000000");
    if (ok && heldout && in.net->classes != SHAPES_CLASSES)
        ok = err_set(&e, ERR_INPUT, "--heldout: the drawn images have %d classes, %s has %d",
                     SHAPES_CLASSES, in.net->name, in.net->classes);
    if (ok && calibrate && !strcmp(calibrate, "shapes"))
        ok = draw(&in.calib, in.net, 32, &e);
    else
        ok = ok && (!calibrate || image_load_dir(&in.calib, calibrate, in.net->in_h, in.net->in_w,
                                                 in.net->in_c, &e));
    ok = ok && (in.q = qmodel_build(in.net, in.params, calibrate ? &in.calib : NULL,
                                    wbits > 100 ? 100 : (int)wbits, (enum quantiser)kind, &e));
    ok = ok && report(&in, calibrate != NULL, images, folder, heldout, common.json, &e);
    qmodel_free(in.q);
    image_free(&in.calib);
    params_free(in.params);
    network_free(in.net);
    return ok ? 0 : cli_fail(&cmd_quant, &e);
}

const struct command cmd_quant = {
    .name = "quant",
    .brief = "quantise a network, compare it with floating point",
    .usage = "quant NETWORK [options]",
    .about = "Quantises a network and prints what that did to each layer; for each image, the "
             "class and the\n"
             "logits of the integer network (host reference) beside those of the floating-point "
             "network.\n",
    .run = run,
};
