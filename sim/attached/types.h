/* What attached devices are made from and what they leave. */
#ifndef SIM_ATTACHED_TYPES_H
#define SIM_ATTACHED_TYPES_H

#include "sim/attached/engine.h"

struct attached_options {
    const char *const *list; /* each NAME=SPI,KEY=VALUE,...; NULL behind the last */
    tinynpu_open *engine;    /* NULL: there is none, and no TinyNPU */
    void *engine_user;
};

/* What a device did ("off", "idle", "computes": words of the device), its wires ("selected",
 * "released") and the core ("sleeps", "runs"). */
enum attached_track { ATTACHED_DEVICE, ATTACHED_WIRES, ATTACHED_CORE };
struct attached_change {
    uint64_t at; /* core cycles */
    enum attached_track track;
    int device;
    const char *state;
    int layer; /* that it computes, -1: none */
};

#endif
