/* The stage: the first steps of a network, run once for each strip of the last one's map, so that
 * maps within it never exist whole. A strip is some rows in full width; rows that two strips need
 * are computed twice (patch-based inference of MCUNetV2, with patches along the height only, so
 * that a strip is contiguous and nothing is copied). The image and the last map are whole. */
#ifndef WORKLOADS_PLAN_STRIPS_H
#define WORKLOADS_PLAN_STRIPS_H

#include "base/err.h"
#include "workloads/plan/plan.h"

/* May the first `steps` steps be a stage: each computes rows from rows, and the rest reads the last
 * one's map alone? */
bool strips_possible(const struct network *n, const struct plan *p, int steps);

/* Sets p->stage: `strips` strips of heights that differ by one row at most, at least 2 and at most
 * the rows of the last map. */
bool strips_divide(const struct network *n, struct plan *p, int steps, int strips, struct err *e);

/* A call of a step's kernel: on the whole map, or on a strip's rows. */
struct plan_call {
    int in_h, out_h, pad_top;
    uint32_t in_at[2], out_at; /* arena offsets of the first rows read and written */
};
int strips_calls(const struct plan *p, int s);
void strips_call(const struct network *n, const struct plan *p, int s, int strip,
                 struct plan_call *c);

/* Rows of step s beyond its map's, and their multiply-accumulates. */
int strips_rows_again(const struct network *n, const struct plan *p, int s);
uint64_t strips_macs_again(const struct network *n, const struct plan *p, int s);

/* Bytes of the tallest strip of step s, which is not the last one's. */
uint32_t strips_bytes(const struct network *n, const struct plan *p, int s);

/* The last map may start this many bytes before the image (behind it when negative): what it holds
 * is then never a row of the image that is still to be read. */
int64_t strips_lead(const struct network *n, const struct plan *p);

/* Most bytes that must exist before or after some step of some strip: what is still needed of the
 * image, the rows written of the last map, the strip's maps. */
uint64_t strips_bound(const struct network *n, const struct plan *p);

#endif
