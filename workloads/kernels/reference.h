/* Runs a quantised network with the reference kernels of firmware/nn_reference.c on the host. */
#ifndef WORKLOADS_KERNELS_REFERENCE_H
#define WORKLOADS_KERNELS_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "workloads/kernels/qmodel.h"

/* ERR_INPUT when the last layer of a classifier has no value for each class. */
bool reference_supports(const struct network *net, struct err *e);

/* Layer i of the model on its inputs; a fully connected last one writes logits (out unused), a
 * convolution with a fused pool writes the pool's output, and the pool itself does nothing. */
void reference_layer(const struct qmodel *q, int i, const int8_t *a, const int8_t *b, int8_t *out,
                     int32_t *logits);

/* Inference: logits[classes] of one image. `tensor`, when not NULL, receives a pointer to each
 * layer's output (net->nlayers entries, to be freed one by one by the caller). */
bool reference_infer(const struct qmodel *q, const int8_t *image, int32_t *logits, int8_t **tensor,
                     struct err *e);

#endif
