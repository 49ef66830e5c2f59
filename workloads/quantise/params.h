/* Trained tensors by name, from an MXNet `.params` file: a list of little-endian NDArrays followed
 * by their names. */
#ifndef WORKLOADS_QUANTISE_PARAMS_H
#define WORKLOADS_QUANTISE_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct tensor {
    char *name; /* without MXNet's "arg:" or "aux:" */
    int ndim;
    int64_t dim[8];
    size_t n; /* elements */
    float *data;
};

struct params {
    char *path;
    char sha256[65]; /* of the file */
    size_t n;
    struct tensor *tensor;
};

/* Dense float32 arrays only; every length is checked against the file. ERR_INPUT in one line. The
 * caller frees. */
struct params *params_load(const char *path, struct err *e);
struct params *params_parse(const char *path, const void *bytes, size_t len, struct err *e);
void params_free(struct params *p);

/* NULL when there is none of that name. */
const struct tensor *params_find(const struct params *p, const char *name);

/* The tensor PARAM + SUFFIX with exactly n finite elements, or NULL and ERR_INPUT naming file,
 * tensor and shape. */
const struct tensor *params_need(const struct params *p, const char *param, const char *suffix,
                                 size_t n, struct err *e);

#endif
