/* A run in about twelve lines: what it is, latency, energy with its band, memory in bytes and
 * percent of the board, the most expensive layers, the largest stall and what can be done about it,
 * what it rests on. At most 100 columns. */
#ifndef REPORTS_SUMMARY_H
#define REPORTS_SUMMARY_H

#include "reports/store.h"

bool summary_text(struct store *s, int64_t run, struct buf *out, struct err *e);

/* Every cause of latency that is known, what it is and what helps against it, as objects of a
 * JSON array. */
void summary_stalls(cJSON *in);

#endif
