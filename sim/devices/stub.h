/* Registers that read as the user tells, for firmware that waits for a peripheral nobody models:
 * the file of --stub, docs/guests.md. */
#ifndef SIM_DEVICES_STUB_H
#define SIM_DEVICES_STUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct stubs;

struct stubs *stubs_open(const char *path, struct err *e);
void stubs_close(struct stubs *s);
/* False: no stub there. `s` may be NULL. */
bool stubs_read(struct stubs *s, uint32_t addr, unsigned size, uint32_t *v);
bool stubs_write(struct stubs *s, uint32_t addr, unsigned size, uint32_t v);

#endif
