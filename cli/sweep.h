/* Sweeps: a description of many points (docs/sweep.md), what decides the result of each, and worker processes that
 * evaluate them. A point is a network on a board (built and simulated) or on an accelerator (costed). */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/rows.h"
#include "workloads/emit/emit.h"

enum { MAX_AXES = 32, MAX_POINTS = 1000000 };

/* One parameter and the values it takes. Values are canonical text, so that they can be hashed and compared. */
struct axis {
    char name[64];      /* "network", "width", ...; a parameter of an accelerator: "set.PATH" */
    bool number;        /* written without quotes in JSON */
    char **value;       /* owned */
    size_t n, cap;
};

/* The cross product of some axes: all points on boards, or all on accelerators. */
struct family {
    bool accelerator;
    const struct axis *axis[MAX_AXES]; /* the last one varies fastest */
    size_t naxes, npoints;
};

struct spec {
    char *path;
    char name[64];
    struct axis axis[MAX_AXES];
    size_t naxes;
    char *weights, *calibrate, *image; /* paths or NULL */
    uint64_t limit_seconds;            /* of host time for one point */
    bool shared;                       /* points on boards are put together from layers timed once */
    struct family family[2];
    size_t nfamilies, npoints;
};

/* ERR_INPUT with file and line: unknown key or value, repeated value, a file that does not exist. */
struct spec *spec_load(const char *path, struct err *e);
void spec_free(struct spec *s);

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

/* SHA-256 over everything that decides the result: the values, the resolved network, the files of board, core,
 * accelerator and energy tables, weights, calibration and image, kernel sources, compiler, version of the tool. */
struct keys; /* remembers digests of files between points */
struct keys *keys_open(const struct spec *s, struct err *e);
/* `shared`: of the point put together from shared layers, else of the one simulated whole. */
bool keys_point(struct keys *k, const struct sweep_point *p, bool shared, char key[65], struct err *e);
/* What decides the time of a given layer, besides the layer: board, cores, firmware sources, compiler, version. */
bool keys_machine(struct keys *k, const struct sweep_point *p, char key[65], struct err *e);
void keys_free(struct keys *k);

enum outcome_state { POINT_DONE, POINT_UNFIT, POINT_FAILED };
extern const char *const outcome_names[];

struct outcome {
    enum outcome_state state;
    char reason[512];  /* "" when done */
    struct rows rows;  /* filled when done; of an accelerator also when unfit */
    bool has_rows, built;
};

/* The parts of a point on a board; the same words and refusals as `etinysim build`. */
struct network *point_network(const struct sweep_point *p, struct err *e);
bool point_check(const struct sweep_point *p, struct err *e);
void point_options(const struct sweep_point *p, struct build_options *o);

/* Builds and simulates, or costs. `workdir`: a folder of this point alone. Never fails: that is an outcome. */
void point_evaluate(const struct sweep_point *p, const char *workdir, struct outcome *out);
void outcome_free(struct outcome *o);

/* Up to `jobs` child processes. `work` runs in the child; `done` in the parent, in the order of completion, and
 * returns false to stop. A child that dies is an outcome POINT_FAILED. `tick` is called at least every 200 ms.
 * Children die with the parent, whatever kills it. */
struct pool_calls {
    void (*work)(void *context, size_t item, struct outcome *out);
    bool (*done)(void *context, size_t item, struct outcome *out);
    void (*tick)(void *context, size_t running);
    void *context;
};
bool pool_run(const size_t *items, size_t n, unsigned jobs, uint64_t limit_seconds, const struct pool_calls *c,
              struct err *e);

/* All points that the database does not know yet; progress on stderr. `list`: print the points instead. */
struct sweep_options {
    const char *db;
    unsigned jobs;
    uint64_t shard, shards; /* every shards-th point from the shard-th */
    bool retry, list, quiet;
    bool check;             /* simulate a sample of the shared points whole, too */
    struct buf *keys;       /* NULL, or gets the keys of the points as 'KEY','KEY',... for a query */
};
struct sweep_result {
    size_t points, known, count[3]; /* of this shard; in the database before; outcomes of this call */
    double seconds;
    size_t layers, distinct; /* of shared points: layers in all of them, and those timed or remembered */
    size_t checked;          /* shared points that were also simulated whole, and by how much they differ */
    double worst_percent, mean_percent;
};
/* ERR_ENV: the database cannot be written or another sweep writes it; every point stored before stays. */
bool sweep_run(const struct spec *s, const struct sweep_options *o, struct sweep_result *r, struct err *e);

#endif
