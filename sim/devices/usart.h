/* What the host sends to the guest: the file of --uart-in, to the receiver of one USART or to
 * RTT. */
#ifndef SIM_DEVICES_USART_H
#define SIM_DEVICES_USART_H

#include "sim/devices/device.h"

/* `in`: [PORT=]FILE, PORT the name of a USART or rtt; set->serial is the caller's to free.
 * ERR_INPUT when the board has no such port or the file cannot be read. */
bool serial_open(struct device_set *set, const char *in, struct err *e);
void serial_close(struct device_set *set);
/* A system reset: the sender waits until a receiver is enabled again. */
void serial_reset(struct device_set *set);
bool serial_rtt_byte(struct device_set *set, uint8_t *byte); /* false: there is none */

#endif
