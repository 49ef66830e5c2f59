/* Networks from a fully quantised TensorFlow Lite file (int8 activations and weights, int32
 * biases). Every offset of the flatbuffer is checked; what the kernels do not have is refused by
 * operator and tensor name. Operators: tflite_ops.def. An image enters as it is, pixel - 128, in
 * the model's own input scale. */
#ifndef WORKLOADS_GRAPH_TFLITE_H
#define WORKLOADS_GRAPH_TFLITE_H

#include <stddef.h>

#include "base/err.h"
#include "workloads/graph/network.h"
#include "workloads/graph/tflite_integers.h"

/* A network whose `tflite` holds its integers; network_load calls this for names that end in
 * .tflite. */
struct network *tflite_load(const char *path, struct err *e);
struct network *tflite_parse(const char *path, const void *bytes, size_t n, struct err *e);

#endif
