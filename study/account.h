/* Where the energy of a microcontroller with a TinyNPU goes: the states that a simulated run went
 * through, times the powers of board and accelerator. */
#ifndef STUDY_ACCOUNT_H
#define STUDY_ACCOUNT_H

#include "base/buf.h"
#include "base/err.h"
#include "costmodel/system.h"
#include "sim/machine.h"

enum account_part {
    ACCOUNT_MCU_RUN,
    ACCOUNT_MCU_SLEEP,
    ACCOUNT_WIRES,
    ACCOUNT_NPU_STATIC,
    ACCOUNT_NPU_CLOCK,
    ACCOUNT_NPU_ACTIVE,
    ACCOUNT_REGULATOR,
    ACCOUNT_PARTS
};
extern const char *const account_parts[ACCOUNT_PARTS];

struct account {
    int frames;     /* computations that began in the window, which is as many periods long */
    double seconds; /* of the window: from the first beginning to the last */
    double fps;
    double core_hz;
    double mw[BAND_COUNT][ACCOUNT_PARTS], total_mw[BAND_COUNT];
    double frame_uj[BAND_COUNT];
    double run_s, sleep_s, wires_s, compute_s; /* of the window */
    struct system_result analytic;             /* the same work by the closed forms, nominal */
};

/* `npu`: the model of the device that is attached first. `efficiency`: of the regulator, 0 to 1.
 * ERR_CHECK when fewer than two computations began. */
bool account_make(const struct machine *m, const struct npu *npu, double efficiency,
                  struct account *out, struct err *e);

/* Power over the whole run, a line for each change: seconds, then milliwatts of core, wires and
 * accelerator, and their sum; tab-separated, nominal. */
bool account_power(const struct machine *m, const struct npu *npu, struct buf *out, struct err *e);
/* Core, wires and accelerator by layers on one axis, as Chrome and Perfetto read it. */
bool account_timeline(const struct machine *m, const struct npu *npu, struct buf *out,
                      struct err *e);

#endif
