/* The results of a quantised network on the host: logits of a classifier, or the heads of a
 * detector and what nn_detect finds in them; and the detector's tables as target C. */
#ifndef WORKLOADS_EMIT_DETECTOR_H
#define WORKLOADS_EMIT_DETECTOR_H

#include "base/buf.h"
#include "workloads/firmware/nn_detect.h"
#include "workloads/plan/plan.h"

struct expected {
    /* over the outputs in order: int32 logits, an int8 map of them, or each head's score map and
     * box map */
    uint32_t crc32;
    int top1; /* -1: a detector */
    int ndetections;
    struct nn_detection detection[100];
};

/* One inference of the reference. ERR_ENV on no memory. */
bool detector_expected(const struct qmodel *q, const int8_t *image, struct expected *x,
                       struct err *e);

/* Writes the tables and the function layer_detect for a network with a detector; outputs lie in
 * `arena` as planned. */
void detector_emit(struct buf *b, const struct qmodel *q, const struct plan *p);

#endif
