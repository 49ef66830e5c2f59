/* The clock tree: core and bus clocks that the firmware has set, read back from RCC. */
#ifndef SIM_DEVICES_CLOCK_H
#define SIM_DEVICES_CLOCK_H

#include <stdint.h>

#include "sim/boards/board.h"
#include "sim/devices/registers.h"

struct clocks {
    uint64_t firmware_hz; /* the core's clock as the registers say */
    uint64_t core_hz;     /* what the run reckons with: the same, or an override */
    uint32_t bus_ratio;   /* core cycles of one clock of the AXI or AHB bus, at least 1 */
};

/* core_hz is left to the caller. Formulas: the RCC chapters of the family's reference manual
 * (docs/sources.md). */
void clock_read(const struct board *b, const struct registers *r, struct clocks *out);

#endif
