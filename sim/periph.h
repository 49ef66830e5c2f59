/* Inside of the machine: the registers that firmware touches. */
#ifndef SIM_PERIPH_H
#define SIM_PERIPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct machine;

bool periph_init(struct machine *m, struct err *e);
/* values after a reset by software; clocks and memory follow */
void periph_reset(struct machine *m);
/* An access by another bus master: side effects, but no instruction. */
uint32_t periph_read(struct machine *m, uint32_t addr, unsigned size);
void periph_write(struct machine *m, uint32_t addr, unsigned size, uint32_t value);

#endif
