/* Layers into a network, one by one, with shapes and counts inferred: for network_yaml.c, which
 * reads descriptions, network_blocks.c, which knows the blocks of published networks, and
 * tflite.c. */
#ifndef WORKLOADS_GRAPH_NETWORK_BUILD_H
#define WORKLOADS_GRAPH_NETWORK_BUILD_H

#include <stddef.h>

#include "base/desc.h"
#include "workloads/graph/network.h"

/* How a channel count times the width becomes a whole number. */
enum rounding {
    ROUND_FLOOR,      /* floor, at least 1: EtinyNet's code */
    ROUND_DIVISIBLE_8 /* to a multiple of 8, never below 0.9 of the product: MobileNet's code */
};

struct build {
    struct network *net;
    size_t cap;
    double width;
    enum rounding rounding;
    const struct desc_node *at; /* the entry being read, for messages; NULL: `path` is named */
    const char *path;
    struct err *e;
};

enum { MAX_CHANNELS = 8192, MAX_KERNEL = 11, MAX_SIDE = 1024 };
enum bn_place { BN_NONE, BN_BEFORE_ACT, BN_AFTER_ACT };
extern const char *const network_activation_names[];

/* A channel count of the description times the width. */
int network_build_scaled(const struct build *b, double channels);
/* The index of the newest layer, or LAYER_INPUT; its channels. */
int network_build_last(const struct build *b);
int network_build_channels(const struct build *b, int layer);

/* Appends a copy of *l, whose name, op, in[], window, act, bn and out_c (where the operator does
 * not imply it) are set; infers the rest. out_h and out_w other than 0 stand as they are. A
 * negative result is LAYER_NONE, with *e filled; so is what comes of an in[0] of LAYER_NONE, so
 * that calls chain. */
int network_build_append(struct build *b, struct layer *l);

/* Writes "a.i" + c (i < 0: a + c) into a field of a layer; an error when it does not fit. */
bool network_build_name(struct build *b, char *out, size_t size, const char *a, int i,
                        const char *c);

/* The blocks by name; network_build_block reads entry n of kind network_block_names[which]. */
extern const char *const network_block_names[];
bool network_build_block(struct build *b, const struct desc_node *n, int which);

#endif
