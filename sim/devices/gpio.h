/* The pins of the ports, as what hangs on them sees them. A pin is 16 times the port (A: 0) and its
 * number. */
#ifndef SIM_DEVICES_GPIO_H
#define SIM_DEVICES_GPIO_H

#include "sim/devices/device.h"

enum { NO_PIN = -1 };

/* "PA4": its number, or NO_PIN when the board has no such pin. */
int gpio_pin(const struct device_set *set, const char *name);
/* From outside; a pin that is an output keeps its own level. Edges go to EXTI. */
void gpio_drive(struct device_set *set, int pin, bool level);
/* Calls back when the guest changes the pin. While it is no output it is high: what hangs there is
 * assumed to pull it up. False: there are MAX_WATCHES. */
bool gpio_watch(struct device_set *set, int pin,
                void (*changed)(void *self, bool level, uint64_t at), void *self);
/* The guest may have changed levels of watched pins, by a write or a reset. */
void gpio_settle(struct device_set *set);

#endif
