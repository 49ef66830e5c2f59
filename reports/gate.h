/* A baseline against a new result, with limits: the gate of a firmware team's CI. Either side is a
 * database or the JSON that `run --json` and `npu --json` print. In databases, the newest run of
 * each kind, platform, network and variant counts. */
#ifndef REPORTS_GATE_H
#define REPORTS_GATE_H

#include "base/buf.h"
#include "reports/report.h"

enum gate_quantity { GATE_CYCLES, GATE_SRAM, GATE_FLASH, GATE_ENERGY, GATE_QUANTITIES };

struct gate_limits {                         /* NaN: no limit */
    double regress_percent[GATE_QUANTITIES]; /* new may exceed baseline by this much */
    double at_most[GATE_QUANTITIES];         /* cycles, bytes, bytes, uJ of the total */
    bool per_scope; /* regress_percent of cycles and energy holds for every scope, too */
};

/* The difference table; *breaches counts limits that were exceeded, each one a line of `why` ("run:
 * what"). ERR_INPUT when a side cannot be read, or both have no run in common. */
bool gate_compare(const char *baseline, const char *now, const struct gate_limits *limits,
                  enum table_format f, struct buf *out, struct buf *why, size_t *breaches,
                  struct err *e);

/* Adds the runs, points and memos of database `from` to `into`, in one transaction. What is there
 * already is left alone, so that merging twice changes nothing. ERR_INPUT when `from` is of another
 * schema or tool version. */
bool store_merge(struct store *into, const char *from, uint64_t *added, struct err *e);

#endif
