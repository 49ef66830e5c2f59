/* Layer sharing: the distinct layers of many points are timed once, in programs of many layers, and
 * points are put together from them. docs/sweep.md says what that leaves out and how far it is
 * off. */
#ifndef STUDY_SWEEP_SHARE_H
#define STUDY_SWEEP_SHARE_H

#include "reports/store.h"
#include "study/sweep/parts.h"

struct share;

/* The layers of these points (on boards), less those whose counts the database remembers. */
struct share *share_open(const struct spec *spec, struct store *store, struct keys *keys,
                         const size_t *items, size_t n, struct err *e);
void share_close(struct share *s);

/* Distinct layers, and how many there are in all points. */
size_t share_layers(const struct share *s, size_t *in_points);

/* Jobs 0 to share_jobs - 1: share_work in a worker, then share_done with its result in the parent,
 * which stores it. */
size_t share_jobs(const struct share *s);
void share_work(const struct share *s, size_t job, const char *workdir, struct point_result *out);
bool share_done(struct share *s, size_t job, const struct point_result *o, struct err *e);

/* The index-th of the points given to share_open, once all jobs are done. */
void share_point(const struct share *s, size_t index, struct point_result *out);

#endif
