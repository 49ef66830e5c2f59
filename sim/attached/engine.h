/* What a TinyNPU computes, and in which time: given to sim/ from outside, which knows neither
 * networks nor accelerators. */
#ifndef SIM_ATTACHED_ENGINE_H
#define SIM_ATTACHED_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct tinynpu_engine {
    void *self;
    char name[16]; /* of the network, cut */
    uint32_t image_bytes;
    uint32_t result_bytes;
    uint32_t program_bytes;
    uint32_t banks; /* images that it holds: 2, the next one comes in while one is computed */
    double clock_hz;
    uint32_t nlayers;
    const uint64_t *layer_cycles; /* that each layer adds to a frame; 0: inside another one */
    /* Takes a program with its weights, of which the CRC was right; false: it is not one for this
     * network. */
    bool (*load)(void *self, const uint8_t *program, uint32_t n);
    bool (*infer)(void *self, const int8_t *image, uint8_t *result);
    void (*close)(void *self);
};

/* `network` and `accel` as the user wrote them, NULL: he did not. `banks` 1 or 2, 0: as the
 * accelerator has them. */
typedef bool tinynpu_open(void *user, const char *network, const char *accel, uint64_t banks,
                          struct tinynpu_engine *out, struct err *e);

#endif
