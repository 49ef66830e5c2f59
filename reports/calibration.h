/* Fits a few named constants to measured runs, and the overlay file that carries them.
 *
 * A constant scales the cycles of one class of the simulated runs (`fetch`: waiting for instruction
 * memory, `data`: waiting for data memory, `array.fill`, ...), or, as `energy`, all energies. Least
 * squares of the relative error over two thirds of the layers, within bounds; the error of the
 * other third, which the fit has not seen, says what it is worth. What is fitted stays visible:
 * cost rows of runs made with an overlay have the source "calibrated: ...". */
#ifndef REPORTS_CALIBRATION_H
#define REPORTS_CALIBRATION_H

#include "reports/report.h"

enum { MAX_CONSTANTS = 4 };

struct constant {
    char name[64];
    double value, uncertainty; /* scale; half width of its 95 % interval */
    double low, high;          /* bounds */
    bool at_bound;
};

struct calibration_result {
    char base[64]; /* platform of the runs */
    struct constant constant[MAX_CONSTANTS];
    size_t n;
    size_t runs, fitted, held_out;                /* pairs of runs; layers */
    double before_percent, after_percent;         /* mean absolute error of the held-out layers */
    double fit_before_percent, fit_after_percent; /* of the fitted ones */
};

/* `core` or `accel` chooses the simulated runs (one of them NULL; --core takes a board's name,
 * too). `names` is a NULL-terminated list, empty for the default (fetch and data; energy for an
 * accelerator). ERR_INPUT when the data cannot determine the constants: too few layers, a class
 * without cycles, collinear classes, an interval of more than +- half the value. ERR_CHECK when the
 * held-out layers got worse. */
bool calibration_runs(struct store *s, const char *core, const char *accel,
                      const char *const *names, struct calibration_result *out, struct err *e);
bool calibration_render(const struct calibration_result *c, enum table_format f, struct buf *out,
                        struct err *e);
/* The YAML of the overlay. */
void calibration_overlay(const struct calibration_result *c, struct buf *out);

/* What `--board` and `--accel` take besides names and descriptions: a file with the key
 * `overlay_of`. */
struct overlay {
    bool active;
    /* what to simulate: overlay_of, or the argument itself when it is no overlay */
    char base[4096];
    char source[160];
    struct constant constant[MAX_CONSTANTS];
    size_t n;
};
/* ERR_INPUT for a bad overlay; an argument that is none gives active = false. */
bool overlay_load(const char *name, struct overlay *out, struct err *e);
/* Scales the costs of a run that is about to be stored, marks them, and says so in its
 * configuration. */
bool overlay_apply(const struct overlay *o, struct rows *r, struct err *e);

#endif
