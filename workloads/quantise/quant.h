/* A network with integer weights and the constants of nn.h's arithmetic, ready for the reference
 * inference and for emission as firmware. This room knows real values and how integers stand for
 * them; neither arenas nor target code. Post-training: per-channel symmetric weights, per-tensor
 * asymmetric activations whose ranges come from calibration images run through the float path; or
 * the integers of a .tflite file as they are. */
#ifndef WORKLOADS_QUANTISE_QUANT_H
#define WORKLOADS_QUANTISE_QUANT_H

#include <stdbool.h>

#include "base/err.h"
#include "workloads/images/image.h"
#include "workloads/kernels/qmodel.h"

struct params; /* tensors by name: workloads/quantise/params.h */

/* `params` NULL: fixed-seed tensors. `calib` NULL: generated images, and that is said. */
struct qmodel *qmodel_build(const struct network *net, const struct params *params,
                            const struct image_set *calib, int wbits, enum quantiser q,
                            struct err *e);

#endif
