/* Everything `etinysim build` does, as one call: names and paths in, an ELF out. */
#ifndef WORKLOADS_EMIT_BUILD_H
#define WORKLOADS_EMIT_BUILD_H

#include "workloads/emit/emit.h"
#include "workloads/emit/offload.h"

struct build_request {
    const char *network;
    double width; /* 0: the network's own */
    int input;    /* 0: the network's own */
    int wbits;    /* 8 or 4 */
    enum quantiser quantiser;
    const char *weights, *calibrate, *image; /* paths; NULL: fixed-seed tensors, generated images */
    const char *output;
    int frames; /* build_offload: how many frames, and microseconds between two of them */
    uint32_t period_us;
    struct target target;
    struct build_options options; /* .image is ignored */
};

/* As firmware_build; a network that does not fit is refused before anything is quantised. */
bool build_firmware(const struct build_request *b, struct build_result *r, struct err *e);
/* The same network on a TinyNPU beside the board's core (workloads/emit/offload.h); `image` is a
 * PNG file or a folder of them. */
bool build_offload(const struct build_request *b, struct offload_result *r, struct err *e);

#endif
