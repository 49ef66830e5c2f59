/* What a TinyNPU on a simulated board computes and how long it takes: the reference kernels and the
 * accelerator's model, behind the interface that sim/attached/ asks for. */
#ifndef STUDY_OFFLOAD_H
#define STUDY_OFFLOAD_H

#include "base/err.h"
#include "sim/attached/engine.h"

/* A tinynpu_open; `user` is NULL or a const struct npu **, which gets the accelerator's model. That
 * lives as long as the engine is open. */
bool offload_engine(void *user, const char *network, const char *accel, uint64_t banks,
                    struct tinynpu_engine *out, struct err *e);

#endif
