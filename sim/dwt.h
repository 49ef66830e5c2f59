/* Counters of the Data Watchpoint and Trace unit: cycles, and the 8-bit counters of stalls by
 * cause. */
#ifndef SIM_DWT_H
#define SIM_DWT_H

#include "sim/exec/core.h"

enum {
    DWT_EVENTS = 5
}; /* CPICNT, EXCCNT, SLEEPCNT, LSUCNT, FOLDCNT: from 0xe0001008 on, in this order */

bool dwt_counting(const struct machine *m); /* CYCCNT runs */
uint32_t dwt_cycles(const struct machine *m);
void dwt_set_cycles(struct machine *m, uint32_t v);
uint8_t dwt_event(struct machine *m, int index);
void dwt_set_event(struct machine *m, int index, uint32_t v);
/* A register that starts or stops CYCCNT was written; `was`: dwt_counting before. */
void dwt_enable(struct machine *m, bool was);

#endif
