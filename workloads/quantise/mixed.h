/* Bit widths of 8, 4 or 2 per tensor that make a network fit a flash and an SRAM: the rule of Rusci
 * et al. (rusci2020).
 *
 * Activations first: a layer's input and output maps together must fit the SRAM. Forward passes
 * halve outputs, backward passes inputs; of the two, the one with more bits is halved, at equal
 * bits the output unless the input takes more bytes; the image keeps 8 bits. Then weights: while
 * weights and constants exceed the flash, of the layers whose share of the weight bytes is within
 * 0.05 of the largest the first is halved. Only chains are covered: each layer reads the one before
 * it.
 *
 * Constants per layer, in bytes: per output channel bias 4, multiplier 4, shift 1 and, with a
 * weight range per channel, zero point 1. With a range per layer where weights and output have 8
 * bits, and in the last layer, the multiplier folds into the weights. */
#ifndef WORKLOADS_QUANTISE_MIXED_H
#define WORKLOADS_QUANTISE_MIXED_H

#include "workloads/graph/network.h"

struct mixed_layer {
    int layer; /* index in the network: convolutions and fully connected layers */
    int wbits, in_bits, out_bits;
    uint64_t weights, in, out;                            /* elements */
    uint64_t weight_bytes, constant_bytes, feature_bytes; /* feature_bytes: input and output maps */
};

struct mixed {
    int n;
    struct mixed_layer *layer;        /* owned */
    uint64_t flash_bytes, sram_bytes; /* of weights and constants; of the largest pair of maps */
};

/* ERR_INPUT for a network that is no chain, ERR_CHECK where 2 bits everywhere do not fit.
 * mixed_free on success. */
bool mixed_assign(const struct network *n, uint64_t flash, uint64_t sram, bool per_channel,
                  struct mixed *out, struct err *e);
void mixed_free(struct mixed *m);

#endif
