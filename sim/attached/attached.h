/* Devices that hang on a board's pins and buses: `run --attach NAME=SPI,cs=PIN,irq=PIN,KEY=VALUE`.
 *
 * This room knows what such devices do with the bytes that they get, and when. It reaches the board
 * through soc.h; the microcontroller's peripherals, the emulator and what an accelerator computes
 * are not its matter: results and cycles of a TinyNPU come through struct tinynpu_engine
 * (engine.h), which is filled in above sim/. */
#ifndef SIM_ATTACHED_ATTACHED_H
#define SIM_ATTACHED_ATTACHED_H

#include "base/err.h"
#include "sim/attached/types.h"
#include "sim/devices/soc.h"

struct attached;

/* NULL list: no devices. ERR_INPUT for an option that is wrong. */
struct attached *attached_open(struct soc *soc, const struct soc_port *port,
                               const struct attached_options *o, struct err *e);
void attached_close(struct attached *a);

/* The core did, from then on. */
void attached_slept(struct attached *a, uint64_t from, uint64_t cycles);

/* In order of time. */
size_t attached_changes(const struct attached *a, const struct attached_change **list);
/* Bytes that crossed the wires of device i; its name; NULL: there is none. */
const char *attached_name(const struct attached *a, int i);
uint64_t attached_bytes(const struct attached *a, int i);

#endif
