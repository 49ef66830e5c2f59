/* One constant, one published point: the energy per LUT and cycle is set so that the model gives
 * the published power of the accelerator's calibration network. Everything else stays what the
 * description says. */
#ifndef COSTMODEL_FIT_H
#define COSTMODEL_FIT_H

#include "costmodel/npu.h"

struct accelerator_fit {
    bool done;      /* false: the accelerator has no calibration, its constant is the table's */
    char where[48]; /* accelerator whose published point was used */
    char network[48], source[160];
    double target_w;            /* the published power */
    double before_w;            /* the model's with the table's constant */
    double table_pj, fitted_pj; /* per LUT and cycle, at that accelerator's node and voltage */
    double here_pj;             /* the same scaled to this accelerator */
};

/* Sets a->lut_pj where the description asks for it. ERR_INPUT: a loop of `from`, a network that
 * does not load; ERR_CHECK: the point would need a negative constant. */
bool accelerator_fit(struct accelerator *a, struct accelerator_fit *out, struct err *e);

#endif
