/* A simulated run against a measured one: per layer and in total, what explains the difference, and
 * whether both were of the same configuration. Definitions: docs/validating.md. */
#ifndef REPORTS_VALIDATE_H
#define REPORTS_VALIDATE_H

#include "reports/report.h"

struct residual {
    /* cause: the stall class that explains the difference best; "" when there is none */
    char name[128], cause[64];
    /* one inference; cycles NaN when not known */
    double cycles, measured_cycles, seconds, measured_seconds;
    /* of the repetitions: (largest - smallest) / median; NaN for a single one */
    double spread_percent;
    double error_percent; /* (simulated - measured) / measured */
    int repetitions;
};

struct validation {
    int64_t run, against;
    struct residual *layer; /* owned; only those in both runs */
    size_t n;
    struct residual total;
    /* NaN when one of them is not known */
    double energy_uj, measured_energy_uj, energy_error_percent;
    double bias_percent, mae_percent; /* mean of the layers' errors, and of their absolute values */
    size_t worst;     /* index of the layer with the largest absolute error, if n > 0 */
    bool by_order;    /* no name agreed, the layers were paired by their order */
    size_t unmatched; /* layers of either run without a partner */
    /* best single explanation over all layers, and the share of the squared error */
    char cause[64];
    double cause_share; /* that it takes away; NaN when there is none */
    /* "key: simulated A, measured B; ..."; empty when the configurations agree */
    struct buf differences;
    bool calibrated;   /* the simulated run uses fitted constants */
    bool own_readings; /* the simulated cycles are what the firmware read from its counter */
};

/* run or against 0: of the newest pair of the same ELF, or of the same network and platform where
 * the measurement names no ELF. ERR_INPUT when there is no pair, nothing in common, or (unless
 * `force`) the configurations differ. */
bool validate_runs(struct store *s, int64_t run, int64_t against, bool force,
                   struct validation *out, struct err *e);
/* Every layer and the total within +-tolerance. */
bool validate_within(const struct validation *v, double tolerance_percent);
bool validate_render(struct store *s, const struct validation *v, double tolerance_percent,
                     enum table_format f, struct buf *out, struct err *e);
/* Cycles that each layer of `v` spends in one class of the simulated run ("fetch", "array.fill",
 * ...), one inference. out has v->n entries. */
bool validate_class(struct store *s, const struct validation *v, const char *cause, double *out,
                    struct err *e);
/* Energy of each layer, uJ, one inference: of the simulated run or of the measured one. NaN when
 * not known. */
bool validate_energy(struct store *s, const struct validation *v, bool measured, double *out,
                     struct err *e);
void validate_free(struct validation *v);

#endif
