/* What the parsers of import_log.c and import_power.c share; private to reports/. Functions:
 * import_read.c. */
#ifndef REPORTS_IMPORT_PARTS_H
#define REPORTS_IMPORT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/rows.h"

struct import_options;
struct import_notes;

struct import {
    const char *file;
    const char *data;
    size_t n;
    const struct import_options *o;
    struct rows *r;
    struct import_notes *notes;
    struct err *e;
    size_t at; /* reading position */
    int line;  /* of the line last read, from 1 */
    /* that line, without its end; longer lines are cut and count as bad when they are needed */
    char text[1024];
    cJSON *config; /* becomes config_json */
    bool failed;   /* out of memory */
    double stack_bytes, heap_bytes;
};

bool import_next_line(struct import *in);
/* A line that should have been a record: counted and named. */
void import_bad_line(struct import *in, const char *why);
/* One value of one repetition of a layer ("" = the whole run); rep -1: the next free one of that
 * layer and quantity. Values that are not finite or negative are bad lines. */
void import_measured(struct import *in, const char *layer, const char *op, int rep,
                     const char *quantity, double value);
/* A whole token as a number; refuses trailing text, nan and inf. */
bool import_token_real(const char *text, double *out);
bool import_token_u64(const char *text, uint64_t *out);
/* Splits in place at any of `separators` (each one ends a field), trims blanks and quotes; at most
 * max fields. */
int import_split(char *text, const char *separators, char **field, int max);
void import_config_text(struct import *in, const char *key, const char *value);
void import_config_real(struct import *in, const char *key, double value);

bool import_serial(struct import *in);
bool import_csv(struct import *in);
bool import_tflm(struct import *in);
bool import_st(struct import *in);
bool import_mlperf(struct import *in);
bool import_energyrunner(struct import *in);
bool import_ppk2(struct import *in);
bool import_joulescope(struct import *in);
bool import_lpm01a(struct import *in);
bool import_energytrace(struct import *in);

#endif
