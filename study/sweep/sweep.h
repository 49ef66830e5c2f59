/* Sweeps: a description of many points (docs/sweep.md), what decides the result of each, and worker
 * processes that evaluate them. A point is a network on a board (built and simulated) or on an
 * accelerator (costed).
 *
 * study/sweep/ knows many points, worker processes, and what decides the result of each; how a
 * point is simulated, costed or stored is the business of other modules. */
#ifndef STUDY_SWEEP_H
#define STUDY_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { MAX_AXES = 32, MAX_POINTS = 1000000 };

/* One parameter and the values it takes. Values are canonical text, so that they can be hashed and
 * compared. */
struct axis {
    char name[64]; /* "network", "width", ...; a parameter of an accelerator: "set.PATH" */
    bool number;   /* written without quotes in JSON */
    char **value;  /* owned */
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
    char *evaluate;                    /* a folder of images; NULL: agreement is not measured */
    uint64_t limit_seconds;            /* of host time for one point */
    bool shared; /* points on boards are put together from layers timed once */
    struct family family[2];
    size_t nfamilies, npoints;
};

/* ERR_INPUT with file and line: unknown key or value, repeated value, a file that does not
 * exist. */
struct spec *spec_load(const char *path, struct err *e);
void spec_free(struct spec *s);

/* `unfit`: does not fit or cannot be built; `failed`: the worker died, the machine faulted, or the
 * time was up. The last is never stored: the environment (compiler, memory, disk) failed, and the
 * sweep with it. */
enum point_state { POINT_DONE, POINT_UNFIT, POINT_FAILED, POINT_ENVIRONMENT };
extern const char *const point_state_names[]; /* of the stored ones */

/* What a sweep tells its caller while it works. */
struct sweep_status {
    const char *sweep; /* its name */
    bool timing;       /* the layers that points share are being timed; else points are evaluated */
    size_t points, known;  /* of this shard; in the database before */
    size_t todo, count[3]; /* to be evaluated; results so far, in the order of point_state_names */
    size_t running;        /* worker processes */
    double seconds;        /* since the start */
};
struct sweep_line {
    const char *key, *label; /* label: the parameters that vary, as "network=... width=..." */
    const char *state, *reason;
};
/* Either function may be NULL. `point`: a point has its result. `tick`: at least every 200 ms. */
struct sweep_watch {
    void (*point)(void *context, const struct sweep_line *line, const struct sweep_status *status);
    void (*tick)(void *context, const struct sweep_status *status);
    void *context;
};

struct sweep_options {
    const char *db;
    unsigned jobs;
    uint64_t shard, shards; /* every shards-th point from the shard-th */
    bool retry;
    bool check;       /* simulate a sample of the shared points whole, too */
    struct buf *keys; /* NULL, or gets the keys of the points as 'KEY','KEY',... for a query */
    struct sweep_watch watch;
};
struct sweep_result {
    /* of this shard; in the database before; results of this call */
    size_t points, known, count[3];
    double seconds;
    /* of shared points: layers in all of them, and those timed or remembered */
    size_t layers, distinct;
    size_t checked; /* shared points that were also simulated whole, and by how much they differ */
    double worst_percent, mean_percent;
};
/* Evaluates all points that the database does not know yet. ERR_ENV: the database cannot be
 * written, another sweep writes it, or a point cannot be evaluated for want of a compiler, memory
 * or disk: that is no result of the point. Every point stored before stays. */
bool sweep_run(const struct spec *s, const struct sweep_options *o, struct sweep_result *r,
               struct err *e);
/* watch.point gets every point and what the database knows of it; nothing is evaluated. */
bool sweep_list(const struct spec *s, const struct sweep_options *o, struct err *e);

#endif
