/* Networks from a fully quantised TensorFlow Lite file (int8 activations and weights, int32
 * biases). Every offset of the flatbuffer is checked; what the kernels do not have is refused by
 * operator and tensor name.
 *
 * Operators: CONV_2D (with groups), DEPTHWISE_CONV_2D (multiplier 1, or one channel),
 * FULLY_CONNECTED, MAX_POOL_2D, AVERAGE_POOL_2D over the whole map or MEAN over height and width,
 * ADD, MUL by a factor for each channel, CONCATENATION, SLICE and STRIDED_SLICE of channels;
 * HARD_SWISH and LOGISTIC behind a convolution become its activation; PAD before a convolution,
 * RESHAPE, and QUANTIZE, SOFTMAX, LOGISTIC or DEQUANTIZE at the ends fold away. The image enters as
 * it is, pixel - 128, in the model's own input scale. */
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
