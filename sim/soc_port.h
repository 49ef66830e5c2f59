/* Opens the peripherals and gives them what they need of the machine. */
#ifndef SIM_SOC_PORT_H
#define SIM_SOC_PORT_H

#include "sim/exec/core.h"

bool soc_port_open(struct machine *m, struct err *e); /* machine.soc, machine.attached */

#endif
