/* Does the integer network say what the floating-point network says, image by image? No labels are
 * needed: what is measured is what quantisation changed. */
#ifndef WORKLOADS_QUANTISE_AGREEMENT_H
#define WORKLOADS_QUANTISE_AGREEMENT_H

#include <cjson/cJSON.h>

#include "base/err.h"
#include "workloads/images/image.h"
#include "workloads/kernels/qmodel.h"
#include "workloads/quantise/params.h"

struct agreement_image {
    int float_class, int_class; /* the largest logit */
    double float_logit, int_logit;
    double sqnr_db;  /* of the integer logits as a copy of the real ones; 200 when they are equal */
    double distance; /* root mean square over the classes */
    int common;      /* classes that are among the first five of both */
};

/* One image, int8, of the network's input size. `params` NULL: fixed-seed tensors. ERR_ENV: no
 * memory. */
bool agreement_image(const struct qmodel *q, const struct params *params, const int8_t *image,
                     struct agreement_image *out, struct err *e);

struct agreement {
    int images;
    double same;         /* part of the images in which both networks say the same class */
    double low, high;    /* in which that part lies with 95 % confidence: Wilson's score interval */
    double top5_overlap; /* classes that are among the first five of both, of five, on average */
    double sqnr_db_median, sqnr_db_p10;
};

/* Over one image or more. */
bool agreement_over(const struct qmodel *q, const struct params *params, const struct image_set *s,
                    struct agreement *out, struct err *e);

/* Its members as keys of o: images, agreement, agreement_low, agreement_high, top5_overlap,
 * sqnr_db_median, sqnr_db_p10. */
void agreement_json(const struct agreement *a, cJSON *o);

#endif
