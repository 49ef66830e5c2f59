/* Peripherals with behaviour (uart.c, dma.c, timer.c; RNG and CRC) and the list of those that are not modelled. Data: sim/devices/FAMILY.yaml. Time is the machine's; the RNG is a fixed sequence, so that runs repeat. */
#ifndef SIM_DEVICES_H
#define SIM_DEVICES_H

#include "sim/core.h"
#include "sim/events.h"

struct devices;

/* ERR_INPUT when the board's table or the file of --stub is damaged. A board without a table has no such devices. */
bool devices_open(struct machine *m, struct err *e);
void devices_close(struct machine *m);
void devices_reset(struct machine *m); /* as when opened; what the host sends goes on */
bool devices_backup(struct machine *m, uint32_t addr); /* a register that a system reset leaves alone */
/* False: no device here answers, plain storage serves. */
bool devices_read(struct machine *m, uint32_t addr, unsigned size, uint32_t *v);
bool devices_write(struct machine *m, uint32_t addr, unsigned size, uint32_t v);
/* The next byte of --uart-in rtt=FILE; false: there is none. */
bool devices_rtt_byte(struct machine *m, uint8_t *byte);

#endif
