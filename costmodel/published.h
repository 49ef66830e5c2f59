/* Published figures of silicon that the model can be held against without fitting anything:
 * costmodel/published/NAME.yaml. */
#ifndef COSTMODEL_PUBLISHED_H
#define COSTMODEL_PUBLISHED_H

#include "base/err.h"

struct published_point {
    char set[32], what[64], unit[8], source[48];
    double predicted, published; /* in `unit` */
    char why[240];               /* what the error is made of */
};

struct published {
    struct published_point *point; /* owned */
    int n;
};

/* Every point of every set, by name of the file. The caller frees with published_free. */
bool published_predict(struct published *p, struct err *e);
void published_free(struct published *p);

#endif
