#include "workloads/build.h"

#include "workloads/image.h"
#include "workloads/params.h"

bool build_firmware(const struct build_request *b, struct build_report *r, struct err *e)
{
    struct network *n = network_load(b->network, b->width, b->input, e);
    struct params *params = NULL;
    struct image_set calib = {0}, image = {0};
    struct qmodel *q = NULL;
    bool ok = n && firmware_fits(n, b->wbits, &b->target, &b->options, 0, r, e);
    if (ok && b->weights)
        ok = (params = params_load(b->weights, e)) != NULL;
    if (ok && b->calibrate)
        ok = image_load_dir(&calib, b->calibrate, n->in_h, n->in_w, e);
    if (ok && b->image)
        ok = image_load(&image, b->image, n->in_h, n->in_w, e);
    else if (ok)
        ok = image_generate(&image, 1, n->in_h, n->in_w, n->in_c, e);
    if (ok)
        ok = (q = qmodel_build(n, params, b->calibrate ? &calib : NULL, b->wbits, b->quantiser, e)) != NULL;
    if (ok) {
        struct build_options o = b->options;
        o.image = image.data;
        ok = firmware_build(q, &b->target, &o, b->output, r, e);
    }
    qmodel_free(q);
    image_free(&image);
    image_free(&calib);
    params_free(params);
    network_free(n);
    return ok;
}
