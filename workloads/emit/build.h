/* Everything `etinysim build` does, as one call: names and paths in, an ELF out. */
#ifndef WORKLOADS_EMIT_BUILD_H
#define WORKLOADS_EMIT_BUILD_H

#include "workloads/emit/emit.h"

struct build_request {
    const char *network;
    double width; /* 0: the network's own */
    int input;    /* 0: the network's own */
    int wbits;    /* 8 or 4 */
    enum quantiser quantiser;
    const char *weights, *calibrate, *image; /* paths; NULL: fixed-seed tensors, generated images */
    const char *output;
    struct target target;
    struct build_options options; /* .image is ignored */
};

/* As firmware_build; a network that does not fit is refused before anything is quantised. */
bool build_firmware(const struct build_request *b, struct build_result *r, struct err *e);

#endif
