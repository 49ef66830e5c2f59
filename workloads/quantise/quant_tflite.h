/* Networks that come quantised: the constants of their kernels from the file's integers and
 * scales. */
#ifndef WORKLOADS_QUANTISE_QUANT_TFLITE_H
#define WORKLOADS_QUANTISE_QUANT_TFLITE_H

#include "base/err.h"
#include "workloads/kernels/qmodel.h"

/* net->tflite is not NULL. NULL and *e as qmodel_build. */
struct qmodel *qmodel_from_tflite(const struct network *net, struct err *e);

#endif
