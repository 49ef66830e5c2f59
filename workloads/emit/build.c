#include "workloads/emit/build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "workloads/images/image.h"
#include "workloads/kernels/program.h"
#include "workloads/kernels/reference.h"
#include "workloads/quantise/float.h"
#include "workloads/quantise/input.h"
#include "workloads/quantise/quant.h"

enum { CODE_GUESS = 32 << 10 }; /* flash kept for code when nothing has been compiled */

static bool would_fit(const struct build_request *b, double width, int input)
{
    struct build_result r;
    struct err e = {0};
    struct network *n = network_load(b->network, width, input, &e);
    bool ok = n && firmware_fits(n, b->wbits, &b->target, &b->options, CODE_GUESS, &r, &e);
    network_free(n);
    return ok;
}

/* Appends to "does not fit" what would: strips, a smaller input at this width, a smaller width at
 * this input, 4-bit weights. */
static void suggest(const struct build_request *b, const struct network *n, struct err *e)
{
    static const int strips[] = {2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64};
    char text[128] = "";
    size_t len = 0;
    struct build_request patches = *b;
    for (size_t i = 0; b->options.plan == PLAN_INPLACE && b->options.patches != PATCHES_AUTO &&
                       i < sizeof strips / sizeof *strips;
         i++) {
        patches.options.patches = strips[i];
        if (strips[i] > b->options.patches && would_fit(&patches, b->width, b->input)) {
            len += (size_t)snprintf(text, sizeof text, "--patches %d", strips[i]);
            break;
        }
    }
    for (int input = (n->in_h - 1) / 32 * 32; input >= 32; input -= 32)
        if (would_fit(b, b->width, input)) {
            len += (size_t)snprintf(text + len, sizeof text - len, "%s--input %d",
                                    len ? " or " : "", input);
            break;
        }
    for (int part = (int)(n->width * 20 - 1e-9); part >= 2; part--)
        if (would_fit(b, part / 20.0, b->input)) {
            len += (size_t)snprintf(text + len, sizeof text - len, "%s--width %g",
                                    len ? " or " : "", part / 20.0);
            break;
        }
    struct build_request four = *b;
    four.wbits = 4;
    if (b->wbits == 8 && would_fit(&four, b->width, b->input))
        len += (size_t)snprintf(text + len, sizeof text - len, "%s--wbits 4", len ? " or " : "");
    size_t used = strlen(e->msg);
    snprintf(e->msg + used, sizeof e->msg - used, "; %s%s",
             len ? "would fit: " : "no smaller input or width fits either", text);
}

/* Signal-to-noise ratio of the integer logits against the same network in floating point, on the
 * same image. */
static bool compare_float(const struct qmodel *q, const struct params *params, const int8_t *image,
                          struct build_result *r, struct err *e)
{
    const struct network *n = q->net;
    size_t classes = (size_t)n->classes;
    float *want = calloc(classes, sizeof *want);
    int32_t *got = calloc(classes, sizeof *got);
    bool ok = want && got ? float_infer(n, params, image, want, e) &&
                                reference_infer(q, image, got, NULL, e)
                          : err_nomem(e);
    double signal = 0, noise = 0;
    for (size_t i = 0; ok && i < classes; i++) {
        double d = (double)want[i] - q->logit_scale * got[i];
        signal += (double)want[i] * (double)want[i];
        noise += d * d;
        if (want[i] > want[r->float_top1])
            r->float_top1 = (int)i;
    }
    r->sqnr_db = noise > 0 && signal > 0 ? 10 * log10(signal / noise) : 0;
    free(want);
    free(got);
    return ok;
}

bool build_firmware(const struct build_request *b, struct build_result *r, struct err *e)
{
    struct network *n = network_load(b->network, b->width, b->input, e);
    struct params *params = NULL;
    struct image_set calib = {0}, image = {0};
    struct qmodel *q = NULL;
    bool ok = n && firmware_fits(n, b->wbits, &b->target, &b->options, 0, r, e);
    if (ok && b->weights)
        ok = (params = params_load(b->weights, e)) != NULL;
    if (ok && b->calibrate)
        ok = image_load_dir(&calib, b->calibrate, n->in_h, n->in_w, n->in_c, e);
    if (ok && b->image)
        ok = input_load(&image, n, b->image, e);
    else if (ok)
        ok = image_generate(&image, 1, n->in_h, n->in_w, n->in_c, e);
    if (ok)
        ok = (q = qmodel_build(n, params, b->calibrate ? &calib : NULL, b->wbits, b->quantiser,
                               e)) != NULL;
    if (ok) {
        struct build_options o = b->options;
        o.image = image.data;
        ok = firmware_build(q, &b->target, &o, b->output, r, e);
        if (ok && !n->detector)
            ok = compare_float(q, params, image.data, r, e);
    }
    if (!ok && n && e && e->code == ERR_CHECK)
        suggest(b, n, e);
    qmodel_free(q);
    image_free(&image);
    image_free(&calib);
    params_free(params);
    network_free(n);
    return ok;
}

/* Images for the camera: a folder's, one file's, or generated ones. */
static bool load_images(const struct build_request *b, const struct network *n,
                        struct image_set *images, struct err *e)
{
    struct stat st;
    if (!b->image)
        return image_generate(images, b->frames < 8 ? b->frames : 8, n->in_h, n->in_w, n->in_c, e);
    if (!stat(b->image, &st) && S_ISDIR(st.st_mode))
        return image_load_dir(images, b->image, n->in_h, n->in_w, n->in_c, e);
    return input_load(images, n, b->image, e);
}

bool build_offload(const struct build_request *b, struct offload_result *r, struct err *e)
{
    struct network *n = network_load(b->network, b->width, b->input, e);
    struct params *params = NULL;
    struct image_set calib = {0}, images = {0};
    struct qmodel *q = NULL;
    bool ok = n && program_serves(n, e);
    if (ok && b->weights)
        ok = (params = params_load(b->weights, e)) != NULL;
    if (ok && b->calibrate)
        ok = image_load_dir(&calib, b->calibrate, n->in_h, n->in_w, n->in_c, e);
    ok = ok && load_images(b, n, &images, e) &&
         (q = qmodel_build(n, params, b->calibrate ? &calib : NULL, b->wbits, b->quantiser, e));
    if (ok) {
        const struct offload_options o = {b->frames, b->period_us, b->options.opt};
        ok = offload_build(q, &images, &b->target, &o, b->output, r, e);
    }
    qmodel_free(q);
    image_free(&images);
    image_free(&calib);
    params_free(params);
    network_free(n);
    return ok;
}
