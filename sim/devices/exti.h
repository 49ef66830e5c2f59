/* External interrupts: edges of pins. */
#ifndef SIM_DEVICES_EXTI_H
#define SIM_DEVICES_EXTI_H

#include "sim/devices/device.h"

/* Pin `pin` of port `port` (A: 0) went to `level`. */
void exti_edge(const struct device_set *set, unsigned port, unsigned pin, bool level);

#endif
