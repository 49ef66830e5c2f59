/* The parts of a sweep engine: points, the keys under which their results are stored, and worker
 * processes. */
#ifndef STUDY_SWEEP_PARTS_H
#define STUDY_SWEEP_PARTS_H

#include "base/rows.h"
#include "study/sweep/sweep.h"
#include "workloads/emit/emit.h"

struct store;

struct sweep_point {
    const struct spec *spec;
    const struct family *family;
    const char *value[MAX_AXES]; /* one per axis of the family */
};
void spec_point(const struct spec *s, size_t i, struct sweep_point *out);
/* The value of an axis, or `missing` when the family has no such axis. */
const char *point_get(const struct sweep_point *p, const char *axis, const char *missing);
/* {"network":"etinynet-1.0","width":0.5,...} */
void point_json(const struct sweep_point *p, struct buf *out);

/* SHA-256 over everything that decides the result: the values, the resolved network, the files of
 * board, core, accelerator and energy tables, weights, calibration and image, kernel sources,
 * compiler, version of the tool. */
struct keys; /* remembers digests of files between points */
struct keys *keys_open(const struct spec *s, struct err *e);
/* `shared`: of the point put together from shared layers, else of the one simulated whole. */
bool keys_point(struct keys *k, const struct sweep_point *p, bool shared, char key[65],
                struct err *e);
/* What decides the time of a given layer, besides the layer: board, cores, firmware sources,
 * compiler, version. */
bool keys_machine(struct keys *k, const struct sweep_point *p, char key[65], struct err *e);
/* What decides the agreement of a point's integer network with its floating-point one. */
bool keys_network(struct keys *k, const struct sweep_point *p, char key[65], struct err *e);
void keys_free(struct keys *k);

struct point_result {
    enum point_state state;
    char reason[512]; /* "" when done */
    struct rows rows; /* filled when done; of an accelerator also when unfit */
    bool has_rows, built;
};

/* The parts of a point on a board; the same words and refusals as `etinysim build`. */
struct network *point_network(const struct sweep_point *p, struct err *e);
bool point_check(const struct sweep_point *p, struct err *e);
void point_options(const struct sweep_point *p, struct build_options *o);
enum quantiser point_quantiser(const struct sweep_point *p);

/* Builds and simulates, or costs. `workdir`: a folder of this point alone. A failure is a result,
 * too. */
void point_evaluate(const struct sweep_point *p, const char *workdir, struct point_result *out);
void point_result_free(struct point_result *o);
/* The result of a point that could not be evaluated: its state and its reason follow from the
 * error. */
void point_result_fail(struct point_result *o, const struct err *e);

/* Agreement of the integer network of these points on boards with floating point, over the images
 * of spec->evaluate: measured once a network, by `jobs` worker processes, remembered in the
 * database, and kept with the run of each point as `evaluation` of its configuration. A network
 * that cannot be measured (no image of its size) has the reason there. */
struct agreement_watch { /* called as a pool's tick, with this context */
    void (*tick)(void *context, size_t running);
    void *context;
};
bool agreement_run(const struct spec *s, struct store *store, struct keys *k, const size_t *items,
                   size_t n, char (*point_key)[65], unsigned jobs,
                   const struct agreement_watch *watch, struct err *e);

/* Up to `jobs` child processes. `work` runs in the child; `done` in the parent, in the order of
 * completion, and returns false to stop. A child that dies gives POINT_FAILED, one without memory
 * POINT_ENVIRONMENT. `tick` is called at least every 200 ms. When the parent dies, for whatever
 * reason, the kernel ends its children. */
struct pool_calls {
    void (*work)(void *context, size_t item, struct point_result *out);
    bool (*done)(void *context, size_t item, struct point_result *out);
    void (*tick)(void *context, size_t running);
    void *context;
};
bool pool_run(const size_t *items, size_t n, unsigned jobs, uint64_t limit_seconds,
              const struct pool_calls *c, struct err *e);

#endif
