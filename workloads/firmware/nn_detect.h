/* What follows the heads of a single-shot detector: softmax over the classes of every prior box,
 * decoding, non-maximum suppression. Single precision without contraction to fused multiply-adds,
 * so that host and target agree to the last bit. Boxes are corners relative to the image, clipped
 * to 0..1. Class 0 is the background. Source: ssd-paper (section 2.2, and the variances 0.1 and 0.2
 * of its published code). */
#ifndef NN_DETECT_H
#define NN_DETECT_H

#include <stdint.h>

struct nn_head {
    /* [h][w][priors][classes] and [h][w][priors][4] = centre x, y, width, height */
    const int8_t *score, *box;
    int16_t h, w, priors;
    float score_scale, box_scale;
    int32_t box_zp;
    const float (*prior)[2]; /* [priors]: width and height */
};

struct nn_detector {
    int32_t nheads, classes, most; /* most: detections that `found` has room for */
    const struct nn_head *head;
    float score_min, iou_max;
};

struct nn_detection {
    int32_t class_id;
    float score, x0, y0, x1, y1;
};

/* Best first; ties in the order of the priors. Returns how many. `table`: room for 256 numbers. */
int nn_detect(const struct nn_detector *d, struct nn_detection *found, float *table);

/* 1/10000, as the firmware prints scores and corners. */
int32_t nn_permyriad(float v);

#endif
