/* A run in about twelve lines: what it is, latency, energy with its band, memory in bytes and
 * percent of the board, the most expensive layers, the largest stall and what can be done about it,
 * what it rests on. At most 100 columns. */
#ifndef REPORTS_SUMMARY_H
#define REPORTS_SUMMARY_H

#include "reports/store.h"

bool summary_text(struct store *s, int64_t run, struct buf *out, struct err *e);

/* What a cause of latency is and what helps against it; "" for what is no stall.
 * reports/stalls.def. */
const char *summary_stall_is(const char *cause);
const char *summary_stall_helps(const char *cause);

#endif
