/* A quantised network as the bytes that an accelerator is loaded with over a wire: the constants of
 * every layer, as the reference kernels take them. How the layers follow each other is the
 * network's and not among them; a sum over its shapes says which network they are for.
 *
 * Little endian. "TNP1", CRC-32 of the shapes (4 bytes), layers (2), bits of a weight (2); then for
 * each layer 19 words: zero points of the inputs and the output, shift, relu, act_min, act_max,
 * multiplier, offset and shift of both parts, four bases, lengths of mult and of bias; then the
 * words of mult, off and bias, lengths (4 each) of weights, look-up table and input zeros, and
 * their bytes, weights of 4 bits two in a byte; padded to 4. */
#ifndef WORKLOADS_KERNELS_PROGRAM_H
#define WORKLOADS_KERNELS_PROGRAM_H

#include "base/buf.h"
#include "base/err.h"
#include "workloads/kernels/qmodel.h"

/* A classifier of the project's own descriptions; ERR_INPUT for what else there is. */
bool program_serves(const struct network *n, struct err *e);
bool program_write(const struct qmodel *q, struct buf *out, struct err *e);
/* The bytes that a program of this network has at most. */
uint64_t program_most(const struct network *n);
/* A model with these constants, for reference_infer. NULL and ERR_INPUT: it is not a program for
 * this network. The caller frees it; `n` is borrowed. */
struct qmodel *program_read(const struct network *n, const uint8_t *bytes, size_t len,
                            struct err *e);

#endif
